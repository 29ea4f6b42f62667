"""The tape: fused instructions by hand and bit for bit, registers, tapes kept, and a tape that serves sliders."""

from __future__ import annotations

import math
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor

import numpy as np
import pytest
from hypothesis import HealthCheck, given, settings
from random_graphs import closed_graphs
from small import small

from jvmodel.backends import arrays, fusing, kernel, tape
from jvmodel.backends.fusing import Instruction
from jvmodel.backends.lowering import LEAF, Lowering, Node
from jvmodel.backends.tape import compile_tape
from jvmodel.errors import RunError
from jvmodel.graph import OPS, ClosedGraph, Expr, Given, Graph, max_, min_, ratio, where
from jvmodel.graph.expression import Op
from jvmodel.timeline import Month, Step, Timeline

NUMBERS = {"x": -1.7, "y": 2.3, "z": 0.6, "w": -3.1}
"""Inputs that vary"""
FIXED = {"c": 1.9, "d": 0.7}

FORMULAS: dict[str, tuple[int, Callable[..., Expr], Callable[..., float]]] = {
    "sum of two": (OPS["add"].code, lambda x, y, z, w, c, d: x + y, lambda x, y, z, w, c, d: x + y),
    "difference": (OPS["sub"].code, lambda x, y, z, w, c, d: x - y, lambda x, y, z, w, c, d: x - y),
    "negative": (fusing.SCALE, lambda x, y, z, w, c, d: 0 - x, lambda x, y, z, w, c, d: -x),
    "constant first": (fusing.SUM + 1, lambda x, y, z, w, c, d: c - x * d, lambda x, y, z, w, c, d: c - x * d),
    "two terms": (fusing.SUM + 2, lambda x, y, z, w, c, d: x * c - y, lambda x, y, z, w, c, d: x * c - y),
    "three terms": (fusing.SUM + 3, lambda x, y, z, w, c, d: x - (y + z), lambda x, y, z, w, c, d: x - (y + z)),
    "four terms": (fusing.SUM + 4, lambda x, y, z, w, c, d: x - (y - (c + z)) + w * d, lambda x, y, z, w, c, d: x - (y - (c + z)) + w * d),
    "floored": (fusing.SUM_FLOORED + 1, lambda x, y, z, w, c, d: max_(c - x, 0), lambda x, y, z, w, c, d: c - x),
    "floored at nil": (fusing.SUM_FLOORED + 2, lambda x, y, z, w, c, d: max_(x - y, 0), lambda x, y, z, w, c, d: 0.0),
    "floored, three": (fusing.SUM_FLOORED + 3, lambda x, y, z, w, c, d: max_(x + y - w, 0), lambda x, y, z, w, c, d: x + y - w),
    "floored, four": (fusing.SUM_FLOORED + 4, lambda x, y, z, w, c, d: max_(x + y + z - w, 0), lambda x, y, z, w, c, d: x + y + z - w),
    "scaled": (fusing.SCALE, lambda x, y, z, w, c, d: c * x, lambda x, y, z, w, c, d: c * x),
    "product": (fusing.PRODUCT, lambda x, y, z, w, c, d: x * y * z, lambda x, y, z, w, c, d: x * y * z),
    "product scaled": (fusing.PRODUCT_SCALED, lambda x, y, z, w, c, d: x * y * c, lambda x, y, z, w, c, d: x * y * c),
    "scaled product": (fusing.SCALED_PRODUCT, lambda x, y, z, w, c, d: y * (x * c), lambda x, y, z, w, c, d: x * c * y),
    "divide": (fusing.DIVIDE, lambda x, y, z, w, c, d: x / c, lambda x, y, z, w, c, d: x / c),
    "product divide": (fusing.PRODUCT_DIVIDE, lambda x, y, z, w, c, d: x * y / c, lambda x, y, z, w, c, d: x * y / c),
    "scaled divide": (fusing.SCALED_DIVIDE, lambda x, y, z, w, c, d: x * c / d, lambda x, y, z, w, c, d: x * c / d),
    "divide scaled": (fusing.DIVIDE_SCALED, lambda x, y, z, w, c, d: x / c * d, lambda x, y, z, w, c, d: x / c * d),
    "at least": (fusing.AT_LEAST, lambda x, y, z, w, c, d: max_(x, c), lambda x, y, z, w, c, d: c),
    "at most": (fusing.AT_MOST, lambda x, y, z, w, c, d: min_(c, x), lambda x, y, z, w, c, d: x),
    "lesser at least": (fusing.LESSER_AT_LEAST, lambda x, y, z, w, c, d: max_(min_(x, y), 0), lambda x, y, z, w, c, d: 0.0),
    "at least scaled": (fusing.AT_LEAST_SCALED, lambda x, y, z, w, c, d: c * max_(y, 0), lambda x, y, z, w, c, d: c * y),
    "at least times": (fusing.AT_LEAST_TIMES, lambda x, y, z, w, c, d: x * max_(y, d), lambda x, y, z, w, c, d: x * y),
    "quotient": (fusing.QUOTIENT, lambda x, y, z, w, c, d: ratio(x, y, c), lambda x, y, z, w, c, d: x / y),
    "lesser difference": (fusing.LESSER_DIFFERENCE, lambda x, y, z, w, c, d: min_(x, y - z), lambda x, y, z, w, c, d: x),
    "lesser scaled": (fusing.LESSER_SCALED, lambda x, y, z, w, c, d: min_(x, w * c), lambda x, y, z, w, c, d: w * c),
}  # fmt: skip
"""Formula, the one instruction that it becomes, and the value by plain arithmetic in the same order of steps."""


def graph_of(formula: Callable[..., Expr]) -> ClosedGraph:
    graph = Graph(Timeline(Month(2027), Step.YEAR, 1))
    operands = [graph.given(Given(name, name, value)) for name, value in (NUMBERS | FIXED).items()]
    graph.define("row", "Row", formula(*operands), block="b")
    return graph.close()


@pytest.mark.parametrize("name", FORMULAS)
def test_a_formula_is_one_instruction(name: str) -> None:
    code, formula, plain = FORMULAS[name]
    graph = graph_of(formula)
    made = compile_tape(graph, dict.fromkeys(NUMBERS, 1), ["row"], [])
    assert made.code[:, 0].tolist() == [code, fusing.EMIT]
    inputs = {input_: np.array([[value], [value]]) for input_, value in NUMBERS.items()}
    assert kernel.run(made, inputs, 2).tolist() == [[plain(**NUMBERS, **FIXED)] * 2]


def test_every_instruction_is_tried() -> None:
    known = {value for key, value in vars(fusing).items() if key.isupper() and isinstance(value, int) and value > 28}
    sums = {base + terms for base in (fusing.SUM, fusing.SUM_FLOORED) for terms in range(1, fusing.TERMS + 1)}
    assert {code for code, *_ in FORMULAS.values()} >= known | sums


def test_a_quotient_by_nil() -> None:
    graph = graph_of(lambda x, y, z, w, c, d: ratio(x, y, c))
    assert kernel.evaluate(graph, {"y": np.array([0.0, 2.0])}, ["row"]).rows["row"].tolist() == [[1.9], [-0.85]]


@pytest.mark.parametrize(
    ("formula", "same"),
    [
        (lambda x, y, z, w, c, d: 0 - (0 - x), lambda x, y, z, w, c, d: x),
        (lambda x, y, z, w, c, d: x + (0 - y), lambda x, y, z, w, c, d: x - y),
        (lambda x, y, z, w, c, d: (0 - y) + x, lambda x, y, z, w, c, d: x - y),
        (lambda x, y, z, w, c, d: x - (0 - y), lambda x, y, z, w, c, d: x + y),
        (lambda x, y, z, w, c, d: 0 - (x - y), lambda x, y, z, w, c, d: y - x),
        (lambda x, y, z, w, c, d: x * y + y * x, lambda x, y, z, w, c, d: x * y + x * y),
        (lambda x, y, z, w, c, d: where(x > y, z, z), lambda x, y, z, w, c, d: z),
        (lambda x, y, z, w, c, d: where(x > y, 1, 0), lambda x, y, z, w, c, d: x > y),
        (lambda x, y, z, w, c, d: max_(max_(x, 0), 0), lambda x, y, z, w, c, d: max_(x, 0)),
        (lambda x, y, z, w, c, d: max_(x > y, 0), lambda x, y, z, w, c, d: x > y),
        (lambda x, y, z, w, c, d: x - x + y, lambda x, y, z, w, c, d: y),
        (lambda x, y, z, w, c, d: ratio(x, c, 0), lambda x, y, z, w, c, d: x / c),
        (lambda x, y, z, w, c, d: Op("power", (x, as_one(x))), lambda x, y, z, w, c, d: x),
    ],
)  # fmt: skip
def test_algebra_leaves_less_to_do(formula: Callable[..., Expr], same: Callable[..., Expr]) -> None:
    one, other = (compile_tape(graph_of(each), dict.fromkeys(NUMBERS, 1), ["row"], []) for each in (formula, same))
    assert one.code[:, 0].tolist() == other.code[:, 0].tolist()
    assert one.numbers.tolist() == other.numbers.tolist()
    inputs = {name: np.array([[value], [-value]]) for name, value in NUMBERS.items()}
    assert (kernel.run(one, inputs, 2) == kernel.run(other, inputs, 2)).all()


def as_one(_: Expr) -> Expr:
    from jvmodel.graph.expression import as_expr

    return as_expr(1)


def unfused(lowering: Lowering, wanted: list[Node]) -> list[Instruction]:
    """Every node as an instruction of its own."""
    return [Instruction(code, node, lowering.args[node]) for node, code in enumerate(lowering.code) if code != LEAF]


@settings(max_examples=60, suppress_health_check=[HealthCheck.too_slow, HealthCheck.data_too_large])
@given(closed_graphs())
def test_fusing_changes_no_bit(graph: ClosedGraph) -> None:
    random = np.random.default_rng(5)
    inputs = {name: np.array([graph.params[name].value]) + random.normal(size=(70, 1)) for name in ("a0", "a1", "a2")}
    inputs["s0"] = np.array([graph.params["s0"].value]) + random.normal(size=(70, graph.timeline.periods))
    varying = {name: values.shape[1] for name, values in inputs.items()}
    made = compile_tape(graph, varying, list(graph.rows), list(graph.rows))
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(tape, "fused", unfused)
        plain = compile_tape(graph, varying, list(graph.rows), list(graph.rows))
    assert len(made.code) <= len(plain.code)
    found, expected = (kernel.run(one, inputs, 70) for one in (made, plain))
    assert (found == expected).all()  # bits, but for the sign of nil


def test_no_instruction_writes_what_it_reads() -> None:
    model = small({"kind": "other_revenue", "amount": 3.0}, {"kind": "incorporated_venture", "interests": {"ann": "100%"}})
    made = compile_tape(model.graph, {"terms.t0.amount.flat": 1, "discount_rate": 1}, ["party.ann.cash"], ["party.ann.value"])
    fixed = len(made.constants) + len(made.inputs)
    for code, target, *operands, _ in made.code.tolist():
        if code != fusing.EMIT:
            assert target >= fixed
            assert target not in operands


def test_a_width_of_blocks_changes_no_bit(monkeypatch: pytest.MonkeyPatch) -> None:
    model = small({"kind": "other_revenue", "amount": 3.0}, {"kind": "incorporated_venture", "interests": {"ann": "100%"}})
    draws = {"terms.t0.amount.flat": np.random.default_rng(1).uniform(0, 9, 1001)}
    expected = kernel.evaluate(model.graph, draws, ["party.ann.cash"]).rows["party.ann.cash"]
    monkeypatch.setattr(kernel, "CACHE", 1)
    monkeypatch.setattr(kernel, "PART", 100)
    found = kernel.evaluate(model.graph, draws, ["party.ann.cash"], threads=2).rows["party.ann.cash"]
    assert (found == expected).all()


def two_inputs() -> ClosedGraph:
    return graph_of(lambda x, y, z, w, c, d: x * c + y)


def test_a_tape_is_kept_for_its_question_alone() -> None:
    graph = two_inputs()
    x = np.array([1.0, 2.0])
    first = kernel.tape_for(graph, {"x": 1}, ["row"], [])
    assert kernel.tape_for(graph, {"x": 1}, ["row"], []) is first
    others = [
        kernel.tape_for(graph, {"x": 1, "y": 1}, ["row"], []), kernel.tape_for(graph, {"x": 1}, [], ["row"]),
        kernel.tape_for(graph, {"x": 1}, ["row"], [], {"c": 5.0}), kernel.tape_for(graph, {"x": 1}, ["row"], [], {"c": 6.0}),
    ]  # fmt: skip
    assert all(one is not first for one in others)
    for c in (5.0, 6.0, 5.0):
        found = kernel.evaluate(graph, {"x": x, "c": c, "y": 0.5}, ["row"])
        assert found.rows["row"][:, 0].tolist() == [c + 0.5, 2 * c + 0.5]


def test_threads_that_ask_alike_write_one_tape(monkeypatch: pytest.MonkeyPatch) -> None:
    graph, written = two_inputs(), []
    write = kernel.compile_tape
    monkeypatch.setattr(kernel, "compile_tape", lambda *question: written.append(question) or write(*question))
    with ThreadPoolExecutor(8) as pool:
        found = list(pool.map(lambda _: kernel.tape_for(graph, {"x": 1}, ["row"], []), range(40)))
    assert len(written) == 1
    assert all(one is found[0] for one in found)


def test_tapes_kept_are_few() -> None:
    graph = two_inputs()
    for number in range(3 * kernel.KEPT):
        kernel.evaluate(graph, {"x": np.array([1.0, 2.0]), "c": number}, ["row"])
    assert len(graph.kept["tapes"]) == kernel.KEPT


def test_a_question_asked_often_gets_a_tape_with_the_same_answers() -> None:
    graph = two_inputs()
    for number in range(2 * kernel.OFTEN):
        changes = {"x": number, "c": number / 2, "y": 0.25}
        found = kernel.choose(graph, changes, ["row"], ["row"])
        assert found.rows["row"].tolist() == [[number * number / 2 + 0.25]]
        assert found.totals["row"].tolist() == [number * number / 2 + 0.25]
    assert len(graph.kept["tapes"]) == 1


def test_a_scenario_that_fails_is_named_whoever_answers() -> None:
    graph = graph_of(lambda x, y, z, w, c, d: Op("log", (x,)) + c)
    message = "row 'row' (Row) is nan in 2027 (scenario 1); check the inputs it comes from: jvmodel explain DEAL row"
    for _ in range(2 * kernel.OFTEN):
        with pytest.raises(RunError) as caught:
            kernel.choose(graph, {"x": -1.0}, ["row"])
        assert str(caught.value) == message
    with pytest.raises(RunError) as caught:
        kernel.evaluate(graph, {"x": np.array([1.0, -1.0])}, ["row"])
    assert str(caught.value) == message
    assert kernel.choose(graph, {"x": math.e}, ["row"]).rows["row"].tolist() == [[2.9]]


def test_the_largest_deal_answers_alike() -> None:
    """Every party's cash of Kasanga, as arrays have it, with prices by the year and any number changed."""
    from jvmodel.dealfile import load
    from jvmodel.model import build

    graph = build(load("kasanga")).graph
    random = np.random.default_rng(2)
    rows = [name for name in graph.rows if name.startswith("party.") and name.endswith(".cash")]
    changes = {
        name: one.value * random.uniform(0.9, 1.1, (30, graph.timeline.periods if one.series else 1))
        for name, one in graph.params.items()
        if one.path and not name.startswith("time.")
    }
    found, expected = kernel.evaluate(graph, changes, rows), arrays.evaluate(graph, changes)
    for name in rows:
        assert found.rows[name] == pytest.approx(expected[name], rel=1e-11, abs=1e-9), name
