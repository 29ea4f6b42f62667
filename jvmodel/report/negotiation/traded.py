"""Trades between terms, indifference curves and the efficient frontier, as tables and as the document of `trade --json`."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

import numpy as np

from jvmodel.negotiation.exchange import Curves, Trade
from jvmodel.negotiation.frontier import Frontier
from jvmodel.negotiation.unknowns import short
from jvmodel.phrase import Phrase, joined
from jvmodel.report.listing import Column, Listing
from jvmodel.report.negotiation.bargained import trade_document, trade_listings
from jvmodel.report.negotiation.solved import exact, span

SHOWN = 9
MOST = 2_000
"""Packages of a frontier that are listed in a document, evenly along it."""


def document(found: Trade, both: Curves | None, edge: Frontier) -> dict[str, Any]:
    """The document of `trade --json`."""
    deal = found.table.study.model.deal
    some = _evenly(len(edge.points), MOST)
    return {
        "deal": deal.deal, "currency": deal.currency, "money": "m", **trade_document(found),
        "curves": _curves(both) if both else None,
        "frontier": {
            "terms": [one.path for one in found.table.space.unknowns], "parties": list(found.table.parties),
            "evaluations": edge.evaluations, "packages": len(edge.points), "room": edge.room,
            "values": edge.values[some].tolist(), "worth": edge.worth[some].tolist(),
        },
    }  # fmt: skip


def _evenly(count: int, most: int) -> np.ndarray:
    return np.unique(np.linspace(0, count - 1, min(count, most)).astype(np.intp))


def _curves(both: Curves) -> dict[str, Any]:
    return {
        "x": both.x.path, "y": both.y.path, "xs": both.xs.tolist(), "ys": both.ys.tolist(),
        "curves": {party: [None if np.isnan(at) else float(at) for at in line] for party, line in both.curves.items()},
        "gain": both.gain.tolist(), "agree": both.agree.tolist(),
    }  # fmt: skip


def listings(found: Trade, both: Curves | None, edge: Frontier) -> Iterator[Listing]:
    """Prices, exchanges, swaps, curves and the frontier."""
    yield from trade_listings(found)
    table = found.table
    labels = [seat.label for seat in table.seats]
    if both is not None:
        places = _evenly(len(both.xs), SHOWN)
        rows = [
            (
                exact(both.xs[place], both.x.lever.unit, 2),
                *(
                    exact(at, both.y.lever.unit, 2) if np.isfinite(at := both.curves[party][place]) else Phrase("none")
                    for party in table.parties
                ),
                _span(both, place),
            )
            for place in places
        ]  # fmt: skip
        yield Listing(
            Phrase("Indifference: {term}, at which a party is as well off as now", term=short(both.y.lever)),
            (Column(short(both.x.lever)), *map(Column, labels), Column("All gain")), tuple(rows),
        )  # fmt: skip
    money = f"{table.study.model.deal.currency}m"
    some = _evenly(len(edge.points), SHOWN)
    yield Listing(
        Phrase("Efficient packages: {some:,} of {tried:,} tried, evenly chosen", some=len(edge.points), tried=edge.evaluations),
        (*(Column(short(one.lever)) for one in table.space.unknowns), *(Column(label, money) for label in labels)),
        tuple(
            (
                *(exact(value, one.lever.unit, 2) for one, value in zip(table.space.unknowns, edge.values[row], strict=True)),
                *map(float, edge.worth[row]),
            )
            for row in some
        ),
        Phrase(
            "Room that the deal leaves, with all others no worse off: {rooms}.",
            rooms=joined(
                Phrase("{party} {room:,.1f}", party=label, room=edge.room[party])
                for label, party in zip(labels, table.parties, strict=True)
            ),
        ),
    )


def _span(both: Curves, place: int) -> str:
    rows = np.flatnonzero(both.gain[:, place])
    unit = both.y.lever.unit
    return span(exact(both.ys[rows[0]], unit, 2), exact(both.ys[rows[-1]], unit, 2)) if len(rows) else Phrase("nowhere")
