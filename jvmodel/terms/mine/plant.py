"""Plant: ore milled, metal recovered, concentrate made (terms.md A4)."""

from __future__ import annotations

from typing import Annotated, Literal

from pydantic import Field, model_validator

from jvmodel.graph import Block, Expr, Ref, Row, add_up, max_, min_, ratio
from jvmodel.inputs import Factor, Measured, Metal, Record, Series, Share, fault
from jvmodel.ledger import Ledger, Measure
from jvmodel.term import Name, Term

Recovery = Annotated[Series, Measured(show="%", gaps="outside", low=0.0, high=1.0)]
RampUp = Annotated[Series, Measured(show="%", low=0.0, high=1.0)]
Tail = Annotated[float, Measured(show="%", low=0.0, high=1.0)]


class Concentrate(Record):
    """The concentrate that the plant makes."""

    lead: Metal
    """lead metal; whose grade the concentrate is made to"""
    grade: Share = Field(gt=0)
    """grade of the lead metal"""


class Plant(Term):
    """Mills the ore and recovers its metals, into a concentrate or as metal."""

    kind: Literal["plant"] = "plant"
    recovery: dict[Metal, Recovery] = Field(default_factory=dict)
    """Recovery; where a fixed tail is given too, the most it can be"""
    by_type: dict[Name, dict[Metal, Recovery]] = Field(default_factory=dict)
    """Recovery by type of ore; of metals that have no recovery of their own above"""
    tail: dict[Metal, Tail] = Field(default_factory=dict)
    """Grade left in the tailings whatever the head grade, by metal: recovery = 1 − tail ÷ head grade"""
    ramp_up: RampUp | None = None
    """Share of the recovery that is reached while production ramps up; 100% when not given"""
    recovery_factor: Factor = 1.0
    """Factor on every recovery; 1 is as planned"""
    feed: Literal["mine", "stockpile"] = "mine"
    """Whether the plant mills ore as it is mined, or as a stockpile feeds it"""
    concentrate: Concentrate | None = None
    """Concentrate; left out where the plant makes metal"""

    @model_validator(mode="after")
    def _whole(self) -> Plant:
        if not self.metals:
            raise fault("recovery: give the recovery of at least one metal, such as {copper: 88%}")
        self._types()
        stray = set(self.tail) - set(self.recovery)
        if stray:
            raise fault(f"tail: '{min(stray)}' has no recovery; give the most that is recovered under recovery")
        if self.concentrate is not None and self.concentrate.lead not in self.metals:
            raise fault(f"concentrate.lead: '{self.concentrate.lead}' has no recovery; use one of {', '.join(self.metals)}")
        return self

    def _types(self) -> None:
        for name, recovery in self.by_type.items():
            twice = set(recovery) & set(self.recovery)
            if twice:
                raise fault(f"by_type.{name}: '{min(twice)}' has a recovery for all ore too; give one of them")
            if set(recovery) != set(next(iter(self.by_type.values()))):
                raise fault(f"by_type.{name}: give the recovery of the same metals for every type of ore")
        if self.by_type and self.feed == "stockpile":
            raise fault("by_type goes with feed: mine; a stockpile blends the types of ore")

    @property
    def metals(self) -> tuple[str, ...]:
        """Metals that are recovered, from all ore alike or by its type."""
        return (*self.recovery, *next(iter(self.by_type.values()), ()))

    class Rows(Block):
        milled = Row("Ore milled")
        concentrate = Row("Concentrate produced, dry", unit="t")

    def apply(self, ledger: Ledger) -> None:
        """Recovered = contained × recovery; concentrate = recovered lead metal ÷ its grade in the concentrate."""
        rows = self.Rows(ledger.graph, self.name, self.heading)
        rows.milled = ledger.read(Measure.ORE if self.feed == "mine" else Measure.FED, by=self.name) + 0
        ledger.record(Measure.MILLED, rows.milled, by=self.name)
        if "operation" in ledger.phases:
            idle = (ledger.phase("operation") > 0) * (rows.milled <= 0)
            ledger.warn(f"{self.name}_idle", f"{self.heading}: no ore is milled while the venture is to operate", idle)
        recovered = {metal: self._recovered(ledger, rows, metal) for metal in self.metals}
        if self.concentrate is None:
            return
        lead = self.concentrate.lead
        tonnes = ledger.mass(recovered[lead], ledger.mass_unit(lead), "t")
        rows.concentrate = tonnes / self.given(ledger, "concentrate.grade")
        ledger.record(Measure.CONCENTRATE, rows.concentrate, by=self.name)
        for metal, row in recovered.items():
            share = ratio(ledger.mass(row, ledger.mass_unit(metal), "t"), rows.concentrate)
            rows.define(f"assay_{metal}", f"Grade of {metal} in concentrate", share, "%", "none")
            ledger.record(Measure.IN_CONCENTRATE, row, of=metal, by=self.name)

    def _recovered(self, ledger: Ledger, rows: Rows, metal: str) -> Ref:
        measure = Measure.CONTAINED if self.feed == "mine" else Measure.FED_METAL
        contained = ledger.read(measure, of=metal, by=self.name)
        recovery = self._typed(ledger, rows, metal) if self.by_type else self.given(ledger, f"recovery.{metal}")
        if metal in self.tail:
            tonnes = ledger.mass(contained, ledger.mass_unit(metal), "t")
            head = rows.define(f"head_{metal}", f"Head grade milled: {metal}", ratio(tonnes, rows.milled), "%", "none")
            recovery = min_(max_(1 - ratio(self.given(ledger, f"tail.{metal}"), head, 1), 0), recovery)
        recovery = recovery * self.given(ledger, "recovery_factor")
        if ledger.has(Measure.RECOVERY_GAIN):
            recovery = recovery + ledger.optional(Measure.RECOVERY_GAIN, of=metal)
        if self.ramp_up is not None:
            recovery = recovery * self.given(ledger, "ramp_up")
        if ledger.has(Measure.RECOVERY_GAIN):
            wanted = rows.define(f"wanted_{metal}", f"Recovery of {metal} with gains", recovery, "%", "none")
            ledger.warn(
                f"{self.name}_{metal}_cap", f"{self.heading}: gains would recover more than all {metal}; cut at 100%", wanted > 1
            )
            recovery = wanted
        reached = rows.define(f"recovery_{metal}", f"Recovery of {metal}", min_(recovery, 1), "%", "none")
        row = rows.define(f"recovered_{metal}", f"Recovered {metal}", contained * reached)
        label = f"{self.heading}: never more {metal} is recovered than there is"
        ledger.check(f"{self.name}_{metal}", label, max_(row - contained, 0), unit=ledger.mass_unit(metal))
        if self.concentrate is None:
            ledger.record(Measure.RECOVERED, row, of=metal, by=self.name)
        return row

    def _typed(self, ledger: Ledger, rows: Rows, metal: str) -> Expr:
        """The recovery of each type of ore, weighted by the metal in it."""
        if metal in self.recovery:
            return self.given(ledger, f"recovery.{metal}")
        held = {one: ledger.read(Measure.CONTAINED, of=f"{metal}/{one}", by=self.name) for one in self.by_type}
        whole = add_up(held.values())
        label = f"{self.heading}: all {metal} is in ore of a type that has a recovery"
        missing = ledger.read(Measure.CONTAINED, of=metal, by=self.name) - whole
        ledger.check(f"{self.name}_{metal}_types", label, missing, unit=ledger.mass_unit(metal))
        parts = [amount * self.given(ledger, f"by_type.{one}.{metal}") for one, amount in held.items()]
        return rows.define(f"mean_{metal}", f"Mean recovery of {metal} by type of ore", ratio(add_up(parts), whole), "%", "none")
