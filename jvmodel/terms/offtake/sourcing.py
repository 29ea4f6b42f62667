"""Diversified sourcing: what several suppliers leave short, by every state of who fails, and what a second source costs (E12)."""

from __future__ import annotations

from itertools import product
from typing import Annotated, Literal

from pydantic import Field, model_validator

from jvmodel.allocation import market_price
from jvmodel.graph import Block, Const, Expr, Ref, Row, add_up, max_, min_, ratio
from jvmodel.inputs import Factor, Measured, Metal, Months, Party, PerTonne, Record, Series, Share, fault
from jvmodel.ledger import Ledger
from jvmodel.term import Name, Term

TonnesOverTime = Annotated[Series, Measured("t/year", per_year=True, low=0.0)]
NEAR = 1e-9


class Supplier(Record):
    """A source of supply."""

    share: Share
    """share of the need that it supplies"""
    outage: Share
    """chance a year that it fails"""
    spare: Share = 0.0
    """share of the need that it can supply in addition when others fail"""
    premium: PerTonne = 0.0
    """what it costs more a tonne than the first supplier, in money of the base date"""
    region: bool = False
    """whether a common shock takes it out"""


class Sourcing(Term):
    """A buyer's suppliers, each of which may fail, alone or by a common shock; figures, not cash."""

    kind: Literal["sourcing"] = "sourcing"
    buyer: Party
    """Party that needs the metal"""
    metal: Metal
    """Metal"""
    need: TonnesOverTime
    """Tonnes a year that it needs"""
    suppliers: dict[Name, Supplier] = Field(min_length=1, max_length=6)
    """Supplier"""
    shock: Share = 0.0
    """Chance a year of a common shock"""
    months: Months = 12.0
    """Months that a failure lasts"""
    cost: Factor
    """Loss on a tonne that is short, as a multiple of its price"""

    @model_validator(mode="after")
    def _whole(self) -> Sourcing:
        total = sum(one.share for one in self.suppliers.values())
        if abs(total - 1) > NEAR:
            raise fault(f"suppliers: shares add up to {total * 100:.10g}%; they must add up to 100%")
        if self.shock and not any(one.region for one in self.suppliers.values()):
            raise fault("shock takes out suppliers with region: true, and none has it; mark them, or leave the shock out")
        return self

    class Rows(Block):
        need = Row("Need while a failure lasts", unit="t")
        price = Row("Market price a tonne", total="none")
        short = Row("Expected shortage, as a share of the need", unit="%", total="none")
        ever = Row("Chance of a shortage in a year", unit="%", total="none")
        tail = Row("Shortage when there is one, as a share of the need", unit="%", total="none")
        concentration = Row("Sum of squared shares", unit="1", total="none")
        alone = Row("Expected shortage with the first supplier alone, as a share of the need", unit="%", total="none")
        loss = Row("Expected cost of shortage, not a cash flow")
        avoided = Row("Expected cost of shortage avoided by other suppliers, not a cash flow")
        premium = Row("Paid more for other suppliers, not a cash flow")
        net = Row("Avoided less paid more, not a cash flow")

    def apply(self, ledger: Ledger) -> None:
        """Shortage = Σ over states of chance × max(0, 1 − what working suppliers deliver)."""
        rows = self.Rows(ledger.graph, self.name, self.heading)
        rows.need = self.given(ledger, "need") * self.given(ledger, "months") / self._year(ledger)
        rows.price = market_price(ledger, self.metal, self.name)
        states = [self._state(ledger, rows, up) for up in product((True, False), repeat=len(self.suppliers))]
        rows.short = add_up([chance * short for chance, short in states])
        rows.ever = add_up([chance * (short > ledger.part_of_step) for chance, short in states])
        rows.tail = ratio(rows.short, rows.ever)
        shares = [self.given(ledger, f"suppliers.{one}.share") for one in self.suppliers]
        rows.concentration = add_up([share * share for share in shares])
        first = next(iter(self.suppliers))
        rows.alone = self._fails(ledger, first)
        worth = ledger.in_money(rows.need * rows.price) * self.given(ledger, "cost")
        rows.loss = worth * rows.short
        rows.avoided = worth * rows.alone - rows.loss
        premiums = [
            share * self.given(ledger, f"suppliers.{one}.premium") for share, one in zip(shares, self.suppliers, strict=True)
        ]
        rows.premium = ledger.escalated(ledger.in_money(self.given(ledger, "need") * add_up(premiums)), "real")
        rows.net = rows.avoided - rows.premium

    @staticmethod
    def _year(ledger: Ledger) -> Expr:
        return ledger.graph.fact("one_year_of_months", "Months in a year", (12.0,) * ledger.graph.timeline.periods, "month")

    def _fails(self, ledger: Ledger, name: str) -> Expr:
        """The chance that a supplier fails, by itself or by the shock."""
        outage, shock = self.given(ledger, f"suppliers.{name}.outage"), self.given(ledger, "shock")
        return 1 - (1 - outage) * (1 - shock) if self.suppliers[name].region else outage

    def _state(self, ledger: Ledger, rows: Rows, up: tuple[bool, ...]) -> tuple[Ref, Ref]:
        """The chance of a state, and what is short in it: a shock takes out all of its region at once."""
        calm: Expr = Const(1.0)
        struck: Expr = Const(1.0)
        delivered: Expr = Const(0.0)
        spare: Expr = Const(0.0)
        for name, works in zip(self.suppliers, up, strict=True):
            outage = self.given(ledger, f"suppliers.{name}.outage")
            own = 1 - outage if works else outage
            calm = calm * own
            struck = struck * (Const(0.0 if works else 1.0) if self.suppliers[name].region else own)
            if works:
                delivered = delivered + self.given(ledger, f"suppliers.{name}.share")
                spare = spare + self.given(ledger, f"suppliers.{name}.spare")
        shock = self.given(ledger, "shock")
        key = "".join("1" if works else "0" for works in up)
        there = ", ".join(name.replace("_", " ") for name, works in zip(self.suppliers, up, strict=True) if works) or "nobody"
        chance = rows.define(
            f"chance_{key}", f"Chance that these deliver: {there}", calm * (1 - shock) + struck * shock, "%", "none"
        )
        short = max_(1 - min_(delivered + spare, 1), 0)
        return chance, rows.define(f"short_{key}", f"Short when these deliver: {there}", short, "%", "none")
