"""Prepayment: a buyer advances money and is repaid by instalments, or in metal that contracts share (terms.md D13, E1)."""

from __future__ import annotations

from typing import Annotated, Literal

from pydantic import Field, model_validator

from jvmodel.allocation import Allocation, market_price
from jvmodel.errors import GraphError
from jvmodel.graph import Param, Row, min_, power, ratio
from jvmodel.inputs import Date, Measured, Metal, Party, Rate, Series, Share, Years, fault
from jvmodel.ledger import VENTURE, Account, Ledger, Measure
from jvmodel.term import Term

Advance = Annotated[Series, Measured("$m/year", per_year=True, gaps="zero", low=0.0)]
Deliveries = Annotated[Series, Measured("t/year", per_year=True, gaps="zero", low=0.0)]


class Prepayment(Term):
    """An advance by a buyer, repaid with interest: in equal instalments of principal, or in metal at a discount."""

    kind: Literal["prepayment"] = "prepayment"
    buyer: Party
    """Party that advances the money"""
    advance: Advance
    """Advance by year, in nominal money"""
    rate: Rate
    """Interest rate, effective a year"""
    repaid_from: Date
    """First month of repayment"""
    years: Years | None = None
    """Years of equal instalments; or give metal and deliveries"""
    metal: Metal | None = None
    """Metal that repays it"""
    deliveries: Deliveries | None = None
    """Metal delivered a year until it is repaid; less where other contracts leave less"""
    rank: Annotated[int, Field(ge=1, le=20)] = 1
    """Which contracts come first when there is not enough; those of one rank share alike"""
    discount: Share = 0.0
    """Discount on metal delivered"""
    ranks: Literal["senior", "junior"] = "senior"
    """Whether its service counts in debt service, beside the loans, or after it"""

    @model_validator(mode="after")
    def _one_way(self) -> Prepayment:
        in_metal = self.metal is not None and self.deliveries is not None
        if in_metal == (self.years is not None) or (self.metal is None) != (self.deliveries is None):
            raise fault("say how it is repaid: years of instalments, or metal and deliveries, one of the two")
        if self.discount >= 1:
            raise fault("metal at a discount of 100% repays nothing; give a lower discount")
        return self

    def announces(self) -> tuple[Account | Measure, ...]:
        """Debt and its service."""
        return (Account.DEBT_DRAWN, Account.INTEREST, Measure.INTEREST_CHARGE)

    class Rows(Allocation):
        rate = Row("Interest rate of the period", unit="%", total="none")
        advance = Row("Advance")
        opening = Row("Balance brought forward", total="none")
        interest = Row("Interest")
        owed = Row("Principal and interest owed", total="none")
        instalment = Row("Principal that falls due")
        market = Row("Market price a tonne", total="none")
        due = Row("Metal that is to be delivered", unit="t")
        enough = Row("Metal that would repay what is owed", unit="t", total="none")
        repaid = Row("Repaid")
        interest_paid = Row("of which interest")
        principal = Row("of which principal")
        delivered = Row("Market value of metal delivered")
        given_up = Row("Discount given up on it")
        closing = Row("Balance carried forward", total="last")

    def apply(self, ledger: Ledger) -> None:
        """Opening + advance + interest − repaid = closing; what deliveries do not cover rolls on with interest."""
        rows = self.Rows(ledger.graph, self.name, self.heading)
        rows.rate = power(1 + self.given(ledger, "rate"), ledger.period_years) - 1
        rows.advance = ledger.todays_money(self.given(ledger, "advance")) + 0
        rows.opening = ledger.brought_forward(rows.closing)
        rows.interest = rows.opening * rows.rate
        rows.owed = rows.opening + rows.advance + rows.interest
        if self.years is not None:
            repaying, left = self._instalments(ledger)
            rows.instalment = ratio(rows.opening + rows.advance, left) * repaying
            rows.repaid = rows.instalment + rows.interest
        else:
            self._in_metal(ledger, rows)
        rows.closing = rows.owed - rows.repaid
        rows.interest_paid = min_(rows.repaid, rows.interest)
        rows.principal = rows.repaid - rows.interest_paid
        ledger.check(f"{self.name}_is_repaid", f"{self.heading}: nothing is owed at the end", rows.closing * ledger.last)
        self._post(ledger, rows)

    def _in_metal(self, ledger: Ledger, rows: Rows) -> None:
        assert self.metal is not None
        paid_for = 1 - self.given(ledger, "discount")
        rows.market = market_price(ledger, self.metal, self.name)
        rows.due = self.given(ledger, "deliveries") * ledger.flagged(self.repaid_from)
        rows.enough = ratio(rows.owed, ledger.in_money(rows.market) * paid_for)
        rows.share_in(ledger, self.metal, min_(rows.due, rows.enough), self.rank)
        rows.delivered = ledger.in_money(rows.taken * rows.market)
        rows.repaid = min_(rows.owed, rows.delivered * paid_for)
        rows.given_up = rows.delivered - rows.repaid
        ledger.post(Account.OFFTAKE, rows.given_up, payer=VENTURE, payee=self.buyer, of="price")

    def _instalments(self, ledger: Ledger) -> tuple[Param, Param]:
        """Flags of repayment, and the number of instalments left, this one included."""
        assert self.years is not None
        timeline = ledger.graph.timeline
        end = self.repaid_from.index + round(self.years * 12)
        if end > timeline.ends[-1].index:
            raise GraphError(f"its last instalment falls after {timeline.labels[-1]}, the end of the model; shorten it")
        flags = tuple(float(self.repaid_from.index < one.index <= end) for one in timeline.ends)
        left = tuple(max(sum(flags[t:]), 1.0) for t in range(len(flags)))
        repaying = ledger.graph.fact(f"repaying_{self.name}", f"{self.heading}: instalment", flags)
        return repaying, ledger.graph.fact(f"left_{self.name}", f"{self.heading}: instalments left", left)

    def _post(self, ledger: Ledger, rows: Rows) -> None:
        ledger.post(Account.DEBT_DRAWN, rows.advance, payer=self.buyer, payee=VENTURE)
        ledger.post(Account.INTEREST, rows.interest_paid, payer=VENTURE, payee=self.buyer)
        ledger.post(Account.DEBT_REPAID, rows.principal, payer=VENTURE, payee=self.buyer)
        ledger.record(Measure.INTEREST_CHARGE, rows.interest_paid, by=self.name)
        if self.ranks == "senior":
            ledger.record(Measure.DEBT_SERVICE, rows.repaid, by=self.name)
            ledger.record(Measure.FIXED_SERVICE, rows.repaid, by=self.name)
            ledger.record(Measure.SENIOR_DEBT, rows.closing, by=self.name)
