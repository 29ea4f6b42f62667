"""Feed of others: a refinery tolls or buys concentrate of third parties, or scrap (terms.md E8)."""

from __future__ import annotations

from typing import Annotated, Literal

from pydantic import model_validator

from jvmodel.allocation import market_price
from jvmodel.graph import Block, Expr, Row, max_, min_, ratio
from jvmodel.inputs import Measured, Metal, PerTonne, Series, Share, SignedPerTonne, TonnesPerYear, fault
from jvmodel.ledger import CUSTOMERS, SUPPLIERS, VENTURE, Account, Ledger, Measure
from jvmodel.term import Term

TonnesOverTime = Annotated[Series, Measured("t/year", per_year=True, gaps="zero", low=0.0)]


class RefineryFeed(Term):
    """Room that the venture's own concentrate leaves is used for others: for a toll, or to make metal of feed that is bought."""

    kind: Literal["refinery_feed"] = "refinery_feed"
    metal: Metal
    """Metal in the feed"""
    tonnes: TonnesOverTime
    """Feed offered a year, dry"""
    content: Share
    """Metal in the feed"""
    recovery: Share
    """Recovery into refined metal"""
    capacity: TonnesPerYear
    """Most that the refinery treats a year, the venture's own concentrate first"""
    toll: PerTonne | None = None
    """Toll a tonne of feed, in money of the base date; its owner keeps the metal"""
    pays: Share | None = None
    """Share of the market value of the metal in the feed that is paid for it; the venture keeps the metal"""
    conversion: PerTonne = 0.0
    """Cost of treating a tonne of it, in money of the base date"""
    by_products: SignedPerTonne = 0.0
    """Value of by-products a tonne of feed, in money of the base date"""

    @model_validator(mode="after")
    def _one(self) -> RefineryFeed:
        if (self.toll is None) == (self.pays is None):
            raise fault("give toll (its owner keeps the metal) or pays (the feed is bought), one of the two")
        if self.pays is not None and self.pays > self.recovery:
            raise fault(
                f"it pays for {self.pays * 100:g}% of the metal and recovers {self.recovery * 100:g}%: every tonne loses money;"
                " pay for less than is recovered"
            )
        return self

    class Rows(Block):
        own = Row("Own concentrate treated, dry", unit="t")
        room = Row("Room for feed of others", unit="t")
        fed = Row("Feed of others", unit="t")
        utilised = Row("Utilisation of the refinery", unit="%", total="none")
        contained = Row("Metal in it", unit="t")
        refined = Row("Metal refined from it", unit="t")
        toll = Row("Toll")
        bought = Row("Paid for feed")
        by_products = Row("By-products")
        conversion = Row("Conversion cost")
        margin = Row("Margin on feed of others, the metal at market price")

    def apply(self, ledger: Ledger) -> None:
        """Fed = min(offered, capacity − own); margin = metal × price + by-products (or toll) − feed − conversion."""
        rows = self.Rows(ledger.graph, self.name, self.heading)
        rows.own = ledger.optional(Measure.TREATED) + 0
        room = self.given(ledger, "capacity") * ledger.period_years
        rows.room = max_(room - rows.own, 0)
        rows.fed = min_(self.given(ledger, "tonnes"), rows.room)
        rows.utilised = ratio(rows.own + rows.fed, room)
        rows.contained = rows.fed * self.given(ledger, "content")
        rows.refined = rows.contained * self.given(ledger, "recovery")
        rows.conversion = self._real(ledger, rows, "conversion")
        rows.by_products = self._real(ledger, rows, "by_products")
        price = market_price(ledger, self.metal, self.name)
        if self.toll is not None:
            rows.toll = self._real(ledger, rows, "toll")
            gained: Expr = rows.toll
            ledger.post(Account.REVENUE, rows.toll, payer=CUSTOMERS, payee=VENTURE)
        else:
            rows.bought = ledger.in_money(rows.contained * price) * self.given(ledger, "pays")
            gained = ledger.in_money(rows.refined * price) - rows.bought
            metal = ledger.mass(rows.refined, "t", ledger.mass_unit(self.metal))
            ledger.record(Measure.REFINED, metal, of=self.metal, by=self.name)
            ledger.post(Account.OPERATING, rows.bought, payer=VENTURE, payee=SUPPLIERS)
        rows.margin = gained + rows.by_products - rows.conversion
        ledger.post(Account.OPERATING, rows.conversion, payer=VENTURE, payee=SUPPLIERS)
        ledger.post(Account.REVENUE, rows.by_products, payer=CUSTOMERS, payee=VENTURE)

    def _real(self, ledger: Ledger, rows: Rows, path: str) -> Expr:
        return ledger.escalated(ledger.in_money(rows.fed * self.given(ledger, path)), "real")
