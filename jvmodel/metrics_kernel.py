"""All metrics of a party compiled, a block of scenarios at a time: the same figures as the array functions of METRICS.

One pass over the periods works out everything but the rate of return, for which see irr_kernel. Imported only when there
are many scenarios.
"""

from __future__ import annotations

from math import inf, nan
from typing import NamedTuple

import numpy as np
from numpy.typing import NDArray

from jvmodel.irr_kernel import LANES, block_shown, compiled, load

Array = NDArray[np.float64]

FIGURES = ("npv", "irr", "mirr", "moic", "payback", "discounted_payback", "peak_funding", "profitability_index")
"""What `figures` writes, in this order."""
CASH, VALUE = 0, 5 * LANES
"""Where the sums of cash and of present values stand in the state of a block, each with the five parts that follow."""
CUMULATIVE, PAID, STARTED, BELOW, YEARS = (LANES * part for part in range(5))
"""Cumulative flow; outlays; time of the first; 1 once below nil; years until paid back, less than nil before."""
LEAST, MOST, LOWEST, FACTOR = (LANES * part for part in range(10, 14))
"""Least and greatest cash of a period, lowest cumulative cash, discount factor."""
PARTS = 14


class Terms(NamedTuple):
    """What the figures of all scenarios share: see metrics.all_metrics and irr_kernel.shown_rates."""

    times: Array
    exponents: Array
    whole: bool
    starts: Array
    years: float
    guess: float
    trifle: float


@compiled
def figures(cash: Array, counted: NDArray[np.int64], rates: Array, terms: Terms, found: Array) -> bool:
    """Writes the FIGURES of flows (T, S) into found (8, S); False where a flow is not finite.

    `counted` are the periods that count, `rates` the discount rate of each scenario, or one for all.
    """
    flows, block, state = cash[counted], np.empty((len(counted), LANES)), np.empty(PARTS * LANES)
    factors = (1 + rates[0]) ** -terms.times
    finite = True
    for begin in range(0, cash.shape[1], LANES):
        size = min(LANES, cash.shape[1] - begin)
        load(flows, begin, size, block)
        start_sums(state)
        for t in range(len(counted)):
            for lane in range(LANES):
                factor = factors[t]
                if len(rates) > 1:
                    factor = (1 + rates[begin + min(lane, size - 1)]) ** -terms.times[t]
                state[FACTOR + lane] = factor
            now, before = terms.times[t], terms.times[max(t - 1, 0)]
            take_cash(block[t], now, before, terms.times[0], terms.trifle, state)
            take_value(block[t], now, before, terms.times[0], terms.trifle, state)
        for lane in range(size):
            total = state[CASH + CUMULATIVE + lane] + state[VALUE + CUMULATIVE + lane]
            finite &= total - total == 0.0
        results = found[:, begin : begin + size]
        rate = rates[begin : begin + size] if len(rates) > 1 else rates
        settle(state, terms, rate, results)
        for t in range(len(counted)):
            for lane in range(LANES):
                block[t, lane] = block[t, lane] if abs(block[t, lane]) > terms.trifle else 0.0
        block_shown(block, terms.times, terms.exponents, terms.whole, terms.starts, terms.years, terms.guess, results[1])
    return finite


@compiled
def start_sums(state: Array) -> None:
    """Sets the state of a block before the first period."""
    for lane in range(LANES):
        for kind in (CASH, VALUE):
            state[kind + CUMULATIVE + lane], state[kind + PAID + lane], state[kind + BELOW + lane] = 0.0, 0.0, 0.0
            state[kind + STARTED + lane], state[kind + YEARS + lane] = inf, -inf
        state[LEAST + lane], state[MOST + lane], state[LOWEST + lane] = 0.0, 0.0, 0.0


@compiled
def take_cash(row: Array, now: float, before: float, first: float, trifle: float, state: Array) -> None:
    """Adds the cash of a period to the state."""
    for lane in range(LANES):
        flow = row[lane]
        earlier, was_below = state[CASH + CUMULATIVE + lane], state[CASH + BELOW + lane]
        later = earlier + flow
        started = min(state[CASH + STARTED + lane], now if flow < -trifle else inf)
        back = was_below > 0.0 and later >= -trifle and state[CASH + YEARS + lane] == -inf
        years = before - earlier / flow * (now - before) - (started if started < inf else first)
        state[CASH + YEARS + lane] = years if back else state[CASH + YEARS + lane]
        state[CASH + BELOW + lane] = 1.0 if later < -trifle else was_below
        state[CASH + STARTED + lane] = started
        state[CASH + CUMULATIVE + lane] = later
        state[CASH + PAID + lane] += min(flow, 0.0)
        state[LEAST + lane] = min(state[LEAST + lane], flow)
        state[MOST + lane] = max(state[MOST + lane], flow)
        state[LOWEST + lane] = min(state[LOWEST + lane], later)


@compiled
def take_value(row: Array, now: float, before: float, first: float, trifle: float, state: Array) -> None:
    """Adds the present value of a period's cash to the state."""
    for lane in range(LANES):
        flow = row[lane] * state[FACTOR + lane]
        earlier, was_below = state[VALUE + CUMULATIVE + lane], state[VALUE + BELOW + lane]
        later = earlier + flow
        started = min(state[VALUE + STARTED + lane], now if flow < -trifle else inf)
        back = was_below > 0.0 and later >= -trifle and state[VALUE + YEARS + lane] == -inf
        years = before - earlier / flow * (now - before) - (started if started < inf else first)
        state[VALUE + YEARS + lane] = years if back else state[VALUE + YEARS + lane]
        state[VALUE + BELOW + lane] = 1.0 if later < -trifle else was_below
        state[VALUE + STARTED + lane] = started
        state[VALUE + CUMULATIVE + lane] = later
        state[VALUE + PAID + lane] += min(flow, 0.0)


@compiled
def settle(state: Array, terms: Terms, rates: Array, found: Array) -> None:
    """Writes the figures of a block, but for the rate of return."""
    span = terms.times[-1] - terms.times[0]
    for lane in range(found.shape[1]):
        value, paid_value = state[VALUE + CUMULATIVE + lane], state[VALUE + PAID + lane]
        cash, paid = state[CASH + CUMULATIVE + lane], state[CASH + PAID + lane]
        outlays, receipts = state[LEAST + lane] < -terms.trifle, state[MOST + lane] > terms.trifle
        found[0, lane] = value
        growth = nan
        if outlays and receipts and span > 0:
            ratio = (value - paid_value) / -paid_value
            growth = (1 + rates[min(lane, len(rates) - 1)]) * ratio ** (1 / span) - 1
        found[2, lane] = growth
        found[3, lane] = (cash - paid) / -paid if outlays else nan
        found[4, lane] = state[CASH + YEARS + lane] if state[CASH + YEARS + lane] > -inf else nan
        found[5, lane] = state[VALUE + YEARS + lane] if state[VALUE + YEARS + lane] > -inf else nan
        found[6, lane] = max(0.0, -state[LOWEST + lane])
        found[7, lane] = value / -paid_value if outlays else nan


__all__ = ["FIGURES", "Terms", "figures"]
