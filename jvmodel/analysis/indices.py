"""Which inputs move a figure: Sobol's indices, partial rank correlations, and the region of inputs where it fails.

Sobol's first-order and total indices by SALib (extra `jvmodel[indices]`) hold for independent inputs only; partial rank
correlation as in Saltelli et al. (2008); regions by the patient rule induction method of Friedman and Fisher (1999) as in
Bryant and Lempert (2010): how much of the failure a box covers, and how much of the box fails.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass

import numpy as np
from numpy.typing import ArrayLike, NDArray

from jvmodel.errors import GraphError

Array = NDArray[np.float64]

PEEL = 0.05
"""Share of a box that is taken off at a time."""
LEAST = 0.02
"""Share of all trials that a box holds at least."""
SLACK = 0.01
"""A limit goes that makes a box no better than by this share."""
NEEDS = "Sobol's indices need SALib; install it with: python -m pip install 'jvmodel[indices]'"


@dataclass(frozen=True)
class Index:
    """First-order and total index of an input or a group of them, each with the half-width of its 95% interval."""

    first: float
    first_error: float
    total: float
    total_error: float


def sobol_indices(evaluate: Callable[[Array], Array], groups: Sequence[str], runs: int, seed: int) -> dict[str, Index]:
    """Indices of the groups that dimensions belong to, of a function of uniform points (n, dimensions) -> (n,).

    `runs` is the base sample, a power of 2; the function is evaluated for runs × (groups + 2) points. Raises GraphError
    without SALib.
    """
    try:
        from SALib.analyze import sobol as analyse
        from SALib.sample import sobol as sample
    except ImportError:
        raise GraphError(NEEDS) from None
    names = list(dict.fromkeys(groups))
    problem = {
        "num_vars": len(groups), "names": [f"x{number}" for number in range(len(groups))],
        "bounds": [[0.0, 1.0]] * len(groups), "groups": list(groups),
    }  # fmt: skip
    points = np.asarray(sample.sample(problem, runs, calc_second_order=False, seed=seed))
    found = analyse.analyze(problem, evaluate(points), calc_second_order=False, seed=seed)
    columns = (found["S1"], found["S1_conf"], found["ST"], found["ST_conf"])
    return {name: Index(*(float(column[number]) for column in columns)) for number, name in enumerate(names)}


def partial_rank_correlations(outcome: ArrayLike, inputs: Mapping[str, ArrayLike]) -> dict[str, float]:
    """Correlation of the ranks of an outcome (S,) and each input (S,), what the other inputs explain taken off both.

    >>> found = partial_rank_correlations([1.0, 2.1, 2.9, 4.2, 4.9], {"a": [1, 2, 3, 4, 5.0], "b": [2, 1, 4, 3, 5.0]})
    >>> round(found["a"], 6)
    1.0
    """
    table = np.stack([*(np.asarray(one, dtype=np.float64) for one in inputs.values()), np.asarray(outcome, dtype=np.float64)])
    from scipy.stats import rankdata

    ranks = rankdata(table, axis=1)
    moving = ranks.std(axis=1) > 0
    if not moving[-1]:
        return dict.fromkeys(inputs, 0.0)
    centred = ranks[moving] - ranks[moving].mean(axis=1, keepdims=True)
    values = iter([_partial(centred[:-1], place, centred[-1]) for place in range(len(centred) - 1)])
    return {name: next(values) if moves else 0.0 for name, moves in zip(inputs, moving[:-1], strict=True)}


def _partial(inputs: Array, place: int, outcome: Array) -> float:
    """Correlation of what the other inputs leave of one input and of the outcome; 0 where they leave nothing of either."""
    others = np.delete(inputs, place, axis=0).T
    both = np.stack([inputs[place], outcome], axis=1)
    left = both - others @ np.linalg.lstsq(others, both, rcond=None)[0]
    sizes = np.linalg.norm(left, axis=0)
    if (sizes < 1e-9 * np.linalg.norm(both, axis=0)).any():
        return 0.0
    return float(np.clip(left[:, 0] @ left[:, 1] / sizes.prod(), -1.0, 1.0))


@dataclass(frozen=True)
class Bound:
    """A limit of a box: `low` and `high` of an input (None: no limit); `chance` that pure luck would have done as well."""

    low: float | None
    high: float | None
    chance: float


@dataclass(frozen=True)
class Region:
    """A box of inputs in which an outcome fails more often."""

    bounds: dict[str, Bound]
    coverage: float
    """Share of all failures that lie in the box"""
    density: float
    """Share of the box that fails"""
    mass: float
    """Share of all trials that lie in the box"""
    base: float
    """Share of all trials that fail"""


def region(failed: ArrayLike, inputs: Mapping[str, ArrayLike]) -> Region | None:
    """The box of inputs (S,) that covers most of what `failed` (S,) and holds least else: by the harmonic mean of both shares.

    None where nothing, or everything, fails.
    """
    bad = np.asarray(failed, dtype=bool)
    if bad.all() or not bad.any():
        return None
    table = np.stack([np.asarray(one, dtype=np.float64) for one in inputs.values()], axis=1)
    box = _pasted(table, bad, _peeled(table, bad))
    inside = _inside(table, box)
    names = list(inputs)
    bounds = {
        names[column]: Bound(
            None if np.isneginf(low) else float(low), None if np.isposinf(high) else float(high), _luck(table, bad, box, column)
        )
        for column, (low, high) in enumerate(box.T) if np.isfinite(low) or np.isfinite(high)
    }  # fmt: skip
    return Region(
        bounds, float(bad[inside].sum() / bad.sum()), float(bad[inside].mean()), float(inside.mean()), float(bad.mean())
    )


def _inside(table: Array, box: Array) -> NDArray[np.bool_]:
    found: NDArray[np.bool_] = ((table >= box[0]) & (table <= box[1])).all(axis=1)
    return found


def _worth(bad: NDArray[np.bool_], inside: NDArray[np.bool_]) -> float:
    """Harmonic mean of coverage and density."""
    return float(2 * bad[inside].sum() / (bad.sum() + inside.sum()))


def _peeled(table: Array, bad: NDArray[np.bool_]) -> Array:
    """The best of the boxes (2, inputs) that are left when again and again the edge is taken off that fails least.

    Of two edges that goes whose loss makes the box denser by more for each trial that it takes.
    """
    box = np.stack([np.full(table.shape[1], -np.inf), np.full(table.shape[1], np.inf)])
    inside = np.ones(len(table), dtype=bool)
    best, worth = box, _worth(bad, inside)
    while inside.sum() > LEAST * len(table):
        cut, gain = None, 0.0
        rows, hits = table[inside], bad[inside]
        for column in range(table.shape[1]):
            for side, share in ((0, PEEL), (1, 1 - PEEL)):
                limit = _next(rows[:, column], float(np.quantile(rows[:, column], share)), side)
                kept = rows[:, column] >= limit if side == 0 else rows[:, column] <= limit
                if kept.all() or kept.sum() < LEAST * len(table):
                    continue
                more = (hits[kept].mean() - hits.mean()) / (1 - kept.mean())
                if more > gain:
                    cut, gain = (side, column, limit), more
        if cut is None:
            break
        box = box.copy()
        box[cut[:2]] = cut[2]
        inside = _inside(table, box)
        if _worth(bad, inside) > worth:
            best, worth = box, _worth(bad, inside)
    return best


def _next(values: Array, limit: float, side: int) -> float:
    """The limit, or where many draws are alike the value next to it, so that something is taken off."""
    beyond = values > limit if side == 0 else values < limit
    alike = (values < limit).any() if side == 0 else (values > limit).any()
    if alike or not beyond.any():
        return limit
    return float(values[beyond].min() if side == 0 else values[beyond].max())


def _pasted(table: Array, bad: NDArray[np.bool_], box: Array) -> Array:
    """Limits that the box is no worse without are given up."""
    for column in range(table.shape[1]):
        for side, none in ((0, -np.inf), (1, np.inf)):
            wider = box.copy()
            wider[side, column] = none
            if _worth(bad, _inside(table, wider)) >= _worth(bad, _inside(table, box)) * (1 - SLACK):
                box = wider
    return box


def _luck(table: Array, bad: NDArray[np.bool_], box: Array, column: int) -> float:
    """Chance that a box without limits on one input would by luck fail as often: a binomial tail."""
    from scipy.stats import binomtest

    wider = box.copy()
    wider[:, column] = -np.inf, np.inf
    inside = _inside(table, box)
    return float(binomtest(int(bad[inside].sum()), int(inside.sum()), float(bad[_inside(table, wider)].mean()), "greater").pvalue)
