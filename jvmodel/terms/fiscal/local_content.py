"""Local content: part of the spending goes to local suppliers, at first for more money (terms.md A17)."""

from __future__ import annotations

from typing import Annotated, Literal

from jvmodel.graph import Block, Const, Expr, Row, flag, max_, power
from jvmodel.inputs import Factor, Measured, Party, Share
from jvmodel.ledger import SUPPLIERS, VENTURE, Account, Ledger
from jvmodel.term import Term

Premium = Annotated[float, Measured(show="%", low=-1.0, high=1.0)]


class LocalContent(Term):
    """Local suppliers charge a premium that they lose as they learn; too small a share costs a penalty."""

    kind: Literal["local_content"] = "local_content"
    suppliers_party: Party
    """Party that stands for local suppliers, and receives the premium"""
    share: Share
    """Share of operating and capital cost that is bought locally"""
    premium: Premium = 0.1
    """What local supplies cost more at first; below 0% less"""
    preference: Share | None = None
    """Price preference; local bids win while their premium in force is no more than this. Always when not given"""
    learning: Share = 0.0
    """Part of the premium that goes each year"""
    target: Share = 0.0
    """Share that was promised"""
    penalty: Share = 0.0
    """Penalty on spending that is short of the target"""
    holder: Party
    """Party that receives the penalty"""
    jobs: Factor = 0.0
    """Jobs for a year that a million of local spending brings; a benefit to the host, apart from cash"""
    value_added: Share = 0.0
    """Share of local spending that stays in the country; a benefit to the host, apart from cash"""

    class Rows(Block):
        spending = Row("Operating and capital cost")
        premium = Row("Premium in force", unit="%", total="none")
        share = Row("Share bought locally", unit="%", total="none")
        local = Row("of which bought locally")
        extra = Row("Cost of the premium")
        penalty = Row("Penalty")
        jobs = Row("Jobs for a year, not a cash flow", unit="1", total="sum")
        benefit = Row("Value added in the country, not a cash flow")

    def apply(self, ledger: Ledger) -> None:
        """Extra cost = spending × share × premium × (1 − learning)^years; penalty = spending × what is short × rate."""
        rows = self.Rows(ledger.graph, self.name, self.heading)
        accounts = (Account.OPERATING, Account.CAPEX, Account.SUSTAINING)
        spent: Expr = ledger.total(accounts[0], payee=SUPPLIERS)
        for account in accounts[1:]:
            spent = spent + ledger.total(account, payee=SUPPLIERS)
        rows.spending = spent + 0
        years = (ledger.number - 1) * ledger.share_of_year
        rows.premium = self.given(ledger, "premium") * power(1 - self.given(ledger, "learning"), years)
        won: Expr = Const(1.0) if self.preference is None else flag(rows.premium <= self.given(ledger, "preference"))
        rows.share = self.given(ledger, "share") * won
        rows.local = rows.spending * rows.share
        rows.extra = rows.local * rows.premium
        rows.penalty = rows.spending * max_(self.given(ledger, "target") - rows.share, 0) * self.given(ledger, "penalty")
        million = ledger.graph.fact("one_million", "One million", (1.0,) * ledger.graph.timeline.periods, ledger.money)
        rows.jobs = rows.local / million * self.given(ledger, "jobs")
        rows.benefit = rows.local * self.given(ledger, "value_added")
        ledger.post(Account.OPERATING, rows.extra, payer=VENTURE, payee=self.suppliers_party)
        ledger.post(Account.LEVIES, rows.penalty, payer=VENTURE, payee=self.holder, deductible="no")

    def announces(self) -> tuple[Account, ...]:
        """The penalty."""
        return (Account.LEVIES,)
