"""Default remedies beside dilution: the others lend what is missed, or buy the partner that missed it out (terms.md C11)."""

from __future__ import annotations

from typing import Annotated, Literal

from pydantic import Field, model_validator

from jvmodel.graph import Block, Expr, Row, add_up, lag, lead, max_, min_, power, ratio
from jvmodel.inputs import Measured, Party, Rate, Series, Share, fault
from jvmodel.ledger import Account, Ledger, Measure
from jvmodel.partners import calls_left, interests, meets, pay_for, received_by
from jvmodel.term import Term

PaidShare = Annotated[Series, Measured(show="%", low=0.0, high=1.0)]


class DefaultRemedy(Term):
    """What a partner does not pay the others lend it, against all of its distributions; or they pay it out below value."""

    kind: Literal["default_remedy"] = "default_remedy"
    defaulter: Party
    """Partner that does not pay"""
    others: tuple[Party, ...] = Field(min_length=1)
    """Partners that step in, by their interests"""
    paid: PaidShare
    """Share of its own calls that the defaulter pays"""
    remedy: Literal["loan", "buy_out"]
    """loan (at a penalty rate, on demand) or buy_out (the whole interest, at the first default)"""
    rate: Rate | None = None
    """Interest a year on the loan, effective; base rate and penalty margin together"""
    repaid_from: Share = 1.0
    """Share of the defaulter's distributions that goes to the loan; all of them where its entitlement is suspended"""
    discount: Share | None = None
    """Discount from fair value at which it is bought out; 100% forfeits the interest"""
    value_rate: Rate | None = None
    """Discount rate of fair value: later distributions less calls, with the foresight of the model"""

    @model_validator(mode="after")
    def _whole(self) -> DefaultRemedy:
        if self.defaulter in self.others:
            raise fault(f"'{self.defaulter}' cannot step in for itself; leave it out of others")
        needs = ("rate",) if self.remedy == "loan" else ("discount", "value_rate")
        for field in ("rate", "discount", "value_rate"):
            if (getattr(self, field) is None) == (field in needs):
                does = "needs" if field in needs else "has no use for"
                raise fault(f"remedy: {self.remedy} {does} {field}; it goes with {' and '.join(needs)}")
        return self

    def announces(self) -> tuple[Account | Measure, ...]:
        """A loan is a carry; a buy-out covers calls and moves the interest."""
        if self.remedy == "loan":
            return (Account.CARRY_ADVANCE,)
        return (Account.COVER, Account.INTEREST_SALE, Measure.TRANSFER, Measure.EQUITY_FLOW, Measure.LOANS_SOLD)

    class Rows(Block):
        calls = Row("Cash calls left to the defaulter")
        missed = Row("Calls missed")
        advanced = Row("Lent for it by the others")
        opening = Row("Default loan brought forward", total="none")
        interest = Row("Interest")
        due = Row("Due before repayment", total="none")
        entitlement = Row("Distributions to the defaulter")
        wanted = Row("Repayment to be made")
        repaid = Row("Repaid")
        closing = Row("Default loan carried forward", total="last")
        written_off = Row("Default loan unpaid at the end")
        flow = Row("Distributions less calls, all partners")
        value = Row("Value of what is still to come, all partners", total="none")
        defaulted = Row("Has defaulted", unit="1", total="none")
        held = Row("Interest of the defaulter", unit="%", total="none")
        fair = Row("Fair value of its interest", total="none")
        price = Row("Paid for its interest")
        moves = Row("Interest that moves from the defaulter", unit="%", total="none")

    def apply(self, ledger: Ledger) -> None:
        """Loan: opening + interest + advance − repayment. Buy-out: (1 − discount) × fair value, once, with the call missed."""
        rows = self.Rows(ledger.graph, self.name, self.heading)
        account = Account.CARRY_ADVANCE if self.remedy == "loan" else Account.COVER
        rows.calls = calls_left(ledger, self.defaulter, account) + 0
        rows.missed = rows.calls * (1 - self.given(ledger, "paid"))
        if self.remedy == "loan":
            self._lend(ledger, rows)
        else:
            pay_for(ledger, rows, account, rows.missed, self.others, self.defaulter, "Paid by")
            self._buy_out(ledger, rows)

    def _lend(self, ledger: Ledger, rows: Rows) -> None:
        rows.advanced = meets(ledger, self.defaulter, Account.CARRY_ADVANCE, rows.missed, rows.calls)
        rows.opening = ledger.brought_forward(rows.closing)
        rows.interest = rows.opening * (power(1 + self.given(ledger, "rate"), ledger.period_years) - 1)
        rows.due = rows.opening + rows.interest + rows.advanced
        received = received_by(ledger, self.defaulter)
        if ledger.has(Account.WITHHOLDING):
            received = received - ledger.total(Account.WITHHOLDING, payer=self.defaulter)
        rows.entitlement = received
        wanted: Expr = min_(rows.entitlement * self.given(ledger, "repaid_from"), rows.due)
        if ledger.has_several(Account.CARRY_ADVANCE):
            rows.wanted = wanted
            label = f"Repayments of carries wanted from {ledger.parties[self.defaulter]}"
            wanted = ledger.in_rank(f"repaid_by_{self.defaulter}", label, rows.entitlement, rows.wanted, 1)
        rows.repaid = wanted
        rows.closing = rows.due - rows.repaid
        rows.written_off = rows.closing * ledger.last
        text = f"{self.heading}: {ledger.parties[self.defaulter]} has not repaid it all by the end"
        ledger.warn(f"{self.name}_unpaid", text, rows.written_off > ledger.trifle)
        pay_for(ledger, rows, Account.CARRY_ADVANCE, rows.advanced, self.others, self.defaulter, "Lent by")
        self._repay(ledger, rows)

    def _repay(self, ledger: Ledger, rows: Rows) -> None:
        """Repayments go to the lenders by what each is owed, whatever has become of their interests since."""
        owed = {one: rows.ref(f"owed_{one}") for one in self.others}
        for one, row in owed.items():
            who = ledger.parties[one]
            grown = ledger.brought_forward(row) * power(1 + self.given(ledger, "rate"), ledger.period_years)
            due = rows.define(f"due_{one}", f"Due to {who}", grown + rows.ref(f"from_{one}"), total="none")
            part = rows.define(f"to_{one}", f"Repaid to {who}", rows.repaid * ratio(due, rows.due))
            rows.define(f"owed_{one}", f"Owed to {who}", due - part, total="last")
            ledger.post(Account.CARRY_REPAYMENT, part, payer=self.defaulter, payee=one, of="carry")

    def _buy_out(self, ledger: Ledger, rows: Rows) -> None:
        rows.flow = ledger.read(Measure.EQUITY_FLOW, by=self.name) + 0
        growth = power(1 + self.given(ledger, "value_rate"), ledger.period_years)
        rows.value = (lead(rows.value) + lead(rows.flow)) * ratio(ledger.grown, growth)
        rows.defaulted = max_(lag(rows.defaulted), rows.missed > ledger.trifle)
        now = rows.defaulted - lag(rows.defaulted)
        rows.held = ledger.read(Measure.INTEREST, of=self.defaulter, by=self.name) + 0
        rows.fair = max_(rows.value * rows.held, 0)
        rows.price = rows.fair * (1 - self.given(ledger, "discount")) * now
        rows.moves = rows.held * now
        self._hand_over(ledger, rows)

    def _hand_over(self, ledger: Ledger, rows: Rows) -> None:
        """Each of the others pays for, and receives, its part of the interest."""
        held = interests(ledger, self.others, self.name)
        whole = add_up(held.values())
        given_up = rows.define("gives_up", "Interest that the defaulter gives up", 0 - rows.moves, "%", "none")
        ledger.record(Measure.TRANSFER, given_up, of=self.defaulter, by=self.name)
        for one, share in held.items():
            who = ledger.parties[one]
            paid = rows.define(f"price_{one}", f"Paid by {who} for the interest", rows.price * ratio(share, whole))
            gained = rows.define(f"moves_{one}", f"Interest that moves to {who}", rows.moves * ratio(share, whole), "%", "none")
            ledger.post(Account.INTEREST_SALE, paid, payer=one, payee=self.defaulter)
            ledger.record(Measure.TRANSFER, gained, of=one, by=self.name)
            if ledger.has(Account.PARTNER_LOANS):
                ledger.record(Measure.LOANS_SOLD, ratio(gained, rows.held), of=f"{self.defaulter}/{one}", by=self.name)
