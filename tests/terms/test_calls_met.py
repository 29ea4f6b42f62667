"""Calls that several clauses would pay: each is met once, in the order of terms.md 0.12, and nobody gains from being called."""

from __future__ import annotations

from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from small import company as with_company
from small import rows

from jvmodel.model import Model

THREE = {"ann": "50%", "bob": "30%", "state": "20%"}


def near(expected: Any) -> Any:
    return pytest.approx(expected, rel=1e-9, abs=2e-9)


def venture(
    *terms: dict[str, Any], spent: list[float], income: list[float], interests: dict[str, Any] = THREE, **company: Any
) -> Model:
    return with_company(interests, *terms, spent=spent, income=income, **company)


def whole(model: Model) -> None:
    assert [check.name for check in model.checks if not check.passed] == []


FREE = {"kind": "free_carry", "carried": "bob"}
LOAN = {"kind": "loan_carry", "carried": "bob", "rate": "8%", "repaid_from": "80%"}
MISSED = {"kind": "missed_calls", "paid": {"bob": "0%"}, "covered_by": ["ann"], "formula": "straight_line", "account": 100}
SPENT, INCOME = [60.0, 40.0, 0.0, 0.0], [0.0, 0.0, 50.0, 80.0]


def test_two_carries_of_one_rank_share_the_call() -> None:
    """18 and 12 are called; each carrier pays half, not both all of it."""
    model = venture(FREE | {"carriers": {"ann": "100%"}}, FREE | {"carriers": {"state": "100%"}}, spent=SPENT, income=INCOME)
    assert rows(model, "party.bob.cash") == near([0, 0, 15, 24])
    assert rows(model, "party.state.cash")[:2] == near([-12 - 9, -8 - 6])
    whole(model)


def test_the_first_carry_has_the_first_call_up_to_its_cap() -> None:
    """Ann carries up to 20, the state what is beyond that: 18 and 2, then 10."""
    model = venture(
        FREE | {"carriers": {"state": "100%"}, "priority": 2},
        FREE | {"carriers": {"ann": "100%"}, "cap": 20},
        spent=SPENT,
        income=INCOME,
    )
    assert rows(model, "clause1.carried") == near([18, 2, 0, 0])
    assert rows(model, "clause0.carried") == near([0, 10, 0, 0])
    whole(model)


def test_two_loans_are_repaid_in_their_rank_out_of_one_distribution() -> None:
    """9 and 6 each; 80% of 15 goes to the first, what is left of the 15 to the second, and nothing is paid that is not there."""
    model = venture(
        LOAN | {"carriers": {"ann": "100%"}, "share": "50%", "priority": 1}, LOAN | {"carriers": {"state": "100%"}, "share": "50%", "priority": 2},
        spent=SPENT, income=INCOME,
    )  # fmt: skip
    assert rows(model, "clause0.repayment")[2] == near(12)
    assert rows(model, "clause1.repayment")[2] == near(3)
    owed = [(9 * 1.08 + 6) * 1.08 - paid for paid in (12.0, 3.0)]
    assert rows(model, "clause0.closing")[2] == near(owed[0])
    assert rows(model, "clause1.closing")[2] == near(owed[1])
    first = min(0.8 * 24, owed[0] * 1.08)
    assert rows(model, "clause0.repayment")[3] == near(first)
    assert rows(model, "clause1.repayment")[3] == near(min(24 - first, 0.8 * 24, owed[1] * 1.08))
    whole(model)


def test_what_is_carried_is_not_missed() -> None:
    """Half of each call is carried, so that half is left to be missed: 9 of 160, then 6 of what is left."""
    model = venture(FREE | {"carriers": {"state": "100%"}, "share": "50%"}, MISSED, spent=SPENT, income=INCOME)
    assert rows(model, "clause1.missed") == near([9, 6 - 9 / 160 * 40 / 2, 0, 0])
    assert rows(model, "company.register.interest_bob")[1] == near((0.3 * 100 + 9) / 160)
    assert rows(model, "party.bob.cash")[:2] == near([0, 0])
    whole(model)


def test_late_interest_is_owed_on_what_is_paid() -> None:
    late = {"kind": "late_calls", "partner": "bob", "bridged_by": ["ann"], "months": 6, "rate": "10%"}
    model = venture(MISSED | {"paid": {"bob": "25%"}}, late, spent=SPENT, income=INCOME)
    assert rows(model, "clause1.interest")[0] == near(18 * 0.25 * 0.05)


def test_a_partner_that_neither_misses_nor_covers_counts_in_the_accounts() -> None:
    """Straight-line: Bob has (30 + 0) of 100 + 60, then of 200; the state, which pays its own calls, keeps 20%."""
    model = venture(MISSED, spent=SPENT, income=INCOME)
    assert rows(model, "company.register.interest_bob") == near([0.3, 30 / 160, 30 / 200, 30 / 200])
    assert rows(model, "company.register.interest_state") == near([0.2] * 4)
    whole(model)


def test_more_than_is_held_cannot_be_given_away() -> None:
    gone = {"kind": "reversion", "giver": "bob", "taker": "ann", "interest": "25%", "date": 2028}
    model = venture(gone, gone | {"taker": "state"}, spent=SPENT, income=INCOME)
    assert [check.name for check in model.checks if not check.passed] == ["interests_held"]


def test_whoever_covers_holds_the_loan_and_the_capital() -> None:
    """Half of calls is lent: Ann holds 18 + 12 and the 8 that were part of Bob's missed 16; her capital account the same."""
    tiers = {"capital": {"kind": "return_of_capital"}, "rest": {"kind": "rest"}}
    model = venture(
        MISSED | {"paid": {"bob": {"2027": 1, "2028": 0, "extend": "hold"}}},
        {"kind": "waterfall", "investors": ["ann"], "sponsor": "bob", "tiers": tiers},
        spent=SPENT, income=INCOME, interests={"ann": "60%", "bob": "40%"}, shareholder_loans={"share": "50%", "rate": "0%"},
    )  # fmt: skip
    assert rows(model, "company.loans.closing_ann")[:2] == near([18, 38])
    assert rows(model, "company.loans.closing_bob")[:2] == near([12, 12])
    assert rows(model, "clause1.capital.after_ann")[:2] == near([18, 38])
    assert sum(rows(model, "company.loans.principal_ann")) == near(38)
    whole(model)


EARN = {"kind": "earn_in", "earner": "ann", "owner": "bob", "stages": [{"spend": 70, "by": 2030, "interest": "20%"}]}
KIND = {
    "kind": "in_kind_contribution",
    "contributor": "bob",
    "others": ["ann", "state"],
    "credited": 30,
    "fair_value": 30,
    "date": 2027,
}
EVERY: list[dict[str, Any]] = [
    EARN, KIND, FREE | {"carriers": {"ann": "50%", "state": "50%"}, "share": "60%"}, LOAN | {"carriers": {"ann": "100%"}, "share": "70%"},
    MISSED | {"paid": {"bob": "30%"}}, LOAN | {"carriers": {"state": "100%"}, "priority": 2},
]  # fmt: skip
amounts = st.lists(st.integers(0, 90).map(float), min_size=6, max_size=6)


@settings(max_examples=80)
@given(st.lists(st.sampled_from(range(len(EVERY))), unique=True), amounts, amounts)
def test_no_call_is_met_twice(chosen: list[int], spent: list[float], income: list[float]) -> None:
    """Whatever clauses pay Bob's calls: together no more than is called, and he never repays more than he receives."""
    model = venture(*(EVERY[one] for one in chosen), spent=spent, income=income)
    run = model.run
    accounts = ("calls", "earn_in", "in_kind", "carry_advance", "cover")
    left = sum(run.single(f"party.bob.{one}") for one in accounts if f"party.bob.{one}" in model.graph.rows)
    assert left.max() <= 1e-9, "nobody gains from being called"
    if "party.bob.carry_repayment" in model.graph.rows:
        assert (run.single("party.bob.dividends") + run.single("party.bob.carry_repayment")).min() >= -1e-9
    whole(model)


def told(model: Model) -> list[str]:
    return [one.name for one in model.warnings]


def test_what_is_never_repaid_is_told() -> None:
    """A carry, a default loan and shareholder loans that income does not repay; a credit that calls do not use."""
    poor = [0.0, 0.0, 1.0, 1.0]
    carried = venture(LOAN | {"carriers": {"ann": "100%"}}, spent=SPENT, income=poor)
    assert told(carried) == ["clause0_unpaid"]
    assert carried.warnings[0].label == "Clause0: Bob has not repaid it all by the end; the rest is written off"
    whole(carried)
    assert told(venture(LOAN | {"carriers": {"ann": "100%"}, "repaid_from": "0%"}, spent=SPENT, income=INCOME)) == [
        "clause0_unpaid",
        "clause0_never_repaid",
    ]
    default = {"kind": "default_remedy", "defaulter": "bob", "others": ["ann"], "paid": 0, "remedy": "loan", "rate": "10%"}
    assert told(venture(default, spent=SPENT, income=poor)) == ["clause0_unpaid"]
    assert told(venture(spent=SPENT, income=poor, shareholder_loans={"share": "50%", "rate": "8%"})) == ["company_loans_unpaid"]
    assert told(venture(KIND | {"credited": 200}, spent=SPENT, income=INCOME)) == ["clause0_unused"]
    assert told(venture(LOAN | {"carriers": {"ann": "100%"}}, spent=SPENT, income=[0.0, 0.0, 150.0, 150.0])) == []
