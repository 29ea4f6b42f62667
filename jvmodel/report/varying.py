"""Answers to questions of sensitivity as tables and figures: tornado and spider, grid, breakevens."""

from __future__ import annotations

from collections.abc import Iterator
from typing import TYPE_CHECKING

import numpy as np

from jvmodel.analysis.wanted import wanted
from jvmodel.phrase import Numeral, Phrase, joined
from jvmodel.report.figures import CurveLine, Curves, Figure, HeatMap, Tornado
from jvmodel.report.figures import Swing as Bar
from jvmodel.report.listing import ABSENT, BAR, NONE, Cell, Column, Figured, Listing, Quantity
from jvmodel.report.palette import COLOURS, palette
from jvmodel.shown import decimals, text

if TYPE_CHECKING:
    from jvmodel.analysis.breakeven import Breakeven, Frontier
    from jvmodel.analysis.grid import Axis, Grid
    from jvmodel.analysis.tornado import Spider, Swing
    from jvmodel.analysis.tornado import Tornado as Found
    from jvmodel.analysis.wanted import Wanted
    from jvmodel.lever import Lever
    from jvmodel.model import Model

MOST = 12
"""Inputs that a table and a tornado show."""
WEB = 7
"""Inputs that a spider shows: more cannot be told apart."""
LONGEST = 12
"""Characters of the longest bar."""
ACROSS = 13
"""Values of an axis that the table of a grid shows."""
WHY = 5
"""Cells without a number whose reason is told."""
STATUS = {
    "too low": "none: stays below", "too high": "none: stays above", "never defined": "none: no such figure",
    "jumps": "none: jumps past",
}  # fmt: skip
TOGETHER = "Each input on its own; how inputs act together: jvmodel grid, jvmodel simulate."


def tornado_listings(model: Model, found: Found) -> Iterator[Listing]:
    """A table per figure that anything moves: the widest swings, ranked."""
    for figure in found.figures:
        about, ranked = wanted(model, figure), _distinct(found, figure)
        if not ranked:
            continue
        widest, places = ranked[0].width(figure), _places(about.unit)
        rows: tuple[tuple[Cell, ...], ...] = tuple(
            (
                one.lever.label, _unit(_plain(one.lever.unit)),
                Quantity(one.low, _plain(one.lever.unit)), Quantity(one.high, _plain(one.lever.unit)),
                one.at_low[figure], one.at_high[figure], found.elasticity(figure, one),
                BAR * max(1, round(LONGEST * one.width(figure) / widest)),
            )
            for one in ranked[:MOST]
        )  # fmt: skip
        more = len(ranked) - MOST
        yield Listing(
            Phrase("{figure}: {value}", figure=about.label, value=said(found.base[figure], about.unit)),
            (
                Column("Input"), Column("Unit"), Column("Low"), Column("High"), Column("At low", about.unit, places=places),
                Column("At high", about.unit, places=places), Column("Elasticity", places=2), Column("Width"),
            ),
            rows,
            Phrase("{more} more move it less.", more=more) if more > 0 else "",
        )  # fmt: skip
    absent = [wanted(model, figure).label for figure in found.figures if np.isnan(found.base[figure])]
    still = [wanted(model, figure).label for figure in found.figures if not found.ranked(figure)]
    if absent:
        yield Listing("Not defined in the deal as it is, so that nothing can be said to move it", (), (), joined(absent, "; "))
    if still := [label for label in still if label not in absent]:
        yield Listing("Moved by none of these inputs", (), (), joined(still, "; "))
    yield Listing(TOGETHER, (), ())


def tornado_figures(model: Model, found: Found, web: Spider) -> Iterator[Figure]:
    """Per figure its tornado, then its spider."""
    for figure in found.figures:
        about, ranked = wanted(model, figure), _distinct(found, figure)[:MOST]
        if not ranked or not np.isfinite(found.base[figure]):
            continue
        scale, unit, places = _scaled(about.unit)
        yield Tornado(
            about.label, unit, found.base[figure] * scale,
            tuple(
                Bar(
                    one.lever.label, text(one.low, _plain(one.lever.unit)), one.at_low[figure] * scale,
                    text(one.high, _plain(one.lever.unit)), one.at_high[figure] * scale,
                )
                for one in ranked
            ),
            places,
        )  # fmt: skip
        lines = [(lever, line[figure]) for lever, line in web.lines if _moved(line[figure])]
        place = {one.lever.path: number for number, one in enumerate(ranked)}
        lines = sorted((pair for pair in lines if pair[0].path in place), key=lambda pair: place[pair[0].path])[:WEB]
        if lines:
            yield Curves(
                Phrase("{figure} as each input changes", figure=about.label), unit, "Change of the input",
                tuple(map(float, web.changes)),
                tuple(
                    CurveLine(lever.label, COLOURS[number % len(COLOURS)], tuple(_or_none(value * scale) for value in line))
                    for number, (lever, line) in enumerate(lines)
                ),
                x_percent=True,
            )  # fmt: skip


def _distinct(found: Found, figure: str) -> tuple[Swing, ...]:
    """The ranked swings without those that say the same of the same part of the deal: all grades where there is one grade."""
    kept: list[Swing] = []
    for one in found.ranked(figure):
        part = one.lever.path.split(".")[:2]
        ends = (one.at_low[figure], one.at_high[figure])
        said = ((other.lever.path.split(".")[:2], (other.at_low[figure], other.at_high[figure])) for other in kept)
        if not any(part == there and np.allclose(ends, told, rtol=1e-9, equal_nan=True) for there, told in said):
            kept.append(one)
    return tuple(kept)


def _plain(unit: str) -> str:
    """The unit of a number that is shown; factors have none."""
    return "1" if unit in ("×", "x") else unit


def spider_listings(model: Model, web: Spider) -> Iterator[Listing]:
    """The numbers behind the spiders: figures by change of each input."""
    for figure in web.figures:
        about = wanted(model, figure)
        yield Listing(
            Phrase("{figure} by change of each input", figure=about.label),
            (Column("Input"), *(Column(Phrase("{change:+.0%}", change=change), about.unit) for change in web.changes)),
            tuple(
                (
                    lever.label,
                    *(float(at) if change else Figured(at, figure) for change, at in zip(web.changes, line[figure], strict=True)),
                )
                for lever, line in web.lines
            ),
        )


def grid_listings(model: Model, found: Grid) -> Iterator[Listing]:
    """A table per figure, of some of the values where they are many, and why cells have no number."""
    across, down = (range(0, len(one.values), -(-len(one.values) // ACROSS)) for one in (found.x, found.y))
    some = len(across) < len(found.x.values) or len(down) < len(found.y.values)
    note = "Some of the values; all of them: --json, or --out FILE.xlsx." if some else ""
    yield from _grids(model, found, down, across, note)
    told = [
        Phrase("row {row}, column {column}: {why}", row=row + 1, column=column + 1, why=why)
        for (row, column), why in found.reasons.items()
    ]
    if told:
        more = [Phrase("and {count} more cells", count=len(told) - WHY)] if len(told) > WHY else []
        yield Listing("Cells without a number", (), (), joined([*told[:WHY], *more], "\n"))


def full_grid_listings(model: Model, found: Grid) -> Iterator[Listing]:
    """All values of grids of which the tables show some."""
    if max(len(found.x.values), len(found.y.values)) > ACROSS:
        yield from _grids(model, found, range(len(found.y.values)), range(len(found.x.values)), "")


def _grids(model: Model, found: Grid, down: range, across: range, note: str) -> Iterator[Listing]:
    x, y = found.x.lever, found.y.lever
    for figure, values in found.figures.items():
        about = wanted(model, figure)
        places = _places(about.unit)
        yield Listing(
            Phrase("{figure}, {unit}; across: {across}", figure=about.label, unit=about.unit, across=_titled(x)),
            (Column(_titled(y)), *(Column(_end(x, found.x.values[place]), about.unit, places=places) for place in across)),
            tuple((_end(y, found.y.values[row]), *(float(values[row, place]) for place in across)) for row in down),
            note,
        )


def _end(lever: Lever, value: float) -> str:
    """A value of a lever whose unit is told elsewhere."""
    return text(float(value), lever.unit, sign=False)


def grid_figures(model: Model, found: Grid) -> Iterator[Figure]:
    """A heat map per figure."""
    for figure, values in found.figures.items():
        about = wanted(model, figure)
        scale, unit, places = _scaled(about.unit)
        x, y = found.x.lever, found.y.lever
        yield HeatMap(
            about.label, unit, x.label, tuple(text(float(one), x.unit) for one in found.x.values),
            y.label, tuple(text(float(one), y.unit) for one in found.y.values),
            tuple(tuple(_or_none(cell * scale) for cell in row) for row in values), _at_base(found.y, found.x), places,
        )  # fmt: skip


def breakeven_listings(model: Model, found: tuple[Breakeven, ...]) -> Iterator[Listing]:
    """One line a figure: its target, the roots and how far they are from the deal, or what the figure is at the ends."""
    one, about = found[0].lever, wanted(model, found[0].figure)
    low, high = (_end(one, end) for end in (found[0].low, found[0].high))
    unit, places = about.unit, _places(about.unit)
    rows: tuple[tuple[Cell, ...], ...] = tuple(
        (
            _whose(model, item.figure), item.at_base, item.target,
            Quantity(item.roots[0], one.unit) if len(item.roots) == 1
            else joined((_span(span, one.unit) for span in item.spans), "; ") or STATUS[item.status],
            NONE if item.headroom is None else item.headroom, item.at_low, item.at_high,
        )
        for item in found
    )  # fmt: skip
    yield Listing(
        Phrase(
            "{figure} by {number}: {value} in the deal",
            figure=_what(about), number=_titled(one), value=said(one.base, one.unit),
        ),
        (
            Column("Party" if about.party else "Figure"), Column("Now", unit, places=places),
            Column("Target", unit, places=places), Column("Breakeven"), Column("Headroom", "%", signed=True),
            Column(Phrase("At\n{end}", end=low), unit, places=places), Column(Phrase("At\n{end}", end=high), unit, places=places),
        ),
        rows,
    )  # fmt: skip


def _span(span: tuple[float, float], unit: str) -> str:
    """A root, or the ends of a stretch of them."""
    low, high = (text(end, unit, sign=False) for end in span)
    return low if low == high else Phrase("{first} to {last}", first=low, last=high)


def frontier_listing(model: Model, found: Frontier) -> Listing:
    """The breakeven of each figure by the value of another number; none where the figure does not meet its target."""
    met = {figure: roots for figure, roots in found.roots.items() if np.isfinite(roots).any()}
    never = joined(_whose(model, figure) for figure in found.roots if figure not in met)
    lowest = Phrase("The lowest where there are several.")
    columns = (Column(_whose(model, figure), found.lever.unit, places=_places(found.lever.unit)) for figure in met)
    rows: tuple[tuple[Cell, ...], ...] = tuple(
        (_end(found.other, value), *(float(roots[place]) if np.isfinite(roots[place]) else "none" for roots in met.values()))
        for place, value in enumerate(found.values)
    )
    return Listing(
        Phrase("Breakeven of {number} by {other}", number=_small(found.lever), other=_small(found.other)),
        (Column(_titled(found.other)), *columns), rows,
        joined([lowest, Phrase("None anywhere: {figures}.", figures=never)], " ") if never else lowest,
    )  # fmt: skip


def frontier_figures(model: Model, found: Frontier) -> Iterator[Figure]:
    """The breakevens along the other number, a curve a figure."""
    colours = palette(model.deal.parties, model.deal.ventures)
    lines = tuple(
        CurveLine(
            _whose(model, figure), colours.get(wanted(model, figure).party, COLOURS[number % len(COLOURS)]),
            tuple(map(_or_none, roots)),
        )
        for number, (figure, roots) in enumerate(found.roots.items()) if np.isfinite(roots).any()
    )  # fmt: skip
    if lines:
        yield Curves(
            Phrase("Breakeven of {number} along {other}", number=_small(found.lever), other=_small(found.other)),
            found.lever.unit, _titled(found.other),
            tuple(map(float, found.values)), lines, x_percent=found.other.unit == "%", percent=found.lever.unit == "%",
            here=found.other.base,
        )  # fmt: skip


def _small(lever: Lever) -> Phrase:
    return Phrase(f"{lever.label[:1].lower()}{lever.label[1:]}")


def _whose(model: Model, figure: str) -> str:
    about = wanted(model, figure)
    return model.label(about.party) if about.party else Phrase(about.label)


def _what(about: Wanted) -> str:
    return Phrase(about.label.partition(":")[0]) if about.party else about.label


def breakeven_figures(model: Model, found: tuple[Breakeven, ...]) -> Iterator[Figure]:
    """The figures along the bracket, with rings where they meet their targets."""
    lever, (_, unit, _) = found[0].lever, _scaled(wanted(model, found[0].figure).unit)
    shown = [one for one in found if np.isfinite(one.values).any()]
    if not shown or len(shown[0].along) < 2:
        return
    colours, percent = palette(model.deal.parties, model.deal.ventures), unit == "%"
    lines = []
    for number, one in enumerate(shown):
        colour = colours.get(wanted(model, one.figure).party, COLOURS[number % len(COLOURS)])
        lines.append(CurveLine(_whose(model, one.figure), colour, tuple(map(_or_none, one.values))))
    title = _what(wanted(model, shown[0].figure))
    yield Curves(
        Phrase("{figure} along {number}", figure=title, number=_small(lever)), unit, _titled(lever), shown[0].along, tuple(lines),
        x_percent=lever.unit == "%", percent=percent, crossings=tuple((root, one.target) for one in shown for root in one.roots),
        here=lever.base,
    )  # fmt: skip


def said(value: float | None, unit: str) -> str:
    """A value with its unit, n/a where it does not exist."""
    if value is None or np.isnan(value):
        return ABSENT
    if unit in ("x", "×"):
        return Numeral(f"{value:,.4g} ×".replace("-", "−"))
    return text(value, unit)


def _titled(lever: Lever) -> str:
    label = Phrase(lever.label)
    return Phrase("{label}, {unit}", label=label, unit=lever.unit) if _unit(lever.unit) and lever.unit != "%" else label


def _unit(unit: str) -> str:
    return "" if unit == "1" else unit


def _places(unit: str) -> int | None:
    """Digits of a column of results, where the unit does not say them well."""
    return 2 if unit in ("x", "×", "year") else None


def _scaled(unit: str) -> tuple[float, str, int]:
    """The factor, unit and digits by which a figure draws results."""
    return (
        (100.0, "%", 1)
        if unit == "%"
        else (1.0, "×" if unit == "x" else unit, 2 if unit in ("x", "×") else min(2, decimals(unit)))
    )


def _or_none(value: float) -> float | None:
    return float(value) if np.isfinite(value) else None


def _moved(values: np.ndarray) -> bool:
    known = values[np.isfinite(values)]
    return bool(known.size > 1 and np.ptp(known) > 1e-9 * max(1.0, float(np.abs(known).max())))


def _at_base(down: Axis, across: Axis) -> tuple[int, int] | None:
    """Row and column of the deal as it is, where the grid has it."""
    found = []
    for one in (down, across):
        near = np.isclose(one.values, one.lever.base, rtol=1e-9, atol=1e-12)
        if not near.any():
            return None
        found.append(int(near.argmax()))
    return found[0], found[1]


__all__ = [
    "breakeven_figures", "breakeven_listings", "frontier_figures", "frontier_listing", "full_grid_listings", "grid_figures",
    "grid_listings", "said", "spider_listings", "tornado_figures", "tornado_listings",
]  # fmt: skip
