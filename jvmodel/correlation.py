"""Correlation of draws: normal scores from rank correlations, the nearest matrix that is one, re-ordering (terms.md G6).

A Gaussian copula whose normal scores have the correlation 2 sin(πρ/6) gives draws the rank correlation ρ (Pearson 1907);
nearest matrix: Higham, Computing the nearest correlation matrix (2002); re-ordering: Iman and Conover (1982).
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

import numpy as np
from numpy.typing import ArrayLike, NDArray

if TYPE_CHECKING:
    from jvmodel.uncertainty import Uncertainty

Array = NDArray[np.float64]
NIL = 1e-10
"""An eigenvalue above minus this is not negative."""
STEPS = 500


def score_correlation(rank: ArrayLike) -> Array:
    """Correlation of normal scores that gives draws the rank correlation (Spearman).

    >>> float(score_correlation(0.5).round(9))
    0.51763809
    """
    found: Array = 2 * np.sin(np.pi * np.asarray(rank, dtype=float) / 6)
    return found


def rank_correlation(score: ArrayLike) -> Array:
    """Rank correlation of draws whose normal scores have a correlation; undoes `score_correlation`."""
    found: Array = 6 / np.pi * np.arcsin(np.asarray(score, dtype=float) / 2)
    return found


def possible(matrix: Array) -> bool:
    """Whether a symmetric matrix with a diagonal of ones is a correlation matrix: no eigenvalue is negative."""
    return bool(np.linalg.eigvalsh(matrix)[0] > -NIL)


def nearest(matrix: Array) -> Array:
    """The correlation matrix nearest to a symmetric one, by Higham's alternating projections with Dykstra's correction."""
    found, correction = matrix.copy(), np.zeros_like(matrix)
    for _ in range(STEPS):
        given = found - correction
        values, vectors = np.linalg.eigh(given)
        raised = (vectors * np.maximum(values, 0.0)) @ vectors.T
        correction = raised - given
        before, found = found, raised.copy()
        np.fill_diagonal(found, 1.0)
        if abs(found - before).max() < 1e-12:
            break
    # off the edge by a hair, so that it has a root
    values, vectors = np.linalg.eigh(found)
    raised = (vectors * np.maximum(values, NIL)) @ vectors.T
    size = np.sqrt(np.diag(raised))
    result: Array = raised / np.outer(size, size)
    return result


def root(matrix: Array) -> Array:
    """A lower triangle L with L·Lᵀ the matrix; also of one with eigenvalues of nil."""
    try:
        return np.asarray(np.linalg.cholesky(matrix))
    except np.linalg.LinAlgError:
        values, vectors = np.linalg.eigh(matrix)
        half = vectors * np.sqrt(np.maximum(values, 0.0))
        upper: Array = np.linalg.qr(half.T)[1]
        lower: Array = upper.T * np.where(np.diag(upper) < 0, -1.0, 1.0)
        return lower


def reordered(scores: Array, lower: Array) -> Array:
    """Columns of scores (S, k) put into an order whose ranks have the correlation lower·lowerᵀ (Iman and Conover).

    Every column keeps its values. Their own chance correlation is taken out first.
    """
    if len(scores) <= scores.shape[1]:
        return scores
    order = scores.argsort(axis=0).argsort(axis=0)
    from scipy.special import ndtri

    ranked = ndtri((order + 0.5) / len(scores))
    own = np.linalg.cholesky(np.corrcoef(ranked, rowvar=False).reshape(scores.shape[1], -1))
    target = ranked @ np.linalg.solve(own, np.eye(len(own))).T @ lower.T
    places = target.argsort(axis=0).argsort(axis=0)
    found: Array = np.take_along_axis(np.sort(scores, axis=0), places, axis=0)
    return found


@dataclass(frozen=True)
class Correlations:
    """Rank correlations of some risks as a matrix; `names` in its order."""

    names: tuple[str, ...]
    rank: Array

    @classmethod
    def of(cls, register: Uncertainty, names: tuple[str, ...] | None = None) -> Correlations:
        """Those of a register: of all its risks, or of some."""
        chosen = names or tuple(register.factors)
        matrix = np.eye(len(chosen))
        for one in register.correlations:
            if set(one.of) <= set(chosen):
                a, b = (chosen.index(name) for name in one.of)
                matrix[a, b] = matrix[b, a] = one.rank
        return cls(chosen, matrix)

    @property
    def scores(self) -> Array:
        """The correlation of normal scores; the nearest possible one where what is given is none."""
        wanted = score_correlation(self.rank)
        np.fill_diagonal(wanted, 1.0)
        return wanted if possible(wanted) else nearest(wanted)

    def changes(self) -> list[tuple[str, str, float, float]]:
        """Pairs whose rank correlation the nearest possible matrix changes: the two, as given, and instead."""
        instead = rank_correlation(self.scores)
        count = len(self.names)
        return [
            (self.names[a], self.names[b], float(self.rank[a, b]), float(instead[a, b]))
            for a in range(count) for b in range(a + 1, count) if abs(instead[a, b] - self.rank[a, b]) > 5e-4
        ]  # fmt: skip

    def contradiction(self) -> str:
        """What is wrong with the correlations together, with the nearest ones; empty where nothing is."""
        changes = self.changes()
        if not changes:
            return ""
        listed = ", ".join(f"{a} and {b} {instead:.1%} instead of {given:.1%}" for a, b, given, instead in changes)
        return (
            "these correlations cannot all hold at once; the nearest that can:"
            f" {listed}; write those, or nearest_correlation: true to use them"
        )
