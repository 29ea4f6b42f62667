"""The mediator's view: every party values packages by its own private file; only what was agreed is told (docs/negotiation.md).

Told: whether there is a zone, on each term and on all together, and who must move by how much of a term's range, in steps of
5%. Never told: values, walk-away values, prices, rates, or where a party's own limits lie. What others can still work out is
said in the docs.
"""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass, replace
from pathlib import Path

import numpy as np
from numpy.typing import NDArray

from jvmodel.analysis.study import Study
from jvmodel.dealfile.private import View, as_seen, read_private
from jvmodel.errors import GraphError
from jvmodel.graph.graph import did_you_mean
from jvmodel.model import Model, build
from jvmodel.negotiation.table import Seated, Table
from jvmodel.negotiation.table import table as laid
from jvmodel.negotiation.unknowns import Space, short
from jvmodel.negotiation.zone import TermZone, joint_zone, zones

Array = NDArray[np.float64]
STEP = 0.05
"""Shares of a term's range that are told."""


@dataclass(frozen=True)
class PrivateStudy(Study):
    """A deal as one party sees it."""

    view: View | None = None

    def shaped(self, changes: tuple[str, ...]) -> Model:
        """The model with further changes, built once."""
        if changes not in self._shapes:
            assert self.view is not None
            self._shapes[changes] = build(as_seen(self.path, self.view, (*self.changes, *changes)))
        return self._shapes[changes]


@dataclass(frozen=True)
class PrivateTable(Table):
    """A table at which every party values packages by its own view of the deal."""

    views: tuple[Space, ...] = ()

    def worth(self, points: Array) -> Array:
        """What packages are worth to each party as it sees them (S, parties)."""
        columns = [space.figures(points, [figure])[figure] for space, figure in zip(self.views, self.figures, strict=True)]
        return np.stack([np.broadcast_to(column, (len(points),)) for column in columns], axis=1)


@dataclass(frozen=True)
class Move:
    """What is told of one term, the others as the deal has them.

    `zone` says whether some value suits everybody, `inside` whether that on the table does. Otherwise `towards` are those
    who cannot accept it yet, `share` how far it must move, as a share of the range of the term (with a zone), or how far
    the parties' limits are apart (without), rounded to 5%; `up` the way of the move, None where none is told.
    """

    path: str
    label: str
    zone: bool
    inside: bool
    towards: tuple[str, ...] = ()
    share: float = 0.0
    up: bool | None = None


@dataclass(frozen=True)
class Mediated:
    """What a mediator may tell: whether all terms together have a zone, whether the deal on the table lies in it, and moves."""

    parties: tuple[str, ...]
    labels: dict[str, str]
    together: bool
    accepted: bool
    moves: tuple[Move, ...]


def mediate(path: str | Path, private: Sequence[str | Path], changes: Iterable[str] = (), terms: Sequence[str] = ()) -> Mediated:
    """What may be told of a deal and the private files of its parties; raises GraphError unless there is one for each."""
    changes = tuple(changes)
    table = private_table(laid(path, changes, terms), [read_private(Path(one)) for one in private])
    found = tuple(_told(one) for one in zones(table))
    now = table.worth(table.space.base[None])[0]
    together = joint_zone(table).share > 0 or table.game.agreement
    return Mediated(
        table.parties, {seat.party: seat.label for seat in table.seats}, together, bool((now >= table.walk_away).all()), found
    )


def private_table(table: Table, views: Sequence[View]) -> PrivateTable:
    """The table with each party's own view of the deal."""
    by_party: dict[str, View] = {}
    for view in views:
        party = view.private.party
        if party not in table.parties:
            raise GraphError(f"{view.source.file}: '{party}' does not sit at the table{did_you_mean(party, table.parties)}")
        if party in by_party:
            raise GraphError(f"{view.source.file} and {by_party[party].source.file} are both of {party}; give one file a party")
        by_party[party] = view
    missing = [party for party in table.parties if party not in by_party]
    if missing:
        raise GraphError(f"there is no private file of {', '.join(missing)}; every party at the table gives one: --private FILE")
    seats: list[Seated] = []
    spaces: list[Space] = []
    for seat in table.seats:
        view = by_party[seat.party]
        study = PrivateStudy(table.study.path, table.study.changes, view=view)
        spaces.append(replace(table.space, study=study))
        seats.append(replace(seat, walk_away=view.private.walk_away))
    return PrivateTable(table.study, tuple(seats), table.space, confidence=table.confidence, views=tuple(spaces))


def _told(zone: TermZone) -> Move:
    unknown = zone.unknown
    span = unknown.high - unknown.low
    base = float(np.clip(unknown.lever.base, unknown.low, unknown.high))
    refusing = tuple(
        party for party, spans in zone.accepted.items() if not any(low - 1e-12 <= base <= high + 1e-12 for low, high in spans)
    )
    label = short(unknown.lever)
    if not zone.zone:
        return Move(unknown.path, label, zone=False, inside=False, towards=refusing, share=_rounded(_apart(zone, span)))
    if not refusing:
        return Move(unknown.path, label, zone=True, inside=True)
    ways = [(low - base, True) if low > base else (base - high, False) for low, high in zone.zone]
    far, up = min(ways)
    return Move(unknown.path, label, zone=True, inside=False, towards=refusing, share=_rounded(far / span), up=up)


def _apart(zone: TermZone, span: float) -> float:
    """How far limits are apart: the least stretch of the term that has a value acceptable to everybody at its ends or within."""
    if not all(zone.accepted.values()):
        return 1.0
    lowest_high = min(max(high for _, high in spans) for spans in zone.accepted.values())
    highest_low = max(min(low for low, _ in spans) for spans in zone.accepted.values())
    return max(0.0, highest_low - lowest_high) / span


def _rounded(share: float) -> float:
    """A share in steps of 5%, never nil where something must move."""
    return max(STEP, round(share / STEP) * STEP)
