"""The language of a page: its words by catalogue (jvmodel/languages), its numbers and dates by locale."""

from __future__ import annotations

import re
from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import date
from decimal import Decimal
from functools import cache, cached_property, reduce
from typing import TYPE_CHECKING, Any

from jvmodel.errors import OutputError
from jvmodel.graph.graph import did_you_mean
from jvmodel.phrase import Day, Numeral, Phrase, filled
from jvmodel.shipped import languages
from jvmodel.shown import NONE, decimals

if TYPE_CHECKING:
    from jvmodel.model import Caution

LANGUAGES = {"en": "English", "fr": "français", "es": "español"}
PLURALS = {"year": ("year", "years"), "month": ("month", "months"), "day": ("day", "days")}
"""Units of time, written out."""
MARKS = {"fr": str.maketrans({",": "\u202f", ".": ",", "%": "\xa0%"}), "es": str.maketrans({",": ".", ".": ",", "%": "\xa0%"})}
"""What stands in numbers for the marks of English."""
_NUMBERED = re.compile(r"^(.*) (\d+)$")
SHAPES = (
    "never more {thing} is recovered than there is", "never more {thing} is paid for than there is",
    "never more of {thing} is written off than was spent", "all {thing} is in ore of a type that has a recovery",
    "gains would recover more than all {thing}; cut at 100%", "Contained {thing}",
    "{thing} has not repaid it all by the end; the rest is written off",
)  # fmt: skip
"""Labels of checks and warnings with a name of the deal in them."""
_SHAPES = {shape: re.compile(re.escape(shape).replace(r"\{thing\}", r"((?:(?!: ).)+)")) for shape in SHAPES}


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

    def said(self, text: str) -> str:
        r"""A text of an answer: a phrase by its message and values, a number or day as this language writes it, else a label.

        >>> language("fr").said(Phrase("{first} to {last}", first="2027", last=Phrase("{x:,.1f}", x=-2049)))
        '2027 à −2\u202f049,0'
        """
        if self.code == "en" and not self.words:
            return text
        if isinstance(text, Numeral):
            return self.numeral(text)
        if isinstance(text, Day):
            return self.date(date.fromisoformat(text))
        if not isinstance(text, Phrase):
            label = self.label(text)
            return text if label == text.replace("_", " ") else label
        if not text.values:
            return self.label(text.message)

        def told(value: str) -> str:
            return self.said(value) if isinstance(value, Numeral | Day | Phrase) else value

        return filled(self.words.get(text.message) or text.message, text.values, told, self.numeral)

    def numeral(self, number: str) -> str:
        r"""A number that is written as in English.

        >>> language("es").numeral("1,234.5"), language("fr").numeral("12.5%")
        ('1.234,5', '12,5\xa0%')
        """
        return number.translate(MARKS.get(self.code, {}))

    def unit(self, unit: str) -> str:
        """A unit, time in words.

        >>> language("es").unit("USDm/year")
        'USDm/año'
        """
        over, slash, under = unit.partition("/")
        return f"{self.words.get(over) or over}{slash}{self.words.get(under) or under}"

    def label(self, label: str) -> str:
        """A label of an input or row: whole, or by its parts where it is put together, names and numbers as they are.

        >>> language("fr").label("Royalty rate: ann")
        'Taux de la redevance : ann'
        """
        label = label.replace("_", " ")
        if not self.words or label in self.words:
            return self.words.get(label) or label
        capital = self.words.get(label[:1].upper() + label[1:])
        if capital:
            return capital[0].lower() + capital[1:]
        small = self.words.get(label[:1].lower() + label[1:])
        if small:
            return small[0].upper() + small[1:]
        numbered = _NUMBERED.match(label)
        if numbered:
            return f"{self.label(numbered[1])} {numbered[2]}"
        for shape, pattern in _SHAPES.items():
            if (about := pattern.fullmatch(label)) and shape in self.words:
                return self.say(shape, thing=self.label(about[1]))
        head, found, last = label.partition(": ")
        return self.pair(self.label(head), self.label(last)) if found else label

    def pair(self, head: str, last: str) -> str:
        """Two texts with a colon between them, as this language spaces it.

        >>> language("fr").pair("Participations", "Kasanga"), Language().pair("Interests", "Kasanga")
        ('Participations : Kasanga', 'Interests: Kasanga')
        """
        return f"{head} : {last}" if self.code == "fr" else f"{head}: {last}"

    def named(self, label: str, names: Mapping[str, str]) -> str:
        """A label of a deal with the names of parties, which are never translated, in place of their keys.

        >>> language("fr").named("Share of the votes: state", {"state": "State of Alta"})
        'Part des voix : State of Alta'
        """
        head, *keys = label.split(": ")
        if not names.keys() & set(keys):
            return self.label(label)
        parts = (names.get(key) or self.label(key) for key in keys)
        return reduce(self.pair, parts, self.label(head))

    def caution(self, one: Caution) -> str:
        """What is worth a look, and when."""
        label = self.label(one.label)
        if one.throughout:
            return label
        periods = one.periods
        if one.few:
            return f"{label} ({', '.join(periods)})"
        when = self.say("{count} periods from {first} to {last}", count=len(periods), first=periods[0], last=periods[-1])
        return f"{label} ({when})"

    def number(self, value: float, places: int) -> str:
        """A number in so many digits, negative with a minus sign, never minus nil.

        >>> Language().number(-1234.56, 1), Language().number(-0.01, 1), language("es").number(12345.6, 1)
        ('−1,234.6', '0.0', '12.345,6')
        """
        if self.code == "en":
            shown = f"{value:,.{places}f}"
            if shown[0] != "-":
                return shown
        else:
            rounded = Decimal(f"{value:.{places}f}")
            shown = str(_pattern(places).apply(rounded, self._locale))
        nil = float(f"{value:.{places}f}") == 0
        return (shown.removeprefix("-") if nil else shown).replace("-", "−")

    def percent(self, value: float, places: int = 1) -> str:
        r"""A share in percent.

        >>> Language().percent(0.125), language("fr").percent(0.125).replace("\xa0", "_")
        ('12.5%', '12,5_%')
        """
        return f"{self.number(value * 100, places)}{self._percent}"

    def figure(self, value: float | None, unit: str) -> str:
        """The number alone, for a column whose head has the unit."""
        if value is None:
            return NONE
        return self.percent(value) if unit == "%" else self.number(value, decimals(unit))

    def text(self, value: float, unit: str) -> str:
        """A number with its unit, in so many digits as a reader of deals expects.

        >>> Language().text(10.0, "year"), language("fr").text(1.0, "year")
        ('10 years', '1 an')
        >>> Language().text(1.25, "x")
        '1.25 x'
        >>> Language().text(0.125, "%"), Language().text(1234.5, "USDm"), language("es").text(9200.5, "USD/t")
        ('12.5%', '1,234.5 USDm', '9.200,50 USD/t')
        """
        if unit == "%":
            return f"{self._bare(self.number(value * 100, 2))}{self._percent}"
        shown = self.number(value, decimals(unit))
        if unit in ("1", ""):
            return self._bare(shown) if unit == "1" else shown
        if unit == "x":
            return f"{self._bare(shown)} x"
        if unit in PLURALS:
            one, many = PLURALS[unit]
            return f"{self._bare(shown)} {self.say(one if value == 1 else many)}"
        over, slash, under = unit.partition("/")
        return f"{shown} {over}{slash}{self.say(under)}"

    def date(self, day: date) -> str:
        """A date in full.

        >>> Language().date(date(2026, 11, 25)), language("fr").date(date(2026, 11, 25))
        ('25 November 2026', '25 novembre 2026')
        """
        from babel.dates import format_date

        return format_date(day, "long", locale="en_GB" if self.code == "en" else self.code)

    @cached_property
    def _locale(self) -> Any:
        from babel import Locale

        return Locale.parse(self.code)

    @cached_property
    def _percent(self) -> str:
        return "%" if self.code == "en" else "\xa0%"

    def _bare(self, number: str) -> str:
        """Without nils at the end of the digits behind the point."""
        point = "." if self.code == "en" else ","
        return number.rstrip("0").rstrip(point) if point in number else number


ENGLISH = Language()


@cache
def language(code: str) -> Language:
    """The language of a code; raises OutputError for one without a catalogue."""
    if code not in LANGUAGES:
        raise OutputError(f"--language {code}: there is no such catalogue{did_you_mean(code, LANGUAGES)} (en, fr, es)")
    if code == "en":
        return ENGLISH
    return Language(code, catalogue(code))


def catalogue(code: str) -> dict[str, str]:
    """Messages and their translations, those without one left out."""
    from babel.messages.pofile import read_po

    with (languages() / f"{code}.po").open("rb") as file:
        return {str(one.id): str(one.string) for one in read_po(file, locale=code) if one.id and one.string and not one.fuzzy}


@cache
def _pattern(places: int) -> Any:
    from babel.numbers import parse_pattern

    return parse_pattern("#,##0" + ("." + "0" * places if places else ""))


__all__ = ["ENGLISH", "LANGUAGES", "Language", "catalogue", "language"]
