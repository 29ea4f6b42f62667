"""Loan carry: others advance a partner's cash calls, repaid from a share of its distributions (terms.md C6, P2)."""

from __future__ import annotations

from typing import Literal

from pydantic import model_validator

from jvmodel.carry import CarriedCalls, Carry
from jvmodel.graph import Expr, Row, lag, min_, power, ratio
from jvmodel.inputs import Rate, Share, fault
from jvmodel.ledger import Account, Ledger
from jvmodel.partners import received_by


class LoanCarry(Carry):
    """The carriers advance the carried party's cash calls and are repaid, with interest, from its distributions alone."""

    kind: Literal["loan_carry"] = "loan_carry"
    rate: Rate
    """Interest a year on the balance"""
    quote: Literal["effective", "nominal_simple"] = "effective"
    """Whether the rate is effective, or simple nominal for periods shorter than a year"""
    repaid_from: Share
    """Share of the carried party's distributions that goes to repayment"""
    advance_timing: Literal["end", "begin"] = "end"
    """Whether advances bear interest from the end or from the beginning of their period"""

    @model_validator(mode="after")
    def _rate(self) -> LoanCarry:
        if self.rate < 0:
            raise fault("a carry cannot have a negative rate; 0% is free of interest")
        return self

    class Rows(CarriedCalls):
        period_rate = Row("Interest rate of the period", unit="%", total="none")
        opening = Row("Carry balance brought forward", total="none")
        interest = Row("Interest")
        entitlement = Row("Distributions to the carried party")
        due = Row("Balance due before repayment", total="none")
        set_off = Row("Royalty in place of the interest, set off")
        wanted_back = Row("Repayment to be made")
        repayment = Row("Repayment")
        interest_paid = Row("of which interest of the period")
        closing = Row("Carry balance carried forward", total="last")
        written_off = Row("Balance written off at the end, without recourse")
        index = Row("Growth of the balance at the carry's rate since the start", unit="1", total="none")
        value = Row("Repayments less advances to date, valued at the start at the carry's rate", total="none")

    def apply(self, ledger: Ledger) -> None:
        """Opening + advance + interest - repayment = closing: a transfer between partners that leaves the venture alone."""
        rows = self.Rows(ledger.graph, self.name, self.heading)
        self.carried_calls(ledger, rows)
        rate = self.given(ledger, "rate")
        effective = self.quote == "effective"
        rows.period_rate = (power(1 + rate, ledger.period_years) if effective else 1 + rate * ledger.share_of_year) - 1
        rows.opening = ledger.brought_forward(rows.closing)
        begin = self.advance_timing == "begin"
        rows.interest = (rows.opening + rows.carried if begin else rows.opening) * rows.period_rate
        rows.due = rows.opening + rows.carried + rows.interest
        rows.entitlement = self._entitlement(ledger)
        there, wanted = self._available(ledger, rows)
        wanted = min_(wanted, rows.due)
        if ledger.has_several(Account.CARRY_ADVANCE):
            rows.wanted_back = wanted
            label = f"Repayments of carries wanted from {ledger.parties[self.carried]}"
            wanted = ledger.in_rank(f"repaid_by_{self.carried}", label, there, rows.wanted_back, self.priority)
        rows.repayment = wanted
        rows.interest_paid = min_(rows.repayment, rows.interest)
        rows.closing = rows.due - rows.repayment
        rows.written_off = rows.closing * ledger.last
        text = f"{self.heading}: {ledger.parties[self.carried]} has not repaid it all by the end; the rest is written off"
        ledger.warn(f"{self.name}_unpaid", text, rows.written_off > ledger.trifle)
        if not self.repaid_from:
            ledger.warn(f"{self.name}_never_repaid", f"{self.heading}: no share of distributions repays it; it is a free carry")
        rows.index = ledger.brought_forward(rows.index, 1) * (1 + rows.period_rate)
        counted = rows.carried * (1 + rows.period_rate) if begin else rows.carried
        rows.value = lag(rows.value) + ratio(rows.repayment - counted, rows.index)
        left = rows.value * rows.index + rows.closing
        ledger.check(
            f"{self.name}_is_worth_its_repayments", f"{self.heading}: repayments and the rest are worth the advances", left
        )
        self.divide(ledger, rows, rows.carried, "advanced_by", "Advanced by", Account.CARRY_ADVANCE)
        self.divide(ledger, rows, rows.repayment, "repaid_to", "Repaid to", Account.CARRY_REPAYMENT)

    def _available(self, ledger: Ledger, rows: Rows) -> tuple[Expr, Expr]:
        """What there is, and what of it goes to repayment: a royalty in place of an interest is set off in full (C12)."""
        part = rows.entitlement * self.given(ledger, "repaid_from")
        if not ledger.has(Account.COVER) or not ledger.has(Account.ROYALTIES):
            return rows.entitlement, part
        rows.set_off = ledger.total(Account.ROYALTIES, payee=self.carried, instead_of="interest") + 0
        return rows.entitlement + rows.set_off, part + rows.set_off

    def _entitlement(self, ledger: Ledger) -> Expr:
        """What the carried party receives from the venture, less tax withheld from it."""
        received = received_by(ledger, self.carried)
        if ledger.has(Account.WITHHOLDING):
            received = received - ledger.total(Account.WITHHOLDING, payer=self.carried)
        return received
