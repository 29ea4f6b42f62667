"""Working capital: customers pay later, stocks are held, suppliers are paid later (terms.md A14)."""

from __future__ import annotations

from typing import Annotated, Literal

from jvmodel.graph import Block, Expr, Ref, Row, max_, trailing
from jvmodel.inputs import Days, Measured, Series
from jvmodel.ledger import CUSTOMERS, SUPPLIERS, VENTURE, Account, Ledger, Measure
from jvmodel.term import Term


class WorkingCapital(Term):
    """Money tied up between selling and being paid; all of it comes back in the last period."""

    kind: Literal["working_capital"] = "working_capital"
    receivable_days: Days = 0.0
    """Days until customers pay"""
    inventory_days: Days = 0.0
    """Days of operating cost that stocks hold"""
    payable_days: Days = 0.0
    """Days until the venture pays its operating costs"""
    movement: Annotated[Series, Measured("$m/year", per_year=True)] | None = None
    """Increase a year as a study gives it; in addition to what the days say"""

    class Rows(Block):
        sales = Row("Revenue from customers, in nominal money")
        costs = Row("Operating costs, in nominal money")
        receivables = Row("Receivables", total="last")
        inventory = Row("Stocks", total="last")
        payables = Row("Payables", total="last")
        lent_to_customers = Row("Increase in receivables")
        put_into_stock = Row("Increase in stocks")
        owed_to_suppliers = Row("Increase in payables")
        movement = Row("Increase as given")
        left = Row("Increase as given, over the life", total="none")

    def apply(self, ledger: Ledger) -> None:
        """Balance = the last so many days of revenue or cost, at face value; its change is money; nothing is left at the end."""
        rows = self.Rows(ledger.graph, self.name, self.heading)
        rows.sales = ledger.face_value(ledger.total(Account.REVENUE, payer=CUSTOMERS)) + 0
        rows.costs = ledger.face_value(ledger.total(Account.OPERATING)) + 0
        rows.receivables = self._balance(ledger, rows.sales, "receivable_days")
        rows.inventory = self._balance(ledger, rows.costs, "inventory_days")
        rows.payables = self._balance(ledger, rows.costs, "payable_days")
        rows.lent_to_customers = rows.receivables - ledger.brought_forward(rows.receivables)
        rows.put_into_stock = rows.inventory - ledger.brought_forward(rows.inventory)
        rows.owed_to_suppliers = rows.payables - ledger.brought_forward(rows.payables)
        ledger.post(Account.WORKING_CAPITAL, rows.lent_to_customers, payer=VENTURE, payee=CUSTOMERS)
        ledger.post(Account.WORKING_CAPITAL, rows.put_into_stock, payer=VENTURE, payee=SUPPLIERS)
        ledger.post(Account.WORKING_CAPITAL, rows.owed_to_suppliers, payer=SUPPLIERS, payee=VENTURE)

        if self.movement is not None:
            rows.movement = self.given(ledger, "movement") + 0
            rows.left = rows.movement.total + 0
            stays = ledger.last * (max_(rows.left, 0 - rows.left) > ledger.trifle)
            ledger.warn(f"{self.name}_left", f"{self.heading}: the increase that is given does not come back by the end", stays)
            ledger.post(Account.WORKING_CAPITAL, rows.movement, payer=VENTURE, payee=CUSTOMERS)
        if ledger.has(Measure.BUILDING_COST, of=self.name):
            tied_up = rows.lent_to_customers + rows.put_into_stock - rows.owed_to_suppliers
            ledger.record(
                Measure.BUILDING_COST, tied_up if self.movement is None else tied_up + rows.movement, of=self.name, by=self.name
            )

    def _balance(self, ledger: Ledger, flow: Ref, days: str) -> Expr:
        periods = self.given(ledger, days) / ledger.graph.conversion("day", "year") / ledger.period_years
        return ledger.todays_money(trailing(flow, periods) * (1 - ledger.last))
