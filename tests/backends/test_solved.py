"""Solved numbers: one by bracketing, several by Newton, the same by arrays and kernel, and refused in words."""

from __future__ import annotations

import numpy as np
import pytest

from jvmodel.backends import arrays, kernel
from jvmodel.errors import RunError
from jvmodel.graph import ClosedGraph, Given, Graph, Ref, max_
from jvmodel.timeline import Month, Step, Timeline


def graph(*, bound: float = 100.0, two: bool = False) -> ClosedGraph:
    """x such that 3 periods of max(x - a, 0) add up to 30; and y such that y = x + 1 in every one of them."""
    made = Graph(Timeline(Month(2027), Step.YEAR, 3))
    a = made.given(Given("a", "A", 2.0, path="a"))
    target = made.given(Given("target", "Target", 10.0, path="target"))
    x = made.solve("x", "X", Ref("b.rest"), 0.0, bound, "give more room")
    made.define("b.part", "Part", max_(x - a, 0), block="b")
    made.define("b.rest", "Rest", Ref("b.part") - target, block="b")
    if two:
        y = made.solve("y", "Y", Ref("b.other"), 0.0, bound, "give more room")
        made.define("b.other", "Other", y - x - 1, block="b")
    return made.close()


def test_one_number_in_every_scenario() -> None:
    shifts = np.linspace(0, 5, 400)
    assert arrays.evaluate(graph()).inputs["x"][0, 0] == pytest.approx(12, abs=1e-12)
    by_arrays = arrays.evaluate(graph(), {"a": shifts})
    assert by_arrays.inputs["x"][:, 0] == pytest.approx(shifts + 10, abs=1e-12)
    by_kernel = kernel.evaluate(graph(), {"a": shifts}, ["b.part"])
    assert by_kernel.rows["b.part"] == pytest.approx(by_arrays["b.part"], abs=1e-12)


def test_two_numbers_at_once() -> None:
    found = arrays.evaluate(graph(two=True), {"a": np.array([0.0, 7.0])}).inputs
    assert found["x"][:, 0] == pytest.approx([10, 17], abs=1e-10)
    assert found["y"][:, 0] == pytest.approx([11, 18], abs=1e-10)


def test_a_scenario_without_a_slope_leaves_its_neighbours_alone() -> None:
    """y drops out where its weight is nil; x and y of the other scenario are what they are on their own."""
    made = Graph(Timeline(Month(2027), Step.YEAR, 1))
    weight = made.given(Given("weight", "Weight", 1.0, path="weight"))
    x = made.solve("x", "X", Ref("b.first"), 0.0, 20.0, "give more room")
    y = made.solve("y", "Y", Ref("b.second"), 0.0, 20.0, "give more room")
    made.define("b.first", "First", (x - 12) * (x + y), block="b")
    made.define("b.second", "Second", (y - 1) * y * weight, block="b")
    closed = made.close()
    alone = arrays.evaluate(closed).inputs
    assert [alone["x"][0, 0], alone["y"][0, 0]] == pytest.approx([12, 1], abs=1e-9)
    together = arrays.evaluate(closed, {"weight": np.array([1.0, 0.0])}).inputs
    assert together["y"][0, 0] == alone["y"][0, 0], "by turns, y would settle at nil, the other root"
    assert together["x"][0, 0] == alone["x"][0, 0]


def test_a_number_that_is_given_is_left_alone() -> None:
    assert arrays.evaluate(graph(), {"x": 5.0}).single("b.part") == pytest.approx([3, 3, 3])


def test_no_such_number_is_said() -> None:
    message = "'x' cannot be solved: Rest is -30 at 0 and -21 at 5 (scenario 1), never nil between; give more room"
    with pytest.raises(RunError, match="cannot be solved") as caught:
        arrays.evaluate(graph(bound=5.0))
    assert str(caught.value) == message


def test_a_slider_with_a_solved_number_gets_tapes() -> None:
    made = graph()
    for step in range(2 * kernel.OFTEN):
        found = kernel.choose(made, {"a": 0.5 * step}, ["b.part"], ["b.rest"])
        assert found.rows["b.part"][0] == pytest.approx([10] * 3, abs=1e-12)
        assert found.totals["b.rest"] == pytest.approx([0], abs=1e-12)
    assert len(made.kept["tapes"]) == 2, "one for the residual, one for the answer"
