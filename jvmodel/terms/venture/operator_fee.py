"""Operator's fees: overhead on what the venture spends, and a fee on what it sells (terms.md C14)."""

from __future__ import annotations

from typing import Annotated, Literal

from pydantic import Field, model_validator

from jvmodel.graph import Block, Expr, Row, add_up, min_, ratio
from jvmodel.inputs import Measured, MoneyPerYear, Party, Phase, Series, Share, fault
from jvmodel.ledger import SUPPLIERS, VENTURE, Account, Ledger
from jvmodel.term import Name, Term

Costs = Annotated[Series, Measured("$m/year", per_year=True, gaps="zero", low=0.0)]


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
    by_phase: dict[Phase, Share] = Field(default_factory=dict)
    """Fee on all direct costs (capital, sustaining and operating) within a phase, such as exploration; besides the others"""
    cap: MoneyPerYear | None = None
    """Most that is charged a year, in money of the base date; fees beyond it are cut in proportion"""
    own_cost: Share = 1.0
    """Share of the fee that the operator spends to earn it; the rest is its margin"""
    audited_cost: Costs | None = None
    """Operator's own cost by year as audited, in nominal money; the venture settles the difference, so that it does not gain"""
    asset_class: Name = "plant"
    """Class of asset that the fee on capital is depreciated with"""

    @model_validator(mode="after")
    def _some(self) -> OperatorFee:
        if not any((self.capital, self.operating, self.sustaining, self.sales, *self.by_phase.values())):
            raise fault("give a fee on at least one of capital, operating, sustaining, sales and by_phase")
        return self

    class Rows(Block):
        capital = Row("Fee on capital cost")
        running = Row("Fee on operating and sustaining cost and sales")
        direct = Row("Direct costs")
        whole = Row("Fees before the cap")
        scale = Row("Share of the fees that the cap leaves", unit="%", total="none")
        adjusted = Row("Audit adjustment")
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
        on_capital: list[Expr] = []
        if self.capital:
            on_capital.append(ledger.total(Account.CAPEX, payee=SUPPLIERS) * self.given(ledger, "capital"))
        if self.by_phase:
            rates = [ledger.phase(phase) * self.given(ledger, f"by_phase.{phase}") for phase in self.by_phase]
            running = ledger.total(Account.OPERATING, payee=SUPPLIERS) + ledger.total(Account.SUSTAINING, payee=SUPPLIERS)
            rows.direct = ledger.total(Account.CAPEX, payee=SUPPLIERS) + running
            parts.append(running * add_up(rates))
            on_capital.append(ledger.total(Account.CAPEX, payee=SUPPLIERS) * add_up(rates))
        self._charge(ledger, rows, on_capital, parts)
        rows.margin = rows.fee - rows.cost
        ledger.post(Account.OWN_COST, rows.cost, payer=self.operator, payee=SUPPLIERS)

    def _charge(self, ledger: Ledger, rows: Rows, on_capital: list[Expr], on_running: list[Expr]) -> None:
        """Fees on capital are capital cost, those on the rest operating cost; a cap cuts both alike, an audit corrects them."""
        if self.cap is not None:
            rows.whole = add_up([*on_capital, *on_running]) + 0
            cap = ledger.escalated(self.given(ledger, "cap") * ledger.period_years, "real")
            rows.scale = min_(ratio(cap, rows.whole, 1), 1)
            on_capital, on_running = ([part * rows.scale for part in parts] for parts in (on_capital, on_running))
        charged: list[Expr] = []
        if on_capital:
            rows.capital = add_up(on_capital) + 0
            ledger.post(Account.CAPEX, rows.capital, payer=VENTURE, payee=self.operator, asset_class=self.asset_class)
            charged.append(rows.capital)
        if on_running:
            rows.running = add_up(on_running) + 0
            ledger.post(Account.OPERATING, rows.running, payer=VENTURE, payee=self.operator)
            charged.append(rows.running)
        if self.audited_cost is None:
            rows.fee = add_up(charged) + 0
            rows.cost = rows.fee * self.given(ledger, "own_cost")
            return
        rows.cost = ledger.todays_money(self.given(ledger, "audited_cost")) + 0
        rows.adjusted = rows.cost - add_up(charged)
        ledger.post(Account.OPERATING, rows.adjusted, payer=VENTURE, payee=self.operator)
        rows.fee = rows.cost + 0
