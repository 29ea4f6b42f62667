"""Sheets with answers to questions asked of a deal: numbers as they were worked out, which do not follow the inputs."""

from __future__ import annotations

from math import ceil, isnan
from typing import TYPE_CHECKING

from openpyxl.utils import get_column_letter

from jvmodel.report.listing import Quantity
from jvmodel.report.workbook.styles import print_set_up

if TYPE_CHECKING:
    from openpyxl.worksheet.worksheet import Worksheet

    from jvmodel.report.listing import Answer, Listing
    from jvmodel.report.workbook.writer import Writer

WIDEST = 60
LINE = 13.5
"""Points of a line."""


def write(writer: Writer, answer: Answer) -> None:
    """The tables of an answer, one below the other."""
    sheet = writer.book[answer.title]
    writer.title(sheet, answer.title, "as worked out when the workbook was written; does not follow changes of inputs")
    widths: dict[int, int] = {}
    row, last = 4, max((len(one.columns) for one in (*answer.listings, *answer.data)), default=1)
    for listing in (*answer.listings, *answer.data):
        writer.section(sheet, row, listing.title, max(last, 2))
        row = _table(writer, sheet, listing, row + 1, widths) if listing.columns else row + 1
        if listing.note:
            writer.text(sheet, row, 1, listing.note, "note")
            row += 1
        row += 1
    for column in range(1, last + 1):
        sheet.column_dimensions[get_column_letter(column)].width = min(WIDEST, max(12, widths.get(column, 0) + 2))
    _heighten(sheet)
    print_set_up(sheet, writer.footer)


def _heighten(sheet: Worksheet) -> None:
    """Rows as high as their longest text needs in the width of its column: no program does it for wrapped text on its own."""
    for cells in sheet.iter_rows(min_row=4):
        lines = max(
            (
                ceil(len(cell.value) / sheet.column_dimensions[get_column_letter(cell.column)].width)
                for cell in cells
                if isinstance(cell.value, str) and cell.alignment.wrap_text
            ),
            default=1,
        )
        if lines > 1:
            sheet.row_dimensions[cells[0].row].height = LINE * lines


def _table(writer: Writer, sheet: Worksheet, listing: Listing, row: int, widths: dict[int, int]) -> int:
    numeric = listing.numeric
    for place, column in enumerate(listing.columns, start=1):
        unit = f", {column.unit}" if column.unit not in ("", "1", "%") else ""
        writer.text(
            sheet,
            row,
            place,
            column.head.replace("\n", " ") + unit,
            "head",
            "line wrap right" if numeric[place - 1] else "line wrap",
        )
        widths[place] = max(widths.get(place, 0), 12)
    for number, cells in enumerate(listing.rows, start=1):
        total = bool(listing.totals) and number > len(listing.rows) - listing.totals
        for place, (column, cell) in enumerate(zip(listing.columns, cells, strict=True), start=1):
            style, look = "bold" if total else "plain", "top" if total else ""
            value = cell.value if isinstance(cell, Quantity) else cell
            if isinstance(value, int | float) and not isnan(value):
                writer.number(sheet, row + number, place, float(value), column.form(cell), style, look)
            else:
                shown = column.shown(cell)
                writer.text(
                    sheet, row + number, place, shown, style, f"{look} wrap {'right' if numeric[place - 1] else ''}".strip()
                )
                widths[place] = max(widths[place], len(shown))
    return row + len(listing.rows) + 1
