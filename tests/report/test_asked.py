"""Answers of other commands beside a deal: a section of the term sheet in every form, and a sheet of the workbook."""

from __future__ import annotations

import io
import zipfile
from pathlib import Path

import pytest
from asking import asked_of
from docx import Document
from lxml import html
from openpyxl import load_workbook

from jvmodel.cli import main
from jvmodel.dealfile import load
from jvmodel.model import build
from jvmodel.report.asked import ASKED, asked
from jvmodel.report.sheet import sheet
from jvmodel.report.termsheet import termsheet
from jvmodel.report.word import word


def run(*arguments: str) -> int:
    with pytest.raises(SystemExit) as ended:
        main(list(arguments))
    return int(ended.value.code or 0)


@pytest.mark.parametrize("name", ASKED)
def test_every_answer_is_a_section_with_its_tables_and_figures(name: str) -> None:
    model, answer = asked_of(name)
    page = html.fromstring(termsheet(model, answers=[answer]))
    (section,) = page.xpath("//section[@id='answer-1']")
    assert section.xpath("string(h2)") == f"32{answer.title}"
    assert len(section.xpath(".//figure")) == len(answer.figures) > 0
    tables = section.xpath("./div[contains(@class, 'scroll')]/table")
    given = [one for one in answer.listings if one.columns]
    assert len(tables) == len(given) > 0
    for drawn, listing in zip(tables, given, strict=True):
        cells = [[" ".join(cell.text_content().split()) for cell in row.xpath("th|td")] for row in drawn.xpath("tbody/tr")]
        assert cells == [[" ".join(cell.split()) for cell in row] for row in listing.text()]
        assert len(drawn.xpath("thead/tr/*")) == len(listing.columns)
    assert page.xpath("//nav//a[@href='#answer-1']")


def test_word_and_workbook_have_them_too(tmp_path: Path) -> None:
    (answer,) = asked(["calls"], "black_ridge")
    made = word(sheet(build(load("black_ridge")), answers=[answer]))
    document = Document(io.BytesIO(made))
    assert "Cash calls" in [one.text for one in document.paragraphs if one.style.name == "Heading 1"]
    texts = {cell.text for table in document.tables for row in table.rows for cell in row.cells}
    assert {"each for its own good", "as the deal says", "pays"} <= texts
    plain = word(sheet(build(load("black_ridge"))))
    pictures = [sum(name.endswith(".svg") for name in zipfile.ZipFile(io.BytesIO(one)).namelist()) for one in (plain, made)]
    assert pictures[1] == pictures[0] + 1
    book = tmp_path / "book.xlsx"
    assert run("export", "black_ridge", "--to", str(book), "--with", "calls", "--with", "options") == 0
    assert {"Cash calls", "Options"} <= set(load_workbook(book).sheetnames)


def test_run_writes_them_beside_the_deal(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    assert run("run", "black_ridge", "--out", str(tmp_path), "--with", "calls", "--set", "terms.dilution.factor=2") == 0
    assert "answer-1" in (tmp_path / "black_ridge.html").read_text(encoding="utf-8")
    assert "Cash calls" in load_workbook(tmp_path / "black_ridge.xlsx").sheetnames
    assert capsys.readouterr().err == ""


@pytest.mark.parametrize(
    ("arguments", "message"),
    [
        (["export", "kasanga", "--to", "x.html", "--with", "negotiat"], "--with negotiat: not an answer; choose from"),
        (["export", "kasanga", "--to", "x.csv", "--with", "negotiate"], "x.csv: answers have no place in .csv; write one of .xlsx, .html, .docx, .pdf"),
        (["export", "kasanga", "--to", "x.html", "--with", "risk", "--against", "starter"], "--with: a redline holds what differs"),
        (["export", "kasanga", "--to", "x.html", "--with", "compare"], "kasanga is a deal, not a proposal over one"),
        (["export", "starter", "--to", "x.html", "--with", "coalition"], "the deal does not say who brings what; give it a coalition:"),
    ],
)  # fmt: skip
def test_faults(
    arguments: list[str], message: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    monkeypatch.chdir(tmp_path)
    assert run(*arguments) == 1
    assert message in capsys.readouterr().err
    assert not list(tmp_path.iterdir())
