"""What royalties on a base have in common: share covered, floor, caps, when they are paid (terms.md B1, B4)."""

from __future__ import annotations

from pydantic import model_validator

from jvmodel.arrears import Arrears, paid_late
from jvmodel.graph import Expr, Row, lag, max_, min_
from jvmodel.inputs import Money, MoneyPerYear, Months, Party, Share, fault
from jvmodel.ledger import VENTURE, Account, Ledger
from jvmodel.term import Term


class RoyaltyRows(Arrears):
    """Royalty."""

    base = Row("Base of the royalty")
    royalty = Row("Royalty at the rate")
    room = Row("Lifetime cap not yet used, in nominal money", total="none")
    payable = Row("Royalty payable")
    to_date = Row("Royalty to date, in nominal money", total="last")
    paid = Row("Royalty paid")


class Royalty(Term):
    """A payment that follows from what is produced or sold."""

    holder: Party
    """Party that receives the royalty"""
    covered: Share = 1.0
    """Share of production that the royalty covers"""
    floor: MoneyPerYear | None = None
    """Least royalty a year of operation"""
    cap: MoneyPerYear | None = None
    """Most royalty a year"""
    lifetime_cap: Money | None = None
    """Most that is ever paid; the royalty ends there"""
    deductible: bool = True
    """Whether income tax allows the royalty as a cost, when it is paid"""
    payment_lag: Months = 0.0
    """Months until the royalty of a period is paid; what is left is paid in the last period"""

    @model_validator(mode="after")
    def _floor_below_cap(self) -> Royalty:
        if self.floor is not None and self.cap is not None and self.floor > self.cap:
            raise fault(f"the floor of {self.floor:g} a year is above the cap of {self.cap:g}; a floor must not exceed the cap")
        return self

    def pay(self, ledger: Ledger, rows: RoyaltyRows, royalty: Expr) -> None:
        """Covered share of the royalty, within floor and caps; floors and caps are fixed in nominal money."""
        rows.royalty = royalty * self.given(ledger, "covered")
        payable: Expr = rows.royalty
        if self.floor is not None:
            floor = ledger.todays_money(self.given(ledger, "floor") * ledger.period_years * ledger.phase("operation"))
            payable = max_(payable, floor)
        if self.cap is not None:
            payable = min_(payable, ledger.todays_money(self.given(ledger, "cap") * ledger.period_years))
        if self.lifetime_cap is not None:
            rows.room = max_(self.given(ledger, "lifetime_cap") - lag(rows.to_date), 0)
            rows.payable = min_(payable, ledger.todays_money(rows.room))
            rows.to_date = lag(rows.to_date) + ledger.face_value(rows.payable)
        else:
            rows.payable = payable + 0
        paid = rows.payable
        if self.payment_lag:
            rows.paid = paid_late(ledger, rows, rows.payable, self.given(ledger, "payment_lag"))
            paid = rows.paid
        deductible = "yes" if self.deductible else "no"
        ledger.post(Account.ROYALTIES, paid, payer=VENTURE, payee=self.holder, deductible=deductible)
