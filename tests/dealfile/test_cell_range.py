"""Lines out of a range of a team's own spreadsheet: years across or down, units beside the label, every fault with its cell."""

from __future__ import annotations

import datetime as dt
from pathlib import Path
from typing import Any

import pytest
from openpyxl import Workbook

from jvmodel.dealfile import load
from jvmodel.errors import DealError
from jvmodel.model import build

DEAL = """\
deal: Range
timeline: {{start: 2027, periods: 4}}
discount_rate: 10%
parties:
  ann: {{name: Ann, role: partner, discount_rate: 10%}}
prices:
  copper: {{unit: USD/t, {price}}}
terms:
  - kind: mine_plan
    name: mine
    ore: {ore}
    grades: {{copper: {grade}}}
  - {{kind: plant, name: plant, recovery: {{copper: 90%}}, concentrate: {{lead: copper, grade: 30%}}}}
  - {{kind: refinery, name: refinery, share: 100%, recovery: {{copper: 98%}}}}
  - {{kind: metal_sale, name: sale, metal: copper, payable: 99%}}
  - {{kind: incorporated_venture, name: co, interests: {{ann: 100%}}}}
"""
ORE, GRADE, PRICE = [1_000_000.0, 2_000_000.0, 2_500_000.0, 0.0], [0.021, 0.0225, 0.02, 0.0], [9000.0, 9100.0, 9200.0, 9300.0]
PLAN: list[list[Any]] = [
    ["Life of mine plan", None, None, None, None, None, None],
    ["prepared by the team", None, None, None, None, None, None],
    [None, None, "FY2027", 2028.0, "2029", dt.date(2030, 12, 31), "Total"],
    ["Ore mined", "kt", 1000, 2000, 2500, 0, 5500],
    ["Head grade (%)", None, 2.1, 2.25, 2, 0, None],
    ["Copper price", "USD/t", 9000, 9100, 9200, 9300, None],
    ["Copper price in pounds", "USD/lb", *(price / 2204.62262185 for price in PRICE), None],
]


def book(folder: Path, rows: list[list[Any]], *, down: bool = False, top: int = 1, left: int = 1) -> None:
    made = Workbook()
    sheet = made.create_sheet("LOM")
    for number, line in enumerate(rows):
        for place, value in enumerate(line):
            row, column = (place, number) if down else (number, place)
            sheet.cell(top + row, left + column, value)
    made.save(folder / "plan.xlsx")


def deal(folder: Path, cells: str, ore: str = "Ore mined", grade: str = "Head grade (%)", price: str = "Copper price") -> Path:
    def series(label: str) -> str:
        return f"{{table: plan.xlsx, sheet: LOM, range: {cells}, column: {label}}}"

    path = folder / "deal.yaml"
    text = DEAL.format(ore=series(ore), grade=series(grade), price=series(price)[1:-1])
    path.write_text(text, encoding="utf-8")
    return path


def inputs(path: Path) -> tuple[Any, Any, Any]:
    params = build(load(path)).graph.params
    return tuple(params[name].value for name in ("terms.mine.ore", "terms.mine.grades.copper", "prices.copper"))  # type: ignore[return-value]


def message(path: Path) -> str:
    with pytest.raises(DealError) as error:
        load(path)
    return next((one.message for one in error.value.faults if "ore" in one.message), "")


@pytest.mark.parametrize(("down", "cells"), [(False, "$B$7:h11"), (True, "D2:H8")])
def test_years_across_and_down(down: bool, cells: str, tmp_path: Path) -> None:
    """The block stands in B5:H11, or transposed in B2:H8."""
    book(tmp_path, PLAN, down=down, top=2 if down else 5, left=2)
    ore, grade, price = inputs(deal(tmp_path, cells))
    assert ore == pytest.approx(ORE)
    assert grade == pytest.approx(GRADE)
    assert price == pytest.approx(PRICE)


def test_a_price_a_pound_is_a_price_a_tonne(tmp_path: Path) -> None:
    book(tmp_path, PLAN)
    assert inputs(deal(tmp_path, "A3:G7", price="Copper price in pounds"))[2] == pytest.approx(PRICE, rel=1e-12)


def test_cells_shown_as_percentages_are_shares(tmp_path: Path) -> None:
    made = Workbook()
    sheet = made.create_sheet("LOM")
    for row, line in enumerate(
        [[None, 2027, 2028, 2029, 2030], ["Ore mined", *ORE], ["Head grade (%)", *GRADE], ["Copper price", *PRICE]]
    ):
        for column, value in enumerate(line):
            sheet.cell(row + 1, column + 1, value).number_format = "0.00%" if row == 2 else "General"
    made.save(tmp_path / "plan.xlsx")
    assert inputs(deal(tmp_path, "A1:E4"))[1] == pytest.approx(GRADE)


def test_one_line_needs_no_name(tmp_path: Path) -> None:
    book(tmp_path, PLAN)
    path = deal(tmp_path, "A3:G7")
    text = path.read_text(encoding="utf-8").replace("range: A3:G7, column: Ore mined", "range: A3:G4")
    path.write_text(text, encoding="utf-8")
    assert inputs(path)[0] == pytest.approx(ORE)


FAULTS: list[tuple[str, str, Any, str]] = [
    ("A4:G7", "", None, "no years stand in the range; take in the row or column that has them, such as 2027 or FY2027"),
    ("A3:G7", "D4", "lots", "plan.xlsx, sheet LOM, cell D4: 'lots' is not a number; write it without thousands separators"),
    ("A3:G7", "D4", None, "cell D4 is empty; write a number, 0 for none (a formula needs to have been calculated and saved)"),
    ("A3:G7", "B4", "oz", "plan.xlsx, sheet LOM, cell B4: the numbers are in oz, and t/year is wanted; convert them there"),
    ("A3:G7", "D3", 2027, "plan.xlsx, sheet LOM, cell D4: period 2027 stands there twice"),
    (
        "A3:G7",
        "A4",
        "Ore mind",
        "no line of the range is called 'Ore mined'; its lines are Ore mind, Head grade (%), Copper price, Copper price in pounds",
    ),
    ("A3:G7", "A5", "Ore mined", "two lines of the range are called 'Ore mined'; take a smaller range"),
    ("A3", "", None, "range 'A3' is not one; write it as B4:M12"),
    ("ThePlan", "", None, "range 'ThePlan' is not one; write it as B4:M12"),
]


@pytest.mark.parametrize(("cells", "cell", "value", "expected"), FAULTS)
def test_faults_name_the_cell(cells: str, cell: str, value: Any, expected: str, tmp_path: Path) -> None:
    rows = [list(line) for line in PLAN]
    if cell:
        rows[int(cell[1:]) - 1]["ABCDEFG".index(cell[0])] = value
    book(tmp_path, rows)
    found = message(deal(tmp_path, cells))
    assert found.startswith("terms.0.ore: ")
    assert expected in found


def test_a_range_is_not_taken_with_numbers(tmp_path: Path) -> None:
    book(tmp_path, PLAN)
    path = deal(tmp_path, "A3:G7")
    path.write_text(path.read_text(encoding="utf-8").replace("ore: {table: plan.xlsx,", "ore: {"), encoding="utf-8")
    assert message(path) == "terms.0.ore: a series from a table needs both table (the file) and column (the heading)"
