"""Rent tax whose costs grow at rates by class: worked by hand, the one account as its limit, and a plain loop (terms.md B14)."""

from __future__ import annotations

from typing import Any

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from pydantic import ValidationError
from small import by_year, rows, small

from jvmodel.model import Model

OWNER = {"kind": "incorporated_venture", "name": "company", "interests": {"ann": "100%"}}
STEPS = {1: "year", 2: "half", 4: "quarter"}


def near(expected: Any) -> Any:
    return pytest.approx(expected, rel=1e-9, abs=2e-9)


def taxed(spent: dict[str, list[float]], income: list[float], *tiers: dict[str, Any], each: int = 1, **options: Any) -> Model:
    settings = {name: options.pop(name) for name in ("basis", "inflation") if name in options}
    builds = [
        {"kind": "capital_cost", "name": name, "asset_class": name, "amount": by_year(amounts), "basis": "nominal"}
        for name, amounts in spent.items()
    ]
    earned = {"kind": "other_revenue", "name": "income", "amount": by_year(income), "basis": "nominal"}
    rent = {"kind": "resource_rent_tax", "name": "rent", "holder": "state", "tiers": list(tiers)} | options
    return small(*builds, earned, rent, OWNER, periods=len(income) * each, timeline={"step": STEPS[each]}, **settings)


SPENT = {"plant": [60.0, 0.0, 0.0], "exploration": [20.0, 0.0, 0.0]}


def test_exploration_grows_faster_than_the_rest() -> None:
    """60 grows by 10% to 66, of which 50 are recovered; 16 to 17.6. 20 grow by 25% twice, to 31.25: of 90 - 17.6 that leaves 41.15."""
    model = taxed(SPENT, [0.0, 50.0, 90.0], {"threshold": "10%", "rate": "40%", "uplifts": {"exploration": "25%"}})
    assert rows(model, "rent.tier_1.closing") == near([-60, -16, 0])
    assert rows(model, "rent.tier_1.growth_exploration") == near([0, 5, 6.25])
    assert rows(model, "rent.tier_1.used_exploration") == near([0, 0, 31.25])
    assert rows(model, "rent.tier_1.taxable") == near([0, 0, 41.15])
    assert rows(model, "rent.tax") == near([0, 0, 16.46])
    assert [check.name for check in model.checks if not check.passed] == []
    assert [one.name for one in model.warnings] == []


def test_what_is_never_recovered_may_be_credited() -> None:
    """Income of 30 leaves 20 x 1.25 of exploration, less nothing, and 60 x 1.1 - 30 of the plant: 40% of 61 is refunded."""
    spent = {name: amounts[:2] for name, amounts in SPENT.items()}
    tier = {"threshold": "10%", "rate": "40%", "uplifts": {"exploration": "25%"}}
    assert rows(taxed(spent, [0.0, 30.0], tier, closing_credit=True), "rent.tax") == near([0, -0.4 * 61])
    assert rows(taxed(spent, [0.0, 30.0], tier), "rent.tier_1.lost")[1] == near(0.4 * 61)


def test_a_class_without_cost_is_told_and_one_below_nil_refused() -> None:
    model = taxed(SPENT, [0.0, 50.0, 90.0], {"threshold": "10%", "rate": "40%", "uplifts": {"explorations": "25%"}})
    assert [one.label for one in model.warnings] == [
        "Rent: tier 1 has uplifts for 'explorations', of which there is no capital cost"
    ]
    with pytest.raises(ValidationError, match="a threshold return must be at least 0%"):
        taxed(SPENT, [1.0], {"threshold": "10%", "rate": "40%", "uplifts": {"plant": "-5%"}})


money = st.lists(st.integers(0, 90).map(float), min_size=5, max_size=5)


@settings(max_examples=40)
@given(
    money, money, money, st.integers(0, 30), st.lists(st.integers(0, 40), min_size=2, max_size=2), st.sampled_from(sorted(STEPS)),
    st.sampled_from(["nominal", "real"]),
)  # fmt: skip
def test_by_a_loop(
    plant: list[float], search: list[float], income: list[float], threshold: int, uplifts: list[int], each: int, basis: str
) -> None:
    """Two classes with their own growth and costs of none, by year, half and quarter, in nominal money."""
    spent = {"plant": plant, "exploration": search, "other": search[::-1]}
    own = dict(zip(("exploration", "plant"), uplifts, strict=True))
    tier = {"threshold": threshold / 100, "rate": 0.4, "uplifts": {name: rate / 100 for name, rate in own.items()}}
    model = taxed(spent, income, tier, each=each, basis=basis, inflation="6%")
    index = 1.06 ** np.array(model.graph.timeline.since(model.deal.base_month)) if basis == "real" else np.ones(5 * each)
    balance, pools, taxes = 0.0, dict.fromkeys(own, 0.0), []
    for t in range(5 * each):
        y = t // each
        reached = balance * (1 + threshold / 100) ** (1 / each) + (income[y] - spent["other"][y]) / each
        balance, left = min(reached, 0.0), max(reached, 0.0)
        for name, rate in own.items():
            owed = pools[name] * (1 + rate / 100) ** (1 / each) + spent[name][y] / each
            pools[name] = max(owed - left, 0.0)
            left = max(left - owed, 0.0)
        taxes.append(0.4 * left)
    assert model.run.single("rent.tax") * index == pytest.approx(taxes, rel=1e-8, abs=1e-8)


@settings(max_examples=20)
@given(money, money, money, st.integers(0, 30))
def test_a_class_that_grows_like_the_rest_changes_nothing(
    plant: list[float], search: list[float], income: list[float], rate: int
) -> None:
    spent, tiers = (
        {"plant": plant, "exploration": search},
        [{"threshold": rate / 100, "rate": 0.3}, {"threshold": 0.5, "rate": 0.2}],
    )
    own = [tier | {"uplifts": {"exploration": tier["threshold"]}} for tier in tiers]
    one, two = (taxed(spent, income, *which, closing_credit=True).run.single("rent.tax") for which in (tiers, own))
    assert one == pytest.approx(two, rel=1e-9, abs=1e-9)
