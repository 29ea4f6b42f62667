"""Commands on proposals and terms at the negotiating table: compare, rounds, solve, negotiate, trade, mediate."""

from __future__ import annotations

from typing import Annotated

import typer

from jvmodel.cli.answering import Out, answered
from jvmodel.cli.app import AsJson, Changes, DealPath, app


@app.command()
def compare(
    deal: DealPath,
    others: Annotated[list[str], typer.Argument(metavar="DEAL|PROPOSAL...", help="Deals or proposals to hold against it.")],
    risk: Annotated[
        bool, typer.Option("--risk", help="Also how the risk is shared, over the trials of the risk register.")
    ] = False,
    as_json: AsJson = False,
    out: Out = None,
    changes: Changes = None,
) -> None:
    """Deals and proposals side by side: clauses that differ, and what each party gains or loses by each."""
    from jvmodel.report.negotiation import questions

    answered(questions.comparison(deal, others, changes or (), risk=risk), as_json=as_json, out=out, deal=(deal, changes))


@app.command()
def rounds(
    files: Annotated[
        list[str], typer.Argument(metavar="PROPOSAL...", help="The last round; or the deal and its rounds, in order.")
    ],
    as_json: AsJson = False,
    out: Out = None,
    changes: Changes = None,
) -> None:
    """The log of a negotiation: what each round changed, what it gave or took, and where everybody stands."""
    from jvmodel.report.negotiation import questions

    answered(questions.rounds(files, changes or ()), as_json=as_json, out=out, deal=(files[-1], changes))


@app.command()
def solve(
    deal: DealPath,
    vary: Annotated[
        list[str],
        typer.Option("--vary", metavar="PATH[=LOW:HIGH[:STEP]]", help="Number to find, its bounds and steps; may be repeated."),
    ],
    target: Annotated[
        list[str],
        typer.Option("--target", metavar="METRIC=X", help="Such as state.irr=15%, a.npv=b.npv or equal:irr; may be repeated."),
    ],
    as_json: AsJson = False,
    out: Out = None,
    changes: Changes = None,
) -> None:
    """The terms that meet targets; where none do, the nearest and what binds (which is an answer: exit code 0)."""
    from jvmodel.report.negotiation import questions

    answered(questions.solve(deal, vary, target, changes or ()), as_json=as_json, out=out, deal=(deal, changes))


Terms = Annotated[
    list[str] | None,
    typer.Option("--terms", metavar="PATH[=LOW:HIGH]", help="Term on the table; the deal's negotiation when not given."),
]


@app.command()
def negotiate(deal: DealPath, terms: Terms = None, as_json: AsJson = False, out: Out = None, changes: Changes = None) -> None:
    """Walk-away values, zone of agreement, bargaining solutions, trade-offs and votes."""
    from jvmodel.report.negotiation import questions

    answered(questions.negotiation(deal, changes or (), terms or ()), as_json=as_json, out=out, deal=(deal, changes))


@app.command()
def trade(
    deal: DealPath,
    terms: Terms = None,
    evaluations: Annotated[
        int, typer.Option(metavar="N", min=100, max=1_000_000, help="Packages to try for the efficient frontier.")
    ] = 20_000,
    as_json: AsJson = False,
    out: Out = None,
    changes: Changes = None,
) -> None:
    """What terms are worth in each other, indifference curves of the first two, and the efficient frontier."""
    from jvmodel.report.negotiation import questions

    found = questions.trade(deal, changes or (), terms or (), evaluations)
    answered(found, as_json=as_json, out=out, deal=(deal, changes))


@app.command()
def mediate(
    deal: DealPath,
    private: Annotated[
        list[str], typer.Option("--private", metavar="FILE", help="Private file of a party; one for everybody at the table.")
    ],
    terms: Terms = None,
    as_json: AsJson = False,
    out: Out = None,
    changes: Changes = None,
) -> None:
    """The mediator's view: whether there is a zone and who must move, without anybody's private values."""
    from jvmodel.report.negotiation import questions

    found = questions.mediation(deal, private, changes or (), terms or ())
    answered(found, as_json=as_json, out=out, deal=(deal, changes))
