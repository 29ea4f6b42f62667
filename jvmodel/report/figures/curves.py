"""Curves over a number: results as one number of the deal moves, and where they meet a target."""

from __future__ import annotations

import itertools
from dataclasses import dataclass

from jvmodel.report.figures.drawing import (
    WIDTH,
    Curve,
    Dot,
    Drawing,
    Label,
    Rule,
    Scale,
    Shape,
    axis,
    fitted,
    nice,
    places_of,
    spread,
)  # fmt: skip
from jvmodel.report.figures.over_time import DASHES
from jvmodel.report.language import ENGLISH, Language
from jvmodel.report.palette import GREY, INK, LINE, WHITE

LEFT, RIGHT, TOP = 62.0, WIDTH - 216, 16.0


@dataclass(frozen=True)
class CurveLine:
    """A result at each place of the number; None where it does not exist."""

    label: str
    colour: str
    values: tuple[float | None, ...]


@dataclass(frozen=True)
class Curves:
    """Results over a number from the first to the last of `x`; `crossings` are places (x, result) at which targets are met."""

    title: str
    unit: str
    x_title: str
    x: tuple[float, ...]
    lines: tuple[CurveLine, ...]
    x_percent: bool = False
    percent: bool = False
    """Whether results are shares or rates"""
    crossings: tuple[tuple[float, float], ...] = ()
    here: float | None = None
    """The number as the deal has it"""


def curves(given: Curves, language: Language = ENGLISH) -> Drawing:
    """A line each, named at its end; rings where targets are met, an upright line at the deal as it stands."""
    known = [value for line in given.lines for value in line.values if value is not None]
    known += [y for _, y in given.crossings]
    ticks = nice(min(known, default=0.0), max(known, default=1.0))
    bottom = max(250.0, TOP + 15.0 * len(given.lines))
    marks = nice(min(given.x), max(given.x), 6)
    across, up = Scale(min(given.x), max(given.x), LEFT, RIGHT), Scale(ticks[0], ticks[-1], bottom, TOP)

    def at(value: float) -> str:
        return _said(value, places_of(marks), language, percent=given.x_percent)

    def result(value: float | None) -> str:
        if value is None:
            return language.say("n/a")
        return _said(
            value, max(places_of(ticks), 2 if given.percent else 0) + (0 if given.percent else 1), language, percent=given.percent
        )

    shapes: list[Shape] = axis(
        up, ticks, LEFT, RIGHT, lambda tick: _said(tick, places_of(ticks), language, percent=given.percent)
    )
    inside = [tick for tick in marks if min(given.x) - 1e-9 <= tick <= max(given.x) + 1e-9]
    shapes += [Label(across(tick), bottom + 15, at(tick), "middle", GREY) for tick in inside]
    if given.here is not None and min(given.x) <= given.here <= max(given.x):
        shapes += [
            Rule(across(given.here), TOP, across(given.here), bottom, INK, 0.9, "3 2"),
            Label(across(given.here), TOP - 5, language.say("the deal as it is"), "middle", GREY, 10),
        ]
    last = [next((value for value in reversed(line.values) if value is not None), None) for line in given.lines]
    named = [number for number, value in enumerate(last) if value is not None]
    ends = spread([up(last[number] or 0.0) for number in named], 14.0, TOP + 4, bottom - 2)
    for number, y in zip(named, ends, strict=True):
        line, dash, value = given.lines[number], DASHES[number % len(DASHES)], last[number] or 0.0
        shapes += [Curve(run, line.colour, 2.0, dash) for run in _runs(given, line, across, up)]
        stop = across(max(x for x, one in zip(given.x, line.values, strict=True) if one is not None))
        shapes += [
            Rule(stop + 2, up(value), RIGHT + 12, y, LINE), Rule(RIGHT + 12, y, RIGHT + 32, y, line.colour, 2.0, dash),
            Label(RIGHT + 38, y + 3.8, fitted(line.label, WIDTH - RIGHT - 40)),
        ]  # fmt: skip
    shapes += [
        Dot(across(x), up(y), 4.5, WHITE, f"{given.x_title}: {_fine(x, language, percent=given.x_percent)}", INK)
        for x, y in given.crossings
    ]
    shapes.append(Label(round((LEFT + RIGHT) / 2, 1), bottom + 33, fitted(given.x_title, RIGHT - LEFT), "middle", GREY))
    described = language.say(
        "Results from {low} to {high} of {x}: {names}.",
        low=at(given.x[0]), high=at(given.x[-1]), x=given.x_title, names=", ".join(line.label for line in given.lines),
    )  # fmt: skip
    rows = tuple(
        (
            _fine(x, language, percent=given.x_percent),
            *(result(line.values[place]) for line in given.lines),
        )
        for place, x in enumerate(given.x)
    )
    head = (given.x_title, *(line.label for line in given.lines))
    note = language.say("Rings: where the target is met.") if given.crossings else ""
    return Drawing(given.title, given.unit, described, bottom + 42, tuple(shapes), head, rows, note)


def _runs(given: Curves, line: CurveLine, across: Scale, up: Scale) -> list[tuple[tuple[float, float], ...]]:
    """Pieces of a line without gaps."""
    places = list(zip(given.x, line.values, strict=True))
    return [
        tuple((across(x), up(value)) for x, value in group if value is not None)
        for known, group in itertools.groupby(places, key=lambda pair: pair[1] is not None)
        if known
    ]


def _said(value: float, places: int, language: Language, *, percent: bool) -> str:
    return language.percent(value, max(0, places - 2)) if percent else language.number(value, places)


def _fine(value: float, language: Language, *, percent: bool) -> str:
    """A place along the axis in five digits or so."""
    if percent:
        return language.percent(value, 2)
    size = abs(value)
    return language.number(value, 0 if size >= 10_000 else 2 if size >= 10 else 4)


__all__ = ["CurveLine", "Curves", "curves"]
