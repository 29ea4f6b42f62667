"""Unit royalty: a fixed amount a tonne (terms.md B1)."""

from __future__ import annotations

from typing import Literal

from pydantic import model_validator

from jvmodel.graph import Expr
from jvmodel.inputs import Metal, PerTonne, fault
from jvmodel.ledger import Ledger, Measure
from jvmodel.royalty import Royalty, RoyaltyRows


class UnitRoyalty(Royalty):
    """An amount for each tonne mined, milled, made into concentrate or sold as payable metal."""

    kind: Literal["unit_royalty"] = "unit_royalty"
    rate: PerTonne
    """Royalty a tonne"""
    per: Literal["ore", "milled", "concentrate", "metal"] = "ore"
    """What the tonnes are of; metal is payable metal sold"""
    metal: Metal | None = None
    """Metal that the tonnes are of"""
    basis: Literal["real", "nominal"] = "nominal"
    """Whether the rate is indexed (real) or fixed in nominal money"""

    @model_validator(mode="after")
    def _metal(self) -> UnitRoyalty:
        if (self.metal is not None) != (self.per == "metal"):
            raise fault("per: metal goes with the name of a metal; give both or neither")
        return self

    def apply(self, ledger: Ledger) -> None:
        """Tonnes times rate, in the money of the model."""
        rows = RoyaltyRows(ledger.graph, self.name, self.heading)
        rows.base = self._tonnes(ledger) + 0
        self.pay(ledger, rows, ledger.escalated(ledger.in_money(rows.base * self.given(ledger, "rate")), self.basis))

    def _tonnes(self, ledger: Ledger) -> Expr:
        if self.metal is None:
            return ledger.read(Measure(self.per), by=self.name)
        return ledger.mass(ledger.read(Measure.PAYABLE, of=self.metal, by=self.name), ledger.mass_unit(self.metal), "t")
