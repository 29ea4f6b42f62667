"""Grant: public money for part of the capital cost (terms.md D9)."""

from __future__ import annotations

from typing import Literal

from pydantic import Field, model_validator

from jvmodel.arrears import Arrears, paid_late
from jvmodel.graph import Row, lag, max_, min_
from jvmodel.inputs import Date, Money, Months, Party, Record, Share, fault
from jvmodel.ledger import VENTURE, Account, Ledger, Measure
from jvmodel.term import Name, Term


class Clawback(Record):
    """Part of the grant goes back where its target is missed."""

    date: Date
    """When it is tested"""
    achieved: Share
    """share of the target that is achieved"""


class Grant(Term):
    """A giver pays a share of eligible capital cost, up to a cap."""

    kind: Literal["grant"] = "grant"
    giver: Party
    """Party that pays the grant"""
    share: Share = Field(gt=0)
    """Share of eligible capital cost"""
    cap: Money | None = None
    """Most that is granted, in nominal money"""
    asset_class: Name = "plant"
    """Class of asset that is eligible"""
    tax: Literal["reduces_basis", "income", "exempt"] = "reduces_basis"
    """Whether tax depreciates the cost less the grant, taxes the grant as income, or neither"""
    payment_lag: Months = 0.0
    """Months until the grant on a cost is paid"""
    clawback: Clawback | None = None
    """Clawback"""

    @model_validator(mode="after")
    def _lag(self) -> Grant:
        if self.payment_lag and self.tax == "reduces_basis" and self.clawback is not None:
            raise fault("a clawback of a grant paid late does not go with tax: reduces_basis; use income or exempt")
        return self

    def announces(self) -> tuple[Account | Measure, ...]:
        """The grant."""
        return (Account.GRANTS,)

    class Rows(Arrears):
        eligible = Row("Eligible capital cost")
        room = Row("Cap not yet used, in nominal money", total="none")
        granted = Row("Grant on the cost of the period")
        to_date = Row("Granted to date, in nominal money", total="last")
        paid = Row("Grant paid")
        returned = Row("Grant clawed back")

    def apply(self, ledger: Ledger) -> None:
        """Share × eligible cost within the cap; what a missed target claws back is grant × (1 − achieved)."""
        rows = self.Rows(ledger.graph, self.name, self.heading)
        rows.eligible = ledger.total(Account.CAPEX, asset_class=self.asset_class) + 0
        granted = rows.eligible * self.given(ledger, "share")
        if self.cap is not None:
            rows.room = max_(self.given(ledger, "cap") - lag(rows.to_date), 0)
            granted = min_(granted, ledger.todays_money(rows.room))
        rows.granted = granted + 0
        rows.to_date = lag(rows.to_date) + ledger.face_value(rows.granted)
        if self.payment_lag:
            rows.paid = paid_late(ledger, rows, rows.granted, self.given(ledger, "payment_lag"))
        else:
            rows.paid = rows.granted + 0
        tags = {"taxed": "yes"} if self.tax == "income" else {}
        if self.tax == "reduces_basis":
            tags = {"asset_class": self.asset_class, "capitalised": "yes"}
        ledger.post(Account.GRANTS, rows.paid, payer=self.giver, payee=VENTURE, **tags)
        if self.clawback is not None:
            back = ledger.todays_money(rows.to_date) * (1 - self.given(ledger, "clawback.achieved"))
            rows.returned = 0 - back * ledger.at(self.clawback.date)
            ledger.post(Account.GRANTS, rows.returned, payer=self.giver, payee=VENTURE)
