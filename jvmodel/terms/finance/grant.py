"""Grant: public money for part of the capital cost (terms.md D9)."""

from __future__ import annotations

from typing import Literal

from pydantic import Field, model_validator

from jvmodel.arrears import Arrears, paid_late
from jvmodel.graph import Expr, Row, add_up, lag, max_, min_
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
    aid_ceiling: Share | None = None
    """Most that this grant and those before it may be of eligible cost; this one is cut"""
    before: tuple[Name, ...] = ()
    """Grants that count first; with aid_ceiling"""
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

    @model_validator(mode="after")
    def _ceiling(self) -> Grant:
        if self.before and self.aid_ceiling is None:
            raise fault("before goes with aid_ceiling: the most that all of them may be of eligible cost; give both or neither")
        if self.name in self.before:
            raise fault(f"before: '{self.name}' is this grant itself; name the others")
        return self

    def announces(self) -> tuple[Account | Measure, ...]:
        """The grant."""
        return (Account.GRANTS,)

    class Rows(Arrears):
        eligible = Row("Eligible capital cost")
        room = Row("Cap not yet used, in nominal money", total="none")
        others = Row("Granted by others before")
        wanted = Row("Grant without the ceiling on aid")
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
        if self.aid_ceiling is not None:
            granted = self._within_ceiling(ledger, rows, granted)
        rows.granted = granted + 0
        ledger.record(Measure.GRANTED, rows.granted, of=self.name, by=self.name)
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

    def _within_ceiling(self, ledger: Ledger, rows: Rows, wanted: Expr) -> Expr:
        """What the ceiling on all aid leaves, after the grants that count first."""
        rows.others = add_up([ledger.read(Measure.GRANTED, of=one, by=self.name) for one in self.before]) + ledger.nothing
        rows.wanted = wanted
        room = max_(rows.eligible * self.given(ledger, "aid_ceiling") - rows.others, 0)
        cut = rows.wanted - room > ledger.trifle
        ledger.warn(f"{self.name}_ceiling", f"{self.heading}: cut, as all aid would be above its ceiling", cut)
        return min_(rows.wanted, room)
