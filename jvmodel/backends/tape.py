"""The graph lowered to a tape: one flat list of instructions on registers, for one period of one row each.

What does not depend on an input that varies is worked out once, by `arrays`, and enters as a constant; what no output
needs is left out; registers are used again when their value is no longer needed (design.md section 5).
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from jvmodel.backends.arrays import FUNCTIONS, Run, evaluate, outside
from jvmodel.errors import GraphError
from jvmodel.graph import OPS, ClosedGraph, Const, Direction, Expr, Lag, Lead, Op, Param, Ref, Total

Value = int
"""A value while lowering: its place in the list of nodes."""


@dataclass(frozen=True)
class Tape:
    """Instructions and registers. Registers: constants first, then inputs, then those that are used again and again.

    `inputs` says which input, and which period of it (0 for one that is the same in all), fills each input register;
    `outputs` names what each output register holds: a row and a period, or a row and None for its total.
    """

    code: NDArray[np.int32]
    """(instructions, 5): opcode, destination, three operands"""
    constants: NDArray[np.float64]
    inputs: tuple[tuple[str, int], ...]
    registers: int
    outputs: tuple[tuple[str, int | None], ...]
    places: NDArray[np.int32]
    """Register of each output"""


@dataclass(frozen=True)
class _Node:
    code: int
    args: tuple[Value, ...]


def compile_tape(
    graph: ClosedGraph, varying: Mapping[str, int], outputs: Sequence[str], totals: Sequence[str], base: Run | None = None
) -> Tape:
    """The tape for a graph of which some inputs vary, each with one number (1) or one a period (the number of periods).

    `outputs` are rows wanted period by period, `totals` rows of which the sum over periods is wanted; `base` is a run with
    the other inputs as they are to be. Raises GraphError for names that the graph does not have.
    """
    for name in (*outputs, *totals):
        graph.row(name)
    lowering = _Lowering(graph, varying, base or evaluate(graph))
    lowering.rows()
    wanted: dict[tuple[str, int | None], Value] = {}
    for name in outputs:
        wanted |= {(name, t): lowering.known[name, t] for t in range(graph.timeline.periods)}
    wanted |= {(name, None): lowering.total(name) for name in totals}
    return _allocated(lowering, wanted)


class _Lowering:
    """Nodes of the tape, each made once: constants, inputs, operations."""

    def __init__(self, graph: ClosedGraph, varying: Mapping[str, int], base: Run) -> None:
        self.graph = graph
        self.varying = varying
        self.base = base
        self.periods = graph.timeline.periods
        self.constants: dict[Value, float] = {}
        self.inputs: dict[Value, tuple[str, int]] = {}
        self.nodes: list[_Node | None] = []
        self.known: dict[tuple[str, int], Value] = {}
        self._made: dict[object, Value] = {}
        self._totals: dict[str, Value] = {}
        self.live = self._depending()

    def _depending(self) -> set[str]:
        """Rows that depend on a varying input, by way of any edge."""
        from jvmodel.graph.expression import walk

        def needs(formula: Expr) -> set[str]:
            return {node.name for node in walk(formula) if isinstance(node, Param | Ref | Lag | Lead | Total)}

        wants = {name: needs(info.formula) for name, info in self.graph.rows.items()}
        for kept in (self.graph.openings, self.graph.endings):
            for name, formula in kept.items():
                wants[name] |= needs(formula)
        live: set[str] = set()
        news = {name for name, wanted in wants.items() if wanted & set(self.varying)}
        while news:
            live |= news
            news = {name for name, wanted in wants.items() if name not in live and wanted & live}
        return live

    def rows(self) -> None:
        for one in self.graph.passes:
            periods = range(self.periods)
            order = reversed(periods) if one.direction is Direction.BACKWARD else periods
            pairs = (
                [(name, t) for name in one.rows for t in periods]
                if one.direction is Direction.ALL
                else [(name, t) for t in order for name in one.rows]
            )
            for name, t in pairs:
                if name in self.live:
                    self.known[name, t] = self.value(self.graph.rows[name].formula, t)
                else:
                    self.known[name, t] = self.constant(float(self.base.single(name)[t]))

    def constant(self, value: float) -> Value:
        return self._make(("constant", value), lambda place: self.constants.__setitem__(place, value))

    def _input(self, name: str, period: int) -> Value:
        column = period if self.varying[name] > 1 else 0
        return self._make(("input", name, column), lambda place: self.inputs.__setitem__(place, (name, column)))

    def _make(self, key: object, note, node: _Node | None = None) -> Value:  # type: ignore[no-untyped-def]
        if key not in self._made:
            place = len(self.nodes)
            self.nodes.append(node)
            self._made[key] = place
            if note is not None:
                note(place)
        return self._made[key]

    def operation(self, name: str, *args: Value) -> Value:
        """The node of an operation, folded where its operands are constants or leave nothing to do."""
        if all(one in self.constants for one in args):
            with np.errstate(all="ignore"):
                return self.constant(float(FUNCTIONS[name](*(np.float64(self.constants[one]) for one in args))))
        known = [self.constants.get(one) for one in args]
        short = _shortened(name, args, known)
        if short is not None:
            return short if isinstance(short, int) else self.constant(short[0])
        code = OPS[name].code
        return self._make((code, args), None, _Node(code, args))

    def value(self, formula: Expr, t: int) -> Value:
        if isinstance(formula, Const):
            return self.constant(formula.value)
        if isinstance(formula, Param):
            return self._input(formula.name, t) if formula.name in self.varying else self._given(formula.name, t)
        if isinstance(formula, Ref):
            return self.known[formula.name, t]
        if isinstance(formula, Lag | Lead):
            there = t + (-1 if isinstance(formula, Lag) else 1)
            if 0 <= there < self.periods:
                return self.known[formula.name, there]
            kept = self.graph.openings if isinstance(formula, Lag) else self.graph.endings
            return self.value(kept[formula.name], 0)
        if isinstance(formula, Total):
            return self.total(formula.name)
        assert isinstance(formula, Op)
        if OPS[formula.name].windowed:
            return self._window(formula, t)
        return self.operation(formula.name, *(self.value(operand, t) for operand in formula.args))

    def _given(self, name: str, t: int) -> Value:
        return self.constant(outside(self.base, Param(name))) if not self._series(name) else self.constant(self._at(name, t))

    def _series(self, name: str) -> bool:
        return bool(self.base.inputs[name].shape[1] > 1)

    def _at(self, name: str, t: int) -> float:
        return float(self.base.inputs[name][0, t])

    def total(self, name: str) -> Value:
        if name not in self._totals:
            found = self.known[name, 0]
            for t in range(1, self.periods):
                found = self.operation("add", found, self.known[name, t])
            self._totals[name] = found
        return self._totals[name]

    def _window(self, formula: Op, t: int) -> Value:
        """`trailing` and `delay` as the sum of earlier periods, each with its weight."""
        row, count = formula.args
        assert isinstance(row, Ref)
        nil, one = self.constant(0.0), self.constant(1.0)
        length = self.operation("max", self.value(count, t), nil)
        found = nil
        for age in range(t, -1, -1):
            gap = self.operation("sub", length, self.constant(float(age)))
            if formula.name == "trailing":
                weight = self.operation("min", self.operation("max", gap, nil), one)
            else:
                distance = self.operation("max", gap, self.operation("sub", nil, gap))
                weight = self.operation("max", self.operation("sub", one, distance), nil)
            if self.constants.get(weight) == 0.0:
                continue
            if (row.name, t - age) not in self.known:
                raise GraphError(f"{formula.name}({row.name}) needs a period that is not worked out yet")
            found = self.operation("add", found, self.operation("mul", self.known[row.name, t - age], weight))
        return found


def _shortened(name: str, args: tuple[Value, ...], known: list[float | None]) -> Value | tuple[float] | None:
    """The operand that an operation comes down to, a constant (as a tuple), or None where there is work to do."""
    if name == "add":
        return args[0] if known[1] == 0 else args[1] if known[0] == 0 else None
    if name == "sub":
        return args[0] if known[1] == 0 else None
    if name == "mul":
        if 0.0 in known:
            return (0.0,)
        return args[0] if known[1] == 1 else args[1] if known[0] == 1 else None
    if name == "div" and known[1] == 1:
        return args[0]
    if name == "where" and known[0] is not None:
        return args[1] if known[0] != 0 else args[2]
    if name in ("min", "max") and args[0] == args[1]:
        return args[0]
    return None


def _allocated(lowering: _Lowering, wanted: dict[tuple[str, int | None], Value]) -> Tape:
    """The nodes that outputs need, with registers given and given back."""
    nodes = lowering.nodes
    needed: set[Value] = set()
    waiting = list(wanted.values())
    while waiting:
        one = waiting.pop()
        if one not in needed:
            needed.add(one)
            node = nodes[one]
            waiting += node.args if node is not None else ()
    constants = [one for one in sorted(needed) if one in lowering.constants]
    inputs = [one for one in sorted(needed) if one in lowering.inputs]
    work = [one for one in sorted(needed) if nodes[one] is not None]
    register = {one: place for place, one in enumerate(constants + inputs)}
    fixed = len(register)
    last_use: dict[Value, int] = {}
    for number, one in enumerate(work):
        node = nodes[one]
        assert node is not None
        last_use |= dict.fromkeys(node.args, number)
    last_use |= dict.fromkeys(wanted.values(), len(work))
    free: list[int] = []
    used = fixed
    code = np.zeros((len(work), 5), dtype=np.int32)
    for number, one in enumerate(work):
        node = nodes[one]
        assert node is not None
        operands = [register[arg] for arg in node.args]
        done = {arg for arg in node.args if last_use[arg] == number and register[arg] >= fixed}
        free += [register[arg] for arg in done]
        if free:
            place = free.pop()
        else:
            place, used = used, used + 1
        register[one] = place
        code[number] = [node.code, place, *operands, *([0] * (3 - len(operands)))]
    return Tape(
        code, np.array([lowering.constants[one] for one in constants], dtype=np.float64),
        tuple(lowering.inputs[one] for one in inputs), used, tuple(wanted),
        np.array([register[one] for one in wanted.values()], dtype=np.int32),
    )  # fmt: skip
