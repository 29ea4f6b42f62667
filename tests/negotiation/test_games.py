"""Cooperative games: worked example 10, published values, second methods by plain loops, and laws."""

from __future__ import annotations

import json
from itertools import combinations, permutations
from pathlib import Path
from typing import Any

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from jvmodel.errors import GraphError
from jvmodel.negotiation.games import Cooperation

DATA = Path(__file__).parents[1] / "data"
EXAMPLE = json.loads((DATA / "example_10_coalition_game.json").read_text(encoding="utf-8"))
ORACLE = json.loads((DATA / "shapley_nucleolus.json").read_text(encoding="utf-8"))


def named(values: dict[str, float], players: list[str]) -> Cooperation:
    worth = np.zeros(1 << len(players))
    for name, value in values.items():
        members = [] if name == "none" else name.split("+")
        worth[sum(1 << players.index(member) for member in members)] = value
    return Cooperation(worth)


def listed(case: dict[str, Any]) -> Cooperation:
    """A game in the order of the oracle: singletons, pairs, ...; glove games by the smaller of left and right hands."""
    players = case["players"]
    worth = np.zeros(1 << players)
    coalitions = [group for size in range(1, players + 1) for group in combinations(range(players), size)]
    for number, group in enumerate(coalitions):
        code = sum(1 << one for one in group)
        if case["v"] is not None:
            worth[code] = case["v"][number]
        else:
            left, right = (sum(one + 1 in case["game"][side] for one in group) for side in ("L", "R"))
            worth[code] = min(left, right)
    return Cooperation(worth)


def test_worked_example_10() -> None:
    players, expected = EXAMPLE["inputs"]["players"], EXAMPLE["expected"]
    game = named(EXAMPLE["inputs"]["values_m$"], players)
    assert game.shapley == pytest.approx(list(expected["shapley"].values()), abs=1e-9)
    assert game.nucleolus == pytest.approx(list(expected["nucleolus"].values()), abs=1e-9)
    assert (game.in_core(game.shapley), game.superadditive, game.convex) == (True, True, True)
    excess = game.excess(game.shapley)
    for name, value in expected["excess_at_shapley"].items():
        code = sum(1 << players.index(member) for member in name.split("+"))
        assert excess[code] == pytest.approx(value, abs=1e-9)
    assert float(game.alone.sum()) == expected["sum_of_standalone"]
    assert game.whole - float(game.alone.sum()) == expected["pooling_gain"]
    empty = named(expected["empty_core_example"]["values"], players)
    assert (empty.has_core, expected["empty_core_example"]["core_empty"]) == (False, True)
    # balancedness: the pairs, each with weight one half, are worth 270; spread over three players that is 20/3 a pair too much
    assert empty.least_core == pytest.approx((270 - 250) * 2 / 3, abs=1e-9)
    assert len(empty.blocking(np.full(3, 250 / 3))) == 3


@pytest.mark.parametrize("case", ORACLE["cases"], ids=[case["desc"] for case in ORACLE["cases"]])
def test_published_values(case: dict[str, Any]) -> None:
    game = listed(case)
    found = game.shapley if case["kind"] == "shapley" else game.nucleolus
    assert found == pytest.approx(case["expected"], abs=max(1e-9, 1.5 * case["max_abs"]))


def by_orders(worth: np.ndarray, players: int) -> np.ndarray:
    total = np.zeros(players)
    orders = list(permutations(range(players)))
    for order in orders:
        code = 0
        for player in order:
            total[player] += worth[code | 1 << player] - worth[code]
            code |= 1 << player
    return total / len(orders)


games = st.integers(2, 4).flatmap(
    lambda n: st.tuples(st.just(n), st.lists(st.integers(-5, 60), min_size=2**n - 1, max_size=2**n - 1))
)


@settings(max_examples=60)
@given(games)
def test_laws(drawn: tuple[int, list[int]]) -> None:
    players, values = drawn
    game = Cooperation(np.array([0.0, *values]))
    assert game.shapley == pytest.approx(by_orders(game.worth, players), abs=1e-9)
    assert float(game.shapley.sum()) == pytest.approx(game.whole, abs=1e-9)
    split = game.nucleolus
    assert float(split.sum()) == pytest.approx(game.whole, abs=1e-7)
    if float(game.alone.sum()) <= game.whole:
        assert (split >= game.alone - 1e-7).all()
        if game.has_core:
            assert not [lacks for _, lacks in game.blocking(split) if lacks > 1e-6]
    if game.convex:
        assert game.superadditive
        assert game.has_core
        assert not [lacks for _, lacks in game.blocking(game.shapley) if lacks > 1e-6]


@settings(max_examples=40)
@given(games, st.integers(0, 10_000))
def test_no_split_nearby_has_lesser_excesses_than_the_nucleolus(drawn: tuple[int, list[int]], seed: int) -> None:
    """Excesses in falling order are compared like words; moves between players never come before the nucleolus."""
    players, values = drawn
    game = Cooperation(np.array([0.0, *values]))
    rational = float(game.alone.sum()) <= game.whole
    split = game.nucleolus
    mine = np.sort(game.excess(split)[1:-1])[::-1]
    draw = np.random.default_rng(seed)
    for size in (10.0, 1.0, 0.1):
        move = draw.standard_normal(players) * size
        other = split + move - move.mean()
        if rational and (other < game.alone).any():
            continue
        theirs = np.sort(game.excess(other)[1:-1])[::-1]
        apart = np.flatnonzero(np.abs(mine - theirs) > 1e-6)
        assert not len(apart) or mine[apart[0]] < theirs[apart[0]]


def test_what_is_no_game() -> None:
    with pytest.raises(GraphError, match="3 values are not those of every coalition of up to 12 players"):
        assert Cooperation(np.zeros(3)).players
