"""Procurement in the open: what leaks out of spending, and what audits and disclosure bring back (terms.md A17, K)."""

from __future__ import annotations

from typing import Annotated, Literal

from jvmodel.graph import Block, Row, exp_
from jvmodel.inputs import Factor, Measured, Party, Share
from jvmodel.ledger import SUPPLIERS, VENTURE, Account, Ledger
from jvmodel.term import Term


class Procurement(Term):
    """A share of what is spent is paid for nothing; audits and open tenders make the share smaller, and cost something."""

    kind: Literal["procurement"] = "procurement"
    leaks_to: Party
    """Party that stands for those who receive what leaks"""
    leakage: Share
    """Share of spending on suppliers that is added to it for nothing, without audits"""
    audit: Annotated[float, Measured("$m/year", low=0.0)] = 0.0
    """Cost of audits and open tenders a year, in money of the base date"""
    reduced_by: Factor = 0.0
    """How fast audits work; leakage is divided by e for each 1 ÷ this of their cost, in millions a year"""
    auditor: Party
    """Party that audits"""

    class Rows(Block):
        spending = Row("Spending on suppliers")
        rate = Row("Leakage with audits", unit="%", total="none")
        leaked = Row("Leaked")
        audit = Row("Cost of audits and open tenders")
        saved = Row("Leakage avoided by audits, less their cost; not a cash flow")

    def apply(self, ledger: Ledger) -> None:
        """Leaked = spending × leakage × exp(−β × audits); both are operating costs."""
        rows = self.Rows(ledger.graph, self.name, self.heading)
        accounts = (Account.OPERATING, Account.CAPEX, Account.SUSTAINING)
        spent = [ledger.total(account, payee=SUPPLIERS) for account in accounts]
        rows.spending = spent[0] + spent[1] + spent[2]
        one = ledger.graph.fact(
            "one_million_a_year", "One million a year", (1.0,) * ledger.graph.timeline.periods, f"{ledger.money}/year"
        )
        leakage = self.given(ledger, "leakage")
        rows.rate = leakage * exp_(0 - self.given(ledger, "reduced_by") * self.given(ledger, "audit") / one)
        rows.leaked = rows.spending * rows.rate
        running = (rows.spending > 0) * ledger.period_years
        rows.audit = ledger.escalated(self.given(ledger, "audit") * running, "real")
        rows.saved = rows.spending * leakage - rows.leaked - rows.audit
        ledger.post(Account.OPERATING, rows.leaked, payer=VENTURE, payee=self.leaks_to)
        ledger.post(Account.OPERATING, rows.audit, payer=VENTURE, payee=self.auditor)
