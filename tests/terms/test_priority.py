"""What ranks between lenders and dividends: subordinated payments, shareholder loans, capital reductions (terms.md F1, F2)."""

from __future__ import annotations

from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from pydantic import ValidationError
from small import by_year, rows, small

from jvmodel.model import Model


def near(expected: Any) -> Any:
    return pytest.approx(expected, rel=1e-9, abs=2e-9)


def company(spent: list[float], income: list[float], *terms: dict[str, Any], **how: Any) -> Model:
    return small(
        {"kind": "capital_cost", "name": "build", "amount": by_year(spent)}, {"kind": "other_revenue", "name": "income", "amount": by_year(income)},
        {"kind": "corporate_tax", "name": "tax", "rate": "25%", "holder": "state", "depreciation": {"plant": {"method": "straight_line", "life": 4, "start": "spending"}}},
        {"kind": "incorporated_venture", "name": "company", "interests": {"ann": "60%", "bob": "40%"}} | how, *terms, periods=len(spent),
    )  # fmt: skip


def whole(model: Model) -> None:
    assert [check.name for check in model.checks if not check.passed] == []


FEE = {"payee": "ann", "amount": {"2028": 6, "2029": 6}}


def test_a_subordinated_fee_rolls_with_interest_or_lapses() -> None:
    """4 of the 6 is there in 2028; 2 is owed on at 10%, so that 8.2 is due in 2029, or just 6 where it lapses."""
    rolls = company([40, 0, 0, 0], [0, 4, 30, 30], subordinated={"fee": FEE | {"rate": "10%"}})
    assert rows(rolls, "company.fee.paid") == near([0, 4, 8.2, 0])
    assert rows(rolls, "company.fee.closing") == near([0, 2, 0, 0])
    assert rows(rolls, "party.ann.subordinated") == near([0, 4, 8.2, 0])
    lapses = company([40, 0, 0, 0], [0, 4, 30, 30], subordinated={"fee": FEE | {"unpaid": "lapses"}})
    assert rows(lapses, "company.fee.paid") == near([0, 4, 6, 0])
    # income 30 less depreciation 10 less the fee of 6.2 charged in 2029; losses of 2027 and 2028 of 10 and 12 come off first
    assert rows(rolls, "tax.income") == near([-10, -12, 13.8, 20])
    assert rows(lapses, "tax.income") == near([-10, -12, 16, 20])
    whole(rolls)
    whole(lapses)


def test_lines_are_paid_in_their_order_before_shareholder_loans() -> None:
    """Of 30: the royalty of 3, the fee of 6, then the loan's interest and principal."""
    lines = {"royalty": {"payee": "state", "of_revenue": "10%"}, "fee": {"payee": "ann", "amount": {"2028": 6}}}
    model = company([40, 0, 0], [0, 30, 30], subordinated=lines, shareholder_loans={"share": "50%", "rate": "10%"})
    assert rows(model, "company.royalty.paid") == near([0, 3, 3])
    assert rows(model, "company.fee.left")[1] == near(21)
    assert rows(model, "company.loans.repaid")[1] == near(19)
    whole(model)


def test_trapped_cash_is_returned_after_a_procedure() -> None:
    """Depreciation of 10 a year keeps 10 of each year's income back; after a year it is returned as share capital, at 2% cost."""
    plain = company([40, 0, 0, 0, 0, 0], [0, 20, 20, 20, 0, 0], dividend_test="retained_earnings")
    assert rows(plain, "company.trapped") == near([0, 20, 30, 40, 40, 40])
    model = company(
        [40, 0, 0, 0, 0, 0],
        [0, 20, 20, 20, 0, 0],
        dividend_test="retained_earnings",
        capital_reduction={"after": 12, "cost": "2%"},
    )
    assert rows(model, "company.returned") == near([0, 0, 20, 10, 10, 0])
    assert rows(model, "company.trapped") == near([0, 20, 10, 10, 0, 0])
    assert rows(model, "party.bob.own_cost") == near([0, 0, -0.16, -0.08, -0.08, 0])
    assert rows(model, "company.capital") == near([40, 40, 20, 10, 0, 0])
    whole(model)


money = st.lists(st.integers(0, 120).map(float), min_size=6, max_size=6)


@settings(max_examples=60)
@given(money, money, st.sampled_from([0, 6, 12, 30]), st.sampled_from(["rolls", "lapses"]))
def test_the_balance_sheet_balances_whatever_ranks_where(
    spent: list[float], income: list[float], after: float, unpaid: str
) -> None:
    lines = {
        "royalty": {"payee": "state", "of_revenue": "5%", "unpaid": unpaid},
        "fee": {"payee": "ann", "amount": 3, "rate": "8%"},
    }
    model = company(
        spent, income, dividend_test="retained_earnings", capital_reduction={"after": after, "cost": "1%"}, subordinated=lines,
        shareholder_loans={"share": "40%", "rate": "9%"}, minimum_cash=2,
    )  # fmt: skip
    whole(model)
    assert model.run.single("company.trapped").min() >= -1e-9


def test_what_is_refused() -> None:
    with pytest.raises(ValidationError, match="capital_reduction frees trapped cash"):
        company([40, 0], [0, 60], capital_reduction={"after": 12})
    with pytest.raises(ValidationError, match="give amount, of_revenue or of_costs"):
        company([40, 0], [0, 60], subordinated={"fee": {"payee": "ann"}})


@pytest.mark.parametrize("right", ["sale", "buy_sell"])
def test_loans_go_along_with_the_interest(right: str) -> None:
    """At the rate of fair value, buyer and seller are as well off after the sale of a third of an interest as before."""
    term = {"kind": "interest_option", "name": "sale", "right": right, "buyer": "bob", "seller": "ann", "interest": "20%", "date": 2028,
            "of_value": "100%", "value_rate": "10%"}  # fmt: skip
    spent, income, loans = [60.0, 40.0, 0.0, 0.0, 0.0], [0.0, 10.0, 50.0, 80.0, 70.0], {"share": "50%", "rate": "8%"}
    before, after = company(spent, income, shareholder_loans=loans), company(spent, income, term, shareholder_loans=loans)
    for party in ("ann", "bob"):
        assert sum(rows(after, f"party.{party}.value")) == near(sum(rows(before, f"party.{party}.value")))
    moved = rows(before, "company.loans.closing_ann")[1] * 0.2 / 0.6
    if right == "sale":
        assert rows(after, "company.loans.closing_bob")[1] == near(rows(before, "company.loans.closing_bob")[1] + moved)
    total = [sum(pair) for pair in zip(*(rows(after, f"company.loans.closing_{one}") for one in ("ann", "bob")), strict=True)]
    assert total == near(rows(after, "company.loans.closing"))
    whole(after)


def test_a_defaulter_that_is_bought_out_hands_its_loans_over() -> None:
    term = {"kind": "default_remedy", "name": "default", "defaulter": "bob", "others": ["ann"], "paid": {"2027": 1, "2028": 0, "extend": "hold"},
            "remedy": "buy_out", "discount": "0%", "value_rate": "10%"}  # fmt: skip
    model = company([60, 40, 0, 0], [0, 0, 90, 90], term, shareholder_loans={"share": "50%", "rate": "8%"})
    assert rows(model, "company.loans.closing_bob") == near([12, 0, 0, 0])
    assert rows(model, "company.loans.closing_ann")[1] == near(rows(model, "company.loans.closing")[1])
    whole(model)
