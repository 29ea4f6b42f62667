"""Tables beside the deal file: columns of CSV and Excel files, with the cell in every complaint."""

from __future__ import annotations

import csv
import io
import math
from collections.abc import Callable
from functools import partial
from pathlib import Path
from typing import Any

from jvmodel.dealfile.cell_range import boundaries, grid_of, line_of
from jvmodel.dealfile.headings import periods
from jvmodel.graph.graph import did_you_mean
from jvmodel.inputs import fault

LARGEST = 20_000_000
MOST_ROWS = 2_000
PERIODS = "write 2027, 2027-H1, 2027-Q3 or 2027-07"


class Tables:
    """Columns of the tables in one folder, each file read once."""

    def __init__(self, folder: Path) -> None:
        self.folder = folder.resolve()
        self._read: dict[tuple[str, str | None], list[list[Any]]] = {}

    def column(self, table: str, column: str, sheet: str | None = None) -> dict[str, Any]:
        """The numbers of a column by the periods in the table's first column; raises a fault that names the cell."""
        rows = self._rows(table, sheet)
        headings = [str(cell).strip() if cell is not None else "" for cell in rows[0]]
        if headings.count(column) != 1:
            if column in headings:
                raise fault(f"{table} has two columns '{column}'; rename one of them")
            raise fault(f"{table} has no column '{column}'{did_you_mean(column, headings[1:])}")
        place = headings.index(column)
        result: dict[str, Any] = {}
        filled = [(number, row) for number, row in enumerate(rows[1:], start=2) if any(cell not in (None, "") for cell in row)]
        named = dict(periods([row[0] for _, row in filled]))
        for order, (number, row) in enumerate(filled):
            if not (key := named.get(order, "")):
                raise fault(f"{table}, cell A{number}: {_text(row[0])!r} is not a year or period; {PERIODS}")
            if key in result:
                raise fault(f"{table}, row {number}: period {key} stands there twice")
            result[key] = _number(row[place] if place < len(row) else None, partial(_cell, table, place, number))
        if not result:
            raise fault(f"{table} has no rows below its headings")
        return result

    def line(self, table: str, label: str | None, sheet: str | None, cells: str, wanted: str, currency: str) -> dict[str, Any]:
        """The numbers of a line of a range, with the years across or down; raises a fault that names the cell."""
        rows = self._rows(table, sheet)
        where = f"{table}, sheet {sheet}" if sheet else table
        bounds = boundaries(cells, where)
        path = self._path(table)
        percents = set() if path.suffix.lower() == ".csv" else _percents(path, sheet, bounds)
        _, top, right, _ = bounds
        above = grid_of(rows, set(), (1, 1, right, top - 1)) if top > 1 else []
        titles = (cell for row in above for cell in row if isinstance(cell.value, str))
        return line_of(grid_of(rows, percents, bounds), label, wanted, currency, where, _number, titles)

    def _rows(self, table: str, sheet: str | None) -> list[list[Any]]:
        if (table, sheet) not in self._read:
            path = self._path(table)
            rows = _csv(path, table) if path.suffix.lower() == ".csv" else _excel(path, table, sheet)
            if not rows or len(rows) > MOST_ROWS:
                raise fault(f"{table} has {len(rows)} rows; it needs headings and up to {MOST_ROWS:,} rows of numbers")
            self._read[table, sheet] = rows
        return self._read[table, sheet]

    def _path(self, table: str) -> Path:
        try:
            path = (self.folder / table).resolve()
            inside = path.is_relative_to(self.folder)
            exists = inside and path.is_file()
        except (OSError, ValueError):
            raise fault(f"{table[:60]!r} is not the name of a file") from None
        if not inside:
            raise fault(f"table '{table}' lies outside the deal's folder; copy it beside the deal file")
        if path.suffix.lower() not in (".csv", ".xlsx"):
            raise fault(f"table '{table}' must be a .csv or .xlsx file")
        if not exists:
            names = [one.name for one in self.folder.iterdir() if one.suffix in (".csv", ".xlsx")]
            raise fault(f"there is no table '{table}' in the deal's folder{did_you_mean(table, names)}")
        if path.stat().st_size > LARGEST:
            raise fault(f"table '{table}' is larger than {LARGEST // 1_000_000} MB; keep only the columns that the deal uses")
        return path


def _csv(path: Path, table: str) -> list[list[Any]]:
    try:
        text = path.read_bytes().decode("utf-8-sig")
        first = text.split("\n", maxsplit=1)[0]
        return list(csv.reader(io.StringIO(text), delimiter=";" if ";" in first and "," not in first else ","))
    except (UnicodeDecodeError, csv.Error) as error:
        raise fault(f"{table} cannot be read as CSV ({error}); save it as 'CSV UTF-8'") from None


def _excel(path: Path, table: str, sheet: str | None) -> list[list[Any]]:
    import zipfile

    from openpyxl import load_workbook
    from openpyxl.utils.exceptions import InvalidFileException

    try:
        book = load_workbook(path, read_only=True, data_only=True)
    except (InvalidFileException, zipfile.BadZipFile, KeyError, ValueError, OSError) as error:
        raise fault(f"{table} cannot be read as an Excel workbook ({error}); save it again as .xlsx") from None
    try:
        if sheet is not None and sheet not in book.sheetnames:
            raise fault(f"{table} has no sheet '{sheet}'{did_you_mean(sheet, book.sheetnames)}")
        tab = book[sheet] if sheet is not None else book.worksheets[0]
        return [list(row) for row in tab.iter_rows(max_row=MOST_ROWS + 1, values_only=True)]
    finally:
        book.close()


def _percents(path: Path, sheet: str | None, bounds: tuple[int, int, int, int]) -> set[tuple[int, int]]:
    """Rows and columns of the cells that are shown as percentages."""
    from openpyxl import load_workbook

    left, top, right, bottom = bounds
    book = load_workbook(path, read_only=True, data_only=True)
    try:
        tab = book[sheet] if sheet is not None else book.worksheets[0]
        cells = (cell for row in tab.iter_rows(top, bottom, left, right) for cell in row)
        return {(cell.row, cell.column) for cell in cells if cell.value is not None and "%" in str(cell.number_format)}
    finally:
        book.close()


def _text(value: Any) -> str:
    return str(value).strip() if value is not None else ""


def _number(value: Any, where: Callable[[], str]) -> Any:
    """The number of a cell; `where` says which cell it is, should it hold none."""
    if value is None or (isinstance(value, str) and not value.strip()):
        raise fault(f"{where()} is empty; write a number, 0 for none (a formula needs to have been calculated and saved)")
    if isinstance(value, str):
        text = value.strip()
        try:
            number = float(text.removesuffix("%"))
        except ValueError:
            raise fault(f"{where()}: {text[:40]!r} is not a number; write it without thousands separators") from None
        if not math.isfinite(number):
            raise fault(f"{where()}: {text[:40]!r} is not a number that a model can use")
        return text if text.endswith("%") else number
    if isinstance(value, bool) or not isinstance(value, int | float):
        raise fault(f"{where()}: {str(value)[:40]!r} is not a number")
    return value


def _cell(table: str, column: int, row: int) -> str:
    from openpyxl.utils import get_column_letter

    return f"{table}, cell {get_column_letter(column + 1)}{row}"
