"""Price processes: paths around a deck, and their calibration on a series of prices (terms.md H4).

Geometric Brownian motion as in Black and Scholes (1973), with the drift that keeps the mean on the deck; the one-factor
model of Schwartz, The Stochastic Behavior of Commodity Prices (1997), with its exact step; and a block bootstrap of past
returns (Künsch 1989). Every path takes its draws from the caller, so that the same seed gives the same paths. Prices are in
real money.
"""

from __future__ import annotations

from collections.abc import Mapping
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


@dataclass(frozen=True)
class Resampled:
    """Blocks of past logarithmic returns, drawn with replacement: good and bad years stay together (Künsch 1989)."""

    returns: Array
    block: int

    @classmethod
    def of(cls, prices: Mapping[str, float], months: int, block: int) -> Resampled:
        """From prices by period (2020, 2020-H1, 2020-Q3, 2020-07), averaged over periods of `months`.

        Raises ValueError for prices of longer periods, with gaps, or too few for a block.
        """
        average = _averages(prices, months)
        returns = np.diff(np.log(average))
        if block > returns.size:
            raise ValueError(f"blocks of {block} returns cannot be drawn from {returns.size}; give a longer past")
        return cls(returns, block)

    def draws(self, periods: int) -> int:
        """Random numbers that a path takes."""
        return -(-periods // self.block)

    def relatives(self, uniform: ArrayLike, periods: int) -> Array:
        """Price relatives (S, T) to the price now, of mean 1, from uniform draws (S, blocks)."""
        given = np.asarray(uniform, dtype=float)
        possible = self.returns.size - self.block + 1
        starts = np.minimum((given * possible).astype(np.intp), possible - 1)
        drawn = self.returns[starts[..., None] + np.arange(self.block)].reshape(len(given), -1)[:, :periods]
        found: Array = np.exp(np.cumsum(drawn, axis=1) - self.growth(periods))
        return found

    def growth(self, periods: int) -> Array:
        """The logarithm (T,) of the mean relative that the past would give, which is taken off: its trend is not carried on."""
        within = np.cumsum(np.lib.stride_tricks.sliding_window_view(self.returns, self.block), axis=1)
        mean = np.log(np.exp(within).mean(axis=0))
        whole, rest = np.divmod(np.arange(1, periods + 1), self.block)
        found: Array = whole * mean[-1] + np.where(rest > 0, mean[rest - 1], 0.0)
        return found


def _averages(prices: Mapping[str, float], months: int) -> Array:
    """Average prices of consecutive calendar periods of so many months."""
    by_month: dict[int, float] = {}
    for period, price in prices.items():
        year, _, part = period.partition("-")
        length = {"": 12, "H": 6, "Q": 3}.get(part[:1], 1)
        if length > months:
            raise ValueError(f"past prices such as {period} cover {length} months, and a period of the model {months}")
        first = int(year) * 12 + (length * (int(part[1:]) - 1) if length in (3, 6) else int(part or 1) - 1)
        by_month |= dict.fromkeys(range(first, first + length), float(price))
    steps = sorted({month // months for month in by_month})
    whole = [step for step in steps if all(step * months + number in by_month for number in range(months))]
    if len(whole) < 3 or whole != list(range(whole[0], whole[-1] + 1)):
        raise ValueError("past prices must cover at least 3 periods of the model without a gap")
    return np.array([np.mean([by_month[step * months + number] for number in range(months)]) for step in whole])
