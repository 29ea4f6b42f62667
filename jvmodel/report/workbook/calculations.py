"""The sheets of calculation: one for each chapter, one formula a row, the opening value in a column of its own."""

from __future__ import annotations

from typing import TYPE_CHECKING

from jvmodel.backends.excel import CONSTANT, FIRST, OPENING
from jvmodel.shown import number_format

if TYPE_CHECKING:
    from collections.abc import Iterable

    from openpyxl.worksheet.worksheet import Worksheet

    from jvmodel.report.workbook.writer import Writer

TOTALS = {"sum": "sum", "last": "end"}
"""What the totals column says that it is."""


def write(writer: Writer, title: str) -> None:
    """A chapter's blocks, row by row."""
    sheet, layout = writer.book[title], writer.layout
    names = [name for name, place in layout.rows.items() if place.sheet == title]
    labels = [_label(writer, title, name) for name in names]
    writer.over_time(sheet, title, f"{writer.money} unless a unit is shown", width_of(writer, names), labels)
    writer.text(sheet, 3, 3, "Total is", "head", "line")
    writer.sections(sheet, layout.last)
    for name, label in zip(names, labels, strict=True):
        writer.label(sheet, layout.rows[name].row, label)
        _row(writer, sheet, name)
        writer.fold(sheet, layout.rows[name].row, layout.rows[name].row)
    if title == "Partners":
        writer.returns.beside(sheet)


def _label(writer: Writer, title: str, name: str) -> str:
    """What a line is; a check's name stands above its only line already."""
    if title == "Check lines":
        return "1 where it holds" if name.startswith("warning.") else "Difference"
    return writer.model.deal.named(writer.graph.rows[name].label)


def width_of(writer: Writer, names: Iterable[str]) -> float:
    """How wide the columns of periods must be for the longest number of these rows, in characters."""
    from jvmodel.shown import decimals

    longest = 8
    for name in names:
        unit = writer.graph.display_unit(name)
        most = float(abs(writer.run.single(name)).max())
        digits = len(f"{most:,.{decimals(unit) if unit not in ('1', '%') else 2}f}")
        longest = max(longest, digits + 3)
    return min(longest, 20)


def _row(writer: Writer, sheet: Worksheet, name: str) -> None:
    from jvmodel.backends.arrays import outside

    layout, graph, run = writer.layout, writer.graph, writer.run
    row, unit = layout.rows[name].row, graph.display_unit(name)
    values = run.single(name)
    form = number_format(unit, *values)
    writer.text(sheet, row, 2, "" if unit == "1" else unit, "unit")
    total = layout.total(name)
    if total is not None:
        shown = float(values.sum()) if graph.total_kind(name) == "sum" else float(values[-1])
        writer.text(sheet, row, 3, TOTALS[graph.total_kind(name)], "unit")
        writer.formula(sheet, row, CONSTANT, total, shown, form, "bold")
    if name in graph.openings:
        writer.formula(sheet, row, OPENING, layout.opening(name), outside(run, graph.openings[name]), form)
    for period in range(layout.periods):
        writer.formula(sheet, row, FIRST + period, layout.formula(name, period), float(values[period]), form)
    if name in graph.endings:
        writer.formula(sheet, row, layout.last + 1, layout.ending(name), outside(run, graph.endings[name]), form)
