"""All readings of a graph agree: arrays, a slow reading of one cell at a time, the kernel, and Excel."""

from __future__ import annotations

import math
from pathlib import Path
from typing import Any

import numpy as np
import pytest
from hypothesis import HealthCheck, given, settings
from openpyxl import Workbook
from random_graphs import closed_graphs
from recalculate import formualizer_values, libreoffice_values

from jvmodel.backends import arrays, kernel
from jvmodel.backends.excel import CONSTANT, FIRST, NUMBERS, OPENING, Layout
from jvmodel.graph import OPS, ClosedGraph, Const, Expr, Lag, Lead, Op, Param, Ref, Total

FULL = settings(max_examples=150, suppress_health_check=[HealthCheck.too_slow, HealthCheck.data_too_large])
SOME = settings(FULL, max_examples=40)
FEW = settings(FULL, max_examples=6)
PLAIN = {
    "add": lambda a, b: a + b, "sub": lambda a, b: a - b, "mul": lambda a, b: a * b, "div": lambda a, b: a / b,
    "min": min, "max": max, "where": lambda a, b, c: b if a else c, "ratio": lambda a, b, c: a / b if b else c,
    "power": lambda a, b: a**b, "lt": lambda a, b: float(a < b), "le": lambda a, b: float(a <= b),
    "gt": lambda a, b: float(a > b), "ge": lambda a, b: float(a >= b), "exp": math.exp, "log": math.log, "floor": math.floor,
    "normal": lambda a: math.erfc(-a / math.sqrt(2)) / 2,
}  # fmt: skip


class Slow:
    """One cell at a time, on demand: the definition of what a formula means, in plain Python."""

    def __init__(self, graph: ClosedGraph) -> None:
        self.graph, self.found = graph, {}

    def cell(self, name: str, t: int) -> float:
        if (name, t) not in self.found:
            self.found[name, t] = self.value(self.graph.rows[name].formula, t)
        return self.found[name, t]

    def value(self, formula: Expr, t: int) -> float:
        periods = self.graph.timeline.periods
        if isinstance(formula, Const):
            return formula.value
        if isinstance(formula, Param):
            value = self.graph.params[formula.name].value
            return value[t] if isinstance(value, tuple) else value
        if isinstance(formula, Ref):
            return self.cell(formula.name, t)
        if isinstance(formula, Lag):
            return self.cell(formula.name, t - 1) if t else self.value(self.graph.openings[formula.name], 0)
        if isinstance(formula, Lead):
            return self.cell(formula.name, t + 1) if t < periods - 1 else self.value(self.graph.endings[formula.name], 0)
        if isinstance(formula, Total):
            return sum(self.cell(formula.name, s) for s in range(periods))
        assert isinstance(formula, Op)
        if OPS[formula.name].windowed:
            row, count = formula.args
            length = max(self.value(count, t), 0.0)
            ages = range(t + 1)
            if formula.name == "trailing":
                weights = [min(max(length - age, 0), 1) for age in ages]
            else:
                weights = [max(0, 1 - abs(length - age)) for age in ages]
            return sum(self.cell(row.name, t - age) * weight for age, weight in zip(ages, weights, strict=True))
        return PLAIN[formula.name](*(self.value(operand, t) for operand in formula.args))


def test_every_operation_is_in_every_table() -> None:
    windowed = {name for name, operation in OPS.items() if operation.windowed}
    assert set(OPS) == set(arrays.FUNCTIONS) | windowed == set(PLAIN) | windowed
    assert sorted(operation.code for operation in OPS.values()) == list(range(1, len(OPS) + 1))


@FULL
@given(closed_graphs())
def test_arrays_is_what_formulas_mean(graph: ClosedGraph) -> None:
    run, slow = arrays.evaluate(graph), Slow(graph)
    for name in graph.rows:
        expected = [slow.cell(name, t) for t in range(graph.timeline.periods)]
        assert run.single(name) == pytest.approx(expected, rel=1e-9, abs=1e-9), name


@SOME
@given(closed_graphs())
def test_kernel_is_arrays(graph: ClosedGraph) -> None:
    random = np.random.default_rng(3)
    changes = {name: graph.params[name].value + random.integers(-8, 8, 300) / 4 for name in ("a0", "a1")}
    changes["s0"] = np.array(graph.params["s0"].value) + random.integers(-8, 8, (300, graph.timeline.periods)) / 4
    if "window" in graph.params:
        changes["window"] = np.maximum(graph.params["window"].value + random.integers(-2, 3, 300) / 4, 0.0)
    changes["a2"] = np.array(1.25)
    expected = arrays.evaluate(graph, changes)
    names = list(graph.rows)
    for threads in (1, 2):
        found = kernel.evaluate(graph, changes, names, names, threads)
        for name in names:
            assert found.rows[name] == pytest.approx(expected[name], rel=1e-9, abs=1e-9), name
            assert found.totals[name] == pytest.approx(expected[name].sum(axis=1), rel=1e-9, abs=1e-9), name


def test_threads_do_not_change_a_bit() -> None:
    from small import small

    model = small({"kind": "other_revenue", "amount": 3.0}, {"kind": "incorporated_venture", "interests": {"ann": "100%"}})
    draws = {"terms.t0.amount.flat": np.random.default_rng(1).uniform(0, 9, 5000)}
    found = [kernel.evaluate(model.graph, draws, ["party.ann.cash"], [], threads).rows["party.ann.cash"] for threads in (1, 2, 5)]
    assert (found[0] == found[1]).all()
    assert (found[0] == found[2]).all()


def test_few_scenarios_go_to_arrays() -> None:
    from small import small

    model = small({"kind": "other_revenue", "amount": 3.0}, {"kind": "incorporated_venture", "interests": {"ann": "100%"}})
    draws = {"terms.t0.amount.flat": np.array([1.0, 2.0])}
    found = kernel.choose(model.graph, draws, ["party.ann.cash"], ["party.ann.cash"])
    assert found.rows["party.ann.cash"].tolist() == [[1] * 4, [2] * 4]
    assert found.totals["party.ann.cash"].tolist() == [4, 8]


def write(graph: ClosedGraph, path: Path) -> dict[tuple[str, str], float]:
    """The bare graph as a workbook, and what each formula must give."""
    layout, book, run = Layout.of(graph), Workbook(), arrays.evaluate(graph)
    book.remove(book.worksheets[0])
    for title in dict.fromkeys([place.sheet for place in (*layout.inputs.values(), *layout.rows.values())]):
        sheet = book.create_sheet(title)
        for t in range(layout.periods):
            sheet.cell(NUMBERS, FIRST + t, t + 1)
    for name, place in layout.inputs.items():
        value = graph.params[name].value
        for t, number in enumerate(value if isinstance(value, tuple) else (value,)):
            book[place.sheet].cell(place.row, (FIRST if isinstance(value, tuple) else CONSTANT) + t, number)
    expected: dict[tuple[str, str], float] = {}

    def put(name: str, column: int, formula: str | None, value: Any) -> None:
        if formula is not None:
            cell = book[layout.rows[name].sheet].cell(layout.rows[name].row, column, formula)
            expected[layout.rows[name].sheet, cell.coordinate] = float(value)

    for name in graph.rows:
        values = run.single(name)
        for t in range(layout.periods):
            put(name, FIRST + t, layout.formula(name, t), values[t])
        kind = graph.total_kind(name)
        put(name, CONSTANT, layout.total(name), values.sum() if kind == "sum" else values[-1])
        if name in graph.openings:
            put(name, OPENING, layout.opening(name), arrays.outside(run, graph.openings[name]))
        if name in graph.endings:
            put(name, layout.last + 1, layout.ending(name), arrays.outside(run, graph.endings[name]))
    book.save(path)
    return expected


@SOME
@given(graph=closed_graphs())
def test_excel_is_arrays_by_formualizer(graph: ClosedGraph, tmp_path_factory: pytest.TempPathFactory) -> None:
    path = tmp_path_factory.mktemp("graph") / "graph.xlsx"
    expected = write(graph, path)
    found = formualizer_values(path)
    for cell, value in expected.items():
        assert found[cell] == pytest.approx(value, rel=1e-9, abs=1e-9), cell


@pytest.mark.slow
@FEW
@given(graph=closed_graphs())
def test_excel_is_arrays_by_libreoffice(graph: ClosedGraph, tmp_path_factory: pytest.TempPathFactory) -> None:
    path = tmp_path_factory.mktemp("graph") / "graph.xlsx"
    expected = write(graph, path)
    found = libreoffice_values(path)[path]
    for cell, value in expected.items():
        assert found[cell] == pytest.approx(value, rel=1e-9, abs=1e-9), cell
