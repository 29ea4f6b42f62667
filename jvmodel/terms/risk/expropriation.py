"""Expropriation: a yearly chance that the state takes the venture, in expectation, with compensation (terms.md H5)."""

from __future__ import annotations

from typing import Annotated, Literal

from pydantic import Field

from jvmodel.graph import Block, Row, delay, lag, power
from jvmodel.inputs import Date, Measured, Party, Share
from jvmodel.ledger import Account, Ledger, Measure
from jvmodel.partners import calls_on, received_by
from jvmodel.term import Term

Delay = Annotated[float, Measured("year", low=0.0, high=50.0)]


class Expropriation(Term):
    """Each partner keeps its cash as far as the venture survives; the rest goes to the state, less what it pays for it.

    An expected value: do not add a country premium to the partners' discount rates as well (terms.md M 17).
    """

    kind: Literal["expropriation"] = "expropriation"
    state: Party
    """Party that takes the venture"""
    partners: tuple[Party, ...] = Field(min_length=1)
    """Partners that lose it"""
    chance: Share
    """Chance a year that it is taken, if it has not been before"""
    start: Date
    """First month in which it may be taken"""
    end: Date | None = None
    """First month in which it may no longer be taken; never when not given"""
    compensation: Share = 0.0
    """Share of the calls that a partner has paid which it is paid back"""
    after: Delay = 0.0
    """Years until compensation is paid"""

    def announces(self) -> tuple[Account | Measure, ...]:
        """Survival, which insurance reads."""
        return (Measure.SURVIVAL,)

    class Rows(Block):
        chance = Row("Chance in the period, if it has survived", unit="%", total="none")
        survival = Row("Chance that it has survived", unit="%", total="none")
        taken = Row("Chance that it is taken in the period", unit="%", total="none")

    def apply(self, ledger: Ledger) -> None:
        """Survival = Π(1 − chance); cash × (1 − survival) changes hands, both ways: calls as well as distributions."""
        rows = self.Rows(ledger.graph, self.name, self.heading)
        yearly = 1 - power(1 - self.given(ledger, "chance"), ledger.period_years)
        rows.chance = yearly * ledger.flagged(self.start, self.end)
        rows.survival = lag(rows.survival, 1) * (1 - rows.chance)
        rows.taken = lag(rows.survival, 1) - rows.survival
        ledger.record(Measure.SURVIVAL, rows.survival, by=self.name)
        for partner in self.partners:
            self._partner(ledger, rows, partner)

    def _partner(self, ledger: Ledger, rows: Rows, partner: str) -> None:
        who = ledger.parties[partner]
        net = received_by(ledger, partner) - calls_on(ledger, partner)
        lost = rows.define(f"lost_{partner}", f"Lost by {who}, in expectation", net * (1 - rows.survival))
        ledger.post(Account.EXPROPRIATION, lost, payer=partner, payee=self.state)
        if not self.compensation:
            return
        paid_in = rows.ref(f"paid_in_{partner}")
        rows.define(f"paid_in_{partner}", f"Calls paid by {who} to date", lag(paid_in) + calls_on(ledger, partner), total="last")
        awarded = rows.define(
            f"awarded_{partner}", f"Compensation awarded to {who}, in expectation",
            rows.taken * paid_in * self.given(ledger, "compensation"),
        )  # fmt: skip
        later = delay(awarded, self.given(ledger, "after") / ledger.period_years)
        paid = rows.define(f"paid_{partner}", f"Compensation paid to {who}, in expectation", later)
        ledger.post(Account.EXPROPRIATION, paid, payer=self.state, payee=partner)
