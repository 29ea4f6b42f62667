"""Bargaining: worked example 11, closed forms, and laws of the solutions."""

from __future__ import annotations

import json
from pathlib import Path

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from scipy.optimize import brentq

from jvmodel.negotiation.bargaining import Game, Solution

EXAMPLE = json.loads((Path(__file__).parents[1] / "data" / "example_11_bargaining.json").read_text(encoding="utf-8"))
GIVEN, EXPECTED = EXAMPLE["inputs"], EXAMPLE["expected"]
WALK = np.array([GIVEN["batna_A"], GIVEN["batna_B"]])
HALVES = np.array([0.5, 0.5])


def linear(walk_away: np.ndarray = WALK, power: np.ndarray = HALVES) -> Game:
    return Game(lambda at: GIVEN["V"] * np.column_stack([at[:, 0], 1 - at[:, 0]]), walk_away, power, 1)


def curved(at: np.ndarray) -> np.ndarray:
    share = at[:, 0]
    return np.column_stack([share * (220 - 40 * share), (1 - share) * (160 + 40 * (1 - share))])


def test_a_pie_that_can_be_cut_anywhere() -> None:
    expected = EXPECTED["linear"]
    for which in (Solution.NASH, Solution.KALAI_SMORODINSKY, Solution.EGALITARIAN):
        found = linear().solution(which)
        assert found.worth == pytest.approx([expected["nash_A"], expected["nash_B"]], abs=1e-7)
        assert found.at == pytest.approx([expected["interest_A"]], abs=1e-9)
    strong = np.array([GIVEN["power_A"], 1 - GIVEN["power_A"]])
    assert linear(power=strong).solution(Solution.NASH).worth[0] == pytest.approx(expected["asymmetric_A"], abs=1e-7)
    assert linear().ideal == pytest.approx([150, 170], abs=1e-9)


def test_a_pie_whose_size_depends_on_the_cut() -> None:
    """The example's Nash point is by golden section, good to 1e-8; the condition of the first order gives it to the last digit."""
    expected = EXPECTED["nonlinear"]
    game = Game(curved, WALK, HALVES, 1)
    exact = brentq(
        lambda s: (220 - 80 * s) / (s * (220 - 40 * s) - 30) + (80 * s - 240) / ((1 - s) * (200 - 40 * s) - 50), 0.2, 0.6
    )
    nash = game.solution(Solution.NASH)
    assert nash.at == pytest.approx([exact], abs=1e-9)
    assert nash.at == pytest.approx([expected["nash_interest_A"]], abs=1.1e-8)
    assert nash.worth == pytest.approx(expected["nash_payoffs"], abs=3e-6)
    fair = game.solution(Solution.KALAI_SMORODINSKY)
    assert fair.at == pytest.approx([expected["ks_interest_A"]], abs=1e-9)
    assert fair.worth == pytest.approx(expected["ks_payoffs"], abs=1e-7)
    assert game.ideal == pytest.approx(expected["ideal_point"], abs=1e-8)


def test_no_agreement_says_what_is_lacking() -> None:
    game = linear(np.array([130.0, 90.0]))
    assert not game.agreement
    assert game.gap == pytest.approx(20, abs=1e-7)
    assert game.shortfall == pytest.approx([10, 10], abs=1e-6)


def test_three_parties_share_what_is_left_after_their_walk_away_values() -> None:
    """With money that can be moved freely everybody gets his walk-away value and an equal part of the rest: 100 of 200 by three."""
    walk = np.array([30.0, 50.0, 20.0])
    game = Game(
        lambda at: 200 * np.column_stack([at[:, 0], (1 - at[:, 0]) * at[:, 1], (1 - at[:, 0]) * (1 - at[:, 1])]), walk,
        np.full(3, 1 / 3), 2,
    )  # fmt: skip
    for which in (Solution.NASH, Solution.KALAI_SMORODINSKY, Solution.EGALITARIAN):
        assert game.solution(which).worth == pytest.approx(walk + 100 / 3, abs=1e-5)
    assert game.ideal == pytest.approx([130, 150, 120], abs=1e-6)


@settings(max_examples=25)
@given(
    pie=st.floats(10, 1000), walk=st.tuples(st.floats(0, 0.45), st.floats(0, 0.45)), power=st.floats(0.2, 0.8),
    bend=st.floats(0.0, 0.4), scale=st.floats(0.1, 10),
)  # fmt: skip
def test_laws(pie: float, walk: tuple[float, float], power: float, bend: float, scale: float) -> None:
    """Everybody has at least his walk-away value; scaling one party's money leaves Nash and Kalai–Smorodinsky where they are."""

    def worth(at: np.ndarray) -> np.ndarray:
        share = at[:, 0]
        return pie * np.column_stack([share * (1 + bend * (1 - share)), (1 - share) * (1 + bend * share)])

    floor, powers = pie * np.array(walk), np.array([power, 1 - power])
    game = Game(worth, floor, powers, 1, sample_size=256)
    bigger = Game(lambda at: worth(at) * [scale, 1], floor * [scale, 1], powers, 1, sample_size=256)
    assert game.agreement
    for which in Solution:
        assert (game.solution(which).worth >= floor - 1e-6 * pie).all()
    for which in (Solution.NASH, Solution.KALAI_SMORODINSKY):
        assert game.solution(which).at == pytest.approx(bigger.solution(which).at, abs=1e-5)
    gains = game.solution(Solution.EGALITARIAN).worth - floor
    assert gains[0] / powers[0] == pytest.approx(gains[1] / powers[1], rel=1e-5, abs=1e-5 * pie)
