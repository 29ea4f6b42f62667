"""Breakevens: every value of a lever within a bracket at which a figure meets its target (terms.md G2, G3).

The bracket is scanned; each change of sign is narrowed by Chandrupatla's method, and each dip towards the target that does
not reach it between two steps of the scan is searched for a touching pair of roots (scipy.optimize.elementwise), all of them
at once. Differences are used, never ratios, so that a figure may pass through nil.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass

import numpy as np
from numpy.typing import ArrayLike, NDArray

from jvmodel.account import VENTURE
from jvmodel.analysis.roots import at_points, level, met, roots_of, sectioned, signs
from jvmodel.analysis.study import Study
from jvmodel.analysis.wanted import STAKES, wanted
from jvmodel.errors import GraphError, RunError
from jvmodel.inputs import read_plain
from jvmodel.lever import Kind, Lever
from jvmodel.metrics import METRICS
from jvmodel.metrics import Kind as Measure

Array = NDArray[np.float64]
SCAN = 41
"""Points at which a bracket is looked at."""
SLIVER = 0.05
"""Share of a number at which a bracket begins where the deal has no figures at nil."""
MOST_SHAPES = 60


@dataclass(frozen=True)
class Breakeven:
    """The roots of a figure less its target, ascending; with none, `status` and the figure at both ends say why.

    `status`: `found`, `several`, `too low` (the figure stays under the target), `too high`, `jumps` (past the target without
    meeting it), `never defined`. Where a figure stays at its target over a stretch, the roots are the ends of it.
    `lowest` and `highest` are the least and most that the figure is within the bracket.
    """

    figure: str
    target: float
    lever: Lever
    low: float
    high: float
    roots: tuple[float, ...]
    status: str
    at_base: float
    at_low: float
    at_high: float
    lowest: float
    highest: float
    along: tuple[float, ...]
    """Places at which the bracket was looked at"""
    values: tuple[float, ...]
    """The figure there, NaN where it does not exist"""

    @property
    def spans(self) -> tuple[tuple[float, float], ...]:
        """The roots, those at the ends of a stretch over which the figure stays at its target as one from low to high."""
        found: list[tuple[float, float]] = []
        for root in self.roots:
            since = [value for at, value in zip(self.along, self.values, strict=True) if found and found[-1][1] < at < root]
            if since and all(value == self.target for value in since):
                found[-1] = (found[-1][0], root)
            else:
                found.append((root, root))
        return tuple(found)

    @property
    def headroom(self) -> float | None:
        """How far the lever may move from its value to the nearest root, as a share of its value; None without either."""
        base = self.lever.base
        if not self.roots or not base:
            return None
        return min((root / base - 1 for root in self.roots), key=abs)


def breakevens(
    study: Study, path: str, figures: Sequence[str], target: float | None = None, bracket: tuple[float, float] | None = None
) -> tuple[Breakeven, ...]:
    """The breakevens of several figures over one lever.

    `target` is that of every figure; without one, nil for money, the party's discount rate for rates of return, and 1 for
    multiples and cover. `bracket` is the deal's range, widened, where none is given. Raises GraphError for a figure that has
    no natural target, and for a lever that needs a bracket.
    """
    one = study.lever(path)
    low, high = bracket or _bracket(study, one)
    for end in (low, high):
        one.bounded(end)
    if low >= high:
        raise GraphError(f"{path}: the bracket runs from {low:g} to {high:g}; give the lower end first")
    targets = {text: natural_target(study, text) if target is None else target for text in figures}
    points = np.linspace(low, high, SCAN)
    if one.kind is Kind.SHAPE and float(one.base).is_integer():
        points = np.arange(np.ceil(low), np.floor(high) + 1)
    if len(points) > MOST_SHAPES and one.kind is Kind.SHAPE:
        raise GraphError(f"{path}: {len(points)} models would have to be built; look between ends less than {MOST_SHAPES} apart")
    known = study.figures({path: np.append(points, one.base)}, figures)

    def value(which: NDArray[np.intp], at: Array) -> Array:
        answers = study.figures({path: at}, figures)
        return np.array([answers[figures[figure]][k] - targets[figures[figure]] for k, figure in enumerate(which)])

    table = np.array([known[text][:-1] - targets[text] for text in figures])
    roots = met(roots_of(points, table, value), table, value) if one.kind is not Kind.SHAPE else at_points(points, table)
    return tuple(
        _answer(text, targets[text], one, (low, high), tuple(sorted(roots[number])), points, known[text])
        for number, text in enumerate(figures)
    )


def breakevens_of_all(
    study: Study, paths: Sequence[str], figures: Sequence[str], scan: int = SCAN
) -> tuple[tuple[Breakeven, ...], ...]:
    """For each of several levers, one at a time, the breakevens of several figures at their natural targets.

    All levers are looked at together, over the brackets and with the faults of `breakevens`, in three runs: one of the scan and
    two that cut each change of sign into sections. Roots are good to a millionth; a pair of them between two steps of the scan
    is missed. None of the levers may shape the model.
    """
    levers = [study.lever(path) for path in paths]
    brackets = [_bracket(study, one) for one in levers]
    targets = {text: natural_target(study, text) for text in figures}
    shares = np.linspace(0.0, 1.0, scan)

    def at(number: int, share: float) -> tuple[str, float]:
        low, high = brackets[number]
        return levers[number].path, low + (high - low) * float(share)

    known = study.apart([at(number, share) for number in range(len(levers)) for share in shares], figures)
    table = np.array([
        known[text][1 + number * scan :][:scan] - targets[text] for number in range(len(levers)) for text in figures
    ])  # fmt: skip

    def value(which: NDArray[np.intp], places: Array) -> Array:
        answers = study.apart(
            [at(row // len(figures), share) for row, share in zip(which.tolist(), places.tolist(), strict=True)], figures
        )
        texts = [figures[row % len(figures)] for row in which]
        return np.array([answers[text][1 + k] - targets[text] for k, text in enumerate(texts)])

    found: list[list[float]] = [[] for _ in table]
    for row, share in level(shares, table, value) if len(table) else ():
        found[row].append(share)
    which, left, right = signs(shares, table) if len(table) else (np.empty(0, dtype=np.intp), shares[:0], shares[:0])
    for row, root in zip(which, sectioned(which, left, right, value, np.abs(table).max(axis=1, initial=0.0)), strict=True):
        found[int(row)] += [float(root)] if np.isfinite(root) else []
    each = iter(found)
    return tuple(
        tuple(
            _answer(
                text, targets[text], one, brackets[number], tuple(at(number, root)[1] for root in sorted(next(each))),
                np.array([at(number, share)[1] for share in shares]),
                np.append(known[text][1 + number * scan :][:scan], known[text][0]),
            )
            for text in figures
        )
        for number, one in enumerate(levers)
    )  # fmt: skip


@dataclass(frozen=True)
class Frontier:
    """Figures by their text with the lowest breakeven (n,) of `lever` at each value (n,) of `other`; NaN where there is none."""

    lever: Lever
    other: Lever
    values: Array
    roots: dict[str, Array]
    targets: dict[str, float]


def frontiers(
    study: Study, path: str, over: tuple[str, Array], figures: Sequence[str], target: float | None = None,
    bracket: tuple[float, float] | None = None,
) -> Frontier:  # fmt: skip
    """The breakevens of several figures over two levers; raises GraphError as `breakevens` does, or where both are the same."""
    one, other = study.lever(path), study.lever(over[0])
    if (one.name, one.period) == (other.name, other.period):
        raise GraphError(f"{path} is varied already; name another number to hold it against")
    if one.kind is Kind.SHAPE:
        raise GraphError(f"{path} shapes the model; a frontier needs a number that the model reads")
    bracket = bracket or _bracket(study, one)
    targets = {text: natural_target(study, text) if target is None else target for text in figures}
    roots = {text: frontier(study, path, other.path, over[1], text, targets[text], bracket) for text in figures}
    return Frontier(one, other, over[1], roots, targets)


def frontier(
    study: Study, path: str, other: str, values: ArrayLike, figure: str, target: float | None = None,
    bracket: tuple[float, float] | None = None,
) -> Array:  # fmt: skip
    """For each value (S,) of another lever, the first root of a figure over `path`: (S,), NaN where there is none."""
    return breakeven_of_each(study, path, {other: np.asarray(values, dtype=float)}, figure, target, bracket)


def breakeven_of_each(
    study: Study, path: str, others: Mapping[str, Array], figure: str, target: float | None = None,
    bracket: tuple[float, float] | None = None, scan: int = SCAN,
) -> Array:  # fmt: skip
    """The lowest root (S,) over `path` in each of S scenarios of other levers, all narrowed at once; NaN where there is none."""
    one = study.lever(path)
    low, high = bracket or _bracket(study, one)
    aim = natural_target(study, figure) if target is None else target
    size = len(next(iter(others.values())))
    points = np.linspace(low, high, scan)
    every = {name: np.repeat(values, scan) for name, values in others.items()}
    table = study.figures({path: np.tile(points, size), **every}, [figure])[figure].reshape(size, scan) - aim

    def value(which: NDArray[np.intp], at: Array) -> Array:
        chosen = {name: values[which] for name, values in others.items()}
        return study.figures({path: at, **chosen}, [figure])[figure] - aim

    roots = met(roots_of(points, table, value), table, value)
    return np.array([min(found, default=np.nan) for found in roots])


def natural_target(study: Study, text: str) -> float:
    """The target that a figure has by its nature; raises GraphError where it has none."""
    figure = wanted(study.model, text)
    if figure.metric in STAKES:
        if figure.unit == "%":
            raise GraphError(f"{text} has no breakeven of its own; say which share it should reach: --target 30%")
        return 0.0
    if figure.metric:
        kind = METRICS[figure.metric].kind
        if kind is Measure.RATE:
            return study.model.discount_rate(figure.party)
        if kind is Measure.YEARS:
            raise GraphError(f"{text} has no breakeven of its own; say which value it should reach: --target 6")
        return 1.0 if kind is Measure.MULTIPLE and figure.metric != "profitability_index" else 0.0
    return 1.0 if figure.unit == "x" else 0.0


def _bracket(study: Study, one: Lever) -> tuple[float, float]:
    """The deal's range and as much again on both sides, or from nothing to three times the value, within bounds."""
    if one.kind is Kind.SHAPE:
        raise GraphError(
            f"{one.path} shapes the model, which is built anew for each value; say where to look: --between LOW:HIGH"
        )
    span = study.model.deal.ranges.get(one.path)
    if span is not None:
        reach = span.high - span.low
        low, high = span.low - reach, span.high + reach
    elif one.base:
        low, high = sorted((0.0, 3 * one.base))
    else:
        low, high = 0.0, one.measured.high if one.measured.high is not None else 0.0
    if one.measured.low is not None or one.kind is Kind.FACTOR:
        low = max(low, one.measured.low or 0.0)
    if one.kind is Kind.FACTOR:
        greatest = float(np.max(study.model.graph.params[one.name].value))
        high = min(high, one.measured.high / greatest) if one.measured.high is not None and greatest > 0 else high
    elif one.measured.high is not None:
        high = min(high, one.measured.high)
    if one.kind is Kind.SHARE:
        given = study.model.graph.params
        high = min(high, one.base + sum(float(np.max(given[name].value)) for name in one.others))
    if low >= high:
        raise GraphError(f"{one.path} is 0 and has no range; say where to look: --between LOW:HIGH")
    return (low if low or _exists(study, one, low) else min(SLIVER * abs(one.base), high / 2)), high


def _exists(study: Study, one: Lever, value: float) -> bool:
    """Whether the deal has figures at a value: the mass of a concentrate, say, has none at a grade of nil."""
    try:
        study.figures({one.path: np.array([value])}, [f"{VENTURE}.npv"])
    except RunError:
        return False
    return True


def _answer(
    text: str,
    target: float,
    one: Lever,
    bracket: tuple[float, float],
    roots: tuple[float, ...],
    points: Array,
    known: Array,
) -> Breakeven:
    scanned = known[:-1]
    defined = scanned[~np.isnan(scanned)]
    if roots:
        status = "several" if len(roots) > 1 else "found"
    elif not len(defined):
        status = "never defined"
    elif defined.min() < target < defined.max():
        status = "jumps"
    else:
        status = "too low" if defined.max() < target else "too high"
    lowest, highest = (float(defined.min()), float(defined.max())) if len(defined) else (np.nan, np.nan)
    return Breakeven(
        text, target, one, *bracket, roots, status, float(known[-1]), float(scanned[0]), float(scanned[-1]), lowest, highest,
        tuple(map(float, points)), tuple(map(float, scanned)),
    )  # fmt: skip


def target_of(study: Study, figure: str, text: str) -> float:
    """The target that a text such as `15%` or `250` means for a figure; raises GraphError where it is not a number."""
    unit = wanted(study.model, figure).unit
    return read_plain(text, "%" if unit == "%" else "1", "--target")


def bracket_of(study: Study, path: str, text: str) -> tuple[float, float]:
    """The bracket that `LOW:HIGH` means for a lever."""
    low, colon, high = text.partition(":")
    if not colon:
        raise GraphError(f"--between {text}: write LOW:HIGH, such as 7000:11000")
    one = study.lever(path)
    return one.read(low), one.read(high)
