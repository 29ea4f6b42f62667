"""Every question that a deal answers by itself, asked once of a deal that can answer it, with few trials."""

from __future__ import annotations

from functools import cache

from jvmodel.dealfile import load
from jvmodel.model import Model, build
from jvmodel.report.asked import asked
from jvmodel.report.listing import Answer

DEALS = {
    "compare": "kasanga_rounds/2_operator", "rounds": "kasanga_rounds/2_operator", "coalition": "three_states",
    "calls": "black_ridge", "gates": "salar_norte",
}  # fmt: skip
DRAWN = ("simulate", "risk", "clauses", "drivers")
TRIALS = ("uncertainty.trials=1024",)


def deal_of(name: str) -> str:
    """The deal of which a question is asked."""
    return DEALS.get(name, "kasanga")


@cache
def asked_of(name: str) -> tuple[Model, Answer]:
    """The deal and its answer to a question, by the command that asks it."""
    (answer,) = asked([name], deal_of(name), TRIALS if name in DRAWN else ())
    return build(load(deal_of(name))), answer
