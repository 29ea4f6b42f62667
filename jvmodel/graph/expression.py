"""Formulas as values: constants, inputs, references to rows, and operations on them.

Arithmetic and comparison operators build formulas; `==` compares structure, it is not a formula. A formula has no truth
value: a Python `if` on one is refused with advice.
"""

from __future__ import annotations

import math
from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from typing import NoReturn, TypeAlias

from jvmodel.errors import GraphError
from jvmodel.graph.ops import OPS

Operand: TypeAlias = "Expr | float | int"
LITERALS = (0.0, 1.0, 12.0)
"""Numbers that may stand in a formula; all others are inputs with a name (design.md section 3)."""


class Expr:
    """A formula: one number per period, built from inputs and other rows."""

    __slots__ = ()

    def __add__(self, other: Operand) -> Expr:
        return Op("add", (self, as_expr(other)))

    def __radd__(self, other: Operand) -> Expr:
        return Op("add", (as_expr(other), self))

    def __sub__(self, other: Operand) -> Expr:
        return Op("sub", (self, as_expr(other)))

    def __rsub__(self, other: Operand) -> Expr:
        return Op("sub", (as_expr(other), self))

    def __mul__(self, other: Operand) -> Expr:
        return Op("mul", (self, as_expr(other)))

    def __rmul__(self, other: Operand) -> Expr:
        return Op("mul", (as_expr(other), self))

    def __truediv__(self, other: Operand) -> Expr:
        divisor = as_expr(other)
        if not isinstance(divisor, Param) and not (isinstance(divisor, Const) and divisor.value):
            raise GraphError("only an input that is positive may be divided by; use ratio(a, b, otherwise) for the rest")
        return Op("div", (self, divisor))

    def __rtruediv__(self, other: Operand) -> Expr:
        return as_expr(other) / self

    def __neg__(self) -> Expr:
        return Op("sub", (Const(0.0), self))

    def __lt__(self, other: Operand) -> Expr:
        return Op("lt", (self, as_expr(other)))

    def __le__(self, other: Operand) -> Expr:
        return Op("le", (self, as_expr(other)))

    def __gt__(self, other: Operand) -> Expr:
        return Op("gt", (self, as_expr(other)))

    def __ge__(self, other: Operand) -> Expr:
        return Op("ge", (self, as_expr(other)))

    def __bool__(self) -> NoReturn:
        raise GraphError("a formula is neither true nor false; use where(condition, a, b), or min_ and max_")

    @property
    def total(self) -> Expr:
        """The sum over all periods; only a row has one."""
        raise GraphError("only a row has a total; give the formula a row of its own first")


@dataclass(frozen=True, slots=True)
class Const(Expr):
    """A literal of the language of formulas: 0, 1 or 12."""

    value: float


@dataclass(frozen=True, slots=True)
class Param(Expr):
    """An input of the deal or a fact of the timeline, by name; the graph knows its value and unit."""

    name: str


@dataclass(frozen=True, slots=True)
class Ref(Expr):
    """A row in the same period."""

    name: str

    @property
    def total(self) -> Expr:
        """The sum of the row over all periods."""
        return Total(self.name)


@dataclass(frozen=True, slots=True)
class Lag(Expr):
    """A row one period earlier; before the first period, the row's opening value."""

    name: str


@dataclass(frozen=True, slots=True)
class Lead(Expr):
    """A row one period later; after the last period, the row's ending value."""

    name: str


@dataclass(frozen=True, slots=True)
class Total(Expr):
    """The sum of a row over all periods, the same number in every period."""

    name: str


@dataclass(frozen=True, slots=True)
class Op(Expr):
    """An operation of the table OPS on operands."""

    name: str
    args: tuple[Expr, ...]

    def __post_init__(self) -> None:
        operation = OPS[self.name]
        if len(self.args) != operation.arity:
            raise GraphError(f"{self.name} takes {operation.arity} operands, not {len(self.args)}")
        if operation.windowed and not isinstance(self.args[0], Ref):
            raise GraphError(f"{self.name} looks at earlier periods of a row; give its first operand a row of its own")


@dataclass(frozen=True, slots=True)
class Bounded(Expr):
    """A lag or lead together with the value outside the timeline; the graph keeps the value and puts the plain node."""

    node: Lag | Lead
    outside: Expr


def as_expr(value: Operand) -> Expr:
    """A formula for a literal; numbers other than 0, 1 and 12 are refused, as they belong on the Inputs sheet."""
    if isinstance(value, Expr):
        return value
    number = float(value)
    if not math.isfinite(number) or abs(number) not in LITERALS:
        raise GraphError(f"{value!r} stands in a formula; only 0, 1 and 12 may, so make it an input")
    return Const(number)


def _row(value: Expr, what: str) -> str:
    if not isinstance(value, Ref):
        raise GraphError(f"{what}() takes a row; give the formula a row of its own first")
    return value.name


def lag(row: Expr, start: Operand = 0) -> Expr:
    """The row one period earlier, `start` before the first period (a number that does not change over time)."""
    return Bounded(Lag(_row(row, "lag")), as_expr(start))


def lead(row: Expr, end: Operand = 0) -> Expr:
    """The row one period later, `end` after the last period."""
    return Bounded(Lead(_row(row, "lead")), as_expr(end))


def min_(first: Operand, *others: Operand) -> Expr:
    """The least of the operands."""
    return _fold("min", first, others)


def max_(first: Operand, *others: Operand) -> Expr:
    """The greatest of the operands."""
    return _fold("max", first, others)


def _fold(name: str, first: Operand, others: tuple[Operand, ...]) -> Expr:
    result = as_expr(first)
    for other in others:
        result = Op(name, (result, as_expr(other)))
    return result


def where(condition: Operand, yes: Operand, no: Operand) -> Expr:
    """`yes` where the condition is not 0, otherwise `no`."""
    return Op("where", (as_expr(condition), as_expr(yes), as_expr(no)))


def ratio(numerator: Operand, divisor: Operand, otherwise: Operand = 0) -> Expr:
    """The quotient, or `otherwise` where the divisor is 0."""
    return Op("ratio", (as_expr(numerator), as_expr(divisor), as_expr(otherwise)))


def power(base: Operand, exponent: Operand) -> Expr:
    """`base` to the power of `exponent` (a plain number or years)."""
    return Op("power", (as_expr(base), as_expr(exponent)))


def exp_(exponent: Operand) -> Expr:
    """E to the power of the operand."""
    return Op("exp", (as_expr(exponent),))


def log_(value: Operand) -> Expr:
    """The natural logarithm of the operand, which must be positive."""
    return Op("log", (as_expr(value),))


def floor_(value: Operand) -> Expr:
    """The greatest whole number that is not above the operand."""
    return Op("floor", (as_expr(value),))


def normal_(score: Operand) -> Expr:
    """The chance that a standard normal number is below the operand."""
    return Op("normal", (as_expr(score),))


def flag(condition: Operand) -> Expr:
    """1 where the condition is not 0, otherwise 0."""
    return where(condition, 1, 0)


def trailing(row: Expr, periods: Operand) -> Expr:
    """The sum of the row over the last `periods` periods, this one included.

    A fraction counts the oldest period in part, so that `trailing(cost / life, life)` is straight-line depreciation by
    vintage for any life (terms.md B8). Periods before the first hold nothing.
    """
    _row(row, "trailing")
    return Op("trailing", (row, as_expr(periods)))


def delay(row: Expr, periods: Operand) -> Expr:
    """The row `periods` periods earlier; a fraction divides a period's amount between its two successors.

    Periods before the first hold nothing. A late start is then a number that can be varied.
    """
    _row(row, "delay")
    return Op("delay", (row, as_expr(periods)))


def add_up(parts: Iterable[Expr]) -> Expr:
    """The sum of the parts; 0 when there are none."""
    result: Expr | None = None
    for part in parts:
        result = part if result is None else result + part
    return Const(0.0) if result is None else result


def walk(expression: Expr) -> Iterator[Expr]:
    """The formula and every formula within it, operands before operations."""
    if isinstance(expression, Op):
        for operand in expression.args:
            yield from walk(operand)
    yield expression
