"""Exchange rate of a currency that some costs are given in (terms.md A9)."""

from __future__ import annotations

from typing import Annotated

from jvmodel.graph import Block, Const, Expr, Given, Row, power
from jvmodel.inputs import Measured, Rate, Record, Series
from jvmodel.ledger import Ledger
from jvmodel.term import given

UnitsOfIt = Annotated[Series, Measured(above=0.0)]


class ExchangeRate(Record):
    """How many units of a currency one unit of the model's currency buys."""

    rate: UnitsOfIt
    """Units for one of the model's currency; a flat rate moves with the difference in inflation from the base date on"""
    inflation: Rate | None = None
    """Inflation a year in that currency"""
    note: str | None = None
    """Source and date of the rate"""

    class Rows(Block):
        index = Row("Price level", unit="1", total="none")
        rate = Row("Exchange rate", total="none")

    def apply(self, ledger: Ledger, currency: str) -> None:
        """Purchasing-power parity: rate × (1 + its inflation) ÷ (1 + the model's); rates by year are taken as given."""
        rows = self.Rows(ledger.graph, f"exchange_{currency}", f"{currency} for one {ledger.currency}")
        years = ledger.graph.fact("since_base", f"Years since {ledger.base_date}", self._since(ledger), "year")
        growth: Expr = Const(1.0)
        if self.inflation is not None:
            growth = power(1 + given(ledger, self, f"currencies.{currency}", "inflation"), years)
        rows.index = ledger.last - ledger.last + growth
        name = f"currencies.{currency}.unit"
        unit_text = f"{currency}m/{ledger.money}"
        one = ledger.graph.given(Given(name, f"{currency} a {ledger.currency}", 1.0, unit_text, source="unit"))
        rate = given(ledger, self, f"currencies.{currency}", "rate") * one
        if self.rate.flat is not None and self.inflation is not None:
            rate = rate * growth
            if ledger.inflation is not None:
                rate = rate * power(1 + ledger.inflation, 0 - years)
        rows.rate = rate
        flat = len({*(self.rate.by_year or {}).values()}) == 1 if self.rate.flat is None else self.inflation is None
        general = ledger.graph.params["inflation"].value if ledger.inflation is not None else 0.0
        if flat and (self.inflation or 0.0) != general:
            text = (
                f"{currency}: the rate stays as it is while inflation differs; costs in it grow dearer or cheaper in real terms"
            )
            ledger.warn(f"exchange_{currency.lower()}", text)

    @staticmethod
    def _since(ledger: Ledger) -> tuple[float, ...]:
        return ledger.graph.timeline.since(ledger.base_date)
