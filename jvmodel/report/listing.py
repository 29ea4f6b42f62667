"""Listing: a table as plain data, the same on the terminal, on a sheet of a workbook and in a page."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass
from typing import TYPE_CHECKING

from jvmodel.shown import NONE, figure

if TYPE_CHECKING:
    from rich.console import Console

    from jvmodel.report.figures import Figure

Cell = str | float | None
HEAD = 13
"""Characters after which the heading of a column of numbers is broken, between words."""


@dataclass(frozen=True)
class Column:
    """A heading, and the unit of its numbers ('' for words); `signed` numbers show a plus sign."""

    head: str
    unit: str = ""
    signed: bool = False

    def shown(self, cell: Cell) -> str:
        """A cell as text."""
        if isinstance(cell, str):
            return cell
        if cell is None or cell != cell:  # noqa: PLR0124 - NaN
            return "n/a"
        text = figure(float(cell), self.unit or "1")
        if self.signed and not any(digit in text for digit in "123456789"):
            return NONE
        return f"+{text}" if self.signed and cell > 0 else text


@dataclass(frozen=True)
class Listing:
    """A title, columns, rows of cells (as many as columns; numbers, words, or None for what does not exist), and a note.

    The last `totals` rows are sums of those above.
    """

    title: str
    columns: tuple[Column, ...]
    rows: tuple[tuple[Cell, ...], ...]
    note: str = ""
    totals: int = 0

    def text(self) -> tuple[tuple[str, ...], ...]:
        """The rows as text."""
        return tuple(tuple(column.shown(cell) for column, cell in zip(self.columns, row, strict=True)) for row in self.rows)


@dataclass(frozen=True)
class Answer:
    """What a command answers: tables, and figures to be drawn beside them, under the name that a sheet of a workbook has."""

    title: str
    listings: tuple[Listing, ...]
    figures: tuple[Figure, ...] = ()


def print_listings(listings: Iterable[Listing], console: Console | None = None) -> None:
    """Listings on the terminal, one below the other."""
    from textwrap import wrap

    from rich import box
    from rich.console import Console as Terminal
    from rich.markup import escape
    from rich.table import Table

    console = console or Terminal(highlight=False)
    for listing in listings:
        console.print(f"[bold]{escape(listing.title)}[/bold]")
        if listing.columns:
            table = Table(box=box.SIMPLE_HEAD, pad_edge=False, padding=(0, 1, 0, 0))
            for number, column in enumerate(listing.columns):
                right = number and (column.unit or any(isinstance(row[number], float) for row in listing.rows))
                head = (
                    "\n".join(wrap(column.head, HEAD, break_long_words=False))
                    if right and "\n" not in column.head
                    else column.head
                )
                table.add_column(escape(head), justify="right" if right else "left", no_wrap=bool(right), vertical="top")
            for number, row in enumerate(listing.text()):
                if listing.totals and number == len(listing.rows) - listing.totals:
                    table.add_section()
                table.add_row(*map(escape, row))
            console.print(table)
        if listing.note:
            console.print(escape(listing.note), style="dim")
        if not listing.columns or listing.note:
            console.print()


__all__ = ["NONE", "Answer", "Cell", "Column", "Listing", "print_listings"]
