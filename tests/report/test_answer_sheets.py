"""Sheets of answers: what follows from other cells or from the model is a formula, one pattern a column, worked out as the engine has it."""

from __future__ import annotations

from pathlib import Path

import pytest
from asking import asked_of, deal_of
from openpyxl import load_workbook
from openpyxl.utils.cell import coordinate_to_tuple
from recalculate import Values, formualizer_values, libreoffice_values

from jvmodel.reading.audit import audit
from jvmodel.report.asked import ASKED
from jvmodel.report.cases import layout_of
from jvmodel.report.listing import Answer, Column, Figured, Listing
from jvmodel.report.patterns import relative
from jvmodel.report.workbook import Writer, write_workbook
from jvmodel.report.workbook.answers import CHECK

LIVE = {
    "sensitivity": 90,
    "simulate": 180,
    "risk": 10,
    "compare": 30,
    "rounds": 3,
    "negotiate": 9,
    "coalition": 15,
    "calls": 2,
    "gates": 7,
}
"""Formulas that a sheet has at the least, beside those that say whether it is current."""


def wrong(values: Values, writer: Writer, title: str) -> list[str]:
    """Cells of a sheet that are not what the engine has, to 1e-9."""

    def same(found: object, value: object) -> bool:
        return bool(found == value) if isinstance(value, str) else found == pytest.approx(value, rel=1e-9, abs=1e-9)

    return [cell for cell, value in writer.values[title].items() if not same(values[title, cell], value)]


def links(formula: str) -> bool:
    return formula.startswith(("=Returns!", "=Partners!"))


@pytest.mark.parametrize("name", ASKED)
def test_formulas_are_the_engine_and_one_pattern_a_column(name: str, tmp_path: Path) -> None:
    model, answer = asked_of(name)
    writer = Writer(model, answers=[answer])
    path = tmp_path / "deal.xlsx"
    writer.save(path, cached=False)
    assert wrong(formualizer_values(path), writer, answer.title) == []
    sheet = writer.book[answer.title]
    cells = [(coordinate_to_tuple(cell), sheet[cell].value) for cell in writer.values[answer.title]]
    worked = [(place, formula) for place, formula in cells if place[0] != CHECK]
    assert len(worked) >= LIVE.get(name, 0)
    for (row, column), formula in worked:
        above = sheet.cell(row - 1, column).value
        if isinstance(above, str) and above.startswith("=") and not links(above + formula) and sheet.cell(row, 1).font.b is False:
            assert relative(formula, row, column) == relative(above, row - 1, column), (row, column)


@pytest.mark.slow
def test_by_libreoffice(tmp_path: Path) -> None:
    writers, titles = {}, {}
    for name in ("risk", "compare", "coalition", "gates"):
        model, answer = asked_of(name)
        path = tmp_path / f"{name}.xlsx"
        writers[path], titles[path] = Writer(model, answers=[answer]), answer.title
        writers[path].save(path, cached=False)
    for path, values in libreoffice_values(*writers).items():
        assert wrong(values, writers[path], titles[path]) == []


def test_what_is_pasted_goes_out_of_date_and_what_is_fetched_follows(tmp_path: Path) -> None:
    model, answer = asked_of("negotiate")
    path = tmp_path / "deal.xlsx"
    writer = Writer(model, answers=[answer])
    writer.save(path, cached=False)
    sheet = load_workbook(path)[answer.title]
    assert sheet["A3"].value.endswith("renew them by jvmodel export DEAL --to FILE.xlsx --with negotiate")
    assert formualizer_values(path)[answer.title, f"D{CHECK}"] == "current"
    price = layout_of(model).base("prices.copper.flat").split("!")[1].replace("$", "")
    after = formualizer_values(path, {("Inputs", price): 11_000.0})
    assert after[answer.title, f"D{CHECK}"] == "out of date: renew"
    assert after[answer.title, "B10"] == after["Returns", "D8"] != writer.values["Returns"]["D8"]
    assert after[answer.title, "D10"] == pytest.approx(after[answer.title, "B10"] - sheet["C10"].value)


def test_a_figure_of_another_deal_is_pasted(tmp_path: Path) -> None:
    """A column is fetched where every figure of it is the workbook's own, and else stays as it was worked out."""
    model, _ = asked_of("calls")
    party = model.parties[-1]
    npv = float(model.run.single(f"party.{party}.value").sum())
    rows = ((party, Figured(npv, f"{party}.npv"), Figured(npv + 1, f"{party}.npv")),)
    columns = (Column("Party"), Column("Here", "USDm"), Column("There", "USDm"), Column("change", "USDm", formula="{2}-{1}"))
    listing = Listing("Two", columns, ((*rows[0], 1.0),))
    writer = Writer(model, answers=[Answer("Two", (listing,))])
    sheet = writer.book["Two"]
    assert sheet["B9"].value == f"={writer.returns.cell(party, 'npv')}"
    assert (sheet["C9"].value, sheet["D9"].value) == (npv + 1, "=C9-B9")


@pytest.mark.parametrize("name", ["gates", "coalition", "calls"])
def test_the_audit_finds_nothing(name: str, tmp_path: Path) -> None:
    model, answer = asked_of(name)
    path = tmp_path / "deal.xlsx"
    write_workbook(model, path, answers=[answer])
    assert audit(path, deal_of(name), model).findings == []
