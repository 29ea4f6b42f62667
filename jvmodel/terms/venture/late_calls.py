"""Late cash calls: interest that a partner owes to those who bridged its call (terms.md C7)."""

from __future__ import annotations

from typing import Annotated, Literal

from pydantic import Field, model_validator

from jvmodel.graph import Block, Row
from jvmodel.inputs import Measured, Party, Rate, fault
from jvmodel.ledger import Account, Ledger, Measure
from jvmodel.partners import calls_left, share_out
from jvmodel.term import Term


class LateCalls(Term):
    """A partner pays its calls so many months late, with interest to the partners that bridged them."""

    kind: Literal["late_calls"] = "late_calls"
    partner: Party
    """Partner that pays late"""
    bridged_by: tuple[Party, ...] = Field(min_length=1)
    """Partners that pay for it meanwhile, by their interests"""
    months: Annotated[float, Measured("month", above=0.0, high=12.0)]
    """Months late"""
    rate: Rate
    """Interest a year, simple; the agreed base rate and its penalty margin together"""

    @model_validator(mode="after")
    def _apart(self) -> LateCalls:
        if self.partner in self.bridged_by:
            raise fault(f"'{self.partner}' cannot bridge itself; leave it out of bridged_by")
        return self

    def announces(self) -> tuple[Account | Measure, ...]:
        """The interest."""
        return (Account.LATE_INTEREST,)

    class Rows(Block):
        calls = Row("Calls paid late")
        interest = Row("Interest on late calls")

    def apply(self, ledger: Ledger) -> None:
        """Interest = call that it pays itself × rate × months ÷ 12; the delay itself stays within its period."""
        rows = self.Rows(ledger.graph, self.name, self.heading)
        rows.calls = calls_left(ledger, self.partner) + 0
        years = self.given(ledger, "months") / ledger.months * ledger.share_of_year
        rows.interest = rows.calls * self.given(ledger, "rate") * years
        share_out(ledger, rows, Account.LATE_INTEREST, rows.interest, self.partner, self.bridged_by, "Interest to")
