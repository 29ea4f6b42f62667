"""Attribution: parts add up to the whole, exactly and where orders are drawn; against every order in plain loops."""

from __future__ import annotations

from collections.abc import Sequence
from itertools import permutations

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from jvmodel.negotiation.attribution import attribute


class Worth:
    """A worth for every subset of parts, drawn once."""

    def __init__(self, seed: int) -> None:
        self.seed = seed

    def one(self, subset: frozenset[str]) -> float:
        return float(np.random.default_rng([self.seed, *sorted(map(int, subset))]).normal(scale=100)) if subset else 7.0

    def __call__(self, subsets: Sequence[frozenset[str]]) -> dict[str, np.ndarray]:
        return {"value": np.array([self.one(subset) for subset in subsets])}


@settings(max_examples=30)
@given(st.integers(1, 5), st.integers(0, 1000))
def test_exact_is_the_mean_over_every_order(count: int, seed: int) -> None:
    parts, worth = [str(number) for number in range(count)], Worth(seed)
    found = attribute(parts, worth)
    steps: dict[str, list[float]] = {part: [] for part in parts}
    for order in permutations(parts):
        for place, part in enumerate(order):
            steps[part].append(worth.one(frozenset(order[: place + 1])) - worth.one(frozenset(order[:place])))
    whole = worth.one(frozenset(parts)) - worth.one(frozenset())
    assert found.exact
    for part in parts:
        assert found.shapley[part]["value"] == pytest.approx(np.mean(steps[part]), abs=1e-9)
        assert found.alone[part]["value"] == worth.one(frozenset({part})) - worth.one(frozenset())
    assert sum(one["value"] for one in found.shapley.values()) == pytest.approx(whole, abs=1e-9)
    assert sum(one["value"] for one in found.in_order.values()) == pytest.approx(whole, abs=1e-9)


@settings(max_examples=10)
@given(st.integers(11, 16), st.integers(0, 1000))
def test_drawn_orders_still_add_up(count: int, seed: int) -> None:
    parts, worth = [str(number) for number in range(count)], Worth(seed)
    found = attribute(parts, worth)
    whole = worth.one(frozenset(parts)) - worth.one(frozenset())
    assert not found.exact
    assert sum(one["value"] for one in found.shapley.values()) == pytest.approx(whole, abs=1e-9)
