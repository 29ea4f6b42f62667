"""Throughput of the kernel against arrays on a whole deal, and the cost of its first use.

python bench/kernel.py [DEAL] [--smoke]
"""

from __future__ import annotations

import os
import subprocess
import sys
import tempfile
import time

import numpy as np

from jvmodel.backends import arrays, kernel
from jvmodel.backends.tape import compile_tape
from jvmodel.dealfile import load
from jvmodel.model import build

SPREAD = {"flat": 0.3, "factor": 0.1, "overrun": 0.2}
LOAD = """
import time
from jvmodel.backends import kernel
before = time.perf_counter()
import numba, scipy.linalg
between = time.perf_counter()
kernel.warm()
print(between - before, time.perf_counter() - between)
"""
"""Time to import numba (with the part of SciPy that it imports on first use), then to compile or load the machine."""


def changes(graph, scenarios: int) -> dict[str, np.ndarray]:
    """Prices, factors and overruns, each drawn around its value in the deal."""
    random = np.random.default_rng(7)
    found = {}
    for given in graph.params.values():
        spread = next((SPREAD[end] for end in SPREAD if given.name.endswith(end)), None)
        if given.path and spread and not given.series and (given.name.startswith("prices.") or spread < 0.3):
            found[given.name] = given.value * random.uniform(1 - spread, 1 + spread, scenarios) + (
                random.uniform(-0.1, 0.3, scenarios) if given.value == 0 else 0
            )
    return found


def timed(what) -> float:
    start = time.perf_counter()
    what()
    return time.perf_counter() - start


def main() -> None:
    smoke = "--smoke" in sys.argv
    names = [argument for argument in sys.argv[1:] if not argument.startswith("-")]
    model = build(load(names[0] if names else "kasanga"))
    scenarios, few = (20_000, 500) if smoke else (100_000, 2_000)
    values = changes(model.graph, scenarios)
    cash = [f"party.{party}.cash" for party in model.parties]
    value = [f"party.{party}.value" for party in model.parties]
    with tempfile.TemporaryDirectory() as cache:
        fresh = os.environ | {"NUMBA_CACHE_DIR": cache}
        command = [sys.executable, "-c", LOAD]
        (_, first), *others = (
            map(float, subprocess.run(command, env=fresh, check=True, capture_output=True, text=True).stdout.split())
            for _ in range(2 if smoke else 5)
        )
        libraries, later = (min(column) for column in zip(*others, strict=True))
    kernel.warm()
    tape_time = timed(lambda: compile_tape(model.graph, dict.fromkeys(values, 1), cash, value))
    tape = compile_tape(model.graph, dict.fromkeys(values, 1), cash, value)
    columns = {name: drawn[:, None] for name, drawn in values.items()}
    best = min(timed(lambda: kernel.run(tape, columns, scenarios)) for _ in range(3))
    some = {name: drawn[:few] for name, drawn in values.items()}
    slow = min(timed(lambda: arrays.evaluate(model.graph, some)) for _ in range(2)) / few * scenarios
    print(f"{model.deal.deal}: {len(model.graph.rows)} rows, {len(tape.code)} instructions, {len(values)} inputs vary")
    print(f"kernel: {scenarios / best:,.0f} trials a second on {os.cpu_count()} cores, cash of every party by period included")
    print(f"kernel / arrays: {slow / best:.1f} times as fast")
    print(f"machine: compiled in {first:.1f} s on first use; later {libraries:.2f} s to import numba, {later:.2f} s to load it")
    print(f"tape: written in {tape_time:.2f} s")


if __name__ == "__main__":
    main()
