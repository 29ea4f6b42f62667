"""The accounts of every party: what it pays and receives from its own side, its value, and when it has its money back."""

from __future__ import annotations

from datetime import date
from itertools import pairwise

from jvmodel.account import Account
from jvmodel.graph import Block, Expr, Param, Ref, Row, add_up, lag, max_, power, ratio, where
from jvmodel.ledger import Ledger
from jvmodel.posting import Posting
from jvmodel.timeline import Discounting

EXCEL_DAY_NIL = date(1899, 12, 30)
"""The day that Excel's serial numbers count from."""


class PartyRows(Block):
    """What a party pays and receives, from its own side."""

    cash = Row("Net cash flow")
    factor = Row("Discount factor", unit="1")
    value = Row("Present value")
    cumulative = Row("Cumulative net cash flow", total="none")
    cumulative_value = Row("Cumulative present value", total="none")


class PaybackRows(Block):
    """Years until a party has its money back."""

    flow = Row("Flow", total="none")
    begun = Row("Money has been laid out", total="none")
    cumulative = Row("Cumulative flow", total="none")
    below = Row("Cumulative flow has been below nil", total="none")
    back = Row("Paid back", total="none")
    waited = Row("Years waited", total="sum")


def write_party_ledgers(ledger: Ledger, discount_rates: dict[str, Param]) -> None:
    """What every party pays and receives, by account, its value at its discount rate, and the check that money is conserved."""
    timeline = ledger.graph.timeline
    times = ledger.graph.fact("discounting", f"Years to the flow ({timeline.discounting} of period)", timeline.times, "year")
    if timeline.discounting is Discounting.DATES:
        serials = tuple(float((end.first_day - EXCEL_DAY_NIL).days) for end in timeline.ends)
        ledger.graph.fact("date", "Day after the period, as Excel counts days", serials, "day")
    counted = ledger.graph.fact("counted", "Ends after the valuation date", timeline.counted)
    for name, label in ledger.everybody.items():
        mine = [posting for posting in ledger.postings if name in (posting.payer, posting.payee)]
        if not mine and name not in ledger.parties:
            continue
        with ledger.graph.chapter("parties"):
            rows = PartyRows(ledger.graph, f"party.{name}", label)
            for account in Account:
                booked = [p for p in mine if p.account_of(name) is account]
                received = add_up([p.amount for p in booked if p.payee == name and p.payer != name])
                paid = add_up([p.amount for p in booked if p.payer == name and p.payee != name])
                if booked:
                    rows.define(account.value, account.label, received - paid, unit=ledger.money)
            accounts = [rows.ref(account.value) for account in Account if any(p.account_of(name) is account for p in mine)]
            if name in ledger.ventures:
                accounts = [
                    rows.ref(account.value)
                    for account in Account
                    if not account.financing and any(p.account_of(name) is account for p in mine)
                ]
                rows.define("cash", "Net cash flow before funding and distributions", add_up(accounts), unit=ledger.money)
                _balance(ledger, rows, name, mine)
            else:
                rows.define("cash", "Net cash flow", add_up(accounts), unit=ledger.money)
            rows.cumulative = lag(rows.cumulative) + rows.cash * counted
            if name in discount_rates:
                rows.factor = power(1 + discount_rates[name], 0 - times) * counted
                rows.value = rows.cash * rows.factor
                rows.cumulative_value = lag(rows.cumulative_value) + rows.value
    for name in discount_rates:
        with ledger.graph.chapter("payback"):
            rows = PartyRows(ledger.graph, f"party.{name}", ledger.everybody[name])
            _payback(ledger, f"payback.{name}", rows.cash * counted, rows.cumulative, ledger.everybody[name])
            _payback(ledger, f"discounted.{name}", rows.value, rows.cumulative_value, f"{ledger.everybody[name]}, discounted")
    _check_conservation(ledger)


def _payback(ledger: Ledger, block: str, flow: Expr, cumulative: Ref, label: str) -> None:
    """Years waited, period by period, from the first outlay until the cumulative flow is back at nil."""
    times = ledger.graph.timeline.times
    gap = ledger.graph.fact("gap", "Years since the flow before", (0.0, *(b - a for a, b in pairwise(times))), "year")
    trifle = ledger.trifle
    rows = PaybackRows(ledger.graph, block, label)
    rows.flow = flow + 0
    rows.begun = max_(lag(rows.begun), rows.flow < 0 - trifle)
    rows.below = max_(lag(rows.below), cumulative < 0 - trifle)
    rows.back = max_(lag(rows.back), where(cumulative < 0 - trifle, 0, rows.below))
    rows.cumulative = cumulative + 0
    part = ratio(0 - lag(rows.cumulative), rows.flow)
    rows.waited = gap * lag(rows.begun) * where(lag(rows.back), 0, where(rows.back, part, 1))


def _balance(ledger: Ledger, rows: PartyRows, name: str, mine: list[Posting]) -> None:
    """The venture keeps cash: its net receipts of the period add to its balance."""
    every = [rows.ref(account.value) for account in Account if any(p.account_of(name) is account for p in mine)]
    rows.define("change", "Change in cash held", add_up(every), unit=ledger.money)
    rows.define(
        "balance",
        "Cash held at the end of the period",
        ledger.brought_forward(rows.ref("balance")) + rows.ref("change"),
        total="last",
    )


def _check_conservation(ledger: Ledger) -> None:
    parties = [
        Ref(f"party.{name}.{'change' if name in ledger.ventures else 'cash'}")
        for name in ledger.everybody
        if f"party.{name}.cash" in ledger.graph.rows
    ]
    ledger.check("conservation", "Money is conserved: net cash of all parties together", add_up(parts=parties))
