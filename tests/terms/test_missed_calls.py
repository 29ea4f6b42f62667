"""Dilution: worked example 01 by every formula, its identities, a published case, conversion to a royalty, laws."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from pydantic import ValidationError
from small import by_year, rows, small

from jvmodel.model import Model
from jvmodel.report.termsheet import termsheet

DATA = Path(__file__).parent.parent / "data"
ONE = json.loads((DATA / "example_01_dilution.json").read_text(encoding="utf-8"))
PROGRAMMES = ONE["inputs"]["programmes"]


def near(expected: Any) -> Any:
    return pytest.approx(expected, rel=1e-9, abs=2e-9)


def diluted(
    paid: dict[str, Any],
    interests: dict[str, Any],
    budgets: list[float],
    covered_by: list[str],
    *terms: dict[str, Any],
    **how: Any,
) -> Model:
    return small(
        {"kind": "capital_cost", "name": "build", "amount": by_year(budgets)}, *terms,
        {"kind": "incorporated_venture", "name": "company", "interests": interests},
        {"kind": "missed_calls", "name": "dilution", "paid": paid, "covered_by": covered_by} | how,
        periods=len(budgets) + 1,
    )  # fmt: skip


def programmes(**how: Any) -> Model:
    """Bob has 40% and pays 4 of the 8 of the first programme, and nothing later."""
    paid = {"bob": {"2027": "50%", "2028": "0%", "extend": "hold"}}
    budgets = [programme["budget"] for programme in PROGRAMMES]
    return diluted(paid, {"ann": "60%", "bob": "40%"}, budgets, ["ann"], **how)


def test_straight_line() -> None:
    model, expected = programmes(formula="straight_line", account=50), ONE["expected"]["straight_line"]
    assert rows(model, "dilution.after_bob")[:4] == near([step["interest_B"] for step in expected])
    assert rows(model, "company.register.interest_bob") == near([0.4, *(step["interest_B"] for step in expected)])
    assert rows(model, "company.register.interest_ann")[1:] == near([step["interest_A"] for step in expected])


@pytest.mark.parametrize("formula", ["points", "premium", "debit"])
def test_accelerated(formula: str) -> None:
    """Debiting the account of whoever misses with the penalty is the same contract as losing points."""
    model = programmes(formula={"debit": "points"}.get(formula, formula), account=50, factor=ONE["inputs"]["factor_k"])
    expected = ONE["expected"]["accelerated_k_1_5"][formula]
    assert rows(model, "dilution.after_bob")[:4] == near([step["interest_B"] for step in expected])
    assert rows(model, "dilution.call_bob")[:4] == near([step["called_B"] for step in expected])
    assert rows(model, "dilution.missed_bob")[:4] == near([step["shortfall_B"] for step in expected])
    total = rows(model, "dilution.closing")[:4]
    for party, letter in (("ann", "A"), ("bob", "B")):
        after = rows(model, f"company.register.interest_{party}")[1:5]
        assert after == near([step[f"interest_{letter}"] for step in expected])
        accounts = [share * whole for share, whole in zip(after, total, strict=True)]
        assert accounts == pytest.approx([step[f"account_{letter}"] for step in expected], abs=2e-7)


def test_fixed_and_value_based() -> None:
    expected = ONE["expected"]
    model = programmes(formula="fixed", points=expected["programme_1_fixed_rate"]["points_per_m$"])
    assert rows(model, "dilution.after_bob")[0] == near(expected["programme_1_fixed_rate"]["interest_B"])
    model = programmes(formula="value_based", value=expected["programme_1_value_based"]["pre_money_value"])
    assert rows(model, "dilution.after_bob")[0] == near(expected["programme_1_value_based"]["interest_B"])


def test_three_partners() -> None:
    """The third pays 2 of 8; the others cover by their interests."""
    given, expected = ONE["inputs"]["three_partner"], ONE["expected"]["three_partner"]
    model = diluted(
        {"state": 0.25},
        {"ann": 0.5, "bob": 0.3, "state": 0.2},
        [given["budget"]],
        ["ann", "bob"],
        formula="straight_line",
        account=100,
    )
    for party, letter in (("ann", "A"), ("bob", "B"), ("state", "C")):
        assert rows(model, f"dilution.call_{party}")[0] == near(expected["called"][letter])
        cover = rows(model, f"dilution.cover_{party}")[0] if party != "state" else -rows(model, "dilution.missed_state")[0]
        assert expected["called"][letter] + cover == near(expected["paid"][letter])
        assert rows(model, f"company.register.interest_{party}")[1] == near(expected["new_interest"][letter])


def test_conversion_to_a_royalty() -> None:
    """Example 01: 8.57% after the fourth programme is below 10%; Ann has all of it, Bob 1.5% of revenue and no more calls."""
    paid = {"bob": {"2027": "50%", "2028": "0%", "extend": "hold"}}
    budgets = [programme["budget"] for programme in PROGRAMMES]
    plan = {"kind": "metal_plan", "name": "plan", "tonnes": {"copper": {"2030": 500, "2031": 20000, "2032": 20000}}}
    sale = {"kind": "metal_sale", "name": "sale", "metal": "copper", "made_by": "plant"}
    model = diluted(
        paid, {"ann": "60%", "bob": "40%"}, [*budgets, 0.0], ["ann"], plan, sale, formula="straight_line", account=50,
        conversion={"below": "10%", "rate": "1.5%", "cap": 4},
    )  # fmt: skip
    assert rows(model, "dilution.converted_bob") == [0, 0, 0, 1, 1, 1]
    assert rows(model, "company.register.interest_bob")[4:] == [0, 0]
    assert rows(model, "company.register.interest_ann")[4:] == [1, 1]
    assert rows(model, "dilution.royalty_bob") == near([0, 0, 0, 0, 2.7, 1.3])
    assert rows(model, "party.bob.calls")[4:] == [0, 0]


@settings(max_examples=60)
@given(
    st.lists(st.integers(1, 200).map(float), min_size=3, max_size=3), st.integers(0, 10).map(lambda n: n / 10),
    st.integers(5, 95).map(lambda n: n / 100), st.integers(100, 300).map(lambda n: n / 100),
)  # fmt: skip
def test_identities(budgets: list[float], paid: float, interest: float, factor: float) -> None:
    """Straight-line loses S/(K+C), points k times as much, premium gives own/(K+C+(k-1)S); a factor of 1 is straight-line."""
    interests = {"ann": round(1 - interest, 2), "bob": interest}
    shares = {"bob": {"2027": paid, "2028": 1, "extend": "hold"}}
    account = 80.0
    missed = budgets[0] * interest * (1 - paid)
    whole = account + budgets[0]
    straight = diluted(shares, interests, budgets, ["ann"], formula="straight_line", account=account)
    points = diluted(shares, interests, budgets, ["ann"], formula="points", account=account, factor=factor)
    premium = diluted(shares, interests, budgets, ["ann"], formula="premium", account=account, factor=factor)
    neutral = diluted(shares, interests, budgets, ["ann"], formula="points", account=account, factor=1)
    after = [rows(model, "company.register.interest_bob")[1] for model in (straight, points, premium, neutral)]
    assert after[0] == near(interest - missed / whole)
    assert after[1] == near(max(0.0, interest - factor * missed / whole))
    assert after[2] == near((interest * whole - missed) / (whole + (factor - 1) * missed))
    assert after[3] == near(after[0])
    for model in (straight, points, premium):
        assert [check.name for check in model.checks if not check.passed] == []
        assert rows(model, "company.register.interest_bob")[1:] == near([rows(model, "company.register.interest_bob")[1]] * 3)
        together = [
            a + b
            for a, b in zip(
                rows(model, "company.register.interest_ann"), rows(model, "company.register.interest_bob"), strict=True
            )
        ]
        assert together == near([1.0] * 4)


def test_the_term_sheet_prints_the_worked_example() -> None:
    page = termsheet(programmes(formula="points", account=50, factor=1.5))
    assert "points, of a call of 20 a partner with 40% pays 4 instead of 8, with 50 on all accounts" in page
    assert "its interest becomes 31.43%." in page


@pytest.mark.parametrize(
    ("how", "message"),
    [
        ({"account": 50}, "formula"),
        ({"formula": "points", "account": 50}, "formula: points needs factor"),
        ({"formula": "fixed", "points": "1%", "account": 50}, "formula: fixed has no use for account"),
        ({"formula": "points", "account": 50, "factor": 0.9}, "must be at least 1"),
    ],
)
def test_faults(how: dict[str, Any], message: str) -> None:
    with pytest.raises(ValidationError, match=message):
        programmes(**how)


def test_a_royalty_capped_by_the_account() -> None:
    """As Golden Phoenix and others have it: a share of proceeds up to 70% of the account that was converted.

    Example 01: Bob's account of 20 + 4 is 8.57% of 280; 70% of it is 16.8, paid as 8, 8 and 0.8.
    """
    paid = {"bob": {"2027": "50%", "2028": "0%", "extend": "hold"}}
    budgets = [programme["budget"] for programme in PROGRAMMES]
    income = {"kind": "other_revenue", "name": "income", "amount": {"2031": 80, "2032": 80, "2033": 80}}
    model = diluted(
        paid, {"ann": "60%", "bob": "40%"}, [*budgets, 0.0, 0.0], ["ann"], income, formula="straight_line", account=50,
        conversion={"below": "10%", "rate": "10%", "base": "revenue", "cap_of_account": "70%"},
    )  # fmt: skip
    assert rows(model, "dilution.account_bob")[3:] == near([24] * 4)
    assert rows(model, "dilution.royalty_bob")[4:] == near([8, 8, 0.8])


def test_a_royalty_in_place_of_the_interest_repays_the_carry_first() -> None:
    """Bob owes 12 when he is converted; 10% of 36 a year is set off in full until 12 are repaid (C12)."""
    carry = {
        "kind": "loan_carry",
        "name": "carry",
        "carried": "bob",
        "carriers": {"ann": "100%"},
        "rate": "0%",
        "repaid_from": "50%",
        "until": 2028,
    }
    income = {"kind": "other_revenue", "name": "income", "amount": {"2029": 36, "2030": 36, "2031": 36, "2032": 36}}
    model = diluted(
        {"bob": {"2027": 1, "2028": 0, "extend": "hold"}}, {"ann": "70%", "bob": "30%"}, [40.0, 150.0, 0.0, 0.0, 0.0], ["ann"], income, carry,
        formula="straight_line", account=0, conversion={"below": "10%", "rate": "10%", "base": "revenue"},
    )  # fmt: skip
    assert rows(model, "company.register.interest_bob")[2:] == [0, 0, 0, 0]
    assert rows(model, "carry.repayment") == near([0, 0, 3.6, 3.6, 3.6, 1.2])
    assert rows(model, "party.bob.cash") == near([0, 0, 0, 0, 0, 2.4])


def test_when_nobody_can_cover_nothing_is_missed() -> None:
    """Ann holds nothing yet: Bob pays his call after all, and interests stay whole."""
    model = diluted({"bob": 0}, {"ann": 0, "bob": 1}, [20.0], ["ann"], formula="straight_line", account=0)
    assert rows(model, "party.bob.cash") == near([-20, 0])
    assert rows(model, "company.register.interest_bob") == near([1, 1])


def test_accounts_start_at_what_an_earn_in_deems() -> None:
    """60 spent earn 60%, so that 40 is deemed of Bob (C3); missing 8 of a call of 20 then costs 8 of 120, not 8 of 80."""
    earn = {
        "kind": "earn_in",
        "name": "earn",
        "earner": "ann",
        "owner": "bob",
        "stages": [{"spend": 60, "by": 2028, "interest": "60%"}],
    }
    for deemed, whole in ((True, 120), (False, 80)):
        model = diluted(
            {"bob": {"2027": 1, "2028": 0, "extend": "hold"}}, {"ann": 0, "bob": 1}, [60.0, 20.0], ["ann"], earn, formula="straight_line",
            account=0, deemed=deemed,
        )  # fmt: skip
        assert rows(model, "company.register.interest_bob") == near([1, 0.4, 0.4 - 8 / whole])
