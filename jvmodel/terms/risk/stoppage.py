"""Stoppages and disputes in expectation: chance, length and cost, and what prevention saves (terms.md H11, H13)."""

from __future__ import annotations

from typing import Annotated, Literal

from pydantic import Field

from jvmodel.graph import Block, Row, exp_, ratio
from jvmodel.inputs import Days, Factor, Measured, Money, Party, Share
from jvmodel.ledger import SUPPLIERS, VENTURE, Account, Ledger
from jvmodel.term import Term

PerYear = Annotated[float, Measured(low=0.0, high=50.0)]


class Stoppage(Term):
    """Blockades, accidents or disputes that stop output so many times a year; spending on prevention makes them rarer."""

    kind: Literal["stoppage"] = "stoppage"
    per_year: PerYear
    """How often a year it happens without prevention"""
    days: Days
    """Days of output that each one costs"""
    margin: Share = 1.0
    """Share of revenue that is lost on those days; the rest is made up for later or not spent"""
    cost: Money = 0.0
    """Further cost of each one: repair, lawyers, settlement"""
    recovered: Share = 0.0
    """Share of all that which is recovered from insurers or by award"""
    prevention: Annotated[float, Measured("$m/year", low=0.0)] = 0.0
    """Spending on prevention a year: programmes, mediation, safeguards"""
    prevented_by: Factor = Field(default=0.0)
    """How fast prevention works; the chance is divided by e for each 1 ÷ this of spending, in millions a year"""
    preventer: Party = SUPPLIERS
    """Party that receives the spending; suppliers when not given"""

    class Rows(Block):
        often = Row("How often in the period, in expectation", unit="1")
        revenue = Row("Revenue a day", total="none")
        lost = Row("Revenue lost, in expectation")
        cost = Row("Further cost, in expectation")
        recovered = Row("Recovered, in expectation")
        prevention = Row("Spending on prevention")
        total = Row("Cost of stoppages and of preventing them")

    def apply(self, ledger: Ledger) -> None:
        """Chance h = h₀ · exp(−β · spending); cost = h × (days × margin × revenue a day + further cost) × (1 − recovered)."""
        rows = self.Rows(ledger.graph, self.name, self.heading)
        running = ledger.phase("operation")
        spending = self.given(ledger, "prevention") * ledger.period_years * running
        one = ledger.graph.fact(
            "one_million_a_year", "One million a year", (1.0,) * ledger.graph.timeline.periods, f"{ledger.money}/year"
        )
        rate = self.given(ledger, "prevented_by") * self.given(ledger, "prevention") / one
        rows.often = self.given(ledger, "per_year") * exp_(0 - rate) * ledger.share_of_year * running
        days = ledger.graph.conversion("day", "year") * ledger.period_years
        rows.revenue = ratio(ledger.total(Account.REVENUE), days)
        rows.lost = rows.often * rows.revenue * self.given(ledger, "days") * self.given(ledger, "margin")
        rows.cost = ledger.escalated(rows.often * self.given(ledger, "cost"), "real")
        rows.recovered = (rows.lost + rows.cost) * self.given(ledger, "recovered")
        rows.prevention = ledger.escalated(spending, "real")
        rows.total = rows.lost + rows.cost - rows.recovered
        ledger.post(Account.OPERATING, rows.total, payer=VENTURE, payee=SUPPLIERS)
        ledger.post(Account.OPERATING, rows.prevention, payer=VENTURE, payee=self.preventer)
