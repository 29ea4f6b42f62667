"""The graph in words: a row's formula in labels, and the trace of one number back to the inputs."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

from jvmodel.errors import GraphError
from jvmodel.graph import OPS, ClosedGraph, Const, Expr, Lag, Lead, Op, Param, Ref, Total
from jvmodel.graph.expression import walk
from jvmodel.shown import text

if TYPE_CHECKING:
    from jvmodel.backends.arrays import Run

LOOSE = 0
WORDS_LEVEL = {"min": 2, "max": 2, "where": 1, "ratio": 3, "power": 3, "lt": 2, "le": 2, "gt": 2, "ge": 2}
"""How tightly the words of an operation bind; the others as in Excel."""


def sentence(graph: ClosedGraph, name: str) -> str:
    """The formula of a row in labels, such as `Royalty payable = Base of the royalty × Royalty rate`."""
    info = graph.row(name)
    return f"{info.label} = {in_words(graph, info.formula, info.block)}"


def in_words(graph: ClosedGraph, formula: Expr, block: str = "") -> str:
    """A formula in labels; rows of another block than `block` are named with its heading."""
    return _words(graph, formula, LOOSE, block)


def _label(graph: ClosedGraph, name: str, block: str) -> str:
    """The label of a row, with the heading of its block where that is another one and the label alone may mislead."""
    info = graph.rows[name]
    heading = graph.headings[info.block].title if info.block in graph.headings else info.block
    same = info.block == block or heading.lower() in info.label.lower() or info.block in ("measures", "ledger")
    return info.label if same else f"{info.label} ({heading})"


def _words(graph: ClosedGraph, formula: Expr, least: int, block: str) -> str:
    if isinstance(formula, Const):
        return f"{formula.value:g}".replace("-", "−")
    if isinstance(formula, Param):
        return graph.params[formula.name].label
    if isinstance(formula, Ref):
        return _label(graph, formula.name, block)
    if isinstance(formula, Lag):
        return f"{_label(graph, formula.name, block)} of the period before"
    if isinstance(formula, Lead):
        return f"{_label(graph, formula.name, block)} of the next period"
    if isinstance(formula, Total):
        return f"{_label(graph, formula.name, block)} over all periods"
    if not isinstance(formula, Op):
        raise GraphError(f"{type(formula).__name__} has no words")
    operation = OPS[formula.name]
    simple = _plain(graph, formula, least, block)
    if simple is not None:
        return simple
    level = WORDS_LEVEL.get(operation.name, operation.level)
    inner = {3: (3, 4), 4: (4, 5)}.get(operation.level, (4, 5, 4) if operation.name in ("ratio", "power") else (2, 2, 2))
    parts = [_words(graph, operand, wanted, block) for operand, wanted in zip(formula.args, inner, strict=False)]
    words = operation.words.format(*parts)
    return f"({words})" if level < least else words


def _plain(graph: ClosedGraph, formula: Op, least: int, block: str) -> str | None:
    """Shorter words where there are: a change of sign, a floor at nil."""
    name, args = formula.name, formula.args
    nil = Const(0.0)
    if name == "sub" and args[0] == nil:
        return f"−{_words(graph, args[1], 5, block)}"
    if name == "max" and args[1] == nil:
        return (
            f"{_words(graph, args[0], 2, block)}, at least 0"
            if least == LOOSE
            else f"({_words(graph, args[0], 2, block)}, at least 0)"
        )
    return None


@dataclass(frozen=True)
class Step:
    """A number on the way to the inputs: what it is, its value, how it comes about, and what it comes from."""

    name: str
    label: str
    period: str
    value: float
    unit: str
    words: str
    origin: str = ""
    """Path in the deal file and note, for an input"""
    seen: bool = False
    """Whether it was shown before, with what it comes from"""
    causes: tuple[Step, ...] = ()

    @property
    def shown(self) -> str:
        """The number with its unit."""
        return text(self.value, self.unit)


def trace(run: Run, name: str, period: int | None, depth: int) -> Step:
    """The way of a row's value in a period (the sum over all when None) to the inputs, `depth` steps far."""
    return _Tracer(run).row(name, period, depth)


class _Tracer:
    def __init__(self, run: Run) -> None:
        self.run = run
        self.graph = run.graph
        self.seen: set[tuple[str, int | None]] = set()

    def row(self, name: str, period: int | None, depth: int, block: str | None = None) -> Step:
        """A row's number, named as the formula of a row of `block` names it."""
        info = self.graph.row(name)
        label = info.label if block is None else _label(self.graph, name, block)
        values = self.run.single(name)
        labels = self.graph.timeline.labels
        unit = self.graph.display_unit(name)
        when = "all periods" if period is None else labels[period]
        value = float(values.sum()) if period is None else float(values[period])
        words = in_words(self.graph, info.formula, info.block)
        seen = (name, period) in self.seen
        self.seen.add((name, period))
        causes = () if seen or depth == 0 else self._causes(info.formula, name, period, depth - 1)
        return Step(name, label, when, value, unit, words, seen=seen, causes=causes)

    def _causes(self, formula: Expr, name: str, period: int | None, depth: int) -> tuple[Step, ...]:
        """What stands in a formula, each once; a sum over periods comes from its periods."""
        if period is None:
            values = self.run.single(name)
            return tuple(self.row(name, t, depth) for t in range(len(values)) if values[t])
        found: list[Step] = []
        for node in dict.fromkeys(walk(formula)):
            step = self._cause(node, period, depth, self.graph.row(name).block)
            if step is not None:
                found.append(step)
        return tuple(found)

    def _cause(self, node: Expr, period: int, depth: int, block: str) -> Step | None:
        last = self.graph.timeline.periods - 1
        if isinstance(node, Ref):
            return self.row(node.name, period, depth, block)
        if isinstance(node, Lag | Lead):
            there = period + (-1 if isinstance(node, Lag) else 1)
            if 0 <= there <= last:
                return self.row(node.name, there, depth, block)
            return self._outside(node, block)
        if isinstance(node, Total):
            return self.row(node.name, None, min(depth, 1), block)
        if isinstance(node, Param):
            return self._input(node.name, period)
        return None

    def _outside(self, node: Lag | Lead, block: str) -> Step:
        from jvmodel.backends.arrays import outside

        before = isinstance(node, Lag)
        kept = self.graph.openings if before else self.graph.endings
        formula = kept[node.name]
        when = "before the first period" if before else "after the last period"
        label, unit = _label(self.graph, node.name, block), self.graph.display_unit(node.name)
        return Step(
            node.name,
            label,
            when,
            outside(self.run, formula),
            unit,
            in_words(self.graph, formula, self.graph.rows[node.name].block),
        )

    def _input(self, name: str, period: int) -> Step:
        given = self.graph.params[name]
        series = isinstance(given.value, tuple)
        value = given.value[period] if isinstance(given.value, tuple) else given.value
        when = self.graph.timeline.labels[period] if series else ""
        origin = {"deal": given.path, "time": "timeline", "unit": "conversion", "solved": "solved by the model"}[given.source]
        origin = origin or "input"
        note = f"; {given.note}" if given.note else ""
        return Step(name, given.label, when, value, given.unit, "", origin=f"{origin}{note}")


def as_text(step: Step) -> str:
    """A trace as lines of text, each cause under what it leads to."""
    lines = [_line(step)]
    for number, cause in enumerate(step.causes):
        last = number == len(step.causes) - 1
        first, *rest = as_text(cause).split("\n")
        lines.append(("└─ " if last else "├─ ") + first)
        lines += [("   " if last else "│  ") + line for line in rest]
    return "\n".join(lines)


def _line(step: Step) -> str:
    when = f" [{step.period}]" if step.period else ""
    line = f"{step.label}{when} = {step.shown}"
    if step.origin:
        return f"{line}  ({step.origin})"
    if step.seen:
        return f"{line}  (shown above)"
    return f"{line}  = {step.words}" if step.words else line
