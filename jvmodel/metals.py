"""Metals: those that a model has a price of, and the masses that they are measured in."""

from __future__ import annotations

from jvmodel.errors import GraphError
from jvmodel.graph import Expr, Given, Graph, Param
from jvmodel.price_level import PriceLevel
from jvmodel.units import conversion


class Metals(PriceLevel):
    """Each metal is measured throughout a model in the mass of its price: t, lb or oz."""

    def __init__(self, graph: Graph, currency: str, phases: dict[str, tuple[float, ...]] | None = None) -> None:
        """`phases` gives the share of each period in each phase; metals are known as their prices are given."""
        super().__init__(graph, currency, phases)
        self._mass: dict[str, str] = {}

    def price_unit(self, metal: str, unit_text: str) -> None:
        """Says in which unit the metal's price is quoted; its tonnage is then measured in that unit's mass."""
        self._mass[metal] = unit_text.split("/")[1]

    def mass_unit(self, metal: str) -> str:
        """The mass unit of a metal throughout the model: that of its price (t, lb or oz)."""
        if metal not in self._mass:
            known = ", ".join(sorted(self._mass)) or "none"
            raise GraphError(f"there is no price for '{metal}'; prices are given for: {known}")
        return self._mass[metal]

    @property
    def metals(self) -> tuple[str, ...]:
        """Metals with a price, in the order of the deal."""
        return tuple(self._mass)

    def mass(self, amount: Expr, of: str, into: str) -> Expr:
        """A mass converted from one unit into another, by way of named constants."""
        if of == into:
            return amount
        for pair, direct in (((of, into), False), ((into, of), True)):
            try:
                conversion(*pair)
            except GraphError:
                continue
            constant = self.graph.conversion(*pair)
            return amount * constant if direct else amount / constant
        return (
            self.mass(self.mass(amount, of, "g"), "g", into) if of != "g" and into != "g" else self._via_tonnes(amount, of, into)
        )

    def _via_tonnes(self, amount: Expr, of: str, into: str) -> Expr:
        return self.mass(self.mass(amount, of, "t"), "t", into)

    def per_tonne(self, mass: str) -> Expr:
        """How many pounds or ounces make a tonne, from named constants."""
        if mass == "oz":
            return self.graph.conversion("g", "t") / self.graph.conversion("g", "oz")
        return self.graph.conversion(mass, "t")

    def one(self, metal: str) -> Param:
        """1 in the unit of the metal's price, which turns a plain bound into a price."""
        periods = self.graph.timeline.periods
        unit_text = f"{self.currency}/{self.mass_unit(metal)}"
        return self.graph.fact(f"one_{metal}", f"Unit of the price of {metal}", (1.0,) * periods, unit_text)

    @property
    def tonne(self) -> Param:
        """One tonne a year, by which plain bounds of a scale measure tonnes."""
        return self.graph.given(Given("time.tonne", "Tonne a year", 1.0, "t", source="time"))

    @property
    def part_of_step(self) -> Param:
        """A part of a step so small that it comes from rounding, and counts as none."""
        return self.graph.given(Given("time.part_of_step", "Part of a step that counts as none", 1e-9, source="time"))
