"""Questions of one deal as a user asks them: the same document with and without a page or a sheet, and what those hold."""

from __future__ import annotations

import json
from pathlib import Path

import pytest
from lxml import html
from openpyxl import load_workbook

from jvmodel.analysis.study import Study
from jvmodel.cli import main
from jvmodel.report import questions
from jvmodel.report.figures import Curves, HeatMap, Tornado
from jvmodel.report.listing import Column, Listing, Quantity, print_listings

DEAL = str(Path(__file__).parents[1] / "data" / "risk_deal.yaml")
COMMANDS = {
    "Tornado": ["sensitivity", DEAL],
    "Grid": ["grid", DEAL, "--x", "prices.copper=7000:11000:3", "--y", "terms.royalty.rate=0%:10%:2"],
    "Breakeven": ["breakeven", DEAL, "--vary", "prices.copper"],
    "Simulation": ["simulate", DEAL, "--trials", "512"],
    "Risk shares": ["risk", DEAL, "--trials", "512"],
    "Clause effect": ["risk", DEAL, "--trials", "512", "--without", "royalty"],
    "Risk drivers": ["drivers", DEAL, "--trials", "512", "--metric", "north.npv"],
}


def said(capsys: pytest.CaptureFixture[str], *arguments: str) -> str:
    with pytest.raises(SystemExit) as ended:
        main(list(arguments))
    out, err = capsys.readouterr()
    assert (ended.value.code, err) == (0, "")
    return out


@pytest.mark.parametrize("title", COMMANDS)
def test_a_page_and_a_sheet_beside_the_document(title: str, capsys: pytest.CaptureFixture[str], tmp_path: Path) -> None:
    page, book = tmp_path / "answer.html", tmp_path / "new" / "answer.xlsx"
    found = json.loads(said(capsys, *COMMANDS[title], "--json"))
    assert json.loads(said(capsys, *COMMANDS[title], "--json", "--out", str(page))) == found
    tree = html.fromstring(page.read_text(encoding="utf-8"))
    assert tree.xpath("string(//p[@class='kind'])") == title
    assert len(tree.xpath("//figure//svg[@role='img']")) >= 1
    assert len(tree.xpath("//section//table")) >= 1
    text = said(capsys, *COMMANDS[title], "--out", str(book))
    assert text.endswith(f"wrote {book}\n")
    for caption in tree.xpath("//section//table/caption"):
        assert " ".join(caption.text_content().split()) in " ".join(text.split())
    sheets = load_workbook(book)
    assert sheets.sheetnames.count(title) == 1
    assert {"Inputs", "Sensitivity", "Checks"} < set(sheets.sheetnames)
    assert any(isinstance(cell.value, float) for row in sheets[title].iter_rows() for cell in row)


def test_a_sheet_has_the_numbers_of_the_document(capsys: pytest.CaptureFixture[str], tmp_path: Path) -> None:
    book = tmp_path / "answer.xlsx"
    found = json.loads(said(capsys, *COMMANDS["Simulation"], "--json", "--out", str(book)))
    rows = [[cell.value for cell in row] for row in load_workbook(book)["Simulation"].iter_rows()]
    head = next(row for row in rows if row[0] == "Party")
    north = next(row for row in rows if row[0] == found["parties"]["north"]["label"])
    value = found["parties"]["north"]["npv"]
    assert north[head.index("P10, USDm")] == pytest.approx(value["p10"])
    assert north[head.index("Mean, USDm")] == pytest.approx(value["mean"])
    start = next(place for place, row in enumerate(rows) if row[0] == f"Cash of {found['parties']['north']['label']}")
    first = rows[start + 2]
    assert first[:2] == [found["periods"][0], pytest.approx(found["parties"]["north"]["cash"]["p10"][0])]


def test_trials_are_still_written_into_parquet_beside_a_printed_answer(
    capsys: pytest.CaptureFixture[str], tmp_path: Path
) -> None:
    out = tmp_path / "all.parquet"
    text = said(capsys, *COMMANDS["Simulation"], "--out", str(out))
    assert "What each party may get" in text
    assert text.endswith(f"wrote {out}\n")
    assert out.exists()


def test_figures_of_a_sensitivity_hold_the_same_numbers_as_its_table() -> None:
    answer = questions.sensitivity(Study(DEAL), "north.npv", swing=0.1).answer()
    tornado, spider = answer.figures
    assert isinstance(tornado, Tornado)
    assert isinstance(spider, Curves)
    listing = answer.listings[0]
    assert [row[0] for row in listing.rows] == [one.label for one in tornado.swings]
    assert [(row[4], row[5]) for row in listing.rows] == [(one.low, one.high) for one in tornado.swings]
    middle = spider.x.index(0.0)
    assert all(line.values[middle] == pytest.approx(tornado.base) for line in spider.lines)


def test_a_fine_grid_is_told_coarsely_and_written_whole(tmp_path: Path) -> None:
    found = questions.grid(Study(DEAL), "prices.copper=7000:11000:41", "terms.royalty.rate=0%:10%:21", "north.npv")
    answer = found.answer()
    (listing,), (whole,), (drawn,) = answer.listings, answer.data, answer.figures
    values = found.document()["figures"]["north.npv"]["values"]
    assert isinstance(drawn, HeatMap)
    assert (len(drawn.values), len(drawn.values[0])) == (21, 41)
    assert drawn.base == (6, 20)
    assert [list(row[1:]) for row in whole.rows] == values
    assert [list(row[1:]) for row in listing.rows] == [row[::4] for row in values[::2]]
    assert listing.note == "Some of the values; all of them: --json, or --out FILE.xlsx."


def test_names_of_rows_are_there_however_narrow_the_terminal(
    capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    """A column of words among those of numbers had kept a table in one piece, at the cost of the names of its rows."""
    columns = (Column("Stage"), *(Column(f"Column {number}", "USDm") for number in range(4)), Column(""))
    rows = (("Exploration wells", 1000.0, 2000.0, 3000.0, 4000.0, "go on"), ("Pumping tests", 1.0, 2.0, 3.0, 4.0, "stop"))
    for width in (24, 36, 48, 60, 100):
        monkeypatch.setenv("COLUMNS", str(width))
        print_listings([Listing("Wide", columns, rows)])
        shown = capsys.readouterr().out
        for word in ("Stage", "Exploration", "wells", "Pumping", "tests", "1,000.0", "4,000.0", "go", "on", "stop"):
            assert word in shown, width


def test_columns_that_do_not_fit_go_below(capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("COLUMNS", "36")
    columns = (Column("Name"), *(Column(f"Column {number}", "USDm") for number in range(4)))
    print_listings([Listing("Wide", columns, (("Somebody", 1000.0, 2000.0, 3000.0, 4000.0),))])
    lines = [line.rstrip() for line in capsys.readouterr().out.splitlines() if line.strip() and "─" not in line]
    assert lines == [
        "Wide", " Name      Column 0  Column 1", " Somebody   1,000.0   2,000.0", " Name      Column 2  Column 3",
        " Somebody   3,000.0   4,000.0",
    ]  # fmt: skip


def test_a_quantity_is_shown_in_its_own_unit() -> None:
    listing = Listing(
        "", (Column("Input"), Column("Low")), (("Price", Quantity(9200.0, "USD/t")), ("Share", Quantity(0.12, "%")))
    )
    assert listing.text() == (("Price", "9,200.00"), ("Share", "12%"))
    assert listing.numeric == (False, True)
    assert Column("x", places=2).shown(-0.001) == "0.00"


def test_a_place_that_is_none_is_refused_before_anything_is_run(capsys: pytest.CaptureFixture[str], tmp_path: Path) -> None:
    for arguments, message in (
        ([*COMMANDS["Risk shares"], "--out", "a.doc"],
         "--out a.doc: an answer is a page or a sheet of the deal's workbook; end the file with .html or .xlsx\n"),
        (["simulate", DEAL, "--trials", "1000000000", "--out", str(tmp_path / "a.csv")],
         f"--out {tmp_path / 'a.csv'}: trials go into a .parquet file or a folder, the answer into .html or .xlsx; choose one of"
         " these endings\n"),
    ):  # fmt: skip
        with pytest.raises(SystemExit) as ended:
            main(arguments)
        assert (ended.value.code, capsys.readouterr().err) == (1, message)


def test_a_grade_and_the_factor_on_all_grades_are_one_bar() -> None:
    """The starter mines one metal: its grade and the factor on every grade say the same, and its price does too, by itself."""
    found = questions.sensitivity(Study("starter"), "venture.npv", swing=0.1)
    (tornado, *_) = found.figures()
    assert isinstance(tornado, Tornado)
    labels = [one.label for one in tornado.swings]
    assert {"Mine: head grade: gold", "Gold: price"} <= set(labels)
    assert "Mine: factor on every grade" not in labels
    paths = [one["path"] for one in found.document()["tornado"]["venture.npv"]["swings"]]
    assert "terms.mine.grade_factor" in paths
    narrow = next(iter(found.listings()))
    assert narrow.rows[0][2:4] == (Quantity(0.9, "1"), Quantity(1.1, "1"))


def test_a_frontier_is_the_breakeven_of_each_changed_deal(capsys: pytest.CaptureFixture[str], tmp_path: Path) -> None:
    """Second method: the deal changed by hand to each value of the other number; the page draws a curve a party."""
    page = tmp_path / "frontier.html"
    over = ["--over", "terms.mine.budget=5:20:4", "--metric", "npv", "--between", "0:40000"]
    found = json.loads(said(capsys, *COMMANDS["Breakeven"], *over, "--json", "--out", str(page)))["frontier"]
    assert (found["over"]["path"], found["over"]["values"]) == ("terms.mine.budget", [5, 10, 15, 20])
    for budget, root in zip((5, 10, 15, 20), found["figures"]["north.npv"]["roots"], strict=True):
        alone = said(
            capsys,
            *COMMANDS["Breakeven"],
            "--metric",
            "north.npv",
            "--set",
            f"terms.mine.budget={budget}",
            "--between",
            "0:40000",
            "--json",
        )
        assert json.loads(alone)["breakevens"][0]["roots"] == [pytest.approx(root, rel=1e-9)]
    assert found["figures"]["state.npv"]["roots"] == [0.0] * 4  # the royalty is worth nothing only where the price is nothing
    assert len(html.fromstring(page.read_text(encoding="utf-8")).xpath("//figure")) == 2
    with pytest.raises(SystemExit):
        main([*COMMANDS["Breakeven"], "--over", "prices.copper.flat=1:2:3"])
    assert capsys.readouterr().err == "prices.copper is varied already; name another number to hold it against\n"
