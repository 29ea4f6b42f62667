"""R-factor tax: a rate that rises with receipts over costs to date (terms.md B15)."""

from __future__ import annotations

from typing import Literal

from jvmodel.bands import Bands, effective_rate
from jvmodel.graph import Block, Row, lag, max_, ratio
from jvmodel.inputs import Party
from jvmodel.ledger import VENTURE, Account, Group, Ledger, Measure
from jvmodel.term import Term


class RFactorTax(Term):
    """Tax on the positive cash flow of each period, at a rate by how far the venture has recovered its costs."""

    kind: Literal["r_factor_tax"] = "r_factor_tax"
    bands: Bands
    """R-factor band"""
    holder: Party
    """Party that receives the tax"""
    scale: Literal["whole", "linear"] = "whole"
    """One rate from each bound on (whole), or rates on a line between bounds (linear)"""
    measured: Literal["previous", "current"] = "previous"
    """Whether R is that at the end of the period before, or of this period before its own tax"""
    form: Literal["net", "gross"] = "net"
    """Whether taxes and royalties to date are taken off receipts (net) or not (gross)"""
    deductible: bool = False
    """Whether income tax allows the tax as a cost"""

    def announces(self) -> tuple[Account | Measure, ...]:
        """The tax, which income tax may deduct."""
        return (Account.RENT_TAX,) if self.deductible else ()

    class Rows(Block):
        receipts = Row("Receipts to date, in nominal money", total="last")
        costs = Row("Costs to date, in nominal money", total="last")
        taken = Row("Royalties, levies and taxes to date, in nominal money", total="last")
        flow = Row("Net cash flow that is taxed")
        measured = Row("R-factor that sets the rate", unit="x", total="none")
        rate = Row("Tax rate", unit="%", total="none")
        tax = Row("R-factor tax")
        reached = Row("R-factor at the end of the period", unit="x", total="none")

    def apply(self, ledger: Ledger) -> None:
        """R = (receipts − taxes) ÷ costs to date, nil while there are no costs; tax = rate(R) × positive net flow."""
        rows = self.Rows(ledger.graph, self.name, self.heading)
        other = 0 - ledger.net(Group.TAKEN)
        rows.receipts = lag(rows.receipts) + ledger.face_value(ledger.net(Group.RECEIPTS))
        rows.costs = lag(rows.costs) - ledger.face_value(ledger.net(Group.COSTS))
        rows.taken = lag(rows.taken) + (ledger.face_value(other + rows.tax) if self.form == "net" else ledger.nothing)
        rows.flow = max_(ledger.net(Group.RECEIPTS) + ledger.net(Group.COSTS) - other, 0)
        paid_before = lag(rows.taken) + (ledger.face_value(other) if self.form == "net" else ledger.nothing)
        now = ratio(rows.receipts - paid_before, rows.costs)
        rows.measured = lag(rows.reached) + 0 if self.measured == "previous" else now
        rows.rate = effective_rate(ledger, self, "bands", self.bands, rows.measured, self.scale)
        rows.tax = rows.flow * rows.rate
        rows.reached = ratio(rows.receipts - rows.taken, rows.costs)
        if self.scale == "whole" and len(self.bands) > 1:
            crossed = (rows.rate > lag(rows.rate)) * (ledger.number > 1)
            ledger.warn(
                f"{self.name}_cliff",
                f"{self.heading}: the R-factor has passed a bound, and all of the flow is taxed higher",
                crossed,
            )
        ledger.post(
            Account.RENT_TAX, rows.tax, payer=VENTURE, payee=self.holder, deductible="yes" if self.deductible else "no"
        )  # fmt: skip
