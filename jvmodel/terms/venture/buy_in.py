"""Buy-in: cash for an interest, to the partner that sells it or into the venture; back costs (terms.md C4)."""

from __future__ import annotations

from typing import Literal

from pydantic import Field, model_validator

from jvmodel.graph import Block, Expr, Row, add_up, ratio
from jvmodel.inputs import Date, Money, Party, Share, Uplift, fault
from jvmodel.ledger import VENTURE, Account, Ledger, Measure
from jvmodel.partners import calls_on, interests
from jvmodel.term import Term


class BuyIn(Term):
    """A partner buys an interest: from others for a price and past costs, or newly issued for cash into the venture."""

    kind: Literal["buy_in"] = "buy_in"
    buyer: Party
    """Partner that comes in or buys more"""
    sellers: tuple[Party, ...] = Field(min_length=1)
    """Partners whose interests go down, by what they hold"""
    date: Date
    """Month of payment; the interest moves at the beginning of the next period"""
    interest: Share | None = None
    """Interest bought from the sellers"""
    price: Money | None = None
    """Price; to the sellers, or with value_before into the venture"""
    back_costs: Uplift | None = None
    """Uplift on the sellers' past calls, of which the buyer pays its share; 0% is at cost"""
    value_before: Money | None = Field(default=None, gt=0)
    """Value of the venture before the buyer's money, where that goes into the venture: interest = price ÷ (value + price)"""

    @model_validator(mode="after")
    def _one_way(self) -> BuyIn:
        if self.buyer in self.sellers:
            raise fault(f"'{self.buyer}' cannot buy from itself")
        if self.value_before is None and (self.interest is None or (self.price is None and self.back_costs is None)):
            raise fault("give interest with price, back_costs or both; or price with value_before, for money into the venture")
        if self.value_before is not None and (self.price is None or self.interest is not None or self.back_costs is not None):
            raise fault("with value_before give price alone: the interest follows from both")
        return self

    def announces(self) -> tuple[Account | Measure, ...]:
        """What is paid, and interests that move."""
        return (Account.SUBSCRIPTION if self.value_before is not None else Account.INTEREST_SALE, Measure.TRANSFER)

    class Rows(Block):
        past = Row("Calls on the sellers to date", total="last")
        costs = Row("Back costs")
        price = Row("Price")
        bought = Row("Interest bought", unit="%", total="none")
        held = Row("Interests of the sellers", unit="%", total="none")

    def apply(self, ledger: Ledger) -> None:
        """Secondary: cash to the sellers, the venture is untouched; primary: cash into the venture, everybody is diluted."""
        rows = self.Rows(ledger.graph, self.name, self.heading)
        when = ledger.at(self.date)
        held = interests(ledger, self.sellers, self.name)
        rows.held = add_up(held.values())
        paid: Expr = ledger.nothing
        if self.price is not None:
            rows.price = ledger.todays_money(self.given(ledger, "price")) * when
            paid = rows.price
        if self.value_before is not None:
            price = self.given(ledger, "price")
            rows.bought = ratio(price, self.given(ledger, "value_before") + price) * when
            ledger.post(Account.SUBSCRIPTION, rows.price, payer=self.buyer, payee=VENTURE)
        else:
            rows.bought = self.given(ledger, "interest") * when
        if self.back_costs is not None:
            rows.past = ledger.brought_forward(rows.past) + add_up([calls_on(ledger, seller) for seller in self.sellers])
            share = ratio(rows.bought, rows.held) * (1 + self.given(ledger, "back_costs"))
            rows.costs = rows.past * share
            paid = paid + rows.costs
        for seller, share in held.items():
            who, part = ledger.parties[seller], ratio(share, rows.held)
            if self.value_before is None:
                row = rows.define(f"to_{seller}", f"Paid to {who}", paid * part)
                ledger.post(Account.INTEREST_SALE, row, payer=self.buyer, payee=seller)
            sold = rows.define(f"from_{seller}", f"Interest that moves from {who}", 0 - rows.bought * part, "%", "none")
            ledger.record(Measure.TRANSFER, sold, of=seller, by=self.name)
        ledger.record(Measure.TRANSFER, rows.bought, of=self.buyer, by=self.name)
