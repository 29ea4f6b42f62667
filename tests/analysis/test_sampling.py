"""Samples: trial k is always the same; Sobol points are SciPy's; hypercubes have one trial in each layer; normal scores."""

from __future__ import annotations

import numpy as np
import pytest
from scipy import stats
from scipy.special import ndtr
from scipy.stats import qmc

from jvmodel.analysis.sampling import BATCHES, BLOCK, SEGMENT, Sampling

METHODS = ("sobol", "lhs", "random")


@pytest.mark.parametrize("method", METHODS)
def test_a_trial_is_the_same_in_any_part(method: str) -> None:
    sampling = Sampling(method, 7, 3, 3 * BLOCK)
    whole = sampling.scores(0, 3 * BLOCK)
    for start, stop in ((0, 1), (5, 6), (100, 5000), (BLOCK - 1, BLOCK + 1), (BLOCK, 2 * BLOCK), (BLOCK + 17, 3 * BLOCK)):
        assert (sampling.scores(start, stop) == whole[start:stop]).all()


@pytest.mark.parametrize("method", METHODS)
def test_scores_are_normal_and_independent(method: str) -> None:
    found = Sampling(method, 11, 4, 2 * BLOCK).scores(0, 2 * BLOCK)
    assert np.isfinite(found).all()
    for column in found.T:
        assert stats.kstest(column, "norm").pvalue > 0.01
    assert abs(np.corrcoef(found.T) - np.eye(4)).max() < 0.04


def test_seeds_differ() -> None:
    for method in METHODS:
        assert (Sampling(method, 1, 2, 128).scores(0, 128) != Sampling(method, 2, 2, 128).scores(0, 128)).all()


def test_sobol_points_are_scipys() -> None:
    """Replicate r of the first segment is SciPy's engine scrambled from the seed and r, its points in order."""
    found = ndtr(Sampling("sobol", 5, 6, 4096).scores(0, 4096))
    for replicate in range(BATCHES):
        engine = qmc.Sobol(6, scramble=True, bits=30, rng=np.random.default_rng([5, replicate]))
        assert found[replicate::BATCHES] == pytest.approx(engine.random(512), abs=1e-8)


def test_sobol_points_are_scrambled_anew_after_a_segment() -> None:
    sampling = Sampling("sobol", 5, 2, 2 * SEGMENT)
    across = sampling.scores(SEGMENT - 12, SEGMENT + 12)
    assert (across[:12] == sampling.scores(SEGMENT - 12, SEGMENT)).all()
    engine = qmc.Sobol(2, scramble=True, bits=30, rng=np.random.default_rng([5, BATCHES]))
    assert ndtr(across[12]) == pytest.approx(engine.random(1)[0], abs=1e-8)


@pytest.mark.parametrize("trials", [256, BLOCK * BATCHES])
def test_a_hypercube_has_one_trial_in_each_layer(trials: int) -> None:
    sampling = Sampling("lhs", 3, 2, trials)
    found = ndtr(sampling.scores(0, sampling.cube))
    for column in found.T:
        assert sorted((column * sampling.cube).astype(int)) == list(range(sampling.cube))


def test_even_points_are_more_exact_than_random_ones() -> None:
    """The mean of a sum of squares of three scores is 3; the errors of 4096 trials, by the batches' means."""
    errors = {}
    for method in METHODS:
        sampling = Sampling(method, 9, 3, 4096)
        values = (sampling.scores(0, 4096) ** 2).sum(axis=1)
        means = [values[sampling.batch(0, 4096) == batch].mean() for batch in range(BATCHES)]
        errors[method] = abs(np.mean(means) - 3)
    assert errors["sobol"] < 0.2 * errors["random"]
    assert errors["lhs"] < 0.2 * errors["random"]
