"""Coalitions: what every subset of players could make of the venture without the others, and how to share it (G10, G11)."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from functools import cached_property
from pathlib import Path

import numpy as np
from numpy.typing import NDArray

from jvmodel.account import VENTURE
from jvmodel.analysis.stakes import stakes
from jvmodel.backends import arrays
from jvmodel.backends.arrays import Run
from jvmodel.dealfile import load
from jvmodel.dealfile.absent import without
from jvmodel.errors import GraphError
from jvmodel.graph.graph import did_you_mean
from jvmodel.mandates import Coalition
from jvmodel.model import Model, build
from jvmodel.negotiation.games import Cooperation
from jvmodel.negotiation.variants import Variants
from jvmodel.phrase import Phrase

Array = NDArray[np.float64]


@dataclass(frozen=True)
class Group:
    """A coalition: what it makes by building (None where it cannot), and its worth: that, or what members have at home."""

    members: tuple[str, ...]
    built: float | None
    worth: float
    why: str = ""

    @property
    def builds(self) -> bool:
        """Whether it builds the venture rather than stay at home."""
        return self.built is not None and self.built == self.worth


@dataclass(frozen=True)
class Coalitions:
    """Players of a deal, every coalition of them, and the split that the deal itself makes."""

    model: Model
    players: tuple[str, ...]
    groups: tuple[Group, ...]
    """In the order of the game: player k is bit k; the empty one is first, everybody last"""
    deal_split: dict[str, float] | None
    """What the deal gives each player, where that adds up to what all are worth together"""

    @cached_property
    def game(self) -> Cooperation:
        """The game."""
        return Cooperation(np.array([group.worth for group in self.groups]))

    def group(self, code: int) -> Group:
        """The coalition of a number of the game."""
        return self.groups[code]

    def split(self, values: Array) -> dict[str, float]:
        """A split by player."""
        return dict(zip(self.players, map(float, values), strict=True))

    def blocking(self, split: Mapping[str, float]) -> tuple[tuple[Group, float], ...]:
        """Coalitions that could walk away from a split, with what they lack, the most first."""
        found = self.game.blocking(np.array([split[player] for player in self.players]))
        return tuple((self.groups[code], lacking) for code, lacking in found)

    def better_together(self) -> bool:
        """Whether all together make something that nobody could make alone."""
        return self.game.whole > float(self.game.alone.sum())


def coalitions(path: str | Path, changes: Iterable[str] = ()) -> Coalitions:
    """The coalitions of a deal; raises GraphError where it does not say what each player brings."""
    changes = tuple(changes)
    model = build(load(path, changes))
    given = model.deal.coalition
    if given is None:
        raise GraphError(
            "the deal does not say who brings what; give it a coalition: with players:, and for each what the others do without"
            " it (the example three_states has one)"
        )
    players = tuple(given.players)
    built = _built(path, changes, model, given)
    groups = []
    for code in range(1 << len(players)):
        members = tuple(player for bit, player in enumerate(players) if code >> bit & 1)
        at_home = sum(given.players[player].walk_away for player in members)
        made, why = built[members]
        best = at_home if made is None else made if given.obliged else max(made, at_home)
        groups.append(Group(members, made, best if members else 0.0, why))
    return Coalitions(model, players, tuple(groups), _deal_split(model, given, groups[-1].worth))


def _built(
    path: str | Path, changes: Sequence[str], model: Model, given: Coalition
) -> dict[tuple[str, ...], tuple[float | None, str]]:
    """What every coalition makes by building, or why it cannot."""
    players = tuple(given.players)
    found: dict[tuple[str, ...], tuple[float | None, str]] = {}
    live: list[tuple[tuple[str, ...], Variants]] = []
    for code in range(1 << len(players)):
        members = tuple(player for bit, player in enumerate(players) if code >> bit & 1)
        why = _impossible(given, members)
        if why:
            found[members] = None, why
            continue
        absent = [player for player in players if player not in members]
        if not absent:
            found[members] = _worth(model, given, members, model.run, 0), ""
            continue
        one = Variants(model, without(path, given, absent, model.deal, changes))
        if one.live:
            live.append((members, one))
            continue
        try:
            shape = build(one.after)
        except GraphError as error:
            raise GraphError(f"the coalition of {', '.join(members)}: {error}") from None
        found[members] = _worth(shape, given, members, shape.run, 0), ""
    if live:
        run, scenario = _together(model, [one for _, one in live])
        for (members, _), place in zip(live, scenario, strict=True):
            found[members] = _worth(model, given, members, run, place), ""
    return found


def _together(model: Model, live: Sequence[Variants]) -> tuple[Run, list[int]]:
    inputs = [one.all_inputs() for one in live]
    names = dict.fromkeys(name for one in inputs for name in one)
    stacked = {name: np.array([one.get(name, model.graph.params[name].value) for one in inputs]) for name in names}
    run = arrays.evaluate(model.graph, stacked)
    return run, [min(place, run.scenarios - 1) for place in range(len(live))]


def _impossible(given: Coalition, members: tuple[str, ...]) -> str:
    """Why a coalition cannot build, if it cannot."""
    missing = [player for player, one in given.players.items() if one.without.impossible and player not in members]
    if missing:
        return Phrase("nothing can be built without {player}", player=missing[0])
    lacking = next((group for group in given.one_of if not set(group) & set(members)), None)
    return Phrase("needs one of {players}", players=", ".join(lacking)) if lacking else ""


def _worth(model: Model, given: Coalition, members: tuple[str, ...], run: Run, scenario: int) -> float:
    """What a coalition makes, at the venture's discount rate."""
    if given.worth == "venture":
        factors = run[f"party.{VENTURE}.factor"][scenario]
        return float(sum((run[f"party.{one}.cash"][scenario] * factors).sum() for one in (VENTURE, *model.deal.ventures)))
    value = {stake.party: stake.value for stake in stakes(model, run, scenario)}
    return sum(value[player] for player in (given.players if given.worth == "players" else members) if player in value)


def _deal_split(model: Model, given: Coalition, whole: float) -> dict[str, float] | None:
    value = {stake.party: stake.value for stake in stakes(model) if stake.party in given.players}
    split = {player: value.get(player, 0.0) for player in given.players}
    return split if abs(sum(split.values()) - whole) <= 1e-6 * max(1.0, abs(whole)) else None


def read_split(found: Coalitions, texts: Sequence[str]) -> dict[str, float]:
    """A split proposed as PLAYER=MILLIONS for every player; raises GraphError where it does not add up."""
    split: dict[str, float] = {}
    for text in texts:
        player, _, amount = text.partition("=")
        if player not in found.players:
            raise GraphError(f"--split {text}: '{player}' is not a player{did_you_mean(player, found.players)}")
        try:
            split[player] = float(amount)
        except ValueError:
            raise GraphError(f"--split {text}: write PLAYER=MILLIONS, such as {player}=40") from None
    missing = [player for player in found.players if player not in split]
    if missing:
        raise GraphError(f"--split says nothing of {', '.join(missing)}; give every player an amount")
    total = sum(split.values())
    if abs(total - found.game.whole) > 0.05:
        raise GraphError(f"--split hands out {total:,.1f}, and all together are worth {found.game.whole:,.1f}; make it add up")
    return split
