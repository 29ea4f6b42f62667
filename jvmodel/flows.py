"""Flows: a party's net cash flows over time and scenarios, checked once, as every metric reads them."""

from __future__ import annotations

from dataclasses import dataclass
from functools import cached_property

import numpy as np
from numpy.typing import ArrayLike, NDArray

from jvmodel.errors import RunError

Array = NDArray[np.float64]

TRIFLE = 1e-9
"""Money nearer to nil than this is a rounding error; a thousandth of a currency unit where money is in millions."""


@dataclass(frozen=True)
class Flows:
    """Net cash flows of a party that count: `cash` (S, T) at `times` (T,) in years, its discount `rate` a year, (S,) or ().

    `years` is the length of a period, for rates that Excel works out a period at a time.
    """

    cash: Array
    times: Array
    rate: Array
    years: float = 1.0

    @classmethod
    def of(
        cls, cash: ArrayLike, times: ArrayLike, rate: ArrayLike, years: float = 1.0, counted: ArrayLike | None = None
    ) -> Flows:
        """Flows (S, T) or (T,), less those that are not `counted` (T,): sunk before the valuation date."""
        amounts = np.atleast_2d(np.asarray(cash, dtype=np.float64))
        at, a_year = np.asarray(times, dtype=np.float64), np.asarray(rate, dtype=np.float64)
        if at.shape != amounts.shape[1:]:
            raise RunError(f"{amounts.shape[1]} cash flows do not fit {at.size} times; give one time for every period")
        if a_year.shape not in ((), (len(amounts),)):
            raise RunError(f"{a_year.size} discount rates do not fit {len(amounts)} scenarios; give one, or one for each")
        if not (a_year > -1).all():
            raise RunError(f"a discount rate is {a_year.min():.10g}; it must be more than −100% a year")
        if not np.isfinite(amounts).all():
            scenario, period = np.argwhere(~np.isfinite(amounts))[0]
            raise RunError(
                f"the cash flow of period {period + 1} (scenario {scenario + 1}) is {amounts[scenario, period]};"
                " check the inputs it comes from"
            )
        if counted is not None:
            kept = np.asarray(counted, dtype=np.float64) > 0
            amounts, at = amounts[:, kept], at[kept]
        return cls(amounts, at, a_year, years)

    @cached_property
    def value(self) -> Array:
        """Present values (S, T)."""
        return self.cash * self.factor

    @cached_property
    def factor(self) -> Array:
        """Discount factors, (S, T) or (1, T)."""
        factors: Array = (1 + self.rate).reshape(-1, 1) ** -self.times
        return factors

    @cached_property
    def outlays(self) -> NDArray[np.bool_]:
        """Scenarios (S,) in which anything is laid out."""
        lowest: Array = self.cash.min(axis=1, initial=0.0)
        return lowest < -TRIFLE

    @cached_property
    def receipts(self) -> NDArray[np.bool_]:
        """Scenarios (S,) in which anything is received."""
        highest: Array = self.cash.max(axis=1, initial=0.0)
        return highest > TRIFLE

    @cached_property
    def cleared(self) -> Array:
        """Cash (S, T) without trifles, so that a rounding error is not taken for a change of sign."""
        return np.where(np.abs(self.cash) > TRIFLE, self.cash, 0.0)
