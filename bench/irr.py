"""Internal rates a second: ours, pyxirr's and numpy-financial's, of the same flows in one run.

python bench/irr.py [--smoke]
"""

from __future__ import annotations

import os
import sys
import time
import warnings

import numpy as np
import numpy_financial
import pyxirr

from jvmodel.irr import internal_rates, irr
from jvmodel.metrics import METRICS, all_metrics

PERIODS = 25


def mines(scenarios: int, closure: float) -> np.ndarray:
    """Three years of capital, margins, and a year of closure cost: with it there are two rates in most."""
    random = np.random.default_rng(3)
    flows = random.normal(60, 25, (scenarios, PERIODS)).clip(1)
    flows[:, :3] = -random.uniform(80, 160, (scenarios, 3))
    flows[:, -1] = -closure * random.uniform(0.5, 1.5, scenarios)
    return np.asfortranarray(flows)


def timed(what) -> float:
    start = time.perf_counter()
    what()
    return time.perf_counter() - start


def compared(name: str, flows: np.ndarray, one_by_one: int, slow: int, repeats: int) -> None:
    times = np.arange(PERIODS, dtype=float)
    rows = [list(row) for row in flows[:one_by_one]]
    start = time.process_time()
    ours = min(timed(lambda: irr(flows, times)) for _ in range(repeats)) / len(flows)
    processor = (time.process_time() - start) / repeats / len(flows)
    theirs = timed(lambda: [pyxirr.irr(row, silent=True) for row in rows]) / len(rows)
    with warnings.catch_warnings(action="ignore"):
        others = timed(lambda: [numpy_financial.irr(row) for row in rows[:slow]]) / slow
    print(f"  {name}: jvmodel {1 / ours:,.0f}, pyxirr {1 / theirs:,.0f}, numpy-financial {1 / others:,.0f}")
    print(f"    jvmodel, for a second of one core: {1 / processor:,.0f}")
    found = np.array([np.nan if rate is None else rate for rate in (pyxirr.irr(row, silent=True) for row in rows)])
    known = ~np.isnan(found)
    apart = np.nanmin(abs(internal_rates(flows[:one_by_one], times)[known] - found[known, None]), axis=1).max()
    print(f"    pyxirr's rate is one of ours to {apart:.0e} in the {known.sum():,} of {len(rows):,} in which it finds one")


def main() -> None:
    smoke = "--smoke" in sys.argv
    many, one_by_one, slow, repeats = (20_000, 2_000, 100, 2) if smoke else (500_000, 20_000, 1_000, 5)
    times = np.arange(PERIODS, dtype=float)
    all_metrics(mines(1000, 10.0), times, 0.08)
    irr(mines(1000, 10.0), times)
    print(f"internal rates a second of mines with {PERIODS} periods, on {os.cpu_count()} cores:")
    compared("one change of sign", mines(many, -10.0), one_by_one, slow, repeats)
    compared("closure cost, two rates", mines(many, 40.0), one_by_one, slow, repeats)
    flows = mines(many, 40.0)
    every = min(timed(lambda: all_metrics(flows, times, 0.08)) for _ in range(repeats))
    print(f"all {len(METRICS)} metrics of a party: {many / every:,.0f} scenarios a second")


if __name__ == "__main__":
    main()
