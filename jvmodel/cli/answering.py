"""How a question at the table is answered: tables on the terminal, one JSON document, or a page or workbook."""

from __future__ import annotations

import json
from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

if TYPE_CHECKING:
    from jvmodel.report.findings import Findings


def _paper(out: Path | None) -> Path | None:
    """The file, if its ending is one of an answer: told before anything is worked out."""
    if out is None:
        return None
    from jvmodel.report.negotiation.paper import ending

    return ending(out)


Out = Annotated[
    Path | None,
    typer.Option(
        metavar="FILE",
        callback=_paper,
        help="Write the answer: .html a page with figures, .xlsx the deal's workbook with a sheet of it.",
    ),
]


def answered(found: Findings, *, as_json: bool, out: Path | None, deal: tuple[str, list[str] | None]) -> None:
    """Prints the document or the tables, and writes all of it to a file where one is named."""
    from jvmodel.report.listing import print_listings

    if out is not None:
        from jvmodel.dealfile import load
        from jvmodel.model import build
        from jvmodel.report.negotiation.paper import write_answer

        write_answer(build(load(deal[0], deal[1] or ())), found.answer(), out)
    if as_json:
        typer.echo(json.dumps(found.document(), ensure_ascii=False, allow_nan=False))
        return
    print_listings(found.listings())
    if out is not None:
        typer.echo(f"wrote {out}")
