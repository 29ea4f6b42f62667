"""Royalty at a rate that moves with the operating margin (terms.md B3)."""

from __future__ import annotations

from typing import Literal

from pydantic import model_validator

from jvmodel.bands import Bands, slices
from jvmodel.graph import Expr, Row, max_, min_, ratio, where
from jvmodel.inputs import Factor, Share, fault
from jvmodel.ledger import Account, Group, Ledger, Measure
from jvmodel.royalty import Royalty, RoyaltyRows


class MarginRoyalty(Royalty):
    """A share of gross sales, at a rate by formula or by slices of the margin."""

    kind: Literal["margin_royalty"] = "margin_royalty"
    profit: Literal["operating", "ebit"] = "ebit"
    """Margin after operating costs alone, or after tax depreciation too (ebit)"""
    fixed: Share | None = None
    """Rate at a margin of nil, by formula; South Africa 0.5%"""
    slope: Factor | None = None
    """Rise of the rate with the margin, by formula; 0.08 is 8 points for a margin of 100%"""
    bands: Bands | None = None
    """Slice of the margin; instead of a formula, each at its own rate on the profit in the slice"""
    most: Share | None = None
    """Highest rate on sales"""
    flat_above: Share | None = None
    """Margin above which one rate applies to all profit"""
    flat_rate: Share | None = None
    """That one rate on profit"""
    deducts_itself: bool = False
    """Whether the margin is measured after the royalty itself; by formula only"""

    @model_validator(mode="after")
    def _one_scale(self) -> MarginRoyalty:
        formula = self.fixed is not None and self.slope is not None
        if formula == (self.bands is not None) or (self.fixed is None) != (self.slope is None):
            raise fault("give a formula (fixed and slope) or bands, one of the two")
        if (self.flat_above is None) != (self.flat_rate is None) or (self.flat_above is not None and self.bands is None):
            raise fault("flat_above and flat_rate go together, and with bands")
        if self.deducts_itself and self.bands is not None:
            raise fault("deducts_itself goes with a formula; slices that deduct themselves have no closed form here")
        return self

    class Rows(RoyaltyRows):
        profit = Row("Profit that the margin is measured by")
        margin = Row("Margin", unit="%", total="none")
        rate = Row("Royalty rate on sales", unit="%", total="none")

    def apply(self, ledger: Ledger) -> None:
        """Gross sales × rate(margin); without sales, or at a loss, the margin counts as nil."""
        rows = self.Rows(ledger.graph, self.name, self.heading)
        depreciation = ledger.read(Measure.DEPRECIATION, by=self.name) if self.profit == "ebit" else ledger.nothing
        rows.profit = ledger.net(Group.OPERATING_CASH) - depreciation
        rows.base = max_(ledger.total(Account.REVENUE), 0)
        rows.margin = max_(ratio(rows.profit, rows.base), 0)
        rate = self._rate(ledger, rows)
        rows.rate = min_(rate, self.given(ledger, "most")) if self.most is not None else rate
        self.pay(ledger, rows, rows.base * self.at_rate(ledger, rows, rows.rate))

    def _rate(self, ledger: Ledger, rows: Rows) -> Expr:
        if self.bands is None:
            fixed, slope = self.given(ledger, "fixed"), self.given(ledger, "slope")
            rate = fixed + slope * rows.margin
            return ratio(rate, 1 + slope) if self.deducts_itself else rate
        starts = [self.given(ledger, f"bands.{number}.start") for number in range(len(self.bands))]
        rates = [self.given(ledger, f"bands.{number}.rate") for number in range(len(self.bands))]
        rate = slices(starts, rates, rows.margin)
        if self.flat_above is None:
            return rate
        flat = self.given(ledger, "flat_rate") * rows.margin
        return where(rows.margin > self.given(ledger, "flat_above"), flat, rate)
