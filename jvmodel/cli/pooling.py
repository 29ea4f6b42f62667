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
    from jvmodel.negotiation.coalitions import coalitions, read_split
    from jvmodel.report.negotiation import pictures
    from jvmodel.report.negotiation.pooled import document, listings

    found = coalitions(deal, changes or ())
    proposed = read_split(found, split) if split else None
    answered(
        "Coalitions", lambda: document(found, proposed), listings(found, proposed), as_json=as_json, out=out,
        deal=(deal, changes), figures=lambda: [pictures.of_coalitions(found, proposed)],
    )  # fmt: skip


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
    from jvmodel.negotiation.calls import cash_calls
    from jvmodel.report.negotiation import pictures
    from jvmodel.report.negotiation.over_time import calls_document, calls_listings

    found = cash_calls(deal, changes or (), term)
    answered(
        "Cash calls", lambda: calls_document(found), calls_listings(found), as_json=as_json, out=out, deal=(deal, changes),
        figures=lambda: [pictures.of_calls(found)],
    )  # fmt: skip


@app.command()
def gates(deal: DealPath, as_json: AsJson = False, out: Out = None, changes: Changes = None) -> None:
    """Stage gates: expected value by backward induction, per party, and what changes with who decides."""
    from jvmodel.dealfile import load
    from jvmodel.model import build
    from jvmodel.negotiation.stages import staged
    from jvmodel.report.negotiation import pictures
    from jvmodel.report.negotiation.over_time import gates_document, gates_listings

    found = staged(deal, changes or ())
    model = build(load(deal, changes or ()))
    answered(
        "Gates", lambda: gates_document(model, found), gates_listings(model, found), as_json=as_json, out=out,
        deal=(deal, changes), figures=lambda: [pictures.of_stages(model, found)],
    )  # fmt: skip


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
    from jvmodel.analysis.scenarios import Scenarios
    from jvmodel.analysis.study import Study
    from jvmodel.inputs import read_share
    from jvmodel.negotiation.options import Lattice, to_abandon, to_change, to_wait
    from jvmodel.negotiation.targets import partners
    from jvmodel.report.negotiation import pictures
    from jvmodel.report.negotiation.over_time import options_document, options_listings

    study = Study(deal, tuple(changes or ()))
    model = study.model
    lattice = Lattice(read_share(volatility, "--volatility"), 1.0, years)
    decks = model.deal.prices.items()
    levels = tuple(prices or (f"prices.{name}{'.flat' if deck.flat is not None else ''}" for name, deck in decks))
    seated = tuple(model.deal.negotiation.parties) if model.deal.negotiation else partners(model)
    found = list(to_wait(study, levels, lattice, seated))
    if expand is not None:
        found += to_change(study, Study(expand, tuple(changes or ())), "expand", levels, lattice, seated)
    if model.deal.uncertainty is not None:
        found += to_abandon(Scenarios.of(deal, changes or ()), seated)
    answered(
        "Options", lambda: options_document(model, found), options_listings(model, found), as_json=as_json, out=out,
        deal=(deal, changes), figures=lambda: [pictures.of_options(model, found)],
    )  # fmt: skip
