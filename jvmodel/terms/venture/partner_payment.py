"""Payments between partners: audit adjustments, deposits, milestone and price-linked payments (terms.md C4, C7, C14)."""

from __future__ import annotations

from typing import Annotated, Literal

from pydantic import model_validator

from jvmodel.graph import Block, Expr, Row, lag, max_
from jvmodel.inputs import Measured, Metal, Party, Series, fault
from jvmodel.ledger import Account, Ledger, Measure
from jvmodel.term import Term

Amounts = Annotated[Series, Measured("$m/year", per_year=True, gaps="zero", low=0.0)]


class PartnerPayment(Term):
    """One party pays another amounts by year, where a price is reached if that is agreed."""

    kind: Literal["partner_payment"] = "partner_payment"
    payer: Party
    """Party that pays"""
    payee: Party
    """Party that is paid"""
    amount: Amounts
    """Amount by year, in nominal money"""
    metal: Metal | None = None
    """Metal whose price must be reached"""
    above: Annotated[float, Measured(low=0.0)] | None = None
    """Price that must be reached, in nominal money and the unit of the metal's price"""
    once: bool = False
    """Whether the first payment is the last"""

    @model_validator(mode="after")
    def _whole(self) -> PartnerPayment:
        if self.payer == self.payee:
            raise fault(f"'{self.payer}' cannot pay itself")
        if (self.metal is None) != (self.above is None):
            raise fault("metal and above go together: which price must be reached; give both or neither")
        return self

    class Rows(Block):
        price = Row("Price that decides", total="none")
        due = Row("Payment where its condition is met")
        made = Row("A payment has been made before", unit="1", total="none")
        paid = Row("Paid")

    def apply(self, ledger: Ledger) -> None:
        """Amount × 1 where the price is reached; a payment between parties, which the venture does not see."""
        rows = self.Rows(ledger.graph, self.name, self.heading)
        due: Expr = ledger.todays_money(self.given(ledger, "amount"))
        if self.metal is not None:
            rows.price = ledger.face_value(ledger.read(Measure.PRICE, of=self.metal, by=self.name)) + 0
            bound = self.measured_in(ledger, "above", f"{ledger.currency}/{ledger.mass_unit(self.metal)}")
            due = due * (rows.price >= bound)
        rows.due = due + 0
        if self.once:
            rows.made = max_(lag(rows.made), lag(rows.due) > 0)
            rows.paid = rows.due * (1 - rows.made)
        else:
            rows.paid = rows.due + 0
        ledger.post(Account.PARTNER_PAYMENT, rows.paid, payer=self.payer, payee=self.payee)
