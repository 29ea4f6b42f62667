"""Closure by hand: provision, fund and bond; each against a loop, and what is refused."""

from __future__ import annotations

from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from pydantic import ValidationError
from small import by_year, rows, small

OWNER = {"kind": "incorporated_venture", "name": "company", "interests": {"ann": "100%"}}
CLOSURE: dict[str, Any] = {"kind": "closure", "name": "closure", "cost": 40, "phasing": {"2030": "100%"}}


def mine(ore: list[float]) -> dict[str, Any]:
    years = {str(2027 + number): "1%" for number in range(len(ore))}
    return {"kind": "mine_plan", "name": "mine", "ore": by_year(ore), "grades": {"copper": years}}


@settings(max_examples=25)
@given(
    st.lists(st.integers(0, 9).map(float), min_size=4, max_size=4).filter(any), st.integers(0, 12), st.integers(0, 12), st.booleans()
)  # fmt: skip
def test_a_fund_is_just_enough(ore: list[float], interest: int, inflation: int, to_the_end: bool) -> None:
    """A loop finds the contribution a tonne from future values: k = target / sum of tonnes x (1 + i)^(T - t)."""
    i, rises = interest / 100, inflation / 100
    spent = {"2031": "60%", "2032": "40%"} if to_the_end else {"2031": "100%"}
    model = small(
        mine(ore), CLOSURE | {"phasing": spent, "secured_by": "fund", "fund_interest": i}, OWNER, periods=6, inflation=rises
    )  # fmt: skip
    target = {4: 40 * (0.6 if to_the_end else 1) * (1 + rises) ** 5, 5: (16 if to_the_end else 0) * (1 + rises) ** 6}
    value_of_target = target[4] * (1 + i) + target[5]
    each = value_of_target / sum(tonnes * (1 + i) ** (5 - year) for year, tonnes in enumerate(ore))
    balance = 0.0
    for year in range(6):
        paid_in = each * ore[year] if year < 4 else 0.0
        balance = balance * (1 + i) + paid_in - target.get(year, 0.0)
        assert rows(model, "closure.fund.contribution")[year] == pytest.approx(paid_in, abs=1e-7)
        assert rows(model, "closure.fund.closing")[year] == pytest.approx(balance, abs=1e-7)
    assert rows(model, "closure.fund.closing")[-1] == pytest.approx(0, abs=1e-7)
    assert all(check.passed for check in model.checks)


def test_a_fund_built_up_by_the_year() -> None:
    """40 over three years of operation, the first of them half: 40 / 2.5 = 16 a year."""
    model = small(
        CLOSURE | {"secured_by": "fund", "accrued_by": "time"}, OWNER, phases={"operation": {"start": "2027-07", "end": 2030}}
    )  # fmt: skip
    assert rows(model, "closure.fund.contribution") == [8, 16, 16, 0]
    assert rows(model, "closure.fund.withdrawn") == [0, 0, 0, 40]
    assert rows(model, "closure.accrued") == [8, 16, 16, 0]
    assert rows(model, "party.venture.closure") == [-8, -16, -16, 0]


def test_a_fund_that_comes_too_late_fails_its_check() -> None:
    """Half the ore is mined after closure is paid for: the fund has 20 of 40, and gives the rest back at the end."""
    model = small(mine([0, 1, 1, 0]), CLOSURE | {"phasing": {"2028": "100%"}, "secured_by": "fund"}, OWNER)
    assert rows(model, "closure.fund.withdrawn") == [0, 20, 0, 20]
    assert [check.name for check in model.checks if not check.passed] == ["closure_is_funded"]


def test_closure_costs_once_whatever_secures_it() -> None:
    """Without interest, the venture's closure account adds up to the cost, and so do the deductions."""
    tax = {
        "kind": "corporate_tax",
        "name": "tax",
        "rate": "30%",
        "holder": "state",
        "depreciation": {"plant": {"method": "immediate"}},
    }
    for more in ({}, {"secured_by": "bond"}, {"secured_by": "fund"}, {"secured_by": "fund", "tax_relief": "contribution"}):
        model = small(mine([1, 2, 1]), CLOSURE | more, tax, OWNER | {"dividend_test": "retained_earnings"})
        assert sum(rows(model, "party.venture.closure")) == pytest.approx(-40)
        assert sum(rows(model, "tax.closure")) == pytest.approx(40)
        assert sum(rows(model, "company.earnings.profit")) == pytest.approx(-40)


def test_a_provision_grows_at_the_rate_of_the_liability() -> None:
    """121 to be spent at the end of 2030, 10% a year: 1, 1 and 2 t of ore at 121 / (1.331 + 1.21 + 2.2) a tonne."""
    model = small(mine([1, 1, 2]), CLOSURE | {"cost": 121, "liability_rate": "10%"}, OWNER)
    each = 121 / (1.331 + 1.21 + 2 * 1.1)
    provision = [each, each * 2.1, (each * 2.1) * 1.1 + 2 * each, 0]
    assert rows(model, "closure.accrued") == pytest.approx([each, each, 2 * each, 0])
    assert rows(model, "closure.unwound") == pytest.approx([0, each * 0.1, each * 0.21, 11])
    assert rows(model, "closure.provision") == pytest.approx(provision, abs=1e-8)
    assert sum(rows(model, "closure.expense")) == pytest.approx(121)
    assert rows(model, "party.venture.cash") == [0, 0, 0, -121]


def test_without_ore_closure_is_charged_when_it_is_spent() -> None:
    model = small(CLOSURE, OWNER)
    assert rows(model, "closure.accrued") == [0, 0, 0, 40]
    assert rows(model, "closure.provision") == [0, 0, 0, 0]


def test_a_bond_covers_what_closure_would_cost_today() -> None:
    """100 of base-date money, inflation 10%, half paid for in 2029: cover 110, 121, 133.1, then 73.205."""
    bond = CLOSURE | {"cost": 100, "phasing": {"2029": "50%", "2030": "50%"}, "secured_by": "bond", "bond_fee": "2%"}
    model = small(bond, OWNER, inflation="10%", phases={"operation": {"start": 2028}})
    assert rows(model, "closure.bond.cover") == pytest.approx([110, 121, 133.1, 73.205])
    assert rows(model, "closure.bond.fee") == pytest.approx([0, 2.42, 2.662, 1.4641])
    assert rows(model, "party.banks.cash") == rows(model, "closure.bond.fee")


REFUSED: list[tuple[dict[str, Any], str]] = [
    ({"phasing": {"2029": "50%", "2030": "40%"}}, "shares add up to 90%; they must add up to 100%"),
    ({"phasing": {"2030-H1": "100%"}}, "'2030-H1' is not a year; give shares by calendar year, such as 2027: 60%"),
    ({"phasing": None}, "say when it is spent: phasing (shares by year) or during (a phase), one of the two"),
    ({"during": "operation"}, "say when it is spent: phasing (shares by year) or during (a phase), one of the two"),
    ({"tax_relief": "contribution"}, "tax_relief: contribution goes with secured_by: fund"),
]  # fmt: skip


@pytest.mark.parametrize(("change", "message"), REFUSED)
def test_refused(change: dict[str, Any], message: str) -> None:
    with pytest.raises(ValidationError) as error:
        small(CLOSURE | change, OWNER)
    assert [one["msg"] for one in error.value.errors()] == [message]
