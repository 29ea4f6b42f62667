"""The reference reading: NumPy arrays of scenarios x periods, one vectorised operation at a time."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass

import numpy as np
from numpy.typing import ArrayLike, NDArray

from jvmodel.backends.solved import solve
from jvmodel.errors import GraphError, RunError
from jvmodel.graph import ClosedGraph, Const, Direction, Expr, Lag, Lead, Op, Param, Ref, Total

Array = NDArray[np.float64]


@dataclass(frozen=True)
class Run:
    """Values of every row, each of shape (scenarios, periods)."""

    graph: ClosedGraph
    rows: dict[str, Array]
    scenarios: int
    inputs: dict[str, Array]
    """Inputs as used, of shapes that broadcast to (scenarios, periods)"""

    def __getitem__(self, name: str) -> Array:
        self.graph.row(name)
        values: Array = np.broadcast_to(self.rows[name], (self.scenarios, self.graph.timeline.periods))
        return values

    def single(self, name: str) -> Array:
        """The values of a row in the first scenario, shape (periods,)."""
        values: Array = self[name][0]
        return values


def _ratio(numerator: Array, divisor: Array, otherwise: Array) -> Array:
    nil = divisor == 0
    return _where(nil, otherwise, numerator / _where(nil, 1.0, divisor))


def _where(condition: ArrayLike, yes: ArrayLike, no: ArrayLike) -> Array:
    result: Array = np.where(np.asarray(condition) != 0, yes, no)
    return result


def _normal(score: ArrayLike) -> Array:
    from scipy.special import ndtr  # most deals have no use for it, and it takes long to load

    result: Array = ndtr(score)
    return result


FUNCTIONS: dict[str, Callable[..., Array]] = {
    "add": np.add,
    "sub": np.subtract,
    "mul": np.multiply,
    "div": np.divide,
    "min": np.minimum,
    "max": np.maximum,
    "where": _where,
    "ratio": _ratio,
    "power": np.power,
    "lt": lambda a, b: _where(a < b, 1.0, 0.0),
    "le": lambda a, b: _where(a <= b, 1.0, 0.0),
    "gt": lambda a, b: _where(a > b, 1.0, 0.0),
    "ge": lambda a, b: _where(a >= b, 1.0, 0.0),
    "exp": np.exp,
    "log": np.log,
    "floor": np.floor,
    "normal": _normal,
}


def evaluate(graph: ClosedGraph, changes: Mapping[str, ArrayLike] | None = None, *, check: bool = True) -> Run:
    """Every row of the graph, for the inputs as given or changed.

    `changes` maps names of inputs to a number, one per scenario (scenarios,), one per period (1, periods), or both
    (scenarios, periods). Raises GraphError for an unknown input and RunError for a row that is not finite.
    """
    inputs, scenarios = inputs_of(graph, changes or {})
    if graph.solved:
        found = solve(graph, changes or {}, scenarios, lambda guesses, rows: totals(graph, guesses, rows))
        inputs |= {name: values[:, None] for name, values in found.items()}
    work = _Work(graph, inputs, scenarios)
    with np.errstate(all="ignore"):
        for one in graph.passes:
            work.run(one.rows, one.direction)
    run = Run(graph, work.rows, scenarios, inputs)
    if check:
        refuse_not_finite(run)
    return run


def totals(graph: ClosedGraph, changes: Mapping[str, ArrayLike], rows: tuple[str, ...]) -> Array:
    """Totals of some rows, (rows, scenarios), working out no more than they need."""
    run = partial(graph, changes, rows)
    return np.array([run[name].sum(axis=1) for name in rows])


def partial(graph: ClosedGraph, changes: Mapping[str, ArrayLike], rows: tuple[str, ...]) -> Run:
    """A run of some rows and of all that they need; solved numbers are as given or as changed."""
    inputs, scenarios = inputs_of(graph, changes)
    work = _Work(graph, inputs, scenarios)
    wanted = graph.needed(rows)
    with np.errstate(all="ignore"):
        for one in graph.passes:
            if wanted.issuperset(one.rows[:1]):
                work.run(one.rows, one.direction)
    return Run(graph, work.rows, scenarios, inputs)


def outside(run: Run, formula: Expr) -> float:
    """The value before the first or after the last period, in the first scenario."""
    work = _Work(run.graph, run.inputs, run.scenarios)
    work.rows = run.rows
    with np.errstate(all="ignore"):
        return float(work.value(formula, 0)[0, 0])


def inputs_of(graph: ClosedGraph, changes: Mapping[str, ArrayLike]) -> tuple[dict[str, Array], int]:
    """Values of all inputs as arrays that broadcast to (scenarios, periods), and the number of scenarios."""
    unknown = sorted(set(changes) - set(graph.params))
    if unknown:
        raise GraphError(f"there is no input '{unknown[0]}'; known inputs are named like the paths of the deal")
    if "inputs" not in graph.kept:
        graph.kept["inputs"] = {
            name: _fitting(graph, name, np.atleast_1d(np.asarray(given.value, dtype=np.float64))[None])
            for name, given in graph.params.items()
        }
    inputs: dict[str, Array] = dict(graph.kept["inputs"])
    scenarios = 1
    for name, changed in changes.items():
        value = np.asarray(changed, dtype=np.float64)
        inputs[name] = value = _fitting(graph, name, value if value.ndim > 1 else value.reshape(-1, 1))
        if value.shape[0] > 1:
            if scenarios not in (1, value.shape[0]):
                raise GraphError(f"input '{name}' has {value.shape[0]} scenarios where others have {scenarios}")
            scenarios = value.shape[0]
    return inputs, scenarios


def _fitting(graph: ClosedGraph, name: str, value: Array) -> Array:
    """The value of an input, (scenarios, 1 or periods); refused where it has another shape, or is not finite."""
    if value.shape[1] not in (1, graph.timeline.periods) or (value.shape[1] > 1 and not graph.params[name].series):
        raise GraphError(
            f"input '{name}' is changed to an array of shape {value.shape}; use (scenarios,) or (scenarios, periods)"
        )
    if not np.isfinite(value).all():
        raise RunError(f"input '{name}' is changed to a number that is not finite")
    return value


def refuse_not_finite(run: Run) -> None:
    """Raises RunError naming the first row (in the order of work), period and scenario that is not finite."""
    for one in run.graph.passes:
        for name in one.rows:
            if name not in run.rows:
                continue
            values = run.rows[name]
            if not np.isfinite(values).all():
                scenario, period = np.argwhere(~np.isfinite(values))[0]
                label = run.graph.timeline.labels[min(period, run.graph.timeline.periods - 1)]
                raise RunError(
                    f"row '{name}' ({run.graph.rows[name].label}) is {values[scenario, period]} in {label}"
                    f" (scenario {scenario + 1}); check the inputs it comes from: jvmodel explain DEAL {name}"
                )


class _Work:
    """Rows found so far, and how to find the value of a formula in one period or in all."""

    def __init__(self, graph: ClosedGraph, inputs: dict[str, Array], scenarios: int) -> None:
        self.graph = graph
        self.inputs = inputs
        self.scenarios = scenarios
        self.periods = graph.timeline.periods
        self.rows: dict[str, Array] = {}

    def run(self, names: tuple[str, ...], direction: Direction) -> None:
        if direction is Direction.ALL:
            for name in names:
                value = self.value(self.graph.rows[name].formula, None)
                self.rows[name] = np.broadcast_to(value, (value.shape[0], self.periods))
            return
        for name in names:
            self.rows[name] = np.zeros((self.scenarios, self.periods))
        order = range(self.periods) if direction is Direction.FORWARD else range(self.periods - 1, -1, -1)
        for period in order:
            for name in names:
                self.rows[name][:, period] = self.value(self.graph.rows[name].formula, period)[:, 0]

    def value(self, formula: Expr, period: int | None) -> Array:
        """Shape (scenarios or 1, periods or 1) for all periods, (scenarios or 1, 1) for one."""
        if isinstance(formula, Op):
            if formula.name in ("trailing", "delay"):
                return self._window(formula, period)
            return FUNCTIONS[formula.name](*[self.value(operand, period) for operand in formula.args])
        if isinstance(formula, Ref):
            row = self.rows[formula.name]
            return row if period is None else row[:, period : period + 1]
        if isinstance(formula, Param):
            value = self.inputs[formula.name]
            return value if period is None or value.shape[1] == 1 else value[:, period : period + 1]
        if isinstance(formula, Const):
            return np.array([[formula.value]])
        if isinstance(formula, Lag):
            return self._shifted(formula.name, period, -1, self.graph.openings)
        if isinstance(formula, Lead):
            return self._shifted(formula.name, period, 1, self.graph.endings)
        assert isinstance(formula, Total)
        total: Array = self.rows[formula.name].sum(axis=1, keepdims=True)
        return total

    def _shifted(self, name: str, period: int | None, step: int, outside: dict[str, Expr]) -> Array:
        row = self.rows[name]
        if period is not None:
            there = period + step
            if 0 <= there < self.periods:
                return row[:, there : there + 1]
            return self.value(outside[name], 0)
        edge = np.broadcast_to(self.value(outside[name], 0), (max(row.shape[0], self.value(outside[name], 0).shape[0]), 1))
        row = np.broadcast_to(row, (edge.shape[0], self.periods))
        parts = (edge, row[:, :-1]) if step < 0 else (row[:, 1:], edge)
        return np.concatenate(parts, axis=1)

    def _window(self, formula: Op, period: int | None) -> Array:
        reference, count = formula.args
        assert isinstance(reference, Ref)
        row = self.rows[reference.name]
        length = self.value(count, period)
        if period is not None:
            return _window_at(formula.name, row, np.broadcast_to(length, (length.shape[0], 1)), period)
        columns = [
            _window_at(formula.name, row, length[:, t : t + 1] if length.shape[1] > 1 else length, t) for t in range(self.periods)
        ]
        return np.concatenate(columns, axis=1)


def _window_at(kind: str, row: Array, length: Array, period: int) -> Array:
    """`trailing` or `delay` of a row at one period; `length` of shape (scenarios or 1, 1), never negative."""
    ages = period - np.arange(period + 1)[None, :]
    length = np.maximum(length, 0.0)
    trailing = kind == "trailing"
    weights = np.clip(length - ages, 0.0, 1.0) if trailing else np.maximum(0.0, 1.0 - np.abs(length - ages))
    # zero weight times a value not yet worked out is still nothing
    result: Array = (row[:, : period + 1] * weights).sum(axis=1, keepdims=True)
    return result
