"""Rounds of bargaining: a chain of proposals as a log of what each side asked and gave (terms.md G16).

Every round is a proposal over the one before it; version control keeps the files, and the fingerprint of each deal says
whether it is the one that was talked about.
"""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from pathlib import Path

from jvmodel.dealfile import load
from jvmodel.dealfile.find import find
from jvmodel.dealfile.proposal import Proposal, opened
from jvmodel.errors import GraphError
from jvmodel.model import Model, build
from jvmodel.negotiation.differences import Difference, differences


@dataclass(frozen=True)
class Round:
    """One round: who moved, what was changed against the round before, and what that does to every party, in millions.

    `given` is what the mover concedes against its own last offer (negative where it asks for more), None for its first;
    `rate` is that divided by what the others gain between the two, and `last` divided by what it conceded the time before.
    `since` are changes against the deal that the rounds began from.
    """

    file: str
    title: str
    by: str
    date: str
    note: str
    fingerprint: str
    differences: tuple[Difference, ...]
    worth: dict[str, float]
    change: dict[str, float]
    since: dict[str, float]
    given: float | None
    rate: float | None
    last: float | None


@dataclass(frozen=True)
class Log:
    """Rounds over a deal, and the parties whose values are followed."""

    model: Model
    parties: tuple[str, ...]
    worth: dict[str, float]
    """What the deal gave each before the first round"""
    rounds: tuple[Round, ...]


def log(files: Sequence[str | Path], changes: Iterable[str] = ()) -> Log:
    """The log of a deal and rounds over it; with one proposal alone, of every round that it stands on."""
    changes = tuple(changes)
    chain = list(files)
    if len(chain) == 1:
        found = opened(find(chain[0])).chain
        if not found:
            raise GraphError(f"{chain[0]} is a deal, not a proposal; name the last round, or the deal and its rounds in order")
        first = found[0]
        chain = [base_of(*first), *(path for path, _ in found)]
    model = build(load(chain[0], changes))
    given = model.deal.negotiation
    parties = tuple(given.parties) if given else tuple(model.deal.parties)
    worth = _worth(model, parties)
    rounds: list[Round] = []
    before, had = model, worth
    for file in chain[1:]:
        after = build(load(file, changes))
        one = _round(file, before, after, had, worth, rounds)
        rounds.append(one)
        before, had = after, one.worth
    return Log(model, parties, worth, tuple(rounds))


def base_of(path: Path, proposal: Proposal) -> str | Path:
    """The deal or proposal that the proposal in a file is over: a file beside it, or an example."""
    beside = path.parent / proposal.base
    return beside if beside.is_file() else proposal.base


def _worth(model: Model, parties: Iterable[str]) -> dict[str, float]:
    return {party: float(model.run.single(f"party.{party}.value").sum()) for party in parties}


def _round(
    file: str | Path, before: Model, after: Model, had: dict[str, float], start: dict[str, float], rounds: Sequence[Round]
) -> Round:
    chain = opened(find(file)).chain
    proposal = chain[-1][1] if chain else None
    worth = _worth(after, had)
    change = {party: worth[party] - had[party] for party in worth}
    by = (proposal and proposal.by) or ""
    given = rate = last = None
    own = next((one for one in reversed(rounds) if one.by == by), None)
    if own is not None and by in worth:
        given = own.worth[by] - worth[by]
        gained = sum(worth[party] - own.worth[party] for party in worth if party != by)
        rate = given / gained if given > 0 and gained > 0 else None
        last = given / own.given if own.given and own.given > 0 else None
    return Round(
        str(file), (proposal and proposal.title) or Path(file).stem, by, (proposal and proposal.date) or "",
        (proposal and proposal.note) or "", after.deal.fingerprint, differences(before.deal, after.deal), worth, change,
        {party: worth[party] - start[party] for party in worth}, given, rate, last,
    )  # fmt: skip
