"""Independent verification: what a better estimate is worth before the decision to build, and what it costs (terms.md H12)."""

from __future__ import annotations

from typing import Annotated, Literal

from jvmodel.graph import Block, Row, exp_, flag, max_, normal_, power, ratio
from jvmodel.inputs import Date, Measured, Money, Party
from jvmodel.ledger import SUPPLIERS, VENTURE, Account, Ledger
from jvmodel.term import Term

SignedMoney = Annotated[float, Measured("$m")]
Spread = Annotated[float, Measured("$m", above=0.0)]


class Verification(Term):
    """An audit of reserves or of the feasibility study, after which a venture may not be built, or be built after all.

    Value of sample information of a decision to build or not, on a normal estimate; a figure apart from cash.
    """

    kind: Literal["verification"] = "verification"
    date: Date
    """Month of the audit"""
    cost: Money
    """Cost of the audit, in money of the base date"""
    payee: Party = SUPPLIERS
    """Party that verifies; suppliers when not given"""
    estimate: SignedMoney
    """Value of the venture as estimated, at the date"""
    spread: Spread
    """Standard deviation of that estimate"""
    noise: Annotated[float, Measured("$m", low=0.0)]
    """Standard deviation of the audit's own error"""

    class Rows(Block):
        cost = Row("Cost of verification")
        posterior = Row("Standard deviation of the estimate after it", total="none")
        moves = Row("Standard deviation of the move of the estimate", total="none")
        score = Row("Estimate over that move", unit="1", total="none")
        value = Row("Value of the information, not a cash flow", total="last")
        worth_it = Row("Worth its cost", unit="1", total="last")

    def apply(self, ledger: Ledger) -> None:
        """Moves σ̃ = σ₀² ÷ √(σ₀² + σₑ²); value = σ̃ φ(z) + μ Φ(z) − max(0, μ), with z = μ ÷ σ̃."""
        rows = self.Rows(ledger.graph, self.name, self.heading)
        real = ledger.escalated(self.given(ledger, "cost"), "real")
        rows.cost = real * ledger.at(self.date)
        ledger.post(Account.OPERATING, rows.cost, payer=VENTURE, payee=self.payee)
        mean, spread, noise = (self.given(ledger, one) for one in ("estimate", "spread", "noise"))
        periods = ledger.graph.timeline.periods
        two = ledger.graph.fact("two", "Two", (2.0,) * periods)
        circle = ledger.graph.fact("circle", "Twice the number pi", (6.283185307179586,) * periods)
        share = ratio(noise, spread)
        both = power(1 + share * share, 1 / two)
        rows.posterior = ratio(noise, both)
        rows.moves = ratio(spread, both)
        rows.score = ratio(mean, rows.moves)
        density = ratio(exp_(0 - rows.score * rows.score / two), power(circle, 1 / two))
        rows.value = rows.moves * density + mean * normal_(rows.score) - max_(mean, 0)
        rows.worth_it = flag(rows.value > real)
