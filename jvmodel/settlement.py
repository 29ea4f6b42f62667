"""Provisional pricing: shipments are paid at the price of the day, and settled at that of a later month (terms.md A7)."""

from __future__ import annotations

import math

from pydantic import Field

from jvmodel.graph import Block, Expr, Given, Ref, Row, delay, lag, lead, where
from jvmodel.inputs import Months, Record, Share
from jvmodel.ledger import Ledger


class ProvisionalPricing(Record):
    """When the final price is fixed, and what is paid until then."""

    months: Months = Field(gt=0, le=12)
    """Months from shipment to the final price"""
    provisional: Share = 1.0
    """Share of the provisional value that is paid at shipment"""


class Settlement(Block):
    """Settlement at the final price."""

    market = Row("Price, in nominal money", total="none")
    final = Row("Price of the quotational period", total="none")
    provisional = Row("Provisional payment")
    balance = Row("Balance to be settled on shipments of the period")
    settled = Row("Balance settled")
    outstanding = Row("Balance outstanding", total="last")
    value = Row("Received for shipments")


def settled(
    ledger: Ledger, name: str, title: str, terms: ProvisionalPricing, months: Expr, share: Expr, sold: Expr, price: Ref
) -> Ref:
    """Money received for `sold` (mass) at `price`: provisional now, the balance when the final price is known.

    Beyond the end of the model the last price holds, and everything is settled in the last period. What is owed keeps its face
    value, so all but the last row is in nominal money.
    """
    rows = Settlement(ledger.graph, name, f"{title}: settlement")
    periods = months / ledger.months
    nominal = ledger.face_value(price)
    if nominal != price:
        rows.market = nominal
        price = rows.market
    rows.final = _ahead(ledger, rows, price, periods, terms.months / (12 * ledger.graph.timeline.years))
    rows.provisional = ledger.in_money(sold * price) * share
    rows.balance = ledger.in_money(sold * rows.final) - rows.provisional
    rows.settled = where(ledger.last, lag(rows.outstanding) + rows.balance, delay(rows.balance, periods))
    rows.outstanding = lag(rows.outstanding) + rows.balance - rows.settled
    rows.value = ledger.todays_money(rows.provisional + rows.settled)
    return rows.value


def _ahead(ledger: Ledger, rows: Settlement, price: Ref, periods: Expr, reach: float) -> Expr:
    """The price so many periods ahead, between two periods in proportion."""
    prices: list[Ref] = [price]
    for step in range(1, math.ceil(reach) + 1):
        before = prices[-1]
        label = f"Price {step} period{'s' if step > 1 else ''} ahead"
        prices.append(rows.define(f"ahead_{step}", label, where(ledger.last, before, lead(before)), total="none"))
    whole = math.ceil(reach) - 1
    gone = ledger.graph.given(Given(f"time.periods_{whole}", f"{whole} whole periods", float(whole), source="time"))
    part = periods - gone
    return prices[whole] * (1 - part) + prices[whole + 1] * part
