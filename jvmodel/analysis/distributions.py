"""Draws of a distribution from standard normal scores, by its inverse: one function a distribution."""

from __future__ import annotations

from collections.abc import Callable
from functools import lru_cache
from typing import Any

import numpy as np
from numpy.typing import NDArray

from jvmodel.distribution import FURTHEST as REACH
from jvmodel.distribution import (
    Bernoulli,
    Discrete,
    Distribution,
    Empirical,
    Lognormal,
    Normal,
    Pert,
    Triangular,
    Uniform,
)  # fmt: skip

Array = NDArray[np.float64]

NODES, FURTHEST = 16_385, 8.2
"""Points of a tabulated inverse, and the score at its ends; between them it is off by less than 1e-8 of the range."""


def draws(distribution: Distribution, scores: Array) -> Array:
    """Values of any shape for standard normal scores of that shape, rising with them.

    >>> draws(Uniform(low=0.0, high=10.0), np.array([-99.0, 0.0, 99.0])).tolist()
    [0.0, 5.0, 10.0]
    """
    found: Array = INVERSE[type(distribution)](distribution, scores)
    return found


def expected(distribution: Distribution) -> float:
    """The mean of a distribution, by its closed form.

    >>> round(expected(Pert(low=1.0, mode=2.0, high=6.0)), 9)
    2.5
    """
    return float(MEAN[type(distribution)](distribution))


def _uniform(scores: Array) -> Array:
    from scipy.special import ndtr

    found: Array = ndtr(scores)
    return found


def _normal(given: Normal, scores: Array) -> Array:
    if given.low is None and given.high is None:
        return given.mean + given.sd * scores
    from scipy.special import ndtri

    below, above = _edges(given)
    cut_below, cut_above = _uniform(np.array([below, -above]))
    left = cut_below + _uniform(scores) * (1 - cut_above - cut_below)
    right = cut_above + _uniform(-scores) * (1 - cut_above - cut_below)
    # from the nearer end, so that the tail keeps its digits
    standard = np.where(left < 0.5, ndtri(left), -ndtri(right))
    found: Array = given.mean + given.sd * np.clip(standard, max(below, -REACH), min(above, REACH))
    return found


def _edges(given: Normal) -> tuple[float, float]:
    low = -np.inf if given.low is None else (given.low - given.mean) / given.sd
    high = np.inf if given.high is None else (given.high - given.mean) / given.sd
    return float(low), float(high)


def _mean_normal(given: Normal) -> float:
    from scipy.stats import truncnorm

    if given.low is None and given.high is None:
        return given.mean
    return float(truncnorm.mean(*_edges(given), given.mean, given.sd))


def _lognormal(given: Lognormal, scores: Array) -> Array:
    found: Array = given.shift + given.median * np.exp(given.sigma * scores)
    return found


def _triangular(given: Triangular, scores: Array) -> Array:
    width, rise, fall = given.high - given.low, given.mode - given.low, given.high - given.mode
    share = _uniform(scores)
    left = given.low + np.sqrt(share * width * rise)
    right = given.high - np.sqrt(_uniform(-scores) * width * fall)
    found: Array = np.where(share * width < rise, left, right)
    return found


def _pert(given: Pert, scores: Array) -> Array:
    standard = np.interp(scores, np.linspace(-FURTHEST, FURTHEST, NODES), _beta(*_shape(given)))
    found: Array = given.low + (given.high - given.low) * standard
    return found


def _shape(given: Pert) -> tuple[float, float]:
    width = given.high - given.low
    return 1 + given.weight * (given.mode - given.low) / width, 1 + given.weight * (given.high - given.mode) / width


@lru_cache(maxsize=64)
def _beta(left: float, right: float) -> Array:
    """The inverse of a beta distribution at equally spaced scores."""
    from scipy.special import betaincinv

    scores = np.linspace(-FURTHEST, FURTHEST, NODES)
    found: Array = np.where(scores < 0, betaincinv(left, right, _uniform(scores)), 1 - betaincinv(right, left, _uniform(-scores)))
    return found


def _between(given: Uniform, scores: Array) -> Array:
    return given.low + (given.high - given.low) * _uniform(scores)


def _discrete(given: Discrete, scores: Array) -> Array:
    edges = np.cumsum(given.chances)[:-1]
    found: Array = np.asarray(given.values)[np.searchsorted(edges, _uniform(scores), side="right")]
    return found


def _bernoulli(given: Bernoulli, scores: Array) -> Array:
    """It happens in the upper tail of the score, so that a correlation above nil brings it with high draws of others."""
    found: Array = np.where(_uniform(-scores) < given.chance, given.happens, given.otherwise)
    return found


def _empirical(given: Empirical, scores: Array) -> Array:
    values = np.sort(np.asarray(given.observed))
    places = np.minimum((_uniform(scores) * values.size).astype(np.intp), values.size - 1)
    found: Array = values[places]
    return found


INVERSE: dict[type[Distribution], Callable[[Any, Array], Array]] = {
    Normal: _normal, Lognormal: _lognormal, Triangular: _triangular, Pert: _pert, Uniform: _between, Discrete: _discrete,
    Bernoulli: _bernoulli, Empirical: _empirical,
}  # fmt: skip

MEAN: dict[type[Distribution], Callable[[Any], float]] = {
    Normal: _mean_normal,
    Lognormal: lambda one: one.shift + one.median * float(np.exp(one.sigma**2 / 2)),
    Triangular: lambda one: (one.low + one.mode + one.high) / 3,
    Pert: lambda one: (one.low + one.weight * one.mode + one.high) / (one.weight + 2),
    Uniform: lambda one: (one.low + one.high) / 2,
    Discrete: lambda one: float(np.dot(one.values, one.chances)),
    Bernoulli: lambda one: one.chance * one.happens + (1 - one.chance) * one.otherwise,
    Empirical: lambda one: float(np.mean(one.observed)),
}
