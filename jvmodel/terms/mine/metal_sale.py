"""Sale of metal at its market price, less selling costs (terms.md A6, A8)."""

from __future__ import annotations

from typing import Annotated, Literal

from pydantic import Field

from jvmodel.graph import Block, Expr, Ref, Row, lag, min_
from jvmodel.inputs import Measured, Metal, PerTonne, Share, TonnesPerYear
from jvmodel.ledger import CUSTOMERS, SUPPLIERS, VENTURE, Account, Ledger, Measure
from jvmodel.settlement import ProvisionalPricing, settled
from jvmodel.term import Term

PerPound = Annotated[float, Measured("$/lb", low=0.0)]
PerOunce = Annotated[float, Measured("$/oz", low=0.0)]


class MetalSale(Term):
    """All metal of one kind that the venture makes is sold at the market price."""

    kind: Literal["metal_sale"] = "metal_sale"
    metal: Metal
    """Metal that is sold"""
    made_by: Literal["refinery", "plant"] = "refinery"
    """Made by; the refinery or the plant"""
    payable: Share = 1.0
    """Share of the metal that buyers pay for"""
    lifting: TonnesPerYear | None = Field(default=None, gt=0)
    """Most metal that can be shipped a year; the rest waits in stock. No limit when not given"""
    selling_cost: PerTonne = 0.0
    """Freight, refining and marketing, a tonne of metal sold"""
    selling_per_lb: PerPound = 0.0
    """Freight, refining and marketing, a pound of metal sold, in addition"""
    selling_per_oz: PerOunce = 0.0
    """Freight, refining and marketing, an ounce of metal sold, in addition"""
    pricing: ProvisionalPricing | None = None
    """Provisional pricing; the price of the day of shipment when not given"""

    class Rows(Block):
        sold = Row("Payable metal sold")
        revenue = Row("Revenue")
        selling = Row("Selling costs")
        net = Row("Net smelter return")

    class Stock(Block):
        opening = Row("Metal brought forward", total="none")
        made = Row("Metal made")
        shipped = Row("Metal shipped")
        closing = Row("Metal carried forward", total="last")

    def apply(self, ledger: Ledger) -> None:
        """Revenue = metal × payable share × price; the net smelter return is revenue less selling costs."""
        rows = self.Rows(ledger.graph, self.name, self.heading)
        made = Measure.REFINED if self.made_by == "refinery" else Measure.RECOVERED
        rows.sold = self._shipped(ledger, ledger.read(made, of=self.metal, by=self.name)) * self.given(ledger, "payable")
        price = ledger.read(Measure.PRICE, of=self.metal, by=self.name)
        rows.revenue = self._revenue(ledger, rows, price)
        rows.selling = ledger.escalated(ledger.in_money(self._selling(ledger, rows)), "real")
        rows.net = rows.revenue - rows.selling
        ledger.record(Measure.PAYABLE, rows.sold, of=self.metal, by=self.name)
        ledger.record(Measure.GROSS_VALUE, rows.revenue, by=self.name)
        ledger.record(Measure.METAL_VALUE, rows.revenue, of=self.metal, by=self.name)
        if self.made_by == "refinery":
            ledger.record(Measure.REFINED_VALUE, rows.revenue, of=self.metal, by=self.name)
        ledger.record(Measure.NET_SMELTER_RETURN, rows.net, by=self.name)
        ledger.post(Account.REVENUE, rows.revenue, payer=CUSTOMERS, payee=VENTURE)
        ledger.post(Account.SELLING, rows.selling, payer=VENTURE, payee=SUPPLIERS)

    def _shipped(self, ledger: Ledger, made: Expr) -> Expr:
        """Shipped = min(made + stock, lifting capacity); none may be left at the end (terms.md A3)."""
        if self.lifting is None:
            return made
        stock = self.Stock(ledger.graph, f"{self.name}.stock", f"{self.heading}: metal in stock")
        room = ledger.mass(self.given(ledger, "lifting") * ledger.period_years, "t", ledger.mass_unit(self.metal))
        stock.opening = lag(stock.closing)
        stock.made = made + 0
        stock.shipped = min_(stock.opening + stock.made, room)
        stock.closing = stock.opening + stock.made - stock.shipped
        left = stock.closing * ledger.last
        unit = ledger.mass_unit(self.metal)
        ledger.check(f"{self.name}_is_shipped", f"{self.heading}: no metal is left at the end", left, unit=unit)
        return stock.shipped

    def _selling(self, ledger: Ledger, rows: Rows) -> Expr:
        """Rates by the tonne, and by the pound and the ounce where they are given."""
        mass = ledger.mass_unit(self.metal)
        cost = ledger.mass(rows.sold, mass, "t") * self.given(ledger, "selling_cost")
        if self.selling_per_lb:
            cost = cost + ledger.mass(rows.sold, mass, "lb") * self.given(ledger, "selling_per_lb")
        if self.selling_per_oz:
            cost = cost + ledger.mass(rows.sold, mass, "oz") * self.given(ledger, "selling_per_oz")
        return cost

    def _revenue(self, ledger: Ledger, rows: Rows, price: Ref) -> Expr:
        if self.pricing is None:
            return ledger.in_money(rows.sold * price)
        months, share = self.given(ledger, "pricing.months"), self.given(ledger, "pricing.provisional")
        return settled(ledger, f"{self.name}.settlement", self.heading, self.pricing, months, share, rows.sold, price) + 0
