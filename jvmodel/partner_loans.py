"""Shareholder loans: the part of cash calls that partners lend, served before dividends (terms.md C13)."""

from __future__ import annotations

from typing import Literal

from jvmodel.account import VENTURE
from jvmodel.graph import Block, Expr, Ref, Row, add_up, min_, power, ratio
from jvmodel.inputs import Rate, Record, Share
from jvmodel.ledger import Account, Ledger, Measure
from jvmodel.partners import covered_by
from jvmodel.term import Term


class PartnerLoans(Record):
    """Terms of the loans that partners give."""

    share: Share
    """share of each cash call that is lent; the rest is share capital"""
    rate: Rate
    """interest rate"""
    quote: Literal["nominal_simple", "effective"] = "nominal_simple"
    """Whether the rate is simple nominal, as loans quote it, or effective"""


class Loans(Block):
    """Shareholder loans."""

    rate = Row("Interest rate of the period", unit="%", total="none")
    due = Row("Interest due")
    paid = Row("Interest paid")
    repaid = Row("Principal repaid")
    lent = Row("Lent")
    opening = Row("Balance brought forward", total="none")
    capitalised = Row("Interest not paid, added to the balance")
    closing = Row("Balance carried forward", total="last")
    written_off = Row("Balance written off at the end")


def write_partner_loans(
    ledger: Ledger, term: Term, terms: PartnerLoans, called: Ref, calls: dict[str, Ref], spare: Ref
) -> tuple[dict[str, Ref], Loans]:
    """What each partner lends, and the service of all loans out of spare cash: interest first, then principal.

    Interest that is not paid is added to the balance. Cash is divided among lenders by what they are owed. Whoever covers a
    missed call holds the loan that was part of it. Totals stand on their own, so that the value of an interest does not hang on
    who holds which loan.
    """
    path = "shareholder_loans"
    loans = Loans(ledger.graph, f"{term.name}.loans", f"{term.heading}: shareholder loans")
    rate = term.given(ledger, f"{path}.rate")
    effective = power(1 + rate, ledger.period_years) - 1
    loans.rate = effective if terms.quote == "effective" else rate * ledger.share_of_year
    lent: dict[str, Ref] = {}
    opening: dict[str, Ref] = {}
    for partner, call in calls.items():
        who = ledger.parties[partner]
        closing = loans.ref(f"closing_{partner}")
        lent[partner] = loans.define(f"lent_{partner}", f"Lent by {who}", call * term.given(ledger, f"{path}.share"))
        opening[partner] = loans.define(
            f"opening_{partner}", f"Loan of {who}, brought forward", ledger.brought_forward(closing), total="none"
        )
    loans.lent = called * term.given(ledger, f"{path}.share")
    loans.opening = ledger.brought_forward(loans.closing)
    loans.due = loans.opening * loans.rate
    loans.paid = min_(spare, loans.due)
    loans.capitalised = loans.due - loans.paid
    loans.repaid = min_(spare - loans.paid, loans.opening + loans.capitalised)
    loans.closing = loans.opening + loans.lent + loans.capitalised - loans.repaid
    loans.written_off = loans.closing * ledger.last
    text = f"{term.heading}: shareholder loans are not repaid by the end; the rest is written off"
    ledger.warn(f"{term.name}_loans_unpaid", text, loans.written_off > ledger.trifle)
    for partner in calls:
        who = ledger.parties[partner]
        share: Expr = ratio(opening[partner], loans.opening)
        interest = loans.define(f"interest_{partner}", f"Interest paid to {who}", loans.paid * share)
        principal = loans.define(f"principal_{partner}", f"Loan repaid to {who}", loans.repaid * share)
        grown = opening[partner] + lent[partner] + loans.capitalised * share
        covered = covered_by(ledger, partner)
        if covered is not None:
            part = covered * term.given(ledger, f"{path}.share")
            grown = grown + loans.define(
                f"assigned_{partner}", f"Loans that {who} gives for others, less those given for it", part
            )
        before = grown - principal
        if ledger.has(Measure.LOANS_SOLD):
            before = _sold(ledger, loans, partner, tuple(calls), before)
        loans.define(f"closing_{partner}", f"Loan of {who}, carried forward", before, total="last")
        ledger.post(Account.PARTNER_LOANS, lent[partner], payer=partner, payee=VENTURE)
        ledger.post(Account.PARTNER_INTEREST, interest, payer=VENTURE, payee=partner)
        ledger.post(Account.PARTNER_LOANS_REPAID, principal, payer=VENTURE, payee=partner)
    ledger.record(Measure.INTEREST_CHARGE, loans.due, by=term.name)
    ledger.record(Measure.RELATED_INTEREST, loans.due, by=term.name)
    ledger.record(Measure.RELATED_DEBT, loans.closing, by=term.name)
    return lent, loans


def _sold(ledger: Ledger, loans: Loans, partner: str, partners: tuple[str, ...], before: Expr) -> Expr:
    """The loan of a partner after what it sells and buys of others' loans with their interests, at the end of the period."""
    others = [one for one in partners if one != partner]
    kept = loans.define(f"before_{partner}", f"Loan of {ledger.parties[partner]}, before sales", before, total="none")
    sold = add_up([ledger.optional(Measure.LOANS_SOLD, of=f"{partner}/{one}") for one in others])
    bought = add_up([loans.ref(f"before_{one}") * ledger.optional(Measure.LOANS_SOLD, of=f"{one}/{partner}") for one in others])
    return kept * (1 - sold) + bought
