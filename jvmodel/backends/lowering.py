"""The graph lowered to nodes: one operation on numbers for every period of every row that the outputs need, each made once.

What does not depend on an input that varies is worked out by `arrays` and enters as a constant. Algebra here is exact: it
never changes a bit of a result, so that a kernel run and a run by `arrays` take the same turns at a limit.
"""

from __future__ import annotations

import math
from collections.abc import Callable, Mapping, Sequence

import numpy as np
from numpy.typing import ArrayLike

from jvmodel.backends.arrays import FUNCTIONS, partial
from jvmodel.errors import GraphError
from jvmodel.graph import OPS, ClosedGraph, Const, Direction, Expr, Lag, Lead, Op, Param, Ref, Total
from jvmodel.graph.expression import walk

Node = int
"""A value while lowering: its place in the lists of nodes."""
Reader = Callable[[int], Node]
"""The node of a formula in a period."""
LEAF = 0
"""Code of a constant or an input: nothing to work out."""
ADD, SUB, MUL, DIV, MIN, MAX, WHERE, RATIO, POWER = (
    OPS[name].code for name in ("add", "sub", "mul", "div", "min", "max", "where", "ratio", "power")
)
COMPARISONS = {OPS[name].code for name in ("lt", "le", "gt", "ge")}


class Lowering:
    """Nodes as lists: `code` (an operation's, or LEAF), `args`, `number` (of a constant, else None) and `period`.

    `period` is the latest period that a node needs, the order in which the tape takes its work. A node stands after those
    it needs. `inputs` says which input, and which period of it, an input node is.
    """

    def __init__(
        self, graph: ClosedGraph, varying: Mapping[str, int], names: Sequence[str], fixed: Mapping[str, ArrayLike]
    ) -> None:
        self.graph = graph
        self.varying = varying
        self.periods = graph.timeline.periods
        self.code: list[int] = []
        self.args: list[tuple[Node, ...]] = []
        self.number: list[float | None] = []
        self.period: list[int] = []
        self.inputs: dict[Node, tuple[str, int]] = {}
        self.known: dict[str, list[Node]] = {}
        self._made: dict[object, Node] = {}
        self._totals: dict[str, Node] = {}
        self._now = 0
        needed, live = graph.needed(tuple(names)), depending(graph, varying)
        self.base = partial(graph, fixed, tuple(name for name in graph.rows if name in needed and name not in live))
        with np.errstate(all="ignore"):
            self._rows(needed, live)

    def total(self, name: str) -> Node:
        """The sum of a row over all periods."""
        if name not in self._totals:
            now, self._now = self._now, 0
            first, *others = self.known[name]
            for other in others:
                first = self.add(first, other)
            self._totals[name], self._now = first, now
        return self._totals[name]

    # rows

    def _rows(self, needed: frozenset[str], live: frozenset[str]) -> None:
        for one in self.graph.passes:
            names = [name for name in one.rows if name in needed]
            for name in names:
                self.known[name] = [-1] * self.periods
            readers = []
            for name in names:
                if name in live:
                    readers.append((self.known[name], self._reader(self.graph.rows[name].formula)))
                else:
                    self.known[name][:] = [self.constant(value) for value in self.base.single(name).tolist()]
            periods = range(self.periods - 1, -1, -1) if one.direction is Direction.BACKWARD else range(self.periods)
            for t in periods:
                self._now = t
                for cells, reader in readers:
                    cells[t] = reader(t)

    def _reader(self, formula: Expr) -> Reader:
        if isinstance(formula, Const):
            return self._always(self.constant(formula.value))
        if isinstance(formula, Param):
            return self._param(formula.name)
        if isinstance(formula, Ref):
            return self.known[formula.name].__getitem__
        if isinstance(formula, Lag | Lead):
            return self._shifted(formula)
        if isinstance(formula, Total):
            return lambda _: self.total(formula.name)
        assert isinstance(formula, Op)
        if OPS[formula.name].windowed:
            return self._window(formula)
        return self._operation(formula)

    def _always(self, node: Node) -> Reader:
        return lambda _: node

    def _param(self, name: str) -> Reader:
        if name in self.varying:
            if self.varying[name] == 1:
                return self._always(self._input(name, 0))
            return lambda t: self._input(name, t)
        values = self.base.inputs[name][0].tolist()
        if len(values) == 1:
            return self._always(self.constant(values[0]))
        return lambda t: self.constant(values[t])

    def _shifted(self, formula: Lag | Lead) -> Reader:
        cells, step = self.known[formula.name], -1 if isinstance(formula, Lag) else 1
        kept = (self.graph.openings if step < 0 else self.graph.endings)[formula.name]
        edge = 0 if step < 0 else self.periods - 1
        return lambda t: cells[t + step] if t != edge else self._reader(kept)(0)

    def _operation(self, formula: Op) -> Reader:
        make = {"add": self.add, "sub": self.sub, "mul": self.mul}.get(formula.name)
        readers = [self._reader(operand) for operand in formula.args]
        if make is not None:
            left, right = readers
            return lambda t: make(left(t), right(t))
        name = formula.name
        return lambda t: self.operation(name, *[reader(t) for reader in readers])

    def _window(self, formula: Op) -> Reader:
        """`trailing` and `delay` as the sum of earlier periods, each with its weight."""
        row, count = formula.args
        assert isinstance(row, Ref)
        cells, length_at, trailing = self.known[row.name], self._reader(count), formula.name == "trailing"
        nil, one = self.constant(0.0), self.constant(1.0)

        def read(t: int) -> Node:
            length = self.operation("max", length_at(t), nil)
            found = nil
            for age in range(t, -1, -1):
                gap = self.sub(length, self.constant(float(age)))
                if trailing:
                    weight = self.operation("min", self.operation("max", gap, nil), one)
                else:
                    distance = self.operation("max", gap, self.sub(nil, gap))
                    weight = self.operation("max", self.sub(one, distance), nil)
                if self.number[weight] == 0.0:
                    continue
                if cells[t - age] < 0:
                    raise GraphError(f"{formula.name}({row.name}) needs a period that is not worked out yet")
                found = self.add(found, self.mul(cells[t - age], weight))
            return found

        return read

    # nodes

    def constant(self, value: float) -> Node:
        """The node of a constant."""
        node = self._made.get(value)
        if node is None:
            node = self._made[value] = self._append(LEAF, (), value, -1)
        return node

    def _input(self, name: str, column: int) -> Node:
        node = self._made.get((name, column))
        if node is None:
            node = self._made[name, column] = self._append(LEAF, (), None, -1)
            self.inputs[node] = (name, column)
        return node

    def _append(self, code: int, args: tuple[Node, ...], number: float | None, period: int) -> Node:
        self.code.append(code)
        self.args.append(args)
        self.number.append(number)
        self.period.append(period)
        return len(self.code) - 1

    def _node(self, code: int, *args: Node) -> Node:
        key = (code, *args)
        node = self._made.get(key)
        if node is None:
            period = max(self._now, *[self.period[one] for one in args])
            node = self._made[key] = self._append(code, args, None, period)
        return node

    def _negated(self, node: Node) -> Node | None:
        """What the node is the negative of, where it is one."""
        if self.code[node] == SUB and self.number[self.args[node][0]] == 0.0:
            return self.args[node][1]
        return None

    def add(self, a: Node, b: Node) -> Node:
        """The sum, a constant first."""
        left, right = self.number[a], self.number[b]
        if left is not None and right is not None:
            return self.constant(left + right)
        if left == 0.0:
            return b
        if right == 0.0:
            return a
        if right is None:
            lent = self._negated(b)
            if lent is not None:
                return self.sub(a, lent)
            lent = self._negated(a)
            if lent is not None:
                return self.sub(b, lent)
        return self._node(ADD, a, b) if right is None and (left is not None or a < b) else self._node(ADD, b, a)

    def sub(self, a: Node, b: Node) -> Node:
        """The difference; of a constant subtracted, the sum with its negative."""
        left, right = self.number[a], self.number[b]
        if right is not None:
            return self.constant(left - right) if left is not None else self.add(a, self.constant(-right))
        if a == b:
            return self.constant(0.0)
        lent = self._negated(b)
        if lent is not None:
            return self.add(a, lent)
        if left == 0.0 and self.code[b] == SUB:
            return self.sub(self.args[b][1], self.args[b][0])
        if left == 0.0 and self.code[b] == MUL and (factor := self.number[self.args[b][1]]) is not None:
            return self.mul(self.args[b][0], self.constant(-factor))
        return self._node(SUB, a, b)

    def mul(self, a: Node, b: Node) -> Node:
        """The product, a constant last."""
        left, right = self.number[a], self.number[b]
        if left is not None:
            if right is not None:
                return self.constant(left * right)
            a, b, left, right = b, a, right, left
        if right is None:
            return self._node(MUL, a, b) if a < b else self._node(MUL, b, a)
        if right == 0.0:
            return b
        if right == 1.0:
            return a
        lent = self._negated(a)
        return self._node(MUL, a, b) if lent is None else self.mul(lent, self.constant(-right))

    def operation(self, name: str, *args: Node) -> Node:
        """The node of any other operation, folded where its operands are constants or leave nothing to do."""
        known = [self.number[one] for one in args]
        if None not in known:
            return self.constant(float(FUNCTIONS[name](*[np.float64(one) for one in known])))
        short = self._shortened(OPS[name].code, args, known)
        return self._node(OPS[name].code, *args) if short is None else short

    def _shortened(self, code: int, args: tuple[Node, ...], known: list[float | None]) -> Node | None:
        """A node that an operation comes down to, exactly; None where there is none."""
        if code == RATIO and known[1] is not None:
            return args[2] if known[1] == 0 else self.operation("div", args[0], args[1])
        if code == DIV and known[1] is not None and abs(math.frexp(known[1])[0]) == 0.5:
            return self.mul(args[0], self.constant(1 / known[1]))
        if code == WHERE:
            if known[0] is not None:
                return args[1] if known[0] != 0 else args[2]
            if args[1] == args[2] or (known[1:] == [1.0, 0.0] and self.code[args[0]] in COMPARISONS):
                return args[1] if args[1] == args[2] else args[0]
        if code in (MIN, MAX):
            if args[0] == args[1] or (code == MAX and known[1] is not None and self._at_least(args[0]) >= known[1]):
                return args[0]
            if known[0] is not None or (known[1] is None and args[0] > args[1]):
                return self.operation("min" if code == MIN else "max", args[1], args[0])
        if code == POWER and known[1] == 1.0:
            return args[0]
        return None

    def _at_least(self, node: Node) -> float:
        """A number that the node is never below."""
        if self.code[node] in COMPARISONS:
            return 0.0
        bound = self.number[self.args[node][1]] if self.code[node] == MAX else None
        return -np.inf if bound is None else bound


def depending(graph: ClosedGraph, varying: Mapping[str, int]) -> frozenset[str]:
    """Rows that depend on an input that varies, by way of any edge."""
    users: dict[str, list[str]] = {}
    for name, info in graph.rows.items():
        formulas = [info.formula, *(kept[name] for kept in (graph.openings, graph.endings) if name in kept)]
        for formula in formulas:
            for node in walk(formula):
                if isinstance(node, Param | Ref | Lag | Lead | Total):
                    users.setdefault(node.name, []).append(name)
    live: set[str] = set()
    waiting = list(varying)
    while waiting:
        for name in users.get(waiting.pop(), ()):
            if name not in live:
                live.add(name)
                waiting.append(name)
    return frozenset(live)
