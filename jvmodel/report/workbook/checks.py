"""Checks: every proof of the model with its tolerance and result, and the master check."""

from __future__ import annotations

from typing import TYPE_CHECKING

from openpyxl.formatting.rule import CellIsRule
from openpyxl.styles import Font
from openpyxl.utils import quote_sheetname
from openpyxl.worksheet.hyperlink import Hyperlink

from jvmodel.model import TOLERANCE, CheckResult, checks
from jvmodel.report.sources import lines, periods_before_production
from jvmodel.report.workbook import funding
from jvmodel.report.workbook.styles import FAILED, PASSED, print_set_up, traffic_light, widths

if TYPE_CHECKING:
    from openpyxl.worksheet.worksheet import Worksheet

    from jvmodel.report.workbook.writer import Writer

SHEET = "Checks"
RELATIVE = 1e-9
ABSOLUTE_ROW, RELATIVE_ROW, REVENUE_ROW, HEADS = 4, 5, 6, 8


def write(writer: Writer) -> str:
    """The sheet of checks; the cell of the master check."""
    sheet = writer.book[SHEET]
    writer.title(sheet, "Checks", "every difference must be nil, within its tolerance")
    widths(sheet, A=72, B=17, C=14, D=12, E=22)
    results = checks(writer.graph, writer.run)
    tolerance = results[0].tolerance if results else TOLERANCE
    _tolerances(writer, sheet)
    writer.heads(sheet, HEADS, "Check", "Worst difference", "Tolerance", "Result", "Worked out on")
    writer.text(sheet, HEADS, 5, "Worked out on", "head", "line indent")
    row = HEADS + 1
    for one in results:
        cells = writer.layout.range(f"check.{one.name}.difference")
        place = writer.layout.rows[f"check.{one.name}.difference"]
        _line(writer, sheet, row, one, f"=MAX(MAX({cells}),-MIN({cells}))", f"{place.sheet}!A{place.row}")
        row += 1
    for extra, formula, where in _own(writer, tolerance):
        _line(writer, sheet, row, extra, formula, where)
        row += 1
    good = PASSED if all(one.passed for one in results) else FAILED
    writer.text(sheet, row + 1, 1, "All checks", "bold")
    formula = f'=IF(COUNTIF(D{HEADS + 1}:D{row - 1},"{PASSED}")=ROWS(D{HEADS + 1}:D{row - 1}),"{PASSED}","{FAILED}")'
    writer.formula(sheet, row + 1, 4, formula, good, "General", "bold", "right")
    traffic_light(sheet, f"D{HEADS + 1}:D{row - 1}")
    traffic_light(sheet, f"D{row + 1}")
    _warnings(writer, sheet, row + 3)
    sheet.freeze_panes = f"A{HEADS + 1}"
    print_set_up(sheet, writer.footer, down=1)
    return f"{SHEET}!$D${row + 1}"


def _tolerances(writer: Writer, sheet: Worksheet) -> None:
    money = f"{writer.model.deal.currency}m"
    writer.text(sheet, ABSOLUTE_ROW, 1, f"Tolerance in {money}", look="indent")
    writer.number(sheet, ABSOLUTE_ROW, 3, TOLERANCE, "0.0E+00")
    writer.text(sheet, RELATIVE_ROW, 1, "or this share of lifetime revenue, where that is more", look="indent")
    writer.number(sheet, RELATIVE_ROW, 3, RELATIVE, "0.0E+00")
    writer.text(sheet, REVENUE_ROW, 1, f"Lifetime revenue in {money}", look="indent")
    if "ledger.revenue" in writer.layout.rows:
        revenue = float(writer.run.single("ledger.revenue").sum())
        writer.formula(sheet, REVENUE_ROW, 3, f"=SUM({writer.layout.range('ledger.revenue')})", revenue, "#,##0.0_);(#,##0.0)")
    else:
        writer.number(sheet, REVENUE_ROW, 3, 0, "0")


def _line(writer: Writer, sheet: Worksheet, row: int, one: CheckResult, formula: str, where: str) -> None:
    tolerance = f"=MAX($C${ABSOLUTE_ROW},$C${RELATIVE_ROW}*ABS($C${REVENUE_ROW}))"
    writer.label(sheet, row, one.label)
    writer.formula(sheet, row, 2, formula, one.worst, "0.0E+00", "bold", look="right")
    writer.formula(sheet, row, 3, tolerance, one.tolerance, "0.0E+00", look="right")
    verdict = PASSED if one.passed else FAILED
    writer.formula(sheet, row, 4, f'=IF(B{row}<=C{row},"{PASSED}","{FAILED}")', verdict, "General", "bold", "right")
    _link(writer, sheet, row, where)


def _link(writer: Writer, sheet: Worksheet, row: int, where: str) -> None:
    title, _, cell = where.partition("!")
    writer.text(sheet, row, 5, f"{title}!{cell}", "link")
    sheet.cell(row, 5).hyperlink = Hyperlink(ref=f"E{row}", location=f"{quote_sheetname(title)}!{cell}", display=where)
    sheet.cell(row, 5)._style = writer.styles.get("link", "General", "indent")


def _warnings(writer: Writer, sheet: Worksheet, head: int) -> None:
    """What may be worth a look, and in how many periods it holds; it fails no check."""
    names = [name for name in writer.graph.rows if name.startswith("warning.")]
    if not names:
        return
    writer.heads(sheet, head, "Worth a look", "Periods", "", "")
    writer.text(sheet, head, 5, "Worked out on", "head", "line indent")
    for row, name in enumerate(names, start=head + 1):
        place = writer.layout.rows[name]
        writer.label(sheet, row, writer.graph.rows[name].label)
        held = float(writer.run.single(name).sum())
        writer.formula(sheet, row, 2, f"=SUM({writer.layout.range(name)})", held, '0;-0;"–"', look="right")
        _link(writer, sheet, row, f"{place.sheet}!A{place.row}")
    amber = CellIsRule("greaterThan", ["0"], font=Font(color="9A6400", bold=True))
    sheet.conditional_formatting.add(f"B{head + 1}:B{head + len(names)}", amber)


def _own(writer: Writer, tolerance: float) -> list[tuple[CheckResult, str, str]]:
    """Proofs of the workbook itself: label and result, formula, and where it is worked out."""
    returns, run = writer.returns, writer.run
    sources = f"SUM({returns.value_totals()})"
    values = f"SUM({returns.values()})"
    found = [
        (
            CheckResult("value", "The present value of the accounts is the net present value of the parties", 0.0, tolerance),
            f"=ABS({sources}-{values})", "Returns!A1",
        ),
        (
            CheckResult("numbers", "Every party has a net present value: no result is an error", 0.0, tolerance),
            f"=ROWS({returns.values()})-COUNT({returns.values()})", "Returns!A1",
        ),
    ]  # fmt: skip
    first, second = funding.totals(writer)
    if first:
        before = periods_before_production(writer.model)
        sides = [sum(line.amount(run, before) for line in side) for side in lines(writer.model)]
        one = CheckResult("funding", "Sources of funds equal their uses", abs(sides[0] - sides[1]), tolerance)
        found.append((one, f"=ABS({first}-{second})", "Funding!A1"))
    return found
