"""The method of `irr` compiled, a scenario at a time: the same rates as NumPy's, for very many scenarios.

Imported only when there are many: numba takes a second to load, and seconds to compile once on a machine.
"""

from __future__ import annotations

from math import exp, log
from typing import TYPE_CHECKING, TypeVar

import numpy as np
from numba import njit
from numpy.typing import NDArray

Array = NDArray[np.float64]

Function = TypeVar("Function")

if TYPE_CHECKING:

    def compiled(function: Function) -> Function:
        """The function, compiled."""
        return function
else:
    compiled = njit(cache=True, nogil=True, error_model="numpy")


@compiled
def most_changes(flows: Array, noise: float) -> int:
    """Sets rounding errors to nil, in place; returns the most changes of sign that the flows (S, T) of a scenario have."""
    most = 0
    for s in range(flows.shape[0]):
        limit = noise * np.abs(flows[s]).max()
        before, changes = 0.0, 0
        for t in range(flows.shape[1]):
            if abs(flows[s, t]) <= limit:
                flows[s, t] = 0.0
            else:
                if flows[s, t] * before < 0:
                    changes += 1
                before = flows[s, t]
        most = max(most, changes)
    return most


@compiled
def rates(flows: Array, times: Array, most: int, furthest: float, nil: float, guess: float) -> Array:
    """Roots in ln(1 + rate) of flows (S, T) without noise, ascending and padded by NaN: (S, most)."""
    scenarios, periods = flows.shape
    roots = np.full((scenarios, most), np.nan)
    levels, turns, found = np.empty((most, periods)), np.empty(most + 1), np.empty(most + 1)
    gap = equal_gap(times)
    for s in range(scenarios):
        first, last = 0, periods - 1
        while first < last and flows[s, first] == 0:
            first += 1
        while last > first and flows[s, last] == 0:
            last -= 1
        count = lower(flows[s], times, first, last, levels)
        turning = 0
        for level in range(count - 1, -1, -1):
            turning = between(levels[level], times, first, last, gap, turns, turning, furthest, nil, guess, found)
            turns[:turning] = found[:turning]
        roots[s, :turning] = turns[:turning]
    return roots


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
def lower(flows: Array, times: Array, first: int, last: int, levels: Array) -> int:
    """Writes the levels, each with one change of sign less; returns how many there are."""
    levels_used = 0
    while True:
        source = flows if levels_used == 0 else levels[levels_used - 1]
        before, middle, changes = first, 0.0, 0
        for t in range(first, last + 1):
            if source[t] * source[before] < 0:
                if changes == 0:
                    middle = (times[before] + times[t]) / 2
                changes += 1
            if source[t] != 0:
                before = t
        if levels_used == 0:
            if changes == 0:
                return 0
            levels[0] = flows
            levels_used = 1
        if changes <= 1:
            return levels_used
        size = 0.0
        for t in range(first, last + 1):
            levels[levels_used, t] = levels[levels_used - 1, t] * (middle - times[t])
            size = max(size, abs(levels[levels_used, t]))
        for t in range(first, last + 1):
            levels[levels_used, t] /= size
        levels_used += 1


@compiled
def worth(flows: Array, times: Array, first: int, last: int, gap: float, x: float) -> tuple[float, float, float, float]:
    """Worth of inflows and outflows by Horner's rule, and their times weighted by worth: see irr._Sums.worth."""
    inflow, outflow, inflow_timed, outflow_timed = 0.0, 0.0, 0.0, 0.0
    lent, factor = gap, exp(-gap * abs(x))
    for k in range(last - first + 1):
        t = last - k if x >= 0 else first + k
        if gap == 0 and k > 0:
            lent = times[t + 1] - times[t] if x >= 0 else times[t] - times[t - 1]
            factor = exp(-lent * abs(x))
        inflow_timed = (inflow_timed + lent * inflow) * factor
        outflow_timed = (outflow_timed + lent * outflow) * factor
        inflow *= factor
        outflow *= factor
        if flows[t] > 0:
            inflow += flows[t]
        else:
            outflow -= flows[t]
    if x < 0:
        return inflow, outflow, -inflow_timed, -outflow_timed
    return inflow, outflow, inflow_timed, outflow_timed


@compiled
def sign(flows: Array, times: Array, first: int, last: int, gap: float, x: float, nil: float) -> float:
    """The sign of the value at x, nil within rounding."""
    inflow, outflow, _, _ = worth(flows, times, first, last, gap, x)
    if abs(inflow - outflow) <= nil * (inflow + outflow):
        return 0.0
    return 1.0 if inflow > outflow else -1.0


@compiled
def between(
    flows: Array, times: Array, first: int, last: int, gap: float, turns: Array, turning: int, furthest: float, nil: float,
    guess: float, found: Array,
) -> int:  # fmt: skip
    """Writes the roots, given the turning points between which there is at most one; returns how many there are."""
    count = 0
    low = -furthest
    low_sign = sign(flows, times, first, last, gap, low, nil)
    for k in range(turning + 1):
        high = turns[k] if k < turning else furthest
        high_sign = sign(flows, times, first, last, gap, high, nil)
        if low_sign * high_sign < 0:
            found[count] = solve(flows, times, first, last, gap, low, high, low_sign, guess)
            count += 1
        elif high_sign == 0 and k < turning:
            found[count] = high
            count += 1
        low, low_sign = high, high_sign
    return count


@compiled
def solve(
    flows: Array, times: Array, first: int, last: int, gap: float, low: float, high: float, low_sign: float, guess: float
) -> float:
    """The root between two points of different sign: see irr._Sums.solve."""
    x = guess if low < guess < high else (low + high) / 2
    for step in range(120):
        inflow, outflow, inflow_timed, outflow_timed = worth(flows, times, first, last, gap, x)
        if inflow == outflow:
            return x
        if (inflow - outflow) * low_sign > 0:
            low = x
        else:
            high = x
        to = x + log(inflow / outflow) / (inflow_timed / inflow - outflow_timed / outflow)
        sound = step < 40 and low <= to <= high
        if not sound:
            to = (low + high) / 2
        if abs(to - x) <= (1e-9 if sound else 1e-15):
            return to
        x = to
    return x


@compiled
def as_excel(flows: Array, exponents: Array, whole: bool, starts: Array, steps: int, enough: float) -> Array:
    """The rate a period that Newton's method finds from the first start that leads to one above −1: see irr._newton."""
    found = np.full(len(flows), np.nan)
    for s in range(len(flows)):
        for start in starts:
            rate, done = start, False
            for _ in range(steps):
                value, timed = discounted(flows[s], exponents, whole, rate)
                step = value / timed * (1 + rate)
                rate += step
                if abs(step) < enough:
                    done = True
                    break
            if done and rate > -1:
                found[s] = rate
                break
    return found


@compiled
def discounted(flows: Array, exponents: Array, whole: bool, rate: float) -> tuple[float, float]:
    """The value of flows at a rate a period, and their exponents weighted by value; from the first flow where dated."""
    value, timed = 0.0, 0.0
    if whole:
        discount = 1 / (1 + rate)
        for t in range(len(flows) - 1, -1, -1):
            timed = (timed + value) * discount
            value = value * discount + flows[t]
        return value, timed
    first = -1.0
    for t in range(len(flows)):
        if flows[t] != 0:
            if first < 0:
                first = exponents[t]
            term = flows[t] * (1 + rate) ** (first - exponents[t])
            value += term
            timed += (exponents[t] - first) * term
    return value, timed


__all__ = ["as_excel", "most_changes", "rates"]
