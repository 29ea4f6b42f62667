"""Supply security: what assured tonnes are worth to a buyer when supply fails, apart from cash (terms.md I3)."""

from __future__ import annotations

from typing import Annotated, Literal

from pydantic import model_validator

from jvmodel.allocation import market_price
from jvmodel.graph import Block, Expr, Row, min_, ratio
from jvmodel.inputs import Factor, Measured, Metal, Months, Party, Record, Series, Share, fault
from jvmodel.ledger import Ledger
from jvmodel.term import Term

TonnesOverTime = Annotated[Series, Measured("t/year", per_year=True, low=0.0)]


class Shortage(Record):
    """What is short in the market of the metal."""

    share: Share
    """share of world supply that is lost"""
    demand_elasticity: Annotated[float, Measured(low=0.0, high=10.0)]
    """elasticity of demand, as a positive number"""
    supply_elasticity: Annotated[float, Measured(low=0.0, high=10.0)]
    """elasticity of supply"""

    @model_validator(mode="after")
    def _moves(self) -> Shortage:
        if not self.demand_elasticity + self.supply_elasticity:
            raise fault("demand_elasticity and supply_elasticity are both 0: no price would clear the market; give one of them")
        return self


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
    spike: Factor | None = None
    """Rise of the price in it; 0.6 is 60%"""
    shortage: Shortage | None = None
    """Shortage of the market and elasticities; from which the rise of the price follows, instead of giving it"""

    @model_validator(mode="after")
    def _one(self) -> SupplySecurity:
        if (self.spike is None) == (self.shortage is None):
            raise fault("give spike (the rise of the price) or shortage (from which it follows), one of the two")
        return self

    class Rows(Block):
        exposed = Row("Need in a disruption beyond the buyer's stock", unit="t")
        assured = Row("of which the venture assures", unit="t")
        price = Row("Market price a tonne", total="none")
        spike = Row("Rise of the price in a disruption", unit="%", total="none")
        loss = Row("Loss in a disruption without the venture, not a cash flow")
        avoided = Row("of which avoided, not a cash flow")
        value = Row("Expected value of supply security, not a cash flow")
        present = Row("Present value of it to the buyer: the most that support may cost; not a cash flow")

    def apply(self, ledger: Ledger) -> None:
        """Value = chance × min(assured, exposed need) × price × spike; at yearly rates, so periods share a year's."""
        rows = self.Rows(ledger.graph, self.name, self.heading)
        part = self.given(ledger, "months") / ledger.months * ledger.share_of_year
        rows.exposed = self.given(ledger, "need") * part * (1 - self.given(ledger, "stock_cover"))
        rows.assured = min_(self.given(ledger, "volume") * part, rows.exposed)
        rows.price = market_price(ledger, self.metal, self.name)
        rows.spike = self._spike(ledger)
        rows.loss = ledger.in_money(rows.exposed * rows.price) * rows.spike
        rows.avoided = ledger.in_money(rows.assured * rows.price) * rows.spike
        rows.value = rows.avoided * self.given(ledger, "chance")
        rows.present = rows.value * ledger.factor_of(self.buyer)

    def _spike(self, ledger: Ledger) -> Expr:
        """Given, or shortage ÷ (elasticity of demand + of supply) (terms.md I3 b)."""
        if self.shortage is None:
            return self.given(ledger, "spike") + 0
        moves = self.given(ledger, "shortage.demand_elasticity") + self.given(ledger, "shortage.supply_elasticity")
        return ratio(self.given(ledger, "shortage.share"), moves)
