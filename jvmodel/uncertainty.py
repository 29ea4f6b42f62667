"""What is uncertain in a deal: how its numbers may turn out, how they move together, and who bears them (terms.md G6, H1, H4).

Distributions are data here; drawing from them is the business of `jvmodel.analysis`.
"""

from __future__ import annotations

import math
from functools import cached_property
from typing import TYPE_CHECKING, Annotated, Any, ClassVar, Literal

from pydantic import BeforeValidator, Field, ValidationInfo, WithJsonSchema, model_validator

from jvmodel.distribution import (
    Bernoulli,
    Discrete,
    Distribution,
    Empirical,
    Lognormal,
    Normal,
    Pert,
    Triangular,
    Uniform,
    Volatility,
    from_table,
)
from jvmodel.inputs import Measured, Party, Positive, Rate, Record, Split, fault
from jvmodel.phrase import Phrase
from jvmodel.term import Name

if TYPE_CHECKING:
    from jvmodel.processes import Calibration

MOST_VOLATILE = 5.0
Rank = Annotated[float, Measured(show="%", low=-1.0, high=1.0)]


class Gbm(Record):
    """Price that wanders: geometric Brownian motion around the deck, which stays the expected price."""

    sigma: Volatility
    """Volatility a year"""

    @property
    def words(self) -> str:
        """The process in a few words."""
        return Phrase("Brownian motion around the deck, {sigma:.3g} a year", sigma=self.sigma)


class Schwartz(Record):
    """Price that is drawn back: mean reversion of its logarithm, as in Schwartz (1997)."""

    sigma: Volatility
    """Volatility a year"""
    kappa: Positive
    """Speed of reversion a year; half of a departure is gone after ln 2 / kappa years"""
    mean: Positive | None = None
    """Long-run mean price that the first price of the deck reverts to; the deck itself when not given"""

    @property
    def words(self) -> str:
        """The process in a few words."""
        to = Phrase("the deck") if self.mean is None else Phrase("{mean:g}", mean=self.mean)
        message = "Reversion to {to} at {kappa:.3g} a year, volatility {sigma:.3g}"
        return Phrase(message, to=to, kappa=self.kappa, sigma=self.sigma)


class Bootstrap(Record):
    """Price that repeats its past: blocks of past returns, drawn with replacement, around the deck."""

    table: str
    """CSV or Excel file in the deal's folder with past prices, periods in its first column"""
    column: str
    """Heading of the column"""
    sheet: str | None = None
    """Sheet of an Excel file; the first one when not given"""
    block: int = Field(default=3, gt=0, le=1000)
    """Periods of the model whose returns stay together"""
    observed: dict[str, float] = Field(default_factory=dict, json_schema_extra={"readOnly": True})
    """Read from the table"""

    @model_validator(mode="before")
    @classmethod
    def _read(cls, value: Any, info: ValidationInfo) -> Any:
        return {**value, "observed": from_table(value, info)} if isinstance(value, dict) else value

    @model_validator(mode="after")
    def _prices(self) -> Bootstrap:
        bad = next((period for period, price in self.observed.items() if price <= 0), None)
        if bad is not None:
            raise fault(f"the price of {bad} is {self.observed[bad]:g}; past prices must be more than 0")
        return self

    @property
    def words(self) -> str:
        """The process in a few words."""
        message = "Past returns of {column} in {table}, blocks of {block}"
        return Phrase(message, column=self.column, table=self.table, block=self.block)


class Calibrated(Record):
    """Price whose process is fitted to its past, by regression of the logarithm of each price on the one before."""

    table: str
    """CSV or Excel file in the deal's folder with past prices, periods in its first column"""
    column: str
    """Heading of the column, or label of the line of a range"""
    sheet: str | None = None
    """Sheet of an Excel file; the first one when not given"""
    range: str | None = None
    """Cells of the table such as B4:AE12, where past prices by the year stand in a line of it"""
    deflator: str | None = None
    """Heading of a price index in the table, by which past prices are brought to the money of its last period"""
    model: Literal["schwartz", "gbm"] = "schwartz"
    """Mean reversion, or Brownian motion; where the past shows no reversion it is a Brownian motion, with a warning"""
    mean: Literal["deck", "history"] = "deck"
    """What the price reverts to: the deck, or from its first price to the long-run mean of the past"""
    observed: dict[str, float] = Field(default_factory=dict, json_schema_extra={"readOnly": True})
    """Read from the table"""
    index: dict[str, float] = Field(default_factory=dict, json_schema_extra={"readOnly": True})
    """Read from the table"""

    @model_validator(mode="before")
    @classmethod
    def _read(cls, value: Any, info: ValidationInfo) -> Any:
        if not isinstance(value, dict):
            return value
        index = from_table(value | {"column": value["deflator"]}, info) if value.get("deflator") is not None else {}
        return {**value, "observed": from_table(value, info), "index": index}

    @model_validator(mode="after")
    def _fits(self) -> Calibrated:
        for what, numbers in ((self.column, self.observed), (self.deflator, self.index)):
            bad = next((period for period, number in numbers.items() if number <= 0), None)
            if bad is not None:
                raise fault(f"{what} of {bad} in {self.table} is {numbers[bad]:g}; past prices must be more than 0")
        try:
            found, sigma = self.found, self.found.process.sigma
        except ValueError as error:
            raise fault(f"{self.column} in {self.table}: {error}") from None
        if sigma > MOST_VOLATILE:
            raise fault(f"{self.column} in {self.table} has a volatility of {sigma:.0%} a year; look for prices in another unit")
        if self.mean == "history" and not found.tells_mean:
            said = (
                f"{found.mean:,.4g} ± {found.mean_error:,.2g}" if math.isfinite(found.mean) else "it shows hardly any reversion"
            )
            raise fault(f"mean: {self.column} in {self.table} does not tell a long-run mean ({said}); write mean: deck")
        return self

    @cached_property
    def found(self) -> Calibration:
        """The process, and how well the past tells it."""
        from jvmodel.processes import calibrated, in_order

        last = max(self.index, default="")
        real = {period: price * self.index[last] / self.index[period] if self.index else price
                for period, price in self.observed.items()}  # fmt: skip
        prices, months = in_order(real)
        return calibrated(prices, months / 12, reverting=self.model == "schwartz")

    @property
    def process(self) -> Gbm | Schwartz:
        """What trials follow."""
        found = self.found
        kappa = getattr(found.process, "kappa", None)
        if kappa is None:
            return Gbm(sigma=found.process.sigma)
        return Schwartz(sigma=found.process.sigma, kappa=kappa, mean=found.mean if self.mean == "history" else None)

    @property
    def warning(self) -> str:
        """What a reader should know of the fit; empty where there is nothing."""
        if self.model == "gbm" or 0 < self.found.slope < 1:
            return ""
        return Phrase(
            "{column} in {table} shows no mean reversion (each logarithm is {slope:.4f} of the one before); the price follows a"
            " Brownian motion", column=self.column, table=self.table, slope=self.found.slope,
        )  # fmt: skip

    @property
    def words(self) -> str:
        """The process in a few words, with the standard errors of what was fitted."""
        found, process = self.found, self.process
        message = "fitted to {prices} prices of {column} in {table}"
        fitted = Phrase(message, prices=found.prices, column=self.column, table=self.table)
        error = found.sigma_error
        if isinstance(process, Gbm):
            message = "Brownian motion around the deck, {sigma:.3g} (± {error:.2g}) a year, {fitted}"
            return Phrase(message, sigma=process.sigma, error=error, fitted=fitted)
        to = Phrase("the deck")
        if process.mean is not None:
            to = Phrase("{mean:,.4g} (± {error:,.2g})", mean=process.mean, error=found.mean_error)
        return Phrase(
            "Reversion to {to} at {kappa:.3g} (± {kappa_error:.2g}) a year, volatility {sigma:.3g} (± {error:.2g}), {fitted}",
            to=to, kappa=process.kappa, kappa_error=found.kappa_error, sigma=process.sigma, error=error, fitted=fitted,
        )  # fmt: skip


def _paths(value: Any) -> Any:
    return (value,) if isinstance(value, str) else value


Paths = Annotated[
    tuple[str, ...],
    Field(min_length=1, max_length=50),
    BeforeValidator(_paths),
    WithJsonSchema({"anyOf": [{"type": "string"}, {"type": "array", "items": {"type": "string"}}]}),
]


class RiskFactor(Record):
    """A row of the risk register: numbers of the deal that move together, how they may turn out, and who bears it."""

    DISTRIBUTIONS: ClassVar = ("normal", "lognormal", "triangular", "pert", "uniform", "discrete", "bernoulli", "empirical")
    PROCESSES: ClassVar = ("gbm", "schwartz", "bootstrap", "calibrated")

    of: Paths
    """Path of the number, or a list of paths that move together; written as in --set"""
    title: str | None = Field(default=None, max_length=80)
    """What outputs call the risk"""
    drawn: Literal["value", "factor", "addition"] = "value"
    """What is drawn: the value itself, a factor on what the deal says, or an addition to it"""
    without_contingency: bool = False
    """Whether an overrun is one on the bare budget: the contingency of the deal is then not spent on top"""
    normal: Normal | None = None
    lognormal: Lognormal | None = None
    triangular: Triangular | None = None
    pert: Pert | None = None
    uniform: Uniform | None = None
    discrete: Discrete | None = None
    bernoulli: Bernoulli | None = None
    empirical: Empirical | None = None
    gbm: Gbm | None = None
    schwartz: Schwartz | None = None
    bootstrap: Bootstrap | None = None
    calibrated: Calibrated | None = None
    bearers: Split | None = None
    """Who bears the risk by the agreement; shares add up to 100%"""
    instrument: str | None = Field(default=None, max_length=500)
    """Clause, cover or contract that deals with it"""
    residual: str | None = Field(default=None, max_length=500)
    """What is left after it"""
    evidence: str | None = Field(default=None, max_length=500)
    """Where the distribution comes from"""
    note: str | None = Field(default=None, max_length=500)
    """Remarks"""

    @model_validator(mode="after")
    def _one(self) -> RiskFactor:
        given = [name for name in (*self.DISTRIBUTIONS, *self.PROCESSES) if getattr(self, name) is not None]
        if len(given) != 1:
            said = "none is given" if not given else f"{' and '.join(given)} are given"
            raise fault(f"give one of {', '.join((*self.DISTRIBUTIONS, *self.PROCESSES))}; {said}")
        if self.process is not None:
            wrong = [path for path in self.of if path.split(".")[0] != "prices" or len(path.split(".")) != 2]
            if wrong:
                raise fault(f"of: {given[0]} is for prices, such as prices.copper, not for '{wrong[0]}'")
            if self.drawn != "value":
                raise fault(f"drawn: leave it out; {given[0]} moves the price around its deck")
        if self.without_contingency and any(path.split(".")[-1] != "overrun" for path in self.of):
            raise fault("without_contingency: it goes with an overrun, such as terms.mine_capital.overrun; leave it out")
        if self.bearers is not None and abs(sum(self.bearers.values()) - 1) > 1e-9:
            raise fault(f"bearers: shares add up to {sum(self.bearers.values()) * 100:.10g}%; they must add up to 100%")
        return self

    @property
    def distribution(self) -> Distribution | None:
        """How the number may turn out; None for a price process."""
        return next((one for name in self.DISTRIBUTIONS if (one := getattr(self, name)) is not None), None)

    @property
    def process(self) -> Gbm | Schwartz | Bootstrap | None:
        """How the price may run; None for one number."""
        if self.calibrated is not None:
            return self.calibrated.process
        return next((one for name in self.PROCESSES if (one := getattr(self, name)) is not None), None)

    @property
    def words(self) -> str:
        """The distribution or process in a few words."""
        found = self.distribution or self.calibrated or self.process
        assert found is not None
        text: str = found.words
        return text


class Correlation(Record):
    """How two risks move together."""

    of: tuple[Name, Name]
    """The two, by their names"""
    rank: Rank
    """Rank correlation (Spearman) of their draws; of two prices, of what moves them in the same period"""
    note: str | None = Field(default=None, max_length=500)
    """Where it comes from"""


class Uncertainty(Record):
    """The risk register, and how trials are drawn from it."""

    factors: dict[Name, RiskFactor] = Field(min_length=1, max_length=100)
    """Risks by name"""
    correlations: tuple[Correlation, ...] = ()
    """Risks that move together; all others are independent"""
    correlated_by: Literal["copula", "iman_conover"] = "copula"
    """A Gaussian copula, or Iman and Conover's re-ordering of the draws"""
    nearest_correlation: bool = False
    """Whether correlations that contradict one another are replaced by the nearest ones that do not"""
    sampling: Literal["sobol", "lhs", "random"] = "sobol"
    """Scrambled Sobol points, Latin hypercubes, or plain random numbers"""
    trials: int = Field(default=8192, ge=64, le=1_000_000_000)
    """Trials when the question does not say; a power of 2 is best"""
    seed: int = Field(default=1, ge=0, lt=2**63)
    """Where random numbers begin; the same seed gives the same trials"""
    confidence: Annotated[float, Measured(show="%", low=0.5, high=0.9999)] = 0.9
    """Confidence of the expected shortfall: 90% is the mean of the worst tenth"""
    hurdles: dict[Party, Rate] = Field(default_factory=dict)
    """Rate of return that a party asks for; its discount rate when not given"""


__all__ = ["Bootstrap", "Calibrated", "Correlation", "Gbm", "RiskFactor", "Schwartz", "Uncertainty"]
