"""Cells of a workbook as numbers and text, however a person typed them; what is neither is refused with its cell."""

from __future__ import annotations

import datetime as dt
import math
import re
import zipfile
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from openpyxl import load_workbook
from openpyxl.utils import get_column_letter
from openpyxl.utils.exceptions import InvalidFileException

from jvmodel.errors import WorkbookError

MOST_ROWS, MOST_COLUMNS = 5_000, 2_000
LARGEST = 50_000_000
SPACES = " \u00a0\u202f\u2009'’"
GROUPED = re.compile(r"^\d{1,3}(,\d{3})+(\.\d+)?$")
CONTINENTAL = re.compile(r"^\d{1,3}(\.\d{3})+,\d+$|^\d+,\d+$")


class RefusedError(Exception):
    """Why a cell cannot be taken."""


@dataclass(frozen=True)
class Sheet:
    """The cells of a sheet: what was typed, and what it is worth where that is a formula."""

    title: str
    typed: list[list[Any]]
    worth: list[list[Any]]

    def at(self, row: int, column: int, *, worth: bool = False) -> Any:
        """The content of a cell, None where it is empty."""
        rows = self.worth if worth else self.typed
        line = rows[row - 1] if row <= len(rows) else []
        return line[column - 1] if column <= len(line) else None

    def cell(self, row: int, column: int) -> str:
        """The name of a cell, with the sheet."""
        return f"{self.title}!{get_column_letter(column)}{row}"

    def column(self, head: int, label: str) -> int:
        """The column whose head (in a row) is a label; 0 where there is none."""
        line = self.typed[head - 1] if head <= len(self.typed) else []
        return next((place for place, one in enumerate(line, start=1) if _text(one) == label), 0)

    def is_formula(self, row: int, column: int) -> bool:
        """Whether a formula stands in a cell."""
        typed = self.at(row, column)
        return typed is not None and (not isinstance(typed, str | int | float | dt.date | dt.time) or _starts(typed))

    def number(self, row: int, column: int, unit: str) -> float:
        """The number in a cell; raises RefusedError with what is wrong and what to do."""
        typed, value = self.at(row, column), self.at(row, column, worth=True)
        if self.is_formula(row, column) and value is None:
            raise RefusedError(
                "is a formula without a value; open the workbook in Excel or LibreOffice and save it, or type the number"
            )
        value = value if self.is_formula(row, column) else typed
        return number(value, unit)

    def text(self, row: int, column: int) -> str:
        """The text in a cell; nothing where it is empty."""
        return _text(self.at(row, column, worth=self.is_formula(row, column)))


def _starts(typed: Any) -> bool:
    return isinstance(typed, str) and typed.startswith("=") and len(typed) > 1


def _text(value: Any) -> str:
    return "" if value is None else str(value).strip()


def number(value: Any, unit: str) -> float:
    """A number as a person types it: 0.6, 60%, 1 200, 1,200.5, 1.200,5, 0,6, −5, (5), with or without its unit.

    >>> number("60%", "%"), number(" 1,200 ", "t"), number("0,6", "1"), number("(5)", "USDm")
    (0.6, 1200.0, 0.6, -5.0)
    """
    if value is None or (isinstance(value, str) and not value.strip(SPACES)):
        raise RefusedError("is empty; write a number, 0 for none")
    if isinstance(value, bool):
        raise RefusedError(f"{str(value).upper()} is not a number; write one")
    if isinstance(value, dt.date | dt.time | dt.timedelta):
        raise RefusedError(f"{value} is a date or time; set the cell's format to a number and write the number again")
    if isinstance(value, int | float):
        if not math.isfinite(value):
            raise RefusedError("is not a number that a model can use")
        return float(value)
    text = str(value)
    if text.startswith("#"):
        raise RefusedError(f"{text} is an error; mend the formula, or type the number")
    return _typed(text, unit)


def _typed(text: str, unit: str) -> float:
    bare = text.strip(SPACES)
    bare = bare.removesuffix(unit).rstrip(SPACES) if unit not in ("1", "%") else bare
    percent = bare.endswith("%")
    bare = bare.removesuffix("%")
    for dash in "−–":
        bare = bare.replace(dash, "-")
    negative = bare.startswith("-") or (bare.startswith("(") and bare.endswith(")"))
    bare = bare.strip("()").removeprefix("-").removeprefix("+")
    for space in SPACES:
        bare = bare.replace(space, "")
    if GROUPED.match(bare) and not bare.startswith("0"):
        bare = bare.replace(",", "")
    elif CONTINENTAL.match(bare):
        bare = bare.replace(".", "").replace(",", ".")
    if not re.match(r"^(\d+(\.\d*)?|\.\d+)([eE][+-]?\d+)?$", bare):
        raise RefusedError(f"{_short(text)} is not a number; write one, such as {'12%' if unit == '%' else '1200'}")
    if percent and unit not in ("%", "1"):
        raise RefusedError(f"{_short(text)} is a percentage, and {unit} is wanted")
    found = float(bare) / (100 if percent else 1)
    return -found if negative else found


def _short(text: str) -> str:
    shown = repr(text)
    return shown if len(shown) <= 60 else shown[:57] + "..."


def _rows(sheet: Any) -> list[list[Any]]:
    """The cells of a sheet, as far as a workbook of a deal may reach: one far cell must not fill memory with empty ones."""
    wide = min(sheet.max_column or MOST_COLUMNS, MOST_COLUMNS)
    return [list(row) for row in sheet.iter_rows(max_row=MOST_ROWS, max_col=wide, values_only=True)]


def open_sheets(path: Path, titles: tuple[str, ...]) -> dict[str, Sheet]:
    """The sheets of those titles that a workbook has; raises WorkbookError where it cannot be read."""
    if not path.is_file():
        raise WorkbookError([f"there is no workbook {path}; check the path"])
    try:
        if path.stat().st_size > LARGEST:
            raise WorkbookError(
                [f"{path} is larger than {LARGEST // 1_000_000} MB; save it without what does not belong to the model"]
            )
        with zipfile.ZipFile(path) as parts:
            if sum(info.file_size for info in parts.infolist()) > 20 * LARGEST:
                raise WorkbookError(
                    [f"{path} unpacks to more than a workbook of a deal can hold; write it anew with jvmodel run"]
                )
        books = [load_workbook(path, read_only=True, data_only=data_only) for data_only in (False, True)]
    except (InvalidFileException, zipfile.BadZipFile, KeyError, ValueError, OSError, SyntaxError) as error:
        other = "another kind of file" if isinstance(error, InvalidFileException) else ""
        reason = other or getattr(error, "strerror", None) or str(error) or type(error).__name__
        raise WorkbookError([f"{path} cannot be read as an Excel workbook ({reason}); save it as .xlsx"]) from None
    try:
        return {title: Sheet(title, *(_rows(book[title]) for book in books)) for title in titles if title in books[0].sheetnames}
    finally:
        for book in books:
            book.close()
