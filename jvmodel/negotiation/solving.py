"""Solve: the terms that meet targets (terms.md G2). One unknown: every root; several: from many starts, least squares.

Where targets cannot be met the answer says so: the nearest terms, by how much each target is missed, how far the figure
could go, and which bounds bind.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, field, replace
from functools import cached_property
from itertools import product

import numpy as np
from numpy.typing import NDArray

from jvmodel.analysis.breakeven import SCAN
from jvmodel.analysis.roots import roots_of
from jvmodel.analysis.study import Study
from jvmodel.errors import GraphError
from jvmodel.lever import Kind
from jvmodel.negotiation.search_ends import End, distinct, gaps, least
from jvmodel.negotiation.table import Table, table
from jvmodel.negotiation.targets import Target, on_risk
from jvmodel.negotiation.unknowns import Space, Unknown

Array = NDArray[np.float64]
MET = 1e-8
"""A difference that counts as nil, as a share of how far the figure moves (terms.md G2)."""
SAMPLE, STARTS = 64, 6
SPREAD = 0.2
"""Distance of starts from one another, as a share of the bounds, so that not all of them lead to one solution."""
MOST_CORNERS, MOST_LATTICE = 8, 20_000
"""Unknowns up to which the corners of the bounds are looked at, and packages of steps up to which all are."""
AGAINST = "No term is at its end: what brings one target nearer takes another farther off"
FURTHER = "No term is at its end: the figure comes no nearer between them"
"""What keeps the nearest terms from coming nearer where no bound does."""
EDGE, NEAR_EDGE = 1e-6, 1e-3
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
        undefined, reach = gaps(points, defined), self._reach(found)
        if not defined.any():
            return Solve("undefined", self.unknowns, self.targets, (), gaps=undefined)
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
            return Solve(status, self.unknowns, self.targets, solutions, reach=reach, gaps=undefined)
        place = int(np.nanargmin(np.abs(table)))
        between = bool((table[defined] > 0).any() and (table[defined] < 0).any())
        at = float(points[place])
        if not between and not unknown.step:
            around = points[max(0, place - 1)], points[min(len(points) - 1, place + 1)]
            at = least(lambda one: float(np.abs(value(np.zeros(1, dtype=np.intp), np.array([one])))[0]), at, around)
            for name, span in self._reach(self.found(np.array([[at]]))).items():
                reach[name] = min(reach[name][0], span[0]), max(reach[name][1], span[1])
        (nearest,) = self._terms(np.array([[at]]))
        if between and unknown.step:
            return Solve("nearest", self.unknowns, self.targets, (), nearest, reach, undefined, (f"steps of {unknown.path}",))
        if between:
            binds: tuple[str, ...] = (f"{target.figure} jumps past the target near {unknown.path} = {points[place]:.6g}",)
        else:
            binds = self._bounds_at(np.array([(at - unknown.low) / (unknown.high - unknown.low)]))
        return Solve("unattainable", self.unknowns, self.targets, (), nearest, reach, undefined, binds)

    # several

    def several(self) -> Solve:
        """Terms that meet several targets, or come nearest in the sum of squares, each difference by how far it can move."""
        if any(one.lever.kind is Kind.SHAPE for one in self.unknowns):
            raise GraphError(
                f"{next(one.path for one in self.unknowns if one.lever.kind is Kind.SHAPE)} shapes the model, which is built anew"
                " for each value; solve for it alone, or set it with --set"
            )
        if all(one.step for one in self.unknowns) and np.prod([len(one.lattice()) for one in self.unknowns]) <= MOST_LATTICE:
            return self._all_steps()
        sample = np.vstack([np.clip(self.space.base, 0.0, 1.0), self._sample()])
        found = self.found(self.space.values(sample))
        table = np.stack([np.asarray(one.difference(found), dtype=float) for one in self.targets], axis=1)
        reach = self._reach(found)
        defined = ~np.isnan(table).any(axis=1)
        if not defined.any():
            return Solve("undefined", self.unknowns, self.targets, (), reach=reach)
        self.scale = np.maximum(table[defined].std(axis=0), 1e-9)
        norm = np.where(defined, np.linalg.norm(table / self.scale, axis=1), np.inf)
        ends: list[End] = []
        for start in self._starts(sample, norm):
            ends.append(self._descend(start))
            if ends[-1].left <= MET and len(self.targets) < len(self.unknowns):
                break
        met = distinct([end.at for end in ends if end.left <= MET])
        if met and any(one.step for one in self.unknowns):
            return self._stepped(met, reach)
        if met:
            status = "many" if len(self.targets) < len(self.unknowns) else "solved" if len(met) == 1 else "several"
            return Solve(status, self.unknowns, self.targets, self._terms(self.space.values(np.array(met))), reach=reach)
        end = min(ends, key=lambda one: one.cost)
        if any(one.step for one in self.unknowns):
            end = min(self._neighbours(end.at), key=lambda one: one.cost)
        else:
            end = self._at_bounds(end)
        (nearest,) = self._terms(self.space.values(end.at[None]))
        binds = self._bounds_at(end.at) or (AGAINST if len(self.targets) > 1 else FURTHER,)
        return Solve("unattainable", self.unknowns, self.targets, (), nearest, reach, binds=binds)

    def _sample(self) -> Array:
        from scipy.stats import qmc

        count = len(self.unknowns)
        corners = np.array(list(product((0.0, 1.0), repeat=count))) if count <= MOST_CORNERS else np.empty((0, count))
        points: Array = np.vstack([qmc.Sobol(count, seed=0).random(SAMPLE), corners])
        return points

    def _starts(self, sample: Array, norm: Array) -> Iterator[Array]:
        """The deal as it is, then points of a sample that come nearest, apart from one another."""
        chosen: list[Array] = []
        for number in [0, *np.argsort(norm).tolist()]:
            one = sample[number]
            if np.isfinite(norm[number]) and all(np.abs(one - other).max() > SPREAD for other in chosen):
                chosen.append(one)
                yield one
            if len(chosen) == STARTS:
                return

    def _at_bounds(self, end: End) -> End:
        """The end moved onto the bounds that it all but touches, where that takes it no farther from the targets."""
        close = (end.at < NEAR_EDGE) | (end.at > 1 - NEAR_EDGE)
        if not close.any():
            return end
        moved = self._descend(end.at, np.where(close, np.round(end.at), np.nan))
        return moved if moved.cost <= end.cost * (1 + 1e-9) else end

    def _descend(self, start: Array, fixed: Array | None = None) -> End:
        """The point of least squares that is reached from a start; `fixed` (unknowns,) or NaN."""
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
            known = np.where(np.isnan(found), 1e3, found)
            # shares beyond what there is are a difference of their own: added to others they could cancel them
            return np.hstack([known, 10.0 * self.space.excess(whole)[:, None]]) if self.space.splits else known

        def slopes(at: Array) -> Array:
            steps = np.eye(len(at)) * SLOPE
            up, down = np.clip(at + steps, 0.0, 1.0), np.clip(at - steps, 0.0, 1.0)
            table = residuals(np.vstack([up, down]))
            wide = np.diagonal(up - down)
            slope: Array = ((table[: len(at)] - table[len(at) :]) / wide[:, None]).T
            return slope

        if not free.any():
            return End.of(pinned, residuals(np.empty((1, 0)))[0])
        result = least_squares(
            lambda at: residuals(at)[0], np.clip(pinned[free], 0.0, 1.0), jac=slopes, bounds=(0.0, 1.0),
            xtol=1e-15, ftol=1e-15, gtol=1e-15, max_nfev=60,
        )  # fmt: skip
        return End.of(full(result.x[None])[0], result.fun)

    def _lattice(self, number: int) -> Array:
        """The steps of an unknown as places between its bounds."""
        one = self.unknowns[number]
        places: Array = (one.lattice() - one.low) / (one.high - one.low)
        return places

    def _neighbours(self, at: Array) -> list[End]:
        """Steps on both sides of a point, the other unknowns solved anew."""
        choices = []
        for number, one in enumerate(self.unknowns):
            if not one.step:
                choices.append([np.nan])
                continue
            lattice = self._lattice(number)
            place = int(np.searchsorted(lattice, at[number]))
            choices.append([float(lattice[near]) for near in (place - 1, place) if 0 <= near < len(lattice)])
        return [self._descend(at, np.array(fixed)) for fixed in product(*choices)]

    def _stepped(self, met: list[Array], reach: dict[str, tuple[float, float]]) -> Solve:
        """Steps next to each solution: one that meets the targets, or the nearest."""
        end = min((one for at in met for one in self._neighbours(at)), key=lambda one: one.cost)
        terms = self._terms(self.space.values(end.at[None]))
        if end.left <= MET:
            return Solve("solved", self.unknowns, self.targets, terms, reach=reach)
        return Solve("nearest", self.unknowns, self.targets, (), terms[0], reach, binds=self._steps())

    def _steps(self) -> tuple[str, ...]:
        return tuple(f"steps of {one.path}" for one in self.unknowns if one.step)

    def _all_steps(self) -> Solve:
        """Every package of steps, where all unknowns move in steps and there are not too many."""
        points = np.array(list(product(*(self._lattice(number) for number in range(len(self.unknowns))))))
        points = points[self.space.excess(points) <= 1e-12]
        found = self.found(self.space.values(points))
        table = np.stack([np.asarray(one.difference(found), dtype=float) for one in self.targets], axis=1)
        reach, defined = self._reach(found), ~np.isnan(table).any(axis=1)
        if not defined.any():
            return Solve("undefined", self.unknowns, self.targets, (), reach=reach)
        points, table = points[defined], table[defined]
        scaled = table / np.maximum(table.std(axis=0), 1e-9)
        met = np.flatnonzero(np.abs(scaled).max(axis=1) <= MET)
        if len(met):
            status = "solved" if len(met) == 1 else "several"
            return Solve(status, self.unknowns, self.targets, self._terms(self.space.values(points[met])), reach=reach)
        best = int((scaled**2).sum(axis=1).argmin())
        (nearest,) = self._terms(self.space.values(points[best][None]))
        between = ((table > 0).any(axis=0) & (table < 0).any(axis=0)).all()
        binds = self._steps() if between else self._bounds_at(points[best])
        return Solve("nearest" if between else "unattainable", self.unknowns, self.targets, (), nearest, reach, binds=binds)

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
