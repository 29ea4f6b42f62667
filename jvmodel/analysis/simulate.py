"""Monte Carlo: the deal run for every trial of its risk register, by threads; what every party may get (terms.md G6)."""

from __future__ import annotations

import os
from collections.abc import Callable, Generator
from concurrent.futures import FIRST_COMPLETED, Future, ThreadPoolExecutor, wait
from dataclasses import dataclass
from functools import cached_property

import numpy as np
from numpy.typing import NDArray

from jvmodel.analysis.outcomes import MISSED, SHOWN, Outcomes, outcomes, tests
from jvmodel.analysis.sampling import BLOCK
from jvmodel.analysis.scenarios import Scenarios
from jvmodel.analysis.spread import Spread, expected_shortfall, spread
from jvmodel.errors import GraphError
from jvmodel.metrics import METRICS

Array = NDArray[np.float64]

CHUNK = 2 * BLOCK
"""Trials that a thread takes at a time."""
CASH_KEPT = 30_000_000
"""Numbers of cash by party and period that are kept for fans: those of the first trials, which are as good as any."""
BANDS = (0.1, 0.25, 0.5, 0.75, 0.9)
"""Percentiles of the fan of cash."""

Progress = Callable[["Simulation"], None]


@dataclass(frozen=True)
class Fan:
    """Cash of a party by period: percentiles by their share, the mean, and the deal as it stands."""

    percentiles: dict[float, tuple[float, ...]]
    mean: tuple[float, ...]
    base: tuple[float, ...]


@dataclass(frozen=True)
class PartyRisk:
    """What a party may get: spreads of its metrics, chances, and the expected shortfall of its net present value."""

    party: str
    label: str
    role: str
    base: dict[str, float | None]
    """Metrics of the deal as it stands"""
    spreads: dict[str, Spread]
    loss: float
    """Chance of a net present value below nil"""
    hurdle: float
    below_hurdle: float
    """Chance of a rate of return below the hurdle"""
    shortfall: float
    """Mean loss in the worst tail, positive for a loss"""
    fan: Fan


@dataclass(frozen=True)
class Simulation:
    """Trials that are done: `columns` (done,) such as `state.npv`, `risk.copper`; `cash` (kept, T) of each party."""

    scenarios: Scenarios
    done: int
    columns: dict[str, Array]
    cash: dict[str, NDArray[np.float32]]

    @property
    def asked(self) -> int:
        """Trials that were asked for."""
        return self.scenarios.register.trials

    @cached_property
    def batches(self) -> NDArray[np.intp]:
        """The batch of each trial, for errors."""
        return self.scenarios.sampling.batch(0, self.done)

    def spread(self, column: str) -> Spread:
        """How a column turns out."""
        return spread(self.columns[column], self.batches, independent=self.scenarios.register.sampling == "random")

    def fan(self, party: str) -> Fan:
        """The fan of a party's cash."""
        found = np.quantile(self.cash[party], BANDS, axis=0)
        base = self.scenarios.study.model.run.single(f"party.{party}.cash")
        bands = {share: tuple(map(float, row)) for share, row in zip(BANDS, found, strict=True)}
        mean = tuple(map(float, self.cash[party].mean(axis=0, dtype=np.float64)))
        return Fan(bands, mean, tuple(map(float, base)))

    @cached_property
    def parties(self) -> tuple[PartyRisk, ...]:
        """What every party may get, the venture first."""
        return tuple(self._party(party) for party in self.scenarios.study.model.parties)

    def _party(self, party: str) -> PartyRisk:
        from jvmodel.analysis.study import evaluate
        from jvmodel.analysis.wanted import wanted

        model, register = self.scenarios.study.model, self.scenarios.register
        base = evaluate(model, {}, [wanted(model, f"{party}.{metric}") for metric in SHOWN], 1)
        value = self.columns[f"{party}.npv"]
        return PartyRisk(
            party, model.label(party), model.role(party),
            {metric: _known(float(base[f"{party}.{metric}"][0])) for metric in SHOWN},
            {metric: self.spread(f"{party}.{metric}") for metric in SHOWN},
            float((value < 0).mean()), register.hurdles.get(party, model.discount_rate(party)),
            float(self.columns[f"{party}.{MISSED}"].mean()), expected_shortfall(value, register.confidence), self.fan(party),
        )  # fmt: skip

    @cached_property
    def covenants(self) -> dict[str, float]:
        """Chance that each covenant is breached, and that its loans are in default, in any period."""
        return {name: float(self.columns[name].mean()) for name in tests(self.scenarios.study.model)}

    @cached_property
    def decks(self) -> tuple[tuple[str, float, float, bool], ...]:
        """Prices by path: mean factor on the deck less the expected one, its standard error, within three of them or not."""
        found = []
        for risk in self.scenarios.priced:
            one = self.spread(f"risk.{risk}")
            assert one.mean is not None
            off = one.mean - self.scenarios.mean(risk)
            error = one.error or 0.0
            found.append((risk, off, error, abs(off) <= 3 * error + 1e-9))
        return tuple(found)


def simulate(scenarios: Scenarios, *, workers: int | None = None, progress: Progress | None = None) -> Simulation:
    """Runs the trials by threads; the same numbers for any number of workers. Ctrl-C keeps what is done.

    `progress` is shown what is done so far. Raises GraphError where it is stopped before anything is done.
    """
    total = scenarios.register.trials
    store = _Store(scenarios, total)
    scenarios.draw(0, 1), scenarios.sampling
    chunks = _finished(scenarios, total, workers or os.cpu_count() or 1)
    try:
        for done in chunks:
            store.add(done)
            if progress is not None:
                progress(store.so_far())
    except KeyboardInterrupt:
        chunks.close()
    if not store.done:
        raise GraphError("stopped before the first trials were done; ask for fewer with --trials")
    return store.so_far()


def _finished(scenarios: Scenarios, total: int, workers: int) -> Generator[Outcomes]:
    """Outcomes of chunks, in whatever order they are done."""
    starts = iter(range(0, total, CHUNK))
    running: set[Future[Outcomes]] = set()
    pool = ThreadPoolExecutor(workers)

    def begin() -> bool:
        start = next(starts, None)
        if start is not None:
            running.add(pool.submit(outcomes, scenarios, start, min(start + CHUNK, total)))
        return start is not None

    try:
        for _ in range(workers + 1):
            begin()
        while running:
            ready, rest = wait(running, return_when=FIRST_COMPLETED)
            running = set(rest)
            for one in ready:
                begin()
                yield one.result()
    finally:
        pool.shutdown(wait=True, cancel_futures=True)


class _Store:
    """Columns of all trials, filled as chunks are done; what counts is the part without a gap."""

    def __init__(self, scenarios: Scenarios, total: int) -> None:
        self.scenarios = scenarios
        self.total = total
        self.columns: dict[str, Array] = {}
        self.cash: dict[str, NDArray[np.float32]] = {}
        self.waiting: dict[int, int] = {}
        self.done = 0
        periods = len(scenarios.study.model.graph.timeline.labels) * len(scenarios.study.model.parties)
        self.kept = min(total, max(BLOCK, CASH_KEPT // periods // BLOCK * BLOCK))

    def add(self, chunk: Outcomes) -> None:
        for name, values in chunk.columns.items():
            if name not in self.columns:
                self.columns[name] = np.empty(self.total)
            self.columns[name][chunk.start : chunk.stop] = values
        for party, cash in chunk.cash.items():
            if party not in self.cash:
                self.cash[party] = np.empty((self.kept, cash.shape[1]), dtype=np.float32)
            stop = min(chunk.stop, self.kept)
            if chunk.start < stop:
                self.cash[party][chunk.start : stop] = cash[: stop - chunk.start]
        self.waiting[chunk.start] = chunk.stop
        while self.done in self.waiting:
            self.done = self.waiting.pop(self.done)

    def so_far(self) -> Simulation:
        columns = {name: values[: self.done] for name, values in self.columns.items()}
        cash = {party: values[: min(self.done, self.kept)] for party, values in self.cash.items()}
        return Simulation(self.scenarios, self.done, columns, cash)


def _known(number: float) -> float | None:
    return None if np.isnan(number) else number


__all__ = ["METRICS", "Fan", "PartyRisk", "Simulation", "simulate"]
