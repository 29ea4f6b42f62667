"""Overrun sharing: the operator bears part of what building costs beyond its control budget (terms.md C15)."""

from __future__ import annotations

from typing import Annotated, Literal

from pydantic import Field, model_validator

from jvmodel.graph import Block, Expr, Row, add_up, lag, max_, min_, power, ratio
from jvmodel.inputs import Measured, Money, Party, Rate, Share, fault
from jvmodel.ledger import VENTURE, Account, Ledger, Measure
from jvmodel.partners import received_by, share_out
from jvmodel.term import Term

Penalty = Annotated[float, Measured(low=1.0, high=10.0)]


class OverrunSharing(Term):
    """Beyond a tolerance the operator pays part of the overrun for others, up to a cap: for good, as a loan or for equity."""

    kind: Literal["overrun_sharing"] = "overrun_sharing"
    operator: Party
    """Partner that bears it"""
    others: tuple[Party, ...] = Field(min_length=1)
    """Partners whose part it pays, by their interests"""
    tolerance: Share = 0.1
    """Share of the control budget that all bear alike"""
    share: Share = 1.0
    """Share of the overrun beyond that the operator bears"""
    cap: Money | None = None
    """Most that the operator bears for all; above it all bear alike again"""
    recovery: Literal["none", "loan", "equity"] = "none"
    """How the operator gets back what it pays for others; none, loan (out of their distributions) or equity (for interest)"""
    rate: Rate | None = None
    """Interest a year on the loan, effective"""
    repaid_from: Share = 1.0
    """Share of the others' distributions that goes to the loan"""
    factor: Penalty | None = None
    """How many times what it pays counts, when interest is given for it on the calls to date"""

    @model_validator(mode="after")
    def _apart(self) -> OverrunSharing:
        if self.operator in self.others:
            raise fault(f"'{self.operator}' bears the overrun; leave it out of others")
        for field, recovery in (("rate", "loan"), ("factor", "equity")):
            if (getattr(self, field) is None) == (self.recovery == recovery):
                raise fault(f"recovery: {recovery} goes with {field}, and {field} with recovery: {recovery}")
        return self

    def announces(self) -> tuple[Account | Measure, ...]:
        """What the operator pays for others, and what it gets for that."""
        if self.recovery == "none":
            return (Account.OVERRUN,)
        return (Account.OVERRUN, Account.CARRY_REPAYMENT if self.recovery == "loan" else Measure.TRANSFER)

    class Rows(Block):
        budget = Row("Control budget, contingency included, in nominal money")
        overrun = Row("Overrun, in nominal money")
        to_date = Row("Overrun to date, in nominal money", total="last")
        beyond = Row("Overrun to date beyond the tolerance, in nominal money", total="last")
        borne_to_date = Row("Borne by the operator to date, in nominal money", total="last")
        borne = Row("Borne by the operator")
        for_others = Row("of which for its partners")
        called = Row("Cash calls on all partners to date, in nominal money", total="last")

    def apply(self, ledger: Ledger) -> None:
        """Borne = min((overrun − tolerance × budget) × share, cap); the operator's own part stays with its interest."""
        rows = self.Rows(ledger.graph, self.name, self.heading)
        rows.budget = ledger.face_value(ledger.read(Measure.BUDGET, by=self.name)) + 0
        rows.overrun = ledger.face_value(ledger.read(Measure.OVERRUN, by=self.name)) + 0
        rows.to_date = lag(rows.to_date) + rows.overrun
        rows.beyond = max_(rows.to_date - rows.budget.total * self.given(ledger, "tolerance"), 0)
        borne: Expr = rows.beyond * self.given(ledger, "share")
        rows.borne_to_date = borne if self.cap is None else min_(borne, self.given(ledger, "cap"))
        rows.borne = ledger.todays_money(rows.borne_to_date - lag(rows.borne_to_date)) + 0
        own = ledger.read(Measure.INTEREST, of=self.operator, by=self.name)
        rows.for_others = rows.borne * (1 - own)
        share_out(ledger, rows, Account.OVERRUN, rows.for_others, self.operator, self.others, "Paid for", meets="calls")
        for other in self.others:
            if self.recovery == "loan":
                self._lend(ledger, rows, other)
        if self.recovery == "equity":
            self._convert(ledger, rows)

    def _lend(self, ledger: Ledger, rows: Rows, other: str) -> None:
        """What is paid for a partner is owed, with interest, and repaid out of its distributions alone."""
        who, owed = ledger.parties[other], rows.ref(f"owed_{other}")
        grown = ledger.brought_forward(owed) * power(1 + self.given(ledger, "rate"), ledger.period_years)
        due = rows.define(f"due_{other}", f"Due by {who}", grown + rows.ref(f"to_{other}"), total="none")
        there = received_by(ledger, other)
        if ledger.has(Account.CARRY_ADVANCE):
            there = max_(there - ledger.total(Account.CARRY_REPAYMENT, payer=other, of="carry"), 0)
        back = rows.define(f"back_{other}", f"Repaid by {who}", min_(there * self.given(ledger, "repaid_from"), due))
        left = rows.define(f"owed_{other}", f"Owed by {who}", due - back, total="last")
        text = f"{self.heading}: {who} has not repaid the overrun lent to it by the end"
        ledger.warn(f"{self.name}_{other}_unpaid", text, (left > ledger.trifle) * ledger.last)
        ledger.post(Account.CARRY_REPAYMENT, back, payer=other, payee=self.operator)

    def _convert(self, ledger: Ledger, rows: Rows) -> None:
        """Interest for money: what is paid for a partner times the factor, of all calls to date; no more than it has."""
        called: Expr = ledger.total(Account.CALLS, payee=VENTURE)
        if ledger.has(Account.PARTNER_LOANS):
            called = called + ledger.total(Account.PARTNER_LOANS, payee=VENTURE)
        rows.called = lag(rows.called) + ledger.face_value(called)
        gained: list[Expr] = []
        for other in self.others:
            who, held = ledger.parties[other], ledger.read(Measure.INTEREST, of=other, by=self.name)
            part = min_(ratio(ledger.face_value(rows.ref(f"to_{other}")) * self.given(ledger, "factor"), rows.called), held)
            moved = rows.define(f"moves_from_{other}", f"Interest that moves from {who}", 0 - part, "%", "none")
            ledger.record(Measure.TRANSFER, moved, of=other, by=self.name)
            gained.append(0 - moved)
        row = rows.define("moves", "Interest that moves to the operator", add_up(gained), "%", "none")
        ledger.record(Measure.TRANSFER, row, of=self.operator, by=self.name)
