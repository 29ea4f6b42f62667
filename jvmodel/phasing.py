"""When an agreed sum is spent: shares by year that add up to 100%, or a curve over a phase (terms.md A11, A13)."""

from __future__ import annotations

import re
from typing import Annotated

from pydantic import AfterValidator

from jvmodel.graph import Expr, add_up
from jvmodel.inputs import WHOLE, Share, fault
from jvmodel.ledger import Ledger
from jvmodel.term import Term

EXACT = 1e-9
"""Shares must add up to 100% within this; they are never scaled to fit."""


def _whole(shares: dict[str, float]) -> dict[str, float]:
    stray = next((key for key in shares if not re.match(r"^\d{4}$", key)), None)
    if stray is not None:
        raise fault(f"'{stray}' is not a year; give shares by calendar year, such as 2027: 60%")
    total = sum(shares.values())
    if abs(total - 1) > EXACT:
        raise fault(f"shares add up to {total * 100:.10g}%; they must add up to 100%")
    return shares


SharesByYear = Annotated[dict[str, Share], AfterValidator(_whole), WHOLE]
"""Share of a sum that is spent in each calendar year; the shares add up to 100%."""


def phased(ledger: Ledger, term: Term, phasing: dict[str, float] | None, during: str | None, curve: str = "even") -> Expr:
    """The share of a sum that falls into each period: the term's `phasing` by year, or a curve over the phase `during`."""
    if during is not None:
        return ledger.spread(during, curve)
    return add_up(term.given(ledger, f"phasing.{year}") * ledger.year(year) for year in phasing or {})
