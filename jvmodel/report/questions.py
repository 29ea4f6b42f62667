"""Questions asked of one deal, each with what it found: an answer of tables and figures, and the document of `--json`.

One function a question, for commands, term sheets and workbooks alike. Titles of answers are the names of their sheets.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

from jvmodel.analysis.wanted import figures_of
from jvmodel.report.listing import Answer, Listing

if TYPE_CHECKING:
    from jvmodel.analysis.drivers import Drivers
    from jvmodel.analysis.risk import ClauseEffect, RiskTable
    from jvmodel.analysis.simulation import Simulation
    from jvmodel.analysis.study import Study
    from jvmodel.report.figures import Figure

SPIDER = 0.2
"""How far a spider reaches on both sides, where the swing is not given."""


@dataclass(frozen=True)
class Findings:
    """What was found: `answer` as tables and figures, `document` for programs; each is made when it is asked for."""

    answer: Callable[[], Answer]
    document: Callable[[], dict[str, Any]]


def sensitivity(study: Study, metric: str = "npv", paths: Sequence[str] = (), swing: float | None = None) -> Findings:
    """Tornado and spider of a metric: numbers at `paths`, or the deal's ranges, or all; `swing` is a share of each number."""
    from jvmodel.analysis.tornado import spider, tornado
    from jvmodel.report import answers, varying

    figures = figures_of(study.model, metric)
    found = tornado(study, figures, paths, swing)
    web = spider(study, figures, [one.lever.path for one in found.swings[: varying.MOST]], swing or SPIDER)
    return Findings(
        lambda: _answer(
            "Tornado", varying.tornado_listings(study.model, found), varying.tornado_figures(study.model, found, web),
            varying.spider_listings(study.model, web),
        ),
        lambda: answers.tornado_json(study.model, found, web),
    )  # fmt: skip


def grid(study: Study, x: str, y: str, metric: str = "venture.npv") -> Findings:
    """A metric over two numbers, each given as PATH=LOW:HIGH:COUNT."""
    from jvmodel.analysis.grid import axis
    from jvmodel.analysis.grid import grid as grid_of
    from jvmodel.report import answers, varying

    found = grid_of(study, axis(study, x), axis(study, y), figures_of(study.model, metric))
    return Findings(
        lambda: _answer(
            "Grid", varying.grid_listings(study.model, found), varying.grid_figures(study.model, found),
            varying.full_grid_listings(study.model, found),
        ),
        lambda: answers.grid_json(study.model, found),
    )  # fmt: skip


def breakeven(study: Study, vary: str, metric: str = "npv", target: str | None = None, between: str | None = None) -> Findings:
    """Every value of a number at which a metric meets its target; `between` is LOW:HIGH."""
    from jvmodel.analysis.breakeven import bracket_of, breakevens, target_of
    from jvmodel.report import answers, varying

    figures = figures_of(study.model, metric)
    aim = None if target is None else target_of(study, figures[0], target)
    found = breakevens(study, vary, figures, aim, None if between is None else bracket_of(study, vary, between))
    return Findings(
        lambda: _answer(
            "Breakeven", varying.breakeven_listings(study.model, found), varying.breakeven_figures(study.model, found)
        ),
        lambda: answers.breakeven_json(study.model, found),
    )


def simulation(found: Simulation) -> Findings:
    """What each party may get, over trials that are done."""
    from jvmodel.report import risk

    return Findings(
        lambda: _answer("Simulation", risk.listings(found), risk.figures(found), risk.data(found)),
        lambda: risk.simulation_summary(found),
    )


def risk_shares(found: RiskTable) -> Findings:
    """Who bears which risk."""
    from jvmodel.report import allocation

    return Findings(
        lambda: _answer("Risk shares", allocation.listings(found), allocation.figures(found)),
        lambda: allocation.risk_summary(found),
    )


def clause(found: ClauseEffect) -> Findings:
    """What a clause moves between the parties."""
    from jvmodel.report import allocation

    return Findings(
        lambda: _answer("Clause effect", allocation.clause_listings(found), allocation.clause_figures(found)),
        lambda: allocation.clause_summary(found),
    )


def drivers(found: Drivers) -> Findings:
    """Which risks move a figure, and where it fails."""
    from jvmodel.report import drivers as told

    return Findings(
        lambda: _answer("Risk drivers", told.listings(found), told.figures(found)), lambda: told.drivers_summary(found)
    )


def _answer(title: str, listings: Iterable[Listing], figures: Iterable[Figure], data: Iterable[Listing] = ()) -> Answer:
    return Answer(title, tuple(listings), tuple(figures), tuple(data))


__all__ = ["Findings", "breakeven", "clause", "drivers", "grid", "risk_shares", "sensitivity", "simulation"]
