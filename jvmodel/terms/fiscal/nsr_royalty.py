"""Net smelter return royalty (terms.md B1)."""

from __future__ import annotations

from typing import Literal

from jvmodel.graph import Block, Row, max_, min_
from jvmodel.inputs import MoneyPerYear, Party, Rate, Share
from jvmodel.ledger import VENTURE, Account, Ledger, Measure
from jvmodel.term import Term


class NsrRoyalty(Term):
    """A share of the net smelter return: what buyers pay less treatment, refining and selling costs."""

    kind: Literal["nsr_royalty"] = "nsr_royalty"
    rate: Rate
    """Royalty rate"""
    holder: Party
    """Party that receives the royalty"""
    covered: Share = 1.0
    """Share of production that the royalty covers"""
    floor: MoneyPerYear | None = None
    """Least royalty a year"""
    cap: MoneyPerYear | None = None
    """Most royalty a year"""
    deductible: bool = True
    """Whether income tax allows the royalty as a cost"""

    class Rows(Block):
        base = Row("Net smelter return, where positive")
        royalty = Row("Royalty at the rate")
        payable = Row("Royalty payable")

    def apply(self, ledger: Ledger) -> None:
        """Rate times base, within floor and cap; a negative base pays nothing and is not carried forward."""
        rows = self.Rows(ledger.graph, self.name, self.heading)
        rows.base = max_(ledger.read(Measure.NET_SMELTER_RETURN, by=self.name), 0)
        rows.royalty = rows.base * self.given(ledger, "rate") * self.given(ledger, "covered")
        payable = rows.royalty + 0
        if self.floor is not None:
            payable = max_(payable, self.given(ledger, "floor") * ledger.period_years)
        if self.cap is not None:
            payable = min_(payable, self.given(ledger, "cap") * ledger.period_years)
        rows.payable = payable
        ledger.post(
            Account.ROYALTIES, rows.payable, payer=VENTURE, payee=self.holder, deductible="yes" if self.deductible else "no"
        )
