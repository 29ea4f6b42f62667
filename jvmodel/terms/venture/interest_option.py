"""Options on an interest, and its sale: call, put and exit, at a price, at value, or at cost with a return (terms.md C16)."""

from __future__ import annotations

from typing import Annotated, Literal

from pydantic import Field, model_validator

from jvmodel.graph import Block, Const, Expr, Row, add_up, lead, max_, power, ratio
from jvmodel.inputs import Date, Measured, Money, Party, Rate, Share, fault
from jvmodel.ledger import VENTURE, Account, Group, Ledger, Measure
from jvmodel.partners import all_paid_by, all_received_by, calls_on
from jvmodel.term import Term

OfValue = Annotated[float, Measured(show="%", low=0.0, high=3.0)]


class InterestOption(Term):
    """A right to buy (call) or sell (put) an interest on a date, or its outright sale."""

    kind: Literal["interest_option"] = "interest_option"
    right: Literal["call", "put", "sale", "buy_sell"]
    """call (the buyer decides), put (the seller decides), sale (agreed), or buy_sell: the buyer names a price at which the seller
    sells, or buys as much from it"""
    buyer: Party
    """Partner that buys"""
    seller: Party
    """Partner that sells"""
    interest: Share = Field(gt=0)
    """Interest"""
    date: Date
    """Month of exercise; the interest moves at the beginning of the next period"""
    price: Money | None = None
    """Price"""
    of_value: OfValue | None = None
    """Price as a share of fair value; below 100% is a discount"""
    cost_return: Rate | None = None
    """Price as what the seller has paid in less what it received, with this return"""
    ebitda_multiple: Annotated[float, Measured(above=0.0, high=100.0)] | None = None
    """Price as a multiple of a year's revenue less costs, royalties and levies, less debt"""
    gains_tax: Share = 0.0
    """Tax on the seller's gain: the price less its calls to date for the interest sold"""
    gains_holder: Party | None = None
    """State that taxes the gain"""
    first_refusal: dict[Party, Share] = Field(default_factory=dict)
    """Share of the interest that a partner takes up at the same price instead of the buyer"""
    along: dict[Party, Share] = Field(default_factory=dict)
    """Interest that a partner sells along at the same price; by right (tag) or duty (drag)"""
    value_rate: Rate
    """Discount rate of fair value: later distributions less calls, with the foresight of the model"""

    @model_validator(mode="after")
    def _one_price(self) -> InterestOption:
        given = [name for name in ("price", "of_value", "cost_return", "ebitda_multiple") if getattr(self, name) is not None]
        if len(given) != 1:
            raise fault("say the price once: price (an amount), of_value (a share of fair value), cost_return or ebitda_multiple")
        if bool(self.gains_tax) != (self.gains_holder is not None):
            raise fault("gains_tax and gains_holder go together: how much of the gain, and who taxes it; give both or neither")
        if self.buyer == self.seller:
            raise fault(f"'{self.buyer}' cannot buy from itself")
        if sum(self.first_refusal.values()) > 1 + 1e-9:
            raise fault("first_refusal: partners take up more than the whole interest; the shares add up to at most 100%")
        if {self.buyer, self.seller} & {*self.first_refusal, *self.along} or set(self.first_refusal) & set(self.along):
            raise fault("first_refusal and along name other partners than buyer and seller, each in one place")
        if self.right == "buy_sell" and (self.first_refusal or self.along):
            raise fault("a buy_sell is between two partners; leave first_refusal and along out")
        return self

    def announces(self) -> tuple[Account | Measure, ...]:
        """The price, and interests that move."""
        return (Account.INTEREST_SALE, Measure.TRANSFER, Measure.EQUITY_FLOW, Measure.LOANS_SOLD)

    class Rows(Block):
        flow = Row("Distributions less calls, all partners")
        value = Row("Value of what is still to come, all partners", total="none")
        fair = Row("Fair value of the interest", total="none")
        account = Row("Paid in by the seller less received, with its return", total="none")
        earned = Row("Revenue less costs, royalties and levies, a year", total="none")
        owned = Row("Worth of all interests by the multiple, less debt", total="none")
        strike = Row("Price of the interest", total="none")
        exercised = Row("Exercised; below nil where the seller buys instead", unit="1", total="none")
        paid = Row("Paid for the interest")
        moves = Row("Interest that moves to the buyer", unit="%", total="none")

    def apply(self, ledger: Ledger) -> None:
        """Value = (value + flow of the next period) ÷ (1 + rate); exercised where it is worth more than its price, or less."""
        rows = self.Rows(ledger.graph, self.name, self.heading)
        rows.flow = ledger.read(Measure.EQUITY_FLOW, by=self.name) + 0
        rate = power(1 + self.given(ledger, "value_rate"), ledger.period_years)
        rows.value = (lead(rows.value) + lead(rows.flow)) * ratio(ledger.grown, rate)
        rows.fair = rows.value * self.given(ledger, "interest")
        rows.strike = self._strike(ledger, rows)
        when = ledger.at(self.date)
        if self.right == "sale":
            rows.exercised = when + 0
        elif self.right == "buy_sell":
            rows.exercised = when * (1 - (rows.fair > rows.strike) - (rows.fair > rows.strike))
        else:
            gain = rows.fair - rows.strike if self.right == "call" else rows.strike - rows.fair
            rows.exercised = when * (gain > 0)
        rows.paid = rows.strike * rows.exercised
        rows.moves = rows.exercised * self.given(ledger, "interest")
        sold = {self.seller: (rows.paid + 0, rows.moves + 0)}
        for partner in self.along:
            part = ratio(self.given(ledger, f"along.{partner}"), self.given(ledger, "interest"))
            sold[partner] = (rows.paid * part, rows.moves * part)
        taken = {one: self.given(ledger, f"first_refusal.{one}") for one in self.first_refusal}
        bought: dict[str, Expr] = {self.buyer: 1 - add_up(taken.values()) if taken else Const(1.0), **taken}
        for seller, (price, interest) in sold.items():
            self._settle(ledger, rows, seller, price, interest, bought)

    def _settle(self, ledger: Ledger, rows: Rows, seller: str, price: Expr, interest: Expr, bought: dict[str, Expr]) -> None:
        """One seller's interest goes to the buyers, and their money to it."""
        who = ledger.parties[seller]
        given_up = rows.define(f"gives_up_{seller}", f"Interest that moves from {who}", 0 - interest, "%", "none")
        ledger.record(Measure.TRANSFER, given_up, of=seller, by=self.name)
        for buyer, share in bought.items():
            name = ledger.parties[buyer]
            paid = rows.define(f"paid_{buyer}_{seller}", f"Paid by {name} to {who}", price * share)
            moved = rows.define(
                f"moves_{buyer}_{seller}", f"Interest that moves from {who} to {name}", interest * share, "%", "none"
            )
            ledger.post(Account.INTEREST_SALE, paid, payer=buyer, payee=seller)
            ledger.record(Measure.TRANSFER, moved, of=buyer, by=self.name)
            if ledger.has(Account.PARTNER_LOANS):
                self._sell_loans(ledger, seller, buyer, moved)
                self._sell_loans(ledger, buyer, seller, 0 - moved)
        if self.gains_holder is not None:
            self._tax(ledger, rows, seller, price, interest)

    def _sell_loans(self, ledger: Ledger, seller: str, buyer: str, moved: Expr) -> None:
        """Shareholder loans go along with the interest, in proportion: fair value counts their service."""
        held = ledger.read(Measure.INTEREST, of=seller, by=self.name)
        ledger.record(Measure.LOANS_SOLD, ratio(max_(moved, 0), held), of=f"{seller}/{buyer}", by=self.name)

    def _tax(self, ledger: Ledger, rows: Rows, seller: str, price: Expr, interest: Expr) -> None:
        """Rate × gain over the part of the seller's calls to date that was paid for the interest; where the seller buys, none."""
        assert self.gains_holder is not None
        who, paid = ledger.parties[seller], rows.ref(f"cost_{seller}")
        to_date = ledger.brought_forward(paid) + calls_on(ledger, seller)
        rows.define(f"cost_{seller}", f"Calls on {who} to date", to_date, total="last")
        held = ledger.read(Measure.INTEREST, of=seller, by=self.name)
        gain = rows.define(f"gain_{seller}", f"Gain of {who}", max_(price - paid * ratio(interest, held), 0))
        tax = rows.define(f"tax_{seller}", f"Tax on the gain of {who}", gain * self.given(ledger, "gains_tax"))
        ledger.post(Account.GAINS_TAX, tax, payer=seller, payee=self.gains_holder)

    def _strike(self, ledger: Ledger, rows: Rows) -> Expr:
        """A price is never negative: an interest that is worth less than nothing changes hands for nothing."""
        if self.price is not None:
            return ledger.todays_money(self.given(ledger, "price")) + 0
        if self.ebitda_multiple is not None:
            taken = add_up([ledger.total(one, payer=VENTURE) for one in (Account.ROYALTIES, Account.LEVIES)])
            rows.earned = (ledger.net(Group.OPERATING_CASH) - taken) / ledger.share_of_year
            rows.owned = rows.earned * self.given(ledger, "ebitda_multiple") - ledger.optional(Measure.SENIOR_DEBT)
            return max_(rows.owned, 0) * self.given(ledger, "interest")
        if self.of_value is not None:
            return max_(rows.fair, 0) * self.given(ledger, "of_value")
        grown = power(1 + self.given(ledger, "cost_return"), ledger.period_years)
        put_in = all_paid_by(ledger, self.seller) - all_received_by(ledger, self.seller)
        rows.account = ledger.brought_forward(rows.account) * grown + put_in
        held = ledger.read(Measure.INTEREST, of=self.seller, by=self.name)
        return max_(rows.account, 0) * ratio(self.given(ledger, "interest"), held)
