"""Returns: the metrics of every party, its share of capital and value, and which accounts its value comes from."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from openpyxl.utils import get_column_letter
from openpyxl.workbook.defined_name import DefinedName

from jvmodel.account import CAPITAL, VENTURE, Account
from jvmodel.backends.excel import FIRST
from jvmodel.flows import TRIFLE
from jvmodel.irr import GUESSES
from jvmodel.metrics import METRICS, Cells, Kind
from jvmodel.report.workbook.styles import A3, print_set_up
from jvmodel.shown import number_format
from jvmodel.timeline import Discounting

if TYPE_CHECKING:
    from openpyxl.worksheet.worksheet import Worksheet

    from jvmodel.report.workbook.writer import Writer

MONEY = number_format("USDm")
FORMS = {Kind.MONEY: MONEY, Kind.RATE: "0.0%_);(0.0%)", Kind.MULTIPLE: '0.00"×"_);(0.00"×")', Kind.YEARS: '0.0" y"_)'}
TITLE = "Returns"
FIRST_ROW = 6
"""Row of the first party"""
RATE, METRIC = 3, 4
"""Columns of the discount rate and the first metric"""
STAKES = METRIC + len(METRICS)
"""Column of the capital put in; value, and the shares of both, follow"""
STAKE_COLUMNS = ("capital", "value", "share_of_capital", "share_of_value")
BESIDE = ("npv", "irr", "moic", "payback")


class Returns:
    """The sheet Returns, and where its figures stand."""

    def __init__(self, writer: Writer) -> None:
        self.writer = writer
        self.model = writer.model
        self.parties = writer.model.parties
        self.matrix = FIRST_ROW + len(self.parties) + 3
        """Row of the heads of the sources of value"""

    def cell(self, party: str, metric: str) -> str:
        """The cell of a party's metric, absolute, with the sheet."""
        column = get_column_letter(METRIC + list(METRICS).index(metric))
        return f"{TITLE}!${column}${FIRST_ROW + self.parties.index(party)}"

    def figure(self, name: str) -> str | None:
        """The cell of a figure such as `state.npv`, `state.share_of_value` or `state.cash@2031`; None for one without."""
        party, _, metric = name.rpartition(".")
        metric, _, period = metric.partition("@")
        if party not in self.parties:
            return None
        if period and (labels := self.model.graph.timeline.labels) and period in labels:
            place = self.writer.layout.rows[f"party.{party}.{metric}"]
            return f"{place.sheet}!${self.writer.layout.column(labels.index(period))}${place.row}"
        if metric in METRICS:
            return self.cell(party, metric)
        if metric in STAKE_COLUMNS and party in self.model.deal.parties:
            column = get_column_letter(STAKES + STAKE_COLUMNS.index(metric))
            return f"{TITLE}!${column}${FIRST_ROW + self.parties.index(party)}"
        return None

    def label_cell(self, party: str) -> str:
        """The cell of what outputs call a party."""
        return f"{TITLE}!$A${FIRST_ROW + self.parties.index(party)}"

    def write(self) -> None:
        """The table of returns, the sources of value, the cash by account, and the starting rates of the search."""
        write = self.writer
        sheet = write.book[TITLE]
        columns = max(STAKES + 3, 1 + len(self.parties))
        write.title(sheet, "Returns", f"{write.money}; receipts of a party are positive, its payments stand in brackets")
        write.section(sheet, FIRST_ROW - 2, "Returns of each party, at its own discount rate", columns)
        money = f", {self.model.deal.currency}m"
        labels = [metric.label + (money if metric.kind is Kind.MONEY else "") for metric in METRICS.values()]
        shares = (f"Capital put in{money}", f"Value at the venture's rate{money}", "Share of capital", "Share of value")
        write.heads(sheet, FIRST_ROW - 1, "Party", "Role", "Discount rate", *labels, *shares, left=2)
        sheet.row_dimensions[FIRST_ROW - 1].height = 40
        self._starts(sheet)
        for row, party in enumerate(self.parties, start=FIRST_ROW):
            self._party(sheet, row, party)
        self._stakes(sheet)
        last = self._sources(sheet, self.matrix, "Sources of value: present value by account", discounted=True)
        self._sources(sheet, last + 4, "Cash over the life of the model by account", discounted=False)
        sheet.column_dimensions["A"].width = 44
        sheet.column_dimensions["B"].width = 18
        for column in range(3, columns + 1):
            sheet.column_dimensions[get_column_letter(column)].width = 13.5
        sheet.freeze_panes = "B4"
        print_set_up(sheet, write.footer, paper=A3, down=1 if len(self.parties) < 12 else 0)
        for party in self.parties:
            for metric in ("npv", "irr"):
                name = f"{party}.{metric}"
                write.book.defined_names[name] = DefinedName(name, attr_text=self.cell(party, metric))

    def beside(self, sheet: Worksheet) -> None:
        """The returns of each party on the band above its accounts."""
        write, layout = self.writer, self.writer.layout
        for party in self.parties:
            names = [name for name in layout.rows if name.startswith(f"party.{party}.")]
            row = min(layout.rows[name].row for name in names) - 1
            figures = write.figures(party)
            for place, key in enumerate(BESIDE):
                column = FIRST + 2 * place
                write.text(sheet, row, column, METRICS[key].label if key == "payback" else key.upper(), "unit", "band right")
                value = "n/a" if figures[key] is None else figures[key]
                form = FORMS[METRICS[key].kind]
                write.formula(sheet, row, column + 1, f"={self.cell(party, key)}", value, form, "bold", "band right")

    @property
    def _start_row(self) -> int:
        accounts = len(self._accounts())
        return self.matrix + 2 * accounts + 11

    def _starts(self, sheet: Worksheet) -> None:
        """Where the search for a rate of return begins, and what counts as nothing: cells that formulas refer to."""
        write, row = self.writer, self._start_row
        write.section(sheet, row - 1, "Search for rates of return", 2 + len(GUESSES))
        write.text(sheet, row, 1, "Starting rate a year, in the order in which they are tried", look="indent")
        write.text(sheet, row + 1, 1, "The same for a period", look="indent")
        for number, guess in enumerate(GUESSES):
            letter = get_column_letter(3 + number)
            write.number(sheet, row, 3 + number, guess, "0%_);(0%)")
            period = (1 + guess) ** self.model.graph.timeline.years - 1
            write.formula(sheet, row + 1, 3 + number, f"=(1+{letter}{row})^{self._years}-1", period, "0.0%_);(0.0%)")
        write.text(sheet, row + 2, 1, "Money nearer to nil than this counts as nothing", look="indent")
        write.text(sheet, row + 2, 2, f"{self.model.deal.currency}m", "unit")
        write.number(sheet, row + 2, 3, TRIFLE, "0E+00")

    @property
    def _years(self) -> str:
        return f"Time!${get_column_letter(FIRST)}${self.writer.layout.inputs['time.years'].row}"

    def _party(self, sheet: Worksheet, row: int, party: str) -> None:
        write = self.writer
        self.label(sheet, row, 1, party)
        write.text(sheet, row, 2, self.model.role(party), "unit")
        rate = write.layout.input(self.model.rate_input(party))
        write.formula(sheet, row, RATE, f"={rate}", write.rate(party), "0.0%_)", look="right")
        found: dict[str, Any] = write.figures(party)
        cells = self._cells(party)
        for column, (key, metric) in enumerate(METRICS.items(), start=METRIC):
            value = "n/a" if found[key] is None else found[key]
            write.formula(sheet, row, column, metric.excel(cells), value, FORMS[metric.kind], look="right")

    def label(self, sheet: Worksheet, row: int, column: int, party: str, style: str = "plain", look: str = "") -> None:
        """What outputs call a party, following its name on the sheet Inputs."""
        from jvmodel.report.workbook.inputs import name_cell

        formula = name_cell(self.writer, party)
        if formula:
            self.writer.formula(sheet, row, column, formula, self.model.label(party), "General", style, look)
            sheet.cell(row, column)._style = self.writer.styles.get(style, "General", look)
        else:
            self.writer.text(sheet, row, column, self.model.label(party), "bold" if style == "plain" else style, look)

    def _cells(self, party: str) -> Cells:
        write, layout, timeline = self.writer, self.writer.layout, self.model.graph.timeline
        first = next((t for t, one in enumerate(timeline.counted) if one), 0)
        last = get_column_letter(layout.last)

        def fact(name: str, start: int = first) -> str:
            return f"Time!${layout.column(start)}${layout.inputs[name].row}:${last}${layout.inputs[name].row}"

        on_dates = timeline.discounting is Discounting.DATES
        if on_dates:
            cash = write.run.single(f"party.{party}.cash")
            first = next((t for t in range(first, len(cash)) if abs(cash[t]) > TRIFLE), first)
        starts = self._start_row + (0 if on_dates else 1)
        return Cells(
            cash=layout.range(f"party.{party}.cash", first=first),
            value=layout.range(f"party.{party}.value", first=first),
            cumulative=layout.range(f"party.{party}.cumulative", first=first),
            times=fact("time.discounting", first),
            rate=layout.input(self.model.rate_input(party)),
            years=self._years,
            waiting=layout.range(f"payback.{party}.waited"),
            paid_back=layout.range(f"payback.{party}.back"),
            value_waiting=layout.range(f"discounted.{party}.waited"),
            value_paid_back=layout.range(f"discounted.{party}.back"),
            dates=fact("time.date", first) if on_dates else "",
            starts=tuple(f"${get_column_letter(3 + number)}${starts}" for number in range(len(GUESSES))),
            trifle=f"$C${self._start_row + 2}",
        )

    def _stakes(self, sheet: Worksheet) -> None:
        """What each party of the deal puts in and gets, and its shares of both; customers and banks are not counted."""
        write, layout, rows = self.writer, self.writer.layout, self.model.graph.rows
        others = [party for party in self.parties if party in self.model.deal.parties]
        first, last = (FIRST_ROW + self.parties.index(party) for party in (others[0], others[-1]))
        factors = write.run.single(f"party.{VENTURE}.factor")
        booked = {party: [name for one in CAPITAL if (name := f"party.{party}.{one.value}") in rows] for party in others}
        capital = {party: -sum(float(write.run.single(name).sum()) for name in booked[party]) + 0.0 for party in others}
        value = {party: float((write.run.single(f"party.{party}.cash") * factors).sum()) for party in others}
        for party in others:
            row = FIRST_ROW + self.parties.index(party)
            sums = "+".join(f"SUM({layout.range(name)})" for name in booked[party])
            if sums:
                write.formula(sheet, row, STAKES, f"=-({sums})", capital[party], MONEY)
            else:
                write.number(sheet, row, STAKES, 0.0, MONEY)
            worth = f"=SUMPRODUCT({layout.range(f'party.{party}.cash')},{layout.range(f'party.{VENTURE}.factor')})"
            write.formula(sheet, row, STAKES + 1, worth, value[party], MONEY)
            for offset, amounts in ((0, capital), (1, value)):
                letter = get_column_letter(STAKES + offset)
                together = f"SUM({letter}${first}:{letter}${last})"
                share = f'=IF({together}>{self.trifle},{letter}{row}/{together},"n/a")'
                whole = sum(amounts.values())
                shown = amounts[party] / whole if whole > TRIFLE else "n/a"
                write.formula(sheet, row, STAKES + 2 + offset, share, shown, FORMS[Kind.RATE], look="right")

    @property
    def trifle(self) -> str:
        """The cell with the money that counts as nothing, on this sheet."""
        return f"$C${self._start_row + 2}"

    @property
    def trifle_cell(self) -> str:
        """The same from another sheet."""
        return f"{TITLE}!{self.trifle}"

    def _accounts(self) -> list[Account]:
        rows = self.model.graph.rows
        return [one for one in Account if any(f"party.{party}.{one.value}" in rows for party in self.parties)]

    def _sources(self, sheet: Worksheet, row: int, heading: str, *, discounted: bool) -> int:
        """Accounts by party, discounted or not, and their total; the row of the total."""
        write, layout, run = self.writer, self.writer.layout, self.writer.run
        write.section(sheet, row - 1, heading, 1 + len(self.parties))
        write.text(sheet, row, 1, "Account", "head", "line")
        sheet.row_dimensions[row].height = 40
        accounts = self._accounts()
        total = row + len(accounts) + 1
        for column, party in enumerate(self.parties, start=2):
            self.label(sheet, row, column, party, "head", "line wrap right")
            factors = run.single(f"party.{party}.factor") if discounted else 1.0
            sum_of = 0.0
            for number, account in enumerate(accounts, start=row + 1):
                name = f"party.{party}.{account.value}"
                financing = account.financing and party not in self.model.deal.parties
                if name not in layout.rows or financing:
                    continue
                cells = layout.range(name)
                formula = f"=SUMPRODUCT({cells},{layout.range(f'party.{party}.factor')})" if discounted else f"=SUM({cells})"
                amount = float((run.single(name) * factors).sum())
                sum_of += amount
                write.formula(sheet, number, column, formula, amount, MONEY)
            letter = get_column_letter(column)
            write.formula(sheet, total, column, f"=SUM({letter}{row + 1}:{letter}{total - 1})", sum_of, MONEY, "bold", "top")
        for number, account in enumerate(accounts, start=row + 1):
            write.text(sheet, number, 1, account.label, look="indent")
        write.text(sheet, total, 1, "Net present value" if discounted else "Net cash flow", "bold", "top")
        return total

    def value_totals(self) -> str:
        """The totals of the sources of value, a range over the parties."""
        row = self.matrix + len(self._accounts()) + 1
        return f"{TITLE}!$B${row}:${get_column_letter(1 + len(self.parties))}${row}"

    def values(self) -> str:
        """The net present values of the parties, a range."""
        column = get_column_letter(METRIC + list(METRICS).index("npv"))
        return f"{TITLE}!${column}${FIRST_ROW}:${column}${FIRST_ROW + len(self.parties) - 1}"


__all__ = ["FIRST_ROW", "FORMS", "METRIC", "MONEY", "STAKES", "TITLE", "Returns"]
