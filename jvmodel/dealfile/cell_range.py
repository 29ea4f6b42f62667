"""A line of numbers out of a range of a team's own spreadsheet, with the years across or down, in the unit that stands there."""

from __future__ import annotations

import re
from collections.abc import Callable, Iterable, Iterator
from dataclasses import dataclass
from functools import partial
from itertools import pairwise
from typing import Any

from jvmodel.dealfile.headings import periods
from jvmodel.errors import UnitError
from jvmodel.inputs import fault
from jvmodel.units import CONVERSIONS, Unit, unit

MOST_CELLS = 200_000
LONGEST_STEP = 10
"""Years from one heading to the next."""
THOUSAND = r"(?:'?000s?|k|K|thousands?)"
MEASURE = re.compile(r"\$|^'?000|^[kM]?(?:t|lb|oz|g|wmt)(?:[^a-z]|$)", re.IGNORECASE)
"""What looks like a unit of money or mass, and must not be passed over."""
IN_MONEY = re.compile(rf"\$\s*{THOUSAND}\b|(?<![a-z]){THOUSAND}\s*\$|\bin thousands\b", re.IGNORECASE)
IN_MASS = re.compile(r"(?<![A-Za-z])(?:kt|Mt|ktpa|Mtpa|'?000s? ?t(?:onnes)?)\b")
"""How a title says that amounts of money, or tonnes, are in thousands."""
BRACKETS = re.compile(r"[(\[]([^()\[\]]+)[)\]]\s*$")


@dataclass(frozen=True)
class Found:
    """A cell of a range, what it holds, and whether it is shown as a percentage."""

    value: Any
    name: str
    percent: bool = False


Grid = list[list[Found]]


def line_of(
    grid: Grid, label: str | None, wanted: str, currency: str, where: str, number: Callable[[Any, Callable[[], str]], Any],
    above: Iterable[Found] = (),
) -> dict[str, Any]:  # fmt: skip
    """The numbers by period of a line, which is named by its label where the range has more than one.

    `wanted` is the unit of the field; a unit that stands beside the label is converted to it, or refused with its cell. Where
    none does, a sheet that says `above` that it is in thousands is refused: the numbers would be taken for a thousand times more.
    """
    across, heads = _heads(grid, where)
    lines = grid if across else [list(column) for column in zip(*grid, strict=True)]
    first = min(place for place, _ in heads)
    found = [line for line in lines if line is not lines[_head_of(lines, heads)] and _is_line(line, heads)]
    line = _named(found, label, first, where)
    factor, percent = _factor(line[:first], wanted, currency, where, shorter=any(len(key) > 4 for _, key in heads))
    if factor is None and not percent and not any(_units(line[:first])):
        _refuse_thousands([*above, *_texts(lines[_head_of(lines, heads)][:first])], wanted, currency, where)
    result: dict[str, Any] = {}
    for place, key in heads:
        cell = line[place]
        value = number(cell.value, partial(_said, where, cell.name))
        if key in result:
            raise fault(f"{where}, cell {cell.name}: period {key} stands there twice")
        if percent and not cell.percent and not isinstance(value, str):
            value = f"{value}%"
        result[key] = value if isinstance(value, str) or factor is None else value * factor
    return result


def _said(where: str, cell: str) -> str:
    return f"{where}, cell {cell}"


def boundaries(text: str, where: str) -> tuple[int, int, int, int]:
    """First column, first row, last column, last row of a range such as B4:M12."""
    from openpyxl.utils.cell import range_boundaries

    try:
        left, top, right, bottom = range_boundaries(text.replace("$", "").upper())
    except (ValueError, TypeError):
        left = top = right = bottom = None
    if not (left and top and right and bottom) or ":" not in text:
        raise fault(f"{where}: range {text!r} is not one; write it as B4:M12")
    if (right - left + 1) * (bottom - top + 1) > MOST_CELLS:
        raise fault(f"{where}: range {text} has more than {MOST_CELLS:,} cells; name the block of the numbers alone")
    return left, top, right, bottom


def grid_of(rows: list[list[Any]], percents: set[tuple[int, int]], bounds: tuple[int, int, int, int]) -> Grid:
    """The cells of a range of a sheet; `percents` are rows and columns shown as percentages."""
    from openpyxl.utils import get_column_letter

    left, top, right, bottom = bounds

    def at(row: int, column: int) -> Any:
        line = rows[row - 1] if row <= len(rows) else []
        return line[column - 1] if column <= len(line) else None

    return [
        [
            Found(at(row, column), f"{get_column_letter(column)}{row}", (row, column) in percents)
            for column in range(left, right + 1)
        ]
        for row in range(top, bottom + 1)
    ]


def _heads(grid: Grid, where: str) -> tuple[bool, list[tuple[int, str]]]:
    """Whether the years run across, and their places with the periods that they name."""
    rows = [_periods(row) for row in grid]
    columns = [_periods(list(column)) for column in zip(*grid, strict=True)]
    across, down = (max(found, key=len, default=[]) for found in (rows, columns))
    if max(len(across), len(down)) < 2:
        raise fault(f"{where}: no years stand in the range; take in the row or column that has them, such as 2027 or FY2027")
    if len(across) == len(down):
        first = _periods(grid[0])
        return (True, first) if len(first) == len(across) else (False, down)
    return (True, across) if len(across) > len(down) else (False, down)


def _periods(cells: list[Found]) -> list[tuple[int, str]]:
    """The headings of a line that name periods; none where its numbers do not go on as years do."""
    found = periods([cell.value for cell in cells])
    plain = [int(cells[place].value) for place, _ in found if isinstance(cells[place].value, int | float)]
    return found if all(0 <= later - one <= LONGEST_STEP for one, later in pairwise(plain)) else []


def _head_of(lines: Grid, heads: list[tuple[int, str]]) -> int:
    return next(number for number, line in enumerate(lines) if _periods(line) == heads)


def _is_line(line: list[Found], heads: list[tuple[int, str]]) -> bool:
    return any(isinstance(line[place].value, int | float) or _filled(line[place]) for place, _ in heads)


def _filled(cell: Found) -> bool:
    return cell.value not in (None, "")


def _texts(cells: list[Found]) -> Iterator[Found]:
    return (cell for cell in cells if isinstance(cell.value, str) and cell.value.strip())


def _named(lines: Grid, label: str | None, first: int, where: str) -> list[Found]:
    labels = [next((str(cell.value).strip() for cell in _texts(line[:first])), "") for line in lines]
    if label is None:
        if len(lines) == 1:
            return lines[0]
        raise fault(f"{where}: the range has {len(lines)} lines; name one with column: {', '.join(filter(None, labels))[:200]}")
    if labels.count(label) == 1:
        return lines[labels.index(label)]
    if label in labels:
        raise fault(f"{where}: two lines of the range are called '{label}'; take a smaller range")
    raise fault(f"{where}: no line of the range is called '{label}'; its lines are {', '.join(filter(None, labels))[:200]}")


def _factor(cells: list[Found], wanted: str, currency: str, where: str, *, shorter: bool) -> tuple[float | None, bool]:
    """What numbers are multiplied by to be in the wanted unit (None for nothing), and whether they are percentages.

    `shorter` says that the numbers stand for less than a year each: an amount a year is none of them.
    """
    aim, shown = unit(wanted.replace("$", currency)), wanted.replace("$", currency)
    for cell in _units(cells):
        text = _spelled(str(cell.value), currency)
        thousands = re.match(rf"(?:{THOUSAND}{currency}|{currency}{THOUSAND})(/.*)?$", text)
        if thousands:
            text = f"{currency}m{thousands[1] or ''}"
        try:
            given = unit(text)
        except UnitError:
            if not MEASURE.search(text.replace(currency, "$")):
                continue
            advice = f"write it as {shown}, or one that converts to it, such as kt, klb, USDm or USD '000"
            raise fault(f"{where}, cell {cell.name}: {str(cell.value).strip()!r} is not a unit that is known; {advice}") from None
        if text == "%":
            if aim.plain:
                return None, True
        else:
            yearly = dict(given.powers).get("year") == dict(aim.powers).get("year") == -1
            if yearly and shorter:
                raise fault(
                    f"{where}, cell {cell.name}: {str(cell.value).strip()} is an amount a year, and the columns are shorter than"
                    f" a year; give what falls in each, in {str(cell.value).strip().split('/')[0]}"
                )
            if given in (aim, _a_year(aim)) or _a_year(given) == aim:
                return (1e-3 if thousands else None), False
            if (factor := _conversion(given, aim)) is not None:
                return factor * (1e-3 if thousands else 1), False
        raise fault(
            f"{where}, cell {cell.name}: the numbers are in {cell.value.strip()}, and {shown} is wanted; convert them there"
        )
    return None, False


def _refuse_thousands(titles: Iterable[Found], wanted: str, currency: str, where: str) -> None:
    """Refuses numbers without a unit of their own below a title that says in which thousands the sheet is."""
    symbols = dict(unit(wanted.replace("$", currency)).powers)
    money, mass = symbols.get(f"{currency}m") == 1, symbols.get("t") == 1
    for cell in titles:
        text = str(cell.value).replace("US$", "$").replace(currency, "$").replace("’", "'")
        if (money and IN_MONEY.search(text)) or (mass and IN_MASS.search(text)):
            raise fault(
                f"{where}, cell {cell.name}: {str(cell.value).strip()[:60]!r} stands above the numbers, and no unit beside the"
                " line; write the unit beside its label, or in brackets behind it"
            )


def _units(cells: list[Found]) -> Iterator[Found]:
    """The cells that may hold the unit of a line: the ones after its label, or what stands in brackets behind the label."""
    texts = list(_texts(cells))
    yield from texts[1:]
    if texts and (inside := BRACKETS.search(str(texts[0].value))):
        yield Found(inside[1], texts[0].name)


def _spelled(text: str, currency: str) -> str:
    """A unit as jvmodel spells it: US$ and $ as the currency, millions as m, tonnes as t, a year as year."""
    found = text.strip().strip("()[]").replace("US$", "USD").replace("$", currency).replace("’", "'").replace(" ", "")
    found = re.sub(r"^([A-Z]{3})(?:M|MM|mm|mn|mln|million|millions)(?=/|$)", r"\1m", found)
    found = re.sub(r"^'?000(?=t(?:onnes)?(?:/|$))", "k", found)
    found = re.sub(r"^([kM]?)(?:dmt|tonnes)(?=/|$)", r"\1t", found)
    found = re.sub(r"^([kM]?(?:t|lb|oz))(?:pa|py)$", r"\1/year", found)
    return re.sub(r"/(?:a|y|yr|annum)$", "/year", found)


def _a_year(one: Unit) -> Unit:
    return one / unit("year")


def _conversion(given: Unit, aim: Unit) -> float | None:
    """How many of the wanted unit one of the given makes, where they differ in one symbol that is known."""
    for less in (given, given / unit("year"), given * unit("year")):
        powers, wanted = dict(less.powers), dict(aim.powers)
        extra = {symbol: power for symbol, power in powers.items() if wanted.get(symbol) != power}
        lack = {symbol: power for symbol, power in wanted.items() if powers.get(symbol) != power}
        if len(extra) == len(lack) == 1 and [*extra.values()] == [*lack.values()]:
            (one, power), (other, _) = next(iter(extra.items())), next(iter(lack.items()))
            if other == f"{one}m" or one == f"{other}m":
                return (1e-6 if other == f"{one}m" else 1e6) ** power
            if (other, one) in CONVERSIONS:
                return CONVERSIONS[other, one] ** power
            if (one, other) in CONVERSIONS:
                return CONVERSIONS[one, other] ** -power
    return None
