"""Metal stream: a deposit against metal delivered below the market for the life of the mine (terms.md D12, E1).

Where it is delivered in metal, it comes out of the tonnes that contracts share, by its rank. Often the venture sells all of its
output to whom it likes and delivers as much in credits or warrants bought on an exchange (Quintana Resources, Streaming):
contracts then share all tonnes, and only money is given up.
"""

from __future__ import annotations

from typing import Annotated, Literal

from pydantic import Field, model_validator

from jvmodel.allocation import Allocation
from jvmodel.graph import Expr, Row, lag, max_, min_, ratio
from jvmodel.inputs import Date, Measured, Metal, Money, Party, Record, Series, Share, Tonnes, fault
from jvmodel.ledger import VENTURE, Account, Ledger, Measure
from jvmodel.term import Term

Deposit = Annotated[Series, Measured("$m/year", per_year=True, gaps="zero", low=0.0)]


class BuyDown(Record):
    """The venture's option to buy back part of the stream for a fixed sum."""

    date: Date
    """When it is used; deliveries fall from the next period on"""
    share: Share
    """share of the deliveries that is bought"""
    price: Money
    """price, in nominal money"""


class Stream(Term):
    """A buyer pays a deposit and then takes a share of the metal at a fraction of its price."""

    kind: Literal["stream"] = "stream"
    buyer: Party
    """Party that pays the deposit and takes the metal"""
    metal: Metal
    """Metal delivered"""
    deposit: Deposit
    """Deposit by year, in nominal money"""
    share: Share = Field(gt=0)
    """Share of the payable metal that is delivered"""
    payment: Share = 0.2
    """Share of the market price paid until the deposit has been credited"""
    payment_after: Share = 0.2
    """Share of the market price paid once the deposit has been credited"""
    step_down_after: Tonnes | None = None
    """Tonnes delivered after which the share steps down"""
    share_after: Share | None = None
    """Share of the payable metal after that"""
    delivered: Literal["metal", "credits"] = "metal"
    """Whether it is delivered out of the metal that contracts share, or in credits bought on the market, beside it"""
    rank: Annotated[int, Field(ge=1, le=20)] = 1
    """Which contracts come first when there is not enough; those of one rank share alike"""
    buy_down: BuyDown | None = None
    """Buy-down"""

    @model_validator(mode="after")
    def _step(self) -> Stream:
        if (self.step_down_after is None) != (self.share_after is None):
            raise fault("step_down_after and share_after go together; give both or neither")
        if self.payment >= 1:
            raise fault("a payment of 100% of the price never credits the deposit; give a lower share")
        return self

    def announces(self) -> tuple[Account | Measure, ...]:
        """Deposit and deliveries."""
        return (Account.STREAM, Account.STREAM_DEPOSIT, Measure.DEPOSIT_EARNED)

    class Rows(Allocation):
        deposit = Row("Deposit")
        payable = Row("Payable metal", unit="t")
        bought = Row("Share of the deliveries that has been bought", unit="%", total="none")
        buy_price = Row("Paid to buy the stream down")
        covered = Row("Payable metal that the stream still covers", unit="t")
        before = Row("Delivered before the share steps down", unit="t")
        delivered = Row("Metal delivered", unit="t")
        to_date = Row("Delivered to date", unit="t", total="last")
        value = Row("Market value of metal delivered")
        opening = Row("Deposit not yet credited, brought forward", total="none")
        credit = Row("Credited against the deposit")
        closing = Row("Deposit not yet credited, carried forward", total="last")
        earned = Row("Deposit taken to income: as credited, the rest at the end")
        early = Row("Share of deliveries at the first price", unit="%", total="none")
        paid = Row("Paid by the buyer on delivery")
        given_up = Row("Value given up: market value less payment")

    def apply(self, ledger: Ledger) -> None:
        """Credit = min(deposit left, (1 − payment) × value); deliveries beyond it are paid at the later share of the price."""
        rows = self.Rows(ledger.graph, self.name, self.heading)
        rows.deposit = ledger.todays_money(self.given(ledger, "deposit")) + 0
        sold = ledger.read(Measure.PAYABLE, of=self.metal, by=self.name)
        rows.payable = ledger.mass(sold, ledger.mass_unit(self.metal), "t")
        if self.buy_down is not None:
            self._buy_down(ledger, rows, self.buy_down)
        covered = self._delivered(ledger, rows)
        if self.delivered == "metal":
            rows.share_in(ledger, self.metal, covered, self.rank)
            short = rows.wanted - rows.taken > ledger.trifling_mass
            ledger.warn(f"{self.name}_short", f"{self.heading}: other contracts leave less than it covers", short)
            covered = rows.taken + 0
        rows.delivered = covered
        price = ledger.read(Measure.PRICE, of=self.metal, by=self.name)
        rows.value = ledger.in_money(ledger.mass(rows.delivered, "t", ledger.mass_unit(self.metal)) * price)
        first, later = self.given(ledger, "payment"), self.given(ledger, "payment_after")
        rows.opening = ledger.brought_forward(rows.closing)
        at_most = rows.value * (1 - first)
        rows.credit = min_(rows.opening + rows.deposit, at_most)
        rows.closing = rows.opening + rows.deposit - rows.credit
        rows.earned = rows.credit + rows.closing * ledger.last
        ledger.record(Measure.DEPOSIT_EARNED, rows.earned, by=self.name)
        rows.early = ratio(rows.credit, at_most)
        rows.paid = rows.value * (rows.early * first + (1 - rows.early) * later)
        rows.given_up = rows.value - rows.paid
        left = rows.closing * ledger.last > ledger.trifle
        ledger.warn(f"{self.name}_deposit", f"{self.heading}: part of the deposit is never credited by deliveries", left)
        ledger.post(Account.STREAM_DEPOSIT, rows.deposit, payer=self.buyer, payee=VENTURE)
        ledger.post(Account.STREAM, rows.given_up, payer=VENTURE, payee=self.buyer)

    def _buy_down(self, ledger: Ledger, rows: Rows, option: BuyDown) -> None:
        when = ledger.at(option.date)
        rows.bought = lag(rows.bought) + lag(rows.ref("used")) * self.given(ledger, "buy_down.share")
        rows.define("used", "Bought down in the period", when + 0, "1", "none")
        rows.buy_price = ledger.todays_money(self.given(ledger, "buy_down.price")) * when
        rows.covered = rows.payable * (1 - rows.bought)
        ledger.post(Account.STREAM, rows.buy_price, payer=VENTURE, payee=self.buyer)

    def _delivered(self, ledger: Ledger, rows: Rows) -> Expr:
        """What the stream covers of the payable metal, before and after its share steps down."""
        share = self.given(ledger, "share")
        payable = rows.covered if self.buy_down is not None else rows.payable
        if self.step_down_after is None:
            return payable * share
        room = max_(self.given(ledger, "step_down_after") - lag(rows.to_date), 0)
        rows.before = min_(payable * share, room)
        rows.to_date = lag(rows.to_date) + rows.delivered
        return rows.before + (payable - ratio(rows.before, share)) * self.given(ledger, "share_after")
