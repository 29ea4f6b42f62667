"""Operating costs by the year: administration, camp, fixed plant costs (terms.md A10)."""

from __future__ import annotations

from typing import Annotated, Literal

from jvmodel.cost import Cost
from jvmodel.graph import Block, Row
from jvmodel.inputs import Measured, Party, Phase, Series
from jvmodel.ledger import SUPPLIERS, VENTURE, Account, Ledger


class OperatingCost(Cost):
    """A cost a year that does not depend on output, during one phase or by year."""

    kind: Literal["operating_cost"] = "operating_cost"
    amount: Annotated[Series, Measured("$m/year", per_year=True, low=0.0)]
    """Cost a year"""
    during: Phase | None = None
    """Phase; in which a flat amount runs, operation when not given. Amounts by year run in their years"""
    payee: Party = SUPPLIERS
    """Party that is paid; suppliers and staff when not given"""

    class Rows(Block):
        cost = Row("Cost")

    def apply(self, ledger: Ledger) -> None:
        """Amount of the period, while its phase lasts, in the money of the model."""
        rows = self.Rows(ledger.graph, self.name, self.heading)
        amount = self.money(ledger, self.given(ledger, "amount"))
        running = self.during is not None or self.amount.flat is not None
        if running:
            amount = amount * ledger.phase(self.during or "operation")
        rows.cost = ledger.while_open(amount) if self.during in (None, "operation") else amount + 0
        ledger.post(Account.OPERATING, rows.cost, payer=VENTURE, payee=self.payee)
