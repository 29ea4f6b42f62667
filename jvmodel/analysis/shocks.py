"""Shocks of prices by period from independent scores, compiled: threads do not wait for one another as with BLAS."""

from __future__ import annotations

import numba
import numpy as np
from numpy.typing import NDArray

Array = NDArray[np.float64]


@numba.njit(nogil=True, cache=True)
def shocks(scores: Array, turn: Array, lower: Array) -> Array:
    """Shocks (prices, S, T), correlated by lower·lowerᵀ, of scores (S, T × prices), the first of every price first.

    `turn` (T, T) is orthogonal: shocks of a price are turn · its scores.
    """
    prices, periods = lower.shape[0], turn.shape[0]
    found = np.zeros((prices, scores.shape[0], periods))
    columns = np.ascontiguousarray(turn.T)
    turned = np.empty((prices, periods))
    for scenario in range(scores.shape[0]):
        turned[:, :] = 0.0
        for step in range(periods):
            column = columns[step]
            for price in range(prices):
                score = scores[scenario, step * prices + price]
                row = turned[price]
                for period in range(periods):
                    row[period] += score * column[period]
        for price in range(prices):
            mixed = found[price, scenario]
            for other in range(price + 1):
                weight = lower[price, other]
                for period in range(periods):
                    mixed[period] += weight * turned[other, period]
    return found
