"""Every distribution: its draws fit it (Kolmogorov and Smirnov, chi squared), its mean is the closed form, its ends are kept."""

from __future__ import annotations

import numpy as np
import pytest
from scipy import stats

from jvmodel.analysis.distributions import INVERSE, draws, expected
from jvmodel.distribution import Bernoulli, Discrete, Distribution, Empirical, Lognormal, Normal, Pert, Triangular, Uniform

SCORES = np.random.default_rng(2026).standard_normal(40_000)
ALL = [
    (Normal(mean=9000.0, sd=1500.0), stats.norm(9000, 1500)),
    (Normal(mean=1.0, sd=0.4, low=0.5), stats.truncnorm(-1.25, np.inf, 1, 0.4)),
    (Normal(mean=1.0, sd=0.4, high=1.1), stats.truncnorm(-np.inf, 0.25, 1, 0.4)),
    (Normal(mean=0.0, sd=1.0, low=-0.2, high=3.0), stats.truncnorm(-0.2, 3, 0, 1)),
    (Lognormal(median=1.12, sigma=0.3, shift=-1.0), stats.lognorm(0.3, -1, 1.12)),
    (Triangular(low=-2.0, mode=1.0, high=2.0), stats.triang(0.75, -2, 4)),
    (Triangular(low=0.0, mode=0.0, high=2.0), stats.triang(0.0, 0, 2)),
    (Triangular(low=0.0, mode=2.0, high=2.0), stats.triang(1.0, 0, 2)),
    (Pert(low=0.88, mode=1.0, high=1.3), stats.beta(1 + 4 * 0.12 / 0.42, 1 + 4 * 0.30 / 0.42, 0.88, 0.42)),
    (Pert(low=0.0, mode=1.0, high=1.0, weight=2.0), stats.beta(3, 1, 0, 1)),
    (Uniform(low=-5.0, high=15.0), stats.uniform(-5, 20)),
]
STEPS = [
    (Discrete(values=(185.0, 230.0, 320.0), chances=(0.55, 0.30, 0.15)), {185.0: 0.55, 230.0: 0.30, 320.0: 0.15}),
    (Bernoulli(chance=0.2, happens=3.0, otherwise=1.0), {1.0: 0.8, 3.0: 0.2}),
    (Empirical.model_construct(table="t.csv", column="c", observed=(3.0, 1.0, 2.0, 2.0)), {1.0: 0.25, 2.0: 0.5, 3.0: 0.25}),
]  # fmt: skip


@pytest.mark.parametrize(("given", "same"), ALL, ids=lambda one: getattr(one, "words", ""))
def test_draws_fit_their_distribution(given: Distribution, same: stats.rv_frozen) -> None:
    found = draws(given, SCORES)
    assert stats.kstest(found, same.cdf).pvalue > 0.01
    assert expected(given) == pytest.approx(same.mean(), rel=1e-9)
    assert found.mean() == pytest.approx(expected(given), abs=4 * same.std() / len(SCORES) ** 0.5)


@pytest.mark.parametrize(("given", "same"), ALL, ids=lambda one: getattr(one, "words", ""))
def test_the_inverse_is_scipys(given: Distribution, same: stats.rv_frozen) -> None:
    scores = np.linspace(-5.5, 5.5, 401)
    width = same.ppf(0.999) - same.ppf(0.001)
    assert draws(given, scores) == pytest.approx(same.ppf(stats.norm.cdf(scores)), rel=1e-7, abs=2e-8 * width)


@pytest.mark.parametrize(("given", "chances"), STEPS, ids=lambda one: type(one).__name__)
def test_steps_have_their_chances(given: Distribution, chances: dict[float, float]) -> None:
    found = draws(given, SCORES)
    counts = [int((found == value).sum()) for value in chances]
    assert sum(counts) == len(SCORES)
    assert stats.chisquare(counts, [len(SCORES) * chance for chance in chances.values()]).pvalue > 0.01
    assert expected(given) == pytest.approx(sum(value * chance for value, chance in chances.items()), rel=1e-12)


@pytest.mark.parametrize("given", [one for one, _ in (*ALL, *STEPS)], ids=lambda one: one.words)
def test_draws_rise_with_the_score_and_stay_within_reach(given: Distribution) -> None:
    found = draws(given, np.linspace(-6, 6, 2001))
    assert (np.diff(found) >= 0).all()
    low, high = given.reach
    assert low - 1e-12 * abs(low) <= found[0]
    assert found[-1] <= high + 1e-12 * abs(high)


def test_every_distribution_is_tested() -> None:
    assert {type(one) for one, _ in (*ALL, *STEPS)} == set(INVERSE)


def test_a_few_values_are_told_with_their_chances() -> None:
    assert Discrete(values=(185.0, 320.5), chances=(0.7, 0.3)).words == "Discrete: 185 (70%), 320.5 (30%)"
