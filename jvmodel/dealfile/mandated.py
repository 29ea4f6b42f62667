"""Faults of what parties bring to the table: parties, terms and numbers that the deal does not have."""

from __future__ import annotations

from collections.abc import Iterator

from jvmodel.deal import Deal
from jvmodel.dealfile.source import Place
from jvmodel.errors import GraphError
from jvmodel.graph.graph import did_you_mean
from jvmodel.lever import lever


def faults_of_mandates(deal: Deal) -> Iterator[tuple[Place, str]]:
    """Every name that the deal does not have in `negotiation` and `coalition`, and bounds that it would refuse."""
    if deal.negotiation is not None:
        for path, latitude in deal.negotiation.terms.items():
            try:
                for value in (latitude.low, latitude.high):
                    lever(deal, path).bounded(value)
            except GraphError as error:
                yield ("negotiation", "terms", path), str(error)
    if deal.coalition is not None:
        for number, path in enumerate(deal.coalition.scale.numbers if deal.coalition.scale else ()):
            try:
                lever(deal, path)
            except GraphError as error:
                yield ("coalition", "scale", "numbers", number), str(error)
        names = [term.name for term in deal.terms]
        for name, player in deal.coalition.players.items():
            place = ("coalition", "players", name, "without")
            for number, term in enumerate(player.without.remove):
                if term not in names:
                    yield (*place, "remove", number), f"the deal has no term '{term}'{did_you_mean(term, names)}"
