"""Closure and rehabilitation: what it costs, and how the money is secured (terms.md A13)."""

from __future__ import annotations

from typing import Annotated, Literal

from pydantic import model_validator

from jvmodel.graph import Block, Expr, Row, add_up, flag, lag, min_, power, ratio
from jvmodel.inputs import Measured, Money, Phase, Rate, Share, fault
from jvmodel.ledger import BANKS, SUPPLIERS, VENTURE, Account, Ledger, Measure
from jvmodel.term import Term


class Closure(Term):
    """Spending after the mine ends: a provision in the accounts, a fund paid in beforehand, or a bond."""

    kind: Literal["closure"] = "closure"
    cost: Money
    """Cost of closure in money of the base date"""
    phasing: dict[str, Share] | None = None
    """Share of the cost spent"""
    during: Phase | None = None
    """Phase in which it is spent; evenly, instead of shares by year"""
    secured_by: Literal["provision", "fund", "bond"] = "provision"
    """Security; provision (in the accounts only, no cash), fund (paid in by the tonne of ore), or bond (a yearly fee)"""
    fund_interest: Rate = 0.0
    """Interest a year that the fund earns"""
    bond_fee: Annotated[float, Measured(show="%", low=0.0, high=0.2)] = 0.0
    """Fee a year on the cover of the bond"""
    tax_relief: Literal["payment", "contribution"] = "payment"
    """Tax relief on; payment (when closure is paid for) or contribution (when the fund is paid into)"""

    @model_validator(mode="after")
    def _whole(self) -> Closure:
        if (self.phasing is None) == (self.during is None):
            raise fault("say when it is spent: phasing (shares by year) or during (a phase), one of the two")
        if self.phasing is not None and abs(sum(self.phasing.values()) - 1) > 1e-9:
            total = sum(self.phasing.values())
            raise fault(f"phasing: shares add up to {total * 100:.10g}%; they must add up to 100%")
        if self.tax_relief == "contribution" and self.secured_by != "fund":
            raise fault("tax_relief: contribution goes with secured_by: fund")
        return self

    class Rows(Block):
        spending = Row("Closure spending")
        accrued = Row("Charge for the provision")
        provision = Row("Provision for closure", total="last")

    class Fund(Block):
        """Closure fund."""

        growth = Row("Growth of a deposit made at the start", unit="1", total="none")
        needed = Row("Spending, as of the start")
        tonnes = Row("Ore mined, as of the start")
        rate = Row("Contribution a tonne", total="none")
        opening = Row("Fund brought forward", total="none")
        interest = Row("Interest earned")
        contribution = Row("Contribution")
        withdrawn = Row("Withdrawn for closure")
        closing = Row("Fund carried forward", total="last")

    class Bond(Block):
        """Closure bond."""

        cover = Row("Cover: closure still to be paid for", total="none")
        fee = Row("Fee")

    def apply(self, ledger: Ledger) -> None:
        """Spends the cost, escalated; accrues it over the ore mined; and secures it as agreed."""
        rows = self.Rows(ledger.graph, self.name, self.heading)
        rows.spending = ledger.escalated(self._budget(ledger), "real")
        ore = ledger.optional(Measure.ORE)
        rows.accrued = ratio(rows.spending.total * ore, ore.total)
        rows.provision = lag(rows.provision) + rows.accrued - rows.spending
        ledger.record(Measure.PROVISION, rows.accrued, by=self.name)
        on_payment = "yes" if self.tax_relief == "payment" else "no"
        ledger.post(Account.CLOSURE, rows.spending, payer=VENTURE, payee=SUPPLIERS, deductible=on_payment)
        if self.secured_by == "fund":
            self._fund(ledger, rows)
        elif self.secured_by == "bond":
            self._bond(ledger, rows)

    def _budget(self, ledger: Ledger) -> Expr:
        cost = self.given(ledger, "cost")
        if self.during is not None:
            return cost * ledger.spread(self.during, "even")
        shares = [self.given(ledger, f"phasing.{year}") * ledger.year(year) for year in self.phasing or {}]
        return cost * add_up(shares)

    def _fund(self, ledger: Ledger, rows: Rows) -> None:
        """One contribution a tonne, such that contributions and interest just meet the spending."""
        fund = self.Fund(ledger.graph, f"{self.name}.fund", f"{self.heading}: fund")
        grown = power(1 + self.given(ledger, "fund_interest"), ledger.period_years)
        fund.growth = lag(fund.growth, 1) * grown
        ore = ledger.read(Measure.ORE, by=self.name)
        fund.needed = ratio(ledger.face_value(rows.spending), fund.growth)
        fund.tonnes = ratio(ore, fund.growth)
        fund.rate = ratio(fund.needed.total, fund.tonnes.total)
        fund.opening = lag(fund.closing)
        fund.interest = fund.opening * (grown - 1)
        fund.contribution = ore * fund.rate
        available = fund.opening + fund.interest + fund.contribution
        fund.withdrawn = min_(ledger.face_value(rows.spending), available) * (1 - ledger.last) + available * ledger.last
        fund.closing = available - fund.withdrawn
        paid = fund.define("paid", "Contribution, in the money of the model", ledger.todays_money(fund.contribution))
        drawn = fund.define("drawn", "Withdrawal, in the money of the model", ledger.todays_money(fund.withdrawn))
        relief = "yes" if self.tax_relief == "contribution" else "no"
        ledger.post(Account.CLOSURE, paid, payer=VENTURE, payee=BANKS, deductible=relief)
        ledger.post(Account.CLOSURE, drawn, payer=BANKS, payee=VENTURE, deductible="no")

    def _bond(self, ledger: Ledger, rows: Rows) -> None:
        bond = self.Bond(ledger.graph, f"{self.name}.bond", f"{self.heading}: bond")
        bond.cover = lag(bond.cover, rows.spending.total) - lag(rows.spending)
        bond.fee = bond.cover * flag(ledger.started) * self.given(ledger, "bond_fee") * ledger.share_of_year
        ledger.post(Account.OPERATING, bond.fee, payer=VENTURE, payee=BANKS)
