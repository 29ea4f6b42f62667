"""How a question at the table is answered: tables on the terminal, one JSON document, or a page or workbook."""

from __future__ import annotations

import json
from collections.abc import Callable, Iterable
from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Any

import typer

if TYPE_CHECKING:
    from jvmodel.report.figures import Figure
    from jvmodel.report.listing import Listing

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
    tables = () if as_json and out is None else tuple(listings)
    if out is not None:
        from jvmodel.dealfile import load
        from jvmodel.model import build
        from jvmodel.report.listing import Answer
        from jvmodel.report.negotiation.paper import write_answer

        model = build(load(deal[0], deal[1] or ()))
        write_answer(model, Answer(title, tables, tuple(figures()) if out.suffix == ".html" else ()), out)
    if as_json:
        typer.echo(json.dumps(document(), ensure_ascii=False, allow_nan=False))
        return
    from jvmodel.report.listing import print_listings

    print_listings(tables)
    if out is not None:
        typer.echo(f"wrote {out}")
