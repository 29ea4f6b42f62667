"""Licence fee: what the venture pays for technology or a licence, at once and as it sells (terms.md C17)."""

from __future__ import annotations

from typing import Annotated, Literal

from pydantic import model_validator

from jvmodel.graph import Block, Expr, Row, add_up
from jvmodel.inputs import Date, Measured, Party, PerTonne, Series, Share, fault
from jvmodel.ledger import SUPPLIERS, VENTURE, Account, Ledger, Measure
from jvmodel.term import Name, Term

Milestones = Annotated[Series, Measured("$m/year", per_year=True, gaps="zero", low=0.0)]


class LicenceFee(Term):
    """Paid to the owner of a licence or a process: milestones, a share of revenue, an amount a tonne, until it is fully paid."""

    kind: Literal["licence_fee"] = "licence_fee"
    licensor: Party | None = None
    """Party that owns the licence or the process"""
    licensor_venture: Name | None = None
    """Venture of the deal that owns it; instead of a party"""
    milestones: Milestones | None = None
    """Upfront and milestone payments by year, in nominal money"""
    of_revenue: Share = 0.0
    """Share of revenue"""
    per_tonne: PerTonne = 0.0
    """Amount a tonne of ore milled"""
    until: Date | None = None
    """First month in which it is fully paid; never when not given"""
    own_cost: Share = 0.0
    """Share of the fee that the licensor spends on support; a party's own cost"""
    capitalised: bool = False
    """Whether milestones are capital cost, depreciated as plant, instead of operating cost"""

    @model_validator(mode="after")
    def _whole(self) -> LicenceFee:
        if (self.licensor is None) == (self.licensor_venture is None):
            raise fault("say who is paid: licensor (a party) or licensor_venture (a venture of the deal), one of the two")
        if self.milestones is None and not self.of_revenue and not self.per_tonne:
            raise fault("give milestones, of_revenue or per_tonne: what is paid")
        if self.licensor_venture is not None and (self.own_cost or self.capitalised):
            raise fault("own_cost and capitalised go with a party as licensor; a venture books its costs by its own terms")
        return self

    class Rows(Block):
        milestones = Row("Upfront and milestone payments")
        running = Row("Running fee")
        fee = Row("Licence fee")
        cost = Row("Licensor's own cost")
        margin = Row("Licensor's margin")

    def apply(self, ledger: Ledger) -> None:
        """Fee = milestones + (revenue × share + tonnes × amount) until it is fully paid; a cost of the venture."""
        rows = self.Rows(ledger.graph, self.name, self.heading)
        parts: list[Expr] = []
        if self.milestones is not None:
            rows.milestones = ledger.todays_money(self.given(ledger, "milestones")) + 0
            parts.append(rows.milestones)
        running = self._running(ledger)
        if running:
            rows.running = add_up(running) * ledger.window(self.until, None)
            parts.append(rows.running)
        rows.fee = add_up(parts) + 0
        if self.licensor_venture is not None:
            owner = ledger.of(self.licensor_venture)
            owner.post_between(Account.REVENUE, rows.fee, buyer=ledger.scope, bought=Account.OPERATING)
            return
        assert self.licensor is not None
        if self.milestones is not None and self.capitalised:
            ledger.post(Account.CAPEX, rows.milestones, payer=VENTURE, payee=self.licensor, asset_class="plant")
        elif self.milestones is not None:
            ledger.post(Account.OPERATING, rows.milestones, payer=VENTURE, payee=self.licensor)
        if running:
            ledger.post(Account.OPERATING, rows.running, payer=VENTURE, payee=self.licensor)
        rows.cost = rows.fee * self.given(ledger, "own_cost")
        rows.margin = rows.fee - rows.cost
        ledger.post(Account.OWN_COST, rows.cost, payer=self.licensor, payee=SUPPLIERS)

    def _running(self, ledger: Ledger) -> list[Expr]:
        parts: list[Expr] = []
        if self.of_revenue:
            parts.append(ledger.total(Account.REVENUE) * self.given(ledger, "of_revenue"))
        if self.per_tonne:
            tonnes = ledger.read(Measure.MILLED, by=self.name)
            parts.append(ledger.escalated(ledger.in_money(tonnes * self.given(ledger, "per_tonne")), "real"))
        return parts
