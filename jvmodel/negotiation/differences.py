"""What differs between two deals, clause by clause, in words and numbers."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from typing import Any

from jvmodel.deal import Deal
from jvmodel.inputs import Measured, Record, Series
from jvmodel.phrase import Phrase, joined
from jvmodel.price_deck import PriceDeck
from jvmodel.shown import NONE, text
from jvmodel.term import Term, label_of, numbers

Steps = tuple[str, ...]
NOT_TERMS = ("deal", "description", "language", "ranges", "uncertainty", "negotiation", "coalition", "gates")
"""What a deal says that moves no number and is no clause."""


@dataclass(frozen=True)
class Difference:
    """One number or word that two deals say differently. `before` and `after` are None where a deal does not say it.

    `owner` is the clause: the path of the term, party, price or field of the deal; `part` the field of it that differs.
    """

    path: str
    owner: str
    part: str
    clause: str
    label: str
    unit: str
    before: Any
    after: Any

    @property
    def words(self) -> Phrase:
        """The difference as a sentence would have it: `Royalty rate: 3.5% → 5%`."""
        if not self.label:
            return Phrase("taken out") if self.after is None else Phrase("added")
        return Phrase("{label}: {moved}", label=Phrase(self.label), moved=self.moved)

    @property
    def moved(self) -> Phrase:
        """Both sides of the difference: `3.5% → 5%`."""
        return Phrase("{before} → {after}", before=self.shown(self.before), after=self.shown(self.after))

    def shown(self, value: Any) -> str:
        """One side of the difference as text."""
        return _shown(value, self.unit)


@dataclass(frozen=True)
class Leaf:
    """Something that a deal says: where, what it is called, its unit, and the value."""

    steps: Steps
    label: str
    measured: Measured | None
    value: Any


def differences(before: Deal, after: Deal) -> tuple[Difference, ...]:
    """Everything that the second deal says differently, in the order of the first, then what only the second has."""
    return tuple(_differences(before, after))


def _differences(before: Deal, after: Deal) -> Iterator[Difference]:
    old, new = dict(_owners(before)), dict(_owners(after))
    for path in dict.fromkeys([*old, *new]):
        one, other = old.get(path), new.get(path)
        if one == other:
            continue
        title = _title(path, one if one is not None else other)
        if one is None or other is None or type(one) is not type(other):
            yield Difference(path, path, path, title, "", "", one, other)
            continue
        yield from _within(path, title, before, one, other)


def _within(path: str, title: str, deal: Deal, one: Any, other: Any) -> Iterator[Difference]:
    if not isinstance(one, Record):
        unit = "%" if path in ("discount_rate", "inflation") else ""
        yield Difference(path, path, path, title, title, unit, one, other)
        return
    old = {leaf.steps: leaf for leaf in leaves(deal, one)}
    new = {leaf.steps: leaf for leaf in leaves(deal, other)}
    for steps in dict.fromkeys([*old, *new]):
        leaf = old.get(steps) or new[steps]
        values = [found[steps].value if steps in found else None for found in (old, new)]
        if values[0] == values[1] or steps[-1] == "note":
            continue
        unit = leaf.measured.text(deal.currency) if leaf.measured else ""
        yield Difference(".".join((path, *steps)), path, f"{path}.{steps[0]}", title, leaf.label, unit, *values)


def _owners(deal: Deal) -> Iterator[tuple[str, Any]]:
    """Clauses of a deal: fields of its own, parties, ventures, prices, currencies, terms."""
    for name in type(deal).model_fields:
        value = getattr(deal, name)
        if name in NOT_TERMS or name == "regimes":
            continue
        if name == "terms":
            yield from ((term.path, term) for term in deal.terms)
        elif isinstance(value, dict):
            yield from ((f"{name}.{key}", entry) for key, entry in value.items())
        elif value is not None:
            yield name, value


def _title(path: str, owner: Any) -> str:
    if isinstance(owner, Term):
        return owner.heading
    if isinstance(owner, PriceDeck):
        return f"Price of {path.rpartition('.')[2].replace('_', ' ')}"
    name = getattr(owner, "name", None)
    if isinstance(name, str):
        return name
    field = Deal.model_fields.get(path)
    return label_of(field.description) if field is not None and field.description else path.replace("_", " ").replace(".", ": ")


def leaves(deal: Deal, record: Record) -> Iterator[Leaf]:
    """Everything that a record says, down to single numbers, words and series."""
    measured = {path: (label, unit) for path, label, _, unit in numbers(record)}
    for name, field in type(record).model_fields.items():
        label = label_of(field.description or name)
        yield from _leaves(getattr(record, name), (name,), label, measured, _price_unit(deal, record, name))


def _price_unit(deal: Deal, record: Record, field: str) -> Measured | None:
    if isinstance(record, PriceDeck) and field in ("flat", "by_year", "long_term", "premium"):
        return Measured(record.unit.replace(deal.currency, "$"))
    return None


def _leaves(
    value: Any, steps: Steps, label: str, measured: dict[str, tuple[str, Measured]], unit: Measured | None
) -> Iterator[Leaf]:
    known = measured.get(".".join(steps))
    if known is not None:
        yield Leaf(steps, known[0], known[1], value)
    elif isinstance(value, Record) and not isinstance(value, Series):
        for name, field in type(value).model_fields.items():
            inner = f"{label}: {label_of(field.description or name).lower()}"
            yield from _leaves(getattr(value, name), (*steps, name), inner, measured, unit)
    elif isinstance(value, dict):
        for key, entry in value.items():
            yield from _leaves(entry, (*steps, str(key)), f"{label}: {key}", measured, unit)
    elif isinstance(value, tuple | list) and any(isinstance(entry, Record | dict) for entry in value):
        for number, entry in enumerate(value):
            yield from _leaves(entry, (*steps, str(number)), f"{label} {number + 1}", measured, unit)
    else:
        yield Leaf(steps, label, unit, value)


def _shown(value: Any, unit: str) -> str:
    if value is None:
        return NONE
    if isinstance(value, bool):
        return Phrase("yes") if value else Phrase("no")
    if isinstance(value, Series):
        return _series(value, unit)
    if isinstance(value, int | float):
        return text(float(value), unit or "1")
    if isinstance(value, tuple | list):
        return joined(_shown(one, unit) for one in value)
    if isinstance(value, Record):
        return type(value).__name__
    return str(value).replace("_", " ")


def _series(value: Series, unit: str) -> str:
    if value.flat is not None:
        return text(value.flat, unit)
    years = value.by_year or {}
    if not years:
        return NONE
    first, last = next(iter(years)), list(years)[-1]
    return Phrase(
        "by year, {before} ({first}) to {after} ({last})",
        before=text(years[first], unit), first=str(first), after=text(years[last], unit), last=str(last),
    )  # fmt: skip
