"""Working capital against a loop over earlier periods, in nominal and in real models; it always comes back."""

from __future__ import annotations

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from small import by_year, rows, small

OWNER = {"kind": "incorporated_venture", "name": "company", "interests": {"ann": "100%"}}
amounts = st.lists(st.integers(0, 300).map(float), min_size=5, max_size=5)


def held(flow: list[float], days: float) -> list[float]:
    """The balance: this year's flow first, then earlier years' in turn, until the days are used up; nothing at the end."""
    balances = []
    for year in range(len(flow)):
        left, balance, back = days / 365, 0.0, year
        while left > 0 and back >= 0:
            balance += flow[back] * min(left, 1)
            left, back = left - 1, back - 1
        balances.append(balance if year < len(flow) - 1 else 0.0)
    return balances


@settings(max_examples=25)
@given(amounts, amounts, st.integers(0, 900), st.integers(0, 900), st.integers(0, 900))
def test_balances_by_a_loop(income: list[float], costs: list[float], receivable: int, inventory: int, payable: int) -> None:
    days = {"receivable_days": receivable, "inventory_days": inventory, "payable_days": payable}
    terms = [
        {"kind": "other_revenue", "name": "income", "amount": by_year(income)},
        {"kind": "operating_cost", "name": "costs", "amount": by_year(costs)},
        {"kind": "working_capital", "name": "wc"} | days, OWNER,
    ]  # fmt: skip
    model = small(*terms, periods=5)
    for row, flow, kind in (
        ("receivables", income, "receivable"),
        ("inventory", costs, "inventory"),
        ("payables", costs, "payable"),
    ):
        assert rows(model, f"wc.{row}") == pytest.approx(held(flow, days[f"{kind}_days"]), abs=1e-8)
    assert sum(rows(model, "party.venture.working_capital")) == pytest.approx(0, abs=1e-7)
    assert all(check.passed for check in model.checks)


def test_example_23_working_capital() -> None:
    """terms.md example 23: 45 days of revenue, 30 days of opex, settled in year 8; outflows as published there."""
    revenue, opex = [0, 0, 100, 130, 130, 120, 110, 90], [0, 0, 45, 50, 50, 50, 48, 45]
    model = small(
        {"kind": "other_revenue", "name": "income", "amount": by_year(revenue)},
        {"kind": "operating_cost", "name": "costs", "amount": by_year(opex)},
        {"kind": "working_capital", "name": "wc", "receivable_days": 45, "payable_days": 30}, OWNER, periods=8,
    )  # fmt: skip
    expected = [0, 0, 8.630136986, 3.287671233, 0, -1.232876712, -1.068493151, -9.616438356]
    assert [-flow for flow in rows(model, "party.venture.working_capital")] == pytest.approx(expected, rel=1e-9, abs=2e-9)


def test_only_customers_owe_receivables() -> None:
    """60 of the 100 a year come from a party of the deal, which pays at once."""
    model = small(
        {"kind": "other_revenue", "name": "market", "amount": 40},
        {"kind": "other_revenue", "name": "toll", "amount": 60, "payer": "bob"},
        {"kind": "working_capital", "name": "wc", "receivable_days": 73}, OWNER,
    )  # fmt: skip
    assert rows(model, "wc.receivables") == [8, 8, 8, 0]
    assert rows(model, "party.customers.cash") == [-32, -40, -40, -48]
    assert rows(model, "party.bob.cash") == [-60] * 4
