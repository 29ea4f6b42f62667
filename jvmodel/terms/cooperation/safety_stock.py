"""Safety stock: what forecast errors cost, and what a shared data platform saves (terms.md A18, E6)."""

from __future__ import annotations

from typing import Annotated, Literal

from jvmodel.allocation import market_price
from jvmodel.graph import Block, Row, power
from jvmodel.inputs import Factor, Measured, Metal, MoneyPerYear, Months, Party, Rate, Share
from jvmodel.ledger import SUPPLIERS, VENTURE, Account, Ledger
from jvmodel.term import Term

TonnesAMonth = Annotated[float, Measured("t", low=0.0)]


class SafetyStock(Term):
    """Metal kept against errors of the demand forecast; telemetry and shared forecasts make errors and stock smaller."""

    kind: Literal["safety_stock"] = "safety_stock"
    metal: Metal
    """Metal"""
    holder: Party | None = None
    """Party that holds the stock, such as the buyer; the venture when not given"""
    error: TonnesAMonth
    """Standard deviation of the forecast of a month's demand"""
    lead_time: Months
    """Months between an order and its delivery"""
    service: Factor = 1.645
    """Standard deviations that the stock covers; 1.645 is enough in 95% of cases"""
    carry: Rate = 0.1
    """Cost of holding a year, as a share of the value of the stock"""
    improved: Share = 0.0
    """Share of the forecast error that a data platform takes away"""
    platform: MoneyPerYear = 0.0
    """Cost of the platform a year, in money of the base date"""

    class Rows(Block):
        before = Row("Safety stock without the platform", unit="t", total="last")
        stock = Row("Safety stock", unit="t", total="last")
        price = Row("Market price a tonne", total="none")
        holding = Row("Cost of holding")
        platform = Row("Cost of the platform")
        saved = Row("Holding cost saved by the platform, less its cost; not a cash flow")

    def apply(self, ledger: Ledger) -> None:
        """Stock = service × error × √lead time; cost = stock × price × carry, while the venture operates."""
        rows = self.Rows(ledger.graph, self.name, self.heading)
        periods = ledger.graph.timeline.periods
        two = ledger.graph.fact("two", "Two", (2.0,) * periods)
        month = ledger.graph.fact("one_month", "One month", (1.0,) * periods, "month")
        error = self.given(ledger, "error") * power(self.given(ledger, "lead_time") / month, 1 / two)
        rows.before = error * self.given(ledger, "service")
        rows.stock = rows.before * (1 - self.given(ledger, "improved"))
        rows.price = market_price(ledger, self.metal, self.name)
        rate = self.given(ledger, "carry") * ledger.share_of_year * ledger.phase("operation")
        rows.holding = ledger.in_money(rows.stock * rows.price) * rate
        running = ledger.period_years * ledger.phase("operation")
        rows.platform = ledger.escalated(self.given(ledger, "platform") * running, "real")
        rows.saved = ledger.in_money((rows.before - rows.stock) * rows.price) * rate - rows.platform
        account = Account.OPERATING if self.holder is None else Account.DOWNSTREAM
        for row in (rows.holding, rows.platform):
            ledger.post(account, row, payer=self.holder or VENTURE, payee=SUPPLIERS)
