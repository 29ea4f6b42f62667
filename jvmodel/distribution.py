"""How one number may turn out: distributions as data, with the values that they reach (terms.md G6)."""

from __future__ import annotations

import math
from abc import abstractmethod
from typing import Annotated, Any

from pydantic import Field, ValidationInfo, model_validator

from jvmodel.inputs import Measured, Record, Series, Share, fault
from jvmodel.phrase import Phrase, joined

FURTHEST = 6.5
"""Standard deviations that a draw may lie from the middle: fewer than one in ten thousand million would be further out."""

Value = Annotated[float, Measured()]
"""A value of the number that is uncertain, or a factor on it; percentages carry their sign."""
Spread = Annotated[float, Measured(above=0.0)]
Volatility = Annotated[float, Measured(show="%", above=0.0, high=5.0)]


class Distribution(Record):
    """How one number may turn out."""

    @property
    @abstractmethod
    def reach(self) -> tuple[float, float]:
        """The lowest and the highest value that is drawn."""

    @property
    def words(self) -> str:
        """The distribution in a few words."""
        name = type(self).__name__
        given = {key: value for key, value in self.model_dump(exclude_none=True).items() if not isinstance(value, dict | tuple)}
        told = joined(Phrase("{key} {value:g}", key=Phrase(key), value=value) for key, value in given.items())
        return Phrase("{distribution}: {numbers}", distribution=Phrase(f"{name[0]}{name[1:].lower()}"), numbers=told)


class Normal(Distribution):
    """Symmetrical around its mean, without bounds."""

    mean: Value
    """Mean"""
    sd: Spread
    """Standard deviation"""
    low: Value | None = None
    """Lower bound, where the tail below is cut off"""
    high: Value | None = None
    """Upper bound, where the tail above is cut off"""

    @model_validator(mode="after")
    def _ordered(self) -> Normal:
        low, high = self.reach
        if low >= high:
            raise fault(f"low ({low:g}) is not below high ({high:g}); swap them")
        if not low < self.mean < high:
            raise fault(f"mean ({self.mean:g}) lies outside the bounds ({low:g} to {high:g})")
        return self

    @property
    def reach(self) -> tuple[float, float]:
        """The bounds, or as far as draws go."""
        low, high = self.mean - FURTHEST * self.sd, self.mean + FURTHEST * self.sd
        return (low if self.low is None else self.low), (high if self.high is None else self.high)


class Lognormal(Distribution):
    """A product of many influences: never below its shift, with a long tail above; the usual one for cost overruns."""

    median: Value
    """Median of what is above the shift"""
    sigma: Volatility
    """Standard deviation of the logarithm"""
    shift: Value = 0.0
    """Added to every draw, such as −100% where an overrun is a multiple of the budget less the budget"""

    @model_validator(mode="after")
    def _positive(self) -> Lognormal:
        if self.median <= 0:
            raise fault(f"median is {self.median:g}; it must be more than 0")
        return self

    @property
    def reach(self) -> tuple[float, float]:
        """As far as draws go."""
        far = math.exp(FURTHEST * self.sigma)
        return self.shift + self.median / far, self.shift + self.median * far


class Triangular(Distribution):
    """Between two ends, most likely at the mode, falling evenly to both sides."""

    low: Value
    """Lowest value"""
    mode: Value
    """Most likely value"""
    high: Value
    """Highest value"""

    @model_validator(mode="after")
    def _ordered(self) -> Triangular:
        if not self.low <= self.mode <= self.high or self.low == self.high:
            raise fault(f"low {self.low:g}, mode {self.mode:g} and high {self.high:g} must rise, with low below high")
        return self

    @property
    def reach(self) -> tuple[float, float]:
        """The ends."""
        return self.low, self.high


class Pert(Triangular):
    """As triangular, but smooth and with thinner ends; the mean is (low + 4 × mode + high) / 6."""

    weight: Annotated[float, Measured(above=0.0, high=100.0)] = 4.0
    """Weight of the mode"""


class Uniform(Distribution):
    """Anything between two ends, all equally likely."""

    low: Value
    """Lowest value"""
    high: Value
    """Highest value"""

    @model_validator(mode="after")
    def _ordered(self) -> Uniform:
        if self.low >= self.high:
            raise fault(f"low ({self.low:g}) is not below high ({self.high:g}); swap them")
        return self

    @property
    def reach(self) -> tuple[float, float]:
        """The ends."""
        return self.low, self.high


class Discrete(Distribution):
    """One of a few values, each with its chance."""

    values: tuple[Value, ...] = Field(min_length=1)
    """Values, rising"""
    chances: tuple[Share, ...]
    """Chance of each value"""

    @model_validator(mode="after")
    def _whole(self) -> Discrete:
        if len(self.values) != len(self.chances):
            raise fault(f"{len(self.values)} values have {len(self.chances)} chances; give each value its chance")
        if list(self.values) != sorted(set(self.values)):
            raise fault("values must rise, each given once")
        if abs(sum(self.chances) - 1) > 1e-9:
            raise fault(f"chances add up to {sum(self.chances) * 100:.10g}%; they must add up to 100%")
        return self

    @property
    def reach(self) -> tuple[float, float]:
        """The first and the last value."""
        return self.values[0], self.values[-1]

    @property
    def words(self) -> str:
        """The values with their chances."""
        known = zip(self.values, self.chances, strict=True)
        told = joined(Phrase("{value:g} ({chance:.3g}%)", value=value, chance=chance * 100) for value, chance in known)
        return Phrase("{distribution}: {numbers}", distribution=Phrase("Discrete"), numbers=told)


class Bernoulli(Distribution):
    """Something that happens or does not."""

    chance: Share
    """Chance that it happens"""
    happens: Value = 1.0
    """Value if it happens"""
    otherwise: Value = 0.0
    """Value if it does not"""

    @property
    def reach(self) -> tuple[float, float]:
        """The two values."""
        return min(self.happens, self.otherwise), max(self.happens, self.otherwise)


class Empirical(Distribution):
    """Values that were observed, all equally likely."""

    table: str
    """CSV or Excel file in the deal's folder, periods in its first column"""
    column: str
    """Heading of the column"""
    sheet: str | None = None
    """Sheet of an Excel file; the first one when not given"""
    observed: tuple[float, ...] = Field(default=(), json_schema_extra={"readOnly": True})
    """Read from the table"""

    @model_validator(mode="before")
    @classmethod
    def _read(cls, value: Any, info: ValidationInfo) -> Any:
        return {**value, "observed": tuple(from_table(value, info).values())} if isinstance(value, dict) else value

    @property
    def reach(self) -> tuple[float, float]:
        """The least and the greatest that was observed."""
        return min(self.observed), max(self.observed)

    @property
    def words(self) -> str:
        """Where the observations are."""
        given = {"count": len(self.observed), "column": self.column, "table": self.table}
        return Phrase("Empirical: {count} values of {column} in {table}", **given)


def from_table(value: dict[str, Any], info: ValidationInfo) -> dict[str, float]:
    """The numbers of a table's column by period, read as those of any series."""
    if value.get("table") is None or value.get("column") is None:
        return {}
    given = {key: value[key] for key in ("table", "column", "sheet", "range") if value.get(key) is not None}
    read = Measured().read_series(given, info)
    return dict(Series.model_validate(read, context=info.context).by_year or {})
