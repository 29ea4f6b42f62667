"""Guarantee: a party backs part of the debt, for a fee (terms.md D10)."""

from __future__ import annotations

from typing import Literal

from jvmodel.graph import Block, Row
from jvmodel.inputs import Party, Share
from jvmodel.ledger import VENTURE, Account, Ledger, Measure
from jvmodel.term import Term


class Guarantee(Term):
    """A guarantor covers a share of the debt outstanding; the venture pays a fee on what is covered."""

    kind: Literal["guarantee"] = "guarantee"
    guarantor: Party
    """Party that gives the guarantee"""
    cover: Share
    """Share of the debt that is covered"""
    fee: Share
    """Fee a year on what is covered"""

    def announces(self) -> tuple[Account | Measure, ...]:
        """The fee."""
        return (Account.FINANCE_FEES, Measure.INTEREST_CHARGE)

    class Rows(Block):
        exposure = Row("Debt covered, at the beginning of the period", total="none")
        fee = Row("Guarantee fee")

    def apply(self, ledger: Ledger) -> None:
        """Fee × cover × debt brought forward; what it saves shows when the loan's margin is changed with it."""
        rows = self.Rows(ledger.graph, self.name, self.heading)
        debt = ledger.read(Measure.SENIOR_DEBT, by=self.name)
        rows.exposure = ledger.brought_forward(debt) * self.given(ledger, "cover")
        rows.fee = rows.exposure * self.given(ledger, "fee") * ledger.share_of_year
        ledger.post(Account.FINANCE_FEES, rows.fee, payer=VENTURE, payee=self.guarantor)
        ledger.record(Measure.INTEREST_CHARGE, rows.fee, by=self.name)
