"""Withholding tax on dividends, interest, services and royalties, by recipient (terms.md B16).

A recipient that is taxed at home on the same income has the tax withheld credited, up to its tax at home on that income (ordinary
credit of the OECD Model Convention, article 23B): of the two taxes it bears the greater. What is withheld beyond that is lost.
"""

from __future__ import annotations

from typing import Literal

from pydantic import Field, model_validator

from jvmodel.graph import Block, Expr, Ref, min_, ratio
from jvmodel.inputs import Party, Record, Share, fault
from jvmodel.ledger import VENTURE, Account, Ledger, Measure
from jvmodel.term import Term

On = Literal["dividends", "interest", "services", "royalties"]
ACCOUNTS: dict[str, tuple[Account, ...]] = {
    "dividends": (Account.DIVIDENDS,),
    "interest": (Account.INTEREST, Account.PARTNER_INTEREST),
    "services": (Account.OPERATING,),
    "royalties": (Account.ROYALTIES,),
}


class HomeTax(Record):
    """What a recipient's own state takes of the same income."""

    rate: Share
    """rate on the income before tax withheld"""
    holder: Party
    """party that receives it"""


class WithholdingTax(Term):
    """Tax that the venture keeps back from what it pays to others, and hands to the state."""

    kind: Literal["withholding_tax"] = "withholding_tax"
    on: On
    """What is taxed; loan principal and returned capital never are"""
    rates: dict[Party, Share] = Field(min_length=1)
    """Rate on what each recipient gets, by its residence and treaty"""
    holder: Party
    """Party that receives the tax"""
    gross_up: bool = False
    """Whether the venture bears the tax, so that recipients get what was agreed"""
    at_home: dict[Party, HomeTax] = Field(default_factory=dict)
    """Tax at home on the same income, with credit for the tax withheld"""

    @model_validator(mode="after")
    def _below_all(self) -> WithholdingTax:
        full = next((party for party, rate in self.rates.items() if rate >= 1), None)
        if full and self.gross_up:
            raise fault(f"a tax of 100% on '{full}' cannot be grossed up; give a lower rate")
        stranger = next((party for party in self.at_home if party not in self.rates), None)
        if stranger:
            raise fault(f"at_home: '{stranger}' has no rate of tax withheld; give it one among rates, 0% if none is withheld")
        return self

    def announces(self) -> tuple[Account | Measure, ...]:
        """The tax, which the venture pays where it grosses up."""
        return (Account.WITHHOLDING, *(() if not self.gross_up else (Measure.INTEREST_CHARGE,)))

    class Rows(Block):
        """Withholding tax."""

    def apply(self, ledger: Ledger) -> None:
        """Rate × gross, borne by the recipient; or net × rate ÷ (1 − rate), borne by the venture."""
        rows = self.Rows(ledger.graph, self.name, self.heading)
        for party in self.rates:
            who = ledger.parties[party]
            rate = self.given(ledger, f"rates.{party}")
            gross: Expr = rows.define(f"gross_{party}", f"Paid to {who}", self._paid(ledger, party))
            amount = gross * rate if not self.gross_up else gross * ratio(rate, 1 - rate)
            tax = rows.define(f"tax_{party}", f"Tax on what is paid to {who}", amount)
            ledger.post(Account.WITHHOLDING, tax, payer=VENTURE if self.gross_up else party, payee=self.holder)
            if self.gross_up:
                ledger.record(Measure.INTEREST_CHARGE, tax, by=self.name)
            if party in self.at_home:
                self._home(ledger, rows, party, gross + tax if self.gross_up else gross, tax)

    def _home(self, ledger: Ledger, rows: Rows, party: str, income: Expr, tax: Ref) -> None:
        """Tax at home less the credit: the lesser of the two taxes on the same income."""
        who = ledger.parties[party]
        due = rows.define(
            f"due_{party}", f"Tax at home of {who}, before credit", income * self.given(ledger, f"at_home.{party}.rate")
        )
        credit = rows.define(f"credit_{party}", f"Credit of {who} for tax withheld", min_(tax, due))
        rows.define(f"lost_{party}", f"Tax withheld from {who} without credit", tax - credit)
        home = rows.define(f"home_{party}", f"Tax at home of {who}", due - credit)
        ledger.post(Account.HOME_TAX, home, payer=party, payee=self.at_home[party].holder)

    def _paid(self, ledger: Ledger, party: str) -> Expr:
        accounts = [
            one for one in ACCOUNTS[self.on] if one not in (Account.INTEREST, Account.PARTNER_INTEREST) or ledger.has(one)
        ]
        total: Expr = ledger.nothing
        for account in accounts:
            paid = ledger.total(account, payer=VENTURE, payee=party)
            total = paid if total is ledger.nothing else total + paid
        return total + 0
