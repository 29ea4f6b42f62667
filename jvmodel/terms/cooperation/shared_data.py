"""Shared data: geological data that raise the chance of success, save programmes and time, and their price (issue 5; H12, C8)."""

from __future__ import annotations

from typing import Annotated, Literal

from pydantic import model_validator

from jvmodel.graph import Block, Row, power
from jvmodel.inputs import Date, Measured, Money, Months, Party, Rate, Series, Share, fault
from jvmodel.ledger import SUPPLIERS, VENTURE, Account, Ledger
from jvmodel.term import Term

Amounts = Annotated[Series, Measured("$m/year", per_year=True, gaps="zero", low=0.0)]


class SharedData(Term):
    """The venture pays for a party's data, and need not repeat part of its exploration; success is likelier and comes earlier."""

    kind: Literal["shared_data"] = "shared_data"
    giver: Party
    """Party that gives its data"""
    fee: Amounts
    """Paid for them by year, in nominal money"""
    saved: Amounts
    """Exploration that need not be done again, by year, in money of the base date"""
    date: Date
    """When success is decided, and the prize is worth its value"""
    prize: Money
    """Value of success, in money of the base date"""
    before: Share
    """Chance of success without the data"""
    after: Share
    """Chance of success with them"""
    earlier: Months = 0.0
    """Months by which success comes earlier"""
    rate: Rate = 0.1
    """Discount rate of the prize, effective a year; what earlier months are worth"""

    @model_validator(mode="after")
    def _better(self) -> SharedData:
        if self.after < self.before:
            raise fault(
                f"after of {self.after * 100:g}% is below before of {self.before * 100:g}%; data do not make success less likely"
            )
        return self

    class Rows(Block):
        fee = Row("Paid for data")
        saved = Row("Exploration not repeated")
        credit = Row("Exploration not repeated, as a negative cost")
        likelier = Row("Worth of the likelier success, not a cash flow")
        sooner = Row("Worth of the earlier success, not a cash flow")
        worth = Row("Worth of the data: likelier, earlier, and exploration saved; not a cash flow")

    def apply(self, ledger: Ledger) -> None:
        """Worth = (after − before) × prize + after × prize × ((1 + r)^years earlier − 1) + exploration saved."""
        rows = self.Rows(ledger.graph, self.name, self.heading)
        rows.fee = ledger.todays_money(self.given(ledger, "fee")) + 0
        rows.saved = ledger.escalated(self.given(ledger, "saved"), "real") + 0
        rows.credit = 0 - rows.saved
        prize = ledger.escalated(self.given(ledger, "prize"), "real") * ledger.at(self.date)
        before, after = self.given(ledger, "before"), self.given(ledger, "after")
        years = self.given(ledger, "earlier") / ledger.graph.conversion("month", "year")
        rows.likelier = (after - before) * prize
        rows.sooner = after * prize * (power(1 + self.given(ledger, "rate"), years) - 1)
        rows.worth = rows.likelier + rows.sooner + rows.saved
        ledger.post(Account.OPERATING, rows.fee, payer=VENTURE, payee=self.giver)
        ledger.post(Account.OPERATING, rows.credit, payer=VENTURE, payee=SUPPLIERS)
