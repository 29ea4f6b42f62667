"""Sources and uses: what is spent before production, and where the money comes from, as live sums of the parties' accounts."""

from __future__ import annotations

from typing import TYPE_CHECKING

from jvmodel.report.sources import Line, lines, periods_before_production
from jvmodel.report.workbook.styles import print_set_up, widths
from jvmodel.shown import number_format

if TYPE_CHECKING:
    from openpyxl.worksheet.worksheet import Worksheet

    from jvmodel.report.workbook.writer import Writer

LABEL, AMOUNT, SHARE = 1, 2, 3
FIRST_ROW = 5


def write(writer: Writer) -> None:
    """The two sides, their totals, and each line's share."""
    sheet = writer.book["Funding"]
    before = periods_before_production(writer.model)
    widths(sheet, A=64, B=16, C=12)
    print_set_up(sheet, writer.footer, portrait=True)
    if not before:
        writer.title(sheet, "Sources and uses", "until production begins")
        writer.text(sheet, 4, 1, "The venture produces from the first period on: nothing is funded before.")
        return
    until = writer.graph.timeline.labels[before]
    writer.title(sheet, "Sources and uses", f"{writer.money}, over the periods before production, which begins in {until}")
    row = FIRST_ROW
    for heading, side in zip(("Sources", "Uses"), lines(writer.model), strict=True):
        writer.section(sheet, row - 1, heading, SHARE)
        writer.text(sheet, row - 1, AMOUNT, writer.money, "head", "band right")
        writer.text(sheet, row - 1, SHARE, "Share", "head", "band right")
        row = _side(writer, sheet, row, heading, side, before) + 3


def totals(writer: Writer) -> tuple[str, str]:
    """The cells of the two totals; empty where there are none."""
    if not periods_before_production(writer.model):
        return "", ""
    sources, uses = lines(writer.model)
    first = FIRST_ROW + len(sources)
    return f"Funding!$B${first}", f"Funding!$B${first + 3 + len(uses)}"


def _side(writer: Writer, sheet: Worksheet, row: int, heading: str, side: list[Line], before: int) -> int:
    """Writes the lines from a row on; the row of the total."""
    money, total = number_format(f"{writer.model.deal.currency}m"), row + len(side)
    sum_of = sum(line.amount(writer.run, before) for line in side)
    for number, line in enumerate(side, start=row):
        amount = line.amount(writer.run, before)
        writer.text(sheet, number, LABEL, line.label, look="indent")
        writer.formula(sheet, number, AMOUNT, _formula(writer, line, before), amount, money)
        share = f'=IF(B${total}=0,"n/a",B{number}/B${total})'
        writer.formula(sheet, number, SHARE, share, amount / sum_of if sum_of else "n/a", "0.0%", look="right")
    writer.text(sheet, total, LABEL, f"Total {heading.lower()}", "bold", "top")
    summed = f"=SUM(B{row}:B{total - 1})" if side else "=0"  # a sum of no lines would be a sum of itself
    writer.formula(sheet, total, AMOUNT, summed, sum_of, money, "bold", "top")
    sheet.cell(total, SHARE)._style = writer.styles.get("bold", "0.0%", "top")
    return total


def _formula(writer: Writer, line: Line, before: int) -> str:
    layout = writer.layout

    def summed(name: str) -> str:
        place = layout.rows[name]
        return f"SUM({place.sheet}!${layout.column(0)}${place.row}:${layout.column(before - 1)}${place.row})"

    text = "-".join(["+".join(summed(name) for name in line.rows), *(summed(name) for name in line.less)])
    return f"={text}" if line.sign > 0 else f"=-{text}" if len(line.rows) == 1 and not line.less else f"=-({text})"
