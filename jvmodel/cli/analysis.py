"""Commands that vary the numbers of one deal: sensitivity, grid, breakeven."""

from __future__ import annotations

from typing import Annotated

import typer

from jvmodel.cli.answering import Out, answered
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
    out: Out = None,
    changes: Changes = None,
) -> None:
    """Tornado and spider per party: each number on its own, the whole deal run again."""
    from jvmodel.analysis.study import Study
    from jvmodel.inputs import read_share
    from jvmodel.report import questions

    share = None if swing is None else read_share(swing, "--swing")
    found = questions.sensitivity(Study(deal, tuple(changes or ())), metric, vary or (), share)
    answered(found, as_json=as_json, out=out, deal=(deal, changes))


@app.command()
def grid(
    deal: DealPath,
    x: Annotated[str, typer.Option(metavar="PATH=LOW:HIGH:N", help="Across: a number and the values that it takes.")],
    y: Annotated[str, typer.Option(metavar="PATH=LOW:HIGH:N", help="Down: another number and its values.")],
    metric: Annotated[
        str, typer.Option(metavar="M", help="Metric of a party (state.irr), of every party (npv), or a row (loan.cover@min).")
    ] = "venture.npv",
    as_json: AsJson = False,
    out: Out = None,
    changes: Changes = None,
) -> None:
    """Two-way table of a figure over two numbers of the deal."""
    from jvmodel.analysis.study import Study
    from jvmodel.report import questions

    found = questions.grid(Study(deal, tuple(changes or ())), x, y, metric)
    answered(found, as_json=as_json, out=out, deal=(deal, changes))


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
    over: Annotated[
        str | None, typer.Option(metavar="PATH=LOW:HIGH:N", help="Another number: the breakeven at each of its values, too.")
    ] = None,
    as_json: AsJson = False,
    out: Out = None,
    changes: Changes = None,
) -> None:
    """Every value of a number at which a figure meets its target, per party."""
    from jvmodel.analysis.study import Study
    from jvmodel.report import questions

    found = questions.breakeven(Study(deal, tuple(changes or ())), vary, metric, target, between, over)
    answered(found, as_json=as_json, out=out, deal=(deal, changes))
