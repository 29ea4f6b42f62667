"""Overrun sharing: the operator bears part of what building costs beyond its control budget (terms.md C15)."""

from __future__ import annotations

from typing import Literal

from pydantic import Field, model_validator

from jvmodel.graph import Block, Expr, Row, lag, max_, min_
from jvmodel.inputs import Money, Party, Share, fault
from jvmodel.ledger import Account, Ledger, Measure
from jvmodel.partners import share_out
from jvmodel.term import Term


class OverrunSharing(Term):
    """Beyond a tolerance the operator pays a share of the overrun for its partners, up to a cap, without recovery."""

    kind: Literal["overrun_sharing"] = "overrun_sharing"
    operator: Party
    """Partner that bears it"""
    others: tuple[Party, ...] = Field(min_length=1)
    """Partners whose part it pays, by their interests"""
    tolerance: Share = 0.1
    """Share of the control budget that all bear alike"""
    share: Share = 1.0
    """Share of the overrun beyond that the operator bears"""
    cap: Money | None = None
    """Most that the operator bears for all; above it all bear alike again"""

    @model_validator(mode="after")
    def _apart(self) -> OverrunSharing:
        if self.operator in self.others:
            raise fault(f"'{self.operator}' bears the overrun; leave it out of others")
        return self

    def announces(self) -> tuple[Account | Measure, ...]:
        """What the operator pays for others."""
        return (Account.OVERRUN,)

    class Rows(Block):
        budget = Row("Control budget, contingency included")
        overrun = Row("Overrun")
        to_date = Row("Overrun to date", total="last")
        beyond = Row("Overrun to date beyond the tolerance", total="last")
        borne_to_date = Row("Borne by the operator to date", total="last")
        borne = Row("Borne by the operator")
        for_others = Row("of which for its partners")

    def apply(self, ledger: Ledger) -> None:
        """Borne = min((overrun − tolerance × budget) × share, cap); the operator's own part stays with its interest."""
        rows = self.Rows(ledger.graph, self.name, self.heading)
        rows.budget = ledger.read(Measure.BUDGET, by=self.name) + 0
        rows.overrun = ledger.read(Measure.OVERRUN, by=self.name) + 0
        rows.to_date = lag(rows.to_date) + rows.overrun
        rows.beyond = max_(rows.to_date - rows.budget.total * self.given(ledger, "tolerance"), 0)
        borne: Expr = rows.beyond * self.given(ledger, "share")
        rows.borne_to_date = borne if self.cap is None else min_(borne, self.given(ledger, "cap"))
        rows.borne = rows.borne_to_date - lag(rows.borne_to_date)
        own = ledger.read(Measure.INTEREST, of=self.operator, by=self.name)
        rows.for_others = rows.borne * (1 - own)
        share_out(ledger, rows, Account.OVERRUN, rows.for_others, self.operator, self.others, "Paid for", meets="calls")
