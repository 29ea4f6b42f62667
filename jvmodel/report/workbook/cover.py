"""The Cover: what the model is, the scenario, the light of the checks, the results, the contents and the legend."""

from __future__ import annotations

import textwrap
from datetime import UTC, datetime
from typing import TYPE_CHECKING, Any

from openpyxl.utils import get_column_letter, quote_sheetname
from openpyxl.worksheet.datavalidation import DataValidation
from openpyxl.worksheet.hyperlink import Hyperlink

from jvmodel import __version__
from jvmodel.backends.excel import BASE, CASES, LABELS, Layout
from jvmodel.metrics import METRICS, Kind
from jvmodel.model import checks
from jvmodel.report.workbook.guide import purpose
from jvmodel.report.workbook.inputs import names_row
from jvmodel.report.workbook.returns import FORMS
from jvmodel.report.workbook.styles import FAILED, PASSED, TITLE_HEIGHT, print_set_up, traffic_light
from jvmodel.shown import text

if TYPE_CHECKING:
    from openpyxl.worksheet.worksheet import Worksheet

    from jvmodel.report.workbook.writer import Writer

SHEET = "Cover"
SELECTOR = f"{SHEET}!$B$4"
"""The cell in which the scenario is chosen."""
HEADLINES = ("npv", "irr", "moic", "payback", "peak_funding")
COLUMNS = 3 + len(HEADLINES)


def write(writer: Writer) -> None:
    """Everything on one page."""
    sheet = writer.book[SHEET]
    deal = writer.model.deal
    writer.formula(sheet, 1, 1, f"={Layout.INPUTS}!$E${names_row(writer) + 1}", deal.deal, "General", "title")
    sheet.row_dimensions[1].height = TITLE_HEIGHT
    writer.text(sheet, 2, 1, "Cash-flow model of a joint venture in mining, with live formulas", "note")
    _selector(writer, sheet)
    writer.text(sheet, 5, 1, "Checks", "unit")
    good = PASSED if all(one.passed for one in checks(writer.graph, writer.run)) else FAILED
    writer.formula(sheet, 5, 2, f"={writer.master}", good, "General", "bold")
    traffic_light(sheet, "B5")
    row = _description(writer, sheet, 7)
    row = _table(writer, sheet, row + 1)
    row = _facts(writer, sheet, row + 1)
    row = _contents(writer, sheet, row + 1)
    _legend(writer, sheet, row + 1)
    for column, width in enumerate((40, 22, 11, 13, 13, 13, 13, 13), start=1):
        sheet.column_dimensions[get_column_letter(column)].width = width
    print_set_up(sheet, writer.footer, portrait=True, down=1)


def _selector(writer: Writer, sheet: Worksheet) -> None:
    writer.text(sheet, 4, 1, "Scenario", "unit")
    writer.text(sheet, 4, 2, writer.case, "input", "tint")
    writer.text(sheet, 4, 3, "choose here: the base, or the low, high or own numbers of all inputs that have them", "note")
    first, last = (get_column_letter(BASE + place) for place in (0, len(CASES) - 1))
    choice = DataValidation(type="list", formula1=f"{Layout.INPUTS}!${first}${LABELS}:${last}${LABELS}", allow_blank=False)
    choice.errorTitle, choice.error = "No such scenario", f"Choose one of {', '.join(CASES)}."
    choice.add("B4")
    sheet.add_data_validation(choice)
    from openpyxl.workbook.defined_name import DefinedName

    writer.book.defined_names["scenario"] = DefinedName("scenario", attr_text=SELECTOR)


def _description(writer: Writer, sheet: Worksheet, row: int) -> int:
    """The description in lines as wide as the page, no merged cells; the row after it."""
    lines = textwrap.wrap((writer.model.deal.description or "").strip(), 128)[:12]
    for number, line in enumerate(lines, start=row):
        writer.text(sheet, number, 1, line)
    return row + len(lines)


def _table(writer: Writer, sheet: Worksheet, row: int) -> int:
    write, model = writer, writer.model
    write.section(sheet, row, "What each party gets", COLUMNS)
    money = f", {model.deal.currency}m"
    labels = [METRICS[key].label + (money if METRICS[key].kind is Kind.MONEY else "") for key in HEADLINES]
    sheet.row_dimensions[row + 1].height = 28
    write.heads(sheet, row + 1, "Party", "Role", "Discount rate", *labels, left=2)
    for number, party in enumerate(model.parties, start=row + 2):
        write.returns.label(sheet, number, 1, party)
        write.text(sheet, number, 2, model.role(party), "unit")
        write.formula(sheet, number, 3, f"={write.layout.input(model.rate_input(party))}", write.rate(party), "0.0%_)")
        found: dict[str, Any] = write.figures(party)
        for column, key in enumerate(HEADLINES, start=4):
            value = "n/a" if found[key] is None else found[key]
            form = FORMS[METRICS[key].kind]
            write.formula(sheet, number, column, f"={write.returns.cell(party, key)}", value, form, look="right")
    return row + 2 + len(model.parties)


def _facts(writer: Writer, sheet: Worksheet, row: int) -> int:
    deal, timeline = writer.model.deal, writer.graph.timeline
    base = f", of {deal.base_month}" if deal.basis == "real" else ", of each year"
    prices = [_price(writer, metal) for metal in deal.prices]
    facts = [
        ("Money", f"{deal.currency} millions, {deal.basis}{base}; cash after tax, and all flows that a party pays or receives"),
        ("Periods", f"{timeline.periods} of a {timeline.step.value}, {timeline.labels[0]} to {timeline.labels[-1]}"),
        ("Discounting", f"at {timeline.discounting} of period, from {timeline.valued_at}, each party at its own rate"),
        *(("Prices" if not number else "", price) for number, price in enumerate(prices)),
        ("Signs", "receipts of a party are positive; its payments are negative and stand in brackets"),
        ("Reliance", "results are no more exact than the studies that the inputs come from; sources stand beside the inputs"),
        ("Version", f"the deal with fingerprint {deal.fingerprint}, which any change of it changes"),
        ("Written", f"{datetime.now(UTC):%Y-%m-%d %H:%M} UTC by jvmodel {__version__}"),
    ]
    writer.section(sheet, row, "Basis", COLUMNS)
    for number, (label, value) in enumerate(facts, start=row + 1):
        writer.text(sheet, number, 1, label, "unit", "indent")
        writer.text(sheet, number, 2, value)
    return row + 1 + len(facts)


def _price(writer: Writer, metal: str) -> str:
    deck = writer.model.deal.prices[metal]
    given = text(deck.flat, deck.unit) if deck.flat is not None else f"by year, in {deck.unit}"
    note = f" ({deck.note.strip()})" if deck.note else ""
    return f"{metal} {given}, {deck.basis}{note}"[:110]


def _contents(writer: Writer, sheet: Worksheet, row: int) -> int:
    titles = [title for title in writer.book.sheetnames[1:] if title != "scratch"]
    writer.section(sheet, row, "Contents", COLUMNS)
    for number, title in enumerate(titles, start=row + 1):
        writer.text(sheet, number, 1, title, "link", "indent")
        sheet.cell(number, 1).hyperlink = Hyperlink(ref=f"A{number}", location=f"{quote_sheetname(title)}!A1", display=title)
        sheet.cell(number, 1)._style = writer.styles.get("link", "General", "indent")
        writer.text(sheet, number, 2, purpose(writer, title))
    return row + 1 + len(titles)


def _legend(writer: Writer, sheet: Worksheet, row: int) -> None:
    writer.section(sheet, row, "Colours", COLUMNS)
    for number, (sample, style, look, meaning) in enumerate(
        (
            ("1,234.5", "input", "tint", "input, may be changed"),
            ("1,234.5", "plain", "", "formula"),
            ("1,234.5", "import", "", "formula that fetches a cell of another sheet"),
            ("(1,234.5)", "plain", "", "negative: a payment in the accounts of a party"),
            ("–", "plain", "", "nil; n/a stands for a figure that does not exist"),
        ),
        start=row + 1,
    ):
        writer.text(sheet, number, 1, sample, style, f"{look} right".strip())
        writer.text(sheet, number, 2, meaning, look="indent")
