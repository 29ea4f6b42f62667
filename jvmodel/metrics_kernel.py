"""All metrics of a party compiled, a block of scenarios at a time: the same figures as the array functions of METRICS.

One pass over the periods works out everything but the rate of return, for which see irr_kernel. Imported only when there
are many scenarios.
"""

from __future__ import annotations

from math import inf, nan
from typing import NamedTuple

import numpy as np
from numpy.typing import NDArray

from jvmodel.irr_kernel import LANES, compiled, load, shown_rates

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
def figures(flows: Array, rates: Array, factors: Array, terms: Terms, found: Array) -> bool:
    """Writes the FIGURES of flows (T, S) into found (8, S); False where a flow is not finite.

    `rates` are the discount rates of each scenario, or one for all, of which `factors` (T,) are the discount factors.
    """
    block, state, shown = np.empty((flows.shape[0], LANES)), np.empty(PARTS * LANES), np.empty(LANES)
    finite = True
    for begin in range(0, flows.shape[1], LANES):
        size = min(LANES, flows.shape[1] - begin)
        load(flows, begin, size, block)
        start_sums(state)
        for t in range(flows.shape[0]):
            for lane in range(LANES):
                state[FACTOR + lane] = factors[t]
            if len(rates) > 1:
                for lane in range(size):
                    state[FACTOR + lane] = (1 + rates[begin + lane]) ** -terms.times[t]
            now, before = terms.times[t], terms.times[max(t - 1, 0)]
            take_cash(block[t], now, before, terms.times[0], terms.trifle, state)
            take_value(block[t], now, before, terms.times[0], terms.trifle, state)
            for lane in range(LANES):
                block[t, lane] = block[t, lane] if abs(block[t, lane]) > terms.trifle else 0.0
        shown_rates(block, terms.times, terms.exponents, terms.whole, terms.starts, terms.years, terms.guess, shown)
        for lane in range(size):
            total = state[CASH + CUMULATIVE + lane] + state[VALUE + CUMULATIVE + lane]
            finite &= total - total == 0.0
            settle(state, lane, terms, rates[begin + lane] if len(rates) > 1 else rates[0], found, begin + lane)
            found[1, begin + lane] = shown[lane]
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
def settle(state: Array, lane: int, terms: Terms, rate: float, found: Array, place: int) -> None:
    """Writes the figures of a scenario, but for the rate of return."""
    span = terms.times[-1] - terms.times[0]
    value, paid_value = state[VALUE + CUMULATIVE + lane], state[VALUE + PAID + lane]
    cash, paid = state[CASH + CUMULATIVE + lane], state[CASH + PAID + lane]
    years, value_years = state[CASH + YEARS + lane], state[VALUE + YEARS + lane]
    outlays, receipts = state[LEAST + lane] < -terms.trifle, state[MOST + lane] > terms.trifle
    found[0, place] = value
    found[2, place] = nan
    if outlays and receipts and span > 0:
        found[2, place] = (1 + rate) * ((value - paid_value) / -paid_value) ** (1 / span) - 1
    found[3, place] = (cash - paid) / -paid if outlays else nan
    found[4, place] = years if years > -inf else nan
    found[5, place] = value_years if value_years > -inf else nan
    found[6, place] = max(0.0, -state[LOWEST + lane])
    found[7, place] = value / -paid_value if outlays else nan


__all__ = ["FIGURES", "Terms", "figures"]
