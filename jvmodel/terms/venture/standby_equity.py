"""Standby equity: a partner that stands by to fund what calls run to beyond a plan, for a fee and for interest (issue 4, C15)."""

from __future__ import annotations

from typing import Annotated, Literal

from pydantic import Field, model_validator

from jvmodel.graph import Block, Expr, Ref, Row, add_up, lag, max_, min_, ratio
from jvmodel.inputs import Date, Measured, Money, Party, Rate, fault
from jvmodel.ledger import VENTURE, Account, Ledger, Measure
from jvmodel.partners import calls_left, share_out_from
from jvmodel.term import Term

Factor = Annotated[float, Measured(low=0.0, high=10.0)]


class StandbyEquity(Term):
    """Beyond an amount of calls the provider pays others' calls up to its commitment, and gets interest for it."""

    kind: Literal["standby_equity"] = "standby_equity"
    provider: Party
    """Partner that stands by"""
    others: tuple[Party, ...] = Field(min_length=1)
    """Partners whose calls it pays"""
    above: Money
    """Calls on all partners to date above which it pays, in nominal money"""
    commitment: Money = Field(gt=0)
    """Most that it pays in all, in nominal money"""
    until: Date | None = None
    """First month in which it no longer stands by; the whole life when not given"""
    fee: Rate = 0.0
    """Fee a year, simple, on what is not drawn; paid by the others, by their interests"""
    factor: Factor = 1.0
    """How many times what it pays counts, when interest is given for it on the calls to date; 0 gives none"""

    @model_validator(mode="after")
    def _apart(self) -> StandbyEquity:
        if self.provider in self.others:
            raise fault(f"'{self.provider}' cannot stand by for itself; leave it out of others")
        return self

    def announces(self) -> tuple[Account | Measure, ...]:
        """Calls that it pays, its fee, and interests that move."""
        return (Account.STANDBY, Account.PARTNER_PAYMENT, Measure.TRANSFER)

    class Rows(Block):
        calls = Row("Cash calls on all partners, in nominal money")
        called = Row("Cash calls on all partners to date, in nominal money", total="last")
        beyond = Row("Share of the calls that lies beyond the plan", unit="%", total="none")
        wanted = Row("Calls on the others beyond the plan")
        room = Row("Commitment not drawn, in nominal money", total="none")
        drawn = Row("Paid by the provider")
        to_date = Row("Paid by the provider to date, in nominal money", total="last")
        fee = Row("Fee on what is not drawn")

    def apply(self, ledger: Ledger) -> None:
        """Drawn = the part of the others' calls beyond the plan, up to what is left of the commitment."""
        rows = self.Rows(ledger.graph, self.name, self.heading)
        called: Expr = ledger.total(Account.CALLS, payee=VENTURE)
        if ledger.has(Account.PARTNER_LOANS):
            called = called + ledger.total(Account.PARTNER_LOANS, payee=VENTURE)
        rows.calls = ledger.face_value(called) + 0
        rows.called = lag(rows.called) + rows.calls
        above = self.given(ledger, "above")
        over = max_(rows.called - above, 0) - max_(lag(rows.called) - above, 0)
        window = ledger.window(self.until, None)
        rows.beyond = ratio(over, rows.calls) * window
        wanted = {one: self._wanted(ledger, rows, one) for one in self.others}
        rows.wanted = add_up(wanted.values())
        rows.room = self.given(ledger, "commitment") - lag(rows.to_date)
        rows.drawn = min_(rows.wanted, ledger.todays_money(rows.room))
        rows.to_date = lag(rows.to_date) + ledger.face_value(rows.drawn)
        self._settle(ledger, rows, wanted)
        if self.fee:
            rows.fee = ledger.todays_money(rows.room) * self.given(ledger, "fee") * ledger.share_of_year * window
            share_out_from(ledger, rows, Account.PARTNER_PAYMENT, rows.fee, self.others, self.provider, "Fee paid by")

    def _wanted(self, ledger: Ledger, rows: Rows, other: str) -> Ref:
        label = f"Calls on {ledger.parties[other]} beyond the plan"
        return rows.define(f"wanted_{other}", label, calls_left(ledger, other, Account.STANDBY) * rows.beyond)

    def _settle(self, ledger: Ledger, rows: Rows, wanted: dict[str, Ref]) -> None:
        """Each of the others has its part paid, and gives interest for it: paid × factor ÷ calls to date."""
        gained: list[Expr] = []
        for one, row in wanted.items():
            who = ledger.parties[one]
            part = rows.define(f"for_{one}", f"Paid for {who}", rows.drawn * ratio(row, rows.wanted))
            ledger.post(Account.STANDBY, part, payer=self.provider, payee=one, meets="calls")
            held = ledger.read(Measure.INTEREST, of=one, by=self.name)
            given = min_(ratio(ledger.face_value(part) * self.given(ledger, "factor"), rows.called), held)
            moved = rows.define(f"moves_from_{one}", f"Interest that moves from {who}", 0 - given, "%", "none")
            ledger.record(Measure.TRANSFER, moved, of=one, by=self.name)
            gained.append(0 - moved)
        row = rows.define("moves", "Interest that moves to the provider", add_up(gained), "%", "none")
        ledger.record(Measure.TRANSFER, row, of=self.provider, by=self.name)
