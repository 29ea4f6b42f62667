"""Spread of outcomes: mean, percentiles and their errors, and expected shortfall (terms.md G6, G8)."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
from numpy.typing import ArrayLike, NDArray

from jvmodel.errors import GraphError

Array = NDArray[np.float64]

AT_ONCE = 2**23
"""Outcomes whose deviations from the mean are held at once."""
SHARES = (0.05, 0.1, 0.5, 0.9, 0.95)
"""Percentiles that are shown: P10 is the value that one outcome in ten falls below."""


@dataclass(frozen=True)
class Spread:
    """How a figure turns out: among `defined` (a share of all trials) mean, standard deviation, percentiles by their share.

    `error` is the standard error of the mean, `errors` those of the percentiles; None where there are too few trials.
    """

    defined: float
    mean: float | None
    sd: float | None
    error: float | None
    percentiles: dict[float, float]
    errors: dict[float, float]


def spread(values: ArrayLike, batches: NDArray[np.uint8] | None = None, *, independent: bool = True) -> Spread:
    """The spread of outcomes (S,), of which NaN are undefined; `batches` (S,) are replicates that errors are judged by.

    Where trials are not `independent` (Sobol points, hypercubes) the error of the mean is that of the batches' means too.

    >>> found = spread([1.0, 2.0, 3.0, 4.0, float("nan")])
    >>> found.mean, round(found.sd, 6), found.defined, found.percentiles[0.5]
    (2.5, 1.290994, 0.8, 2.5)
    """
    given = np.asarray(values, dtype=np.float64)
    known = ~np.isnan(given)
    whole = given if known.all() else given[known]
    if not whole.size:
        return Spread(0.0, None, None, None, {}, {})
    mean = float(whole.mean())
    sd = _deviation(whole, mean) if whole.size > 1 else None
    error = sd / whole.size**0.5 if sd is not None and independent else None
    errors: dict[float, float] = {}
    if batches is not None:
        means, quantiles = [], []
        for batch in range(int(batches.max()) + 1):  # one at a time: there may be 10^8 trials
            part = given[known & (batches == batch)]
            if part.size:
                means.append(float(part.mean()))
                quantiles.append(np.quantile(part, SHARES, overwrite_input=True))
        if len(means) > 1:
            if not independent:
                error = _error(means)
            errors = dict(zip(SHARES, map(_error, np.transpose(quantiles)), strict=True))
    found = np.quantile(whole, SHARES, overwrite_input=whole is not given)
    return Spread(whole.size / given.size, mean, sd, error, dict(zip(SHARES, map(float, found), strict=True)), errors)


def _deviation(values: Array, mean: float) -> float:
    """The standard deviation of outcomes, some at a time: there may be 10^8."""
    parts = np.array_split(values, max(1, values.size // AT_ONCE))
    return float((sum(float(np.square(part - mean).sum()) for part in parts) / (values.size - 1)) ** 0.5)


def _error(of_batches: Sequence[float] | Array) -> float:
    return float(np.std(of_batches, ddof=1) / len(of_batches) ** 0.5)


def tail(values: ArrayLike, confidence: float) -> Array:
    """Weights (S,) of the trials in the worst tail, adding up to 1; trials that tie at its edge share what is left.

    Raises GraphError where the tail holds less than one trial (terms.md G8).

    >>> tail([5.0, 1.0, 1.0, 9.0], 0.75).tolist()
    [0.0, 0.5, 0.5, 0.0]
    """
    given = np.asarray(values, dtype=np.float64)
    size, edge = _worst(given, confidence)
    below, ties = given < edge, given == edge
    weights: Array = (below + ties * (size - below.sum()) / ties.sum()) / size
    return weights


def _worst(given: Array, confidence: float) -> tuple[float, float]:
    """How many trials the worst tail holds, and the value at its edge."""
    size = (1 - confidence) * given.size
    size = round(size) if abs(size - round(size)) < 1e-9 * given.size else size
    if size < 1:
        raise GraphError(
            f"the worst {1 - confidence:.3g} of {given.size:,} trials is less than one trial; simulate at least"
            f" {int(np.ceil(50 / (1 - confidence) - 1e-6)):,}, or ask for less confidence than {confidence:.6g}"
        )
    last = int(np.ceil(size)) - 1
    return size, float(np.partition(given, last)[last])


def expected_shortfall(values: ArrayLike, confidence: float) -> float:
    """The mean loss in the worst tail (also called CVaR): a positive number is a loss.

    >>> expected_shortfall([-4.0, -2.0, 10.0, 20.0], 0.5)
    3.0
    """
    given = np.asarray(values, dtype=np.float64)
    size, edge = _worst(given, confidence)
    below = given[given < edge]
    return -float((below.sum() + edge * (size - below.size)) / size)
