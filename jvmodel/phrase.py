"""Texts that can be said in another language: a phrase keeps its message and values; numerals and days are known as such."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping
from string import Formatter
from typing import Any, Self


class Numeral(str):
    """A number as English writes it.

    >>> Numeral("1,234.5") == "1,234.5"
    True
    """

    __slots__ = ()


class Day(str):
    """A date as ISO writes it, `2026-02-17`.

    >>> Day("2026-02-17") == "2026-02-17"
    True
    """

    __slots__ = ()


class Phrase(str):
    """A message with values in its places: reads as English, and keeps both, to be said in another language.

    Values are put in as `format` does, numbers with a minus sign. Texts among them are names, which stay as they are,
    unless they are phrases, numerals or days themselves. A message without values is taken as it is, braces and all.

    >>> Phrase("{count:,} trials by {party}", count=1000, party="Ann")
    '1,000 trials by Ann'
    >>> Phrase("off by {left:.1f}", left=-2.0), Phrase("as {it} is")
    ('off by −2.0', 'as {it} is')
    """

    message: str
    values: Mapping[str, object]

    def __new__(cls, message: str, /, **values: object) -> Self:
        """The phrase; raises KeyError where a place has no value."""
        plain = all(isinstance(value, str) for value in values.values())
        text = filled(message, values, str, str) if not plain else message.format(**values) if values else message
        made = super().__new__(cls, text)
        made.message, made.values = message, values
        return made


class _Filling(Formatter):
    def __init__(self, said: Callable[[str], str], numeral: Callable[[str], str]) -> None:
        self.said, self.numeral = said, numeral

    def format_field(self, value: Any, format_spec: str) -> str:
        if isinstance(value, str):
            return self.said(value)
        return self.numeral(format(value, format_spec).replace("-", "−"))


def filled(message: str, values: Mapping[str, object], said: Callable[[str], str], numeral: Callable[[str], str]) -> str:
    """A message with its values put in: texts as `said` has them, numbers in English digits as `numeral` has them."""
    return _Filling(said, numeral).vformat(message, (), values) if values else message


def joined(parts: Iterable[str], between: str = ", ") -> Phrase:
    """Texts in a row.

    >>> joined(["Ann", Phrase("nobody")])
    'Ann, nobody'
    """
    named = {f"part{number}": part for number, part in enumerate(parts)}
    return Phrase(between.join(f"{{{name}}}" for name in named), **named)


__all__ = ["Day", "Numeral", "Phrase", "filled", "joined"]
