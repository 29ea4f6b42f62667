"""Learning curve: cost falls, and recovery rises, with all that has been processed so far (terms.md A18)."""

from __future__ import annotations

from typing import Annotated, Literal

from pydantic import Field, model_validator

from jvmodel.driver import Driver, driven
from jvmodel.graph import Block, Row, lag, log_, max_, power, ratio
from jvmodel.inputs import Measured, Metal, PerTonne, Share, Tonnes, fault
from jvmodel.ledger import SUPPLIERS, VENTURE, Account, Ledger, Measure
from jvmodel.term import Term

Progress = Annotated[float, Measured(show="%", low=0.5, high=1.0)]


class LearningCurve(Term):
    """Each doubling of cumulative tonnes leaves so much of a unit cost; recovery comes up to its best by the same index."""

    kind: Literal["learning_curve"] = "learning_curve"
    per: Driver = "milled"
    """Tonnes that teach; ore, waste, moved, milled, concentrate or treated"""
    progress: Progress
    """What is left of the cost when cumulative tonnes double; 85% to 98% is usual"""
    reference: Tonnes = Field(gt=0)
    """Cumulative tonnes at which the cost is as planned; nothing is learnt before"""
    cost: PerTonne = 0.0
    """Unit cost that falls, in money of the base date"""
    recovery: dict[Metal, Share] = Field(default_factory=dict)
    """Points of recovery to gain when all is learnt"""

    @model_validator(mode="after")
    def _something(self) -> LearningCurve:
        if not self.cost and not self.recovery:
            raise fault("give cost (a tonne that falls) or recovery (points to gain by metal): what is learnt")
        return self

    def announces(self) -> tuple[Account | Measure, ...]:
        """The gain of recovery."""
        return (Measure.RECOVERY_GAIN,) if self.recovery else ()

    class Rows(Block):
        tonnes = Row("Tonnes that teach")
        to_date = Row("Tonnes so far", total="last")
        index = Row("Cost as a share of the plan", unit="%", total="none")
        saved = Row("Operating cost saved")
        credit = Row("Operating cost saved, as a negative cost")

    def apply(self, ledger: Ledger) -> None:
        """Index = (tonnes so far ÷ reference) to the power log₂ progress, at most 1; saved = tonnes × cost × (1 − index)."""
        rows = self.Rows(ledger.graph, self.name, self.heading)
        rows.tonnes = driven(ledger, self.per, self.name) + 0
        rows.to_date = lag(rows.to_date) + rows.tonnes
        two = ledger.graph.fact("two", "Two", (2.0,) * ledger.graph.timeline.periods)
        power_of = ratio(log_(self.given(ledger, "progress")), log_(two))
        rows.index = power(max_(ratio(rows.to_date, self.given(ledger, "reference")), 1), power_of)
        for metal in self.recovery:
            gain = self.given(ledger, f"recovery.{metal}") * (1 - rows.index)
            row = rows.define(f"gain_{metal}", f"Gain of recovery: {metal}", gain, "%", "none")
            ledger.record(Measure.RECOVERY_GAIN, row, of=metal, by=self.name)
        if self.cost:
            saved = rows.tonnes * self.given(ledger, "cost") * (1 - rows.index)
            rows.saved = ledger.escalated(ledger.in_money(saved), "real")
            rows.credit = 0 - rows.saved
            ledger.post(Account.OPERATING, rows.credit, payer=VENTURE, payee=SUPPLIERS)
