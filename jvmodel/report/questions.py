"""Questions asked of one deal, each with what it found: an answer of tables and figures, and the document of `--json`.

One function a question, for commands, term sheets and workbooks alike. Titles of answers are the names of their sheets.
"""

from __future__ import annotations

from collections.abc import Sequence
from typing import TYPE_CHECKING

from jvmodel.analysis.wanted import figures_of
from jvmodel.report.findings import Findings

if TYPE_CHECKING:
    from jvmodel.analysis.drivers import Drivers
    from jvmodel.analysis.risk import ClauseEffect, ClauseMenu, RiskTable
    from jvmodel.analysis.simulation import Simulation
    from jvmodel.analysis.study import Study

SPIDER = 0.2
"""How far a spider reaches on both sides, where the swing is not given."""


def sensitivity(study: Study, metric: str = "npv", paths: Sequence[str] = (), swing: float | None = None) -> Findings:
    """Tornado and spider of a metric: numbers at `paths`, or the deal's ranges, or all; `swing` is a share of each number."""
    from jvmodel.analysis.tornado import spider, tornado
    from jvmodel.report import answers, varying

    model = study.model
    figures = figures_of(model, metric)
    found = tornado(study, figures, paths, swing)
    web = spider(study, figures, [one.lever.path for one in found.swings[: varying.MOST]], swing or SPIDER)
    return Findings(
        "Tornado", lambda: varying.tornado_listings(model, found), lambda: answers.tornado_json(model, found, web),
        lambda: varying.tornado_figures(model, found, web), lambda: varying.spider_listings(model, web),
    )  # fmt: skip


def grid(study: Study, x: str, y: str, metric: str = "venture.npv") -> Findings:
    """A metric over two numbers, each given as PATH=LOW:HIGH:COUNT."""
    from jvmodel.analysis.grid import axis
    from jvmodel.analysis.grid import grid as grid_of
    from jvmodel.report import answers, varying

    model = study.model
    found = grid_of(study, axis(study, x), axis(study, y), figures_of(model, metric))
    return Findings(
        "Grid", lambda: varying.grid_listings(model, found), lambda: answers.grid_json(model, found),
        lambda: varying.grid_figures(model, found), lambda: varying.full_grid_listings(model, found),
    )  # fmt: skip


def breakeven(
    study: Study, vary: str, metric: str = "npv", target: str | None = None, between: str | None = None, over: str | None = None
) -> Findings:
    """Every value of a number at which a metric meets its target; `between` is LOW:HIGH.

    `over` is another number as PATH=LOW:HIGH:COUNT: then the lowest breakeven at each of its values, too.
    """
    from jvmodel.analysis.breakeven import bracket_of, breakevens, frontiers, target_of
    from jvmodel.analysis.grid import axis
    from jvmodel.report import answers, varying

    model = study.model
    figures = figures_of(model, metric)
    aim = None if target is None else target_of(study, figures[0], target)
    bracket = None if between is None else bracket_of(study, vary, between)
    found = breakevens(study, vary, figures, aim, bracket)
    if over is None:
        return Findings(
            "Breakeven", lambda: varying.breakeven_listings(model, found), lambda: answers.breakeven_json(model, found),
            lambda: varying.breakeven_figures(model, found),
        )  # fmt: skip
    other = axis(study, over)
    edge = frontiers(study, vary, (other.lever.path, other.values), figures, aim, bracket)
    return Findings(
        "Breakeven",
        lambda: (*varying.breakeven_listings(model, found), varying.frontier_listing(model, edge)),
        lambda: answers.breakeven_json(model, found) | {"frontier": answers.frontier_json(edge)},
        lambda: (*varying.breakeven_figures(model, found), *varying.frontier_figures(model, edge)),
    )


def simulation(found: Simulation) -> Findings:
    """What each party may get, over trials that are done."""
    from jvmodel.report import risk

    return Findings(
        "Simulation", lambda: risk.listings(found), lambda: risk.simulation_summary(found), lambda: risk.figures(found),
        lambda: risk.data(found),
    )  # fmt: skip


def risk_shares(found: RiskTable) -> Findings:
    """Who bears which risk."""
    from jvmodel.report import allocation

    return Findings(
        "Risk shares", lambda: allocation.listings(found), lambda: allocation.risk_summary(found),
        lambda: allocation.figures(found),
    )  # fmt: skip


def clause(found: ClauseEffect) -> Findings:
    """What a clause moves between the parties."""
    from jvmodel.report import allocation

    return Findings(
        "Clause effect", lambda: allocation.clause_listings(found), lambda: allocation.clause_summary(found),
        lambda: allocation.clause_figures(found),
    )  # fmt: skip


def menu(found: ClauseMenu) -> Findings:
    """What every clause moves between the parties."""
    from jvmodel.report import allocation

    return Findings(
        "Clauses and risk", lambda: allocation.menu_listings(found), lambda: allocation.menu_summary(found),
        lambda: allocation.menu_figures(found),
    )  # fmt: skip


def drivers(found: Drivers) -> Findings:
    """Which risks move a figure, and where it fails."""
    from jvmodel.report import drivers as told

    return Findings(
        "Risk drivers", lambda: told.listings(found), lambda: told.drivers_summary(found), lambda: told.figures(found)
    )
