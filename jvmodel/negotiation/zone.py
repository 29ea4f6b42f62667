"""Zone of agreement: where every party has at least its walk-away value, for each term alone and for all together (G13)."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from functools import partial
from itertools import pairwise

import numpy as np
from numpy.typing import NDArray

from jvmodel.analysis.roots import roots_of
from jvmodel.negotiation.search_ends import least
from jvmodel.negotiation.table import Table
from jvmodel.negotiation.unknowns import Unknown

Array = NDArray[np.float64]
POINTS = 81
SAMPLE = 8192
"""Packages by which the share that all accept is judged."""


@dataclass(frozen=True)
class TermZone:
    """One term, all others as the deal has them: spans that each party accepts, and those that all accept.

    `curves` are what each party has at `values` along the term. With no common span, `fails` lacks `short` millions in the
    value `nearest` that comes nearest to an agreement.
    """

    unknown: Unknown
    values: Array
    curves: dict[str, Array]
    accepted: dict[str, tuple[tuple[float, float], ...]]
    zone: tuple[tuple[float, float], ...]
    nearest: float
    fails: str = ""
    short: float = 0.0


@dataclass(frozen=True)
class JointZone:
    """All terms together: the share of packages that all accept, and between which values of each term those lie."""

    share: float
    spans: dict[str, tuple[float, float]]


def zones(table: Table) -> tuple[TermZone, ...]:
    """The zone of every term, the others as the deal has them."""
    return tuple(_zone(table, number) for number in range(len(table.space.unknowns)))


def _zone(table: Table, number: int) -> TermZone:
    unknown, base = table.space.unknowns[number], table.space.base
    places = (unknown.lattice() - unknown.low) / (unknown.high - unknown.low) if unknown.step else np.linspace(0.0, 1.0, POINTS)

    def along(at: Array) -> Array:
        points = np.repeat(base[None], len(at), axis=0)
        points[:, number] = at
        return points

    possible = table.space.excess(along(places)) <= 1e-12
    places = places[possible]
    gains = table.worth(along(places)) - table.walk_away

    def value(which: NDArray[np.intp], at: Array) -> Array:
        found: Array = (table.worth(along(at)) - table.walk_away)[np.arange(len(at)), which]
        return found

    roots = roots_of(places, gains.T, value) if not unknown.step else [[] for _ in table.seats]

    def gained(party: int, at: Array) -> Array:
        return value(np.full(len(at), party, dtype=np.intp), at)

    accepted = [
        _spans(places, gains[:, party], sorted(roots[party]), partial(gained, party)) for party in range(len(table.seats))
    ]
    zone = accepted[0]
    for spans in accepted[1:]:
        zone = _common(zone, spans)
    scale = np.ones(len(table.seats)) if table.on_risk else table.game.stakes
    best = int((gains / scale).min(axis=1).argmax())
    nearest, lacking = float(places[best]), -gains[best]
    if not zone and not unknown.step:
        around = float(places[max(0, best - 1)]), float(places[min(len(places) - 1, best + 1)])
        nearest = least(
            lambda at: -float(((table.worth(along(np.array([at])))[0] - table.walk_away) / scale).min()), nearest, around
        )
        lacking = table.walk_away - table.worth(along(np.array([nearest])))[0]
    worst = int(lacking.argmax())

    def moved(spans: list[tuple[float, float]]) -> tuple[tuple[float, float], ...]:
        span = unknown.high - unknown.low
        return tuple((unknown.low + span * low, unknown.low + span * high) for low, high in spans)

    return TermZone(
        unknown, unknown.low + (unknown.high - unknown.low) * places,
        {seat.party: gains[:, place] + seat.walk_away for place, seat in enumerate(table.seats)},
        {seat.party: moved(accepted[place]) for place, seat in enumerate(table.seats)}, moved(zone),
        float(unknown.low + (unknown.high - unknown.low) * nearest),
        "" if zone else table.seats[worst].party, 0.0 if zone else float(lacking[worst]),
    )  # fmt: skip


def _spans(places: Array, gains: Array, roots: list[float], gained: Callable[[Array], Array]) -> list[tuple[float, float]]:
    """Where gains are not negative, between roots and ends; `gained` says what they are in between."""
    if not roots:
        good = gains >= 0
        spans: list[tuple[float, float]] = []
        for place, fine in zip(places, good, strict=True):
            if fine and spans and good[np.searchsorted(places, place) - 1]:
                spans[-1] = (spans[-1][0], float(place))
            elif fine:
                spans.append((float(place), float(place)))
        return spans
    edges = [float(places[0]), *roots, float(places[-1])]
    found: list[tuple[float, float]] = []
    middles = gained(np.array([(low + high) / 2 for low, high in pairwise(edges)]))
    for (low, high), middle in zip(pairwise(edges), middles, strict=True):
        if high > low and middle >= 0:
            if found and found[-1][1] == low:
                found[-1] = (found[-1][0], high)
            else:
                found.append((low, high))
    return found


def _common(one: list[tuple[float, float]], other: list[tuple[float, float]]) -> list[tuple[float, float]]:
    both = [(max(a, c), min(b, d)) for a, b in one for c, d in other]
    return [(low, high) for low, high in both if low <= high]


def joint_zone(table: Table) -> JointZone:
    """The packages that all accept: their share among those spread over the box, and how far each term reaches in them."""
    from scipy.stats import qmc

    terms = len(table.space.unknowns)
    points = qmc.Sobol(terms, seed=0).random(SAMPLE // (8 if table.on_risk else 1))
    stepped = any(one.step for one in table.space.unknowns)
    for number, one in enumerate(table.space.unknowns):
        if one.step:  # every step with the same chance
            places = (one.lattice() - one.low) / (one.high - one.low)
            points[:, number] = places[(points[:, number] * len(places)).astype(np.intp)]
    points = points[table.space.excess(points) <= 1e-12]
    good = ((table.worth(points) - table.walk_away) >= 0).all(axis=1)
    share = float(good.mean()) if len(points) else 0.0
    inside = points[good]
    if not len(inside):
        if stepped or not table.game.agreement:
            return JointZone(0.0, {})
        inside = table.game.best.at[None]
    spans = {}
    for number, one in enumerate(table.space.unknowns):
        ends = (inside[inside[:, number].argmin()], inside[inside[:, number].argmax()])
        if not stepped:
            ends = table.game.furthest(number, -1.0, ends[0]), table.game.furthest(number, 1.0, ends[1])
        low, high = (float(end[number]) for end in ends)
        spans[one.path] = one.low + low * (one.high - one.low), one.low + high * (one.high - one.low)
    return JointZone(share, spans)
