"""The fast reading: the graph's tape run for many scenarios at once, by threads over blocks of scenarios.

A tape is kept with its graph and used again for the same question: which inputs vary, which rows are wanted, and what
other inputs are changed to. So a slider, a solver or the next 10,000 trials write none.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from functools import lru_cache
from threading import Lock

import numpy as np
from numpy.typing import ArrayLike, NDArray

from jvmodel.backends import arrays
from jvmodel.backends.solved import solve
from jvmodel.backends.tape import WIDTH, Tape, compile_tape
from jvmodel.backends.threads import in_parts
from jvmodel.errors import RunError
from jvmodel.graph import ClosedGraph

Array = NDArray[np.float64]
FEW = 200
"""Scenarios up to which `arrays` answers sooner than a tape can be written (bench/kernel.py)."""
OFTEN = 12
"""Times that a question about few scenarios is asked before a tape is written for it, which takes as long as eight answers."""
KEPT = 12
"""Tapes kept with a graph, those used last."""
PART = 4096
"""Scenarios that a thread takes at a time, about."""
_ONE_AT_A_TIME = Lock()
"""Threads that ask the same question wait for the one tape."""
CACHE = 512 * 1024
"""Bytes that the registers of a block may fill: half of a usual second-level cache (docs/speed.md)."""


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
    tape = tape_for(graph, varying, outputs, totals, {name: changes[name] for name in changes if name not in varying})
    return _answer(graph, tape, changes, given, scenarios, threads)


def choose(
    graph: ClosedGraph, changes: Mapping[str, ArrayLike], outputs: Sequence[str] = (), totals: Sequence[str] = ()
) -> Values:
    """As `evaluate`; where scenarios are few by `arrays`, or by a tape when the same inputs are changed again and again."""
    given, scenarios = arrays.inputs_of(graph, changes)
    if scenarios > FEW:
        return evaluate(graph, changes, outputs, totals)
    if graph.solved and any(name not in changes for name in graph.solved):
        found = solve(graph, changes, scenarios, lambda guesses, rows: _totals(graph, guesses, rows, None))
        return choose(graph, {**changes, **found}, outputs, totals)
    varying = {name: given[name].shape[1] for name in changes}
    if _asked_often(graph, varying, outputs, totals):
        return _answer(graph, tape_for(graph, varying, outputs, totals), changes, given, scenarios, 1)
    run = arrays.partial(graph, changes, (*outputs, *totals))
    arrays.refuse_not_finite(run)
    return Values({name: run[name] for name in outputs}, {name: run[name].sum(axis=1) for name in totals})


def tape_for(
    graph: ClosedGraph, varying: Mapping[str, int], outputs: Sequence[str], totals: Sequence[str],
    fixed: Mapping[str, ArrayLike] | None = None,
) -> Tape:  # fmt: skip
    """The tape as `compile_tape` writes it, kept from the last time where the question is the same."""
    values = {name: np.asarray(value, dtype=np.float64) for name, value in sorted((fixed or {}).items())}
    changed = tuple((name, value.shape, value.tobytes()) for name, value in values.items())
    key = (*_question(varying, outputs, totals), changed)
    with _ONE_AT_A_TIME:
        tapes: dict[object, Tape] = graph.kept.setdefault("tapes", {})
        tape = tapes.pop(key, None) or compile_tape(graph, varying, outputs, totals, fixed)
        tapes[key] = tape  # last in the order
        for oldest in list(tapes)[:-KEPT]:
            del tapes[oldest]
        return tape


def _question(varying: Mapping[str, int], outputs: Sequence[str], totals: Sequence[str]) -> tuple[object, ...]:
    return tuple(sorted(varying.items())), tuple(outputs), tuple(totals)


def _asked_often(graph: ClosedGraph, varying: Mapping[str, int], outputs: Sequence[str], totals: Sequence[str]) -> bool:
    """Counts the question, and says whether a tape for it pays."""
    key = _question(varying, outputs, totals)
    with _ONE_AT_A_TIME:
        asked: dict[object, int] = graph.kept.setdefault("asked", {})
        asked[key] = asked.pop(key, 0) + 1
        for oldest in list(asked)[: -10 * KEPT]:
            del asked[oldest]
        return asked[key] > OFTEN


def _totals(graph: ClosedGraph, changes: Mapping[str, ArrayLike], rows: tuple[str, ...], threads: int | None) -> Array:
    """Totals of some rows, (rows, scenarios); a solver asks for the same ones again and again."""
    given, scenarios = arrays.inputs_of(graph, changes)
    if scenarios <= FEW:
        varying = {name: given[name].shape[1] for name in changes}
        if _asked_often(graph, varying, (), rows):
            return run(tape_for(graph, varying, (), rows), given, scenarios, 1)
        return arrays.totals(graph, changes, rows)
    values = evaluate(graph, changes, (), rows, threads)
    return np.array([values.totals[name] for name in rows])


def run(tape: Tape, inputs: Mapping[str, Array], scenarios: int, threads: int | None = None) -> Array:
    """The outputs of a tape, shape (outputs, scenarios), for inputs of shape (scenarios or 1, 1 or periods)."""
    return _run(tape, inputs, scenarios, threads)[0]


def _run(tape: Tape, inputs: Mapping[str, Array], scenarios: int, threads: int | None) -> tuple[Array, bool]:
    """The outputs, and whether all are finite."""
    from jvmodel.backends.machine import LANES, execute

    results = np.empty((len(tape.outputs), scenarios))
    widest = max(2, min(8, CACHE // (8 * LANES * tape.registers)))
    lanes = min(widest, -(-scenarios // LANES))
    share = max(1, PART // (lanes * LANES)) * lanes * LANES

    def work(start: int, stop: int) -> bool:
        filled = np.empty((len(tape.inputs), stop - start))
        for number, (name, column) in enumerate(tape.inputs):
            values = inputs[name]
            filled[number] = values[start:stop, column] if values.shape[0] > 1 else values[0, column]
        finite = execute(tape.code, tape.numbers, tape.constants, filled, tape.registers, results, start, stop, lanes)
        return bool(finite)

    return results, all(in_parts(work, scenarios, share, threads))


def _answer(
    graph: ClosedGraph, tape: Tape, changes: Mapping[str, ArrayLike], given: Mapping[str, Array], scenarios: int,
    threads: int | None,
) -> Values:  # fmt: skip
    results, finite = _run(tape, given, scenarios, threads)
    if not finite:
        _explain(graph, changes, int(np.argwhere(~np.isfinite(results))[0][1]), scenarios)
    return _sorted(tape, results, graph.timeline.periods)


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
    return bool(execute(np.zeros((0, WIDTH), np.int32), np.zeros(0), np.zeros(0), nothing, 1, nothing, 0, 1, 1))
