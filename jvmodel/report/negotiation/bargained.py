"""What the table shows before and during bargaining, as tables and as the document of `negotiate --json`."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from typing import Any

from jvmodel.lever import Lever
from jvmodel.negotiation.bargaining import NAMES, WORDS
from jvmodel.negotiation.exchange import Trade
from jvmodel.negotiation.settlement import Settled, Settlement
from jvmodel.negotiation.table import Table
from jvmodel.negotiation.unknowns import short
from jvmodel.negotiation.votes import Matter
from jvmodel.negotiation.zone import JointZone, TermZone
from jvmodel.phrase import Numeral, Phrase, joined
from jvmodel.report.listing import Cell, Column, Figured, Listing
from jvmodel.report.negotiation.solved import exact, span


@dataclass(frozen=True)
class Bargain:
    """Everything that `negotiate` answers: zones, settlement on value as the deal stands and on risk, trades, votes."""

    table: Table
    zones: tuple[TermZone, ...]
    joint: JointZone
    settlement: Settlement
    on_risk: Settlement | None
    trade: Trade
    votes: tuple[Matter, ...]


def document(found: Bargain) -> dict[str, Any]:
    """The document of `negotiate --json`; money in millions."""
    table = found.table
    deal = table.study.model.deal
    return {
        "deal": deal.deal, "currency": deal.currency, "money": "m",
        "parties": {
            seat.party: {"label": seat.label, "walk_away": seat.walk_away, "power": seat.power, "risk_price": seat.risk_price}
            for seat in table.seats
        },
        "terms": [
            {
                "path": one.unknown.path, "label": one.unknown.lever.label, "unit": one.unknown.lever.unit,
                "base": one.unknown.lever.base, "low": one.unknown.low, "high": one.unknown.high,
                "step": one.unknown.step or None,
                "values": one.values.tolist(), "curves": {party: curve.tolist() for party, curve in one.curves.items()},
                "accepted": {party: [list(span) for span in spans] for party, spans in one.accepted.items()},
                "zone": [list(span) for span in one.zone], "nearest": one.nearest,
                "fails": one.fails or None, "short": one.short,
            }
            for one in found.zones
        ],
        "joint": {"share": found.joint.share, "spans": {path: list(span) for path, span in found.joint.spans.items()}},
        "settlement": settlement_document(found.settlement),
        "on_risk": settlement_document(found.on_risk) if found.on_risk else None,
        "trade": trade_document(found.trade),
        "votes": [
            {
                "term": one.term, "matter": one.matter, "majority": one.majority, "votes": one.votes,
                "blocking": list(one.blocking),
                "carrying": [list(group) for group in one.carrying], "shapley_shubik": one.shapley_shubik, "banzhaf": one.banzhaf,
            }
            for one in found.votes
        ],
    }  # fmt: skip


def settlement_document(found: Settlement) -> dict[str, Any]:
    """A settlement, its solutions by name."""
    return {
        "agreement": found.agreement, "gap": found.gap, "shortfall": found.shortfall, "ideal": found.ideal,
        "base": _settled(found.base), "nearest": _settled(found.nearest) if found.nearest else None,
        "solutions": {name.value: _settled(one) for name, one in found.solutions.items()},
    }  # fmt: skip


def _settled(one: Settled) -> dict[str, Any]:
    return {"terms": one.terms, "worth": one.worth, "gain": one.gain, "change": one.change, "share": one.share}


def trade_document(found: Trade) -> dict[str, Any]:
    """Prices, exchanges and swaps."""
    return {
        "prices": [{"path": one.unknown.path, "step": one.step, "worth": one.worth, "slope": one.slope} for one in found.prices],
        "exchanges": [
            {"given": one.given, "step": one.step, "got": one.got, "finite": one.finite, "slope": one.slope}
            for one in found.exchanges
        ],
        "swaps": [
            {
                "giver": one.giver, "taker": one.taker, "term": one.term, "step": one.step, "paid": one.paid, "by": one.by,
                "gains": one.gains,
            }
            for one in found.swaps
        ],
    }  # fmt: skip


def listings(found: Bargain) -> Iterator[Listing]:
    """Walk-away values, zones, solutions, trades and votes."""
    table = found.table
    money = f"{table.study.model.deal.currency}m"
    yield _positions(found, money)
    yield _zones(found)
    yield from settled(table, found.settlement, Phrase("at net present value"), money)
    if found.on_risk is not None:
        yield from settled(table, found.on_risk, Phrase("less the price of risk"), money)
    yield from trade_listings(found.trade)
    if found.votes:
        yield _votes(table, found.votes)


def _positions(found: Bargain, money: str) -> Listing:
    rows = []
    for seat in found.table.seats:
        base = found.settlement.base
        row: tuple[Cell, ...] = (
            seat.label,
            Figured(base.worth[seat.party], f"{seat.party}.npv"),
            seat.walk_away,
            base.gain[seat.party],
            Numeral(f"{seat.power:g}"),
        )
        rows.append(row + ((found.on_risk.base.worth[seat.party], found.on_risk.base.gain[seat.party]) if found.on_risk else ()))
    columns: tuple[Column, ...] = (
        Column("Party"), Column("The deal as it is", money), Column("Walks away below", money),
        Column("Gain", money, signed=True, formula="{1}-{2}"),
        Column("Power"),
    )  # fmt: skip
    if found.on_risk:
        columns += (Column("Less price of risk", money), Column("Gain on risk", money, signed=True, formula="{5}-{2}"))
    return Listing("Positions", columns, tuple(rows))


def _zones(found: Bargain) -> Listing:
    rows = []
    for one in found.zones:
        lever = one.unknown.lever
        said = _spans(one.zone, lever) or Phrase(
            "none: {party} lacks {short:,.1f} at {value}",
            party=_label(found.table, one.fails), short=one.short, value=exact(one.nearest, lever.unit),
        )  # fmt: skip
        rows.append(
            (
                short(lever),
                exact(lever.base, lever.unit),
                *(_spans(one.accepted[party], lever) or "nowhere" for party in one.accepted),
                said,
            )
        )
    labels = [seat.label for seat in found.table.seats]
    columns = (
        Column("Term"),
        Column("Now"),
        *(Column(Phrase("{party} accepts", party=label)) for label in labels),
        Column("Zone of agreement"),
    )
    together = (
        Phrase("All terms together: everybody could accept {share:.0%} of the packages.", share=found.joint.share)
        if found.joint.share
        else Phrase("All terms together: no package that was tried is acceptable to everybody.")
    )
    return Listing("Zone of agreement on each term, the others as they are", columns, tuple(rows), together)


def _spans(spans: tuple[tuple[float, float], ...], lever: Lever) -> str:
    return joined(span(exact(low, lever.unit, 2), exact(high, lever.unit, 2)) for low, high in spans)


def settled(table: Table, found: Settlement, basis: Phrase, money: str) -> Iterator[Listing]:
    """The solutions as terms, and what each party gains over its walk-away value."""
    if not found.agreement:
        lacking = joined(
            Phrase("{party} {lacks:,.1f}", party=_label(table, party), lacks=lacks)
            for party, lacks in found.shortfall.items() if lacks > 0
        )  # fmt: skip
        settle = (
            "Lacking: {lacking}. Side payments cannot settle it: walk-away values are together {gap:,.1f} more than any package"
            " makes."
            if found.gap > 0
            else "Lacking: {lacking}. Side payments could settle it: some package makes {gap:,.1f} more than all walk-away"
            " values."
        )
        nearest = found.nearest
        assert nearest is not None
        rows = [(short(one.lever), exact(nearest.terms[one.path], one.lever.unit, 2)) for one in table.space.unknowns]
        yield Listing(
            Phrase("No agreement {basis}; the package that comes nearest", basis=basis),
            (Column("Term"), Column("Value")), tuple(rows),
            Phrase(settle, lacking=lacking, gap=abs(found.gap)),
        )  # fmt: skip
        return
    named = {which: NAMES[which] for which in found.solutions}
    terms: list[tuple[Cell, ...]] = [
        (short(one.lever), *(exact(each.terms[one.path], one.lever.unit, 2) for each in found.solutions.values()))
        for one in table.space.unknowns
    ]
    yield Listing(
        Phrase("Bargaining solutions {basis}: terms", basis=basis),
        (Column("Term"), *(Column(name) for name in named.values())), tuple(terms),
        joined((Phrase("{sentence}.", sentence=words) for words in WORDS.values()), " "),
    )  # fmt: skip
    yield Listing(
        Phrase("Bargaining solutions {basis}: gain over walking away", basis=basis),
        (Column("Party"), *(Column(name, money, signed=True) for name in named.values()), Column("Most it could gain", money)),
        tuple(
            (
                seat.label, *(each.gain[seat.party] for each in found.solutions.values()),
                found.ideal[seat.party] - seat.walk_away,
            )
            for seat in table.seats
        ),
    )  # fmt: skip


def trade_listings(found: Trade) -> Iterator[Listing]:
    """What a step of each term is worth in money and in other terms, and the swaps by which two parties gain."""
    table = found.table
    money = f"{table.study.model.deal.currency}m"
    levers = {one.path: one.lever for one in table.space.unknowns}
    yield Listing(
        "What a step of each term is worth (upfront cash that each would give for it)",
        (Column("Step"), *(Column(seat.label, money, signed=True) for seat in table.seats)),
        tuple(
            (_move(levers[one.unknown.path], one.step), *(one.worth[party] for party in table.parties)) for one in found.prices
        ),
    )
    if len(levers) > 1:
        yield Listing(
            "Exchange: how far the other term may move for the step, with the party as well off as now",
            (Column("For"), Column("in"), *(Column(seat.label) for seat in table.seats)),
            tuple(
                (
                    _move(levers[one.given], one.step), short(levers[one.got]),
                    *(_amount(levers[one.got], one.finite[party]) for party in table.parties),
                )
                for one in found.exchanges
            ),
        )  # fmt: skip
    if found.swaps:
        rows: list[tuple[Cell, ...]] = []
        for one in found.swaps[:6]:
            moves = {"step": _move(levers[one.term], one.step), "other": _move(levers[one.paid], one.by)}
            what = Phrase("{step}, against {other}", **moves)
            rows.append((what, *(one.gains[party] for party in table.parties)))
        columns = (Column("Swap"), *(Column(seat.label, money, signed=True) for seat in table.seats))
        yield Listing("Swaps that two parties gain by, the best first", columns, tuple(rows))


def _move(lever: Lever, step: float) -> str:
    return Phrase("{term}: {step}", term=short(lever), step=_amount(lever, step))


def _amount(lever: Lever, step: float | None) -> str:
    if step is None:
        return Phrase("none")
    if lever.unit == "%":
        return Phrase("{step:+.2f} points", step=step * 100)
    return Phrase("{step:+.4g}", step=step) if lever.unit == "1" else Phrase("{step:+.4g} {unit}", step=step, unit=lever.unit)


def _votes(table: Table, votes: tuple[Matter, ...]) -> Listing:
    rows: list[tuple[Cell, ...]] = []
    for one in votes:
        blocking = joined(_label(table, party) for party in one.blocking) or Phrase("nobody alone")
        rows.extend(
            (one.matter.capitalize() if not number else "", one.majority if not number else "", _label(table, party), share,
             one.shapley_shubik[party], one.banzhaf[party], blocking if not number else "")
            for number, (party, share) in enumerate(one.votes.items())
        )  # fmt: skip
    columns = (
        Column("Reserved matter"), Column("Needs", "%"), Column("Voter"), Column("Votes", "%"), Column("Shapley–Shubik", "%"),
        Column("Banzhaf", "%"), Column("Can block"),
    )  # fmt: skip
    return Listing("Votes", columns, tuple(rows))


def _label(table: Table, party: str) -> str:
    return table.study.model.label(party) if party else ""
