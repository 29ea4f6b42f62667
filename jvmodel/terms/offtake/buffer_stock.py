"""Strategic stockpile: bought below a floor, sold above a ceiling (terms.md E9)."""

from __future__ import annotations

from typing import Annotated, Literal

from pydantic import Field, model_validator

from jvmodel.allocation import for_contracts, market_price
from jvmodel.graph import Block, Expr, Row, flag, lag, max_, min_, ratio, where
from jvmodel.inputs import Measured, Metal, Money, Party, Rate, Record, Share, Tonnes, fault
from jvmodel.ledger import CUSTOMERS, SUPPLIERS, VENTURE, Account, Ledger, Measure
from jvmodel.term import Term

PriceATonne = Annotated[float, Measured("$/t", low=0.0)]
Distance = Annotated[float, Measured(show="%", low=0.0, high=0.9)]


class Treaty(Record):
    """Prices around a reference that follows the market, as commodity agreements have them."""

    reference: PriceATonne
    """reference price at the start"""
    may: Distance = 0.15
    """distance from the reference beyond which the manager may trade"""
    must: Distance = 0.2
    """distance beyond which it must; it then buys at the lower price, or sells at the upper one"""
    traded: Share = 0.5
    """share of what it could trade that it does trade where it may and need not"""
    revised: Share = 0.05
    """step of the reference, in the year after the market has left the band in which the manager does nothing"""

    @model_validator(mode="after")
    def _band(self) -> Treaty:
        if self.may > self.must:
            raise fault(f"may of {self.may * 100:g}% lies beyond must of {self.must * 100:g}%; where it must trade, it may")
        return self


class BufferStock(Term):
    """A manager buys part of the venture's metal at a floor while there is room and money, and sells it at a ceiling.

    It buys what contracts leave. When room or money runs out the floor stops: the rows tell what it still protects.
    """

    kind: Literal["buffer_stock"] = "buffer_stock"
    manager: Party
    """Party that owns the stock: a state, an agency, the partners' fund"""
    metal: Metal
    """Metal"""
    floor: PriceATonne | None = None
    """Market price a tonne below which the manager buys, at this price"""
    ceiling: PriceATonne | None = None
    """Market price a tonne above which it sells, at this price"""
    treaty: Treaty | None = None
    """Prices around a reference; instead of floor and ceiling"""
    thresholds: Literal["nominal", "real"] = "nominal"
    """Whether floor, ceiling and reference are in nominal money or grow with inflation"""
    capacity: Tonnes = Field(gt=0)
    """Most metal held"""
    share: Share = 0.5
    """Most that is bought or sold in a period, as a share of the venture's sales"""
    carry: Rate = 0.04
    """Cost of holding a year, as a share of what the stock cost"""
    budget: Money | None = None
    """Most money tied up in the stock, in nominal money"""
    released: Share = 0.0
    """Share of the stock that is released in a period in which output is disrupted"""
    released_to: Party | None = None
    """Party that receives it; the market when not given"""
    released_at: Literal["market", "cost"] = "market"
    """Whether it pays the market price or what the metal cost"""
    sold_out: bool = False
    """Whether what is left at the end is sold, at the lower of average cost and market"""

    @model_validator(mode="after")
    def _band(self) -> BufferStock:
        if (self.treaty is None) != (self.floor is not None and self.ceiling is not None) or (
            self.treaty is not None and (self.floor, self.ceiling) != (None, None)
        ):
            raise fault("give floor and ceiling, or treaty (prices around a reference), one of the two")
        if self.floor is not None and self.ceiling is not None and self.floor > self.ceiling:
            raise fault(f"the floor {self.floor:g} is above the ceiling {self.ceiling:g}")
        if self.released_to is not None and not self.released:
            raise fault("released_to goes with released: how much of the stock it receives; give both or neither")
        if self.released_at == "cost" and self.released_to is None:
            raise fault("released_at: cost goes with released_to; the market pays the market price")
        return self

    def announces(self) -> tuple[Account | Measure, ...]:
        """What the venture gains."""
        return (Account.SUPPORT,)

    class Rows(Block):
        market = Row("Market price a tonne", total="none")
        reference = Row("Reference price a tonne", total="none")
        floor = Row("Floor a tonne", total="none")
        ceiling = Row("Ceiling a tonne", total="none")
        buys = Row("Share of what could be bought that is bought", unit="%", total="none")
        sells = Row("Share of what could be sold that is sold", unit="%", total="none")
        most = Row("Most that is traded", unit="t")
        opening = Row("Stock brought forward", unit="t", total="none")
        cost_before = Row("What the stock cost, brought forward", total="none")
        room = Row("Metal that room and money allow", unit="t", total="none")
        bought = Row("Bought from the venture", unit="t")
        refused = Row("Offered below the floor and not bought: no room, or no money", unit="t")
        sold = Row("Sold to the market", unit="t")
        relief = Row("Released in a disruption", unit="t")
        relieved = Row("Market value of metal released")
        relief_paid = Row("Paid for metal released")
        closing = Row("Stock carried forward", unit="t", total="last")
        average = Row("Average cost a tonne", total="none")
        cost = Row("What the stock cost, carried forward", total="last")
        paid = Row("Paid for metal")
        uplift = Row("of which above the market: gained by the venture")
        market_part = Row("of which market value")
        holding = Row("Cost of holding")
        proceeds = Row("Proceeds of metal sold")
        saved = Row("Saved by customers: market value above the ceiling")
        protects = Row("Metal that the floor still protects", unit="t", total="last")
        left = Row("Value of what is left at the end")

    def apply(self, ledger: Ledger) -> None:
        """Bought = min(share of sales, room, money left); sold = min(stock, share of sales); stock at average cost."""
        rows = self.Rows(ledger.graph, self.name, self.heading)
        offered = for_contracts(ledger, self.metal, self.name)
        rows.market = market_price(ledger, self.metal, self.name)
        self._prices(ledger, rows)
        rows.most = max_(offered, 0) * self.given(ledger, "share")
        rows.opening = lag(rows.closing)
        rows.cost_before = ledger.brought_forward(rows.cost)
        at = max_(rows.market, rows.floor)
        rows.room = max_(self._room(ledger, rows.opening, rows.cost_before, at), 0)
        free = min_(rows.most, max_(offered - ledger.claimed(self.metal), 0))
        rows.bought = min_(free, rows.room) * rows.buys
        rows.refused = max_(free - rows.room, 0) * flag(rows.market < rows.floor)
        rows.sold = min_(rows.opening, rows.most) * rows.sells
        rows.average = ratio(rows.cost_before * ledger.graph.conversion(ledger.currency, ledger.money), rows.opening)
        gone = rows.sold + self._relief(ledger, rows) if self.released and ledger.has(Measure.OUTAGE) else rows.sold
        rows.closing = rows.opening + rows.bought - gone
        rows.cost = rows.cost_before + ledger.in_money(rows.bought * at) - ledger.in_money(gone * rows.average)
        rows.paid = ledger.in_money(rows.bought * at)
        rows.uplift = ledger.in_money(rows.bought * max_(rows.floor - rows.market, 0))
        rows.market_part = rows.paid - rows.uplift
        rows.holding = rows.cost_before * self.given(ledger, "carry") * ledger.share_of_year
        rows.proceeds = ledger.in_money(rows.sold * min_(rows.market, rows.ceiling))
        rows.saved = ledger.in_money(rows.sold * max_(rows.market - rows.ceiling, 0))
        rows.protects = max_(self._room(ledger, rows.closing, rows.cost, rows.floor), 0)
        rows.left = min_(rows.cost, ledger.in_money(rows.closing * rows.market)) * ledger.last
        self._post(ledger, rows)
        text = f"{self.heading}: the floor stops, as room or money has run out"
        ledger.warn(f"{self.name}_stops", text, rows.refused > ledger.trifling_mass)

    def _prices(self, ledger: Ledger, rows: Rows) -> None:
        """Floor, ceiling, and how much of what could be traded is traded between them and beyond."""
        if self.treaty is None:
            rows.floor = ledger.escalated(self.given(ledger, "floor"), self.thresholds) + 0
            rows.ceiling = ledger.escalated(self.given(ledger, "ceiling"), self.thresholds) + 0
            rows.buys = flag(rows.market < rows.floor)
            rows.sells = flag(rows.market > rows.ceiling)
            return
        may, must, traded, step = (self.given(ledger, f"treaty.{one}") for one in ("may", "must", "traded", "revised"))
        market, start = ledger.unindexed(rows.market, self.thresholds), self.given(ledger, "treaty.reference")
        before = rows.define("reference_before", "Reference price brought forward", lag(rows.ref("fixed"), start), total="none")
        seen = rows.define("seen", "Market price by which the reference is kept", market, total="none")
        moved = flag(lag(seen, start) > before * (1 + may)) - flag(lag(seen, start) < before * (1 - may))
        rows.define("fixed", "Reference price as kept", before * (1 + step * moved * ledger.year_begins), total="none")
        rows.reference = ledger.escalated(rows.ref("fixed"), self.thresholds) + 0
        rows.floor = rows.reference * (1 - must)
        rows.ceiling = rows.reference * (1 + must)
        lower, upper = rows.reference * (1 - may), rows.reference * (1 + may)
        rows.buys = where(rows.market < rows.floor, 1, traded * flag(rows.market < lower))
        rows.sells = where(rows.market > rows.ceiling, 1, traded * flag(rows.market > upper))

    def _room(self, ledger: Ledger, held: Expr, cost: Expr, price: Expr) -> Expr:
        """Tonnes that capacity and budget still allow."""
        room = self.given(ledger, "capacity") - held
        if self.budget is None:
            return room
        return min_(room, ratio(max_(ledger.todays_money(self.given(ledger, "budget")) - cost, 0), ledger.in_money(price)))

    def _relief(self, ledger: Ledger, rows: Rows) -> Expr:
        disrupted = flag(ledger.read(Measure.OUTAGE, by=self.name) > 0)
        rows.relief = (rows.opening - rows.sold) * self.given(ledger, "released") * disrupted
        rows.relieved = ledger.in_money(rows.relief * rows.market)
        rows.relief_paid = ledger.in_money(rows.relief * (rows.market if self.released_at == "market" else rows.average))
        if self.released_to is not None:
            ledger.post(Account.STOCKPILE, rows.relieved, payer=CUSTOMERS, payee=self.released_to)
        ledger.post(Account.STOCKPILE, rows.relief_paid, payer=self.released_to or CUSTOMERS, payee=self.manager)
        return rows.relief

    def _post(self, ledger: Ledger, rows: Rows) -> None:
        ledger.post(Account.SUPPORT, rows.uplift, payer=self.manager, payee=VENTURE)
        ledger.post(Account.STOCKPILE, rows.market_part, payer=self.manager, payee=CUSTOMERS)
        ledger.post(Account.STOCKPILE, rows.holding, payer=self.manager, payee=SUPPLIERS)
        ledger.post(Account.STOCKPILE, rows.proceeds, payer=CUSTOMERS, payee=self.manager)
        if self.sold_out:
            ledger.post(Account.STOCKPILE, rows.left, payer=CUSTOMERS, payee=self.manager)
