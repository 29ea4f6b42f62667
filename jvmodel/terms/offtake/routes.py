"""Routes to market: the cheapest first, others when it is out; what resilience costs and saves (terms.md E11)."""

from __future__ import annotations

from typing import Literal

from pydantic import Field, model_validator

from jvmodel.driver import Driver, driven
from jvmodel.graph import Block, Const, Expr, Ref, Row, add_up, max_, min_, ratio
from jvmodel.inputs import Date, Days, MoneyPerYear, PerTonne, Rate, Record, Share, TonnesPerYear, fault
from jvmodel.ledger import SUPPLIERS, VENTURE, Account, Ledger
from jvmodel.term import Name, Term


class Route(Record):
    """One way to the customer."""

    cost: PerTonne
    """cost a tonne, in money of the base date"""
    capacity: TonnesPerYear
    """most that it carries a year"""
    days: Days = 0.0
    """days on the way and at borders"""
    reservation: MoneyPerYear = 0.0
    """fee a year to have it ready, in money of the base date"""
    out_from: Date | None = None
    """first month in which it is out"""
    out_until: Date | None = None
    """first month in which it is back"""
    out: Share = 1.0
    """share of its capacity that is out meanwhile"""

    @model_validator(mode="after")
    def _in_order(self) -> Route:
        if (self.out_from is None) != (self.out_until is None):
            raise fault("out_from and out_until go together; give both or neither")
        if self.out_from is not None and self.out_until is not None and self.out_until.index <= self.out_from.index:
            raise fault(f"it is back in {self.out_until}, not after {self.out_from}; give a later date")
        return self


class Routes(Term):
    """Product goes by the cheapest route that has room; filling them in the order of cost is the least that it can cost."""

    kind: Literal["routes"] = "routes"
    per: Driver = "concentrate"
    """Tonnes that are moved; ore, waste, moved, milled, concentrate or treated"""
    routes: dict[Name, Route] = Field(min_length=1, max_length=12)
    """Route"""
    carry: Rate = 0.0
    """Cost of money in goods on the way, a year; on their share of revenue"""
    unplaced: PerTonne = 0.0
    """Cost of a tonne that no route can take: storage, demurrage, or its value"""

    @model_validator(mode="after")
    def _cheapest_first(self) -> Routes:
        costs = [route.cost for route in self.routes.values()]
        if costs != sorted(costs):
            raise fault("routes stand in the order of their cost, the cheapest first; sort them")
        return self

    class Rows(Block):
        tonnes = Row("Tonnes to be moved")
        unplaced = Row("Tonnes that no route can take")
        transit = Row("Cost of money in goods on the way")
        cost = Row("Cost of moving them")
        at_cheapest = Row("What it would cost on the cheapest route alone, without limits")
        extra = Row("Extra cost of other routes, fees and tonnes not moved")

    def apply(self, ledger: Ledger) -> None:
        """Flow = min(what is left, capacity × (1 − share out)), route by route."""
        rows = self.Rows(ledger.graph, self.name, self.heading)
        rows.tonnes = driven(ledger, self.per, self.name) + 0
        left: Expr = rows.tonnes
        costs: list[Expr] = []
        fees: list[Expr] = []
        for name in self.routes:
            flow = self._flow(ledger, rows, name, left)
            left = rows.define(f"left_after_{name}", f"Left after {name.replace('_', ' ')}", left - flow)
            costs.append(flow * self.given(ledger, f"routes.{name}.cost"))
            fees.append(self.given(ledger, f"routes.{name}.reservation") * ledger.period_years)
        rows.unplaced = left + 0
        costs.append(rows.unplaced * self.given(ledger, "unplaced"))
        moved = ledger.escalated(ledger.in_money(add_up(costs)) + add_up(fees) * (rows.tonnes > 0), "real")
        if self.carry:
            waits = add_up([rows.ref(f"by_{name}") * self.given(ledger, f"routes.{name}.days") for name in self.routes])
            years = (
                ratio(waits, rows.tonnes)
                / ledger.graph.conversion("day", "year")
                / ledger.graph.fact("one_year", "One year", (1.0,) * ledger.graph.timeline.periods, "year")
            )
            rows.transit = ledger.total(Account.REVENUE) * years * self.given(ledger, "carry")
            moved = moved + rows.transit
        rows.cost = moved
        first = next(iter(self.routes))
        rows.at_cheapest = ledger.escalated(ledger.in_money(rows.tonnes * self.given(ledger, f"routes.{first}.cost")), "real")
        rows.extra = rows.cost - rows.at_cheapest
        ledger.warn(
            f"{self.name}_full", f"{self.heading}: routes have no room for all of it", rows.unplaced > ledger.trifling_mass
        )
        ledger.post(Account.SELLING, rows.cost, payer=VENTURE, payee=SUPPLIERS)

    def _flow(self, ledger: Ledger, rows: Rows, name: str, left: Expr) -> Ref:
        route = self.routes[name]
        there: Expr = Const(1.0)
        if route.out_from is not None and route.out_until is not None:
            there = 1 - ledger.between(route.out_from, route.out_until) * self.given(ledger, f"routes.{name}.out")
        room = self.given(ledger, f"routes.{name}.capacity") * ledger.period_years * there
        return rows.define(f"by_{name}", f"By {name.replace('_', ' ')}", max_(min_(left, room), 0))
