"""Figures with time along the foot: cash by party, cumulative cash, fan of outcomes."""

from __future__ import annotations

import math
from collections.abc import Sequence
from dataclasses import dataclass
from itertools import accumulate

from jvmodel.report.figures.drawing import (
    WIDTH,
    Box,
    Curve,
    Drawing,
    Label,
    Rule,
    Scale,
    Shape,
    axis,
    fitted,
    lighter,
    lines_of,
    nice,
    places_of,
    spread,
)  # fmt: skip
from jvmodel.report.language import ENGLISH, Language
from jvmodel.report.palette import ACCENT, GREY, INK, LINE

NAMES, SUMS = 210.0, 62.0
"""Room for names on the left, and for sums on the right."""
DASHES = ("", "7 3", "2 3", "9 3 2 3", "12 4", "4 2")


@dataclass(frozen=True)
class Line:
    """Somebody's or something's numbers by period, in the figure's unit."""

    label: str
    values: tuple[float, ...]
    colour: str


@dataclass(frozen=True)
class Cash:
    """Cash by period, a strip a party on one scale, with each party's sum."""

    title: str
    unit: str
    periods: tuple[str, ...]
    lines: tuple[Line, ...]


@dataclass(frozen=True)
class Cumulative:
    """Cumulative cash by party, from its cash by period."""

    title: str
    unit: str
    periods: tuple[str, ...]
    lines: tuple[Line, ...]


@dataclass(frozen=True)
class Fan:
    """A range of outcomes by period: the middle, and bands from the widest to the narrowest.

    A band is its lower and its upper share of outcomes (0.1 and 0.9 for P10 to P90) with the values at both by period.
    """

    title: str
    unit: str
    periods: tuple[str, ...]
    middle: tuple[float, ...]
    bands: tuple[tuple[float, float, tuple[float, ...], tuple[float, ...]], ...]
    colour: str = ACCENT
    base: tuple[float, ...] = ()
    """The case with every input as given, if it shall be shown"""


def cash(given: Cash, language: Language = ENGLISH) -> Drawing:
    """Strips of bars, all on one scale."""
    low = min([0.0, *(value for line in given.lines for value in line.values)])
    high = max([0.0, *(value for line in given.lines for value in line.values)])
    left, right, top = NAMES, WIDTH - SUMS, 22.0
    step = (right - left) / len(given.periods)
    shapes: list[Shape] = [
        Label(WIDTH, 12, language.say("sum"), "end", GREY),
        Label(left, 12, _extent(language, low, high, given.unit), "start", GREY),
    ]
    height = _strip(len(given.lines))
    head, rows = _table(given.periods, given.lines, language, total=True)
    for number, line in enumerate(given.lines):
        begin = top + number * (height + 7)
        scale = Scale(low, high, begin + height, begin)
        nil = scale(0.0)
        shapes += [
            Rule(left, nil, right, nil, GREY, 0.7),
            Box(0, round(begin + height / 2 - 5, 1), 8, 10, line.colour),
            *_named(line.label, round(begin + height / 2 + 3.8, 1)),
            Label(WIDTH, round(begin + height / 2 + 3.8, 1), language.number(sum(line.values), _places(line.values)), "end"),
        ]
        for place, value in enumerate(line.values):
            level = scale(value)
            if abs(level - nil) >= 0.05:
                x = round(left + step * (place + 0.13), 1)
                hint = f"{line.label}, {given.periods[place]}: {rows[place][number + 1]} {given.unit}"
                shapes.append(Box(x, min(level, nil), round(step * 0.74, 1), round(abs(level - nil), 2), line.colour, hint))
    bottom = top + len(given.lines) * (height + 7)
    shapes += _years(given.periods, left, step, bottom + 9)
    described = language.say(
        "Bars by period from {first} to {last}, one strip for each of: {names}; all on one scale.",
        first=given.periods[0], last=given.periods[-1], names=", ".join(line.label for line in given.lines),
    )  # fmt: skip
    return Drawing(given.title, given.unit, described, bottom + 16, tuple(shapes), head, rows)


def _named(label: str, y: float) -> list[Shape]:
    """A name in one line or two around a height."""
    lines = lines_of(label, NAMES - 22, 2)
    return [Label(14, round(y + 12 * (number - (len(lines) - 1) / 2), 1), line) for number, line in enumerate(lines)]


def cumulative(given: Cumulative, language: Language = ENGLISH) -> Drawing:
    """A line a party, named at its end."""
    paths = [Line(line.label, tuple(accumulate(line.values)), line.colour) for line in given.lines]
    ticks = nice(min([0.0, *(min(one.values) for one in paths)]), max([0.0, *(max(one.values) for one in paths)]))
    left, right, top, bottom = 52.0, WIDTH - NAMES - 40, 12.0, max(230.0, 24 + 15 * len(paths))
    scale = Scale(ticks[0], ticks[-1], bottom, top)
    shapes = axis(scale, ticks, left, right, lambda tick: language.number(tick, places_of(ticks)))
    step = (right - left) / len(given.periods)
    ends = spread([scale(one.values[-1]) for one in paths], 14.0, top + 4, bottom - 2)
    for number, one in enumerate(paths):
        points = [(left, scale(0.0)), *((left + step * (place + 1), scale(value)) for place, value in enumerate(one.values))]
        last, dash = scale(one.values[-1]), DASHES[number % len(DASHES)]
        shapes += [
            Curve(tuple(points), one.colour, 2.4 if number == 0 else 1.8, dash),
            Rule(right + 2, last, right + 14, ends[number], LINE),
            Rule(right + 14, ends[number], right + 34, ends[number], one.colour, 2.4 if number == 0 else 1.8, dash),
            Label(right + 40, ends[number] + 3.8, fitted(one.label, NAMES - 46)),
            Label(WIDTH, ends[number] + 3.8, language.number(one.values[-1], _places(one.values)), "end"),
        ]
    shapes += _years(given.periods, left, step, bottom + 15)
    head, rows = _table(given.periods, paths, language, total=False)
    described = language.say(
        "Lines of cumulative cash at the end of each period from {first} to {last}: {names}.",
        first=given.periods[0], last=given.periods[-1],
        names=", ".join(f"{one.label} {language.number(one.values[-1], 1)}" for one in paths),
    )  # fmt: skip
    return Drawing(given.title, given.unit, described, bottom + 24, tuple(shapes), head, rows)


def fan(given: Fan, language: Language = ENGLISH) -> Drawing:
    """Bands around the middle, darker the narrower, named at their ends."""
    known = [*given.middle, *given.base, *(value for _, _, low, high in given.bands for value in (*low, *high))]
    ticks = nice(min([0.0, *known]), max([0.0, *known]))
    left, right, top, bottom = 52.0, WIDTH - 150, 12.0, 240.0
    scale = Scale(ticks[0], ticks[-1], bottom, top)
    step = (right - left) / max(1, len(given.periods) - 1)

    def points(values: Sequence[float]) -> tuple[tuple[float, float], ...]:
        return tuple((round(left + step * place, 1), scale(value)) for place, value in enumerate(values))

    shapes: list[Shape] = []
    ends: list[tuple[float, str, float]] = []
    for number, (lower, upper, low, high) in enumerate(given.bands):
        fill = lighter(given.colour, 0.78 - 0.4 * number / max(1, len(given.bands) - 1 or 1))
        shapes.append(Curve((*points(low), *reversed(points(high))), fill=fill, stroke=given.colour, width=0.5))
        ends += [(scale(low[-1]), f"P{lower * 100:.0f}", low[-1]), (scale(high[-1]), f"P{upper * 100:.0f}", high[-1])]
    shapes += axis(scale, ticks, left, right, lambda tick: language.number(tick, places_of(ticks)))
    shapes.append(Curve(points(given.middle), INK, 2.2))
    ends.append((scale(given.middle[-1]), "P50", given.middle[-1]))
    if given.base:
        shapes.append(Curve(points(given.base), INK, 1.2, "5 3"))
        ends.append((scale(given.base[-1]), language.say("as given"), given.base[-1]))
    for (at, name, value), y in zip(ends, spread([end[0] for end in ends], 13.0, top, bottom), strict=True):
        shapes += [
            Rule(right + 2, at, right + 16, y, GREY),
            Label(right + 20, y + 3.8, name, fill=GREY),
            Label(WIDTH, y + 3.8, language.number(value, 1), "end"),
        ]
    shapes += _years(given.periods, left - step / 2, step, bottom + 15)
    columns = [(f"P{lower * 100:.0f}", low) for lower, _, low, _ in given.bands] + [("P50", given.middle)]
    columns += [(f"P{upper * 100:.0f}", high) for _, upper, _, high in reversed(given.bands)]
    columns += [(language.say("as given"), given.base)] if given.base else []
    rows = tuple(
        (period, *(language.number(values[place], 1) for _, values in columns)) for place, period in enumerate(given.periods)
    )
    described = language.say(
        "Bands of outcomes by period from {first} to {last}; in the last period the middle outcome is {middle}.",
        first=given.periods[0], last=given.periods[-1], middle=language.number(given.middle[-1], 1),
    )  # fmt: skip
    head = (language.say("Period"), *(name for name, _ in columns))
    return Drawing(given.title, given.unit, described, bottom + 24, tuple(shapes), head, rows)


def _strip(count: int) -> float:
    """Height of a strip: the fewer there are, the higher."""
    return min(64.0, max(28.0, 280.0 / max(1, count)))


def _extent(language: Language, low: float, high: float, unit: str) -> str:
    return language.say(
        "each strip from {low} to {high} {unit}", low=language.number(low, 0), high=language.number(high, 0), unit=unit
    )


def _years(periods: Sequence[str], left: float, step: float, y: float) -> list[Shape]:
    every = max(1, math.ceil(len(periods) * 34 / (step * len(periods) or 1)))
    return [
        Label(round(left + step * (place + 0.5), 1), y, periods[place], "middle", GREY) for place in range(0, len(periods), every)
    ]


def _places(values: Sequence[float]) -> int:
    return 0 if max(abs(value) for value in values) >= 1000 else 1


def _table(
    periods: Sequence[str], lines: Sequence[Line], language: Language, *, total: bool
) -> tuple[tuple[str, ...], tuple[tuple[str, ...], ...]]:
    """Periods down, lines across."""
    head = (language.say("Period"), *(line.label for line in lines))
    rows = [(period, *(language.number(line.values[place], 1) for line in lines)) for place, period in enumerate(periods)]
    if total:
        rows.append((language.say("Sum"), *(language.number(sum(line.values), 1) for line in lines)))
    return head, tuple(rows)


__all__ = ["Cash", "Cumulative", "Fan", "Line", "cash", "cumulative", "fan"]
