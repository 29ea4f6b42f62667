"""Sustaining capital: replacement and renewal during operation (terms.md A12)."""

from __future__ import annotations

from typing import Annotated, Literal

from pydantic import model_validator

from jvmodel.cost import Cost
from jvmodel.graph import Block, Expr, Row, ratio
from jvmodel.inputs import Factor, Measured, PerTonne, Series, fault
from jvmodel.ledger import SUPPLIERS, VENTURE, Account, Ledger, Measure
from jvmodel.term import Name


class SustainingCapital(Cost):
    """Money spent to keep the mine and plant going, by year or by the tonne milled."""

    kind: Literal["sustaining_capital"] = "sustaining_capital"
    amount: Annotated[Series, Measured("$m/year", per_year=True, gaps="zero", low=0.0)] | None = None
    """Spending a year; a flat amount runs during operation"""
    per_tonne: PerTonne | None = None
    """Spending a tonne of ore milled, instead of an amount a year"""
    stops: Annotated[float, Measured("year", low=0.0, high=50.0)] = 2.0
    """Years before the end of operation when a flat amount or a rate a tonne stops"""
    factor: Factor = 1.0
    """Factor on the spending; 1 is as planned"""
    asset_class: Name = "plant"
    """Class of asset for tax depreciation"""

    @model_validator(mode="after")
    def _one(self) -> SustainingCapital:
        if (self.amount is None) == (self.per_tonne is None):
            raise fault("give amount (a year) or per_tonne, one of the two")
        return self

    class Rows(Block):
        cost = Row("Sustaining capital cost")

    def apply(self, ledger: Ledger) -> None:
        """Amount or tonnes × rate until it stops, in the money of the model."""
        rows = self.Rows(ledger.graph, self.name, self.heading)
        rows.cost = ledger.while_open(self.money(ledger, self._spending(ledger) * self.given(ledger, "factor")))
        ledger.post(Account.SUSTAINING, rows.cost, payer=VENTURE, payee=SUPPLIERS, asset_class=self.asset_class)

    def _spending(self, ledger: Ledger) -> Expr:
        if self.per_tonne is not None:
            milled = ledger.read(Measure.MILLED, by=self.name)
            running = ratio(ledger.until_end(self.stops), ledger.phase("operation"))
            return ledger.in_money(milled * self.given(ledger, "per_tonne"), self.currency) * running
        amount = self.given(ledger, "amount")
        return amount * ledger.until_end(self.stops) if self.amount and self.amount.flat is not None else amount
