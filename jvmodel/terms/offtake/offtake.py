"""Offtake: a party takes a share of a metal at the contract's price (terms.md E1)."""

from __future__ import annotations

from typing import Annotated, Literal

from pydantic import Field, model_validator

from jvmodel.graph import Block, Expr, Row, max_, min_, ratio
from jvmodel.inputs import Date, Measured, Metal, Party, Phase, Share, SignedPerTonne, fault
from jvmodel.ledger import CUSTOMERS, VENTURE, Account, Ledger, Measure
from jvmodel.term import Term

ShareOfOutput = Annotated[float, Measured(show="%", low=0.0, high=1.0)]
Discount = Annotated[float, Measured(show="%", low=-0.5, high=0.9)]
TonnesAYear = Annotated[float, Measured("t/year", low=0.0)]

ProductShare = Annotated[float, Measured(show="%", low=0.0, high=1.0)]


class Offtake(Term):
    """A buyer's right to part of the metal sold, at the market price less a discount (or plus a premium)."""

    kind: Literal["offtake"] = "offtake"
    buyer: Party
    """Party that takes the metal"""
    metal: Metal
    """Metal taken"""
    share: ShareOfOutput | None = None
    """Share of the payable metal sold that the buyer takes"""
    volume: TonnesAYear | None = None
    """Tonnes of payable metal a year that the buyer takes; pro rata with other contracts when there is not enough"""
    rank: Annotated[int, Field(ge=1, le=20)] = 1
    """Which contracts come first when there is not enough; those of one rank share alike"""
    fixed: Annotated[float, Measured("$/t", low=0.0)] | None = None
    """Fixed price a tonne in money of the base date, instead of the market price"""
    of_product: ProductShare | None = None
    """Share of the market price of what the buyer makes of it, such as of refined metal, instead of the market price"""
    product: Metal | None = None
    """What the buyer makes of it; with of_product"""
    conversion: SignedPerTonne = 0.0
    """Conversion cost a tonne that comes off that price; with of_product"""
    discount: Discount = 0.0
    """Discount from the market price; a negative one is a premium"""
    discount_per_tonne: SignedPerTonne = 0.0
    """Discount a tonne of metal, in addition"""
    floor: Annotated[float, Measured("$/t", low=0.0)] | None = None
    """Least price a tonne under the contract"""
    ceiling: Annotated[float, Measured("$/t", low=0.0)] | None = None
    """Highest price a tonne under the contract"""
    own_margin: SignedPerTonne = 0.0
    """Buyer's own margin downstream a tonne, in money of the base date; its gain beside the venture"""
    kept: Share = 0.0
    """Share of a move beyond floor or ceiling that the venture keeps; 0% is a full collar"""
    until: Date | None = None
    """First month after the contract; the whole life when neither date nor phase is given"""
    during: Phase | None = None
    """Phase of the contract; instead of a date"""

    @model_validator(mode="after")
    def _whole(self) -> Offtake:
        if (self.share is None) == (self.volume is None):
            raise fault("give share (of the metal sold) or volume (tonnes a year), one of the two")
        if self.fixed is not None and self.of_product is not None:
            raise fault("give fixed or of_product, one price formula; the market price when neither is given")
        if (self.of_product is None) != (self.product is None):
            raise fault("of_product and product go together: which price, and how much of it; give both or neither")
        if self.conversion and self.of_product is None:
            raise fault("conversion goes with of_product; use discount_per_tonne for any other price")
        if self.until is not None and self.during is not None:
            raise fault("give until (a date) or during (a phase), not both")
        if self.floor is not None and self.ceiling is not None and self.floor > self.ceiling:
            raise fault(f"the floor {self.floor:g} is above the ceiling {self.ceiling:g}")
        return self

    class Rows(Block):
        available = Row("Payable metal sold", unit="t")
        wanted = Row("Metal wanted under the contract", unit="t")
        taken = Row("Metal taken under the contract", unit="t")
        market = Row("Market price a tonne", total="none")
        contract = Row("Contract price a tonne", total="none")
        discount = Row("Value of the discount to the buyer")
        own_margin = Row("Buyer's own margin downstream")

    def apply(self, ledger: Ledger) -> None:
        """Sales are booked at market price; the buyer is paid the difference to the contract price on what it takes."""
        rows = self.Rows(ledger.graph, self.name, self.heading)
        mass = ledger.mass_unit(self.metal)
        sold = ledger.read(Measure.PAYABLE, of=self.metal, by=self.name)
        rows.available = ledger.mass(sold, mass, "t")
        rows.wanted = self._wanted(ledger, rows)
        first, alike = ledger.claim(self.metal, rows.wanted, self.rank)
        left = max_(rows.available - first, 0) if self.rank > 1 else rows.available
        rows.taken = rows.wanted * min_(ratio(left, alike, 1), 1)
        price = ledger.read(Measure.PRICE, of=self.metal, by=self.name)
        rows.market = price if mass == "t" else price * ledger.per_tonne(mass)
        contract = self._index(ledger, rows) * (1 - self.given(ledger, "discount"))
        contract = contract - ledger.escalated(self.given(ledger, "discount_per_tonne"), "real")
        rows.contract = self._within(ledger, contract)
        rows.discount = ledger.in_money((rows.market - rows.contract) * rows.taken)
        ledger.post(Account.OFFTAKE, rows.discount, payer=VENTURE, payee=self.buyer)
        if self.own_margin:
            rows.own_margin = ledger.escalated(ledger.in_money(rows.taken * self.given(ledger, "own_margin")), "real")
            ledger.post(Account.DOWNSTREAM, rows.own_margin, payer=CUSTOMERS, payee=self.buyer)

    def _index(self, ledger: Ledger, rows: Rows) -> Expr:
        """The price that the formula starts from: the market's, a fixed one, or part of that of the buyer's product."""
        if self.fixed is not None:
            return ledger.escalated(self.given(ledger, "fixed"), "real")
        if self.of_product is None or self.product is None:
            return rows.market
        mass = ledger.mass_unit(self.product)
        price: Expr = ledger.read(Measure.PRICE, of=self.product, by=self.name)
        tonne = price if mass == "t" else price * ledger.per_tonne(mass)
        return tonne * self.given(ledger, "of_product") - ledger.escalated(self.given(ledger, "conversion"), "real")

    def _within(self, ledger: Ledger, contract: Expr) -> Expr:
        """Between floor and ceiling; beyond them the venture keeps its share of the move (terms.md E3)."""
        borne = 1 - self.given(ledger, "kept")
        floor = ledger.escalated(self.given(ledger, "floor"), "real") if self.floor is not None else None
        ceiling = ledger.escalated(self.given(ledger, "ceiling"), "real") if self.ceiling is not None else None
        within = contract
        if floor is not None:
            within = within + max_(floor - contract, 0) * borne
        if ceiling is not None:
            within = within - max_(contract - ceiling, 0) * borne
        return within

    def _wanted(self, ledger: Ledger, rows: Rows) -> Expr:
        window = ledger.window(self.until, self.during)
        if self.share is not None:
            return rows.available * self.given(ledger, "share") * window
        return self.given(ledger, "volume") * ledger.period_years * window
