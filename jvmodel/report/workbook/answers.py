"""Sheets with answers to questions asked of a deal: what runs gave, as numbers, and what follows from it and the model, live."""

from __future__ import annotations

import re
from math import ceil, isclose, isnan
from typing import TYPE_CHECKING

from openpyxl.utils import get_column_letter

from jvmodel.report.listing import Figured, Quantity
from jvmodel.report.workbook.styles import print_set_up, traffic_light

if TYPE_CHECKING:
    from openpyxl.worksheet.worksheet import Worksheet

    from jvmodel.report.listing import Answer, Column, Listing
    from jvmodel.report.workbook.writer import Writer

WIDEST, BESIDE_NUMBERS = 60, 22
"""Characters of the widest column, and of one in which other tables have numbers."""
LINE = 13.5
"""Points of a line."""
CHECK = 5
"""Row that says whether the model still is what the answer was given for."""
FIRST_ROW = 7
PLACE = re.compile(r"\{(all)?(\d+|above)\}")


def write(writer: Writer, answer: Answer) -> None:
    """The tables of an answer, one below the other, under what tells its numbers apart and whether they are still current."""
    sheet, say = writer.book[answer.title], writer.spoken.say
    told = say("pasted results of runs stand in grey, formulas on them in black, figures of the model in green")
    writer.title(sheet, answer.title, told)
    _renewal(writer, sheet, answer)
    widths: dict[int, int] = {}
    row, last = FIRST_ROW, max((len(one.columns) for one in (*answer.listings, *answer.data)), default=1)
    for listing in (*answer.listings, *answer.data):
        writer.section(sheet, row, listing.title, max(last, 2))
        row = _table(writer, sheet, listing, row + 1, widths) if listing.columns else row + 1
        if listing.note:
            writer.text(sheet, row, 1, listing.note, "note")
            row += 1
        row += 1
    tables = [one.numeric for one in (*answer.listings, *answer.data) if one.columns]
    for column in range(1, last + 1):
        numbers = column > 1 and any(numeric[column - 1] for numeric in tables if len(numeric) >= column)
        widest = BESIDE_NUMBERS if numbers else WIDEST
        sheet.column_dimensions[get_column_letter(column)].width = min(widest, max(12, widths.get(column, 0) + 2))
    _heighten(sheet)
    print_set_up(sheet, writer.footer)


def _renewal(writer: Writer, sheet: Worksheet, answer: Answer) -> None:
    """How to renew the pasted results, and whether the parties' values are those for which they were worked out."""
    say = writer.spoken.say
    how = say("the same command, with --out FILE.xlsx")
    if answer.command:
        how = f"jvmodel export DEAL --to FILE.xlsx --with {answer.command}"
    stale = say("Pasted results do not follow the inputs. After a change, take it into the deal (jvmodel read) and renew them by")
    writer.text(sheet, 3, 1, f"{stale} {how}", "note")
    values = writer.returns.values()
    then = sum(float(writer.figures(party)["npv"]) ** 2 for party in writer.model.parties)
    current, past = say("current"), say("out of date: renew")
    writer.text(sheet, CHECK, 1, say("Sum of squares of the net present values: when answered, now"), "note", "wrap")
    writer.number(sheet, CHECK, 2, then, "#,##0.0", "pasted")
    writer.formula(sheet, CHECK, 3, f"=SUMSQ({values})", then, "#,##0.0")
    status = f'=IF(ABS(C{CHECK}-B{CHECK})<=B{CHECK}*{writer.returns.trifle_cell},"{current}","{past}")'
    writer.formula(sheet, CHECK, 4, status, current, "General", "bold", "indent")
    traffic_light(sheet, f"D{CHECK}", current)


def _heighten(sheet: Worksheet) -> None:
    """Rows as high as their longest text needs in the width of its column: no program does it for wrapped text on its own."""
    for cells in sheet.iter_rows(min_row=4):
        lines = max(
            (
                ceil(len(cell.value) / sheet.column_dimensions[get_column_letter(cell.column)].width)
                for cell in cells
                if isinstance(cell.value, str) and not cell.value.startswith("=") and cell.alignment.wrap_text
            ),
            default=1,
        )
        if lines > 1:
            sheet.row_dimensions[cells[0].row].height = LINE * lines


def _table(writer: Writer, sheet: Worksheet, listing: Listing, row: int, widths: dict[int, int]) -> int:
    numeric = listing.numeric
    for place, column in enumerate(listing.columns, start=1):
        unit = f", {writer.spoken.unit(column.unit)}" if column.unit not in ("", "1", "%") else ""
        look = "line wrap right" if numeric[place - 1] else "line wrap"
        writer.text(sheet, row, place, column.head.replace("\n", " ") + unit, "head", look)
        widths[place] = max(widths.get(place, 0), 12)
    live = [_live(writer, listing, place) for place in range(len(listing.columns))]
    for number, cells in enumerate(listing.rows):
        total = number >= len(listing.rows) - listing.totals
        for place, (column, cell) in enumerate(zip(listing.columns, cells, strict=True)):
            style, look = "bold" if total else "plain", "top" if total else ""
            value = cell.value if isinstance(cell, Quantity) else cell
            at = row + 1 + number, place + 1
            if not isinstance(value, int | float) or isnan(value):
                shown = cell if isinstance(cell, str) else writer.spoken.said(column.shown(cell))
                writer.text(sheet, *at, shown, style, f"{look} wrap {'right' if numeric[place] else ''}".strip())
                widths[place + 1] = max(widths[place + 1], len(shown))
            elif formula := live[place].get(number) or _worked(listing, column, place, number, row + 1):
                writer.formula(sheet, *at, formula, float(value), column.form(cell), style, look)
            else:
                writer.number(sheet, *at, float(value), column.form(cell), style if total else "pasted", look)
    return row + len(listing.rows) + 1


def _live(writer: Writer, listing: Listing, place: int) -> dict[int, str]:
    """Formulas by row for the figures of a column, where the model of the workbook has every one of them."""
    found: dict[int, str] = {}
    for number, cells in enumerate(listing.rows):
        cell = cells[place]
        if not isinstance(cell, Figured) or isnan(cell):
            continue
        at = writer.returns.figure(cell.figure)
        if at is None or not isclose(writer.value(at), cell, rel_tol=1e-9, abs_tol=1e-9):
            return {}
        found[number] = f"={at}"
    return found


def _worked(listing: Listing, column: Column, place: int, number: int, first: int) -> str:
    """The formula of a number that follows from others of its table; empty for one that does not. `first` is the first row."""
    last = first + len(listing.rows) - listing.totals - 1

    def cells(found: re.Match[str]) -> str:
        letter = get_column_letter((place if found[2] == "above" else int(found[2])) + 1)
        every = found[1] or found[2] == "above"
        return f"{letter}${first}:{letter}${last}" if every else f"{letter}{first + number}"

    if first + number > last:
        above = [cells_[place] for cells_ in listing.rows[: len(listing.rows) - listing.totals]]
        formula = listing.total if any(isinstance(one, int | float) for one in above) else ""
    else:
        formula = column.formula
    return f"={PLACE.sub(cells, formula)}" if formula else ""
