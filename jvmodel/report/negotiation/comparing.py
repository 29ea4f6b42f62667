"""A comparison as tables, and as the document of `compare --json`."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping
from typing import Any

from jvmodel.inputs import Record, Series
from jvmodel.negotiation.comparison import Alternative, Clause, Comparison, Side
from jvmodel.negotiation.differences import Difference
from jvmodel.phrase import Day, Phrase, joined
from jvmodel.report.listing import Column, Figured, Listing, figured

SHOWN = 0.05
"""Change in millions from which a party is shown beside a clause."""


def document(found: Comparison) -> dict[str, Any]:
    """The document of `compare --json`; money in millions."""
    return {
        "deal": found.deal.deal, "currency": found.deal.currency, "money": "m",
        "labels": {party: found.label(party) for party in found.parties},
        "base": _side(found.base),
        "alternatives": [
            _side(one.side) | {
                "change": one.change, "gains": list(one.gainers()), "loses": list(one.losers()),
                "clauses": [_clause(clause) for clause in one.clauses], "exact": one.exact, "why": one.why,
            }
            for one in found.alternatives
        ],
    }  # fmt: skip


def _side(side: Side) -> dict[str, Any]:
    parties = {
        party: figures
        | (
            {"share_of_capital": side.stakes[party].share_of_capital, "share_of_value": side.stakes[party].share_of_value}
            if party in side.stakes
            else {}
        )
        | (
            {
                "share_of_risk": side.risk.parties[party].share_of_fall,
                "share_of_shortfall": side.risk.parties[party].share_of_shortfall,
                "share_of_variance": side.risk.parties[party].share_of_variance,
            }
            if side.risk is not None and party in side.risk.parties
            else {}
        )
        for party, figures in side.figures.items()
    }
    return {"file": side.file, "title": side.title, "by": side.by, "date": side.date, "note": side.note, "parties": parties}


def _clause(clause: Clause) -> dict[str, Any]:
    return {
        "clause": clause.title, "path": clause.part,
        "differences": [
            {
                "path": one.path, "label": one.label, "unit": one.unit, "before": _plain(one.before), "after": _plain(one.after),
                "words": one.words,
            }
            for one in clause.differences
        ],
        "effect": {"alone": clause.alone, "in_order": clause.in_order, "shapley": clause.shapley},
    }  # fmt: skip


def _plain(value: Any) -> Any:
    if isinstance(value, Series):
        return value.flat if value.flat is not None else value.by_year
    if isinstance(value, Record):
        return value.model_dump(mode="json", exclude_none=True, fallback=str)
    return value if isinstance(value, int | float | str | bool | None) else str(value)


def listings(found: Comparison) -> Iterator[Listing]:
    """What each party gets, its shares, and for each alternative its changed clauses and what each does."""
    money = f"{found.deal.currency}m"
    sides = [found.base, *(one.side for one in found.alternatives)]
    yield Listing(
        found.deal.deal,
        (Column("Net present value"), Column(found.base.title, money), *_heads(found, money)),
        tuple((found.label(party), _figure(found.base, party, "npv"), *_values(found, party)) for party in found.parties),
        Phrase(
            "{currency} millions at each party's own discount rate; changes are against the first deal",
            currency=found.deal.currency,
        ),
    )
    yield Listing(
        "Rate of return",
        (Column("Party"), *(Column(side.title, "%") for side in sides)),
        tuple(
            (found.label(party), *(_figure(side, party, "irr") for side in sides))
            for party in found.parties
            if any(side.figures.get(party, {}).get("irr") is not None for side in sides)
        ),
    )
    on_risk = found.base.risk is not None
    also = tuple(Column(kind, "%") for kind in (("capital", "risk") if on_risk else ("capital",)))
    yield Listing(
        "Share of value against share of capital and of risk" if on_risk else "Share of value against share of capital",
        (
            Column("Party"),
            *(column for side in sides for column in (Column(Phrase("{deal}\nvalue", deal=side.title), "%"), *also)),
        ),
        tuple(
            (found.label(party), *(share for side in sides for share in _shares(side, party)))
            for party in found.parties
            if any(any(_shares(side, party)) for side in sides)
        ),
        Phrase(
            "value at the venture's discount rate, so that all parties are measured alike; risk: share of the fall from the mean"
            " to the worst tail of all parties together"
        )
        if on_risk
        else Phrase("value at the venture's discount rate, so that all parties are measured alike"),
    )  # fmt: skip
    for one in found.alternatives:
        yield changes(found, one)


def _heads(found: Comparison, money: str) -> Iterator[Column]:
    for number, one in enumerate(found.alternatives):
        yield Column(one.side.title, money)
        yield Column("change", money, signed=True, formula=f"{{{2 + 2 * number}}}-{{1}}")


def _values(found: Comparison, party: str) -> Iterator[float | None]:
    for one in found.alternatives:
        yield _figure(one.side, party, "npv")
        yield one.change.get(party)


def _figure(side: Side, party: str, metric: str) -> Figured | None:
    return figured(side.figures.get(party, {}).get(metric), f"{party}.{metric}")


def _shares(side: Side, party: str) -> tuple[float | None, ...]:
    stake = side.stakes.get(party)
    shares = (
        figured(stake.share_of_value if stake else None, f"{party}.share_of_value"),
        figured(stake.share_of_capital if stake else None, f"{party}.share_of_capital"),
    )
    borne = side.risk.parties.get(party) if side.risk is not None else None
    return (*shares, *((borne.share_of_fall if borne else None,) if side.risk is not None else ()))


def changes(found: Comparison, one: Alternative) -> Listing:
    """The changed clauses of an alternative, in words, with what each does to each party; effects add up to the change."""
    money = f"{found.deal.currency}m"
    by = Phrase("by {party}", party=found.label(one.side.by)) if one.side.by else ""
    who = joined(filter(None, (one.side.title, by, Day(one.side.date))))
    title = Phrase("{deal}: clauses that differ from {base}", deal=who, base=found.base.title)
    if not one.clauses:
        return Listing(title, (), (), "none")
    parties = [
        party for party in found.parties
        if abs(one.change.get(party, 0.0)) > SHOWN or any(abs(clause.shapley.get(party, 0.0)) > SHOWN for clause in one.clauses)
    ]  # fmt: skip
    rows: list[tuple[str | float | None, ...]] = []
    labels = {party: found.label(party) for party in found.parties}
    for clause in one.clauses:
        for number, words in enumerate(said(clause.differences, labels)):
            effects = [clause.shapley.get(party) if not number else "" for party in parties]
            rows.append((clause.title if not number else "", words, *effects))
    rows.append(("All together", "", *(one.change.get(party) for party in parties)))
    gains, loses = (joined(map(found.label, group)) or Phrase("nobody") for group in (one.gainers(), one.losers()))
    how = (
        Phrase("Each effect is the mean over every order in which the clauses could be changed (Shapley); they add up.")
        if one.exact
        else Phrase("Each effect is the mean over drawn orders in which the clauses are changed (Shapley); they add up.")
    )
    note = joined([Phrase("gains: {gains}; loses: {loses}.", gains=gains, loses=loses), one.why or how], " ")
    columns = (Column("Clause"), Column("Difference"), *(Column(found.label(party), money, signed=True) for party in parties))
    return Listing(title, columns, tuple(rows), note, totals=1)


def said(differences: Iterable[Difference], labels: Mapping[str, str], *, clauses: bool = False) -> Iterator[Phrase]:
    """Differences in words, the shares of a split in one sentence; `labels` are what outputs call parties."""
    together: dict[Phrase, list[Phrase]] = {}
    for one in differences:
        head, colon, key = one.label.rpartition(": ")
        split = colon and one.path.endswith(f".{key}")
        told = Phrase(head) if split else one.words
        if clauses and one.clause != one.label:
            told = Phrase("{label}: {moved}", label=Phrase(one.clause), moved=told)
        parts = together.setdefault(told, [])
        if split:
            parts.append(Phrase("{party} {moved}", party=labels.get(key, key), moved=one.moved))
    for head, parts in together.items():
        yield Phrase("{label}: {moved}", label=head, moved=joined(parts)) if parts else head


__all__ = ["changes", "document", "listings", "said"]
