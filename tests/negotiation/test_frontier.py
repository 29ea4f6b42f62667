"""Efficient packages against what is known of them: an exact line, plain loops, and no package that beats them."""

from __future__ import annotations

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from jvmodel.negotiation.frontier import efficient, undominated


def test_two_linear_terms_lie_on_their_exact_line() -> None:
    """A gains 3 x + 1 y, B loses 2 x + 4 y, both in [0, 1]: x costs B 2/3 for A's 1, y costs 4, so x is given first, then y."""

    def worth(at: np.ndarray) -> np.ndarray:
        return np.column_stack([3 * at[:, 0] + at[:, 1], -2 * at[:, 0] - 4 * at[:, 1]])

    points, found = undominated(worth, 2, 20_000)
    line = np.where(found[:, 0] <= 3, -2 / 3 * found[:, 0], -2 - 4 * (found[:, 0] - 3))
    below = line - found[:, 1]
    assert (below >= -1e-12).all()
    exact = below < 1e-12
    assert exact.sum() > 2_000
    assert below.max() < 1e-3
    assert (found[:, 0].min(), found[:, 0].max()) == (0, 4)
    assert np.diff(found[exact, 0]).max() < 0.05
    assert (points[exact & (found[:, 0] < 3), 1] == 0).all()
    assert (points[exact & (found[:, 0] > 3 + 1e-9), 0] == 1).all()


@settings(max_examples=60)
@given(st.lists(st.tuples(*[st.integers(0, 5)] * 3), min_size=1, max_size=40), st.integers(2, 3))
def test_efficient_is_what_plain_loops_find(rows: list[tuple[int, ...]], columns: int) -> None:
    worth = np.array(rows, dtype=float)[:, :columns]
    keep = efficient(worth)
    for number, row in enumerate(worth):
        beaten = any((other >= row).all() and (other > row).any() for other in worth)
        assert not (keep[number] and beaten)
        if not beaten:
            same = [place for place, other in enumerate(worth) if (other == row).all()]
            assert sum(keep[place] for place in same) == 1


def test_packages_that_ask_for_more_than_there_is_are_left_out() -> None:
    points, _ = undominated(lambda at: at * [1.0, 1.0], 2, 2_000, lambda at: np.maximum(0.0, at.sum(axis=1) - 1.0))
    assert points.sum(axis=1).max() <= 1 + 1e-9
    assert points.sum(axis=1).max() == pytest.approx(1, abs=0.01)
