"""The auditor's report: a workbook as written is clean, and everything done to one is found in its cell."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import pytest
from openpyxl import load_workbook

from jvmodel.cli import main
from jvmodel.dealfile import load
from jvmodel.model import Model, build
from jvmodel.reading.audit import audit
from jvmodel.report.workbook import Writer


@pytest.fixture(scope="module")
def starter() -> Model:
    return build(load("starter"))


@pytest.fixture(scope="module")
def written(starter: Model, tmp_path_factory: pytest.TempPathFactory) -> Path:
    path = tmp_path_factory.mktemp("book") / "starter.xlsx"
    Writer(starter).save(path)
    return path


def findings(written: Path, model: Model, tmp_path: Path, changes: dict[str, Any], *, without: str = "") -> list[str]:
    book = load_workbook(written)
    for place, value in changes.items():
        sheet, _, cell = place.partition("!")
        book[sheet][cell] = value
    if without:
        del book[without]
    book.save(tmp_path / "changed.xlsx")
    return audit(tmp_path / "changed.xlsx", "starter", model).findings


@pytest.mark.parametrize("deal", ["starter", "three_rivers", "salar_norte"])
def test_a_workbook_as_written_is_clean(deal: str, tmp_path: Path) -> None:
    model = build(load(deal))
    writer = Writer(model)
    writer.save(tmp_path / "deal.xlsx")
    found = audit(tmp_path / "deal.xlsx", deal, model)
    assert found.findings == []
    assert found.formulas == sum(len(cells) for cells in writer.values.values())
    assert found.verdict == (
        f"{found.formulas:,} formulas on {len(writer.book.sheetnames)} sheets are those of the deal,"
        " and their values (worked out anew by formualizer) the engine's"
    )


def test_each_finding(written: Path, starter: Model, tmp_path: Path) -> None:
    book = load_workbook(written)
    mine, inputs = book["Mine"], book["Inputs"]
    row = next(
        row for row in range(7, 60) if str(mine.cell(row, 8).value).startswith("=") and "Series" in str(mine.cell(row, 8).value)
    )
    price = next(row for row in range(6, 60) if inputs.cell(row, 9).value == "prices.gold.flat")
    before = inputs.cell(price, 5).value
    formula = mine.cell(row, 11).value
    found = findings(
        written, starter, tmp_path,
        {f"Mine!H{row}": 12.5, f"Mine!K{row}": f"{formula}*1.05", f"Mine!N{row}": None, f"Inputs!E{price}": before + 100, "Sensitivity!D16": 1.1},
        without="Charts",
    )  # fmt: skip
    label = f"Price: gold: {before:,.2f} USD/oz → {before + 100:,.2f} USD/oz"
    assert found[:6] == [
        f"Inputs!E{price} (prices.gold.flat): {label}; take it into the deal with jvmodel read, or put it back",
        "Sensitivity!D16: prices.gold.flat is multiplied by 1.1; put 100% back",
        f"Mine!H{row}: 12.5 is typed in where a formula belongs; copy the formula of G{row}",
        f"Mine!K{row}: 1.05 is written into the formula {formula}*1.05 and breaks the row; copy the formula of J{row}",
        f"Mine!N{row}: nothing stands where a formula belongs; copy the formula of M{row}",
        "Charts!A1: the sheet is missing; write the workbook anew with jvmodel run",
    ]
    assert len(found) == 7, found[6:]
    assert " more cells take these on: Returns!D6, net present value of Venture, is " in found[6]


def test_errors_scenarios_and_what_the_reader_refuses(written: Path, starter: Model, tmp_path: Path) -> None:
    assert findings(written, starter, tmp_path, {"Cover!B4": "High"}) == []
    assert findings(written, starter, tmp_path, {"Cover!B4": "Best"})[0] == (
        "Cover!B4: 'Best' is not a scenario; choose one of Base, Low, High, Own"
    )
    found = findings(written, starter, tmp_path, {"Inputs!E7": "lots"})
    assert found[0].startswith("Inputs!E7 (")
    assert "'lots' is not a number" in found[0]
    found = findings(written, starter, tmp_path, {"Returns!D6": "=1/0"})
    assert found[0].startswith("Returns!D6: the formula =1/0 is another one; write =SUM(")
    assert "Returns!D6, net present value of Venture, is an error and not " in found[-1]
    found = findings(written, starter, tmp_path, {"Sensitivity!B9": 3})
    assert found[0] == "Sensitivity!B9: holds 3; put 0 back"


def test_numbers_that_are_not_inputs(written: Path, starter: Model, tmp_path: Path) -> None:
    """A tolerance made wide, a fact of the timeline changed, a number slipped into a sum: each at its own cell."""
    found = findings(
        written, starter, tmp_path, {"Checks!C4": 100, "Time!F8": 3, "Returns!C40": 5, "Mine!B5": "why?", "Cover!H60": 7}
    )
    assert found[:3] == [
        "Time!F8: 3 is typed in where 1 belongs; put it back",
        "Returns!C40: 5 is typed into a cell that the workbook leaves empty; clear it",
        "Checks!C4: 100 is typed in where 1e-06 belongs; put it back",
    ]
    assert len(found) == 4
    assert found[3].endswith(" more cells take these on")


def test_an_added_row_is_told_before_values_are_compared(written: Path, starter: Model, tmp_path: Path) -> None:
    """The model that such a workbook stands for has other rows, so only formulas are held against the deal's."""
    book = load_workbook(written)
    inputs = book["Inputs"]
    last = next(row for row in range(6, 99) if inputs.cell(row, 9).value == "terms.closure.phasing.2037")
    inputs.cell(last, 5, 0.5)
    inputs.cell(inputs.max_row + 1, 9, "terms.closure.phasing.2036")
    inputs.cell(inputs.max_row, 5, 0.5)
    added = f"E{inputs.max_row}"
    book.save(tmp_path / "changed.xlsx")
    found = audit(tmp_path / "changed.xlsx", "starter", starter)
    take = "take it into the deal with jvmodel read, or put it back"
    assert found.findings == [
        f"Inputs!E{last} (terms.closure.phasing.2037): Share of the cost spent: 2037: 100% → 50%; {take}",
        f"Inputs!{added} (terms.closure.phasing.2036): terms.closure.phasing.2036: new → 0.5; {take}",
        "values are not compared, as added rows change the model: take them into the deal first",
    ]
    assert found.verdict == f"3 findings; {found.formulas:,} formulas on {found.sheets} sheets were looked at"


def test_an_inserted_row_is_one_finding(written: Path, starter: Model, tmp_path: Path) -> None:
    book = load_workbook(written)
    whole = sum(cell.data_type == "f" for row in book["Mine"].iter_rows() for cell in row)
    book["Mine"].insert_rows(12)
    book.save(tmp_path / "changed.xlsx")
    found = audit(tmp_path / "changed.xlsx", "starter", starter).findings
    [line] = [one for one in found if "are other ones" in one]
    assert line.startswith("Mine!D14: from here on ")
    assert line.endswith(
        f" of the {whole:,} formulas of the sheet are other ones; where a row or column was inserted, deleted or moved, undo that,"
        " or write the workbook anew with jvmodel run"
    )
    assert not any(one.startswith("Mine!") and "stands where a formula belongs" in one for one in found)


def test_the_case_own_is_followed(written: Path, starter: Model, tmp_path: Path) -> None:
    book = load_workbook(written)
    price = next(row for row in range(6, 60) if book["Inputs"].cell(row, 9).value == "prices.gold.flat")
    assert findings(written, starter, tmp_path, {"Cover!B4": "Own", f"Inputs!H{price}": 2500}) == []


def test_the_command(capsys: pytest.CaptureFixture[str], written: Path, tmp_path: Path) -> None:
    def run(*arguments: object) -> tuple[int, str, str]:
        with pytest.raises(SystemExit) as ended:
            main([str(one) for one in arguments])
        out = capsys.readouterr()
        return int(ended.value.code or 0), out.out, out.err

    code, out, err = run("check", "starter", "--workbook", written)
    assert (code, err) == (0, "")
    assert out.endswith("the engine's\n")
    book = load_workbook(written)
    book["Mine"]["H8"] = 1.0
    book.save(tmp_path / "typed.xlsx")
    code, out, err = run("check", "starter", "--workbook", tmp_path / "typed.xlsx")
    assert (code, err) == (1, "")
    assert out.startswith("Mine!H8: 1 is typed in where a formula belongs; copy the formula of G8\n")
    assert run("check", "starter", "--workbook", written, "--set", "discount_rate=9%")[0] == 2
    assert run("check", "starter", "--workbook", tmp_path / "none.xlsx")[0] == 1
