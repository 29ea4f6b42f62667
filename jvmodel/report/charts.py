"""The workbook's own charts: they follow when an input changes."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from openpyxl.chart import BarChart, LineChart, Reference, Series

from jvmodel.account import VENTURE
from jvmodel.backends.excel import FIRST, LABELS
from jvmodel.report import palette

if TYPE_CHECKING:
    from openpyxl.worksheet.worksheet import Worksheet

    from jvmodel.report.workbook import Writer

COLOURS = tuple(colour.removeprefix("#").upper() for colour in palette.COLOURS)


def add_charts(writer: Writer) -> None:
    """Cash of the venture, cash by party, and value by party."""
    from jvmodel.report.workbook import print_set_up

    sheet = writer.book["Charts"]
    writer.text(sheet, 1, 1, "Charts", "title")
    print_set_up(sheet)
    sheet.page_setup.fitToHeight = 1
    partners = writer.book["Partners"]
    money = f"{writer.model.deal.currency} millions"
    sheet.add_chart(_venture(writer, partners, money), "A3")
    sheet.add_chart(_parties(writer, partners, money), "A24")
    sheet.add_chart(_value(writer, money), "A45")


def _series(writer: Writer, sheet: Worksheet, name: str, title: str, colour: str, *, line: bool = False) -> Series:
    row = writer.layout.rows[name].row
    series = Series(Reference(sheet, min_col=FIRST, max_col=writer.layout.last, min_row=row, max_row=row), title=title)
    if line:
        series.graphicalProperties.line.solidFill = colour
        series.graphicalProperties.line.width = 22000
        series.smooth = False
    else:
        series.graphicalProperties.solidFill = colour
    return series


def _shape(chart: Any, title: str, axis: str) -> None:
    chart.title, chart.height, chart.width = title, 9.5, 26
    chart.y_axis.title = axis
    chart.y_axis.number_format, chart.y_axis.majorGridlines = "#,##0", chart.y_axis.majorGridlines
    chart.x_axis.tickLblPos = "low"
    chart.x_axis.delete = chart.y_axis.delete = False
    if chart.legend is not None:
        chart.legend.position = "b"


def _labels(writer: Writer, sheet: Worksheet) -> Reference:
    return Reference(sheet, min_col=FIRST, max_col=writer.layout.last, min_row=LABELS, max_row=LABELS)


def _venture(writer: Writer, sheet: Worksheet, money: str) -> BarChart:
    bars, line = BarChart(), LineChart()
    bars.series.append(_series(writer, sheet, f"party.{VENTURE}.cash", "Net cash flow", COLOURS[0]))
    line.series.append(_series(writer, sheet, f"party.{VENTURE}.cumulative", "Cumulative", COLOURS[1], line=True))
    bars.set_categories(_labels(writer, sheet))
    _shape(bars, "Net cash flow of the venture", money)
    bars.gapWidth = 40
    bars += line
    return bars


def _parties(writer: Writer, sheet: Worksheet, money: str) -> BarChart:
    chart = BarChart()
    chart.grouping, chart.overlap, chart.gapWidth = "stacked", 100, 40
    others = list(writer.model.deal.parties)
    for number, party in enumerate(others):
        colour = COLOURS[number % len(COLOURS)]
        chart.series.append(_series(writer, sheet, f"party.{party}.cash", writer.model.label(party), colour))
    chart.set_categories(_labels(writer, sheet))
    _shape(chart, "Net cash flow by party", money)
    return chart


def _value(writer: Writer, money: str) -> BarChart:
    cover, first = writer.book["Cover"], writer.results.first_row
    last = first + len(writer.model.parties) - 1
    chart = BarChart()
    chart.type = "bar"
    values = Series(Reference(cover, min_col=4, max_col=4, min_row=first + 1, max_row=last), title="Net present value")
    values.graphicalProperties.solidFill = COLOURS[0]
    chart.series.append(values)
    chart.set_categories(Reference(cover, min_col=1, max_col=1, min_row=first + 1, max_row=last))
    _shape(chart, "Net present value by party, each at its own discount rate", money)
    chart.legend = None
    chart.x_axis.scaling.orientation = "maxMin"
    return chart
