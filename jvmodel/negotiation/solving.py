"""Solve: the terms that meet targets (terms.md G2). One unknown: every root; several: from many starts, least squares.

Where targets cannot be met the answer says so: the nearest terms, by how much each target is missed, how far the figure
could go, and which bounds bind.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field, replace
from functools import cached_property
from itertools import product

import numpy as np
from numpy.typing import NDArray

from jvmodel.analysis.breakeven import SCAN, roots_of
from jvmodel.analysis.study import Study
from jvmodel.errors import GraphError
from jvmodel.lever import Kind
from jvmodel.negotiation.table import Table, table
from jvmodel.negotiation.targets import Target, on_risk
from jvmodel.negotiation.unknowns import Space, Unknown

Array = NDArray[np.float64]
MET = 1e-8
"""A difference that counts as nil, as a share of how far the figure moves (terms.md G2)."""
SAMPLE, STARTS = 64, 4
APART = 1e-5
"""Distance, as a share of the bounds, from which two solutions are different ones."""
EDGE = 1e-6
SLOPE = 1e-6


@dataclass(frozen=True)
class Terms:
    """Values of the unknowns by path, the differences that are left by target, and every party's net present value."""

    values: dict[str, float]
    missed: dict[str, float]
    figures: dict[str, float]
    value: dict[str, float]
    change: dict[str, float]


@dataclass(frozen=True)
class Solve:
    """The answer to a solve, by its status.

    - `solved`: one set of terms; `several`: each of them; `many`: one of a continuum, near the deal as it is;
    - `nearest`: steps leave a difference; `unattainable`: bounds do; `undefined`: a figure exists nowhere within the bounds.

    `reach` is the least and most of each target's figure within the bounds, `gaps` where (one unknown) it does not exist,
    `binds` what keeps the nearest terms from coming nearer.
    """

    status: str
    unknowns: tuple[Unknown, ...]
    targets: tuple[Target, ...]
    solutions: tuple[Terms, ...]
    nearest: Terms | None = None
    reach: dict[str, tuple[float, float]] = field(default_factory=dict)
    gaps: tuple[tuple[float, float], ...] = ()
    binds: tuple[str, ...] = ()


def solve(study: Study, unknowns: Sequence[Unknown], targets: Sequence[Target]) -> Solve:
    """The values of the unknowns that meet all targets, within bounds."""
    if not unknowns or not targets:
        raise GraphError("a solve needs something to vary and a target: --vary terms.royalty.rate --target treasury.npv=3000")
    paths = [one.path for one in unknowns]
    if len(set(paths)) < len(paths):
        raise GraphError(f"{next(path for path in paths if paths.count(path) > 1)} is to be varied twice; name it once")
    search = _Search(study, tuple(unknowns), tuple(targets))
    return search.one() if len(unknowns) == len(targets) == 1 else search.several()


class _Search:
    def __init__(self, study: Study, unknowns: tuple[Unknown, ...], targets: tuple[Target, ...]) -> None:
        self.study = study
        self.unknowns = unknowns
        self.targets = targets
        self.space = Space(study, unknowns)
        self.figures = tuple(dict.fromkeys(name for one in targets for name in one.figures))
        self.scale = np.ones(len(targets))

    def differences(self, points: Array) -> Array:
        """Differences (S, targets), NaN where a figure does not exist."""
        found = self.found(self.space.values(points))
        return np.stack([np.broadcast_to(one.difference(found), (len(points),)) for one in self.targets], axis=1)

    def found(self, values: Array, more: Sequence[str] = ()) -> Mapping[str, Array]:
        """The figures of the targets, and more, for values (S, unknowns)."""
        columns = {one.path: values[:, number] for number, one in enumerate(self.unknowns)}
        names = dict.fromkeys([*self.figures, *more])
        found: dict[str, Array] = dict(self.study.figures(columns, [name for name in names if not on_risk(name)]))
        risky = [name for name in names if on_risk(name)]
        if risky:
            worth = self.on_risk.worth((values - self.space.low) / self.space.span)
            each = dict(zip(self.on_risk.parties, worth.T, strict=True))
            total = worth.sum(axis=1)
            for name in risky:
                party, _, metric = name.rpartition(".")
                if party not in each:
                    raise GraphError(
                        f"{name}: '{party}' does not sit at the table ({', '.join(each)}), so it has no price of risk"
                    )
                found[name] = (
                    each[party] if metric == "certainty_equivalent" else each[party] / np.where(total > 0, total, np.nan)
                )
        return found

    @cached_property
    def on_risk(self) -> Table:
        """Those at the table, with worth on risk."""
        laid = table(self.study.path, self.study.changes, [f"{one.path}={one.low!r}:{one.high!r}" for one in self.unknowns])
        return replace(laid, space=self.space).with_risk()

    # one unknown

    def one(self) -> Solve:
        """Every root of one target over one unknown."""
        unknown, target = self.unknowns[0], self.targets[0]
        points = unknown.lattice() if unknown.step else np.linspace(unknown.low, unknown.high, SCAN)
        found = self.found(points[:, None])
        table = np.asarray(target.difference(found), dtype=float)
        defined = ~np.isnan(table)
        gaps, reach = _gaps(points, defined), self._reach(found)
        if not defined.any():
            return Solve("undefined", self.unknowns, self.targets, (), gaps=gaps)
        tolerance = MET * max(float(np.ptp(table[defined])), 1e-12)

        def value(_: NDArray[np.intp], at: Array) -> Array:
            return np.asarray(target.difference(self.found(at[:, None])), dtype=float)

        if unknown.step:
            met = [float(at) for at, left in zip(points, table, strict=True) if abs(left) <= tolerance]
        else:
            met = roots_of(points, table[None], value)[0]
        terms = self._terms(np.array(sorted(met))[:, None]) if met else ()
        solutions = tuple(one for one in terms if abs(one.missed[target.text]) <= max(tolerance, 1e-9))
        if solutions:
            status = "solved" if len(solutions) == 1 else "several"
            return Solve(status, self.unknowns, self.targets, solutions, reach=reach, gaps=gaps)
        place = int(np.nanargmin(np.abs(table)))
        (nearest,) = self._terms(points[place : place + 1, None])
        between = bool((table[defined] > 0).any() and (table[defined] < 0).any())
        if between and unknown.step:
            return Solve("nearest", self.unknowns, self.targets, (), nearest, reach, gaps, (f"steps of {unknown.path}",))
        if between:
            binds: tuple[str, ...] = (f"{target.figure} jumps past the target near {unknown.path} = {points[place]:.6g}",)
        else:
            binds = self._bounds_at((points[place : place + 1] - unknown.low) / (unknown.high - unknown.low))
        return Solve("unattainable", self.unknowns, self.targets, (), nearest, reach, gaps, binds)

    # several

    def several(self) -> Solve:
        """Terms that meet several targets, or come nearest in the sum of squares, each difference by how far it can move."""
        if any(one.lever.kind is Kind.SHAPE for one in self.unknowns):
            raise GraphError(
                f"{next(one.path for one in self.unknowns if one.lever.kind is Kind.SHAPE)} shapes the model, which is built anew"
                " for each value; solve for it alone, or set it with --set"
            )
        sample = np.vstack([np.clip(self.space.base, 0.0, 1.0), self._sample()])
        found = self.found(self.space.values(sample))
        table = np.stack([np.asarray(one.difference(found), dtype=float) for one in self.targets], axis=1)
        reach = self._reach(found)
        defined = ~np.isnan(table).any(axis=1)
        if not defined.any():
            return Solve("undefined", self.unknowns, self.targets, (), reach=reach)
        self.scale = np.maximum(table[defined].std(axis=0), 1e-9)
        norm = np.where(defined, np.linalg.norm(table / self.scale, axis=1), np.inf)
        order = list(dict.fromkeys([0, *np.argsort(norm)[: STARTS - 1].tolist()]))
        ends: list[tuple[float, Array]] = []
        for number in order:
            if not np.isfinite(norm[number]):
                continue
            at, left = self._descend(sample[number])
            ends.append((left, at))
            if left <= MET and len(self.targets) < len(self.unknowns):
                break
        met = _distinct([at for left, at in ends if left <= MET])
        if met and any(one.step for one in self.unknowns):
            return self._stepped(met, reach)
        if met:
            status = "many" if len(self.targets) < len(self.unknowns) else "solved" if len(met) == 1 else "several"
            return Solve(status, self.unknowns, self.targets, self._terms(self.space.values(np.array(met))), reach=reach)
        _, at = min(ends, key=lambda end: end[0])
        (nearest,) = self._terms(self.space.values(at[None]))
        return Solve("unattainable", self.unknowns, self.targets, (), nearest, reach, binds=self._bounds_at(at))

    def _sample(self) -> Array:
        from scipy.stats import qmc

        points: Array = qmc.Sobol(len(self.unknowns), seed=0).random(SAMPLE)
        return points

    def _descend(self, start: Array, fixed: Array | None = None) -> tuple[Array, float]:
        """The point of least squares that is reached from a start, and its greatest difference; `fixed` (unknowns,) or NaN."""
        from scipy.optimize import least_squares

        free = np.isnan(fixed) if fixed is not None else np.ones(len(start), dtype=bool)
        pinned = np.where(free, start, fixed if fixed is not None else 0.0)

        def full(points: Array) -> Array:
            whole = np.repeat(pinned[None], len(points), axis=0)
            whole[:, free] = points
            return whole

        def residuals(points: Array) -> Array:
            whole = full(np.atleast_2d(points))
            found = self.differences(whole) / self.scale
            over = self.space.excess(whole)[:, None]
            return np.where(np.isnan(found), 1e3, found) + 10.0 * over if over.any() else np.where(np.isnan(found), 1e3, found)

        def slopes(at: Array) -> Array:
            steps = np.eye(len(at)) * SLOPE
            up, down = np.clip(at + steps, 0.0, 1.0), np.clip(at - steps, 0.0, 1.0)
            table = residuals(np.vstack([up, down]))
            wide = np.diagonal(up - down)
            slope: Array = ((table[: len(at)] - table[len(at) :]) / wide[:, None]).T
            return slope

        if not free.any():
            return pinned, float(np.abs(residuals(np.empty((1, 0)))).max())
        result = least_squares(
            lambda at: residuals(at)[0], np.clip(pinned[free], 0.0, 1.0), jac=slopes, bounds=(0.0, 1.0),
            xtol=1e-15, ftol=1e-15, gtol=1e-15, max_nfev=60,
        )  # fmt: skip
        return full(result.x[None])[0], float(np.abs(result.fun).max())

    def _stepped(self, met: list[Array], reach: dict[str, tuple[float, float]]) -> Solve:
        """Steps on both sides of each solution, the other unknowns solved anew."""
        ends: list[tuple[float, Array]] = []
        for at in met:
            choices = []
            for number, one in enumerate(self.unknowns):
                if not one.step:
                    choices.append([np.nan])
                    continue
                lattice = (one.lattice() - one.low) / (one.high - one.low)
                place = int(np.searchsorted(lattice, at[number]))
                choices.append([float(lattice[near]) for near in (place - 1, place) if 0 <= near < len(lattice)])
            for fixed in product(*choices):
                point, left = self._descend(at, np.array(fixed))
                ends.append((left, point))
        left, at = min(ends, key=lambda end: end[0])
        terms = self._terms(self.space.values(at[None]))
        if left <= MET:
            return Solve("solved", self.unknowns, self.targets, terms, reach=reach)
        stepped = tuple(f"steps of {one.path}" for one in self.unknowns if one.step)
        return Solve("nearest", self.unknowns, self.targets, (), terms[0], reach, binds=stepped)

    # answers

    def _reach(self, found: Mapping[str, Array]) -> dict[str, tuple[float, float]]:
        reach = {}
        for one in self.targets:
            values = found[one.figure]
            values = values[~np.isnan(values)]
            if len(values):
                reach[one.figure] = (float(values.min()), float(values.max()))
        return reach

    def _bounds_at(self, at: Array) -> tuple[str, ...]:
        """Bounds that a point touches."""
        binds = []
        for one, place in zip(self.unknowns, np.ravel(at), strict=True):
            if place <= EDGE:
                binds.append(f"{one.path} is at its low end")
            elif place >= 1 - EDGE:
                binds.append(f"{one.path} is at its high end")
        if self.space.splits and self.space.excess(np.atleast_2d(at)).any():
            binds.append("shares of a split take the whole")
        return tuple(binds)

    def _terms(self, values: Array) -> tuple[Terms, ...]:
        """What terms (S, unknowns) give."""
        parties = [f"{party}.npv" for party in self.study.model.parties]
        base = self.study.figures({}, parties)
        columns = {one.path: values[:, number] for number, one in enumerate(self.unknowns)}
        found = self.found(values, parties)
        left = {one.text: np.broadcast_to(one.difference(found), (len(values),)) for one in self.targets}
        return tuple(
            Terms(
                {path: float(column[row]) for path, column in columns.items()},
                {text: float(differences[row]) for text, differences in left.items()},
                {name: float(found[name][row]) for name in self.figures},
                {name.removesuffix(".npv"): float(found[name][row]) for name in parties},
                {name.removesuffix(".npv"): float(found[name][row] - base[name][0]) for name in parties},
            )
            for row in range(len(values))
        )  # fmt: skip


def _gaps(points: Array, defined: NDArray[np.bool_]) -> tuple[tuple[float, float], ...]:
    """Spans of points at which a figure does not exist."""
    gaps: list[tuple[float, float]] = []
    for number, at in enumerate(points):
        if defined[number]:
            continue
        if number and not defined[number - 1]:
            gaps[-1] = (gaps[-1][0], float(at))
        else:
            gaps.append((float(at), float(at)))
    return tuple(gaps)


def _distinct(points: list[Array]) -> list[Array]:
    found: list[Array] = []
    for one in points:
        if all(np.abs(one - other).max() > APART for other in found):
            found.append(one)
    return found
