"""What a negotiator waits for: compare, solve, frontier, bargaining, coalitions; and the frontier against NSGA-II of pymoo.

python bench/negotiation.py [--smoke]

The frontier's measure is the share of a box of worth that its packages dominate (hypervolume), counted on the same random points
for all methods. NSGA-II is run where pymoo is installed (`pip install pymoo`); jvmodel does not depend on it.
"""

from __future__ import annotations

import sys
import tempfile
import time
from pathlib import Path

import numpy as np

from jvmodel.analysis.study import Study
from jvmodel.negotiation.coalitions import coalitions
from jvmodel.negotiation.comparison import compare
from jvmodel.negotiation.frontier import efficient, frontier, undominated
from jvmodel.negotiation.settlement import settlement
from jvmodel.negotiation.solving import solve
from jvmodel.negotiation.table import table
from jvmodel.negotiation.targets import targets
from jvmodel.negotiation.unknowns import unknowns

TERMS = (
    "terms.company.interests.plateau:northvale=10%:30%", "terms.carry.rate=4%:12%", "terms.offtake.discount=0%:4%",
    "terms.carry.repaid_from=40%:100%",
)  # fmt: skip


def timed(name: str, what, repeats: int):
    """The answer, with the first and the best time of it."""
    times = []
    for _ in range(repeats):
        start = time.perf_counter()
        answer = what()
        times.append(time.perf_counter() - start)
    print(f"{name}: first {times[0]:.3f} s, best of {repeats} {min(times):.3f} s")
    return answer


def proposals(folder: Path) -> list[str]:
    """Eight proposals over Kasanga, each with four changed clauses."""
    files = []
    for number in range(8):
        path = folder / f"offer_{number}.yaml"
        path.write_text(
            f"base: kasanga\nchanges:\n  terms.company.interests.plateau:northvale: {16 + number}%\n"
            f"  terms.carry.rate: {5 + number / 2}%\n  terms.offtake.discount: {number / 4}%\n"
            f"  terms.know_how.of_revenue: 0.{number}%\n",
            encoding="utf-8",
        )
        files.append(str(path))
    return files


def solved(study: Study):
    """Three terms for the values that three others would give."""
    goals = study.figures(
        {"terms.company.interests.plateau:northvale": 0.2, "terms.carry.rate": 0.07, "terms.offtake.discount": 0.02},
        ["plateau.npv", "northvale.npv", "tansei.npv"],
    )
    wanted = [one for name, value in goals.items() for one in targets(study.model, f"{name}={value[0]:.12g}")]
    return solve(study, [one for text in TERMS[:3] for one in unknowns(study, text)], wanted)


def covered(worth: np.ndarray, low: np.ndarray, high: np.ndarray) -> float:
    """Share of random points of the box that some package dominates."""
    points = np.random.default_rng(0).uniform(low, high, size=(20_000, len(low)))
    hit = np.zeros(len(points), dtype=bool)
    for row in worth:
        hit |= (row >= points).all(axis=1)
    return float(hit.mean())


def nsga(value, terms: int, evaluations: int) -> np.ndarray | None:
    """What NSGA-II finds with as many evaluations."""
    try:
        from pymoo.algorithms.moo.nsga2 import NSGA2
        from pymoo.core.problem import Problem
        from pymoo.optimize import minimize
    except ImportError:
        return None
    parties = value(np.zeros((1, terms))).shape[1]
    seen = []

    class Packages(Problem):
        def __init__(self) -> None:
            super().__init__(n_var=terms, n_obj=parties, xl=0.0, xu=1.0)

        def _evaluate(self, at, out, *_, **__) -> None:
            worth = value(at)
            seen.append(worth)
            out["F"] = -worth

    minimize(Packages(), NSGA2(pop_size=200), ("n_eval", evaluations), seed=1, verbose=False)
    every = np.vstack(seen)
    return every[efficient(every)]


def main() -> None:
    smoke = "--smoke" in sys.argv
    repeats, evaluations = (1, 2_000) if smoke else (3, 20_000)
    study = Study("kasanga")
    study.figures({}, ["venture.npv"])
    with tempfile.TemporaryDirectory() as folder:
        files = proposals(Path(folder))
        timed("compare of 8 proposals, each clause switched apart", lambda: compare("kasanga", files), repeats)
    timed("solve of 3 terms for 3 targets", lambda: solved(study), repeats)
    four = table("kasanga", terms=TERMS)
    edge = timed(f"frontier over 4 terms, {evaluations:,} evaluations", lambda: frontier(four, evaluations), repeats)
    timed("four bargaining solutions over 3 terms", lambda: settlement(table("kasanga")), 1)
    timed("32 coalitions of three_states", lambda: coalitions("three_states"), 1)
    start = time.perf_counter()
    other = nsga(four.worth, 4, evaluations)
    took = time.perf_counter() - start
    if other is None:
        print("NSGA-II: pymoo is not installed")
        return
    points = four.worth(np.random.default_rng(1).random((evaluations, 4)))
    random = points[efficient(points)]
    low, high = edge.worth.min(axis=0), edge.worth.max(axis=0)
    for name, worth in (("own search", edge.worth), ("NSGA-II of pymoo", other), ("random packages", random)):
        print(f"{name}: {len(worth):,} undominated, {100 * covered(worth, low, high):.2f}% of the box dominated")
    print(f"NSGA-II took {took:.2f} s")
    two = lambda at: np.column_stack([3 * at[:, 0] + at[:, 1], -2 * at[:, 0] - 4 * at[:, 1]])  # noqa: E731
    for name, worth in (("own search", undominated(two, 2, evaluations)[1]), ("NSGA-II of pymoo", nsga(two, 2, evaluations))):
        line = np.where(worth[:, 0] <= 3, -2 / 3 * worth[:, 0], -2 - 4 * (worth[:, 0] - 3))
        below = (line - worth[:, 1]).mean()
        print(f"two linear terms, {name}: {len(worth):,} packages, on average {below:.2e} below the exact line")


if __name__ == "__main__":
    main()
