"""Supply security: what assured tonnes are worth to a buyer when supply fails, apart from cash (terms.md I3)."""

from __future__ import annotations

from typing import Annotated, Literal

from jvmodel.allocation import market_price
from jvmodel.graph import Block, Row, min_
from jvmodel.inputs import Factor, Measured, Metal, Months, Party, Series, Share
from jvmodel.ledger import Ledger
from jvmodel.term import Term

TonnesOverTime = Annotated[Series, Measured("t/year", per_year=True, low=0.0)]


class SupplySecurity(Term):
    """A benefit of the buyer in a disruption of the market; never part of the venture's value or of a price forecast."""

    kind: Literal["supply_security"] = "supply_security"
    buyer: Party
    """Party whose supply is assured"""
    metal: Metal
    """Metal"""
    volume: TonnesOverTime
    """Tonnes a year that the venture assures"""
    need: TonnesOverTime
    """Tonnes a year that the buyer needs"""
    chance: Share
    """Chance a year of a disruption"""
    months: Months
    """Months that it lasts"""
    stock_cover: Share = 0.0
    """Share of the need in a disruption that the buyer's own stock covers"""
    spike: Factor
    """Rise of the price in it; 0.6 is 60%"""

    class Rows(Block):
        exposed = Row("Need in a disruption beyond the buyer's stock", unit="t")
        assured = Row("of which the venture assures", unit="t")
        price = Row("Market price a tonne", total="none")
        loss = Row("Loss in a disruption without the venture, not a cash flow")
        avoided = Row("of which avoided, not a cash flow")
        value = Row("Expected value of supply security, not a cash flow")

    def apply(self, ledger: Ledger) -> None:
        """Value = chance × min(assured, exposed need) × price × spike; at yearly rates, so periods share a year's."""
        rows = self.Rows(ledger.graph, self.name, self.heading)
        part = self.given(ledger, "months") / ledger.months * ledger.share_of_year
        rows.exposed = self.given(ledger, "need") * part * (1 - self.given(ledger, "stock_cover"))
        rows.assured = min_(self.given(ledger, "volume") * part, rows.exposed)
        rows.price = market_price(ledger, self.metal, self.name)
        spike = self.given(ledger, "spike")
        rows.loss = ledger.in_money(rows.exposed * rows.price) * spike
        rows.avoided = ledger.in_money(rows.assured * rows.price) * spike
        rows.value = rows.avoided * self.given(ledger, "chance")
