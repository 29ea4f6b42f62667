"""What free carry and loan carry have in common: who is carried, by whom, how long and up to what amount."""

from __future__ import annotations

from pydantic import Field, model_validator

from jvmodel.graph import Block, Expr, Row, lag, max_, min_
from jvmodel.inputs import Date, Money, Party, Phase, Share, Split, fault
from jvmodel.ledger import Account, Ledger, Measure
from jvmodel.partners import calls_left, meets
from jvmodel.term import Term


class CarriedCalls(Block):
    """Calls carried."""

    calls = Row("Cash calls on the carried party")
    wanted = Row("Calls to be carried")
    window = Row("Share of the calls that is carried", unit="%", total="none")
    room = Row("Carry left under the cap, in nominal money", total="none")
    carried = Row("Calls carried")
    to_date = Row("Carried to date, in nominal money", total="last")


class Carry(Term):
    """Others pay a partner's cash calls within a window of time."""

    carried: Party
    """Party whose cash calls are paid"""
    carriers: Split = Field(min_length=1)
    """Share of the carry that each carrier pays"""
    share: Share = 1.0
    """Share of the carried party's cash calls that is carried; the rest it pays itself"""
    since: Date | None = None
    """First month that is carried, such as the planned completion under a completion guarantee; the start when not given"""
    until: Date | None = None
    """First month that is no longer carried; the whole life when neither date nor phase is given"""
    during: Phase | None = None
    """Phase that is carried; instead of a date"""
    cap: Money | None = None
    """Most that is ever carried, in nominal money; above it the carried party pays its own calls"""
    priority: int = Field(default=1, ge=1, le=9)
    """Rank among several carries of one party, for its calls and for its distributions; those of one rank share"""

    @model_validator(mode="after")
    def _carriers(self) -> Carry:
        total = sum(self.carriers.values())
        if abs(total - 1) > 1e-9:
            raise fault(f"shares of the carriers add up to {total * 100:.10g}%; they must add up to 100%")
        if self.carried in self.carriers:
            raise fault(f"'{self.carried}' cannot carry itself")
        if self.until is not None and self.during is not None:
            raise fault("give until (a date) or during (a phase), not both")
        return self

    def announces(self) -> tuple[Account | Measure, ...]:
        """Calls that others pay."""
        return (Account.CARRY_ADVANCE,)

    def carried_calls(self, ledger: Ledger, rows: CarriedCalls) -> None:
        """The calls of the carried party within the window and under the cap."""
        rows.calls = calls_left(ledger, self.carried, Account.CARRY_ADVANCE) + 0
        window = ledger.window(self.until, self.during)
        if self.since is not None:
            window = max_(window - ledger.window(self.since, None), 0)
        rows.window = window * self.given(ledger, "share")
        wanted: Expr = rows.calls * rows.window
        if self.cap is not None:
            rows.room = max_(self.given(ledger, "cap") - lag(rows.to_date), 0)
            wanted = min_(wanted, ledger.todays_money(rows.room))
        if ledger.has_several(Account.CARRY_ADVANCE):
            rows.wanted = wanted
            wanted = meets(ledger, self.carried, Account.CARRY_ADVANCE, rows.wanted, rows.calls, self.priority)
        rows.carried = wanted
        rows.to_date = lag(rows.to_date) + ledger.face_value(rows.carried)

    def divide(self, ledger: Ledger, rows: Block, amount: Expr, attribute: str, label: str, account: Account) -> None:
        """One row and posting a carrier: advances go to the carried party, repayments come from it."""
        for carrier in self.carriers:
            share, who = self.given(ledger, f"carriers.{carrier}"), ledger.parties[carrier]
            part = rows.define(f"{attribute}_{carrier}", f"{label} {who}", amount * share)
            advance = account is Account.CARRY_ADVANCE
            payer, payee = (carrier, self.carried) if advance else (self.carried, carrier)
            ledger.post(account, part, payer=payer, payee=payee, **({"meets": "calls"} if advance else {"of": "carry"}))
