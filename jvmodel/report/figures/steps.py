"""Figures of rows: bridge of values, tornado, shares of capital and value."""

from __future__ import annotations

from dataclasses import dataclass

from jvmodel.report.figures.drawing import (
    WIDTH,
    Box,
    Drawing,
    Label,
    Rule,
    Scale,
    Shape,
    fitted,
    nice,
    places_of,
)  # fmt: skip
from jvmodel.report.language import ENGLISH, Language
from jvmodel.report.palette import ACCENT, GAIN, GREY, INK, LINE, LOSS, PALE, WHITE

ROW = 20.0
SMALL_CHANGES = 0.2
"""Where all changes together move a total by less than this share of it, totals are not drawn from nil on."""


@dataclass(frozen=True)
class Bridge:
    """How one value becomes another: the first, every change in order, and the last, which is their sum."""

    title: str
    unit: str
    first: tuple[str, float]
    changes: tuple[tuple[str, float], ...]
    last: str
    """What the sum is called"""
    places: int = 1


@dataclass(frozen=True)
class Swing:
    """What a result is when one input takes a lower and a higher value."""

    label: str
    low_input: str
    low: float
    high_input: str
    high: float


@dataclass(frozen=True)
class Tornado:
    """Swings of a result around its base, in the order given (the widest first, as a rule)."""

    title: str
    unit: str
    base: float
    swings: tuple[Swing, ...]
    places: int = 1


@dataclass(frozen=True)
class Shares:
    """Each party's share of the capital beside its share of the value; None where there is no such share."""

    title: str
    parties: tuple[tuple[str, str, float | None, float | None], ...]
    """Label, colour, share of capital, share of value"""


def bridge(given: Bridge, language: Language = ENGLISH) -> Drawing:
    """Bars that hang where the last one ended; totals stand on nil."""
    steps: list[tuple[str, float, float, bool]] = [(given.first[0], 0.0, given.first[1], True)]
    level = given.first[1]
    for label, change in given.changes:
        steps.append((label, level, level + change, False))
        level += change
    steps.append((given.last, 0.0, level, True))
    known = [end for _, begin, stop, _ in steps for end in (begin, stop)]
    left, right = 236.0, WIDTH - 60
    levels = [stop for _, _, stop, _ in steps]
    cut = min(levels) * max(levels) > 0 and max(levels) - min(levels) < SMALL_CHANGES * max(map(abs, levels))
    if cut:  # changes would not be seen beside whole bars
        room = (max(levels) - min(levels)) / 4
        known = [*levels, min(levels) - room if levels[0] > 0 else max(levels) + room]
    ticks = nice(min(known), max(known))
    scale = Scale(ticks[0], ticks[-1], left, right)
    foot = min(max(0.0, ticks[0]), ticks[-1])
    steps = [(label, foot if total else begin, stop, total) for label, begin, stop, total in steps]
    bottom = 6 + ROW * len(steps)
    shapes: list[Shape] = [Rule(scale(tick), 4, scale(tick), bottom, INK if tick == 0 else LINE) for tick in ticks]
    shapes += [Label(scale(tick), bottom + 13, language.number(tick, places_of(ticks)), "middle", GREY) for tick in ticks]
    for number, (label, begin, stop, total) in enumerate(steps):
        y = 6 + ROW * number
        shown = language.number(stop if total else stop - begin, given.places)
        shown = shown if total or stop < begin else f"+{shown}"
        fill = ACCENT if total else GAIN if stop >= begin else WHITE
        outline = "none" if total or stop >= begin else LOSS
        x, wide = min(scale(begin), scale(stop)), max(0.8, abs(scale(stop) - scale(begin)))
        shapes += [
            Label(left - 10, y + 14, fitted(label, left - 14), "end", weight="600" if total else "normal"),
            Box(x, y + 4, round(wide, 2), ROW - 8, fill, f"{label}: {shown} {given.unit}", outline),
            Label(round(x + wide + 5, 1), y + 14, shown, weight="600" if total else "normal"),
        ]
        if number + 1 < len(steps):
            shapes.append(Rule(scale(stop), y + ROW - 4, scale(stop), y + ROW + 4, GREY))
    rows = tuple((label, language.number(stop if total else stop - begin, given.places)) for label, begin, stop, total in steps)
    described = language.say(
        "From {first} of {begin} by {count} changes to {last} of {end}.",
        first=given.first[0], begin=language.number(given.first[1], given.places), count=len(given.changes), last=given.last,
        end=language.number(level, given.places),
    )  # fmt: skip
    note = language.say("Full bars add, outlined bars take away.")
    if cut:
        begins = language.say("Totals are cut: their bars begin at {value}.", value=language.number(foot, places_of(ticks)))
        note = f"{note} {begins}"
    return Drawing(given.title, given.unit, described, bottom + 20, tuple(shapes), (language.say("Step"), given.unit), rows, note)


def tornado(given: Tornado, language: Language = ENGLISH) -> Drawing:
    """Bars to both sides of the base; the end of the lower input is outlined, of the higher one full."""
    known = [given.base, *(end for swing in given.swings for end in (swing.low, swing.high))]
    left, right, row = 280.0, WIDTH - 58, 30.0
    ticks = nice(min(known), max(known))
    scale = Scale(ticks[0], ticks[-1], left + 40, right)
    bottom = 22 + row * len(given.swings)
    shapes: list[Shape] = [Rule(scale(tick), 18, scale(tick), bottom) for tick in ticks]
    shapes += [Label(scale(tick), bottom + 13, language.number(tick, places_of(ticks)), "middle", GREY) for tick in ticks]
    for number, swing in enumerate(given.swings):
        y = 22 + row * number
        shapes += [
            Label(0, y + 13, fitted(swing.label, left)),
            Label(0, y + 25, fitted(f"{swing.low_input} · {swing.high_input}", left, 9.5), fill=GREY, size=9.5),
        ]
        same_side = (swing.low - given.base) * (swing.high - given.base) > 0
        for name, value, fill in ((swing.high_input, swing.high, ACCENT), (swing.low_input, swing.low, WHITE)):
            x, end = min(scale(value), scale(given.base)), max(scale(value), scale(given.base))
            outer = value < given.base
            narrow = same_side and name == swing.low_input
            tall = row - 14 if not narrow else row - 20
            shapes.append(
                Box(x, y + 6 + (row - 14 - tall) / 2, round(max(0.8, end - x), 2), tall, fill,
                    f"{swing.label} {name}: {language.number(value, given.places)} {given.unit}", ACCENT)
            )  # fmt: skip
            if not narrow or abs(scale(swing.low) - scale(swing.high)) > 60:
                shown = language.number(value, given.places)
                at = x - 4 if outer else end + 4
                shapes.append(Label(round(at, 1), y + 18, shown, "end" if outer else "start", size=10))
    base = language.say("base {value}", value=language.number(given.base, given.places))
    shapes += [
        Rule(scale(given.base), 16, scale(given.base), bottom, INK, 1.2),
        Label(scale(given.base), 11, base, "middle", weight="600"),
    ]
    rows = tuple(
        (swing.label, swing.low_input, language.number(swing.low, given.places), swing.high_input,
         language.number(swing.high, given.places))
        for swing in given.swings
    )  # fmt: skip
    described = language.say(
        "Result for a lower and a higher value of {count} inputs, one at a time, around the base of {base}.",
        count=len(given.swings), base=language.number(given.base, given.places),
    )  # fmt: skip
    head = tuple(map(language.say, ("Input", "Lower", "Result", "Higher", "Result")))
    note = language.say("Outlined: the lower input. Full: the higher input.")
    return Drawing(given.title, given.unit, described, bottom + 20, tuple(shapes), head, rows, note)


def shares(given: Shares, language: Language = ENGLISH) -> Drawing:
    """Two bars a party: capital outlined, value full."""
    most = max([0.01, *(abs(one) for _, _, *both in given.parties for one in both if one is not None)])
    left, right, row = 200.0, WIDTH - 66, 30.0
    least = min([0.0, *(one for _, _, *both in given.parties for one in both if one is not None)])
    scale = Scale(least, most, left, right)
    shapes: list[Shape] = []
    for number, (label, colour, capital, value) in enumerate(given.parties):
        y = 4 + row * number
        shapes.append(Label(0, y + 17, fitted(label, left - 8)))
        for offset, share, fill, what in ((3.0, capital, PALE, "capital"), (14.0, value, colour, "value")):
            said = language.say(what)
            shown = language.say("n/a") if share is None else language.percent(share)
            x, end = min(scale(share or 0.0), scale(0.0)), max(scale(share or 0.0), scale(0.0))
            stroke = GREY if what == "capital" else "none"
            if share:
                shapes.append(Box(x, y + offset, round(max(0.8, end - x), 2), 9, fill, f"{label}, {said}: {shown}", stroke))
            shapes.append(Label(round(end + 5, 1), y + offset + 8.4, shown, size=9.5, fill=GREY if what == "capital" else INK))
    bottom = 6 + row * len(given.parties)
    shapes.append(Rule(scale(0.0), 2, scale(0.0), bottom, INK))
    rows = tuple(
        (label, *(language.say("n/a") if one is None else language.percent(one) for one in (capital, value)))
        for label, _, capital, value in given.parties
    )
    described = language.say(
        "Two bars for each of {count} parties: its share of the capital and its share of the value.", count=len(given.parties)
    )
    head = (language.say("Party"), language.say("Share of capital"), language.say("Share of value"))
    note = language.say(
        "Upper, outlined: capital that the party finds itself. Lower, full: value at the venture's discount rate."
    )
    return Drawing(given.title, "%", described, bottom + 2, tuple(shapes), head, rows, note)


__all__ = ["Bridge", "Shares", "Swing", "Tornado", "bridge", "shares", "tornado"]
