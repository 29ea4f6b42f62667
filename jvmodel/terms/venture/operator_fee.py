"""Operator's fees: overhead on what the venture spends, and a fee on what it sells (terms.md C14)."""

from __future__ import annotations

from typing import Literal

from pydantic import model_validator

from jvmodel.graph import Block, Expr, Row, add_up
from jvmodel.inputs import Party, Share, fault
from jvmodel.ledger import SUPPLIERS, VENTURE, Account, Ledger
from jvmodel.term import Name, Term


class OperatorFee(Term):
    """The operator charges shares of spending and sales; what it costs the operator to earn them is its own."""

    kind: Literal["operator_fee"] = "operator_fee"
    operator: Party
    """Party that operates or markets"""
    capital: Share = 0.0
    """Fee on initial capital cost"""
    operating: Share = 0.0
    """Fee on operating cost"""
    sustaining: Share = 0.0
    """Fee on sustaining capital cost"""
    sales: Share = 0.0
    """Fee on revenue, for marketing"""
    own_cost: Share = 1.0
    """Share of the fee that the operator spends to earn it; the rest is its margin"""
    asset_class: Name = "plant"
    """Class of asset that the fee on capital is depreciated with"""

    @model_validator(mode="after")
    def _some(self) -> OperatorFee:
        if not any((self.capital, self.operating, self.sustaining, self.sales)):
            raise fault("give a fee on at least one of capital, operating, sustaining and sales")
        return self

    class Rows(Block):
        capital = Row("Fee on capital cost")
        running = Row("Fee on operating and sustaining cost and sales")
        fee = Row("Fees")
        cost = Row("Operator's own cost")
        margin = Row("Operator's margin")

    def apply(self, ledger: Ledger) -> None:
        """Fees are charged on what third parties are paid: never on fees."""
        rows = self.Rows(ledger.graph, self.name, self.heading)
        parts: list[Expr] = []
        for field, account in (("operating", Account.OPERATING), ("sustaining", Account.SUSTAINING)):
            if getattr(self, field):
                parts.append(ledger.total(account, payee=SUPPLIERS) * self.given(ledger, field))
        if self.sales:
            parts.append(ledger.total(Account.REVENUE) * self.given(ledger, "sales"))
        charged: list[Expr] = []
        if self.capital:
            rows.capital = ledger.total(Account.CAPEX, payee=SUPPLIERS) * self.given(ledger, "capital")
            ledger.post(Account.CAPEX, rows.capital, payer=VENTURE, payee=self.operator, asset_class=self.asset_class)
            charged.append(rows.capital)
        if parts:
            rows.running = add_up(parts) + 0
            ledger.post(Account.OPERATING, rows.running, payer=VENTURE, payee=self.operator)
            charged.append(rows.running)
        rows.fee = add_up(charged) + 0
        rows.cost = rows.fee * self.given(ledger, "own_cost")
        rows.margin = rows.fee - rows.cost
        ledger.post(Account.OWN_COST, rows.cost, payer=self.operator, payee=SUPPLIERS)
