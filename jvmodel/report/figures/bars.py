"""Bars side by side: one or two numbers of each row, such as shares of variance or changes of value."""

from __future__ import annotations

from dataclasses import dataclass

from jvmodel.report.figures.drawing import WIDTH, Box, Drawing, Label, Rule, Scale, Shape, fitted
from jvmodel.report.language import ENGLISH, Language
from jvmodel.report.palette import ACCENT, GREY, INK, PALE

LEFT, RIGHT = 250.0, WIDTH - 66


@dataclass(frozen=True)
class Bars:
    """Rows with a number for each of one or two `names`; None where there is no such number."""

    title: str
    unit: str
    first: str
    """What the rows are"""
    names: tuple[str, ...]
    rows: tuple[tuple[str, tuple[float | None, ...]], ...]
    places: int = 1
    percent: bool = False


def bars(given: Bars, language: Language = ENGLISH) -> Drawing:
    """A full bar for the first number, an outlined one below it for the second."""
    known = [value for _, values in given.rows for value in values if value is not None]
    low, high = min([0.0, *known]), max([0.0, *known])
    room = 44.0 if low < 0 else 0.0
    scale = Scale(low, high, LEFT + room, RIGHT)
    two = len(given.names) > 1
    row = 30.0 if two else 19.0

    def shown(value: float | None) -> str:
        if value is None:
            return language.say("n/a")
        return language.percent(value, given.places) if given.percent else language.number(value, given.places)

    shapes: list[Shape] = []
    for number, (label, values) in enumerate(given.rows):
        y = 4 + row * number
        shapes.append(Label(0, y + (17 if two else 12), fitted(label, LEFT - 8)))
        for place, (name, value) in enumerate(zip(given.names, values, strict=True)):
            begin, end = sorted((scale(value or 0.0), scale(0.0)))
            top = y + (3.0 + 11 * place if two else 2.0)
            fill, stroke = (ACCENT, "none") if place == 0 else (PALE, GREY)
            if value:
                shapes.append(
                    Box(
                        begin,
                        top,
                        round(max(0.8, end - begin), 2),
                        9.0 if two else 12.0,
                        fill,
                        f"{label}, {name}: {shown(value)}",
                        stroke,
                    )
                )
            left = value is not None and value < 0
            at, anchor = (begin - 4, "end") if left else (end + 5, "start")
            shapes.append(
                Label(round(at, 1), top + (8.4 if two else 9.8), shown(value), anchor, INK if place == 0 else GREY, 9.5)
            )
    bottom = 6 + row * len(given.rows)
    shapes.append(Rule(scale(0.0), 2, scale(0.0), bottom, INK))
    described = language.say("Bars for each of {count} rows: {names}.", count=len(given.rows), names=", ".join(given.names))
    note = language.say("Full: {first}. Outlined: {second}.", first=given.names[0], second=given.names[1]) if two else ""
    rows = tuple((label, *map(shown, values)) for label, values in given.rows)
    return Drawing(given.title, given.unit, described, bottom + 2, tuple(shapes), (given.first, *given.names), rows, note)


__all__ = ["Bars", "bars"]
