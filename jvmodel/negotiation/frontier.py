"""Efficient frontier: packages of terms that no other package beats for one party without costing another (terms.md G15).

Packages are spread over the box, then again and again around those that stand undominated, in ever smaller steps and between
pairs of them; in the end along the edges of the frontier. Against NSGA-II of pymoo on the same number of evaluations this
covers more (bench/negotiation.py).
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass, replace
from itertools import product

import numpy as np
from numpy.typing import NDArray

from jvmodel.negotiation.on_steps import OnSteps
from jvmodel.negotiation.table import Table

Array = NDArray[np.float64]
EVALUATIONS = 20_000
ROUNDS = 12
SEED = 1951
KEPT = 400
CLOSE = 1e-8
"""Share of the stakes by which a party may have less than now and count as keeping what it has."""
FINISH, WEIGHTS = 0.4, 256
"""Share of the evaluations that follow the edges of the frontier in the end, and weights of the parties that find them."""
BOUND = 0.3
"""Terms of a package that are moved to their nearer bound, on average: efficient packages often lie there."""


@dataclass(frozen=True)
class Frontier:
    """Undominated packages: `points` (S, terms), `values` of the terms (S, terms), `worth` (S, parties).

    `room` is the most that each party could still gain while all others keep what the deal gives them.
    """

    table: Table
    points: Array
    values: Array
    worth: Array
    room: dict[str, float]
    evaluations: int


def frontier(table: Table, evaluations: int = EVALUATIONS) -> Frontier:
    """The efficient frontier of a table's terms."""
    now = table.worth(table.space.base[None])[0]
    excess = table.space.excess if table.space.splits else None
    steps = OnSteps.of(table)
    if steps is None:
        points, worth = undominated(table.worth, len(table.space.unknowns), evaluations, excess)
    else:
        points, worth = undominated(
            lambda one: table.worth(table.space.on_steps(one)), len(table.space.unknowns), evaluations,
            None if excess is None else lambda one: excess(table.space.on_steps(one)),
        )  # fmt: skip
        points = table.space.on_steps(points)
    values = table.space.values(points)
    free, room = replace(table.game, walk_away=now), {}
    game = replace(steps, game=free) if steps else free
    for place, party in enumerate(table.parties):
        kept = (np.delete(worth, place, axis=1) >= np.delete(now, place) - 1e-9).all(axis=1)
        most = max(float((worth[kept, place] - now[place]).max(initial=0.0)), 0.0)
        found = game.most(place)
        at_least = (found.worth - now) / free.stakes
        room[party] = max(most, float(found.worth[place] - now[place])) if np.delete(at_least, place).min() >= -CLOSE else most
    return Frontier(table, points, values, worth, room, evaluations)


def undominated(
    worth: Callable[[Array], Array], terms: int, evaluations: int = EVALUATIONS, excess: Callable[[Array], Array] | None = None
) -> tuple[Array, Array]:
    """Undominated points (S, terms) of the unit box and what they are worth (S, parties), ascending by the first party."""
    from scipy.stats import qmc

    draw = np.random.default_rng(SEED)

    def possible(points: Array) -> Array:
        return points if excess is None else points[excess(points) <= 1e-12]

    first = max(64, evaluations // 4)
    corners = np.array(list(product((0.0, 1.0), repeat=terms))) if terms <= 10 else np.empty((0, terms))
    start = np.vstack([corners, qmc.Sobol(terms, seed=SEED).random(1 << (first.bit_length() - 1))])
    points = possible(start[:first] if terms > 10 else start)
    found = worth(points)
    points, found = _kept(points, found)
    finish = int(FINISH * evaluations)
    left = max(0, evaluations - len(start) - finish)
    for number in range(ROUNDS):
        size = left // (ROUNDS - number)
        left -= size
        parents = points[_spread(found, KEPT)]
        one, other = (parents[draw.integers(len(parents), size=size)] for _ in range(2))
        between = one + draw.uniform(-0.25, 1.25, size=(size, 1)) * (other - one)
        step = 0.2 * 0.55**number
        moved = between + step * draw.standard_normal((size, terms)) * (draw.random((size, terms)) < 0.5)
        at_bound = draw.random((size, terms)) < BOUND / terms
        moved = possible(np.where(at_bound, np.round(moved), np.clip(moved, 0.0, 1.0)).clip(0.0, 1.0))
        if len(moved):
            points, found = _kept(np.vstack([points, moved]), np.vstack([found, worth(moved)]))
    if len(points) > 1:
        along = possible(_along_edges(points, found, finish, draw))
        if len(along):
            points, found = _kept(np.vstack([points, along]), np.vstack([found, worth(along)]))
    order = np.lexsort(found.T[::-1])
    return points[order], found[order]


def _along_edges(points: Array, worth: Array, most: int, draw: np.random.Generator) -> Array:
    """Packages along the lines between those that are best for two nearby weights of the parties: the edges of the frontier.

    Where worth is linear in the terms such an edge is efficient throughout, and what a search has left beside it is beaten.
    """
    scale = np.ptp(worth, axis=0)
    level = (worth - worth.min(axis=0)) / np.where(scale > 0, scale, 1.0)
    weights = draw.dirichlet(np.ones(worth.shape[1]), size=WEIGHTS)
    nearby = 0.8 * weights + 0.2 * draw.dirichlet(np.ones(worth.shape[1]), size=WEIGHTS)
    best = np.stack([(level @ each.T).argmax(axis=0) for each in (weights, nearby)], axis=1)
    pairs = np.unique(np.sort(best[best[:, 0] != best[:, 1]], axis=1), axis=0)
    if not len(pairs):
        return np.empty((0, points.shape[1]))
    lengths = np.abs(level[pairs[:, 0]] - level[pairs[:, 1]]).sum(axis=1)
    counts = np.floor(most * lengths / lengths.sum()).astype(int)
    shares = [np.arange(1, count + 1)[:, None] / (count + 1) for count in counts]
    return np.vstack([
        points[one] + share * (points[other] - points[one]) for (one, other), share in zip(pairs, shares, strict=True)
    ])  # fmt: skip


def _spread(worth: Array, most: int) -> NDArray[np.intp]:
    """Points spread evenly along the frontier, by their place in the order of one party after the other."""
    chosen: list[NDArray[np.intp]] = []
    for party in range(worth.shape[1]):
        order = np.argsort(worth[:, party])
        chosen.append(order[np.unique(np.linspace(0, len(order) - 1, min(most, len(order))).astype(int))])
    return np.unique(np.concatenate(chosen))


def _kept(points: Array, worth: Array) -> tuple[Array, Array]:
    keep = efficient(worth)
    return points[keep], worth[keep]


def efficient(worth: Array) -> NDArray[np.bool_]:
    """Which rows (S,) of worth (S, parties) no other row dominates; of equal rows the first is kept.

    >>> efficient(np.array([[1.0, 3.0], [2.0, 2.0], [1.0, 2.0], [3.0, 1.0], [2.0, 2.0]])).tolist()
    [True, True, False, True, False]
    """
    from jvmodel.negotiation.dominance import standing

    order = np.lexsort(tuple(-worth[:, place] for place in range(worth.shape[1] - 1, -1, -1)))
    found, keep = np.zeros(len(worth), dtype=bool), np.zeros(len(worth), dtype=bool)
    standing(np.ascontiguousarray(worth[order]), found)
    keep[order] = found
    return keep
