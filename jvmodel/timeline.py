"""The ruler of a model: start, step, periods, their lengths, labels and distances from the valuation date."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date
from enum import StrEnum
from functools import cached_property


class Step(StrEnum):
    """Length of a period."""

    MONTH = "month"
    QUARTER = "quarter"
    HALF = "half"
    YEAR = "year"

    @property
    def months(self) -> int:
        """Months in a period of this length."""
        return {"month": 1, "quarter": 3, "half": 6, "year": 12}[self.value]


class Discounting(StrEnum):
    """When in its period a flow is taken to fall (terms.md 0.2); Excel's NPV() is `end`."""

    END = "end"
    MID = "mid"
    BEGIN = "begin"
    DATES = "dates"


MOST_PERIODS = 1200


@dataclass(frozen=True)
class Month:
    """A calendar month; what a date in a deal file means, taken at the month's first day."""

    year: int
    month: int = 1

    @property
    def index(self) -> int:
        """Months since January of year 0."""
        return self.year * 12 + self.month - 1

    @property
    def first_day(self) -> date:
        """The first day of the month."""
        return date(self.year, self.month, 1)

    def plus(self, months: int) -> Month:
        """The month so many months later (earlier when negative)."""
        return Month(*divmod_month(self.index + months))

    def __str__(self) -> str:
        return f"{self.year}-{self.month:02d}"


def divmod_month(index: int) -> tuple[int, int]:
    """Year and month of a month counted from January of year 0."""
    year, zero_based = divmod(index, 12)
    return year, zero_based + 1


@dataclass(frozen=True)
class Timeline:
    """Periods of equal calendar length from a start month.

    `years` is the length of a period in years (months/12, terms.md 0.1); period arrays are tuples of length `periods`.

    >>> Timeline(Month(2027), Step.HALF, 3).labels
    ('2027-H1', '2027-H2', '2028-H1')
    """

    start: Month
    step: Step
    periods: int
    valuation: Month | None = None
    discounting: Discounting = Discounting.END

    @property
    def years(self) -> float:
        """Length of one period in years."""
        return self.step.months / 12

    @property
    def per_year(self) -> int:
        """Periods in a year."""
        return 12 // self.step.months

    @property
    def valued_at(self) -> Month:
        """The valuation date: the start unless the deal says otherwise."""
        return self.valuation or self.start

    @cached_property
    def starts(self) -> tuple[Month, ...]:
        """First month of every period."""
        return tuple(self.start.plus(self.step.months * t) for t in range(self.periods))

    @cached_property
    def ends(self) -> tuple[Month, ...]:
        """First month after every period; a period's last day is the day before."""
        return tuple(month.plus(self.step.months) for month in self.starts)

    @cached_property
    def labels(self) -> tuple[str, ...]:
        """Name of every period: 2027, 2027-H1, 2027-Q1 or 2027-01; a year that starts mid-year is named FY2027."""
        return tuple(self._label(month) for month in self.starts)

    def _label(self, month: Month) -> str:
        if self.step is Step.MONTH:
            return str(month)
        if (month.month - 1) % self.step.months:
            return f"from {month}"
        if self.step is Step.YEAR:
            return str(month.year)
        letter = "H" if self.step is Step.HALF else "Q"
        return f"{month.year}-{letter}{(month.month - 1) // self.step.months + 1}"

    @cached_property
    def times(self) -> tuple[float, ...]:
        """Years from the valuation date at which each period's flow is discounted (terms.md 0.2)."""
        valued = self.valued_at
        if self.discounting is Discounting.DATES:
            return tuple((end.first_day - valued.first_day).days / 365 for end in self.ends)
        back = {Discounting.END: 0.0, Discounting.MID: self.years / 2, Discounting.BEGIN: self.years}[self.discounting]
        return tuple((end.index - valued.index) / 12 - back for end in self.ends)

    @cached_property
    def counted(self) -> tuple[float, ...]:
        """1 for periods that end after the valuation date; flows of earlier ones are sunk."""
        return tuple(1.0 if end.index > self.valued_at.index else 0.0 for end in self.ends)

    def since(self, base: Month, timing: Discounting | None = None) -> tuple[float, ...]:
        """Years from a base date to each flow, for escalation; same end or mid choice as discounting (terms.md 0.6)."""
        return Timeline(self.start, self.step, self.periods, base, timing or self.discounting).times

    def overlap(self, first: Month, last: Month | None) -> tuple[float, ...]:
        """Share of every period that lies from `first` up to, not including, `last` (to the end when None)."""
        end = last.index if last else self.ends[-1].index
        step = self.step.months
        return tuple(
            max(0, min(stop.index, end) - max(begin.index, first.index)) / step
            for begin, stop in zip(self.starts, self.ends, strict=True)
        )
