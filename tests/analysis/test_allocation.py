"""Who bears what: worked example 12 to 1e-9, Shapley values against plain loops, laws of allocations."""

from __future__ import annotations

import json
from itertools import permutations
from pathlib import Path

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from jvmodel.analysis.allocation import allocate, explained
from jvmodel.analysis.risk import risk_table
from jvmodel.analysis.scenarios import Scenarios
from jvmodel.analysis.spread import expected_shortfall, spread, tail
from jvmodel.errors import GraphError

CASE = json.loads((Path(__file__).parents[1] / "data" / "example_12_risk_allocation.json").read_text(encoding="utf-8"))
GIVEN, EXPECTED = CASE["inputs"], CASE["expected"]
PRICE, COST = np.array(GIVEN["price_shock"]), np.array(GIVEN["cost_shock"])
PROJECT = 100 + 80 * PRICE - 37 * COST
A = 0.6 * PROJECT - 15 * np.maximum(0, COST)
PARTS = {"A": A, "B": PROJECT - A}


def test_example_12_shares() -> None:
    found = allocate(PARTS, GIVEN["alpha"])
    assert found.mean == pytest.approx(EXPECTED["mean"]["project"], abs=1e-9)
    assert found.shortfall == pytest.approx(EXPECTED["expected_shortfall_90"], abs=1e-9)
    assert found.diversification == pytest.approx(EXPECTED["diversification_gain"], abs=1e-9)
    assert found.index_by == "shortfall"
    for name, one in found.parties.items():
        assert one.mean == pytest.approx(EXPECTED["mean"][name], abs=1e-9)
        assert one.share_of_mean == pytest.approx(EXPECTED["share_of_mean"][name], abs=1e-9)
        assert one.share_of_variance == pytest.approx(EXPECTED["share_of_variance"][name], abs=1e-9)
        assert one.shortfall == pytest.approx(EXPECTED["euler_es"][name], abs=1e-9)
        assert one.share_of_shortfall == pytest.approx(EXPECTED["share_of_es"][name], abs=1e-9)
        assert one.standalone == pytest.approx(EXPECTED["standalone_es"][name], abs=1e-9)
        assert one.index == pytest.approx(EXPECTED["share_of_es"][name] / EXPECTED["share_of_mean"][name], abs=1e-8)
    assert (A < 0).mean() == EXPECTED["prob_A_negative"]


def test_example_12_shapley_values() -> None:
    found = explained({"A": A}, {"price": PRICE, "cost": COST}, degree=1)["A"]
    assert found is not None
    assert found.risks == pytest.approx(EXPECTED["A_shapley_R2"], abs=1e-9)
    assert 1 - found.rest == pytest.approx(EXPECTED["A_R2"], abs=1e-9)


def test_shapley_values_by_plain_loops() -> None:
    """Every order in which risks may come, each explained share from a regression of its own."""
    random = np.random.default_rng(4)
    mixed = random.standard_normal((500, 3)) @ np.array([[1, 0.5, 0], [0, 1, 0.8], [0, 0, 1]])
    risks = {"a": mixed[:, 0], "b": mixed[:, 1], "path": np.stack([mixed[:, 2], mixed[:, 2] ** 2 + mixed[:, 0]], axis=1)}
    outcome = mixed[:, 0] ** 2 + 2 * mixed[:, 1] - mixed[:, 2] + 0.5 * random.standard_normal(500)

    def share(names: tuple[str, ...]) -> float:
        columns = [np.ones(500)]
        for name in names:
            for draw in risks[name].reshape(500, -1).T:
                columns += [draw, draw**2]
        table = np.stack(columns, axis=1)
        left = outcome - table @ np.linalg.lstsq(table, outcome, rcond=None)[0]
        return float(1 - left.var() / outcome.var())

    orders = list(permutations(risks))
    expected = {
        name: sum(share((*order[: order.index(name)], name)) - share(order[: order.index(name)]) for order in orders)
        / len(orders)
        for name in risks
    }
    found = explained({"y": outcome}, risks, degree=2)["y"]
    assert found is not None
    assert found.risks == pytest.approx(expected, abs=1e-8)
    assert found.rest == pytest.approx(1 - share(tuple(risks)), abs=1e-8)


@given(st.lists(st.tuples(*[st.floats(-100, 100)] * 3), min_size=20, max_size=60), st.sampled_from([0.5, 0.75, 0.9]))
def test_parts_add_up_to_the_whole(rows: list[tuple[float, float, float]], confidence: float) -> None:
    table = np.array(rows)
    found = allocate(dict(zip("abc", table.T, strict=True)), confidence)
    assert sum(one.shortfall for one in found.parties.values()) == pytest.approx(found.shortfall, abs=1e-9)
    assert found.diversification >= -1e-9  # pooling never adds to expected shortfall
    if found.sd > 1e-3:
        assert sum(one.share_of_variance or 0.0 for one in found.parties.values()) == pytest.approx(1, abs=1e-6)


def test_euler_shares_are_the_slope_of_expected_shortfall() -> None:
    step = 1e-6
    slope = (expected_shortfall(PROJECT + step * A, 0.9) - expected_shortfall(PROJECT - step * A, 0.9)) / (2 * step)
    assert allocate(PARTS, 0.9).parties["A"].shortfall == pytest.approx(slope, rel=1e-6)


def test_ties_and_parts_of_a_trial_at_the_edge_of_the_tail() -> None:
    assert tail([1.0, 1.0, 1.0, 5.0], 0.5).tolist() == pytest.approx([1 / 3] * 3 + [0])
    # one and a half of six trials: the worst whole, half of the next
    assert tail([1.0, 2.0, 3.0, 4.0, 5.0, 6.0], 0.75).tolist() == pytest.approx([2 / 3, 1 / 3, 0, 0, 0, 0])
    with pytest.raises(GraphError) as raised:
        tail([1.0, 2.0, 3.0], 0.9)
    assert str(raised.value) == (
        "the worst 0.1 of 3 trials is less than one trial; simulate at least 500, or ask for less confidence than 0.9"
    )


def test_who_is_paid_nothing_for_its_risk_has_no_index() -> None:
    """A lender that loses in every trial bears risk for no gain: an index of −0.6 had said that it is paid well for it."""
    found = allocate({"owner": [-40.0, 60.0, 80.0, 100.0], "lender": [-12.0, -10.0, -9.0, -9.0]}, 0.75)
    assert found.index_by == "shortfall"
    assert found.parties["lender"].index is None
    assert found.parties["owner"].index == pytest.approx((40 / 52) / (50 / 40))
    loss = allocate({"a": [-40.0, -20.0], "b": [-4.0, -2.0]}, 0.5)
    assert [one.index for one in loss.parties.values()] == [None, None]


def test_where_the_whole_loses_nothing_the_index_goes_by_the_fall() -> None:
    found = allocate({"a": PROJECT + 1000, "b": A}, 0.9)
    assert found.shortfall < 0
    assert found.index_by == "fall"
    assert [one.share_of_shortfall for one in found.parties.values()] == [None, None]
    fall = {name: float(np.mean(x) - np.mean(x[np.argsort(PROJECT + A)[:2]])) for name, x in {"a": PROJECT, "b": A}.items()}
    assert found.parties["a"].share_of_fall == pytest.approx(fall["a"] / sum(fall.values()), rel=1e-9)


def test_what_does_not_vary_is_explained_by_nothing() -> None:
    assert explained({"y": np.full(50, 3.0)}, {"a": np.arange(50.0)}) == {"y": None}
    with pytest.raises(GraphError, match=r"^Shapley values of 17 risks need 131,072 regressions; keep to 16$"):
        explained({"y": np.arange(50.0)}, {f"r{number}": np.arange(50.0) for number in range(17)})


def test_errors_come_from_batches() -> None:
    values, batches = np.arange(80.0), np.arange(80, dtype=np.uint8) % 8
    found = spread(values, batches, independent=False)
    means = [np.arange(batch, 80, 8).mean() for batch in range(8)]
    assert found.error == pytest.approx(np.std(means, ddof=1) / 8**0.5, rel=1e-12)
    assert spread(values, batches).error == pytest.approx(values.std(ddof=1) / 80**0.5, rel=1e-12)
    assert spread([float("nan")] * 3).mean is None


def test_a_risk_that_moves_nothing_is_borne_by_nobody(tmp_path: Path) -> None:
    """The price of a metal that nobody sells: what is left of rounding errors is no share."""
    text = (Path(__file__).parents[1] / "data" / "quarterly.yaml").read_text(encoding="utf-8")
    path = tmp_path / "idle.yaml"
    path.write_text(
        text.replace("prices:\n", "prices:\n  zinc: {unit: USD/t, flat: 2500}\n")
        + "uncertainty:\n  trials: 256\n  factors:\n"
        + "    copper: {of: prices.copper, gbm: {sigma: 20%}}\n    zinc: {of: prices.zinc, gbm: {sigma: 30%}}\n",
        encoding="utf-8",
    )
    found = risk_table(Scenarios.of(path), workers=1)
    assert set(found.bearing("zinc").values()) == {0.0}
    assert sum(found.bearing("copper").values()) == pytest.approx(1.0)
