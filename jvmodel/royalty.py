"""What royalties on a base have in common: share covered, floor, caps, when they are paid (terms.md B1, B4)."""

from __future__ import annotations

from typing import Annotated, Literal

from pydantic import model_validator

from jvmodel.arrears import Arrears, paid_late
from jvmodel.graph import Block, Expr, Ref, Row, flag, lag, lead, max_, min_, power, ratio, where
from jvmodel.inputs import Date, Measured, Money, MoneyPerYear, Months, Party, Rate, Record, Series, Share, fault
from jvmodel.ledger import VENTURE, Account, Ledger, Measure
from jvmodel.term import Term

HIGH = 0.5
"""A royalty rate above this is pointed out."""
Advances = Annotated[Series, Measured("$m/year", per_year=True, low=0.0)]


class BuyBack(Record):
    """The payer's right to buy out part of a royalty for a fixed sum (terms.md B5)."""

    date: Date
    """When the right may be used; the royalty falls from the next period on"""
    share: Share
    """share of the royalty that is bought"""
    price: Money
    """price, in nominal money"""
    rate: Rate
    """payer's discount rate, effective a year; for the value of the royalty that is saved"""
    used: Literal["if_worth_it", "always"] = "if_worth_it"
    """Whether it is used only where the royalty saved is worth more than the price, or in any case"""


class BuyBackRows(Block):
    """Buy-back of the royalty."""

    window = Row("Period of the right", total="none")
    saved = Row("Royalty that the buy-back saves")
    value = Row("Present value of what is saved later", total="none")
    used = Row("Used", total="none")
    price = Row("Price paid")
    reduced = Row("Share of the royalty that has been bought", unit="%", total="none")


class AdvanceRows(Block):
    """Advance royalty."""

    paid = Row("Advance paid, in nominal money")
    opening = Row("Credit brought forward", total="none")
    used = Row("Credit used against the royalty")
    closing = Row("Credit carried forward", total="last")
    cash = Row("Advance paid")


class RoyaltyRows(Arrears):
    """Royalty."""

    base = Row("Base of the royalty")
    royalty = Row("Royalty at the rate")
    room = Row("Lifetime cap not yet used, in nominal money", total="none")
    payable = Row("Royalty payable")
    to_date = Row("Royalty to date, in nominal money", total="last")
    paid = Row("Royalty paid")


class Royalty(Term):
    """A payment that follows from what is produced or sold."""

    holder: Party
    """Party that receives the royalty"""
    covered: Share = 1.0
    """Share of production that the royalty covers"""
    floor: MoneyPerYear | None = None
    """Least royalty a year of operation"""
    cap: MoneyPerYear | None = None
    """Most royalty a year"""
    lifetime_cap: Money | None = None
    """Most that is ever paid; the royalty ends there"""
    deductible: bool = True
    """Whether income tax allows the royalty as a cost, when it is paid"""
    advance: Advances | None = None
    """Advance royalty a year; credited against later royalty, in nominal money"""
    buy_back: BuyBack | None = None
    """Buy-back"""
    credited: bool = False
    """Whether income tax takes the royalty off the tax itself, instead of off income"""
    payment_lag: Months = 0.0
    """Months until the royalty of a period is paid; what is left is paid in the last period"""

    @model_validator(mode="after")
    def _floor_below_cap(self) -> Royalty:
        if self.floor is not None and self.cap is not None and self.floor > self.cap:
            raise fault(f"the floor of {self.floor:g} a year is above the cap of {self.cap:g}; a floor must not exceed the cap")
        if self.credited and self.deductible:
            raise fault("a royalty that is credited against income tax is not deductible as well; write deductible: false")
        return self

    def at_rate(self, ledger: Ledger, rows: RoyaltyRows, rate: Expr) -> Expr:
        """The rate, made known together with its base to a stabilisation clause."""
        ledger.record(Measure.LEVY_RATE, rate, of=self.name, by=self.name)
        ledger.record(Measure.LEVY_BASE, rows.base * self.given(ledger, "covered"), of=self.name, by=self.name)
        return rate

    def warn_of_a_high_rate(self, ledger: Ledger, rate: float) -> None:
        """A royalty of more than half is more often a slip of the pen than a clause (terms.md B1)."""
        if rate > HIGH:
            ledger.warn(f"{self.name}_rate", f"{self.heading}: the rate is above {HIGH * 100:g}%")

    def pay(self, ledger: Ledger, rows: RoyaltyRows, royalty: Expr) -> None:
        """Covered share of the royalty, within floor and caps; floors and caps are fixed in nominal money."""
        rows.royalty = royalty * self.given(ledger, "covered")
        payable: Expr = rows.royalty
        if self.floor is not None:
            floor = ledger.todays_money(self.given(ledger, "floor") * ledger.period_years * ledger.phase("operation"))
            payable = max_(payable, floor)
        if self.cap is not None:
            payable = min_(payable, ledger.todays_money(self.given(ledger, "cap") * ledger.period_years))
        if self.buy_back is not None:
            payable = self._buy_back(ledger, payable)
        if self.lifetime_cap is not None:
            rows.room = max_(self.given(ledger, "lifetime_cap") - lag(rows.to_date), 0)
            rows.payable = min_(payable, ledger.todays_money(rows.room))
            rows.to_date = lag(rows.to_date) + ledger.face_value(rows.payable)
        else:
            rows.payable = payable + 0
        due: Expr = rows.payable
        if self.advance is not None:
            due = self._advance(ledger, rows)
        if self.payment_lag:
            rows.paid = paid_late(ledger, rows, due, self.given(ledger, "payment_lag"))
        elif self.advance is not None:
            rows.paid = due
        paid = rows.paid if self.payment_lag or self.advance is not None else rows.payable
        self._post(ledger, paid)

    def _post(self, ledger: Ledger, paid: Ref) -> None:
        tags = {"deductible": "yes" if self.deductible else "no"} | ({"credited": "yes"} if self.credited else {})
        ledger.post(Account.ROYALTIES, paid, payer=VENTURE, payee=self.holder, **tags)

    def announces(self) -> tuple[Account | Measure, ...]:
        """Royalties that income tax takes off the tax itself."""
        return (Account.ROYALTIES,) if self.credited else ()

    def _advance(self, ledger: Ledger, rows: RoyaltyRows) -> Expr:
        """What is paid ahead is credited against later royalty, at face value; a credit left at the end is lost (B4)."""
        ahead = AdvanceRows(ledger.graph, f"{self.name}.advance", f"{self.heading}: advance royalty")
        ahead.paid = self.given(ledger, "advance") + 0
        ahead.opening = lag(ahead.closing)
        ahead.used = min_(ahead.opening, ledger.face_value(rows.payable))
        ahead.closing = ahead.opening + ahead.paid - ahead.used
        ahead.cash = ledger.todays_money(ahead.paid) + 0
        left = ahead.closing * ledger.last > ledger.trifle
        ledger.warn(f"{self.name}_advance", f"{self.heading}: advance royalty is never credited, and lost", left)
        self._post(ledger, ahead.cash)
        return rows.payable - ledger.todays_money(ahead.used)

    def _buy_back(self, ledger: Ledger, payable: Expr) -> Expr:
        """Used at its date where the later royalty saved, at the payer's rate, is worth more than the price."""
        assert self.buy_back is not None
        bought = BuyBackRows(ledger.graph, f"{self.name}.buy_back", f"{self.heading}: buy-back")
        bought.window = ledger.at(self.buy_back.date) + 0
        bought.saved = payable * self.given(ledger, "buy_back.share")
        growth = power(1 + self.given(ledger, "buy_back.rate"), ledger.period_years)
        bought.value = ratio((lead(bought.value) + lead(bought.saved)) * ledger.grown, growth)
        price = ledger.todays_money(self.given(ledger, "buy_back.price"))
        worth_it = 1 if self.buy_back.used == "always" else flag(bought.value > price)
        bought.used = where(bought.window, worth_it, 0)
        bought.price = price * bought.used
        bought.reduced = lag(bought.reduced) + lag(bought.used) * self.given(ledger, "buy_back.share")
        self._post(ledger, bought.price)
        return payable * (1 - bought.reduced)
