"""Which rows of a table of worth no other row dominates: compiled, as frontiers of three parties and more are large."""

from __future__ import annotations

import numpy as np
from numba import njit
from numpy.typing import NDArray


@njit(cache=True, nogil=True)
def standing(ranked: NDArray[np.float64], keep: NDArray[np.bool_]) -> None:
    """Marks rows that no earlier row equals or beats in every column; rows are sorted by their columns, the best first."""
    rows, columns = ranked.shape
    front = np.empty(rows, np.int64)
    size = 0
    for row in range(rows):
        beaten = False
        for place in range(size):
            other = front[place]
            beaten = True
            for column in range(1, columns):
                if ranked[other, column] < ranked[row, column]:
                    beaten = False
                    break
            if beaten:
                front[place], front[place // 2] = front[place // 2], front[place]
                break
        if not beaten:
            front[size] = row
            size += 1
            keep[row] = True
