"""Withholding tax on dividends, interest, services and royalties, by recipient (terms.md B16)."""

from __future__ import annotations

from typing import Literal

from pydantic import Field, model_validator

from jvmodel.graph import Block, Expr, ratio
from jvmodel.inputs import Party, Share, fault
from jvmodel.ledger import VENTURE, Account, Ledger, Measure
from jvmodel.term import Term

On = Literal["dividends", "interest", "services", "royalties"]
ACCOUNTS: dict[str, tuple[Account, ...]] = {
    "dividends": (Account.DIVIDENDS,),
    "interest": (Account.INTEREST, Account.PARTNER_INTEREST),
    "services": (Account.OPERATING,),
    "royalties": (Account.ROYALTIES,),
}


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

    @model_validator(mode="after")
    def _below_all(self) -> WithholdingTax:
        full = next((party for party, rate in self.rates.items() if rate >= 1), None)
        if full and self.gross_up:
            raise fault(f"a tax of 100% on '{full}' cannot be grossed up; give a lower rate")
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

    def _paid(self, ledger: Ledger, party: str) -> Expr:
        accounts = [
            one for one in ACCOUNTS[self.on] if one not in (Account.INTEREST, Account.PARTNER_INTEREST) or ledger.has(one)
        ]
        total: Expr = ledger.nothing
        for account in accounts:
            paid = ledger.total(account, payer=VENTURE, payee=party)
            total = paid if total is ledger.nothing else total + paid
        return total + 0
