"""Expropriation: a yearly chance that the state takes the venture, in expectation, with compensation (terms.md H5)."""

from __future__ import annotations

from typing import Annotated, Literal

from pydantic import Field, model_validator

from jvmodel.account import CAPITAL, OWNED
from jvmodel.arrears import Arrears, paid_late
from jvmodel.graph import Block, Expr, Ref, Row, lag, lead, max_, power, ratio
from jvmodel.inputs import Date, Measured, Party, Rate, Series, Share, fault
from jvmodel.ledger import Account, Ledger, Measure
from jvmodel.term import Term

Delay = Annotated[float, Measured("year", low=0.0, high=50.0)]
Chance = Annotated[Series, Measured(show="%", gaps="outside", low=0.0, high=1.0)]


class Expropriation(Term):
    """Each partner keeps its cash as an owner as far as the venture survives; the rest goes to the state, less what it pays.

    Its contracts, such as offtake and fees, are not taken.

    An expected value: do not add a country premium to the partners' discount rates as well (terms.md M 17).
    """

    kind: Literal["expropriation"] = "expropriation"
    state: Party
    """Party that takes the venture"""
    partners: tuple[Party, ...] = Field(min_length=1)
    """Partners that lose it"""
    chance: Chance
    """Chance a year that it is taken, if it has not been before; by year where it falls with time or with state participation"""
    start: Date
    """First month in which it may be taken"""
    end: Date | None = None
    """First month in which it may no longer be taken; never when not given"""
    compensation: Share = 0.0
    """Share of the base of compensation that is awarded"""
    base: Literal["invested", "book", "value"] = "invested"
    """Base of compensation; invested (capital that a partner has put in, carry of others too), book (its part of the written-down
    value for tax) or value (present value of what it would still have received, from the period of taking on)"""
    rate: Rate | None = None
    """Discount rate of the value; with base: value"""
    awarded: Share = 1.0
    """Chance that compensation is awarded"""
    enforced: Share = 1.0
    """Chance that an award is paid"""
    after: Delay = 0.0
    """Years until compensation is paid, at face value; what falls due after the model is paid in its last period"""

    @model_validator(mode="after")
    def _rate(self) -> Expropriation:
        if (self.rate is not None) != (self.base == "value"):
            raise fault("rate goes with base: value, which needs one; give both or neither")
        return self

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
        net = rows.define(f"net_{partner}", f"Received less paid by {who}", self._owned(ledger, partner))
        lost = rows.define(f"lost_{partner}", f"Lost by {who}, in expectation", net * (1 - rows.survival))
        ledger.post(Account.EXPROPRIATION, lost, payer=partner, payee=self.state)
        if not self.compensation:
            return
        base = self._base(ledger, rows, partner, net)
        share = self.given(ledger, "compensation") * self.given(ledger, "awarded") * self.given(ledger, "enforced")
        label = f"Compensation awarded to {who}, in expectation"
        awarded = rows.define(f"awarded_{partner}", label, rows.taken * base * share)
        paid: Expr = awarded
        if self.after:
            late = Arrears(ledger.graph, f"{self.name}.award_{partner}", f"{self.heading}: compensation of {who}")
            paid = paid_late(ledger, late, awarded, self.given(ledger, "after") * ledger.graph.conversion("month", "year"))
        row = rows.define(f"paid_{partner}", f"Compensation paid to {who}, in expectation", paid + 0)
        ledger.post(Account.EXPROPRIATION, row, payer=self.state, payee=partner)

    @staticmethod
    def _owned(ledger: Ledger, partner: str) -> Ref:
        """All that a partner receives less what it pays as an owner: carry, promote, product in kind and its own tax included."""
        label = f"Received less paid as an owner by {ledger.parties[partner]}"
        return ledger.flow_of(partner, "owned", label, (*OWNED, Account.OWN_SALES), (Account.TAX,))

    def _base(self, ledger: Ledger, rows: Rows, partner: str, net: Ref) -> Expr:
        """What compensation is a share of, if the venture is taken in the period."""
        who = ledger.parties[partner]
        if self.base == "invested":
            paid_in = rows.ref(f"paid_in_{partner}")
            put_in = 0 - ledger.flow_of(partner, "capital", f"Capital received by {who} less what it puts in", CAPITAL)
            to_date = ledger.brought_forward(paid_in) + max_(put_in, 0)
            return rows.define(f"paid_in_{partner}", f"Calls paid by {who} to date", to_date, total="last")
        if self.base == "book":
            held = lag(ledger.read(Measure.INTEREST, of=partner, by=self.name))
            book = ledger.brought_forward(ledger.read(Measure.WRITTEN_DOWN, by=self.name))
            return rows.define(f"book_{partner}", f"Part of {who} in the written-down value", book * held, total="none")
        worth = rows.ref(f"worth_{partner}")
        later = ratio(lead(worth) * ledger.grown, power(1 + self.given(ledger, "rate"), ledger.period_years))
        rows.define(
            f"worth_{partner}", f"Present value of what {who} would receive from the period on", net + later, total="none"
        )
        return max_(worth, 0)
