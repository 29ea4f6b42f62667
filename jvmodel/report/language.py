"""The language of a page: its words, its numbers and its dates."""

from __future__ import annotations

from dataclasses import dataclass, field
from functools import cache

from jvmodel.shown import NONE, decimals

LANGUAGES = {"en": "English", "fr": "français", "es": "español"}


@dataclass(frozen=True)
class Language:
    """Words by catalogue, numbers by locale; English says what the code says."""

    code: str = "en"
    words: dict[str, str] = field(default_factory=dict, compare=False, repr=False)

    def say(self, message: str, **values: object) -> str:
        """The message in this language, with its values put in; values are never translated.

        >>> Language().say("{first} to {last}", first=2027, last=2049)
        '2027 to 2049'
        """
        found = self.words.get(message) or message
        return found.format(**values) if values else found

    def number(self, value: float, places: int) -> str:
        """A number in so many digits, negative with a minus sign, never minus nil.

        >>> Language().number(-1234.56, 1), Language().number(-0.01, 1)
        ('−1,234.6', '0.0')
        """
        shown = f"{value:,.{places}f}"
        return (shown.removeprefix("-") if not float(shown.replace(",", "")) else shown).replace("-", "−")

    def percent(self, value: float, places: int = 1) -> str:
        """A share in percent."""
        return f"{self.number(value * 100, places)}%"

    def figure(self, value: float | None, unit: str) -> str:
        """The number alone, for a column whose head has the unit."""
        if value is None:
            return NONE
        return self.percent(value) if unit == "%" else self.number(value, decimals(unit))


ENGLISH = Language()


@cache
def language(code: str) -> Language:
    """The language of a code such as fr."""
    return Language(code)


__all__ = ["ENGLISH", "LANGUAGES", "Language", "language"]
