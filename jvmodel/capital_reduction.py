"""Capital reductions: trapped cash that is returned as share capital after a procedure (terms.md F1)."""

from __future__ import annotations

import math

from jvmodel.graph import Block, Expr, Ref, Row, max_, min_
from jvmodel.inputs import Months, Record, Share
from jvmodel.ledger import Ledger
from jvmodel.term import Term


class CapitalReduction(Record):
    """Return of share capital out of cash that may not be paid as a dividend."""

    after: Months
    """Months that cash has been trapped before the procedure lets it go"""
    cost: Share = 0.0
    """Share of what is returned that the procedure costs the partners"""


class Reduction(Block):
    """Capital reduction."""

    trapped = Row("Trapped cash before the reduction", total="none")
    capital = Row("Share capital outstanding before the reduction", total="none")
    returned = Row("Share capital returned")
    cost = Row("Cost of the procedure")


def write_reduction(ledger: Ledger, term: Term, terms: CapitalReduction, trapped: Expr, capital: Expr) -> Reduction:
    """Cash that has been trapped through all of the waiting time, as far as there is share capital to return."""
    rows = Reduction(ledger.graph, f"{term.name}.reduction", f"{term.heading}: capital reduction")
    rows.trapped = trapped
    rows.capital = capital
    waiting = math.ceil(terms.after / (12 * ledger.graph.timeline.years) - 1e-9)
    held: Ref = rows.trapped
    for number in range(waiting):
        label = f"Trapped for {number + 1} period{'s' if number else ''}"
        before = max_(ledger.brought_forward(held) - ledger.brought_forward(rows.returned), 0)
        held = rows.define(f"held_{number + 1}", label, min_(before, rows.trapped), total="none")
    rows.returned = max_(min_(held, rows.capital), 0) * (1 - ledger.last)
    rows.cost = rows.returned * term.given(ledger, "capital_reduction.cost")
    return rows
