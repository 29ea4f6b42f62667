"""Criticality of a material by the method of the European Union, before and with the venture (terms.md I1).

European Commission (2017), Methodology for establishing the EU list of critical raw materials; Blengini et al. (2017),
JRC Technical Report. Thresholds: supply risk 1.0, economic importance 2.8.
"""

from __future__ import annotations

import csv
import re
import unicodedata
from functools import cache
from typing import Annotated, Any, Literal

from pydantic import Field, model_validator

from jvmodel.graph import Block, Expr, Row, add_up, max_, min_, ratio
from jvmodel.inputs import Factor, Measured, Money, Record, Share, TonnesPerYear, fault
from jvmodel.ledger import Ledger
from jvmodel.shipped import deals
from jvmodel.term import Name, Term

Governance = Annotated[float, Measured(low=-2.5, high=2.5)]
Trade = Annotated[float, Measured(low=0.0, high=3.0)]
NEAR = 0.02
"""Shares may add up to 100% within this, as published ones do."""


class Producer(Record):
    """A country's part in supply."""

    share: Share
    """share of supply"""
    governance: Governance
    """World Governance Indicator, from −2.5 (worst) to 2.5"""
    trade: Trade = 1.0
    """trade factor; below 1 within a customs union, above it under export restrictions"""


class EndUse(Record):
    """A use of the material."""

    share: Share
    """share of the material that goes there"""
    value_added: Money
    """value added of the sector"""
    substitution: Share = 1.0
    """substitution index; 100% where there is no substitute"""


@cache
def world_supply() -> dict[str, dict[str, dict[str, float]]]:
    """Share and governance score of each country in the world's supply of each material, mined or refined as published.

    `deals/data/world_supply.csv`: production of 2022 from World Mining Data (Austrian Federal Ministry of Finance), countries
    down to the last 1.5%; political stability of 2022 from the World Governance Indicators (World Bank, CC BY 4.0).
    """
    found: dict[str, dict[str, dict[str, float]]] = {}
    with (deals() / "data" / "world_supply.csv").open(encoding="utf-8", newline="") as file:
        for row in csv.DictReader(file):
            plain = unicodedata.normalize("NFKD", row["country"]).encode("ascii", "ignore").decode().lower()
            name = re.sub(r"[^a-z0-9]+", "_", plain).strip("_")[:40]
            entry = {"share": float(row["share"]), "governance": float(row["governance"])}
            found.setdefault(row["material"], {})[name] = entry
    return found


class Criticality(Term):
    """Supply risk and economic importance of a material to a group of countries; figures, not cash."""

    kind: Literal["criticality"] = "criticality"
    material: str | None = Field(default=None, max_length=40)
    """Material whose world supply is taken from the package's table, where world is not given"""
    world: dict[Name, Producer] = Field(default_factory=dict)
    """World supply"""
    sourcing: dict[Name, Producer] = Field(default_factory=dict)
    """Supply to the countries that ask; taken to be as concentrated as the world's when not given"""
    sourcing_with: dict[Name, Producer] = Field(default_factory=dict)
    """Supply to them with the venture"""
    imports: TonnesPerYear
    """Imports a year"""
    exports: TonnesPerYear
    """Exports a year"""
    production: TonnesPerYear
    """Production of their own a year"""
    recycled: Share
    """Share of use that comes from recycling at the end of life"""
    substitution: Share = 1.0
    """Substitution index for supply risk; 100% where there is no substitute"""
    end_uses: dict[Name, EndUse] = Field(min_length=1)
    """Uses"""
    largest_sector: Money = Field(gt=0)
    """Value added of the largest sector"""
    risk_threshold: Factor = 1.0
    """Supply risk from which a material is critical"""
    importance_threshold: Factor = 2.8
    """Economic importance from which it is"""

    @model_validator(mode="before")
    @classmethod
    def _from_table(cls, value: Any) -> Any:
        """Fills in world supply of a material that the package knows."""
        if not isinstance(value, dict) or value.get("material") is None or "world" in value:
            return value
        known = world_supply()
        material = str(value["material"])
        if material not in known:
            raise fault(f"material: '{material}' is not in the table of world supply; it has: {', '.join(sorted(known))}")
        return value | {"world": known[material]}

    @model_validator(mode="after")
    def _whole(self) -> Criticality:
        if not self.world:
            raise fault("give world (producers with share and governance) or material (one of the package's table)")
        for field in ("world", "sourcing", "sourcing_with", "end_uses"):
            parts = getattr(self, field)
            total = sum(one.share for one in parts.values())
            if parts and abs(total - 1) > NEAR:
                raise fault(f"{field}: shares add up to {total * 100:.10g}%; they must add up to 100%, within 2 points")
        if self.imports + self.production <= self.exports:
            raise fault("exports: more leaves than is imported and produced; there is no use to be at risk")
        return self

    class Rows(Block):
        world = Row("Concentration of world supply, by governance and trade", unit="1", total="none")
        sourcing = Row("Concentration of supply to the countries that ask", unit="1", total="none")
        reliance = Row("Import reliance", unit="%", total="none")
        risk = Row("Supply risk", unit="1", total="none")
        sourcing_with = Row("Concentration of their supply with the venture", unit="1", total="none")
        risk_with = Row("Supply risk with the venture", unit="1", total="none")
        weighted = Row("Substitution index of the uses", unit="%", total="none")
        importance = Row("Economic importance", unit="1", total="none")
        critical = Row("Critical", unit="1", total="none")
        critical_with = Row("Critical with the venture", unit="1", total="none")

    def apply(self, ledger: Ledger) -> None:
        """SR = (world × IR/2 + sourcing × (1 − IR/2)) × (1 − recycled) × substitution; EI = Σ share × value ÷ largest × 10."""
        rows = self.Rows(ledger.graph, self.name, self.heading)
        rows.world = self._concentration(ledger, "world")
        rows.sourcing = self._concentration(ledger, "sourcing") if self.sourcing else rows.world + 0
        if not self.sourcing:
            ledger.warn(f"{self.name}_sourcing", f"{self.heading}: supply is taken to be as concentrated as the world's")
        net = self.given(ledger, "imports") - self.given(ledger, "exports")
        rows.reliance = min_(max_(ratio(net, net + self.given(ledger, "production")), 0), 1)
        rows.risk = self._risk(ledger, rows, rows.sourcing)
        uses = [(self.given(ledger, f"end_uses.{one}.share"), one) for one in self.end_uses]
        rows.weighted = add_up([share * self.given(ledger, f"end_uses.{one}.substitution") for share, one in uses]) + 0
        value = add_up([share * self.given(ledger, f"end_uses.{one}.value_added") for share, one in uses])
        ten = self._ten(ledger)
        rows.importance = value / self.given(ledger, "largest_sector") * ten * rows.weighted
        important = rows.importance >= self.given(ledger, "importance_threshold")
        rows.critical = important * (rows.risk >= self.given(ledger, "risk_threshold"))
        if self.sourcing_with:
            rows.sourcing_with = self._concentration(ledger, "sourcing_with")
            rows.risk_with = self._risk(ledger, rows, rows.sourcing_with)
            rows.critical_with = important * (rows.risk_with >= self.given(ledger, "risk_threshold"))

    @staticmethod
    def _ten(ledger: Ledger) -> Expr:
        return ledger.graph.fact("scale", "Scale of 0 to 10", (10.0,) * ledger.graph.timeline.periods)

    def _concentration(self, ledger: Ledger, field: str) -> Expr:
        """Σ share² × governance from 0 (best) to 10 (worst) × trade factor."""
        best = ledger.graph.fact("best_governance", "Best governance score", (2.5,) * ledger.graph.timeline.periods)
        parts: list[Expr] = []
        for one in getattr(self, field):
            share, score = (self.given(ledger, f"{field}.{one}.{name}") for name in ("share", "governance"))
            parts.append(share * share * (best - score) * self.given(ledger, f"{field}.{one}.trade"))
        return ratio(add_up(parts) * self._ten(ledger), best + best)

    def _risk(self, ledger: Ledger, rows: Rows, sourcing: Expr) -> Expr:
        two = ledger.graph.fact("two", "Two", (2.0,) * ledger.graph.timeline.periods)
        half = rows.reliance / two
        left = (1 - self.given(ledger, "recycled")) * self.given(ledger, "substitution")
        return (rows.world * half + sourcing * (1 - half)) * left
