"""Correlations: rank targets are hit by the copula and by re-ordering; matrices that are none are named, with the nearest."""

from __future__ import annotations

import numpy as np
import pytest
from scipy import stats

from jvmodel.analysis.sampling import Sampling
from jvmodel.correlation import Correlations, nearest, possible, rank_correlation, reordered, root, score_correlation

TARGET = np.array([[1.0, 0.6, -0.3], [0.6, 1.0, 0.2], [-0.3, 0.2, 1.0]])
"""Spearman."""


def test_the_copula_hits_rank_correlations() -> None:
    scores = Sampling("sobol", 1, 3, 16_384).scores(0, 16_384) @ root(score_correlation(TARGET) * (1 - np.eye(3)) + np.eye(3)).T
    skewed = np.stack([np.exp(scores[:, 0]), scores[:, 1] ** 3, -np.exp(-scores[:, 2])], axis=1)
    assert stats.spearmanr(skewed).statistic == pytest.approx(TARGET, abs=0.01)


def test_iman_and_conover_hit_them_and_keep_every_value() -> None:
    scores = Sampling("lhs", 1, 3, 4096).scores(0, 4096)
    matrix = score_correlation(TARGET) * (1 - np.eye(3)) + np.eye(3)
    found = reordered(scores, root(matrix))
    assert (np.sort(found, axis=0) == np.sort(scores, axis=0)).all()
    assert stats.spearmanr(found).statistic == pytest.approx(TARGET, abs=0.01)


def test_rank_and_score_correlations_are_each_others_inverse() -> None:
    ranks = np.linspace(-1, 1, 21)
    assert rank_correlation(score_correlation(ranks)) == pytest.approx(ranks, abs=1e-12)
    # Pearson (1907), by integration: the rank correlation of a bivariate normal of correlation 0.8 is 6/π·asin(0.4)
    draws = stats.multivariate_normal([0, 0], [[1, 0.8], [0.8, 1]]).rvs(200_000, random_state=np.random.default_rng(3))
    assert stats.spearmanr(draws).statistic == pytest.approx(float(rank_correlation(0.8)), abs=0.005)


def test_the_nearest_correlation_matrix_is_highams() -> None:
    """Higham (2002), section 4: the nearest to the tridiagonal matrix with ones, to the digits printed there."""
    given = np.array([[1.0, 1.0, 0.0], [1.0, 1.0, 1.0], [0.0, 1.0, 1.0]])
    assert not possible(given)
    found = nearest(given)
    assert found == pytest.approx(np.array([[1, 0.7607, 0.1573], [0.7607, 1, 0.7607], [0.1573, 0.7607, 1]]), abs=5e-5)
    assert possible(found)
    assert nearest(np.eye(3)) == pytest.approx(np.eye(3), abs=1e-9)


def test_a_root_of_a_matrix_on_the_edge() -> None:
    for matrix in (np.ones((2, 2)), np.eye(3), np.array([[1.0, -1.0], [-1.0, 1.0]])):
        lower = root(matrix)
        assert lower @ lower.T == pytest.approx(matrix, abs=1e-9)
        assert np.triu(lower, 1) == pytest.approx(np.zeros_like(lower), abs=1e-9)


def test_a_contradiction_is_told_with_what_would_hold() -> None:
    matrix = np.array([[1.0, 0.9, -0.9], [0.9, 1.0, 0.9], [-0.9, 0.9, 1.0]])
    message = Correlations(("a", "b", "c"), matrix).contradiction()
    found = nearest(score_correlation(matrix) * (1 - np.eye(3)) + np.eye(3))
    near = float(rank_correlation(found[0, 1]))
    assert message == (
        f"these correlations cannot all hold at once; the nearest that can: a and b {near:.1%} instead of 90.0%, a and c"
        f" {-near:.1%} instead of -90.0%, b and c {near:.1%} instead of 90.0%; write those, or nearest_correlation: true to use them"
    )
    assert Correlations(("a", "b"), np.array([[1.0, 0.9], [0.9, 1.0]])).contradiction() == ""
