"""Joint research: a shared budget, shares in what it finds, and licences of it to others (terms.md A18, C17)."""

from __future__ import annotations

from typing import Annotated, Literal

from pydantic import Field, model_validator

from jvmodel.graph import Block, Row
from jvmodel.inputs import Measured, Money, Party, Record, Series, Share, fault
from jvmodel.ledger import CUSTOMERS, SUPPLIERS, Account, Ledger
from jvmodel.term import Term

Amounts = Annotated[Series, Measured("$m/year", per_year=True, gaps="zero", low=0.0)]


class Member(Record):
    """A party of the research centre."""

    budget: Share
    """share of the budget that it pays"""
    foreground: Share
    """share of what the research finds, and of licences of it"""
    background: Money = 0.0
    """agreed value of knowledge that it brings; others pay for it by their shares of the budget, in the first period"""


class JointResearch(Term):
    """Members pay a budget by one set of shares, and own what is found by another; others pay for licences if it succeeds."""

    kind: Literal["joint_research"] = "joint_research"
    members: dict[Party, Member] = Field(min_length=2, max_length=12)
    """Member"""
    amounts: Amounts
    """Budget by year, in money of the base date"""
    licences: Amounts | None = None
    """Licence fees from others by year, in nominal money"""
    success: Share = 1.0
    """Chance that it finds what others pay for; 100% or 0% in a trial"""

    @model_validator(mode="after")
    def _shares(self) -> JointResearch:
        for field in ("budget", "foreground"):
            total = sum(getattr(member, field) for member in self.members.values())
            if abs(total - 1) > 1e-9:
                raise fault(f"members: shares of the {field} add up to {total * 100:.10g}%; they must add up to 100%")
        return self

    class Rows(Block):
        amounts = Row("Budget")
        licences = Row("Licence fees from others, in expectation")

    def apply(self, ledger: Ledger) -> None:
        """Each member pays budget × its share, and receives fees × chance × its share of the foreground."""
        rows = self.Rows(ledger.graph, self.name, self.heading)
        rows.amounts = ledger.escalated(self.given(ledger, "amounts"), "real") + 0
        if self.licences is not None:
            rows.licences = ledger.todays_money(self.given(ledger, "licences")) * self.given(ledger, "success")
        for party in self.members:
            who = ledger.parties[party]
            share = self.given(ledger, f"members.{party}.budget")
            paid = rows.define(f"paid_{party}", f"Paid by {who}", rows.amounts * share)
            ledger.post(Account.RESEARCH, paid, payer=party, payee=SUPPLIERS)
            if self.licences is not None:
                part = rows.licences * self.given(ledger, f"members.{party}.foreground")
                ledger.post(Account.RESEARCH, rows.define(f"to_{party}", f"Fees to {who}", part), payer=CUSTOMERS, payee=party)
        self._background(ledger, rows)

    def _background(self, ledger: Ledger, rows: Rows) -> None:
        """Whoever brings knowledge is paid for it by the others, by their shares of the budget."""
        first = ledger.flagged(None, ledger.graph.timeline.ends[0])
        for owner, member in self.members.items():
            for user in self.members:
                if not member.background or user == owner:
                    continue
                value = ledger.todays_money(self.given(ledger, f"members.{owner}.background")) * first
                label = f"Paid by {ledger.parties[user]} for what {ledger.parties[owner]} brings"
                paid = rows.define(f"from_{user}_to_{owner}", label, value * self.given(ledger, f"members.{user}.budget"))
                ledger.post(Account.RESEARCH, paid, payer=user, payee=owner)
