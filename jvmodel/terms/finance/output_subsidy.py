"""Output subsidy: public money for each tonne of metal sold (terms.md D9)."""

from __future__ import annotations

from typing import Literal

from jvmodel.graph import Block, Expr, Row
from jvmodel.inputs import Date, Metal, Party, PerTonne
from jvmodel.ledger import VENTURE, Account, Ledger, Measure
from jvmodel.term import Term


class OutputSubsidy(Term):
    """A giver pays so much for each tonne of payable metal, up to a date."""

    kind: Literal["output_subsidy"] = "output_subsidy"
    giver: Party
    """Party that pays"""
    metal: Metal
    """Metal that is subsidised"""
    per_tonne: PerTonne
    """Subsidy a tonne, in nominal money"""
    until: Date | None = None
    """First month without it; the whole life when not given"""

    def announces(self) -> tuple[Account | Measure, ...]:
        """The subsidy."""
        return (Account.SUPPORT,)

    class Rows(Block):
        tonnes = Row("Payable metal", unit="t")
        subsidy = Row("Subsidy")

    def apply(self, ledger: Ledger) -> None:
        """Tonnes × rate while it lasts."""
        rows = self.Rows(ledger.graph, self.name, self.heading)
        sold: Expr = ledger.read(Measure.PAYABLE, of=self.metal, by=self.name)
        rows.tonnes = ledger.mass(sold, ledger.mass_unit(self.metal), "t") * ledger.window(self.until, None)
        rows.subsidy = ledger.todays_money(ledger.in_money(rows.tonnes * self.given(ledger, "per_tonne")))
        ledger.post(Account.SUPPORT, rows.subsidy, payer=self.giver, payee=VENTURE)
