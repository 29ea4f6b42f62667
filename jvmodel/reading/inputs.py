"""The inputs of a workbook against those of a deal: what was changed, row by row, found by the paths that stand beside them."""

from __future__ import annotations

import math
import re
from dataclasses import dataclass, field
from pathlib import Path
from typing import TYPE_CHECKING

from openpyxl.utils import get_column_letter

from jvmodel.backends.excel import BASE, CASES, CONSTANT, FIRST, LABELS, TOP, Layout
from jvmodel.errors import WorkbookError
from jvmodel.lever import Kind
from jvmodel.reading.cells import RefusedError, Sheet, open_sheets
from jvmodel.reading.edits import Edit, Reading
from jvmodel.report.cases import layout_of, spans
from jvmodel.shown import text

if TYPE_CHECKING:
    from jvmodel.graph.graph import Given
    from jvmodel.model import Model

PATH_HEAD = "Path in the deal file"
SELECTOR = (4, 2)
"""Row and column of the scenario on the Cover"""
FINGERPRINT = re.compile(r"fingerprint ([0-9a-f]{12})")


def read_workbook(path: Path, model: Model) -> Reading:
    """Every input of the model that is another one in the workbook; raises WorkbookError where sheets are missing."""
    sheets = open_sheets(path, (Layout.INPUTS, Layout.SERIES, "Cover"))
    missing = [title for title in (Layout.INPUTS, Layout.SERIES) if title not in sheets]
    if missing:
        raise WorkbookError(
            [f"{path} has no sheet '{missing[0]}'; it is not a workbook of jvmodel, or the sheet was renamed or deleted"]
        )
    reader = _Reader(model, sheets[Layout.INPUTS], sheets[Layout.SERIES])
    reader.read()
    found = reader.found
    if "Cover" in sheets:
        found.selected = sheets["Cover"].text(*SELECTOR) or CASES[0]
        lines = (str(one) for row in sheets["Cover"].typed for one in row if isinstance(one, str) and "fingerprint" in one)
        found.fingerprint = next((match[1] for line in lines if (match := FINGERPRINT.search(line))), "")
    if found.selected not in (CASES[0], CASES[3]):
        found.notes.append(
            f"the scenario {found.selected} is chosen on the Cover; what is compared here is the deal's base before and after"
        )
    if found.fingerprint and found.fingerprint != model.deal.fingerprint and "fingerprint" not in "".join(found.notes):
        found.notes.append(
            f"the workbook was written from another version of the deal (fingerprint {found.fingerprint}, the deal has"
            f" {model.deal.fingerprint}): every input that differs is taken from the workbook"
        )
    return found


@dataclass
class _Reader:
    model: Model
    inputs: Sheet
    series: Sheet
    found: Reading = field(default_factory=Reading)

    def __post_init__(self) -> None:
        self.layout = layout_of(self.model)
        self.spans = spans(self.model)

    def read(self) -> None:
        columns = {label: self.inputs.column(LABELS, label) for label in (*CASES, PATH_HEAD, "In use")}
        gone = [label for label, column in columns.items() if not column]
        if gone:
            raise WorkbookError([f"Inputs!A{LABELS}: the column '{gone[0]}' is gone; put its head back where it was"])
        rows = self._rows(self.inputs, columns[PATH_HEAD])
        seen = set()
        for given in self.model.graph.params.values():
            if given.source == "deal" and not given.series:
                seen.add(given.path)
                self._number(given, rows.get(given.path, 0), columns)
        seen |= set(self._names(rows, columns))
        for path, row in rows.items():
            if path not in seen:
                self._added(path, row, columns)
        self._over_time()

    def _rows(self, sheet: Sheet, column: int) -> dict[str, int]:
        """The row of every path that stands in a column."""
        found: dict[str, int] = {}
        for row in range(TOP, len(sheet.typed) + 1):
            path = sheet.text(row, column)
            if path in found:
                self.found.faults.append(
                    f"{sheet.cell(row, column)} ({path}): the path stands in row {found[path]} already; remove one"
                )
            elif path:
                found[path] = row
        return found

    def _take(self, sheet: Sheet, row: int, column: int, given: Given) -> float | None:
        try:
            return sheet.number(row, column, given.unit)
        except RefusedError as refused:
            self.found.faults.append(f"{sheet.cell(row, column)} ({given.path}): {refused}")
            return None

    def _gone(self, given: Given) -> None:
        place = self.layout.inputs[given.name]
        cell = f"{place.sheet}!{get_column_letter(BASE if place.sheet == Layout.INPUTS else FIRST)}{place.row}"
        self.found.faults.append(
            f"{cell} ({given.path}): its row was deleted; put it back with its path, or change the deal file itself"
        )

    def _number(self, given: Given, row: int, columns: dict[str, int]) -> None:
        if not row:
            return self._gone(given)
        column = columns["Base"]
        value = self._take(self.inputs, row, column, given)
        used = columns["In use"]
        if value is not None and same(value, given.value) and not self.inputs.is_formula(row, used):
            typed = self._take(self.inputs, row, used, given)
            value, column = typed, used
        if value is not None and not same(value, given.value):
            self._edit(self.inputs, row, column, given, given.value, value)
        if self.inputs.at(row, columns[CASES[3]]) is not None:
            own = self._take(self.inputs, row, columns[CASES[3]], given)
            if own is not None:
                self.found.own[given.name] = own
                cell = self.inputs.cell(row, columns[CASES[3]])
                self.found.notes.append(
                    f"{cell} ({given.path}): {text(own, given.unit)} stands under Own, which stays in the workbook; to take it"
                    " into the deal, write it under Base"
                )
        return self._range(given, row, columns)

    def _edit(self, sheet: Sheet, row: int, column: int, given: Given, before: object, now: float, part: str = "base") -> None:
        assert before is None or isinstance(before, float | int)
        span = self.spans.get(given.name)
        path = span.lever.path if span is not None and part != "base" else given.path
        label = self.model.deal.named(given.label)
        self.found.edits.append(Edit(sheet.cell(row, column), path, label, given.unit, before, now, part))

    def _range(self, given: Given, row: int, columns: dict[str, int]) -> None:
        """The low and high of a number: those of the deal, or new ones."""
        span = self.spans.get(given.name)
        ends = {"low": columns["Low"], "high": columns["High"]}
        typed = {
            part: self._take(self.inputs, row, column, given)
            for part, column in ends.items()
            if self.inputs.at(row, column) is not None and (span is not None or not self.inputs.is_formula(row, column))
        }
        if span is None and len(typed) == 1:
            (part,) = typed
            self.found.notes.append(
                f"{self.inputs.cell(row, ends[part])} ({given.path}): a {part} alone is not taken, as a range has both"
            )
            return
        for part, column in ends.items():
            before = None if span is None else span.low if part == "low" else span.high
            now = typed.get(part)
            if span is not None and part not in typed:
                cell = self.inputs.cell(row, column)
                advice = f"the deal has a {part} here; write it, or take the range out of the deal file"
                self.found.faults.append(f"{cell} ({given.path}): {advice}")
            elif now is not None and (before is None or not same(now, before)):
                self._edit(self.inputs, row, column, given, before, now, part)

    def _names(self, rows: dict[str, int], columns: dict[str, int]) -> list[str]:
        deal = self.model.deal
        names = {"deal": deal.deal}
        names |= {f"parties.{name}.name": one.name for name, one in deal.parties.items()}
        names |= {f"ventures.{name}.name": one.name for name, one in deal.ventures.items()}
        for path, before in names.items():
            row = rows.get(path, 0)
            if not row:
                self.found.faults.append(
                    f"Inputs!{get_column_letter(BASE)}{TOP} ({path}): the row of this name was deleted; put it back"
                )
                continue
            column = columns["Base"]
            now, typed = (self.inputs.text(row, at) for at in (column, columns["In use"]))
            if typed and now == before.strip() and not self.inputs.is_formula(row, columns["In use"]):
                now, column = typed, columns["In use"]
            cell = self.inputs.cell(row, column)
            if not now:
                self.found.faults.append(f"{cell} ({path}): is empty; write the name")
            elif now != before.strip():
                self.found.edits.append(Edit(cell, path, "Name" if path != "deal" else "Title of the deal", "", before, now))
        return list(names)

    def _added(self, path: str, row: int, columns: dict[str, int]) -> None:
        column = columns["Base"]
        unit = self.inputs.text(row, 2) or "1"
        try:
            value = self.inputs.number(row, column, unit)
        except RefusedError as refused:
            self.found.faults.append(f"{self.inputs.cell(row, column)} ({path}): {refused}")
            return
        label = self.inputs.text(row, 1) or path
        self.found.edits.append(Edit(self.inputs.cell(row, column), path, label, unit, None, value))

    def _over_time(self) -> None:
        column = self.series.column(LABELS, PATH_HEAD)
        expected = [given for given in self.model.graph.params.values() if given.source == "deal" and given.series]
        if not column:
            self.found.faults.append(f"Series!A{LABELS}: the column '{PATH_HEAD}' is gone; put its head back where it was")
            return
        periods = [self.series.column(LABELS, label) for label in self.model.graph.timeline.labels]
        if not all(periods):
            label = self.model.graph.timeline.labels[periods.index(0)]
            self.found.faults.append(f"Series!A{LABELS}: the column of {label} is gone; put its head back where it was")
            return
        rows = self._rows(self.series, column)
        for given in expected:
            self._series(given, rows.pop(given.path, 0), periods)
        for path, row in rows.items():
            self.found.faults.append(
                f"{self.series.cell(row, column)} ({path}): the deal has no such series; remove the row, or write the deal file"
            )

    def _series(self, given: Given, row: int, periods: list[int]) -> None:
        if not row:
            return self._gone(given)
        assert isinstance(given.value, tuple)
        now = [self._take(self.series, row, column, given) for column in periods]
        if None in now:
            return None
        values = tuple(new if new is not None and not same(new, old) else old for new, old in zip(now, given.value, strict=True))
        labels = self.model.graph.timeline.labels
        moved = tuple(
            (self.series.cell(row, periods[t]), labels[t], t) for t in range(len(values)) if not same(values[t], given.value[t])
        )
        if moved:
            self.found.edits.append(Edit(moved[0][0], given.path, given.label, given.unit, given.value, values, cells=moved))
        if self.layout.has_cases(given):
            self._range_of_series(given, row, periods)
        return None

    def _range_of_series(self, given: Given, row: int, periods: list[int]) -> None:
        span = self.spans.get(given.name)
        for offset, part in ((1, "low"), (2, "high")):
            at = row + offset
            filled = [
                column for column in periods if self.series.at(at, column) is not None and not self.series.is_formula(at, column)
            ]
            if span is None or span.lever.kind is Kind.FACTOR:
                if filled:
                    self.found.notes.append(
                        f"{self.series.cell(at, filled[0])} ({given.path}): the deal has no {part} by period; it is not taken"
                    )
                if span is None:
                    continue
                column, unit = CONSTANT, "%"
            else:
                column, unit = periods[self.model.graph.timeline.labels.index(span.lever.period)], given.unit
            before = span.low if part == "low" else span.high
            try:
                now = self.series.number(at, column, unit)
            except RefusedError as refused:
                self.found.faults.append(f"{self.series.cell(at, column)} ({span.lever.path}): {refused}")
                continue
            if not same(now, before):
                self.found.edits.append(Edit(self.series.cell(at, column), span.lever.path, given.label, unit, before, now, part))


def same(one: float, other: object) -> bool:
    """Whether two numbers are the same but for rounding in the last digits."""
    return isinstance(other, float | int) and math.isclose(one, other, rel_tol=1e-12, abs_tol=1e-15)
