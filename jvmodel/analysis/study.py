"""Study: a deal open for questions. It answers figures for many values of the deal's numbers at once."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from functools import cached_property
from pathlib import Path

import numpy as np
from numpy.typing import ArrayLike, NDArray

from jvmodel.analysis.wanted import Reading, Wanted, wanted
from jvmodel.backends import kernel
from jvmodel.dealfile import load
from jvmodel.errors import GraphError
from jvmodel.lever import Kind, Lever, lever
from jvmodel.metrics import METRICS, Flows
from jvmodel.model import Model, build

Array = NDArray[np.float64]


@dataclass(frozen=True)
class Study:
    """A deal file with changes (as `--set` writes them), its model, and the levers by which it may be varied."""

    path: str | Path
    changes: tuple[str, ...] = ()
    levers: dict[str, Lever] = field(default_factory=dict)
    _shapes: dict[tuple[str, ...], Model] = field(default_factory=dict)

    @cached_property
    def model(self) -> Model:
        """The model of the deal as it is."""
        return self.shaped(())

    def shaped(self, changes: tuple[str, ...]) -> Model:
        """The model with further changes, built once."""
        if changes not in self._shapes:
            self._shapes[changes] = build(load(self.path, (*self.changes, *changes)))
        return self._shapes[changes]

    def lever(self, path: str) -> Lever:
        """The lever at a path, moved as an input of the model where it can be."""
        if path not in self.levers:
            found = lever(self.model.deal, path)
            if found.kind is not Kind.SHAPE and found.name not in self.model.graph.params:
                found = Lever(path, found.label, found.base, found.measured, Kind.SHAPE, found.name, currency=found.currency)
            self.levers[path] = found
        return self.levers[path]

    def figures(self, values: Mapping[str, ArrayLike], figures: Iterable[str]) -> dict[str, Array]:
        """Figures (S,) by their text, for values of levers: each a number or (S,); inputs over time also (S, periods).

        NaN where a figure does not exist in a scenario. Raises GraphError for unknown paths, figures and values out of bounds.
        """
        wishes = [wanted(self.model, text) for text in figures]
        columns = {path: np.asarray(value, dtype=np.float64) for path, value in values.items()}
        scenarios = {len(one) for one in columns.values() if one.ndim}
        if len(scenarios) > 1:
            raise GraphError(f"levers are given {' and '.join(map(str, sorted(scenarios)))} values; give each the same number")
        size = scenarios.pop() if scenarios else 1
        found = {wish.text: np.empty(size) for wish in wishes}
        for shape, where in self._shapes_of(columns, size):
            model = self.shaped(shape)
            changes = self._inputs(model, columns, where, size)
            for text, answer in evaluate(model, changes, wishes, int(where.sum())).items():
                found[text][where] = answer
        return found

    def _shapes_of(self, columns: dict[str, Array], size: int) -> Iterator[tuple[tuple[str, ...], NDArray[np.bool_]]]:
        """Changes that shape the model, and the scenarios that have them."""
        shaping = [path for path in columns if self.lever(path).kind is Kind.SHAPE]
        if not shaping:
            yield (), np.ones(size, dtype=bool)
            return
        table = np.stack([np.broadcast_to(columns[path], (size,)) for path in shaping], axis=1)
        distinct, which = np.unique(table, axis=0, return_inverse=True)
        for number, row in enumerate(distinct):
            changes = tuple(f"{self.lever(path).name}={value:.17g}" for path, value in zip(shaping, row, strict=True))
            yield changes, which.ravel() == number

    def _inputs(self, model: Model, columns: dict[str, Array], where: NDArray[np.bool_], size: int) -> dict[str, Array]:
        """Inputs of the model for the levers' values in some scenarios."""
        changes: dict[str, Array] = {}
        for path, column in columns.items():
            one = self.lever(path)
            if one.kind is Kind.SHAPE:
                continue
            values = column[where] if column.ndim and size > 1 else np.atleast_1d(column)
            for edge in (values.min(), values.max()):
                one.bounded(float(edge))
            self._move(model, one, values, changes)
        return changes

    def _move(self, model: Model, one: Lever, values: Array, changes: dict[str, Array]) -> None:
        """Adds what a lever does to the inputs."""
        given = model.graph.params[one.name]
        if one.kind is Kind.SHARE:
            held = {name: changes.get(name, np.asarray(model.graph.params[name].value, dtype=float)) for name in one.others}
            mine = changes.get(one.name, np.asarray(given.value, dtype=float))
            rest = sum(held.values(), start=np.zeros(1))
            left = rest + mine - values
            if (left < -1e-12).any():
                raise GraphError(
                    f"{one.path}: {values.max():.4g} is more than there is to give ({float((rest + mine).max()):.4g})"
                )
            changes[one.name] = values
            for name, share in held.items():
                changes[name] = np.maximum(left, 0.0) * np.where(rest > 0, share / np.where(rest > 0, rest, 1.0), 1 / len(held))
            return
        if not given.series:
            changes[one.name] = values
            return
        series = np.atleast_2d(changes.get(one.name, np.asarray(given.value, dtype=float)))
        if one.kind is Kind.PERIOD:
            moved = np.repeat(series, len(values), axis=0) if len(series) == 1 else series.copy()
            moved[:, model.graph.timeline.labels.index(one.period)] = values
            changes[one.name] = moved
            return
        changes[one.name] = series * (values if values.ndim > 1 else values[:, None])
        for edge in (changes[one.name].min(), changes[one.name].max()):
            one.whole(float(edge))


def evaluate(model: Model, changes: Mapping[str, ArrayLike], wishes: Sequence[Wanted], scenarios: int) -> dict[str, Array]:
    """Figures (scenarios,) of a model by their text, for changed inputs as the backends take them."""
    parties = dict.fromkeys(wish.party for wish in wishes if wish.party)
    rows = [f"party.{party}.cash" for party in parties] + [wish.row for wish in wishes if wish.row]
    values = kernel.choose(model.graph, changes, tuple(dict.fromkeys(rows)))
    timeline = model.graph.timeline
    flows: dict[str, Flows] = {}
    for party in parties:
        rate = np.asarray(changes.get(model.rate_input(party), model.discount_rate(party)), dtype=float)
        cash = values.rows[f"party.{party}.cash"]
        flows[party] = Flows.of(
            cash, timeline.times, rate if rate.size > 1 else rate.reshape(()), timeline.years, timeline.counted
        )
    found: dict[str, Array] = {}
    for wish in wishes:
        answer = METRICS[wish.metric].array(flows[wish.party]) if wish.party else _read(values.rows[wish.row], wish, model)
        found[wish.text] = np.broadcast_to(answer, (scenarios,))
    return found


def _read(row: Array, wish: Wanted, model: Model) -> Array:
    if wish.reading == Reading.TOTAL:
        total: Array = row.sum(axis=1)
        return total
    if wish.reading == Reading.LAST:
        return row[:, -1]
    if wish.reading in (Reading.MIN, Reading.MAX):
        used = np.where(row == 0, np.nan, row)
        some = ~np.isnan(used).all(axis=1)
        edge = np.fmin.reduce if wish.reading == Reading.MIN else np.fmax.reduce
        found: Array = np.where(some, edge(used, axis=1), np.nan)
        return found
    return row[:, model.graph.timeline.labels.index(wish.reading)]
