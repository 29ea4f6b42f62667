"""The order of work: which rows are worked out for all periods at once, which period by period, forwards or backwards.

Rows form a graph with same-period, lag, lead and total edges. Its strongly connected components (Tarjan 1972) decide:
no loop, all periods at once; a loop through lag, forwards; through lead, backwards; anything else is refused.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from enum import StrEnum
from graphlib import CycleError, TopologicalSorter

from jvmodel.errors import GraphError
from jvmodel.graph.expression import Expr, Lag, Lead, Op, Ref, Total, walk
from jvmodel.graph.ops import OPS


class Direction(StrEnum):
    """How a pass goes through time."""

    ALL = "all"
    FORWARD = "forward"
    BACKWARD = "backward"


@dataclass(frozen=True)
class Pass:
    """Rows that are worked out together, in this order within a period."""

    rows: tuple[str, ...]
    direction: Direction


Edges = dict[str, set[str]]
"""Needed row -> kinds of need: same, lag, lead or total."""


def needs(formula: Expr, openings: Mapping[str, Expr], endings: Mapping[str, Expr]) -> Edges:
    """The rows that a formula needs, and how."""
    edges: Edges = {}
    for node in walk(formula):
        if isinstance(node, Ref):
            edges.setdefault(node.name, set()).add("same")
        elif isinstance(node, Total):
            edges.setdefault(node.name, set()).add("total")
        elif isinstance(node, Lag | Lead):
            kind, kept = ("lag", openings) if isinstance(node, Lag) else ("lead", endings)
            edges.setdefault(node.name, set()).add(kind)
            for outside in walk(kept[node.name]):
                if isinstance(outside, Total):
                    edges.setdefault(outside.name, set()).add("total")
        elif isinstance(node, Op) and OPS[node.name].windowed:
            assert isinstance(node.args[0], Ref)
            edges.setdefault(node.args[0].name, set()).add("lag")
    return edges


def order_of_work(formulas: Mapping[str, Expr], openings: Mapping[str, Expr], endings: Mapping[str, Expr]) -> tuple[Pass, ...]:
    """Passes in an order in which every row finds what it needs.

    Raises GraphError with the path of rows for a loop within a period, through both lag and lead, or through a total.
    """
    edges = {name: needs(formula, openings, endings) for name, formula in formulas.items()}
    return tuple(_pass(component, edges) for component in _components(edges))


def _pass(component: list[str], edges: dict[str, Edges]) -> Pass:
    inside = set(component)
    kinds = {kind for name in component for needed, found in edges[name].items() if needed in inside for kind in found}
    if not kinds:
        return Pass((component[0],), Direction.ALL)
    if "total" in kinds:
        path = _path(component, edges, {"total"})
        raise GraphError(f"rows need each other through a total over all periods: {path}. A total must not feed its own row")
    if {"lag", "lead"} <= kinds:
        path = _path(component, edges, {"lag", "lead"})
        raise GraphError(f"rows need both their past and their future: {path}. Keep lag() and lead() in separate rows")
    same = {
        name: sorted(needed for needed, found in edges[name].items() if needed in inside and "same" in found)
        for name in sorted(component)
    }
    try:
        ordered = tuple(TopologicalSorter(same).static_order())
    except CycleError as error:
        loop = " -> ".join(reversed(error.args[1]))
        raise GraphError(f"rows need each other in the same period: {loop}. Break the loop with lag()") from None
    return Pass(ordered, Direction.BACKWARD if "lead" in kinds else Direction.FORWARD)


def _path(component: list[str], edges: dict[str, Edges], wanted: set[str]) -> str:
    """A loop of the component that goes through one edge of each wanted kind, written out."""
    inside = set(component)

    def stretch(start: str, goal: str) -> list[tuple[str, str]]:
        """The shortest way from `start` to `goal` inside the component, as (row, kind of edge that leads to it)."""
        seen: dict[str, tuple[str, str]] = {}
        queue = [start]
        for here in queue:
            for needed in sorted(set(edges[here]) & inside):
                if needed not in seen:
                    seen[needed] = (here, min(edges[here][needed]))
                    queue.append(needed)
        steps = []
        here = goal
        while True:
            before, kind = seen[here]
            steps.append((here, kind))
            here = before
            if here == start:
                return steps[::-1]

    special = [
        next((a, b, kind) for a in sorted(component) for b in sorted(edges[a]) if b in inside and kind in edges[a][b])
        for kind in sorted(wanted)
    ]
    text = special[0][0]
    for number, (_, target, kind) in enumerate(special):
        text += f" -> {kind}({target})"
        goal = special[(number + 1) % len(special)][0]
        if goal != target:
            for row, how in stretch(target, goal):
                text += f" -> {row}" if how == "same" else f" -> {how}({row})"
    return text


def _components(edges: Mapping[str, Iterable[str]]) -> list[list[str]]:
    """Strongly connected components, needed ones first; iterative, so that long chains do not exhaust the stack."""
    index: dict[str, int] = {}
    low: dict[str, int] = {}
    stack: list[str] = []
    waiting: set[str] = set()
    found: list[list[str]] = []
    for root in edges:
        if root in index:
            continue
        work = [(root, iter(edges[root]))]
        index[root] = low[root] = len(index)
        stack.append(root)
        waiting.add(root)
        while work:
            here, rest = work[-1]
            for needed in rest:
                if needed not in index:
                    index[needed] = low[needed] = len(index)
                    stack.append(needed)
                    waiting.add(needed)
                    work.append((needed, iter(edges[needed])))
                    break
                if needed in waiting:
                    low[here] = min(low[here], index[needed])
            else:
                work.pop()
                if work:
                    low[work[-1][0]] = min(low[work[-1][0]], low[here])
                if low[here] == index[here]:
                    component = []
                    while True:
                        one = stack.pop()
                        waiting.discard(one)
                        component.append(one)
                        if one == here:
                            break
                    found.append(component)
    return found
