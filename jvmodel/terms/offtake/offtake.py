"""Offtake: a party takes a share of a metal, or so many tonnes, at the contract's price (terms.md E1 to E4)."""

from __future__ import annotations

from typing import Annotated, Literal

from pydantic import Field, model_validator

from jvmodel.allocation import Allocation, for_contracts, market_price, warn_of_a_transfer
from jvmodel.graph import Expr, Row, max_, ratio, where
from jvmodel.inputs import Date, Measured, Metal, Party, Phase, Record, Series, Share, SignedPerTonne, fault
from jvmodel.ledger import CUSTOMERS, VENTURE, Account, Ledger, Measure
from jvmodel.settlement import ProvisionalPricing, settled
from jvmodel.term import Term

ShareOfOutput = Annotated[float, Measured(show="%", low=0.0, high=1.0)]
Discount = Annotated[float, Measured(show="%", low=-0.5, high=0.9)]
TonnesAYear = Annotated[float, Measured("t/year", low=0.0)]
FixedPrice = Annotated[Series, Measured("$/t", gaps="outside", low=0.0)]
Markup = Annotated[float, Measured(show="%", low=-0.9, high=10.0)]
ProductShare = Annotated[float, Measured(show="%", low=0.0, high=1.0)]


class Tolerance(Record):
    """A right to take, or deliver, somewhat more or less."""

    share: Annotated[float, Measured(show="%", low=0.0, high=0.5)]
    """share of the quantity by which it may differ"""
    option: Literal["buyer", "seller"]
    """Whose option it is; it is used to the full, one way or the other, as the contract price lies below or above the market"""


class Renewal(Record):
    """A chance that the contract is renewed when it ends."""

    chance: Share
    """chance of renewal; 100% or 0% in a trial"""
    until: Date
    """First month after the renewed contract"""


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
    tolerance: Tolerance | None = None
    """Tolerance of the quantity"""
    rank: Annotated[int, Field(ge=1, le=20)] = 1
    """Which contracts come first when there is not enough; those of one rank share alike, and the host's may be first"""
    fixed: FixedPrice | None = None
    """Fixed or regulated price a tonne, instead of the market price"""
    fixed_in: Literal["real", "nominal"] = "real"
    """Whether a fixed price grows with inflation (money of the base date) or is in the money of each year"""
    of_product: ProductShare | None = None
    """Share of the market price of what the buyer makes of it, such as of refined metal, instead of the market price"""
    product: Metal | None = None
    """What the buyer makes of it; with of_product"""
    conversion: SignedPerTonne = 0.0
    """Conversion cost a tonne that comes off that price; with of_product"""
    cost_plus: Markup | None = None
    """Markup on operating and selling cost a tonne of the metal, instead of the market price"""
    discount: Discount = 0.0
    """Discount from that price; a negative one is a premium"""
    discount_per_tonne: SignedPerTonne = 0.0
    """Discount a tonne of metal in addition, such as delivery cost, in money of the base date"""
    floor: Annotated[float, Measured("$/t", low=0.0)] | None = None
    """Least price a tonne under the contract, in money of the base date"""
    ceiling: Annotated[float, Measured("$/t", low=0.0)] | None = None
    """Highest price a tonne under the contract, in money of the base date"""
    kept: Share = 0.0
    """Share of a move beyond floor or ceiling that the venture keeps; 0% is a full collar"""
    pricing: ProvisionalPricing | None = None
    """Quotational period of this buyer; paid provisionally, and in the end at the contract price of a later month"""
    own_margin: SignedPerTonne = 0.0
    """Buyer's own margin downstream a tonne, in money of the base date; its gain beside the venture"""
    until: Date | None = None
    """First month after the contract; the whole life when neither date nor phase is given"""
    during: Phase | None = None
    """Phase of the contract; instead of a date"""
    renewal: Renewal | None = None
    """Renewal of a contract that has an end; otherwise its metal goes to the market at spot"""

    @model_validator(mode="after")
    def _whole(self) -> Offtake:
        if (self.share is None) == (self.volume is None):
            raise fault("give share (of the metal sold) or volume (tonnes a year), one of the two")
        if sum(one is not None for one in (self.fixed, self.of_product, self.cost_plus)) > 1:
            raise fault("give fixed, of_product or cost_plus, one price formula; the market price when none is given")
        if (self.of_product is None) != (self.product is None):
            raise fault("of_product and product go together: which price, and how much of it; give both or neither")
        if self.conversion and self.of_product is None:
            raise fault("conversion goes with of_product; use discount_per_tonne for any other price")
        if self.floor is not None and self.ceiling is not None and self.floor > self.ceiling:
            raise fault(f"the floor {self.floor:g} is above the ceiling {self.ceiling:g}")
        return self

    @model_validator(mode="after")
    def _dates(self) -> Offtake:
        if self.until is not None and self.during is not None:
            raise fault("give until (a date) or during (a phase), not both")
        if self.renewal is not None and self.until is None:
            raise fault("renewal goes with until: a contract without an end is not renewed")
        if self.renewal is not None and self.until is not None and self.renewal.until.index <= self.until.index:
            raise fault(f"renewal: it ends in {self.renewal.until}, not after {self.until}; give a later date")
        return self

    class Rows(Allocation):
        market = Row("Market price a tonne", total="none")
        contract = Row("Contract price a tonne", total="none")
        at_market = Row("Market value of what it takes")
        paid = Row("Paid by the buyer")
        discount = Row("Value of the discount to the buyer")
        own_margin = Row("Buyer's own margin downstream")

    def apply(self, ledger: Ledger) -> None:
        """Sales are booked at market price; the buyer is paid the difference to the contract price on what it takes."""
        rows = self.Rows(ledger.graph, self.name, self.heading)
        rows.market = market_price(ledger, self.metal, self.name)
        contract = self._index(ledger, rows) * (1 - self.given(ledger, "discount"))
        contract = contract - ledger.escalated(self.given(ledger, "discount_per_tonne"), "real")
        rows.contract = self._within(ledger, contract)
        rows.share_in(ledger, self.metal, self._wanted(ledger, rows), self.rank)
        rows.at_market = ledger.in_money(rows.market * rows.taken)
        rows.paid = self._paid(ledger, rows)
        rows.discount = rows.at_market - rows.paid
        ledger.post(Account.OFFTAKE, rows.discount, payer=VENTURE, payee=self.buyer, of="price")
        warn_of_a_transfer(ledger, self.name, self.heading, self.buyer, rows.discount)
        if self.own_margin:
            rows.own_margin = ledger.escalated(ledger.in_money(rows.taken * self.given(ledger, "own_margin")), "real")
            ledger.post(Account.DOWNSTREAM, rows.own_margin, payer=CUSTOMERS, payee=self.buyer)

    def _index(self, ledger: Ledger, rows: Rows) -> Expr:
        """The price that the formula starts from: the market's, a fixed one, cost, or part of that of the buyer's product."""
        if self.fixed is not None:
            return ledger.escalated(self.given(ledger, "fixed"), self.fixed_in)
        if self.cost_plus is not None:
            cost = ledger.total(Account.OPERATING, payer=VENTURE) + ledger.total(Account.SELLING, payer=VENTURE)
            of_metal = ratio(ledger.read(Measure.METAL_VALUE, of=self.metal, by=self.name), ledger.total(Account.REVENUE))
            mass = ledger.mass_unit(self.metal)
            tonnes = ledger.mass(ledger.read(Measure.PAYABLE, of=self.metal, by=self.name), mass, "t")
            single = cost * of_metal * ledger.graph.conversion(ledger.currency, ledger.money)
            rows.define("cost", "Operating and selling cost a tonne", ratio(single, tonnes), total="none")
            return rows.ref("cost") * (1 + self.given(ledger, "cost_plus"))
        if self.of_product is None or self.product is None:
            return rows.market
        tonne = market_price(ledger, self.product, self.name)
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
        if self.renewal is not None:
            assert self.until is not None
            window = window + ledger.between(self.until, self.renewal.until) * self.given(ledger, "renewal.chance")
        if self.share is not None:
            wanted = for_contracts(ledger, self.metal, self.name) * self.given(ledger, "share") * window
        else:
            wanted = self.given(ledger, "volume") * ledger.period_years * window
        if self.tolerance is None:
            return wanted
        more = rows.contract < rows.market if self.tolerance.option == "buyer" else rows.contract > rows.market
        less = rows.contract > rows.market if self.tolerance.option == "buyer" else rows.contract < rows.market
        return wanted * (1 + self.given(ledger, "tolerance.share") * (where(more, 1, 0) - where(less, 1, 0)))

    def _paid(self, ledger: Ledger, rows: Rows) -> Expr:
        """At the price of the period, or provisionally and then at that of the quotational period (terms.md A7)."""
        if self.pricing is None:
            return ledger.in_money(rows.contract * rows.taken)
        months, share = self.given(ledger, "pricing.months"), self.given(ledger, "pricing.provisional")
        name = f"{self.name}.settlement"
        return settled(ledger, name, self.heading, self.pricing, months, share, rows.taken, rows.contract) + 0
