"""Internal rates of return: every rate at which flows are worth nothing, and the one that Excel's IRR cell shows.

With x = ln(1 + rate) the value of the flows is a sum of exponentials, f(x) = sum c·e^(−t·x). It has no more roots than
the flows have changes of sign (Descartes, Laguerre). Let s be a time between two flows of opposite sign: then
e^(s·x)·f(x) has the derivative sum (s − t)·c·e^((s − t)·x), a sum of the same kind with one change of sign less, and
between two roots of that one f has at most one root. So the roots are found from the last level, which has none, back
to the flows, each in a bracket of its own: none is missed, whatever the times.
"""

from __future__ import annotations

import math
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date

import numpy as np
from numpy.typing import ArrayLike, NDArray

from jvmodel.backends.threads import in_parts
from jvmodel.errors import RunError
from jvmodel.irr_limits import EXCEL_STEP, EXCEL_STEPS, FIRST, FURTHEST, GUESSES, NIL, NOISE

Array = NDArray[np.float64]

MANY = 200
"""From so many scenarios on, the compiled method answers (irr_kernel)."""
PART = 4096
"""Scenarios that a thread takes at a time."""


@dataclass(frozen=True)
class IrrResult:
    """`value` is the rate shown (None when there is none), `roots` all rates, ascending; `why` explains none or several."""

    value: float | None
    roots: tuple[float, ...] = ()
    why: str = ""


def internal_rate(cash: ArrayLike, times: ArrayLike, years: float = 1.0) -> IrrResult:
    """The annual effective internal rates of return of flows (T,) at `times` in years; `years` is a period's length.

    >>> result = internal_rate([-100, 360, -431, 171.6], [0, 1, 2, 3])
    >>> [round(root, 9) for root in result.roots], round(result.value, 9)
    ([0.1, 0.2, 0.3], 0.1)
    >>> internal_rate([30, 40], [1, 2]).why
    'no sign change: money only comes in'
    """
    flows = np.asarray(cash, dtype=np.float64)[None, :]
    roots = internal_rates(flows, times)
    found = tuple(float(root) for root in roots[0] if not math.isnan(root))
    if not found:
        return IrrResult(None, (), _why_none(_without_noise(flows)[0]))
    value = float(_shown(flows, np.asarray(times, dtype=np.float64), years, roots)[0])
    several = f"{len(found)} rates make the value nil: {', '.join(f'{root:.2%}' for root in found)}; shown is Excel's, from 10%"
    return IrrResult(value, found, several if len(found) > 1 else "")


def irr(cash: ArrayLike, times: ArrayLike, years: float = 1.0) -> Array:
    """The rate shown of every scenario, annual effective: flows (S, T) -> (S,), NaN where there is none.

    >>> irr([[-100, 0, 121], [1, 2, 3]], [0, 1, 2]).round(9).tolist()
    [0.1, nan]
    """
    flows, at = _checked(cash, times)
    if len(flows) >= MANY:
        return _shown_by_kernel(flows, at, years)
    return _shown(flows, at, years, internal_rates(flows, at))


def internal_rates(cash: ArrayLike, times: ArrayLike) -> Array:
    """All rates of every scenario, annual effective and ascending: flows (S, T) at times (T,) -> (S, most), padded by NaN."""
    flows, at = _checked(cash, times)
    roots = _by_kernel(flows, at) if len(flows) >= MANY else _by_numpy(_without_noise(flows), at)
    used: Array = np.expm1(roots[:, : int((~np.isnan(roots)).sum(axis=1).max(initial=0))])
    return used


def _checked(cash: ArrayLike, times: ArrayLike) -> tuple[Array, Array]:
    """Flows (S, T) and times (T,), in order; refused where they do not fit or are not finite."""
    flows, at = np.asarray(cash, dtype=np.float64), np.asarray(times, dtype=np.float64)
    if flows.ndim != 2 or at.shape != flows.shape[1:]:
        raise RunError(f"flows of shape {flows.shape} do not fit {at.size} times; give scenarios x periods and a time a period")
    if not np.isfinite(flows).all():
        scenario, period = np.argwhere(~np.isfinite(flows))[0]
        raise RunError(
            f"the flow of period {period + 1} (scenario {scenario + 1}) is {flows[scenario, period]}; an internal rate of"
            " return needs finite flows, so check the inputs they come from"
        )
    return _in_order(flows, at)


def xirr(cash: ArrayLike, dates: Sequence[date]) -> IrrResult:
    """The internal rates of dated flows as Excel's XIRR has them: 365 days a year from the first date listed.

    >>> from datetime import date
    >>> round(xirr([-1000, 1100], [date(2027, 1, 1), date(2028, 1, 1)]).value, 9)
    0.1
    """
    return internal_rate(cash, years_since_first(dates))


def years_since_first(dates: Sequence[date]) -> Array:
    """Years of 365 days from the first date listed to each, as in Excel's XNPV and XIRR."""
    return np.array([(day - dates[0]).days / 365 for day in dates], dtype=np.float64)


def _by_kernel(flows: Array, times: Array) -> Array:
    from jvmodel.irr_kernel import all_rates

    across = flows.T
    roots = np.full(across.shape, np.nan)

    def work(start: int, stop: int) -> int:
        return all_rates(np.ascontiguousarray(across[:, start:stop]), times, roots[:, start:stop])

    most = max(in_parts(work, len(flows), PART), default=0)
    return roots[:most].T


def _shown_by_kernel(flows: Array, times: Array, years: float) -> Array:
    from jvmodel.irr_kernel import shown_rates

    across, shown = flows.T, np.empty(len(flows))
    exponents, whole, starts, years = excel_terms(times, years)

    def work(start: int, stop: int) -> None:
        part = np.ascontiguousarray(across[:, start:stop])
        shown_rates(part, times, exponents, whole, starts, years, GUESSES[0], shown[start:stop])

    in_parts(work, len(flows), PART)
    return shown


def _by_numpy(flows: Array, times: Array) -> Array:
    changes = _changes(flows)[0].sum(axis=1)
    roots = np.full((len(flows), int(changes.max(initial=0))), np.nan)
    for count in np.unique(changes[changes > 0]):
        rows = np.flatnonzero(changes == count)
        found = _roots(flows[rows], times, int(count))
        roots[rows, : found.shape[1]] = found
    return roots


def _in_order(flows: Array, times: Array) -> tuple[Array, Array]:
    """Flows by time, those of the same time added up."""
    if (np.diff(times) > 0).all():
        return flows, times
    order = np.argsort(times, kind="stable")
    distinct, starts = np.unique(times[order], return_index=True)
    merged: Array = np.add.reduceat(flows[:, order], starts, axis=1)
    return merged, distinct


def _without_noise(flows: Array) -> Array:
    size = np.abs(flows)
    kept: Array = np.where(size > NOISE * size.max(axis=1, initial=0.0, keepdims=True), flows, 0.0)
    return kept


def _changes(flows: Array) -> tuple[NDArray[np.bool_], NDArray[np.intp]]:
    """Where the sign differs from that of the flow before which is not nil, and the place of that flow: (S, T − 1) each."""
    place = np.maximum.accumulate(np.where(flows != 0, np.arange(flows.shape[1]), 0), axis=1)
    signs = np.sign(np.take_along_axis(flows, place, axis=1))
    return signs[:, 1:] * signs[:, :-1] < 0, place[:, :-1]


def _roots(flows: Array, times: Array, count: int) -> Array:
    """All roots in ln(1 + rate) of flows that all change sign `count` times: (A, T) -> (A, at most count)."""
    levels = [flows]
    for _ in range(count - 1):
        changes, before = _changes(levels[-1])
        first = changes.argmax(axis=1)
        earlier = np.take_along_axis(before, first[:, None], axis=1)[:, 0]
        between = (times[earlier] + times[first + 1]) / 2
        level = levels[-1] * (between[:, None] - times)
        levels.append(level / np.abs(level).max(axis=1, keepdims=True))
    turns = np.empty((len(flows), 0))
    for level in reversed(levels):
        turns = _roots_between(level, times, turns)
    return turns


def _roots_between(flows: Array, times: Array, turns: Array) -> Array:
    """The roots, given the turning points between which there is at most one: (A, k) -> (A, at most k + 1), padded by NaN."""
    edge = np.full((len(flows), 1), FURTHEST)
    points = np.concatenate([-edge, np.where(np.isnan(turns), FURTHEST, turns), edge], axis=1)
    sums = _Sums.of(flows, times)
    signs = np.stack([sums.sign(points[:, k]) for k in range(points.shape[1])], axis=1)
    touching = np.where((signs[:, 1:-1] == 0) & ~np.isnan(turns), turns, np.nan)
    crossing = np.full((len(flows), points.shape[1] - 1), np.nan)
    for interval in range(points.shape[1] - 1):
        crossed = np.flatnonzero(signs[:, interval] * signs[:, interval + 1] < 0)
        if len(crossed):
            bracket = points[crossed, interval], points[crossed, interval + 1]
            crossing[crossed, interval] = sums.take(crossed).solve(*bracket, signs[crossed, interval])
    roots = np.sort(np.concatenate([touching, crossing], axis=1), axis=1)
    kept: Array = roots[:, : max(1, int((~np.isnan(roots)).sum(axis=1).max(initial=0)))]
    return kept


@dataclass(frozen=True)
class _Sums:
    """Worth of inflows and of outflows at a rate each scenario has of its own; flows are (T, A)."""

    inflows: Array
    outflows: Array
    times: Array

    @classmethod
    def of(cls, flows: Array, times: Array) -> _Sums:
        across = np.ascontiguousarray(flows.T)
        return cls(np.maximum(across, 0.0), np.maximum(-across, 0.0), times)

    def take(self, rows: NDArray[np.intp]) -> _Sums:
        return self if len(rows) == self.inflows.shape[1] else _Sums(self.inflows[:, rows], self.outflows[:, rows], self.times)

    def sign(self, x: Array) -> Array:
        """The sign of the value at ln(1 + rate) = x, nil within rounding."""
        inflow, outflow, *_ = self.worth(x)
        net = inflow - outflow
        signs: Array = np.where(np.abs(net) <= NIL * (inflow + outflow), 0.0, np.sign(net))
        return signs

    def worth(self, x: Array) -> tuple[Array, Array, Array, Array]:
        """Worth of inflows and outflows, and their times weighted by worth, all scaled by a power of 1 + rate.

        Valued at the first flow where the rate is positive and at the last where it is negative, so nothing overflows.
        """
        results = np.empty((4, len(x)))
        for end, rows in ((0, np.flatnonzero(x >= 0)), (-1, np.flatnonzero(x < 0))):
            since = (self.times - self.times[end])[:, None]
            factors = np.exp(-since * x[rows])
            for place, flows in enumerate((self.inflows, self.outflows)):
                worth = flows[:, rows] * factors
                results[place, rows], results[place + 2, rows] = worth.sum(axis=0), (worth * since).sum(axis=0)
        return results[0], results[1], results[2], results[3]

    def solve(self, low: Array, high: Array, sign: Array) -> Array:
        """The root of each scenario between `low`, where the value has `sign`, and `high`, where it has the other.

        Newton steps on ln(inflows / outflows), which is nearly straight; halving where a step leaves the bracket.
        """
        x = np.where((low < FIRST) & (high > FIRST), FIRST, (low + high) / 2)
        low, high = low.copy(), high.copy()
        busy, sums = np.arange(len(x)), self
        for step in range(120):
            at = x[busy]
            inflow, outflow, inflow_timed, outflow_timed = sums.worth(at)
            left = (inflow - outflow) * sign[busy] > 0
            low[busy] = np.where(left, at, low[busy])
            high[busy] = np.where(left, high[busy], at)
            with np.errstate(all="ignore"):
                to = at + np.log(inflow / outflow) / (inflow_timed / inflow - outflow_timed / outflow)
            sound = (to >= low[busy]) & (to <= high[busy]) & (step < 40)
            to = np.where(inflow == outflow, at, np.where(sound, to, (low[busy] + high[busy]) / 2))
            x[busy] = to
            on = np.abs(to - at) > np.where(sound, 1e-9, 1e-15)
            if not on.any():
                break
            if not on.all():
                busy, sums = busy[on], sums.take(np.flatnonzero(on))
        return x


def _shown(flows: Array, times: Array, years: float, roots: Array) -> Array:
    """The rate shown: the only one, or that which the workbook's IRR formula finds among several."""
    count = (~np.isnan(roots)).sum(axis=1)
    if not roots.shape[1]:
        return np.full(len(flows), np.nan)
    shown: Array = roots[:, 0].copy()
    many = np.flatnonzero(count > 1)
    if len(many):
        found = _as_excel(flows[many], times, years)
        wanted = np.where(np.isnan(found), GUESSES[0], found)
        nearest = np.nanargmin(np.abs(np.log1p(roots[many]) - np.log1p(wanted)[:, None]), axis=1)
        shown[many] = roots[many, nearest]
    return shown


def _as_excel(flows: Array, times: Array, years: float) -> Array:
    """The annual rate that Excel's IRR (XIRR where periods differ) finds from the first guess that leads to one, or NaN."""
    exponents, whole, starts, years = excel_terms(times, years)
    periodic = _newton(flows, np.rint(exponents) if whole else exponents, starts, whole)
    annual: Array = (1 + periodic) ** (1 / years) - 1
    return annual


def excel_terms(times: Array, years: float) -> tuple[Array, bool, Array, float]:
    """Exponents, whether they are 0, 1, 2 ..., the guesses, and the years that they are rates of."""
    exponents = (times - times[0]) / years
    whole = bool((np.abs(exponents - np.arange(len(times))) < 1e-6).all())
    if not whole:  # dated flows: XIRR works in annual rates
        exponents, years = times - times[0], 1.0
    return exponents, whole, (1 + np.array(GUESSES)) ** years - 1, years


def _newton(flows: Array, exponents: Array, starts: Array, whole: bool) -> Array:
    """The rate a period that Newton's method finds from the first start that leads to one above −1; NaN where none does."""
    first = np.zeros(len(flows)) if whole else exponents[(flows != 0).argmax(axis=1)]
    found = np.full(len(flows), np.nan)
    for start in starts:
        rows = np.flatnonzero(np.isnan(found))
        moving, after = flows[rows], exponents - first[rows, None]
        rate, done = np.full(len(rows), start), np.zeros(len(rows), bool)
        with np.errstate(all="ignore"):
            for _ in range(EXCEL_STEPS):
                terms = moving * np.where(moving != 0, np.power((1 + rate)[:, None], -after), 0.0)
                step = terms.sum(axis=1) / (terms * after).sum(axis=1) * (1 + rate)
                rate = np.where(done, rate, rate + step)
                done |= np.abs(step) < EXCEL_STEP
            found[rows] = np.where(done & (rate > -1), rate, np.nan)
    return found


def _why_none(flows: Array) -> str:
    if not flows.any():
        return "there are no cash flows"
    if not (flows < 0).any():
        return "no sign change: money only comes in"
    if not (flows > 0).any():
        return "no sign change: money only goes out"
    if _changes(flows[None, :])[0].sum() % 2:
        return "beyond bounds: the only rates lie below −99.9999999% or above 99,999,999,900% a year"
    return "no rate: the flows are worth the same sign at every rate"


__all__ = [
    "GUESSES",
    "NOISE",
    "PART",
    "IrrResult",
    "excel_terms",
    "internal_rate",
    "internal_rates",
    "irr",
    "xirr",
    "years_since_first",
]
