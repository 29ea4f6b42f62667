"""Royalty at a rate that moves with the price of the metal (terms.md B2)."""

from __future__ import annotations

from typing import Literal

from jvmodel.bands import Bands, Mode, beyond_a_cliff, effective_rate
from jvmodel.graph import Row
from jvmodel.inputs import Metal
from jvmodel.ledger import Ledger, Measure
from jvmodel.royalty import Royalty, RoyaltyRows


class SlidingRoyalty(Royalty):
    """A share of the value of metal sold at reference price, at a rate that follows a scale of prices."""

    kind: Literal["sliding_royalty"] = "sliding_royalty"
    metal: Metal
    """Metal that pays the royalty, and whose price sets the rate"""
    bands: Bands
    """Price band; bounds in the unit of the metal's price"""
    mode: Mode
    """One rate on all value (whole), each slice of price at its own rate (slice), or rates on a line between bounds (linear)"""
    price: Literal["current", "previous"] = "current"
    """Whether the rate follows the price of the period or of the one before"""
    thresholds: Literal["nominal", "real"] = "nominal"
    """Whether the bounds are fixed in nominal money or grow with inflation (real)"""

    class Rows(RoyaltyRows):
        price = Row("Price that sets the rate", total="none")
        rate = Row("Effective royalty rate", unit="%", total="none")

    def apply(self, ledger: Ledger) -> None:
        """Payable metal × reference price × effective rate of the scale at that price."""
        rows = self.Rows(ledger.graph, self.name, self.heading)
        price = ledger.read(Measure.PRICE, of=self.metal, by=self.name)
        rows.price = price + 0 if self.price == "current" else ledger.brought_forward(price)
        unit = ledger.escalated(ledger.one(self.metal), self.thresholds)
        rows.rate = effective_rate(ledger, self, "bands", self.bands, rows.price, self.mode, unit)
        rows.base = ledger.in_money(ledger.read(Measure.PAYABLE, of=self.metal, by=self.name) * price)
        if self.mode == "whole" and len(self.bands) > 1:
            bounds = [self.given(ledger, f"bands.{n}.start") * unit for n in range(len(self.bands))]
            rates = [self.given(ledger, f"bands.{n}.rate") for n in range(len(self.bands))]
            text = f"{self.heading}: the price is just above a bound, where less is left of it than below the bound"
            ledger.warn(f"{self.name}_cliff", text, beyond_a_cliff(rows.price, rows.rate, bounds, rates))
        self.pay(ledger, rows, rows.base * self.at_rate(ledger, rows, rows.rate))
