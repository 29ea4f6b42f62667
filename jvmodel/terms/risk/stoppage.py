"""Stoppages and disputes in expectation: chance, length and cost, and what prevention saves (terms.md H11, H13)."""

from __future__ import annotations

from typing import Annotated, Literal

from pydantic import Field

from jvmodel.graph import Block, Expr, Row, exp_, log_, ratio, where
from jvmodel.inputs import Days, Factor, Measured, Money, MoneyPerYear, Party, Record, Series, Share
from jvmodel.ledger import SUPPLIERS, VENTURE, Account, Ledger
from jvmodel.term import Name, Term

PerYear = Annotated[float, Measured(low=0.0, high=50.0)]


class Safeguards(Record):
    """A package of safeguards: plant, its running cost, and what it takes off the hazard."""

    capital: Annotated[Series, Measured("$m/year", per_year=True, gaps="zero", low=0.0)]
    """capital cost by year, in money of the base date"""
    asset_class: Name = "plant"
    """class of asset; by which tax depreciates it"""
    operating: MoneyPerYear = 0.0
    """cost a year of operation, in money of the base date"""
    reduced: Share
    """share of the stoppages that it prevents"""


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
    safeguards: Safeguards | None = None
    """Environmental and social safeguards"""
    preventer: Party = SUPPLIERS
    """Party that receives the spending; suppliers when not given"""

    class Rows(Block):
        often = Row("How often in the period, in expectation", unit="1")
        revenue = Row("Revenue a day", total="none")
        lost = Row("Revenue lost, in expectation")
        cost = Row("Further cost, in expectation")
        recovered = Row("Recovered, in expectation")
        prevention = Row("Spending on prevention")
        break_even = Row("Least β at which prevention pays, a million a year", unit="1", total="none")
        safeguards = Row("Capital cost of safeguards")
        running = Row("Running cost of safeguards")
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
        hazard = self.given(ledger, "per_year") * ledger.share_of_year * running
        if self.safeguards is not None:
            hazard = hazard * (1 - self.given(ledger, "safeguards.reduced"))
            self._safeguards(ledger, rows, running)
        rows.often = hazard * exp_(0 - rate)
        days = ledger.graph.conversion("day", "year") * ledger.period_years
        rows.revenue = ratio(ledger.total(Account.REVENUE), days)
        rows.lost = rows.often * rows.revenue * self.given(ledger, "days") * self.given(ledger, "margin")
        rows.cost = ledger.escalated(rows.often * self.given(ledger, "cost"), "real")
        rows.recovered = (rows.lost + rows.cost) * self.given(ledger, "recovered")
        self._break_even(ledger, rows, rate)
        rows.prevention = ledger.escalated(spending, "real")
        rows.total = rows.lost + rows.cost - rows.recovered
        ledger.post(Account.OPERATING, rows.total, payer=VENTURE, payee=SUPPLIERS)
        ledger.post(Account.OPERATING, rows.prevention, payer=VENTURE, payee=self.preventer)

    def _break_even(self, ledger: Ledger, rows: Rows, rate: Expr) -> None:
        """β = −ln(1 − spending ÷ cost without it) ÷ spending; nil where spending is more than stoppages could ever cost."""
        if not self.prevention:
            return
        one = ledger.graph.fact(
            "one_million_a_year", "One million a year", (1.0,) * ledger.graph.timeline.periods, f"{ledger.money}/year"
        )
        spent = self.given(ledger, "prevention") / one
        without = (rows.lost + rows.cost) * (1 - self.given(ledger, "recovered")) * exp_(rate)
        spending = ledger.escalated(self.given(ledger, "prevention") * ledger.period_years * ledger.phase("operation"), "real")
        part = ratio(spending, without)
        pays = (part < 1) * (part > 0)
        rows.break_even = where(pays, ratio(0 - log_(where(pays, 1 - part, 1)), spent), 0)

    def _safeguards(self, ledger: Ledger, rows: Rows, running: Expr) -> None:
        rows.safeguards = ledger.escalated(self.given(ledger, "safeguards.capital"), "real") + 0
        assert self.safeguards is not None
        ledger.post(Account.CAPEX, rows.safeguards, payer=VENTURE, payee=SUPPLIERS, asset_class=self.safeguards.asset_class)
        yearly = self.given(ledger, "safeguards.operating") * ledger.period_years * running
        rows.running = ledger.escalated(yearly, "real")
        ledger.post(Account.OPERATING, rows.running, payer=VENTURE, payee=SUPPLIERS)
