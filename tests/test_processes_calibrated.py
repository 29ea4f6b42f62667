"""Price processes on the World Bank's series of six metals: against a second regression, likelihood, and paths of what was found."""

from __future__ import annotations

import csv
import math
from pathlib import Path

import numpy as np
import pytest
from scipy.optimize import minimize
from scipy.stats import linregress

from jvmodel.processes import Brownian, Schwartz, calibrated

with (Path(__file__).parent / "data" / "metals_monthly.csv").open(encoding="utf-8") as file:
    next(file)
    MONTHS = list(csv.DictReader(file))
METALS = [name for name in MONTHS[0] if name != "month"]
MONTH = 1 / 12


def prices(metal: str) -> np.ndarray:
    return np.array([float(row[metal]) for row in MONTHS])


@pytest.mark.parametrize("metal", METALS)
def test_calibration_is_the_likelihood(metal: str) -> None:
    """κ, α and σ of the regression are those that make the series likeliest, by another package's optimiser."""
    series = prices(metal)
    log = np.log(series)
    found = calibrated(series, MONTH).process
    line = linregress(log[:-1], log[1:])
    if not 0 < line.slope < 1:
        assert isinstance(found, Brownian)
        assert found.sigma == pytest.approx(np.std(np.diff(log), ddof=1) * math.sqrt(12), rel=1e-9)
        return
    assert isinstance(found, Schwartz)
    assert found.kappa == pytest.approx(-math.log(line.slope) * 12, rel=1e-9)
    assert found.alpha == pytest.approx(line.intercept / (1 - line.slope), rel=1e-9)

    def unlikely(guess: np.ndarray) -> float:
        kappa, alpha, sigma = guess[0], guess[1], math.exp(guess[2])
        decay = math.exp(-kappa * MONTH)
        variance = sigma**2 * (1 - decay**2) / (2 * kappa)
        errors = log[1:] - decay * log[:-1] - (1 - decay) * alpha
        return 0.5 * float((errors**2).sum()) / variance + 0.5 * errors.size * math.log(variance)

    start = np.array([found.kappa, found.alpha, math.log(found.sigma)])
    best = minimize(unlikely, start * 1.05, method="Nelder-Mead", options={"xatol": 1e-9, "fatol": 1e-11, "maxiter": 20_000})
    assert best.x[0] == pytest.approx(found.kappa, rel=1e-3)
    assert best.x[1] == pytest.approx(found.alpha, rel=1e-4)
    unbiased = math.exp(best.x[2]) * math.sqrt((log.size - 1) / (log.size - 3))
    assert unbiased == pytest.approx(found.sigma, rel=1e-3)


@pytest.mark.parametrize("metal", METALS)
def test_paths_of_what_was_found_have_its_moments(metal: str) -> None:
    """The mean of 100,000 paths ten years on is the closed form, within three standard errors; so is the deck of a Brownian motion."""
    found = calibrated(prices(metal), MONTH).process
    last, times = float(prices(metal)[-1]), np.arange(1.0, 11.0)
    normal = np.random.default_rng(17).standard_normal((100_000, 10))
    if isinstance(found, Schwartz):
        paths, expected = found.paths(last, times, normal), [found.expected(last, time) for time in times]
        assert 0.05 < found.sigma < 0.5
    else:
        paths, expected = found.paths(np.full(10, last), times, normal), [last] * 10
    error = paths.std(axis=0) / 100_000**0.5
    assert (abs(paths.mean(axis=0) - expected) < 3.5 * error).all()


@pytest.mark.parametrize(("kappa", "sigma"), [(0.25, 0.2), (0.6, 0.3)])
def test_calibration_on_many_paths_of_known_parameters(kappa: float, sigma: float) -> None:
    """On 60 histories of 150 years of months the mean of what is found is the truth: κ a little high, as it must be, by about 4 ÷ years."""
    truth = Schwartz.towards(8000.0, kappa, sigma)
    normal = np.random.default_rng(5).standard_normal((60, 1800))
    paths = truth.paths(8000.0, np.arange(1, 1801) / 12, normal)
    found = [one for one in (calibrated(path, MONTH).process for path in paths) if isinstance(one, Schwartz)]
    assert len(found) == 60
    bias = 4 / 150
    error = (2 * kappa / 150 / 60) ** 0.5
    assert np.mean([one.kappa for one in found]) == pytest.approx(kappa + bias, abs=4 * error)
    assert np.mean([one.sigma for one in found]) == pytest.approx(sigma, rel=0.01)
    assert np.mean([one.alpha for one in found]) == pytest.approx(truth.alpha, abs=0.05)


def test_standard_errors_are_the_spread_of_what_is_found() -> None:
    """On 400 histories of 150 years of months estimates spread as much as their errors say, which are near √(2κ/years) for κ."""
    truth = Schwartz.towards(8000.0, 0.5, 0.25)
    paths = truth.paths(8000.0, np.arange(1, 1801) / 12, np.random.default_rng(8).standard_normal((400, 1800)))
    found = [calibrated(path, MONTH) for path in paths]
    for what, errors in (
        ([one.process.kappa for one in found if isinstance(one.process, Schwartz)], [one.kappa_error for one in found]),
        ([one.process.sigma for one in found], [one.sigma_error for one in found]),
        ([one.mean for one in found], [one.mean_error for one in found]),
    ):
        assert len(what) == 400
        assert np.std(what, ddof=1) == pytest.approx(np.mean(errors), rel=0.12)
    assert np.mean([one.kappa_error for one in found]) == pytest.approx((2 * 0.5 / 150) ** 0.5, rel=0.06)
    walk = calibrated(paths[0], MONTH, reverting=False)
    assert walk.sigma_error == pytest.approx(walk.process.sigma / math.sqrt(2 * 1798), rel=1e-9)
    assert math.isnan(walk.mean)
