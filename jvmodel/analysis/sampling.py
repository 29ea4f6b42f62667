"""Points of a sample as standard normal scores; trial number k is the same whatever else is drawn, where, or in what order.

Scrambled Sobol points (Owen 1998, by scipy), in eight replicates side by side, trial k in replicate k mod 8, so that their
means say how far off the mean is; Latin hypercubes of up to 4096 trials, one after another; or random numbers of a Philox
counter, a counter a block.
"""

from __future__ import annotations

from dataclasses import dataclass
from functools import lru_cache
from typing import TYPE_CHECKING

import numpy as np
from numpy.typing import NDArray

if TYPE_CHECKING:
    from scipy.stats.qmc import Sobol

Array = NDArray[np.float64]

BLOCK = 4096
"""Trials of a random block and of the largest hypercube; chunks of trials begin at multiples of it."""
BATCHES = 8
"""Replicates of Sobol points; batches of trials that errors are judged by."""
SEGMENT = BATCHES * 2**17
"""Trials after which Sobol points are scrambled anew, so that no point is far from where its scramble begins."""


@dataclass(frozen=True)
class Sampling:
    """`method` is sobol, lhs or random; `trials` is how many there will be (hypercubes of a small sample are small)."""

    method: str
    seed: int
    dimensions: int
    trials: int

    def scores(self, start: int, stop: int) -> Array:
        """Standard normal scores (stop − start, dimensions) of the trials from `start` to `stop`, counted from 0."""
        if not self.dimensions:
            return np.zeros((stop - start, 0))
        return {"sobol": self._sobol, "lhs": self._hypercubes, "random": self._random}[self.method](start, stop)

    def batch(self, start: int, stop: int) -> NDArray[np.uint8]:
        """The batch, 0 to 7, of each trial."""
        trial = np.arange(start, stop, dtype=np.int64)  # then in place: there may be 10^8
        if self.method == "lhs":
            trial //= self.cube
        trial %= BATCHES
        return trial.astype(np.uint8)

    @property
    def cube(self) -> int:
        """Trials of a hypercube: so many that there are at least eight of them."""
        return max(1, min(BLOCK, self.trials // BATCHES))

    def _sobol(self, start: int, stop: int) -> Array:
        from scipy.special import ndtri

        found = np.empty((stop - start, self.dimensions))
        at = start
        while at < stop:
            segment, until = at // SEGMENT, min(stop, (at // SEGMENT + 1) * SEGMENT)
            for replicate in range(BATCHES):
                begin = segment * SEGMENT
                first, last = (-(-(edge - begin - replicate) // BATCHES) for edge in (at, until))
                if last > first:
                    points = _points(self.dimensions, self.seed, segment * BATCHES + replicate, first, last)
                    place = begin + first * BATCHES + replicate - start
                    found[place : until - start : BATCHES] = ndtri(points)
            at = until
        return found

    def _hypercubes(self, start: int, stop: int) -> Array:
        from scipy.special import ndtri
        from scipy.stats.qmc import LatinHypercube

        size = self.cube
        parts = []
        for number in range(start // size, -(-stop // size)):
            points = LatinHypercube(self.dimensions, rng=np.random.default_rng([self.seed, number])).random(size)
            parts.append(points[max(0, start - number * size) : stop - number * size])
        found: Array = ndtri(np.concatenate(parts))
        return found

    def _random(self, start: int, stop: int) -> Array:
        parts = []
        for number in range(start // BLOCK, -(-stop // BLOCK)):
            stream = np.random.Generator(np.random.Philox(key=self.seed, counter=[0, 0, number, 0]))
            until = min(BLOCK, stop - number * BLOCK)
            parts.append(stream.standard_normal((until, self.dimensions))[max(0, start - number * BLOCK) :])
        return np.concatenate(parts)


def _points(dimensions: int, seed: int, scramble: int, first: int, last: int) -> Array:
    """Scrambled Sobol points, in the middle of their cells so that none is 0 or 1."""
    engine = _engine(dimensions, seed, scramble)
    parts = []
    if first == 0:
        parts.append(engine.random(1))  # with the first point apart, scipy does not warn of other sizes than powers of 2
        first = 1
    else:
        engine.fast_forward(first)
    if last > first:
        parts.append(engine.random(last - first))
    found: Array = np.concatenate(parts) + 2.0**-31
    return found


def _engine(dimensions: int, seed: int, scramble: int) -> Sobol:
    from copy import deepcopy

    return deepcopy(_scrambled(dimensions, seed, scramble))


@lru_cache(maxsize=16)
def _scrambled(dimensions: int, seed: int, scramble: int) -> Sobol:
    from scipy.stats.qmc import Sobol

    return Sobol(dimensions, scramble=True, bits=30, rng=np.random.default_rng([seed, scramble]))
