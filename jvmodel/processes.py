"""Price processes: paths around a deck, and their calibration on a series of prices (terms.md H4).

Geometric Brownian motion as in Black and Scholes (1973), with the drift that keeps the mean on the deck; the one-factor
model of Schwartz, The Stochastic Behavior of Commodity Prices (1997), with its exact step; and a block bootstrap of past
returns (Künsch 1989). Every path takes standard normal draws or a random generator from the caller, so that the same seed
gives the same paths. Prices are in real money.
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from numpy.typing import ArrayLike, NDArray

Array = NDArray[np.float64]


@dataclass(frozen=True)
class Brownian:
    """Geometric Brownian motion around a deck; `sigma` is the volatility a year."""

    sigma: float

    def paths(self, deck: ArrayLike, times: ArrayLike, normal: ArrayLike) -> Array:
        """Prices (S, T) at `times` (T,) in years from standard normal draws (S, T): deck · exp(σW − σ²t/2).

        The mean over draws is the deck at every time.

        >>> Brownian(0.2).paths([100.0, 100.0], [1.0, 2.0], [[0.0, 0.0]]).round(4).tolist()
        [[98.0199, 96.0789]]
        """
        when = np.asarray(times, dtype=float)
        steps = np.sqrt(np.diff(when, prepend=0.0))
        walk = np.cumsum(np.asarray(normal, dtype=float) * steps, axis=-1)
        found: Array = np.asarray(deck, dtype=float) * np.exp(self.sigma * walk - 0.5 * self.sigma**2 * when)
        return found

    def quantile(self, mean: float, time: float, normal: float) -> float:
        """The price whose standard normal score is `normal`, for a deck of `mean` at a time."""
        return float(mean * np.exp(self.sigma * normal * np.sqrt(time) - 0.5 * self.sigma**2 * time))


@dataclass(frozen=True)
class Schwartz:
    """Mean reversion of the logarithm: dx = κ(α − x)dt + σdW; `kappa` a year, `sigma` the volatility a year."""

    kappa: float
    sigma: float
    alpha: float

    @classmethod
    def towards(cls, price: float, kappa: float, sigma: float) -> Schwartz:
        """The process whose price has the long-run mean `price`: α = ln P̄ − σ²/4κ.

        >>> round(Schwartz.towards(8000.0, 0.5, 0.3).alpha, 9)
        8.942196821
        """
        return cls(kappa, sigma, float(np.log(price) - sigma**2 / (4 * kappa)))

    @property
    def half_life(self) -> float:
        """Years in which half of a departure from the mean is gone."""
        return float(np.log(2) / self.kappa)

    def moments(self, price: float, time: float) -> tuple[float, float]:
        """Mean and variance of the logarithm at a time, from a price now."""
        decay = np.exp(-self.kappa * time)
        mean = decay * np.log(price) + (1 - decay) * self.alpha
        return float(mean), float(self.sigma**2 * (1 - decay**2) / (2 * self.kappa))

    def expected(self, price: float, time: float) -> float:
        """The expected price at a time, from a price now."""
        mean, variance = self.moments(price, time)
        return float(np.exp(mean + variance / 2))

    def paths(self, price: float, times: ArrayLike, normal: ArrayLike) -> Array:
        """Prices (S, T) at `times` (T,) in years from standard normal draws (S, T), by exact steps whatever their length."""
        draws, when = np.atleast_2d(np.asarray(normal, dtype=float)), np.asarray(times, dtype=float)
        found = np.empty_like(draws)
        log = np.full(draws.shape[0], np.log(price))
        for step, length in enumerate(np.diff(when, prepend=0.0)):
            decay = np.exp(-self.kappa * length)
            spread = np.sqrt(self.sigma**2 * (1 - decay**2) / (2 * self.kappa))
            log = decay * log + (1 - decay) * self.alpha + spread * draws[:, step]
            found[:, step] = np.exp(log)
        return found


def calibrated(prices: ArrayLike, step: float) -> Schwartz | Brownian:
    """The process that a series of prices, `step` years apart, follows by regression of each logarithm on the one before.

    x' = a + bx + s·z gives κ = −ln b/Δ, α = a/(1 − b), σ² = s²·2κ/(1 − b²); where b is not between 0 and 1 there is no
    mean reversion, and the returns give a Brownian motion. Raises ValueError for fewer than 10 prices or one not positive.
    """
    series = np.asarray(prices, dtype=float)
    if series.size < 10 or not np.isfinite(series).all() or (series <= 0).any():
        raise ValueError("a calibration needs at least 10 prices, all of them positive")
    log = np.log(series)
    before, after = log[:-1], log[1:]
    centred = before - before.mean()
    slope = float(centred @ (after - after.mean()) / (centred @ centred)) if centred.any() else 1.0
    if not 0 < slope < 1:
        return Brownian(float(np.diff(log).std(ddof=1) / np.sqrt(step)))
    constant = float(after.mean() - slope * before.mean())
    residual = after - constant - slope * before
    kappa = -np.log(slope) / step
    variance = float(residual @ residual) / (residual.size - 2)
    return Schwartz(float(kappa), float(np.sqrt(variance * 2 * kappa / (1 - slope**2))), constant / (1 - slope))


def bootstrapped(prices: ArrayLike, periods: int, scenarios: int, block: int, random: np.random.Generator) -> Array:
    """Price relatives (S, T) to the last price: blocks of past logarithmic returns, drawn with replacement, mean nil.

    The mean return is taken off, so that the past trend is not carried on; blocks keep good and bad years together.
    """
    returns = np.diff(np.log(np.asarray(prices, dtype=float)))
    if not 0 < block <= returns.size:
        raise ValueError(f"blocks of {block} returns cannot be drawn from {returns.size}")
    returns = returns - returns.mean()
    starts = random.integers(0, returns.size - block + 1, size=(scenarios, -(-periods // block)))
    drawn = returns[starts[..., None] + np.arange(block)].reshape(scenarios, -1)[:, :periods]
    found: Array = np.exp(np.cumsum(drawn, axis=1))
    return found
