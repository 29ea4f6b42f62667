"""The workbook's Cover and Checks: results per party and proofs, all live."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from openpyxl.utils import get_column_letter, quote_sheetname
from openpyxl.worksheet.hyperlink import Hyperlink
from openpyxl.worksheet.worksheet import Worksheet

from jvmodel.backends.excel import FIRST
from jvmodel.metrics import METRICS, Cells, Kind
from jvmodel.model import TOLERANCE
from jvmodel.report.summary import metrics_of
from jvmodel.timeline import Discounting

if TYPE_CHECKING:
    from jvmodel.report.workbook import Writer

FORMS = {Kind.MONEY: '#,##0.0;-#,##0.0;"–"', Kind.RATE: "0.0%", Kind.MULTIPLE: '0.00"×"', Kind.YEARS: '0.0" y"'}
PASSED, FAILED = "passed", "FAILED"


class Results:
    """Writes Cover and Checks with the tools of a workbook's writer."""

    def __init__(self, writer: Writer) -> None:
        self.writer = writer
        self.model = writer.model
        self.first_row = 0
        """Row of the first party in the table of results"""
        self.master = ""
        """Cell of the master check"""

    def checks(self, sheet: Worksheet) -> None:
        """Every check: its worst difference over all periods, its tolerance, and whether it passed."""
        from jvmodel.report.workbook import print_set_up, traffic_light

        write, layout = self.writer, self.writer.layout
        write.text(sheet, 1, 1, "Checks", "title")
        write.text(sheet, 2, 1, f"{self.model.deal.deal} · every difference must be nil", "note")
        for column, head in enumerate(("Check", "Worst difference", "Tolerance", "Result"), start=1):
            write.text(sheet, 4, column, head, "head", "line right" if column > 1 else "line")
        tolerance = f"={TOLERANCE:.6f}"
        if "ledger.revenue" in layout.rows:
            tolerance = f"=MAX({TOLERANCE:.6f},0.000000001*ABS(SUM({layout.range('ledger.revenue')})))"
        row = 5
        for one in self.model.checks:
            cells = layout.range(f"check.{one.name}.difference")
            write.text(sheet, row, 1, one.label)
            write.formula(sheet, row, 2, f"=MAX(MAX({cells}),-MIN({cells}))", one.worst, "0.0E+00", look="right")
            write.formula(sheet, row, 3, tolerance, one.tolerance, "0.0E+00", look="right")
            verdict = PASSED if one.passed else FAILED
            write.formula(sheet, row, 4, f'=IF(B{row}<=C{row},"{PASSED}","{FAILED}")', verdict, "General", "bold", "right")
            row += 1
        good = all(one.passed for one in self.model.checks)
        write.text(sheet, row + 1, 1, "All checks", "bold")
        formula = f'=IF(COUNTIF(D5:D{row - 1},"{PASSED}")=ROWS(D5:D{row - 1}),"{PASSED}","{FAILED}")'
        write.formula(sheet, row + 1, 4, formula, PASSED if good else FAILED, "General", "bold", "right")
        self.master = f"Checks!$D${row + 1}"
        traffic_light(sheet, f"D5:D{row + 1}", PASSED)
        for letter, width in zip("ABCD", (70, 18, 14, 14), strict=True):
            sheet.column_dimensions[letter].width = width
        print_set_up(sheet)

    def cover(self, sheet: Worksheet) -> None:
        """Title, terms of measurement, results per party, master check, contents."""
        from jvmodel.report.workbook import print_set_up, traffic_light

        write, deal, timeline = self.writer, self.model.deal, self.model.graph.timeline
        write.text(sheet, 1, 1, deal.deal, "title")
        if deal.description:
            sheet.merge_cells(start_row=2, start_column=1, end_row=2, end_column=10)
            sheet.row_dimensions[2].height = 44
            write.text(sheet, 2, 1, deal.description.strip(), "plain", "wrap")
        base = f", money of {deal.base_month}" if deal.basis == "real" else ""
        facts = (
            ("Money", f"{deal.currency} millions, {deal.basis}{base}"),
            ("Periods", f"{timeline.periods} of a {timeline.step.value}, {timeline.labels[0]} to {timeline.labels[-1]}"),
            ("Discounting", f"{timeline.discounting} of period, from {timeline.valued_at}"),
            ("Colours", "blue: inputs, to be changed; black: formulas"),
        )
        for row, (label, value) in enumerate(facts, start=4):
            write.text(sheet, row, 1, label, "unit")
            write.text(sheet, row, 2, value)
        write.text(sheet, 8, 1, "Checks", "unit")
        good = PASSED if all(one.passed for one in self.model.checks) else FAILED
        write.formula(sheet, 8, 2, f"={self.master}", good, "General", "bold")
        traffic_light(sheet, "B8", PASSED)
        row = self._table(sheet, 10)
        self._contents(sheet, row + 2)
        for column, width in enumerate((40, 18, 10, *(13 for _ in METRICS)), start=1):
            sheet.column_dimensions[get_column_letter(column)].width = width
        print_set_up(sheet)

    def _table(self, sheet: Worksheet, row: int) -> int:
        write = self.writer
        write.text(sheet, row, 1, "What each party gets", "section")
        money = f", {self.model.deal.currency}m"
        labels = [metric.label + (money if metric.kind is Kind.MONEY else "") for metric in METRICS.values()]
        sheet.row_dimensions[row + 1].height = 38
        for column, head in enumerate(["Party", "Role", "Discount rate", *labels], start=1):
            write.text(sheet, row + 1, column, head, "head", "line wrap right" if column > 2 else "line wrap")
        self.first_row = row + 2
        for number, party in enumerate(self.model.parties, start=self.first_row):
            write.text(sheet, number, 1, self.model.label(party), "plain" if party in self.model.deal.parties else "bold")
            write.text(sheet, number, 2, self.model.role(party), "unit")
            name = self.model.rate_input(party)
            rate = self.model.discount_rate(party)
            write.formula(sheet, number, 3, f"={write.layout.input(name)}", rate, "0.0%", look="right")
            found: dict[str, Any] = metrics_of(self.model, party)
            cells = self._cells(party)
            for column, (key, metric) in enumerate(METRICS.items(), start=4):
                value = "n/a" if found[key] is None else found[key]
                write.formula(sheet, number, column, metric.excel(cells), value, FORMS[metric.kind], look="right")
        return self.first_row + len(self.model.parties)

    def _cells(self, party: str) -> Cells:
        layout, timeline = self.writer.layout, self.model.graph.timeline
        first = next((t for t, one in enumerate(timeline.counted) if one), 0)
        last = get_column_letter(layout.last)

        def fact(name: str, start: int = first) -> str:
            return f"Time!${layout.column(start)}${layout.inputs[name].row}:${last}${layout.inputs[name].row}"

        on_dates = timeline.discounting is Discounting.DATES
        if on_dates:
            cash = self.model.run.single(f"party.{party}.cash")
            first = next((t for t in range(first, len(cash)) if abs(cash[t]) > 1e-9), first)
        rate = self.model.rate_input(party)
        return Cells(
            cash=layout.range(f"party.{party}.cash", first=first),
            value=layout.range(f"party.{party}.value", first=first),
            cumulative=layout.range(f"party.{party}.cumulative", first=first),
            times=fact("time.discounting", first),
            rate=layout.input(rate),
            years=f"Time!${get_column_letter(FIRST)}${layout.inputs['time.years'].row}",
            waiting=layout.range(f"payback.{party}.waited"),
            paid_back=layout.range(f"payback.{party}.back"),
            value_waiting=layout.range(f"discounted.{party}.waited"),
            value_paid_back=layout.range(f"discounted.{party}.back"),
            dates=fact("time.date", first) if on_dates else "",
        )

    def _contents(self, sheet: Worksheet, row: int) -> None:
        write = self.writer
        write.text(sheet, row, 1, "Contents", "section")
        for number, title in enumerate(write.book.sheetnames[1:], start=row + 1):
            if title == "scratch":
                continue
            write.text(sheet, number, 1, title, "link")
            sheet.cell(number, 1).hyperlink = Hyperlink(ref=f"A{number}", location=f"{quote_sheetname(title)}!A1", display=title)
            sheet.cell(number, 1)._style = write.styles.get("link")
