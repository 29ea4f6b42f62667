"""Time of the questions that a slider or a table asks, against one run of the deal, all in one process.

python bench/analysis.py [DEAL] [--smoke]
"""

from __future__ import annotations

import sys
import time
from collections.abc import Callable

import numpy as np

from jvmodel.analysis.breakeven import breakeven_of_each
from jvmodel.analysis.grid import axis, grid
from jvmodel.analysis.study import Study
from jvmodel.analysis.tornado import tornado
from jvmodel.backends import arrays, kernel


def best(what: Callable[[], object], repeats: int) -> float:
    """Seconds of the fastest of several runs, after one that fills the caches."""
    what()
    times = []
    for _ in range(repeats):
        start = time.perf_counter()
        what()
        times.append(time.perf_counter() - start)
    return min(times)


def main() -> None:
    repeats = 2 if "--smoke" in sys.argv else 7
    names = [argument for argument in sys.argv[1:] if not argument.startswith("-")]
    study = Study(names[0] if names else "kasanga")
    kernel.warm()
    one = best(lambda: arrays.evaluate(study.model.graph), repeats)
    paths = [swing.lever.path for swing in tornado(study, ["venture.npv"], swing=0.1).swings][:20]
    x, y = axis(study, "prices.copper.flat=7000:11000:41"), axis(study, "terms.royalty.rate=0%:10%:41")
    costs = {"terms.mine_capital.budget": np.linspace(1400, 2200, 1000)}
    figures = [f"{party}.npv" for party in study.model.parties]
    questions = {
        "one run of all rows": lambda: arrays.evaluate(study.model.graph),
        "one value, NPV of every party": lambda: study.figures({"prices.copper.flat": 9300.0}, figures),
        "tornado of 20 inputs, NPV of every party": lambda: tornado(study, figures, paths, 0.1),
        "grid of 41 x 41, one figure": lambda: grid(study, x, y, ["plateau.npv"]),
        "1,000 breakevens": lambda: breakeven_of_each(study, "prices.copper.flat", costs, "northvale.npv"),
    }
    for name, question in questions.items():
        seconds = best(question, repeats)
        print(f"{name}: {seconds * 1000:.1f} ms, {seconds / one:.1f} times one run of all rows")


if __name__ == "__main__":
    main()
