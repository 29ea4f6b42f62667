"""Net profits interest: a share of profit once costs are recovered (terms.md B6)."""

from __future__ import annotations

from typing import Literal

from jvmodel.graph import Row, power
from jvmodel.inputs import Party, Rate, Share, Uplift
from jvmodel.ledger import VENTURE, Account, Group, Ledger
from jvmodel.recovery import RecoveryAccount
from jvmodel.term import Term


class NetProfitsInterest(Term):
    """A share of the cash that is left once revenue has paid for all costs, with interest on what is unrecovered."""

    kind: Literal["net_profits_interest"] = "net_profits_interest"
    rate: Share
    """Share of the profit"""
    holder: Party
    """Party that receives it"""
    interest: Rate = 0.0
    """Interest on costs not yet recovered, effective a year"""
    overhead: Uplift = 0.0
    """Charge for administration, on all costs"""
    deductible: bool = True
    """Whether income tax allows the payment as a cost"""

    class Rows(RecoveryAccount):
        costs = Row("Operating, capital and closure costs")
        overhead = Row("Charge for administration")
        payable = Row("Net profits payable")

    def apply(self, ledger: Ledger) -> None:
        """Balance × (1 + i) + revenue − costs − charge; a share of what rises above nil is paid, and the account is nil again."""
        rows = self.Rows(ledger.graph, self.name, self.heading)
        rows.costs = 0 - ledger.net(Group.COSTS)
        rows.overhead = rows.costs * self.given(ledger, "overhead")
        growth = power(1 + self.given(ledger, "interest"), ledger.period_years) - 1
        surplus = rows.formulas(ledger, ledger.net(Group.RECEIPTS) - rows.costs - rows.overhead, growth)
        rows.payable = surplus * self.given(ledger, "rate")
        deductible = "yes" if self.deductible else "no"
        ledger.post(Account.ROYALTIES, rows.payable, payer=VENTURE, payee=self.holder, deductible=deductible)
