"""Two terms against each other: where each party is as well off as now, where all could agree, and points on the plane."""

from __future__ import annotations

import math
from collections.abc import Iterator
from dataclasses import dataclass

from jvmodel.report.figures.drawing import (
    WIDTH,
    Box,
    Curve,
    Dot,
    Drawing,
    Label,
    Rule,
    Scale,
    Shape,
    fitted,
    nice,
    places_of,
)  # fmt: skip
from jvmodel.report.figures.over_time import DASHES
from jvmodel.report.language import ENGLISH, Language
from jvmodel.report.palette import GREY, INK, LINE, WHITE, ZONE

LEFT, RIGHT, TOP, BOTTOM = 62.0, 500.0, 26.0, 350.0
"""Edges of the plane in the drawing."""
HIDES = 6.0
"""Marks that are nearer to one another than this would hide each other."""


@dataclass(frozen=True)
class Axis:
    """A term along an edge of the plane, from low to high; `percent`: whether it is a share or a rate."""

    title: str
    low: float
    high: float
    percent: bool


@dataclass(frozen=True)
class Indifference:
    """A party's curve: packages (x, y) that leave it as well off as now, in their order along the curve."""

    label: str
    colour: str
    points: tuple[tuple[float, float], ...]


@dataclass(frozen=True)
class Point:
    """A package on the plane, such as a bargaining solution."""

    label: str
    x: float
    y: float


@dataclass(frozen=True)
class TradeOff:
    """The plane of two terms: curves, the zone as strips of (x, low, high), the deal as it is, further points."""

    title: str
    x: Axis
    y: Axis
    curves: tuple[Indifference, ...]
    zone: tuple[tuple[tuple[float, float, float], ...], ...]
    here: tuple[float, float]
    points: tuple[Point, ...] = ()


def trade_off(given: TradeOff, language: Language = ENGLISH) -> Drawing:
    """The plane with its key: the zone shaded, a curve a party, the deal as a ring, points by number."""
    across, up = Scale(given.x.low, given.x.high, LEFT, RIGHT), Scale(given.y.low, given.y.high, BOTTOM, TOP)
    shapes: list[Shape] = [Box(LEFT, TOP, RIGHT - LEFT, BOTTOM - TOP, WHITE, stroke=LINE)]
    for strip in given.zone:
        edge = [(across(x), up(low)) for x, low, _ in strip] + [(across(x), up(high)) for x, _, high in reversed(strip)]
        shapes.append(Curve(tuple(edge), stroke=GREY, width=0.6, fill=ZONE))
    shapes += _ticks(given, across, up, language)
    for number, one in enumerate(given.curves):
        dash = DASHES[number % len(DASHES)]
        shapes.append(Curve(tuple((across(x), up(y)) for x, y in one.points), one.colour, 2.2, dash))
    shapes += [Dot(across(given.here[0]), up(given.here[1]), 5.5, WHITE, language.say("the deal as it is"), INK)]
    shapes += _marks(given, across, up, language)
    shapes += _key(given, language)
    zone = language.say("zone of agreement") if given.zone else language.say("no zone of agreement")
    described = language.say(
        "{x} across and {y} upwards: curves along which {names} fare as now; {zone}; {count} packages.",
        x=given.x.title, y=given.y.title, names=", ".join(one.label for one in given.curves), zone=zone, count=len(given.points),
    )  # fmt: skip
    told = [(one.label, x, y) for one in given.curves for x, y in _some(one.points)]
    told += [(point.label, point.x, point.y) for point in given.points]
    told.append((language.say("the deal as it is"), *given.here))
    rows = [(label, _said(given.x, x, language), _said(given.y, y, language)) for label, x, y in told]
    head = ("", given.x.title, given.y.title)
    return Drawing(given.title, "", described, BOTTOM + 44, tuple(shapes), head, tuple(rows), "" if given.zone else f"{zone}.")


def _marks(given: TradeOff, across: Scale, up: Scale, language: Language) -> Iterator[Shape]:
    """Points by number; those that would hide one another share one mark with all their numbers."""
    groups: list[list[Point]] = []
    for point in given.points:
        for group in groups:
            if math.hypot(across(group[0].x) - across(point.x), up(group[0].y) - up(point.y)) < HIDES:
                group.append(point)
                break
        else:
            groups.append([point])
    for group in groups:
        x, y = across(group[0].x), up(group[0].y)
        said = "; ".join(f"{one.label}: {_said(given.x, one.x, language)}, {_said(given.y, one.y, language)}" for one in group)
        text, half = ", ".join(str(given.points.index(one) + 1) for one in group), 7.5 * len(group)
        if len(group) == 1:
            yield Dot(x, y, half, WHITE, said, INK)
        else:
            left = round(min(max(x - half, LEFT - 7.5), RIGHT + 7.5 - 2 * half), 1)
            yield Dot(x, y, 3.5, INK, said)
            y += 13 if y < TOP + 20 else -13
            yield Box(left, round(y - 7.5, 1), 2 * half, 15, WHITE, said, INK)
            x = left + half
        yield Label(x, y + 3.4, text, "middle", INK, 9.5, "600")


def _ticks(given: TradeOff, across: Scale, up: Scale, language: Language) -> Iterator[Shape]:
    for axis in (given.x, given.y):
        ticks = nice(axis.low, axis.high)
        places = max(0, places_of(ticks) - (2 if axis.percent else 0))
        for tick in ticks:
            if not axis.low - 1e-12 <= tick <= axis.high + 1e-12:
                continue
            text = language.percent(tick, places) if axis.percent else language.number(tick, places)
            if axis is given.x:
                yield Rule(across(tick), BOTTOM, across(tick), BOTTOM + 4, GREY)
                yield Label(across(tick), BOTTOM + 17, text, "middle", GREY)
            else:
                yield Rule(LEFT - 4, up(tick), LEFT, up(tick), GREY)
                yield Label(LEFT - 8, up(tick) + 3.7, text, "end", GREY)
    yield Label(round((LEFT + RIGHT) / 2, 1), BOTTOM + 35, fitted(given.x.title, RIGHT - LEFT), "middle", GREY)
    yield Label(0, 14, fitted(given.y.title, RIGHT), fill=GREY)


def _key(given: TradeOff, language: Language) -> Iterator[Shape]:
    left, room = RIGHT + 24, WIDTH - RIGHT - 54
    y = TOP + 8
    yield Label(left, y, language.say("as well off as now"), fill=GREY, size=10)
    for number, one in enumerate(given.curves):
        y += 17
        yield Rule(left, y - 4, left + 22, y - 4, one.colour, 2.2, DASHES[number % len(DASHES)])
        yield Label(left + 30, y, fitted(one.label, room))
    y += 26
    yield Dot(left + 11, y - 4, 5.5, WHITE, stroke=INK)
    yield Label(left + 30, y, fitted(language.say("the deal as it is"), room))
    if given.zone:
        y += 19
        yield Box(left, y - 10, 22, 12, ZONE, stroke=GREY)
        yield Label(left + 30, y, fitted(language.say("zone of agreement"), room))
    for number, point in enumerate(given.points, start=1):
        y += 21
        yield Dot(left + 11, y - 4, 7.5, WHITE, stroke=INK)
        yield Label(left + 11, y - 0.6, str(number), "middle", INK, 9.5, "600")
        yield Label(left + 30, y, fitted(point.label, room))


def _some(points: tuple[tuple[float, float], ...], most: int = 9) -> tuple[tuple[float, float], ...]:
    """Enough points of a curve to tell it in words."""
    step = max(1, -(-len(points) // most))
    return points[::step]


def _said(axis: Axis, value: float, language: Language) -> str:
    if axis.percent:
        return language.percent(value, 2)
    return language.number(value, max(0, 3 - math.floor(math.log10(abs(value)))) if 0 < abs(value) < 1000 else 0)


__all__ = ["Axis", "Indifference", "Point", "TradeOff", "trade_off"]
