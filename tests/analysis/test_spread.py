"""Spread of outcomes against numpy: undefined ones left out, many of them some at a time, what was given left as it was."""

from __future__ import annotations

import numpy as np
import pytest

import jvmodel.analysis.spread as spreading
from jvmodel.analysis.spread import SHARES, expected_shortfall, spread, tail


@pytest.mark.parametrize("undefined", [0, 7])
@pytest.mark.parametrize("at_once", [1000, 2**23])
def test_a_spread_is_numpys(undefined: int, at_once: int, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(spreading, "AT_ONCE", at_once)
    values = np.random.default_rng(1).lognormal(size=100_003)
    if undefined:
        values[::undefined] = np.nan
    given, batches = values.copy(), (np.arange(values.size) % 8).astype(np.uint8)
    found = spread(given, batches, independent=False)
    assert np.array_equal(given, values, equal_nan=True)
    assert found.mean == pytest.approx(np.nanmean(values), rel=1e-14)
    assert found.sd == pytest.approx(np.nanstd(values, ddof=1), rel=1e-12)
    assert list(found.percentiles.values()) == pytest.approx(np.nanquantile(values, SHARES), rel=1e-15)
    replicates = [values[batches == batch] for batch in range(8)]
    assert found.error == pytest.approx(np.std([np.nanmean(one) for one in replicates], ddof=1) / 8**0.5, rel=1e-9)
    medians = [np.nanquantile(one, 0.5) for one in replicates]
    assert found.errors[0.5] == pytest.approx(np.std(medians, ddof=1) / 8**0.5, rel=1e-9)


def test_the_shortfall_is_the_weighted_mean_of_the_tail() -> None:
    """With ties at the edge, and with a tail that ends within a trial."""
    values = np.round(np.random.default_rng(2).standard_normal(1001), 1)
    for confidence in (0.5, 0.9, 0.95, 0.99):
        assert expected_shortfall(values, confidence) == pytest.approx(-float(tail(values, confidence) @ values), rel=1e-12)
        worst = np.sort(values)
        size = (1 - confidence) * values.size
        whole = int(size)
        by_hand = (worst[:whole].sum() + (size - whole) * worst[whole]) / size
        assert expected_shortfall(values, confidence) == pytest.approx(-by_hand, rel=1e-9)
