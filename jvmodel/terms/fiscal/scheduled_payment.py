"""Payments by schedule: surface rents, licence fees, advance royalties and other agreed amounts (terms.md B4)."""

from __future__ import annotations

from typing import Annotated, Literal

from jvmodel.graph import Block, Row
from jvmodel.inputs import Measured, Party, Series
from jvmodel.ledger import VENTURE, Account, Ledger
from jvmodel.term import Term


class ScheduledPayment(Term):
    """Amounts a year that are agreed beforehand, whatever the venture earns."""

    kind: Literal["scheduled_payment"] = "scheduled_payment"
    amount: Annotated[Series, Measured("$m/year", per_year=True, low=0.0)]
    """Amount a year"""
    holder: Party
    """Party that receives the payment"""
    basis: Literal["real", "nominal"] = "nominal"
    """Whether amounts are in money of the base date (real) or of their own year (nominal)"""
    deductible: bool = True
    """Whether income tax allows the payment as a cost"""

    class Rows(Block):
        payable = Row("Payment due by schedule")

    def apply(self, ledger: Ledger) -> None:
        """The amount of each period, in the money of the model."""
        rows = self.Rows(ledger.graph, self.name, self.heading)
        rows.payable = ledger.escalated(self.given(ledger, "amount"), self.basis) + 0
        deductible = "yes" if self.deductible else "no"
        ledger.post(Account.ROYALTIES, rows.payable, payer=VENTURE, payee=self.holder, deductible=deductible)
