"""The fast reading: the graph's tape run for many scenarios at once, by threads over blocks of scenarios."""

from __future__ import annotations

import os
from collections.abc import Mapping, Sequence
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass
from functools import lru_cache

import numpy as np
from numpy.typing import ArrayLike, NDArray

from jvmodel.backends import arrays
from jvmodel.backends.solved import solve
from jvmodel.backends.tape import WIDTH, Tape, compile_tape
from jvmodel.errors import RunError
from jvmodel.graph import ClosedGraph

Array = NDArray[np.float64]
FEW = 200
"""Scenarios up to which `arrays` answers sooner than a tape can be written (bench/kernel.py)."""


@dataclass(frozen=True)
class Values:
    """What was asked for: rows by name, (scenarios, periods), and totals of rows by name, (scenarios,)."""

    rows: dict[str, Array]
    totals: dict[str, Array]


def evaluate(
    graph: ClosedGraph, changes: Mapping[str, ArrayLike], outputs: Sequence[str] = (), totals: Sequence[str] = (),
    threads: int | None = None,
) -> Values:  # fmt: skip
    """The rows and totals asked for, for `changes` as `arrays.evaluate` takes them; the same numbers for any `threads`.

    Raises GraphError for unknown names and RunError where an output is not finite.
    """
    given, scenarios = arrays.inputs_of(graph, changes)
    if graph.solved and any(name not in changes for name in graph.solved):
        found = solve(graph, changes, scenarios, lambda guesses, rows: _totals(graph, guesses, rows, threads))
        return evaluate(graph, {**changes, **found}, outputs, totals, threads)
    varying = {name: given[name].shape[1] for name in changes if given[name].shape[0] > 1}
    fixed = {name: changes[name] for name in changes if name not in varying}
    tape = compile_tape(graph, varying, outputs, totals, arrays.evaluate(graph, fixed, check=False))
    results = run(tape, {name: given[name] for name in varying}, scenarios, threads)
    if not np.isfinite(results).all():
        _explain(graph, changes, int(np.argwhere(~np.isfinite(results))[0][1]), scenarios)
    return _sorted(tape, results, graph.timeline.periods)


def _totals(graph: ClosedGraph, changes: Mapping[str, ArrayLike], rows: tuple[str, ...], threads: int | None) -> Array:
    """Totals of some rows, (rows, scenarios)."""
    _, scenarios = arrays.inputs_of(graph, changes)
    if scenarios <= FEW:
        return arrays.totals(graph, changes, rows)
    values = evaluate(graph, changes, (), rows, threads)
    return np.array([values.totals[name] for name in rows])


def choose(
    graph: ClosedGraph, changes: Mapping[str, ArrayLike], outputs: Sequence[str] = (), totals: Sequence[str] = ()
) -> Values:
    """As `evaluate`, by `arrays` where the scenarios are few."""
    _, scenarios = arrays.inputs_of(graph, changes)
    if scenarios > FEW:
        return evaluate(graph, changes, outputs, totals)
    found = arrays.evaluate(graph, changes)
    return Values({name: found[name] for name in outputs}, {name: found[name].sum(axis=1) for name in totals})


def run(tape: Tape, inputs: Mapping[str, Array], scenarios: int, threads: int | None = None) -> Array:
    """The outputs of a tape, shape (outputs, scenarios), for inputs of shape (scenarios, 1 or periods)."""
    from jvmodel.backends.machine import BLOCK, execute

    filled = np.empty((len(tape.inputs), scenarios))
    for number, (name, column) in enumerate(tape.inputs):
        filled[number] = inputs[name][:, column]
    results = np.empty((len(tape.outputs), scenarios))
    workers = threads or os.cpu_count() or 1
    share = max(BLOCK, -(-scenarios // (workers * 4) // BLOCK) * BLOCK)
    parts = [(start, min(start + share, scenarios)) for start in range(0, scenarios, share)]

    def work(part: tuple[int, int]) -> None:
        execute(tape.code, tape.numbers, tape.constants, filled, tape.registers, results, *part)

    if workers == 1 or len(parts) == 1:
        for part in parts:
            work(part)
    else:
        with ThreadPoolExecutor(workers) as pool:
            list(pool.map(work, parts))
    return results


def _sorted(tape: Tape, results: Array, periods: int) -> Values:
    rows: dict[str, Array] = {}
    totals: dict[str, Array] = {}
    for number, (name, period) in enumerate(tape.outputs):
        if period is None:
            totals[name] = results[number]
        elif period == 0:
            rows[name] = results[number : number + periods].T
    return Values(rows, totals)


def _explain(graph: ClosedGraph, changes: Mapping[str, ArrayLike], scenario: int, scenarios: int) -> None:
    """Runs the scenario that failed by `arrays`, which names the row."""
    one = {}
    for name, value in changes.items():
        values = np.asarray(value, dtype=np.float64)
        one[name] = values[scenario : scenario + 1] if values.ndim and values.shape[0] == scenarios > 1 else values
    arrays.evaluate(graph, one)
    raise RunError(f"scenario {scenario + 1} gives a number that is not finite; check the values that its inputs take")


@lru_cache(maxsize=1)
def warm() -> bool:
    """Loads (or on first use compiles) the machine."""
    from jvmodel.backends.machine import execute

    nothing = np.zeros((0, 1))
    execute(np.zeros((0, WIDTH), np.int32), np.zeros(0), np.zeros(0), nothing, 1, nothing, 0, 1)
    return True
