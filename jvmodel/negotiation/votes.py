"""Votes: who can block each reserved matter, who can carry it with whom, and the power of every voter (terms.md C18)."""

from __future__ import annotations

from dataclasses import dataclass
from itertools import combinations

from jvmodel.deal import Deal
from jvmodel.terms.venture.voting import Voting, power

SLACK = 1e-9
MOST_LISTED = 12


@dataclass(frozen=True)
class Matter:
    """A reserved matter: the majority it needs, who can block it alone, and the smallest groups that can carry it.

    `shapley_shubik` and `banzhaf` are the power of each voter, as shares of 100%.
    """

    term: str
    matter: str
    majority: float
    votes: dict[str, float]
    blocking: tuple[str, ...]
    carrying: tuple[tuple[str, ...], ...]
    shapley_shubik: dict[str, float]
    banzhaf: dict[str, float]


def matters(deal: Deal) -> tuple[Matter, ...]:
    """Every reserved matter of the deal's voting terms."""
    return tuple(
        _matter(term, matter, majority)
        for term in deal.terms
        if isinstance(term, Voting)
        for matter, majority in term.majorities.items()
    )


def _matter(term: Voting, matter: str, majority: float) -> Matter:
    found = power(list(term.votes.values()), majority)
    return Matter(
        term.heading, matter.replace("_", " "), majority, dict(term.votes),
        tuple(party for party, share in term.votes.items() if 1 - share < majority - SLACK),
        tuple(_carrying(term.votes, majority)),
        {party: order for party, (order, _) in zip(term.votes, found, strict=True)},
        {party: swing for party, (_, swing) in zip(term.votes, found, strict=True)},
    )  # fmt: skip


def _carrying(votes: dict[str, float], majority: float) -> list[tuple[str, ...]]:
    """Groups that have the majority, and would not without any one of them; the smallest first."""
    found: list[tuple[str, ...]] = []
    for size in range(1, len(votes) + 1):
        for group in combinations(votes, size):
            total = sum(votes[party] for party in group)
            if total >= majority - SLACK and all(total - votes[party] < majority - SLACK for party in group):
                found.append(group)
                if len(found) == MOST_LISTED:
                    return found
    return found
