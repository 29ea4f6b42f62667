"""Sobol indices of functions with known ones, partial rank correlation against regressions, regions that are known."""

from __future__ import annotations

import json
from pathlib import Path

import numpy as np
import pytest

from jvmodel.analysis.drivers import drivers
from jvmodel.analysis.indices import partial_rank_correlations, region, sobol_indices
from jvmodel.analysis.scenarios import Scenarios
from jvmodel.errors import GraphError

DATA = Path(__file__).parents[1] / "data"
ORACLE = json.loads((DATA / "sobol_indices.json").read_text(encoding="utf-8"))
RANDOM = np.random.default_rng(8)


def test_ishigami() -> None:
    case = ORACLE["ishigami"]

    def function(points: np.ndarray) -> np.ndarray:
        x = np.pi * (2 * points - 1)
        return np.sin(x[:, 0]) + case["A"] * np.sin(x[:, 1]) ** 2 + case["B"] * x[:, 2] ** 4 * np.sin(x[:, 0])

    found = sobol_indices(function, ("a", "b", "c"), 8192, 1)
    assert [found[name].first for name in "abc"] == pytest.approx(case["analytic_recomputed"]["S1"], abs=0.01)
    assert [found[name].total for name in "abc"] == pytest.approx(case["analytic_recomputed"]["ST"], abs=0.01)
    assert [found[name].first for name in "abc"] == pytest.approx(case["published_test_S1"], abs=5e-2, rel=0.1)


def test_sobol_g() -> None:
    case = ORACLE["sobol_g"]
    names = tuple("abcdef")
    found = sobol_indices(lambda x: np.prod((abs(4 * x - 2) + case["a"]) / (1 + np.array(case["a"])), axis=1), names, 8192, 2)
    assert [found[name].first for name in names] == pytest.approx(case["published"]["S1"], abs=0.01)
    assert [found[name].total for name in names] == pytest.approx(case["published"]["ST"], abs=0.01)


def test_dimensions_of_a_group_count_together() -> None:
    found = sobol_indices(lambda x: x[:, 0] + x[:, 1] + 2 * x[:, 2], ("path", "path", "other"), 2048, 3)
    assert found["path"].first == pytest.approx(1 / 3, abs=0.01)
    assert found["other"].total == pytest.approx(2 / 3, abs=0.01)


def test_partial_rank_correlation_is_that_of_residuals() -> None:
    """Second method: ranks of outcome and input, each less its regression on the other ranks, correlated."""
    from scipy.stats import rankdata

    a, b, c = RANDOM.standard_normal((3, 400))
    b = b + 0.7 * a
    outcome = np.exp(a) - b**3 + 0.3 * c
    found = partial_rank_correlations(outcome, {"a": a, "b": b, "c": c, "still": np.ones(400)})
    ranks = {name: rankdata(values) for name, values in {"a": a, "b": b, "c": c, "y": outcome}.items()}
    for name in "abc":
        others = np.stack([np.ones(400), *(ranks[other] for other in "abc" if other != name)], axis=1)
        left = [ranks[one] - others @ np.linalg.lstsq(others, ranks[one], rcond=None)[0] for one in (name, "y")]
        assert found[name] == pytest.approx(np.corrcoef(*left)[0, 1], abs=1e-9)
    assert found["still"] == 0.0


def test_a_known_region_is_found() -> None:
    x = RANDOM.random((20_000, 4))
    failed = (x[:, 0] < 0.3) & (x[:, 2] > 0.6)
    found = region(failed, {name: x[:, number] for number, name in enumerate("pqrs")})
    assert found is not None
    assert set(found.bounds) == {"p", "r"}
    assert found.bounds["p"].low is None
    assert found.bounds["p"].high == pytest.approx(0.3, abs=0.03)
    assert found.bounds["r"].low == pytest.approx(0.6, abs=0.03)
    assert found.density > 0.9
    assert found.coverage > 0.85
    assert found.base == failed.mean()
    assert max(bound.chance for bound in found.bounds.values()) < 1e-9
    inside = (x[:, 0] <= found.bounds["p"].high) & (x[:, 2] >= found.bounds["r"].low)
    assert (found.coverage, found.density, found.mass) == (
        failed[inside].sum() / failed.sum(), failed[inside].mean(), inside.mean(),
    )  # fmt: skip


def test_an_event_that_happens_or_not_can_bound_a_region() -> None:
    happens = RANDOM.random(5000) < 0.2
    found = region(happens, {"event": happens.astype(float), "noise": RANDOM.random(5000)})
    assert found is not None
    assert found.bounds["event"].low == 1.0
    assert (found.coverage, found.density) == (1.0, 1.0)
    assert region(np.zeros(10, dtype=bool), {"x": np.arange(10.0)}) is None
    assert region(np.ones(10, dtype=bool), {"x": np.arange(10.0)}) is None


def test_drivers_of_a_deal() -> None:
    scenarios = Scenarios.of(DATA / "risk_deal.yaml", trials=4096)
    found = drivers(scenarios, "state.npv", limit=1.0, runs=256)
    # the state lives on a royalty: prices alone move it
    assert found.risks["copper"].sobol is not None
    assert found.risks["copper"].sobol.total == pytest.approx(1, abs=0.05)
    assert found.risks["capital"].sobol is not None
    assert found.risks["capital"].sobol.total == pytest.approx(0, abs=1e-9)
    assert found.risks["copper"].shapley == pytest.approx(1, abs=0.02)
    assert found.risks["copper"].rank > 0.95
    north = drivers(scenarios, "north.npv", runs=256)
    assert north.risks["capital"].rank < 0 < north.risks["copper"].rank
    assert north.note == "Sobol's indices are those of independent risks; Shapley shares allow for the correlations"
    if north.region is not None:
        assert north.region.density > north.region.base
    with pytest.raises(GraphError) as raised:
        drivers(scenarios, "north.nvp")
    assert str(raised.value) == (
        "trials have no figure 'north.nvp'; did you mean 'north.npv'?; name a party and one of npv, irr, moic, payback, peak_funding"
    )
