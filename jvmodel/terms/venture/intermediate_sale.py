"""Sale between two ventures of one deal: concentrate or metal at a transfer price (terms.md C19)."""

from __future__ import annotations

from typing import Annotated, Literal

from pydantic import Field, model_validator

from jvmodel.account import MARKET, VENTURE
from jvmodel.errors import GraphError
from jvmodel.graph import Block, Expr, Ref, Row, add_up, max_, ratio
from jvmodel.inputs import Measured, Metal, PerTonne, Share, fault
from jvmodel.ledger import SUPPLIERS, Account, Group, Ledger, Measure
from jvmodel.term import Name, Term

OfValue = Annotated[float, Measured(show="%", low=0.0, high=2.0)]
Markup = Annotated[float, Measured(show="%", low=-1.0, high=10.0)]


class IntermediateSale(Term):
    """One venture sells its product to another; the price shifts profit and tax between their owners and states."""

    kind: Literal["intermediate_sale"] = "intermediate_sale"
    buyer: Name
    """Venture that buys; `venture` for the main one"""
    product: Literal["concentrate", "metal"] = "concentrate"
    """What is sold"""
    metals: tuple[Metal, ...] = Field(min_length=1)
    """Metals in it"""
    share: Share = 1.0
    """Share of the product that is sold this way"""
    price: Literal["of_value", "netback", "cost_plus"]
    """Transfer price; of_value (a share of the metal's market value), netback (the buyer's receipts less its costs and margin,
    divided among sellers by market value) or cost_plus (the seller's operating cost and a markup)"""
    of_value: OfValue | None = None
    """Share of the market value of the metal in it"""
    charge: PerTonne = 0.0
    """Charge a tonne of concentrate, off the price; with of_value"""
    margin: Share | None = None
    """Share of its receipts that the buyer keeps; with netback"""
    markup: Markup | None = None
    """Markup on the seller's operating cost; with cost_plus"""

    @model_validator(mode="after")
    def _one_price(self) -> IntermediateSale:
        needed = {"of_value": "of_value", "netback": "margin", "cost_plus": "markup"}[self.price]
        for field in ("of_value", "margin", "markup"):
            if (getattr(self, field) is not None) != (field == needed):
                raise fault(f"price: {self.price} goes with {needed}, and with none of the others")
        if self.buyer == (self.venture or VENTURE):
            raise fault(f"'{self.buyer}' cannot sell to itself; name another venture of the deal")
        return self

    class Rows(Block):
        sold = Row("Concentrate sold", unit="t")
        value = Row("Market value of the metal in it")
        price = Row("Paid by the buyer")
        of_value = Row("Price as a share of market value", unit="%", total="none")
        forgone = Row("Market value less price")

    def apply(self, ledger: Ledger) -> None:
        """The seller's revenue is the buyer's operating cost; together nothing changes but where profit is taxed."""
        if self.buyer not in ledger.ventures or self.buyer in MARKET:
            raise GraphError(f"buyer: '{self.buyer}' is not a venture of the deal; ventures are: {', '.join(ledger.ventures)}")
        rows = self.Rows(ledger.graph, self.name, self.heading)
        buyer = ledger.of(self.buyer)
        share = self.given(ledger, "share")
        if self.product == "concentrate":
            made = ledger.read(Measure.CONCENTRATE, by=self.name)
            rows.sold = made * share
            ledger.record(Measure.TREATED, rows.sold, by=self.name)
            buyer.record(Measure.CONCENTRATE, rows.sold, by=self.name)
        content = Measure.IN_CONCENTRATE if self.product == "concentrate" else Measure.RECOVERED
        values = []
        for metal in self.metals:
            sold = rows.define(
                f"metal_{metal}", f"{metal.capitalize()} sold", ledger.read(content, of=metal, by=self.name) * share
            )
            worth = ledger.in_money(sold * ledger.read(Measure.PRICE, of=metal, by=self.name))
            value = rows.define(f"value_{metal}", f"Market value of {metal} sold", worth)
            buyer.record(content, sold, of=metal, by=self.name)
            ledger.record(Measure.PAYABLE, sold, of=metal, by=self.name)
            ledger.record(Measure.METAL_VALUE, value, of=metal, by=self.name)
            values.append(value)
        rows.value = add_up(values)
        buyer.record(Measure.FEED_VALUE, rows.value, by=self.name)
        rows.price = self._price(ledger, buyer, rows)
        rows.of_value = ratio(rows.price, rows.value)
        ledger.record(Measure.GROSS_VALUE, rows.value, by=self.name)
        ledger.record(Measure.NET_SMELTER_RETURN, rows.price, by=self.name)
        ledger.post_between(Account.REVENUE, rows.price, buyer=self.buyer, bought=Account.OPERATING)
        if self.price == "cost_plus":
            self._warn(ledger, buyer, rows)

    def _warn(self, ledger: Ledger, buyer: Ledger, rows: Rows) -> None:
        """A price by cost leaves the metal's value to the buyer's owners, which are not the seller's (terms.md C19)."""
        rows.forgone = rows.value - rows.price
        apart = []
        for party in ledger.parties:
            if party not in ledger.ventures:
                here, there = (one.optional(Measure.INTEREST, of=party) for one in (ledger, buyer))
                apart.append(max_(here - there, there - here))
        text = f"{self.heading}: a price by cost moves value between owners, as their interests in the two ventures differ"
        ledger.warn(f"{self.name}_moves_value", text, (add_up(apart) > ledger.part_of_step) * (rows.value > ledger.trifle))

    def _price(self, ledger: Ledger, buyer: Ledger, rows: Rows) -> Expr:
        if self.price == "of_value":
            price: Expr = rows.value * self.given(ledger, "of_value")
            if self.charge and self.product == "concentrate":
                price = price - ledger.escalated(ledger.in_money(rows.sold * self.given(ledger, "charge")), "real")
            return price
        if self.price == "netback":
            receipts: Ref = buyer.net(Group.RECEIPTS)
            costs = buyer.total(Account.OPERATING, payee=SUPPLIERS)
            left = max_(receipts * (1 - self.given(ledger, "margin")) - costs, 0)
            return left * ratio(rows.value, buyer.read(Measure.FEED_VALUE, by=self.name))
        return ledger.total(Account.OPERATING, payee=SUPPLIERS) * (1 + self.given(ledger, "markup"))
