"""Commands at the table as a user types them: documents, pages, and sheets of the deal's workbook."""

from __future__ import annotations

import json
from pathlib import Path

import pytest
from openpyxl import load_workbook

from jvmodel.cli import main

COMMANDS = {
    "Comparison": ["compare", "kasanga", "kasanga_rounds/1_state", "--risk"],
    "Rounds": ["rounds", "kasanga_rounds/2_operator"],
    "Solve": ["solve", "kasanga", "--vary", "terms.carry.rate", "--target", "plateau.npv=550"],
    "Negotiation": ["negotiate", "kasanga"],
    "Trade": ["trade", "kasanga", "--evaluations", "500"],
    "Coalitions": ["coalition", "three_states"],
    "Cash calls": ["calls", "black_ridge"],
    "Gates": ["gates", "salar_norte"],
    "Options": ["options", "kasanga", "--years", "2"],
}
KEYS = {
    "Comparison": {"base", "alternatives"}, "Rounds": {"parties", "worth", "rounds"},
    "Solve": {"status", "words", "unknowns", "targets", "solutions", "nearest", "binds", "gaps"},
    "Negotiation": {"parties", "terms", "joint", "settlement", "on_risk", "trade", "votes"},
    "Trade": {"prices", "exchanges", "swaps", "curves", "frontier"},
    "Coalitions": {"players", "coalitions", "whole", "alone", "pooling_gain", "superadditive", "convex", "core", "least_core", "splits"},
    "Gates": {"trees"}, "Cash calls": {"term", "decisions", "values"}, "Options": {"options"},
}  # fmt: skip


def run(capsys: pytest.CaptureFixture[str], *arguments: str) -> tuple[int, str, str]:
    with pytest.raises(SystemExit) as ended:
        main(list(arguments))
    out = capsys.readouterr()
    return int(ended.value.code or 0), out.out, out.err


@pytest.mark.parametrize("title", COMMANDS)
def test_one_document_and_a_page(title: str, capsys: pytest.CaptureFixture[str], tmp_path: Path) -> None:
    page = tmp_path / "answer.html"
    code, out, err = run(capsys, *COMMANDS[title], "--json", "--out", str(page))
    assert (code, err) == (0, "")
    found = json.loads(out)
    assert KEYS[title] <= set(found)
    assert {"deal", "currency", "money"} <= set(found)
    text = page.read_text(encoding="utf-8")
    assert "<figure" in text
    assert "<table>" in text
    assert "http" not in text.replace("http://www.w3.org", "")


def test_a_sheet_of_the_deal_s_workbook(capsys: pytest.CaptureFixture[str], tmp_path: Path) -> None:
    book = tmp_path / "book.xlsx"
    code, out, _ = run(capsys, *COMMANDS["Rounds"], "--out", str(book))
    assert code == 0
    assert out.endswith(f"wrote {book}\n")
    sheets = load_workbook(book)
    assert {"Cover", "Inputs", "Rounds", "Checks"} <= set(sheets.sheetnames)
    rows = [[cell.value for cell in row] for row in sheets["Rounds"].iter_rows()]
    heads = next(row for row in rows if row[0] == "Round")
    first = rows[rows.index(heads) + 1]
    found = json.loads(run(capsys, *COMMANDS["Rounds"], "--json")[1])
    assert first[0] == "1 1_state"
    assert first[heads.index("Plateau Mines State Company, USDm")] == pytest.approx(found["rounds"][0]["change"]["plateau"])


def test_out_of_reach_is_an_answer(capsys: pytest.CaptureFixture[str]) -> None:
    code, out, err = run(capsys, "solve", "kasanga", "--vary", "terms.carry.rate", "--target", "plateau.npv=99999", "--json")
    assert (code, err, json.loads(out)["status"], json.loads(out)["solutions"]) == (0, "", "unattainable", [])


def test_names_are_inert_in_pages_and_sheets(capsys: pytest.CaptureFixture[str], tmp_path: Path) -> None:
    evil = '=cmd|"/c calc"!A1 <script>alert(1)</script> {{ 7*7 }}'
    deal = tmp_path / "evil.yaml"
    deal.write_text(
        f"base: kasanga\ntitle: '{evil}'\nchanges: {{parties.plateau.name: '{evil}', terms.royalty.rate: 5%}}\n", encoding="utf-8"
    )
    page, book = tmp_path / "page.html", tmp_path / "book.xlsx"
    for path in (page, book):
        assert run(capsys, "compare", "kasanga", str(deal), "--out", str(path))[0] == 0
    assert "<script>" not in page.read_text(encoding="utf-8")
    assert "49" not in [line.strip() for line in page.read_text(encoding="utf-8").split(">")]
    cells = [cell for row in load_workbook(book)["Comparison"].iter_rows() for cell in row if isinstance(cell.value, str)]
    assert {cell.data_type for cell in cells if "cmd|" in cell.value} == {"s"}


def test_an_answer_is_a_page_or_a_sheet(capsys: pytest.CaptureFixture[str]) -> None:
    code, _, err = run(capsys, *COMMANDS["Rounds"], "--out", "x.docx")
    assert code == 1
    assert err == "--out x.docx: an answer is a page or a sheet of the deal's workbook; end the file with .html or .xlsx\n"
