"""Commands at the negotiating table: compare."""

from __future__ import annotations

import json
from collections.abc import Iterable
from typing import TYPE_CHECKING, Annotated, Any

import typer

from jvmodel.cli.app import AsJson, Changes, DealPath, app

if TYPE_CHECKING:
    from jvmodel.report.listing import Listing


@app.command()
def compare(
    deal: DealPath,
    others: Annotated[list[str], typer.Argument(metavar="DEAL|PROPOSAL...", help="Deals or proposals to hold against it.")],
    as_json: AsJson = False,
    changes: Changes = None,
) -> None:
    """Deals and proposals side by side: clauses that differ, and what each party gains or loses by each."""
    from jvmodel.negotiation.comparison import compare as compared
    from jvmodel.report.negotiation.comparing import document, listings

    found = compared(deal, others, changes or ())
    _answer(document(found) if as_json else None, listings(found))


def _answer(document: dict[str, Any] | None, listings: Iterable[Listing]) -> None:
    """Prints the document where there is one, the tables otherwise."""
    if document is not None:
        typer.echo(json.dumps(document, ensure_ascii=False, allow_nan=False))
        return
    from jvmodel.report.listing import print_listings

    print_listings(listings)
