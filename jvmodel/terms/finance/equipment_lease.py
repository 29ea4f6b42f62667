"""Equipment lease: plant that a lessor buys and the venture pays for in equal payments, in advance (terms.md D14)."""

from __future__ import annotations

from typing import Literal

from pydantic import Field

from jvmodel.errors import GraphError
from jvmodel.graph import Block, Param, Row, max_, power, ratio
from jvmodel.inputs import Date, Money, Party, Rate, Years
from jvmodel.ledger import SUPPLIERS, VENTURE, Account, Ledger, Measure
from jvmodel.term import Name, Term


class EquipmentLease(Term):
    """Equal payments in advance for equipment; for tax a cost, or an asset on credit."""

    kind: Literal["equipment_lease"] = "equipment_lease"
    lessor: Party
    """Party that buys the equipment"""
    value: Money = Field(gt=0)
    """Price of the equipment, in nominal money"""
    start: Date
    """Month of delivery and of the first payment"""
    years: Years
    """Years of payments; a whole number of periods"""
    rate: Rate
    """Interest rate, effective a year"""
    tax: Literal["payments", "asset"] = "payments"
    """Whether tax deducts the payments, or depreciates the asset and deducts interest"""
    asset_class: Name = "plant"
    """Class of asset for tax depreciation; with tax: asset"""

    def announces(self) -> tuple[Account | Measure, ...]:
        """Debt and its service, where the asset is the venture's."""
        if self.tax == "payments":
            return ()
        return (Account.DEBT_DRAWN, Account.INTEREST, Measure.INTEREST_CHARGE, Measure.LEASED)

    class Rows(Block):
        rate = Row("Interest rate of the period", unit="%", total="none")
        payment = Row("Lease payment")
        delivered = Row("Equipment delivered")
        opening = Row("Lease balance brought forward", total="none")
        interest = Row("of which interest")
        principal = Row("of which principal")
        closing = Row("Lease balance carried forward", total="last")

    def apply(self, ledger: Ledger) -> None:
        """Payment = value · r ÷ ((1 − (1 + r)^−n)(1 + r)); interest runs on what is left after a payment."""
        rows = self.Rows(ledger.graph, self.name, self.heading)
        paying, count = self._payments(ledger)
        rows.rate = power(1 + self.given(ledger, "rate"), ledger.period_years) - 1
        value = ledger.todays_money(self.given(ledger, "value"))
        share = ratio(rows.rate, (1 - power(1 + rows.rate, 0 - count)) * (1 + rows.rate), ratio(1, count))
        rows.payment = value * share * paying
        rows.delivered = value * ledger.at(self.start)
        rows.opening = ledger.brought_forward(rows.closing)
        rows.interest = rows.opening * rows.rate
        rows.principal = max_(rows.payment - rows.interest, 0)
        rows.closing = rows.opening + rows.delivered - rows.principal
        ledger.check(f"{self.name}_is_paid", f"{self.heading}: nothing is owed at the end", rows.closing * ledger.last)
        if self.tax == "payments":
            ledger.post(Account.OPERATING, rows.payment, payer=VENTURE, payee=self.lessor)
            return
        ledger.post(Account.CAPEX, rows.delivered, payer=VENTURE, payee=SUPPLIERS, asset_class=self.asset_class)
        ledger.post(Account.DEBT_DRAWN, rows.delivered, payer=self.lessor, payee=VENTURE)
        ledger.post(Account.INTEREST, rows.interest, payer=VENTURE, payee=self.lessor)
        ledger.post(Account.DEBT_REPAID, rows.principal, payer=VENTURE, payee=self.lessor)
        ledger.record(Measure.LEASED, rows.delivered, by=self.name)
        ledger.record(Measure.INTEREST_CHARGE, rows.interest, by=self.name)
        service = rows.define("service", "Debt service due", rows.interest + rows.principal)
        ledger.record(Measure.DEBT_SERVICE, service, by=self.name)
        ledger.record(Measure.FIXED_SERVICE, service, by=self.name)
        ledger.record(Measure.SENIOR_DEBT, rows.closing, by=self.name)

    def _payments(self, ledger: Ledger) -> tuple[Param, Param]:
        """Flags of the periods with a payment, and how many there are."""
        timeline = ledger.graph.timeline
        count = round(self.years / timeline.years)
        if not count or abs(count * timeline.years - self.years) > 1e-9:
            raise GraphError(f"years: {self.years:g} is not a whole number of periods of {timeline.years:g} years")
        first = next((t for t, end in enumerate(timeline.ends) if self.start.index < end.index), timeline.periods)
        if first + count > timeline.periods:
            raise GraphError(f"its last payment falls after {timeline.labels[-1]}, the end of the model; shorten it")
        flags = tuple(float(first <= t < first + count) for t in range(timeline.periods))
        paying = ledger.graph.fact(f"paying_{self.name}", f"{self.heading}: payment", flags)
        numbers = (float(count),) * timeline.periods
        return paying, ledger.graph.fact(f"payments_{self.name}", f"{self.heading}: number of payments", numbers)
