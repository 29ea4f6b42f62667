"""Rounds of bargaining as tables, and as the document of `rounds --json`."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

from jvmodel.negotiation.rounds import Log, Round
from jvmodel.phrase import Day, Phrase
from jvmodel.report.listing import Cell, Column, Figured, Listing
from jvmodel.report.negotiation.comparing import said


def document(found: Log) -> dict[str, Any]:
    """The document of `rounds --json`; money in millions."""
    deal = found.model.deal
    return {
        "deal": deal.deal, "currency": deal.currency, "money": "m", "parties": list(found.parties), "worth": found.worth,
        "rounds": [
            {
                "file": one.file, "title": one.title, "by": one.by or None, "date": one.date or None, "note": one.note,
                "fingerprint": one.fingerprint, "differences": [difference.words for difference in one.differences],
                "worth": one.worth, "change": one.change, "since": one.since, "given": one.given, "rate": one.rate,
                "against_last": one.last,
            }
            for one in found.rounds
        ],
    }  # fmt: skip


def listings(found: Log) -> Iterator[Listing]:
    """Round by round: what was changed, and what it does to each party; then where everybody stands."""
    money = f"{found.model.deal.currency}m"
    label = found.model.label
    known = found.model.deal.parties
    rows: list[tuple[Cell, ...]] = []
    for number, one in enumerate(found.rounds, start=1):
        lines = list(said(one.differences, {party: label(party) for party in known}, clauses=True)) or [Phrase("nothing changed")]
        who = label(one.by) if one.by in known else one.by or "–"
        for place, line in enumerate(lines):
            first = place == 0
            head = (f"{number} {one.title}", who, Day(one.date) if one.date else "–") if first else ("", "", "")
            rows.append((*head, line, *(one.change[party] if first else "" for party in found.parties)))
    heads = (Column("Round"), Column("By"), Column("Date"), Column("Changed"))
    values = tuple(Column(label(party), money, signed=True) for party in found.parties)
    note = "Change of each party's net present value by the round."
    yield Listing(Phrase("{deal}: rounds", deal=found.model.deal.deal), (*heads, *values), tuple(rows), note)
    yield Listing(
        "Where everybody stands",
        (
            Column("After"), *(Column(label(party), money) for party in found.parties), Column("Conceded", money, signed=True),
            Column("of what others gain", "%"), Column("Deal"),
        ),
        (
            ("the deal", *(found.worth[party] for party in found.parties), "", "", found.model.deal.fingerprint),
            *((one.title, *_worth(found, one), *_given(one), one.fingerprint) for one in found.rounds),
        ),
        "Conceded: what the mover gives up against its own last offer, and that as a share of what the others together gain.",
    )  # fmt: skip


def _worth(found: Log, one: Round) -> tuple[float, ...]:
    """What the parties have after a round; after the last one, as the deal stands."""
    worth = ((party, one.worth[party]) for party in found.parties)
    return tuple(Figured(value, f"{party}.npv") if one is found.rounds[-1] else value for party, value in worth)


def _given(one: Round) -> tuple[Cell, Cell]:
    return ("–" if one.given is None else one.given, "–" if one.rate is None else one.rate)
