"""Shared infrastructure: a venture uses another's rail, port or plant at a tariff, and pays for capacity it reserves (A16)."""

from __future__ import annotations

from typing import Annotated, Literal

from pydantic import model_validator

from jvmodel.driver import Driver, driven
from jvmodel.errors import GraphError
from jvmodel.graph import Block, Expr, Row, max_, power, ratio
from jvmodel.inputs import (
    Measured,
    Money,
    MoneyPerYear,
    PerTonne,
    Rate,
    Record,
    Series,
    Share,
    Tonnes,
    TonnesPerYear,
    Years,
    fault,
)
from jvmodel.ledger import Account, Ledger, Measure
from jvmodel.term import Name, Term

Reserved = Annotated[Series, Measured("t/year", per_year=True, low=0.0)]


class CostTariff(Record):
    """A tariff that pays back what the facility costs."""

    capital: Money
    """capital cost of the facility"""
    rate: Rate
    """return on it, effective a year"""
    years: Years
    """years over which it is paid back"""
    operating: MoneyPerYear
    """operating cost of the facility a year"""
    throughput: Tonnes
    """tonnes a year that the tariff is set for"""


class FacilityTariff(Term):
    """The user pays for what it moves or for most of what it has reserved, whichever is more."""

    kind: Literal["facility_tariff"] = "facility_tariff"
    owner: Name
    """Venture that owns the facility; `venture` for the main one"""
    per: Driver
    """Tonnes moved; ore, waste, moved, milled, concentrate or treated"""
    reserved: Reserved
    """Capacity reserved a year"""
    pays_for: Share = 1.0
    """Share of what is reserved that is paid for in any case"""
    capacity: TonnesPerYear | None = None
    """Capacity of the facility a year, for all its users; no limit when not given"""
    tariff: PerTonne | None = None
    """Tariff a tonne, in money of the base date"""
    by_cost: CostTariff | None = None
    """Tariff by cost; instead of an agreed one"""

    @model_validator(mode="after")
    def _one(self) -> FacilityTariff:
        if (self.tariff is None) == (self.by_cost is None):
            raise fault("give tariff (agreed) or by_cost (what the facility costs), one of the two")
        return self

    class Rows(Block):
        used = Row("Tonnes moved")
        room = Row("Capacity of the facility")
        all_reserved = Row("Reserved by all users")
        all_moved = Row("Moved for all users")
        utilised = Row("Utilisation", unit="%", total="none")
        paid_for = Row("Tonnes paid for")
        tariff = Row("Tariff a tonne", total="none")
        paid = Row("Paid for the facility")
        unused = Row("of which for capacity not used")

    def apply(self, ledger: Ledger) -> None:
        """Paid = max(used, share × reserved) × tariff; by cost: (capital × r ÷ (1 − (1 + r)^−n) + operating) ÷ throughput."""
        if self.owner not in ledger.ventures or self.owner == ledger.scope:
            others = ", ".join(name for name in ledger.ventures if name != ledger.scope) or "none"
            raise GraphError(f"owner: '{self.owner}' is not another venture of the deal; there are: {others}")
        rows = self.Rows(ledger.graph, self.name, self.heading)
        rows.used = driven(ledger, self.per, self.name) + 0
        reserved = self.given(ledger, "reserved") + 0
        self._capacity(ledger, rows, reserved)
        rows.paid_for = max_(rows.used, reserved * self.given(ledger, "pays_for"))
        rows.tariff = self._tariff(ledger)
        rows.paid = ledger.in_money(rows.paid_for * rows.tariff)
        rows.unused = ledger.in_money(max_(rows.paid_for - rows.used, 0) * rows.tariff)
        ledger.of(self.owner).post_between(Account.REVENUE, rows.paid, buyer=ledger.scope, bought=Account.OPERATING)

    def _capacity(self, ledger: Ledger, rows: Rows, reserved: Expr) -> None:
        """No more may be reserved than there is; more may be moved than fits only by a queue, which is told (terms.md A16)."""
        owner = ledger.of(self.owner)
        owner.record(Measure.BOOKED, reserved, of=self.per, by=self.name)
        owner.record(Measure.CARRIED, rows.used, of=self.per, by=self.name)
        if self.capacity is None:
            return
        rows.room = self.given(ledger, "capacity") * ledger.period_years
        rows.all_reserved = owner.read(Measure.BOOKED, of=self.per, by=self.name) + 0
        rows.all_moved = owner.read(Measure.CARRIED, of=self.per, by=self.name) + 0
        rows.utilised = ratio(rows.all_moved, rows.room)
        label = f"{self.heading}: no more capacity is reserved than there is"
        ledger.check(f"{self.name}_fits", label, max_(rows.all_reserved - rows.room, 0), unit="t")
        ledger.warn(
            f"{self.name}_queue", f"{self.heading}: users move more than the facility has room for", rows.all_moved > rows.room
        )

    def _tariff(self, ledger: Ledger) -> Expr:
        if self.tariff is not None:
            return ledger.escalated(self.given(ledger, "tariff"), "real") + 0
        rate = self.given(ledger, "by_cost.rate")
        year = ledger.graph.fact("one_year", "One year", (1.0,) * ledger.graph.timeline.periods, "year")
        years = self.given(ledger, "by_cost.years") / year
        recovery = ratio(rate, 1 - power(1 + rate, 0 - years), ratio(1, years))
        yearly = self.given(ledger, "by_cost.capital") * recovery + self.given(ledger, "by_cost.operating") * year
        money = yearly * ledger.graph.conversion(ledger.currency, ledger.money)
        return ledger.escalated(money / self.given(ledger, "by_cost.throughput"), "real")
