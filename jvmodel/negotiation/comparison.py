"""Comparison: deals and proposals side by side: what differs, what each party gains or loses, and by which clause."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass, field, replace
from pathlib import Path
from typing import Any

import numpy as np
from numpy.typing import ArrayLike

from jvmodel.analysis.allocation import Allocation, allocate
from jvmodel.analysis.scenarios import Scenarios
from jvmodel.analysis.stakes import Stake, stakes
from jvmodel.analysis.study import evaluate
from jvmodel.analysis.wanted import wanted
from jvmodel.backends import arrays
from jvmodel.backends.arrays import Run
from jvmodel.deal import Deal
from jvmodel.dealfile import load
from jvmodel.dealfile.find import find
from jvmodel.dealfile.proposal import Proposal, opened
from jvmodel.errors import GraphError, JvmodelError
from jvmodel.flows import TRIFLE
from jvmodel.metrics import METRICS, party_metrics
from jvmodel.model import Model, build
from jvmodel.negotiation.attribution import EXACT, Attribution, attribute
from jvmodel.negotiation.differences import Difference
from jvmodel.negotiation.variants import Variants
from jvmodel.phrase import Phrase

TRIALS = 1024
"""Trials by which the shares of risk are worked out."""
MOST_BUILDS = 64
"""Models that are built to switch parts of a proposal apart."""


@dataclass(frozen=True)
class Side:
    """A deal on the table: its file, its title, who proposes it and when, and per party its figures and stake.

    `figures` are the metrics of `run --json` but cash; `stakes` those of parties of the deal; `risk` what each bears of the
    whole, where it was asked for.
    """

    file: str
    title: str
    by: str
    date: str
    note: str
    figures: dict[str, dict[str, Any]]
    stakes: dict[str, Stake]
    risk: Allocation | None = None


@dataclass(frozen=True)
class Clause:
    """A changed clause: what it says before and after, and its effect on each party's net present value, in millions.

    `alone` is it switched by itself, `in_order` after the clauses before it, `shapley` its mean over all orders; effects
    are empty where clauses cannot be switched apart.
    """

    part: str
    title: str
    differences: tuple[Difference, ...]
    alone: dict[str, float] = field(default_factory=dict)
    in_order: dict[str, float] = field(default_factory=dict)
    shapley: dict[str, float] = field(default_factory=dict)


@dataclass(frozen=True)
class Alternative:
    """A side against the base: its changed clauses in the order of the deal, and the change of each party's value.

    `exact` is False where Shapley values are means over drawn orders; `why` says why clauses could not be switched apart.
    """

    side: Side
    clauses: tuple[Clause, ...]
    change: dict[str, float]
    exact: bool = True
    why: str = ""

    def gainers(self) -> tuple[str, ...]:
        """Parties whose value rises."""
        return tuple(party for party, change in self.change.items() if change > TRIFLE)

    def losers(self) -> tuple[str, ...]:
        """Parties whose value falls."""
        return tuple(party for party, change in self.change.items() if change < -TRIFLE)


@dataclass(frozen=True)
class Comparison:
    """A base deal and alternatives to it; value is net present value at each party's own discount rate."""

    deal: Deal
    base: Side
    alternatives: tuple[Alternative, ...]
    parties: tuple[str, ...]

    def label(self, party: str) -> str:
        """What outputs call a party."""
        if party in self.deal.parties:
            return self.deal.parties[party].name
        return self.deal.ventures[party].name if party in self.deal.ventures else Phrase(party[:1].upper() + party[1:])


def compare(base: str | Path, others: Sequence[str | Path], changes: Iterable[str] = (), *, risk: bool = False) -> Comparison:
    """The first deal (a file, a proposal or an example) against others; `changes` (as `--set`) apply to all of them.

    With `risk` each is run for the same trials of its risk register; raises GraphError for a deal that has none.
    """
    changes = tuple(changes)
    model = build(load(base, changes))
    variants = [Variants(model, load(other, changes)) for other in others]
    for other, one in zip(others, variants, strict=True):
        if not model.deal.parties.keys() & one.after.parties.keys():
            raise GraphError(
                f"{Path(other).stem} has none of the parties of {Path(base).stem} ({', '.join(model.deal.parties)}),"
                " so there is nothing to compare; choose a deal over the same venture"
            )
    sides = _sides(model, [base, *others], variants)
    if risk:
        sides = [replace(side, risk=_borne(file, changes)) for side, file in zip(sides, [base, *others], strict=True)]
    parties = dict.fromkeys(model.parties)
    for side in sides:
        parties |= dict.fromkeys(side.figures)
    alternatives = tuple(_alternative(one, sides[0], side) for one, side in zip(variants, sides[1:], strict=True))
    return Comparison(model.deal, sides[0], alternatives, tuple(parties))


def _sides(model: Model, files: Sequence[str | Path], variants: Sequence[Variants]) -> list[Side]:
    """The base and every other deal; those that are the same model with other inputs in one run."""
    live = [one for one in variants if one.live]
    run = arrays.evaluate(model.graph, _stacked(model, live))
    scenario = {id(one): min(number, run.scenarios - 1) for number, one in enumerate(live, start=1)}
    sides = [_side(files[0], model, run, 0, {})]
    for file, one in zip(files[1:], variants, strict=True):
        if id(one) in scenario:
            sides.append(_side(file, model, run, scenario[id(one)], one.all_inputs()))
        else:
            other = build(one.after)
            sides.append(_side(file, other, other.run, 0, {}))
    return sides


def _stacked(model: Model, live: Sequence[Variants]) -> dict[str, ArrayLike]:
    """Inputs as given in the first scenario, then as each variant has them."""
    given = [one.all_inputs() for one in live]
    changes: dict[str, ArrayLike] = {}
    for name in dict.fromkeys(name for one in given for name in one):
        before = model.graph.params[name].value
        changes[name] = np.array([before, *(one.get(name, before) for one in given)])
    return changes


def _side(file: str | Path, model: Model, run: Run, scenario: int, inputs: dict[str, ArrayLike]) -> Side:
    timeline = model.graph.timeline
    figures = {}
    for party in model.parties:
        rate = float(np.asarray(inputs.get(model.rate_input(party), model.discount_rate(party))))
        cash = run[f"party.{party}.cash"][scenario]
        found = party_metrics(cash, timeline.times, timeline.counted, rate, timeline.years)
        figures[party] = {key: found[key] for key in (*METRICS, "irr_roots", "discount_rate")}
    made = proposal(file)
    return Side(
        str(file), (made and made.title) or Path(file).stem, (made and made.by) or "", (made and made.date) or "",
        (made and made.note) or "", figures, {one.party: one for one in stakes(model, run, scenario)},
    )  # fmt: skip


def _borne(file: str | Path, changes: Sequence[str]) -> Allocation:
    """What each party of a deal bears of the risk of the whole."""
    scenarios = Scenarios.of(file, changes, trials=TRIALS)
    model = scenarios.study.model
    parties = tuple(model.deal.parties)
    inputs = scenarios.inputs(scenarios.draw(0, TRIALS))
    found = evaluate(model, inputs, [wanted(model, f"{party}.npv") for party in parties], TRIALS)
    return allocate({party: found[f"{party}.npv"] for party in parties}, scenarios.register.confidence)


def proposal(file: str | Path) -> Proposal | None:
    """The proposal in a file; None where it is a deal."""
    chain = opened(find(file)).chain
    return chain[-1][1] if chain else None


def _alternative(one: Variants, base: Side, side: Side) -> Alternative:
    parties = dict.fromkeys([*base.figures, *side.figures])
    change = {
        party: side.figures.get(party, {}).get("npv", 0.0) - base.figures.get(party, {}).get("npv", 0.0) for party in parties
    }
    why = ""
    for by in ("part", "owner"):
        grouped: dict[str, list[Difference]] = {}
        for difference in one.differences:
            grouped.setdefault(getattr(difference, by), []).append(difference)
        if by == "part" and len(grouped) > EXACT and len({each.owner for each in one.differences}) < len(grouped):
            continue
        try:
            found = _attributed(one, grouped)
        except JvmodelError as error:
            why = str(error)
            continue
        return Alternative(side, tuple(_clauses(grouped, found)), change, exact=found.exact)
    return Alternative(
        side, tuple(_clauses(grouped, None)), change, why=Phrase("clauses cannot be switched apart: {why}", why=why)
    )


def _attributed(one: Variants, grouped: dict[str, list[Difference]]) -> Attribution:
    parts = {name: frozenset(difference.part for difference in found) for name, found in grouped.items()}
    shaping = sum(not each <= one.inputs.keys() for each in parts.values())
    exact = len(parts) <= EXACT and 1 << shaping <= MOST_BUILDS
    orders = 64 if not shaping else max(2, MOST_BUILDS // shaping)
    return attribute(
        list(parts), lambda subsets: one.values([frozenset().union(*(parts[name] for name in each)) for each in subsets]),
        exact=exact, orders=orders,
    )  # fmt: skip


def _clauses(grouped: dict[str, list[Difference]], found: Attribution | None) -> Iterable[Clause]:
    for name, differences in grouped.items():
        effects = (found.alone[name], found.in_order[name], found.shapley[name]) if found else ({}, {}, {})
        yield Clause(name, differences[0].clause, tuple(differences), *effects)
