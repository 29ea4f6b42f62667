"""Stage gates: what a project is worth before anybody knows, to each party, by backward induction (terms.md G17).

At every gate somebody decides whether to go on; whoever that is looks at its own money, and the others follow. Chances of
success stand in for a premium of technical risk in the rate.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from pathlib import Path

import numpy as np

from jvmodel.analysis.study import Study
from jvmodel.errors import GraphError
from jvmodel.graph.graph import did_you_mean
from jvmodel.mandates import Gates

Amounts = dict[str, float]
"""Millions by party."""


@dataclass(frozen=True)
class Stage:
    """A gate: what going on there is worth to all and to each party, whether the party that decides goes on, and when it is.

    `value` is what going on is worth; where the party that decides stops, parties have nothing, or what reverts to them.
    """

    name: str
    time: float
    reach: float
    """Chance that the stage is begun, if everybody goes on until then"""
    value: float
    values: Amounts
    goes_on: bool


@dataclass(frozen=True)
class Staged:
    """A tree as one party decides it ('' for all together): its stages and the decision to build, and what it is worth.

    `expected` is what each party has with every decision made by `decides`; `option` is what it gains in total by deciding
    rather than going on whatever happens.
    """

    decides: str
    stages: tuple[Stage, ...]
    build: float
    """Expected value at the decision to build"""
    reach_build: float
    spend: float
    """Expected cost of the stages at the start, if everybody goes on"""
    emv: float
    expected: Amounts
    option: float
    option_at_build: float
    """Part of it that is the right not to build what is found"""


def staged(path: str | Path, changes: Iterable[str] = ()) -> tuple[Staged, ...]:
    """The gates of a deal as all together decide, then as each party would alone; raises GraphError where it has none."""
    study = Study(path, tuple(changes))
    gates = study.model.deal.gates
    if gates is None:
        raise GraphError(
            "the deal has no gates; give it gates: with a rate, stages and outcomes (docs/negotiation.md has an example)"
        )
    found = outcomes(study, gates)
    return tuple(rolled_back(gates, found, decides) for decides in ("", *gates.shares))


def outcomes(study: Study, gates: Gates) -> tuple[Amounts, ...]:
    """What each outcome gives each party: its share of the value given, or its net present value in the deal so changed."""
    found: list[Amounts] = []
    for one in gates.outcomes:
        if one.value is not None:
            found.append({party: share * one.value for party, share in gates.shares.items()})
            continue
        values = {}
        for lever_path, factor in one.factors.items():
            lever = study.lever(lever_path)
            values[lever_path] = np.array([lever.base * factor])
        figures = study.figures(values, [f"{party}.npv" for party in gates.shares])
        found.append({party: float(figures[f"{party}.npv"][0]) for party in gates.shares})
    return tuple(found)


def rolled_back(gates: Gates, found: tuple[Amounts, ...], decides: str = "") -> Staged:
    """The tree rolled back from the decision to build, as one party or ('') all together decide; `found` by outcome."""
    if decides and decides not in gates.shares:
        raise GraphError(f"'{decides}' has no share in the outcome{did_you_mean(decides, gates.shares)}")
    parties = tuple(gates.shares)

    def judged(values: Mapping[str, float]) -> float:
        return values[decides] if decides else sum(values.values())

    chances = [one.chance for one in gates.outcomes]
    built = {
        party: sum(chance * (values[party] if judged(values) > 0 else 0.0) for chance, values in zip(chances, found, strict=True))
        for party in parties
    }
    always = {party: sum(chance * values[party] for chance, values in zip(chances, found, strict=True)) for party in parties}
    together = sum(chance * max(0.0, sum(values.values())) for chance, values in zip(chances, found, strict=True))
    at_build = sum(built.values())
    stages: list[Stage] = []
    after, blind, alone = built, always, together
    for place in range(len(gates.stages) - 1, -1, -1):
        gate = gates.stages[place]
        factor = (1 + gates.rate) ** -gate.years
        paid, held = gate.paid or gates.shares, gate.held or gates.shares
        going = {party: _going(gate.cost * paid.get(party, 0.0), gate.chance, factor, after[party],
                               gate.salvage * held.get(party, 0.0)) for party in parties}  # fmt: skip
        blind = {party: _going(gate.cost * paid.get(party, 0.0), gate.chance, factor, blind[party],
                               gate.salvage * held.get(party, 0.0)) for party in parties}  # fmt: skip
        alone = max(0.0, _going(gate.cost, gate.chance, factor, alone, gate.salvage))
        goes_on = judged(going) > 0
        begun = float(np.prod([one.chance for one in gates.stages[:place]]))
        time = sum(one.years for one in gates.stages[:place])
        stages.insert(0, Stage(gate.name, time, begun, sum(going.values()), going, goes_on))
        after = going if goes_on else {party: alone * gates.reverts.get(party, 0.0) for party in parties}
    reach = float(np.prod([one.chance for one in gates.stages]))
    whole = sum(one.years for one in gates.stages)
    spend = sum(one.reach * gate.cost / (1 + gates.rate) ** one.time for one, gate in zip(stages, gates.stages, strict=True))
    declined = (at_build - sum(always.values())) * reach / (1 + gates.rate) ** whole
    emv = sum(after.values())
    return Staged(decides, tuple(stages), at_build, reach, spend, emv, after, emv - sum(blind.values()), declined)


def _going(cost: float, chance: float, factor: float, next_value: float, salvage: float) -> float:
    """What going on with a stage is worth: its cost now, then the next stage or what a failure leaves."""
    return -cost + factor * (chance * next_value + (1 - chance) * salvage)
