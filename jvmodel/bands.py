"""Scales of rates: one rate on everything, slices as income tax has them, or a line between points (terms.md B2, B3, B15)."""

from __future__ import annotations

from itertools import pairwise
from typing import Annotated, Literal

from pydantic import AfterValidator, Field

from jvmodel.graph import Const, Expr, add_up, max_, min_, ratio, where
from jvmodel.inputs import Measured, Record, Share, fault
from jvmodel.ledger import Ledger
from jvmodel.term import Term

Mode = Literal["whole", "slice", "linear"]
"""How a scale is read: one rate on all value, each slice at its own rate, or rates on a line between points."""


class Band(Record):
    """One step of a scale; a value just on its beginning belongs to it."""

    start: Annotated[float, Measured()]
    """from"""
    rate: Share
    """rate"""


def _ascending(bands: tuple[Band, ...]) -> tuple[Band, ...]:
    if bands[0].start > 0:
        raise fault(f"the first band begins at {bands[0].start:g}; it must begin at 0, so that every value has a rate")
    for before, after in pairwise(bands):
        if after.start <= before.start:
            raise fault(f"a band from {after.start:g} follows one from {before.start:g}; sort them, each once")
    return bands


Bands = Annotated[tuple[Band, ...], Field(min_length=1, max_length=20), AfterValidator(_ascending)]
"""A scale, lowest band first."""


def effective_rate(
    ledger: Ledger, term: Term, path: str, bands: tuple[Band, ...], at: Expr, mode: Mode, unit: Expr | None = None
) -> Expr:
    """The rate on all of a value `at` a point of the scale; `unit` turns the plain bounds into the value's unit."""
    starts = [term.given(ledger, f"{path}.{number}.start") for number in range(len(bands))]
    bounds = [start if unit is None else start * unit for start in starts]
    rates = [term.given(ledger, f"{path}.{number}.rate") for number in range(len(bands))]
    if mode == "whole":
        rate = rates[0]
        for bound, later in zip(bounds[1:], rates[1:], strict=True):
            rate = where(at >= bound, later, rate)
        return rate
    if mode == "linear":
        steps = zip(pairwise(bounds), pairwise(rates), strict=True)
        rises = [(after - before) * _share(at, low, high) for (low, high), (before, after) in steps]
        return rates[0] + add_up(rises) if rises else rates[0]
    return ratio(slices(bounds, rates, at), at)


def beyond_a_cliff(at: Expr, rate: Expr, bounds: list[Expr], rates: list[Expr]) -> Expr:
    """1 where less is left of a value than would be left of one just below the last bound that it has passed (terms.md B2)."""
    left = at * (1 - rate)
    parts = [(at >= bound) * (left < bound * (1 - before)) for bound, before in zip(bounds[1:], rates[:-1], strict=True)]
    return max_(parts[0], *parts[1:])


def slices(bounds: list[Expr], rates: list[Expr], at: Expr) -> Expr:
    """Each slice at its own rate, as the sum of the rises in rate above each bound."""
    before: Expr = Const(0.0)
    parts = []
    for bound, rate in zip(bounds, rates, strict=True):
        parts.append(max_(at - bound, 0) * (rate - before))
        before = rate
    return add_up(parts)


def _share(at: Expr, low: Expr, high: Expr) -> Expr:
    """How far a value is from the lower to the upper bound, from 0 to 1."""
    return min_(max_(ratio(at - low, high - low), 0), 1)
