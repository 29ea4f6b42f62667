"""Export ban: metal may not leave the country, and is sold at home for less or kept until it may (terms.md E10, H6)."""

from __future__ import annotations

from typing import Annotated, Literal

from pydantic import model_validator

from jvmodel.graph import Block, Row, lag, max_, min_
from jvmodel.inputs import Date, Measured, Metal, Series, Share, fault
from jvmodel.ledger import CUSTOMERS, VENTURE, Account, Ledger, Measure
from jvmodel.term import Term

TonnesOverTime = Annotated[Series, Measured("t/year", per_year=True, low=0.0)]


class ExportBan(Term):
    """Metal goes to the home market at a discount, as far as that takes it; the rest waits and is sold after the ban."""

    kind: Literal["export_ban"] = "export_ban"
    metal: Metal
    """Metal"""
    start: Date
    """First month of the ban"""
    end: Date
    """First month after it"""
    banned: Share = 1.0
    """Share of sales that would be exported"""
    discount: Share = 0.2
    """Discount at home from the market price"""
    home_market: TonnesOverTime
    """Most that the home market takes a year"""

    @model_validator(mode="after")
    def _in_order(self) -> ExportBan:
        if self.end.index <= self.start.index:
            raise fault(f"it ends in {self.end}, not after its start in {self.start}; give a later end")
        return self

    class Rows(Block):
        banned = Row("Metal that may not leave", unit="t")
        at_home = Row("Sold at home", unit="t")
        held_back = Row("Held back", unit="t")
        released = Row("Released after the ban", unit="t")
        stock = Row("Held back, carried forward", unit="t", total="last")
        price = Row("Market price a tonne", total="none")
        discount = Row("Lost by the discount at home")
        waiting = Row("Value of metal held back, at the price then")
        later = Row("Value of metal released, at the price then")
        lost = Row("Revenue lost, less revenue of metal released")

    def apply(self, ledger: Ledger) -> None:
        """Sales are booked at market price; what the ban takes of it comes off, what is released comes back."""
        rows = self.Rows(ledger.graph, self.name, self.heading)
        mass = ledger.mass_unit(self.metal)
        during = ledger.between(self.start, self.end)
        sold = ledger.mass(ledger.read(Measure.PAYABLE, of=self.metal, by=self.name), mass, "t")
        rows.banned = sold * self.given(ledger, "banned") * during
        rows.at_home = min_(rows.banned, self.given(ledger, "home_market") * during)
        rows.held_back = rows.banned - rows.at_home
        rows.released = lag(rows.stock) * (1 - max_(during, 0)) * ledger.flagged(self.end)
        rows.stock = lag(rows.stock) + rows.held_back - rows.released
        price = ledger.read(Measure.PRICE, of=self.metal, by=self.name)
        rows.price = price + 0 if mass == "t" else price * ledger.per_tonne(mass)
        rows.discount = ledger.in_money(rows.at_home * rows.price) * self.given(ledger, "discount")
        rows.waiting = ledger.in_money(rows.held_back * rows.price)
        rows.later = ledger.in_money(rows.released * rows.price)
        rows.lost = rows.discount + rows.waiting - rows.later
        ledger.post(Account.OFFTAKE, rows.lost, payer=VENTURE, payee=CUSTOMERS)
        left = rows.stock * ledger.last
        ledger.check(f"{self.name}_is_released", f"{self.heading}: nothing is held back at the end", left, unit="t")
