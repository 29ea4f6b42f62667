"""Closure and rehabilitation: what it costs, and how the money is secured (terms.md A13)."""

from __future__ import annotations

from typing import Annotated, Literal

from pydantic import model_validator

from jvmodel.graph import Block, Expr, Ref, Row, flag, lag, max_, min_, power, ratio, where
from jvmodel.inputs import Measured, Money, Phase, Rate, fault
from jvmodel.ledger import BANKS, SUPPLIERS, VENTURE, Account, Ledger, Measure
from jvmodel.phasing import SharesByYear, phased
from jvmodel.term import Term


class Level(Block):
    """A rate a tonne (or a year) that, with interest, just meets the spending."""

    growth = Row("Growth of a deposit made at the start", unit="1", total="none")
    needed = Row("Spending, as of the start")
    driver = Row("Ore mined, or years of operation, as of the start", total="sum")
    rate = Row("Rate a tonne, or a year", total="none")


class Closure(Term):
    """Spending after the mine ends: a provision in the accounts, a fund paid in beforehand, or a bond."""

    kind: Literal["closure"] = "closure"
    cost: Money
    """Cost of closure in money of the base date"""
    phasing: SharesByYear | None = None
    """Share of the cost spent"""
    during: Phase | None = None
    """Phase in which it is spent; evenly, instead of shares by year"""
    accrued_by: Literal["ore", "time"] = "ore"
    """What provision and fund build up with; ore mined, or time in operation"""
    liability_rate: Rate = 0.0
    """Discount rate of the provision; effective a year, it grows by as much"""
    secured_by: Literal["provision", "fund", "bond"] = "provision"
    """Security; provision (in the accounts only, no cash), fund (paid in as the provision accrues), or bond (a yearly fee)"""
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
        if self.tax_relief == "contribution" and self.secured_by != "fund":
            raise fault("tax_relief: contribution goes with secured_by: fund")
        return self

    def announces(self) -> tuple[Account | Measure, ...]:
        """The fund, an asset of the venture."""
        return (Measure.CLOSURE_FUND,) if self.secured_by == "fund" else ()

    class Rows(Level):
        estimate = Row("Closure spending, in money of the base date")
        spending = Row("Closure spending")
        nominal = Row("Closure spending, in nominal money")
        accrued = Row("Charge for the provision")
        unwound = Row("Growth of the provision")
        provision = Row("Provision for closure", total="last")
        expense = Row("Charge and growth of the provision, in the money of the model")

    class Fund(Level):
        """Closure fund."""

        opening = Row("Fund brought forward", total="none")
        interest = Row("Interest earned")
        contribution = Row("Contribution")
        withdrawn = Row("Withdrawn for closure")
        closing = Row("Fund carried forward", total="last")
        paid = Row("Contribution, in the money of the model")
        drawn = Row("Withdrawal as a negative payment, in the money of the model")

    class Bond(Block):
        """Closure bond."""

        left = Row("Closure still to be paid for, in money of the base date", total="none")
        cover = Row("Cover: closure still to be paid for", total="none")
        fee = Row("Fee")

    def apply(self, ledger: Ledger) -> None:
        """Spends the cost, escalated; accrues it over the life of the mine; and secures it as agreed."""
        rows = self.Rows(ledger.graph, self.name, self.heading)
        rows.estimate = self.given(ledger, "cost") * phased(ledger, self, self.phasing, self.during)
        rows.spending = ledger.escalated(rows.estimate, "real") + 0
        rows.nominal = ledger.face_value(rows.spending) + 0
        on_payment = "yes" if self.tax_relief == "payment" else "no"
        ledger.post(Account.CLOSURE, rows.spending, payer=VENTURE, payee=SUPPLIERS, deductible=on_payment)
        self._provision(ledger, rows)
        if self.secured_by == "fund":
            self._fund(ledger, rows)
        elif self.secured_by == "bond":
            self._bond(ledger, rows)

    def _provision(self, ledger: Ledger, rows: Rows) -> None:
        """Present value of the part of closure that mining has brought about so far; without ore, charged when it is spent."""
        charge, grown = self._level(ledger, rows, rows.nominal, "liability_rate")
        rows.accrued = where(rows.driver.total > 0, charge, rows.nominal)
        rows.unwound = lag(rows.provision) * (grown - 1)
        rows.provision = lag(rows.provision) + rows.unwound + rows.accrued - rows.nominal
        rows.expense = ledger.todays_money(rows.accrued + rows.unwound) + 0
        ledger.record(Measure.PROVISION, rows.expense, by=self.name)

    def _level(self, ledger: Ledger, level: Level, nominal: Ref, rate: str) -> tuple[Expr, Expr]:
        """The charge of each period at one rate a tonne (or a year) throughout, and the growth of money over the period."""
        grown = power(1 + self.given(ledger, rate), ledger.period_years)
        driver = ledger.optional(Measure.ORE) if self.accrued_by == "ore" else ledger.phase("operation") * ledger.period_years
        level.growth = lag(level.growth, 1) * grown
        level.needed = ratio(nominal, level.growth)
        level.driver = ratio(driver, level.growth)
        level.rate = ratio(level.needed.total, level.driver.total)
        return driver * level.rate, grown

    def _fund(self, ledger: Ledger, rows: Rows) -> None:
        """Contributions as the provision accrues, such that they and their interest just meet the spending."""
        if self.accrued_by == "ore":
            ledger.read(Measure.ORE, by=self.name)
        fund = self.Fund(ledger.graph, f"{self.name}.fund", f"{self.heading}: fund")
        charge, grown = self._level(ledger, fund, rows.nominal, "fund_interest")
        fund.opening = lag(fund.closing)
        fund.interest = fund.opening * (grown - 1)
        fund.contribution = charge
        available = fund.opening + fund.interest + fund.contribution
        fund.withdrawn = min_(rows.nominal, available) * (1 - ledger.last) + available * ledger.last
        fund.closing = available - fund.withdrawn
        fund.paid = ledger.todays_money(fund.contribution) + 0
        fund.drawn = 0 - ledger.todays_money(fund.withdrawn)
        ledger.record(Measure.CLOSURE_FUND, ledger.todays_money(fund.interest + fund.contribution - fund.withdrawn), by=self.name)
        ledger.record(Measure.FUND_INCOME, ledger.todays_money(fund.interest), by=self.name)
        relief = "yes" if self.tax_relief == "contribution" else "no"
        ledger.post(Account.CLOSURE, fund.paid, payer=VENTURE, payee=BANKS, deductible=relief)
        ledger.post(Account.CLOSURE, fund.drawn, payer=VENTURE, payee=BANKS, deductible="no")
        short = ledger.todays_money(max_(rows.nominal - fund.withdrawn, 0))
        ledger.check(f"{self.name}_is_funded", f"{self.heading}: the fund pays for all of closure", short)

    def _bond(self, ledger: Ledger, rows: Rows) -> None:
        """A fee on what closure would cost today, as far as it is not paid for."""
        bond = self.Bond(ledger.graph, f"{self.name}.bond", f"{self.heading}: bond")
        bond.left = lag(bond.left, rows.estimate.total) - lag(rows.estimate)
        bond.cover = ledger.escalated(bond.left, "real") + 0
        bond.fee = bond.cover * flag(ledger.started) * self.given(ledger, "bond_fee") * ledger.share_of_year
        ledger.post(Account.OPERATING, bond.fee, payer=VENTURE, payee=BANKS)
