"""Every term's example: its workbook recalculated, and the same deal by quarters and by months."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import numpy as np
import pytest
from recalculate import formualizer_values

from jvmodel.backends import kernel
from jvmodel.deal import Deal
from jvmodel.dealfile.source import read_source
from jvmodel.model import Model, build
from jvmodel.report.workbook import Writer
from jvmodel.terms import terms

DOCS = Path(__file__).parent.parent / "docs" / "terms"
STEPS = {"year": 1, "quarter": 4, "month": 12}
OWN_PACE = {
    "cut_off": "the mine stops after the first quarter or month that fails, not after the year",
    "closure": "prices grow from month to month, not from year to year",
    "learning_curve": "what has been learnt grows within the year",
    "stockpile": "a pile that is eaten up within a year blends its grade period by period",
}
"""Why a year is not the sum of its parts."""


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
