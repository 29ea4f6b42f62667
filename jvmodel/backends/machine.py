"""The one compiled function that runs any tape; compiled once per installation and kept in numba's cache."""

from __future__ import annotations

import math

import numba
import numpy as np
from numpy.typing import NDArray

LANES = 32
"""Scenarios are handled in multiples of so many at once: the inner loop of every instruction."""


@numba.njit(nogil=True, cache=True, error_model="numpy")
def aligned(registers: int, width: int) -> NDArray[np.float64]:
    """An empty array (registers, width) that begins with a line of the cache, so that no vector straddles two."""
    space = np.empty(registers * width + 8)
    skipped = (64 - space.ctypes.data % 64) % 64 // 8
    return space[skipped : skipped + registers * width].reshape((registers, width))


@numba.njit(nogil=True, cache=True, error_model="numpy")
def execute(
    code: NDArray[np.int32], numbers: NDArray[np.float64], constants: NDArray[np.float64], inputs: NDArray[np.float64],
    registers: int, results: NDArray[np.float64], start: int, stop: int, lanes: int,
) -> bool:  # fmt: skip
    """Runs the tape for scenarios `start` to `stop` into results (outputs, scenarios); False where one is not finite.

    `inputs` are of shape (input registers, stop − start); `lanes` times LANES scenarios are handled at once.
    """
    width = lanes * LANES
    failed = False
    buffer = aligned(registers, width)
    first = len(constants)
    for number in range(first):
        buffer[number, :] = constants[number]
    for begin in range(start, stop, width):
        size = min(width, stop - begin)
        for number in range(inputs.shape[0]):
            for k in range(size):
                buffer[first + number, k] = inputs[number, begin - start + k]
            for k in range(size, width):
                buffer[first + number, k] = inputs[number, begin - start]
        for step in range(code.shape[0]):
            operation = code[step, 0]
            if operation == 20:
                result, x = results[code[step, 1]], buffer[code[step, 2]]
                for k in range(size):
                    result[begin + k] = x[k]
                    failed |= x[k] - x[k] != 0.0
                continue
            target, x, y = buffer[code[step, 1]], buffer[code[step, 2]], buffer[code[step, 3]]
            z, w, at = buffer[code[step, 4]], buffer[code[step, 5]], code[step, 6]
            if operation == 1:
                for k in range(width):
                    target[k] = x[k] + y[k]
            elif operation == 2:
                for k in range(width):
                    target[k] = x[k] - y[k]
            elif operation == 3:
                for k in range(width):
                    target[k] = x[k] * y[k]
            elif operation == 4:
                for k in range(width):
                    target[k] = x[k] / y[k]
            elif operation == 5:
                for k in range(width):
                    target[k] = y[k] if y[k] < x[k] or y[k] != y[k] else x[k]
            elif operation == 6:
                for k in range(width):
                    target[k] = y[k] if y[k] > x[k] or y[k] != y[k] else x[k]
            elif operation == 7:
                for k in range(width):
                    yes, no = y[k], z[k]
                    target[k] = yes if x[k] != 0.0 else no
            elif operation == 8:
                for k in range(width):
                    target[k] = z[k] if y[k] == 0.0 else x[k] / y[k]
            elif operation == 9:
                for k in range(width):
                    target[k] = x[k] ** y[k]
            elif operation == 10:
                for k in range(width):
                    target[k] = 1.0 if x[k] < y[k] else 0.0
            elif operation == 11:
                for k in range(width):
                    target[k] = 1.0 if x[k] <= y[k] else 0.0
            elif operation == 12:
                for k in range(width):
                    target[k] = 1.0 if x[k] > y[k] else 0.0
            elif operation == 13:
                for k in range(width):
                    target[k] = 1.0 if x[k] >= y[k] else 0.0
            elif operation == 14:
                for k in range(width):
                    target[k] = math.exp(x[k])
            elif operation == 15:
                for k in range(width):
                    target[k] = math.log(x[k])
            elif operation == 16:
                for k in range(width):
                    target[k] = math.floor(x[k])
            elif operation == 19:
                for k in range(width):
                    target[k] = math.erfc(-x[k] / math.sqrt(2.0)) / 2.0
            elif operation == 21:
                a, b = numbers[at], numbers[at + 1]
                for k in range(width):
                    target[k] = a + b * x[k]
            elif operation == 22:
                a, b, c = numbers[at], numbers[at + 1], numbers[at + 2]
                for k in range(width):
                    target[k] = a + b * x[k] + c * y[k]
            elif operation == 23:
                a, b, c, d = numbers[at], numbers[at + 1], numbers[at + 2], numbers[at + 3]
                for k in range(width):
                    target[k] = a + b * x[k] + c * y[k] + d * z[k]
            elif operation == 24:
                a, b, c, d, e = numbers[at], numbers[at + 1], numbers[at + 2], numbers[at + 3], numbers[at + 4]
                for k in range(width):
                    target[k] = a + b * x[k] + c * y[k] + d * z[k] + e * w[k]
            elif operation == 25:
                a, b = numbers[at], numbers[at + 1]
                for k in range(width):
                    value = a + b * x[k]
                    target[k] = 0.0 if value < 0.0 else value
            elif operation == 26:
                a, b, c = numbers[at], numbers[at + 1], numbers[at + 2]
                for k in range(width):
                    value = a + b * x[k] + c * y[k]
                    target[k] = 0.0 if value < 0.0 else value
            elif operation == 27:
                a, b, c, d = numbers[at], numbers[at + 1], numbers[at + 2], numbers[at + 3]
                for k in range(width):
                    value = a + b * x[k] + c * y[k] + d * z[k]
                    target[k] = 0.0 if value < 0.0 else value
            elif operation == 28:
                a, b, c, d, e = numbers[at], numbers[at + 1], numbers[at + 2], numbers[at + 3], numbers[at + 4]
                for k in range(width):
                    value = a + b * x[k] + c * y[k] + d * z[k] + e * w[k]
                    target[k] = 0.0 if value < 0.0 else value
            elif operation == 29:
                a = numbers[at]
                for k in range(width):
                    target[k] = x[k] * a
            elif operation == 30:
                for k in range(width):
                    target[k] = x[k] * y[k] * z[k]
            elif operation == 31:
                a = numbers[at]
                for k in range(width):
                    target[k] = x[k] * y[k] * a
            elif operation == 32:
                a = numbers[at]
                for k in range(width):
                    target[k] = x[k] * a * y[k]
            elif operation == 33:
                a = numbers[at]
                for k in range(width):
                    target[k] = x[k] / a
            elif operation == 34:
                a = numbers[at]
                for k in range(width):
                    target[k] = x[k] * y[k] / a
            elif operation == 35:
                a, b = numbers[at], numbers[at + 1]
                for k in range(width):
                    target[k] = x[k] * a / b
            elif operation == 36:
                a, b = numbers[at], numbers[at + 1]
                for k in range(width):
                    target[k] = x[k] / a * b
            elif operation == 37:
                a = numbers[at]
                for k in range(width):
                    target[k] = a if a > x[k] else x[k]
            elif operation == 38:
                a = numbers[at]
                for k in range(width):
                    target[k] = a if a < x[k] else x[k]
            elif operation == 39:
                a = numbers[at]
                for k in range(width):
                    value = y[k] if y[k] < x[k] or y[k] != y[k] else x[k]
                    target[k] = a if a > value else value
            elif operation == 40:
                a, b = numbers[at], numbers[at + 1]
                for k in range(width):
                    value = a if a > x[k] else x[k]
                    target[k] = value * b
            elif operation == 41:
                a = numbers[at]
                for k in range(width):
                    value = a if a > x[k] else x[k]
                    target[k] = value * y[k]
            elif operation == 42:
                a = numbers[at]
                for k in range(width):
                    target[k] = a if y[k] == 0.0 else x[k] / y[k]
            elif operation == 43:
                for k in range(width):
                    value = y[k] - z[k]
                    target[k] = value if value < x[k] or value != value else x[k]
            elif operation == 44:
                a = numbers[at]
                for k in range(width):
                    value = x[k] * a
                    target[k] = y[k] if y[k] < value or y[k] != y[k] else value
    return not failed
