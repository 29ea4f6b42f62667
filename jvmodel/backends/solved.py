"""Solved numbers: inputs whose value makes a named total nil, found by bracketing, scenario by scenario (design.md section 3).

One unknown is found by Chandrupatla's bracketing method (scipy.optimize.elementwise); several by Newton's method on all of
them, and where that fails by bracketing each in turn until all hold.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping

import numpy as np
from numpy.typing import ArrayLike, NDArray

from jvmodel.errors import RunError
from jvmodel.graph import ClosedGraph

Array = NDArray[np.float64]
Residuals = Callable[[Mapping[str, ArrayLike], tuple[str, ...]], Array]
"""Totals of rows, (rows, scenarios), for changes of inputs."""
NEAR = 1e-9
"""Residual that counts as nil, as a share of the greatest one within the bounds."""
MOST = 40


def solve(graph: ClosedGraph, changes: Mapping[str, ArrayLike], scenarios: int, residuals: Residuals) -> dict[str, Array]:
    """The solved numbers of every scenario, each of shape (scenarios,); those that `changes` holds already are left alone.

    Raises RunError with the residuals at both bounds for a number that cannot be found.
    """
    names = tuple(name for name in graph.solved if name not in changes)
    if not names:
        return {}
    search = _Search(graph, changes, scenarios, residuals, names)
    return search.one() if len(names) == 1 else search.several()


class _Search:
    def __init__(
        self, graph: ClosedGraph, changes: Mapping[str, ArrayLike], scenarios: int, residuals: Residuals, names: tuple[str, ...]
    ) -> None:
        self.graph = graph
        self.changes = changes
        self.scenarios = scenarios
        self.residuals = residuals
        self.names = names
        self.rows = tuple(graph.solved[name].row for name in names)
        self.low = np.array([graph.solved[name].low for name in names])
        self.high = np.array([graph.solved[name].high for name in names])

    def at(self, guesses: Mapping[str, Array], scenarios: NDArray[np.intp]) -> Array:
        """The residuals (unknowns, len(scenarios)) at guesses for some of the scenarios."""
        chosen: dict[str, ArrayLike] = {}
        for name, value in self.changes.items():
            values = np.asarray(value, dtype=np.float64)
            chosen[name] = values[scenarios] if values.ndim and values.shape[0] == self.scenarios > 1 else value
        return self.residuals({**chosen, **guesses}, self.rows)

    def bracketed(self, number: int, others: dict[str, Array]) -> Array:
        """One unknown in all scenarios, with the others as they are."""
        from scipy.optimize.elementwise import find_root

        name = self.names[number]
        every = np.arange(self.scenarios)

        def residual(guess: Array, place: Array) -> Array:
            where = place.astype(np.intp).ravel()
            kept = {other: values[where] for other, values in others.items() if other != name}
            found: Array = self.at(kept | {name: np.ravel(guess)}, where)[number].reshape(guess.shape)
            return found

        low, high = np.full(self.scenarios, self.low[number]), np.full(self.scenarios, self.high[number])
        below, above = residual(low, every.astype(np.float64)), residual(high, every.astype(np.float64))
        scale = NEAR * np.maximum(np.maximum(abs(below), abs(above)), 1.0)
        nil_low, nil_high = abs(below) <= scale, abs(above) <= scale
        lost = (below * above > 0) & ~nil_low & ~nil_high
        if lost.any():
            self._refuse(number, int(np.argmax(lost)), below, above)
        found = np.where(nil_low, low, high)
        open_ = ~nil_low & ~nil_high
        if open_.any():
            result = find_root(residual, (low[open_], high[open_]), args=(every[open_].astype(np.float64),), maxiter=200)
            found[open_] = result.x
        return found

    def _refuse(self, number: int, scenario: int, below: Array, above: Array) -> None:
        one = self.graph.solved[self.names[number]]
        label = self.graph.rows[one.row].label
        raise RunError(
            f"'{self.names[number]}' cannot be solved: {label} is {below[scenario]:,.6g} at {one.low:g} and"
            f" {above[scenario]:,.6g} at {one.high:g} (scenario {scenario + 1}), never nil between; {one.advice}"
        )

    def one(self) -> dict[str, Array]:
        return {self.names[0]: self.bracketed(0, {})}

    def several(self) -> dict[str, Array]:
        """Newton's method from the middle of the bounds; scenarios that it fails in are done by turns."""
        every = np.arange(self.scenarios)
        guess = np.repeat(np.array([self.graph.params[name].value for name in self.names])[:, None], self.scenarios, axis=1)
        scale = np.ones((len(self.names), self.scenarios))
        for _ in range(MOST):
            here = self._values(guess, every)
            settled = _nil(here, scale).all(axis=0)
            if settled.all():
                return dict(zip(self.names, guess, strict=True))
            slopes = np.empty((self.scenarios, len(self.names), len(self.names)))
            for number in range(len(self.names)):
                step = np.where(guess[number] < (self.low[number] + self.high[number]) / 2, 1e-6, -1e-6)
                moved = guess.copy()
                moved[number] += step
                slopes[:, :, number] = ((self._values(moved, every) - here) / step).T
            scale = np.maximum(abs(slopes).max(axis=2).T, 1.0)
            slopes[settled] = np.eye(len(self.names))
            singular = np.linalg.matrix_rank(slopes) < len(self.names)
            slopes[singular] = np.eye(len(self.names))
            steps = np.linalg.solve(slopes, here.T[:, :, None])[:, :, 0].T
            guess = np.where(settled | singular, guess, np.clip(guess - steps, self.low[:, None], self.high[:, None]))
            if (settled | singular).all():
                break
        return dict(zip(self.names, np.where(settled, guess, list(self._by_turns().values())), strict=True))

    def _values(self, guess: Array, every: NDArray[np.intp]) -> Array:
        return self.at(dict(zip(self.names, guess, strict=True)), every)

    def _by_turns(self) -> dict[str, Array]:
        found = {name: np.full(self.scenarios, float(np.mean([self.low[k], self.high[k]]))) for k, name in enumerate(self.names)}
        every = np.arange(self.scenarios)
        for _ in range(MOST):
            before = np.array(list(found.values()))
            for number, name in enumerate(self.names):
                found[name] = self.bracketed(number, found)
            after = np.array(list(found.values()))
            if (abs(after - before) <= 1e-13).all():
                return found
        worst = np.argmax(abs(self._values(after, every)).max(axis=1))
        one = self.graph.solved[self.names[worst]]
        raise RunError(f"'{self.names[worst]}' and the other solved numbers do not settle after {MOST} rounds; {one.advice}")


def _nil(residuals: Array, scale: Array) -> NDArray[np.bool_]:
    nil: NDArray[np.bool_] = abs(residuals) <= 1e-12 * scale
    return nil
