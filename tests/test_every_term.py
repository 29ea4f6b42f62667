"""Every term's example: its workbook recalculated, and the laws that no term may break: periods, price level, units, calendar."""

from __future__ import annotations

import re
from functools import cache
from math import prod
from pathlib import Path
from typing import Any

import numpy as np
import pytest
from recalculate import formualizer_values

from jvmodel.backends import arrays, kernel
from jvmodel.deal import Deal
from jvmodel.dealfile.source import read_source
from jvmodel.model import Model, build
from jvmodel.report.workbook import Writer
from jvmodel.terms import terms
from jvmodel.units import Unit, unit

DOCS = Path(__file__).parent.parent / "docs" / "terms"
STEPS = {"year": 1, "quarter": 4, "month": 12}
OWN_PACE = {
    "cut_off": "the mine stops after the first quarter or month that fails, not after the year",
    "closure": "prices grow from month to month, not from year to year",
    "learning_curve": "what has been learnt grows within the year",
    "stockpile": "a pile that is eaten up within a year blends its grade period by period",
}
"""Why a year is not the sum of its parts."""


@cache
def example(kind: str, step: str = "year") -> Model:
    data: dict[str, Any] = read_source(DOCS / f"{kind}.yaml").data
    assert data["timeline"].get("step", "year") == "year", "examples are annual"
    data["timeline"] |= {"step": step, "periods": data["timeline"]["periods"] * STEPS[step]}
    return build(Deal.model_validate(data, context={"currency": data.get("currency", "USD")}))


@pytest.mark.parametrize("kind", sorted(terms()))
def test_the_workbook_recalculates_to_the_same_figures(kind: str, tmp_path: Path) -> None:
    model = example(kind)
    path = tmp_path / "deal.xlsx"
    writer = Writer(model)
    writer.save(path, cached=False)
    found = formualizer_values(path)
    wrong = [
        (sheet, cell, found[sheet, cell], expected)
        for sheet, cells in writer.values.items()
        for cell, expected in cells.items()
        if found[sheet, cell] != expected
        and not (isinstance(expected, float) and abs(found[sheet, cell] - expected) <= 1e-9 * max(1.0, abs(expected)))
    ]
    assert wrong == []


@pytest.mark.parametrize("step", ["quarter", "month"])
@pytest.mark.parametrize("kind", sorted(terms()))
def test_shorter_periods(kind: str, step: str) -> None:
    """Every check holds, the kernel agrees with the arrays, and what a year brings in is the same in parts."""
    model, annual = example(kind, step), example(kind)
    assert [check.name for check in model.checks if not check.passed] == []
    names = [f"party.{party}.cash" for party in model.parties]
    compiled = kernel.evaluate(model.graph, {}, names)
    for name in names:
        np.testing.assert_allclose(np.ravel(compiled.rows[name]), model.run.single(name), rtol=1e-9, atol=1e-9)
    for name in ("party.venture.revenue", "party.venture.capex"):
        if name in annual.graph.rows and kind not in OWN_PACE:
            by_year = model.run.single(name).reshape(-1, STEPS[step]).sum(axis=1)
            np.testing.assert_allclose(by_year, annual.run.single(name), rtol=1e-9, atol=1e-9)


NOT_MONEY = ("x", "%", "1", "t", "oz", "lb")
INDICES = ("carry.index",)
"""What a balance in nominal money has grown by, in the model's money."""


@pytest.mark.parametrize("step", ["year", "half"])
@pytest.mark.parametrize("kind", sorted(terms()))
def test_real_is_nominal_deflated(kind: str, step: str) -> None:
    """The same deal in real and in nominal money: every party's cash, at the price index, and all that is not money (terms.md 0.6)."""
    found = {}
    for basis in ("real", "nominal"):
        data: dict[str, Any] = read_source(DOCS / f"{kind}.yaml").data
        data |= {"basis": basis, "inflation": 0.12}
        data["timeline"] |= {"step": step, "periods": data["timeline"]["periods"] * (2 if step == "half" else 1)}
        found[basis] = build(Deal.model_validate(data, context={"currency": data.get("currency", "USD")}))
    real, nominal = found["real"], found["nominal"]
    index = 1.12 ** np.array(real.graph.timeline.since(real.deal.base_month))
    for party in (*real.parties, "customers", "suppliers", "banks"):
        name = f"party.{party}.cash"
        if name in real.graph.rows:
            np.testing.assert_allclose(
                real.run.single(name) * index, nominal.run.single(name), rtol=1e-9, atol=1e-7, err_msg=party
            )
    for name in (name for name, row in real.graph.rows.items() if row.unit in NOT_MONEY and name not in INDICES):
        np.testing.assert_allclose(real.run.single(name), nominal.run.single(name), rtol=1e-9, atol=1e-7, err_msg=name)


SCALE = {"USD": 2.0, "USDm": 2.0} | dict.fromkeys(("t", "lb", "oz", "g", "wmt"), 3.0)


def scaled(unit: Unit) -> float:
    """What a figure of a unit is multiplied by where money is worth half, and masses are counted in thirds."""
    return prod(SCALE.get(symbol, 1.0) ** power for symbol, power in unit.powers)


@pytest.mark.parametrize("kind", sorted(terms()))
def test_every_row_is_in_its_unit(kind: str) -> None:
    """With all money doubled and all masses trebled, each row follows as its unit says: no number hides in a formula."""
    model = example(kind)
    graph = model.graph
    changes = {
        name: np.reshape(given.value, (1, -1)) * scaled(unit(given.unit))
        for name, given in graph.params.items()
        if given.source != "solved"
    }
    found = arrays.evaluate(graph, changes)
    for name in graph.rows:
        expected = model.run.single(name) * scaled(graph.units[name])
        size = max(1.0, float(np.abs(expected).max()))
        np.testing.assert_allclose(np.ravel(found.rows[name]), expected, rtol=1e-7, atol=1e-7 * size, err_msg=name)


def later(data: Any, years: int) -> Any:
    """A deal file's data with every date so many years later."""
    if isinstance(data, dict):
        return {later(key, years): later(value, years) for key, value in data.items()}
    if isinstance(data, list):
        return [later(value, years) for value in data]
    if isinstance(data, int) and 2020 <= data < 2060:
        return data + years
    if isinstance(data, str) and re.fullmatch(r"20[2-5]\d(-\d\d)?", data):
        return f"{int(data[:4]) + years}{data[4:]}"
    return data


@pytest.mark.parametrize("kind", sorted(terms()))
def test_the_calendar_does_not_matter(kind: str) -> None:
    """A deal three years later is the same deal."""
    data: dict[str, Any] = read_source(DOCS / f"{kind}.yaml").data | {"basis": "real", "inflation": 0.05}
    now, then = (build(Deal.model_validate(one, context={"currency": "USD"})) for one in (data, later(data, 3)))
    assert set(now.graph.rows) == set(then.graph.rows)
    for name in now.graph.rows:
        np.testing.assert_allclose(now.run.single(name), then.run.single(name), rtol=1e-9, atol=1e-9, err_msg=name)
