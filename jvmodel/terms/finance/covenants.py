"""Covenants: debt service cover that locks up distributions or puts the loans in default (terms.md D11, F7)."""

from __future__ import annotations

from typing import Annotated, Literal

from pydantic import model_validator

from jvmodel.graph import Block, Row, lead, max_, min_, ratio, trailing, where
from jvmodel.inputs import Measured, fault
from jvmodel.ledger import Account, Group, Ledger, Measure
from jvmodel.term import Term

Cover = Annotated[float, Measured("x", low=0.0, high=20.0)]
Clean = Annotated[float, Measured(low=0.0, high=100.0)]


class Covenants(Term):
    """Tests of the venture's cover in every period; a failed one holds distributions back, a worse one is a default."""

    kind: Literal["covenants"] = "covenants"
    lock_up: Cover = 1.2
    """Debt service cover below which nothing is distributed"""
    default: Cover = 1.05
    """Debt service cover below which the loans are in default"""
    forward: bool = False
    """Whether the cover of the period ahead is tested too"""
    clean_periods: Clean = 0.0
    """Periods without a failed test before what is locked up is released"""

    @model_validator(mode="after")
    def _in_order(self) -> Covenants:
        if self.default > self.lock_up:
            raise fault(f"default at {self.default:g} is above lock-up at {self.lock_up:g}; lock-up must come first")
        return self

    def announces(self) -> tuple[Account | Measure, ...]:
        """The lock-up."""
        return (Measure.LOCKED,)

    class Rows(Block):
        cfads = Row("Cash flow available for debt service")
        service = Row("Debt service due")
        cover = Row("Debt service cover ratio", unit="x", total="none")
        ahead = Row("Debt service cover ratio of the period ahead", unit="x", total="none")
        failed = Row("Test failed", unit="1", total="none")
        locked = Row("Distributions are locked up", unit="1", total="none")
        default = Row("In default", unit="1", total="none")

    def apply(self, ledger: Ledger) -> None:
        """A period without debt service has no cover and fails nothing."""
        rows = self.Rows(ledger.graph, self.name, self.heading)
        rows.cfads = ledger.net(Group.CFADS) + 0
        rows.service = ledger.read(Measure.DEBT_SERVICE, by=self.name) + 0
        rows.cover = ratio(rows.cfads, rows.service)
        least = self.given(ledger, "lock_up")
        rows.failed = where(rows.service > 0, rows.cover < least, 0)
        test = rows.failed
        if self.forward:
            rows.ahead = lead(rows.cover) + 0
            coming = where(lead(rows.service) > 0, rows.ahead < least, 0)
            test = rows.define("failed_ahead", "Test failed now or in the period ahead", max_(rows.failed, coming), total="none")
        rows.locked = min_(trailing(test, self.given(ledger, "clean_periods") + 1), 1) * (1 - ledger.last)
        rows.default = where(rows.service > 0, rows.cover < self.given(ledger, "default"), 0)
        ledger.record(Measure.LOCKED, rows.locked, by=self.name)
