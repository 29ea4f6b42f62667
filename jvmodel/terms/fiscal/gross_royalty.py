"""Gross revenue royalty, ad valorem (terms.md B1)."""

from __future__ import annotations

from typing import Literal

from jvmodel.graph import Expr, add_up, max_
from jvmodel.inputs import Share
from jvmodel.ledger import Account, Ledger, Measure
from jvmodel.royalty import Royalty, RoyaltyRows


class GrossRoyalty(Royalty):
    """A share of the value of metal at reference prices, without any deduction."""

    kind: Literal["gross_royalty"] = "gross_royalty"
    rate: Share
    """Royalty rate"""
    base: Literal["payable", "invoiced", "contained"] = "payable"
    """Value of payable metal at reference price, of sales as invoiced (after offtake discounts), or of all metal mined"""

    def announces(self) -> tuple[Account | Measure, ...]:
        """That discounts to partners lower the royalty."""
        return (*super().announces(), *((Measure.AT_CONTRACT,) if self.base == "invoiced" else ()))

    def apply(self, ledger: Ledger) -> None:
        """Rate times base; a negative base pays nothing."""
        rows = RoyaltyRows(ledger.graph, self.name, self.heading)
        rows.base = max_(self._base(ledger), 0)
        self.warn_of_a_high_rate(ledger, self.rate)
        self.pay(ledger, rows, rows.base * self.at_rate(ledger, rows, self.given(ledger, "rate")))

    def _base(self, ledger: Ledger) -> Expr:
        if self.base == "payable":
            return ledger.read(Measure.GROSS_VALUE, by=self.name)
        if self.base == "invoiced":
            return ledger.total(Account.REVENUE) - ledger.total(Account.OFFTAKE)
        values = [
            ledger.optional(Measure.CONTAINED, metal) * ledger.read(Measure.PRICE, of=metal, by=self.name)
            for metal in ledger.metals
        ]
        return ledger.in_money(add_up(values))
