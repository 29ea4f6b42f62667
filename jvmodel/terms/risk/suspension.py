"""Suspension: in a downturn the mine rests on care and maintenance, and comes back with the price (terms.md G18, F7)."""

from __future__ import annotations

from typing import Annotated, Literal

from pydantic import model_validator

from jvmodel.allocation import market_price
from jvmodel.graph import Block, Row, flag, lag, where
from jvmodel.inputs import Date, Measured, Metal, Money, MoneyPerYear, fault
from jvmodel.ledger import SUPPLIERS, VENTURE, Account, Ledger, Measure
from jvmodel.term import Term

PriceATonne = Annotated[float, Measured("$/t", low=0.0)]


class Suspension(Term):
    """Below a price nothing is mined; fixed costs fall to those of care and maintenance until the price is back.

    Ore that a mine plan has for such a period stays in the ground; a mine schedule mines it later.
    """

    kind: Literal["suspension"] = "suspension"
    metal: Metal
    """Metal whose price decides"""
    below: PriceATonne
    """Price a tonne below which the mine rests, in money of the base date"""
    above: PriceATonne
    """Price a tonne from which it comes back, in money of the base date"""
    earliest: Date
    """First month that is tested"""
    care: MoneyPerYear
    """Cost of care and maintenance a year, in money of the base date"""
    saved: MoneyPerYear
    """Fixed operating cost a year that is saved, in money of the base date"""
    restart: Money = 0.0
    """Cost of coming back, in money of the base date"""

    @model_validator(mode="after")
    def _in_order(self) -> Suspension:
        if self.above < self.below:
            raise fault(
                f"it comes back at {self.above:g}, below the {self.below:g} at which it rests; give a price at least as high"
            )
        return self

    def announces(self) -> tuple[Account | Measure, ...]:
        """The rest."""
        return (Measure.SUSPENDED,)

    class Rows(Block):
        price = Row("Market price a tonne", total="none")
        rests = Row("The mine rests", unit="1", total="none")
        care = Row("Care and maintenance")
        saved = Row("Fixed operating cost saved")
        restart = Row("Cost of coming back")
        net = Row("Cost of resting, less what is saved")

    def apply(self, ledger: Ledger) -> None:
        """Rests from a price below the lower one until a price at or above the upper one."""
        rows = self.Rows(ledger.graph, self.name, self.heading)
        rows.price = market_price(ledger, self.metal, self.name)
        lower, upper = (ledger.escalated(self.given(ledger, one), "real") for one in ("below", "above"))
        wanted = where(lag(rows.rests), flag(rows.price < upper), flag(rows.price < lower))
        rows.rests = wanted * ledger.flagged(self.earliest) * flag(ledger.phase("operation") > 0)
        ledger.warn(f"{self.name}_rests", f"{self.heading}: the mine rests", rows.rests)
        ledger.record(Measure.SUSPENDED, rows.rests, by=self.name)
        running = ledger.phase("operation") * ledger.period_years
        rows.care = ledger.escalated(rows.rests * self.given(ledger, "care") * running, "real")
        rows.saved = ledger.escalated(rows.rests * self.given(ledger, "saved") * running, "real")
        rows.restart = ledger.escalated(lag(rows.rests) * (1 - rows.rests) * self.given(ledger, "restart"), "real")
        rows.net = rows.care + rows.restart - rows.saved
        ledger.post(Account.OPERATING, rows.net, payer=VENTURE, payee=SUPPLIERS)
