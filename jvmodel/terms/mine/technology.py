"""Technology: what a better process brings as it is adopted, with the chance that it works (terms.md A18)."""

from __future__ import annotations

from typing import Annotated, Literal

from pydantic import Field, model_validator

from jvmodel.driver import Driver, driven
from jvmodel.graph import Block, Row
from jvmodel.inputs import Measured, Metal, PerTonne, Series, Share, fault
from jvmodel.ledger import SUPPLIERS, VENTURE, Account, Ledger, Measure
from jvmodel.term import Term

Adopted = Annotated[Series, Measured(show="%", low=0.0, high=1.0)]
Training = Annotated[Series, Measured("$m/year", per_year=True, gaps="zero", low=0.0)]
Points = Annotated[float, Measured(show="%", low=-1.0, high=1.0)]


class Technology(Term):
    """Points of recovery and a saving a tonne, times how far they are adopted, times the chance of success."""

    kind: Literal["technology"] = "technology"
    recovery: dict[Metal, Points] = Field(default_factory=dict)
    """Gain of recovery, in points"""
    saving: PerTonne = 0.0
    """Operating cost saved a tonne, in money of the base date"""
    per: Driver = "milled"
    """Tonnes that it is saved on; ore, waste, moved, milled, concentrate or treated"""
    adopted: Adopted
    """How far it is adopted, by year"""
    training: Training | None = None
    """Cost of training people by year, in money of the base date"""
    success: Share = 1.0
    """Chance that it works; 100% or 0% in a trial, in between for an expected value"""

    @model_validator(mode="after")
    def _something(self) -> Technology:
        if not self.recovery and not self.saving:
            raise fault("give recovery (points by metal) or saving (a tonne): what it brings")
        return self

    def announces(self) -> tuple[Account | Measure, ...]:
        """The gain of recovery."""
        return (Measure.RECOVERY_GAIN,) if self.recovery else ()

    class Rows(Block):
        effect = Row("Share of the effect that is reached", unit="%", total="none")
        saved = Row("Operating cost saved")
        training = Row("Cost of training")

    def apply(self, ledger: Ledger) -> None:
        """Δ = gain × adopted × chance; the plant never recovers more than all of the metal."""
        rows = self.Rows(ledger.graph, self.name, self.heading)
        rows.effect = self.given(ledger, "adopted") * self.given(ledger, "success")
        if self.training is not None:
            rows.training = ledger.escalated(self.given(ledger, "training"), "real") + 0
            ledger.post(Account.OPERATING, rows.training, payer=VENTURE, payee=SUPPLIERS)
        for metal in self.recovery:
            gain = self.given(ledger, f"recovery.{metal}") * rows.effect
            row = rows.define(f"gain_{metal}", f"Gain of recovery: {metal}", gain, "%", "none")
            ledger.record(Measure.RECOVERY_GAIN, row, of=metal, by=self.name)
        if self.saving:
            tonnes = driven(ledger, self.per, self.name)
            saved = ledger.escalated(ledger.in_money(tonnes * self.given(ledger, "saving")), "real")
            rows.saved = saved * rows.effect
            credit = rows.define("credit", "Operating cost saved, as a negative cost", 0 - rows.saved)
            ledger.post(Account.OPERATING, credit, payer=VENTURE, payee=SUPPLIERS)
