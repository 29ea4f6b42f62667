"""Deals between two deals: any subset of their differences switched over, and what parties are then worth.

Differences in numbers that the model takes as inputs are switched as scenarios of one run; all others (a term added, a
tenor, a method) build the model anew, once for each subset of them.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from functools import cached_property
from typing import Any

import numpy as np
from numpy.typing import ArrayLike, NDArray
from pydantic_core import PydanticCustomError

from jvmodel.analysis.study import evaluate
from jvmodel.analysis.wanted import wanted
from jvmodel.deal import Deal
from jvmodel.inputs import Series
from jvmodel.model import Model, build
from jvmodel.negotiation.differences import Difference, differences
from jvmodel.over_time import over_time
from jvmodel.term import numbers

Array = NDArray[np.float64]
Subset = frozenset[str]
WORDS = ("name", "role", "title")
"""Fields that move no number."""
DECLARED = ("parties", "ventures", "prices", "currencies")
"""What moves no number until a term names it; between two deals everything that either declares is there to be named."""


@dataclass(frozen=True)
class Variants:
    """A model, another deal, and what lies between them; differences are switched by their `part`."""

    base: Model
    after: Deal
    _built: dict[Subset, Model] = field(default_factory=dict)

    @cached_property
    def differences(self) -> tuple[Difference, ...]:
        """Everything that the other deal says differently."""
        return differences(self.base.deal, self.after)

    @cached_property
    def inputs(self) -> Mapping[str, Mapping[str, ArrayLike]]:
        """By part: inputs of the model with the other deal's values, for the parts that are nothing but such numbers."""
        found: dict[str, dict[str, ArrayLike]] = {}
        shaping = set()
        for one in self.differences:
            if one.owner.startswith("clauses.") or one.path.rpartition(".")[2] in WORDS or _declares(one):
                found.setdefault(one.part, {})
                continue
            named = _input(self.base, self.after, one)
            if named is None:
                shaping.add(one.part)
            else:
                found.setdefault(one.part, {})[named[0]] = named[1]
        return {part: given for part, given in found.items() if part not in shaping}

    @property
    def live(self) -> bool:
        """Whether the other deal is the same model with other inputs."""
        return all(one.part in self.inputs and not _declares(one) for one in self.differences)

    def all_inputs(self) -> dict[str, ArrayLike]:
        """Every input with the other deal's value, for a live one."""
        return {name: value for given in self.inputs.values() for name, value in given.items()}

    def model(self, parts: Subset) -> Model:
        """The model with some of the shaping parts switched, built once."""
        if not parts:
            return self.base
        if parts not in self._built:
            self._built[parts] = build(hybrid(self.base.deal, self.after, parts))
        return self._built[parts]

    def values(self, subsets: Sequence[Iterable[str]], metric: str = "npv") -> dict[str, Array]:
        """The metric of every party (len(subsets),) with those parts switched; 0 for a party that a deal does not have."""
        parties = dict.fromkeys([*self.base.parties, *self.after.ventures, *self.after.parties])
        found = {party: np.zeros(len(subsets)) for party in parties}
        shapes: dict[Subset, list[int]] = {}
        chosen = [frozenset(one) for one in subsets]
        for place, parts in enumerate(chosen):
            shapes.setdefault(frozenset(part for part in parts if part not in self.inputs), []).append(place)
        for shape, places in shapes.items():
            model = self.model(shape)
            changes = self._scenarios(model, [chosen[place] for place in places])
            wishes = [wanted(model, f"{party}.{metric}") for party in model.parties]
            for text, answer in evaluate(model, changes, wishes, len(places)).items():
                found[text.rpartition(".")[0]][places] = answer
        return found

    def _scenarios(self, model: Model, subsets: Sequence[Subset]) -> dict[str, Array]:
        changes: dict[str, Array] = {}
        for part, given in self.inputs.items():
            switched = np.array([part in parts for parts in subsets])
            if not switched.any():
                continue
            for name, value in given.items():
                before, after = (np.asarray(one, dtype=np.float64) for one in (model.graph.params[name].value, value))
                changes[name] = np.where(switched[:, None], after, before) if after.ndim else np.where(switched, after, before)
        return changes


def _input(base: Model, after: Deal, one: Difference) -> tuple[str, ArrayLike] | None:
    """The input of the model that a difference is about and its new value; None where there is no such input."""
    if one.owner.startswith("timeline") or one.before is None or one.after is None:
        return None
    if _is_number(one.before) and _is_number(one.after):
        return (one.path, float(one.after)) if one.path in base.graph.params else None
    if not (isinstance(one.before, Series) and isinstance(one.after, Series)):
        return None
    if one.after.flat is not None:
        return (f"{one.path}.flat", one.after.flat) if f"{one.path}.flat" in base.graph.params else None
    given = base.graph.params.get(one.path)
    if given is None or not given.series or after.ruler.labels != base.graph.timeline.labels:
        return None
    term = next((term for term in after.terms if term.path == one.owner), None)
    if term is None:
        return None
    within = one.path.removeprefix(f"{one.owner}.")
    measured = next(measured for path, _, _, measured in numbers(term) if path == within)
    try:
        return one.path, np.array(over_time(one.after, measured, after.ruler))
    except PydanticCustomError:
        return None


def _declares(one: Difference) -> bool:
    """Whether only one of the deals knows a party, venture, price or currency."""
    return one.path.partition(".")[0] in DECLARED and one.path == one.owner and (one.before is None or one.after is None)


def _is_number(value: Any) -> bool:
    return isinstance(value, int | float) and not isinstance(value, bool)


def hybrid(before: Deal, after: Deal, parts: Iterable[str]) -> Deal:
    """The first deal with some parts as the second has them; parts are fields of clauses, or whole clauses."""
    chosen = set(parts)
    update: dict[str, Any] = {}
    for name in type(before).model_fields:
        mine, theirs = getattr(before, name), getattr(after, name)
        if mine == theirs:
            continue
        if name == "terms":
            old, new = ({term.path: term for term in deal.terms} for deal in (before, after))
            update[name] = tuple(_mixed(old, new, chosen).values())
        elif isinstance(mine, dict):
            old, new = ({f"{name}.{key}": value for key, value in deal.items()} for deal in (mine, theirs))
            mixed = _mixed(old, new, chosen)
            if name in DECLARED:
                mixed = new | old | mixed
            update[name] = {path.removeprefix(f"{name}."): value for path, value in mixed.items()}
        else:
            found = _mixed({name: mine}, {name: theirs}, chosen)
            update[name] = found.get(name)
    return before.model_copy(update=update)


def _mixed(old: dict[str, Any], new: dict[str, Any], parts: set[str]) -> dict[str, Any]:
    """Clauses by path, each as the new deal has it where its part was chosen."""
    found: dict[str, Any] = {}
    for path in dict.fromkeys([*old, *new]):
        if path in parts:
            if new.get(path) is not None:
                found[path] = new[path]
        elif path in old:
            found[path] = old[path]
            fields = [part.removeprefix(f"{path}.") for part in parts if part.startswith(f"{path}.")]
            if fields and path in new:
                found[path] = old[path].model_copy(update={name: getattr(new[path], name) for name in fields})
    return found
