"""Operating costs by the tonne: mining, milling, refining (terms.md A10)."""

from __future__ import annotations

from typing import Literal

from jvmodel.graph import Block, Expr, Row
from jvmodel.inputs import Factor, PerTonne
from jvmodel.ledger import SUPPLIERS, VENTURE, Account, Ledger, Measure
from jvmodel.term import Term

Driver = Literal["ore", "waste", "moved", "milled", "concentrate", "treated"]


class UnitCost(Term):
    """A cost for each tonne of what drives it."""

    kind: Literal["unit_cost"] = "unit_cost"
    rate: PerTonne
    """Cost a tonne"""
    per: Driver
    """What the tonnes are of; ore, waste, moved (ore and waste), milled, concentrate, or treated (refined concentrate)"""
    factor: Factor = 1.0
    """Factor on the cost; 1 is as planned"""
    basis: Literal["real", "nominal"] = "real"
    """Whether the rate is in money of the base date (real) or of its own year (nominal)"""

    class Rows(Block):
        tonnes = Row("Tonnes")
        cost = Row("Cost")

    def apply(self, ledger: Ledger) -> None:
        """Tonnes × rate, in the money of the model."""
        rows = self.Rows(ledger.graph, self.name, self.heading)
        rows.tonnes = self._driver(ledger) + 0
        cost = rows.tonnes * self.given(ledger, "rate") * self.given(ledger, "factor")
        rows.cost = ledger.escalated(ledger.in_money(cost), self.basis)
        ledger.post(Account.OPERATING, rows.cost, payer=VENTURE, payee=SUPPLIERS)

    def _driver(self, ledger: Ledger) -> Expr:
        if self.per == "moved":
            return ledger.read(Measure.ORE, by=self.name) + ledger.optional(Measure.WASTE)
        return ledger.read(Measure(self.per), by=self.name)
