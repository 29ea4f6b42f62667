"""Who holds a veto: the majority that each reserved matter needs, who can block it alone, and every voter's power (terms.md)."""

from __future__ import annotations

from typing import Any

from jvmodel.negotiation.votes import matters
from jvmodel.report.schedules import Schedules, table

MOST_VOTERS = 6
"""With more voters than this their power is in the answer of `jvmodel votes` alone."""


def vetoes(made: Schedules) -> list[dict[str, Any]]:
    """A table for each voting clause of the deal."""
    say, found = made.say, matters(made.model.deal)
    tables = []
    for term in dict.fromkeys(one.term for one in found):
        mine = [one for one in found if one.term == term]
        voters = list(mine[0].votes) if len(mine[0].votes) <= MOST_VOTERS else []
        rows = [
            (say(one.matter[0].upper() + one.matter[1:]), [
                made.language.text(one.majority, "%"), ", ".join(map(made.label, one.blocking)) or say("nobody"),
                *(made.language.percent(one.shapley_shubik[voter]) for voter in voters),
            ]) for one in mine
        ]  # fmt: skip
        head = [say("Reserved matter"), say("Needs"), say("Can block it alone"), *map(made.label, voters)]
        note = say("Under each voter: the share of all orders of joining in which its votes decide (Shapley–Shubik).")
        title = made.language.pair(say("Who holds a veto"), term)
        tables.append(table(title, "", head, rows, notes=[note] if voters else [], words=[1]))
    return tables
