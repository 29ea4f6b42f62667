"""Study: a deal open for questions. It answers figures for many values of the deal's numbers at once."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from functools import cached_property
from pathlib import Path

import numpy as np
from numpy.typing import ArrayLike, NDArray

from jvmodel.account import VENTURE
from jvmodel.analysis.price_layout import laid_out
from jvmodel.analysis.wanted import STAKES, Reading, Wanted, wanted
from jvmodel.backends import kernel
from jvmodel.dealfile import load
from jvmodel.errors import GraphError
from jvmodel.lever import Kind, Lever, lever
from jvmodel.metrics import METRICS, Flows, all_metrics
from jvmodel.model import Model, build

Array = NDArray[np.float64]


@dataclass(frozen=True)
class Study:
    """A deal file with changes (as `--set` writes them), its model, and the levers by which it may be varied."""

    path: str | Path
    changes: tuple[str, ...] = ()
    by_period: tuple[str, ...] = ()
    """Metals whose price is an input by period, whatever its deck, so that it may follow a path"""
    without: tuple[str, ...] = ()
    """Names of terms that are left out of the deal"""
    levers: dict[str, Lever] = field(default_factory=dict)
    _shapes: dict[tuple[str, ...], Model] = field(default_factory=dict)

    @classmethod
    def of(cls, model: Model) -> Study:
        """A study of a model that stands already; numbers that shape a model cannot be varied in it."""
        return cls(model.deal.deal, _shapes={(): model})

    @cached_property
    def model(self) -> Model:
        """The model of the deal as it is."""
        return self.shaped(())

    def shaped(self, changes: tuple[str, ...]) -> Model:
        """The model with further changes, built once."""
        if changes not in self._shapes:
            deal = load(self.path, (*self.changes, *changes))
            left = tuple(term for term in deal.terms if term.name not in self.without)
            deal = deal.model_copy(update={"terms": left}) if self.without else deal
            self._shapes[changes] = build(laid_out(deal, self.by_period) if self.by_period else deal)
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

    def apart(self, cases: Sequence[tuple[str, float]], figures: Iterable[str]) -> dict[str, Array]:
        """Figures (1 + cases,) of the deal as it is, then for each case: one lever moved to a value, all others as they are.

        Raises as `figures` does.
        """
        wishes = [wanted(self.model, text) for text in figures]
        live = [number for number, (path, _) in enumerate(cases, start=1) if self.lever(path).kind is not Kind.SHAPE]
        found = {wish.text: np.empty(1 + len(cases)) for wish in wishes}
        answers = evaluate(self.model, self._one_by_one([cases[number - 1] for number in live]), wishes, 1 + len(live))
        for text, answer in answers.items():
            found[text][[0, *live]] = answer
        for number in set(range(1, 1 + len(cases))) - set(live):
            path, value = cases[number - 1]
            for text, answer in self.figures({path: value}, found).items():
                found[text][number] = answer[0]
        return found

    def _one_by_one(self, cases: Sequence[tuple[str, float]]) -> dict[str, Array]:
        """Inputs as given in the first scenario; in each other one as a single lever moves them."""
        params = self.model.graph.params
        changes: dict[str, Array] = {}
        for number, (path, value) in enumerate(cases, start=1):
            one = self.lever(path)
            one.bounded(value)
            moved: dict[str, Array] = {}
            _move(self.model, one, np.array([value]), moved)
            for name, values in moved.items():
                if name not in changes:
                    given = np.asarray(params[name].value, dtype=float)
                    changes[name] = np.repeat(given[None], 1 + len(cases), axis=0)
                changes[name][number] = values[0]
        return changes

    def inputs(self, values: Mapping[str, ArrayLike], size: int) -> dict[str, Array]:
        """Inputs of the model for values of levers (size,) or (size, periods), none of which may shape the model."""
        columns = {path: np.asarray(value, dtype=np.float64) for path, value in values.items()}
        shaping = [path for path in columns if self.lever(path).kind is Kind.SHAPE]
        if shaping:
            raise GraphError(f"{shaping[0]} shapes the model; a trial can only move numbers that the model reads")
        return self._inputs(self.model, columns, np.ones(size, dtype=bool), size)

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
        splits: dict[frozenset[str], list[Part]] = {}
        said: dict[str, str] = {}
        # what one period is to be comes after a factor on all of them
        for path, column in sorted(columns.items(), key=lambda item: self.lever(item[0]).kind is Kind.PERIOD):
            one = self.lever(path)
            if one.kind is Kind.SHAPE:
                continue
            if one.kind in (Kind.NUMBER, Kind.SHARE) and said.setdefault(one.name, path) != path:
                raise GraphError(f"{said[one.name]} and {path} are the same number; name it once")
            values = column[where] if column.ndim and size > 1 and not where.all() else np.atleast_1d(column)
            for edge in (values.min(), values.max()):
                one.bounded(float(edge))
            if one.kind is Kind.SHARE:
                splits.setdefault(frozenset({one.name, *one.others}), []).append((one, values))
            else:
                _move(model, one, values, changes)
        for parts in _in_turn(list(splits.values())):
            _divide(model, parts, changes)
        return changes


def _move(model: Model, one: Lever, values: Array, changes: dict[str, Array]) -> None:
    """Adds what a lever does to the inputs."""
    given = model.graph.params[one.name]
    if one.kind is Kind.SHARE:
        _divide(model, [(one, values)], changes)
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


Part = tuple[Lever, Array]
"""A share of a split, and the values that it is set to."""


def _in_turn(groups: list[list[Part]]) -> Iterator[list[Part]]:
    """Groups of shares, those first that take from shares which others set, so that what is set stays so."""
    left = list(groups)
    while left:
        set_by = [{one.name for one, _ in group} for group in left]
        taken = [{name for one, _ in group for name in one.others} for group in left]
        first = next((k for k in range(len(left)) if not any(set_by[k] & taken[n] for n in range(len(left)) if n != k)), None)
        if first is None:
            raise GraphError(f"{left[0][0][0].path}: shares that are set give way to one another; let another one give way")
        yield left.pop(first)


def _divide(model: Model, parts: Sequence[Part], changes: dict[str, Array]) -> None:
    """Sets some shares of a split; those that are not set share what is left in the proportion that they had."""
    first = parts[0][0]
    taken = {one.name for one, _ in parts}
    held = {
        name: changes.get(name, np.asarray(model.graph.params[name].value, dtype=float)) for name in (first.name, *first.others)
    }
    giving = {name: share for name, share in held.items() if name not in taken}
    if not giving:
        raise GraphError(f"{first.path}: all other shares are set too; leave out one of them, which then gives way")
    rest = sum(giving.values(), start=np.zeros(1))
    whole = sum(held.values(), start=np.zeros(1))
    left = whole - sum((values for _, values in parts), start=np.zeros(1))
    if (left < -1e-12).any():
        most = max(float(values.max()) for _, values in parts)
        raise GraphError(f"{first.path}: {most:.4g} is more than there is to give ({float(whole.max()):.4g})")
    for one, values in parts:
        changes[one.name] = values
    for name, share in giving.items():
        changes[name] = np.maximum(left, 0.0) * np.where(rest > 0, share / np.where(rest > 0, rest, 1.0), 1 / len(giving))


def evaluate(model: Model, changes: Mapping[str, ArrayLike], wishes: Sequence[Wanted], scenarios: int) -> dict[str, Array]:
    """Figures (scenarios,) of a model by their text, for changed inputs as the backends take them."""
    parties = dict.fromkeys(wish.party for wish in wishes if wish.party)
    if any(wish.metric in STAKES for wish in wishes):
        parties |= dict.fromkeys((VENTURE, *model.deal.parties))
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
        if wish.metric in STAKES:
            answer = _stake(model, wish, flows)
        else:
            answer = METRICS[wish.metric].array(flows[wish.party]) if wish.party else _read(values.rows[wish.row], wish, model)
        found[wish.text] = np.broadcast_to(answer, (scenarios,))
    return found


def standing(
    model: Model, changes: Mapping[str, ArrayLike], *, compiled: bool = False
) -> tuple[dict[str, Array], dict[str, dict[str, float]]]:
    """One scenario of a model: cash (periods,) of every party, and its METRICS, worked out for all parties at once.

    The figures are those of `evaluate`. With `compiled` they come from the code for many scenarios, which takes a while to
    load and is then some twenty times as fast.
    """
    rows = [f"party.{party}.cash" for party in model.parties]
    values = kernel.choose(model.graph, changes, tuple(rows))
    rates = [float(np.ravel(changes.get(model.rate_input(party), model.discount_rate(party)))[0]) for party in model.parties]
    timeline = model.graph.timeline
    cash = np.concatenate([values.rows[row] for row in rows])
    least = {"least": 1} if compiled else {}
    found = all_metrics(cash, timeline.times, np.array(rates), timeline.years, timeline.counted, threads=1, **least)
    columns = {metric: column.tolist() for metric, column in found.items()}
    figures = {party: {metric: columns[metric][place] for metric in columns} for place, party in enumerate(model.parties)}
    return dict(zip(model.parties, cash, strict=True)), figures


def _stake(model: Model, wish: Wanted, flows: Mapping[str, Flows]) -> Array:
    """A party's value at the venture's discount rate, or its share of what all parties make; NaN where they make nothing."""
    factor = flows[VENTURE].factor
    value: Array = (flows[wish.party].cash * factor).sum(axis=1)
    if wish.metric == "value":
        return value
    made = np.sum([(flows[party].cash * factor).sum(axis=1) for party in model.deal.parties], axis=0)
    return np.where(made > 0, value / np.where(made > 0, made, 1.0), np.nan)


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
