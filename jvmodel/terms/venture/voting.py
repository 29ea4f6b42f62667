"""Voting: shares of votes, majorities of reserved matters, who can block and who decides (terms.md C2, C18)."""

from __future__ import annotations

from collections.abc import Sequence
from math import factorial
from typing import Literal

import numpy as np
from numpy.typing import NDArray
from pydantic import Field, model_validator

from jvmodel.graph import Block, add_up
from jvmodel.inputs import Share, Split, fault
from jvmodel.ledger import Ledger
from jvmodel.term import Name, Term

PARTS = 10_000
"""Votes are counted in hundredths of a percent."""


def _ways(votes: Sequence[int]) -> NDArray[np.int64]:
    """In how many ways so many of the voters have so many votes together: (voters + 1, parts + 1)."""
    ways = np.zeros((len(votes) + 1, PARTS + 1), dtype=np.int64)
    ways[0, 0] = 1
    for vote in votes:
        ways[1:, vote:] += ways[:-1, : PARTS + 1 - vote].copy()
    return ways


def power(votes: Sequence[float], majority: float) -> tuple[tuple[float, float], ...]:
    """Shapley-Shubik and Banzhaf indices of each voter (the latter as shares of 100%), for a majority of at least so much.

    A voter is pivotal in an order, or in a coalition, that has the majority with it and not without it. Shapley and
    Shubik, A Method for Evaluating the Distribution of Power in a Committee System (1954); Banzhaf, Weighted Voting
    Doesn't Work (1965). Counted by dynamic programming.

    >>> [tuple(round(one, 4) for one in index) for index in power([0.5, 0.49, 0.01], 0.51)]
    [(0.6667, 0.6), (0.1667, 0.2), (0.1667, 0.2)]
    """
    whole, needed = [round(vote * PARTS) for vote in votes], round(majority * PARTS)
    n, orders, swings = len(votes), [], []
    for number, vote in enumerate(whole):
        ways = _ways([*whole[:number], *whole[number + 1 :]])
        pivotal = [int(ways[size, max(needed - vote, 0) : needed].sum()) for size in range(n)]
        orders.append(sum(factorial(size) * factorial(n - 1 - size) * count for size, count in enumerate(pivotal)) / factorial(n))
        swings.append(sum(pivotal))
    together = sum(swings) or 1
    return tuple((order, swing / together) for order, swing in zip(orders, swings, strict=True))


class Voting(Term):
    """Who votes with how much, and what majority each matter needs; it moves no money."""

    kind: Literal["voting"] = "voting"
    votes: Split = Field(min_length=2, max_length=20)
    """Share of the votes"""
    majorities: dict[Name, Share] = Field(min_length=1)
    """Majority that a matter needs"""

    @model_validator(mode="after")
    def _whole(self) -> Voting:
        total = sum(self.votes.values())
        if abs(total - 1) > 1e-9:
            raise fault(f"votes add up to {total * 100:.10g}%; they must add up to 100%")
        low = next((name for name, share in self.majorities.items() if share <= 0.5), None)
        if low:
            raise fault(f"majorities.{low}: with {self.majorities[low] * 100:g}% two sides could both win; ask for more than 50%")
        return self

    class Rows(Block):
        """Votes."""

    def apply(self, ledger: Ledger) -> None:
        """Shares of votes, side by side; how power follows from them is counted, not calculated."""
        rows = self.Rows(ledger.graph, self.name, self.heading)
        held = [
            rows.define(
                f"votes_{party}", f"Votes of {ledger.parties[party]}", self.given(ledger, f"votes.{party}") + 0, "%", "none"
            )
            for party in self.votes
        ]
        ledger.check(f"{self.name}_votes", f"{self.heading}: votes add up to 100%", add_up(held) - 1, unit="%")
