"""Disruption: output lost to strikes, accidents, sanctions or force majeure (terms.md E10, H13)."""

from __future__ import annotations

from typing import Literal

from pydantic import Field, model_validator

from jvmodel.graph import Block, Const, Expr, Row, max_
from jvmodel.inputs import Date, Record, Share, fault
from jvmodel.ledger import Account, Ledger, Measure
from jvmodel.term import Name, Term


class Event(Record):
    """One disruption."""

    start: Date
    """first month"""
    end: Date
    """first month after it"""
    lost: Share
    """share of output that is lost meanwhile"""

    @model_validator(mode="after")
    def _in_order(self) -> Event:
        if self.end.index <= self.start.index:
            raise fault(f"it ends in {self.end}, not after its start in {self.start}; give a later end")
        return self


class Disruption(Term):
    """Events that take away part of the mine's output; fixed costs run on, contracts count it as force majeure."""

    kind: Literal["disruption"] = "disruption"
    events: dict[Name, Event] = Field(min_length=1, max_length=20)
    """Event"""

    def announces(self) -> tuple[Account | Measure, ...]:
        """The loss."""
        return (Measure.OUTAGE,)

    class Rows(Block):
        lost = Row("Share of output lost", unit="%", total="none")

    def apply(self, ledger: Ledger) -> None:
        """Where events overlap, the larger loss counts; losses are not added."""
        rows = self.Rows(ledger.graph, self.name, self.heading)
        lost: Expr = Const(0.0)
        for name, event in self.events.items():
            part = ledger.between(event.start, event.end) * self.given(ledger, f"events.{name}.lost")
            label = f"Lost by {name.replace('_', ' ')}"
            lost = max_(lost, rows.define(f"lost_{name}", label, part, "%", "none"))
        rows.lost = lost + 0
        ledger.record(Measure.OUTAGE, rows.lost, by=self.name)
