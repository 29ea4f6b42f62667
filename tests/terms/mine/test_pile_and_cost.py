"""Ore taken back from the pile, a pile of a mine that stops, unit costs over the life, reserves in cover."""

from __future__ import annotations

from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from pydantic import ValidationError
from small import by_year, rows, small

from jvmodel.report.summary import payback_from_production

OWNER = {"kind": "incorporated_venture", "name": "company", "interests": {"ann": "100%"}}
ORE = {
    "kind": "mine_plan",
    "name": "mine",
    "ore": by_year([300, 300, 0, 0]),
    "grades": {"copper": {str(year): "10%" for year in range(2027, 2031)}},
}
PILE = {"kind": "stockpile", "name": "pile", "capacity": 200, "availability": "100%", "metals": ["copper"]}
PLANT = {"kind": "plant", "name": "plant", "recovery": {"copper": "90%"}, "feed": "stockpile"}
SALE = {"kind": "metal_sale", "name": "sale", "metal": "copper", "made_by": "plant"}


def near(expected: Any) -> Any:
    return pytest.approx(expected, rel=1e-9, abs=1e-9)


def test_taking_ore_back_costs() -> None:
    """300 and 300 t mined, 200 t milled a year: 100 and 100 t are put by, and taken back at 1,000 USD each in the third year."""
    model = small(ORE, PILE | {"reclaim_cost": 1000}, PLANT, SALE, OWNER, periods=4)
    assert rows(model, "pile.closing") == [100, 200, 0, 0]
    assert rows(model, "pile.reclaimed") == [0, 0, 200, 0]
    assert rows(model, "pile.reclaim_cost") == near([0, 0, 0.2, 0])
    assert all(check.passed for check in model.checks)


def test_ore_left_at_the_end_has_a_value_or_fails_a_check() -> None:
    """Two years of 300 t mined and 200 t milled leave 200 t; at 50 USD each, with 10% of inflation from 2027 on, 0.01 x 1.1."""
    short: dict[str, Any] = {
        "periods": 2,
        "inflation": "10%",
        "prices": {"copper": {"unit": "USD/t", "flat": 9000, "basis": "nominal"}},
    }
    valued = small(ORE, PILE | {"final_value": 50}, PLANT, SALE, OWNER, **short)
    grown = float(valued.run.single("prices.index")[1])
    assert rows(valued, "pile.left") == [0, 200]
    assert rows(valued, "pile.left_value") == near([0, 0.01 * grown])
    assert rows(valued, "party.venture.cash") == near([0.162, 0.162 + 0.01 * grown])
    assert rows(valued, "party.customers.cash")[1] == near(-0.162 - 0.01 * grown)
    assert all(check.passed for check in valued.checks)
    assert [check.name for check in small(ORE, PILE, PLANT, SALE, OWNER, **short).checks if not check.passed] == [
        "pile_is_used_up"
    ]
    assert rows(small(ORE, PILE | {"final_value": 50}, PLANT, SALE, OWNER, periods=4), "pile.left_value") == [0, 0, 0, 0]


@settings(max_examples=25)
@given(st.lists(st.integers(0, 600), min_size=5, max_size=5), st.integers(50, 400), st.integers(0, 200), st.sampled_from([1, 4]))
def test_what_is_left_by_a_loop(ore: list[int], capacity: int, value: int, each: int) -> None:
    """Ore in, ore milled, what is left at the end, by year and by quarter."""
    mine = ORE | {
        "ore": by_year([float(one) for one in ore]),
        "grades": {"copper": {str(year): "10%" for year in range(2027, 2032)}},
    }
    model = small(mine, PILE | {"capacity": capacity, "final_value": value}, PLANT, SALE, OWNER, periods=5 * each,
                  timeline={"step": "year" if each == 1 else "quarter"})  # fmt: skip
    pile = milled = 0.0
    for t in range(5 * each):
        fed = min(pile + ore[t // each] / each, capacity / each)
        pile, milled = pile + ore[t // each] / each - fed, milled + fed
    assert model.run.single("pile.left_value").sum() == pytest.approx(pile * value / 1e6, abs=1e-12)
    assert model.run.single("party.venture.revenue").sum() == pytest.approx(milled * 0.09 * 0.009 + pile * value / 1e6, rel=1e-9)


def test_a_pile_is_left_when_the_mine_stops() -> None:
    """Costs of 0.5 are above sales of 0.162 (18 t at 9,000): the mine stops after its first year, and mills nothing more."""
    model = small(ORE, PILE, PLANT, SALE, {"kind": "operating_cost", "name": "costs", "amount": 0.5}, {"kind": "cut_off", "name": "rule"},
                  OWNER, periods=4)  # fmt: skip
    assert rows(model, "pile.fed") == [200, 0, 0, 0]
    assert rows(model, "party.venture.cash") == near([0.162 - 0.5, 0, 0, 0])
    assert all(check.passed for check in model.checks)


def test_unit_costs_over_the_life() -> None:
    """Costs of 5 and 7 on 1,000 and 2,000 t: 5,000 and 3,500 USD a tonne, 4,000 over the life; with 3 of renewal 5,000."""
    model = small(
        {"kind": "metal_plan", "name": "plan", "tonnes": {"copper": {"2027": 1000, "2028": 2000}}}, SALE,
        {"kind": "operating_cost", "name": "costs", "amount": {"2027": 5, "2028": 7}},
        {"kind": "sustaining_capital", "name": "renewal", "amount": {"2028": 3}}, {"kind": "cost_report", "name": "report", "lead": "copper"},
        OWNER, periods=2,
    )  # fmt: skip
    assert rows(model, "report.c1") == near([5000, 3500])
    assert rows(model, "report.life_c1") == near([4000, 4000])
    assert rows(model, "report.life_aisc") == near([5000, 5000])


def test_cash_in_reserve_may_count_in_cover() -> None:
    """40 over 4 years at 0%: cash of 20 a year is worth 80, a cover of 2; with the reserve of 5 in hand 2.125."""
    terms = [
        {"kind": "capital_cost", "name": "build", "amount": {"2027": 80}}, {"kind": "other_revenue", "name": "income", "amount": by_year([0, 20, 20, 20, 20])},
        {"kind": "senior_loan", "name": "loan", "lender": "bob", "amount": 40, "profile": "equal", "base_rate": "0%", "tenor": 4},
        {"kind": "reserve_account", "name": "reserve", "months": 6}, OWNER,
    ]  # fmt: skip
    tests = {"kind": "covenants", "name": "tests", "lock_up": 1, "default": 1, "llcr": 1, "rate": "0%"}
    phases = {"construction": {"start": 2027, "end": 2028}, "operation": {"start": 2028}}
    alone = small(*terms, tests, periods=5, phases=phases)
    counted = small(*terms, tests | {"reserves_count": True}, periods=5, phases=phases)
    assert rows(alone, "tests.llcr")[1] == near(2)
    assert rows(counted, "tests.llcr")[1] == near(85 / 40)


def test_payback_from_first_production() -> None:
    """100 spent in 2027, 40 a year earned from 2028 on: the money is back in the middle of 2030, 2.5 years after it begins."""
    build = {"kind": "capital_cost", "name": "build", "amount": {"2027": 100}}
    income = {"kind": "other_revenue", "name": "income", "amount": by_year([0, 40, 40, 40, 40])}
    phases = {"construction": {"start": 2027, "end": 2028}, "operation": {"start": 2028}}
    assert payback_from_production(small(build, income, OWNER, periods=5, phases=phases)) == near(2.5)
    later = phases | {"operation": {"start": "2028-07"}}
    assert payback_from_production(small(build, income, OWNER, periods=5, phases=later)) == near(2.0)
    thin = income | {"amount": by_year([0, 20, 20, 20, 20])}
    assert payback_from_production(small(build, thin, OWNER, periods=5, phases=phases)) is None, "it never has its money back"
    assert payback_from_production(small(build, income, OWNER, periods=5)) is None, "no phase says when it begins"


def test_a_phase_ends_after_it_begins() -> None:
    with pytest.raises(ValidationError) as caught:
        small(OWNER, phases={"construction": {"start": 2029, "end": 2027}})
    assert caught.value.errors()[0]["msg"] == "the phase ends in 2027-01, not after its start in 2029-01; give a later end"
    assert caught.value.errors()[0]["loc"][:2] == ("phases", "construction")
