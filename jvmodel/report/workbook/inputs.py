"""The sheets of inputs: single numbers with their cases, numbers over time, and facts that follow from the dates."""

from __future__ import annotations

import textwrap
from collections.abc import Iterator
from typing import TYPE_CHECKING

from openpyxl.utils import get_column_letter, quote_sheetname
from openpyxl.workbook.defined_name import DefinedName
from openpyxl.worksheet.datavalidation import DataValidation

from jvmodel.backends.excel import BASE, CASES, CONSTANT, FIRST, LABELS, NUMBERS, TOP, Layout
from jvmodel.lever import Kind
from jvmodel.report.cases import HIGH_CASE, LOW_CASE, changes, givers
from jvmodel.report.workbook.styles import label_width, print_set_up, widths
from jvmodel.shown import input_format

if TYPE_CHECKING:
    from openpyxl.worksheet.worksheet import Worksheet

    from jvmodel.graph.graph import Given
    from jvmodel.report.workbook.writer import Writer

PATH = BASE + len(CASES)
"""Column of the path in the deal file, on the sheet Inputs."""
NOTE, NOTE_LINE = 64, 12.5
"""Letters of a note that fit on a line of text, and the height of one in points"""
CASE = f"{Layout.INPUTS}!$D${NUMBERS}"
"""Cell with the number of the case that is chosen."""


def write(writer: Writer) -> None:
    """Inputs, Series and Time."""
    _numbers(writer)
    _series(writer)
    _facts(writer)
    _named(writer)


def series_path(layout: Layout) -> int:
    """Column of the path in the deal file, on the sheet Series."""
    return layout.last + 2


def names_row(writer: Writer) -> int:
    """The row of the heading above the names of the deal and its parties, below the last input."""
    return max((place.row for place in writer.layout.inputs.values() if place.sheet == Layout.INPUTS), default=TOP) + 2


def names(writer: Writer) -> list[tuple[str, str, str]]:
    """Path, label and text of every name that the workbook shows and a user may change."""
    deal = writer.model.deal
    return [
        ("deal", "Title of the deal", deal.deal),
        *((f"ventures.{name}.name", "Venture", one.name) for name, one in deal.ventures.items()),
        *((f"parties.{name}.name", one.role[:1].upper() + one.role[1:], one.name) for name, one in deal.parties.items()),
    ]


def name_cell(writer: Writer, party: str) -> str:
    """The formula that fetches what outputs call a party; nothing for the venture itself."""
    for number, (path, _, _) in enumerate(names(writer), start=names_row(writer) + 1):
        if path.split(".")[1:2] == [party]:
            return f"={Layout.INPUTS}!$E${number}"
    return ""


def _numbers(writer: Writer) -> None:
    sheet = writer.book[Layout.INPUTS]
    writer.title(sheet, "Inputs", "blue cells may be changed; an empty case is the base; the scenario is chosen on the Cover")
    for column, label in enumerate(("Line", "Unit", "Source and note", "In use", *CASES, "Path in the deal file"), start=1):
        right = CONSTANT <= column < PATH
        writer.text(sheet, LABELS, column, label, "head", "line right" if right else "line indent" if column == PATH else "line")
    writer.text(sheet, NUMBERS, 1, "Number of the case in use", "unit")
    first, last = (get_column_letter(BASE + place) for place in (0, len(CASES) - 1))
    formula = f"=MATCH({writer.scenario},${first}${LABELS}:${last}${LABELS},0)"
    writer.formula(sheet, NUMBERS, CONSTANT, formula, CASES.index(writer.case) + 1, "0", "unit", "right")
    writer.sections(sheet, PATH)
    givens = list(_placed(writer, Layout.INPUTS))
    labels = [writer.model.deal.named(given.label) for given in givens]
    widths(sheet, A=label_width(labels), B=11, C=50, D=13, E=13, F=13, G=13, H=13, I=44)
    checks: dict[str, DataValidation] = {}
    shares = givers(writer.model, writer.spans)
    for given in givens:
        _number(writer, sheet, given, shares)
        row = writer.layout.inputs[given.name].row
        writer.fold(sheet, row, row)
        cells = f"{first}{row}:{last}{row}" if given.source == "deal" else f"D{row}"
        checks.setdefault(given.unit, _validation(given.unit)).add(cells)
    for check in checks.values():
        sheet.add_data_validation(check)
    _names(writer, sheet)
    sheet.freeze_panes = sheet.cell(NUMBERS + 1, CONSTANT)
    print_set_up(sheet, writer.footer)
    sheet.print_title_rows = f"1:{NUMBERS}"


def _number(writer: Writer, sheet: Worksheet, given: Given, shares: dict[str, tuple[str, bool]]) -> None:
    row = writer.layout.inputs[given.name].row
    assert isinstance(given.value, float | int)
    form = input_format(given.unit, given.value)
    writer.text(sheet, row, 2, "" if given.unit == "1" else given.unit, "unit")
    note = _note(writer, given)
    lines = len(textwrap.wrap(note, NOTE))
    writer.text(sheet, row, 3, note, "note", "wrap" if lines > 1 else "")
    if lines > 1:
        sheet.row_dimensions[row].height = NOTE_LINE * lines
    writer.label(sheet, row, writer.model.deal.named(given.label))
    if given.source == "solved":
        writer.number(sheet, row, CONSTANT, float(writer.run.inputs[given.name][0, 0]), "0.000000", "input", "tint")
        return
    writer.number(sheet, row, BASE, given.value, form, "input", "tint")
    for place in range(1, len(CASES)):
        sheet.cell(row, BASE + place)._style = writer.styles.get("input", form, "tint")
    _range(writer, sheet, given, row, form, shares)
    used = float(writer.run.inputs[given.name][0, 0])
    last = get_column_letter(BASE + len(CASES) - 1)
    formula = _chosen(f"$E{row}:${last}{row}", f"$E{row}", f"$D${NUMBERS}", writer.drivers.factor(given.name))
    writer.formula(sheet, row, CONSTANT, formula, used, form)
    writer.text(sheet, row, PATH, given.path, "note", "indent")


def _note(writer: Writer, given: Given) -> str:
    """The source of an input, and of its low and high."""
    span = writer.spans.get(given.name)
    return "; ".join(one for one in (given.note, f"range: {span.note}" if span and span.note else "") if one)


def _range(writer: Writer, sheet: Worksheet, given: Given, row: int, form: str, shares: dict[str, tuple[str, bool]]) -> None:
    """The low and high of a number, or of a share that gives way when another moves."""
    layout = writer.layout
    giver = shares.get(given.name)
    for column, case in ((BASE + 1, LOW_CASE), (BASE + 2, HIGH_CASE)):
        if given.name in writer.spans:
            end = writer.spans[given.name].end(case)
            writer.number(sheet, row, column, end, input_format(given.unit, float(str(given.value)), end), "input", "tint")
        elif giver is not None:
            moved, letter = layout.inputs[giver[0]].row, get_column_letter(column)
            share = f"=$E{row}-({letter}{moved}-$E{moved})" if giver[1] else f"=$E{row}*(1-{letter}{moved})/(1-$E{moved})"
            value = changes(writer.model, case, writer.spans)[given.name]
            assert isinstance(value, float)
            writer.formula(sheet, row, column, share, value, form, "plain", "tint")


def _chosen(cases: str, base: str, case: str, factor: str) -> str:
    """The number of the chosen case, or the base where that is empty, times what the sheet Sensitivity says."""
    chosen = f"INDEX({cases},{case})"
    return f"=IF(ISNUMBER({chosen}),{chosen},{base}){'*' + factor if factor else ''}"


def _series(writer: Writer) -> None:
    sheet, layout = writer.book[Layout.SERIES], writer.layout
    given_series = list(_placed(writer, Layout.SERIES))
    most = max((abs(value) for given in given_series if isinstance(given.value, tuple) for value in given.value), default=0.0)
    writer.over_time(
        sheet, "Inputs over time", "blue cells may be changed; an empty case is the base", max(9, len(f"{most:,.0f}") + 5),
        [writer.model.deal.named(given.label) for given in given_series],
    )  # fmt: skip
    path_column = series_path(layout)
    for column, label in ((3, "Case"), (CONSTANT, "Factor"), (5, ""), (path_column, "Path in the deal file")):
        writer.text(sheet, LABELS, column, label, "head", "line indent" if column == path_column else "line")
    sheet.column_dimensions[get_column_letter(path_column)].width = 44
    writer.sections(sheet, layout.last)
    checks: dict[str, DataValidation] = {}
    for given in given_series:
        rows = _one_series(writer, sheet, given, path_column)
        cells = f"{get_column_letter(FIRST)}{rows[0]}:{get_column_letter(layout.last)}{rows[-1]}"
        checks.setdefault(given.unit, _validation(given.unit)).add(cells)
    for check in checks.values():
        sheet.add_data_validation(check)
    sheet.print_area = f"A1:{get_column_letter(layout.last)}{sheet.max_row}"


def _one_series(writer: Writer, sheet: Worksheet, given: Given, path_column: int) -> list[int]:
    """Writes a series; its rows that may be changed."""
    layout, row = writer.layout, writer.layout.inputs[given.name].row
    assert isinstance(given.value, tuple)
    form = input_format(given.unit, *given.value)
    rows = [row + 1 + place for place in range(len(CASES))] if layout.has_cases(given) else [row]
    writer.label(sheet, row, writer.model.deal.named(given.label))
    writer.text(sheet, row, 2, "" if given.unit == "1" else given.unit, "unit")
    writer.text(sheet, rows[0], path_column, given.path, "note", "indent")
    writer.fold(sheet, row, row)
    for period, value in enumerate(given.value):
        writer.number(sheet, rows[0], FIRST + period, value, form, "input", "tint")
    if len(rows) > 1:
        writer.text(sheet, row, 3, "in use", "unit")
        used, factor = writer.run.inputs[given.name][0], writer.drivers.factor(given.name)
        for period in range(layout.periods):
            letter = layout.column(period)
            cases = f"{letter}${rows[0]}:{letter}${rows[-1]}"
            formula = _chosen(cases, f"{letter}${rows[0]}", CASE, factor)
            writer.formula(sheet, row, FIRST + period, formula, float(used[period]), form)
        for case, at in zip(CASES, rows, strict=True):
            writer.text(sheet, at, 3, case, "unit")
            writer.fold(sheet, at, at, 2)
            for period in range(layout.periods):
                sheet.cell(at, FIRST + period)._style = writer.styles.get("input", form, "tint")
        _range_of_series(writer, sheet, given, rows, form)
    return rows


def _range_of_series(writer: Writer, sheet: Worksheet, given: Given, rows: list[int], form: str) -> None:
    """Low and high of a series: a factor in column D and formulas on it, or the number of one period."""
    span = writer.spans.get(given.name)
    if span is None:
        return
    layout = writer.layout
    assert isinstance(given.value, tuple)
    for at, case in ((rows[1], LOW_CASE), (rows[2], HIGH_CASE)):
        end = span.end(case)
        if span.lever.kind is Kind.PERIOD:
            period = writer.graph.timeline.labels.index(span.lever.period)
            writer.number(sheet, at, FIRST + period, end, form, "input", "tint")
            continue
        writer.number(sheet, at, CONSTANT, end, '0.0%" ×"', "input", "tint")
        for period, value in enumerate(given.value):
            letter = layout.column(period)
            writer.formula(sheet, at, FIRST + period, f"={letter}${rows[0]}*$D{at}", value * end, form, "plain", "tint")


def _names(writer: Writer, sheet: Worksheet) -> None:
    heading = names_row(writer)
    writer.section(sheet, heading, "Names: what this workbook calls the deal and its parties", PATH)
    for row, (path, label, text) in enumerate(names(writer), start=heading + 1):
        writer.text(sheet, row, 1, label, look="indent")
        writer.text(sheet, row, BASE, text, "input", "tint")
        for place in range(1, len(CASES)):
            sheet.cell(row, BASE + place)._style = writer.styles.get("input", "General", "tint")
        writer.text(sheet, row, PATH, path, "note", "indent")
        writer.fold(sheet, row, row)


def _facts(writer: Writer) -> None:
    sheet = writer.book[Layout.FACTS]
    labels = [given.label for given in _placed(writer, Layout.FACTS)]
    writer.over_time(sheet, "Time", "follows from the dates of the deal; not to be changed", 9.5, labels)
    writer.text(sheet, LABELS, 3, "", "head", "line")
    writer.text(sheet, LABELS, CONSTANT, "Value", "head", "line right")
    writer.text(sheet, LABELS, 5, "", "head", "line")
    sheet.column_dimensions["D"].width = 15
    writer.sections(sheet, writer.layout.last)
    for given in _placed(writer, Layout.FACTS):
        row = writer.layout.inputs[given.name].row
        writer.label(sheet, row, given.label)
        writer.text(sheet, row, 2, "" if given.unit == "1" else given.unit, "unit")
        writer.fold(sheet, row, row)
        if isinstance(given.value, tuple):
            whole = all(value == int(value) for value in given.value)
            form = '#,##0_);(#,##0);"–"_)' if whole else input_format(given.unit, *given.value)
            for period, value in enumerate(given.value):
                writer.number(sheet, row, FIRST + period, value, form)
        else:
            writer.number(sheet, row, CONSTANT, given.value, "#,##0.########" if given.value > 1e-4 else "0.0E+00")


def _placed(writer: Writer, title: str) -> Iterator[Given]:
    for name, place in writer.layout.inputs.items():
        if place.sheet == title:
            yield writer.graph.params[name]


def _named(writer: Writer) -> None:
    """The few names of the workbook, each a path of the deal: prices and discount rates; the results are named by Returns."""
    for given in writer.graph.params.values():
        key = given.name.endswith("discount_rate") or given.name in writer.spans
        if given.source == "deal" and (key or (given.name.startswith("prices.") and not given.name.endswith("premium"))):
            sheet, cells = writer.layout.base(given.name).split("!")
            writer.book.defined_names[given.name] = DefinedName(given.name, attr_text=f"{quote_sheetname(sheet)}!{cells}")


def _validation(unit: str) -> DataValidation:
    low, high = ("-0.99", "10") if unit == "%" else ("-1000000000000000", "1000000000000000")
    check = DataValidation(type="decimal", operator="between", formula1=low, formula2=high, allow_blank=True)
    check.errorTitle = "Not a number that fits"
    check.error = "Give a percentage such as 12%." if unit == "%" else f"Give a number{'' if unit == '1' else ' in ' + unit}."
    return check
