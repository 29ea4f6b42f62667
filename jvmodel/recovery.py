"""An account that must be recovered, with a return, before anything is payable (terms.md B6, B14, P3)."""

from __future__ import annotations

from jvmodel.graph import Block, Expr, Ref, Row, max_, min_
from jvmodel.ledger import Ledger


class RecoveryAccount(Block):
    """Account of what is still to be recovered; never more than nothing."""

    opening = Row("Not yet recovered, brought forward (negative)", total="none")
    growth = Row("Growth at the threshold return")
    flow = Row("Cash flow")
    surplus = Row("Surplus over the threshold return")
    closing = Row("Not yet recovered, carried forward (negative)", total="last")

    def formulas(self, ledger: Ledger, flow: Expr, growth: Expr) -> Ref:
        """Opening × (1 + growth) + flow: what is above nil is the surplus, what is below is carried on."""
        self.opening = ledger.brought_forward(self.closing)
        self.growth = self.opening * growth
        self.flow = flow + 0
        reached = self.opening + self.growth + self.flow
        self.surplus = max_(reached, 0)
        self.closing = min_(reached, 0)
        return self.surplus
