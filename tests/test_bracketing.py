"""Roots between two ends: the same to the last bit as scipy's, which takes the same steps; NaN where there is none."""

from __future__ import annotations

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from numpy.typing import NDArray
from scipy.optimize.elementwise import find_root

from jvmodel.bracketing import roots_between

Array = NDArray[np.float64]


@pytest.mark.filterwarnings("ignore:.*encountered in.*:RuntimeWarning")
@settings(deadline=None, max_examples=200)
@given(
    st.lists(st.tuples(st.floats(-5, 5), st.floats(0.01, 5), st.integers(1, 5), st.floats(0, 3)), min_size=1, max_size=6),
    st.sampled_from([None, 1e-6]),
)
def test_the_same_roots_as_scipy(shapes: list[tuple[float, float, int, float]], close: float | None) -> None:
    """Powers of odd and even degree, steps and kinks, with roots inside, at and beyond the ends."""
    root, steep, power, jump = (np.array(each) for each in zip(*shapes, strict=True))

    def value(which: NDArray[np.intp], at: Array) -> Array:
        away = at - root[which]
        return steep[which] * away ** power[which] + jump[which] * np.sign(away) * (power[which] % 2)

    left, right = np.full(len(root), -3.0), np.linspace(2.0, 4.0, len(root))
    tolerances = {"xatol": close, "xrtol": 1e-15, "fatol": 0.0, "frtol": 0.0} if close else {}
    theirs = find_root(
        lambda at, which: value(which.astype(np.intp), at),
        (left, right), args=(np.arange(len(root)).astype(float),), tolerances=tolerances, maxiter=200,
    )  # fmt: skip
    ours = roots_between(value, left, right, close, 1e-15, 0.0) if close else roots_between(value, left, right)
    assert ours.tolist() == pytest.approx(theirs.x.tolist(), rel=0, abs=0, nan_ok=True)


def test_no_root() -> None:
    """A function that keeps its sign has none, and one that is undefined throughout has none."""
    flat = np.array([1.0, np.nan])
    assert np.isnan(roots_between(lambda which, at: flat[which] + 0 * at, np.zeros(2), np.ones(2))).all()
