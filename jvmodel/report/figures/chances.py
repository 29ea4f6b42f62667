"""How outcomes are spread: the density of each party's result, on one scale."""

from __future__ import annotations

from dataclasses import dataclass

from jvmodel.report.figures.drawing import (
    WIDTH,
    Box,
    Curve,
    Drawing,
    Label,
    Rule,
    Scale,
    Shape,
    fitted,
    lighter,
    nice,
    places_of,
)  # fmt: skip
from jvmodel.report.language import ENGLISH, Language
from jvmodel.report.palette import GREY, INK, LINE

LEFT, RIGHT, TOP, STRIP = 190.0, WIDTH - 62, 24.0, 46.0


@dataclass(frozen=True)
class Outcome:
    """Somebody's result: shares of trials between neighbouring `edges` of the figure, percentiles, and the deal as it is."""

    label: str
    colour: str
    shares: tuple[float, ...]
    low: float
    """P10"""
    middle: float
    """P50"""
    high: float
    """P90"""
    base: float
    loss: float
    """Chance of a result below nil"""


@dataclass(frozen=True)
class Chances:
    """Results of several, by how often they come about; what lies beyond the first and the last edge is left out."""

    title: str
    unit: str
    edges: tuple[float, ...]
    outcomes: tuple[Outcome, ...]


def chances(given: Chances, language: Language = ENGLISH) -> Drawing:
    """A strip each: the higher the more often; the bar is P10 to P90 with P50, the tick the deal as it is."""
    ticks = nice(given.edges[0], given.edges[-1], 6)
    scale = Scale(given.edges[0], given.edges[-1], LEFT, RIGHT)
    inside = [tick for tick in ticks if given.edges[0] <= tick <= given.edges[-1]]
    bottom = TOP + STRIP * len(given.outcomes)
    shapes: list[Shape] = [
        Rule(scale(tick), TOP - 6, scale(tick), bottom, INK if tick == 0 else LINE, 0.9 if tick == 0 else 0.7) for tick in inside
    ]
    shapes += [Label(scale(tick), bottom + 14, language.number(tick, places_of(ticks)), "middle", GREY) for tick in inside]
    shapes.append(Label(WIDTH, TOP - 11, language.say("chance of loss"), "end", GREY))

    def within(value: float) -> float:
        return scale(min(max(value, given.edges[0]), given.edges[-1]))

    for number, one in enumerate(given.outcomes):
        foot = TOP + STRIP * (number + 1) - 12
        tall = (STRIP - 18) / (max(one.shares) or 1.0)
        steps: list[tuple[float, float]] = [(scale(given.edges[0]), foot)]
        for place, share in enumerate(one.shares):
            y = round(foot - tall * share, 1)
            steps += [(scale(given.edges[place]), y), (scale(given.edges[place + 1]), y)]
        steps.append((scale(given.edges[-1]), foot))
        low, middle, high = (language.number(value, 1) for value in (one.low, one.middle, one.high))
        said = f"{one.label}: P10 {low}, P50 {middle}, P90 {high}"
        shapes += [
            Curve(tuple(steps), one.colour, 0.8, fill=lighter(one.colour, 0.7)),
            Box(within(one.low), foot + 2, round(max(0.8, within(one.high) - within(one.low)), 2), 4, one.colour, said),
            Rule(within(one.middle), foot + 0.5, within(one.middle), foot + 7.5, INK, 2.0),
            Rule(within(one.base), foot - STRIP + 20, within(one.base), foot, INK, 1.0, "3 2"),
            Box(0, foot - 14, 8, 10, one.colour), Label(14, foot - 5.2, fitted(one.label, LEFT - 22)),
            Label(WIDTH, foot - 5.2, language.percent(one.loss), "end"),
        ]  # fmt: skip
    described = language.say(
        "How often each result comes about, from {low} to {high}, for: {names}.",
        low=language.number(given.edges[0], 0), high=language.number(given.edges[-1], 0),
        names=", ".join(one.label for one in given.outcomes),
    )  # fmt: skip
    rows = tuple(
        (
            one.label,
            *(language.number(value, 1) for value in (one.base, one.low, one.middle, one.high)),
            language.percent(one.loss),
        )
        for one in given.outcomes
    )
    head = (language.say("Party"), language.say("as given"), "P10", "P50", "P90", language.say("chance of loss"))
    note = language.say("Bar: P10 to P90, with P50. Dashed: the deal as it is. Each strip is as high as its commonest result.")
    return Drawing(given.title, given.unit, described, bottom + 22, tuple(shapes), head, rows, note)


__all__ = ["Chances", "Outcome", "chances"]
