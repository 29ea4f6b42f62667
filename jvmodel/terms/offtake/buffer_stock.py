"""Strategic stockpile: bought below a floor, sold above a ceiling (terms.md E9)."""

from __future__ import annotations

from typing import Annotated, Literal

from pydantic import Field, model_validator

from jvmodel.graph import Block, Expr, Row, lag, max_, min_, ratio
from jvmodel.inputs import Measured, Metal, Money, Party, Rate, Share, Tonnes, fault
from jvmodel.ledger import CUSTOMERS, SUPPLIERS, VENTURE, Account, Ledger, Measure
from jvmodel.term import Term

PriceATonne = Annotated[float, Measured("$/t", low=0.0)]


class BufferStock(Term):
    """A manager buys part of the venture's metal at a floor while there is room and money, and sells it at a ceiling."""

    kind: Literal["buffer_stock"] = "buffer_stock"
    manager: Party
    """Party that owns the stock: a state, an agency, the partners' fund"""
    metal: Metal
    """Metal"""
    floor: PriceATonne
    """Market price a tonne below which the manager buys, at this price"""
    ceiling: PriceATonne
    """Market price a tonne above which it sells, at this price"""
    capacity: Tonnes = Field(gt=0)
    """Most metal held"""
    share: Share = 0.5
    """Most that is bought or sold in a period, as a share of the venture's sales"""
    carry: Rate = 0.04
    """Cost of holding a year, as a share of what the stock cost"""
    budget: Money | None = None
    """Most money tied up in the stock"""
    released: Share = 0.0
    """Share of the stock that is released, at market price, in a period in which output is disrupted"""
    sold_out: bool = False
    """Whether what is left at the end is sold, at the lower of average cost and market"""

    @model_validator(mode="after")
    def _band(self) -> BufferStock:
        if self.floor > self.ceiling:
            raise fault(f"the floor {self.floor:g} is above the ceiling {self.ceiling:g}")
        return self

    def announces(self) -> tuple[Account | Measure, ...]:
        """What the venture gains."""
        return (Account.SUPPORT,)

    class Rows(Block):
        market = Row("Market price a tonne", total="none")
        most = Row("Most that is traded", unit="t")
        opening = Row("Stock brought forward", unit="t", total="none")
        cost_before = Row("What the stock cost, brought forward", total="none")
        bought = Row("Bought from the venture", unit="t")
        sold = Row("Sold to the market", unit="t")
        relief = Row("Released in a disruption", unit="t")
        relieved = Row("Proceeds of metal released")
        closing = Row("Stock carried forward", unit="t", total="last")
        average = Row("Average cost a tonne", total="none")
        cost = Row("What the stock cost, carried forward", total="last")
        paid = Row("Paid for metal")
        uplift = Row("of which above the market: gained by the venture")
        market_part = Row("of which market value")
        holding = Row("Cost of holding")
        proceeds = Row("Proceeds of metal sold")
        saved = Row("Saved by customers: market value above the ceiling")
        left = Row("Value of what is left at the end")

    def apply(self, ledger: Ledger) -> None:
        """Bought = min(share of sales, room, money left); sold = min(stock, share of sales); stock at average cost."""
        rows = self.Rows(ledger.graph, self.name, self.heading)
        mass = ledger.mass_unit(self.metal)
        sales = ledger.mass(ledger.read(Measure.PAYABLE, of=self.metal, by=self.name), mass, "t")
        price = ledger.read(Measure.PRICE, of=self.metal, by=self.name)
        rows.market = price + 0 if mass == "t" else price * ledger.per_tonne(mass)
        floor, ceiling = self.given(ledger, "floor"), self.given(ledger, "ceiling")
        rows.most = sales * self.given(ledger, "share")
        rows.opening = lag(rows.closing)
        rows.cost_before = lag(rows.cost)
        room: Expr = min_(rows.most, self.given(ledger, "capacity") - rows.opening)
        if self.budget is not None:
            money = max_(self.given(ledger, "budget") - rows.cost_before, 0)
            room = min_(room, ratio(money, ledger.in_money(floor)))
        rows.bought = max_(room, 0) * (rows.market < floor)
        rows.sold = min_(rows.opening, rows.most) * (rows.market > ceiling)
        gone: Expr = rows.sold
        if self.released and ledger.has(Measure.OUTAGE):
            disrupted = ledger.read(Measure.OUTAGE, by=self.name) > 0
            rows.relief = (rows.opening - rows.sold) * self.given(ledger, "released") * disrupted
            rows.relieved = ledger.in_money(rows.relief * rows.market)
            ledger.post(Account.STOCKPILE, rows.relieved, payer=CUSTOMERS, payee=self.manager)
            gone = rows.sold + rows.relief
        rows.closing = rows.opening + rows.bought - gone
        rows.average = ratio(rows.cost_before * ledger.graph.conversion(ledger.currency, ledger.money), rows.opening)
        rows.cost = rows.cost_before + ledger.in_money(rows.bought * floor) - ledger.in_money(gone * rows.average)
        rows.paid = ledger.in_money(rows.bought * floor)
        rows.uplift = ledger.in_money(rows.bought * max_(floor - rows.market, 0))
        rows.market_part = rows.paid - rows.uplift
        rows.holding = rows.cost_before * self.given(ledger, "carry") * ledger.share_of_year
        rows.proceeds = ledger.in_money(rows.sold * ceiling)
        rows.saved = ledger.in_money(rows.sold * max_(rows.market - ceiling, 0))
        worth = min_(rows.cost, ledger.in_money(rows.closing * rows.market))
        rows.left = worth * ledger.last
        ledger.post(Account.SUPPORT, rows.uplift, payer=self.manager, payee=VENTURE)
        ledger.post(Account.STOCKPILE, rows.market_part, payer=self.manager, payee=CUSTOMERS)
        ledger.post(Account.STOCKPILE, rows.holding, payer=self.manager, payee=SUPPLIERS)
        ledger.post(Account.STOCKPILE, rows.proceeds, payer=CUSTOMERS, payee=self.manager)
        if self.sold_out:
            ledger.post(Account.STOCKPILE, rows.left, payer=CUSTOMERS, payee=self.manager)
