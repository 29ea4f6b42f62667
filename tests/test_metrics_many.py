"""All metrics of very many scenarios are those of the array functions, whatever the threads, the layout and the rates."""

from __future__ import annotations

import re

import numpy as np
import pytest

from jvmodel.errors import RunError
from jvmodel.irr import MANY
from jvmodel.metrics import METRICS, Flows, all_metrics
from jvmodel.metrics_kernel import FIGURES

S, T = 700, 25


def mines(seed: int = 4) -> np.ndarray:
    """Capital, margins and closure; every tenth only receives, every eleventh only pays, every thirteenth has nothing."""
    random = np.random.default_rng(seed)
    flows = random.normal(40, 60, (S, T))
    flows[:, :3] = -random.uniform(50, 300, (S, 3))
    flows[:, -2:] = -random.uniform(0, 50, (S, 2))
    flows[::10] = abs(flows[::10])
    flows[::11] = -abs(flows[::11])
    flows[::13] = 0.0
    flows[::17] *= 1e-11  # trifles
    return flows


def test_every_metric_is_worked_out() -> None:
    assert set(FIGURES) == set(METRICS)


@pytest.mark.parametrize("rates", [0.08, np.random.default_rng(6).uniform(-0.05, 0.3, S)], ids=["one", "each"])
@pytest.mark.parametrize(
    ("times", "years"),
    [(np.arange(T) + 0.5, 1.0), (np.arange(T) / 4, 0.25), (np.cumsum(np.random.default_rng(1).uniform(0.1, 2, T)), 1.0)],
    ids=["years", "quarters", "dates"],
)
def test_the_figures_of_arrays(times: np.ndarray, years: float, rates: float | np.ndarray) -> None:
    flows = mines()
    counted = np.ones(T)
    counted[0] = 0
    found = all_metrics(flows, times, rates, years, counted)
    expected = Flows.of(flows, times, rates, years, counted)
    for key, metric in METRICS.items():
        assert found[key] == pytest.approx(metric.array(expected), rel=1e-9, abs=1e-9, nan_ok=True), key
        assert np.isnan(found[key]).any() == (key not in ("npv", "peak_funding")), key


def test_threads_and_layout_change_no_bit(monkeypatch: pytest.MonkeyPatch) -> None:
    flows, times = mines(), np.arange(T) + 0.5
    first = all_metrics(flows, times, 0.1, threads=1)
    monkeypatch.setattr("jvmodel.metrics.PART", 128)
    for again in (all_metrics(flows, times, 0.1, threads=3), all_metrics(np.asfortranarray(flows), times, 0.1, threads=2)):
        for key in METRICS:
            assert np.array_equal(first[key], again[key], equal_nan=True), key


def test_few_scenarios_go_to_arrays() -> None:
    found = all_metrics(mines()[: MANY - 1], np.arange(T), 0.1)
    assert {key: len(value) for key, value in found.items()} == dict.fromkeys(METRICS, MANY - 1)


def test_what_does_not_fit_is_refused() -> None:
    flows, times = mines(), np.arange(T)
    with pytest.raises(RunError, match=r"^25 cash flows do not fit 24 times; give one time for every period$"):
        all_metrics(flows, times[1:], 0.1)
    with pytest.raises(RunError, match=r"^3 discount rates do not fit 700 scenarios; give one, or one for each$"):
        all_metrics(flows, times, [0.1, 0.2, 0.3])
    with pytest.raises(RunError, match=r"^a discount rate is -1.5; it must be more than −100% a year$"):
        all_metrics(flows, times, -1.5)
    flows[650, 3] = np.inf
    message = "the cash flow of period 4 (scenario 651) is inf; check the inputs it comes from"
    with pytest.raises(RunError, match=f"^{re.escape(message)}$"):
        all_metrics(flows, times, 0.1)
