"""Random graphs: every operation, lags, leads, totals and windows, loops forwards and backwards, all numbers bounded."""

from __future__ import annotations

from hypothesis import strategies as st

from jvmodel.graph import (
    Block,
    ClosedGraph,
    Expr,
    Given,
    Graph,
    delay,
    exp_,
    flag,
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
)  # fmt: skip
from jvmodel.graph.expression import Op, Ref
from jvmodel.timeline import Month, Step, Timeline

numbers = st.integers(-40, 40).map(lambda number: number / 4)


def _bounded(graph: Graph, formula: Expr) -> Expr:
    top = graph.given(Given("limit", "Limit", 50.0))
    return max_(min_(formula, top), 0 - top)


@st.composite
def closed_graphs(draw: st.DrawFn) -> ClosedGraph:
    """A closed graph with scalar inputs a0.., series s0.., and rows b.r0.. that use one another."""
    periods = draw(st.integers(2, 7))
    graph = Graph(Timeline(Month(2027), Step.YEAR, periods))
    block = Block(graph, "b")
    inputs: list[Expr] = [graph.given(Given(f"a{n}", f"Input {n}", draw(numbers))) for n in range(3)]
    for n in range(2):
        values = tuple(draw(st.lists(numbers, min_size=periods, max_size=periods)))
        inputs.append(graph.given(Given(f"s{n}", f"Series {n}", values)))
    scalars = inputs[:3]
    window = graph.given(Given("window", "Window", draw(st.integers(0, 20)) / 4))
    rows: list[Ref] = [block.define("r0", "Row 0", inputs[3] + inputs[0])]
    for n in range(1, draw(st.integers(3, 12))):
        name = f"r{n}"
        kind = draw(st.sampled_from(["plain"] * 4 + ["pool", "worth", "trailing", "delay", "total", "lag", "lead"]))
        one = draw(st.sampled_from(rows))
        if kind == "plain":
            formula = _operation(draw, graph, inputs + rows)
        elif kind == "pool":
            before, part = lag(block.ref(name), draw(st.sampled_from(scalars))), block.ref(f"{name}_used")
            block.define(f"{name}_used", "Used", min_(max_(before, 0), max_(one, 0)))
            formula = _bounded(graph, before + max_(0 - one, 0) - part)
        elif kind == "worth":
            formula = (one + lead(block.ref(name), draw(st.sampled_from(scalars)))) / graph.given(Given("rate", "Rate", 1.5))
        elif kind == "trailing":
            formula = trailing(one, window)
        elif kind == "delay":
            formula = delay(one, window)
        elif kind == "total":
            formula = _bounded(graph, one.total + inputs[1])
        elif kind == "lag":
            formula = lag(block.define(f"{name}_of", "Of", one), draw(st.sampled_from(scalars)))
        else:
            formula = lead(block.define(f"{name}_of", "Of", one), draw(st.sampled_from(scalars)))
        rows.append(block.define(name, f"Row {n}", formula))
    return graph.close()


def _operation(draw: st.DrawFn, graph: Graph, operands: list[Expr]) -> Expr:
    a, b, c = (draw(st.sampled_from(operands)) for _ in range(3))
    make = draw(
        st.sampled_from(
            [
                lambda: a + b,
                lambda: a - b,
                lambda: a - (b - c),
                lambda: _bounded(graph, a * b),
                lambda: a * (b + c) - a,
                lambda: a / graph.given(Given("two", "Two", 2.0)),
                lambda: min_(a, b, c),
                lambda: max_(a, b),
                lambda: where(a > b, b, c),
                lambda: ratio(_bounded(graph, a), b, c),
                lambda: ratio(a - b, 1 + max_(c, 0)),
                lambda: flag(a <= b) - flag(a < c) + flag(b >= c),
                lambda: power(1 + max_(_bounded(graph, a), 0), 1),
                lambda: exp_(min_(a, 1)),
                lambda: log_(1 + max_(a, 0)),
                lambda: Op("floor", (a,)),
                lambda: normal_(_bounded(graph, a)),
                lambda: 0 - a * b,
            ]
        )
    )
    return _bounded(graph, make())
