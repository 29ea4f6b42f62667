"""Charts as inline SVG: the geometry is worked out here, templates/figures.svg.j2 draws it."""

from __future__ import annotations

import math
from collections.abc import Sequence
from dataclasses import dataclass

WIDTH, HEIGHT = 760.0, 250.0
LEFT, RIGHT, TOP, BOTTOM = 56.0, 12.0, 14.0, 30.0


@dataclass(frozen=True)
class Bar:
    """A rectangle, and what it says when pointed at."""

    x: float
    y: float
    width: float
    height: float
    hint: str
    series: int = 0


@dataclass(frozen=True)
class Tick:
    """A mark on an axis: where, and its text."""

    at: float
    text: str


@dataclass(frozen=True)
class Chart:
    """Bars, a line and axes in a box of `width` x `height`; `nil` is the height of the zero line."""

    title: str
    described: str
    unit: str
    width: float
    height: float
    bars: tuple[Bar, ...]
    line: str
    ticks: tuple[Tick, ...]
    labels: tuple[Tick, ...]
    nil: float
    legend: tuple[str, ...]


def over_time(
    title: str, unit: str, labels: Sequence[str], series: Sequence[tuple[str, Sequence[float]]],
    line: tuple[str, Sequence[float]] | None = None,
) -> Chart:  # fmt: skip
    """Bars by period, several series stacked (losses below the zero line), and a line such as the cumulative."""
    count = len(labels)
    above = [sum(max(values[t], 0.0) for _, values in series) for t in range(count)]
    below = [sum(min(values[t], 0.0) for _, values in series) for t in range(count)]
    points = list(line[1]) if line else []
    ticks = nice(min([0.0, *below, *points]), max([0.0, *above, *points]))
    low, high = ticks[0], ticks[-1]

    def height(value: float) -> float:
        return TOP + (HEIGHT - TOP - BOTTOM) * (high - value) / (high - low)

    step = (WIDTH - LEFT - RIGHT) / count
    bars: list[Bar] = []
    for t in range(count):
        up = down = 0.0
        for number, (name, values) in enumerate(series):
            value = values[t]
            begin = up if value >= 0 else down
            up, down = (up + value, down) if value >= 0 else (up, down + value)
            top, bottom = height(max(begin, begin + value)), height(min(begin, begin + value))
            if bottom - top > 0:
                hint = f"{name}, {labels[t]}: {value:,.1f} {unit}".replace("-", "−")
                bars.append(
                    Bar(
                        round(LEFT + step * (t + 0.14), 1),
                        round(top, 1),
                        round(step * 0.72, 1),
                        round(bottom - top, 1),
                        hint,
                        number,
                    )
                )
    path = " ".join(f"{LEFT + step * (t + 0.5):.1f},{height(value):.1f}" for t, value in enumerate(points))
    every = max(1, math.ceil(count / 14))
    marks = tuple(Tick(round(LEFT + step * (t + 0.5), 1), labels[t]) for t in range(0, count, every))
    names = tuple(name for name, _ in series) + ((line[0],) if line else ())
    return Chart(
        title, f"{title} in {unit}, {labels[0]} to {labels[-1]}: {', '.join(names)}", unit, WIDTH, HEIGHT, tuple(bars), path,
        tuple(Tick(round(height(tick), 1), f"{tick:,.0f}".replace("-", "−")) for tick in ticks), marks, round(height(0.0), 1),
        names,
    )  # fmt: skip


@dataclass(frozen=True)
class Pair:
    """A party's share of two things, as widths in percent and as text."""

    label: str
    first: float
    first_text: str
    second: float
    second_text: str


def pairs(rows: Sequence[tuple[str, float | None, float | None]]) -> tuple[Pair, ...]:
    """Shares of capital and value side by side; widths are relative to the largest share."""
    most = max([0.01, *(abs(share) for _, *shares in rows for share in shares if share is not None)])
    return tuple(Pair(label, _width(one, most), _share(one), _width(two, most), _share(two)) for label, one, two in rows)


def _width(share: float | None, most: float) -> float:
    return round(100 * max(share or 0.0, 0.0) / most, 2)


def _share(share: float | None) -> str:
    return "n/a" if share is None else f"{share * 100:.1f}%".replace("-", "−")


def nice(low: float, high: float) -> list[float]:
    """About five round numbers that reach around a range.

    >>> nice(-120, 870)
    [-200.0, 0.0, 200.0, 400.0, 600.0, 800.0, 1000.0]
    """
    if high <= low:
        high = low + 1.0
    rough = (high - low) / 5
    power = 10.0 ** math.floor(math.log10(rough))
    step = next(power * one for one in (1, 2, 2.5, 5, 10) if power * one >= rough * 0.999)
    first, last = math.floor(low / step + 1e-9), math.ceil(high / step - 1e-9)
    return [round(step * number, 9) + 0.0 for number in range(first, last + 1)]
