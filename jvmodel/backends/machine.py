"""The one compiled function that runs any tape; compiled once per installation and kept in numba's cache."""

from __future__ import annotations

import math

import numba
import numpy as np
from numpy.typing import NDArray

BLOCK = 128
"""Scenarios that an instruction handles at once: the inner loop, wide enough for SIMD, small enough for the cache."""


@numba.njit(nogil=True, cache=True, error_model="numpy")
def execute(
    code: NDArray[np.int32], constants: NDArray[np.float64], inputs: NDArray[np.float64], registers: int,
    places: NDArray[np.int32], results: NDArray[np.float64], start: int, stop: int,
) -> None:  # fmt: skip
    """Runs the tape for scenarios `start` to `stop`: inputs (input registers, scenarios) into results (outputs, scenarios)."""
    buffer = np.empty((registers, BLOCK))
    first = len(constants)
    for number in range(first):
        buffer[number, :] = constants[number]
    for begin in range(start, stop, BLOCK):
        size = min(BLOCK, stop - begin)
        for number in range(inputs.shape[0]):
            for k in range(size):
                buffer[first + number, k] = inputs[number, begin + k]
            for k in range(size, BLOCK):
                buffer[first + number, k] = inputs[number, begin]
        for step in range(code.shape[0]):
            operation = code[step, 0]
            target, x, y, z = buffer[code[step, 1]], buffer[code[step, 2]], buffer[code[step, 3]], buffer[code[step, 4]]
            if operation == 1:
                for k in range(BLOCK):
                    target[k] = x[k] + y[k]
            elif operation == 2:
                for k in range(BLOCK):
                    target[k] = x[k] - y[k]
            elif operation == 3:
                for k in range(BLOCK):
                    target[k] = x[k] * y[k]
            elif operation == 4:
                for k in range(BLOCK):
                    target[k] = x[k] / y[k]
            elif operation == 5:
                for k in range(BLOCK):
                    target[k] = y[k] if y[k] < x[k] or y[k] != y[k] else x[k]
            elif operation == 6:
                for k in range(BLOCK):
                    target[k] = y[k] if y[k] > x[k] or y[k] != y[k] else x[k]
            elif operation == 7:
                for k in range(BLOCK):
                    target[k] = y[k] if x[k] != 0.0 else z[k]
            elif operation == 8:
                for k in range(BLOCK):
                    target[k] = z[k] if y[k] == 0.0 else x[k] / y[k]
            elif operation == 9:
                for k in range(BLOCK):
                    target[k] = x[k] ** y[k]
            elif operation == 10:
                for k in range(BLOCK):
                    target[k] = 1.0 if x[k] < y[k] else 0.0
            elif operation == 11:
                for k in range(BLOCK):
                    target[k] = 1.0 if x[k] <= y[k] else 0.0
            elif operation == 12:
                for k in range(BLOCK):
                    target[k] = 1.0 if x[k] > y[k] else 0.0
            elif operation == 13:
                for k in range(BLOCK):
                    target[k] = 1.0 if x[k] >= y[k] else 0.0
            elif operation == 14:
                for k in range(BLOCK):
                    target[k] = math.exp(x[k])
            elif operation == 15:
                for k in range(BLOCK):
                    target[k] = math.log(x[k])
            else:
                for k in range(BLOCK):
                    target[k] = math.floor(x[k])
        for number in range(len(places)):
            for k in range(size):
                results[number, begin + k] = buffer[places[number], k]
