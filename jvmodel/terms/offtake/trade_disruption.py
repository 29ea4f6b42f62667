"""Criticality by scenarios of trade disruption, as the United States Geological Survey has it since 2025 (terms.md I2, I3).

USGS Open-File Report 2025-1047: probability-weighted effect of scenarios, and a test of single domestic producers. The form of
2018 to 2022 is the geometric mean of disruption potential, trade exposure and economic vulnerability.
"""

from __future__ import annotations

from typing import Annotated, Literal

from pydantic import Field, model_validator

from jvmodel.allocation import market_price
from jvmodel.graph import Block, Row, add_up, flag, max_, min_, power, ratio
from jvmodel.inputs import Measured, Metal, MoneyPerYear, Months, Party, Record, Series, Share, fault
from jvmodel.ledger import Ledger
from jvmodel.term import Name, Term

TonnesOverTime = Annotated[Series, Measured("t/year", per_year=True, low=0.0)]
Whole = Annotated[float, Measured(low=0.0, high=100.0)]


class Scenario(Record):
    """A country whose trade stops."""

    chance: Share
    """chance a year"""
    months: Months
    """months that it lasts"""
    lost: Share
    """share of world supply that is lost meanwhile"""


class Indicators(Record):
    """The form of 2018 to 2022."""

    disruption_potential: Share
    """disruption potential, from 0 to 1"""
    trade_exposure: Share
    """trade exposure, from 0 to 1"""
    economic_vulnerability: Share
    """economic vulnerability, from 0 to 1"""
    threshold: Share = 0.4
    """mean from which a material is critical"""


class TradeDisruption(Term):
    """What trade disruptions cost a country that uses a material, by the rise of its price; figures, not cash."""

    kind: Literal["trade_disruption"] = "trade_disruption"
    country: Party
    """Party that uses the material"""
    metal: Metal
    """Material, with its price"""
    use: TonnesOverTime
    """Tonnes a year that it uses"""
    demand_elasticity: Annotated[float, Measured(low=0.0, high=10.0)]
    """Elasticity of demand, as a positive number"""
    supply_elasticity: Annotated[float, Measured(low=0.0, high=10.0)]
    """Elasticity of supply"""
    scenarios: dict[Name, Scenario] = Field(min_length=1, max_length=40)
    """Scenario"""
    assured: Share = 0.0
    """Share of its use that the venture assures at the price before"""
    critical_from: MoneyPerYear = 0.0
    """Expected cost a year from which the material is critical"""
    domestic_producers: Whole
    """Producers in the country; one alone makes the material critical"""
    indicators: Indicators | None = None
    """Indicators; the form of 2018 to 2022"""

    @model_validator(mode="after")
    def _moves(self) -> TradeDisruption:
        if not self.demand_elasticity + self.supply_elasticity:
            raise fault("demand_elasticity and supply_elasticity are both 0: no price would clear the market; give one of them")
        return self

    class Rows(Block):
        price = Row("Market price a tonne", total="none")
        cost = Row("Expected cost of disruptions, not a cash flow")
        avoided = Row("of which avoided by what the venture assures, not a cash flow")
        present = Row("Present value of that to the country: the most that support may cost; not a cash flow")
        single = Row("One domestic producer alone", unit="1", total="none")
        critical = Row("Critical", unit="1", total="none")
        mean = Row("Mean of the indicators", unit="1", total="none")
        critical_before = Row("Critical by the indicators", unit="1", total="none")

    def apply(self, ledger: Ledger) -> None:
        """Price rise = share lost ÷ (elasticity of demand + of supply); cost = Σ chance × use in those months × price × rise."""
        rows = self.Rows(ledger.graph, self.name, self.heading)
        rows.price = market_price(ledger, self.metal, self.name)
        moves = self.given(ledger, "demand_elasticity") + self.given(ledger, "supply_elasticity")
        year = ledger.graph.fact("one_year_of_months", "Months in a year", (12.0,) * ledger.graph.timeline.periods, "month")
        parts = []
        for name in self.scenarios:
            chance, months, lost = (self.given(ledger, f"scenarios.{name}.{one}") for one in ("chance", "months", "lost"))
            what = name.replace("_", " ")
            rise = rows.define(f"rise_{name}", f"Rise of the price: {what}", ratio(lost, moves), "%", "none")
            hit = ledger.in_money(self.given(ledger, "use") * rows.price) * months / year * rise
            loss = rows.define(f"loss_{name}", f"Loss if it happens, not a cash flow: {what}", hit)
            parts.append(chance * loss)
        rows.cost = add_up(parts)
        rows.avoided = rows.cost * self.given(ledger, "assured")
        rows.present = rows.avoided * ledger.factor_of(self.country)
        yearly = ratio(rows.cost, ledger.period_years)
        producers = self.given(ledger, "domestic_producers")
        rows.single = (producers >= 1) * (producers <= 1)
        rows.critical = max_(rows.single, flag(yearly >= self.given(ledger, "critical_from")))
        if self.indicators is not None:
            names = ("disruption_potential", "trade_exposure", "economic_vulnerability")
            three = ledger.graph.fact("three", "Three", (3.0,) * ledger.graph.timeline.periods)
            first, second, third = (self.given(ledger, f"indicators.{one}") for one in names)
            rows.mean = power(first * second * third, 1 / three)
            above = flag(rows.mean >= self.given(ledger, "indicators.threshold"))
            rows.critical_before = min_(max_(above, rows.single), 1)
