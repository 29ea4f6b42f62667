"""Subordinated payments: fees and royalties behind lenders, before shareholder loans and dividends (terms.md F2)."""

from __future__ import annotations

from typing import Annotated, Literal

from pydantic import model_validator

from jvmodel.account import SUPPLIERS, VENTURE
from jvmodel.graph import Block, Expr, Ref, Row, add_up, min_, power
from jvmodel.inputs import Measured, Party, Rate, Record, Series, Share, fault
from jvmodel.ledger import Account, Ledger, Measure
from jvmodel.term import Term

Amounts = Annotated[Series, Measured("$m/year", per_year=True, gaps="zero", low=0.0)]


class SubordinatedPayment(Record):
    """A fee or royalty that is paid only out of cash to spare after debt and reserves, before shareholder loans."""

    payee: Party
    """Party that is paid"""
    amount: Amounts | None = None
    """Amount a year, in nominal money"""
    of_revenue: Share = 0.0
    """Share of revenue"""
    of_costs: Share = 0.0
    """Share of operating cost paid to third parties"""
    unpaid: Literal["rolls", "lapses"] = "rolls"
    """Whether what cannot be paid is owed on, or lost"""
    rate: Rate = 0.0
    """Interest a year on what is owed on, effective"""

    @model_validator(mode="after")
    def _some(self) -> SubordinatedPayment:
        if self.amount is None and not self.of_revenue and not self.of_costs:
            raise fault("give amount, of_revenue or of_costs: what is due")
        if self.rate and self.unpaid == "lapses":
            raise fault("rate goes with unpaid: rolls; what lapses bears no interest")
        return self


class Line(Block):
    """Subordinated payment."""

    opening = Row("Owed, brought forward", total="none")
    interest = Row("Interest on what is owed")
    due = Row("Falls due")
    paid = Row("Paid")
    lapsed = Row("Lapsed")
    closing = Row("Owed, carried forward", total="last")
    left = Row("Cash left for later lines")


def write_subordinated(ledger: Ledger, term: Term, payments: dict[str, SubordinatedPayment], spare: Ref) -> tuple[Ref, Ref, Expr]:
    """Pays each line in the order of the deal; returns cash left, what is owed on all of them, and what was paid.

    What falls due is charged to profit and deducted for tax as it falls due; what lapses is income of the next period.
    """
    left = spare
    owed: list[Ref] = []
    paid: list[Ref] = []
    for name, terms in payments.items():
        title = f"{term.heading}: {name.replace('_', ' ')}"
        line = Line(ledger.graph, f"{term.name}.{name}", title)
        line.opening = ledger.brought_forward(line.closing)
        line.due = _due(ledger, term, name, terms)
        there: Expr = line.opening + line.due
        charge: Expr = line.due
        if terms.unpaid == "rolls":
            line.interest = line.opening * (power(1 + term.given(ledger, f"subordinated.{name}.rate"), ledger.period_years) - 1)
            there, charge = there + line.interest, charge + line.interest
        else:
            line.lapsed = line.opening + 0
            there, charge = line.due, charge - line.lapsed
        line.paid = min_(left, there)
        line.closing = there - line.paid
        line.left = left - line.paid
        left = line.left
        text = f"{title} is not all paid by the end"
        ledger.warn(f"{term.name}_{name}_unpaid", text, (line.closing > ledger.trifle) * ledger.last)
        ledger.post(Account.SUBORDINATED, line.paid, payer=VENTURE, payee=terms.payee)
        ledger.record(Measure.INTEREST_CHARGE, charge, by=term.name)
        owed.append(line.closing)
        paid.append(line.paid)
    block = Block(ledger.graph, f"{term.name}.subordinated", f"{term.heading}: subordinated payments")
    whole = block.define("owed", "Owed on all subordinated payments", add_up(owed), total="last")
    return left, whole, add_up(paid)


def _due(ledger: Ledger, term: Term, name: str, terms: SubordinatedPayment) -> Expr:
    path = f"subordinated.{name}"
    parts: list[Expr] = []
    if terms.amount is not None:
        parts.append(ledger.todays_money(term.given(ledger, f"{path}.amount")))
    if terms.of_revenue:
        parts.append(ledger.total(Account.REVENUE) * term.given(ledger, f"{path}.of_revenue"))
    if terms.of_costs:
        parts.append(ledger.total(Account.OPERATING, payee=SUPPLIERS) * term.given(ledger, f"{path}.of_costs"))
    return add_up(parts) + 0
