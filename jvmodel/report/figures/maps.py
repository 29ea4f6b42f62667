"""Figures over two numbers: heat map, split with its zone of agreement, risk matrix."""

from __future__ import annotations

import math
from collections.abc import Iterator, Sequence
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
    axis,
    fitted,
    lighter,
    lines_of,
    nice,
    places_of,
    spread,
    width_of,
)  # fmt: skip
from jvmodel.report.figures.over_time import DASHES
from jvmodel.report.language import ENGLISH, Language
from jvmodel.report.palette import ACCENT, GREY, INK, LINE, LOSS, PALE, WHITE

CHANCES = (0.01, 0.05, 0.2, 0.5)
"""Where one row of the risk matrix ends and the next begins."""


@dataclass(frozen=True)
class HeatMap:
    """A result for every pair of two inputs: `values[row][column]`, rows as `y`, columns as `x` (as text); None: not defined."""

    title: str
    unit: str
    x_title: str
    x: tuple[str, ...]
    y_title: str
    y: tuple[str, ...]
    values: tuple[tuple[float | None, ...], ...]
    base: tuple[int, int] | None = None
    """Row and column of the deal as it stands"""
    places: int = 0


@dataclass(frozen=True)
class Side:
    """A party's value along a term, and the value at which it walks away, if known."""

    label: str
    colour: str
    values: tuple[float, ...]
    walk_away: float | None = None


@dataclass(frozen=True)
class Split:
    """Values of the parties along one term, the zone in which all agree, and proposals within it; None: no zone."""

    title: str
    unit: str
    x_title: str
    x: tuple[float, ...]
    sides: tuple[Side, ...]
    zone: tuple[float, float] | None = None
    marks: tuple[tuple[str, float], ...] = ()
    """Name and place of proposals such as a bargaining solution"""
    x_percent: bool = True
    """Whether the term is a share"""


@dataclass(frozen=True)
class Risk:
    """Something that may happen: its chance (0 to 1), what it costs, and who bears it."""

    label: str
    chance: float
    impact: float
    bearer: str
    colour: str


@dataclass(frozen=True)
class RiskMatrix:
    """Risks by chance and impact; `impacts` are the four amounts at which the columns change, rising."""

    title: str
    unit: str
    risks: tuple[Risk, ...]
    impacts: tuple[float, float, float, float]


def heat_map(given: HeatMap, language: Language = ENGLISH) -> Drawing:
    """Cells with their figures: the darker the higher; below nil in red, with a minus sign."""
    known = [value for row in given.values for value in row if value is not None]
    low, high = min([0.0, *known]), max([0.0, *known])
    top, right = 26.0, WIDTH - 4
    left = min(270.0, max(96.0, 12.0 + max(map(width_of, given.y))))
    wide = min(130.0, (right - left) / len(given.x))
    widest = max((width_of(language.number(value, given.places), 10.5) for value in known), default=0.0)
    told = widest <= wide - 3
    tall = 24.0 if told else max(7.0, min(24.0, 360.0 / len(given.y)))
    gap = 0.75 if told else -0.2
    every = max(1, math.ceil(max(width_of(name) for name in given.x) / wide)) if wide < 40 else 1
    names = [lines_of(name, wide * every - 6) if number % every == 0 else [""] for number, name in enumerate(given.x)]
    down = max(1, math.ceil(13 / tall))
    shapes: list[Shape] = [Label(0, 12, given.y_title, fill=GREY)]
    for row, name in enumerate(given.y):
        y = top + tall * row
        if row % down == 0:
            shapes.append(Label(left - 8, round(y + tall / 2 + 4, 1), fitted(name, left - 8), "end", INK))
        for column, value in enumerate(given.values[row]):
            x = left + wide * column
            shown = language.say("n/a") if value is None else language.number(value, given.places)
            fill, ink = _shade(value, low, high)
            here = given.base == (row, column)
            hint = f"{given.y_title} {name}, {given.x_title} {given.x[column]}: {shown} {given.unit}"
            shapes.append(
                Box(
                    round(x + gap, 2), round(y + gap, 2), round(wide - 2 * gap, 2), round(tall - 2 * gap, 2), fill, hint,
                    INK if here else "none",
                )
            )  # fmt: skip
            weight = "700" if here else "normal"
            if told:
                shapes.append(Label(round(x + wide / 2, 1), y + 16, shown, "middle", ink, 10.5, weight))
    border = [
        Rule(
            round(left + wide * x1, 2), round(top + tall * y1, 2), round(left + wide * x2, 2), round(top + tall * y2, 2), INK, 1.8
        )
        for x1, y1, x2, y2 in _frontier(given.values)
    ]
    shapes += border
    bottom = top + tall * len(given.y)
    shapes += [
        Label(round(left + wide * (column + 0.5), 1), bottom + 14 + 12 * number, line, "middle")
        for column, lines in enumerate(names)
        for number, line in enumerate(lines)
    ]
    bottom += 12.0 * (max(map(len, names)) - 1)
    shapes.append(Label(round(left + wide * len(given.x) / 2, 1), bottom + 30, given.x_title, "middle", GREY))
    rows = tuple(
        (name, *(language.say("n/a") if value is None else language.number(value, given.places) for value in given.values[row]))
        for row, name in enumerate(given.y)
    )
    described = language.say(
        "Result for {rows} values of {y} and {columns} values of {x}, from {low} to {high}.",
        rows=len(given.y), columns=len(given.x), y=given.y_title, x=given.x_title,
        low=language.number(min(known, default=0.0), given.places), high=language.number(max(known, default=0.0), given.places),
    )  # fmt: skip
    note = language.say("Framed: the deal as it stands.") if given.base else ""
    if border:
        note = f"{note} {language.say('Heavy line: on one side above nil, on the other below.')}".strip()
    if not told:
        ends = (language.number(min(known), given.places), language.number(max(known), given.places)) if known else ("", "")
        shade = language.say("From {low} to {high}: the darker the higher, below nil in red.", low=ends[0], high=ends[1])
        note = f"{shade} {note}".strip()
    return Drawing(
        given.title,
        given.unit,
        described,
        bottom + 38,
        tuple(shapes),
        (f"{given.y_title} / {given.x_title}", *given.x),
        rows,
        note,
    )


def _frontier(values: Sequence[Sequence[float | None]]) -> Iterator[tuple[int, int, int, int]]:
    """Edges between cells of which one is below nil and the other not: column and row of both their ends."""
    for row, line in enumerate(values):
        for column, value in enumerate(line):
            right = line[column + 1] if column + 1 < len(line) else None
            under = values[row + 1][column] if row + 1 < len(values) else None
            if value is not None and right is not None and (value < 0) != (right < 0):
                yield column + 1, row, column + 1, row + 1
            if value is not None and under is not None and (value < 0) != (under < 0):
                yield column, row + 1, column + 1, row + 1


def split(given: Split, language: Language = ENGLISH) -> Drawing:
    """A line a party; its walk-away value is a thin line of the same dashes, the zone of agreement a grey band."""
    known = [value for side in given.sides for value in side.values]
    known += [side.walk_away for side in given.sides if side.walk_away is not None]
    ticks, marks = nice(min([0.0, *known]), max([0.0, *known])), nice(min(given.x), max(given.x), 6)
    left, right, top, bottom = 56.0, WIDTH - 206, 34.0, 270.0
    along, up = Scale(min(given.x), max(given.x), left, right), Scale(ticks[0], ticks[-1], bottom, top)

    def at(value: float) -> str:
        places = places_of(marks)
        return language.percent(value, max(0, places - 2)) if given.x_percent else language.number(value, places)

    shapes: list[Shape] = []
    if given.zone is not None:
        begin, end = (along(min(max(one, min(given.x)), max(given.x))) for one in given.zone)
        shapes += [
            Box(begin, top, round(max(1.0, end - begin), 2), bottom - top, PALE),
            Rule(begin, top, begin, bottom, GREY, 0.8, "3 2"), Rule(end, top, end, bottom, GREY, 0.8, "3 2"),
            Label(round((begin + end) / 2, 1), 26, language.say("zone of agreement"), "middle", weight="600"),
            Label(round((begin + end) / 2, 1), 13, f"{at(given.zone[0])} – {at(given.zone[1])}", "middle", GREY),
        ]  # fmt: skip
    shapes += axis(up, ticks, left, right, lambda tick: language.number(tick, places_of(ticks)))
    inside = [tick for tick in marks if min(given.x) - 1e-9 <= tick <= max(given.x) + 1e-9]
    shapes += [Label(along(tick), bottom + 15, at(tick), "middle", GREY) for tick in inside]
    ends = spread([up(side.values[-1]) for side in given.sides], 28.0, top + 4, bottom - 14)
    for number, side in enumerate(given.sides):
        dash, y = DASHES[number % len(DASHES)], ends[number]
        shapes.append(
            Curve(tuple((along(x), up(value)) for x, value in zip(given.x, side.values, strict=True)), side.colour, 2.2, dash)
        )
        shapes += [
            Rule(right + 2, up(side.values[-1]), right + 12, y, LINE), Rule(right + 12, y, right + 32, y, side.colour, 2.2, dash),
            Label(right + 38, y + 3.8, fitted(side.label, WIDTH - right - 40)),
        ]  # fmt: skip
        if side.walk_away is not None:
            level = up(side.walk_away)
            walk = language.say("walks away below {value}", value=language.number(side.walk_away, 1))
            shapes += [
                Rule(left, level, right, level, side.colour, 0.9, dash or "1 0"),
                Label(right + 38, y + 15.5, walk, fill=GREY, size=9.5),
            ]
    free: list[float] = []
    for name, place in sorted(given.marks, key=lambda mark: mark[1]):
        x = along(place)
        level = next((number for number, begin in enumerate(free) if x >= begin), len(free))
        free[level : level + 1] = [x + width_of(name, 10) + 10]
        shapes += [Rule(x, top, x, bottom, INK, 1.1), Label(round(x + 4, 1), bottom - 6 - 13 * level, name, fill=INK, size=10)]
    shapes.append(Label(round((left + right) / 2, 1), bottom + 31, given.x_title, "middle", GREY))
    zone = (
        language.say("no zone of agreement")
        if given.zone is None
        else language.say("zone of agreement from {low} to {high}", low=at(given.zone[0]), high=at(given.zone[1]))
    )
    described = language.say(
        "Value of each party along {term}: {names}; {zone}.",
        term=given.x_title, names=", ".join(side.label for side in given.sides), zone=zone,
    )  # fmt: skip
    rows = tuple((at(x), *(language.number(side.values[place], 1) for side in given.sides)) for place, x in enumerate(given.x))
    head = (given.x_title, *(side.label for side in given.sides))
    return Drawing(given.title, given.unit, described, bottom + 40, tuple(shapes), head, rows, "" if given.zone else f"{zone}.")


def risk_matrix(given: RiskMatrix, language: Language = ENGLISH) -> Drawing:
    """Numbered discs in five by five cells, the key beside them, largest expected cost first."""
    risks = sorted(given.risks, key=lambda risk: -abs(risk.chance * risk.impact))
    left, top, wide, tall = 70.0, 20.0, 56.0, 42.0
    bottom, edge = top + 5 * tall, left + 5 * wide
    shapes: list[Shape] = [Label(0, 12, language.say("Chance"), fill=GREY)]
    for row in range(5):
        for column in range(5):
            level = row + column
            fill = lighter(LOSS, 0.96 - 0.075 * level)
            shapes.append(Box(left + wide * column, top + tall * (4 - row), wide, tall, fill, stroke=WHITE))
    for row, chance in enumerate(CHANCES):
        shapes.append(Label(left - 6, top + tall * (4 - row) + 3.8, language.percent(chance, 0), "end", GREY))
    for column, impact in enumerate(given.impacts):
        shapes.append(
            Label(left + wide * (column + 1), bottom + 14, language.number(impact, places_of(given.impacts)), "middle", GREY)
        )
    shapes.append(Label(left + wide * 2.5, bottom + 30, f"{language.say('Cost if it happens')}, {given.unit}", "middle", GREY))
    filled: dict[tuple[int, int], int] = {}
    for number, risk in enumerate(risks, start=1):
        cell = (sum(risk.chance >= one for one in CHANCES), sum(abs(risk.impact) >= one for one in given.impacts))
        place = filled.get(cell, 0)
        filled[cell] = place + 1
        x = left + wide * cell[1] + 13 + 15 * (place % 3)
        y = top + tall * (4 - cell[0]) + 13 + 16 * (place // 3 % 2)
        hint = f"{risk.label}: {language.percent(risk.chance)}, {language.number(risk.impact, 1)} {given.unit}, {risk.bearer}"
        shapes += [
            Dot(x, y, 7.5, WHITE, hint, risk.colour), Label(x, y + 3.4, str(number), "middle", INK, 9.5, "600"),
        ]  # fmt: skip
        line = top - 4 + 27 * (number - 1)
        shapes += [
            Label(edge + 30, line + 10, str(number), "end", weight="600"),
            Label(edge + 38, line + 10, fitted(risk.label, WIDTH - edge - 40)),
            Box(edge + 38, line + 15, 7, 7, risk.colour),
            Label(edge + 49, line + 22, fitted(_said(risk, given.unit, language), WIDTH - edge - 50, 9.5), fill=GREY, size=9.5),
        ]
    head = tuple(map(language.say, ("Risk", "Chance", "Cost if it happens", "Borne by")))
    rows = tuple((risk.label, language.percent(risk.chance), language.number(risk.impact, 1), risk.bearer) for risk in risks)
    described = language.say(
        "{count} risks by their chance and by what they cost when they happen, with the party that bears each.", count=len(risks)
    )
    height = max(bottom + 38, top + 27 * len(risks))
    return Drawing(given.title, given.unit, described, height, tuple(shapes), head, rows)


def _said(risk: Risk, unit: str, language: Language) -> str:
    return language.say(
        "{bearer}: {chance} × {impact} {unit}",
        bearer=risk.bearer, chance=language.percent(risk.chance), impact=language.number(risk.impact, 1), unit=unit,
    )  # fmt: skip


def _shade(value: float | None, low: float, high: float) -> tuple[str, str]:
    """Fill and ink of a cell."""
    if value is None:
        return PALE, GREY
    if value < 0:
        return lighter(LOSS, 0.9 - 0.35 * (value / low if low else 0.0)), INK
    share = value / high if high else 0.0
    return lighter(ACCENT, 0.92 - 0.92 * share * 0.85), WHITE if share > 0.62 else INK


__all__ = ["HeatMap", "Risk", "RiskMatrix", "Side", "Split", "heat_map", "risk_matrix", "split"]
