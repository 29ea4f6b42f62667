"""Cooperative games: Shapley value, core, least core and nucleolus of what every coalition is worth (terms.md G10, G11).

A game of n players is the worth (2^n,) of every subset, player k being bit k; the whole is last. Shapley, A Value for n-person
Games (1953); Schmeidler, The Nucleolus of a Characteristic Function Game (1969); Maschler, Peleg and Shapley, Geometric
Properties of the Kernel, Nucleolus and Related Solution Concepts (1979). Linear programs are solved by HiGHS.
"""

from __future__ import annotations

from dataclasses import dataclass
from functools import cached_property

import numpy as np
from numpy.typing import NDArray

from jvmodel.errors import GraphError
from jvmodel.negotiation.attribution import shapley

Array = NDArray[np.float64]
MOST_PLAYERS = 12
NEAR = 1e-9
"""Excess that counts as nil, as a share of the greatest worth."""


@dataclass(frozen=True)
class Cooperation:
    """A game by the worth of every coalition, (2^n,)."""

    worth: Array

    @cached_property
    def players(self) -> int:
        """How many players there are; raises GraphError for more than twelve, or a worth that is not of 2^n coalitions."""
        count = len(self.worth).bit_length() - 1
        if len(self.worth) != 1 << count or not 1 <= count <= MOST_PLAYERS:
            raise GraphError(f"{len(self.worth)} values are not those of every coalition of up to {MOST_PLAYERS} players")
        return count

    @cached_property
    def members(self) -> Array:
        """Which players are in each coalition, (2^n, n)."""
        codes = np.arange(1 << self.players)
        return (codes[:, None] >> np.arange(self.players) & 1).astype(float)

    @cached_property
    def alone(self) -> Array:
        """What each player is worth alone (n,)."""
        found: Array = self.worth[1 << np.arange(self.players)]
        return found

    @property
    def whole(self) -> float:
        """What all players are worth together."""
        return float(self.worth[-1])

    @cached_property
    def _proper(self) -> NDArray[np.intp]:
        """Coalitions that are neither empty nor everybody."""
        return np.arange(1, (1 << self.players) - 1)

    @cached_property
    def scale(self) -> float:
        """The greatest worth, by which rounding errors are measured."""
        return max(1.0, float(np.abs(self.worth).max()))

    @cached_property
    def shapley(self) -> Array:
        """The Shapley value (n,)."""
        return shapley(self.worth, self.players)

    @cached_property
    def superadditive(self) -> bool:
        """Whether coalitions without a common member are never worth less together."""
        for one in self._proper:
            rest = (len(self.worth) - 1) & ~one
            other = rest
            while other:
                if self.worth[one | other] < self.worth[one] + self.worth[other] - NEAR * self.scale:
                    return False
                other = (other - 1) & rest
        return True

    @cached_property
    def convex(self) -> bool:
        """Whether a player adds no less to a larger coalition; it is enough to look at pairs (Shapley 1971)."""
        codes = np.arange(1 << self.players)
        for i in range(self.players):
            for j in range(i):
                both = (1 << i) | (1 << j)
                without = codes[codes & both == 0]
                gain = self.worth[without | both] + self.worth[without]
                if (gain < self.worth[without | 1 << i] + self.worth[without | 1 << j] - NEAR * self.scale).any():
                    return False
        return True

    def excess(self, split: Array) -> Array:
        """What each coalition lacks (2^n,) of its worth in a split (n,): more than nil, and it could walk away."""
        lacking: Array = self.worth - self.members @ split
        return lacking

    def blocking(self, split: Array) -> tuple[tuple[int, float], ...]:
        """Coalitions that could walk away from a split and what they lack, the most first."""
        lacking = self.excess(split)
        found = [(int(code), float(lacking[code])) for code in self._proper if lacking[code] > NEAR * self.scale]
        return tuple(sorted(found, key=lambda one: (-one[1], one[0])))

    def in_core(self, split: Array) -> bool:
        """Whether a split hands out everything and no coalition could walk away from it."""
        return abs(float(split.sum()) - self.whole) <= NEAR * self.scale * self.players and not self.blocking(split)

    @cached_property
    def least_core(self) -> float:
        """The least that every coalition must be charged for walking away so that none does; nil or less with a core."""
        if self.players == 1:
            return 0.0
        return self._least_excess({}, rational=False)[0]

    @property
    def has_core(self) -> bool:
        """Whether a split exists from which nobody could walk away."""
        return self.least_core <= NEAR * self.scale

    @cached_property
    def nucleolus(self) -> Array:
        """The split (n,) whose greatest excess is least, then the next greatest, and so on, with everybody at least at home.

        Where players alone are worth more than all together, so that no split gives everybody his own, this is the
        prenucleolus, which lets go of that condition.
        """
        if self.players == 1:
            return self.worth[-1:].copy()
        rational = float(self.alone.sum()) <= self.whole + NEAR * self.scale
        fixed: dict[int, float] = {}
        split = np.zeros(self.players)
        while np.linalg.matrix_rank(self.members[[*fixed, len(self.worth) - 1]]) < self.players:
            least, split, prices = self._least_excess(fixed, rational=rational)
            tight = {int(code): least for code in self._proper if code not in fixed and prices.get(int(code), 0.0) > 1e-9}
            if not tight:
                break
            fixed |= tight
            fixed |= self._implied(fixed)
        return split

    def _implied(self, fixed: dict[int, float]) -> dict[int, float]:
        """Coalitions whose share follows from that of those that are fixed, with their excess."""
        rows = self.members[[*fixed, len(self.worth) - 1]]
        shares = np.array([*(self.worth[code] - excess for code, excess in fixed.items()), self.whole])
        weights, *_ = np.linalg.lstsq(rows.T, self.members[self._proper].T, rcond=None)
        close = np.abs(rows.T @ weights - self.members[self._proper].T).max(axis=0) < 1e-9
        return {
            int(code): float(self.worth[code] - weights[:, place] @ shares)
            for place, code in enumerate(self._proper)
            if close[place] and int(code) not in fixed
        }

    def _least_excess(self, fixed: dict[int, float], *, rational: bool) -> tuple[float, Array, dict[int, float]]:
        """The least greatest excess over coalitions that are not fixed, a split that has it, and the price of each of them."""
        from scipy.optimize import linprog

        free = [int(code) for code in self._proper if code not in fixed]
        equal = self.members[[*fixed, len(self.worth) - 1]]
        owed = np.array([*(self.worth[code] - excess for code, excess in fixed.items()), self.whole])
        bounds = [(float(low), None) if rational else (None, None) for low in self.alone]
        result = linprog(
            np.append(np.zeros(self.players), 1.0),
            A_ub=np.hstack([-self.members[free], -np.ones((len(free), 1))]) if free else None,
            b_ub=-self.worth[free] if free else None,
            A_eq=np.hstack([equal, np.zeros((len(equal), 1))]), b_eq=owed, bounds=[*bounds, (None, None)], method="highs",
        )  # fmt: skip
        if result.status != 0:
            raise GraphError(f"the linear program of the core has no answer: {result.message}")
        prices = dict(zip(free, -np.asarray(result.ineqlin.marginals), strict=True))
        return float(result.x[-1]), np.asarray(result.x[:-1]), prices
