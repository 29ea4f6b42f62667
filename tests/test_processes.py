"""Price processes: worked example 19, means on the deck, exact steps, and calibration on paths of known parameters."""

from __future__ import annotations

import csv
import json
import math
from pathlib import Path

import numpy as np
import pytest
from scipy.stats import norm

from jvmodel.processes import Brownian, Resampled, Schwartz, calibrated

DATA = Path(__file__).parent / "data"
CASE = json.loads((DATA / "example_19_price_processes.json").read_text(encoding="utf-8"))
GIVEN, EXPECTED = CASE["inputs"], CASE["expected"]
SCHWARTZ = Schwartz.towards(GIVEN["schwartz"]["long_run_mean_price"], GIVEN["schwartz"]["kappa"], GIVEN["schwartz"]["sigma"])


def test_example_19_brownian() -> None:
    process = Brownian(GIVEN["gbm_sigma"])
    quantiles = [process.quantile(GIVEN["S0"], GIVEN["t"], float(norm.ppf(one))) for one in (0.5, 0.1, 0.9)]
    assert quantiles == pytest.approx([EXPECTED["gbm_median"], *EXPECTED["gbm_p10_p90"]], rel=1e-9)
    scores = np.linspace(-12, 12, 200_001)
    prices = process.paths([GIVEN["S0"]], [GIVEN["t"]], scores[:, None])[:, 0]
    assert np.trapezoid(prices * norm.pdf(scores), scores) == pytest.approx(EXPECTED["gbm_mean"], rel=1e-9)


def test_example_19_schwartz() -> None:
    expected = EXPECTED["schwartz"]
    assert SCHWARTZ.alpha == pytest.approx(expected["alpha"], rel=1e-9)
    assert SCHWARTZ.half_life == pytest.approx(expected["half_life_years"], rel=1e-9)
    assert SCHWARTZ.moments(GIVEN["S0"], 3.0) == pytest.approx(
        (expected["mean_log_t3"], expected["var_log_t3"]), rel=1e-9, abs=5e-10
    )
    assert [SCHWARTZ.expected(GIVEN["S0"], time) for time in (1, 3, 10)] == pytest.approx(
        expected["expected_price_t1_t3_t10"], rel=1e-9
    )
    assert SCHWARTZ.moments(GIVEN["S0"], 1e3)[1] ** 0.5 == pytest.approx(expected["stationary_sd_log"], rel=1e-9)
    kappa, sigma = GIVEN["schwartz"]["kappa"], GIVEN["schwartz"]["sigma"]
    mean, variance = math.log(GIVEN["S0"]), 0.0
    for _ in range(3):  # steps of a year by Euler, which the example prints as a warning
        mean, variance = mean + kappa * (SCHWARTZ.alpha - mean), (1 - kappa) ** 2 * variance + sigma**2
    assert (mean, variance) == pytest.approx((expected["euler_step_mean_log_t3"], expected["euler_step_var_log_t3"]), rel=1e-9)
    assert variance > SCHWARTZ.moments(GIVEN["S0"], 3.0)[1], "Euler steps overstate the variance"
    assert len(expected) == 8


def test_the_mean_of_brownian_paths_is_the_deck() -> None:
    deck, times = np.array([9000.0, 8800.0, 8500.0, 8500.0]), np.array([0.5, 1.5, 2.5, 10.0])
    paths = Brownian(0.3).paths(deck, times, np.random.default_rng(3).standard_normal((200_000, 4)))
    error = paths.std(axis=0) / np.sqrt(paths.shape[0])
    assert (abs(paths.mean(axis=0) - deck) < 3 * error).all()


def test_exact_steps_do_not_depend_on_their_number() -> None:
    """Three steps of a year, or twelve quarters: the same distribution of the last price, and that of the closed form."""
    random = np.random.default_rng(4)
    for times in ([1.0, 2.0, 3.0], [quarter / 4 for quarter in range(1, 13)]):
        log = np.log(SCHWARTZ.paths(9000.0, times, random.standard_normal((200_000, len(times))))[:, -1])
        mean, variance = SCHWARTZ.moments(9000.0, 3.0)
        assert log.mean() == pytest.approx(mean, abs=4 * (variance / log.size) ** 0.5)
        assert log.var() == pytest.approx(variance, rel=0.015)


@pytest.mark.parametrize(("kappa", "sigma"), [(0.3, 0.2), (0.8, 0.35), (2.0, 0.5)])
def test_calibration_finds_known_parameters(kappa: float, sigma: float) -> None:
    """On 400 years of months, within three standard errors; that of κ is about √(2κ/years)."""
    truth = Schwartz.towards(8000.0, kappa, sigma)
    path = truth.paths(8000.0, np.arange(1, 4801) / 12, np.random.default_rng(11).standard_normal((1, 4800)))[0]
    found = calibrated(path, 1 / 12).process
    assert isinstance(found, Schwartz)
    assert found.kappa == pytest.approx(kappa, abs=3 * (2 * kappa / 400) ** 0.5)
    assert found.sigma == pytest.approx(sigma, rel=0.03)
    assert found.alpha == pytest.approx(truth.alpha, abs=0.1)


def test_a_trend_has_no_mean_to_revert_to() -> None:
    found = calibrated(
        100 * 1.01 ** np.arange(60) * np.exp(0.02 * np.random.default_rng(2).standard_normal(60).cumsum()), 1 / 12
    ).process
    assert isinstance(found, Brownian) or found.half_life > 2
    wild = np.exp(0.02 * np.arange(20.0) ** 2 + 0.1 * (np.arange(20) % 2))
    assert calibrated(wild, 1.0).process == Brownian(pytest.approx(np.diff(np.log(wild)).std(ddof=1)))  # type: ignore[arg-type]
    for bad, said in (
        ([1.0] * 5, "a calibration needs at least 10 prices, not 5; give a longer past"),
        ([1.0] * 9 + [0.0] * 3, "a calibration needs prices that are more than 0"),
        ([float("nan")] * 20, "a calibration needs prices that are more than 0"),
        (np.exp(np.arange(20.0)), "prices that never change, or always by the same share, have no volatility; give others"),
    ):
        with pytest.raises(ValueError, match=said):
            calibrated(bad, 1.0)


def test_copper_as_the_world_bank_has_it() -> None:
    """World Bank Commodity Price Data (The Pink Sheet, December 2024, CC BY 4.0), monthly, 2000 to 2024: a volatility near a quarter a year, and a half-life of years, not months."""
    with (DATA / "copper_monthly.csv").open(encoding="utf-8") as file:
        prices = [float(row["usd_per_tonne"]) for row in csv.DictReader(file)]
    found = calibrated(prices, 1 / 12).process
    assert isinstance(found, Schwartz)
    assert 0.15 < found.sigma < 0.3
    assert 2 < found.half_life < 20


def test_the_bootstrap_draws_what_was_seen() -> None:
    prices = {
        str(1970 + year): 100 * float(np.exp(x))
        for year, x in enumerate(np.random.default_rng(5).standard_normal(50).cumsum() * 0.2)
    }
    returns = np.diff(np.log(list(prices.values())))
    past = Resampled.of(prices, 12, 3)
    paths = past.relatives(np.random.default_rng(6).random((4000, past.draws(10))), 10)
    drawn = np.diff(np.log(paths), axis=1, prepend=0.0) + np.diff(past.growth(10), prepend=0.0)
    assert abs(drawn[:, :, None] - returns).min(axis=2).max() < 1e-12
    assert paths.shape == (4000, 10)
    # blocks of three: returns of a block follow one another as they did
    where = abs(drawn[:, :3, None] - returns).argmin(axis=2)
    assert (np.diff(where, axis=1) == 1).all()


def test_the_mean_of_resampled_prices_is_the_deck() -> None:
    """Every block is tried exactly once by evenly spread draws, so that the mean is exact."""
    past = Resampled.of({str(2000 + year): price for year, price in enumerate([100, 120, 90, 150, 60, 80.0])}, 12, 2)
    even = (np.arange(4) + 0.5) / 4
    first, second = (one.ravel() for one in np.meshgrid(even, even))
    assert past.relatives(np.stack([first, second], axis=1), 4).mean(axis=0) == pytest.approx([1.0] * 4, rel=1e-12)


def test_past_prices_are_averaged_over_the_periods_of_the_model() -> None:
    quarters = {f"{2000 + quarter // 4}-Q{quarter % 4 + 1}": 100.0 + quarter for quarter in range(16)}
    by_year = Resampled.of(quarters, 12, 1)
    assert by_year.returns == pytest.approx(np.diff(np.log([101.5, 105.5, 109.5, 113.5])), rel=1e-12)
    months = {f"2000-{month:02}": float(month) for month in range(1, 13)}
    assert Resampled.of(months, 3, 1).returns == pytest.approx(np.diff(np.log([2.0, 5.0, 8.0, 11.0])), rel=1e-12)


@pytest.mark.parametrize(
    ("prices", "months", "block", "message"),
    [
        ({"2000": 1.0, "2001": 2.0, "2002": 2.0}, 3, 1, "past prices such as 2000 cover 12 months, and a period of the model 3"),
        ({"2000": 1.0, "2002": 2.0, "2003": 2.0}, 12, 1, "past prices must cover at least 3 periods of the model without a gap"),
        ({"2000": 1.0, "2001": 2.0, "2002": 2.0}, 12, 3, "blocks of 3 returns cannot be drawn from 2; give a longer past"),
    ],
)
def test_a_past_that_cannot_be_resampled_is_refused(prices: dict[str, float], months: int, block: int, message: str) -> None:
    with pytest.raises(ValueError, match="^" + message + "$"):
        Resampled.of(prices, months, block)
