"""What passes between partners: value as an owner and by contract, and the waterfall tier by tier (terms.md E7, F, J)."""

from __future__ import annotations

from typing import Any

from jvmodel.analysis.stakes import value_as_owner
from jvmodel.report.schedules import NIL, Rows, Schedules, table
from jvmodel.terms.venture.waterfall import Waterfall

CONTRACTS = frozenset(
    {"offtake", "take_or_pay", "lifting", "intermediate_sale", "sourcing", "stream", "prepayment", "licence_fee"}
)
"""Kinds of clause by which a partner may gain beside its interest."""


def by_contract(made: Schedules) -> list[dict[str, Any]]:
    """What each party has as an owner and by its contracts, where the deal has contracts by which value passes."""
    model, say = made.model, made.say
    if not CONTRACTS.intersection(term.kind for term in model.deal.terms):
        return []
    found = {party: value_as_owner(model, party) for party in model.deal.parties}
    rows = [
        (made.label(party), [made.amount(owner), made.amount(contract), made.amount(owner + contract)])
        for party, (owner, contract) in found.items() if max(abs(owner), abs(contract)) >= NIL
    ]  # fmt: skip
    head = [say("Party"), say("As an owner"), say("By contract"), say("NPV")]
    notes = [
        say(
            "At each party's own discount rate. As an owner: calls, loans, distributions, carry, interests bought and sold. By"
            " contract: all else, such as offtake, fees, insurance, and for a state its taxes and royalties."
        )
    ]
    return [table(say("Value as an owner and by contract"), made.money, head, rows, notes=notes)]


def tiers(made: Schedules) -> list[dict[str, Any]]:
    """What each tier of a waterfall pays, by year, and how much of it is promote."""
    model, say, found = made.model, made.say, []
    for term in model.deal.terms:
        if not isinstance(term, Waterfall):
            continue
        rows: Rows = []
        for tier in term.tiers:
            for row, what in ((f"{term.name}.{tier}.paid", ""), (f"{term.name}.{tier}.promote", say("of it promote"))):
                if row in model.graph.rows:
                    name = tier.replace("_", " ").capitalize()  # a name that the deal gives
                    rows.append((f"{name}, {what}" if what else name, [float(value) for value in model.run.single(row)]))
        every = say("Cash to be divided")
        rows.append((every, [float(value) for value in model.run.single(f"{term.name}.available")]))
        found += made.by_year(made.language.pair(term.heading, say("paid by tier")), rows, only_used=True, total=every)
    return found


__all__ = ["by_contract", "tiers"]
