"""Terms of mine, tax and finance against plain loops written from terms.md, on random deals by year, half-year and quarter."""

from __future__ import annotations

from typing import Any

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from small import by_year, small

from jvmodel.model import Model

STEPS = {"year": 1, "half": 2, "quarter": 4}
OWNER = {"kind": "incorporated_venture", "name": "company", "interests": {"ann": "100%"}}
LOOK = settings(max_examples=40)
steps = st.sampled_from(sorted(STEPS))
tonnes = st.lists(st.integers(0, 90).map(lambda number: 100.0 * number), min_size=6, max_size=6)
money = st.lists(st.integers(0, 150).map(float), min_size=6, max_size=6)
prices = st.lists(st.integers(3, 14).map(lambda number: 1000.0 * number), min_size=6, max_size=6)
share = st.integers(5, 95).map(lambda number: number / 100)


def model(step: str, *terms: dict[str, Any], price: list[float] | None = None, **settings: Any) -> Model:
    deck = {"unit": "USD/t", "by_year": by_year(price)} if price else {"unit": "USD/t", "flat": 9000}
    return small(
        *terms, OWNER, periods=6 * STEPS[step], timeline={"step": step}, prices={"copper": deck}, **settings
    )  # fmt: skip


def flows(step: str, amounts: list[float]) -> list[float]:
    """Amounts by year, spread over the periods."""
    return [one / STEPS[step] for one in amounts for _ in range(STEPS[step])]


def levels(step: str, values: list[float]) -> list[float]:
    return [one for one in values for _ in range(STEPS[step])]


def same(found: Model, **expected: list[float]) -> None:
    for name, values in expected.items():
        assert found.run.single(name.replace("__", ".")) == pytest.approx(values, rel=1e-9, abs=1e-7), name


def sold(amounts: list[float]) -> list[dict[str, Any]]:
    return [
        {"kind": "metal_plan", "name": "plan", "tonnes": {"copper": by_year(amounts)}},
        {"kind": "metal_sale", "name": "sale", "metal": "copper", "made_by": "plant"},
    ]


@LOOK
@given(
    steps, tonnes, prices, share, share, share, st.integers(0, 60).map(float), st.integers(1, 20).map(lambda n: 1000.0 * n), share
)
def test_stream(step: str, metal: list[float], price: list[float], part: float, first: float, later: float, deposit: float,
                bound: float, after: float) -> None:  # fmt: skip
    term = {"kind": "stream", "name": "x", "buyer": "bob", "metal": "copper", "deposit": {"2027": deposit, "2028": deposit / 2}, "share": part,
            "payment": first, "payment_after": later, "step_down_after": bound, "share_after": after}  # fmt: skip
    found = model(step, *sold(metal), term, price=price)
    owed = gone = 0.0
    delivered, paid, left = [], [], []
    advances = flows(step, [deposit, deposit / 2, 0, 0, 0, 0])
    for payable, cost, advance in zip(flows(step, metal), levels(step, price), advances, strict=True):
        until_bound = min(payable, (bound - gone) / part) if gone < bound else 0.0
        units = until_bound * part + (payable - until_bound) * after
        gone += units
        value = units * cost / 1e6
        owed += advance
        credited = min(owed, value * (1 - first))
        at_first = credited / (1 - first)
        owed -= credited
        delivered.append(units)
        paid.append(at_first * first + (value - at_first) * later)
        left.append(owed)
    same(found, x__delivered=delivered, x__paid=paid, x__closing=left)


@LOOK
@given(steps, tonnes, prices, share, st.integers(0, 3), st.booleans(), st.integers(0, 12).map(lambda n: n / 100))
def test_prepayment(
    step: str, metal: list[float], price: list[float], discount: float, wait: int, in_metal: bool, rate: float
) -> None:
    each = STEPS[step]
    how: dict[str, Any] = {"metal": "copper", "deliveries": 3000, "discount": discount} if in_metal else {"years": 5 - wait}
    if in_metal:
        how["deliveries"] = by_year([3000.0] * 6)
    term = {
        "kind": "prepayment",
        "name": "x",
        "buyer": "bob",
        "advance": {"2027": 30},
        "rate": rate,
        "repaid_from": 2028 + wait,
    } | how
    found = model(step, *sold(metal), term, price=price)
    per, balance = (1 + rate) ** (1 / each) - 1, 0.0
    repaid, closing = [], []
    advances, units, costs = flows(step, [30.0, 0, 0, 0, 0, 0]), flows(step, metal), levels(step, price)
    for t, advance in enumerate(advances):
        interest = balance * per
        due = balance + advance + interest
        if in_metal:
            value = min(3000 / each, units[t]) * costs[t] / 1e6 if t >= (1 + wait) * each else 0.0
            paid = min(due, value * (1 - discount))
        else:
            left = 6 * each - t
            paid = interest + (balance / left if t >= (1 + wait) * each else 0.0)
        balance = due - paid
        repaid.append(paid)
        closing.append(balance)
    same(found, x__repaid=repaid, x__closing=closing)


def balances(payments: list[float], rate: float, delivered: int) -> list[float]:
    """What is owed on equipment of 24 after each payment, where interest runs from one payment to the next."""
    owed, found = 0.0, []
    for t, payment in enumerate(payments):
        owed = owed * (1 + rate) + (24 if t == delivered else 0.0) - payment
        found.append(owed)
    return found


@LOOK
@given(
    steps, st.integers(1, 5), st.integers(0, 1), st.integers(0, 20).map(lambda n: n / 100), st.sampled_from(["payments", "asset"])
)
def test_equipment_lease(step: str, years: int, start: int, rate: float, tax: str) -> None:
    each = STEPS[step]
    term = {
        "kind": "equipment_lease",
        "name": "x",
        "lessor": "bob",
        "value": 24,
        "start": 2027 + start,
        "years": years,
        "rate": rate,
        "tax": tax,
    }
    found = model(step, term)
    per, count = (1 + rate) ** (1 / each) - 1, years * each
    payment = 24 / sum((1 + per) ** -k for k in range(count))
    expected = [payment if start * each <= t < start * each + count else 0.0 for t in range(6 * each)]
    same(found, x__payment=expected)
    worth = np.array(expected) @ (1 + per) ** -np.arange(6.0 * each)
    assert worth == pytest.approx(24 * (1 + per) ** (-start * each)), "payments are worth the price on the day of delivery"
    assert found.run.single("x.closing") == pytest.approx(balances(expected, per, start * each), abs=1e-9)


@LOOK
@given(
    steps, money, money, money, st.lists(st.integers(0, 40), min_size=1, max_size=3, unique=True), st.booleans(), st.booleans()
)
def test_resource_rent_tax(step: str, spent: list[float], costs: list[float], income: list[float], bounds: list[int], before: bool,
                           credit: bool) -> None:  # fmt: skip
    tiers = [{"threshold": bound / 100, "rate": 0.2 + 0.1 * n} for n, bound in enumerate(sorted(bounds))]
    found = model(
        step, {"kind": "capital_cost", "name": "build", "amount": by_year(spent)}, {"kind": "operating_cost", "name": "costs", "amount": by_year(costs)},
        {"kind": "other_revenue", "name": "income", "amount": by_year(income)},
        {"kind": "gross_royalty", "name": "royalty", "rate": "5%", "base": "invoiced", "holder": "state"},
        {"kind": "corporate_tax", "name": "tax", "rate": "30%", "holder": "state", "depreciation": {"plant": {"method": "straight_line", "life": 3, "start": "spending"}}},
        {"kind": "resource_rent_tax", "name": "x", "tiers": tiers, "holder": "state", "closing_credit": credit,
         "order": "before_income_tax" if before else "after_income_tax"},
    )  # fmt: skip
    each = STEPS[step]
    paid_tax = found.run.single("tax.paid")
    balances = [0.0] * len(tiers)
    expected = []
    rows = zip(flows(step, spent), flows(step, costs), flows(step, income), paid_tax, strict=True)
    for t, (capital, cost, earned, tax) in enumerate(rows):
        left = earned * 0.95 - cost - capital - (0.0 if before else tax)
        total = 0.0
        for n, tier in enumerate(tiers):
            reached = balances[n] * (1 + tier["threshold"]) ** (1 / each) + left
            charged = tier["rate"] * max(reached, 0.0)
            balances[n] = min(reached, 0.0)
            if credit and t == 6 * each - 1:
                charged += balances[n] * tier["rate"]
            total += charged
            left -= charged
        expected.append(total)
    same(found, x__tax=expected)


@LOOK
@given(steps, money, money, money, share, share, st.booleans())
def test_production_sharing(
    step: str, spent: list[float], costs: list[float], income: list[float], ceiling: float, uplift: float, banded: bool
) -> None:
    bands = [{"start": 0, "rate": "20%"}, {"start": 1, "rate": "45%"}, {"start": 2, "rate": "70%"}]
    how: dict[str, Any] = {"bands": bands} if banded else {"state_share": 0.4}
    found = model(
        step, {"kind": "capital_cost", "name": "build", "amount": by_year(spent)}, {"kind": "operating_cost", "name": "costs", "amount": by_year(costs)},
        {"kind": "other_revenue", "name": "income", "amount": by_year(income)},
        {"kind": "gross_royalty", "name": "royalty", "rate": "10%", "base": "invoiced", "holder": "state"},
        {"kind": "production_sharing", "name": "x", "ceiling": ceiling, "holder": "state", "uplift": uplift} | how,
    )  # fmt: skip
    pool = received = laid_out = 0.0
    state, closing = [], []
    for capital, cost, earned in zip(flows(step, spent), flows(step, costs), flows(step, income), strict=True):
        net = 0.9 * earned
        pool += cost + capital * (1 + uplift)
        recovered = min(pool, ceiling * net)
        pool -= recovered
        factor = received / laid_out if laid_out else 0.0
        part = (0.7 if factor >= 2 else 0.45 if factor >= 1 else 0.2) if banded else 0.4
        state.append((net - recovered) * part)
        received += net - state[-1]
        laid_out += cost + capital
        closing.append(pool)
    same(found, x__state=state, x__closing=closing)


@LOOK
@given(
    steps,
    money,
    st.lists(st.integers(0, 12), min_size=6, max_size=6),
    st.integers(0, 12),
    st.integers(1, 6),
    st.booleans(),
    st.booleans(),
)
def test_stabilisation(
    step: str, income: list[float], rates: list[int], signed: int, years: int, deferred: bool, freeze: bool
) -> None:
    found = model(
        step, {"kind": "other_revenue", "name": "income", "amount": by_year(income)},
        {"kind": "corporate_tax", "name": "tax", "rate": by_year([rate / 20 for rate in rates]) | {str(2027 + t): rate / 20 for t, rate in enumerate(rates)},
         "holder": "state", "depreciation": {"plant": {"method": "immediate"}}},
        {"kind": "stabilisation", "name": "x", "levy": "tax", "signed": signed / 20, "until": 2027 + years if years < 6 else 2032, "state": "state",
         "type": "freeze" if freeze else "asymmetric", "paid": "deferred" if deferred else "at_once", "interest": "8%"},
    )  # fmt: skip
    each, owed = STEPS[step], 0.0
    until = years if years < 6 else 5
    expected = []
    for t, (earned, rate) in enumerate(zip(flows(step, income), levels(step, rates), strict=True)):
        change = (rate - signed) / 20
        owed = owed * 1.08 ** (1 / each) + (change if freeze else max(change, 0.0)) * earned * (t < until * each)
        now = not deferred or t >= until * each or t == 6 * each - 1
        expected.append(owed if now else 0.0)
        owed = 0.0 if now else owed
    same(found, x__paid=expected)


@LOOK
@given(steps, money, money, st.integers(0, 700), share)
def test_value_added_tax(step: str, spent: list[float], costs: list[float], days: int, recoverable: float) -> None:
    """Spending is even within a period; each day's tax comes back so many days later."""
    found = model(
        step, {"kind": "capital_cost", "name": "build", "amount": by_year(spent)}, {"kind": "operating_cost", "name": "costs", "amount": by_year(costs)},
        {"kind": "value_added_tax", "name": "x", "rate": "16%", "holder": "state", "taxable": "90%", "recoverable": recoverable, "refund_days": days},
    )  # fmt: skip
    each = STEPS[step]
    length = found.graph.params["units.day_per_year"].value / each
    taxed = [(a + b) * 0.9 * 0.16 for a, b in zip(flows(step, spent), flows(step, costs), strict=True)]
    outstanding = []
    for t in range(6 * each):
        owed = sum(taxed[s] * recoverable * min(max((days - (t - s) * length) / length, 0.0), 1.0) for s in range(t + 1))
        outstanding.append(owed if t < 6 * each - 1 else 0.0)
    moved = [after - before for before, after in zip([0.0, *outstanding], outstanding, strict=False)]
    same(found, x__movement=moved, x__lost=[one * (1 - recoverable) for one in taxed])


@LOOK
@given(
    steps,
    st.lists(st.tuples(st.integers(0, 9), st.integers(1, 90), st.integers(0, 4)), min_size=1, max_size=5),
    st.integers(1, 9),
    share,
    share,
)
def test_mine_schedule(step: str, phases: list[tuple[int, int, int]], capacity: int, dilution: float, loss: float) -> None:
    found = model(
        step, {"kind": "mine_schedule", "name": "x", "capacity": capacity * 1e5, "dilution": dilution, "mining_loss": loss, "phases": {
            f"p{n}": {"tonnes": size * 1e5, "grades": {"copper": grade / 1000}, "strip_ratio": strip, "ore_type": "ab"[n % 2]}
            for n, (size, grade, strip) in enumerate(phases)}},
        {"kind": "plant", "name": "plant", "by_type": {"a": {"copper": "90%"}, "b": {"copper": "60%"}} if len(phases) > 1 else {},
         "recovery": {} if len(phases) > 1 else {"copper": "90%"}},
    )  # fmt: skip
    left = [size * 1e5 * (1 - loss) * (1 + dilution) for size, _, _ in phases]
    ore, waste, metal, recovered = [], [], [], []
    for _ in range(6 * STEPS[step]):
        room = capacity * 1e5 / STEPS[step]
        now = [0.0, 0.0, 0.0, 0.0]
        for n, (_, grade, strip) in enumerate(phases):
            mined = min(left[n], room)
            left[n] -= mined
            room -= mined
            content = mined * grade / 1000 / (1 + dilution)
            for place, part in enumerate((mined, mined * strip, content, content * (0.9 if n % 2 == 0 else 0.6))):
                now[place] += part
        for kept, value in zip((ore, waste, metal, recovered), now, strict=True):
            kept.append(value)
    same(found, x__ore=ore, x__waste=waste, x__contained_copper=metal, plant__recovered_copper=recovered)


@LOOK
@given(steps, tonnes, st.lists(st.integers(0, 30), min_size=6, max_size=6), st.integers(1, 60), share)
def test_stockpile(step: str, ore: list[float], grades: list[int], capacity: int, availability: float) -> None:
    found = model(
        step, {"kind": "mine_plan", "name": "mine", "ore": by_year(ore), "grades": {"copper": {str(2027 + t): one / 1000 for t, one in enumerate(grades)}}},
        {"kind": "stockpile", "name": "x", "capacity": capacity * 100, "availability": availability, "metals": ["copper"]},
        {"kind": "plant", "name": "plant", "recovery": {"copper": "80%"}, "feed": "stockpile"},
    )  # fmt: skip
    pile = metal = 0.0
    fed, fed_metal = [], []
    for mined, grade in zip(flows(step, ore), levels(step, grades), strict=True):
        pile, metal = pile + mined, metal + mined * grade / 1000
        taken = min(pile, capacity * 100 * availability / STEPS[step])
        content = metal * taken / pile if pile else 0.0
        pile, metal = pile - taken, metal - content
        fed.append(taken)
        fed_metal.append(content)
    same(found, x__fed=fed, x__fed_copper=fed_metal)


@LOOK
@given(steps, tonnes, prices, st.integers(0, 40).map(float), st.integers(0, 4))
def test_cut_off(step: str, metal: list[float], price: list[float], cost: float, earliest: int) -> None:
    found = model(
        step, *sold(metal), {"kind": "operating_cost", "name": "costs", "amount": cost}, {"kind": "cut_off", "name": "x", "earliest": 2027 + earliest},
        price=price,
    )  # fmt: skip
    expected, stopped = [], False
    rows = zip(flows(step, metal), levels(step, price), flows(step, [cost] * 6), strict=True)
    for t, (units, value, fixed) in enumerate(rows):
        cash = 0.0 if stopped else units * value / 1e6 - fixed
        expected.append(cash)
        stopped = stopped or (cash < 0 and t >= earliest * STEPS[step])
    same(found, x__cash=expected)


@LOOK
@given(steps, money, money, st.lists(st.integers(0, 10), min_size=1, max_size=4, unique=True), st.booleans())
def test_r_factor_tax(step: str, spent: list[float], income: list[float], bounds: list[int], gross: bool) -> None:
    bounds = sorted({0, *bounds})
    bands = [{"start": bound / 4, "rate": 0.1 + 0.15 * n} for n, bound in enumerate(bounds)]
    found = model(
        step, {"kind": "capital_cost", "name": "build", "amount": by_year(spent)}, {"kind": "other_revenue", "name": "income", "amount": by_year(income)},
        {"kind": "r_factor_tax", "name": "x", "bands": bands, "holder": "state", "form": "gross" if gross else "net"},
    )  # fmt: skip
    got = laid_out = taken = 0.0
    expected = []
    for capital, earned in zip(flows(step, spent), flows(step, income), strict=True):
        factor = (got - (0.0 if gross else taken)) / laid_out if laid_out else 0.0
        rate = max(band["rate"] for band in bands if band["start"] <= factor + 1e-12)
        expected.append(rate * max(earned - capital, 0.0))
        got, laid_out, taken = got + earned, laid_out + capital, taken + expected[-1]
    same(found, x__tax=expected)
