"""Completion delay: output comes later while prices stay where they are (terms.md H2)."""

from __future__ import annotations

from typing import Annotated, Literal

from pydantic import model_validator

from jvmodel.graph import Block, Expr, Row, lag, max_, min_
from jvmodel.inputs import Date, Measured, Money, Months, fault
from jvmodel.ledger import SUPPLIERS, VENTURE, Account, Ledger, Measure
from jvmodel.term import Term

MoneyAMonth = Annotated[float, Measured("$m/month", low=0.0)]


class CompletionDelay(Term):
    """All output is so many months late; overhead runs on, contractors pay damages up to a cap, the licence does not wait."""

    kind: Literal["completion_delay"] = "completion_delay"
    months: Months
    """Months late"""
    planned: Date
    """Month in which production was planned to start"""
    overhead: MoneyAMonth = 0.0
    """Cost of each month of delay, in money of the base date"""
    damages: MoneyAMonth = 0.0
    """Damages that contractors pay for each month of delay, in nominal money"""
    damages_cap: Money | None = None
    """Most damages that they ever pay"""
    licence_ends: Date | None = None
    """First month in which nothing may be mined any more; what is late is then lost"""

    @model_validator(mode="after")
    def _cap(self) -> CompletionDelay:
        if self.damages_cap is not None and not self.damages:
            raise fault("damages_cap goes with damages; give both or neither")
        return self

    def announces(self) -> tuple[Account | Measure, ...]:
        """The delay."""
        return (Measure.DELAY,) if self.licence_ends is None else (Measure.DELAY, Measure.LICENSED)

    class Rows(Block):
        months = Row("Months late", total="none")
        waited = Row("Months of delay in the period", unit="month")
        overhead = Row("Overhead of the delay")
        room = Row("Damages left under their cap", total="none")
        damages = Row("Damages paid by contractors")
        to_date = Row("Damages to date", total="last")
        cost = Row("Cost of the delay, less damages")

    def apply(self, ledger: Ledger) -> None:
        """Months of delay in a period = its overlap with the months from the planned to the actual start."""
        rows = self.Rows(ledger.graph, self.name, self.heading)
        timeline, start = ledger.graph.timeline, self.planned.index
        begins = tuple(float(max(one.index - start, 0)) for one in timeline.starts)
        ends = tuple(float(max(one.index - start, 0)) for one in timeline.ends)
        begin = ledger.graph.fact(f"begin_after_{self.planned}", f"Months from {self.planned} to the period", begins, "month")
        end = ledger.graph.fact(
            f"end_after_{self.planned}", f"Months from {self.planned} to the end of the period", ends, "month"
        )
        rows.months = self.given(ledger, "months") + 0
        rows.waited = max_(min_(end, rows.months) - begin, 0)
        ledger.record(Measure.DELAY, rows.months, by=self.name)
        if self.licence_ends is not None:
            ledger.record(Measure.LICENSED, ledger.window(self.licence_ends, None), by=self.name)
        rows.overhead = ledger.escalated(rows.waited * self.given(ledger, "overhead"), "real")
        damages: Expr = ledger.todays_money(rows.waited * self.given(ledger, "damages"))
        if self.damages_cap is not None:
            rows.room = max_(self.given(ledger, "damages_cap") - lag(rows.to_date), 0)
            damages = min_(damages, ledger.todays_money(rows.room))
        rows.damages = damages + 0
        rows.to_date = lag(rows.to_date) + ledger.face_value(rows.damages)
        rows.cost = rows.overhead - rows.damages
        ledger.post(Account.OPERATING, rows.cost, payer=VENTURE, payee=SUPPLIERS)
