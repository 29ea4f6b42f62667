"""Who bears what: variance and expected shortfall of the whole split over parties, and over risks (terms.md G7, G8).

Variance shares are covariances with the whole; shares of expected shortfall are the parties' means in the worst tail of the
whole (Euler's allocation); shares of risks are Shapley values of explained variance, which hold for correlated risks too
(Owen 2014; Song, Nelson and Staum 2016), here with the variance that a regression on the risks' draws explains.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from itertools import combinations
from math import comb

import numpy as np
from numpy.typing import ArrayLike, NDArray

from jvmodel.analysis.spread import expected_shortfall, tail
from jvmodel.errors import GraphError

Array = NDArray[np.float64]

MOST_RISKS = 16
"""Risks whose Shapley values are worked out from all their combinations: 65,536 regressions."""
DEGREE = 3
"""Powers of each draw that a regression explains an outcome by."""
NEAR_NIL = 1e-9


@dataclass(frozen=True)
class Borne:
    """What a party bears of the whole; shares are None where the whole is nil, or of a shortfall that is a gain."""

    mean: float
    share_of_mean: float | None
    share_of_variance: float | None
    shortfall: float
    """Part in the expected shortfall of the whole: its mean loss where the whole does worst"""
    share_of_shortfall: float | None
    share_of_fall: float | None
    """Share of the fall from the mean to the worst tail of the whole, which there is even where nothing is lost"""
    standalone: float
    """Expected shortfall in its own worst tail"""
    index: float | None
    """Share of the risk over share of the mean: above 1 a party is paid less than its risk; None of who is paid nothing for it"""


@dataclass(frozen=True)
class Allocation:
    """How the risk of the whole is borne: `shortfall` of the whole, what each party bears, and what pooling takes away."""

    confidence: float
    mean: float
    sd: float
    shortfall: float
    parties: dict[str, Borne]
    index_by: str
    """What the index takes as the risk: the shortfall, or the fall where the whole loses nothing even in its worst tail"""
    diversification: float
    """Expected shortfalls of the parties alone, less that of the whole"""


def allocate(parts: Mapping[str, ArrayLike], confidence: float) -> Allocation:
    """The allocation among parties of outcomes (S,) that add up to the whole.

    >>> found = allocate({"a": [-4.0, 0.0, 4.0, 8.0], "b": [2.0, 2.0, 2.0, 2.0]}, 0.75)
    >>> found.shortfall, found.parties["a"].shortfall, found.parties["b"].share_of_variance, found.diversification
    (2.0, 4.0, 0.0, 0.0)
    """
    given = {name: np.asarray(values, dtype=np.float64) for name, values in parts.items()}
    whole = np.sum(list(given.values()), axis=0)
    worst = tail(whole, confidence)
    mean, variance, shortfall = float(whole.mean()), float(whole.var()), -float(worst @ whole)
    scale = max((float(abs(values).mean()) for values in given.values()), default=0.0)
    falls = {name: float(values.mean() - worst @ values) for name, values in given.items()}
    fall = mean + shortfall
    by = "shortfall" if shortfall > NEAR_NIL * scale else "fall"
    borne = {}
    for name, values in given.items():
        share_of_mean = _share(float(values.mean()), mean, scale)
        part = -float(worst @ values)
        of_shortfall = _share(part, shortfall, scale) if by == "shortfall" else None
        of_fall = _share(falls[name], fall, scale)
        risk = of_shortfall if by == "shortfall" else of_fall
        paid = share_of_mean is not None and share_of_mean > 1e-6 and mean > 0
        index = risk / share_of_mean if risk is not None and share_of_mean is not None and paid else None
        covariance = float(np.mean((values - values.mean()) * (whole - whole.mean())))
        borne[name] = Borne(
            float(values.mean()), share_of_mean, _share(covariance, variance, scale**2), part, of_shortfall, of_fall,
            expected_shortfall(values, confidence), index,
        )  # fmt: skip
    alone = sum(one.standalone for one in borne.values())
    return Allocation(confidence, mean, variance**0.5, shortfall, borne, by, alone - shortfall)


def _share(part: float, whole: float, scale: float) -> float | None:
    return part / whole if abs(whole) > NEAR_NIL * max(scale, 1e-300) else None


@dataclass(frozen=True)
class Explained:
    """Shares of the variance of an outcome that each risk explains; with what none explains they add up to 1."""

    risks: dict[str, float]
    rest: float
    """Variance that the regression leaves: risks working together in ways that powers of their draws do not show"""


def explained(
    outcomes: Mapping[str, ArrayLike],
    risks: Mapping[str, ArrayLike],
    degree: int = DEGREE,
    heed: Callable[[], object] = lambda: None,
) -> dict[str, Explained | None]:
    """Shapley values of the variance explained, by outcome (S,): risks (S,) or (S, several) draws each, at most 16 of them.

    A risk of several draws (a price over time) is one player. None for an outcome that does not vary. Draws that are
    undefined are refused; raises GraphError for too many risks. `heed` is called some times a second.
    """
    names = list(risks)
    if len(names) > MOST_RISKS:
        raise GraphError(f"Shapley values of {len(names)} risks need {2 ** len(names):,} regressions; keep to {MOST_RISKS}")
    columns = [_powers(np.asarray(risks[name], dtype=np.float64), degree) for name in names]
    widths = [one.shape[1] for one in columns]
    given = np.concatenate(columns, axis=1) if columns else np.zeros((0, 0))
    wanted = np.stack([np.asarray(values, dtype=np.float64) for values in outcomes.values()], axis=1)
    moving = wanted.std(axis=0) > NEAR_NIL * np.maximum(abs(wanted).max(axis=0), 1.0)
    standard = (wanted - wanted.mean(axis=0)) / np.where(moving, wanted.std(axis=0), 1.0)
    inner, outer = given.T @ given / len(given), given.T @ standard / len(given)
    values = _of_subsets(inner, outer, widths, heed)
    shares = _shapley(values, len(names))
    found: dict[str, Explained | None] = {}
    for number, name in enumerate(outcomes):
        each = dict(zip(names, map(float, shares[:, number]), strict=True))
        found[name] = Explained(each, 1 - float(values[-1, number])) if moving[number] else None
    return found


def _powers(draws: Array, degree: int) -> Array:
    """Standardised powers of draws, those that vary, orthogonal to one another within the risk."""
    table = draws.reshape(len(draws), -1)
    table = table - table.mean(axis=0)
    spread = table.std(axis=0)
    table = table[:, spread > 0] / spread[spread > 0]
    powers = np.concatenate([table**power for power in range(1, degree + 1)], axis=1)
    powers = powers - powers.mean(axis=0)
    # directions with next to no variance say nothing that others do not
    values, vectors = np.linalg.eigh(powers.T @ powers / len(powers))
    kept = values > 1e-10 * max(values.max(initial=0.0), 1e-300)
    found: Array = powers @ vectors[:, kept] / np.sqrt(values[kept])
    return found


def _of_subsets(inner: Array, outer: Array, widths: Sequence[int], heed: Callable[[], object]) -> Array:
    """Explained shares (2^k, outcomes) of every subset of risks, numbered by its bits."""
    count = len(widths)
    ends = np.cumsum(widths)
    places = [np.arange(end - width, end) for end, width in zip(ends, widths, strict=True)]
    ridge = 1e-10 * np.eye(len(inner))
    found = np.zeros((2**count, outer.shape[1]))
    by_size: dict[int, list[tuple[int, Array]]] = {}
    for size in range(1, count + 1):
        for subset in combinations(range(count), size):
            chosen = np.concatenate([places[one] for one in subset])
            by_size.setdefault(len(chosen), []).append((sum(1 << one for one in subset), chosen))
    for size, members in by_size.items():
        if not size:
            continue
        for begin in range(0, len(members), 512):
            heed()
            part = members[begin : begin + 512]
            index = np.stack([chosen for _, chosen in part])
            rows = (inner + ridge)[index[:, :, None], index[:, None, :]]
            right = outer[index]
            found[[bits for bits, _ in part]] = (right * np.linalg.solve(rows, right)).sum(axis=1)
    return found


def _shapley(values: Array, count: int) -> Array:
    """Shapley values (k, outcomes) of a game whose values (2^k, outcomes) are numbered by the bits of its coalitions."""
    bits = np.arange(2**count)
    sizes = np.array([int(one).bit_count() for one in bits])
    found = np.zeros((count, values.shape[1]))
    for player in range(count):
        without = bits[(bits >> player) & 1 == 0]
        weight = 1.0 / (count * np.array([comb(count - 1, int(size)) for size in sizes[without]]))
        found[player] = weight @ (values[without | (1 << player)] - values[without])
    return found
