"""Unknowns of a solve, and terms on the table: numbers of the deal, how far they may go, and in which steps.

`PATH`, `PATH=LOW:HIGH` or `PATH=LOW:HIGH:STEP`; the path of a split stands for all its shares but the last, which gives way.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, replace
from functools import cached_property

import numpy as np
from numpy.typing import NDArray

from jvmodel.analysis.study import Study
from jvmodel.deal import Range
from jvmodel.errors import GraphError
from jvmodel.lever import Kind, Lever, levers
from jvmodel.mandates import Latitude
from jvmodel.phrase import Phrase

Array = NDArray[np.float64]
MOST_STEPS = 60


@dataclass(frozen=True)
class Unknown:
    """A number that may be moved between two bounds, in steps where `step` is not nil."""

    lever: Lever
    low: float
    high: float
    step: float = 0.0

    @property
    def path(self) -> str:
        """Where the deal has the number."""
        return self.lever.path

    def lattice(self) -> Array:
        """The values that it may take, from its low on by steps."""
        count = int(np.floor((self.high - self.low) / self.step + 1e-9))
        return np.round(self.low + self.step * np.arange(count + 1), 12)


def unknowns(study: Study, text: str) -> tuple[Unknown, ...]:
    """The unknowns that a text means; raises GraphError where bounds are missing, swapped, or outside those of the deal."""
    path, equals, bounds = text.partition("=")
    shares = [one for one in levers(study.model.deal) if one.kind is Kind.SHARE and one.path.rpartition(".")[0] == path]
    if shares:
        found = [unknown(study, one.path) for one in shares[:-1]]
        return tuple(_bounded(one, bounds, text) if equals else one for one in found)
    one = unknown(study, path)
    return (_bounded(one, bounds, text),) if equals else (_needing_no_bounds(one),)


def unknown(study: Study, path: str) -> Unknown:
    """The number at a path within its latitude or range in the deal, its own bounds, or else from nil to thrice its value."""
    one = study.lever(path)
    deal = study.model.deal
    spans: dict[str, Range | Latitude] = {key.partition(":")[0]: span for key, span in deal.ranges.items()}
    if deal.negotiation is not None:
        spans |= {key.partition(":")[0]: span for key, span in deal.negotiation.terms.items()}
    span = spans.get(path.partition(":")[0])
    step = 1.0 if one.kind is Kind.SHAPE and float(one.base).is_integer() else 0.0
    if span is not None:
        return Unknown(one, span.low, span.high, getattr(span, "step", None) or step)
    low, high = one.measured.low, one.measured.high
    if one.kind is Kind.FACTOR or low is None or high is None or one.unit != "%":
        least, most = sorted((0.0, 3 * one.base))
        low = least if low is None or one.kind is Kind.FACTOR else max(low, least)
        high = most if high is None or one.kind is Kind.FACTOR else min(high, most)
    low = max(low, 0.0) if one.unit == "%" else low
    if one.kind is Kind.SHARE:
        high = min(high, whole(study, one))
    return Unknown(one, low, high, step)


def _needing_no_bounds(one: Unknown) -> Unknown:
    if one.low >= one.high:
        raise GraphError(f"{one.path} is {one.lever.base:g} and has no range; say how far it may go: {one.path}=LOW:HIGH")
    return one


def _bounded(one: Unknown, bounds: str, text: str) -> Unknown:
    parts = bounds.split(":")
    if len(parts) not in (2, 3):
        raise GraphError(f"--vary {text}: write PATH=LOW:HIGH or PATH=LOW:HIGH:STEP, such as terms.royalty.rate=2%:6%")
    low, high, *steps = (one.lever.read(part) if place < 2 else _step(one.lever, part) for place, part in enumerate(parts))
    if low >= high:
        raise GraphError(f"--vary {text}: the low end {parts[0]} is not below the high end {parts[1]}; swap them")
    found = replace(one, low=low, high=high, step=steps[0] if steps else one.step)
    if found.step and len(found.lattice()) > MOST_STEPS and one.lever.kind is Kind.SHAPE:
        raise GraphError(
            f"--vary {text}: {len(found.lattice())} models would have to be built; choose ends or steps for {MOST_STEPS}"
        )
    return found


def _step(one: Lever, text: str) -> float:
    free = replace(one, measured=replace(one.measured, low=None, high=None, above=None))
    step = free.read(text)
    if step <= 0:
        raise GraphError(f"--vary {one.path}: the step {text} must be more than 0")
    return step


def short(lever: Lever) -> Phrase:
    """What tables call a term: a share of a split by its holder, anything else by its label."""
    if lever.kind is not Kind.SHARE:
        return Phrase(lever.label)
    holder = lever.label.rpartition(": ")[2]
    return (
        Phrase("Share of {holder}, from {giver}", holder=holder, giver=lever.giver)
        if lever.giver
        else Phrase("Share of {holder}", holder=holder)
    )


def titled(lever: Lever) -> Phrase:
    """A term with its unit, where it has one that its numbers do not show."""
    return short(lever) if lever.unit in ("%", "1") else Phrase("{term}, {unit}", term=short(lever), unit=lever.unit)


def whole(study: Study, one: Lever) -> float:
    """What all shares of a split add up to, less those that do not give way."""
    params = study.model.graph.params
    return float(one.base + sum(float(np.max(params[name].value)) for name in one.others))


@dataclass(frozen=True)
class Space:
    """The box of several unknowns; points are (S, unknowns), each from 0 at its low bound to 1 at its high one."""

    study: Study
    unknowns: tuple[Unknown, ...]

    @cached_property
    def low(self) -> Array:
        """Lower bounds (unknowns,)."""
        return np.array([one.low for one in self.unknowns])

    @cached_property
    def span(self) -> Array:
        """Upper less lower bounds (unknowns,)."""
        return np.array([one.high - one.low for one in self.unknowns])

    @cached_property
    def base(self) -> Array:
        """The deal as it is (unknowns,): below 0 or above 1 where it lies outside of the bounds."""
        at: Array = (np.array([one.lever.base for one in self.unknowns]) - self.low) / self.span
        return at

    @cached_property
    def splits(self) -> tuple[tuple[NDArray[np.intp], float], ...]:
        """Unknowns that share a whole, with how much of it they may take together."""
        found: dict[tuple[str, ...], list[int]] = {}
        for number, one in enumerate(self.unknowns):
            if one.lever.kind is Kind.SHARE:
                names = one.lever.name.rpartition(".")[0]
                found.setdefault((names,), []).append(number)
        return tuple(
            (np.array(group), sum(self.unknowns[number].lever.base for number in group) + self._others(group))
            for group in found.values()
        )

    def _others(self, group: Sequence[int]) -> float:
        taken = {self.unknowns[number].lever.name for number in group}
        giving = {name for number in group for name in self.unknowns[number].lever.others} - taken
        params = self.study.model.graph.params
        return float(sum(float(np.max(params[name].value)) for name in giving))

    def values(self, points: Array) -> Array:
        """The values (S, unknowns) at points; shares that ask for more than there is are scaled down to it."""
        values: Array = self.low + np.asarray(points) * self.span
        for group, most in self.splits:
            asked = values[:, group].sum(axis=1)
            values[:, group] *= np.minimum(1.0, most / np.where(asked > 0, asked, 1.0))[:, None]
        return values

    def on_steps(self, points: Array) -> Array:
        """Points with terms that move in steps on the nearest of them."""
        found = np.array(points, dtype=np.float64)
        for number, one in enumerate(self.unknowns):
            if one.step:
                places = (one.lattice() - one.low) / (one.high - one.low)
                found[:, number] = places[np.abs(found[:, number, None] - places).argmin(axis=1)]
        return found

    def excess(self, points: Array) -> Array:
        """By how much (S,) shares ask for more than there is."""
        values = self.low + np.asarray(points) * self.span
        over = np.zeros(len(values))
        for group, most in self.splits:
            over += np.maximum(0.0, values[:, group].sum(axis=1) - most)
        return over

    def figures(self, points: Array, figures: Iterable[str]) -> Mapping[str, Array]:
        """Figures (S,) at points."""
        values = self.values(np.atleast_2d(points))
        return self.study.figures({one.path: values[:, number] for number, one in enumerate(self.unknowns)}, figures)
