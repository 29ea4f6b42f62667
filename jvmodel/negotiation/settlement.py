"""Settlement: what the bargaining solutions point to, as terms of the deal; without an agreement, what is lacking."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

from jvmodel.negotiation.bargaining import Package, Solution
from jvmodel.negotiation.on_steps import OnSteps
from jvmodel.negotiation.table import Table


@dataclass(frozen=True)
class Settled:
    """Terms by path, and by party worth, gain over its walk-away value, change against the deal, and share of joint gain."""

    terms: dict[str, float]
    worth: dict[str, float]
    gain: dict[str, float]
    change: dict[str, float]
    share: dict[str, float | None]


@dataclass(frozen=True)
class Settlement:
    """The deal as it is, the bargaining solutions, and each party's ideal; or the package that comes nearest, and shortfalls.

    `gap` is by how much all walk-away values together exceed the greatest joint worth: nil or less where side payments could
    settle it.
    """

    agreement: bool
    base: Settled
    solutions: dict[Solution, Settled]
    ideal: dict[str, float]
    nearest: Settled | None
    shortfall: dict[str, float]
    gap: float


def settlement(table: Table) -> Settlement:
    """The settlement of a table."""
    game = OnSteps.of(table) or table.game
    base = table.worth(table.space.base[None])[0]

    def settled(package: Package) -> Settled:
        gains = package.worth - table.walk_away
        total = float(gains.sum())
        return Settled(
            table.terms(package.at), _by(table, package.worth), _by(table, gains), _by(table, package.worth - base),
            {party: float(gain) / total if total > 0 else None for party, gain in zip(table.parties, gains, strict=True)},
        )  # fmt: skip

    now = settled(Package(table.space.base, base))
    if not game.agreement:
        short = dict(zip(table.parties, map(float, game.shortfall), strict=True))
        return Settlement(False, now, {}, {}, settled(game.best), short, game.gap)
    solutions = {one: settled(game.solution(one)) for one in Solution}
    return Settlement(True, now, solutions, _by(table, game.ideal), None, {}, game.gap)


def _by(table: Table, values: np.ndarray) -> dict[str, float]:
    return dict(zip(table.parties, map(float, values), strict=True))
