"""The deal that some of its players could do without the others: what those bring is taken out or replaced at its cost."""

from __future__ import annotations

import copy
from collections.abc import Iterable, Sequence
from pathlib import Path

from jvmodel.deal import Deal
from jvmodel.dealfile.changes import apply_changes, put
from jvmodel.dealfile.find import find
from jvmodel.dealfile.load import checked
from jvmodel.dealfile.proposal import opened, take_out
from jvmodel.mandates import Coalition

ABOUT = ("coalition", "negotiation", "uncertainty", "ranges")
"""What a deal says about itself, which may name terms that are taken out."""


def without(path: str | Path, coalition: Coalition, absent: Sequence[str], full: Deal, changes: Iterable[str] = ()) -> Deal:
    """The deal of a file without some players; raises DealError with the line of the change that does not fit.

    `full` is the deal of all of them. Where two who are absent change one number, the later in the order of players decides.
    """
    base = opened(find(path))
    data = base.source
    apply_changes(data, changes)  # first, so that what an absence changes is not changed back
    for player in absent:
        place = ("coalition", "players", player, "without")
        for name in coalition.players[player].without.remove:
            take_out(data, name)  # taken out already where two bring the same
        for number, value in coalition.players[player].without.changes.items():
            put(data, number, copy.deepcopy(value), data.origin((*place, "changes", number)))
    if coalition.scale is not None:
        sizes = coalition.scale.sizes
        size = sum(amount for player, amount in sizes.items() if player not in absent) / sum(sizes.values())
        said = data.origin(("coalition", "scale", "numbers"))
        for number in coalition.scale.numbers:
            put(data, number, _number(full, number) * size**coalition.scale.power, said)
    for about in ABOUT:
        data.data.pop(about, None)
    return checked(data, base.folder)


def _number(deal: Deal, path: str) -> float:
    from jvmodel.lever import lever

    return lever(deal, path).base
