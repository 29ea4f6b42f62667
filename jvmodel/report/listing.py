"""Listing: a table as plain data, the same on the terminal, on a sheet of a workbook and in a page."""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from functools import cached_property
from typing import TYPE_CHECKING, Self

from jvmodel.phrase import Numeral, Phrase
from jvmodel.shown import NONE, figure, number_format, text

if TYPE_CHECKING:
    from rich.console import Console

    from jvmodel.report.figures import Figure
    from jvmodel.report.language import Language

ABSENT = Phrase("n/a")
"""What stands for a number that does not exist."""
BAR = "▇"
"""What bars in words are made of; a column of them goes where a table is too wide."""
LABELS = 24
"""Characters to which the names of rows shrink before the columns of a table are divided."""
HEAD = 13
"""Characters after which the heading of a column of numbers is broken, between words."""


@dataclass(frozen=True)
class Quantity:
    """A number in a column whose numbers have different units; the unit is told elsewhere in its row."""

    value: float
    unit: str


class Figured(float):
    """A number that is a figure of a deal as it stands: `state.npv`, or `state.cash@2031`.

    Where a workbook has that deal, it is a formula there that fetches the model's own cell.
    """

    figure: str

    def __new__(cls, value: float, figure: str) -> Self:
        """The number under the name of its figure."""
        made = super().__new__(cls, value)
        made.figure = figure
        return made


def figured(value: float | None, figure: str) -> Figured | None:
    """The figure, or None where it does not exist."""
    return None if value is None else Figured(value, figure)


Cell = str | float | Quantity | None


@dataclass(frozen=True)
class Column:
    """A heading, and the unit of its numbers ('' for words); `signed` numbers show a plus sign.

    `places` are the digits behind the point of plain numbers, where the unit does not say them. `formula` is how a
    spreadsheet works each of its numbers out: `{2}` is the cell of its row in that column, `{all2}` that column's numbers.
    """

    head: str
    unit: str = ""
    signed: bool = False
    places: int | None = None
    formula: str = ""

    def shown(self, cell: Cell) -> str:
        """A cell as text."""
        if isinstance(cell, str):
            return cell
        if isinstance(cell, Quantity):
            return text(cell.value, cell.unit, sign=False)
        if cell is None or cell != cell:  # noqa: PLR0124 - NaN
            return ABSENT
        shown = figure(float(cell), self.unit or "1") if self.places is None else _rounded(float(cell), self.places)
        if self.signed and not any(digit in shown for digit in "123456789"):
            return NONE
        return Numeral(f"+{shown}") if self.signed and cell > 0 else shown

    def form(self, cell: Cell) -> str:
        """The Excel number format of a number in the column."""
        if isinstance(cell, Quantity):
            return number_format(cell.unit, cell.value)
        if self.places is not None:
            return "#,##0" + (f".{'0' * self.places}" if self.places else "")
        return number_format(self.unit or "1")


def _rounded(value: float, places: int) -> str:
    return Numeral(f"{round(value, places) + 0.0:,.{places}f}".replace("-", "−"))


@dataclass(frozen=True)
class Listing:
    """A title, columns, rows of cells (as many as columns; numbers, words, or None for what does not exist), and a note.

    The last `totals` rows are sums of those above, or what the formula `total` makes of the numbers `{above}`.
    """

    title: str
    columns: tuple[Column, ...]
    rows: tuple[tuple[Cell, ...], ...]
    note: str = ""
    totals: int = 0
    total: str = "SUM({above})"

    def text(self, spoken: Language | None = None) -> tuple[tuple[str, ...], ...]:
        """The rows as text, numbers as a language writes them."""

        def shown(column: Column, cell: Cell) -> str:
            told = column.shown(cell)
            return told if spoken is None or isinstance(cell, str) else spoken.said(told)

        return tuple(tuple(shown(column, cell) for column, cell in zip(self.columns, row, strict=True)) for row in self.rows)

    @cached_property
    def numeric(self) -> tuple[bool, ...]:
        """Whether each column holds numbers, which stand to the right."""
        return tuple(
            bool(column.unit)
            or any(isinstance(row[place], float | Quantity) for row in self.rows)
            or bool(self.rows and all(isinstance(row[place], Numeral) for row in self.rows))
            for place, column in enumerate(self.columns)
        )


@dataclass(frozen=True)
class Answer:
    """What a command answers: tables, and figures to be drawn beside them, under the name that a sheet of a workbook has.

    `data` are the numbers behind the figures, for a sheet, on which there are no figures. `command` is its name for `--with`.
    """

    title: str
    listings: tuple[Listing, ...]
    figures: tuple[Figure, ...] = ()
    data: tuple[Listing, ...] = ()
    command: str = ""


def _head(head: str) -> str:
    """The heading of a column of numbers, broken between words."""
    from textwrap import wrap

    return head if "\n" in head else "\n".join(wrap(head, HEAD, break_long_words=False))


def _parts(listing: Listing, width: int) -> Iterator[Listing]:
    """The listing, or where its columns of numbers are too many for a width, parts side by side below one another."""
    shown = listing.text()
    widths = [
        max([len(line) for line in _head(column.head).split("\n")] + [len(row[place]) for row in shown]) + 2
        for place, column in enumerate(listing.columns)
    ]
    first = min(widths[0], LABELS)
    if first + sum(widths[1:]) > width and all(row[-1].startswith(BAR) for row in shown):
        yield _of_columns(listing, tuple(range(len(widths) - 1)))
        return
    others = range(1, len(widths))
    if not all(listing.numeric[1:]):  # words give way, down to the longest of them
        for place, column in enumerate(listing.columns):
            if not place or not listing.numeric[place]:
                words = [word for cell in (column.head, *(row[place] for row in shown)) for word in cell.split()]
                widths[place] = min(max(map(len, words), default=0) + 1, widths[place])
        first = widths[0]
    if first + sum(widths[1:]) <= width:
        yield listing
        return
    chosen: list[int] = []
    for place in others:
        if chosen and first + sum(widths[one] for one in (*chosen, place)) > width:
            yield _of_columns(listing, (0, *chosen))
            chosen = []
        chosen.append(place)
    yield _of_columns(listing, (0, *chosen))


def _of_columns(listing: Listing, places: tuple[int, ...]) -> Listing:
    columns = tuple(listing.columns[place] for place in places)
    rows = tuple(tuple(row[place] for place in places) for row in listing.rows)
    return Listing(listing.title, columns, rows, totals=listing.totals)


def print_listings(listings: Iterable[Listing], console: Console | None = None) -> None:
    """Listings on the terminal, one below the other."""
    from rich import box
    from rich.console import Console as Terminal
    from rich.markup import escape
    from rich.table import Table

    console = console or Terminal(highlight=False)
    for listing in listings:
        console.print(f"[bold]{escape(listing.title)}[/bold]")
        for part in _parts(listing, console.width) if listing.columns else ():
            table = Table(box=box.SIMPLE_HEAD, pad_edge=False, padding=(0, 1, 0, 0))
            for number, column in enumerate(part.columns):
                right = bool(number) and part.numeric[number]
                head = _head(column.head) if right else column.head
                table.add_column(escape(head), justify="right" if right else "left", no_wrap=right, vertical="top")
            for number, row in enumerate(part.text()):
                if part.totals and number == len(part.rows) - part.totals:
                    table.add_section()
                table.add_row(*map(escape, row))
            console.print(table)
        if listing.note:
            console.print(escape(listing.note), style="dim")
        if not listing.columns or listing.note:
            console.print()


__all__ = ["ABSENT", "BAR", "NONE", "Answer", "Cell", "Column", "Figured", "Listing", "Quantity", "figured", "print_listings"]
