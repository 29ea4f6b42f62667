"""Initial capital: budget, phasing, contingency and overrun (terms.md A11)."""

from __future__ import annotations

from typing import Annotated, Literal

from pydantic import model_validator

from jvmodel.cost import Cost
from jvmodel.graph import Block, Expr, Row
from jvmodel.inputs import Measured, Money, Phase, Series, Uplift, fault
from jvmodel.ledger import SUPPLIERS, VENTURE, Account, Ledger, Measure
from jvmodel.phasing import SharesByYear, phased
from jvmodel.term import Name

Overrun = Annotated[float, Measured(show="%", low=-0.9, high=10.0)]


class CapitalCost(Cost):
    """Money spent to build the mine, plant and works: amounts by year, or a budget and how it is phased."""

    kind: Literal["capital_cost"] = "capital_cost"
    amount: Annotated[Series, Measured("$m/year", per_year=True, gaps="zero", low=0.0)] | None = None
    """Spending by year, before contingency"""
    budget: Money | None = None
    """Budget before contingency; instead of spending by year"""
    phasing: SharesByYear | None = None
    """Share of the budget spent"""
    during: Phase | None = None
    """Phase in which it is spent; instead of shares by year"""
    curve: Literal["even", "s_curve"] = "s_curve"
    """Curve of spending; even, or slow, fast, slow (s_curve: 3x² − 2x³ of the time gone)"""
    contingency: Uplift = 0.0
    """Contingency on the budget, counted once"""
    overrun: Overrun = 0.0
    """Overrun (or saving) against budget and contingency"""
    asset_class: Name = "plant"
    """Class of asset for tax depreciation"""

    @model_validator(mode="after")
    def _whole(self) -> CapitalCost:
        if (self.amount is None) == (self.budget is None):
            raise fault("give amount (spending by year) or budget (with phasing or during), one of the two")
        if self.amount is not None and (self.phasing or self.during):
            raise fault("phasing and during go with budget; amounts by year are phased already")
        if self.budget is not None and (self.phasing is None) == (self.during is None):
            raise fault("say how the budget is spent: phasing (shares by year) or during (a phase), one of the two")
        return self

    class Rows(Block):
        budget = Row("Spending as budgeted")
        contingency = Row("Contingency")
        overrun = Row("Overrun")
        cost = Row("Capital cost")

    def apply(self, ledger: Ledger) -> None:
        """Budget × phasing, plus contingency, plus overrun on both, in the money of the model."""
        rows = self.Rows(ledger.graph, self.name, self.heading)
        rows.budget = self._spending(ledger) + 0
        rows.contingency = rows.budget * self.given(ledger, "contingency")
        rows.overrun = (rows.budget + rows.contingency) * self.given(ledger, "overrun")
        rows.cost = self.money(ledger, rows.budget + rows.contingency + rows.overrun)
        ledger.record(Measure.BUDGET, self.money(ledger, rows.budget + rows.contingency), by=self.name)
        ledger.record(Measure.OVERRUN, self.money(ledger, rows.overrun), by=self.name)
        ledger.post(Account.CAPEX, rows.cost, payer=VENTURE, payee=SUPPLIERS, asset_class=self.asset_class)

    def _spending(self, ledger: Ledger) -> Expr:
        if self.amount is not None:
            return self.given(ledger, "amount")
        return self.given(ledger, "budget") * phased(ledger, self, self.phasing, self.during, self.curve)
