"""How a question at the table is answered: tables on the terminal, one JSON document, or a page or workbook."""

from __future__ import annotations

import json
from collections.abc import Callable, Iterable
from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Any

import typer

if TYPE_CHECKING:
    from jvmodel.report.figures import Figure
    from jvmodel.report.listing import Answer, Listing

Out = Annotated[
    Path | None,
    typer.Option(
        metavar="FILE", help="Write the answer: .html a page with figures, .xlsx the deal's workbook with a sheet of it."
    ),
]


def answered(
    title: str, document: Callable[[], dict[str, Any]], listings: Iterable[Listing], *,
    as_json: bool, out: Path | None, deal: tuple[str, list[str] | None],
    figures: Callable[[], Iterable[Figure]] = lambda: (),
) -> None:  # fmt: skip
    """Prints the document or the tables, and writes them to a file where one is named; `title` is the name of the sheet."""
    from jvmodel.report.listing import Answer

    def answer() -> Answer:
        return Answer(title, tuple(listings), tuple(figures()) if out is not None and out.suffix == ".html" else ())

    shown(answer, document, as_json=as_json, out=out, deal=deal)


def shown(
    answer: Callable[[], Answer], document: Callable[[], dict[str, Any]], *, as_json: bool, out: Path | None,
    deal: tuple[str, list[str] | None],
) -> None:  # fmt: skip
    """Prints the document or the answer's tables, and writes the answer to a file where one is named."""
    made = None if as_json and out is None else answer()
    if out is not None and made is not None:
        from jvmodel.dealfile import load
        from jvmodel.model import build
        from jvmodel.report.negotiation.paper import write_answer

        write_answer(build(load(deal[0], deal[1] or ())), made, out)
    if as_json:
        typer.echo(json.dumps(document(), ensure_ascii=False, allow_nan=False))
        return
    from jvmodel.report.listing import print_listings

    print_listings(made.listings if made is not None else ())
    if out is not None:
        typer.echo(f"wrote {out}")
