"""Findings: what a question asked of a deal was answered, for the terminal, programs, a page, a sheet and a term sheet."""

from __future__ import annotations

from collections.abc import Callable, Iterable
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

from jvmodel.report.listing import Answer, Listing

if TYPE_CHECKING:
    from jvmodel.report.figures import Figure


@dataclass(frozen=True)
class Findings:
    """An answer whose parts are made when they are asked for; `title` is the name of its sheet.

    `document` is what `--json` prints; `data` are the numbers behind the figures, for a sheet, on which there are no figures.
    """

    title: str
    listings: Callable[[], Iterable[Listing]]
    document: Callable[[], dict[str, Any]]
    figures: Callable[[], Iterable[Figure]] = tuple
    data: Callable[[], Iterable[Listing]] = tuple

    def answer(self) -> Answer:
        """All of it, to be written to a file."""
        return Answer(self.title, tuple(self.listings()), tuple(self.figures()), tuple(self.data()))
