"""Figures of answers at the table: bridges of value, values along a term, and maps of who has what."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from typing import TYPE_CHECKING

import numpy as np

from jvmodel.negotiation.bargaining import NAMES as SOLUTIONS
from jvmodel.negotiation.unknowns import short, titled
from jvmodel.phrase import Phrase
from jvmodel.report.figures import Bridge, Figure, HeatMap, Side, Split
from jvmodel.report.negotiation.over_time import NAMES, WAYS
from jvmodel.report.negotiation.pooled import WORDS as SPLITS
from jvmodel.report.negotiation.pooled import splits
from jvmodel.report.palette import palette

if TYPE_CHECKING:
    from jvmodel.analysis.study import Study
    from jvmodel.model import Model
    from jvmodel.negotiation.calls import CashCalls
    from jvmodel.negotiation.coalitions import Coalitions
    from jvmodel.negotiation.comparison import Comparison
    from jvmodel.negotiation.exchange import Trade
    from jvmodel.negotiation.mediation import Mediated
    from jvmodel.negotiation.options import Option
    from jvmodel.negotiation.rounds import Log
    from jvmodel.negotiation.settlement import Settlement
    from jvmodel.negotiation.solving import Solve
    from jvmodel.negotiation.stages import Staged
    from jvmodel.negotiation.table import Table
    from jvmodel.negotiation.zone import TermZone

MOST_BRIDGES = 6
POINTS = 41


def of_comparison(found: Comparison) -> Iterator[Figure]:
    """For each proposal, how the value of those who gain or lose most becomes another, clause by clause."""
    money = f"{found.deal.currency}m"
    made = 0
    for one in found.alternatives:
        if one.why or not one.clauses:
            continue
        moved = sorted((party for party in one.change if party in found.deal.parties), key=lambda party: -abs(one.change[party]))
        for party in moved[:3]:
            if abs(one.change[party]) < 0.05 or made == MOST_BRIDGES:
                continue
            made += 1
            steps = tuple((clause.title, clause.shapley[party]) for clause in one.clauses)
            first = (found.base.title, float(found.base.figures[party]["npv"]))
            yield Bridge(
                Phrase("{party}: value with {deal}", party=found.label(party), deal=one.side.title),
                money,
                first,
                steps,
                one.side.title,
            )


def of_solve(study: Study, found: Solve, parties: Sequence[str]) -> Iterator[Figure]:
    """One unknown: the values of the parties along it, and where the targets are met."""
    if len(found.unknowns) != 1:
        return
    (one,) = found.unknowns
    values = one.lattice() if one.step else np.linspace(one.low, one.high, POINTS)
    answers = study.figures({one.path: values}, [f"{party}.npv" for party in parties])
    colours = palette(study.model.deal.parties)
    sides = tuple(Side(study.model.label(party), colours[party], tuple(map(float, answers[f"{party}.npv"]))) for party in parties)
    marks = tuple(
        (Phrase("solution {number}", number=number), terms.values[one.path])
        for number, terms in enumerate(found.solutions, start=1)
    )
    percent = one.lever.unit == "%"
    title = titled(one.lever)
    yield Split(
        "Net present value along the term", f"{study.model.deal.currency}m", title, tuple(map(float, values)), sides, marks=marks,
        x_percent=percent,
    )  # fmt: skip


def of_zones(table: Table, found: Sequence[TermZone], settled: Settlement) -> Iterator[Figure]:
    """What each party has along every term, where all agree, and what the bargaining solutions have of it."""
    model = table.study.model
    colours = palette(model.deal.parties)
    for one in found:
        path, percent = one.unknown.path, one.unknown.lever.unit == "%"
        sides = tuple(
            Side(seat.label, colours[seat.party], tuple(map(float, one.curves[seat.party])), seat.walk_away)
            for seat in table.seats
        )
        lever = one.unknown.lever
        nash = list(settled.solutions.items())[:1]
        marks = (("now", lever.base), *((SOLUTIONS[which], terms.terms[path]) for which, terms in nash))
        title = titled(lever)
        yield Split(
            Phrase("{term}: the others as they are", term=short(lever)), f"{model.deal.currency}m", title,
            tuple(map(float, one.values)), sides,
            max(one.zone, key=lambda span: span[1] - span[0]) if one.zone else None,
            marks, percent,
        )  # fmt: skip


def of_prices(found: Trade) -> HeatMap:
    """What a step of each term is worth to each party."""
    table = found.table
    return HeatMap(
        "What a step of each term is worth", f"{table.study.model.deal.currency}m", "Party",
        tuple(seat.label for seat in table.seats), "Step", tuple(short(one.unknown.lever) for one in found.prices),
        tuple(tuple(one.worth[party] for party in table.parties) for one in found.prices), places=1,
    )  # fmt: skip


def of_coalitions(found: Coalitions, proposed: Mapping[str, float] | None = None) -> HeatMap:
    """Ways to share what all are worth together."""
    shared = splits(found, proposed)
    return HeatMap(
        "Ways to share what all are worth together", f"{found.model.deal.currency}m", "Split",
        tuple(SPLITS[name] for name in shared), "Player", tuple(found.model.label(player) for player in found.players),
        tuple(tuple(split[player] for split in shared.values()) for player in found.players), places=1,
    )  # fmt: skip


def of_stages(model: Model, found: Sequence[Staged]) -> HeatMap:
    """What parties have at the start, by who decides."""
    parties = list(found[0].expected)
    return HeatMap(
        "Expected value at the start, by who decides", f"{model.deal.currency}m", "Party", tuple(map(model.label, parties)),
        "Decided by", tuple(model.label(one.decides) if one.decides else Phrase("all together") for one in found),
        tuple(tuple(one.expected[party] for party in parties) for one in found), places=1,
    )  # fmt: skip


def of_mediation(found: Mediated) -> Iterator[HeatMap]:
    """How far each term must move that has a zone, of what a mediator may tell."""
    moves = [one for one in found.moves if one.zone]
    if moves:
        yield HeatMap(
            "How far terms with a zone must move", "% of the range of the term", "", ("up, or down (−)",),
            "Term, the others as they are", tuple(one.label for one in moves),
            tuple((100 * one.share * (-1 if one.up is False else 1),) for one in moves),
        )  # fmt: skip


def of_calls(found: CashCalls) -> HeatMap:
    """What parties have by how calls are met."""
    parties = list(found.values["deal"])
    return HeatMap(
        "What parties have by how cash calls are met", f"{found.model.deal.currency}m", "Party",
        tuple(map(found.model.label, parties)), "Calls", tuple(WAYS[way] for way in found.values),
        tuple(tuple(values[party] for party in parties) for values in found.values.values()), places=1,
    )  # fmt: skip


def of_options(model: Model, found: Sequence[Option]) -> HeatMap:
    """What an option adds to each party, by who holds it."""
    parties = list(found[0].value)
    return HeatMap(
        "What options add, by who holds them", f"{model.deal.currency}m", "Party", tuple(map(model.label, parties)), "Held by",
        tuple(Phrase("{option}: {holder}", option=NAMES[one.name], holder=model.label(one.holder)) for one in found),
        tuple(tuple(one.gain[party] for party in parties) for one in found), places=1,
    )  # fmt: skip


def of_rounds(found: Log) -> HeatMap:
    """Where everybody stands after each round."""
    return HeatMap(
        "Where everybody stands after each round", f"{found.model.deal.currency}m", "Party",
        tuple(found.model.label(party) for party in found.parties), "Round", ("the deal", *(one.title for one in found.rounds)),
        (tuple(found.worth.values()), *(tuple(one.worth.values()) for one in found.rounds)), places=1,
    )  # fmt: skip
