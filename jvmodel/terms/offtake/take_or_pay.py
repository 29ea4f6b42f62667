"""Take-or-pay with make-up: a buyer pays for what it does not take, and takes it later (terms.md E5, E6)."""

from __future__ import annotations

from typing import Annotated, Literal

from pydantic import Field, model_validator

from jvmodel.allocation import Allocation, market_price, warn_of_a_transfer
from jvmodel.graph import Expr, Row, lag, max_, min_, ratio, where
from jvmodel.inputs import Measured, Metal, Money, Party, PerTonne, Record, Series, Share, Years, fault
from jvmodel.ledger import VENTURE, Account, Ledger, Measure
from jvmodel.tax_pool import Layers
from jvmodel.term import Term

TonnesOverTime = Annotated[Series, Measured("t/year", per_year=True, low=0.0)]
Discount = Annotated[float, Measured(show="%", low=-1.0, high=1.0)]


class Eased(Record):
    """A smaller obligation while prices are low."""

    below: PerTonne
    """market price a tonne below which it holds, in money of the base date"""
    share: Share
    """share of the contract quantity that is then taken or paid for"""


class TakeOrPay(Term):
    """A buyer that must take, or pay for, most of a yearly quantity; what it paid for and did not take it may take later.

    Accounts are made up at the end of each contract year; years run from the start of the model.
    """

    kind: Literal["take_or_pay"] = "take_or_pay"
    buyer: Party
    """Party that takes or pays"""
    metal: Metal
    """Metal taken"""
    quantity: TonnesOverTime
    """Contract quantity a year"""
    demand: TonnesOverTime
    """What the buyer wants to take a year"""
    rank: Annotated[int, Field(ge=1, le=20)] = 1
    """Which contracts come first when there is not enough; those of one rank share alike"""
    share: Share = 0.85
    """Share of the contract quantity that is taken or paid for"""
    eased: Eased | None = None
    """Relief of the buyer in a downturn"""
    discount: Discount = 0.0
    """Discount from the market price; a negative one is a premium"""
    make_up: Years | None = None
    """Years in which metal paid for may be taken later, free; for ever when not given"""
    make_up_price: Literal["free", "difference"] = "free"
    """Whether metal taken later is free, or the buyer pays what its price has risen since it paid, on average"""
    carry_forward: Years | None = None
    """Years in which metal taken beyond the obligation counts against a later shortfall; never when not given"""
    refunded: bool = False
    """Whether what is paid for and never taken is paid back at the end, at the price then"""
    damages: Share = 0.0
    """Damages for metal that the venture cannot deliver, as a share of its value"""
    damages_cap: Money | None = None
    """Most damages in a year, in nominal money"""
    force_majeure: bool = False
    """Whether disruptions and bans excuse the venture: no damages in a period that has one"""

    @model_validator(mode="after")
    def _damages(self) -> TakeOrPay:
        if self.damages_cap is not None and not self.damages:
            raise fault("damages_cap goes with damages: what is paid for metal that is short; give both or neither")
        if self.force_majeure and not self.damages:
            raise fault("force_majeure goes with damages: it says when none are due; give both or neither")
        return self

    class Rows(Allocation):
        excused = Row("Contract quantity that the venture cannot deliver", unit="t")
        due = Row("To be taken or paid for, in the contract year to date", unit="t", total="none")
        year = Row("Taken in the contract year to date", unit="t", total="none")
        obligation = Row("To be taken or paid for", unit="t")
        beyond = Row("Taken beyond the obligation", unit="t")
        gross = Row("Not taken of the obligation", unit="t")
        shortfall = Row("Paid for and not taken", unit="t")
        made_up = Row("Taken later, free", unit="t")
        paid_before = Row("Paid for metal not yet taken, in nominal money", total="last")
        average = Row("Paid a tonne not yet taken", total="none")
        difference = Row("Paid for the rise of the price of metal taken later")
        paid_for = Row("Quantity paid for", unit="t")
        price = Row("Contract price a tonne", total="none")
        cash = Row("Paid by the buyer")
        at_market = Row("Market value of what it takes")
        short = Row("Metal wanted and not delivered", unit="t")
        damages = Row("Damages for it")
        damages_year = Row("Damages in the contract year to date, in nominal money", total="none")
        refund = Row("Paid back at the end")
        discount = Row("Value to the buyer: market value less what it pays")
        below = Row("of which the discount on metal taken")
        beside = Row("of which for metal not taken, taken later, or not delivered")

    def apply(self, ledger: Ledger) -> None:
        """Obligation = share × quantity − what the venture cannot deliver; make-up is taken beyond it, oldest first."""
        rows = self.Rows(ledger.graph, self.name, self.heading)
        quantity, demand = self.given(ledger, "quantity"), self.given(ledger, "demand")
        rows.share_in(ledger, self.metal, demand, self.rank)
        rows.excused = max_(quantity - rows.could, 0)
        carried, ended = 1 - ledger.year_begins, ledger.year_ends
        rows.due = lag(rows.due) * carried + quantity * self._share(ledger) - rows.excused
        rows.year = lag(rows.year) * carried + rows.taken
        rows.obligation = max_(rows.due, 0) * ended
        rows.beyond = max_(rows.year - max_(rows.due, 0), 0) * ended
        rows.gross = max_(rows.due - rows.year, 0) * ended
        rows.shortfall = rows.gross + 0 if self.carry_forward is None else rows.gross - self._counted(ledger, rows)
        layers = Layers(ledger.graph, f"{self.name}.make_up", f"{self.heading}: metal paid for and not yet taken")
        life = self.given(ledger, "make_up") / ledger.period_years if self.make_up is not None else None
        rows.made_up = layers.formulas(rows.shortfall, rows.beyond, life) + 0
        rows.paid_for = rows.taken - rows.made_up + rows.shortfall
        tonne = market_price(ledger, self.metal, self.name)
        rows.price = tonne * (1 - self.given(ledger, "discount"))
        cash = ledger.in_money(rows.paid_for * rows.price)
        rows.cash = cash if self.make_up_price == "free" else cash + self._difference(ledger, rows, layers, life is not None)
        rows.at_market = ledger.in_money(rows.taken * tonne)
        gained: Expr = rows.at_market - rows.cash
        if self.damages:
            gained = gained + self._damages_for(ledger, rows, min_(demand, quantity), carried)
        if self.refunded:
            rows.refund = ledger.in_money(layers.closing * rows.price) * ledger.last
            gained = gained + rows.refund
        else:
            self._warn(ledger, layers, life is not None)
        rows.discount = gained
        rows.below = ledger.in_money(rows.taken * (tonne - rows.price))
        rows.beside = rows.discount - rows.below
        ledger.post(Account.OFFTAKE, rows.below, payer=VENTURE, payee=self.buyer, of="price")
        ledger.post(Account.OFFTAKE, rows.beside, payer=VENTURE, payee=self.buyer)
        warn_of_a_transfer(ledger, self.name, self.heading, self.buyer, rows.below)

    def _share(self, ledger: Ledger) -> Expr:
        """The share that is taken or paid for: less in a downturn, where the buyer is then eased."""
        share = self.given(ledger, "share")
        if self.eased is None:
            return share
        low = market_price(ledger, self.metal, self.name) < ledger.escalated(self.given(ledger, "eased.below"), "real")
        return where(low, self.given(ledger, "eased.share"), share)

    def _counted(self, ledger: Ledger, rows: Rows) -> Expr:
        """Metal taken beyond earlier obligations that counts against what is not taken now."""
        over = Layers(ledger.graph, f"{self.name}.carry_forward", f"{self.heading}: metal taken ahead of obligations")
        return over.formulas(rows.beyond - rows.made_up, rows.gross, self.given(ledger, "carry_forward") / ledger.period_years)

    def _damages_for(self, ledger: Ledger, rows: Rows, wanted: Expr, carried: Expr) -> Expr:
        rows.short = max_(wanted - rows.could, 0)
        damages = ledger.in_money(rows.short * rows.price) * self.given(ledger, "damages")
        if self.force_majeure:
            for event in (Measure.OUTAGE, Measure.WITHHELD):
                if ledger.has(event):
                    of = self.metal if event is Measure.WITHHELD else ""
                    damages = damages * (ledger.read(event, of=of, by=self.name) <= 0)
        if self.damages_cap is None:
            rows.damages = damages
            return rows.damages
        before = lag(rows.damages_year) * carried
        rows.damages = min_(damages, ledger.todays_money(max_(self.given(ledger, "damages_cap") - before, 0)))
        rows.damages_year = before + ledger.face_value(rows.damages)
        return rows.damages

    def _difference(self, ledger: Ledger, rows: Rows, layers: Layers, lapses: bool) -> Expr:
        """What the price has risen since, on metal made up; what was paid for metal that goes is taken off at its average."""
        before = ledger.brought_forward(rows.paid_before)
        rows.average = ratio(before * ledger.graph.conversion(ledger.currency, ledger.money), layers.opening)
        rows.difference = ledger.in_money(rows.made_up * max_(rows.price - rows.average, 0))
        gone = rows.made_up + layers.lapsed if lapses else rows.made_up
        rows.paid_before = before + ledger.in_money(rows.shortfall * rows.price) - ledger.in_money(gone * rows.average)
        return rows.difference

    def _warn(self, ledger: Ledger, layers: Layers, lapses: bool) -> None:
        """Metal paid for may lapse, or be left at the end: lost to the buyer (terms.md E5)."""
        lost: Expr = layers.closing * ledger.last
        text = f"{self.heading}: metal that was paid for is not taken in time, and is lost to the buyer"
        ledger.warn(f"{self.name}_lost", text, (lost + layers.lapsed if lapses else lost) > ledger.trifling_mass)
