"""What the headings of a team's sheet say about time: years, half-years, quarters and months as they are written."""

from __future__ import annotations

import datetime as dt
import re
from collections.abc import Sequence
from itertools import pairwise
from typing import Any

from jvmodel.inputs import PERIOD_KEY

FISCAL = re.compile(r"^FY ?(\d{4})$")
PART_FIRST = re.compile(r"^([HQ])([1-4])[ /'-]*(\d{4}|\d{2})$|^([1-4])([HQ])[ /'-]*(\d{4}|\d{2})$", re.IGNORECASE)
PART_LAST = re.compile(r"^(\d{4})[ /-]*([HQ])([1-4])$", re.IGNORECASE)
MONTH_FIRST = re.compile(r"^([A-Z]{3,9})[ /'.-]*(\d{4}|\d{2})$", re.IGNORECASE)
MONTHS = (
    "january", "february", "march", "april", "may", "june", "july", "august", "september", "october", "november", "december",
)  # fmt: skip


def periods(values: Sequence[Any]) -> list[tuple[int, str]]:
    """The places of headings that name a period, with the key that a deal file has for it.

    >>> periods(["Ore", "kt", "H1 2030", "2H30", "Total"])
    [(2, '2030-H1'), (3, '2030-H2')]
    >>> periods([dt.date(2030, 6, 30), dt.date(2030, 12, 31)])
    [(0, '2030-H1'), (1, '2030-H2')]
    """
    months = _months_between([value for value in values if isinstance(value, dt.date)])
    return [(place, key) for place, value in enumerate(values) if (key := period(value, months))]


def period(value: Any, months: int = 12) -> str:
    """The key of the period that a heading names, a date that of its year or of fewer months; nothing for other headings."""
    if isinstance(value, dt.date):
        return _dated(value, months)
    if isinstance(value, float) and value.is_integer():
        value = int(value)
    if isinstance(value, bool) or (isinstance(value, int) and not 1900 <= value <= 2200) or not isinstance(value, int | str):
        return ""
    text = str(value).strip()
    if PERIOD_KEY.match(text):
        return text
    if fiscal := FISCAL.match(text):
        return fiscal[1]
    if match := PART_FIRST.match(text):
        letter, number, year = (match[1], match[2], match[3]) if match[1] else (match[5], match[4], match[6])
        return _part(year, letter, number)
    if match := PART_LAST.match(text):
        return _part(match[1], match[2], match[3])
    if match := MONTH_FIRST.match(text):
        named = [number for number, name in enumerate(MONTHS, start=1) if name.startswith(match[1].lower())]
        return f"{_year(match[2])}-{named[0]:02d}" if named else ""
    return ""


def _part(year: str, letter: str, number: str) -> str:
    return "" if letter.upper() == "H" and number not in "12" else f"{_year(year)}-{letter.upper()}{number}"


def _year(text: str) -> str:
    return text if len(text) == 4 else f"20{text}"


def _months_between(dates: list[dt.date]) -> int:
    """Months from one heading to the next: 12, 6, 3 or 1."""
    indices = sorted({one.year * 12 + one.month for one in dates})
    least = min((later - one for one, later in pairwise(indices)), default=12)
    return next(step for step in (12, 6, 3, 1) if least >= step)


def _dated(value: dt.date, months: int) -> str:
    """The key of the period that a date begins, ends or lies in."""
    if months == 12:
        return str(value.year)
    if months == 1:
        return f"{value.year}-{value.month:02d}"
    return f"{value.year}-{'H' if months == 6 else 'Q'}{(value.month - 1) // months + 1}"
