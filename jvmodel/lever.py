"""Lever: a number of a deal that may be varied, found by its path: its label, unit, value and bounds.

A path is written as in `--set`: terms by name, `prices.copper.flat`, `parties.state.discount_rate`. Where it leads to numbers
over time, the lever is a factor on all of them (`prices.copper`), or one of them (`prices.copper.2031`). A share of a
split that adds up to 100% takes from the others in proportion, or from one that is named behind a colon
(`terms.company.interests.state:major`). Any other number (a tenor, a number of periods) shapes the model, which is then
built anew for each value.
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass, replace
from enum import StrEnum
from functools import cache
from typing import Any

from pydantic_core import PydanticCustomError

from jvmodel.deal import Deal
from jvmodel.errors import GraphError
from jvmodel.graph.graph import did_you_mean
from jvmodel.inputs import PERIOD_KEY, WHOLE, Measured, Record, Series, bare, read_number
from jvmodel.over_time import over_time
from jvmodel.price_deck import PriceDeck
from jvmodel.term import Number, label_of, numbers


class Kind(StrEnum):
    """How a lever moves the model."""

    NUMBER = "number"
    FACTOR = "factor"
    PERIOD = "period"
    SHARE = "share"
    SHAPE = "shape"


@dataclass(frozen=True)
class Lever:
    """A number that may be varied. `base` is its value in the deal, 1 for a factor; `measured` its unit and bounds.

    `name` is the input of the model that it moves, for a share that of its own part; `others` are the parts that give way.
    `period` is the label of the one period that is varied, `giver` what the one that gives a share is called.
    """

    path: str
    label: str
    base: float
    measured: Measured
    kind: Kind
    name: str
    period: str = ""
    others: tuple[str, ...] = ()
    currency: str = "USD"
    giver: str = ""

    @property
    def unit(self) -> str:
        """The unit to show: `%`, `USD/t`, `×` for a factor, `1` for a plain number."""
        return "×" if self.kind is Kind.FACTOR else self.measured.text(self.currency)

    def read(self, text: str) -> float:
        """The value that a text such as `12%` or `9200` means, within bounds; raises GraphError for one that is not a number."""
        measured = Measured(show="%") if self.kind is Kind.FACTOR else self.measured
        try:
            value = read_number(bare(text), measured, self.currency)
        except PydanticCustomError as error:
            raise GraphError(f"{self.path}: {error.message()}") from None
        return self.bounded(value)

    def bounded(self, value: float) -> float:
        """The value; raises GraphError where the deal would refuse it."""
        return self._kept(Measured(low=0.0) if self.kind is Kind.FACTOR else self.measured, value)

    def whole(self, value: float) -> float:
        """A value of the series that a factor gives; raises GraphError where the deal would refuse it."""
        return self._kept(self.measured, value)

    def _kept(self, measured: Measured, value: float) -> float:
        try:
            return measured.bounded(value)
        except PydanticCustomError as error:
            raise GraphError(f"{self.path}: {error.message()}") from None


def lever(deal: Deal, path: str) -> Lever:
    """The lever at a path; raises GraphError with near matches where the deal has no such number."""
    plain, _, giver = path.partition(":")
    found = _live(deal, plain) or _shape(deal, plain)
    if found is None:
        known = [one.path for one in levers(deal)]
        inside = [one for one in known if plain and plain in one][:6]
        hint = did_you_mean(plain, known) or (f"; numbers with that in their path: {', '.join(inside)}" if inside else "")
        raise GraphError(f"the deal has no number '{plain}'{hint}")
    if giver:
        found = _given_by(deal, found, giver)
    return replace(found, path=path)


def levers(deal: Deal) -> Iterator[Lever]:
    """Every number of the deal that can be varied without building the model anew, in the order of the deal."""
    for owner, place, title in _owners(deal):
        yield from _of_record(deal, owner, place, title)


def series(deal: Deal, path: str) -> tuple[Lever, Series] | None:
    """The numbers over time at a path, flat ones too: a lever with their label, unit and bounds, and what the deal has."""
    for owner, place, title in _owners(deal):
        if place and not f"{path}.".startswith(f"{place}."):
            continue
        for one in _of_record(deal, owner, place, title):
            if one.path == f"{path}.flat" or (one.path == path and one.kind is Kind.FACTOR):
                return replace(one, path=path, kind=Kind.NUMBER), _series(owner, place, path)
    return None


def _series(owner: Record, place: str, path: str) -> Series:
    if isinstance(owner, PriceDeck):
        return owner.series
    return next(value for inner, _, value, _ in numbers(owner) if f"{place}.{inner}" == path and isinstance(value, Series))


def _owners(deal: Deal) -> Iterator[tuple[Record, str, str]]:
    """Records with numbers, their paths, and what labels of their numbers begin with."""
    yield deal, "", ""
    yield from ((party, f"parties.{name}", f"{party.name}: ") for name, party in deal.parties.items())
    yield from ((venture, f"ventures.{name}", f"{venture.name}: ") for name, venture in deal.ventures.items())
    yield from ((deck, f"prices.{name}", f"{name.replace('_', ' ').capitalize()}: ") for name, deck in deal.prices.items())
    yield from ((rate, f"currencies.{name}", f"{name}: ") for name, rate in deal.currencies.items())
    yield from ((term, term.path, f"{term.heading}: ") for term in deal.terms)


def _of_record(deal: Deal, owner: Record, place: str, title: str) -> Iterator[Lever]:
    if isinstance(owner, Deal):
        found: Iterator[Number] = _of_deal(owner)
    elif isinstance(owner, PriceDeck):
        found = _prices(deal, owner)
    else:
        found = numbers(owner)
    splits = {} if isinstance(owner, Deal) else dict(_splits(owner))  # a deal's own splits are those of its terms
    for path, label, value, measured in found:
        name = f"{place}.{path}".strip(".")
        one = Lever(
            name,
            _label(deal, title, label),
            1.0,
            measured,
            Kind.FACTOR,
            name,
            currency=deal.currency,
        )
        if isinstance(value, Series):
            if value.flat is not None:
                one = replace(one, path=f"{name}.flat", name=f"{name}.flat", base=value.flat, kind=Kind.NUMBER)
            yield one
            continue
        head, _, key = path.rpartition(".")
        others = tuple(f"{place}.{head}.{other}" for other in splits.get(head, ()) if other != key)
        if head in splits and not others:
            continue  # the whole is one party's: there is nobody to give or take
        yield replace(one, base=float(value), kind=Kind.SHARE if others else Kind.NUMBER, others=others)


def _label(deal: Deal, title: str, label: str) -> str:
    """A label with its owner in front, and a party at its end by its full name."""
    head, colon, last = label.rpartition(": ")
    label = f"{head}{colon}{deal.parties[last].name}" if last in deal.parties else label
    return f"{title}{label[:1].lower()}{label[1:]}" if title else label


def _of_deal(deal: Deal) -> Iterator[Number]:
    rate = Measured(show="%", low=-0.99, high=1.0)
    yield "discount_rate", "Discount rate of the venture", deal.discount_rate, rate
    if deal.inflation is not None:
        yield "inflation", "Inflation a year", deal.inflation, rate


def _prices(deal: Deal, deck: PriceDeck) -> Iterator[Number]:
    unit = Measured(deck.unit.replace(deal.currency, "$"), low=0.0)
    if deck.flat is not None:
        yield "flat", "Price", deck.flat, unit
    else:
        yield "", "Price", deck.series, unit
    if deck.long_term is not None:
        yield "long_term", "Long-term price", deck.long_term, unit
    yield "premium", "Premium over the price", deck.premium, replace(unit, low=None)


def _splits(record: Record, path: str = "") -> Iterator[tuple[str, tuple[str, ...]]]:
    """Paths of mappings whose shares add up to 100%, with their keys."""
    for name, marked in _fields(type(record)):
        yield from _splits_in(getattr(record, name), f"{path}{name}", marked=marked)


@cache
def _fields(kind: type[Record]) -> tuple[tuple[str, bool], ...]:
    """Fields of a record, and whether theirs are shares of a whole."""
    return tuple((name, WHOLE in (*field.metadata, *_marks(field.annotation))) for name, field in kind.model_fields.items())


def _splits_in(value: Any, path: str, *, marked: bool) -> Iterator[tuple[str, tuple[str, ...]]]:
    if isinstance(value, Record):
        yield from _splits(value, f"{path}.")
    elif isinstance(value, dict) and marked and all(isinstance(one, float) for one in value.values()):
        yield path, tuple(value)
    elif isinstance(value, dict | tuple | list):
        entries = value.items() if isinstance(value, dict) else enumerate(value)
        for key, entry in entries:
            yield from _splits_in(entry, f"{path}.{key}", marked=marked)


def _marks(annotation: Any) -> Iterator[Any]:
    yield from getattr(annotation, "__metadata__", ())
    for one in getattr(annotation, "__args__", ()):
        yield from _marks(one)


def _live(deal: Deal, path: str) -> Lever | None:
    """A number, a series as a factor, or one period of a series."""
    for owner, place, title in _owners(deal):
        if place and not f"{path}.".startswith(f"{place}."):
            continue
        for one in _of_record(deal, owner, place, title):
            if path in (one.path, f"{one.path}.flat") or (one.kind is Kind.NUMBER and one.path == f"{path}.flat"):
                return one
            if one.kind is Kind.FACTOR and path.startswith(f"{one.path}.") and PERIOD_KEY.match(path[len(one.path) + 1 :]):
                return _period(deal, _series(owner, place, one.path), one, path[len(one.path) + 1 :])
    return None


def _period(deal: Deal, given: Series, whole: Lever, label: str) -> Lever:
    labels = deal.ruler.labels
    if label not in labels:
        raise GraphError(f"{whole.path}: there is no period '{label}'; periods run from {labels[0]} to {labels[-1]}")
    base = over_time(given, whole.measured, deal.ruler)[labels.index(label)]
    return replace(whole, base=base, kind=Kind.PERIOD, period=label, label=f"{whole.label} in {label}")


def _shape(deal: Deal, path: str) -> Lever | None:
    """A number that shapes the model: any other number of the deal."""
    here: Any = deal
    label = path
    for step in path.split("."):
        if isinstance(here, dict):
            here = here.get(step)
        elif isinstance(here, tuple | list):
            named = {str(getattr(one, "name", number)): one for number, one in enumerate(here)}
            here = named.get(step, here[int(step)] if step.isdecimal() and int(step) < len(here) else None)
        elif isinstance(here, Record) and step in type(here).model_fields:
            label = label_of(type(here).model_fields[step].description or step)
            here = getattr(here, step)
        else:
            return None
    if isinstance(here, bool) or not isinstance(here, int | float):
        return None
    return Lever(path, label, float(here), Measured(), Kind.SHAPE, path, currency=deal.currency)


def _given_by(deal: Deal, found: Lever, giver: str) -> Lever:
    if found.kind is not Kind.SHARE:
        raise GraphError(f"{found.path} is not a share of a whole, so nobody gives it; leave out ':{giver}'")
    chosen = tuple(one for one in found.others if one.rpartition(".")[2] == giver)
    if not chosen:
        known = ", ".join(one.rpartition(".")[2] for one in found.others)
        raise GraphError(f"{found.path}: '{giver}' has no share that it could give; shares are held by {known}")
    return replace(found, others=chosen, giver=deal.parties[giver].name if giver in deal.parties else giver)
