"""Questions at the negotiating table and about who builds what with whom, each with what was found."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from pathlib import Path

from jvmodel.report.findings import Findings

Changes = Iterable[str]


def comparison(deal: str | Path, others: Sequence[str | Path], changes: Changes = (), *, risk: bool = False) -> Findings:
    """Deals and proposals side by side."""
    from jvmodel.negotiation.comparison import compare
    from jvmodel.report.negotiation import comparing, pictures

    found = compare(deal, others, changes, risk=risk)
    return Findings(
        "Comparison", lambda: comparing.listings(found), lambda: comparing.document(found), lambda: pictures.of_comparison(found)
    )


def rounds(files: Sequence[str | Path], changes: Changes = ()) -> Findings:
    """The log of a negotiation."""
    from jvmodel.negotiation.rounds import log
    from jvmodel.report.negotiation import logged, pictures

    found = log(files, changes)
    return Findings("Rounds", lambda: logged.listings(found), lambda: logged.document(found), lambda: [pictures.of_rounds(found)])


def solve(deal: str | Path, vary: Iterable[str], target: Iterable[str], changes: Changes = ()) -> Findings:
    """The terms that meet targets."""
    from jvmodel.analysis.study import Study
    from jvmodel.negotiation.solving import solve as solved
    from jvmodel.negotiation.targets import targets
    from jvmodel.negotiation.unknowns import unknowns
    from jvmodel.report.negotiation import pictures
    from jvmodel.report.negotiation.solved import document, listings

    study = Study(deal, tuple(changes))
    found = solved(
        study,
        [one for text in vary for one in unknowns(study, text)],
        [one for text in target for one in targets(study.model, text)],
    )
    parties = list(study.model.deal.parties)[:6]
    return Findings(
        "Solve", lambda: listings(study.model, found), lambda: document(study.model, found),
        lambda: pictures.of_solve(study, found, parties),
    )  # fmt: skip


def negotiation(deal: str | Path, changes: Changes = (), terms: Sequence[str] = ()) -> Findings:
    """Walk-away values, zone of agreement, bargaining solutions, trade-offs and votes."""
    from jvmodel.negotiation.exchange import trade as traded
    from jvmodel.negotiation.settlement import settlement
    from jvmodel.negotiation.table import table as laid
    from jvmodel.negotiation.votes import matters
    from jvmodel.negotiation.zone import joint_zone, zones
    from jvmodel.report.negotiation import pictures
    from jvmodel.report.negotiation.bargained import Bargain, document, listings

    table = laid(deal, changes, terms)
    agreed = table.study.model.deal
    on_risk = settlement(table.with_risk()) if agreed.uncertainty is not None else None
    found = Bargain(table, zones(table), joint_zone(table), settlement(table), on_risk, traded(table), matters(agreed))
    return Findings(
        "Negotiation", lambda: listings(found), lambda: document(found),
        lambda: pictures.of_zones(table, found.zones, found.settlement),
    )  # fmt: skip


def trade(deal: str | Path, changes: Changes = (), terms: Sequence[str] = (), evaluations: int = 20_000) -> Findings:
    """What terms are worth in each other, indifference curves of the first two, and the efficient frontier."""
    from jvmodel.negotiation.exchange import curves
    from jvmodel.negotiation.exchange import trade as traded
    from jvmodel.negotiation.frontier import frontier
    from jvmodel.negotiation.table import table as laid
    from jvmodel.report.negotiation import pictures
    from jvmodel.report.negotiation.picture import plane
    from jvmodel.report.negotiation.traded import document, listings
    from jvmodel.report.palette import palette

    table = laid(deal, changes, terms)
    two = len(table.space.unknowns) > 1
    found = traded(table), curves(table, 0, 1) if two else None, frontier(table, evaluations)
    colours = palette(table.study.model.deal.parties)
    return Findings(
        "Trade", lambda: listings(*found), lambda: document(*found),
        lambda: [*([plane(table, 0, 1, colours).picture] if two else []), pictures.of_prices(found[0])],
    )  # fmt: skip


def mediation(deal: str | Path, private: Sequence[str | Path], changes: Changes = (), terms: Sequence[str] = ()) -> Findings:
    """The mediator's view."""
    from jvmodel.negotiation.mediation import mediate
    from jvmodel.report.negotiation import pictures
    from jvmodel.report.negotiation.mediated import document, listings

    found = mediate(deal, private, changes, terms)
    return Findings("Mediation", lambda: listings(found), lambda: document(found), lambda: pictures.of_mediation(found))


def coalition(deal: str | Path, changes: Changes = (), split: Sequence[str] = ()) -> Findings:
    """What every coalition is worth alone, and how the whole may be shared."""
    from jvmodel.negotiation.coalitions import coalitions, read_split
    from jvmodel.report.negotiation import pictures
    from jvmodel.report.negotiation.pooled import document, listings

    found = coalitions(deal, changes)
    proposed = read_split(found, split) if split else None
    return Findings(
        "Coalitions", lambda: listings(found, proposed), lambda: document(found, proposed),
        lambda: [pictures.of_coalitions(found, proposed)],
    )  # fmt: skip


def calls(deal: str | Path, changes: Changes = (), term: str | None = None) -> Findings:
    """Fund or dilute."""
    from jvmodel.negotiation.calls import cash_calls
    from jvmodel.report.negotiation import pictures
    from jvmodel.report.negotiation.over_time import calls_document, calls_listings

    found = cash_calls(deal, changes, term)
    return Findings(
        "Cash calls", lambda: calls_listings(found), lambda: calls_document(found), lambda: [pictures.of_calls(found)]
    )


def gates(deal: str | Path, changes: Changes = ()) -> Findings:
    """Stage gates by backward induction."""
    from jvmodel.dealfile import load
    from jvmodel.model import build
    from jvmodel.negotiation.stages import staged
    from jvmodel.report.negotiation import pictures
    from jvmodel.report.negotiation.over_time import gates_document, gates_listings

    changes = tuple(changes)
    found, model = staged(deal, changes), build(load(deal, changes))
    return Findings(
        "Gates", lambda: gates_listings(model, found), lambda: gates_document(model, found),
        lambda: [pictures.of_stages(model, found)],
    )  # fmt: skip


def options(
    deal: str | Path, changes: Changes = (), prices: Sequence[str] = (), volatility: str = "25%", years: int = 5,
    expand: str | Path | None = None,
) -> Findings:  # fmt: skip
    """Options to wait, to expand and to abandon."""
    from jvmodel.analysis.scenarios import Scenarios
    from jvmodel.analysis.study import Study
    from jvmodel.inputs import read_share
    from jvmodel.negotiation.options import Lattice, to_abandon, to_change, to_wait
    from jvmodel.negotiation.targets import partners
    from jvmodel.report.negotiation import pictures
    from jvmodel.report.negotiation.over_time import options_document, options_listings

    study = Study(deal, tuple(changes))
    model = study.model
    lattice = Lattice(read_share(volatility, "--volatility"), 1.0, years)
    decks = model.deal.prices.items()
    levels = tuple(prices or (f"prices.{name}{'.flat' if deck.flat is not None else ''}" for name, deck in decks))
    seated = tuple(model.deal.negotiation.parties) if model.deal.negotiation else partners(model)
    found = list(to_wait(study, levels, lattice, seated))
    if expand is not None:
        found += to_change(study, Study(expand, study.changes), "expand", levels, lattice, seated)
    if model.deal.uncertainty is not None:
        found += to_abandon(Scenarios.of(deal, study.changes), seated)
    return Findings(
        "Options", lambda: options_listings(model, found), lambda: options_document(model, found),
        lambda: [pictures.of_options(model, found)],
    )  # fmt: skip


def against_base(deal: str | Path, changes: Changes = ()) -> Findings:
    """A proposal against the deal or proposal that it is over; raises GraphError for what is no proposal."""
    from jvmodel.dealfile.find import find
    from jvmodel.dealfile.proposal import opened
    from jvmodel.errors import GraphError
    from jvmodel.negotiation.rounds import base_of

    chain = opened(find(deal)).chain
    if not chain:
        raise GraphError(f"{deal} is a deal, not a proposal over one, so nothing stands against it; use jvmodel compare")
    return comparison(base_of(*chain[-1]), [deal], changes)
