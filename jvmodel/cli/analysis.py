"""Commands that vary the numbers of one deal: sensitivity, grid, breakeven."""

from __future__ import annotations

import json
from typing import Annotated, Any

import typer

from jvmodel.cli.app import AsJson, Changes, DealPath, app

Vary = Annotated[
    list[str] | None, typer.Option("--vary", metavar="PATH", help="Number to vary, such as prices.copper.flat; may be repeated.")
]


@app.command()
def sensitivity(
    deal: DealPath,
    metric: Annotated[
        str, typer.Option(metavar="M", help="Metric of every party (npv), of one (state.irr), or a row (loan.cover@min).")
    ] = "npv",
    swing: Annotated[
        str | None, typer.Option(metavar="10%", help="Share by which each number swings; the deal's ranges when not given.")
    ] = None,
    vary: Vary = None,
    as_json: AsJson = False,
    changes: Changes = None,
) -> None:
    """Tornado and spider per party: each number on its own, the whole deal run again."""
    from jvmodel.analysis.study import Study
    from jvmodel.analysis.tornado import spider, tornado
    from jvmodel.analysis.wanted import figures_of
    from jvmodel.inputs import read_share
    from jvmodel.report import answers

    study = Study(deal, tuple(changes or ()))
    share = None if swing is None else read_share(swing, "--swing")
    figures = figures_of(study.model, metric)
    found = tornado(study, figures, vary or (), share)
    web = spider(study, figures, [one.lever.path for one in found.swings[: answers.MOST]], share or 0.2)
    _show(as_json, answers.tornado_json(study.model, found, web), lambda: answers.print_tornado(study.model, found))


@app.command()
def grid(
    deal: DealPath,
    x: Annotated[str, typer.Option(metavar="PATH=LOW:HIGH:N", help="Across: a number and the values that it takes.")],
    y: Annotated[str, typer.Option(metavar="PATH=LOW:HIGH:N", help="Down: another number and its values.")],
    metric: Annotated[
        str, typer.Option(metavar="M", help="Metric of a party (state.irr), of every party (npv), or a row (loan.cover@min).")
    ] = "venture.npv",
    as_json: AsJson = False,
    changes: Changes = None,
) -> None:
    """Two-way table of a figure over two numbers of the deal."""
    from jvmodel.analysis.grid import axis
    from jvmodel.analysis.grid import grid as grid_of
    from jvmodel.analysis.study import Study
    from jvmodel.analysis.wanted import figures_of
    from jvmodel.report import answers

    study = Study(deal, tuple(changes or ()))
    found = grid_of(study, axis(study, x), axis(study, y), figures_of(study.model, metric))
    _show(as_json, answers.grid_json(study.model, found), lambda: answers.print_grid(study.model, found))


@app.command()
def breakeven(
    deal: DealPath,
    vary: Annotated[str, typer.Option(metavar="PATH", help="Number to vary, such as prices.copper.flat.")],
    metric: Annotated[
        str, typer.Option(metavar="M", help="Metric of every party (npv), of one (state.irr), or a row (loan.cover@min).")
    ] = "npv",
    target: Annotated[
        str | None, typer.Option(metavar="X", help="What the figure should be; nil, the discount rate or 1 when not given.")
    ] = None,
    between: Annotated[str | None, typer.Option(metavar="LOW:HIGH", help="Where to look.")] = None,
    as_json: AsJson = False,
    changes: Changes = None,
) -> None:
    """Every value of a number at which a figure meets its target, per party."""
    from jvmodel.analysis.breakeven import bracket_of, breakevens, target_of
    from jvmodel.analysis.study import Study
    from jvmodel.analysis.wanted import figures_of
    from jvmodel.report import answers

    study = Study(deal, tuple(changes or ()))
    figures = figures_of(study.model, metric)
    aim = None if target is None else target_of(study, figures[0], target)
    found = breakevens(study, vary, figures, aim, None if between is None else bracket_of(study, vary, between))
    _show(as_json, answers.breakeven_json(study.model, found), lambda: answers.print_breakevens(study.model, found))


def _show(as_json: bool, document: dict[str, Any], table: Any) -> None:
    if as_json:
        typer.echo(json.dumps(document, ensure_ascii=False, allow_nan=False))
    else:
        table()
