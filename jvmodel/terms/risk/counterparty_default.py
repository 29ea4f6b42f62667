"""Counterparty default: a buyer that may not pay for what it has received, in expectation (issue 5; terms.md H1)."""

from __future__ import annotations

from typing import Literal

from jvmodel.graph import Block, Row
from jvmodel.inputs import Days, Party, Share
from jvmodel.ledger import CUSTOMERS, VENTURE, Account, Ledger
from jvmodel.term import Term


class CounterpartyDefault(Term):
    """Some days of a buyer's purchases are lost with the chance that it fails, less what security or insurers pay."""

    kind: Literal["counterparty_default"] = "counterparty_default"
    buyer: Party = CUSTOMERS
    """Party that may fail; customers when not given"""
    chance: Share
    """Chance of failing in a year"""
    share: Share = 1.0
    """Share of revenue that comes from it"""
    days: Days
    """Days of purchases that are unpaid when it fails"""
    secured: Share = 0.0
    """Share that letters of credit, collateral or insurers pay"""

    class Rows(Block):
        exposure = Row("Purchases unpaid at any time", total="none")
        lost = Row("Loss, in expectation")

    def apply(self, ledger: Ledger) -> None:
        """Loss = chance × unpaid purchases × (1 − secured): money that the venture never receives."""
        rows = self.Rows(ledger.graph, self.name, self.heading)
        part = self.given(ledger, "days") / ledger.graph.conversion("day", "year") / ledger.period_years
        rows.exposure = ledger.total(Account.REVENUE) * self.given(ledger, "share") * part
        yearly = self.given(ledger, "chance") * ledger.share_of_year
        rows.lost = rows.exposure * yearly * (1 - self.given(ledger, "secured"))
        ledger.post(Account.OPERATING, rows.lost, payer=VENTURE, payee=self.buyer)
