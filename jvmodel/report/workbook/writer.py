"""Writing a workbook: its sheets in order, and how a cell of each kind is written."""

from __future__ import annotations

import math
import re
import textwrap
from pathlib import Path
from typing import TYPE_CHECKING, Any

from openpyxl import Workbook
from openpyxl.utils import get_column_letter
from openpyxl.worksheet.worksheet import Worksheet

from jvmodel import __version__
from jvmodel.backends.excel import CONSTANT, FIRST, LABELS, NUMBERS, OPENING, Layout
from jvmodel.report.cases import layout_of, spans
from jvmodel.report.files import replacing
from jvmodel.report.language import language
from jvmodel.report.translated import names_of, translated
from jvmodel.report.workbook.cached import Value, put_values
from jvmodel.report.workbook.styles import (
    A3,
    BLUE,
    GREEN,
    GREY,
    INDENT,
    LETTER,
    LINE_HEIGHT,
    TITLE_HEIGHT,
    Styles,
    label_width,
    print_set_up,
)

if TYPE_CHECKING:
    from collections.abc import Iterable, Sequence

    from jvmodel.backends.arrays import Run
    from jvmodel.model import Model
    from jvmodel.report.listing import Answer

CHAPTERS = ("Market", "Mine", "Offtake", "Fiscal", "Finance", "Venture", "Cooperation", "Risk", "Summary", "Partners")
LATE = ("Payback", "Check lines")
"""Sheets of workings that stand at the end."""
PAGE = 240
"""Characters of periods that one printed page may hold beside the labels."""
LINK = re.compile(r"^=('[^']+'|[A-Za-z]+)!\$?[A-Z]{1,3}\$?\d+$")


def write_workbook(model: Model, path: Path, *, cached: bool = True, answers: Sequence[Answer] = ()) -> None:
    """Writes the model as a workbook, with a sheet for each of the answers to questions that were asked of it.

    `cached` puts the engine's own values beside the formulas (tests leave them out).
    """
    Writer(model, answers=answers).save(path, cached=cached)


class Writer:
    """A workbook being written, and the values of its formulas as the engine has them, in the case that is chosen.

    `factors` are the inputs that the sheet Sensitivity multiplies; those that matter most when none are named.
    """

    def __init__(
        self, model: Model, run: Run | None = None, case: str = "Base", factors: tuple[str, ...] = (),
        answers: Sequence[Answer] = (),
    ) -> None:  # fmt: skip
        from jvmodel.report.workbook import answers as asked
        from jvmodel.report.workbook import (
            calculations,
            charts,
            checks,
            cover,
            funding,
            guide,
            inputs,
            returns,
            sensitivity,
        )  # fmt: skip

        self.model = model
        self.spoken = language(model.deal.language)
        self.answers = answers = [translated(one, self.spoken, names_of(model)) for one in answers]
        self.graph = model.graph
        self.spans = spans(model)
        self.layout = layout_of(model, self.spans)
        self.run = run or model.run
        self.case = case
        self.values: dict[str, dict[str, Value]] = {}
        self.tables: dict[str, dict[str, Value]] = {}
        """The first value of every what-if table; the others are numbers in their cells"""
        self.book = Workbook()
        self.styles = Styles(self.book)
        self.footer = f"{model.deal.deal[:60]} · jvmodel {__version__}"
        found = sorted(self.layout.sheets, key=lambda name: CHAPTERS.index(name) if name in CHAPTERS else -1)
        self.calculations = [name for name in found if name not in LATE]
        self.workings = [name for name in LATE if name in found]
        cover_sheet = self.book.worksheets[0]
        cover_sheet.title = "Cover"
        titles = ["How to read", Layout.INPUTS, Layout.SERIES, Layout.FACTS, *self.calculations, "Returns", "Funding"]
        for title in (*titles, "Sensitivity", "Charts", *(one.title for one in answers), *self.workings, "Checks"):
            self.book.create_sheet(title)
        self.scenario = cover.SELECTOR
        self.drivers = sensitivity.drivers(self, factors)
        self.returns = returns.Returns(self)
        inputs.write(self)
        for sheet in (*self.calculations, *self.workings):
            calculations.write(self, sheet)
        self.returns.write()
        funding.write(self)
        sensitivity.write(self)
        self.master = checks.write(self)
        charts.write(self)
        for one in answers:
            asked.write(self, one)
        guide.write(self)
        cover.write(self)
        self.styles.close()
        self._tabs()
        properties = self.book.properties
        properties.title, properties.creator = model.deal.deal, f"jvmodel {__version__}"
        properties.subject = "Cash-flow model of a joint venture in mining"
        properties.description = "Written by jvmodel; changes of inputs can be read back with: jvmodel read"

    def _tabs(self) -> None:
        """Tabs in the colours of their cells: inputs blue, workings grey, results green."""
        for sheet in self.book.worksheets:
            if sheet.title in (Layout.INPUTS, Layout.SERIES):
                sheet.sheet_properties.tabColor = BLUE
            elif sheet.title in (Layout.FACTS, *self.calculations, *self.workings) and sheet.title != "Partners":
                sheet.sheet_properties.tabColor = GREY
            else:
                sheet.sheet_properties.tabColor = GREEN

    def save(self, path: Path, *, cached: bool = True) -> None:
        """Writes the file, whole or not at all."""
        with replacing(path) as draft:
            self.book.save(draft)
            put_values(draft, self.book.sheetnames, self.values if cached else self.tables)

    # cells

    def text(self, sheet: Worksheet, row: int, column: int, value: str, style: str = "plain", look: str = "") -> None:
        """Text that stays text, whatever it begins with."""
        cell = sheet.cell(row, column, plain(value))
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
        """A formula, and the value that it must have; what only fetches a cell of another sheet is shown in green."""
        cell = sheet.cell(row, column, formula)
        style = "import" if style == "plain" and LINK.match(formula) else style
        cell._style = self.styles.get(style, form, look)
        self.values.setdefault(sheet.title, {})[cell.coordinate] = plain(value) if isinstance(value, str) else value

    # sheets

    def title(self, sheet: Worksheet, title: str, subtitle: str) -> None:
        """The two lines at the head of a sheet."""
        sheet.row_dimensions[1].height = TITLE_HEIGHT
        self.text(sheet, 1, 1, title, "title")
        self.text(sheet, 2, 1, f"{self.model.deal.deal} · {subtitle}", "note")

    def heads(self, sheet: Worksheet, row: int, *labels: str, left: int = 1) -> None:
        """The head of a table; all but the first `left` columns are over numbers."""
        for column, label in enumerate(labels, start=1):
            self.text(sheet, row, column, label, "head", "line wrap" if column <= left else "line wrap right")

    def section(self, sheet: Worksheet, row: int, heading: str, last: int) -> None:
        """A heading on a band as wide as the sheet."""
        for column in range(1, last + 1):
            sheet.cell(row, column)._style = self.styles.get("section", "General", "band")
        self.text(sheet, row, 1, heading, "section", "band")

    def label(self, sheet: Worksheet, row: int, text: str) -> None:
        """What a line is, in as many lines of text as its column needs."""
        letters = int(sheet.column_dimensions["A"].width / LETTER) - INDENT
        lines = len(textwrap.wrap(text, letters))
        self.text(sheet, row, 1, text, look="indent wrap" if lines > 1 else "indent")
        if lines > 1:
            sheet.row_dimensions[row].height = max(sheet.row_dimensions[row].height or 0, LINE_HEIGHT * lines)

    def over_time(self, sheet: Worksheet, title: str, subtitle: str, width: float, labels: Iterable[str] = ()) -> None:
        """Title, period labels and numbers, frozen panes and print set-up of a sheet over time."""
        timeline, layout = self.graph.timeline, self.layout
        self.title(sheet, title, subtitle)
        for column, label in ((1, "Line"), (2, "Unit"), (3, "Note"), (CONSTANT, "Total"), (OPENING, "Opening")):
            self.text(sheet, LABELS, column, label, "head", "line right" if column >= CONSTANT else "line")
        self.text(sheet, NUMBERS, 1, "Period", "unit")
        for period, label in enumerate(timeline.labels):
            self.text(sheet, LABELS, FIRST + period, label, "head", "line right")
            self.number(sheet, NUMBERS, FIRST + period, period + 1, "0", "unit", "right")
            sheet.column_dimensions[get_column_letter(FIRST + period)].width = width
        for letter, wide in {"A": label_width(labels), "B": 9, "C": 9, "D": max(width, 11), "E": width}.items():
            sheet.column_dimensions[letter].width = wide
        sheet.freeze_panes = sheet.cell(NUMBERS + 1, FIRST)
        across = max(1, math.ceil(width * layout.periods / PAGE))
        print_set_up(sheet, self.footer, paper=A3, across=across)
        sheet.print_title_rows = f"1:{NUMBERS}"
        sheet.print_title_cols = "A:E"

    def sections(self, sheet: Worksheet, last: int) -> None:
        """The headings of the blocks of a sheet, and the rows below each as a group that can be folded."""
        sheet.sheet_properties.outlinePr.summaryBelow = False
        for (title, row), heading in self.layout.headings.items():
            if title == sheet.title:
                self.section(sheet, row, heading, last)

    def fold(self, sheet: Worksheet, first: int, last: int, level: int = 1) -> None:
        """Puts rows into a group that the outline can fold."""
        for row in range(first, last + 1):
            sheet.row_dimensions[row].outlineLevel = level

    # values

    def figures(self, party: str) -> dict[str, Any]:
        """The metrics of a party at its own discount rate, in the case that is chosen."""
        from jvmodel.metrics import party_metrics

        timeline = self.graph.timeline
        cash = self.run.single(f"party.{party}.cash")
        return party_metrics(cash, timeline.times, timeline.counted, self.rate(party), timeline.years)

    def rate(self, party: str) -> float:
        """The discount rate of a party, in the case that is chosen."""
        return float(self.run.inputs[self.model.rate_input(party)][0, 0])

    def value(self, cell: str) -> float:
        """The number that a cell with a formula has; NaN where it has none. The cell is absolute, with its sheet."""
        title, _, place = cell.replace("$", "").replace("'", "").partition("!")
        found = self.values[title].get(place)
        return float(found) if isinstance(found, int | float) else math.nan

    @property
    def money(self) -> str:
        """What money is shown in."""
        return f"{self.model.deal.currency} millions"


def plain(text: str) -> str:
    """Text without the characters that XML cannot hold, and no longer than a cell may be."""
    return re.sub(r"[\x00-\x08\x0b\x0c\x0e-\x1f\ud800-\udfff\ufffe\uffff]", "", text)[:32_000]
