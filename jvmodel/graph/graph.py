"""Names to formulas. A graph is filled row by row, then closed: names, units and the order of work are checked once."""

from __future__ import annotations

import difflib
import math
from collections.abc import Iterable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from functools import cached_property
from typing import Any

from jvmodel.errors import GraphError, UnitError
from jvmodel.graph.expression import Bounded, Const, Expr, Lag, Lead, Op, Param, Ref, Total, walk
from jvmodel.graph.ops import OPS
from jvmodel.graph.passes import Pass, needs, order_of_work
from jvmodel.timeline import Timeline
from jvmodel.units import PLAIN, Unit, conversion, unit

Value = float | tuple[float, ...]


@dataclass(frozen=True)
class Given:
    """An input: a number, or one number a period; `path` is where the deal file has it ('' for facts of the timeline)."""

    name: str
    label: str
    value: Value
    unit: str = "1"
    path: str = ""
    note: str = ""
    source: str = "deal"
    """`deal` for numbers a user may change, `time` for facts of the timeline, `unit` for conversions, `solved` for numbers
    that the model finds itself."""

    @property
    def series(self) -> bool:
        """Whether there is one number a period."""
        return isinstance(self.value, tuple)


@dataclass(frozen=True)
class Solved:
    """An input whose value makes the total of a row nil, sought between two bounds."""

    row: str
    low: float
    high: float
    advice: str
    """What to do where there is no such value"""


@dataclass(frozen=True)
class RowInfo:
    """A row: its formula, and what an output needs to show it."""

    name: str
    label: str
    formula: Expr
    unit: str | None
    total: str | None
    block: str
    chapter: str


@dataclass(frozen=True)
class Heading:
    """A block's title and the chapter (a calculation sheet) that it stands in."""

    title: str
    chapter: str


@dataclass(frozen=True)
class ClosedGraph:
    """A checked graph: what every backend reads. `openings` and `endings` hold the values outside the timeline."""

    timeline: Timeline
    rows: dict[str, RowInfo]
    params: dict[str, Given]
    openings: dict[str, Expr]
    endings: dict[str, Expr]
    headings: dict[str, Heading]
    units: dict[str, Unit]
    passes: tuple[Pass, ...]
    solved: dict[str, Solved]

    def row(self, name: str) -> RowInfo:
        """The row of that name; an unknown one is refused with near matches."""
        if name not in self.rows:
            raise GraphError(f"there is no row '{name}'{did_you_mean(name, self.rows)}")
        return self.rows[name]

    def needed(self, names: tuple[str, ...]) -> frozenset[str]:
        """These rows and all that they need, by way of any edge."""
        kept = self._kept_needs
        if names not in kept:
            found: set[str] = set()
            waiting = list(names)
            while waiting:
                name = waiting.pop()
                if name not in found:
                    found.add(name)
                    waiting += needs(self.rows[name].formula, self.openings, self.endings)
            kept[names] = frozenset(found)
        return kept[names]

    @cached_property
    def _kept_needs(self) -> dict[tuple[str, ...], frozenset[str]]:
        return {}

    @cached_property
    def kept(self) -> dict[object, Any]:
        """What backends keep of this graph from one run to the next, each under a key of its own."""
        return {}

    def display_unit(self, name: str) -> str:
        """The unit to show: as written where the row says one, else as worked out."""
        return self.rows[name].unit or str(self.units[name])

    def total_kind(self, name: str) -> str:
        """What the totals column shows for a row: `sum`, `last` or `none`; for one that fetches another, what that shows."""
        info = self.rows[name]
        if not info.total and isinstance(info.formula, Ref):
            return self.total_kind(info.formula.name)
        return info.total or ("sum" if self.units[name].additive else "none")


def did_you_mean(name: str, known: Iterable[str]) -> str:
    """`; did you mean 'x'?` for the nearest known name, or nothing."""
    near = difflib.get_close_matches(name, list(known), n=1, cutoff=0.6)
    return f"; did you mean '{near[0]}'?" if near else ""


class Graph:
    """A model being written."""

    def __init__(self, timeline: Timeline) -> None:
        self.timeline = timeline
        self.rows: dict[str, RowInfo] = {}
        self.params: dict[str, Given] = {}
        self.openings: dict[str, Expr] = {}
        self.endings: dict[str, Expr] = {}
        self.headings: dict[str, Heading] = {}
        self.solved: dict[str, Solved] = {}
        self._chapter = "model"

    @contextmanager
    def chapter(self, name: str) -> Iterator[None]:
        """Blocks written inside stand in this chapter."""
        before, self._chapter = self._chapter, name
        try:
            yield
        finally:
            self._chapter = before

    def heading(self, block: str, title: str) -> None:
        """Gives a block its title, in the chapter being written."""
        self.headings.setdefault(block, Heading(title, self._chapter))

    def given(self, given: Given) -> Param:
        """Adds an input and returns the formula that stands for it; the same input may be added again."""
        values = given.value if isinstance(given.value, tuple) else (given.value,)
        if not all(math.isfinite(value) for value in values):
            raise GraphError(f"input '{given.name}' is not a finite number: {given.value!r}")
        if given.series and len(values) != self.timeline.periods:
            raise GraphError(f"input '{given.name}' has {len(values)} numbers for {self.timeline.periods} periods")
        unit(given.unit)
        before = self.params.setdefault(given.name, given)
        if before != given:
            raise GraphError(f"input '{given.name}' is given twice: {before.value!r} and {given.value!r}")
        return Param(given.name)

    def solve(self, name: str, label: str, row: Ref, low: float, high: float, advice: str) -> Param:
        """A solved number: the plain number between the bounds for which the total of a row is nil."""
        self.solved[name] = Solved(row.name, low, high, advice)
        return self.given(Given(name, label, (low + high) / 2, source="solved"))

    def conversion(self, of: str, per: str) -> Param:
        """The named constant that says how many `of` make one `per`, such as 2204.62 lb/t."""
        return self.given(Given(f"units.{of}_per_{per}", f"{of} per {per}", conversion(of, per), f"{of}/{per}", source="unit"))

    def fact(self, name: str, label: str, values: tuple[float, ...], unit_text: str = "1") -> Param:
        """A series that follows from the timeline, such as the years of each period."""
        return self.given(Given(f"time.{name}", label, values, unit_text, source="time"))

    def define(
        self, name: str, label: str, formula: Expr, *, unit: str | None = None, total: str | None = None, block: str = ""
    ) -> None:
        """Adds a row; a row has one formula, so a second one is refused."""
        if name in self.rows:
            raise GraphError(f"row '{name}' has two formulas; give one of them another name")
        heading = self.headings.setdefault(block, Heading(block, self._chapter))
        self.rows[name] = RowInfo(name, label, self._plain(formula), unit, total, block, heading.chapter)

    def _plain(self, formula: Expr) -> Expr:
        """The formula without bounds, which are kept in `openings` and `endings`, and without nothing added."""
        if isinstance(formula, Bounded):
            outside = self._plain(formula.outside)
            kept, what = (self.openings, "lag") if isinstance(formula.node, Lag) else (self.endings, "lead")
            before = kept.setdefault(formula.node.name, outside)
            if before != outside:
                if before == Const(0.0):
                    kept[formula.node.name] = outside
                elif outside != Const(0.0):
                    raise GraphError(f"{what}({formula.node.name}) is given two different values outside the timeline")
            return formula.node
        if isinstance(formula, Op):
            plain = Op(formula.name, tuple(self._plain(operand) for operand in formula.args))
            return plain.args[0] if plain.name in ("add", "sub") and plain.args[1] == Const(0.0) else plain
        return formula

    def close(self) -> ClosedGraph:
        """The checked graph: every name known, every unit consistent, an order of work found."""
        self._check_names()
        passes = order_of_work({name: row.formula for name, row in self.rows.items()}, self.openings, self.endings)
        units = self._units(passes)
        return ClosedGraph(
            self.timeline, dict(self.rows), dict(self.params), dict(self.openings), dict(self.endings),
            dict(self.headings), units, passes, dict(self.solved),
        )  # fmt: skip

    def _check_names(self) -> None:
        formulas = [(f"row '{name}'", row.formula) for name, row in self.rows.items()]
        outside = [
            (f"{what} of '{name}'", formula)
            for what, kept in (("the opening value", self.openings), ("the ending value", self.endings))
            for name, formula in kept.items()
        ]
        for where, formula in formulas + outside:
            for node in walk(formula):
                if isinstance(node, Ref | Lag | Lead | Total) and node.name not in self.rows:
                    raise GraphError(f"{where} needs a row '{node.name}' that has no formula{did_you_mean(node.name, self.rows)}")
                if isinstance(node, Param) and node.name not in self.params:
                    raise GraphError(f"{where} needs an input '{node.name}' that is not given")
        for where, formula in outside:
            for node in walk(formula):
                if isinstance(node, Ref | Lag | Lead) or (isinstance(node, Param) and self.params[node.name].series):
                    raise GraphError(f"{where} changes over time ({node.name}); use inputs and totals only")

    def _units(self, passes: tuple[Pass, ...]) -> dict[str, Unit]:
        known: dict[str, Unit] = {name: unit(row.unit) for name, row in self.rows.items() if row.unit is not None}
        names = [name for one in passes for name in one.rows]
        while True:
            news = 0
            for name in names:
                found = self._unit_of(name, known)
                if found is not None and name not in known:
                    known[name] = found
                    news += 1
            if not news:
                break
        for name in names:
            known.setdefault(name, PLAIN)
        for name in names:
            self._unit_of(name, known)
        return known

    def _unit_of(self, name: str, known: dict[str, Unit]) -> Unit | None:
        row = self.rows[name]
        parts = [row.formula, *(kept[name] for kept in (self.openings, self.endings) if name in kept)]
        try:
            found = [self._measure(part, known) for part in parts]
            for one in found:
                if one is not None and name in known and one != known[name]:
                    raise UnitError(f"the row is in {known[name]}, its formula in {one}")
        except UnitError as error:
            raise UnitError(f"row '{name}' ({row.label}): {error}; convert with graph.conversion or mend the unit") from None
        return next((one for one in found if one is not None), None)

    def _measure(self, formula: Expr, known: dict[str, Unit]) -> Unit | None:
        if isinstance(formula, Const):
            return PLAIN if formula.value else None
        if isinstance(formula, Param):
            return unit(self.params[formula.name].unit)
        if isinstance(formula, Op):
            return OPS[formula.name].unit([self._measure(operand, known) for operand in formula.args])
        assert isinstance(formula, Ref | Lag | Lead | Total)
        return known.get(formula.name)
