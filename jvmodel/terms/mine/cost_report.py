"""Unit costs of the lead metal: C1, all-in sustaining cost, by-product and co-product (terms.md A6)."""

from __future__ import annotations

from typing import Literal

from jvmodel.graph import Block, Expr, Row, ratio
from jvmodel.inputs import Metal
from jvmodel.ledger import Account, Ledger, Measure
from jvmodel.term import Term


class CostReport(Term):
    """What a unit of the lead metal costs; for the reader only, it moves no money."""

    kind: Literal["cost_report"] = "cost_report"
    lead: Metal
    """Lead metal; revenue from all others is credited against its cost"""

    class Rows(Block):
        payable = Row("Payable lead metal")
        costs = Row("Operating, treatment and selling costs")
        credit = Row("Revenue from other products")
        share = Row("Share of revenue from the lead metal", unit="%", total="none")
        sustaining = Row("Sustaining capital, closure and royalties")
        c1 = Row("C1: cash cost less by-product revenue, a unit", total="none")
        co_product = Row("Co-product cash cost, a unit", total="none")
        aisc = Row("All-in sustaining cost, a unit", total="none")
        life_c1 = Row("C1 over the life of the mine, a unit", total="none")
        life_aisc = Row("All-in sustaining cost over the life of the mine, a unit", total="none")

    def apply(self, ledger: Ledger) -> None:
        """C1 = (costs − by-product revenue) ÷ payable lead metal; AISC adds sustaining capital, closure and royalties."""
        rows = self.Rows(ledger.graph, self.name, self.heading)
        rows.payable = ledger.read(Measure.PAYABLE, of=self.lead, by=self.name) + 0
        rows.costs = ledger.total(Account.OPERATING) + ledger.total(Account.SELLING)
        lead = ledger.read(Measure.METAL_VALUE, of=self.lead, by=self.name)
        rows.credit = ledger.total(Account.REVENUE) - lead
        rows.share = ratio(lead, ledger.total(Account.REVENUE))
        rows.sustaining = ledger.total(Account.SUSTAINING) + ledger.optional(Measure.PROVISION) + ledger.total(Account.ROYALTIES)
        rows.c1 = self._a_unit(ledger, rows, rows.costs - rows.credit)
        rows.co_product = self._a_unit(ledger, rows, rows.costs * rows.share)
        rows.aisc = self._a_unit(ledger, rows, rows.costs - rows.credit + rows.sustaining)
        cash = rows.costs.total - rows.credit.total
        rows.life_c1 = self._over_life(ledger, rows, cash)
        rows.life_aisc = self._over_life(ledger, rows, cash + rows.sustaining.total)

    @staticmethod
    def _over_life(ledger: Ledger, rows: Rows, amount: Expr) -> Expr:
        return ratio(amount * ledger.graph.conversion(ledger.currency, ledger.money), rows.payable.total)

    @staticmethod
    def _a_unit(ledger: Ledger, rows: Rows, amount: Expr) -> Expr:
        return ratio(amount * ledger.graph.conversion(ledger.currency, ledger.money), rows.payable)
