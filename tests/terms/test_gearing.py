"""Debt against the capital beside it: gearing and debt to EBITDA as covenants, and shareholder loans beyond what tax allows."""

from __future__ import annotations

from typing import Any

import numpy as np
import pytest
from hypothesis import example, given, settings
from hypothesis import strategies as st
from small import by_year, rows, small

from jvmodel.model import Model

LOAN = {
    "kind": "senior_loan",
    "name": "loan",
    "lender": "state",
    "amount": 40,
    "base_rate": "10%",
    "profile": "equal",
    "tenor": 4,
}
OWNER = {"kind": "incorporated_venture", "name": "company", "interests": {"ann": "100%"}}
TESTS = {"kind": "covenants", "name": "tests", "lock_up": 1, "default": 1}
PHASES = {"construction": {"start": 2027, "end": 2029}, "operation": {"start": 2029}}
SPENT, INCOME = [50.0, 30.0], [0.0, 0.0, 28.0, 15.0, 24.0, 22.0, 5.0]


def near(expected: Any) -> Any:
    return pytest.approx(expected, rel=1e-9, abs=2e-9)


def borrowed(*terms: dict[str, Any], income: list[float] = INCOME, owner: dict[str, Any] = OWNER, **settings: Any) -> Model:
    given_income = {"kind": "other_revenue", "name": "income", "amount": by_year(income), "basis": "nominal"}
    build = {"kind": "capital_cost", "name": "build", "amount": by_year(SPENT), "basis": "nominal"}
    return small(build, given_income, LOAN, *terms, owner, **{"periods": len(income), "phases": PHASES} | settings)


def test_gearing_locks_distributions_up() -> None:
    """Calls of 25 and 17.5 beside a loan of 40: 40/82.5, 30/72.5, 20/62.5, 10/52.5, of which the first is above 45%."""
    model = borrowed(TESTS | {"gearing": "45%"})
    assert rows(model, "tests.equity")[2:6] == near([42.5] * 4)
    assert rows(model, "tests.gearing") == near([0, 0, 40 / 82.5, 30 / 72.5, 20 / 62.5, 10 / 52.5, 0])
    assert rows(model, "tests.locked") == [0, 0, 1, 0, 0, 0, 0]
    assert rows(model, "company.dividends") == near([0, 0, 0, 14 + 2, 12, 11, 5])
    assert rows(borrowed(TESTS | {"gearing": "49%"}), "tests.failed") == [0] * 7


def test_capital_that_is_returned_raises_gearing() -> None:
    """Distributions return capital first: 14 in 2029 leave 28.5 beside 30, 2 in 2030 leave 26.5 beside 20, then 14.5."""
    model = borrowed(TESTS | {"gearing": "90%"}, owner=OWNER | {"capital_first": True})
    assert rows(model, "tests.equity")[2:6] == near([42.5, 28.5, 26.5, 14.5])
    assert rows(model, "tests.gearing")[3] == near(30 / 58.5)


def test_shareholder_loans_count_as_capital() -> None:
    """Half of the calls of 42.5 is lent by the partner, and grows while nothing is paid: 12.5 at 8%, and 8.75 more, then 8%."""
    model = borrowed(TESTS | {"gearing": "90%"}, owner=OWNER | {"shareholder_loans": {"share": "50%", "rate": "8%"}})
    assert rows(model, "tests.equity")[2] == near(21.25 + 12.5 * 1.08 + 8.75)


def test_debt_to_ebitda_locks_distributions_up() -> None:
    """30/28, 20/15 and 10/24 after the instalment of the year, of which the second is above 1.2; no debt, no multiple."""
    model = borrowed(TESTS | {"debt_to_ebitda": 1.2})
    assert rows(model, "tests.multiple") == near([0, 0, 30 / 28, 20 / 15, 10 / 24, 0, 0])
    assert rows(model, "tests.failed") == [0, 0, 0, 1, 0, 0, 0]
    assert rows(model, "company.dividends") == near([0, 0, 14, 0, 2 + 12, 11, 5])


def test_no_earnings_fail_any_multiple() -> None:
    model = borrowed(TESTS | {"debt_to_ebitda": 100}, {"kind": "operating_cost", "name": "cost", "amount": {"2030": 15}})
    assert rows(model, "tests.failed") == [0, 0, 0, 1, 0, 0, 0]


cash = st.lists(st.integers(1, 60).map(float), min_size=5, max_size=5)


@settings(max_examples=25)
@example(1, [1.0, 1.0, 20.0, 1.0, 1.0], 23, 5, False, "real")  # 10 of debt is just half of 20: a tie, which fails nothing
@given(
    st.sampled_from([1, 2, 4]), cash, st.integers(20, 60), st.integers(5, 40), st.booleans(), st.sampled_from(["nominal", "real"])
)
def test_both_by_a_loop(each: int, income: list[float], gearing: int, multiple: int, first: bool, basis: str) -> None:
    """Period by period in nominal money: calls, debt, capital, the tests, what is paid out; by year, half and quarter."""
    years, building = 1 / each, 2 * each
    tests = TESTS | {"lock_up": 0, "default": 0, "gearing": gearing / 100, "debt_to_ebitda": multiple / 10}
    model = borrowed(
        tests, income=[0.0, 0.0, *income], owner=OWNER | {"capital_first": first}, periods=7 * each, basis=basis, inflation="5%",
        timeline={"step": {1: "year", 2: "half", 4: "quarter"}[each]},
    )  # fmt: skip
    index = 1.05 ** np.array(model.graph.timeline.since(model.deal.base_month)) if basis == "real" else np.ones(7 * each)
    debt = capital = in_hand = 0.0
    earned: list[float] = []
    failed, paid = [], []
    for t in range(7 * each):
        operating = t >= building
        interest, opening = debt * 0.1 * years, debt
        drawn = 0.0 if operating else 40 * SPENT[t // each] / each / 80
        repaid = 10 * years if building <= t < building + 4 * each else 0.0
        debt += drawn - repaid
        earned.append(income[t // each - 2] * years if operating else 0.0)
        net = earned[t] + drawn - repaid - interest - (0.0 if operating else SPENT[t // each] / each)
        called = max(-in_hand - net, 0.0)
        spare = in_hand + net + called
        service = operating and interest + repaid > 1e-9
        last_year = sum(earned[max(t + 1 - each, 0) :]) * each / max(min(t + 1 - building, each), 1)
        geared = service and opening / (opening + capital) - gearing / 100 > 1e-9
        dear = service and debt > 1e-9 and debt - last_year * multiple / 10 > 1e-9
        failed.append(float(geared or dear))
        out = spare if t == 7 * each - 1 or not failed[t] else 0.0
        capital += called
        capital -= min(out, capital) if first else 0.0
        in_hand = spare - out
        paid.append(out)
    assert model.run.single("tests.failed") == pytest.approx(failed)
    given_back = model.run.single("company.dividends") + model.run.single("company.returned")
    assert given_back * index == pytest.approx(paid, rel=1e-8, abs=1e-7)


def test_interest_on_loans_beyond_half_of_the_capital_is_lost_for_tax() -> None:
    """Of 50 lent beside capital of 50, tax allows 25: half of the interest of 5, then of 2.75 on the 27.5 left more than 25."""
    model = small(
        {"kind": "capital_cost", "name": "build", "amount": {"2027": 100}},
        {"kind": "other_revenue", "name": "income", "amount": {"2028": 27.5, "2029": 60}},
        {"kind": "corporate_tax", "name": "tax", "rate": "0%", "holder": "state", "interest": {"debt_to_equity": 0.5},
         "depreciation": {"plant": {"method": "straight_line", "life": 2}}},
        OWNER | {"shareholder_loans": {"share": "50%", "rate": "10%"}}, periods=3,
    )  # fmt: skip
    assert rows(model, "tax.interest_limit.charged") == near([0, 5, 2.75])
    assert rows(model, "tax.interest_limit.disallowed") == near([0, 2.5, 2.75 * (1 - 25 / 27.5)])
    assert rows(model, "company.capital")[1] == near(50)


@settings(max_examples=20)
@given(st.lists(st.integers(1, 80).map(float), min_size=4, max_size=4), st.integers(0, 30), st.booleans(), st.integers(0, 1))
def test_thin_capital_by_a_loop(income: list[float], ratio: int, first: bool, real: int) -> None:
    """What tax allows of interest on shareholder loans, from loan and capital at the beginning of each year, as nominal money."""
    model = small(
        {"kind": "capital_cost", "name": "build", "amount": {"2027": 60, "2028": 40}, "basis": "nominal"},
        {"kind": "other_revenue", "name": "income", "amount": by_year([0.0, 0.0, *income]), "basis": "nominal"},
        {"kind": "corporate_tax", "name": "tax", "rate": "0%", "holder": "state", "interest": {"debt_to_equity": ratio / 10},
         "depreciation": {"plant": {"method": "straight_line", "life": 2}}},
        OWNER | {"shareholder_loans": {"share": "60%", "rate": "10%"}, "capital_first": first},
        periods=6, basis="real" if real else "nominal", inflation="4%",
    )  # fmt: skip
    index = 1.04 ** np.array(model.graph.timeline.since(model.deal.base_month)) if real else np.ones(6)
    lent, capital, lost = 0.0, 0.0, []
    for called, received in zip([60.0, 40.0, 0.0, 0.0, 0.0, 0.0], [0.0, 0.0, *income], strict=True):
        due = lent * 0.1
        lost.append(due * max(1 - capital * ratio / 10 / lent, 0.0) if lent > 1e-9 else 0.0)
        spare = received - min(received, due)
        repaid = min(spare, lent + due - min(received, due))
        lent += called * 0.6 + due - min(received, due) - repaid
        capital += called * 0.4
        capital -= min(spare - repaid, capital) if first else 0.0
    assert model.run.single("tax.interest_limit.disallowed") * index == pytest.approx(lost, rel=1e-8, abs=1e-8)
