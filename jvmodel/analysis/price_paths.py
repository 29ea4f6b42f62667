"""Prices over time by the processes of a deal, as relatives to their decks (terms.md H4)."""

from __future__ import annotations

from dataclasses import dataclass
from functools import lru_cache

import numpy as np
from numpy.typing import NDArray

from jvmodel import processes
from jvmodel.timeline import Timeline
from jvmodel.uncertainty import Bootstrap, Gbm, Schwartz

Array = NDArray[np.float64]


@dataclass(frozen=True)
class PricePath:
    """A process on a timeline: each price is that of the middle of its period, known up to the valuation date."""

    process: Gbm | Schwartz | Bootstrap
    times: tuple[float, ...]
    """Years (T,) from the valuation date to the middle of each period, never below 0"""
    months: int

    @classmethod
    def on(cls, timeline: Timeline, process: Gbm | Schwartz | Bootstrap) -> PricePath:
        """On the timeline of a model."""
        valued = timeline.valued_at.index
        middles = tuple(
            max(0.0, ((begin.index + end.index) / 2 - valued) / 12)
            for begin, end in zip(timeline.starts, timeline.ends, strict=True)
        )
        return cls(process, middles, timeline.step.months)

    def relatives(self, shocks: Array, deck: Array) -> Array:
        """Factors (S, T) on the deck (T,) from independent standard normal shocks (S, T), one a period.

        Their mean is 1, unless the process has a long-run mean of its own: then deck × factor is on its way there.
        """
        given = self.process
        if isinstance(given, Gbm):
            return processes.Brownian(given.sigma).paths(np.ones(len(self.times)), self.times, shocks)
        if isinstance(given, Bootstrap):
            from scipy.special import ndtr

            past = processes.Resampled.of(given.observed, self.months, given.block)
            return past.relatives(ndtr(shocks[:, : past.draws(len(self.times))]), len(self.times))
        if given.mean is not None:
            towards = processes.Schwartz.towards(given.mean, given.kappa, given.sigma)
            return towards.paths(float(deck[0]), self.times, shocks) / deck
        around = processes.Schwartz(given.kappa, given.sigma, 0.0)
        variance = np.array([around.moments(1.0, time)[1] for time in self.times])
        found: Array = around.paths(1.0, self.times, shocks) * np.exp(-variance / 2)
        return found

    def tilt(self, deck: Array) -> float:
        """Correlation of the first score of the path (see `rotation`) with the mean over time of its factor, near the middle."""
        periods = len(self.times)
        step = 1e-4 * np.eye(periods)
        slope = (self.relatives(step, deck) - self.relatives(-step, deck)).mean(axis=1)
        size = float(np.linalg.norm(slope))
        return float(rotation(periods)[:, 0] @ slope) / size if size > 0 else 0.0

    def expected(self, deck: Array) -> Array:
        """The expected price (T,): the deck, or the way to the process's own mean."""
        given = self.process
        if isinstance(given, Schwartz) and given.mean is not None:
            towards = processes.Schwartz.towards(given.mean, given.kappa, given.sigma)
            return np.array([towards.expected(float(deck[0]), time) for time in self.times])
        return deck


@lru_cache(maxsize=16)
def rotation(periods: int) -> Array:
    """An orthogonal matrix (T, T) that makes shocks of independent scores, the first of which move a whole path most.

    It holds the principal directions of a random walk, so that the first points of a Sobol sequence, which are the most
    even, say where prices go in the long run.
    """
    walk = np.tril(np.ones((periods, periods)))
    found: Array = np.linalg.svd(walk)[2].T
    return found
