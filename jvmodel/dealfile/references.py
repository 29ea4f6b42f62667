"""Names that a term uses: parties, metals and phases, which the deal must have; and series, which must fit its timeline."""

from __future__ import annotations

import types
from collections.abc import Iterable, Iterator
from typing import Annotated, Any, Union, get_args, get_origin

from pydantic import ValidationError
from pydantic_core import PydanticCustomError

from jvmodel.deal import Deal
from jvmodel.dealfile.mandated import faults_of_mandates
from jvmodel.dealfile.source import Place
from jvmodel.dealfile.uncertain import faults_of_uncertainty
from jvmodel.errors import GraphError
from jvmodel.graph.graph import did_you_mean
from jvmodel.inputs import Measured, Record, Series
from jvmodel.ledger import MARKET, VENTURE
from jvmodel.lever import lever
from jvmodel.over_time import over_time
from jvmodel.term import numbers
from jvmodel.terms import kinds, term_of

KINDS = ("party", "metal", "phase", "currency")


def loose_ends(deal: Deal) -> Iterator[tuple[Place, str]]:
    """Every name that the deal does not have, and every series that does not fit its timeline."""
    known = _known(deal.parties, deal.prices, deal.phases, deal.currencies)
    for number, term in enumerate(deal.terms):
        yield from _unknown(term, ("terms", number), known)
        yield from _series(deal, term, ("terms", number))
    for metal, deck in deal.prices.items():
        if deck.by_year is not None:
            yield from _fits(deal, deck.series, Measured(deck.unit), ("prices", metal))
    for name, currency in deal.currencies.items():
        yield from _series(deal, currency, ("currencies", name))
    for path, span in deal.ranges.items():
        try:
            for value in (span.low, span.high):
                lever(deal, path).bounded(value)
        except GraphError as error:
            yield ("ranges", path), str(error)
    if deal.uncertainty is not None:
        yield from _unknown(deal.uncertainty, ("uncertainty",), known)
        yield from faults_of_uncertainty(deal, deal.uncertainty)
    for name, brought in (("negotiation", deal.negotiation), ("coalition", deal.coalition), ("gates", deal.gates)):
        if brought is not None:
            yield from _unknown(brought, (name,), known)
    yield from faults_of_mandates(deal)


def loose_names(data: dict[str, Any], context: dict[str, Any]) -> Iterator[tuple[Place, str]]:
    """Names that the deal does not have, in the terms that can be read, of a deal that has other faults."""
    parts = [part if isinstance(part := data.get(key), dict) else {} for key in ("parties", "prices", "phases", "currencies")]
    entries = data.get("terms")
    for number, entry in enumerate(entries if isinstance(entries, list) else []):
        kind = str(entry.get("kind")) if isinstance(entry, dict) else ""
        if kind not in kinds():
            continue
        try:
            term = term_of(kind).model_validate(entry, context=context)
        except ValidationError:
            continue
        yield from _unknown(term, ("terms", number), _known(*parts))


def _known(
    parties: Iterable[str], metals: Iterable[str], phases: Iterable[str], currencies: Iterable[str]
) -> dict[str, list[str]]:
    return {
        "party": [*parties, VENTURE, *MARKET],
        "metal": list(metals),
        "phase": list(dict.fromkeys([*phases, "operation"])),
        "currency": list(currencies),
    }


def _unknown(term: Record, place: Place, known: dict[str, list[str]]) -> Iterator[tuple[Place, str]]:
    plural = {"party": "parties", "metal": "prices", "phase": "phases", "currency": "currencies"}
    for at, kind, name in _names(term, place):
        if name not in known[kind]:
            have = ", ".join(known[kind][:12]) or "none"
            yield at, f"'{name}' is not a {kind} of the deal{did_you_mean(name, known[kind])} ({plural[kind]}: {have})"


def _series(deal: Deal, record: Record, place: Place) -> Iterator[tuple[Place, str]]:
    for path, _, value, measured in numbers(record):
        if isinstance(value, Series) and value.flat is None:
            yield from _fits(deal, value, measured, (*place, *path.split(".")))


def _fits(deal: Deal, value: Series, measured: Measured, place: Place) -> Iterator[tuple[Place, str]]:
    try:
        over_time(value, measured, deal.ruler)
    except PydanticCustomError as error:
        yield place, error.message()


def _names(record: Record, place: Place) -> Iterator[tuple[Place, str, str]]:
    for name, field in type(record).model_fields.items():
        annotation = Annotated[field.annotation, *field.metadata] if field.metadata else field.annotation
        yield from _named(getattr(record, name), annotation, (*place, name))


def _named(value: Any, annotation: Any, place: Place) -> Iterator[tuple[Place, str, str]]:
    if value is None:
        return
    if isinstance(value, Record):
        yield from _names(value, place)
        return
    origin, inside = get_origin(annotation), get_args(annotation)
    if origin is Annotated:
        for kind in KINDS:
            if kind in inside[1:] and isinstance(value, str):
                yield place, kind, value
        yield from _named(value, inside[0], place)
    elif origin in (Union, types.UnionType):
        for one in inside:
            yield from _named(value, one, place)
    elif isinstance(value, dict) and origin is dict:
        for key, entry in value.items():
            yield from _named(key, inside[0], (*place, key))
            yield from _named(entry, inside[1], (*place, key))
    elif isinstance(value, tuple | list) and origin in (tuple, list):
        for number, entry in enumerate(value):
            yield from _named(entry, inside[0], (*place, number))
