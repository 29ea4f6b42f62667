"""What a mediator may tell, as a table and as the document of `mediate --json`."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

from jvmodel.negotiation.mediation import Mediated, Move
from jvmodel.report.listing import Column, Listing


def document(found: Mediated) -> dict[str, Any]:
    """The document of `mediate --json`: nothing but what was agreed to be told."""
    return {
        "parties": list(found.parties), "zone": found.together, "accepted": found.accepted,
        "terms": [
            {
                "path": one.path, "label": one.label, "zone": one.zone, "inside": one.inside, "towards": list(one.towards),
                "share_of_range": one.share, "up": one.up,
            }
            for one in found.moves
        ],
    }  # fmt: skip


def listings(found: Mediated) -> Iterator[Listing]:
    """Whether there is a zone, and who must move on which term."""
    rows = tuple((one.label, "yes" if one.zone else "no", _said(found, one)) for one in found.moves)
    if found.accepted:
        now = "Everybody could accept the deal on the table."
    elif found.together:
        now = "Some package of these terms suits everybody, but not yet the one on the table."
    else:
        now = "No package of these terms suits everybody: something else must come to the table, or a limit must give."
    yield Listing(
        "Mediator's view", (Column("Term, the others as they are"), Column("Zone"), Column("What must move")), rows,
        f"{now} Shares are in steps of 5%. Nothing else is told; docs/negotiation.md says what can be worked out all the same.",
    )  # fmt: skip


def _said(found: Mediated, one: Move) -> str:
    who = ", ".join(found.labels[party] for party in one.towards)
    if one.inside:
        return "nothing: everybody accepts it"
    share = f"{one.share * 100:.0f}% of its range"
    if one.zone:
        return f"{'up' if one.up else 'down'} by about {share}, towards {who}"
    if one.share >= 1:
        return f"no value within the range suits {who or 'everybody'}"
    return f"limits are about {share} apart; on the table it does not suit {who or 'everybody'}"
