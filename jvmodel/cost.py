"""What costs have in common: real or nominal money, and the currency they are given in (terms.md 0.6, A9)."""

from __future__ import annotations

from typing import Literal

from jvmodel.graph import Expr
from jvmodel.inputs import Currency
from jvmodel.ledger import Ledger
from jvmodel.term import Term


class Cost(Term):
    """A cost in a currency, real or nominal."""

    basis: Literal["real", "nominal"] = "real"
    """Whether the cost is in money of the base date (real) or of its own year (nominal)"""
    currency: Currency | None = None
    """Currency that the cost is given in; the model's own when not given"""

    def money(self, ledger: Ledger, amount: Expr) -> Expr:
        """The amount in the money of the model."""
        return ledger.converted(amount, self.basis, self.currency)
