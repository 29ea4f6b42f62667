"""Price support: a contract for difference or a sharing band on the price of metal sold (terms.md E3)."""

from __future__ import annotations

from typing import Annotated, Literal

from pydantic import model_validator

from jvmodel.allocation import for_contracts, market_price
from jvmodel.graph import Block, Expr, Row, lag, log_, max_, min_, normal_, power, ratio, where
from jvmodel.inputs import Date, Measured, Metal, Money, Party, Share, fault
from jvmodel.ledger import VENTURE, Account, Ledger, Measure
from jvmodel.term import Term

PriceATonne = Annotated[float, Measured("$/t", low=0.0)]


class PriceSupport(Term):
    """Outside a band the counterparty bears part of every move of the price: paid below the floor, received above the ceiling."""

    kind: Literal["price_support"] = "price_support"
    counterparty: Party
    """Party that supports the price: a state, an offtaker, a fund"""
    metal: Metal
    """Metal"""
    floor: PriceATonne | None = None
    """Price a tonne below which the counterparty pays; with the same ceiling it is the strike of a contract for difference"""
    ceiling: PriceATonne | None = None
    """Price a tonne above which it is paid"""
    kept: Share = 0.0
    """Share of a move outside the band that the venture keeps; 0% is a full collar"""
    covered: Share = 1.0
    """Share of the payable metal sold that is covered; metal held back or sold at home under a ban is not"""
    thresholds: Literal["nominal", "real"] = "nominal"
    """Whether floor and ceiling are fixed in nominal money or grow with inflation"""
    until: Date | None = None
    """First month without support; the whole life when not given"""
    volatility: Annotated[float, Measured(show="%", above=0.0, high=2.0)] | None = None
    """Volatility of the price a year; tells what the floor is worth when prices move about those of the deck, before any cap"""
    cap: Money | None = None
    """Most that the counterparty ever pays, in nominal money"""

    @model_validator(mode="after")
    def _band(self) -> PriceSupport:
        if self.floor is None and self.ceiling is None:
            raise fault("give floor, ceiling, or both: where support begins and ends")
        if self.floor is not None and self.ceiling is not None and self.floor > self.ceiling:
            raise fault(f"the floor {self.floor:g} is above the ceiling {self.ceiling:g}")
        if self.cap is not None and self.floor is None:
            raise fault("cap limits what is paid below a floor; give a floor, or leave it out")
        return self

    class Rows(Block):
        covered = Row("Metal covered", unit="t")
        market = Row("Market price a tonne", total="none")
        supported = Row("Price a tonne with support", total="none")
        due = Row("Support due below the floor")
        room = Row("Support left under its cap", total="none")
        paid = Row("Support paid")
        years = Row("Years to the period", unit="1", total="none")
        score = Row("Deck over floor, in standard deviations", unit="1", total="none")
        worth = Row("Expected support about the deck, not a cash flow")
        to_date = Row("Support paid to date, in nominal money", total="last")
        received = Row("Paid by the venture above the ceiling")

    def apply(self, ledger: Ledger) -> None:
        """P < floor: floor − kept × (floor − P); P > ceiling: ceiling + kept × (P − ceiling)."""
        rows = self.Rows(ledger.graph, self.name, self.heading)
        sold = for_contracts(ledger, self.metal, self.name)
        rows.covered = sold * self.given(ledger, "covered") * ledger.window(self.until, None)
        rows.market = market_price(ledger, self.metal, self.name)
        borne = 1 - self.given(ledger, "kept")
        supported: Expr = rows.market
        if self.floor is not None:
            floor = ledger.escalated(self.given(ledger, "floor"), self.thresholds)
            below = max_(floor - rows.market, 0) * borne
            supported = supported + below
            rows.due = ledger.in_money(below * rows.covered)
            self._pay(ledger, rows)
            if self.volatility is not None:
                self._worth(ledger, rows, floor, borne)
        if self.ceiling is not None:
            ceiling = ledger.escalated(self.given(ledger, "ceiling"), self.thresholds)
            above = max_(rows.market - ceiling, 0) * borne
            supported = supported - above
            rows.received = ledger.in_money(above * rows.covered)
            ledger.post(Account.OFFTAKE, rows.received, payer=VENTURE, payee=self.counterparty)
        rows.supported = supported + 0

    def _pay(self, ledger: Ledger, rows: Rows) -> None:
        if self.cap is None:
            rows.paid = rows.due + 0
        else:
            rows.room = max_(self.given(ledger, "cap") - lag(rows.to_date), 0)
            rows.paid = min_(rows.due, ledger.todays_money(rows.room))
            rows.to_date = lag(rows.to_date) + ledger.face_value(rows.paid)
        ledger.post(Account.SUPPORT, rows.paid, payer=self.counterparty, payee=VENTURE)

    def _worth(self, ledger: Ledger, rows: Rows, floor: Expr, borne: Expr) -> None:
        """F Φ(−d₂) − M Φ(−d₁) a tonne, for a lognormal price whose mean M is the deck (terms.md H9)."""
        periods = ledger.graph.timeline.periods
        two = ledger.graph.fact("two", "Two", (2.0,) * periods)
        rows.years = (ledger.number - 1 / two) * ledger.share_of_year
        spread = self.given(ledger, "volatility") * power(rows.years, 1 / two)
        above = ratio(rows.market, floor)
        rows.score = ratio(log_(where(above > 0, above, 1)), spread) + spread / two
        payoff = floor * normal_(spread - rows.score) - rows.market * normal_(0 - rows.score)
        rows.worth = ledger.in_money(payoff * rows.covered) * borne * (above > 0)

    def announces(self) -> tuple[Account | Measure, ...]:
        """The support."""
        return (Account.SUPPORT,) if self.floor is not None else ()
