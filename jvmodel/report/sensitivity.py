"""What moves the value of the venture, as a figure: the deal's own ranges, or 10% of its prices and costs."""

from __future__ import annotations

from typing import TYPE_CHECKING

from jvmodel.account import VENTURE
from jvmodel.analysis.study import Study
from jvmodel.analysis.tornado import tornado
from jvmodel.lever import Kind, Lever, levers
from jvmodel.report.figures import Drawing, Swing, Tornado, draw

if TYPE_CHECKING:
    from jvmodel.model import Model
    from jvmodel.report.language import Language

MOST = 10
"""Swings that are shown, the widest."""
COSTS = ("capital_cost", "unit_cost", "operating_cost", "consumable_cost")


def sensitivity(model: Model, spoken: Language) -> list[Drawing]:
    """The tornado of the venture's value; none where nothing that is varied moves it."""
    study = Study.of(model)
    figure = f"{VENTURE}.npv"
    found = tornado(study, [figure], [one.path for one in chosen(study, model)])
    swings = tuple(
        Swing(spoken.named(one.lever.label, model.deal.labels()), _shown(one.lever, one.low, spoken), one.at_low[figure],
              _shown(one.lever, one.high, spoken), one.at_high[figure])
        for one in found.ranked(figure)[:MOST]
    )  # fmt: skip
    if not swings:
        return []
    title = (
        spoken.say("What moves the value of the venture")
        if model.deal.ranges
        else spoken.say("What 10% of each price and cost does to the value of the venture")
    )
    return [draw(Tornado(title, f"{model.deal.currency}m", found.base[figure], swings, 0), spoken)]


def widest(study: Study, found: list[Lever]) -> list[str]:
    """The paths of levers that move the venture's value, the one that moves it most first."""
    figure = f"{VENTURE}.npv"
    return [one.lever.path for one in tornado(study, [figure], [one.path for one in found]).ranked(figure)]


def chosen(study: Study, model: Model) -> list[Lever]:
    """The levers of the deal's ranges; else its prices and costs."""
    if model.deal.ranges:
        found = [study.lever(path) for path in model.deal.ranges]
    else:
        costs = {term.path for term in model.deal.terms if term.kind in COSTS}
        found = [
            study.lever(one.path) for one in levers(model.deal)
            if one.path.startswith("prices.") or (one.path.rsplit(".", 1)[0].removesuffix(".flat") in costs
            and not one.path.endswith("factor"))  # it does what the cost itself does
        ]  # fmt: skip
    return [one for one in found if one.kind is not Kind.SHAPE and one.base]


def _shown(lever: Lever, value: float, spoken: Language) -> str:
    if lever.kind is Kind.FACTOR:
        return f"× {spoken.number(value, 2)}"
    return spoken.text(value, lever.unit)
