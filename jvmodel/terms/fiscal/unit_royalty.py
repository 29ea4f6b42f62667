"""Unit royalty: a fixed amount a tonne (terms.md B1)."""

from __future__ import annotations

from typing import Literal

from jvmodel.inputs import PerTonne
from jvmodel.ledger import Ledger, Measure
from jvmodel.royalty import Royalty, RoyaltyRows


class UnitRoyalty(Royalty):
    """An amount for each tonne mined, milled or made into concentrate."""

    kind: Literal["unit_royalty"] = "unit_royalty"
    rate: PerTonne
    """Royalty a tonne"""
    per: Literal["ore", "milled", "concentrate"] = "ore"
    """What the tonnes are of"""
    basis: Literal["real", "nominal"] = "nominal"
    """Whether the rate is indexed (real) or fixed in nominal money"""

    def apply(self, ledger: Ledger) -> None:
        """Tonnes times rate, in the money of the model."""
        rows = RoyaltyRows(ledger.graph, self.name, self.heading)
        rows.base = ledger.read(Measure(self.per), by=self.name) + 0
        self.pay(ledger, rows, ledger.escalated(ledger.in_money(rows.base * self.given(ledger, "rate")), self.basis))
