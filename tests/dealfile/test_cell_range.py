"""Lines out of a range of a team's own spreadsheet: years across or down, units beside the label, every fault with its cell."""

from __future__ import annotations

import datetime as dt
from pathlib import Path
from typing import Any

import pytest
from openpyxl import Workbook

from jvmodel.dealfile import load
from jvmodel.dealfile.cell_range import IN_MONEY
from jvmodel.dealfile.headings import period
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


HEADS: dict[str, list[Any]] = {
    "keys": ["2027-H1", "2027-H2", "2028-H1", "2028-H2"],
    "half first": ["H1 2027", "H2 2027", "H1-28", "2H28"],
    "half last": ["2027 H1", "2027H2", "2028/H1", "2028-H2"],
    "ends of half-years": [dt.date(2027, 6, 30), dt.date(2027, 12, 31), dt.date(2028, 6, 30), dt.date(2028, 12, 31)],
    "their beginnings": [dt.date(2027, 1, 1), dt.date(2027, 7, 1), dt.date(2028, 1, 1), dt.date(2028, 7, 1)],
}


@pytest.mark.parametrize("heads", HEADS)
def test_half_years_as_teams_write_them(heads: str, tmp_path: Path) -> None:
    """Waste between 1900 and 2200 is not taken for years, though it has more numbers than the headings."""
    book(tmp_path, [
        ["Half-year", None, *HEADS[heads], None], ["Waste", "kt", 1925, 1950, 1975, 2000, 2025], ["Ore mined", "kt", 1, 2, 3, 4, None],
        ["Head grade (%)", None, 2, 2, 1, 1, None], ["Copper price", "USD/t", 9000, 9200, 9400, 9400, None],
    ])  # fmt: skip
    path = deal(tmp_path, "A1:G5")
    path.write_text(path.read_text(encoding="utf-8").replace("periods: 4", "periods: 4, step: half"), encoding="utf-8")
    assert [list(one) for one in inputs(path)] == [[1000, 2000, 3000, 4000], [0.02, 0.02, 0.01, 0.01], [9000, 9200, 9400, 9400]]


@pytest.mark.parametrize(
    ("head", "key"),
    [
        ("Jul-27", "2027-07"), ("July 2027", "2027-07"), ("Q3 2027", "2027-Q3"), ("3Q27", "2027-Q3"), ("FY2027", "2027"), (2027.0, "2027"),
        ("H3 2027", ""), ("Juli", ""), ("Total", ""), (True, ""), (2500, ""), ("LT", ""), ("Mayor 27", ""), ("Sept. 27", "2027-09"),
    ],
)  # fmt: skip
def test_headings(head: Any, key: str) -> None:
    assert period(head) == key


def test_a_spending_plan_by_month_adds_up_to_years(tmp_path: Path) -> None:
    """Dates down the first column of a sheet, in a model by year."""
    made = Workbook()
    sheet = made.active
    sheet.append(["Month", "Ore mined"])
    for month in range(24):
        sheet.append([dt.date(2027 + month // 12, month % 12 + 1, 1), 10.0 + month])
    made.save(tmp_path / "plan.xlsx")
    text = DEAL.format(ore="{table: plan.xlsx, column: Ore mined}", grade="2%", price="flat: 9000")
    (tmp_path / "deal.yaml").write_text(text, encoding="utf-8")
    assert inputs_of_ore(tmp_path / "deal.yaml") == pytest.approx([sum(range(10, 22)), sum(range(22, 34)), 0, 0])


def inputs_of_ore(path: Path) -> Any:
    return build(load(path)).graph.params["terms.mine.ore"].value


UNITS = [
    ("kt", 1e3),
    ("Mt", 1e6),
    ("'000 t", 1e3),
    ("000 tonnes", 1e3),
    ("kdmt", 1e3),
    ("ktpa", 1e3),
    ("Mtpa", 1e6),
    ("dry, to mill", 1),
]


@pytest.mark.parametrize(("given", "factor"), UNITS)
def test_units_as_teams_write_them(given: str, factor: float, tmp_path: Path) -> None:
    book(tmp_path, [[None, None, 2027, 2028, 2029, 2030], ["Ore mined", given, 1, 2, 3, 4]])
    text = DEAL.format(ore="{table: plan.xlsx, sheet: LOM, range: A1:F2}", grade="2%", price="flat: 9000")
    (tmp_path / "deal.yaml").write_text(text, encoding="utf-8")
    assert inputs_of_ore(tmp_path / "deal.yaml") == pytest.approx([factor, 2 * factor, 3 * factor, 4 * factor])


@pytest.mark.parametrize(
    ("given", "factor"),
    [("USDm", 1), ("US$ million", 1), ("$M", 1), ("USD '000", 1e-3), ("kUSD", 1e-3), ("US$000", 1e-3), ("USD", 1e-6)],
)
def test_money_as_teams_write_it(given: str, factor: float, tmp_path: Path) -> None:
    book(tmp_path, [[None, None, 2027, 2028], ["Plant", given, 1000, 2000]])
    text = DEAL.format(ore="1000", grade="2%", price="flat: 9000")
    text += "  - {kind: capital_cost, name: build, amount: {table: plan.xlsx, sheet: LOM, range: A1:D2}}\n"
    (tmp_path / "deal.yaml").write_text(text, encoding="utf-8")
    found = build(load(tmp_path / "deal.yaml")).graph.params["terms.build.amount"].value
    assert found == pytest.approx((1000 * factor, 2000 * factor, 0, 0))


@pytest.mark.parametrize(
    ("head", "given", "expected"),
    [
        ("2027", "kt/blast", "cell B2: 'kt/blast' is not a unit that is known; write it as t/year, or one that converts to it, such as kt, "
         "klb, USDm or USD '000"),
        ("2027-H1", "kt/a", "cell B2: kt/a is an amount a year, and the columns are shorter than a year; give what falls in each, in kt"),
    ],
)  # fmt: skip
def test_a_unit_is_never_passed_over(head: str, given: str, expected: str, tmp_path: Path) -> None:
    book(tmp_path, [[None, None, head, "2028"], ["Ore mined", given, 1, 2]])
    assert expected in message(deal(tmp_path, "A1:D2"))


def test_a_range_is_not_taken_with_numbers(tmp_path: Path) -> None:
    book(tmp_path, PLAN)
    path = deal(tmp_path, "A3:G7")
    path.write_text(path.read_text(encoding="utf-8").replace("ore: {table: plan.xlsx,", "ore: {"), encoding="utf-8")
    assert message(path) == "terms.0.ore: a series from a table needs both table (the file) and column (the heading)"


@pytest.mark.parametrize(
    ("title", "refused"),
    [
        ("Life of mine plan, kt", True), ("Mined (Mt)", True), ("Tonnage in '000 t", True), ("USD '000", False),
        ("Life of mine plan", False), ("Ktima mine", False), ("Pit 000", False),
    ],
)  # fmt: skip
def test_a_title_in_thousands_is_not_passed_over(title: str, refused: bool, tmp_path: Path) -> None:
    rows = [[title], *PLAN[1:3], ["Ore mined", None, *ORE], *PLAN[4:]]
    book(tmp_path, rows)
    path = deal(tmp_path, "A3:F7")
    if not refused:
        load(path)
        return
    with pytest.raises(DealError) as found:
        load(path)
    said = (
        f"plan.xlsx, sheet LOM, cell A1: {title!r} stands above the numbers, and no unit beside the line; write the unit beside"
    )
    assert said in str(found.value)


@pytest.mark.parametrize(
    ("title", "found"),
    [("USD '000", True), ("Costs (US$ 000s, real)", True), ("All amounts in thousands", True), ("k$", True), ("Rock $", False), ("USDm", False)],
)  # fmt: skip
def test_titles_that_say_thousands_of_money(title: str, found: bool) -> None:
    text = title.replace("US$", "$").replace("USD", "$")
    assert bool(IN_MONEY.search(text)) is found
