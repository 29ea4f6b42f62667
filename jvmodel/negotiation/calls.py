"""Fund or dilute: who meets which cash call, when every partner looks ahead (terms.md G18).

A game of perfect information: calls come one after another, and at each the partners that may miss it decide in the order in
which the clause names them, knowing what was decided before. Backward induction over the whole deal, run for every way in
which calls may be met.
"""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass
from itertools import product
from pathlib import Path

import numpy as np
from numpy.typing import NDArray

from jvmodel.analysis.study import evaluate
from jvmodel.analysis.wanted import wanted
from jvmodel.backends import arrays
from jvmodel.deal import Deal
from jvmodel.dealfile import load
from jvmodel.errors import GraphError
from jvmodel.graph.graph import did_you_mean
from jvmodel.inputs import Series
from jvmodel.model import Model, build
from jvmodel.terms.venture.missed_calls import MissedCalls

Array = NDArray[np.float64]
MOST_DECISIONS = 14
"""Decisions that are worked out one by one; where there are more, calls of neighbouring periods are decided together."""
TIE = 1e-9
"""Difference of values, in millions, at which a partner does not care and pays."""


@dataclass(frozen=True)
class Choice:
    """One decision as it comes up in play: the call, in millions, and what paying and missing are worth to whoever decides."""

    periods: tuple[str, ...]
    party: str
    called: float
    paying: float
    missing: float

    @property
    def pays(self) -> bool:
        """Whether the partner pays: it does where missing brings it no more."""
        return self.paying >= self.missing - TIE


@dataclass(frozen=True)
class CashCalls:
    """The game of one clause: decisions in play, and net present values by party in millions for each way to meet the calls.

    `values` has `deal` (as the deal says), `paid` (everybody pays), `missed` (all calls are missed) and `play` (everybody
    decides for its own good).
    """

    model: Model
    term: MissedCalls
    choices: tuple[Choice, ...]
    values: dict[str, dict[str, float]]
    together: bool
    """Whether calls of several periods are decided at once, since there are too many to decide one by one"""


@dataclass(frozen=True)
class _Game:
    """Who decides what: periods with calls that are decided together, each by every party that may miss them."""

    model: Model
    clause: MissedCalls
    order: tuple[tuple[tuple[int, ...], str], ...]

    def inputs(self, missed: NDArray[np.bool_]) -> dict[str, Array]:
        """Inputs of the model for decisions (S, n): whatever is not decided is as the deal says."""
        found = {}
        for party in self.clause.paid:
            name = f"{self.clause.path}.paid.{party}"
            series = np.tile(np.asarray(self.model.graph.params[name].value, dtype=float), (len(missed), 1))
            for number, (periods, decides) in enumerate(self.order):
                if decides == party:
                    series[:, periods] = np.where(missed[:, number], 0.0, 1.0)[:, None]
            found[name] = series
        return found

    def calls(self, missed: NDArray[np.bool_]) -> dict[str, Array]:
        """Calls by party (periods,) for one way to decide (n,)."""
        rows = {party: f"{self.clause.name}.call_{party}" for party in self.clause.paid}
        run = arrays.partial(self.model.graph, self.inputs(missed[None, :]), tuple(rows.values()))
        return {party: run[row][0] for party, row in rows.items()}

    def worth(self, missed: NDArray[np.bool_], parties: Iterable[str]) -> dict[str, Array]:
        """Net present values by party (S,) for ways to decide (S, n)."""
        wishes = [wanted(self.model, f"{party}.npv") for party in parties]
        found = evaluate(self.model, self.inputs(missed) if missed.size else {}, wishes, len(missed))
        return {text.rpartition(".")[0]: values for text, values in found.items()}


def cash_calls(path: str | Path, changes: Iterable[str] = (), term: str | None = None) -> CashCalls:
    """The game of a clause on missed calls (the first one where none is named); raises GraphError where nothing is to decide."""
    deal = load(path, changes)
    model, clause = _by_period(build(deal), _clause(deal, term))
    game, together = _game(model, clause)
    deciders = [party for _, party in game.order]
    ways = np.array(list(product((False, True), repeat=len(deciders))), dtype=bool)
    parties = tuple(dict.fromkeys([*clause.covered_by, *clause.paid]))
    worth = game.worth(ways, parties)
    found, play = backward({party: worth[party] for party in clause.paid}, deciders)
    called, labels = game.calls(ways[play]), model.graph.timeline.labels
    choices = (
        Choice(tuple(labels[one] for one in periods), party, float(called[party][list(periods)].sum()), paying, missing)
        for (periods, party), (paying, missing) in zip(game.order, found, strict=True)
    )
    as_it_is = game.worth(np.zeros((1, 0), dtype=bool), parties)
    places = {"paid": 0, "missed": -1, "play": play}
    values = {name: {party: float(worth[party][place]) for party in parties} for name, place in places.items()}
    now = {party: float(value[0]) for party, value in as_it_is.items()}
    return CashCalls(model, clause, tuple(choices), {"deal": now} | values, together)


def backward(values: dict[str, Array], deciders: list[str]) -> tuple[list[tuple[float, float]], int]:
    """The decisions in play, each as what paying and what missing is worth, and the place of the outcome that is reached.

    `values` (2^n,) by player, for every way to take n decisions: the first is the highest bit, 1 for missing.
    """
    left, taken = values, list[Array]()
    for party in reversed(deciders):
        pairs = {one: worth.reshape(-1, 2) for one, worth in left.items()}
        taken.insert(0, pairs[party])
        misses = pairs[party][:, 1] > pairs[party][:, 0] + TIE
        left = {one: np.where(misses, pair[:, 1], pair[:, 0]) for one, pair in pairs.items()}
    place, found = 0, []
    for each in taken:
        paying, missing = float(each[place, 0]), float(each[place, 1])
        found.append((paying, missing))
        place = place * 2 + int(missing > paying + TIE)
    return found, place


def _clause(deal: Deal, name: str | None) -> MissedCalls:
    found = {term.name: term for term in deal.terms if isinstance(term, MissedCalls)}
    if not found:
        raise GraphError(
            "the deal has no clause on missed calls, so nobody decides whether to pay; add a term of kind missed_calls"
            " (docs/terms/missed_calls.md), or look at black_ridge"
        )
    if name is not None and name not in found:
        raise GraphError(f"--term: '{name}' is not a clause on missed calls{did_you_mean(name, found)}")
    return found[name] if name is not None else next(iter(found.values()))


def _by_period(model: Model, clause: MissedCalls) -> tuple[Model, MissedCalls]:
    """The same deal with what is paid of the calls given by period, so that each period's is an input of its own."""
    labels, inputs = model.graph.timeline.labels, model.graph.params
    paid = {}
    for party, share in clause.paid.items():
        name = f"{clause.path}.paid.{party}"
        given = np.broadcast_to(inputs[f"{name}.flat" if share.flat is not None else name].value, len(labels))
        paid[party] = Series(by_year=dict(zip(labels, map(float, given), strict=True)))
    changed = clause.model_copy(update={"paid": paid})
    terms = tuple(changed if term is clause else term for term in model.deal.terms)
    return build(model.deal.model_copy(update={"terms": terms})), changed


def _game(model: Model, clause: MissedCalls) -> tuple[_Game, bool]:
    """The game, and whether calls of several periods are decided at once."""
    everything = _Game(model, clause, tuple((tuple(range(model.graph.timeline.periods)), party) for party in clause.paid))
    calls = everything.calls(np.zeros(len(clause.paid), dtype=bool))
    periods = np.flatnonzero(np.sum(list(calls.values()), axis=0) > TIE)
    if not len(periods):
        raise GraphError(f"no cash is called from {' or '.join(clause.paid)}, so there is nothing to decide")
    most = max(1, MOST_DECISIONS // len(clause.paid))
    rounds = [tuple(map(int, one)) for one in np.array_split(periods, min(most, len(periods)))]
    return _Game(model, clause, tuple((one, party) for one in rounds for party in clause.paid)), len(periods) > most
