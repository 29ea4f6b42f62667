"""The auditor's report: where a workbook is not what its deal would write, cell by cell, and what to do about it."""

from __future__ import annotations

import math
import re
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field
from pathlib import Path
from typing import TYPE_CHECKING, Any

import numpy as np
from openpyxl import load_workbook
from openpyxl.utils.cell import coordinate_to_tuple, rows_from_range
from openpyxl.worksheet.cell_range import CellRange
from openpyxl.worksheet.formula import DataTableFormula

from jvmodel.backends.excel import CASES, FIRST
from jvmodel.errors import WorkbookError
from jvmodel.reading.inputs import read_workbook
from jvmodel.reading.onto import onto
from jvmodel.reading.recalculation import recalculated
from jvmodel.report.cases import changes
from jvmodel.report.patterns import literals, references, relative
from jvmodel.report.workbook import Writer
from jvmodel.report.workbook.sensitivity import ACROSS_NOW, DOWN_NOW, DOWN_ROW, FACTOR, FIRST_ROW, SWING_ROW, TEST_ROW
from jvmodel.report.workbook.sensitivity import SHEET as SENSITIVITY

if TYPE_CHECKING:
    from jvmodel.backends.arrays import Run
    from jvmodel.model import Model
    from jvmodel.reading.edits import Reading
    from jvmodel.report.workbook.cached import Value

MOST = 25
"""Findings of one kind on one sheet that are listed one by one"""
CLOSE = 1e-9
FREE = ("Cover", "How to read", "Inputs", "Series", SENSITIVITY)
"""Sheets whose numbers are the user's to change, or are looked at elsewhere"""


@dataclass
class Audit:
    """What was found, a line each with its cell and what to do, and what was looked at."""

    findings: list[str] = field(default_factory=list)
    formulas: int = 0
    sheets: int = 0
    engine: str = "formualizer"
    """What worked the values out: formualizer, or who saved the workbook (stored); none where they are not compared"""

    @property
    def verdict(self) -> str:
        """The last line of the report."""
        worked = "worked out anew by formualizer" if self.engine == "formualizer" else "as stored in the file"
        if not self.findings:
            looked = f"{self.formulas:,} formulas on {self.sheets} sheets"
            return f"{looked} are those of the deal, and their values ({worked}) the engine's"
        count, values = len(self.findings), f", values {worked}" if self.engine != "none" else ""
        looked = f"{self.formulas:,} formulas on {self.sheets} sheets were looked at"
        return f"{count} finding{'s' if count > 1 else ''}; {looked}{values}"


def audit(path: Path, deal: str, model: Model) -> Audit:
    """The audit of a workbook against its deal; raises WorkbookError where the file cannot be read at all."""
    found = Audit()
    reading = read_workbook(path, model)
    found.findings += [f"{fault}" for fault in reading.faults]
    found.findings += [
        f"{line}; take it into the deal with jvmodel read, or put it back" for edit in reading.edits for line in edit.words()
    ]
    after = model
    try:
        after = onto(reading, deal, model).after
    except WorkbookError as error:
        found.findings += [fault for fault in error.faults if fault not in found.findings]
    factors = tuple(one.name for one in Writer(model).drivers.chosen)
    if same_layout := after.graph.params.keys() == model.graph.params.keys():
        model = after
    else:
        found.findings.append("values are not compared, as added rows change the model: take them into the deal first")
    _Comparison(path, model, reading, found, factors).compare(values=same_layout)
    return found


class _Comparison:
    def __init__(self, path: Path, model: Model, reading: Reading, found: Audit, factors: tuple[str, ...]) -> None:
        self.path = path
        self.model = model
        self.reading = reading
        self.found = found
        self.typed = load_workbook(path)
        self.told: set[tuple[str, str]] = set()
        """Cells that a finding names already"""
        case = reading.selected if reading.selected in CASES else CASES[0]
        if reading.selected not in CASES:
            found.findings.append(f"Cover!B4: '{reading.selected}' is not a scenario; choose one of {', '.join(CASES)}")
        self.factors = factors
        self.run = self._run(case)
        self.writer = Writer(model, self.run, case, factors)

    def _run(self, case: str) -> Run:
        from jvmodel.backends.arrays import evaluate

        moved: dict[str, Any] = dict(changes(self.model, case))
        if case == CASES[3]:
            moved |= self.reading.own
        for name, factor in self._factors().items():
            base = moved.get(name, self.model.graph.params[name].value)
            moved[name] = np.atleast_2d(np.asarray(base)) * factor if isinstance(base, tuple | np.ndarray) else base * factor
        return evaluate(self.model.graph, moved) if moved else self.model.run

    def _factors(self) -> dict[str, float]:
        """Factors of the sheet Sensitivity that do not stand at 100%, each of them a finding."""
        if SENSITIVITY not in self.typed.sheetnames:
            return {}
        sheet, moved = self.typed[SENSITIVITY], {}
        for number, name in enumerate(self.factors):
            value = sheet.cell(FIRST_ROW + number, 4).value
            if isinstance(value, int | float) and value != 1:
                moved[name] = float(value)
                self.told.add((SENSITIVITY, f"{FACTOR}{FIRST_ROW + number}"))
                self.found.findings.append(
                    f"{SENSITIVITY}!D{FIRST_ROW + number}: {name} is multiplied by {value:g}; put 100% back"
                )
        for row, base in ((TEST_ROW, 0), (ACROSS_NOW, 1), (DOWN_NOW, 1)) if self.factors else ():
            held = sheet.cell(row, 2).value
            if held != base:
                self.found.findings.append(f"{SENSITIVITY}!B{row}: holds {held!r}; put {'100%' if base else '0'} back")
        return moved

    def compare(self, *, values: bool) -> None:
        """Sheet by sheet the formulas and numbers, then what they come to."""
        for title in self.writer.book.sheetnames:
            if title not in self.typed.sheetnames:
                self.found.findings.append(f"{title}!A1: the sheet is missing; write the workbook anew with jvmodel run")
                continue
            self.found.sheets += 1
            self._sheet(title, list(self._formulas(title)))
            if title not in FREE:
                self._capped(title, self._numbers(title))
        if values:
            self._values()
        else:
            self.found.engine = "none"

    def _sheet(self, title: str, lines: list[str]) -> None:
        """The formulas of a sheet that are other ones; in one line where so many are that rows must have moved."""
        whole = len(self.writer.values.get(title, {}))
        if len(lines) <= MOST or len(lines) * 3 < whole:
            return self._capped(title, iter(lines))
        first = lines[0].partition(":")[0]
        self.found.findings.append(
            f"{first}: from here on {len(lines):,} of the {whole:,} formulas of the sheet are other ones; where a row or column"
            " was inserted, deleted or moved, undo that, or write the workbook anew with jvmodel run"
        )
        return None

    def _capped(self, title: str, lines: Iterator[str]) -> None:
        every = list(lines)
        self.found.findings += every[:MOST]
        if len(every) > MOST:
            self.found.findings.append(
                f"{title}: and {len(every) - MOST} more of the kind; write the workbook anew with jvmodel run"
            )

    def _formulas(self, title: str) -> Iterator[str]:
        """Cells of a sheet whose formula is gone, typed over, or another one."""
        wanted, sheet = self.writer.book[title], self.typed[title]
        for coordinate in self.writer.values.get(title, {}):
            self.found.formulas += 1
            row, column = coordinate_to_tuple(coordinate)
            formula, typed = wanted[coordinate].value, sheet[coordinate].value
            if isinstance(formula, DataTableFormula):
                if not isinstance(typed, DataTableFormula):
                    yield f"{title}!{coordinate}: the what-if table is gone, as LibreOffice leaves it; write the workbook anew"
                continue
            here = f"{title}!{coordinate}"
            if not isinstance(typed, str) or not typed.startswith("="):
                self.told.add((title, coordinate))
                if (title, coordinate) not in self._taken:
                    yield f"{here}: {_content(typed)} where a formula belongs; {self._mend(title, row, column, formula)}"
                continue
            one, other = (_normal(relative(text, row, column)) for text in (formula, typed))
            if one != other:
                self.told.add((title, coordinate))
                extra = [number for number in literals(typed) if number not in ("0", "1", *literals(formula))]
                what = (
                    f"{', '.join(extra)} is written into the formula {typed}" if extra else f"the formula {typed} is another one"
                )
                pattern = " and breaks the row" if column >= FIRST and self._breaks(title, row, column, typed) else ""
                yield f"{here}: {what}{pattern}; {self._mend(title, row, column, formula)}"

    def _numbers(self, title: str) -> Iterator[str]:
        """Numbers of a sheet, such as tolerances and facts of the timeline, that are other ones or stand in empty cells."""
        wanted, sheet = self.writer.book[title], self.typed[title]
        for row in sheet.iter_rows(max_row=wanted.max_row, max_col=wanted.max_column):
            for cell in row:
                typed, written = cell.value, wanted[cell.coordinate].value
                if isinstance(typed, int | float) and written is None:
                    yield self._told(cell, f"{typed:.10g} is typed into a cell that the workbook leaves empty; clear it")
                elif isinstance(written, int | float) and (not isinstance(typed, int | float) or not _close(typed, written, 0)):
                    yield self._told(cell, f"{_content(typed)} where {written:.10g} belongs; put it back")

    def _told(self, cell: Any, what: str) -> str:
        self.told.add((cell.parent.title, cell.coordinate))
        return f"{cell.parent.title}!{cell.coordinate}: {what}"

    @property
    def _taken(self) -> set[tuple[str, str]]:
        """Cells in use that were typed over and are told of as changed inputs."""
        return {("Inputs", edit.cell.partition("!")[2]) for edit in self.reading.edits if edit.cell.startswith("Inputs!D")}

    def _breaks(self, title: str, row: int, column: int, typed: str) -> bool:
        """Whether the row's next cell to the left or right has another formula, relative to its own cell."""
        sheet, mine = self.typed[title], relative(typed, row, column)
        for near in (column - 1, column + 1):
            other = sheet.cell(row, near).value
            if near >= FIRST and isinstance(other, str) and other.startswith("=") and relative(other, row, near) != mine:
                return True
        return False

    def _mend(self, title: str, row: int, column: int, formula: str) -> str:
        """Where the right formula can be copied from, or what it is."""
        wanted, sheet = self.writer.book[title], self.typed[title]
        for near in (column - 1, column + 1) if column >= FIRST else ():
            right, typed = wanted.cell(row, near).value, sheet.cell(row, near).value
            alike = (
                isinstance(right, str) and right.startswith("=") and relative(right, row, near) == relative(formula, row, column)
            )
            if alike and typed == right:
                return f"copy the formula of {sheet.cell(row, near).coordinate}"
        return f"write {formula}"

    def _values(self) -> None:
        tables = self._tables()
        values = recalculated(self.path, tables)
        if values is None:
            self.found.engine = "stored"
            stored = load_workbook(self.path, data_only=True)
            values = {
                (title, cell): stored[title][cell].value
                for title, cells in self.writer.values.items() if title in stored.sheetnames and title != SENSITIVITY
                for cell in cells
            }  # fmt: skip
        wrong = {
            (title, cell): (values.get((title, cell)), expected)
            for title, cells in self.writer.values.items() if title in self.typed.sheetnames and self._settled(title)
            for cell, expected, scale in _scaled(cells)
            if (title, cell) in values and not _close(values[title, cell], expected, scale)
        }  # fmt: skip
        first = {place for place in wrong if place not in self.told and not self._follows(place, wrong)}
        for title in dict.fromkeys(title for title, _ in wrong):
            self._capped(
                title, (self._different(place, *wrong[place]) for place in wrong if place[0] == title and place in first)
            )
        later = len(wrong) - len(first) - len(self.told & wrong.keys())
        if later:
            self.found.findings.append(f"{later:,} more cells take these on{self._results(wrong)}")

    def _settled(self, title: str) -> bool:
        """Whether the settings of a sheet are those that it was written with; another party or input shown is nobody's fault."""
        if title != SENSITIVITY:
            return True
        wanted, sheet = self.writer.book[title], self.typed[title]
        return all(sheet.cell(row, 2).value == wanted.cell(row, 2).value for row in range(SWING_ROW, DOWN_ROW + 1))

    def _follows(self, place: tuple[str, str], wrong: Mapping[tuple[str, str], Any]) -> bool:
        """Whether a cell is wrong only since one that it refers to is."""
        title, cell = place
        typed = self.typed[title][cell].value
        return isinstance(typed, str) and any(one in wrong or one in self.told for one in precedents(typed, title))

    def _results(self, wrong: Mapping[tuple[str, str], Any]) -> str:
        """The net present values among wrong cells."""
        found = []
        for party in self.model.parties:
            cell = self.writer.returns.cell(party, "npv").replace("$", "")
            if (place := tuple(cell.split("!"))) in wrong:
                value, expected = wrong[place]  # type: ignore[index]
                shown = "an error" if _is_error(value) else _shown(value)
                found.append(f"{cell}, net present value of {self.model.label(party)}, is {shown} and not {_shown(expected)}")
        return f": {'; '.join(found)}" if found else ""

    def _tables(self) -> dict[tuple[str, str], float]:
        """The numbers of the what-if tables as the engine has them."""
        wanted, found = self.writer.book[SENSITIVITY], {}
        for anchor, first in self.writer.tables.get(SENSITIVITY, {}).items():
            for row in CellRange(wanted[anchor].value.ref).rows:
                for place in row:
                    cell = wanted.cell(*place)
                    found[SENSITIVITY, cell.coordinate] = float(str(first)) if cell.coordinate == anchor else float(cell.value)
        return found

    @staticmethod
    def _different(place: tuple[str, str], value: Any, expected: Value) -> str:
        here = "!".join(place)
        if _is_error(value):
            return f"{here}: is an error; mend its formula"
        if value is None:
            return f"{here}: has no stored value; open the workbook in Excel and save it"
        return (
            f"{here}: is {_shown(value)}, the engine has {_shown(expected)}; mend its formula, or the numbers that it refers to"
        )


def precedents(formula: str, title: str) -> Iterator[tuple[str, str]]:
    """Sheet and cell of everything that a formula on a sheet refers to.

    >>> list(precedents("=SUM(F5:G5)+Mine!$D$7", "Fiscal"))
    [('Fiscal', 'F5'), ('Fiscal', 'G5'), ('Mine', 'D7')]
    """
    for text in references(formula):
        sheet, _, cells = text.rpartition("!")
        for row in rows_from_range(cells):
            for cell in row:
                yield sheet.strip("'") or title, cell


def _scaled(cells: Mapping[str, Value]) -> Iterator[tuple[str, Value, float]]:
    """Cells with their values and the largest value of their row, which rounding errors are measured by."""
    most: dict[int, float] = {}
    for cell, value in cells.items():
        if isinstance(value, float | int):
            row = coordinate_to_tuple(cell)[0]
            most[row] = max(most.get(row, 1.0), abs(value))
    for cell, value in cells.items():
        yield cell, value, most.get(coordinate_to_tuple(cell)[0], 1.0)


def _normal(formula: str) -> str:
    """A formula without what programs write differently: spaces, letters of functions, quotes around sheets."""
    return re.sub(r"\s+", "", formula).replace("'", "").replace("_xlfn.", "").upper()


def _content(typed: Any) -> str:
    if typed is None:
        return "nothing stands"
    return f"{typed:.10g} is typed in" if isinstance(typed, int | float) else f"{str(typed)[:40]!r} is typed in"


def _is_error(value: Any) -> bool:
    return (isinstance(value, str) and value.startswith("#")) or not isinstance(value, float | int | str | bool | None)


def _close(value: Any, expected: Value, scale: float) -> bool:
    if isinstance(expected, str) or isinstance(value, str | bool) or value is None:
        return bool(value == expected)
    try:
        number = float(value)
    except (TypeError, ValueError):
        return False
    return math.isclose(number, float(expected), rel_tol=CLOSE, abs_tol=CLOSE * scale)


def _shown(value: Any) -> str:
    return f"{value:.10g}" if isinstance(value, int | float) else str(value)


__all__ = ["Audit", "audit", "precedents"]
