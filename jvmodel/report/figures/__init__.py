"""Figures as inline SVG: plain data in, a drawing with title, unit, alt text and a table for screen readers out.

`figure(Tornado(...), "tornado")` is the HTML of a figure; `draw` gives its shapes, which tests look at.
"""

from __future__ import annotations

from typing import Any

from markupsafe import Markup

from jvmodel.report.figures.bars import Bars, bars
from jvmodel.report.figures.chances import Chances, Outcome, chances
from jvmodel.report.figures.curves import CurveLine, Curves, curves
from jvmodel.report.figures.drawing import Drawing, nice, svg
from jvmodel.report.figures.maps import HeatMap, Risk, RiskMatrix, Side, Split, heat_map, risk_matrix, split
from jvmodel.report.figures.over_time import Cash, Cumulative, Fan, Line, cash, cumulative, fan
from jvmodel.report.figures.steps import Bridge, Shares, Swing, Tornado, bridge, shares, tornado
from jvmodel.report.figures.trade_off import TradeOff, trade_off
from jvmodel.report.language import ENGLISH, Language

Figure = Cash | Cumulative | Fan | Bridge | Tornado | Shares | HeatMap | Split | RiskMatrix | TradeOff | Bars | Chances | Curves

DRAWN: dict[type[Any], Any] = {
    Cash: cash, Cumulative: cumulative, Fan: fan, Bridge: bridge, Tornado: tornado, Shares: shares, HeatMap: heat_map,
    Split: split, RiskMatrix: risk_matrix, TradeOff: trade_off, Bars: bars, Chances: chances, Curves: curves,
}  # fmt: skip


def draw(given: Figure, language: Language = ENGLISH) -> Drawing:
    """The shapes of a figure, its words and its table."""
    drawing: Drawing = DRAWN[type(given)](given, language)
    return drawing


def figure(given: Figure, name: str, language: Language = ENGLISH) -> Markup:
    """The figure as HTML, safe to put into a page; `name` is its identifier, unique on the page."""
    return svg(draw(given, language), name)


__all__ = [
    "Bars", "Bridge", "Cash", "Chances", "Cumulative", "CurveLine", "Curves", "Drawing", "Fan", "Figure", "HeatMap", "Line",
    "Outcome", "Risk", "RiskMatrix", "Shares", "Side", "Split",
    "Swing", "Tornado", "TradeOff", "draw", "figure", "nice",
]  # fmt: skip
