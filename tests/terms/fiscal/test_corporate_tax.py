"""Income tax against a second method, a plain loop over years and vintages; and what it refuses."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from pydantic import ValidationError
from small import by_year, rows, small

YEARS = 6
FIRST = 2  # production begins in the third year
OWNER = {"kind": "incorporated_venture", "name": "company", "interests": {"ann": "100%"}}
amounts = st.lists(st.integers(0, 300).map(float), min_size=YEARS, max_size=YEARS)
TAX: dict[str, Any] = {"kind": "corporate_tax", "name": "tax", "rate": "30%", "holder": "state"}


def depreciation(
    method: str, spent: Sequence[float], ore: Sequence[float], start: int, opening: float, **how: Any
) -> list[float]:
    """Vintage by vintage for a straight line, pool by pool for the rest; what is left goes in the last year."""
    found = [0.0] * YEARS
    vintages = [(max(start, 0), opening), *((max(year, start), cost) for year, cost in enumerate(spent))]
    if method == "straight_line":
        for year, cost in vintages:
            for age in range(how["life"]):
                if year + age < YEARS - 1:
                    found[year + age] += cost / how["life"]
    else:
        pool = 0.0
        for year in range(YEARS - 1):
            pool += sum(cost for begins, cost in vintages if begins == year)
            ahead = sum(ore[year:])
            share = {"declining_balance": how.get("rate", 0), "immediate": 1, "units_of_production": ahead and ore[year] / ahead}
            found[year] = pool * share[method]
            pool -= found[year]
    found[-1] = sum(cost for _, cost in vintages) - sum(found)
    return found


def taxed(income: Sequence[float], life: int | None, cap: float, rate: float) -> tuple[list[float], list[float]]:
    """Tax, and losses that lapse, with a list of layers."""
    kept: list[list[float]] = []
    tax, lapsed = [], []
    for year, amount in enumerate(income):
        old = [layer for layer in kept if life is not None and year - layer[0] > life]
        kept = [layer for layer in kept if layer not in old]
        lapsed.append(sum(layer[1] for layer in old))
        want = max(amount, 0.0) * cap
        taxable = max(amount, 0.0)
        for layer in kept:
            used = min(layer[1], want)
            layer[1] -= used
            want -= used
            taxable -= used
        kept = [layer for layer in kept if layer[1] > 1e-12]
        kept += [[year, -amount]] if amount < 0 else []
        tax.append(taxable * rate)
    return tax, lapsed


METHODS: dict[str, dict[str, Any]] = {
    "straight_line": {"life": 3}, "declining_balance": {"rate": 0.35}, "immediate": {}, "units_of_production": {},
}  # fmt: skip


@pytest.mark.parametrize("method", METHODS)
@settings(max_examples=15)
@given(
    spent=amounts, income=amounts, costs=amounts, spending=st.booleans(), life=st.none() | st.integers(1, 4),
    cap=st.sampled_from([0.0, 0.5, 1.0]), opening=st.sampled_from([0.0, 80.0]), allowance=st.sampled_from([0.0, 0.4]),
)  # fmt: skip
def test_second_method(
    method: str, spent: list[float], income: list[float], costs: list[float], spending: bool, life: int | None, cap: float,
    opening: float, allowance: float,
) -> None:  # fmt: skip
    ore = [0.0, 0.0, 100.0, 300.0, 0.0, 200.0]
    how = METHODS[method] | {"method": method, "start": "spending" if spending else "production", "opening": opening}
    model = small(
        {"kind": "mine_plan", "name": "mine", "ore": by_year(ore), "grades": {"copper": dict.fromkeys(map(str, range(2029, 2033)), "1%")}},
        {"kind": "other_revenue", "name": "income", "amount": by_year(income)},
        {"kind": "operating_cost", "name": "costs", "amount": by_year(costs)},
        {"kind": "capital_cost", "name": "build", "amount": by_year(spent)},
        TAX | {"depreciation": {"plant": how | {"allowance": allowance}}, "losses": {"cap": cap, "expire_after": life}},
        OWNER, periods=YEARS, phases={"operation": {"start": 2027 + FIRST}},
    )  # fmt: skip
    start = 0 if spending else FIRST
    deducted = depreciation(method, spent, ore, start, opening, **METHODS[method])
    assert model.run.single("tax.plant.depreciation") == pytest.approx(deducted, abs=1e-8)
    assert model.run.single("tax.plant.closing")[-1] == pytest.approx(0.0, abs=1e-8)
    placed = [0.0] * YEARS
    placed[start] += opening
    for year, cost in enumerate(spent):
        placed[max(year, start)] += cost
    profit = [
        earned - cost - written - allowance * added
        for earned, cost, written, added in zip(income, costs, deducted, placed, strict=True)
    ]
    tax, lapsed = taxed(profit, life, cap, 0.3)
    assert model.run.single("tax.income") == pytest.approx(profit, abs=1e-8)
    assert model.run.single("tax.paid") == pytest.approx(tax, abs=1e-8)
    if life is not None:
        assert model.run.single("tax.losses.lapsed") == pytest.approx(lapsed, abs=1e-8)
    assert all(check.passed for check in model.checks)


@pytest.mark.parametrize("how", [{"method": name} | more for name, more in METHODS.items()], ids=lambda how: how["method"])
def test_months_add_up_to_years(how: dict[str, Any]) -> None:
    """Building before production, smooth income and no losses: the tax of twelve months is that of the year, by any method."""
    found = []
    for step, each in (("year", 1), ("quarter", 4), ("month", 12)):
        model = small(
            {"kind": "mine_plan", "name": "mine", "ore": {"2028": 1000, "2029": 1000, "2030": 1000, "2031": 1000},
             "grades": {"copper": dict.fromkeys(map(str, range(2028, 2032)), "1%")}},
            {"kind": "capital_cost", "name": "build", "amount": {"2027": 120}},
            {"kind": "other_revenue", "name": "income", "amount": dict.fromkeys(map(str, range(2028, 2032)), 2000.0)},
            TAX | {"depreciation": {"plant": how | {"write_off": False}}}, OWNER,
            periods=5 * each, timeline={"step": step}, phases={"operation": {"start": 2028}},
        )  # fmt: skip
        found.append(model.run.single("tax.paid").reshape(5, each).sum(axis=1))
    assert found[0].min() == 0 < found[0][1:].min()
    assert found[1] == pytest.approx(found[0])
    assert found[2] == pytest.approx(found[0])


def test_carried_back_by_a_loop() -> None:
    """Two years back at most, oldest income first; never more than was taxed, and what is left over goes forward."""
    model = small(
        {"kind": "other_revenue", "name": "income", "amount": {"2027": 50, "2028": 20, "2031": 30}},
        {"kind": "operating_cost", "name": "costs", "amount": {"2029": 60, "2030": 25}},
        TAX | {"losses": {"carried_back": 2}, "depreciation": {"plant": {"method": "immediate"}}}, OWNER, periods=5,
    )  # fmt: skip
    # 2029 takes all 50 of 2027 and 10 of 2028; 2030 the other 10 of 2028, 15 go forward and are used in 2031
    assert rows(model, "tax.carried_back") == [0, 0, 60, 10, 0]
    assert rows(model, "tax.losses.closing") == [0, 0, 0, 15, 0]
    assert rows(model, "tax.paid") == [15, 6, -18, -3, 4.5]


def test_a_schedule_stops_at_what_was_spent() -> None:
    amounts = {"2027": 40, "2028": 40, "2029": 40}
    terms = (
        {"kind": "other_revenue", "name": "income", "amount": 100},
        {"kind": "capital_cost", "name": "build", "amount": {"2027": 50}},
    )
    plain = TAX | {"depreciation": {"plant": {"method": "schedule", "amounts": amounts}}}
    assert rows(small(*terms, plain, OWNER), "tax.plant.depreciation") == [40, 10, 0, 0]
    more = TAX | {"depreciation": {"plant": {"method": "schedule", "amounts": amounts, "opening": 60}}}
    assert rows(small(*terms, more, OWNER), "tax.plant.depreciation") == [40, 40, 30, 0]


def test_an_allowance_comes_on_top() -> None:
    """120 over two years of production, half of it again deducted when it enters service."""
    model = small(
        {"kind": "other_revenue", "name": "income", "amount": {"2028": 100, "2029": 100}},
        {"kind": "capital_cost", "name": "build", "amount": {"2027": 120}},
        TAX | {"depreciation": {"plant": {"method": "straight_line", "life": 2, "allowance": "50%"}}}, OWNER,
        periods=3, phases={"operation": {"start": 2028}},
    )  # fmt: skip
    assert rows(model, "tax.allowance") == [0, 60, 0]
    assert rows(model, "tax.income") == [0, -20, 40]
    assert rows(model, "tax.paid") == [0, 0, 6]
    assert sum(rows(model, "tax.plant.depreciation")) == 120


def test_a_rate_by_year() -> None:
    model = small(
        {"kind": "other_revenue", "name": "income", "amount": 100},
        TAX | {"rate": {"2027": "20%", "2029": "30%", "2028": "25%", "extend": "hold"}, "depreciation": {"plant": {"method": "immediate"}}},
        OWNER,
    )  # fmt: skip
    assert rows(model, "tax.paid") == pytest.approx([20, 25, 30, 30])
    assert rows(model, "tax.effective") == pytest.approx([0.2, 0.25, 0.3, 0.3])


def test_losses_of_a_holiday() -> None:
    """A loss of 40 in the holiday is carried forward, or forgone."""
    paid = {}
    for kept in ("kept", "forgone"):
        model = small(
            {"kind": "other_revenue", "name": "income", "amount": {"2028": 60, "2029": 60}},
            {"kind": "operating_cost", "name": "costs", "amount": {"2027": 40}},
            TAX | {"holiday": {"start": 2027, "end": 2029, "rate": "10%", "losses": kept}, "depreciation": {"plant": {"method": "immediate"}}},
            OWNER, periods=3,
        )  # fmt: skip
        paid[kept] = rows(model, "tax.paid")
    assert paid == {"kept": [0, 2, 18], "forgone": [0, 6, 18]}


REFUSED: list[tuple[dict[str, Any], str]] = [
    ({"holiday": {"start": 2029, "end": 2028}}, "the holiday ends in 2028-01, not after its start in 2029-01; give a later end"),
    ({"holiday": {"start": 2027, "end": 2028}, "losses": {"carried_back": 3}},
     "losses.carried_back does not go with a holiday: it would refund tax that was never paid; drop one of them"),
    ({"holiday": {"start": 2027, "end": 2028, "rate": "-5%"}},
     "-5% is too low; it must be at least 0% (a percentage is written with its sign, such as 12%)"),
    ({"depreciation": {"plant": {"method": "straight_line"}}}, "life goes with method straight_line; give it"),
    ({"depreciation": {"plant": {"method": "immediate", "rate": "30%"}}}, "rate goes with method declining_balance, not immediate"),
    ({"depreciation": {"plant": {"method": "straight_line", "life": 0}}}, "0 is too low; it must be more than 0"),
    ({"losses": {"cap": "150%"}}, "150% is too high; it must be at most 100% (a percentage is written with its sign, such as 12%)"),
]  # fmt: skip


@pytest.mark.parametrize(("change", "message"), REFUSED)
def test_refused(change: dict[str, Any], message: str) -> None:
    with pytest.raises(ValidationError) as error:
        small(TAX | {"depreciation": {"plant": {"method": "immediate"}}} | change, OWNER)
    assert [one["msg"] for one in error.value.errors()] == [message]


@settings(max_examples=30)
@given(amounts, amounts, st.integers(0, 40))
def test_a_lag_moves_tax_and_loses_none(income: list[float], costs: list[float], months: int) -> None:
    terms = (
        {"kind": "other_revenue", "name": "income", "amount": by_year(income)},
        {"kind": "operating_cost", "name": "costs", "amount": by_year(costs)},
        TAX | {"payment_lag": months, "depreciation": {"plant": {"method": "immediate"}}}, OWNER,
    )  # fmt: skip
    model = small(*terms, periods=YEARS)
    charge, paid = model.run.single("tax.charge"), model.run.single("tax.paid")
    expected = np.zeros(YEARS + 5)
    for year, amount in enumerate(charge):
        whole, part = divmod(months / 12, 1)
        expected[year + int(whole)] += amount * (1 - part)
        expected[year + int(whole) + 1] += amount * part
    expected[YEARS - 1] = expected[YEARS - 1 :].sum()
    assert paid == pytest.approx(expected[:YEARS], abs=1e-8)
    assert paid.sum() == pytest.approx(charge.sum(), abs=1e-8)
