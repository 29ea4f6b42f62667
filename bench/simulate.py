"""Monte Carlo of Kasanga as users run it: draws, trials, results per party; and 10^7 trials into files within 2 GB.

python bench/simulate.py [--smoke] [--large]
"""

from __future__ import annotations

import os
import resource
import sys
import tempfile
import time
from pathlib import Path

from jvmodel.analysis.scenarios import Scenarios
from jvmodel.analysis.simulate import CHUNK, simulate


def timed(what) -> tuple[float, float]:
    """Seconds by the clock and of processors."""
    clock, processors = time.perf_counter(), time.process_time()
    what()
    return time.perf_counter() - clock, time.process_time() - processors


def said(name: str, times: tuple[float, float], trials: int) -> None:
    clock, processors = times
    print(f"{name}: {clock:.2f} s, {processors:.2f} s of processors, {1e6 * processors / trials:.1f} µs a trial")


def main() -> None:
    trials = 8_192 if "--smoke" in sys.argv else 100_000
    scenarios = Scenarios.of("kasanga", trials=trials)
    numbers, prices = len(scenarios.single), len(scenarios.priced)
    print(f"Kasanga: {trials:,} trials of {numbers} correlated inputs and {prices} price paths on {os.cpu_count()} processors")
    simulate(Scenarios.of("kasanga", trials=CHUNK))  # compiles what is compiled once, writes the tape
    simulate(Scenarios.of("kasanga", trials=256), workers=1)

    def drawn(of) -> None:
        for start in range(0, trials, CHUNK):
            of(start, min(start + CHUNK, trials))

    said("points", timed(lambda: drawn(scenarios.sampling.scores)), trials)
    said("points, copula, distributions, paths", timed(lambda: drawn(scenarios.draw)), trials)
    found = []
    said("the same, model and metrics of all parties", timed(lambda: found.append(simulate(scenarios))), trials)
    said("results per party", timed(lambda: found[0].parties), trials)
    if "--large" in sys.argv:
        many = 10_000_000
        with tempfile.TemporaryDirectory() as folder:
            said("into files", timed(lambda: simulate(Scenarios.of("kasanga", trials=many), folder=Path(folder)).parties), many)
        print(f"most memory: {resource.getrusage(resource.RUSAGE_SELF).ru_maxrss / 1e6:.2f} GB")


if __name__ == "__main__":
    main()
