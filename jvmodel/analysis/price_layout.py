"""Decks of prices laid out by period, so that each period's price is an input of its own."""

from __future__ import annotations

from collections.abc import Iterable

from jvmodel.deal import Deal
from jvmodel.model import build


def laid_out(deal: Deal, metals: Iterable[str]) -> Deal:
    """The same deal with the prices of some metals by period: every figure of it is the same."""
    run = build(deal).run
    labels = deal.ruler.labels
    decks = dict(deal.prices)
    for metal in metals:
        prices = dict(zip(labels, map(float, run.single(f"price_{metal}.given")), strict=True))
        decks[metal] = decks[metal].model_copy(
            update={"flat": None, "by_year": prices, "long_term": None, "long_term_from": None, "extend": None}
        )
    return deal.model_copy(update={"prices": decks})
