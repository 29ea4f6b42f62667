"""Row and Block: how people write rows. What a row is stands in the class, how it is worked out in `formulas`."""

from __future__ import annotations

from typing import overload

from jvmodel.errors import GraphError
from jvmodel.graph.expression import Operand, Ref, as_expr
from jvmodel.graph.graph import Graph


class Row:
    """A line of the model: its label, and its unit where the formula alone does not tell.

    `total` says what the totals column shows: `sum`, `last`, `none`, or None to follow the unit.
    """

    def __init__(self, label: str, unit: str | None = None, total: str | None = None) -> None:
        self.label = label
        self.unit = unit
        self.total = total
        self.attribute = ""

    def __set_name__(self, owner: type[Block], name: str) -> None:
        self.attribute = name

    @overload
    def __get__(self, block: None, owner: type[Block]) -> Row: ...
    @overload
    def __get__(self, block: Block, owner: type[Block]) -> Ref: ...
    def __get__(self, block: Block | None, owner: type[Block]) -> Row | Ref:
        if block is None:
            return self
        return Ref(block.row_name(self.attribute))

    def __set__(self, block: Block, formula: Operand) -> None:
        block.graph.define(
            block.row_name(self.attribute), self.label, as_expr(formula), unit=self.unit, total=self.total, block=block.name
        )


class Block:
    """A group of rows under one heading: the docstring's first line, or the title given."""

    def __init__(self, graph: Graph, name: str, title: str | None = None) -> None:
        if not name:
            raise GraphError(f"a block of {type(self).__name__} needs a name")
        self.graph = graph
        self.name = name
        heading = title or (type(self).__doc__ or "").strip().split("\n")[0].rstrip(".")
        graph.heading(name, heading or name)

    def row_name(self, attribute: str) -> str:
        """The name of a row in the graph."""
        return f"{self.name}.{attribute}"

    def define(self, attribute: str, label: str, formula: Operand, unit: str | None = None, total: str | None = None) -> Ref:
        """A row that depends on data, such as one per partner or metal; returns the reference to it."""
        name = self.row_name(attribute)
        self.graph.define(name, label, as_expr(formula), unit=unit, total=total, block=self.name)
        return Ref(name)

    def ref(self, attribute: str) -> Ref:
        """A row of this block by its attribute, defined or yet to be."""
        return Ref(self.row_name(attribute))
