"""The method of `irr` compiled, a block of scenarios at a time: the same rates as NumPy's, for very many scenarios.

Flows here are (periods, LANES): the inner loops run over the scenarios of a block, so that the processor takes several at
once. No scenario's result depends on the others. Imported only when there are many scenarios: numba takes a second to
load, and seconds to compile once on a machine.
"""

from __future__ import annotations

from math import exp, expm1, isnan, log, log1p, nan
from typing import TYPE_CHECKING, TypeVar

import numpy as np
from numba import njit
from numpy.typing import NDArray

from jvmodel.irr_limits import EXCEL_STEP, EXCEL_STEPS, FIRST, FURTHEST, NIL, NOISE

Array = NDArray[np.float64]
Counts = NDArray[np.int64]

Function = TypeVar("Function")

if TYPE_CHECKING:

    def compiled(function: Function) -> Function:
        """The function, compiled."""
        return function
else:
    compiled = njit(cache=True, nogil=True, error_model="numpy")

LANES = 64
"""Scenarios of a block."""
INFLOW, OUTFLOW, INFLOW_TIMED, OUTFLOW_TIMED, FACTOR, END = (LANES * part for part in range(6))
"""Where the sums of a block stand in one array: of one array, the compiler knows that they do not overlap."""


@compiled
def all_rates(flows: Array, times: Array, roots: Array) -> int:
    """Writes the roots in ln(1 + rate) of flows (T, S), ascending, into roots (T, S); returns the most that a scenario has."""
    block, counts, most = np.empty((len(times), LANES)), np.empty(LANES, np.int64), 0
    for begin in range(0, flows.shape[1], LANES):
        size = min(LANES, flows.shape[1] - begin)
        load(flows, begin, size, block)
        found = block_rates(block, times, counts)
        for lane in range(size):
            for k in range(counts[lane]):
                roots[k, begin + lane] = found[k, lane]
            most = max(most, counts[lane])
    return most


@compiled
def shown_rates(
    flows: Array, times: Array, exponents: Array, whole: bool, starts: Array, years: float, guess: float, shown: Array
) -> None:
    """Writes the rate shown of flows (T, S), annual effective, into shown (S,): see irr.irr."""
    block, counts = np.empty((len(times), LANES)), np.empty(LANES, np.int64)
    for begin in range(0, flows.shape[1], LANES):
        size = min(LANES, flows.shape[1] - begin)
        load(flows, begin, size, block)
        roots = block_rates(block, times, counts)
        wanted = as_excel(block, exponents, whole, starts, counts)
        for lane in range(size):
            if counts[lane] == 0:
                shown[begin + lane] = nan
                continue
            best = roots[0, lane]
            if counts[lane] > 1:
                annual = guess if isnan(wanted[lane]) else (1 + wanted[lane]) ** (1 / years) - 1
                for k in range(1, counts[lane]):
                    if abs(roots[k, lane] - log1p(annual)) < abs(best - log1p(annual)):
                        best = roots[k, lane]
            shown[begin + lane] = expm1(best)


@compiled
def load(flows: Array, begin: int, size: int, block: Array) -> None:
    """Copies scenarios into a block; lanes left over have no flows."""
    for t in range(block.shape[0]):
        for lane in range(size):
            block[t, lane] = flows[t, begin + lane]
        for lane in range(size, LANES):
            block[t, lane] = 0.0


@compiled
def block_rates(block: Array, times: Array, counts: Counts) -> Array:
    """The roots (most, LANES) of a block's flows, ascending, and in `counts` how many; rounding errors are set to nil."""
    changes, active = np.empty(LANES, np.int64), np.empty(LANES, np.bool_)
    first, last, most = clear(block, changes)
    levels = lower(block, times, first, last, changes, most)
    turns, found = np.empty((most + 1, LANES)), np.empty((most + 1, LANES))
    turning = np.empty(LANES, np.int64)
    for lane in range(LANES):
        counts[lane] = 0
    gap = equal_gap(times)
    for level in range(most - 1, -1, -1):
        for lane in range(LANES):
            turning[lane], active[lane] = counts[lane], changes[lane] > level
        between(levels[level], times, gap, first, last, active, turns, turning, found, counts)
        turns, found = found, turns
    return turns


@compiled
def clear(block: Array, changes: Counts) -> tuple[Array, Array, int]:
    """Sets rounding errors to nil and counts changes of sign; returns the first and last periods with flows, most changes."""
    periods = block.shape[0]
    limit, before, changed = np.empty(LANES), np.empty(LANES), np.empty(LANES)
    first, last = np.empty(LANES), np.empty(LANES)
    for lane in range(LANES):
        limit[lane], before[lane], changed[lane], first[lane], last[lane] = 0.0, 0.0, 0.0, float(periods), 0.0
    for t in range(periods):
        for lane in range(LANES):
            limit[lane] = max(limit[lane], abs(block[t, lane]))
    for lane in range(LANES):
        limit[lane] *= NOISE
    for t in range(periods):
        for lane in range(LANES):
            flow = block[t, lane]
            kept = flow if abs(flow) > limit[lane] else 0.0
            block[t, lane] = kept
            changed[lane] += 1.0 if kept * before[lane] < 0 else 0.0
            before[lane] = (1.0 if kept > 0 else -1.0) if kept != 0 else before[lane]
            first[lane] = min(first[lane], float(t) if kept != 0 else float(periods))
            last[lane] = float(t) if kept != 0 else last[lane]
    most = 0
    for lane in range(LANES):
        changes[lane] = int(changed[lane])
        most = max(most, changes[lane])
    return first, last, most


@compiled
def lower(block: Array, times: Array, first: Array, last: Array, changes: Counts, most: int) -> Array:
    """The levels (most, T, LANES), each with one change of sign less; those that a scenario does not have are nil."""
    levels = np.empty((max(most, 1), block.shape[0], LANES))
    for level in range(levels.shape[0]):
        for t in range(block.shape[0]):
            for lane in range(LANES):
                levels[level, t, lane] = block[t, lane] if level == 0 else 0.0
    for lane in range(LANES):
        for level in range(1, changes[lane]):
            start, end = int(first[lane]), int(last[lane])
            middle, before = 0.0, start
            for t in range(start, end + 1):
                here = levels[level - 1, t, lane]
                if here * levels[level - 1, before, lane] < 0:
                    middle = (times[before] + times[t]) / 2
                    break
                if here != 0:
                    before = t
            size = 0.0
            for t in range(start, end + 1):
                levels[level, t, lane] = levels[level - 1, t, lane] * (middle - times[t])
                size = max(size, abs(levels[level, t, lane]))
            for t in range(start, end + 1):
                levels[level, t, lane] /= size
    return levels


@compiled
def equal_gap(times: Array) -> float:
    """The time between flows where all are equally far apart, otherwise 0."""
    if len(times) < 2:
        return 1.0
    gap: float = (times[-1] - times[0]) / (len(times) - 1)
    for t in range(1, len(times)):
        if abs(times[t] - times[t - 1] - gap) > 1e-9 * gap:
            return 0.0
    return gap


@compiled
def between(
    flows: Array, times: Array, gap: float, first: Array, last: Array, active: NDArray[np.bool_], turns: Array,
    turning: Counts, found: Array, counts: Counts,
) -> None:  # fmt: skip
    """Writes the roots of the active scenarios, given the turning points between which there is at most one."""
    low, high, left, right, x = np.empty(LANES), np.empty(LANES), np.empty(LANES), np.empty(LANES), np.empty(LANES)
    sums, others = np.empty(6 * LANES), np.empty(6 * LANES)
    low_sign, high_sign, crossed = np.empty(LANES), np.empty(LANES), np.empty(LANES, np.bool_)
    most = 0
    for lane in range(LANES):
        if active[lane]:
            counts[lane] = 0
            most = max(most, turning[lane])
    for k in range(-1, most + 1):
        any_crossed = False
        for lane in range(LANES):
            high[lane] = -FURTHEST if k < 0 else turns[k, lane] if k < turning[lane] else FURTHEST
        signs(flows, times, gap, first, last, high, sums, others, high_sign)
        for lane in range(LANES):
            crossed[lane] = active[lane] and 0 <= k <= turning[lane] and low_sign[lane] * high_sign[lane] < 0
            any_crossed |= crossed[lane]
        if any_crossed:
            for lane in range(LANES):
                left[lane], right[lane] = low[lane], high[lane]
            solve(flows, times, gap, first, last, left, right, low_sign, crossed, sums, others, x)
        for lane in range(LANES):
            if crossed[lane] or (active[lane] and 0 <= k < turning[lane] and high_sign[lane] == 0):
                found[counts[lane], lane] = x[lane] if crossed[lane] else high[lane]
                counts[lane] += 1
            low[lane], low_sign[lane] = high[lane], high_sign[lane]


@compiled
def signs(
    flows: Array, times: Array, gap: float, first: Array, last: Array, x: Array, sums: Array, others: Array, found: Array
) -> None:
    """Writes the sign of the value at x, nil within rounding."""
    worth(flows, times, gap, first, last, x, sums, others)
    for lane in range(LANES):
        net = sums[INFLOW + lane] - sums[OUTFLOW + lane]
        nil = abs(net) <= NIL * (sums[INFLOW + lane] + sums[OUTFLOW + lane])
        found[lane] = 0.0 if nil else 1.0 if net > 0 else -1.0


@compiled
def worth(flows: Array, times: Array, gap: float, first: Array, last: Array, x: Array, sums: Array, others: Array) -> None:
    """Writes the worth of inflows and outflows, and their times weighted by worth: see irr._Sums.worth.

    By Horner's rule, from the last flow to the first where x is positive, else from the first to the last. Each function
    here is called at one place only: what is called is compiled into its caller, and that takes time.
    """
    negative = 0
    for lane in range(LANES):
        negative += x[lane] < 0
    for way in (1.0, -1.0):
        if (LANES - negative if way > 0 else negative) == 0:
            continue
        apart = way < 0 and negative < LANES
        horner(flows, times, gap, first if way > 0 else last, x, way, others if apart else sums)
        if apart:
            for lane in range(LANES):
                if x[lane] < 0:
                    for part in (INFLOW, OUTFLOW, INFLOW_TIMED, OUTFLOW_TIMED):
                        sums[part + lane] = others[part + lane]


@compiled
def horner(flows: Array, times: Array, gap: float, end: Array, x: Array, way: float, sums: Array) -> None:
    """The sums valued at the period `end` of each scenario, from the other end; of no use where x has the other sign.

    `way` is 1 where it goes from the last period to the first, −1 from the first to the last.
    """
    periods = flows.shape[0]
    for lane in range(LANES):
        sums[INFLOW + lane], sums[OUTFLOW + lane], sums[INFLOW_TIMED + lane], sums[OUTFLOW_TIMED + lane] = 0.0, 0.0, 0.0, 0.0
        sums[END + lane] = end[lane]
    before = nan
    for step in range(periods):
        t = periods - 1 - step if way > 0 else step
        lent = gap if gap > 0 or step == 0 else abs(times[t] - times[t + int(way)])
        if lent != before:
            discount(lent, x, sums)
            before = lent
        take(flows[t], float(t), lent, way, sums)


@compiled
def discount(lent: float, x: Array, sums: Array) -> None:
    """Writes the factors over a time."""
    for lane in range(LANES):
        sums[FACTOR + lane] = exp(-lent * abs(x[lane]))


@compiled
def take(row: Array, t: float, lent: float, way: float, sums: Array) -> None:
    """One step of Horner's rule: what was summed up waits once more, and the flows of period t are added."""
    for lane in range(LANES):
        inside = (t - sums[END + lane]) * way >= 0
        factor = sums[FACTOR + lane] if inside else 1.0
        waited = lent * way if inside else 0.0
        flow = row[lane]
        sums[INFLOW_TIMED + lane] = (sums[INFLOW_TIMED + lane] + waited * sums[INFLOW + lane]) * factor
        sums[OUTFLOW_TIMED + lane] = (sums[OUTFLOW_TIMED + lane] + waited * sums[OUTFLOW + lane]) * factor
        sums[INFLOW + lane] = sums[INFLOW + lane] * factor + max(flow, 0.0)
        sums[OUTFLOW + lane] = sums[OUTFLOW + lane] * factor + max(-flow, 0.0)


@compiled
def solve(
    flows: Array, times: Array, gap: float, first: Array, last: Array, low: Array, high: Array, low_sign: Array,
    wanted: NDArray[np.bool_], sums: Array, others: Array, x: Array,
) -> None:  # fmt: skip
    """Writes the wanted roots, each between two points of different sign: see irr._Sums.solve."""
    busy = np.empty(LANES, np.bool_)
    for lane in range(LANES):
        busy[lane] = wanted[lane]
        x[lane] = FIRST if low[lane] < FIRST < high[lane] else (low[lane] + high[lane]) / 2
    for step in range(120):
        worth(flows, times, gap, first, last, x, sums, others)
        going = False
        for lane in range(LANES):
            if not busy[lane]:
                continue
            inflow, outflow = sums[INFLOW + lane], sums[OUTFLOW + lane]
            if inflow == outflow:
                busy[lane] = False
                continue
            if (inflow - outflow) * low_sign[lane] > 0:
                low[lane] = x[lane]
            else:
                high[lane] = x[lane]
            slope = sums[INFLOW_TIMED + lane] / inflow - sums[OUTFLOW_TIMED + lane] / outflow
            to = x[lane] + log(inflow / outflow) / slope
            sound = step < 40 and low[lane] <= to <= high[lane]
            if not sound:
                to = (low[lane] + high[lane]) / 2
            busy[lane] = abs(to - x[lane]) > (1e-9 if sound else 1e-15)
            going |= busy[lane]
            x[lane] = to
        if not going:
            break


@compiled
def as_excel(block: Array, exponents: Array, whole: bool, starts: Array, counts: Counts) -> Array:
    """The rate a period that Newton's method finds from the first start that leads to one above −1: see irr._newton.

    Asked for the scenarios that have several roots.
    """
    found, rate, done = np.empty(LANES), np.empty(LANES), np.empty(LANES, np.bool_)
    value, timed, factor = np.empty(LANES), np.empty(LANES), np.empty(LANES)
    for lane in range(LANES):
        found[lane] = nan
    for start in starts:
        pending = False
        for lane in range(LANES):
            rate[lane], done[lane] = start, counts[lane] < 2 or not isnan(found[lane])
            pending |= not done[lane]
        if not pending:
            break
        for _ in range(EXCEL_STEPS):
            discounted(block, exponents, whole, rate, factor, value, timed)
            going = False
            for lane in range(LANES):
                if done[lane]:
                    continue
                step = value[lane] / timed[lane] * (1 + rate[lane])
                rate[lane] += step
                if abs(step) < EXCEL_STEP:
                    done[lane] = True
                    if rate[lane] > -1:
                        found[lane] = rate[lane]
                else:
                    going = True
            if not going:
                break
    return found


@compiled
def discounted(block: Array, exponents: Array, whole: bool, rate: Array, factor: Array, value: Array, timed: Array) -> None:
    """Writes the value of flows at a rate a period, and their exponents weighted by value; from the first flow where dated."""
    periods = block.shape[0]
    for lane in range(LANES):
        value[lane], timed[lane], factor[lane] = 0.0, 0.0, 1 / (1 + rate[lane])
    if whole:
        for t in range(periods - 1, -1, -1):
            for lane in range(LANES):
                timed[lane] = (timed[lane] + value[lane]) * factor[lane]
                value[lane] = value[lane] * factor[lane] + block[t, lane]
        return
    for lane in range(LANES):
        first = -1.0
        for t in range(periods):
            if block[t, lane] != 0:
                if first < 0:
                    first = exponents[t]
                term = block[t, lane] * (1 + rate[lane]) ** (first - exponents[t])
                value[lane] += term
                timed[lane] += (exponents[t] - first) * term


__all__ = ["LANES", "all_rates", "compiled", "load", "shown_rates"]
