"""Fiscal stabilisation: the state makes good a later change of a rate (terms.md H7, B23)."""

from __future__ import annotations

from typing import Annotated, Literal

from jvmodel.graph import Block, Row, max_, power
from jvmodel.inputs import Date, Measured, Party, Rate, Series
from jvmodel.ledger import VENTURE, Account, Ledger, Measure
from jvmodel.term import Name, Term

RateOverTime = Annotated[Series, Measured(show="%", low=0.0, high=1.0)]


class Stabilisation(Term):
    """The rate of a tax or royalty at signing is kept: the difference to the rate in force is compensated.

    What gives back a levy that income tax allowed as a cost is income for that tax; so signing's terms are restored, no more.
    """

    kind: Literal["stabilisation"] = "stabilisation"
    levy: Name
    """Term whose rate is stabilised: an income tax or a royalty"""
    signed: RateOverTime
    """Rate at signing"""
    until: Date
    """First month without protection"""
    state: Party
    """Party that compensates"""
    type: Literal["freeze", "asymmetric"] = "asymmetric"
    """Whether changes either way are made good (freeze), or only those that harm the venture (asymmetric)"""
    paid: Literal["at_once", "deferred"] = "at_once"
    """Whether compensation is paid as it arises, or kept with interest until protection ends"""
    interest: Rate = 0.0
    """Interest on compensation that is deferred, effective a year"""

    def announces(self) -> tuple[Account | Measure, ...]:
        """The compensation."""
        return (Account.COMPENSATION,)

    class Rows(Block):
        signed = Row("Rate at signing", unit="%", total="none")
        in_force = Row("Rate in force", unit="%", total="none")
        base = Row("Base of the rate")
        protected = Row("Share of the period that is protected", unit="%", total="none")
        due = Row("Compensation that arises")
        opening = Row("Compensation owed, brought forward", total="none")
        interest = Row("Interest")
        paid = Row("Compensation paid")
        closing = Row("Compensation owed, carried forward", total="last")

    def apply(self, ledger: Ledger) -> None:
        """(rate in force − rate at signing) × base, while protected; paid at once, or with interest when protection ends."""
        rows = self.Rows(ledger.graph, self.name, self.heading)
        rows.signed = self.given(ledger, "signed") + 0
        rows.in_force = ledger.read(Measure.LEVY_RATE, of=self.levy, by=self.name) + 0
        rows.base = ledger.read(Measure.LEVY_BASE, of=self.levy, by=self.name) + 0
        rows.protected = ledger.between(ledger.graph.timeline.start, self.until) + 0
        change = rows.in_force - rows.signed
        if self.type == "asymmetric":
            change = max_(change, 0)
        rows.due = change * rows.base * rows.protected
        rows.opening = ledger.brought_forward(rows.closing)
        rows.interest = rows.opening * (power(1 + self.given(ledger, "interest"), ledger.period_years) - 1)
        owed = rows.opening + rows.interest + rows.due
        now = ledger.last if self.paid == "deferred" else 1
        ended = 1 - ledger.flagged(None, self.until)
        rows.paid = owed * (max_(now, ended) if self.paid == "deferred" else 1)
        rows.closing = owed - rows.paid
        taxed = "yes" if (ledger.scope, self.levy) in ledger.deductible else "no"
        ledger.post(Account.COMPENSATION, rows.paid, payer=self.state, payee=VENTURE, taxed=taxed)
