"""Formulas in words, as a table of formula and text; and the trace of a number to its inputs."""

from __future__ import annotations

from collections.abc import Callable

import pytest

from jvmodel.backends.arrays import evaluate
from jvmodel.backends.words import as_text, in_words, sentence, trace
from jvmodel.graph import (
    OPS,
    Block,
    Expr,
    Given,
    Graph,
    Ref,
    delay,
    exp_,
    lag,
    lead,
    log_,
    max_,
    min_,
    normal_,
    power,
    ratio,
    trailing,
    where,
)
from jvmodel.graph.expression import Op
from jvmodel.timeline import Month, Step, Timeline

Make = Callable[[Expr, Expr, Expr], Expr]
WORDS: dict[str, Make] = {
    "Ore + Waste": lambda a, b, n: a + b,
    "Ore − (Waste − Ore)": lambda a, b, n: a - (b - a),
    "(Ore + Waste) × Years": lambda a, b, n: (a + b) * n,
    "Ore ÷ Years": lambda a, b, n: a / n,
    "the lesser of Ore and Waste": lambda a, b, n: min_(a, b),
    "the greater of Ore and Waste": lambda a, b, n: max_(a, b),
    "Ore − Waste, at least 0": lambda a, b, n: max_(a - b, 0),
    "−Ore": lambda a, b, n: -a,
    "Ore if Ore is less than Waste, otherwise Waste": lambda a, b, n: where(a < b, a, b),
    "Ore ÷ Waste (0 when the divisor is nil)": lambda a, b, n: ratio(a, b),
    "Ore ÷ (Waste × Years) (0 when the divisor is nil)": lambda a, b, n: ratio(a, b * n),
    "1 if Ore is at most Waste, otherwise 0": lambda a, b, n: where(a <= b, 1, 0),
    "1 if Ore is more than Waste, otherwise 0": lambda a, b, n: where(a > b, 1, 0),
    "1 if Ore is at least Waste, otherwise 0": lambda a, b, n: where(a >= b, 1, 0),
    "Years to the power of Years": lambda a, b, n: power(n, n),
    "e to the power of Years": lambda a, b, n: exp_(n),
    "the natural logarithm of Years": lambda a, b, n: log_(n),
    "the chance that a standard normal number is below Years": lambda a, b, n: normal_(n),
    "Years rounded down": lambda a, b, n: Op("floor", (n,)),
    "the sum of Ore over the last Years periods": lambda a, b, n: trailing(a, n),
    "Ore of Years periods earlier": lambda a, b, n: delay(a, n),
    "Ore of the period before": lambda a, b, n: lag(a),
    "Ore of the next period": lambda a, b, n: lead(a),
    "Ore over all periods": lambda a, b, n: a.total,
}


def graph() -> tuple[Graph, Expr, Expr, Expr]:
    g = Graph(Timeline(Month(2027), Step.YEAR, 3))
    block = Block(g, "mine", "Mine")
    ore = block.define("ore", "Ore", g.given(Given("ore", "Ore given", (1.0, 2.0, 3.0), "t", "terms.mine.ore", "Study")))
    waste = block.define("waste", "Waste", ore + ore)
    return g, ore, waste, g.given(Given("years", "Years", 2.0))


@pytest.mark.parametrize("text", WORDS)
def test_words(text: str) -> None:
    g, ore, waste, years = graph()
    Block(g, "mine").define("it", "It", WORDS[text](ore, waste, years))
    closed = g.close()
    assert in_words(closed, closed.rows["mine.it"].formula, "mine") == text


def test_every_operation_has_words_here() -> None:
    _, ore, waste, years = graph()
    from jvmodel.graph.expression import walk

    used = {node.name for make in WORDS.values() for node in walk(make(ore, waste, years)) if isinstance(node, Op)}
    assert used == set(OPS)


def test_rows_of_other_blocks_are_named_with_their_heading() -> None:
    g, ore, _, _ = graph()
    Block(g, "sale", "Sale of copper").define("sold", "Sold", ore + ore)
    assert sentence(g.close(), "sale.sold") == "Sold = Ore (Mine) + Ore (Mine)"


def test_trace_ends_at_the_inputs() -> None:
    g, _ore, waste, years = graph()
    block = Block(g, "mine")
    block.define(
        "stock", "Stock", lag(block.ref("stock"), g.given(Given("start", "Stock at the start", 5.0, "t"))) + waste / years
    )
    run = evaluate(g.close())
    assert as_text(trace(run, "mine.stock", 1, 9)).split("\n") == [
        "Stock [2028] = 8 t  = Stock of the period before + Waste ÷ Years",
        "├─ Stock [2027] = 6 t  = Stock of the period before + Waste ÷ Years",
        "│  ├─ Stock [before the first period] = 5 t  = Stock at the start",
        "│  ├─ Waste [2027] = 2 t  = Ore + Ore",
        "│  │  └─ Ore [2027] = 1 t  = Ore given",
        "│  │     └─ Ore given [2027] = 1 t  (terms.mine.ore; Study)",
        "│  └─ Years = 2  (input)",
        "├─ Waste [2028] = 4 t  = Ore + Ore",
        "│  └─ Ore [2028] = 2 t  = Ore given",
        "│     └─ Ore given [2028] = 2 t  (terms.mine.ore; Study)",
        "└─ Years = 2  (input)",
    ]


def test_a_trace_names_rows_of_other_blocks_as_the_formula_does() -> None:
    g, ore, _waste, _years = graph()
    for name, title in (("north", "North pit"), ("south", "South pit")):
        g.heading(name, title)
        Block(g, name).define("sold", "Sold", ore + 0)
    Block(g, "all").define("sold", "Sold together", Ref("north.sold") + Ref("south.sold"))
    lines = as_text(trace(evaluate(g.close()), "all.sold", 0, 1)).split("\n")
    assert [line.split(" [")[0] for line in lines] == ["Sold together", "├─ Sold (North pit)", "└─ Sold (South pit)"]
