"""Commands at the negotiating table: compare, rounds, solve, negotiate, trade, coalition, mediate, gates, options."""

from __future__ import annotations

import json
from collections.abc import Iterable
from typing import TYPE_CHECKING, Annotated, Any

import typer

from jvmodel.cli.app import AsJson, Changes, DealPath, app

if TYPE_CHECKING:
    from jvmodel.report.listing import Listing


@app.command()
def compare(
    deal: DealPath,
    others: Annotated[list[str], typer.Argument(metavar="DEAL|PROPOSAL...", help="Deals or proposals to hold against it.")],
    as_json: AsJson = False,
    changes: Changes = None,
) -> None:
    """Deals and proposals side by side: clauses that differ, and what each party gains or loses by each."""
    from jvmodel.negotiation.comparison import compare as compared
    from jvmodel.report.negotiation.comparing import document, listings

    found = compared(deal, others, changes or ())
    _answer(document(found) if as_json else None, listings(found))


@app.command()
def rounds(
    files: Annotated[
        list[str], typer.Argument(metavar="PROPOSAL...", help="The last round; or the deal and its rounds, in order.")
    ],
    as_json: AsJson = False,
    changes: Changes = None,
) -> None:
    """The log of a negotiation: what each round changed, what it gave or took, and where everybody stands."""
    from jvmodel.negotiation.rounds import log
    from jvmodel.report.negotiation.logged import document, listings

    found = log(files, changes or ())
    _answer(document(found) if as_json else None, listings(found))


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
    changes: Changes = None,
) -> None:
    """The terms that meet targets; where none do, the nearest and what binds (which is an answer: exit code 0)."""
    from jvmodel.analysis.study import Study
    from jvmodel.negotiation.solving import solve as solved
    from jvmodel.negotiation.targets import targets
    from jvmodel.negotiation.unknowns import unknowns
    from jvmodel.report.negotiation.solved import document, listings

    study = Study(deal, tuple(changes or ()))
    found = solved(
        study,
        [one for text in vary for one in unknowns(study, text)],
        [one for text in target for one in targets(study.model, text)],
    )
    _answer(document(study.model, found) if as_json else None, listings(study.model, found))


Terms = Annotated[
    list[str] | None,
    typer.Option("--terms", metavar="PATH[=LOW:HIGH]", help="Term on the table; the deal's negotiation when not given."),
]


@app.command()
def negotiate(deal: DealPath, terms: Terms = None, as_json: AsJson = False, changes: Changes = None) -> None:
    """Walk-away values, zone of agreement, bargaining solutions, trade-offs and votes."""
    from jvmodel.negotiation.exchange import trade as traded
    from jvmodel.negotiation.settlement import settlement
    from jvmodel.negotiation.table import table as laid
    from jvmodel.negotiation.votes import matters
    from jvmodel.negotiation.zone import joint_zone, zones
    from jvmodel.report.negotiation.bargained import Bargain, document, listings

    table = laid(deal, changes or (), terms or ())
    agreed = table.study.model.deal
    on_risk = settlement(table.with_risk()) if agreed.uncertainty is not None else None
    found = Bargain(table, zones(table), joint_zone(table), settlement(table), on_risk, traded(table), matters(agreed))
    _answer(document(found) if as_json else None, listings(found))


@app.command()
def trade(
    deal: DealPath,
    terms: Terms = None,
    evaluations: Annotated[
        int, typer.Option(metavar="N", min=100, max=1_000_000, help="Packages to try for the efficient frontier.")
    ] = 20_000,
    as_json: AsJson = False,
    changes: Changes = None,
) -> None:
    """What terms are worth in each other, indifference curves of the first two, and the efficient frontier."""
    from jvmodel.negotiation.exchange import curves
    from jvmodel.negotiation.exchange import trade as traded
    from jvmodel.negotiation.frontier import frontier
    from jvmodel.negotiation.table import table as laid
    from jvmodel.report.negotiation.traded import document, listings

    table = laid(deal, changes or (), terms or ())
    both = curves(table, 0, 1) if len(table.space.unknowns) > 1 else None
    found = traded(table), both, frontier(table, evaluations)
    _answer(document(*found) if as_json else None, listings(*found))


@app.command()
def coalition(
    deal: DealPath,
    split: Annotated[
        list[str] | None, typer.Option("--split", metavar="PLAYER=MILLIONS", help="Split to be checked; one for every player.")
    ] = None,
    as_json: AsJson = False,
    changes: Changes = None,
) -> None:
    """What every coalition is worth alone; Shapley value, core, nucleolus, and who could walk away."""
    from jvmodel.negotiation.coalitions import coalitions, read_split
    from jvmodel.report.negotiation.pooled import document, listings

    found = coalitions(deal, changes or ())
    proposed = read_split(found, split) if split else None
    _answer(document(found, proposed) if as_json else None, listings(found, proposed))


@app.command()
def mediate(
    deal: DealPath,
    private: Annotated[
        list[str], typer.Option("--private", metavar="FILE", help="Private file of a party; one for everybody at the table.")
    ],
    terms: Terms = None,
    as_json: AsJson = False,
    changes: Changes = None,
) -> None:
    """The mediator's view: whether there is a zone and who must move, without anybody's private values."""
    from jvmodel.negotiation.mediation import mediate as mediated
    from jvmodel.report.negotiation.mediated import document, listings

    found = mediated(deal, private, changes or (), terms or ())
    _answer(document(found) if as_json else None, listings(found))


@app.command()
def gates(deal: DealPath, as_json: AsJson = False, changes: Changes = None) -> None:
    """Stage gates: expected value by backward induction, per party, and what changes with who decides."""
    from jvmodel.dealfile import load
    from jvmodel.model import build
    from jvmodel.negotiation.stages import staged
    from jvmodel.report.negotiation.over_time import gates_document, gates_listings

    found = staged(deal, changes or ())
    model = build(load(deal, changes or ()))
    _answer(gates_document(model, found) if as_json else None, gates_listings(model, found))


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
    changes: Changes = None,
) -> None:
    """Options to wait, to expand and to abandon: what they add to each party, by who holds them."""
    from jvmodel.analysis.scenarios import Scenarios
    from jvmodel.analysis.study import Study
    from jvmodel.inputs import read_share
    from jvmodel.negotiation.options import Lattice, to_abandon, to_change, to_wait
    from jvmodel.negotiation.targets import partners
    from jvmodel.report.negotiation.over_time import options_document, options_listings

    study = Study(deal, tuple(changes or ()))
    model = study.model
    lattice = Lattice(read_share(volatility, "--volatility"), 1.0, years)
    levels = tuple(
        prices or (f"prices.{name}{'.flat' if deck.flat is not None else ''}" for name, deck in model.deal.prices.items())
    )
    seated = tuple(model.deal.negotiation.parties) if model.deal.negotiation else partners(model)
    found = list(to_wait(study, levels, lattice, seated))
    if expand is not None:
        found += to_change(study, Study(expand, tuple(changes or ())), "expand", levels, lattice, seated)
    if model.deal.uncertainty is not None:
        found += to_abandon(Scenarios.of(deal, changes or ()), seated)
    _answer(options_document(model, found) if as_json else None, options_listings(model, found))


def _answer(document: dict[str, Any] | None, listings: Iterable[Listing]) -> None:
    """Prints the document where there is one, the tables otherwise."""
    if document is not None:
        typer.echo(json.dumps(document, ensure_ascii=False, allow_nan=False))
        return
    from jvmodel.report.listing import print_listings

    print_listings(listings)
