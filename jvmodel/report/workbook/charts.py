"""The workbook's own charts: they follow when an input changes."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from openpyxl.chart import BarChart, LineChart, Reference, Series
from openpyxl.chart.axis import ChartLines
from openpyxl.chart.data_source import StrRef
from openpyxl.chart.legend import Legend
from openpyxl.chart.series import SeriesLabel
from openpyxl.chart.shapes import GraphicalProperties
from openpyxl.chart.text import RichText
from openpyxl.drawing.line import LineProperties
from openpyxl.drawing.text import CharacterProperties, Paragraph, ParagraphProperties
from openpyxl.utils import get_column_letter

from jvmodel.account import VENTURE
from jvmodel.backends.excel import FIRST, LABELS
from jvmodel.report import palette
from jvmodel.report.workbook.returns import FIRST_ROW, METRIC, STAKES
from jvmodel.report.workbook.sensitivity import SHEET as SENSITIVITY
from jvmodel.report.workbook.sensitivity import ordered_cells
from jvmodel.report.workbook.styles import A3, INK, print_set_up

if TYPE_CHECKING:
    from openpyxl.worksheet.worksheet import Worksheet

    from jvmodel.report.workbook.writer import Writer

COLOURS = tuple(colour.removeprefix("#").upper() for colour in palette.COLOURS)
OWN, GREY, GAIN = (one.removeprefix("#").upper() for one in (palette.ACCENT, palette.GREY, palette.GAIN))
WIDE, HIGH, ROWS = 23.2, 9.6, 20


def write(writer: Writer) -> None:
    """Two columns of charts on one page."""
    sheet = writer.book["Charts"]
    writer.title(sheet, "Charts", f"{writer.money}; they follow when an input or the scenario changes")
    print_set_up(sheet, writer.footer, paper=A3, down=1)
    partners = writer.book["Partners"]
    charts = [
        _venture(writer, partners),
        _parties(writer, partners),
        _cumulative(writer, partners),
        _value(writer),
        _split(writer),
    ]
    if writer.drivers.chosen:
        charts.append(_tornado(writer))
    for column in range(1, 27):
        sheet.column_dimensions[get_column_letter(column)].width = 9
    for number, chart in enumerate(charts):
        sheet.add_chart(chart, f"{'AN'[number % 2]}{4 + ROWS * (number // 2)}")


def _series(writer: Writer, sheet: Worksheet, name: str, title: str, colour: str, *, line: bool = False) -> Series:
    row = writer.layout.rows[name].row
    series = Series(Reference(sheet, min_col=FIRST, max_col=writer.layout.last, min_row=row, max_row=row), title=title)
    _colour(series, colour, line=line)
    return series


def _colour(series: Any, colour: str, *, line: bool = False) -> None:
    if line:
        series.graphicalProperties.line.solidFill = colour
        series.graphicalProperties.line.width = 22000
        series.smooth = False
    else:
        series.graphicalProperties.solidFill = colour


def _shape(chart: Any, title: str) -> None:
    """Size, a quiet title, and light lines."""
    chart.title, chart.height, chart.width = title, HIGH, WIDE
    paragraph = chart.title.tx.rich.p[0]
    paragraph.pPr = ParagraphProperties(defRPr=CharacterProperties(sz=1100, b=True))
    for run in paragraph.r:
        run.rPr = CharacterProperties(sz=1100, b=True)
    chart.y_axis.number_format = "#,##0_);(#,##0)"
    chart.y_axis.majorGridlines = ChartLines(spPr=GraphicalProperties(ln=LineProperties(solidFill="E1E6EB", w=6350)))
    for axis in (chart.x_axis, chart.y_axis):
        axis.txPr = RichText(
            p=[Paragraph(pPr=ParagraphProperties(defRPr=CharacterProperties(sz=800)), endParaRPr=CharacterProperties())]
        )
    chart.x_axis.tickLblPos = "low"
    chart.x_axis.delete = chart.y_axis.delete = False
    if chart.legend is not None:
        chart.legend.position = "b"


def _labels(writer: Writer, sheet: Worksheet) -> Reference:
    return Reference(sheet, min_col=FIRST, max_col=writer.layout.last, min_row=LABELS, max_row=LABELS)


def _venture(writer: Writer, sheet: Worksheet) -> BarChart:
    chart = BarChart()
    chart.series.append(_series(writer, sheet, f"party.{VENTURE}.cash", "Net cash flow", OWN))
    chart.set_categories(_labels(writer, sheet))
    _shape(chart, f"Net cash flow of the venture, {writer.money}")
    chart.gapWidth, chart.legend = 40, None
    return chart


def _each(writer: Writer, sheet: Worksheet, chart: Any, row: str, *, line: bool = False) -> Any:
    """A series for every party of the deal, in its colour, named by the cell that has its name."""
    for number, party in enumerate(writer.model.deal.parties):
        one = _series(writer, sheet, f"party.{party}.{row}", "", COLOURS[number % len(COLOURS)], line=line)
        one.tx = SeriesLabel(strRef=StrRef(f=writer.returns.label_cell(party)))
        chart.series.append(one)
    chart.set_categories(_labels(writer, sheet))
    return chart


def _parties(writer: Writer, sheet: Worksheet) -> BarChart:
    chart = BarChart()
    chart.grouping, chart.overlap, chart.gapWidth = "stacked", 100, 40
    _each(writer, sheet, chart, "cash")
    _shape(chart, f"Net cash flow by party, {writer.money}")
    return chart


def _cumulative(writer: Writer, sheet: Worksheet) -> LineChart:
    chart = LineChart()
    chart.series.append(_series(writer, sheet, f"party.{VENTURE}.cumulative", "Venture", INK, line=True))
    _each(writer, sheet, chart, "cumulative", line=True)
    _shape(chart, f"Cumulative net cash flow, {writer.money}")
    return chart


def _bars(writer: Writer, title: str, column: int, first: int, colour: str) -> BarChart:
    """A bar for every party from a column of the sheet Returns."""
    sheet = writer.book["Returns"]
    last = FIRST_ROW + len(writer.model.parties) - 1
    chart = BarChart()
    chart.type, chart.gapWidth = "bar", 50
    values = Series(Reference(sheet, min_col=column, max_col=column, min_row=first, max_row=last), title=title)
    _colour(values, colour)
    chart.series.append(values)
    chart.set_categories(Reference(sheet, min_col=1, max_col=1, min_row=first, max_row=last))
    _shape(chart, title)
    chart.legend = None
    _downwards(chart)
    return chart


def _downwards(chart: BarChart) -> None:
    """The first bar on top, and the axis of values below."""
    chart.x_axis.scaling.orientation = "maxMin"
    chart.y_axis.crosses = "max"


def _value(writer: Writer) -> BarChart:
    return _bars(writer, f"Net present value of each party at its own rate, {writer.money}", METRIC, FIRST_ROW, OWN)


def _split(writer: Writer) -> BarChart:
    first = FIRST_ROW + len(writer.model.parties) - len(writer.model.deal.parties)
    chart = _bars(writer, f"Capital put in, and value at the venture's rate, {writer.money}", STAKES + 1, first, GAIN)
    last = first + len(writer.model.deal.parties) - 1
    put_in = Reference(writer.book["Returns"], min_col=STAKES, max_col=STAKES, min_row=first, max_row=last)
    capital = Series(put_in, title="Capital put in")
    _colour(capital, GREY)
    chart.series[0].tx = SeriesLabel(v="Value")
    chart.series.append(capital)
    chart.legend = Legend()
    chart.legend.position = "b"
    return chart


def _tornado(writer: Writer) -> BarChart:
    sheet = writer.book[SENSITIVITY]
    first, last = ordered_cells(writer)
    chart = BarChart()
    chart.type, chart.overlap, chart.gapWidth = "bar", 100, 30
    for column, title, colour in ((3, "At low", COLOURS[4]), (4, "At high", OWN)):
        series = Series(Reference(sheet, min_col=column, max_col=column, min_row=first, max_row=last), title=title)
        _colour(series, colour)
        chart.series.append(series)
    chart.set_categories(Reference(sheet, min_col=1, max_col=1, min_row=first, max_row=last))
    _shape(chart, f"What moves the value of the party chosen on the sheet Sensitivity, {writer.money}")
    _downwards(chart)
    return chart
