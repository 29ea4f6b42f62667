"""What costs by the tonne run with: tonnes of ore, waste, concentrate (terms.md A10)."""

from __future__ import annotations

from typing import Literal

from jvmodel.graph import Expr
from jvmodel.ledger import Ledger, Measure

Driver = Literal["ore", "waste", "moved", "milled", "concentrate", "treated"]
"""Ore, waste, moved (ore and waste), milled, concentrate, or treated (refined concentrate)."""


def driven(ledger: Ledger, driver: Driver, by: str) -> Expr:
    """The tonnes of a driver; `by` is the term that reads them."""
    if driver == "moved":
        return ledger.read(Measure.ORE, by=by) + ledger.optional(Measure.WASTE)
    return ledger.read(Measure(driver), by=by)
