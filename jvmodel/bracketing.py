"""Roots between two ends, many at once, by Chandrupatla's method: inverse quadratic steps, and halves where these are not safe.

T. Chandrupatla, "A new hybrid quadratic/bisection algorithm for finding the zero of a nonlinear function without using
derivatives", Advances in Engineering Software 28(3), 1997. It takes the same steps as `find_root` of scipy.optimize, which
takes longer to load than the roots of a deal take to be found.
"""

from __future__ import annotations

from collections.abc import Callable

import numpy as np
from numpy.typing import NDArray

Array = NDArray[np.float64]
MOST = 200
"""Steps; halving alone needs about 60."""
TINY, FINEST = float(np.finfo(np.float64).smallest_normal), float(np.finfo(np.float64).eps)


def roots_between(
    value: Callable[[NDArray[np.intp], Array], Array], left: Array, right: Array,
    close: float = 4 * TINY, share: float = 4 * FINEST, nil: float = TINY,
) -> Array:  # fmt: skip
    """The root of each of several functions between two ends (functions,) at which its signs differ; NaN where they do not.

    `value(which, at)` is what functions, by their numbers, give at a point each. A root is found when its ends are no further
    apart than `close` and that `share` of it, or when the function is within `nil` of 0.

    >>> squares = np.array([2.0, 9.0])
    >>> roots_between(lambda which, at: at**2 - squares[which], np.zeros(2), np.full(2, 5.0)).round(12).tolist()
    [1.414213562373, 3.0]
    """
    which = np.arange(len(left))
    found = np.full(len(left), np.nan)
    x1, x2 = left.astype(np.float64), right.astype(np.float64)
    f1, f2 = value(which, x1), value(which, x2)
    x3, f3 = x2, f2
    for step in range(MOST + 1):
        first = np.abs(f1) < np.abs(f2)
        best, least = np.where(first, x1, x2), np.abs(np.where(first, f1, f2))
        apart, near = np.abs(x2 - x1), np.abs(best) * share + close
        lost = (least > nil) & (np.sign(f1) == np.sign(f2)) | np.isnan(f1) & np.isnan(f2)
        found[which] = np.where(lost, np.nan, best)
        open_ = ~(lost | (least <= nil) | (apart < near))
        if step == MOST or not open_.any():
            break
        which, x1, x2, x3, f1, f2, f3, apart, near = (one[open_] for one in (which, x1, x2, x3, f1, f2, f3, apart, near))
        at = x1 + (_parts(x1, x2, x3, f1, f2, f3, near / apart) if step else 0.5) * (x2 - x1)
        reached = value(which, at)
        same = np.sign(reached) == np.sign(f1)
        x3, f3 = np.where(same, x1, x2), np.where(same, f1, f2)
        x2, f2 = np.where(same, x2, x1), np.where(same, f2, f1)
        x1, f1 = at, reached
    return found


def _parts(x1: Array, x2: Array, x3: Array, f1: Array, f2: Array, f3: Array, near: Array) -> Array:
    """How far to go from the first end to the second, as a share: to the root of a parabola through three points, or half."""
    with np.errstate(divide="ignore", invalid="ignore"):
        across, up, beyond = (x1 - x2) / (x3 - x2), (f1 - f2) / (f3 - f2), (x3 - x1) / (x2 - x1)
        quadratic = f1 / (f1 - f2) * f3 / (f3 - f2) - beyond * f1 / (f3 - f1) * f2 / (f2 - f3)
        safe = (1 - np.sqrt(1 - across) < up) & (up < np.sqrt(across))
    return np.clip(np.where(safe, quadratic, 0.5), 0.5 * near, 1 - 0.5 * near)
