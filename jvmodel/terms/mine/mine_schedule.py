"""Mine schedule: phases of a reserve mined one after the other at the mine's capacity (terms.md A2)."""

from __future__ import annotations

from typing import Annotated, Literal

from pydantic import Field, model_validator

from jvmodel.errors import GraphError
from jvmodel.graph import Block, Const, Expr, Ref, Row, add_up, lag, max_, min_, ratio
from jvmodel.inputs import Factor, Measured, Metal, Record, Series, Share, Tonnes, fault
from jvmodel.ledger import Ledger, Measure
from jvmodel.term import Name, Term

Capacity = Annotated[Series, Measured("t/year", per_year=True, low=0.0)]
Grams = Annotated[float, Measured("g/t", low=0.0, high=100000.0)]


class MiningPhase(Record):
    """One part of the reserve: a pit phase, or a block of an underground mine."""

    tonnes: Tonnes
    """ore in place"""
    grades: dict[Metal, Share] = Field(default_factory=dict)
    """grade in place"""
    grams: dict[Metal, Grams] = Field(default_factory=dict)
    """grade in place"""
    strip_ratio: Factor = 0.0
    """tonnes of waste for each tonne of ore mined"""
    ore_type: Name | None = None
    """type of the ore, where the plant recovers each type differently"""
    counted: Share = 1.0
    """share of the ore that is counted on; below 100% for resources outside reserves"""


class MineSchedule(Term):
    """Phases mined in their order, each until it is exhausted, as fast as the mine can."""

    kind: Literal["mine_schedule"] = "mine_schedule"
    phases: dict[Name, MiningPhase] = Field(min_length=1, max_length=40)
    """Phase"""
    capacity: Capacity
    """Most ore mined a year; while the mine operates"""
    dilution: Share = 0.0
    """Dilution with barren rock; 0% where the grades have it already"""
    mining_loss: Share = 0.0
    """Share of the ore left behind; 0% where the tonnes have it already"""
    grade_factor: Factor = 1.0
    """Factor on every grade; 1 is the plan"""

    @model_validator(mode="after")
    def _grades(self) -> MineSchedule:
        first, *others = self.phases
        named = {*self.phases[first].grades, *self.phases[first].grams}
        if not named:
            raise fault(f"phases.{first}: give at least one grade, under grades (in %) or grams (in g/t)")
        for name, phase in self.phases.items():
            if set(phase.grades) & set(phase.grams):
                raise fault(f"phases.{name}: '{min(set(phase.grades) & set(phase.grams))}' has two grades; give one of them")
            if name in others and (set(phase.grades), set(phase.grams)) != (
                set(self.phases[first].grades), set(self.phases[first].grams)
            ):  # fmt: skip
                raise fault(f"phases.{name}: give the grades of the same metals, in the same units, as in phase '{first}'")
        return self

    class Rows(Block):
        capacity = Row("Most ore that can be mined")
        opening = Row("Reserve brought forward", total="none")
        ore = Row("Ore mined")
        closing = Row("Reserve carried forward", total="last")
        left = Row("Ore left to mine in later periods", total="none")
        waste = Row("Waste mined")

    def apply(self, ledger: Ledger) -> None:
        """Mined to date = min(mined before + capacity, reserve); each phase has the slice between its bounds."""
        rows = self.Rows(ledger.graph, self.name, self.heading)
        if ledger.has(Measure.DEFERRED):
            raise GraphError("a schedule mines later all that it cannot mine now; leave deferred out of the disruption")
        planned = self.given(ledger, "capacity") * ledger.phase("operation")
        rows.capacity = ledger.produced(rows, "capacity", "Most ore that can be mined", planned)
        diluted = (1 - self.given(ledger, "mining_loss")) * (1 + self.given(ledger, "dilution"))
        sizes = {
            name: self.given(ledger, f"phases.{name}.tonnes") * self.given(ledger, f"phases.{name}.counted") * diluted
            for name in self.phases
        }
        rows.opening = lag(rows.closing, add_up(sizes.values()))
        rows.ore = min_(rows.capacity, rows.opening)
        rows.closing = rows.opening - rows.ore
        rows.left = lag(rows.left, rows.ore.total) - rows.ore
        mined = self._by_phase(rows, sizes)
        waste = [mined[name] * self.given(ledger, f"phases.{name}.strip_ratio") for name in self.phases]
        rows.waste = add_up(waste)
        ledger.record(Measure.ORE, rows.ore, by=self.name)
        ledger.record(Measure.ORE_LEFT, rows.left, by=self.name)
        ledger.record(Measure.WASTE, rows.waste, by=self.name)
        first = next(iter(self.phases.values()))
        for metal in first.grades:
            self._metal(ledger, rows, mined, metal, "grades")
        for metal in first.grams:
            self._metal(ledger, rows, mined, metal, "grams")

    def _by_phase(self, rows: Rows, sizes: dict[str, Expr]) -> dict[str, Ref]:
        """What is left of a phase is the reserve, less the phases after it, within nil and its own size."""
        mined: dict[str, Ref] = {}
        later: Expr = Const(0.0)
        for name in reversed(list(self.phases)):
            what = name.replace("_", " ")
            label = f"{what.capitalize()}: left at the end of the period"
            left = rows.define(f"left_{name}", label, min_(max_(rows.closing - later, 0), sizes[name]), total="last")
            mined[name] = rows.define(f"mined_{name}", f"{what.capitalize()}: ore mined", lag(left, sizes[name]) - left)
            later = later + sizes[name]
        return mined

    def _metal(self, ledger: Ledger, rows: Rows, mined: dict[str, Ref], metal: str, field: str) -> None:
        parts = [mined[name] * self.given(ledger, f"phases.{name}.{field}.{metal}") for name in self.phases]
        undiluted = add_up(parts) * self.given(ledger, "grade_factor")
        of = "g" if field == "grams" else "t"
        metal_in_ore = ledger.mass(ratio(undiluted, 1 + self.given(ledger, "dilution")), of, ledger.mass_unit(metal))
        contained = rows.define(f"contained_{metal}", f"Contained {metal}", metal_in_ore)
        grade = ratio(ledger.mass(contained, ledger.mass_unit(metal), of), rows.ore)
        rows.define(f"grade_{metal}", f"Head grade: {metal}", grade, "g/t" if field == "grams" else "%", "none")
        ledger.record(Measure.CONTAINED, contained, of=metal, by=self.name)
        for ore_type in dict.fromkeys(phase.ore_type for phase in self.phases.values() if phase.ore_type):
            of_type = [part for part, phase in zip(parts, self.phases.values(), strict=True) if phase.ore_type == ore_type]
            share = ratio(add_up(of_type) * self.given(ledger, "grade_factor"), undiluted)
            row = rows.define(f"contained_{metal}_{ore_type}", f"Contained {metal} in {ore_type} ore", contained * share)
            ledger.record(Measure.CONTAINED, row, of=f"{metal}/{ore_type}", by=self.name)
