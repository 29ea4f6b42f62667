"""The table: who must agree, where each walks away, the terms that may move, and what packages of them are worth.

Worth is net present value at each party's own discount rate, or, on risk, its mean over the trials of the deal's risk
register less the price of risk times expected shortfall (terms.md G9, G12).
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, replace
from functools import cached_property
from pathlib import Path

import numpy as np
from numpy.typing import ArrayLike, NDArray

from jvmodel.analysis.scenarios import Scenarios
from jvmodel.analysis.study import Study, evaluate
from jvmodel.analysis.wanted import wanted
from jvmodel.dealfile import load
from jvmodel.dealfile.find import find
from jvmodel.dealfile.proposal import opened
from jvmodel.errors import DealError, GraphError
from jvmodel.lever import Kind
from jvmodel.mandates import Negotiation, Seat
from jvmodel.metrics import party_metrics
from jvmodel.model import build
from jvmodel.negotiation.bargaining import Game
from jvmodel.negotiation.targets import partners
from jvmodel.negotiation.unknowns import Space, Unknown, unknown, unknowns

Array = NDArray[np.float64]
TRIALS = 128
"""Trials by which packages are valued on risk, unless the register has fewer."""
WORLD = ("prices", "currencies", "inflation", "parties")
"""What a deal says that holds for a party's other deals too."""
AT_ONCE = 400_000
"""Scenarios that are run in one go."""


@dataclass(frozen=True)
class Seated:
    """A party at the table: what outputs call it, its walk-away value in millions, power, and price of risk."""

    party: str
    label: str
    walk_away: float
    power: float
    risk_price: float
    note: str = ""


@dataclass(frozen=True)
class Table:
    """Parties, terms, and a way to value packages: points (S, terms) from 0 at the low end of each term to 1 at its high end."""

    study: Study
    seats: tuple[Seated, ...]
    space: Space
    scenarios: Scenarios | None = None
    confidence: float = 0.9
    trials: int = TRIALS

    @property
    def parties(self) -> tuple[str, ...]:
        """Those who must agree."""
        return tuple(seat.party for seat in self.seats)

    @property
    def walk_away(self) -> Array:
        """Walk-away values (parties,)."""
        return np.array([seat.walk_away for seat in self.seats])

    @property
    def figures(self) -> tuple[str, ...]:
        """The net present value of each."""
        return tuple(f"{party}.npv" for party in self.parties)

    @property
    def on_risk(self) -> bool:
        """Whether worth is less by the price of risk."""
        return self.scenarios is not None

    def worth(self, points: Array) -> Array:
        """What packages are worth to each party (S, parties)."""
        if self.scenarios is None:
            found = self.space.figures(points, self.figures)
            return np.stack([found[name] for name in self.figures], axis=1)
        size = max(1, AT_ONCE // self.trials)
        parts = [self._on_risk(points[start : start + size]) for start in range(0, len(points), size)]
        return np.concatenate(parts)

    def npvs(self, points: Array) -> Array:
        """Net present values (packages, trials, parties) over the trials of the risk register."""
        assert self.scenarios is not None
        study, drawn = self.scenarios.study, self._trials
        size, trials = len(points), self.trials
        values = self.space.values(points)
        levers: dict[str, ArrayLike] = {
            path: np.tile(draws, (size, *(1 for _ in draws.shape[1:]))) for path, draws in drawn.items()
        }
        for number, one in enumerate(self.space.unknowns):
            path, value = self._met_by_risk(one, np.repeat(values[:, number], trials), levers)
            levers[path] = value
        changes = study.inputs(levers, size * trials)
        wishes = [wanted(study.model, name) for name in self.figures]
        found = evaluate(study.model, changes, wishes, size * trials)
        return np.stack([found[name] for name in self.figures], axis=1).reshape(size, trials, len(self.seats))

    def _met_by_risk(self, one: Unknown, agreed: Array, levers: Mapping[str, ArrayLike]) -> tuple[str, Array]:
        """The lever that a term moves in the trials, and its values: what is agreed, as far as risks still move it.

        A price that follows a path does so around the price agreed; a draw that is a factor, or an addition, is one to what
        is agreed. What is drawn as a value of its own is no risk any more once it is agreed.
        """
        assert self.scenarios is not None
        study, lever = self.scenarios.study, one.lever
        metal = next((metal for metal in study.by_period if one.path in (f"prices.{metal}", f"prices.{metal}.flat")), None)
        if metal is not None:
            factor = agreed / lever.base if lever.kind is Kind.NUMBER else agreed
            path = f"prices.{metal}"
            return path, np.asarray(levers[path], dtype=np.float64) * factor[:, None]
        drawn = next((factor.drawn for factor in self.scenarios.register.factors.values() if one.path in factor.of), "value")
        if drawn == "value" or not (drawn == "addition" or lever.base):
            return one.path, agreed
        draws = np.asarray(levers[one.path], dtype=np.float64)
        return one.path, agreed * draws / lever.base if drawn == "factor" else agreed + draws - lever.base

    def _on_risk(self, points: Array) -> Array:
        return certainty_equivalent(self.npvs(points), np.array([seat.risk_price for seat in self.seats]), self.confidence)

    @cached_property
    def _trials(self) -> dict[str, Array]:
        assert self.scenarios is not None
        return self.scenarios.levers(self.scenarios.draw(0, self.trials))

    @cached_property
    def game(self) -> Game:
        """The bargaining game on this table."""
        power = np.array([seat.power for seat in self.seats])
        sample = 1024 if not self.on_risk else 256
        return Game(
            self.worth, self.walk_away, power / power.sum(), len(self.space.unknowns),
            self.space.excess if self.space.splits else None, sample,
        )  # fmt: skip

    def terms(self, at: Array) -> dict[str, float]:
        """The values of the terms in a package, by path."""
        values = self.space.values(np.atleast_2d(at))[0]
        return {one.path: float(value) for one, value in zip(self.space.unknowns, values, strict=True)}

    def with_risk(self) -> Table:
        """The same table with worth on risk; raises GraphError where the deal has no risk register."""
        scenarios = Scenarios.of(self.study.path, self.study.changes)
        study = scenarios.study
        register = scenarios.register
        scenarios = replace(scenarios, register=register.model_copy(update={"trials": min(register.trials, self.trials)}))
        return replace(self, scenarios=scenarios, space=Space(study, self.space.unknowns), trials=scenarios.register.trials)


def certainty_equivalent(npvs: Array, price: Array, confidence: float) -> Array:
    """Mean less price of risk times expected shortfall, (S, parties), of outcomes (S, trials, parties).

    Expected shortfall is the mean loss in a party's own worst `1 − confidence` of outcomes; a tail that is no loss costs nothing.
    """
    size = max(1.0, npvs.shape[1] * (1 - confidence))
    size = round(size) if abs(size - round(size)) < 1e-9 * npvs.shape[1] else size
    last = int(np.ceil(size)) - 1
    worst = np.partition(npvs, last, axis=1)[:, : last + 1]
    # the outcome at the edge of the tail counts by the part of it that lies within
    tail = (worst[:, :last].sum(axis=1) + (size - last) * worst[:, last]) / size
    found: Array = npvs.mean(axis=1) - price * np.maximum(0.0, -tail)
    return found


def table(path: str | Path, changes: Iterable[str] = (), terms: Sequence[str] = ()) -> Table:
    """The table of a deal: its `negotiation`, or else its partners, none of whom walks away above nil, and its ranges.

    `terms` (PATH or PATH=LOW:HIGH) take the place of those in the deal. Raises GraphError where nothing may move.
    """
    study = Study(path, tuple(changes))
    deal = study.model.deal
    given = deal.negotiation
    seats = given.parties if given else {party: Seat() for party in partners(study.model)}
    seated = tuple(
        Seated(party, study.model.label(party), _walk_away(study, party, seat), seat.power, seat.risk_price, seat.note or "")
        for party, seat in seats.items()
    )
    moved = tuple(one for text in terms for one in unknowns(study, text)) if terms else _moved(study, given)
    if not moved:
        raise GraphError(
            "the deal does not say which terms may move; name them with --terms PATH=LOW:HIGH, or give the deal a negotiation:"
            " with parties: and terms:"
        )
    shaping = next((one.path for one in moved if one.lever.kind is Kind.SHAPE), None)
    if shaping is not None:
        raise GraphError(
            f"{shaping} shapes the model, which is built anew for each value, so it cannot be moved at the table; set it with"
            " --set, or solve for it alone"
        )
    return Table(study, seated, Space(study, moved), confidence=given.confidence if given else 0.9)


def _moved(study: Study, given: Negotiation | None) -> tuple[Unknown, ...]:
    if given is None:
        deal = study.model.deal
        agreed = {term.name for term in deal.terms if term.chapter != "mine"}
        return tuple(unknown(study, path) for path in deal.ranges if path.startswith("terms.") and path.split(".")[1] in agreed)
    return tuple(
        Unknown(study.lever(path), latitude.low, latitude.high, latitude.step or 0.0) for path, latitude in given.terms.items()
    )


def _of_the_world(file: str | Path, changes: Iterable[str]) -> tuple[str, ...]:
    """Of changes, those of prices, exchange rates, inflation and parties that another deal has too: they are no deal's terms."""
    found: list[str] = []
    for change in changes:
        if change.strip().partition("=")[0].partition(".")[0] in WORLD:
            try:
                load(file, (*found, change))
            except DealError:
                continue
            found.append(change)
    return tuple(found)


def _walk_away(study: Study, party: str, seat: Seat) -> float:
    """A walk-away value as given, or what the party has by the deal that it would do alone, at the same prices and rates."""
    if not isinstance(seat.walk_away, str):
        return seat.walk_away
    base = opened(find(study.path))
    beside = base.folder / seat.walk_away
    file = beside if beside.is_file() else seat.walk_away
    alone = build(load(file, _of_the_world(file, study.changes)))
    if party not in alone.parties:
        raise GraphError(f"negotiation.parties.{party}: the deal {seat.walk_away} has no party '{party}'; name it so there too")
    timeline = alone.graph.timeline
    cash = alone.run.single(f"party.{party}.cash")
    found = party_metrics(cash, timeline.times, timeline.counted, alone.discount_rate(party), timeline.years)
    return float(found["npv"])
