"""Price processes: paths around a deck, and their calibration on a series of prices (terms.md H4).

Geometric Brownian motion as in Black and Scholes (1973), with the drift that keeps the mean on the deck; the one-factor
model of Schwartz, The Stochastic Behavior of Commodity Prices (1997), with its exact step; and a block bootstrap of past
returns (Künsch 1989). Every path takes its draws from the caller, so that the same seed gives the same paths. Prices are in
real money.
"""

from __future__ import annotations

import itertools
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


LEAST = 10
"""Prices that a calibration needs."""


@dataclass(frozen=True)
class Calibration:
    """The process that a series of prices follows, and the standard errors of what was found."""

    process: Schwartz | Brownian
    prices: int
    """How many prices it was fitted to"""
    slope: float
    """Regression of each logarithm on the one before; outside 0 to 1 there is no mean reversion"""
    sigma_error: float
    kappa_error: float = float("nan")
    """NaN without mean reversion"""
    mean_error: float = float("nan")
    """Of the long-run mean price; NaN without mean reversion"""

    @property
    def mean(self) -> float:
        """The long-run mean price; NaN without mean reversion."""
        found = self.process
        log = found.alpha + found.sigma**2 / (4 * found.kappa) if isinstance(found, Schwartz) else float("nan")
        return float(np.exp(log)) if log < 700 else float("nan")

    @property
    def tells_mean(self) -> bool:
        """Whether the past says what the price reverts to: by less than its own size off."""
        return bool(self.mean_error < self.mean)


def calibrated(prices: ArrayLike, step: float, *, reverting: bool = True) -> Calibration:
    """The process that a series of prices, `step` years apart, follows by regression of each logarithm on the one before.

    x' = a + bx + s·z gives κ = −ln b/Δ, α = a/(1 − b), σ² = s²·2κ/(1 − b²); where b is not between 0 and 1 there is no
    mean reversion, and the returns give a Brownian motion, as they do unless `reverting`. Errors by the delta method.
    Raises ValueError for fewer than 10 prices, one that is not positive, or prices that never change.
    """
    series = np.asarray(prices, dtype=float)
    if series.size < LEAST:
        raise ValueError(f"a calibration needs at least {LEAST} prices, not {series.size}; give a longer past")
    if not np.isfinite(series).all() or (series <= 0).any():
        raise ValueError("a calibration needs prices that are more than 0")
    log = np.log(series)
    before, after = log[:-1], log[1:]
    centred, count = before - before.mean(), before.size
    spread = float(centred @ centred)
    returns = float(np.diff(log).std(ddof=1) / np.sqrt(step))
    if not spread > 0 or returns < 1e-9:
        raise ValueError("prices that never change, or always by the same share, have no volatility; give others")
    slope = float(centred @ (after - after.mean()) / spread)
    if not (reverting and 0 < slope < 1):
        return Calibration(Brownian(returns), series.size, slope, returns / np.sqrt(2 * (count - 1)))
    constant = float(after.mean() - slope * before.mean())
    residual = after - constant - slope * before
    variance = float(residual @ residual) / (count - 2)

    def found(given: Array) -> Array:
        a, b, s = given
        kappa = -np.log(b) / step
        sigma = np.sqrt(s * 2 * kappa / (1 - b**2))
        return np.array([kappa, sigma, a / (1 - b), np.exp(a / (1 - b) + sigma**2 / (4 * kappa))])

    at = np.array([constant, slope, variance])
    of_line = variance / spread * np.array([[spread / count + before.mean() ** 2, -before.mean()], [-before.mean(), 1.0]])
    covariance = np.zeros((3, 3))
    covariance[:2, :2], covariance[2, 2] = of_line, 2 * variance**2 / (count - 2)
    nudges = np.diag([1e-7, 1e-7 * (1 - slope), 1e-7 * variance])
    with np.errstate(over="ignore", invalid="ignore"):  # where there is hardly any reversion, its mean is anywhere
        slopes = np.array([(found(at + nudge) - found(at - nudge)) / (2 * nudge.sum()) for nudge in nudges])
        kappa, sigma, alpha, _ = found(at)
        of_kappa, of_sigma, _, of_mean = np.sqrt(np.diag(slopes.T @ covariance @ slopes))
    return Calibration(
        Schwartz(float(kappa), float(sigma), float(alpha)), series.size, slope, float(of_sigma), float(of_kappa), float(of_mean)
    )


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


def in_order(prices: Mapping[str, float]) -> tuple[Array, int]:
    """Prices by period in the order of time, and the months of a period; ValueError for gaps and periods of two lengths."""
    found = sorted((*_months(period), period, float(price)) for period, price in prices.items())
    lengths = sorted({length for _, length, _, _ in found})
    if len(lengths) > 1:
        raise ValueError(f"past prices are for {lengths[0]} months and for {lengths[1]}; give them all for as long")
    for one, after in itertools.pairwise(found):
        if after[0] != one[0] + one[1]:
            raise ValueError(f"past prices skip what lies between {one[2]} and {after[2]}; give every period")
    return np.array([price for *_, price in found]), lengths[0] if lengths else 12


def _months(period: str) -> tuple[int, int]:
    """The first month of a period, counted from year 0, and its months."""
    year, _, part = period.partition("-")
    length = {"": 12, "H": 6, "Q": 3}.get(part[:1], 1)
    return int(year) * 12 + (length * (int(part[1:]) - 1) if length in (3, 6) else int(part or 1) - 1), length


def _averages(prices: Mapping[str, float], months: int) -> Array:
    """Average prices of consecutive calendar periods of so many months."""
    by_month: dict[int, float] = {}
    for period, price in prices.items():
        first, length = _months(period)
        if length > months:
            raise ValueError(f"past prices such as {period} cover {length} months, and a period of the model {months}")
        by_month |= dict.fromkeys(range(first, first + length), float(price))
    steps = sorted({month // months for month in by_month})
    whole = [step for step in steps if all(step * months + number in by_month for number in range(months))]
    if len(whole) < 3 or whole != list(range(whole[0], whole[-1] + 1)):
        raise ValueError("past prices must cover at least 3 periods of the model without a gap")
    return np.array([np.mean([by_month[step * months + number] for number in range(months)]) for step in whole])
