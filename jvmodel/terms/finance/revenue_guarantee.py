"""Revenue guarantee: a party makes good part of what revenue falls short of a minimum (terms.md D10)."""

from __future__ import annotations

from typing import Annotated, Literal

from jvmodel.graph import Block, Row, max_
from jvmodel.inputs import Measured, Party, Series, Share
from jvmodel.ledger import VENTURE, Account, Ledger, Measure
from jvmodel.term import Term

MoneyAYear = Annotated[Series, Measured("$m/year", per_year=True, gaps="zero", low=0.0)]


class RevenueGuarantee(Term):
    """The guarantor pays a share of the shortfall of revenue below a minimum, while the venture operates."""

    kind: Literal["revenue_guarantee"] = "revenue_guarantee"
    guarantor: Party
    """Party that gives the guarantee"""
    minimum: MoneyAYear
    """Revenue a year that is guaranteed, in nominal money"""
    cover: Share = 1.0
    """Share of the shortfall that is paid"""

    def announces(self) -> tuple[Account | Measure, ...]:
        """The claims."""
        return (Account.SUPPORT,)

    class Rows(Block):
        minimum = Row("Revenue guaranteed")
        shortfall = Row("Shortfall of revenue")
        claim = Row("Claim")

    def apply(self, ledger: Ledger) -> None:
        """max(0, minimum − revenue) × cover."""
        rows = self.Rows(ledger.graph, self.name, self.heading)
        rows.minimum = ledger.todays_money(self.given(ledger, "minimum")) * ledger.phase("operation")
        rows.shortfall = max_(rows.minimum - ledger.total(Account.REVENUE), 0)
        rows.claim = rows.shortfall * self.given(ledger, "cover")
        ledger.post(Account.SUPPORT, rows.claim, payer=self.guarantor, payee=VENTURE)
