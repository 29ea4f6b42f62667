"""Value-added tax: paid on purchases, refunded later, in part never (terms.md B17, A14)."""

from __future__ import annotations

from typing import Literal

from jvmodel.graph import Block, Row, add_up, trailing
from jvmodel.inputs import Days, Party, Share
from jvmodel.ledger import SUPPLIERS, VENTURE, Account, Ledger, Measure
from jvmodel.term import Term


class ValueAddedTax(Term):
    """Tax on purchases that the state refunds after some time; what it never refunds is a cost."""

    kind: Literal["value_added_tax"] = "value_added_tax"
    rate: Share
    """Rate of tax"""
    holder: Party
    """Party that receives and refunds the tax"""
    taxable: Share = 1.0
    """Share of capital and operating cost that bears the tax"""
    recoverable: Share = 1.0
    """Share of the tax that is refunded"""
    refund_days: Days = 0.0
    """Days until the refund; all is settled in the last period"""

    def announces(self) -> tuple[Account | Measure, ...]:
        """Refunds outstanding, and the part that is a cost."""
        return (Account.VAT, Account.LEVIES)

    class Rows(Block):
        purchases = Row("Purchases that bear the tax")
        paid = Row("Tax on purchases")
        lost = Row("Tax never refunded")
        recoverable = Row("Tax to be refunded, in nominal money")
        receivable = Row("Refunds outstanding", total="last")
        movement = Row("Increase in refunds outstanding")

    def apply(self, ledger: Ledger) -> None:
        """Refunds outstanding are the recoverable tax of the last so many days; their change is money; the rest is a cost."""
        rows = self.Rows(ledger.graph, self.name, self.heading)
        bought = [ledger.total(one, payee=SUPPLIERS) for one in (Account.CAPEX, Account.SUSTAINING, Account.OPERATING)]
        rows.purchases = add_up(bought) * self.given(ledger, "taxable")
        rows.paid = rows.purchases * self.given(ledger, "rate")
        rows.lost = rows.paid * (1 - self.given(ledger, "recoverable"))
        rows.recoverable = ledger.face_value(rows.paid - rows.lost) + 0
        periods = self.given(ledger, "refund_days") / ledger.graph.conversion("day", "year") / ledger.period_years
        rows.receivable = ledger.todays_money(trailing(rows.recoverable, periods) * (1 - ledger.last))
        rows.movement = rows.receivable - ledger.brought_forward(rows.receivable)
        ledger.post(Account.VAT, rows.movement, payer=VENTURE, payee=self.holder)
        ledger.post(Account.LEVIES, rows.lost, payer=VENTURE, payee=self.holder, deductible="yes")
        if ledger.has(Measure.BUILDING_COST, of=self.name):
            ledger.record(Measure.BUILDING_COST, rows.movement + rows.lost, of=self.name, by=self.name)
