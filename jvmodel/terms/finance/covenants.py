"""Covenants: cover, gearing and debt to EBITDA that lock up distributions or put the loans in default (terms.md D11, F7).

Gearing is by paid-up capital, as in the debt-equity clause of the Model Mine Development Agreement (8.2, example 2: loan capital
to paid-up equity capital); debt to EBITDA is over the last twelve months, as in a distribution covenant (Petra Diamonds: nothing
is paid out above 2.0).
"""

from __future__ import annotations

from typing import Annotated, Literal

from pydantic import model_validator

from jvmodel.graph import Block, Expr, Ref, Row, lead, max_, min_, power, ratio, trailing, where
from jvmodel.inputs import Measured, Rate, Share, fault
from jvmodel.ledger import Account, Group, Ledger, Measure
from jvmodel.term import Term

Cover = Annotated[float, Measured("x", low=0.0, high=20.0)]
Gearing = Annotated[float, Measured(show="%", low=0.0, high=1.0)]
Multiple = Annotated[float, Measured("x", low=0.0, high=100.0)]
Clean = Annotated[float, Measured(low=0.0, high=100.0)]


class Covenants(Term):
    """Tests of cover and reserves in every period; a failed one holds distributions back, a worse one is a default."""

    kind: Literal["covenants"] = "covenants"
    lock_up: Cover = 1.2
    """Debt service cover below which nothing is distributed"""
    default: Cover = 1.05
    """Debt service cover below which the loans are in default"""
    forward: bool = False
    """Whether the cover of the period ahead is tested too"""
    llcr: Cover | None = None
    """Loan life cover below which nothing is distributed"""
    plcr: Cover | None = None
    """Project life cover below which nothing is distributed"""
    gearing: Gearing | None = None
    """Debt as a share of debt, share capital and shareholder loans, above which nothing is distributed"""
    debt_to_ebitda: Multiple | None = None
    """Debt for each unit of EBITDA of the last twelve months, above which nothing is distributed"""
    rate: Rate | None = None
    """Discount rate of loan and project life cover, effective a year; the loan's"""
    reserves_count: bool = False
    """Whether cash in reserve accounts at the beginning of the period counts in loan and project life cover"""
    reserve_tail: Share | None = None
    """Share of the ore that must be left while there is debt; less locks up distributions"""
    clean_periods: Clean = 0.0
    """Periods without a failed test before what is locked up is released"""

    @model_validator(mode="after")
    def _in_order(self) -> Covenants:
        if self.default > self.lock_up:
            raise fault(f"default at {self.default:g} is above lock-up at {self.lock_up:g}; lock-up must come first")
        if (self.llcr is not None or self.plcr is not None) != (self.rate is not None):
            raise fault("rate goes with llcr or plcr: the rate that cash flow is discounted at; give both or neither")
        return self

    def announces(self) -> tuple[Account | Measure, ...]:
        """The lock-up, and share capital where it is tested."""
        return (Measure.LOCKED,) if self.gearing is None else (Measure.LOCKED, Measure.EQUITY)

    class Rows(Block):
        cfads = Row("Cash flow available for debt service")
        service = Row("Debt service due")
        cover = Row("Debt service cover ratio", unit="x", total="none")
        ahead = Row("Debt service cover ratio of the period ahead", unit="x", total="none")
        period_rate = Row("Discount rate of the period", unit="%", total="none")
        debt = Row("Debt at the beginning of the period", total="none")
        held = Row("Cash in reserve accounts at the beginning of the period", total="none")
        loan_life = Row("Value of cash flow over the life of the debt", total="none")
        project_life = Row("Value of cash flow over the life of the project", total="none")
        llcr = Row("Loan life cover ratio", unit="x", total="none")
        plcr = Row("Project life cover ratio", unit="x", total="none")
        equity = Row("Share capital and shareholder loans at the beginning of the period", total="none")
        gearing = Row("Gearing", unit="%", total="none")
        owed = Row("Debt at the end of the period, in nominal money", total="none")
        ebitda = Row("EBITDA, in nominal money")
        running = Row("Share of the period in operation", unit="1", total="none")
        a_year = Row("EBITDA of the last twelve months, as of a whole year in operation", total="none")
        multiple = Row("Debt to EBITDA", unit="x", total="none")
        tail = Row("Share of the ore that is left", unit="%", total="none")
        failed = Row("Test failed", unit="1", total="none")
        locked = Row("Distributions are locked up", unit="1", total="none")
        default = Row("In default", unit="1", total="none")

    def apply(self, ledger: Ledger) -> None:
        """A period without debt service has no cover and fails nothing."""
        rows = self.Rows(ledger.graph, self.name, self.heading)
        rows.cfads = ledger.net(Group.CFADS) + 0
        rows.service = ledger.read(Measure.DEBT_SERVICE, by=self.name) + 0
        due = rows.service > ledger.trifle
        rows.cover = where(due, ratio(rows.cfads, rows.service), 0)
        least = self.given(ledger, "lock_up")
        low = where(due, rows.cover < least, 0)
        rows.failed = max_(low, *self._lives(ledger, rows), *self._burden(ledger, rows), *self._tail(ledger, rows))
        test = rows.failed
        if self.forward:
            rows.ahead = lead(rows.cover) + 0
            coming = where(lead(rows.service) > ledger.trifle, rows.ahead < least, 0)
            test = rows.define("failed_ahead", "Test failed now or in the period ahead", max_(rows.failed, coming), total="none")
        rows.locked = min_(trailing(test, self.given(ledger, "clean_periods") + 1), 1) * (1 - ledger.last)
        rows.default = where(due, rows.cover < self.given(ledger, "default"), 0)
        ledger.warn(f"{self.name}_lock_up", f"{self.heading}: distributions are locked up", rows.locked)
        ledger.warn(f"{self.name}_default", f"{self.heading}: the loans are in default", rows.default)
        ledger.record(Measure.LOCKED, rows.locked, by=self.name)

    def _lives(self, ledger: Ledger, rows: Rows) -> list[Expr]:
        """Cash flow to come at the beginning of each period over the debt then; a period without debt has no cover."""
        if self.rate is None:
            return []
        rows.period_rate = power(1 + self.given(ledger, "rate"), ledger.period_years) - 1
        in_debt = self._in_debt(ledger, rows)
        tests: list[Expr] = []
        if self.reserves_count:
            rows.held = ledger.brought_forward(ledger.read(Measure.HELD, by=self.name))
        if self.llcr is not None:
            rows.loan_life = ratio(rows.cfads * in_debt + ledger.brought_back(lead(rows.loan_life)), 1 + rows.period_rate)
            rows.llcr = where(in_debt, ratio(self._and_held(rows, rows.loan_life), rows.debt), 0)
            tests.append(where(in_debt, rows.llcr < self.given(ledger, "llcr"), 0))
        if self.plcr is not None:
            rows.project_life = ratio(rows.cfads + ledger.brought_back(lead(rows.project_life)), 1 + rows.period_rate)
            rows.plcr = where(in_debt, ratio(self._and_held(rows, rows.project_life), rows.debt), 0)
            tests.append(where(in_debt, rows.plcr < self.given(ledger, "plcr"), 0))
        return tests

    def _and_held(self, rows: Rows, value: Ref) -> Expr:
        return value + rows.held if self.reserves_count else value

    def _in_debt(self, ledger: Ledger, rows: Rows) -> Expr:
        """1 where there is debt at the beginning of a period that serves it."""
        if rows.debt.name not in ledger.graph.rows:
            rows.debt = ledger.brought_forward(ledger.read(Measure.SENIOR_DEBT, by=self.name))
        return (rows.debt > ledger.trifle) * (rows.service > ledger.trifle)

    def _burden(self, ledger: Ledger, rows: Rows) -> list[Expr]:
        """Debt by the capital beside it, as the last accounts have both, and by what operations earn in a year."""
        tests: list[Expr] = []
        if self.gearing is not None:
            in_debt = self._in_debt(ledger, rows)
            capital = ledger.brought_forward(ledger.read(Measure.EQUITY, by=self.name))
            rows.equity = capital + ledger.brought_forward(ledger.optional(Measure.RELATED_DEBT))
            rows.gearing = where(in_debt, ratio(rows.debt, rows.debt + rows.equity), 0)
            tests.append(rows.gearing - self.given(ledger, "gearing") > ledger.part_of_step)
        if self.debt_to_ebitda is not None:
            rows.owed = ledger.face_value(ledger.read(Measure.SENIOR_DEBT, by=self.name)) + 0
            rows.ebitda = ledger.face_value(ledger.net(Group.OPERATING_CASH) + ledger.net(Group.LEVIED)) + 0
            year = 1 / ledger.share_of_year
            rows.running = ledger.phase("operation") + 0
            rows.a_year = ratio(trailing(rows.ebitda, year), trailing(rows.running, year) * ledger.share_of_year)
            serving = (rows.owed > ledger.trifle) * (rows.service > ledger.trifle)
            rows.multiple = where(serving, ratio(rows.owed, max_(rows.a_year, 0)), 0)
            most = max_(rows.a_year, 0) * self.given(ledger, "debt_to_ebitda")
            tests.append(where(serving, rows.owed - most > ledger.trifle, 0))
        return tests

    def _tail(self, ledger: Ledger, rows: Rows) -> list[Expr]:
        if self.reserve_tail is None:
            return []
        reserve = ledger.read(Measure.ORE, by=self.name).total
        rows.tail = ratio(ledger.read(Measure.ORE_LEFT, by=self.name), reserve)
        return [where(rows.service > ledger.trifle, rows.tail < self.given(ledger, "reserve_tail"), 0)]
