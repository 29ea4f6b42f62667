"""A formula with its references relative to its own cell (Excel's R1C1 form), so that the cells of a row can be compared."""

from __future__ import annotations

import re
from functools import lru_cache

from openpyxl.formula.tokenizer import Token, Tokenizer
from openpyxl.utils.cell import column_index_from_string

CELL = re.compile(r"(\$?)([A-Z]{1,3})(\$?)(\d+)")


def relative(formula: str, row: int, column: int) -> str:
    """The formula as it would be in R1C1 form: alike in two cells where one was copied from the other.

    >>> relative("=F10*$D$7+Mine!E9", 10, 6)
    '=RC*R7C4+Mine!R[-1]C[-1]'
    """

    def shifted(match: re.Match[str]) -> str:
        fixed_column, letters, fixed_row, digits = match.groups()
        there_row, there_column = int(digits), column_index_from_string(letters)
        first = f"R{there_row}" if fixed_row else "R" + _step(there_row - row)
        second = f"C{there_column}" if fixed_column else "C" + _step(there_column - column)
        return first + second

    parts = []
    for kind, subkind, value in _tokens(formula):
        if kind == Token.OPERAND and subkind == Token.RANGE:
            sheet, mark, cells = value.rpartition("!")
            parts.append(sheet + mark + CELL.sub(shifted, cells))
        elif kind != Token.WSPACE:
            parts.append(value)
    return "=" + "".join(parts)


def literals(formula: str) -> list[str]:
    """The numbers that are written into a formula.

    >>> literals("=F10*1.05+MAX(0,G2)")
    ['1.05', '0']
    """
    return [value for kind, subkind, value in _tokens(formula) if (kind, subkind) == (Token.OPERAND, Token.NUMBER)]


def references(formula: str) -> list[str]:
    """The cells and ranges that a formula refers to, without dollar signs.

    >>> references("=SUM($F5:F5)*'Check lines'!$D$7")
    ['F5:F5', "'Check lines'!D7"]
    """
    found = (value for kind, subkind, value in _tokens(formula) if (kind, subkind) == (Token.OPERAND, Token.RANGE))
    return [value.replace("$", "") for value in found if CELL.search(value)]


@lru_cache(maxsize=4096)
def _tokens(formula: str) -> tuple[tuple[str, str, str], ...]:
    return tuple((one.type, one.subtype, one.value) for one in Tokenizer(formula).items)


def _step(number: int) -> str:
    return f"[{number}]" if number else ""
