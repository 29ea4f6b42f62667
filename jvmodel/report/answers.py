"""Answers to questions of sensitivity as JSON documents; an undefined figure is null."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import numpy as np

from jvmodel.analysis.wanted import wanted

if TYPE_CHECKING:
    from jvmodel.analysis.breakeven import Breakeven, Frontier
    from jvmodel.analysis.grid import Axis, Grid
    from jvmodel.analysis.tornado import Spider, Swing, Tornado
    from jvmodel.lever import Lever
    from jvmodel.model import Model


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


def frontier_json(found: Frontier) -> dict[str, Any]:
    """The part of `breakeven --over --json`: the other number with its values, and per figure the breakeven at each."""
    return {
        "over": lever_json(found.other) | {"values": [float(value) for value in found.values]},
        "figures": {
            figure: {"target": found.targets[figure], "roots": [plain(root) for root in roots]}
            for figure, roots in found.roots.items()
        },
    }
