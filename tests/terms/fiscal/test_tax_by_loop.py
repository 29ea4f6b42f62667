"""Income tax against a plain loop written from terms.md B7 to B13: random deals by year, half-year and quarter."""

from __future__ import annotations

from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from pydantic import ValidationError
from small import by_year, rows, small

from jvmodel.errors import GraphError

STEPS = {"year": 1, "half": 2, "quarter": 4}
YEARS = 6
OWNER = {"kind": "incorporated_venture", "name": "company", "interests": {"ann": "100%"}}
money = st.lists(st.integers(0, 150).map(float), min_size=YEARS, max_size=YEARS)
share = st.integers(1, 100).map(lambda number: number / 100)
years = st.integers(1, 5)

METHODS = st.one_of(
    st.fixed_dictionaries({"method": st.just("straight_line"), "life": st.integers(2, 10).map(lambda n: n / 2)}),
    st.fixed_dictionaries({"method": st.just("declining_balance"), "rate": share}),
    st.fixed_dictionaries({"method": st.just("declining_balance"), "rate": share, "within": years}),
    st.just({"method": "immediate"}),
    st.just({"method": "shares", "shares": [0.2, 0.32, 0.48]}),
)
EXTRAS = st.fixed_dictionaries(
    {"start": st.sampled_from(["production", "spending"]), "write_off": st.booleans()}, optional={"allowance": share}
)
LOSSES = st.fixed_dictionaries({"cap": share}, optional={"expire_after": years})


def depreciated(how: dict[str, Any], spent: list[float], each: int) -> tuple[list[float], list[float]]:
    """What is written off, and what is placed in service, period by period: each vintage on its own, then within the pool."""
    periods = len(spent)
    begins = each if how["start"] == "production" else 0  # production begins in the second year
    placed = [0.0] * periods
    for t, amount in enumerate(spent):
        placed[max(t, begins)] += amount
    life = {"straight_line": how.get("life"), "shares": 3, "declining_balance": how.get("within")}.get(how["method"])
    weights: list[float] = []
    if how["method"] == "straight_line":
        left = max(life * each, 1.0)
        weights = [min(1.0, max(left - k, 0.0)) / left for k in range(periods)]
    elif life is not None:
        book, yearly = 1.0, how.get("shares", [])
        if not yearly:
            for year in range(int(life)):
                yearly = [*yearly, max(how["rate"] * book, book / (life - year))]
                book -= yearly[-1]
        weights = [yearly[k // each] / each if k // each < len(yearly) else 0.0 for k in range(periods)]
    book, found = 0.0, []
    for t in range(periods):
        book += placed[t]
        if weights:
            now = min(sum(placed[v] * weights[t - v] for v in range(t + 1)), book)
        else:
            now = book if how["method"] == "immediate" else book * (1 - (1 - how["rate"]) ** (1 / each))
        if how["write_off"] and t == periods - 1:
            now = book
        book -= now
        found.append(now)
    return found, placed


def taxed(income: list[float], rate: float, losses: dict[str, Any], each: int) -> tuple[list[float], list[float]]:
    """Tax, and losses used, with layers kept one by one."""
    layers: list[list[float]] = []
    taxes, used = [], []
    for t, amount in enumerate(income):
        if "expire_after" in losses:
            layers = [one for one in layers if t - one[0] <= losses["expire_after"] * each]
        wanted, taken = max(amount, 0.0) * losses["cap"], 0.0
        for layer in layers:
            part = min(layer[1], wanted - taken)
            layer[1] -= part
            taken += part
        if amount < 0:
            layers.append([t, -amount])
        used.append(taken)
        taxes.append(rate * (max(amount, 0.0) - taken))
    return taxes, used


def flows(step: str, amounts: list[float]) -> list[float]:
    return [one / STEPS[step] for one in amounts for _ in range(STEPS[step])]


@settings(max_examples=80)
@given(st.sampled_from(sorted(STEPS)), money, money, money, METHODS, EXTRAS, LOSSES, share)
def test_tax_is_what_a_loop_says(step: str, spent: list[float], costs: list[float], income: list[float], method: dict[str, Any],
                                 extras: dict[str, Any], losses: dict[str, Any], rate: float) -> None:  # fmt: skip
    how = method | extras
    model = small(
        {"kind": "capital_cost", "name": "build", "amount": by_year(spent)}, {"kind": "operating_cost", "name": "costs", "amount": by_year(costs)},
        {"kind": "other_revenue", "name": "income", "amount": by_year(income)},
        {"kind": "corporate_tax", "name": "tax", "rate": rate, "holder": "state", "depreciation": {"plant": how}, "losses": losses}, OWNER,
        periods=YEARS * STEPS[step], timeline={"step": step}, phases={"operation": {"start": 2028}},
    )  # fmt: skip
    written_off, placed = depreciated(how, flows(step, spent), STEPS[step])
    assert rows(model, "tax.plant.depreciation") == pytest.approx(written_off, rel=1e-9, abs=1e-7)
    assert sum(written_off) <= sum(spent) + 1e-7, "never more than cost"
    allowance = how.get("allowance", 0.0)
    earned = [
        a - b - c - allowance * d for a, b, c, d in zip(flows(step, income), flows(step, costs), written_off, placed, strict=True)
    ]
    taxes, used = taxed(earned, rate, losses, STEPS[step])
    assert rows(model, "tax.losses_used") == pytest.approx(used, rel=1e-9, abs=1e-7)
    assert rows(model, "tax.paid") == pytest.approx(taxes, rel=1e-9, abs=1e-7)
    assert all(a <= max(b, 0.0) + 1e-7 for a, b in zip(used, earned, strict=True)), "never more than profit"


def test_a_declining_balance_turns_to_a_straight_line() -> None:
    """100 at 40% within 5 years: 40, 24, 14.4, then 10.8 twice, as an even part of 21.6 is more than 40% of it."""
    model = small(
        {"kind": "capital_cost", "name": "build", "amount": {"2027": 100}}, {"kind": "other_revenue", "name": "income", "amount": 50},
        {"kind": "corporate_tax", "name": "tax", "rate": "30%", "holder": "state",
         "depreciation": {"plant": {"method": "declining_balance", "rate": "40%", "within": 5}}}, OWNER, periods=6,
    )  # fmt: skip
    assert rows(model, "tax.plant.depreciation") == pytest.approx([40, 24, 14.4, 10.8, 10.8, 0])


TWO = {
    "ventures": {"works": {"name": "Works", "discount_rate": "10%"}},
    "prices": {},
    "periods": 4,
}


def two_ventures(first: list[float], second: list[float], **head: Any) -> Any:
    terms = []
    for venture, amounts in ((None, first), ("works", second)):
        of = {"venture": venture} if venture else {}
        tag = venture or "mine"
        terms += [
            {"kind": "other_revenue", "name": f"income_{tag}", "amount": by_year([max(one, 0) for one in amounts])} | of,
            {"kind": "operating_cost", "name": f"costs_{tag}", "amount": by_year([max(-one, 0) for one in amounts])} | of,
            {"kind": "corporate_tax", "name": f"tax_{tag}", "rate": "30%", "holder": "state", "depreciation": {"plant": {"method": "immediate"}}} | of | (
                {} if venture else head),
            {"kind": "incorporated_venture", "name": f"company_{tag}", "interests": {"ann" if venture else "bob": "100%"}} | of,
        ]  # fmt: skip
    return small(*terms, **TWO)


def test_income_of_two_ventures_is_taxed_together() -> None:
    """Profits of 50, 50, 0, 50 and of −80, 30, 60, 0: apart the state takes 45 + 3, together 30% of 0, 50, 60, 50."""
    apart = two_ventures([50, 50, 0, 50], [-80, 30, 60, 0])
    assert rows(apart, "party.state.tax") == pytest.approx([15, 15, 3, 15])
    together = two_ventures([50, 50, 0, 50], [-80, 30, 60, 0], consolidates=["works"])
    assert rows(together, "party.state.tax") == pytest.approx([0, 15, 18, 15])
    assert rows(together, "tax_mine.others") == pytest.approx([0, 0, 3, 0])
    assert rows(together, "party.ann.cash") == rows(apart, "party.ann.cash"), "the other venture pays what it would alone"
    assert [check.name for check in together.checks if not check.passed] == []


def test_only_another_venture_is_consolidated() -> None:
    with pytest.raises(GraphError, match=r"consolidates: 'port' is not another venture of the deal \(other ventures: works\)"):
        two_ventures([50, 0, 0, 0], [10, 0, 0, 0], consolidates=["port"])


@pytest.mark.parametrize(
    ("how", "message"),
    [
        ({"method": "shares", "shares": [0.5, 0.4]}, "shares add up to 90%; they must add up to 100%"),
        ({"method": "shares"}, "shares goes with method shares; give it"),
        ({"method": "immediate", "within": 3}, "within goes with method declining_balance, and is a whole number of years"),
        (
            {"method": "declining_balance", "rate": 0.2, "within": 2.5},
            "within goes with method declining_balance, and is a whole number of years",
        ),
    ],
)
def test_bad_input_is_refused_in_words(how: dict[str, Any], message: str) -> None:
    with pytest.raises(ValidationError) as caught:
        small({"kind": "corporate_tax", "name": "tax", "rate": "30%", "holder": "state", "depreciation": {"plant": how}}, OWNER)
    assert message in [error["msg"] for error in caught.value.errors()]


@settings(max_examples=60)
@given(
    st.sampled_from(sorted(STEPS)),
    money,
    money,
    st.integers(0, 12),
    st.integers(0, 30),
    st.integers(1, 30),
    st.booleans(),
    st.booleans(),
)
def test_limits_credits_and_minimum_by_a_loop(step: str, costs: list[float], income: list[float], credit: int, minimum: int, limit: int,
                                              refundable: bool, holiday: bool) -> None:  # fmt: skip
    """Interest within a share of EBITDA, an investment credit, a minimum on revenue and a holiday, all of them at once."""
    each = STEPS[step]
    tax: dict[str, Any] = {
        "kind": "corporate_tax", "name": "tax", "rate": "30%", "holder": "state", "minimum": minimum / 1000, "interest": {"share": limit / 100},
        "depreciation": {"plant": {"method": "straight_line", "life": 4, "credit": credit / 100}}, "credits": {"refundable": refundable},
    }  # fmt: skip
    if holiday:
        tax["holiday"] = {"start": 2028, "end": 2030, "rate": "10%"}
    model = small(
        {"kind": "capital_cost", "name": "build", "amount": {"2027": 100}}, {"kind": "operating_cost", "name": "costs", "amount": by_year(costs)},
        {"kind": "other_revenue", "name": "income", "amount": by_year(income)}, tax, OWNER,
        {"kind": "senior_loan", "name": "loan", "lender": "bob", "amount": 60, "profile": "equal", "base_rate": "8%", "tenor": 4},
        periods=YEARS * each, timeline={"step": step},
        phases={"construction": {"start": 2027, "end": 2028}, "operation": {"start": 2028}},
    )  # fmt: skip
    interest = model.run.single("loan.interest")
    kept = losses = carried = owed = 0.0
    expected = []
    for t, (cost, earned, charged) in enumerate(zip(flows(step, costs), flows(step, income), interest, strict=True)):
        ebitda = earned - cost
        allowed = min(kept + charged, max(ebitda, 0.0) * limit / 100)
        kept += charged - allowed
        profit = ebitda - (100 / 4 / each if each <= t < 5 * each else 0.0) - allowed
        used = min(losses, max(profit, 0.0))
        losses += max(-profit, 0.0) - used
        rate = 0.1 if holiday and each <= t < 3 * each else 0.3
        before = rate * (max(profit, 0.0) - used)
        new = credit if t == each else 0.0  # 100 enters service when production begins
        if refundable:
            after = before - new
        else:
            taken = min(before, carried + new)
            carried += new - taken
            after = before - taken
        least = earned * minimum / 1000
        topped = max(least - after, 0.0)
        back = min(owed, max(after - least, 0.0))
        owed += topped - back
        expected.append(after + topped - back)
    assert rows(model, "tax.paid") == pytest.approx(expected, rel=1e-9, abs=1e-7)
