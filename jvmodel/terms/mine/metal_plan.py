"""Metal plan: metal made by year, where a study gives metal rather than ore and recovery (terms.md A2, A4)."""

from __future__ import annotations

from typing import Annotated, Literal

from pydantic import Field, model_validator

from jvmodel.deferral import Deferral
from jvmodel.graph import Block, Expr
from jvmodel.inputs import Factor, Measured, Metal, Series, fault
from jvmodel.ledger import Ledger, Measure
from jvmodel.term import Term

Tonnes = Annotated[Series, Measured("t/year", per_year=True, low=0.0)]
Pounds = Annotated[Series, Measured("lb/year", per_year=True, low=0.0)]
Most = Annotated[float, Measured(low=0.0)]
Ounces = Annotated[Series, Measured("oz/year", per_year=True, low=0.0)]


class MetalPlan(Term):
    """Metal made a year, recovered and ready for sale."""

    kind: Literal["metal_plan"] = "metal_plan"
    tonnes: dict[Metal, Tonnes] = Field(default_factory=dict)
    """Metal a year in tonnes"""
    pounds: dict[Metal, Pounds] = Field(default_factory=dict)
    """Metal a year in pounds"""
    ounces: dict[Metal, Ounces] = Field(default_factory=dict)
    """Metal a year in troy ounces"""
    capacity: dict[Metal, Most] = Field(default_factory=dict)
    """Most metal that can be made a year, in the unit of its plan, within which metal that disruptions put off is made up"""
    factor: Factor = 1.0
    """Factor on all metal; 1 is the plan"""

    @model_validator(mode="after")
    def _whole(self) -> MetalPlan:
        named = [*self.tonnes, *self.pounds, *self.ounces]
        if not named:
            raise fault("give the metal made a year under tonnes, pounds or ounces")
        twice = next((metal for metal in named if named.count(metal) > 1), None)
        if twice:
            raise fault(f"'{twice}' is given in two units; keep one of them")
        unplanned = next((metal for metal in self.capacity if metal not in named), None)
        if unplanned:
            raise fault(f"capacity.{unplanned}: no metal of this name is planned; plan it, or take its capacity out")
        return self

    class Rows(Block):
        """Metal made."""

    def apply(self, ledger: Ledger) -> None:
        """Metal of the period in the mass unit of its price, times the factor."""
        rows = self.Rows(ledger.graph, self.name, self.heading)
        for field, mass in (("tonnes", "t"), ("pounds", "lb"), ("ounces", "oz")):
            for metal in getattr(self, field):
                planned = self.given(ledger, f"{field}.{metal}") * self.given(ledger, "factor")
                made = self._made(ledger, rows, metal, mass, planned)
                made = ledger.mass(made, mass, ledger.mass_unit(metal))
                row = rows.define(f"recovered_{metal}", f"Recovered {metal}", made)
                ledger.record(Measure.RECOVERED, row, of=metal, by=self.name)

    def _made(self, ledger: Ledger, rows: Rows, metal: str, mass: str, planned: Expr) -> Expr:
        label = f"Recovered {metal}"
        if not ledger.has(Measure.DEFERRED):
            return ledger.produced(rows, metal, label, planned)
        most = None
        if metal in self.capacity:
            one = (1.0,) * ledger.graph.timeline.periods
            a_year = ledger.graph.fact(f"one_{mass}_a_year", f"One {mass} a year", one, f"{mass}/year")
            most = self.given(ledger, f"capacity.{metal}") * a_year * ledger.period_years
        return Deferral(ledger, rows, metal, label, planned, most).output
