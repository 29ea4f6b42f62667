"""Operating costs of what is used up: power, diesel, acid, at its own price (terms.md A10)."""

from __future__ import annotations

from typing import Literal

from jvmodel.driver import Driver, driven
from jvmodel.graph import Block, Row
from jvmodel.inputs import Factor, Metal, Party
from jvmodel.ledger import SUPPLIERS, VENTURE, Account, Ledger, Measure
from jvmodel.term import Term


class ConsumableCost(Term):
    """So much of something used for each tonne, at the price that the deal has for it."""

    kind: Literal["consumable_cost"] = "consumable_cost"
    uses: Metal
    """What is used; it has a price in the deal, such as USD/MWh for power"""
    consumption: Factor
    """Consumption a tonne; in the unit of the price"""
    per: Driver
    """What the tonnes are of; ore, waste, moved (ore and waste), milled, concentrate, or treated (refined concentrate)"""
    payee: Party = SUPPLIERS
    """Party that is paid; suppliers when not given"""

    class Rows(Block):
        tonnes = Row("Tonnes")
        used = Row("Used")
        cost = Row("Cost")

    def apply(self, ledger: Ledger) -> None:
        """Tonnes × consumption × price."""
        rows = self.Rows(ledger.graph, self.name, self.heading)
        rows.tonnes = driven(ledger, self.per, self.name) + 0
        rows.used = rows.tonnes * self.measured_in(ledger, "consumption", f"{ledger.mass_unit(self.uses)}/t")
        rows.cost = ledger.in_money(rows.used * ledger.read(Measure.PRICE, of=self.uses, by=self.name))
        ledger.post(Account.OPERATING, rows.cost, payer=VENTURE, payee=self.payee)
