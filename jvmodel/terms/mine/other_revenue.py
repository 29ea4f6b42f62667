"""Revenue by the year from anything but metal: tolling, power, by-products, salvage (terms.md A6)."""

from __future__ import annotations

from typing import Annotated, Literal

from jvmodel.graph import Block, Row
from jvmodel.inputs import Measured, Party, Phase, Series
from jvmodel.ledger import CUSTOMERS, VENTURE, Account, Ledger
from jvmodel.term import Term


class OtherRevenue(Term):
    """An amount a year that somebody pays to the venture."""

    kind: Literal["other_revenue"] = "other_revenue"
    amount: Annotated[Series, Measured("$m/year", per_year=True, low=0.0)]
    """Revenue a year"""
    during: Phase | None = None
    """Phase; in which a flat amount runs, operation when not given. Amounts by year run in their years"""
    payer: Party = CUSTOMERS
    """Party that pays; customers when not given"""
    basis: Literal["real", "nominal"] = "real"
    """Whether amounts are in money of the base date (real) or of their own year (nominal)"""

    class Rows(Block):
        revenue = Row("Revenue")

    def apply(self, ledger: Ledger) -> None:
        """The amount of each period, while its phase lasts, in the money of the model."""
        rows = self.Rows(ledger.graph, self.name, self.heading)
        amount = ledger.escalated(self.given(ledger, "amount"), self.basis)
        if self.during is not None or self.amount.flat is not None:
            amount = amount * ledger.phase(self.during or "operation")
        rows.revenue = amount + 0
        ledger.post(Account.REVENUE, rows.revenue, payer=self.payer, payee=VENTURE)
