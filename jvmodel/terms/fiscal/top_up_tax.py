"""Top-up tax to a minimum effective rate, as Pillar Two has it (terms.md B22)."""

from __future__ import annotations

from typing import Annotated, Literal

from jvmodel.graph import Block, Row, max_, ratio
from jvmodel.inputs import Measured, Party, Series, Share
from jvmodel.ledger import VENTURE, Account, Ledger, Measure
from jvmodel.term import Term

Payroll = Annotated[Series, Measured("$m/year", per_year=True, gaps="zero", low=0.0)]
Excluded = Annotated[Series, Measured(show="%", low=0.0, high=0.2)]


class TopUpTax(Term):
    """Lifts the tax on the venture's income, above a return on payroll and assets, to a minimum rate."""

    kind: Literal["top_up_tax"] = "top_up_tax"
    rate: Share = 0.15
    """Minimum effective rate"""
    holder: Party
    """Party that receives the tax; the host state where it has a domestic top-up tax, else another"""
    payroll: Payroll | None = None
    """Payroll a year, in money of the base date"""
    payroll_excluded: Excluded
    """Share of payroll that is excluded from income; 5% in the long run"""
    assets_excluded: Excluded
    """Share of the written-down value of assets that is excluded from income; 5% in the long run"""

    class Rows(Block):
        income = Row("Income")
        covered = Row("Income tax charged")
        effective = Row("Effective rate", unit="%", total="none")
        excluded = Row("Income excluded: return on payroll and assets")
        excess = Row("Income above the exclusion")
        payable = Row("Top-up tax")

    def apply(self, ledger: Ledger) -> None:
        """max(minimum − effective rate, 0) × max(income − exclusion, 0); nothing in a period without income."""
        rows = self.Rows(ledger.graph, self.name, self.heading)
        rows.income = ledger.read(Measure.TAX_INCOME, by=self.name) + 0
        rows.covered = ledger.read(Measure.TAX_CHARGE, by=self.name) + 0
        rows.effective = ratio(rows.covered, max_(rows.income, 0))
        assets = ledger.read(Measure.WRITTEN_DOWN, by=self.name) * self.given(ledger, "assets_excluded") * ledger.share_of_year
        payroll = ledger.escalated(self.given(ledger, "payroll"), "real") if self.payroll is not None else ledger.nothing
        rows.excluded = assets + payroll * self.given(ledger, "payroll_excluded")
        rows.excess = max_(max_(rows.income, 0) - rows.excluded, 0)
        rows.payable = max_(self.given(ledger, "rate") - rows.effective, 0) * rows.excess
        ledger.post(Account.TAX, rows.payable, payer=VENTURE, payee=self.holder)
