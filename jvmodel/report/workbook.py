"""The workbook: every row of the model as live formulas, in the habits of the FAST standard (design.md section 6)."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path
from typing import TYPE_CHECKING, Any

from openpyxl import Workbook
from openpyxl.formatting.rule import CellIsRule
from openpyxl.styles import Font, PatternFill
from openpyxl.utils import get_column_letter, quote_sheetname
from openpyxl.workbook.defined_name import DefinedName
from openpyxl.worksheet.datavalidation import DataValidation
from openpyxl.worksheet.worksheet import Worksheet

from jvmodel import __version__
from jvmodel.backends.excel import CONSTANT, FIRST, LABELS, NUMBERS, OPENING, TOP, Layout
from jvmodel.graph.graph import Given
from jvmodel.report.cached import Value, put_values
from jvmodel.report.charts import add_charts
from jvmodel.report.files import replacing
from jvmodel.report.results import Results
from jvmodel.report.styles import Styles
from jvmodel.shown import number_format

if TYPE_CHECKING:
    from jvmodel.model import Model

ORDER = ("Market", "Mine", "Offtake", "Fiscal", "Finance", "Venture", "Risk", "Summary", "Partners", "Payback", "Check lines")
WIDTHS = {"A": 52, "B": 10, "C": 14, "D": 13, "E": 11}


def write_workbook(model: Model, path: Path, *, cached: bool = True) -> None:
    """Writes the model as a workbook; `cached` puts the engine's own values beside the formulas (tests leave them out)."""
    writer = Writer(model)
    with replacing(path) as draft:
        writer.book.save(draft)
        if cached:
            put_values(draft, writer.book.sheetnames, writer.values)


class Writer:
    """A workbook being written, and the values of its formulas as the engine has them."""

    def __init__(self, model: Model) -> None:
        self.model = model
        self.graph = model.graph
        self.layout = Layout.of(model.graph)
        self.values: dict[str, dict[str, Value]] = {}
        self.book = Workbook()
        self.styles = Styles(self.book)
        cover = self.book.worksheets[0]
        cover.title = "Cover"
        sheets = sorted(self.layout.sheets, key=lambda name: ORDER.index(name) if name in ORDER else -1)
        for title in (Layout.INPUTS, Layout.FACTS, *sheets, "Checks", "Charts"):
            self.book.create_sheet(title)
        self._inputs(Layout.INPUTS)
        self._inputs(Layout.FACTS)
        for sheet in sheets:
            self._calculations(sheet)
        self.results = Results(self)
        self.results.checks(self.book["Checks"])
        self.results.cover(cover)
        add_charts(self)
        self.styles.close()
        properties = self.book.properties
        properties.title, properties.creator = model.deal.deal, f"jvmodel {__version__}"

    # cells

    def text(self, sheet: Worksheet, row: int, column: int, value: str, style: str = "plain", look: str = "") -> None:
        """Text that stays text, whatever it begins with."""
        cell = sheet.cell(row, column, value)
        cell.data_type = "s"
        cell._style = self.styles.get(style, "General", look)

    def number(
        self, sheet: Worksheet, row: int, column: int, value: float, form: str, style: str = "plain", look: str = ""
    ) -> None:
        """A number as it is."""
        cell = sheet.cell(row, column, value)
        cell._style = self.styles.get(style, form, look)

    def formula(
        self, sheet: Worksheet, row: int, column: int, formula: str, value: Value, form: str, style: str = "plain", look: str = ""
    ) -> None:
        """A formula, and the value that it must have."""
        cell = sheet.cell(row, column, formula)
        cell._style = self.styles.get(style, form, look)
        self.values.setdefault(sheet.title, {})[cell.coordinate] = value

    # sheets

    def head(self, sheet: Worksheet, title: str, subtitle: str) -> None:
        """Title, period labels and numbers, frozen panes and print set-up of a sheet over time."""
        timeline = self.graph.timeline
        self.text(sheet, 1, 1, title, "title")
        self.text(sheet, 2, 1, f"{self.model.deal.deal} · {subtitle}", "note")
        for column, label in ((1, "Line"), (2, "Unit"), (3, "Note"), (CONSTANT, "Total"), (OPENING, "Opening")):
            self.text(sheet, LABELS, column, label, "head", "line right" if column >= CONSTANT else "line")
        self.text(sheet, NUMBERS, 1, "Period", "unit")
        for period, label in enumerate(timeline.labels):
            self.text(sheet, LABELS, FIRST + period, label, "head", "line right")
            self.number(sheet, NUMBERS, FIRST + period, period + 1, "0", "unit", "right")
            sheet.column_dimensions[get_column_letter(FIRST + period)].width = 11
        for letter, width in WIDTHS.items():
            sheet.column_dimensions[letter].width = width
        sheet.freeze_panes = sheet.cell(NUMBERS + 1, FIRST)
        print_set_up(sheet)
        sheet.print_title_rows = f"1:{NUMBERS}"
        sheet.print_title_cols = "A:E"

    def _sections(self, sheet: Worksheet) -> None:
        for (title, row), heading in self.layout.headings.items():
            if title == sheet.title:
                for column in range(1, self.layout.last + 1):
                    sheet.cell(row, column)._style = self.styles.get("section", "General", "band")
                self.text(sheet, row, 1, heading, "section", "band")

    def _inputs(self, title: str) -> None:
        sheet = self.book[title]
        deal = title == Layout.INPUTS
        self.head(sheet, title, "blue cells may be changed" if deal else "follows from the dates of the deal; not to be changed")
        self.text(sheet, LABELS, CONSTANT, "Value", "head", "line right")
        self._sections(sheet)
        path_column = self.layout.last + 3
        if deal:
            self.text(sheet, LABELS, path_column, "Path in the deal file", "head", "line")
            sheet.column_dimensions[get_column_letter(path_column)].width = 40
        checks = {unit: _validation(unit) for unit in {given.unit for given in self.graph.params.values()}} if deal else {}
        for given in self._placed(title):
            self._input(sheet, given, path_column)
            if deal:
                row = self.layout.inputs[given.name].row
                first = FIRST if given.series else CONSTANT
                last = self.layout.last if given.series else CONSTANT
                cells = f"{get_column_letter(first)}{row}:{get_column_letter(last)}{row}"
                checks[given.unit].add(cells)
                absolute = "$" + cells.replace(":", ":$").replace(str(row), f"${row}")
                self.book.defined_names[given.name] = DefinedName(
                    given.name, attr_text=f"{quote_sheetname(title)}!{absolute if given.series else absolute.split(':')[0]}"
                )
        for check in checks.values():
            if check.sqref.ranges:
                sheet.add_data_validation(check)

    def _placed(self, title: str) -> Iterator[Given]:
        for name, place in self.layout.inputs.items():
            if place.sheet == title:
                yield self.graph.params[name]

    def _input(self, sheet: Worksheet, given: Given, path_column: int) -> None:
        row = self.layout.inputs[given.name].row
        style, look = ("input", "tint") if given.source in ("deal", "solved") else ("plain", "")
        self.text(sheet, row, 1, given.label)
        self.text(sheet, row, 2, "" if given.unit == "1" else given.unit, "unit")
        if given.note:
            self.text(sheet, row, 3, given.note, "note")
        form = number_format(given.unit)
        if isinstance(given.value, tuple):
            for period, value in enumerate(given.value):
                self.number(sheet, row, FIRST + period, value, form, style, look)
        else:
            value = given.value if given.source != "solved" else float(self.model.run.inputs[given.name][0, 0])
            self.number(sheet, row, CONSTANT, value, form if given.source != "solved" else "0.000000", style, look)
        if given.path:
            self.text(sheet, row, path_column, given.path, "note")

    def _calculations(self, title: str) -> None:
        sheet = self.book[title]
        self.head(sheet, title, f"{self.model.deal.currency} millions unless a unit is shown")
        self._sections(sheet)
        for name, place in self.layout.rows.items():
            if place.sheet == title:
                self._row(sheet, name, place.row)

    def _row(self, sheet: Worksheet, name: str, row: int) -> None:
        from jvmodel.backends.arrays import outside

        layout, graph, run = self.layout, self.graph, self.model.run
        unit = graph.display_unit(name)
        form = number_format(unit)
        self.text(sheet, row, 1, graph.rows[name].label)
        self.text(sheet, row, 2, "" if unit == "1" else unit, "unit")
        values = run.single(name)
        total = layout.total(name)
        if total is not None:
            shown = float(values.sum()) if graph.total_kind(name) == "sum" else float(values[-1])
            self.formula(sheet, row, CONSTANT, total, shown, form, "bold")
        if name in graph.openings:
            self.formula(sheet, row, OPENING, layout.opening(name), outside(run, graph.openings[name]), form)
        for period in range(layout.periods):
            self.formula(sheet, row, FIRST + period, layout.formula(name, period), float(values[period]), form)
        if name in graph.endings:
            self.formula(sheet, row, layout.last + 1, layout.ending(name), outside(run, graph.endings[name]), form)


def print_set_up(sheet: Any) -> None:
    """Landscape on A4, as wide as one page, with page numbers."""
    sheet.sheet_view.showGridLines = False
    sheet.page_setup.orientation = "landscape"
    sheet.page_setup.paperSize = 9
    sheet.page_setup.fitToWidth, sheet.page_setup.fitToHeight = 1, 0
    sheet.sheet_properties.pageSetUpPr.fitToPage = True
    sheet.oddFooter.left.text, sheet.oddFooter.right.text = "&A", "&P / &N"


def _validation(unit: str) -> DataValidation:
    low, high = ("-0.99", "10") if unit == "%" else ("-1000000000000000", "1000000000000000")
    check = DataValidation(type="decimal", operator="between", formula1=low, formula2=high, allow_blank=False)
    check.errorTitle = "Not a number that fits"
    check.error = "Give a percentage such as 12%." if unit == "%" else f"Give a number{'' if unit == '1' else ' in ' + unit}."
    return check


PASS_FILL = PatternFill(bgColor="D8EFDF")
FAIL_FILL = PatternFill(bgColor="F6D5D5")


def traffic_light(sheet: Worksheet, cells: str, good: str) -> None:
    """Green where a cell says `good`, red where it does not."""
    sheet.conditional_formatting.add(cells, CellIsRule("equal", [f'"{good}"'], fill=PASS_FILL, font=Font(color="1B6E3A")))
    sheet.conditional_formatting.add(cells, CellIsRule("notEqual", [f'"{good}"'], fill=FAIL_FILL, font=Font(color="A32020")))


__all__ = ["TOP", "Writer", "print_set_up", "traffic_light", "write_workbook"]
