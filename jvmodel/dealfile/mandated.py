"""Faults of what parties bring to the table: parties, terms and numbers that the deal does not have."""

from __future__ import annotations

from collections.abc import Iterator

from jvmodel.deal import Deal
from jvmodel.dealfile.source import Place
from jvmodel.errors import GraphError
from jvmodel.graph.graph import did_you_mean
from jvmodel.lever import lever


def faults_of_mandates(deal: Deal) -> Iterator[tuple[Place, str]]:
    """Numbers and terms in `negotiation`, `coalition` and `gates` that the deal does not have, and bounds it would refuse."""
    if deal.negotiation is not None:
        for path, latitude in deal.negotiation.terms.items():
            yield from _number(deal, path, ("negotiation", "terms", path), (latitude.low, latitude.high))
    if deal.coalition is not None:
        for number, path in enumerate(deal.coalition.scale.numbers if deal.coalition.scale else ()):
            yield from _number(deal, path, ("coalition", "scale", "numbers", number))
        yield from _terms(deal)
    if deal.gates is not None:
        for number, outcome in enumerate(deal.gates.outcomes):
            for path in outcome.factors:
                yield from _number(deal, path, ("gates", "outcomes", number, "factors", path))


def _number(deal: Deal, path: str, place: Place, values: tuple[float, ...] = ()) -> Iterator[tuple[Place, str]]:
    try:
        one = lever(deal, path)
        for value in values:
            one.bounded(value)
    except GraphError as error:
        yield place, str(error)


def _terms(deal: Deal) -> Iterator[tuple[Place, str]]:
    names = [term.name for term in deal.terms]
    assert deal.coalition is not None
    for name, player in deal.coalition.players.items():
        for number, term in enumerate(player.without.remove):
            if term not in names:
                place = ("coalition", "players", name, "without", "remove", number)
                yield place, f"the deal has no term '{term}'{did_you_mean(term, names)}"
