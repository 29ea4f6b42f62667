"""Reversion: an interest that goes back when a partner has its money back, or on a date (terms.md C2, issue 4)."""

from __future__ import annotations

from typing import Literal

from pydantic import Field, model_validator

from jvmodel.graph import Block, Given, Ref, Row, lag, max_, power
from jvmodel.inputs import Date, Party, Rate, Share, fault
from jvmodel.ledger import Account, Ledger, Measure
from jvmodel.partners import all_paid_by, all_received_by
from jvmodel.term import Term


class Reversion(Term):
    """Part of a partner's interest moves to another once the first has earned a return, or from a date on."""

    kind: Literal["reversion"] = "reversion"
    giver: Party
    """Partner whose interest goes down"""
    taker: Party
    """Partner whose interest goes up"""
    interest: Share = Field(gt=0)
    """Interest that moves"""
    rate: Rate | None = None
    """Return that the giver earns first; 0% is payout, its money back"""
    date: Date | None = None
    """Month in which it moves; instead of a return"""
    row: str | None = Field(default=None, max_length=120)
    """Row of the model whose amount decides, such as sale.revenue; instead of a return or a date"""
    reaches: float | None = None
    """Amount that the row must reach"""
    unit: str = Field(default="$m", max_length=20)
    """Unit of the row; $ stands for the deal's currency"""

    @model_validator(mode="after")
    def _one(self) -> Reversion:
        if sum(one is not None for one in (self.rate, self.date, self.row)) != 1:
            raise fault("give rate (a return that the giver earns first), date, or row with reaches, one of the three")
        if (self.row is None) != (self.reaches is None):
            raise fault("row and reaches go together: which amount, and how much of it; give both or neither")
        if self.giver == self.taker:
            raise fault(f"'{self.giver}' cannot give to itself")
        return self

    def announces(self) -> tuple[Account | Measure, ...]:
        """Interests that move."""
        return (Measure.TRANSFER,)

    class Rows(Block):
        paid = Row("Paid by the giver")
        received = Row("Received by the giver")
        account = Row("Account of the giver, with its return", total="last")
        begun = Row("The giver has paid something", unit="1", total="none")
        reverted = Row("Reverted", unit="1", total="none")
        moves = Row("Interest that moves to the taker", unit="%", total="none")

    def apply(self, ledger: Ledger) -> None:
        """Account = account × (1 + rate) + paid − received; the interest moves in the period after it reaches nil."""
        rows = self.Rows(ledger.graph, self.name, self.heading)
        if self.date is not None:
            rows.reverted = ledger.flagged(self.date) + 0
        elif self.row is not None and self.reaches is not None:
            unit = self.unit.replace("$", ledger.currency)
            name = f"{self.path}.reaches"
            bound = ledger.graph.given(Given(name, "Amount that the row must reach", self.reaches, unit, name, self.note or ""))
            rows.reverted = max_(lag(rows.reverted), Ref(self.row) >= bound)
        else:
            rows.paid = all_paid_by(ledger, self.giver) + 0
            rows.received = all_received_by(ledger, self.giver) + 0
            grown = power(1 + self.given(ledger, "rate"), ledger.period_years)
            rows.account = ledger.brought_forward(rows.account) * grown + rows.paid - rows.received
            rows.begun = max_(lag(rows.begun), rows.paid > 0)
            rows.reverted = max_(lag(rows.reverted), rows.begun * (rows.account <= ledger.trifle))
        rows.moves = (rows.reverted - lag(rows.reverted)) * self.given(ledger, "interest")
        ledger.record(Measure.TRANSFER, rows.moves, of=self.taker, by=self.name)
        given_up = rows.define("gives_up", "Interest that moves from the giver", 0 - rows.moves, "%", "none")
        ledger.record(Measure.TRANSFER, given_up, of=self.giver, by=self.name)
