"""Monte Carlo: the deal run for every trial of its risk register, by threads or a Dask cluster, in memory or into files."""

from __future__ import annotations

import os
import time
from collections.abc import Callable, Generator, Iterator
from concurrent.futures import FIRST_COMPLETED, Future, wait
from pathlib import Path

import numpy as np
from numpy.typing import NDArray

from jvmodel.analysis.outcomes import Outcomes, outcomes
from jvmodel.analysis.sampling import BLOCK
from jvmodel.analysis.scenarios import Scenarios
from jvmodel.analysis.simulation import Fan, PartyRisk, Simulation
from jvmodel.analysis.spread import Spread, spread
from jvmodel.analysis.stored import PART, Folder
from jvmodel.analysis.workers import Workers, cluster, threads
from jvmodel.errors import GraphError

Array = NDArray[np.float64]

CHUNK = 2 * BLOCK
"""Trials that are run at once."""
CASH_KEPT = 8_000_000
"""Numbers of cash by party and period that are kept for fans: those of the first trials, which are as good as any."""
MOST_IN_MEMORY = 2**21
"""Trials that are held in memory; more are written into a folder."""
WATCHED = "venture.npv"
"""Column whose percentiles show how far a run has come."""

Progress = Callable[[int, Spread], None]
"""Told the number of trials done, and the spread of the venture's net present value among some of them."""


def simulate(
    scenarios: Scenarios, *, workers: int | None = None, dask: str | None = None, folder: Path | None = None,
    progress: Progress | None = None,
) -> Simulation:  # fmt: skip
    """Runs the trials by threads, or on the Dask cluster at an address; the same numbers either way, by any number of workers.

    With a `folder` every part of the trials is written there when it is done, as Parquet, and a run that was interrupted
    goes on where it stopped. Ctrl-C keeps what is done. Raises GraphError where nothing is done yet, and for more trials
    than memory holds without a folder.
    """
    total = scenarios.register.trials
    if folder is None and total > MOST_IN_MEMORY:
        raise GraphError(
            f"{total:,} trials are more than are held in memory ({MOST_IN_MEMORY:,}); give a folder to write them into with --out"
        )
    scenarios.study.model, scenarios.sampling, scenarios.draw(0, 1)
    kept = _cash_kept(scenarios, total)
    store: _Memory | Folder = _Memory(total, kept) if folder is None else Folder.of(folder, scenarios)
    spans = _spans(total, CHUNK if folder is None else PART)
    watch = _Watch(scenarios, progress)
    with cluster(dask) if dask else threads(workers or os.cpu_count() or 1) as pool:
        parts = _finished(pool, scenarios, (span for span in spans if not store.has(*span)), kept)
        try:
            for done in parts:
                store.add(done)
                watch.see(done, store.counted)
        except KeyboardInterrupt:
            parts.close()
    if not store.done:
        raise GraphError("stopped before the first trials were done; ask for fewer with --trials")
    return Simulation(scenarios, store.done, store.columns, store.cash)


def _spans(total: int, length: int) -> Iterator[tuple[int, int]]:
    return ((start, min(start + length, total)) for start in range(0, total, length))


def _cash_kept(scenarios: Scenarios, total: int) -> int:
    model = scenarios.study.model
    return min(total, max(BLOCK, CASH_KEPT // (len(model.graph.timeline.labels) * len(model.parties)) // BLOCK * BLOCK))


def part(scenarios: Scenarios, start: int, stop: int, kept: int) -> Outcomes:
    """Outcomes of a span of trials, run some at a time; cash only of those below `kept`."""
    parts = [outcomes(scenarios, *span) for span in ((at, min(at + CHUNK, stop)) for at in range(start, stop, CHUNK))]
    columns = {name: np.concatenate([one.columns[name] for one in parts]) for name in parts[0].columns}
    cash: dict[str, Array] = {}
    if start < kept:
        cash = {party: np.concatenate([one.cash[party] for one in parts])[: kept - start] for party in parts[0].cash}
    return Outcomes(start, stop, columns, cash)


def _finished(pool: Workers, scenarios: Scenarios, spans: Iterator[tuple[int, int]], kept: int) -> Generator[Outcomes]:
    """Outcomes of spans, in whatever order they are done, no more of them waiting than the workers need."""
    running: set[Future[Outcomes]] = set()
    shared = pool.share(scenarios)

    def begin() -> None:
        span = next(spans, None)
        if span is not None:
            running.add(pool.submit(part, shared, *span, kept))

    try:
        for _ in range(pool.count + 1):
            begin()
        while running:
            ready, rest = wait(running, return_when=FIRST_COMPLETED)
            running = set(rest)
            for one in ready:
                begin()
                yield one.result()
    finally:
        for one in running:
            one.cancel()


class _Memory:
    """Columns of all trials, filled as parts are done; what counts is the part without a gap."""

    def __init__(self, total: int, kept: int) -> None:
        self.total, self.kept = total, kept
        self._columns: dict[str, Array] = {}
        self._cash: dict[str, NDArray[np.float32]] = {}
        self._ends: dict[int, int] = {}
        self.done = 0
        self.counted = 0

    def has(self, start: int, stop: int) -> bool:  # noqa: ARG002 - as Folder has it
        """Nothing is there yet."""
        return False

    def add(self, part: Outcomes) -> None:
        """Keeps a part."""
        for name, values in part.columns.items():
            self._columns.setdefault(name, np.empty(self.total))[part.start : part.stop] = values
        for party, cash in part.cash.items():
            place = self._cash.setdefault(party, np.empty((cash.shape[1], self.kept), dtype=np.float32))
            place[:, part.start : part.start + len(cash)] = cash.T
        self._ends[part.start] = part.stop
        self.counted += part.stop - part.start
        while self.done in self._ends:
            self.done = self._ends.pop(self.done)

    @property
    def columns(self) -> dict[str, Array]:
        """The columns, up to the first gap."""
        return {name: values[: self.done] for name, values in self._columns.items()}

    @property
    def cash(self) -> dict[str, NDArray[np.float32]]:
        """Cash by party of the first trials."""
        return {party: values[:, : min(self.done, self.kept)].T for party, values in self._cash.items()}


class _Watch:
    """Keeps the watched column of a quarter of a million trials, and tells of it a few times a second."""

    def __init__(self, scenarios: Scenarios, progress: Progress | None) -> None:
        self.scenarios, self.progress = scenarios, progress
        self.values = np.full(min(scenarios.register.trials, 2**18), np.nan)
        self.told = 0.0

    def see(self, part: Outcomes, done: int) -> None:
        """Takes note of a part."""
        if self.progress is None:
            return
        self.values[np.arange(part.start, part.stop) % len(self.values)] = part.columns[WATCHED]
        if time.monotonic() - self.told > 0.25:
            batches = self.scenarios.sampling.batch(0, len(self.values))
            self.progress(done, spread(self.values, batches, independent=self.scenarios.register.sampling == "random"))
            self.told = time.monotonic()


__all__ = ["Fan", "PartyRisk", "Simulation", "simulate"]
