"""Disruption: output lost to strikes, accidents, sanctions or force majeure (terms.md E10, H13)."""

from __future__ import annotations

from typing import Annotated, Literal

from pydantic import Field, model_validator

from jvmodel.graph import Block, Const, Expr, Row, flag, max_, ratio
from jvmodel.inputs import Date, Days, Measured, MoneyPerYear, Party, Record, Share, fault
from jvmodel.ledger import VENTURE, Account, Ledger, Measure
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


class Interruption(Record):
    """Insurance of business interruption, at an agreed value a day."""

    insurer: Party
    """Party that insures"""
    daily: Annotated[float, Measured("$m/day", low=0.0)]
    """agreed value of a day without any output, in nominal money"""
    waiting: Days = 0.0
    """days of each event that are not insured"""
    premium: MoneyPerYear
    """premium a year of operation, in nominal money"""


class Disruption(Term):
    """Events that take away part of the mine's output; fixed costs run on, contracts count it as force majeure."""

    kind: Literal["disruption"] = "disruption"
    events: dict[Name, Event] = Field(min_length=1, max_length=20)
    """Event"""

    deferred: Share | None = None
    """Share of what is lost that is put off; the plan makes it up later within its capacity, as far as operation lasts"""
    insurance: Interruption | None = None
    """Business interruption insurance"""

    def announces(self) -> tuple[Account | Measure, ...]:
        """The loss, and claims for it."""
        insured = (Account.SUPPORT,) if self.insurance is not None else ()
        return (Measure.OUTAGE, *insured) if self.deferred is None else (Measure.OUTAGE, Measure.DEFERRED, *insured)

    class Rows(Block):
        lost = Row("Share of output lost", unit="%", total="none")
        deferred = Row("Share of it that is put off", unit="%", total="none")
        days = Row("Days without output that are insured", unit="day")
        claim = Row("Claim for business interruption")
        premium = Row("Premium of business interruption")

    def apply(self, ledger: Ledger) -> None:
        """Where events overlap, the larger loss counts; losses are not added."""
        rows = self.Rows(ledger.graph, self.name, self.heading)
        lost: Expr = Const(0.0)
        insured: Expr = Const(0.0)
        for name, event in self.events.items():
            part = ledger.between(event.start, event.end) * self.given(ledger, f"events.{name}.lost")
            label = f"Lost by {name.replace('_', ' ')}"
            row = rows.define(f"lost_{name}", label, part, "%", "none")
            lost = max_(lost, row)
            if self.insurance is not None:
                insured = max_(insured, row * self._insured(ledger, event))
        rows.lost = lost + 0
        ledger.record(Measure.OUTAGE, rows.lost, by=self.name)
        if self.deferred is not None:
            rows.deferred = self.given(ledger, "deferred") * flag(rows.lost)
            ledger.record(Measure.DEFERRED, rows.deferred, by=self.name)
        if self.insurance is not None:
            self._insure(ledger, rows, insured)

    def _insured(self, ledger: Ledger, event: Event) -> Expr:
        """The share of an event's days that lies after the days that are not insured."""
        months = float(event.end.index - event.start.index)
        length = ledger.graph.fact(
            f"months_{event.start}_{event.end}", f"Months from {event.start} to {event.end}",
            (months,) * ledger.graph.timeline.periods, "month",
        )  # fmt: skip
        days = length / ledger.graph.conversion("month", "year") * ledger.graph.conversion("day", "year")
        return max_(1 - ratio(self.given(ledger, "insurance.waiting"), days), 0)

    def _insure(self, ledger: Ledger, rows: Rows, insured: Expr) -> None:
        """Claim = share lost × insured days × agreed value; at yearly length, so that it holds for any step."""
        assert self.insurance is not None
        rows.days = insured * ledger.period_years * ledger.graph.conversion("day", "year") * ledger.phase("operation")
        rows.claim = ledger.todays_money(rows.days * self.given(ledger, "insurance.daily"))
        yearly = self.given(ledger, "insurance.premium") * ledger.period_years * ledger.phase("operation")
        rows.premium = ledger.todays_money(yearly)
        ledger.post(Account.SUPPORT, rows.claim, payer=self.insurance.insurer, payee=VENTURE)
        ledger.post(Account.OPERATING, rows.premium, payer=VENTURE, payee=self.insurance.insurer)
