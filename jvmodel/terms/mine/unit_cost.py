"""Operating costs by the tonne: mining, milling, refining (terms.md A10)."""

from __future__ import annotations

from typing import Literal

from jvmodel.cost import Cost
from jvmodel.driver import Driver, driven
from jvmodel.graph import Block, Row
from jvmodel.inputs import Factor, PerTonne
from jvmodel.ledger import SUPPLIERS, VENTURE, Account, Ledger


class UnitCost(Cost):
    """A cost for each tonne of what drives it."""

    kind: Literal["unit_cost"] = "unit_cost"
    rate: PerTonne
    """Cost a tonne"""
    per: Driver
    """What the tonnes are of; ore, waste, moved (ore and waste), milled, concentrate, or treated (refined concentrate)"""
    factor: Factor = 1.0
    """Factor on the cost; 1 is as planned"""

    class Rows(Block):
        tonnes = Row("Tonnes")
        cost = Row("Cost")

    def apply(self, ledger: Ledger) -> None:
        """Tonnes × rate, in the money of the model."""
        rows = self.Rows(ledger.graph, self.name, self.heading)
        rows.tonnes = driven(ledger, self.per, self.name) + 0
        cost = rows.tonnes * self.given(ledger, "rate") * self.given(ledger, "factor")
        rows.cost = self.money(ledger, ledger.in_money(cost, self.currency))
        ledger.post(Account.OPERATING, rows.cost, payer=VENTURE, payee=SUPPLIERS)
