"""Tax change: a chance that a new levy comes, in expectation, and what a stabilisation clause gives back (terms.md H7)."""

from __future__ import annotations

from typing import Literal

from pydantic import model_validator

from jvmodel.graph import Block, Expr, Row, lead, max_, power, ratio
from jvmodel.inputs import Date, Party, Rate, Share, fault
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
    restored: Literal["as_it_arises", "at_once"] = "as_it_arises"
    """Whether that is paid as it arises, or as one sum that restores the value when the levy comes (economic equilibrium)"""
    discount_rate: Rate | None = None
    """Discount rate, effective a year, by which one sum restores the value; with restored: at_once"""
    deductible: bool = True
    """Whether income tax allows it as a cost"""

    @model_validator(mode="after")
    def _restored(self) -> TaxChange:
        if (self.discount_rate is not None) != (self.restored == "at_once"):
            raise fault("discount_rate goes with restored: at_once, which needs one; give both or neither")
        return self

    def announces(self) -> tuple[Account | Measure, ...]:
        """The levy, and what is given back."""
        return (Account.LEVIES, Account.COMPENSATION) if self.compensated else (Account.LEVIES,)

    class Rows(Block):
        base = Row("Base of the levy")
        levy = Row("Levy, in expectation")
        later = Row("Present value of what is to be given back, from the period on", total="none")
        given_back = Row("Given back under stabilisation")

    def apply(self, ledger: Ledger) -> None:
        """Levy = chance × rate × base from its start on."""
        rows = self.Rows(ledger.graph, self.name, self.heading)
        base = ledger.total(Account.REVENUE) if self.base == "revenue" else ledger.net(Group.OPERATING_CASH)
        rows.base = max_(base, 0) * (1 - ledger.window(self.start, None))
        rows.levy = rows.base * self.given(ledger, "rate") * self.given(ledger, "chance")
        ledger.post(Account.LEVIES, rows.levy, payer=VENTURE, payee=self.state, deductible="yes" if self.deductible else "no")
        if self.compensated:
            due = rows.levy * self.given(ledger, "compensated")
            rows.given_back = due + 0 if self.discount_rate is None else self._at_once(ledger, rows, due)
            taxed = "yes" if self.deductible else "no"
            ledger.post(Account.COMPENSATION, rows.given_back, payer=self.state, payee=VENTURE, taxed=taxed)

    def _at_once(self, ledger: Ledger, rows: Rows, due: Expr) -> Expr:
        """One sum in the period in which the levy comes: the value then, at the clause's rate, of all that it takes."""
        growth = power(1 + self.given(ledger, "discount_rate"), ledger.period_years)
        rows.later = due + ratio(lead(rows.later) * ledger.grown, growth)
        return rows.later * ledger.at(self.start)
