"""Tax change: a chance that a new levy comes, in expectation, and what a stabilisation clause gives back (terms.md H7)."""

from __future__ import annotations

from typing import Literal

from jvmodel.graph import Block, Row, max_
from jvmodel.inputs import Date, Party, Share
from jvmodel.ledger import VENTURE, Account, Group, Ledger, Measure
from jvmodel.term import Term


class TaxChange(Term):
    """With some chance the state adds a levy on revenue or on operating cash from a date on."""

    kind: Literal["tax_change"] = "tax_change"
    state: Party
    """Party that receives it"""
    chance: Share
    """Chance that it comes; 100% or 0% in a trial"""
    start: Date
    """First month of the levy"""
    rate: Share
    """Rate of the levy"""
    base: Literal["revenue", "operating_cash"] = "revenue"
    """What it is a share of"""
    compensated: Share = 0.0
    """Share of it that a stabilisation clause gives back"""
    deductible: bool = True
    """Whether income tax allows it as a cost"""

    def announces(self) -> tuple[Account | Measure, ...]:
        """The levy, and what is given back."""
        return (Account.LEVIES, Account.COMPENSATION) if self.compensated else (Account.LEVIES,)

    class Rows(Block):
        base = Row("Base of the levy")
        levy = Row("Levy, in expectation")
        given_back = Row("Given back under stabilisation")

    def apply(self, ledger: Ledger) -> None:
        """Levy = chance × rate × base from its start on."""
        rows = self.Rows(ledger.graph, self.name, self.heading)
        base = ledger.total(Account.REVENUE) if self.base == "revenue" else ledger.net(Group.OPERATING_CASH)
        rows.base = max_(base, 0) * (1 - ledger.window(self.start, None))
        rows.levy = rows.base * self.given(ledger, "rate") * self.given(ledger, "chance")
        ledger.post(Account.LEVIES, rows.levy, payer=VENTURE, payee=self.state, deductible="yes" if self.deductible else "no")
        if self.compensated:
            rows.given_back = rows.levy * self.given(ledger, "compensated")
            ledger.post(Account.COMPENSATION, rows.given_back, payer=self.state, payee=VENTURE)
