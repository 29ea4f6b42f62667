"""Where a search for terms ends: the best points that were reached, those that differ, and where a figure does not exist."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

Array = NDArray[np.float64]
APART = 1e-5
"""Distance, as a share of the bounds, from which two solutions are different ones."""


@dataclass(frozen=True)
class End:
    """Where a search ends (unknowns,): the greatest difference that is left, and the sum of all squared."""

    at: Array
    left: float
    cost: float

    @classmethod
    def of(cls, at: Array, differences: Array) -> End:
        """The end at a point with some differences, each by how far it can move."""
        return cls(at, float(np.abs(differences).max()), float(differences @ differences))


def least(size: Callable[[float], float], at: float, around: tuple[float, float]) -> float:
    """Where a size is least between two neighbours of the best place of a scan."""
    from scipy.optimize import minimize_scalar

    def known(one: float) -> float:
        found = size(float(one))
        return found if np.isfinite(found) else np.inf

    found = minimize_scalar(known, bounds=around, method="bounded", options={"xatol": 1e-10 * (around[1] - around[0])})
    return min((at, *map(float, around), float(found.x)), key=known)


def gaps(points: Array, defined: NDArray[np.bool_]) -> tuple[tuple[float, float], ...]:
    """Spans of points at which a figure does not exist."""
    found: list[tuple[float, float]] = []
    for number, at in enumerate(points):
        if defined[number]:
            continue
        if number and not defined[number - 1]:
            found[-1] = (found[-1][0], float(at))
        else:
            found.append((float(at), float(at)))
    return tuple(found)


def distinct(points: list[Array]) -> list[Array]:
    """Points that are apart from those before them."""
    found: list[Array] = []
    for one in points:
        if all(np.abs(one - other).max() > APART for other in found):
            found.append(one)
    return found
