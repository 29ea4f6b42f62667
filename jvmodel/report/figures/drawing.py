"""A figure as plain shapes with its data as a table: worked out here, framed by templates/figures.svg.j2.

Shapes carry their own colours and sizes, so that a figure looks the same on any page, in a PDF and on grey paper. They
write themselves as SVG: a figure that follows a slider is written some hundred times a minute, thousands of numbers each.
"""

from __future__ import annotations

import itertools
import math
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from functools import cache
from typing import Any

from markupsafe import Markup, escape

from jvmodel.report.palette import GREY, INK, LINE
from jvmodel.shipped import templates

WIDTH = 720.0
SMALL = 11.0
LETTER = 0.53
"""Mean width of a letter over its height, in the faces that the pages use."""


@dataclass(frozen=True)
class Box:
    """A rectangle, and what it says when pointed at."""

    x: float
    y: float
    width: float
    height: float
    fill: str
    hint: str = ""
    stroke: str = "none"

    @property
    def svg(self) -> str:
        """The rectangle as SVG."""
        edge = "" if self.stroke == "none" else f' stroke="{self.stroke}" stroke-width="1"'
        place = f'x="{self.x}" y="{self.y}" width="{self.width}" height="{self.height}"'
        return _closed(f'<rect {place} fill="{self.fill}"{edge}', "rect", self.hint)


@dataclass(frozen=True)
class Rule:
    """A straight line."""

    x1: float
    y1: float
    x2: float
    y2: float
    stroke: str = LINE
    width: float = 0.7
    dash: str = ""

    @property
    def svg(self) -> str:
        """The line as SVG."""
        ends = f'x1="{self.x1}" y1="{self.y1}" x2="{self.x2}" y2="{self.y2}"'
        return f'<line {ends} stroke="{self.stroke}" stroke-width="{self.width}"{_dashed(self.dash)}/>'


@dataclass(frozen=True)
class Curve:
    """A line through points, or the area within them where it is filled."""

    points: tuple[tuple[float, float], ...]
    stroke: str = "none"
    width: float = 2.0
    dash: str = ""
    fill: str = "none"
    hint: str = ""

    @property
    def path(self) -> str:
        """The points as SVG writes them."""
        return " ".join([f"{x:.1f},{y:.1f}" for x, y in self.points])

    @property
    def svg(self) -> str:
        """The line or the area as SVG."""
        shape = "polyline" if self.fill == "none" else "polygon"
        look = f'fill="{self.fill}" stroke="{self.stroke}" stroke-width="{self.width}"{_dashed(self.dash)}'
        return f'<{shape} points="{self.path}" {look}/>'


@dataclass(frozen=True)
class Label:
    """Words at a place."""

    x: float
    y: float
    text: str
    anchor: str = "start"
    fill: str = INK
    size: float = SMALL
    weight: str = "normal"

    @property
    def svg(self) -> str:
        """The words as SVG."""
        anchor = "" if self.anchor == "start" else f' text-anchor="{self.anchor}"'
        weight = "" if self.weight == "normal" else f' font-weight="{self.weight}"'
        look = f'{anchor} fill="{self.fill}" font-size="{self.size}"{weight}'
        return f'<text x="{self.x}" y="{self.y}"{look}>{escape(self.text)}</text>'


@dataclass(frozen=True)
class Dot:
    """A disc."""

    x: float
    y: float
    radius: float
    fill: str
    hint: str = ""
    stroke: str = "none"

    @property
    def svg(self) -> str:
        """The disc as SVG."""
        look = f'fill="{self.fill}" stroke="{self.stroke}" stroke-width="2"'
        return _closed(f'<circle cx="{self.x}" cy="{self.y}" r="{self.radius}" {look}', "circle", self.hint)


def _closed(begun: str, element: str, hint: str) -> str:
    return f"{begun}><title>{escape(hint)}</title></{element}>" if hint else f"{begun}/>"


def _dashed(dash: str) -> str:
    return f' stroke-dasharray="{dash}"' if dash else ""


Shape = Box | Rule | Curve | Label | Dot


@dataclass(frozen=True)
class Drawing:
    """A figure ready to be drawn: shapes in a box of `width` x `height`, its words, and its data as a table of text."""

    title: str
    unit: str
    described: str
    height: float
    shapes: tuple[Shape, ...]
    head: tuple[str, ...]
    rows: tuple[tuple[str, ...], ...]
    note: str = ""
    width: float = WIDTH

    @property
    def drawn(self) -> Markup:
        """All shapes as SVG, the words in them escaped."""
        return Markup("\n".join([one.svg for one in self.shapes]))

    @property
    def cells(self) -> Markup:
        """The rows of the table as HTML, the words in them escaped; the first cell of each is its head."""
        rows = [[str(escape(cell)) for cell in row] for row in self.rows]
        lines = [f'<tr><th scope="row">{row[0]}</th><td>{"</td><td>".join(row[1:])}</td></tr>' for row in rows]
        return Markup("\n".join(lines))


def svg(drawing: Drawing, name: str) -> Markup:
    """The figure as HTML: caption, inline SVG, and its data as a table for screen readers; `name` is unique on the page."""
    return Markup(_macros().figure(drawing, name))


def alone(drawing: Drawing, name: str) -> str:
    """The SVG as a file of its own."""
    return str(_macros().svg(drawing, name, alone=True))


@cache
def _macros() -> Any:
    from jinja2 import Environment, FileSystemLoader, StrictUndefined  # most answers are only printed

    environment = Environment(
        loader=FileSystemLoader(templates()), autoescape=True, undefined=StrictUndefined, trim_blocks=True, lstrip_blocks=True
    )
    return environment.get_template("figures.svg.j2").module


def nice(low: float, high: float, count: int = 5) -> list[float]:
    """About so many round numbers that reach around a range.

    >>> nice(-120, 870)
    [-200.0, 0.0, 200.0, 400.0, 600.0, 800.0, 1000.0]
    """
    if high <= low:
        high = low + 1.0
    rough = (high - low) / count
    power = 10.0 ** math.floor(math.log10(rough))
    step = next(power * one for one in (1, 2, 2.5, 5, 10) if power * one >= rough * 0.999)
    first, last = math.floor(low / step + 1e-9), math.ceil(high / step - 1e-9)
    return [round(step * number, 9) + 0.0 for number in range(first, last + 1)]


@dataclass(frozen=True)
class Scale:
    """Where a number stands between two places of the drawing.

    >>> Scale(0.0, 100.0, 50.0, 250.0)(25.0)
    100.0
    """

    low: float
    high: float
    start: float
    end: float

    def __call__(self, value: float) -> float:
        """The place of a number."""
        return round(self.start + (self.end - self.start) * (value - self.low) / ((self.high - self.low) or 1.0), 2)


def places_of(ticks: Sequence[float]) -> int:
    """Digits behind the point that tell ticks apart.

    >>> places_of([0.0, 200.0]), places_of([0.0, 0.25, 0.5])
    (0, 2)
    """
    step = min((abs(b - a) for a, b in itertools.pairwise(ticks)), default=1.0)
    return next(places for places in range(7) if abs(round(step, places) - step) < 1e-9 or places == 6)


def spread(wanted: Sequence[float], apart: float, low: float, high: float) -> list[float]:
    """Places as near as may be to those wanted, in their order and so far apart.

    >>> spread([10.0, 11.0, 40.0], 12.0, 0.0, 100.0)
    [4.5, 16.5, 40.0]
    """
    order = sorted(range(len(wanted)), key=lambda place: wanted[place])
    groups: list[tuple[list[int], float]] = []
    for place in order:
        group, middle = [place], min(max(wanted[place], low), high)
        while groups and groups[-1][1] + apart * (len(groups[-1][0]) + len(group)) / 2 > middle + 1e-9:
            before, centre = groups.pop()
            middle = (centre * len(before) + middle * len(group)) / (len(before) + len(group))
            group = before + group
            half = apart * (len(group) - 1) / 2
            middle = min(max(middle, low + half), high - half)
        groups.append((group, middle))
    found = [0.0] * len(wanted)
    for group, middle in groups:
        for number, place in enumerate(group):
            found[place] = middle + apart * (number - (len(group) - 1) / 2)
    return found


def fitted(text: str, width: float, size: float = SMALL) -> str:
    """Text cut to a width, with an ellipsis where something is missing.

    >>> fitted("Plateau Mines State Company", 80)
    'Plateau Mine…'
    """
    room = max(1, int(width / (size * LETTER)))
    return text if len(text) <= room else text[: room - 1].rstrip() + "…"


def lines_of(text: str, width: float, most: int = 4, size: float = SMALL) -> list[str]:
    """Text broken between words into lines of a width; what goes beyond the last is cut.

    >>> lines_of("Plateau Mines State Company", 70)
    ['Plateau', 'Mines State', 'Company']
    """
    lines = [""]
    for word in text.split():
        longer = f"{lines[-1]} {word}".strip()
        if lines[-1] and width_of(longer, size) > width and len(lines) < most:
            lines.append(word)
        else:
            lines[-1] = longer
    return [fitted(line, width, size) for line in lines]


def width_of(text: str, size: float = SMALL) -> float:
    """About how wide text is drawn."""
    return len(text) * size * LETTER


def lighter(colour: str, share: float) -> str:
    """A colour mixed with white."""
    parts = [int(colour[place : place + 2], 16) for place in (1, 3, 5)]
    return "#" + "".join(f"{round(part + (255 - part) * share):02x}" for part in parts)


def axis(scale: Scale, ticks: Sequence[float], left: float, right: float, shown: Callable[[float], str]) -> list[Shape]:
    """Lines across the drawing at the ticks of an upright axis, and their numbers to the left."""
    shapes: list[Shape] = []
    for tick in ticks:
        nil = abs(tick) < 1e-12
        shapes.append(Rule(left, scale(tick), right, scale(tick), INK if nil else LINE, 0.9 if nil else 0.7))
        shapes.append(Label(left - 6, scale(tick) + 3.7, shown(tick), "end", GREY))
    return shapes
