"""OPS: every operation a formula may use, one row each: its code, Excel text, words and unit rule.

A backend that lacks an operation raises. `arrays` and `kernel` keep their functions beside their own loops, and a test
holds each table to this one. Excel precedence: 5 power, 4 product, 3 sum, 2 comparison, 6 atom or function call.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass

from jvmodel.errors import UnitError
from jvmodel.units import PLAIN, YEAR, Unit

Units = list[Unit | None]
"""Units of the operands; None is the literal 0, which fits any unit, or a row not yet known."""


@dataclass(frozen=True)
class Operation:
    """One operation: `excel` and `words` are templates over its operands, `code` its opcode on the kernel's tape."""

    name: str
    code: int
    arity: int
    excel: str
    words: str
    unit: Callable[[Units], Unit | None]
    level: int = 6
    windowed: bool = False
    """Looks at earlier periods of its first operand, which must be a row."""


def _same(units: Units) -> Unit | None:
    known = [unit for unit in units if unit is not None]
    for other in known[1:]:
        if other != known[0]:
            raise UnitError(f"{known[0]} does not go with {other}")
    return known[0] if known else None


def _product(units: Units) -> Unit | None:
    left, right = units
    return None if left is None or right is None else left * right


def _quotient(units: Units) -> Unit | None:
    left, right = units[:2]
    return None if left is None or right is None else left / right


def _ratio(units: Units) -> Unit | None:
    result = _quotient(units)
    return _same([result, units[2]])


def _compared(units: Units) -> Unit | None:
    _same(units)
    return PLAIN


def _branch(units: Units) -> Unit | None:
    _plain(units[:1])
    return _same(units[1:])


def _plain(units: Units) -> Unit | None:
    for one in units:
        if one is not None and not one.plain:
            raise UnitError(f"{one} stands where a plain number is needed")
    return PLAIN


def _raised(units: Units) -> Unit | None:
    _plain(units[:1])
    if units[1] is not None and not (units[1].plain or units[1] == YEAR):
        raise UnitError(f"the exponent is in {units[1]}; it must be a plain number or years")
    return PLAIN


def _window(units: Units) -> Unit | None:
    _plain(units[1:])
    return units[0]


OPS: dict[str, Operation] = {
    operation.name: operation
    for operation in (
        Operation("add", 1, 2, "{0}+{1}", "{0} + {1}", _same, 3),
        Operation("sub", 2, 2, "{0}-{1}", "{0} − {1}", _same, 3),
        Operation("mul", 3, 2, "{0}*{1}", "{0} × {1}", _product, 4),
        Operation("div", 4, 2, "{0}/{1}", "{0} ÷ {1}", _quotient, 4),
        Operation("min", 5, 2, "MIN({0},{1})", "the lesser of {0} and {1}", _same),
        Operation("max", 6, 2, "MAX({0},{1})", "the greater of {0} and {1}", _same),
        Operation("where", 7, 3, "IF({0}<>0,{1},{2})", "{1} if {0}, otherwise {2}", _branch),
        Operation("ratio", 8, 3, "IF({1}=0,{2},{0}/{1})", "{0} ÷ {1} ({2} when the divisor is nil)", _ratio),
        Operation("power", 9, 2, "POWER({0},{1})", "{0} to the power of {1}", _raised),
        Operation("lt", 10, 2, "IF({0}<{1},1,0)", "{0} is less than {1}", _compared),
        Operation("le", 11, 2, "IF({0}<={1},1,0)", "{0} is at most {1}", _compared),
        Operation("gt", 12, 2, "IF({0}>{1},1,0)", "{0} is more than {1}", _compared),
        Operation("ge", 13, 2, "IF({0}>={1},1,0)", "{0} is at least {1}", _compared),
        Operation("exp", 14, 1, "EXP({0})", "e to the power of {0}", _plain),
        Operation("log", 15, 1, "LN({0})", "the natural logarithm of {0}", _plain),
        Operation("floor", 16, 1, "INT({0})", "{0} rounded down", _plain),
        Operation("normal", 19, 1, "NORMSDIST({0})", "the chance that a standard normal number is below {0}", _plain),
        Operation("trailing", 17, 2, "", "the sum of {0} over the last {1} periods", _window, windowed=True),
        Operation("delay", 18, 2, "", "{0} of {1} periods earlier", _window, windowed=True),
    )
}
"""The table. `trailing` and `delay` have Excel texts that need the row's whole range: see backends/excel.py."""
