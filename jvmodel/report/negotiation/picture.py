"""The trade-off picture of two terms at the table: indifference curves, the zone of agreement, the bargaining solutions."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass, replace

import numpy as np
from numpy.typing import NDArray

from jvmodel.negotiation.bargaining import NAMES
from jvmodel.negotiation.exchange import curves
from jvmodel.negotiation.settlement import Settlement, settlement
from jvmodel.negotiation.table import Table
from jvmodel.negotiation.unknowns import Space, Unknown, short, titled
from jvmodel.phrase import Phrase
from jvmodel.report.figures import TradeOff
from jvmodel.report.figures.trade_off import Axis, Indifference, Point

Array = NDArray[np.float64]
POINTS = 49


@dataclass(frozen=True)
class Plane:
    """Two terms at the table, all others as the deal has them: the picture, what is settled, and a way to value packages."""

    table: Table
    picture: TradeOff
    settled: Settlement

    @property
    def terms(self) -> tuple[Unknown, ...]:
        """The terms across and upwards."""
        return self.table.space.unknowns

    def worth(self, x: float, y: float) -> dict[str, tuple[float, float, float]]:
        """By party at a package: its worth, the change from the deal, and what it has above its walk-away value."""
        space = self.table.space
        point = (np.array([x, y]) - space.low) / space.span
        now, then = self.table.worth(np.array([space.base, point]))
        found = zip(self.table.parties, then, then - now, then - self.table.walk_away, strict=True)
        return {party: (float(worth), float(change), float(above)) for party, worth, change, above in found}


def plane(table: Table, x: int, y: int, colours: Mapping[str, str]) -> Plane:
    """The plane of two terms of a table, by their places in it; `colours` by party."""
    one, other = table.space.unknowns[x], table.space.unknowns[y]
    two = replace(table, space=Space(table.study, (one, other)))
    settled = settlement(two)
    along = _curves(two)
    lines = tuple(Indifference(seat.label, colours[seat.party], along[seat.party]) for seat in two.seats)
    packages = {NAMES[which]: found.terms for which, found in settled.solutions.items()}
    if settled.nearest is not None:
        packages = {Phrase("Nearest to an agreement"): settled.nearest.terms}
    points = tuple(Point(name, at[one.path], at[other.path]) for name, at in packages.items())
    picture = TradeOff(
        Phrase("{term} against {other}", term=short(one.lever), other=short(other.lever)), _axis(one), _axis(other),
        lines, tuple(_zone(two)), (one.lever.base, other.lever.base), points,
    )  # fmt: skip
    return Plane(two, picture, settled)


def _curves(table: Table) -> dict[str, tuple[tuple[float, float], ...]]:
    """Each party's curve as points, by columns or by rows of the plane: in whichever it has more of them."""
    upwards, across = curves(table, 0, 1, POINTS), curves(table, 1, 0, POINTS)
    found = {}
    for party in table.parties:
        by_column = tuple((float(x), float(y)) for x, y in zip(upwards.xs, upwards.curves[party], strict=True) if np.isfinite(y))
        by_row = tuple((float(x), float(y)) for y, x in zip(across.xs, across.curves[party], strict=True) if np.isfinite(x))
        found[party] = by_column if len(by_column) >= len(by_row) else by_row
    return found


def _axis(one: Unknown) -> Axis:
    unit = one.lever.unit
    return Axis(titled(one.lever), one.low, one.high, unit == "%")


def _zone(table: Table) -> Iterator[tuple[tuple[float, float, float], ...]]:
    """Strips (x, low, high) of packages that all accept: the edges of neighbouring columns that overlap, joined."""
    steps = np.linspace(0.0, 1.0, POINTS)
    across, down = np.meshgrid(steps, steps)
    grid = np.stack([across.ravel(), down.ravel()], axis=1)
    least = ((table.worth(grid) - table.walk_away) / table.game.stakes).min(axis=1)
    least = np.where(table.space.excess(grid) > 1e-12, -1.0, least).reshape(POINTS, POINTS)
    low, span = table.space.low, table.space.span
    open_: list[list[tuple[float, float, float]]] = []
    for column, step in enumerate(steps):
        x = float(low[0] + span[0] * step)
        spans = [(float(low[1] + span[1] * a), float(low[1] + span[1] * b)) for a, b in _accepted(steps, least[:, column])]
        joined: list[list[tuple[float, float, float]]] = []
        for bottom, top in spans:
            match = next((strip for strip in open_ if strip[-1][1] <= top and bottom <= strip[-1][2]), None)
            if match is None:
                joined.append([(x, bottom, top)])
            else:
                open_.remove(match)
                joined.append([*match, (x, bottom, top)])
        yield from map(tuple, open_)
        open_ = joined
    yield from map(tuple, open_)


def _accepted(steps: Array, gains: Array) -> Iterator[tuple[float, float]]:
    """Where gains along a column are not negative, the ends between two steps by a straight line."""
    start: float | None = None
    for place, gain in enumerate(gains):
        before = gains[place - 1] if place else gain
        if gain >= 0 and start is None:
            start = float(steps[place] if before >= 0 else _crossing(steps, gains, place))
        elif gain < 0 and start is not None:
            yield start, _crossing(steps, gains, place)
            start = None
    if start is not None:
        yield start, float(steps[-1])


def _crossing(steps: Array, gains: Array, place: int) -> float:
    """Where the line between a step and the one before it is nil."""
    share = gains[place - 1] / (gains[place - 1] - gains[place])
    return float(steps[place - 1] + share * (steps[place] - steps[place - 1]))
