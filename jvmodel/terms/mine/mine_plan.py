"""Mine plan: ore, waste and grades period by period, as the mining engineers scheduled them (terms.md A2)."""

from __future__ import annotations

from typing import Annotated, Literal

from pydantic import Field, model_validator

from jvmodel.deferral import Deferral
from jvmodel.graph import Block, Expr, Row, lag, ratio
from jvmodel.inputs import Factor, Measured, Metal, Series, Share, fault
from jvmodel.ledger import Ledger, Measure
from jvmodel.term import Name, Term

TonnesOverTime = Annotated[Series, Measured("t/year", per_year=True, low=0.0)]
Grade = Annotated[Series, Measured(show="%", gaps="outside", low=0.0, high=1.0)]
GramsPerTonne = Annotated[Series, Measured("g/t", gaps="outside", low=0.0, high=100000.0)]


class MinePlan(Term):
    """Ore and waste mined a year, with the grade of every metal."""

    kind: Literal["mine_plan"] = "mine_plan"
    ore: TonnesOverTime
    """Ore mined a year, dry"""
    capacity: TonnesOverTime | None = None
    """Most ore that can be mined a year, within which ore that disruptions put off is made up"""
    waste: TonnesOverTime | None = None
    """Waste mined a year"""
    strip_ratio: Factor | None = None
    """Tonnes of waste for each tonne of ore, where waste is not given"""
    grades: dict[Metal, Grade] = Field(default_factory=dict)
    """Head grade"""
    grams: dict[Metal, GramsPerTonne] = Field(default_factory=dict)
    """Head grade"""
    ore_type: Name | None = None
    """Type of the ore, where the plant recovers each type differently; one plan for each"""
    dilution: Share = 0.0
    """Dilution with barren rock; 0% where the plan has it already"""
    mining_loss: Share = 0.0
    """Share of the ore left behind; 0% where the plan has it already"""
    tonnage_factor: Factor = 1.0
    """Factor on ore and waste; 1 is the plan"""
    grade_factor: Factor = 1.0
    """Factor on every grade; 1 is the plan"""

    @model_validator(mode="after")
    def _whole(self) -> MinePlan:
        if not self.grades and not self.grams:
            raise fault("give at least one grade, under grades (in %) or grams (in g/t)")
        twice = set(self.grades) & set(self.grams)
        if twice:
            raise fault(f"'{min(twice)}' has a grade in % and one in g/t; give one of them")
        if self.waste is not None and self.strip_ratio is not None:
            raise fault("give waste or strip_ratio, not both")
        return self

    class Rows(Block):
        ore = Row("Ore mined")
        left = Row("Ore left to mine in later periods", total="none")
        waste = Row("Waste mined")

    def apply(self, ledger: Ledger) -> None:
        """Mined ore = plan × (1 − loss) × (1 + dilution); grade = plan ÷ (1 + dilution), as dilution is barren."""
        rows = self.Rows(ledger.graph, self.name, self.heading)
        diluted = 1 + self.given(ledger, "dilution")
        factor = self.given(ledger, "tonnage_factor")
        planned = self.given(ledger, "ore") * factor * (1 - self.given(ledger, "mining_loss")) * diluted
        deferral = self._deferral(ledger, rows, planned)
        rows.ore = ledger.produced(rows, "ore", "Ore mined", planned) if deferral is None else deferral.output
        rows.left = lag(rows.left, rows.ore.total) - rows.ore
        ledger.record(Measure.ORE, rows.ore, by=self.name)
        ledger.record(Measure.ORE_LEFT, rows.left, by=self.name)
        if self.waste is not None:
            rows.waste = self._with_ore(ledger, rows, deferral, "waste", "Waste mined", self.given(ledger, "waste") * factor)
            ledger.record(Measure.WASTE, rows.waste, by=self.name)
        elif self.strip_ratio is not None:
            rows.waste = rows.ore * self.given(ledger, "strip_ratio")
            ledger.record(Measure.WASTE, rows.waste, by=self.name)
        for metal in (*self.grades, *self.grams):
            self._metal(ledger, rows, metal, deferral)

    def _deferral(self, ledger: Ledger, rows: Rows, planned: Expr) -> Deferral | None:
        if not ledger.has(Measure.DEFERRED):
            return None
        most = None if self.capacity is None else self.given(ledger, "capacity")
        return Deferral(ledger, rows, "ore", "Ore mined", planned, most)

    @staticmethod
    def _with_ore(ledger: Ledger, rows: Rows, deferral: Deferral | None, attribute: str, label: str, planned: Expr) -> Expr:
        """What is planned to come with the ore, as it comes."""
        if deferral is None:
            return ledger.produced(rows, attribute, label, planned)
        return deferral.along(attribute, label, ledger.undisrupted(rows, attribute, label, planned))

    def _metal(self, ledger: Ledger, rows: Rows, metal: str, deferral: Deferral | None) -> None:
        in_grams = metal in self.grams
        planned = self.given(ledger, f"{'grams' if in_grams else 'grades'}.{metal}")
        diluted = ratio(planned * self.given(ledger, "grade_factor"), 1 + self.given(ledger, "dilution"))
        of, unit = ("g", "g/t") if in_grams else ("t", "%")
        late = ledger.has(Measure.DELAY)
        moved = late or deferral is not None
        label = f"Head grade{', as planned' if moved else ''}: {metal}"
        grade = rows.define(f"{'planned_' if moved else ''}grade_{metal}", label, diluted, unit, "none")
        contained_in, called = f"contained_{metal}", f"Contained {metal}"
        into = ledger.mass_unit(metal)
        if late:
            planned_mass = ledger.mass(rows.ref("planned_ore") * grade, of, into)
            mass = self._with_ore(ledger, rows, deferral, contained_in, called, planned_mass)
        elif deferral is not None:
            mass = deferral.along(contained_in, called, ledger.mass(deferral.expected * grade, of, into))
        else:
            mass = ledger.mass(rows.ore * grade, of, into)
        contained = rows.define(f"contained_{metal}", f"Contained {metal}", mass)
        if moved:
            reached = ratio(ledger.mass(contained, ledger.mass_unit(metal), of), rows.ore)
            rows.define(f"grade_{metal}", f"Head grade: {metal}", reached, unit, "none")
        ledger.record(Measure.CONTAINED, contained, of=metal, by=self.name)
        if self.ore_type is not None:
            ledger.record(Measure.CONTAINED, contained, of=f"{metal}/{self.ore_type}", by=self.name)
