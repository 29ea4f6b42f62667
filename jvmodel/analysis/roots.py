"""Roots of several figures at once, from a scan of them: changes of sign, dips, stretches and jumps told apart."""

from __future__ import annotations

from collections.abc import Callable, Iterator

import numpy as np
from numpy.typing import NDArray

Array = NDArray[np.float64]
HALVINGS = 40
JUMP = 1e-5
"""What is left at a root, as a share of the figure's size over the bracket, from which it is a jump and no root."""
SECTIONS, CUTS, STEEP = 10, 2, 0.05
"""Parts of a change of sign, how often it is cut into them, and the share of a figure's size that only a jump moves in one."""
CLOSE = 1e-10
"""How near a root is narrowed to, as a share of the bracket."""

Values = Callable[[NDArray[np.intp], Array], Array]
"""The figures less their targets, by number of the figure and value of the lever."""


def roots_of(points: Array, table: Array, value: Values) -> list[list[float]]:
    """The roots of each row of a table (figures, points), NaN where undefined."""
    found: list[list[float]] = [[] for _ in table]
    pairs = zip(signs(points, table), _beside_gaps(points, table, value), _dips(points, table, value), strict=True)
    which, left, right = (np.concatenate(each) for each in pairs)
    for number, at in level(points, table, value):
        found[number].append(at)
    if len(which):
        for number, root in zip(which, _narrowed(which, left, right, value), strict=True):
            found[int(number)].append(float(root))
    return found


def level(points: Array, table: Array, value: Values) -> Iterator[tuple[int, float]]:
    """Points that are roots themselves; of a stretch of them, over which a figure stays at its target, both ends."""
    nil = np.pad(table == 0, ((0, 0), (1, 1)))
    begins, ends = (np.argwhere(change) for change in (nil[:, 1:-1] & ~nil[:, :-2], nil[:, 1:-1] & ~nil[:, 2:]))
    open_ends: list[tuple[int, float, float]] = []
    for (number, begin), (_, end) in zip(begins.tolist(), ends.tolist(), strict=True):
        if begin == end:
            yield number, float(points[begin])
            continue
        for place, beyond in ((begin, begin - 1), (end, end + 1)):
            if 0 <= beyond < len(points):
                open_ends.append((number, float(points[place]), float(points[beyond])))
            else:
                yield number, float(points[place])
    if not open_ends:
        return
    which = np.array([number for number, _, _ in open_ends], dtype=np.intp)
    inside, outside = (np.array([one[side] for one in open_ends]) for side in (1, 2))
    for _ in range(HALVINGS):
        middle = (inside + outside) / 2
        level = value(which, middle) == 0
        inside, outside = np.where(level, middle, inside), np.where(level, outside, middle)
    yield from zip(which.tolist(), inside.tolist(), strict=True)


def sectioned(which: NDArray[np.intp], left: Array, right: Array, value: Values, size: Array) -> Array:
    """Changes of sign narrowed all at once by cutting each into sections, twice, and a straight line; NaN where one is a jump."""
    low = high = np.zeros(len(which))
    for _ in range(CUTS if len(which) else 0):
        at = left[:, None] + (right - left)[:, None] * np.linspace(0.0, 1.0, SECTIONS + 1)
        found = value(np.repeat(which, SECTIONS + 1), at.ravel()).reshape(at.shape)
        rows, place = np.arange(len(which)), np.argmax(found[:, :-1] * found[:, 1:] <= 0, axis=1)
        left, right, low, high = at[rows, place], at[rows, place + 1], found[rows, place], found[rows, place + 1]
    apart = high - low
    with np.errstate(divide="ignore", invalid="ignore"):
        return np.where(np.abs(apart) <= STEEP * size[which], left - low * (right - left) / apart, np.nan)


def met(found: list[list[float]], table: Array, value: Values) -> list[list[float]]:
    """The roots without places at which a figure jumps past its target."""
    which = np.array([number for number, each in enumerate(found) for _ in each], dtype=np.intp)
    if not len(which):
        return found
    left = np.abs(value(which, np.array([root for each in found for root in each])))
    size = np.nanmax(np.abs(table), axis=1, initial=0.0)[which]
    kept = iter((left <= JUMP * size).tolist())
    return [[root for root in each if next(kept)] for each in found]


def signs(points: Array, table: Array) -> tuple[NDArray[np.intp], Array, Array]:
    """Figure and ends of each step in which the sign changes, both ends defined and neither nil."""
    with np.errstate(invalid="ignore"):
        crossing = table[:, :-1] * table[:, 1:] < 0
    which, place = np.nonzero(crossing)
    return which, points[place], points[place + 1]


def _beside_gaps(points: Array, table: Array, value: Values) -> tuple[NDArray[np.intp], Array, Array]:
    """Figure and ends of a change of sign between a point of the scan and the edge of a gap in which the figure is undefined."""
    undefined = np.isnan(table)
    which, place = np.nonzero((undefined[:, :-1] != undefined[:, 1:]) & ~((table == 0)[:, :-1] | (table == 0)[:, 1:]))
    after = undefined[which, place + 1]
    begin, beyond = points[np.where(after, place, place + 1)], points[np.where(after, place + 1, place)]
    side = np.sign(table[which, np.where(after, place, place + 1)])
    inside, across = begin.copy(), np.full(len(which), np.nan)
    for _ in range(HALVINGS if len(which) else 0):
        middle = (inside + beyond) / 2
        height = value(which, middle) * side
        across = np.where(np.isnan(across) & (height < 0), middle, across)
        inside, beyond = np.where(np.isnan(height), inside, middle), np.where(np.isnan(height), middle, beyond)
    crossed = ~np.isnan(across)
    ends = np.sort(np.stack([begin[crossed], across[crossed]]), axis=0)
    return which[crossed], ends[0], ends[1]


def _narrowed(which: NDArray[np.intp], left: Array, right: Array, value: Values) -> Array:
    from scipy.optimize.elementwise import find_root

    def residual(at: Array, number: Array) -> Array:
        shape = at.shape
        found: Array = value(number.astype(np.intp).ravel(), np.ravel(at)).reshape(shape)
        return found

    step = float(np.max(right - left))
    result = find_root(
        residual, (left, right), args=(which.astype(float),),
        tolerances={"xatol": CLOSE * step, "xrtol": 1e-15, "fatol": 0.0, "frtol": 0.0}, maxiter=200,
    )  # fmt: skip
    narrowed: Array = result.x
    return narrowed


def _dips(points: Array, table: Array, value: Values) -> tuple[NDArray[np.intp], Array, Array]:
    """Brackets around pairs of roots that lie between two steps of the scan: where a figure dips to its target and back."""
    from scipy.optimize.elementwise import find_minimum

    sign = np.sign(table)
    size = np.abs(table)
    middle = size[:, 1:-1]
    with np.errstate(invalid="ignore"):
        dip = (middle < size[:, :-2]) & (middle < size[:, 2:]) & (sign[:, :-2] == sign[:, 1:-1]) & (sign[:, 2:] == sign[:, 1:-1])
    which, place = np.nonzero(dip & (middle > 0))
    if not len(which):
        return which, np.empty(0), np.empty(0)
    side = sign[which, place + 1]

    def height(at: Array, number: Array, side: Array) -> Array:
        found: Array = value(number.astype(np.intp).ravel(), np.ravel(at)).reshape(at.shape) * side
        return np.where(np.isnan(found), np.inf, found)

    bracket = (points[place], points[place + 1], points[place + 2])
    result = find_minimum(height, bracket, args=(which.astype(float), side), maxiter=60)
    under = result.f_x < 0
    which, lowest = which[under], result.x[under]
    left, right = bracket[0][under], bracket[2][under]
    return np.concatenate([which, which]), np.concatenate([left, lowest]), np.concatenate([lowest, right])


def at_points(points: Array, table: Array) -> list[list[float]]:
    """Whole numbers: the value at which the figure has first met its target, on the way up or down."""
    found: list[list[float]] = []
    for row in table:
        met = [float(points[place]) for place in range(len(points)) if row[place] == 0]
        met += [float(points[place + 1]) for place in range(len(points) - 1) if row[place] * row[place + 1] < 0]
        found.append(met)
    return found
