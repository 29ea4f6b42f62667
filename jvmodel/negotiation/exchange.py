"""Trade: what a step of one term is worth to each party in every other term, and who should give what (terms.md G14).

A finite exchange is solved on the whole deal; the slope is its limit for small steps. Parties differ in rates, tax and risk,
and where their prices of two terms differ both can gain by moving one against the other.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from itertools import permutations

import numpy as np
from numpy.typing import NDArray

from jvmodel.analysis.roots import roots_of
from jvmodel.negotiation.table import Table
from jvmodel.negotiation.unknowns import Unknown

Array = NDArray[np.float64]
SHARE = 0.05
"""Step of a term that is no percentage, as a share of its latitude."""
NUDGE = 1e-4
GRID = 33
TRIFLE = 1e-9
"""A party whose value moves by less than this, in millions, over all of a term is not touched by it."""


@dataclass(frozen=True)
class Price:
    """A step of a term: what it is worth to each party in millions, and for a small step, a unit of the term."""

    unknown: Unknown
    step: float
    worth: dict[str, float]
    slope: dict[str, float]


@dataclass(frozen=True)
class Exchange:
    """How far each party would let `got` move for a step of `given`: the finite exchange and the slope; None where none does.

    A party with 2.59 points of interest for a point of royalty is as well off as before when both move.
    """

    given: str
    got: str
    step: float
    finite: dict[str, float | None]
    slope: dict[str, float | None]


@dataclass(frozen=True)
class Swap:
    """A trade by which two parties both gain: `giver` lets `term` move by a step and is paid in `paid`, moved by `by`."""

    giver: str
    taker: str
    term: str
    step: float
    paid: str
    by: float
    gains: dict[str, float]


@dataclass(frozen=True)
class Trade:
    """Prices of every term, exchanges between them, and swaps by which two parties gain, the greatest first."""

    table: Table
    prices: tuple[Price, ...]
    exchanges: tuple[Exchange, ...]
    swaps: tuple[Swap, ...]


def trade(table: Table) -> Trade:
    """Prices, exchanges and swaps around the deal as it is."""
    steps = [_step(one) for one in table.space.unknowns]
    now = table.worth(table.space.base[None])[0]
    prices = _prices(table, steps, now)
    exchanges = tuple(
        _exchange(table, given, got, steps[given], now, prices) for given, got in permutations(range(len(steps)), 2)
    )
    return Trade(table, prices, exchanges, tuple(_swaps(table, exchanges, now)))


def _step(one: Unknown) -> float:
    """One point of a percentage, otherwise a twentieth of the latitude; a step of the term where it has one."""
    if one.step:
        return one.step
    return 0.01 if one.lever.unit == "%" else SHARE * (one.high - one.low)


def _moved(table: Table, *moves: tuple[int, Array]) -> Array:
    """Packages in which terms are moved by amounts (S,) from the deal as it is."""
    points = np.repeat(table.space.base[None], len(moves[0][1]), axis=0)
    for number, amounts in moves:
        points[:, number] = points[:, number] + amounts / table.space.span[number]
    return points


def _possible(table: Table, points: Array) -> Array:
    """What packages are worth to each party (S, parties); NaN where shares would take more than there is."""
    worth = table.worth(points)
    worth[table.space.excess(points) > 1e-12] = np.nan
    return worth


def _prices(table: Table, steps: Sequence[float], now: Array) -> tuple[Price, ...]:
    found = []
    for number, (one, step) in enumerate(zip(table.space.unknowns, steps, strict=True)):
        base = table.space.base[number]
        higher = _moved(table, (number, np.array([step])))
        up = 1.0 if higher[0, number] <= 1 + 1e-9 and table.space.excess(higher)[0] <= 1e-12 else -1.0
        inside = NUDGE < base < 1 - NUDGE
        nudge = NUDGE * table.space.span[number] * (1 if inside or base < 0.5 else -1)
        worth = table.worth(_moved(table, (number, np.array([up * step, nudge, -nudge if inside else 2 * nudge]))))
        # at the end of its latitude a term has a slope to one side only
        rise = worth[1] - worth[2] if inside else 4 * worth[1] - worth[2] - 3 * now
        found.append(Price(one, up * step, _by(table, worth[0] - now), _by(table, rise / (2 * nudge))))
    return tuple(found)


def _exchange(table: Table, given: int, got: int, step: float, now: Array, prices: tuple[Price, ...]) -> Exchange:
    """Every party's exchange: the move of `got` nearest to nil that leaves it as it was; None where `got` does not touch it."""
    step = prices[given].step
    span, base = table.space.span[got], table.space.base[got]
    reach = np.linspace(-base * span, (1 - base) * span, GRID)

    def gained(moves: Array) -> Array:
        return _possible(table, _moved(table, (given, np.full(len(moves), step)), (got, moves))) - now

    def value(which: NDArray[np.intp], moves: Array) -> Array:
        found: Array = gained(moves)[np.arange(len(moves)), which]
        return found

    gains = gained(reach)
    touched = np.nanmax(gains, axis=0, initial=-np.inf) - np.nanmin(gains, axis=0, initial=np.inf) > TRIFLE
    roots = roots_of(reach, np.where(touched, gains, np.nan).T, value)
    a, b = prices[given], prices[got]
    nothing = 1e-9 * max(map(abs, b.slope.values()))
    return Exchange(
        a.unknown.path, b.unknown.path, step,
        {party: min(found, key=abs) if found else None for party, found in zip(table.parties, roots, strict=True)},
        {
            party: -a.slope[party] / b.slope[party] * step if abs(b.slope[party]) > nothing else None
            for party in table.parties
        },
    )  # fmt: skip


def _swaps(table: Table, exchanges: tuple[Exchange, ...], now: Array) -> list[Swap]:
    """Pairs of parties whose prices of two terms differ: halfway between their exchanges both gain."""
    places = {one.path: number for number, one in enumerate(table.space.unknowns)}
    found = []
    for one in exchanges:
        for giver, taker in permutations(range(len(table.seats)), 2):
            mine, theirs = one.finite[table.parties[giver]], one.finite[table.parties[taker]]
            if mine is None or theirs is None or abs(mine - theirs) < 1e-9 * table.space.span[places[one.got]]:
                continue
            by = (mine + theirs) / 2
            point = _moved(table, (places[one.given], np.array([one.step])), (places[one.got], np.array([by])))
            gains = table.worth(point)[0] - now
            alone = table.worth(_moved(table, (places[one.given], np.array([one.step]))))[0] - now
            if gains[giver] > 1e-6 and gains[taker] > 1e-6 and alone[giver] < 0:
                found.append(
                    Swap(table.parties[giver], table.parties[taker], one.given, one.step, one.got, by, _by(table, gains))
                )
    return sorted(
        found, key=lambda swap: (min(swap.gains.values()) < -1e-6, -min(swap.gains[swap.giver], swap.gains[swap.taker]))
    )


def _by(table: Table, values: Array) -> dict[str, float]:
    return dict(zip(table.parties, map(float, values), strict=True))


@dataclass(frozen=True)
class Curves:
    """Two terms: packages (y, x) that leave a party as well off as the deal, and where all gain or could agree.

    `curves` are the values of `y` along `x` for each party, NaN where none; `gain` and `agree` (len(ys), len(xs)) say where
    everybody has more than now, and at least its walk-away value.
    """

    x: Unknown
    y: Unknown
    xs: Array
    ys: Array
    curves: dict[str, Array]
    gain: NDArray[np.bool_]
    agree: NDArray[np.bool_]


def curves(table: Table, x: int, y: int, points: int = GRID) -> Curves:
    """Indifference curves through the deal as it is over two of the terms, in one picture."""
    one, other = table.space.unknowns[x], table.space.unknowns[y]
    xs, ys = np.linspace(one.low, one.high, points), np.linspace(other.low, other.high, points)
    grid = np.repeat(table.space.base[None], points * points, axis=0)
    across, down = np.meshgrid(np.linspace(0, 1, points), np.linspace(0, 1, points))
    grid[:, x], grid[:, y] = across.ravel(), down.ravel()
    now = table.worth(table.space.base[None])[0]
    worth = table.worth(grid)
    possible = (table.space.excess(grid) <= 1e-12).reshape(points, points)
    lines: dict[str, Array] = {}
    for place, party in enumerate(table.parties):
        gains = np.where(possible, (worth[:, place] - now[place]).reshape(points, points), np.nan)
        gains[:, np.nanmax(gains, axis=0) - np.nanmin(gains, axis=0) <= TRIFLE] = np.nan

        def value(which: NDArray[np.intp], at: Array, place: int = place) -> Array:
            package = np.repeat(table.space.base[None], len(at), axis=0)
            package[:, x], package[:, y] = which / (points - 1), (at - other.low) / (other.high - other.low)
            found: Array = _possible(table, package)[:, place] - now[place]
            return found

        roots = roots_of(ys, gains.T, value)
        lines[party] = np.array([min(found, key=lambda at: abs(at - other.lever.base)) if found else np.nan for found in roots])
    gain = (worth > now + 1e-9).all(axis=1).reshape(points, points) & possible
    agree = (worth >= table.walk_away).all(axis=1).reshape(points, points) & possible
    return Curves(one, other, xs, ys, lines, gain, agree)
