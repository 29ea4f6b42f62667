"""What every coalition is worth and how to share it, as tables and as the document of `coalition --json`."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from typing import Any

import numpy as np

from jvmodel.negotiation.coalitions import Coalitions
from jvmodel.phrase import Phrase, joined
from jvmodel.report.listing import Cell, Column, Figured, Listing

MOST = 40
"""Coalitions listed on the terminal, the most valuable first; the document has all."""


def document(found: Coalitions, proposed: Mapping[str, float] | None = None) -> dict[str, Any]:
    """The document of `coalition --json`; money in millions."""
    game, deal = found.game, found.model.deal
    return {
        "deal": deal.deal, "currency": deal.currency, "money": "m",
        "players": {
            player: {
                "label": found.model.label(player), "brings": _given(found, player).brings,
                "walk_away": _given(found, player).walk_away,
            }
            for player in found.players
        },
        "coalitions": [
            {"members": list(one.members), "built": one.built, "worth": one.worth, "builds": one.builds, "why": one.why or None}
            for one in found.groups
        ],
        "whole": game.whole, "alone": found.split(game.alone), "pooling_gain": game.whole - float(game.alone.sum()),
        "superadditive": game.superadditive, "convex": game.convex, "core": game.has_core, "least_core": game.least_core,
        "splits": {name: _checked(found, split) for name, split in splits(found, proposed).items()},
    }  # fmt: skip


def _given(found: Coalitions, player: str) -> Any:
    assert found.model.deal.coalition is not None
    return found.model.deal.coalition.players[player]


def splits(found: Coalitions, proposed: Mapping[str, float] | None = None) -> dict[str, dict[str, float]]:
    """Ways to share what all are worth together, by name."""
    game = found.game
    listed = {"deal": found.deal_split} if found.deal_split else {}
    if proposed:
        listed["proposed"] = dict(proposed)
    equal = game.alone + (game.whole - game.alone.sum()) / len(found.players)
    return {
        **listed, "shapley": found.split(game.shapley), "nucleolus": found.split(game.nucleolus),
        "equal_gain": found.split(np.asarray(equal)),
    }  # fmt: skip


WORDS = {
    "deal": "As the deal has it", "proposed": "Proposed", "shapley": "Shapley value", "nucleolus": "Nucleolus",
    "equal_gain": "Equal gain",
}  # fmt: skip


def _checked(found: Coalitions, split: dict[str, float]) -> dict[str, Any]:
    blocking = found.blocking(split)
    payments = {player: split[player] - found.deal_split[player] for player in found.players} if found.deal_split else None
    return {
        "split": split, "in_core": not blocking, "payments_from_deal": payments,
        "blocking": [{"members": list(one.members), "lacks": lacks} for one, lacks in blocking],
    }  # fmt: skip


def listings(found: Coalitions, proposed: Mapping[str, float] | None = None) -> Iterator[Listing]:
    """Coalitions, what they could share, and who could walk away from each way of sharing it."""
    game = found.game
    money = f"{found.model.deal.currency}m"
    label = found.model.label
    ranked = sorted((one for one in found.groups if one.members), key=lambda one: (-len(one.members), -one.worth))
    rows: list[tuple[Cell, ...]] = [
        (
            joined(map(label, one.members)), one.built if one.built is not None else one.why, one.worth,
            "builds" if one.builds else "at home",
        )
        for one in ranked[:MOST]
    ]  # fmt: skip
    alone = [one for one in found.groups if len(one.members) == 1]
    notes = [Phrase("Some would build it alone.") if any(one.builds for one in alone) else Phrase("Nobody would build it alone.")]
    worth = "Together the players are worth {whole:,.1f}, {gain:,.1f} more than apart."
    notes.append(Phrase(worth, whole=game.whole, gain=game.whole - float(game.alone.sum())))
    notes.append(
        Phrase("Joining never costs value.") if game.superadditive else Phrase("Some groups are worth less together than apart.")
    )
    if game.convex:
        notes.append(Phrase("Each adds more the more have joined (convex), so the Shapley value is stable."))
    yield Listing(
        Phrase("{deal}: what every coalition is worth", deal=found.model.deal.deal),
        (Column("Coalition"), Column("If it builds", money), Column("Worth", money), Column("")), tuple(rows), joined(notes, " "),
    )  # fmt: skip
    shared = splits(found, proposed)
    core = (
        Phrase("There are splits from which nobody could walk away.")
        if game.has_core
        else Phrase(
            "There is none: whatever the split, some coalition lacks {least:,.1f} or more (least core).", least=game.least_core
        )
    )
    shares: list[tuple[Cell, ...]] = [
        (
            label(player),
            float(game.alone[place]),
            *(Figured(split[player], f"{player}.value") if name == "deal" else split[player] for name, split in shared.items()),
        )
        for place, player in enumerate(found.players)
    ]
    shares.append(("All", float(game.alone.sum()), *(sum(split.values()) for split in shared.values())))
    whole = 2 + list(shared).index("shapley")
    equal = f"{{1}}+(SUM({{all{whole}}})-SUM({{all1}}))/ROWS({{all1}})"
    heads = (
        Column("Player"), Column("At home", money),
        *(Column(WORDS[name], money, formula=equal if name == "equal_gain" else "") for name in shared),
    )  # fmt: skip
    yield Listing("How it could be shared", heads, tuple(shares), core, totals=1)
    stable: list[tuple[Cell, ...]] = []
    for name, split in shared.items():
        blocking = found.blocking(split)
        lacking = "{members} (lacks {lacks:,.1f})"
        who = joined((Phrase(lacking, members=joined(map(label, one.members)), lacks=lacks) for one, lacks in blocking[:3]), "; ")
        if len(blocking) > 3:
            who = Phrase("{coalitions} and {count} more", coalitions=who, count=len(blocking) - 3)
        stable.append((WORDS[name], "yes" if not blocking else "no", who or "nobody"))
    yield Listing(
        "Who could walk away", (Column("Split"), Column("Stable"), Column("Could walk away, and with whom")), tuple(stable)
    )
