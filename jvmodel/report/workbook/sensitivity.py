"""Sensitivity: factors on the numbers that matter most, and Excel's own data tables over them.

A data table changes one cell of its own sheet and notes what becomes of a result. So the inputs in use are multiplied by
factors that stand here: a test number moves one factor at a time (the tornado), and two cells move any two together.
"""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any

import numpy as np
from openpyxl.utils import get_column_letter
from openpyxl.worksheet.datavalidation import DataValidation
from openpyxl.worksheet.formula import DataTableFormula
from openpyxl.worksheet.pagebreak import Break

from jvmodel.backends.excel import BASE, Layout
from jvmodel.lever import Kind
from jvmodel.report.workbook.returns import FIRST_ROW as FIRST_PARTY
from jvmodel.report.workbook.returns import MONEY
from jvmodel.report.workbook.styles import FAILED, PASSED, print_set_up, traffic_light

if TYPE_CHECKING:
    from numpy.typing import NDArray
    from openpyxl.worksheet.worksheet import Worksheet

    from jvmodel.backends.arrays import Run
    from jvmodel.graph.graph import Given
    from jvmodel.report.workbook.writer import Writer

SHEET = "Sensitivity"
MOST, SWING = 12, 0.1
STEPS = (0.7, 0.8, 0.9, 1.0, 1.1, 1.2, 1.3)
SWING_ROW, PARTY_ROW, ACROSS_ROW, DOWN_ROW, TEST_ROW, ACROSS_NOW, DOWN_NOW, PLACE_ROW = range(5, 13)
FIRST_ROW = 16
"""Row of the first factor"""
FACTOR = "G"
"""Column of the factor in use"""


@dataclass(frozen=True)
class Driver:
    """An input that is multiplied by a factor."""

    name: str
    label: str
    low: float
    high: float


@dataclass(frozen=True)
class Drivers:
    """The inputs that have factors, those that move a party's value most first."""

    chosen: tuple[Driver, ...] = ()
    values: NDArray[np.float64] = field(default_factory=lambda: np.zeros((0, 0)))
    """Net present values, (parties, tests): no test first, then low and high of each driver, then the two-way table"""

    def factor(self, name: str) -> str:
        """The cell of an input's factor; nothing for an input that has none."""
        for number, one in enumerate(self.chosen):
            if one.name == name:
                return f"{SHEET}!${FACTOR}${FIRST_ROW + number}"
        return ""

    @property
    def across(self) -> int:
        """The driver along the top of the two-way table: the price that matters most."""
        return next((n for n, one in enumerate(self.chosen) if one.name.startswith("prices.")), 0)

    @property
    def down(self) -> int:
        """The driver down its side: what matters most beside prices and discount rates."""
        others = (
            n for n, one in enumerate(self.chosen) if not one.name.startswith("prices.") and "discount_rate" not in one.name
        )
        return next(others, 1)


def drivers(writer: Writer, names: tuple[str, ...] = ()) -> Drivers:
    """The inputs whose move by a tenth changes some party's value most, without breaking a check of the model; or those named."""
    graph = writer.graph
    if graph.solved:
        return Drivers()
    chosen = [graph.params[name] for name in names] or _greatest(writer)
    if len(chosen) < 2:
        return Drivers()
    labels = _labels(writer, chosen)
    found = Drivers(tuple(Driver(one.name, label, *_ends(writer, one)) for one, label in zip(chosen, labels, strict=True)))
    return Drivers(found.chosen, _tables(writer, found))


def _greatest(writer: Writer) -> list[Given]:
    free = [given for given in writer.graph.params.values() if _may_vary(writer, given)]
    if not free:
        return []
    moves = {given.name: np.ones(1 + 2 * len(free)) for given in free}
    for number, given in enumerate(free):
        moves[given.name][1 + 2 * number : 3 + 2 * number] = _ends(writer, given)
    values, sound = _values(writer, moves, writer.model.run)
    spread = np.abs(values[:, 1::2] - values[:, 2::2]).max(axis=0)
    spread[~(sound[1::2] & sound[2::2])] = 0.0
    return [free[n] for n in _distinct(values, spread)]


def _distinct(values: NDArray[np.float64], spread: NDArray[np.float64]) -> list[int]:
    """The `MOST` drivers of greatest spread, less those that do to every party what one before does, as price and recovery do."""
    kept: list[int] = []
    for n in (int(n) for n in np.argsort(-spread.round(9), kind="stable") if spread[n] > 1e-6):
        mine = values[:, 1 + 2 * n : 3 + 2 * n]
        if not any(np.allclose(mine, values[:, 1 + 2 * k : 3 + 2 * k], rtol=1e-6, atol=1e-6) for k in kept):
            kept.append(n)
        if len(kept) == MOST:
            break
    return kept


def _ends(writer: Writer, given: Given) -> tuple[float, float]:
    """The factors that lead to an input's low and high, or a tenth down and up where it has none."""
    span = writer.spans.get(given.name)
    if span is None or span.lever.kind is Kind.PERIOD:
        return 1 - SWING, 1 + SWING
    base = given.value if isinstance(given.value, float) else 1.0
    return span.low / base, span.high / base


def _may_vary(writer: Writer, given: Given) -> bool:
    varied = given.source == "deal" and (not given.series or writer.layout.has_cases(given))
    return varied and bool(np.any(np.asarray(given.value)))


def _labels(writer: Writer, chosen: list[Given]) -> list[str]:
    """A label for each, with the clause it belongs to, and its path where that is not enough to tell it from others."""
    found = [_label(_clause(writer, given), writer.model.deal.named(given.label)) for given in chosen]
    return [f"{label} ({given.path})" if found.count(label) > 1 else label for label, given in zip(found, chosen, strict=True)]


def _label(clause: str, label: str) -> str:
    own = clause in ("Prices", "Discount rates", "General")
    return label if own else f"{clause}: {label[:1].lower()}{label[1:]}"[:90]


def _clause(writer: Writer, given: Given) -> str:
    place = writer.layout.inputs[given.name]
    above = [(row, text) for (sheet, row), text in writer.layout.headings.items() if sheet == place.sheet and row < place.row]
    return max(above)[1]


def _values(writer: Writer, moves: dict[str, NDArray[np.float64]], used: Run) -> tuple[NDArray[np.float64], NDArray[np.bool_]]:
    """Net present value of every party in every scenario, and whether the model's checks hold there."""
    from jvmodel.backends.arrays import evaluate

    inputs = used.inputs
    changes = {
        name: value for name, value in inputs.items() if writer.graph.params[name].source == "deal" and name not in moves
    } | {
        name: inputs[name][0] * factors[:, None] if inputs[name].shape[1] > 1 else inputs[name][0, 0] * factors
        for name, factors in moves.items()
    }
    run = evaluate(writer.graph, changes, check=False)
    with np.errstate(all="ignore"):
        values = np.array([run[f"party.{party}.value"].sum(axis=1) for party in writer.model.parties])
        worst = np.array([np.abs(run[name]).max(axis=1) for name in writer.graph.rows if name.startswith("check.")])
        tolerance = max((one.tolerance for one in writer.model.checks), default=1e-6)
        sound = np.isfinite(values).all(axis=0) & (np.nan_to_num(worst, nan=np.inf) <= tolerance).all(axis=0)
    return np.nan_to_num(values), sound


def _tables(writer: Writer, found: Drivers) -> NDArray[np.float64]:
    """The values of both tables, at the inputs in use."""
    count = len(found.chosen)
    size = 1 + 2 * count + len(STEPS) ** 2
    moves = {one.name: np.ones(size) for one in found.chosen}
    for number, one in enumerate(found.chosen):
        moves[one.name][1 + 2 * number : 3 + 2 * number] = (one.low, one.high)
    down, across = np.meshgrid(STEPS, STEPS, indexing="ij")
    moves[found.chosen[found.across].name][1 + 2 * count :] *= across.ravel()
    moves[found.chosen[found.down].name][1 + 2 * count :] *= down.ravel()
    return _values(writer, moves, writer.run)[0]


def write(writer: Writer) -> None:
    """Settings, factors, the table of single moves, the same in order of size, and the two-way table."""
    sheet = writer.book[SHEET]
    writer.title(
        sheet,
        "Sensitivity",
        f"net present value in {writer.money}; what-if tables of Excel, worked out whenever an input changes",
    )
    sheet.column_dimensions["A"].width = 62
    for column in range(2, max(12, 3 + len(writer.model.parties))):
        sheet.column_dimensions[get_column_letter(column)].width = 13
    print_set_up(sheet, writer.footer)
    if not writer.drivers.chosen:
        why = "the model has solved numbers, which only jvmodel finds anew" if writer.graph.solved else "no number moves a value"
        writer.text(sheet, 4, 1, f"No tables: {why}. Use: jvmodel sensitivity DEAL.")
        return
    _Tables(writer, sheet).write()


class _Tables:
    def __init__(self, writer: Writer, sheet: Worksheet) -> None:
        self.writer = writer
        self.sheet = sheet
        self.found = writer.drivers
        self.count = len(self.found.chosen)
        self.parties = writer.model.parties
        self.last = FIRST_ROW + self.count - 1
        self.order = self.last + 3
        """Row of the heads of the ordered table"""
        self.single = self.order + self.count + 4
        """Row of the results that the table of single moves is made from"""
        self.both = self.single + 2 * self.count + 6
        """Row of the corner of the two-way table"""

    def write(self) -> None:
        self._settings()
        self._factors()
        self._in_order()
        self._single_moves()
        self._two_way()
        self.sheet.freeze_panes = "B4"

    @property
    def base(self) -> NDArray[np.float64]:
        """Net present value of the party shown, by test."""
        values: NDArray[np.float64] = self.found.values[0]
        return values

    def _settings(self) -> None:
        write, sheet = self.writer, self.sheet
        write.section(sheet, 4, "Settings", 11)
        last = FIRST_PARTY + len(self.parties) - 1
        labels = [one.label for one in self.found.chosen]
        for row, label in (
            (SWING_ROW, "Move of a number that has no low and high of its own"),
            (PARTY_ROW, "Party whose value the charts and the two-way table show"),
            (ACROSS_ROW, "Two-way table: along the top"), (DOWN_ROW, "Two-way table: down the side"),
            (TEST_ROW, "Test now: the tables put numbers here; leave it at 0"),
            (ACROSS_NOW, "Factor along the top now; leave it at 100%"), (DOWN_NOW, "Factor down the side now; leave it at 100%"),
            (PLACE_ROW, "Place of the party in the tables"),
        ):  # fmt: skip
            write.text(sheet, row, 1, label, look="indent")
        write.number(sheet, SWING_ROW, 2, SWING, "0%", "input", "tint right")
        write.text(sheet, PARTY_ROW, 2, write.model.label(self.parties[0]), "input", "tint")
        write.text(sheet, ACROSS_ROW, 2, labels[self.found.across], "input", "tint")
        write.text(sheet, DOWN_ROW, 2, labels[self.found.down], "input", "tint")
        write.number(sheet, TEST_ROW, 2, 0, "0", "input", "tint right")
        for row in (ACROSS_NOW, DOWN_NOW):
            write.number(sheet, row, 2, 1, "0%", "input", "tint right")
        write.formula(sheet, PLACE_ROW, 2, f"=MATCH($B${PARTY_ROW},Returns!$A${FIRST_PARTY}:$A${last},0)", 1, "0", look="right")
        for rows, source in (
            ((PARTY_ROW,), f"Returns!$A${FIRST_PARTY}:$A${last}"), ((ACROSS_ROW, DOWN_ROW), f"$A${FIRST_ROW}:$A${self.last}")
        ):  # fmt: skip
            choice = DataValidation(type="list", formula1=source, allow_blank=False)
            for row in rows:
                choice.add(f"B{row}")
            sheet.add_data_validation(choice)

    def _factors(self) -> None:
        write, sheet = self.writer, self.sheet
        write.section(sheet, FIRST_ROW - 2, "Factors on the inputs in use", 11)
        write.heads(
            sheet, FIRST_ROW - 1, "Input", "Low ×", "High ×", "What if ×", "Test of low", "Test of high", "In use ×",
            "Change at low", "Change at high", "Spread", "Rank",
        )  # fmt: skip
        first, last = FIRST_ROW, self.last
        results = self.base
        spreads = [abs(results[2 + 2 * n] - results[1 + 2 * n]) - 1e-9 * (1 + 2 * n) for n in range(self.count)]
        for number, one in enumerate(self.found.chosen):
            row = first + number
            write.text(sheet, row, 1, one.label, look="indent")
            for column, end, value in ((2, "F", one.low), (3, "G", one.high)):
                write.formula(sheet, row, column, self._end(one, end, -1 if column == 2 else 1), value, "0.0%")
            write.number(sheet, row, 4, 1, "0%", "input", "tint")
            write.number(sheet, row, 5, 1 + 2 * number, "0", "unit")
            write.number(sheet, row, 6, 2 + 2 * number, "0", "unit")
            factor = (
                f"=D{row}*IF($B${TEST_ROW}=E{row},B{row},IF($B${TEST_ROW}=F{row},C{row},1))"
                f"*IF($A{row}=$B${ACROSS_ROW},$B${ACROSS_NOW},1)*IF($A{row}=$B${DOWN_ROW},$B${DOWN_NOW},1)"
            )
            write.formula(sheet, row, 7, factor, 1.0, "0.0%")
            for column, test, at in ((8, "E", 1 + 2 * number), (9, "F", 2 + 2 * number)):
                change = f"=INDEX({self._body},{test}{row}+1,$B${PLACE_ROW})-INDEX({self._body},1,$B${PLACE_ROW})"
                write.formula(sheet, row, column, change, float(results[at] - results[0]), MONEY)
            spread = f"=ABS(I{row}-H{row})-E{row}*{self._trifle}"
            write.formula(sheet, row, 10, spread, float(spreads[number]), MONEY)
            rank = 1 + sum(1 for other in spreads if other > spreads[number])
            write.formula(sheet, row, 11, f"=RANK(J{row},J${first}:J${last})", rank, "0")
        self.ranks = sorted(range(self.count), key=lambda n: -spreads[n])

    @property
    def _trifle(self) -> str:
        return f"Returns!{self.writer.returns.trifle}"

    def _end(self, one: Driver, column: str, sign: int) -> str:
        """The factor that leads to an input's own low or high, or the common move where it has none."""
        place = self.writer.layout.inputs[one.name]
        common = f"1{'+' if sign > 0 else '-'}$B${SWING_ROW}"
        if place.sheet != Layout.INPUTS:
            cell = f"{Layout.SERIES}!$D${place.row + (2 if sign < 0 else 3)}"
            return f"=IF(ISNUMBER({cell}),{cell},{common})"
        base, cell = f"{Layout.INPUTS}!${get_column_letter(BASE)}${place.row}", f"{Layout.INPUTS}!${column}${place.row}"
        return f"=IF(ISNUMBER({cell}),{cell}/{base},{common})"

    @property
    def _body(self) -> str:
        """The cells of the table of single moves."""
        last = get_column_letter(2 + len(self.parties))
        return f"$C${self.single + 1}:${last}${self.single + 1 + 2 * self.count}"

    def _in_order(self) -> None:
        write, sheet, row = self.writer, self.sheet, self.order
        write.section(sheet, row - 1, "Largest moves first: the tornado", 11)
        write.heads(sheet, row, "Input", "Rank", "Change at low", "Change at high")
        first, last = FIRST_ROW, self.last
        results = self.base
        for place, number in enumerate(self.ranks, start=1):
            at = row + place
            write.number(sheet, at, 2, place, "0", "unit")
            found = f"MATCH($B{at},$K${first}:$K${last},0)"
            write.formula(
                sheet, at, 1, f"=INDEX($A${first}:$A${last},{found})", self.found.chosen[number].label, "General", look="indent"
            )
            for column, source, test in ((3, "H", 1 + 2 * number), (4, "I", 2 + 2 * number)):
                formula = f"=INDEX({source}${first}:{source}${last},{found})"
                write.formula(sheet, at, column, formula, float(results[test] - results[0]), MONEY)

    def _single_moves(self) -> None:
        write, sheet, row = self.writer, self.sheet, self.single
        sheet.row_breaks.append(Break(id=row - 3))
        write.section(sheet, row - 2, "One input at a time: net present value of every party", 2 + len(self.parties))
        write.text(sheet, row - 1, 1, "Test", "head", "line")
        write.text(sheet, row - 1, 2, "Number", "head", "line wrap right")
        sheet.row_dimensions[row - 1].height = 40
        write.text(sheet, row, 1, "Now", look="indent")
        for column, party in enumerate(self.parties, start=3):
            write.returns.label(sheet, row - 1, column, party, "head", "line wrap right")
            value = float(self.found.values[column - 3, 0])
            write.formula(sheet, row, column, f"={write.returns.cell(party, 'npv')}", value, MONEY, "bold")
        tests = 1 + 2 * self.count
        for test in range(tests):
            at = row + 1 + test
            if test:
                driver = FIRST_ROW + (test - 1) // 2
                end = "low" if test % 2 else "high"
                label = f"{self.found.chosen[(test - 1) // 2].label}: {end}"
                write.formula(sheet, at, 1, f'=$A${driver}&": {end}"', label, "General", look="indent")
            else:
                write.text(sheet, at, 1, "Nothing moved", look="indent")
            write.number(sheet, at, 2, test, "0", "unit")
            for column in range(3, 3 + len(self.parties)):
                write.number(sheet, at, column, float(self.found.values[column - 3, test]), MONEY)
        last = get_column_letter(2 + len(self.parties))
        self._data_table(f"C{row + 1}:{last}{row + tests}", {"r1": f"B{TEST_ROW}"}, float(self.found.values[0, 0]))
        done = f'=IF(ABS(C{row + 1}-C{row})<={self._trifle}+ABS(C{row})*{self._trifle},"{PASSED}","{FAILED}")'
        write.text(sheet, row + tests + 1, 1, "The table was worked out: its first line is the value now", "note")
        write.formula(sheet, row + tests + 1, 3, done, PASSED, "General", "bold", "right")
        traffic_light(sheet, f"C{row + tests + 1}")

    def _two_way(self) -> None:
        write, sheet, row = self.writer, self.sheet, self.both
        across, down = self.found.chosen[self.found.across].label, self.found.chosen[self.found.down].label
        write.section(sheet, row - 2, "Two inputs together: net present value of the party chosen above", 2 + len(STEPS))
        write.formula(sheet, row - 1, 3, f'="Along the top: "&$B${ACROSS_ROW}', f"Along the top: {across}", "General", "note")
        write.formula(sheet, row + 1, 1, f'="Down the side: "&$B${DOWN_ROW}', f"Down the side: {down}", "General", "note")
        corner = f"=INDEX($C${self.single}:${get_column_letter(2 + len(self.parties))}${self.single},1,$B${PLACE_ROW})"
        write.formula(sheet, row, 2, corner, float(self.base[0]), MONEY, "bold", "line")
        table = self.base[1 + 2 * self.count :].reshape(len(STEPS), len(STEPS))
        for number, step in enumerate(STEPS):
            write.number(sheet, row, 3 + number, step, "0%", "head", "line right")
            write.number(sheet, row + 1 + number, 2, step, "0%", "head", "right")
            for other in range(len(STEPS)):
                write.number(sheet, row + 1 + number, 3 + other, float(table[number, other]), MONEY)
        last = get_column_letter(2 + len(STEPS))
        inputs = {"dt2D": True, "dtr": True, "r1": f"B{ACROSS_NOW}", "r2": f"B{DOWN_NOW}"}
        self._data_table(f"C{row + 1}:{last}{row + len(STEPS)}", inputs, float(table[0, 0]))

    def _data_table(self, cells: str, inputs: dict[str, Any], first: float) -> None:
        anchor = cells.split(":", maxsplit=1)[0]
        self.sheet[anchor].value = DataTableFormula(ref=cells, **inputs)
        self.writer.tables.setdefault(SHEET, {})[anchor] = first
        self.writer.values.setdefault(SHEET, {})[anchor] = first


def ordered_cells(writer: Writer) -> tuple[int, int]:
    """The first and last row of the ordered table, whose labels are in A, changes at low in C and at high in D."""
    first = FIRST_ROW + len(writer.drivers.chosen) + 3
    return first, first + len(writer.drivers.chosen) - 1
