"""The workbook is the engine: every formula, on the inputs as given and after inputs are changed in the workbook."""

from __future__ import annotations

import random
from pathlib import Path
from typing import Any

import pytest
from openpyxl import load_workbook
from recalculate import Values, formualizer_values, libreoffice_values
from small import small

from jvmodel.backends.arrays import evaluate
from jvmodel.backends.excel import CONSTANT, FIRST, Layout
from jvmodel.dealfile import load
from jvmodel.metrics import METRICS, party_metrics
from jvmodel.model import Model, build
from jvmodel.report.workbook import Writer, write_workbook
from jvmodel.shipped import examples

VOLATILE = ("OFFSET(", "INDIRECT(", "NOW(", "TODAY(", "RAND", "CELL(", "INFO(", "LET(", "XLOOKUP(", "LAMBDA(")


def same(found: Any, expected: Any, scale: float = 1.0) -> bool:
    """Equal to 1e-9 of the value, or of the largest value of its row (a balance run down to nil keeps rounding errors)."""
    if isinstance(expected, str):
        return bool(found == expected)
    return isinstance(found, int | float) and abs(found - expected) <= 1e-9 * max(scale, abs(expected))


def differences(values: Values, writer: Writer) -> list[tuple[str, str, Any, Any]]:
    return [
        (sheet, cell, values[sheet, cell], expected)
        for sheet, cells in writer.values.items()
        for cell, expected in cells.items()
        if not same(values[sheet, cell], expected)
    ]


def changed(model: Model, seed: int) -> dict[str, float]:
    """New values for some inputs that are one number and not structural: those whose change leaves shares whole."""
    draw = random.Random(seed)
    fixed = ("interests", "carriers", "phasing", "funding")
    free = [
        given for given in model.graph.params.values()
        if given.path and not given.series and not any(word in given.name for word in fixed)
    ]  # fmt: skip
    chosen = draw.sample(free, min(6, len(free)))
    return {given.name: given.value * draw.uniform(0.7, 1.3) if given.value else 0.0 for given in chosen}  # type: ignore[operator]


def poke(path: Path, layout: Layout, changes: dict[str, float]) -> None:
    book = load_workbook(path)
    for name, value in changes.items():
        place = layout.inputs[name]
        book[place.sheet].cell(place.row, CONSTANT, value)
    book.save(path)


def compare(model: Model, path: Path, values: Values, changes: dict[str, float]) -> None:
    """Every row of the recalculated workbook against the engine with the same changes, and metrics against metrics."""
    layout, run = Layout.of(model.graph), evaluate(model.graph, changes)
    for name, place in layout.rows.items():
        scale = max(1.0, float(abs(run.single(name)).max()))
        for t, expected in enumerate(run.single(name)):
            found = values[place.sheet, f"{layout.column(t)}{place.row}"]
            assert same(found, float(expected), scale), (changes, name, t, found, expected)
    timeline = model.graph.timeline
    sheet = load_workbook(path)["Cover"]
    for row in range(1, 40):
        party = next((one for one in model.parties if model.label(one) == sheet.cell(row, 1).value), None)
        if party is None or ("Cover", f"C{row}") not in values:
            continue
        rate = values["Cover", f"C{row}"]
        figures = party_metrics(run.single(f"party.{party}.cash"), timeline.times, timeline.counted, rate, timeline.years)
        for column, key in enumerate(METRICS, start=4):
            expected = "n/a" if figures[key] is None else figures[key]
            found = values["Cover", sheet.cell(row, column).coordinate]
            tolerant = isinstance(found, float) and isinstance(expected, float) and abs(found - expected) < 1e-8
            assert tolerant or same(found, expected), (changes, party, key, found, expected)


@pytest.mark.parametrize("deal", sorted(examples()))
def test_every_formula_is_the_engine(deal: str, tmp_path: Path) -> None:
    model = build(load(deal))
    path = tmp_path / "deal.xlsx"
    write_workbook(model, path, cached=False)
    writer = Writer(model)
    assert sum(len(cells) for cells in writer.values.values()) > 2500
    assert differences(formualizer_values(path), writer) == []


@pytest.mark.parametrize("seed", range(20))
def test_kasanga_changed_in_the_workbook(seed: int, tmp_path: Path) -> None:
    model = build(load("kasanga"))
    path = tmp_path / "deal.xlsx"
    write_workbook(model, path, cached=False)
    changes = changed(model, seed)
    poke(path, Layout.of(model.graph), changes)
    compare(model, path, formualizer_values(path), changes)


@pytest.mark.slow
def test_kasanga_by_libreoffice(tmp_path: Path) -> None:
    model = build(load("kasanga"))
    path = tmp_path / "deal.xlsx"
    write_workbook(model, path, cached=False)
    assert differences(libreoffice_values(path), Writer(model)) == []
    for seed in range(20):
        write_workbook(model, path, cached=False)
        changes = changed(model, 100 + seed)
        poke(path, Layout.of(model.graph), changes)
        compare(model, path, libreoffice_values(path), changes)


TIMELINES = [{"discounting": "dates"}, {"step": "quarter", "discounting": "mid"}, {"valuation": "2028", "step": "half"}]


@pytest.mark.parametrize("timeline", TIMELINES)
def test_other_timelines(timeline: dict[str, Any], tmp_path: Path) -> None:
    model = small(
        {"kind": "capital_cost", "amount": {"2027": 100, "2028": 50}},
        {"kind": "other_revenue", "amount": {"2029": 80, "2030": 90, "2031": 70}},
        {"kind": "working_capital", "receivable_days": 120},
        {"kind": "incorporated_venture", "interests": {"ann": "70%", "bob": "30%"}, "called_ahead": 1},
        {"kind": "loan_carry", "carried": "bob", "carriers": {"ann": "100%"}, "rate": "8%", "repaid_from": "50%"},
        periods=5 * {"quarter": 4, "half": 2}.get(str(timeline.get("step")), 1), timeline=timeline,
    )  # fmt: skip
    path = tmp_path / "deal.xlsx"
    write_workbook(model, path, cached=False)
    assert differences(formualizer_values(path), Writer(model)) == []


def test_cached_values_are_the_engine(tmp_path: Path) -> None:
    model = build(load("starter"))
    path = tmp_path / "deal.xlsx"
    write_workbook(model, path)
    values = load_workbook(path, data_only=True)
    writer = Writer(model)
    for sheet, cells in writer.values.items():
        for cell, expected in cells.items():
            assert values[sheet][cell].value == expected, (sheet, cell)


def test_habits_of_a_good_workbook(tmp_path: Path) -> None:
    model = build(load("kasanga"))
    path = tmp_path / "deal.xlsx"
    write_workbook(model, path)
    book = load_workbook(path)
    assert all(sheet.sheet_state == "visible" for sheet in book.worksheets)
    layout = Layout.of(model.graph)
    for sheet in book.worksheets:
        for row in sheet.iter_rows():
            for cell in row:
                if cell.data_type == "f":
                    assert not any(word in str(cell.value).upper() for word in VOLATILE), (sheet.title, cell.coordinate)
                    assert isinstance(cell.value, str), "no array formulas"
    for name, place in layout.inputs.items():
        if model.graph.params[name].source == "deal":
            assert name in book.defined_names
            assert any(f"{'F' if model.graph.params[name].series else 'D'}{place.row}" in one.sqref
                       for one in book["Inputs"].data_validations.dataValidation), name  # fmt: skip
    for title in ("Inputs", "Mine", "Partners"):
        assert book[title].freeze_panes == "F5"
        assert book[title].page_setup.orientation == "landscape"
        assert [book[title].cell(3, FIRST + t).value for t in range(23)] == list(model.graph.timeline.labels)
    assert len(book["Charts"]._charts) == 3


def test_text_of_a_deal_never_becomes_a_formula(tmp_path: Path) -> None:
    evil = {"ann": {"name": "=HYPERLINK(\"http://x\")", "role": "+cmd", "discount_rate": "5%"},
            "bob": {"name": "@SUM(A1)", "role": "-1", "discount_rate": "5%"},
            "state": {"name": "State", "role": "state", "discount_rate": "5%"}}  # fmt: skip
    model = small(
        {"kind": "other_revenue", "amount": 3.0, "title": "=1+1", "note": "=2+2"},
        {"kind": "incorporated_venture", "interests": {"ann": "60%", "bob": "40%"}},
        parties=evil, deal="=CMD()", description="+danger",
    )  # fmt: skip
    path = tmp_path / "deal.xlsx"
    write_workbook(model, path)
    ours = {(sheet, cell) for sheet, cells in Writer(model).values.items() for cell in cells}
    book = load_workbook(path)
    formulas = {(s.title, c.coordinate) for s in book.worksheets for row in s.iter_rows() for c in row if c.data_type == "f"}
    assert formulas == ours
    assert book["Cover"]["A1"].value == "=CMD()"


def test_a_failed_write_leaves_the_old_file(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    from jvmodel.report import workbook

    path = tmp_path / "deal.xlsx"
    path.write_text("old")
    monkeypatch.setattr(workbook, "put_values", lambda *_: (_ for _ in ()).throw(OSError("disk full")))
    with pytest.raises(OSError, match="disk full"):
        write_workbook(build(load("starter")), path)
    assert path.read_text() == "old"
    assert list(tmp_path.iterdir()) == [path]
