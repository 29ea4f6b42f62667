"""What loan and partners fund besides building: the first filling of reserves, working capital, purchase tax, cash in hand (D1)."""

from __future__ import annotations

from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from scipy.optimize import brentq
from small import by_year, rows, small

from jvmodel.errors import GraphError
from jvmodel.model import Model
from jvmodel.report.sources import sources_and_uses

LOAN = {
    "kind": "senior_loan",
    "name": "loan",
    "lender": "bob",
    "gearing": "60%",
    "base_rate": "10%",
    "tenor": 4,
    "profile": "equal",
}
RESERVE = {"kind": "reserve_account", "name": "reserve", "months": 6}
OWNER = {"kind": "incorporated_venture", "name": "company", "interests": {"ann": "100%"}}
TAX = {"kind": "corporate_tax", "name": "tax", "rate": "30%", "holder": "state", "depreciation": {"plant": {"method": "straight_line", "life": 4}}}  # fmt: skip
PHASES = {"construction": {"start": 2027, "end": 2029}, "operation": {"start": 2029}}
INCOME = [0.0, 0.0, 50.0, 50.0, 50.0, 50.0]


def near(expected: Any) -> Any:
    return pytest.approx(expected, rel=1e-9, abs=2e-9)


def built(*terms: dict[str, Any], income: list[float] = INCOME, owner: dict[str, Any] = OWNER, **settings: Any) -> Model:
    build = {"kind": "capital_cost", "name": "build", "amount": by_year([50.0, 50.0]), "basis": "nominal"}
    given_income = {"kind": "other_revenue", "name": "income", "amount": by_year(income), "basis": "nominal"}
    return small(build, given_income, *terms, owner, **{"periods": len(income), "phases": PHASES} | settings)


def test_the_first_filling_is_a_use_that_the_loan_helps_to_fund() -> None:
    """D = 60% of (100 + interest of 3 + half of 0.1 D + D/4), so D = 61.8/0.895: the first filling is 0.175 D."""
    model = built(LOAN | {"also_funds": ["reserve"]}, RESERVE)
    size = 61.8 / 0.895
    assert rows(model, "loan.facility")[0] == near(size)
    assert rows(model, "loan.drawn") == near([30, size - 30, 0, 0, 0, 0])
    assert rows(model, "reserve.filling") == near([0, 0.175 * size, 0, 0, 0, 0])
    assert rows(model, "company.calls") == near([20, 0.4 * (53 + 0.175 * size), 0, 0, 0, 0])
    assert rows(model, "company.reserved")[1] == near(0.175 * size)
    funded = sources_and_uses(model)
    assert funded is not None
    assert dict(funded.uses) == near({"Initial capital cost": 100, "Interest": 3, "Reserve: first filling": 0.175 * size})
    assert dict(funded.sources) == near({"Bob: debt drawn": size, "Ann: cash calls": 103 + 0.175 * size - size})
    assert [check.name for check in model.checks if not check.passed] == []


def test_partners_alone_fill_a_reserve_that_no_loan_names() -> None:
    model = built(LOAN, RESERVE)
    assert rows(model, "loan.drawn") == near([30, 31.8, 0, 0, 0, 0])
    assert rows(model, "company.calls") == near([20, 21.2 + 0.175 * 61.8, 0, 0, 0, 0])
    assert "reserve.filling" not in model.graph.rows


def test_cover_that_binds_after_tax() -> None:
    """Two numbers are solved at once: the loan repays by 1/1.8 of what tax leaves, and half of the next service is put by."""
    model = built(LOAN | {"gearing": "95%", "profile": "sculpted", "dscr": 1.8, "also_funds": ["reserve"]}, RESERVE, TAX)
    service = rows(model, "loan.service")
    balance, loss = rows(model, "loan.opening")[2], rows(model, "loan.interest")[1]
    for t in range(2, 6):
        interest = balance * 0.1
        cash = 50 - 0.3 * (50 - 25 - interest - loss)
        loss = 0.0
        assert service[t] == near(cash / 1.8)
        balance += interest - service[t]
    assert balance == near(0)
    assert rows(model, "reserve.filling")[1] == near(service[2] / 2)
    drawn, calls = rows(model, "loan.drawn"), rows(model, "company.calls")
    assert sum(drawn) + sum(calls) == near(100 + 0.1 * drawn[0] + service[2] / 2)


def test_two_loans_fund_it_together() -> None:
    """The soft loan funds 20% of 100, its own interest of 1 and the filling; the other 40% of all that and its own interest of 2."""
    model = built(LOAN | {"gearing": "40%", "also_funds": ["reserve", "soft"]}, RESERVE,
                  LOAN | {"name": "soft", "lender": "state", "gearing": "20%", "also_funds": ["reserve"]})  # fmt: skip
    soft = sum(rows(model, "soft.drawn"))
    filling = sum(rows(model, "reserve.filling"))
    assert soft == near(0.2 * (100 + 1 + filling))
    assert sum(rows(model, "loan.drawn")) == near(0.4 * (100 + 1 + 2 + filling))
    assert filling == near(0.175 * (soft + sum(rows(model, "loan.drawn"))))


def test_initial_working_capital_is_put_by_before_production() -> None:
    """Customers pay after 73 days, a fifth of a year: 10 of the first year's 50 are put by, 6 of them lent; no call afterwards."""
    days = {"kind": "working_capital", "name": "days", "receivable_days": 73}
    initial = RESERVE | {"name": "initial", "of": "working_capital", "months": 12}
    model = built(LOAN | {"also_funds": ["initial"]}, days, initial)
    assert rows(model, "initial.target") == near([0, 10, 0, 0, 0, 0])
    assert rows(model, "loan.drawn") == near([30, 31.8 + 6, 0, 0, 0, 0])
    assert rows(model, "company.calls") == near([20, 21.2 + 4, 0, 0, 0, 0])
    assert rows(model, "company.closing")[:3] == near([0, 10, 0])


def test_working_capital_purchase_tax_and_cash_in_hand_while_it_is_built() -> None:
    """Beside 50 a year: 6 into stock in 2028; a tax of 10%, half a year's of it outstanding; 4 in hand from 2028 on."""
    stock = {"kind": "working_capital", "name": "stock", "movement": by_year([0, 6, 0, 0, 0, -6])}
    tax = {"kind": "value_added_tax", "name": "vat", "rate": "10%", "holder": "state", "refund_days": 182.5}
    owner = OWNER | {"minimum_cash": by_year([0, 4, 4, 4, 4, 4])}
    model = built(LOAN | {"also_funds": ["stock", "vat", "company"]}, stock, tax, owner=owner)
    assert rows(model, "loan.spending") == near([52.5, 60, 0, 0, 0, 0])
    assert rows(model, "loan.drawn") == near([31.5, 0.6 * (60 + 3.15), 0, 0, 0, 0])
    assert rows(model, "company.calls")[1] == near(0.4 * (60 + 3.15))


def test_what_is_no_use_of_funds_is_refused() -> None:
    with pytest.raises(GraphError, match=r"loan needs use of funds before production of tax, which no term of the deal gives"):
        built(LOAN | {"also_funds": ["tax"]}, TAX)


STEPS = {1: "year", 2: "half", 4: "quarter", 12: "month"}


def needed(size: float, each: int, loan: dict[str, Any], months: int) -> float:
    """Uses of funds less what is lent of them, for a size of the loan: the plain loop."""
    years, building, lasting = 1 / each, 2 * each, loan["tenor"] * each
    rate, balance, interest = loan["base_rate"] * years, size, 0.0
    service: list[float] = []
    for t in range(lasting):
        due, left = balance * rate, lasting - t
        if loan["profile"] == "bullet":
            paid = balance if left == 1 else 0.0
        elif loan["profile"] == "equal" or not rate:
            paid = balance / left
        else:
            paid = due / ((1 + rate) ** left - 1)
        service.append(due + paid)
        balance -= paid
    reach = months / 12 * each
    filling = sum(due * min(max(reach - k, 0.0), 1.0) for k, due in enumerate(service))
    drawn, uses = 0.0, 0.0
    for t in range(building):
        fee = size * loan["fees"]["upfront"] * (t == 0) + (size - drawn) * loan["fees"]["commitment"] * years
        use = 100 / building + drawn * rate + fee + (filling if t == building - 1 else 0.0)
        interest += drawn * rate
        uses += use
        drawn += loan["gearing"] * use
    return drawn - size


@settings(max_examples=40)
@given(
    st.sampled_from(sorted(STEPS)), st.sampled_from(["equal", "annuity", "bullet"]), st.integers(10, 80), st.integers(0, 12),
    st.integers(1, 12), st.integers(2, 5), st.sampled_from(["nominal", "real"]),
)  # fmt: skip
def test_the_size_is_what_a_loop_says(
    each: int, profile: str, gearing: int, rate: int, months: int, tenor: int, basis: str
) -> None:
    loan = {
        "profile": profile,
        "gearing": gearing / 100,
        "base_rate": rate / 100,
        "tenor": tenor,
        "fees": {"upfront": 0.02, "commitment": 0.01},
    }
    if needed(400.0, each, loan, months) > 0:
        return  # more is owed in the months held for than the uses grow by: no size is enough
    model = built(
        LOAN | loan | {"also_funds": ["reserve"]}, RESERVE | {"months": months}, income=[0.0, 0.0, *[400.0] * 5],
        periods=7 * each, timeline={"step": STEPS[each]}, basis=basis, inflation="6%",
    )  # fmt: skip
    size = brentq(lambda one: needed(one, each, loan, months), 1.0, 400.0, xtol=1e-12)
    assert rows(model, "loan.facility")[0] == pytest.approx(size, rel=1e-8)
    assert model.run.single("reserve.missed") == pytest.approx(0.0, abs=1e-8)
    assert model.run.single("company.dividends")[: 2 * each] == pytest.approx(0.0, abs=1e-9)
