"""Production sharing: costs are recovered from a part of production, the rest is divided with the state (terms.md B19)."""

from __future__ import annotations

from typing import Literal

from pydantic import model_validator

from jvmodel.bands import Bands, effective_rate
from jvmodel.graph import Block, Expr, Row, lag, max_, min_, ratio
from jvmodel.inputs import Metal, Party, Share, Uplift, fault
from jvmodel.ledger import VENTURE, Account, Group, Ledger, Measure
from jvmodel.term import Term


class ProductionSharing(Term):
    """The venture recovers its costs from up to a share of net revenue; profit production is divided with the state."""

    kind: Literal["production_sharing"] = "production_sharing"
    ceiling: Share
    """Most of net revenue that may go to cost recovery"""
    holder: Party
    """Party that receives the state's share"""
    state_share: Share | None = None
    """State's share of profit production"""
    bands: Bands | None = None
    """Band of the state's share; instead of one share"""
    by: Literal["r_factor", "price", "tonnes"] = "r_factor"
    """What the bands measure; R-factor at the end of the period before, price of a metal, or its tonnes sold a year"""
    metal: Metal | None = None
    """Metal whose price or tonnes set the share"""
    uplift: Uplift = 0.0
    """Uplift on capital cost that enters the pool"""
    tax_paid_by_state: bool = False
    """Whether the state pays the venture's income tax out of its share"""

    @model_validator(mode="after")
    def _one_share(self) -> ProductionSharing:
        if (self.state_share is None) == (self.bands is None):
            raise fault("give state_share or bands, one of the two")
        if (self.metal is not None) != (self.bands is not None and self.by != "r_factor"):
            raise fault("metal goes with bands by price or tonnes; give both or neither")
        return self

    def announces(self) -> tuple[Account | Measure, ...]:
        """The state's share."""
        return (Account.PRODUCTION_SHARE,)

    class Rows(Block):
        net = Row("Revenue net of selling costs and royalties")
        opening = Row("Costs not yet recovered, brought forward", total="none")
        costs = Row("Costs of the period")
        recovery = Row("Cost recovery")
        closing = Row("Costs not yet recovered, carried forward", total="last")
        profit = Row("Profit production")
        received = Row("Venture's revenue to date, in nominal money", total="last")
        spent = Row("Venture's costs to date, in nominal money", total="last")
        r_factor = Row("R-factor", unit="x", total="none")
        share = Row("State's share of profit production", unit="%", total="none")
        state = Row("State's share")
        tax_borne = Row("Income tax that the state pays")

    def apply(self, ledger: Ledger) -> None:
        """Recovery = min(pool, ceiling × net revenue); what is left of net revenue is divided; an unrecovered pool is lost."""
        rows = self.Rows(ledger.graph, self.name, self.heading)
        rows.net = max_(ledger.net(Group.RECEIPTS) - ledger.total(Account.ROYALTIES), 0)
        capital = ledger.total(Account.CAPEX) + ledger.total(Account.SUSTAINING)
        rows.costs = capital * self.given(ledger, "uplift") - ledger.net(Group.COSTS)
        rows.opening = ledger.brought_forward(rows.closing)
        rows.recovery = min_(rows.opening + rows.costs, rows.net * self.given(ledger, "ceiling"))
        rows.closing = rows.opening + rows.costs - rows.recovery
        rows.profit = rows.net - rows.recovery
        left = rows.closing * ledger.last > ledger.trifle
        ledger.warn(f"{self.name}_pool", f"{self.heading}: costs are not recovered by the end, and lost", left)
        rows.share = self._share(ledger, rows)
        rows.state = rows.profit * rows.share
        ledger.post(Account.PRODUCTION_SHARE, rows.state, payer=VENTURE, payee=self.holder, deductible="yes")
        if self.tax_paid_by_state:
            rows.tax_borne = ledger.total(Account.TAX, payer=VENTURE) + 0
            ledger.post(Account.PRODUCTION_SHARE, rows.tax_borne, payer=self.holder, payee=VENTURE, deductible="no")

    def _share(self, ledger: Ledger, rows: Rows) -> Expr:
        if self.bands is None:
            return self.given(ledger, "state_share") + 0
        if self.by == "r_factor":
            rows.received = lag(rows.received) + ledger.face_value(rows.net - rows.state)
            rows.spent = lag(rows.spent) - ledger.face_value(ledger.net(Group.COSTS))
            rows.r_factor = ratio(lag(rows.received), lag(rows.spent))
            return effective_rate(ledger, self, "bands", self.bands, rows.r_factor, "whole")
        assert self.metal is not None
        if self.by == "price":
            price = ledger.read(Measure.PRICE, of=self.metal, by=self.name)
            return effective_rate(ledger, self, "bands", self.bands, price, "whole", ledger.one(self.metal))
        sold = ledger.mass(ledger.read(Measure.PAYABLE, of=self.metal, by=self.name), ledger.mass_unit(self.metal), "t")
        a_year = ratio(sold, ledger.tonne * ledger.share_of_year)
        return effective_rate(ledger, self, "bands", self.bands, a_year, "slice")
