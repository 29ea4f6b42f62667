"""Sheets with answers to questions asked of a deal: numbers as they were worked out, which do not follow the inputs."""

from __future__ import annotations

from typing import TYPE_CHECKING

from openpyxl.utils import get_column_letter

from jvmodel.report.workbook.styles import print_set_up
from jvmodel.shown import number_format

if TYPE_CHECKING:
    from openpyxl.worksheet.worksheet import Worksheet

    from jvmodel.report.listing import Answer, Listing
    from jvmodel.report.workbook.writer import Writer

WIDEST = 60


def write(writer: Writer, answer: Answer) -> None:
    """The tables of an answer, one below the other."""
    sheet = writer.book[answer.title]
    writer.title(sheet, answer.title, "as worked out when the workbook was written; does not follow changes of inputs")
    widths: dict[int, int] = {}
    row, last = 4, max((len(one.columns) for one in answer.listings), default=1)
    for listing in answer.listings:
        writer.section(sheet, row, listing.title, max(last, 2))
        row = _table(writer, sheet, listing, row + 1, widths) if listing.columns else row + 1
        if listing.note:
            writer.text(sheet, row, 1, listing.note, "note")
            row += 1
        row += 1
    for column in range(1, last + 1):
        sheet.column_dimensions[get_column_letter(column)].width = min(WIDEST, max(12, widths.get(column, 0) + 2))
    print_set_up(sheet, writer.footer)


def _table(writer: Writer, sheet: Worksheet, listing: Listing, row: int, widths: dict[int, int]) -> int:
    numeric = [bool(column.unit) or any(isinstance(cells[place], float) for cells in listing.rows)
               for place, column in enumerate(listing.columns)]  # fmt: skip
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
            if isinstance(cell, int | float) and cell == cell:  # noqa: PLR0124 - NaN
                writer.number(sheet, row + number, place, float(cell), number_format(column.unit or "1"), style, look)
            else:
                shown = column.shown(cell)
                writer.text(
                    sheet, row + number, place, shown, style, f"{look} wrap {'right' if numeric[place - 1] else ''}".strip()
                )
                widths[place] = max(widths[place], len(shown))
    return row + len(listing.rows) + 1
