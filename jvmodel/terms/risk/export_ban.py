"""Export ban: metal may not leave the country, and is sold at home for less or kept until it may (terms.md E10, H6)."""

from __future__ import annotations

from typing import Annotated, Literal

from pydantic import model_validator

from jvmodel.allocation import market_price
from jvmodel.graph import Block, Expr, Row, lag, max_, min_, power, ratio
from jvmodel.inputs import Date, Measured, Metal, Series, Share, fault
from jvmodel.ledger import CUSTOMERS, SUPPLIERS, VENTURE, Account, Ledger, Measure
from jvmodel.term import Term

TonnesOverTime = Annotated[Series, Measured("t/year", per_year=True, low=0.0)]
PerTonneAYear = Annotated[float, Measured("$/t/year", low=0.0)]


class ExportBan(Term):
    """Metal goes to the home market at a discount, as far as that takes it; the rest waits and is sold after the ban."""

    kind: Literal["export_ban"] = "export_ban"
    metal: Metal
    """Metal"""
    start: Date
    """First month of the ban; the first in which one may come where imposed is given"""
    end: Date | None = None
    """First month after it"""
    imposed: Share | None = None
    """Chance a year that a ban comes while there is none, in expectation; instead of an end"""
    lifted: Share | None = None
    """Chance a year that a ban in force is lifted; with imposed"""
    banned: Share = 1.0
    """Share of sales that would be exported"""
    discount: Share = 0.2
    """Discount at home from the market price"""
    home_market: TonnesOverTime
    """Most that the home market takes a year"""
    storage: PerTonneAYear = 0.0
    """Cost of keeping a tonne that is held back, a year, in money of the base date"""

    @model_validator(mode="after")
    def _whole(self) -> ExportBan:
        if (self.end is None) == (self.imposed is None) or (self.imposed is None) != (self.lifted is None):
            raise fault("say how long it lasts: end (a date), or imposed and lifted (chances a year), one of the two")
        if self.end is not None and self.end.index <= self.start.index:
            raise fault(f"it ends in {self.end}, not after its start in {self.start}; give a later end")
        if (self.imposed or 0) + (self.lifted or 0) > 1:
            raise fault("imposed and lifted add up to more than 100%: it would come and go within a year; give lower chances")
        return self

    def announces(self) -> tuple[Account | Measure, ...]:
        """What contracts cannot have."""
        return (Measure.WITHHELD,)

    class Rows(Block):
        imposed = Row("Chance that a ban comes in the period", unit="%", total="none")
        lifted = Row("Chance that a ban in force is lifted", unit="%", total="none")
        during = Row("Share of the period under the ban", unit="%", total="none")
        banned = Row("Metal that may not leave", unit="t")
        at_home = Row("Sold at home", unit="t")
        held_back = Row("Held back", unit="t")
        released = Row("Released after the ban", unit="t")
        left = Row("Held back at the end, and sold at home", unit="t")
        stock = Row("Held back, carried forward", unit="t", total="last")
        withheld = Row("Kept from contracts, less what is released", unit="t")
        price = Row("Market price a tonne", total="none")
        discount = Row("Lost by the discount at home")
        waiting = Row("Value of metal held back, at the price then")
        later = Row("Value of metal released, at the price then")
        lost = Row("Revenue lost, less revenue of metal released")
        storage = Row("Cost of keeping it")

    def apply(self, ledger: Ledger) -> None:
        """Sales are booked at market price; what the ban takes of it comes off, what is released comes back."""
        rows = self.Rows(ledger.graph, self.name, self.heading)
        mass = ledger.mass_unit(self.metal)
        freed = self._during(ledger, rows)
        sold = ledger.mass(ledger.read(Measure.PAYABLE, of=self.metal, by=self.name), mass, "t")
        exported = sold * self.given(ledger, "banned")
        rows.banned = exported * rows.during
        rows.at_home = min_(exported, self.given(ledger, "home_market")) * rows.during
        rows.held_back = rows.banned - rows.at_home
        rows.released = lag(rows.stock) * freed
        kept = lag(rows.stock) + rows.held_back - rows.released
        rows.price = market_price(ledger, self.metal, self.name)
        home: Expr = rows.at_home
        if self.imposed is not None:
            rows.left = kept * ledger.last
            kept, home = kept - rows.left, rows.at_home + rows.left
        rows.stock = kept
        rows.withheld = rows.banned - rows.released
        ledger.record(Measure.WITHHELD, rows.withheld, of=self.metal, by=self.name)
        rows.discount = ledger.in_money(home * rows.price) * self.given(ledger, "discount")
        rows.waiting = ledger.in_money(rows.held_back * rows.price)
        again = rows.released + rows.left if self.imposed is not None else rows.released
        rows.later = ledger.in_money(again * rows.price)
        rows.lost = rows.discount + rows.waiting - rows.later
        ledger.post(Account.OFFTAKE, rows.lost, payer=VENTURE, payee=CUSTOMERS)
        if self.storage:
            kept_for = lag(rows.stock) * self.given(ledger, "storage") * ledger.period_years
            rows.storage = ledger.escalated(ledger.in_money(kept_for), "real")
            ledger.post(Account.SELLING, rows.storage, payer=VENTURE, payee=SUPPLIERS)
        if self.imposed is None:
            label = f"{self.heading}: nothing is held back at the end"
            ledger.check(f"{self.name}_is_released", label, rows.stock * ledger.last, unit="t")

    def _during(self, ledger: Ledger, rows: Rows) -> Expr:
        """Writes the share of each period under the ban; returns the share of what is held back that is free to go.

        By chances it is a chain of two states. Chances of a shorter period are those that make the same chain over a year.
        """
        if self.imposed is None:
            assert self.end is not None
            rows.during = ledger.between(self.start, self.end) + 0
            return (1 - max_(rows.during, 0)) * ledger.flagged(self.end)
        come, go = self.given(ledger, "imposed"), self.given(ledger, "lifted")
        part = ratio(1 - power(1 - come - go, ledger.period_years), come + go)
        rows.imposed = come * part * ledger.flagged(self.start)
        rows.lifted = go * part
        rows.during = lag(rows.during) * (1 - rows.lifted) + (1 - lag(rows.during)) * rows.imposed
        return rows.lifted
