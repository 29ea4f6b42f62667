"""What public support brings: the gain of all others for each unit of money that public parties pay out (terms.md D9, J)."""

from __future__ import annotations

from collections.abc import Mapping
from typing import TYPE_CHECKING, Any

from jvmodel.analysis.deletion import Deletion
from jvmodel.clauses import heading_of
from jvmodel.report.schedules import NIL, Schedules, table
from jvmodel.report.take import OWNERS

if TYPE_CHECKING:
    from jvmodel.model import Model
    from jvmodel.term import Term

PUBLIC = (*OWNERS, "public agency", "public fund", "development bank")
"""Roles of parties whose money is public."""


def support(made: Schedules, deletions: Mapping[str, Deletion]) -> list[dict[str, Any]]:
    """Each clause of support for which a public party pays: what is paid out, what comes back, and what the others gain."""
    model, say, rows = made.model, made.say, []
    public = {name for name, party in model.deal.parties.items() if party.role.lower() in PUBLIC}
    for term in model.deal.terms:
        found = deletions.get(term.name)
        if heading_of(term.kind, term.chapter) != "support" or found is None or found.why:
            continue
        paid = paid_out(model, term, public)
        if paid < NIL:
            continue
        cost = sum(found.effects.get(party, 0.0) for party in public)
        gain = -sum(found.effects.get(party, 0.0) for party in model.deal.parties if party not in public)
        rows.append((term.heading, [
            made.amount(paid), made.amount(paid - cost), made.amount(cost), made.amount(gain),
            made.language.number(gain / paid, 2),
        ]))  # fmt: skip
    head = [
        say("Clause"), say("Paid out by public parties"), say("Comes back to them"), say("Cost to them"),
        say("Gain of the others"), say("Gain for each {currency} paid out", currency=model.deal.currency),
    ]  # fmt: skip
    notes = [
        say(
            "Net present values, each at its party's own discount rate. What comes back are taxes, dividends and charges that"
            " there would be less of without the clause."
        )
    ]
    return [table(say("What public money brings"), made.money, head, rows, notes=notes)] if rows else []


def paid_out(model: Model, term: Term, public: set[str]) -> float:
    """Present value of what public parties pay by a clause less what it pays them, at their own discount rates."""
    found = 0.0
    for one in model.payments:
        if one.amount.name.startswith(f"{term.name}."):
            flow = model.run.single(one.amount.name)
            for party, sign in ((one.payer, 1), (one.payee, -1)):
                if party in public:
                    found += sign * float((flow * model.run.single(f"party.{party}.factor")).sum())
    return found


__all__ = ["paid_out", "support"]
