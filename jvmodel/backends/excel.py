"""The graph in Excel: a place for every row and input, and one A1 formula a row.

All sheets over time share one layout (design.md section 6): A label, B unit, C note, D constant or total, E opening value,
F and on the periods, and one more column for the value after the last period; row 4 numbers the periods. The sheet Inputs
holds single numbers: D is the number in use, and the columns after it the cases that it is chosen from. Inputs over time
stand on a sheet of their own; where such a one has cases, they stand in the rows below the one in use.
"""

from __future__ import annotations

from collections.abc import Collection, Iterable
from dataclasses import dataclass, field

from openpyxl.utils import get_column_letter, quote_sheetname

from jvmodel.errors import GraphError
from jvmodel.graph import OPS, ClosedGraph, Const, Expr, Lag, Lead, Op, Param, Ref, Total
from jvmodel.graph.graph import Given

CONSTANT, OPENING, FIRST = 4, 5, 6
LABELS, NUMBERS, TOP = 3, 4, 6
"""Rows of the period labels and numbers, and the first row below the head."""
CASES = ("Base", "Low", "High", "Own")
"""The cases that a workbook's inputs are chosen from; a blank one is the base."""
BASE = 5
"""Column of the first case on the sheet Inputs."""
ATOM, NONE = 6, 0


@dataclass(frozen=True)
class Place:
    """A sheet and a row of it."""

    sheet: str
    row: int


@dataclass
class Layout:
    """Where everything stands: rows on the sheet of their chapter, inputs of the deal and facts on sheets of their own."""

    graph: ClosedGraph
    varied: frozenset[str] = frozenset()
    """Inputs over time that have cases, as every price has"""
    rows: dict[str, Place] = field(default_factory=dict)
    inputs: dict[str, Place] = field(default_factory=dict)
    headings: dict[tuple[str, int], str] = field(default_factory=dict)

    INPUTS = "Inputs"
    SERIES = "Series"
    FACTS = "Time"

    @classmethod
    def of(cls, graph: ClosedGraph, varied: Collection[str] = ()) -> Layout:
        """The layout of a graph: blocks in the order of writing, a blank row between them."""
        layout = cls(graph, frozenset(varied))
        deal = [given for given in graph.params.values() if given.source == "deal"]
        deal += [given for given in graph.params.values() if given.source == "solved"]
        facts = [given for source in ("time", "unit") for given in graph.params.values() if given.source == source]
        layout._place_inputs(cls.INPUTS, (given for given in deal if not given.series))
        layout._place_inputs(cls.SERIES, (given for given in deal if given.series))
        layout._place_inputs(cls.FACTS, facts)
        blocks: dict[str, dict[str, list[str]]] = {}
        for name, info in graph.rows.items():
            blocks.setdefault(cls.sheet(info.chapter), {}).setdefault(info.block, []).append(name)
        for sheet, inside in blocks.items():
            at = TOP
            for block, names in inside.items():
                heading = graph.headings.get(block)
                layout.headings[sheet, at] = heading.title if heading else block
                for number, name in enumerate(names, start=at + 1):
                    layout.rows[name] = Place(sheet, number)
                at += len(names) + 2
        return layout

    def _place_inputs(self, sheet: str, givens: Iterable[Given]) -> None:
        at, group = TOP, ""
        for given in givens:
            section = self._section(given)
            if section != group:
                at += 1 if group else 0
                self.headings[sheet, at] = section
                group, at = section, at + 1
            self.inputs[given.name] = Place(sheet, at)
            at += 1 + (len(CASES) if self.has_cases(given) else 0)

    def has_cases(self, given: Given) -> bool:
        """Whether an input over time has rows of cases below the one in use."""
        return given.series and given.source == "deal" and (given.name in self.varied or given.name.startswith("prices."))

    def _section(self, given: Given) -> str:
        """The heading that an input stands under: its term, price or part of the deal."""
        parts = given.name.split(".")
        if given.source == "solved":
            return "Solved numbers: after a change, let Goal Seek bring the check of each to nil by changing its cell"
        if given.source != "deal":
            return "Units" if given.source == "unit" else "Timeline"
        if parts[0] == "terms":
            heading = self.graph.headings.get(parts[1])
            return heading.title if heading else parts[1].replace("_", " ").capitalize()
        return {"prices": "Prices", "parties": "Discount rates", "discount_rate": "Discount rates"}.get(parts[0], "General")

    @staticmethod
    def sheet(chapter: str) -> str:
        """The sheet of a chapter."""
        return {"checks": "Check lines", "parties": "Partners"}.get(chapter, chapter.capitalize())

    @property
    def sheets(self) -> list[str]:
        """Sheets of calculations, in the order of the graph."""
        return list(dict.fromkeys(place.sheet for place in self.rows.values()))

    def base(self, name: str) -> str:
        """The cells that a user changes for an input: one, or one a period, absolute, with the sheet."""
        place, given = self.inputs[name], self.graph.params[name]
        if given.series:
            row = place.row + (1 if self.has_cases(given) else 0)
            return f"{self._on(place.sheet, '')}${self.column(0)}${row}:${self.column(self.periods - 1)}${row}"
        column = get_column_letter(BASE if given.source == "deal" else CONSTANT)
        return f"{self._on(place.sheet, '')}${column}${place.row}"

    @property
    def periods(self) -> int:
        """Number of periods."""
        return self.graph.timeline.periods

    @property
    def last(self) -> int:
        """The column of the last period."""
        return FIRST + self.periods - 1

    def column(self, period: int) -> str:
        """The letter of a period's column; period -1 is the opening column, `periods` the ending one."""
        return str(get_column_letter(FIRST + period))

    def formula(self, name: str, period: int, sheet: str | None = None) -> str:
        """The formula of a row in a period, as it stands on its own sheet."""
        return "=" + self._text(self.graph.rows[name].formula, period, sheet or self.rows[name].sheet, NONE)

    def opening(self, name: str) -> str:
        """The formula of the value before the first period."""
        return "=" + self._text(self.graph.openings[name], -1, self.rows[name].sheet, NONE)

    def ending(self, name: str) -> str:
        """The formula of the value after the last period."""
        return "=" + self._text(self.graph.endings[name], self.periods, self.rows[name].sheet, NONE)

    def total(self, name: str) -> str | None:
        """The formula of the totals column: a sum, the last value, or nothing."""
        row, kind = self.rows[name].row, self.graph.total_kind(name)
        if kind == "sum":
            return f"=SUM({self.column(0)}{row}:{self.column(self.periods - 1)}{row})"
        return f"={self.column(self.periods - 1)}{row}" if kind == "last" else None

    def range(self, name: str, sheet: str = "", first: int = 0) -> str:
        """The cells of a row from a period to the last, with absolute references."""
        place = self.rows[name]
        cells = f"${self.column(first)}${place.row}:${self.column(self.periods - 1)}${place.row}"
        return self._on(place.sheet, sheet) + cells

    def input(self, name: str, sheet: str = "") -> str:
        """The cell of an input that is one number."""
        place = self.inputs[name]
        return f"{self._on(place.sheet, sheet)}${get_column_letter(CONSTANT)}${place.row}"

    @staticmethod
    def _on(sheet: str, here: str) -> str:
        if sheet == here:
            return ""
        return f"{sheet if sheet.isalpha() else quote_sheetname(sheet)}!"

    def _text(self, formula: Expr, period: int, sheet: str, least: int) -> str:
        """The formula as text, in parentheses where it binds less than `least`."""
        text, level = self._leveled(formula, period, sheet)
        return f"({text})" if level < least else text

    def _leveled(self, formula: Expr, period: int, sheet: str) -> tuple[str, int]:
        if isinstance(formula, Const):
            return f"{formula.value:g}", ATOM if formula.value >= 0 else 1
        if isinstance(formula, Param):
            place = self.inputs[formula.name]
            if not self.graph.params[formula.name].series:
                return self.input(formula.name, sheet), ATOM
            return f"{self._on(place.sheet, sheet)}{self.column(period)}${place.row}", ATOM
        if isinstance(formula, Ref | Lag | Lead):
            place = self.rows[formula.name]
            shift = {Ref: 0, Lag: -1, Lead: 1}[type(formula)]
            return f"{self._on(place.sheet, sheet)}{self.column(period + shift)}{place.row}", ATOM
        if isinstance(formula, Total):
            if self.graph.total_kind(formula.name) == "sum":
                place = self.rows[formula.name]
                return f"{self._on(place.sheet, sheet)}${get_column_letter(CONSTANT)}${place.row}", ATOM
            return f"SUM({self.range(formula.name, sheet)})", ATOM
        if not isinstance(formula, Op):
            raise GraphError(f"{type(formula).__name__} has no Excel text")
        return self._operation(formula, period, sheet)

    def _operation(self, formula: Op, period: int, sheet: str) -> tuple[str, int]:
        operation = OPS[formula.name]
        if operation.windowed:
            return self._window(formula, period, sheet)
        if not operation.excel:
            raise GraphError(f"{operation.name} has no Excel text")
        least = [NONE] * operation.arity
        if operation.name == "ratio":
            least = [4, 5, NONE]
        elif operation.level < ATOM:
            least = [operation.level, operation.level + 1]
        elif operation.name in ("where", "lt", "le", "gt", "ge"):
            least = [3, 3, NONE] if operation.arity > 2 else [3, 3]
            least = [3, NONE, NONE] if operation.name == "where" else least
        texts = [self._text(operand, period, sheet, wanted) for operand, wanted in zip(formula.args, least, strict=True)]
        return operation.excel.format(*texts), operation.level

    def _window(self, formula: Op, period: int, sheet: str) -> tuple[str, int]:
        """Sums by period number: whole periods, and a part of one more."""
        row, count = formula.args
        assert isinstance(row, Ref)
        place = self.rows[row.name]
        first, here = self.column(0), self.column(period)
        cells = f"{self._on(place.sheet, sheet)}${first}{place.row}:{here}{place.row}"
        numbers, now = f"${first}${NUMBERS}:{here}${NUMBERS}", f"{here}${NUMBERS}"
        length = f"MAX({self._text(count, period, sheet, NONE)},0)"
        whole, part = f"INT({length})", f"({length}-INT({length}))"
        if formula.name == "trailing":
            text = f'SUMIFS({cells},{numbers},">"&({now}-{whole}))+{part}*SUMIFS({cells},{numbers},{now}-{whole})'
        else:
            near = f"SUMIFS({cells},{numbers},{now}-{whole})"
            text = f"(1-{part})*{near}+{part}*SUMIFS({cells},{numbers},{now}-{whole}-1)"
        return text, 3


__all__ = ["BASE", "CASES", "CONSTANT", "FIRST", "LABELS", "NUMBERS", "OPENING", "TOP", "Layout", "Place"]
