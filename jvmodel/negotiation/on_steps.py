"""Bargaining where terms move in steps: the same solutions, over packages whose terms lie on their steps.

Where all terms do and there are not too many, every package is looked at; otherwise the steps on both sides of the solution
without steps, with the other terms bargained over anew.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator
from dataclasses import dataclass
from functools import cached_property
from itertools import product

import numpy as np
from numpy.typing import NDArray

from jvmodel.negotiation.bargaining import SAME, Game, Package, Solution
from jvmodel.negotiation.table import Table

Array = NDArray[np.float64]
Score = Callable[[Array], Array]
"""How good packages are by what they are worth (S, parties): (S,)."""
MOST, MOST_ON_RISK = 20_000, 512
"""Packages up to which all are looked at."""


@dataclass(frozen=True)
class OnSteps:
    """A game and the steps (places from 0 to 1) of those of its terms, by number, that move in steps."""

    game: Game
    lattices: dict[int, Array]
    limit: int = MOST

    @classmethod
    def of(cls, table: Table) -> OnSteps | None:
        """The game of a table; None where no term moves in steps."""
        found = {
            number: (one.lattice() - one.low) / (one.high - one.low)
            for number, one in enumerate(table.space.unknowns) if one.step
        }  # fmt: skip
        return cls(table.game, found, MOST_ON_RISK if table.on_risk else MOST) if found else None

    @cached_property
    def best(self) -> Package:
        """The package of the greatest least gain."""
        found = self._best(self._least(self.game.stakes), lambda game: game.fairest(self.game.stakes), rational=False)
        assert found is not None
        return found

    @property
    def agreement(self) -> bool:
        """Whether a package on the steps exists that everybody could accept."""
        return bool(((self.best.worth - self.game.walk_away) / self.game.stakes).min() >= -SAME)

    @property
    def shortfall(self) -> Array:
        """How much each party lacks (parties,) in the package that comes nearest."""
        lacking: Array = np.maximum(0.0, self.game.walk_away - self.best.worth)
        return np.where(lacking > SAME * self.game.stakes, lacking, 0.0)

    @cached_property
    def gap(self) -> float:
        """What all walk-away values together exceed the greatest joint worth by."""
        most = self._best(lambda worth: worth.sum(axis=-1), lambda game: game.greatest_sum(), rational=False)
        assert most is not None
        return float(self.game.walk_away.sum() - most.worth.sum())

    @cached_property
    def ideal(self) -> Array:
        """The most that each party could get (parties,) while all others have their walk-away value."""
        return np.array([self.most(party).worth[party] for party in range(len(self.game.power))])

    def most(self, party: int) -> Package:
        """The package that gives a party most while all others have their walk-away value."""
        return self._agreed(lambda worth: worth[..., party], lambda game: game.most(party))

    def solution(self, which: Solution) -> Package:
        """The package of a solution, on a game with an agreement."""
        game = self.game
        if which is Solution.NASH:
            return self._agreed(game.product, lambda one: one.solution(which))
        if which is Solution.UTILITARIAN:
            return self._agreed(lambda worth: (worth * game.power).sum(axis=-1), lambda one: one.solution(which))
        scale = self.ideal - game.walk_away if which is Solution.KALAI_SMORODINSKY else game.power
        scale = np.maximum(scale, SAME * game.stakes)
        return self._agreed(self._least(scale), lambda one: one.fairest(scale))

    def _least(self, scale: Array) -> Score:
        return lambda worth: ((worth - self.game.walk_away) / scale).min(axis=-1)

    def _agreed(self, score: Score, find: Callable[[Game], Package]) -> Package:
        return self._best(score, find, rational=True) or self.best

    def _best(self, score: Score, find: Callable[[Game], Package], *, rational: bool) -> Package | None:
        """The package on the steps of the greatest score, of those that everybody accepts if `rational`."""
        points, worth = self._every if self._every is not None else self._near(find, rational=rational)
        if rational:
            fine = ((worth - self.game.walk_away) / self.game.stakes).min(axis=1) >= -SAME
            points, worth = points[fine], worth[fine]
        if not len(points):
            return None
        place = int(score(worth).argmax())
        return Package(points[place], worth[place])

    @cached_property
    def _every(self) -> tuple[Array, Array] | None:
        """Every package of steps and what it is worth, where all terms move in steps and there are not too many."""
        if len(self.lattices) < self.game.terms or np.prod([len(one) for one in self.lattices.values()]) > self.limit:
            return None
        points = np.array(list(product(*(self.lattices[number] for number in range(self.game.terms)))))
        if self.game.excess is not None:
            points = points[self.game.excess(points) <= SAME]
        return points, self.game.utilities(points)

    def _near(self, find: Callable[[Game], Package], *, rational: bool) -> tuple[Array, Array]:
        """Packages on the steps around what is found without steps, the other terms found anew."""
        around = find(self.game).at
        found = [each for places in self._neighbours(around) for each in self._at(places, find, rational=rational)]
        points = np.array(found).reshape(-1, self.game.terms)
        return points, self.game.utilities(points) if len(points) else np.empty((0, len(self.game.power)))

    def _neighbours(self, at: Array) -> Iterator[dict[int, float]]:
        choices = []
        for number, lattice in self.lattices.items():
            place = int(np.searchsorted(lattice, at[number]))
            choices.append([float(lattice[near]) for near in (place - 1, place) if 0 <= near < len(lattice)])
        for places in product(*choices):
            yield dict(zip(self.lattices, places, strict=True))

    def _at(self, places: dict[int, float], find: Callable[[Game], Package], *, rational: bool) -> Iterator[Array]:
        """The package with some terms at given places, where it is possible and, if `rational`, agreed to."""
        free = np.array([number for number in range(self.game.terms) if number not in places], dtype=np.intp)
        whole = np.array([places.get(number, 0.0) for number in range(self.game.terms)])
        if len(free):
            rest = self.game.fixing(places)
            if not len(rest.sample[0]) or (rational and not rest.agreement):
                return
            whole[free] = find(rest).at
        if self.game.excess is None or self.game.excess(whole[None])[0] <= SAME:
            yield whole
