"""Bargaining: the packages that Nash, Kalai and Smorodinsky, an equal gain and the greatest joint gain point to (terms.md G12).

A game is what packages are worth to each party, and where each walks away. Packages are points of a box, from 0 to 1 along
each term. Ideal points are taken on packages that everybody could accept, not at the end of a term.

Nash, The Bargaining Problem (1950); Kalai and Smorodinsky, Other Solutions to Nash's Bargaining Problem (1975); Kalai,
Proportional Solutions to Bargaining Situations (1977).
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass, replace
from enum import StrEnum
from functools import cached_property
from itertools import product

import numpy as np
from numpy.typing import NDArray

from jvmodel.phrase import Phrase

Array = NDArray[np.float64]
Utilities = Callable[[Array], Array]
"""What packages (S, terms) are worth to each party (S, parties)."""
SLOPE = 1e-5
CURVE = 1e-3
SAME = 1e-9
"""Shortfall, as a share of the stakes, that is a rounding error."""
MOST_CORNERS = 10
AGAIN = 6
"""How often a search is begun anew from where it ended."""


class Solution(StrEnum):
    """A way to choose among packages that all could accept."""

    NASH = "nash"
    KALAI_SMORODINSKY = "kalai_smorodinsky"
    EGALITARIAN = "egalitarian"
    UTILITARIAN = "utilitarian"


NAMES = {
    Solution.NASH: Phrase("Nash"), Solution.KALAI_SMORODINSKY: Phrase("Kalai–Smorodinsky"),
    Solution.EGALITARIAN: Phrase("Egalitarian"), Solution.UTILITARIAN: Phrase("Utilitarian"),
}  # fmt: skip
"""What outputs call each solution."""
RULES = {
    Solution.NASH: Phrase("the greatest product of gains, each to the power of its party's power"),
    Solution.KALAI_SMORODINSKY: Phrase("everybody gets the same share of the most that it could gain"),
    Solution.EGALITARIAN: Phrase("everybody gains alike, in proportion to power"),
    Solution.UTILITARIAN: Phrase("the greatest sum of gains, with equal power"),
}
WORDS = {which: Phrase("{name}: {rule}", name=NAMES[which], rule=rule) for which, rule in RULES.items()}
"""What each solution is."""


@dataclass(frozen=True)
class Package:
    """A point (terms,) of the box and what it is worth to each party (parties,)."""

    at: Array
    worth: Array


@dataclass(frozen=True)
class Game:
    """Parties, packages and walk-away values: `walk_away` and `power` are (parties,); `excess` (S,) of impossible packages.

    `power` adds up to 1.
    """

    utilities: Utilities
    walk_away: Array
    power: Array
    terms: int
    excess: Callable[[Array], Array] | None = None
    sample_size: int = 1024

    @cached_property
    def sample(self) -> tuple[Array, Array]:
        """Packages spread over the box with its corners, and what they are worth."""
        from scipy.stats import qmc

        if self.terms == 1:
            points = np.linspace(0.0, 1.0, self.sample_size + 1)[:, None]
        else:
            corners = (
                np.array(list(product((0.0, 1.0), repeat=self.terms)))
                if self.terms <= MOST_CORNERS
                else np.empty((0, self.terms))
            )
            points = np.vstack([corners, qmc.Sobol(self.terms, seed=0).random(self.sample_size)])
        if self.excess is not None:
            points = points[self.excess(points) <= 0]
        return points, self.utilities(points)

    @cached_property
    def stakes(self) -> Array:
        """How far each party's worth moves over the box (parties,)."""
        spread: Array = np.maximum(np.ptp(self.sample[1], axis=0), 1e-12)
        return spread

    @cached_property
    def best(self) -> Package:
        """The package of the greatest least gain, gains measured by the stakes: below nil, nobody can agree."""
        return self._maximin(np.zeros_like(self.walk_away) + self.walk_away, self.stakes)

    @property
    def agreement(self) -> bool:
        """Whether a package exists that everybody could accept."""
        return bool(((self.best.worth - self.walk_away) / self.stakes).min() >= -SAME)

    @cached_property
    def shortfall(self) -> Array:
        """How much each party lacks (parties,) in the package that comes nearest; nil with an agreement."""
        lacking: Array = np.maximum(0.0, self.walk_away - self.best.worth)
        return np.where(lacking > SAME * self.stakes, lacking, 0.0)

    @cached_property
    def gap(self) -> float:
        """What all walk-away values together exceed the greatest joint worth by; nil or less if side payments could settle it."""
        return float(self.walk_away.sum() - self.greatest_sum().worth.sum())

    def greatest_sum(self) -> Package:
        """The package of the greatest joint worth, acceptable or not."""
        return self._optimum(lambda worth: worth.sum(axis=-1), rational=False)

    def fairest(self, scale: Array) -> Package:
        """The package in which the least gain is greatest, gains measured by a scale (parties,)."""
        return self._maximin(self.walk_away, scale)

    def fixing(self, places: Mapping[int, float]) -> Game:
        """The game over the terms that are left when some, by number, stay at their places."""
        free = [number for number in range(self.terms) if number not in places]

        def whole(points: Array) -> Array:
            found = np.empty((len(points), self.terms))
            found[:, free] = points
            for number, place in places.items():
                found[:, number] = place
            return found

        excess = self.excess
        return replace(
            self, utilities=lambda points: self.utilities(whole(points)), terms=len(free), sample_size=256,
            excess=None if excess is None else lambda points: excess(whole(points)),
        )  # fmt: skip

    @cached_property
    def ideal(self) -> Array:
        """The most that each party could get (parties,) while all others have their walk-away value."""
        return np.array([float(self.most(party).worth[party]) for party in range(len(self.walk_away))])

    def most(self, party: int) -> Package:
        """The package that gives a party most while all others have their walk-away value."""
        return self._optimum(lambda worth: worth[..., party])

    def solution(self, which: Solution) -> Package:
        """The package of a solution, on a game with an agreement."""
        gains = self.ideal - self.walk_away if which is Solution.KALAI_SMORODINSKY else self.power
        if which is Solution.NASH:
            return self._polished(self._optimum(self.product), self.product)
        if which is Solution.UTILITARIAN:

            def weighed(worth: Array) -> Array:
                total: Array = (worth * self.power).sum(axis=-1)
                return total

            return self._polished(self._optimum(weighed), weighed)
        return self._maximin(self.walk_away, np.maximum(gains, SAME * self.stakes))

    def product(self, worth: Array) -> Array:
        """The logarithm (S,) of the product of gains, each to its party's power, of worth (S, parties)."""
        gains = np.maximum(worth - self.walk_away, 1e-12 * self.stakes)
        logs: Array = (self.power * np.log(gains)).sum(axis=-1)
        return logs

    # the search

    def _worth(self, at: Array) -> Array:
        return self.utilities(np.clip(np.atleast_2d(at), 0.0, 1.0))

    def _starts(self, goal: Array, count: int = 2) -> Array:
        """Packages of the sample with the greatest goal (S,), apart from each other."""
        points = self.sample[0]
        chosen: list[int] = []
        for number in np.argsort(-goal):
            if not np.isfinite(goal[number]):
                break
            if all(np.abs(points[number] - points[other]).max() > 0.05 for other in chosen):
                chosen.append(int(number))
            if len(chosen) == count:
                break
        return points[chosen]

    def _optimum(self, goal: Callable[[Array], Array], *, rational: bool = True) -> Package:
        """The package of the greatest goal among those that everybody could accept."""
        points, worth = self.sample
        value = goal(worth)
        scale = max(float(np.ptp(value[np.isfinite(value)])), 1e-12)
        if rational:
            low = ((worth - self.walk_away) / self.stakes).min(axis=1)
            value = np.where(low >= -SAME, value, -np.inf)
            if not np.isfinite(value).any():
                value = np.where(low >= low.max() - 1e-12, goal(worth), -np.inf)
        ends = [self._descend(start, lambda worth: goal(worth) / scale, rational=rational) for start in self._starts(value)]
        ends += [Package(points[int(value.argmax())], worth[int(value.argmax())])]
        allowed = [end for end in ends if not rational or self._acceptable(end.worth)]
        return self._onwards(
            max(allowed or ends, key=lambda end: float(goal(end.worth[None])[0])),
            lambda at: self._descend(at, lambda worth: goal(worth) / scale, rational=rational),
            lambda end: float(goal(end.worth[None])[0]) if not allowed or self._acceptable(end.worth) else -np.inf,
        )

    def _onwards(self, end: Package, search: Callable[[Array], Package], score: Callable[[Package], float]) -> Package:
        """The package that a search leads to, begun anew from its end while it gets further: along a ridge it may stop short."""
        for _ in range(AGAIN):
            further = search(end.at)
            if not score(further) > score(end) + SAME * abs(score(end)):
                break
            end = further
        return end

    def _acceptable(self, worth: Array) -> bool:
        return bool(((worth - self.walk_away) / self.stakes).min() >= -1e-8)

    def _maximin(self, floor: Array, scale: Array) -> Package:
        """The package in which the least of (worth − floor) / scale is greatest."""
        points, worth = self.sample
        least = ((worth - floor) / scale).min(axis=1)
        if self.terms == 1 and len(floor) == 2:
            return self._crossing(floor, scale)
        ends = [self._raise(start, floor, scale) for start in self._starts(least)]
        ends += [Package(points[int(least.argmax())], worth[int(least.argmax())])]

        def score(end: Package) -> float:
            return float(((end.worth - floor) / scale).min())

        return self._onwards(max(ends, key=score), lambda at: self._raise(at, floor, scale), score)

    def _crossing(self, floor: Array, scale: Array) -> Package:
        """Two parties and one term: where both fare alike, or the end that the worse off prefers."""
        from jvmodel.analysis.roots import roots_of

        points, worth = self.sample
        fractions = (worth - floor) / scale
        difference = fractions[:, 0] - fractions[:, 1]

        def value(_: NDArray[np.intp], at: Array) -> Array:
            found = (self._worth(at[:, None]) - floor) / scale
            apart: Array = found[:, 0] - found[:, 1]
            return apart

        roots = roots_of(points[:, 0], difference[None], value)[0]
        place = int(fractions.min(axis=1).argmax())
        candidates = np.array([[points[place, 0]], *([one] for one in roots)])
        found = self._worth(candidates)
        best = int(((found - floor) / scale).min(axis=1).argmax())
        return Package(candidates[best], found[best])

    def _slopes(self, at: Array) -> tuple[Array, Array]:
        """Worth (parties,) and its slopes (parties, terms) at a package."""
        steps = np.eye(self.terms) * SLOPE
        up, down = np.clip(at + steps, 0.0, 1.0), np.clip(at - steps, 0.0, 1.0)
        table = self._worth(np.vstack([at[None], up, down]))
        wide = np.diagonal(up - down)[:, None]
        return table[0], ((table[1 : self.terms + 1] - table[self.terms + 1 :]) / wide).T

    def _descend(self, start: Array, goal: Callable[[Array], Array], *, rational: bool) -> Package:
        from scipy.optimize import minimize

        memory = _Memory(self._slopes)

        def slope_of_goal(at: Array) -> Array:
            worth, slopes = memory(at)
            nudges = np.diag(np.maximum(np.abs(worth), self.stakes) * 1e-7)
            along = np.array([(goal((worth + one)[None])[0] - goal((worth - one)[None])[0]) / (2 * one.max()) for one in nudges])
            return -(along @ slopes)

        limits = [self._inside()] if self.excess is not None else []
        if rational:
            limits.append({
                "type": "ineq", "fun": lambda at: (memory(at)[0] - self.walk_away) / self.stakes,
                "jac": lambda at: memory(at)[1] / self.stakes[:, None],
            })  # fmt: skip
        result = minimize(
            lambda at: -float(goal(memory(at)[0][None])[0]), start, jac=slope_of_goal, bounds=[(0.0, 1.0)] * self.terms,
            constraints=limits, method="SLSQP", options={"ftol": 1e-14, "maxiter": 60},
        )  # fmt: skip
        return self._package(result.x)

    def _raise(self, start: Array, floor: Array, scale: Array) -> Package:
        from scipy.optimize import minimize

        memory = _Memory(self._slopes)
        worth = memory(start)[0]
        begin = np.append(start, ((worth - floor) / scale).min())
        limits = [{
            "type": "ineq", "fun": lambda at: (memory(at[:-1])[0] - floor) / scale - at[-1],
            "jac": lambda at: np.hstack([memory(at[:-1])[1] / scale[:, None], -np.ones((len(scale), 1))]),
        }]  # fmt: skip
        if self.excess is not None:
            limits.append(self._inside())
        down = np.append(np.zeros(self.terms), -1.0)
        result = minimize(
            lambda at: -float(at[-1]), begin, jac=lambda _: down, bounds=[(0.0, 1.0)] * self.terms + [(None, None)],
            constraints=limits, method="SLSQP", options={"ftol": 1e-12, "maxiter": 40},
        )  # fmt: skip
        return self._package(result.x[:-1])

    def furthest(self, term: int, way: float, start: Array) -> Array:
        """The package (terms,) with most (`way` 1) or least (−1) of a term that everybody accepts, from one that all do."""
        from scipy.optimize import minimize

        memory, along = _Memory(self._slopes), -way * np.eye(self.terms)[term]
        limits = [{
            "type": "ineq", "fun": lambda at: (memory(at)[0] - self.walk_away) / self.stakes,
            "jac": lambda at: memory(at)[1] / self.stakes[:, None],
        }]  # fmt: skip
        if self.excess is not None:
            limits.append(self._inside())
        result = minimize(
            lambda at: float(along @ at), start, jac=lambda _: along, bounds=[(0.0, 1.0)] * self.terms, constraints=limits,
            method="SLSQP", options={"ftol": 1e-10, "maxiter": 60},
        )  # fmt: skip
        end = self._package(result.x)
        possible = self.excess is None or self.excess(end.at[None])[0] <= 1e-9
        return end.at if possible and self._acceptable(end.worth) and along @ end.at < along @ start else start

    def _inside(self) -> dict[str, object]:
        """Packages that are possible, as a constraint."""
        assert self.excess is not None
        excess = self.excess
        return {"type": "ineq", "fun": lambda at: -excess(np.atleast_2d(at[: self.terms]))[0]}

    def _package(self, at: Array) -> Package:
        inside = np.clip(at, 0.0, 1.0)
        return Package(inside, self._worth(inside)[0])

    def _polished(self, found: Package, goal: Callable[[Array], Array]) -> Package:
        """The package moved to where the goal's slopes are nil, by Newton's method, where it lies inside of all bounds."""
        at, step = found.at, CURVE
        if (at < 3 * step).any() or (at > 1 - 3 * step).any() or ((found.worth - self.walk_away) / self.stakes).min() < 1e-6:
            return found
        for _ in range(6):
            slope, curve = self._curvature(at, goal, step)
            try:
                move = np.linalg.solve(curve, -slope)
            except np.linalg.LinAlgError:
                return found
            at = at + np.clip(move, -step, step)
            if (at < 3 * step).any() or (at > 1 - 3 * step).any():
                return found
            if np.abs(move).max() < 1e-13:
                break
        moved = self._package(at)
        gained = float(goal(moved.worth[None])[0] - goal(found.worth[None])[0])
        return moved if gained > -1e-12 * max(1.0, abs(float(goal(found.worth[None])[0]))) else found

    def _curvature(self, at: Array, goal: Callable[[Array], Array], step: float) -> tuple[Array, Array]:
        """Slopes (terms,) to fourth order and curvatures (terms, terms) of the goal."""
        axes = np.eye(self.terms) * step
        lines = [at + k * axis for axis in axes for k in (-2, -1, 1, 2)]
        pairs = [(one, other) for one in range(self.terms) for other in range(one)]
        crosses = [at + a * axes[one] + b * axes[other] for one, other in pairs for a, b in ((1, 1), (1, -1), (-1, 1), (-1, -1))]
        values = goal(self._worth(np.array([at, *lines, *crosses])))
        middle, along = values[0], values[1 : 1 + len(lines)].reshape(self.terms, 4)
        slope = (along[:, 0] - 8 * along[:, 1] + 8 * along[:, 2] - along[:, 3]) / (12 * step)
        curve = np.diag((-along[:, 0] + 16 * along[:, 1] - 30 * middle + 16 * along[:, 2] - along[:, 3]) / (12 * step**2))
        for (one, other), four in zip(pairs, values[1 + len(lines) :].reshape(len(pairs), 4), strict=True):
            curve[one, other] = curve[other, one] = (four[0] - four[1] - four[2] + four[3]) / (4 * step**2)
        return slope, curve


class _Memory:
    """Worth and slopes at the last package that was asked for: the goal, its slopes and the limits ask for the same."""

    def __init__(self, slopes: Callable[[Array], tuple[Array, Array]]) -> None:
        self.slopes = slopes
        self.at: Array | None = None
        self.found: tuple[Array, Array] = (np.empty(0), np.empty(0))

    def __call__(self, at: Array) -> tuple[Array, Array]:
        if self.at is None or not np.array_equal(self.at, at):
            self.at, self.found = at.copy(), self.slopes(at)
        return self.found
