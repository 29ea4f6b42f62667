"""Answers to questions of sensitivity, as tables on the terminal and as JSON documents; an undefined figure is n/a or null."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import numpy as np

from jvmodel.analysis.wanted import wanted
from jvmodel.shown import text

if TYPE_CHECKING:
    from rich.table import Table

    from jvmodel.analysis.breakeven import Breakeven
    from jvmodel.analysis.grid import Axis, Grid
    from jvmodel.analysis.tornado import Spider, Swing, Tornado
    from jvmodel.lever import Lever
    from jvmodel.model import Model

MOST = 12
"""Inputs that a tornado on the terminal and a spider show."""
BAR = 24
STATUS = {
    "too low": "none: stays below the target", "too high": "none: stays above the target",
    "never defined": "none: the figure does not exist here",
}  # fmt: skip


def shown(value: float | None, unit: str) -> str:
    """A value with its unit, n/a where it does not exist."""
    if value is None or np.isnan(value):
        return "n/a"
    if unit in ("x", "×"):
        return f"{value:,.4g} ×".replace("-", "−")
    return text(value, unit)


def plain(value: float) -> float | None:
    """A number for JSON: null where it does not exist."""
    return None if not np.isfinite(value) else float(value)


def lever_json(one: Lever) -> dict[str, Any]:
    """A lever as the documents have it."""
    return {"path": one.path, "label": one.label, "unit": one.unit, "base": one.base}


def tornado_json(model: Model, found: Tornado, web: Spider) -> dict[str, Any]:
    """The document of `sensitivity --json`: per figure its base, and its swings, the widest first."""

    def bar(figure: str, one: Swing) -> dict[str, Any]:
        return lever_json(one.lever) | {
            "low": one.low, "high": one.high, "at_low": plain(one.at_low[figure]), "at_high": plain(one.at_high[figure]),
            "width": one.width(figure), "elasticity": plain(found.elasticity(figure, one)),
        }  # fmt: skip

    return {
        "deal": model.deal.deal, "currency": model.deal.currency, "money": "m",
        "tornado": {
            figure: {
                "label": wanted(model, figure).label, "unit": wanted(model, figure).unit, "base": plain(found.base[figure]),
                "swings": [bar(figure, one) for one in found.ranked(figure)],
            }
            for figure in found.figures
        },
        "spider": {
            "changes": [round(float(change), 12) for change in web.changes],
            "lines": [
                lever_json(one) | {"figures": {figure: [plain(value) for value in line[figure]] for figure in web.figures}}
                for one, line in web.lines
            ],
        },
    }  # fmt: skip


def print_tornado(model: Model, found: Tornado) -> None:
    """A table per figure: the widest swings with a bar, and what was left out."""
    for figure in found.figures:
        about, ranked = wanted(model, figure), found.ranked(figure)
        if not ranked:
            continue
        table = _table("Input", "Low", "High", "At low", "At high", "Elasticity")
        table.title = f"{about.label}: {shown(found.base[figure], about.unit)}"
        table.add_column("", no_wrap=True)
        widest = ranked[0].width(figure)
        for one in ranked[:MOST]:
            elasticity = found.elasticity(figure, one)
            table.add_row(
                _plain_text(one.lever.label), shown(one.low, one.lever.unit), shown(one.high, one.lever.unit),
                shown(one.at_low[figure], about.unit), shown(one.at_high[figure], about.unit),
                "n/a" if np.isnan(elasticity) else f"{elasticity:.2f}".replace("-", "−"),
                "▇" * max(1, round(BAR * one.width(figure) / widest)),
            )  # fmt: skip
        _console().print(table)
    _console().print("Each input on its own; how inputs act together: jvmodel grid, jvmodel simulate.", style="dim")


def grid_json(model: Model, found: Grid) -> dict[str, Any]:
    """The document of `grid --json`: both axes, and per figure the values by rows of y."""

    def line(one: Axis) -> dict[str, Any]:
        return lever_json(one.lever) | {"values": [float(value) for value in one.values]}

    return {
        "deal": model.deal.deal, "x": line(found.x), "y": line(found.y),
        "figures": {
            figure: {
                "label": wanted(model, figure).label, "unit": wanted(model, figure).unit,
                "values": [[plain(value) for value in row] for row in values],
            }
            for figure, values in found.figures.items()
        },
        "reasons": [{"row": row, "column": column, "why": why} for (row, column), why in found.reasons.items()],
    }  # fmt: skip


def print_grid(model: Model, found: Grid) -> None:
    """A table per figure, with values below the natural target dim."""
    for figure, values in found.figures.items():
        about = wanted(model, figure)
        table = _table(_plain_text(found.y.lever.label), *(shown(value, found.x.lever.unit) for value in found.x.values))
        table.title = f"{about.label}; across: {_plain_text(found.x.lever.label)}"
        for value, row in zip(found.y.values, values, strict=True):
            cells = [shown(cell, about.unit) for cell in row]
            table.add_row(
                shown(value, found.y.lever.unit),
                *(f"[red]{cell}[/red]" if number < 0 else cell for cell, number in zip(cells, row, strict=True)),
            )
        _console().print(table)
    for (row, column), why in found.reasons.items():
        _console().print(f"row {row + 1}, column {column + 1}: {_plain_text(why)}", style="dim")


def breakeven_json(model: Model, found: tuple[Breakeven, ...]) -> dict[str, Any]:
    """The document of `breakeven --json`: per figure all roots, the status, and the figure at both ends of the bracket."""
    return {
        "deal": model.deal.deal, "vary": lever_json(found[0].lever), "bracket": [found[0].low, found[0].high],
        "breakevens": [
            {
                "figure": one.figure, "label": wanted(model, one.figure).label, "target": one.target, "roots": list(one.roots),
                "status": one.status, "headroom": one.headroom, "at_base": plain(one.at_base), "at_low": plain(one.at_low),
                "at_high": plain(one.at_high), "lowest": plain(one.lowest), "highest": plain(one.highest),
            }
            for one in found
        ],
    }  # fmt: skip


def print_breakevens(model: Model, found: tuple[Breakeven, ...]) -> None:
    """One line a figure: its target, the roots and how far they are from the deal, or what the figure is at the ends."""
    one = found[0].lever
    low, high = shown(found[0].low, one.unit), shown(found[0].high, one.unit)
    table = _table("Figure", "Now", "Target", "Breakeven", "Headroom", f"At {low}", f"At {high}")
    table.title = f"{_plain_text(one.label)}: {shown(one.base, one.unit)} in the deal"
    for item in found:
        about = wanted(model, item.figure)
        roots = ", ".join(shown(root, one.unit) for root in item.roots) or STATUS[item.status]
        headroom = "" if item.headroom is None else f"{item.headroom * 100:+.1f}%".replace("-", "−")
        table.add_row(
            _plain_text(about.label), shown(item.at_base, about.unit), shown(item.target, about.unit), roots, headroom,
            shown(item.at_low, about.unit), shown(item.at_high, about.unit),
        )  # fmt: skip
    _console().print(table)


def _console() -> Any:
    from rich.console import Console

    return Console(highlight=False)


def _table(first: str, *others: str) -> Table:
    from rich import box
    from rich.table import Table

    table = Table(box=box.SIMPLE_HEAD, pad_edge=False, padding=(0, 1, 0, 0), title_justify="left", title_style="bold")
    table.add_column(first, min_width=18, vertical="bottom", ratio=None)
    for head in others:
        table.add_column(head, justify="right", vertical="bottom")
    return table


def _plain_text(label: str) -> str:
    from rich.markup import escape

    return escape(label)
