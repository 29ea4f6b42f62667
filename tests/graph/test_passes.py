"""Passes by strongly connected component, worked by hand."""

from __future__ import annotations

import numpy as np
import pytest

from jvmodel.backends.arrays import evaluate
from jvmodel.errors import GraphError, UnitError
from jvmodel.graph import Block, Direction, Expr, Given, Graph, Operand, Row, delay, lag, lead, max_, min_, trailing
from jvmodel.timeline import Month, Step, Timeline


class LossPool(Block):
    """Tax losses, carried forward and used against later profit."""

    opening = Row("Losses brought forward")
    added = Row("Loss of the period")
    used = Row("Losses used against profit")
    closing = Row("Losses carried forward")

    def formulas(self, profit: Expr, start: Operand = 0) -> Expr:
        self.opening = lag(self.closing, start)
        self.added = max_(-profit, 0)
        self.used = min_(self.opening, max_(profit, 0))
        self.closing = self.opening + self.added - self.used
        return self.used


def graph(periods: int = 4) -> Graph:
    return Graph(Timeline(Month(2027), Step.YEAR, periods))


def test_a_loss_pool_goes_forwards() -> None:
    g = graph()
    profit = g.given(Given("profit", "Profit", (-10.0, 4.0, 20.0, 3.0), "USDm"))
    LossPool(g, "losses").formulas(profit)
    closed = g.close()
    run = evaluate(closed)
    assert run.single("losses.used").tolist() == [0, 4, 6, 0]
    assert run.single("losses.closing").tolist() == [10, 6, 0, 0]
    assert str(closed.units["losses.opening"]) == "USDm"
    assert [one.direction for one in closed.passes if len(one.rows) > 1] == [Direction.FORWARD]


def test_present_value_of_what_is_to_come_goes_backwards() -> None:
    g = graph(3)
    block = Block(g, "value")
    cash = g.given(Given("cash", "Cash", (1.0, 2.0, 4.0), "USDm"))
    factor = g.given(Given("factor", "Factor", 0.5))
    block.define("worth", "Worth", (cash + lead(block.ref("worth"), g.given(Given("end", "End", 8.0, "USDm")))) * factor)
    run = evaluate(g.close())
    assert run.single("value.worth").tolist() == [2.5, 4.0, 6.0]


def test_windows_and_totals() -> None:
    g = graph(4)
    block = Block(g, "b")
    block.define("x", "x", g.given(Given("x", "x", (8.0, 0.0, 4.0, 0.0))))
    block.define("sum", "trailing", trailing(block.ref("x"), g.given(Given("n", "n", 2.5))))
    block.define("late", "delayed", delay(block.ref("x"), g.given(Given("d", "d", 1.25))))
    block.define("share", "share", block.ref("x") / g.given(Given("n", "n", 2.5)) + block.ref("x").total)
    run = evaluate(g.close(), {"n": np.array([2.5, 1.0])})
    assert run["b.sum"].tolist() == [[8, 8, 8, 4], [8, 0, 4, 0]]
    assert run["b.late"].tolist() == [[0, 6, 2, 3]] * 2
    assert run["b.share"].tolist()[0] == [15.2, 12, 13.6, 12]


@pytest.mark.parametrize(
    ("formulas", "message"),
    [
        (lambda b: {"a": b.ref("c") + 1, "c": b.ref("a")}, "in the same period: b.a -> b.c -> b.a. Break the loop with lag()"),
        (
            lambda b: {"a": lag(b.ref("c")), "c": lead(b.ref("a"))},
            "both their past and their future: b.a -> lag(b.c) -> lead(b.a)",
        ),
        (lambda b: {"a": b.ref("a").total}, "through a total over all periods: b.a -> total(b.a)"),
        (
            lambda b: {"a": b.ref("see") + 1, "seen": b.ref("a")},
            "row 'b.a' needs a row 'b.see' that has no formula; did you mean 'b.seen'?",
        ),
    ],
)
def test_loops_and_gaps_are_refused_with_their_path(formulas, message) -> None:  # type: ignore[no-untyped-def]
    g = graph()
    block = Block(g, "b")
    for name, formula in formulas(block).items():
        block.define(name, name, formula)
    with pytest.raises(GraphError) as refused:
        g.close()
    assert message in str(refused.value)


def test_units_are_checked_at_close() -> None:
    g = graph()
    block = Block(g, "b")
    price = g.given(Given("price", "Price", 9000.0, "USD/t"))
    tonnes = g.given(Given("tonnes", "Tonnes", 10.0, "t"))
    block.define("value", "Value", price * tonnes / g.conversion("USD", "USDm"), unit="USDm")
    g.close()
    block.define("wrong", "Wrong", price + tonnes)
    with pytest.raises(UnitError, match=r"row 'b.wrong' \(Wrong\): USD/t does not go with t"):
        g.close()


def test_a_python_if_on_a_formula_is_refused() -> None:
    condition = graph().given(Given("x", "x", 1.0)) > 0
    with pytest.raises(GraphError, match="use where"):
        bool(condition)
