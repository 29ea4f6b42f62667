"""Worked example 18: how much carry, interest or payment makes a split what the partners want, solved on the whole deal."""

from __future__ import annotations

import json
from collections.abc import Callable
from pathlib import Path
from typing import Any

import numpy as np
import pytest
from scipy.optimize import brentq
from small import by_year, small

from jvmodel.backends.arrays import evaluate
from jvmodel.irr import irr
from jvmodel.metrics import party_metrics
from jvmodel.model import Model

CASE = json.loads((Path(__file__).parent.parent / "data" / "example_18_equal_returns_split.json").read_text(encoding="utf-8"))
GIVEN, EXPECTED = CASE["inputs"], CASE["expected"]
TIMES = np.arange(8.0)


def near(expected: Any) -> Any:
    return pytest.approx(expected, rel=1e-8, abs=2e-9)


@pytest.fixture(scope="module")
def model() -> Model:
    """Ann sank 40 before; Bob has 40% and first pays Ann's calls up to the carry, and a payment at the start."""
    flows = GIVEN["project_100pct"]
    return small(
        {"kind": "capital_cost", "name": "build", "amount": by_year([max(-one, 0) for one in flows])},
        {"kind": "other_revenue", "name": "income", "amount": by_year([max(one, 0) for one in flows])},
        {"kind": "incorporated_venture", "name": "company", "interests": {"ann": "60%", "bob": "40%"}},
        {"kind": "free_carry", "name": "carry", "carried": "ann", "carriers": {"bob": "100%"}, "cap": 0},
        {"kind": "interest_option", "name": "entry", "right": "sale", "buyer": "bob", "seller": "ann", "interest": 1e-12, "date": 2027,
         "price": 0, "value_rate": "10%"},
        periods=8, timeline={"discounting": "begin"},
    )  # fmt: skip


def at(model: Model, **inputs: float) -> tuple[np.ndarray, np.ndarray]:
    names = {"carry": "terms.carry.cap", "payment": "terms.entry.price", "bob": "terms.company.interests.bob"}
    draws = {names[key]: value for key, value in inputs.items()}
    if "bob" in inputs:
        draws["terms.company.interests.ann"] = 1 - inputs["bob"]
    run = evaluate(model.graph, draws)
    return run.single("party.ann.cash"), run.single("party.bob.cash")


def rate(cash: np.ndarray) -> float:
    return float(irr([cash], TIMES)[0])


def npv(cash: np.ndarray, discount: float) -> float:
    return float((cash * (1 + discount) ** -TIMES).sum())


def solved(function: Callable[[float], float], low: float, high: float) -> float:
    return float(brentq(function, low, high, xtol=1e-12))


def test_the_carry_that_costs_three_points_of_return(model: Model) -> None:
    whole = rate(model.run.single("party.venture.cash"))
    assert whole == near(EXPECTED["project_irr"])
    target = whole - 0.03
    carry = solved(lambda one: rate(at(model, carry=one)[1]) - target, 0.0, 120.0)
    assert carry == near(EXPECTED["carry_for_B_irr_3_points_below_project"])
    ann, bob = at(model, carry=carry)
    assert [list(ann), list(bob)] == [near(flows) for flows in EXPECTED["A_B_flows_at_carry"]]
    assert [npv(ann, GIVEN["rate_A"]), npv(bob, GIVEN["rate_B"])] == near(EXPECTED["npv_A_B_at_carry"])
    assert rate(ann) == near(EXPECTED["irr_A_at_carry"])


def test_the_interest_below_which_bob_walks_away(model: Model) -> None:
    found = solved(lambda one: npv(at(model, carry=50.0, bob=one)[1], GIVEN["rate_B"]), 0.05, 0.95)
    assert found == near(EXPECTED["B_reservation_interest_at_carry_50"])


def test_the_payment_that_gives_equal_value_for_money(model: Model) -> None:
    """Value at each partner's own rate for each unit of peak funding; what Ann sank counts as hers."""

    def gap(payment: float) -> float:
        ann, bob = at(model, payment=payment)
        peak = [party_metrics(cash, TIMES, None, 0.1)["peak_funding"] for cash in (ann, bob)]
        return npv(ann, GIVEN["rate_A"]) / (peak[0] + GIVEN["sunk_A"]) - npv(bob, GIVEN["rate_B"]) / peak[1]

    assert solved(gap, 0.0, 60.0) == near(EXPECTED["upfront_payment_for_equal_NPV_per_dollar"])


def test_no_interest_gives_bob_sixty_percent(model: Model) -> None:
    found = [rate(at(model, carry=50.0, bob=one)[1]) for one in (0.2, 0.5, 0.9)]
    assert found == near(EXPECTED["bracket_failure_example"]["irr_B_at_s_0.2_0.5_0.9"])
    assert max(rate(at(model, carry=50.0, bob=one)[1]) for one in np.linspace(0.05, 1.0, 20)) < 0.6
