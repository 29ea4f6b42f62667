"""What a deal says about a term beside it goes with the term: its ranges, its place on the table, its risks."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any, TypeVar

from jvmodel.dealfile.source import Place, Source

At = TypeVar("At")


def forget(data: Source, name: str) -> None:
    """Takes out of a deal's data ranges, terms on the table and risks that are numbers of a term which it no longer has."""

    def about(path: Any) -> bool:
        return isinstance(path, str) and path.startswith(f"terms.{name}.")

    _without(data.data, "ranges", about)
    negotiation = data.data.get("negotiation")
    if isinstance(negotiation, dict) and isinstance(negotiation.get("terms"), dict):
        _without(negotiation, "terms", about)
        if "terms" not in negotiation:
            del data.data["negotiation"]
    uncertainty = data.data.get("uncertainty")
    factors = uncertainty.get("factors") if isinstance(uncertainty, dict) else None
    if not isinstance(uncertainty, dict) or not isinstance(factors, dict):
        return
    for risk, factor in list(factors.items()):
        of = factor.get("of") if isinstance(factor, dict) else None
        left = [path for path in of if not about(path)] if isinstance(of, list) else of
        if about(left) or left == []:
            del factors[risk]
            _uncorrelated(data, uncertainty, risk)
        elif left != of:
            factor["of"] = left
    if not factors:
        del data.data["uncertainty"]


def _without(data: dict[str, Any], key: str, about: Callable[[Any], bool]) -> None:
    """Takes out the entries of a mapping that a test says are about the term, and the mapping where none is left."""
    found = data.get(key)
    if not isinstance(found, dict) or not any(map(about, found)):
        return
    for path in [path for path in found if about(path)]:
        del found[path]
    if not found:
        del data[key]


def _uncorrelated(data: Source, uncertainty: dict[str, Any], risk: str) -> None:
    """Takes out the correlations of a risk; the lines of the others stay what they are."""
    listed = uncertainty.get("correlations")
    if not isinstance(listed, list):
        return
    for gone in reversed([number for number, one in enumerate(listed) if isinstance(one, dict) and risk in one.get("of", ())]):
        listed.pop(gone)
        data.places = moved(data.places, ("uncertainty", "correlations"), gone)
        data.changed = moved(data.changed, ("uncertainty", "correlations"), gone)


def moved(places: dict[Place, At], of: Place, gone: int) -> dict[Place, At]:
    """Where everything stands once an entry of the list `of` is gone."""
    depth = len(of)
    found: dict[Place, At] = {}
    for place, at in places.items():
        number = place[depth] if place[:depth] == of and len(place) > depth else None
        if not isinstance(number, int) or number < gone:
            found[place] = at
        elif number > gone:
            found[*of, number - 1, *place[depth + 1 :]] = at
    return found
