"""Operating costs by the tonne: mining, milling, refining (terms.md A10)."""

from __future__ import annotations

from typing import Annotated, Literal

from pydantic import Field, model_validator

from jvmodel.cost import Cost
from jvmodel.driver import Driver, driven
from jvmodel.graph import Block, Expr, Given, Row, lag, log_, max_, power, ratio
from jvmodel.inputs import Factor, Measured, PerTonne, Tonnes, fault
from jvmodel.ledger import SUPPLIERS, VENTURE, Account, Ledger


class UnitCost(Cost):
    """A cost for each tonne of what drives it."""

    kind: Literal["unit_cost"] = "unit_cost"
    rate: PerTonne
    """Cost a tonne"""
    per: Driver
    """What the tonnes are of; ore, waste, moved (ore and waste), milled, concentrate, or treated (refined concentrate)"""
    factor: Factor = 1.0
    """Factor on the cost; 1 is as planned"""

    learning: Annotated[float, Measured(show="%", above=0.0, high=1.0)] | None = None
    """Learning rate: what a tonne costs each time that tonnes to date have doubled, such as 90%; no learning when not given"""
    learning_from: Tonnes | None = Field(default=None, gt=0)
    """Tonnes to date from which it learns; up to them the rate is as given"""

    @model_validator(mode="after")
    def _learns(self) -> UnitCost:
        if (self.learning is None) != (self.learning_from is None):
            raise fault("learning and learning_from go together: how fast, and from which tonnage; give both or neither")
        return self

    class Rows(Block):
        to_date = Row("Tonnes to date", total="last")
        index = Row("Cost a tonne, as a share of the first", unit="%", total="none")
        tonnes = Row("Tonnes")
        cost = Row("Cost")

    def apply(self, ledger: Ledger) -> None:
        """Tonnes × rate, in the money of the model."""
        rows = self.Rows(ledger.graph, self.name, self.heading)
        rows.tonnes = driven(ledger, self.per, self.name) + 0
        cost = rows.tonnes * self.given(ledger, "rate") * self.given(ledger, "factor")
        if self.learning is not None:
            cost = cost * self._learned(ledger, rows)
        rows.cost = self.money(ledger, ledger.in_money(cost, self.currency))
        ledger.post(Account.OPERATING, rows.cost, payer=VENTURE, payee=SUPPLIERS)

    def _learned(self, ledger: Ledger, rows: Rows) -> Expr:
        """(tonnes before the period ÷ the first tonnes) to the power of log2(learning rate), 1 until then (terms.md A18)."""
        rows.to_date = lag(rows.to_date) + rows.tonnes
        twice = ledger.graph.given(Given("time.twice", "Twice", 2.0, source="time"))
        doublings = max_(ratio(lag(rows.to_date), self.given(ledger, "learning_from")), 1)
        rows.index = power(doublings, ratio(log_(self.given(ledger, "learning")), log_(twice)))
        return rows.index
