"""Over- and under-lift: one party lifts more or less than it is entitled to, and it is made good in metal or in cash (E1)."""

from __future__ import annotations

from typing import Annotated, Literal

from pydantic import model_validator

from jvmodel.allocation import for_contracts, market_price
from jvmodel.graph import Block, Row, max_, min_
from jvmodel.inputs import Measured, Metal, Months, Party, Series, Share, fault
from jvmodel.ledger import Account, Ledger, Measure
from jvmodel.tax_pool import Layers
from jvmodel.term import Term

TonnesOverTime = Annotated[Series, Measured("t/year", per_year=True, low=0.0)]


class Lifting(Term):
    """Metal lifted beyond an entitlement is owed to the other party; what is not made good in time is paid for."""

    kind: Literal["lifting"] = "lifting"
    lifter: Party
    """Party whose liftings are counted"""
    other: Party
    """Party that lifts the rest"""
    metal: Metal
    """Metal lifted"""
    entitlement: Share | None = None
    """Share that the lifter is entitled to; its participating interest when not given"""
    lifted: TonnesOverTime
    """Tonnes a year that it lifts, as far as there are any"""
    within: Months
    """Months in which it is made good in metal; what is open then, or at the end, is settled in cash"""

    @model_validator(mode="after")
    def _two(self) -> Lifting:
        if self.lifter == self.other:
            raise fault(f"'{self.lifter}' cannot owe metal to itself; name another party")
        return self

    class Rows(Block):
        available = Row("Payable metal sold", unit="t")
        entitled = Row("Entitlement", unit="t")
        lifted = Row("Lifted", unit="t")
        over = Row("Lifted beyond the entitlement", unit="t")
        under = Row("Left of the entitlement", unit="t")
        balance = Row("Over-lift less under-lift, carried forward", unit="t", total="last")
        price = Row("Market price a tonne", total="none")
        in_metal = Row("Value of metal lifted beyond the entitlement, less what is left of it")
        settled = Row("Settled in cash", unit="t")
        cash = Row("Paid by the lifter in settlement")

    def apply(self, ledger: Ledger) -> None:
        """Over-lift is used up by later under-lift, oldest first, and the other way; lapsed metal is paid for."""
        rows = self.Rows(ledger.graph, self.name, self.heading)
        rows.available = for_contracts(ledger, self.metal, self.name) + 0
        share = self.given(ledger, "entitlement") if self.entitlement is not None else None
        rows.entitled = rows.available * (ledger.read(Measure.INTEREST, of=self.lifter, by=self.name) if share is None else share)
        rows.lifted = min_(self.given(ledger, "lifted"), rows.available)
        rows.over = max_(rows.lifted - rows.entitled, 0)
        rows.under = max_(rows.entitled - rows.lifted, 0)
        life = self.given(ledger, "within") / ledger.months
        over = Layers(ledger.graph, f"{self.name}.over", f"{self.heading}: over-lift")
        under = Layers(ledger.graph, f"{self.name}.under", f"{self.heading}: under-lift")
        over.formulas(rows.over - under.used, rows.under, life)
        under.formulas(rows.under - over.used, rows.over, life)
        rows.balance = over.closing - under.closing
        rows.price = market_price(ledger, self.metal, self.name)
        rows.in_metal = ledger.in_money((rows.over - rows.under) * rows.price)
        rows.settled = over.lapsed - under.lapsed + rows.balance * ledger.last
        rows.cash = ledger.in_money(rows.settled * rows.price)
        ledger.post(Account.LIFTING, rows.in_metal, payer=self.other, payee=self.lifter)
        ledger.post(Account.LIFTING, rows.cash, payer=self.lifter, payee=self.other)
