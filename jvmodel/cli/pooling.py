"""Commands on who builds what with whom, and when: coalition, calls, gates, options."""

from __future__ import annotations

from typing import Annotated

import typer

from jvmodel.cli.answering import Out, answered
from jvmodel.cli.app import AsJson, Changes, DealPath, app


@app.command()
def coalition(
    deal: DealPath,
    split: Annotated[
        list[str] | None, typer.Option("--split", metavar="PLAYER=MILLIONS", help="Split to be checked; one for every player.")
    ] = None,
    as_json: AsJson = False,
    out: Out = None,
    changes: Changes = None,
) -> None:
    """What every coalition is worth alone; Shapley value, core, nucleolus, and who could walk away."""
    from jvmodel.report.negotiation import questions

    answered(questions.coalition(deal, changes or (), split or ()), as_json=as_json, out=out, deal=(deal, changes))


@app.command()
def calls(
    deal: DealPath,
    term: Annotated[
        str | None, typer.Option("--term", metavar="TERM", help="Clause on missed calls; the deal's first when not given.")
    ] = None,
    as_json: AsJson = False,
    out: Out = None,
    changes: Changes = None,
) -> None:
    """Fund or dilute: which cash calls each partner pays when all look ahead, and what the clause on missed calls is worth."""
    from jvmodel.report.negotiation import questions

    answered(questions.calls(deal, changes or (), term), as_json=as_json, out=out, deal=(deal, changes))


@app.command()
def gates(deal: DealPath, as_json: AsJson = False, out: Out = None, changes: Changes = None) -> None:
    """Stage gates: expected value by backward induction, per party, and what changes with who decides."""
    from jvmodel.report.negotiation import questions

    answered(questions.gates(deal, changes or ()), as_json=as_json, out=out, deal=(deal, changes))


@app.command()
def options(
    deal: DealPath,
    prices: Annotated[
        list[str] | None, typer.Option("--price", metavar="PATH", help="Price that moves; all of the deal's when not given.")
    ] = None,
    volatility: Annotated[str, typer.Option(metavar="25%", help="Volatility of prices a year.")] = "25%",
    years: Annotated[int, typer.Option(metavar="N", min=1, max=40, help="Years for which the deal may wait.")] = 5,
    expand: Annotated[
        str | None, typer.Option(metavar="PROPOSAL", help="What the deal may be changed into in that time.")
    ] = None,
    as_json: AsJson = False,
    out: Out = None,
    changes: Changes = None,
) -> None:
    """Options to wait, to expand and to abandon: what they add to each party, by who holds them."""
    from jvmodel.report.negotiation import questions

    found = questions.options(deal, changes or (), prices or (), volatility, years, expand)
    answered(found, as_json=as_json, out=out, deal=(deal, changes))
