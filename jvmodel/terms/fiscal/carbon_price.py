"""Carbon price on the emissions of mine and plant (terms.md B21)."""

from __future__ import annotations

from typing import Annotated, Literal

from pydantic import Field

from jvmodel.graph import Block, Row, add_up, max_
from jvmodel.inputs import Measured, Party, Series, Share
from jvmodel.ledger import VENTURE, Account, Ledger, Measure
from jvmodel.term import Term

Intensity = Annotated[float, Measured("tCO2/t", low=0.0)]
CarbonSeries = Annotated[Series, Measured("$/tCO2", low=0.0)]
Free = Annotated[Series, Measured("tCO2/year", per_year=True, low=0.0)]
Driver = Literal["ore", "waste", "milled", "concentrate", "treated"]


class CarbonPrice(Term):
    """A price on each tonne of carbon dioxide above a free allocation."""

    kind: Literal["carbon_price"] = "carbon_price"
    price: CarbonSeries
    """Price a tonne of CO2"""
    holder: Party
    """Party that receives the price"""
    intensity: dict[Driver, Intensity] = Field(default_factory=dict)
    """Emissions a tonne of; ore, waste, milled, concentrate or treated (refined concentrate)"""
    emissions: Free | None = None
    """Emissions a year that do not depend on tonnage"""
    free: Free | None = None
    """Free allocation a year"""
    coverage: Share = 1.0
    """Share of emissions that bears the price"""
    border_adjustment: Annotated[float, Measured("$/t", low=0.0)] = 0.0
    """Border adjustment a tonne of concentrate sold"""
    basis: Literal["real", "nominal"] = "real"
    """Whether prices are in money of the base date (real) or of their own year (nominal)"""
    deductible: bool = True
    """Whether income tax allows the payment as a cost"""

    def announces(self) -> tuple[Account | Measure, ...]:
        """The payment."""
        return (Account.LEVIES,)

    class Rows(Block):
        emissions = Row("Emissions", unit="tCO2")
        charged = Row("Emissions that bear the price", unit="tCO2")
        price = Row("Carbon price", total="none")
        border = Row("Border adjustment")
        payable = Row("Carbon payable")

    def apply(self, ledger: Ledger) -> None:
        """max(emissions × coverage − free allocation, 0) × price."""
        rows = self.Rows(ledger.graph, self.name, self.heading)
        parts = [
            ledger.read(Measure(driver), by=self.name) * self.given(ledger, f"intensity.{driver}") for driver in self.intensity
        ]
        if self.emissions is not None:
            parts.append(self.given(ledger, "emissions"))
        rows.emissions = add_up(parts)
        free = self.given(ledger, "free") if self.free is not None else 0
        rows.charged = max_(rows.emissions * self.given(ledger, "coverage") - free, 0)
        rows.price = ledger.escalated(self.given(ledger, "price"), self.basis) + 0
        sold = ledger.optional(Measure.CONCENTRATE) - ledger.optional(Measure.TREATED)
        rows.border = ledger.escalated(ledger.in_money(sold * self.given(ledger, "border_adjustment")), self.basis)
        rows.payable = ledger.in_money(rows.charged * rows.price) + rows.border
        deductible = "yes" if self.deductible else "no"
        ledger.post(Account.LEVIES, rows.payable, payer=VENTURE, payee=self.holder, deductible=deductible)
