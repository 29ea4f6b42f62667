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
    from jvmodel.negotiation.comparison import compare as compared
    from jvmodel.report.negotiation import comparing, pictures

    found = compared(deal, others, changes or (), risk=risk)
    answered(
        "Comparison", lambda: comparing.document(found), comparing.listings(found),
        as_json=as_json, out=out, deal=(deal, changes), figures=lambda: pictures.of_comparison(found),
    )  # fmt: skip


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
    from jvmodel.negotiation.rounds import log
    from jvmodel.report.negotiation import logged, pictures

    found = log(files, changes or ())
    answered(
        "Rounds", lambda: logged.document(found), logged.listings(found),
        as_json=as_json, out=out, deal=(files[-1], changes), figures=lambda: [pictures.of_rounds(found)],
    )  # fmt: skip


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
    from jvmodel.analysis.study import Study
    from jvmodel.negotiation.solving import solve as solved
    from jvmodel.negotiation.targets import targets
    from jvmodel.negotiation.unknowns import unknowns
    from jvmodel.report.negotiation import pictures
    from jvmodel.report.negotiation.solved import document, listings

    study = Study(deal, tuple(changes or ()))
    found = solved(
        study,
        [one for text in vary for one in unknowns(study, text)],
        [one for text in target for one in targets(study.model, text)],
    )
    answered(
        "Solve", lambda: document(study.model, found), listings(study.model, found), as_json=as_json, out=out,
        deal=(deal, changes), figures=lambda: pictures.of_solve(study, found, list(study.model.deal.parties)[:6]),
    )  # fmt: skip


Terms = Annotated[
    list[str] | None,
    typer.Option("--terms", metavar="PATH[=LOW:HIGH]", help="Term on the table; the deal's negotiation when not given."),
]


@app.command()
def negotiate(deal: DealPath, terms: Terms = None, as_json: AsJson = False, out: Out = None, changes: Changes = None) -> None:
    """Walk-away values, zone of agreement, bargaining solutions, trade-offs and votes."""
    from jvmodel.negotiation.exchange import trade as traded
    from jvmodel.negotiation.settlement import settlement
    from jvmodel.negotiation.table import table as laid
    from jvmodel.negotiation.votes import matters
    from jvmodel.negotiation.zone import joint_zone, zones
    from jvmodel.report.negotiation import pictures
    from jvmodel.report.negotiation.bargained import Bargain, document, listings

    table = laid(deal, changes or (), terms or ())
    agreed = table.study.model.deal
    on_risk = settlement(table.with_risk()) if agreed.uncertainty is not None else None
    found = Bargain(table, zones(table), joint_zone(table), settlement(table), on_risk, traded(table), matters(agreed))
    answered(
        "Negotiation", lambda: document(found), listings(found), as_json=as_json, out=out, deal=(deal, changes),
        figures=lambda: pictures.of_zones(table, found.zones, found.settlement),
    )  # fmt: skip


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
    from jvmodel.negotiation.exchange import curves
    from jvmodel.negotiation.exchange import trade as traded
    from jvmodel.negotiation.frontier import frontier
    from jvmodel.negotiation.table import table as laid
    from jvmodel.report.negotiation import pictures
    from jvmodel.report.negotiation.picture import plane
    from jvmodel.report.negotiation.traded import document, listings
    from jvmodel.report.palette import palette

    table = laid(deal, changes or (), terms or ())
    two = len(table.space.unknowns) > 1
    found = traded(table), curves(table, 0, 1) if two else None, frontier(table, evaluations)
    colours = palette(table.study.model.deal.parties)
    answered(
        "Trade", lambda: document(*found), listings(*found), as_json=as_json, out=out, deal=(deal, changes),
        figures=lambda: [*([plane(table, 0, 1, colours).picture] if two else []), pictures.of_prices(found[0])],
    )  # fmt: skip


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
    from jvmodel.negotiation.mediation import mediate as mediated
    from jvmodel.report.negotiation import pictures
    from jvmodel.report.negotiation.mediated import document, listings

    found = mediated(deal, private, changes or (), terms or ())
    answered(
        "Mediation", lambda: document(found), listings(found), as_json=as_json, out=out, deal=(deal, changes),
        figures=lambda: pictures.of_mediation(found),
    )  # fmt: skip
