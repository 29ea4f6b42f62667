"""Risk terms against second methods from terms.md in plain loops: by enumeration of what may happen, and by simulation."""

from __future__ import annotations

import math
from itertools import product
from typing import Any

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from pydantic import ValidationError
from small import by_year, rows, small

from jvmodel.model import Model

COMPANY = {"kind": "incorporated_venture", "name": "company", "interests": {"ann": "60%", "bob": "40%"}}
SALE = {"kind": "metal_sale", "name": "sale", "metal": "copper", "made_by": "plant"}
INCOME = {"kind": "other_revenue", "name": "income", "amount": 120}


def near(expected: Any) -> Any:
    return pytest.approx(expected, rel=1e-9, abs=2e-9)


def passes(model: Model) -> None:
    assert [check.name for check in model.checks if not check.passed] == []


def deck(values: list[float]) -> dict[str, Any]:
    return {"copper": {"unit": "USD/t", "by_year": {str(2027 + t): one for t, one in enumerate(values)}}}


def metal(values: list[float]) -> dict[str, Any]:
    return {"kind": "metal_plan", "name": "plan", "tonnes": {"copper": {str(2027 + t): one for t, one in enumerate(values)}}}


def test_disputes() -> None:
    """0.2 a year over 12; half is mediated in 3 months (0.3 each, 55% back); the rest goes to an expert or to arbitration.

    Revenue is 10 a month. Arbitration: 18 months, a tenth of output at 60% margin, 4 each; 80% × 75% comes back 1.5 years later.
    """
    term = {
        "kind": "dispute", "name": "x", "per_year": 0.2, "amount": 12, "opponent": "bob", "margin": "60%",
        "paths": {"expert": {"probability": "30%", "months": 6, "cost": 0.4, "recovered": "60%"},
                  "arbitration": {"probability": "70%", "months": 18, "cost": 4, "interrupted": "10%", "recovered": "80%", "enforced": "75%"}},
        "mediation": {"settles": "50%", "months": 3, "cost": 0.3, "recovered": "55%"}, "deadlock": {"per_year": 0.1, "months": 6, "cost": 0.5},
    }  # fmt: skip
    model = small(INCOME, term, COMPANY, periods=4)
    goes_on = 0.7 * (18 * 0.1 * 10 * 0.6 + 4) + 0.3 * 0.4
    assert rows(model, "x.total") == near([0.1 * goes_on + 0.2 * 0.3 + 0.1 * 6 * 0.5] * 4)
    assert rows(model, "x.mediation") == near([0.1 * goes_on - 0.2 * 0.3] * 4)
    awards = {3: 0.1 * 12 * 0.55, 6: 0.1 * 0.3 * 12 * 0.6, 18: 0.1 * 0.7 * 12 * 0.8 * 0.75}
    back = [0.0] * 4
    for t, (months, award) in product(range(4), awards.items()):
        whole, part = divmod(months / 12, 1)
        for late, weight in ((t + int(whole), 1 - part), (t + int(whole) + 1, part)):
            back[min(late, 3)] += award * weight
    assert rows(model, "x.back") == near(back)
    assert rows(model, "party.bob.operating") == near([2.4 - one for one in back])
    passes(model)
    with pytest.raises(ValidationError, match="probabilities add up to 30%"):
        small(INCOME, term | {"paths": {"expert": {"probability": "30%", "months": 6, "cost": 0.4}}})


def test_transfers() -> None:
    """A tenth of each distribution waits a year; a fifth of it is then gone to the central bank; an insurer pays half at once for 2%."""
    term = {"kind": "transfer_risk", "name": "x", "partners": ["ann"], "start": 2028, "stopped": "10%", "months": 12, "devaluation": "20%", "central_bank": "state",
            "insurer": "bob", "cover": "50%", "premium": "2%", "balance": 10, "jump": "5%"}  # fmt: skip
    company = {"kind": "incorporated_venture", "name": "company", "interests": {"ann": "100%"}}
    model = small(INCOME, term, company, periods=4)
    paid = [120, 119.9, 119.9, 119.9]
    held = [0, *(0.1 * one for one in paid[1:])]
    let_go = [0, 0, held[1], held[2] + held[3]]
    ann = [
        -h + 0.8 * g + 0.5 * h - 0.5 * 0.8 * g - 0.02 * 0.5 * p * (t > 0)
        for t, (h, g, p) in enumerate(zip(held, let_go, paid, strict=True))
    ]
    assert [a - p for a, p in zip(rows(model, "party.ann.cash"), paid, strict=True)] == near(ann)
    assert rows(model, "party.state.cash") == near([0.2 * g + 0.1 * (t > 0) for t, g in enumerate(let_go)])
    assert rows(model, "party.venture.operating") == near([0, -0.1, -0.1, -0.1])
    passes(model)


def test_a_mine_that_rests() -> None:
    """Rests below 7,000 until 9,000 is back; a schedule mines later what a plan leaves in the ground."""
    rest = {
        "kind": "suspension",
        "name": "rest",
        "metal": "copper",
        "below": 7000,
        "above": 9000,
        "earliest": 2027,
        "care": 4,
        "saved": 6,
        "restart": 1.5,
    }
    plant = {"kind": "plant", "name": "plant", "recovery": {"copper": "90%"}}
    prices = [8000.0, 6500, 8000, 9500, 6000, 9000]
    plan = {"kind": "mine_plan", "name": "mine", "ore": 1000, "grades": {"copper": "2%"}}
    model = small(plan, plant, SALE, rest, COMPANY, periods=6, prices=deck(prices))
    assert rows(model, "rest.rests") == [0, 1, 1, 0, 1, 0]
    assert rows(model, "mine.ore") == near([1000, 0, 0, 1000, 0, 1000])
    assert rows(model, "rest.net") == near([0, -2, -2, 1.5, -2, 1.5])
    schedule = {
        "kind": "mine_schedule",
        "name": "mine",
        "capacity": 1000,
        "phases": {"a": {"tonnes": 2500, "grades": {"copper": "2%"}}},
    }
    later = small(schedule, plant, SALE, rest, COMPANY, periods=6, prices=deck(prices))
    assert rows(later, "mine.ore") == near([1000, 0, 0, 1000, 0, 500])
    with pytest.raises(ValidationError, match="below the 7000 at which it rests"):
        small(plan, plant, SALE, rest | {"above": 6000})


@settings(max_examples=15)
@given(st.integers(1, 60), st.integers(1, 40), st.lists(st.integers(0, 30).map(lambda n: 1000.0 * n), min_size=5, max_size=5))
def test_a_ban_that_may_come_is_the_mean_of_all_its_histories(come: int, go: int, made: list[float]) -> None:
    """All 2^5 histories of a chain of two states, each with its own stock held back, released and sold at the end."""
    term = {"kind": "export_ban", "name": "ban", "metal": "copper", "start": 2027, "imposed": come / 100, "lifted": go / 100, "banned": "80%", "discount": "25%",
            "home_market": 5000}  # fmt: skip
    prices = [9000.0, 8000, 7000, 9500, 10000]
    model = small(metal(made), SALE, term, COMPANY, periods=5, prices=deck(prices))
    held, released, cash = [0.0] * 5, [0.0] * 5, [0.0] * 5
    for history in product((False, True), repeat=5):
        chance, stock, before = 1.0, 0.0, False
        amounts = []
        for t, now in enumerate(history):
            chance *= (1 - go / 100 if now else go / 100) if before else (come / 100 if now else 1 - come / 100)
            freed = stock if before and not now else 0.0
            back = max(0.8 * made[t] - 5000, 0.0) if now else 0.0
            home = min(0.8 * made[t], 5000) if now else 0.0
            stock += back - freed
            received = (made[t] - back - home + freed) * prices[t] + home * prices[t] * 0.75
            if t == 4:
                received += stock * prices[t] * 0.75
            amounts.append((back, freed, received / 1e6))
            before = now
        for t, (back, freed, received) in enumerate(amounts):
            held[t] += chance * back
            released[t] += chance * freed
            cash[t] += chance * received
    assert model.run.single("ban.held_back").tolist() == pytest.approx(held, rel=1e-9, abs=1e-6)
    assert model.run.single("ban.released").tolist() == pytest.approx(released, rel=1e-9, abs=1e-6)
    assert model.run.single("party.venture.cash").tolist() == pytest.approx(cash, rel=1e-9, abs=1e-6)
    passes(model)


def test_a_ban_by_quarters_is_as_likely_at_the_end_of_each_year() -> None:
    term = {
        "kind": "export_ban",
        "name": "ban",
        "metal": "copper",
        "start": 2027,
        "imposed": "20%",
        "lifted": "50%",
        "home_market": 1,
    }
    years = small(metal([100] * 3), SALE, term, COMPANY, periods=3)
    quarters = small(metal([100] * 3), SALE, term, COMPANY, periods=12, timeline={"step": "quarter"})
    assert rows(quarters, "ban.during")[3::4] == near(rows(years, "ban.during"))
    for bad, message in (({"imposed": "60%", "lifted": "50%"}, "add up to more than 100%"), ({"end": 2029}, "one of the two")):
        with pytest.raises(ValidationError, match=message):
            small(metal([1]), SALE, term | bad)


FLOWS = [-200.0, -80, 90, 110, 120, 60]


def hazard(**options: Any) -> Model:
    term = {"kind": "expropriation", "name": "x", "state": "state", "partners": ["ann", "bob"], "chance": {"2028": "2%", "2029": "6%", "2030": "3%", "2031": "3%", "2032": "1%"},
            "start": 2028, "compensation": "40%", "awarded": "80%", "enforced": "70%", "after": 1}  # fmt: skip
    tax = {
        "kind": "corporate_tax",
        "name": "tax",
        "rate": "0%",
        "holder": "state",
        "depreciation": {"plant": {"method": "straight_line", "life": 4, "start": "spending"}},
    }
    return small({"kind": "capital_cost", "name": "build", "amount": by_year([200, 80])}, {"kind": "other_revenue", "name": "income", "amount": by_year([max(one, 0) for one in FLOWS])},
                 tax, term | options, COMPANY, periods=6)  # fmt: skip


@pytest.mark.parametrize("base", ["invested", "book", "value"])
def test_compensation_by_the_year_in_which_it_is_taken(base: str) -> None:
    """Every year in which it may be taken, with its chance: flows until then, and 40% × 80% × 70% of the base a year later."""
    model = hazard(base=base, **({"rate": "10%"} if base == "value" else {}))
    chances = [0.0, 0.02, 0.06, 0.03, 0.03, 0.01]
    invested = [200, 280, 280, 280, 280, 280]
    book = [0, 200 - 50, 280 - 50 - 70, 280 - 120 - 70, 280 - 190 - 70, 280 - 260 - 20]  # at the beginning of each year
    worth = [max(sum(FLOWS[s] / 1.1 ** (s - t) for s in range(t, 6)), 0) for t in range(6)]
    bases = {"invested": invested, "book": book, "value": worth}[base]
    expected = [0.0] * 6
    alive = 1.0
    for taken in range(7):
        chance = alive * chances[taken] if taken < 6 else alive
        alive -= chance if taken < 6 else 0
        for t in range(min(taken, 6)):
            expected[t] += chance * FLOWS[t]
        if taken < 6:
            expected[min(taken + 1, 5)] += chance * 0.4 * 0.8 * 0.7 * bases[taken]
    together = [a + b for a, b in zip(rows(model, "party.ann.cash"), rows(model, "party.bob.cash"), strict=True)]
    assert together == pytest.approx(expected, abs=1e-7)
    passes(model)


def test_insurance_waits() -> None:
    """Taken with 10% in 2028: 90% of 100 insured, paid nine months later: a quarter in 2028, the rest in 2029."""
    cover = {
        "kind": "risk_insurance",
        "name": "cover",
        "insurer": "bob",
        "insured": "ann",
        "value": {"2027": 100},
        "premium": "1%",
        "waiting": 9,
    }
    taken = {
        "kind": "expropriation",
        "name": "x",
        "state": "state",
        "partners": ["ann"],
        "chance": "10%",
        "start": 2028,
        "end": 2029,
    }
    model = small(
        INCOME, taken, cover, {"kind": "incorporated_venture", "name": "company", "interests": {"ann": "100%"}}, periods=3
    )
    assert rows(model, "cover.claim") == near([0, 0.1 * 90 * 0.25, 0.1 * 90 * 0.75])
    assert rows(model, "cover.premium") == near([0.9, 0, 0])


@settings(max_examples=30)
@given(st.integers(0, 100), st.integers(0, 30), st.integers(0, 25), st.sampled_from(["year", "quarter"]))
def test_an_equilibrium_clause_restores_the_value(chance: int, rate: int, discount: int, step: str) -> None:
    """At the clause's rate, one sum when the levy comes is worth what the levy takes: from the state, to the venture."""
    each = {"year": 1, "quarter": 4}[step]
    term = {"kind": "tax_change", "name": "levy", "state": "state", "chance": chance / 100, "start": 2028, "rate": rate / 100, "compensated": "100%",
            "restored": "at_once", "discount_rate": discount / 100}  # fmt: skip
    model = small(INCOME, term, COMPANY, periods=4 * each, timeline={"step": step})
    factors = (1 + discount / 100) ** -(np.arange(1, 4 * each + 1) / each)
    assert (model.run.single("party.state.cash") * factors).sum() == pytest.approx(0, abs=1e-7)
    assert (model.run.single("levy.given_back") > 0).sum() <= 1
    moved = model.run.single("party.venture.cash") + model.run.single("party.state.cash")
    assert moved == pytest.approx(np.full(4 * each, 120 / each), abs=1e-9)


def test_prevention_breaks_even_and_safeguards() -> None:
    """At the β that the term tells, prevention costs what it saves. Safeguards take a third off and cost 3, and 0.4 a year."""
    term = {
        "kind": "stoppage",
        "name": "x",
        "per_year": 2,
        "days": 10,
        "cost": 1,
        "recovered": "25%",
        "prevention": 0.8,
        "prevented_by": 0.3,
    }
    income = {"kind": "other_revenue", "name": "income", "amount": 365}
    without = rows(small(income, {k: v for k, v in term.items() if not k.startswith("prevent")}, COMPANY, periods=1), "x.total")[
        0
    ]
    beta = rows(small(income, term, COMPANY, periods=1), "x.break_even")[0]
    assert beta == near(-math.log(1 - 0.8 / without) / 0.8)
    even = small(income, term | {"prevented_by": beta}, COMPANY, periods=1)
    assert rows(even, "x.total")[0] + 0.8 == pytest.approx(without, abs=1e-7)
    assert rows(small(income, term | {"prevention": 100}, COMPANY, periods=1), "x.break_even") == [0]
    safe = small(
        income,
        term | {"prevention": 0, "safeguards": {"capital": {"2027": 3}, "operating": 0.4, "reduced": "33%"}},
        COMPANY,
        periods=1,
    )
    assert rows(safe, "x.total")[0] == near(0.67 * without)
    assert rows(safe, "party.venture.cash")[0] == near(365 - 0.67 * without - 3.4)


@settings(max_examples=40)
@given(
    st.lists(st.integers(-100, 100), min_size=4, max_size=4),
    st.sampled_from(
        ["stoppage", "dispute", "counterparty_default", "transfer_risk", "tax_change", "expropriation", "risk_insurance"]
    ),
)
def test_a_clause_that_moves_risk_moves_the_same_money_on_both_sides(noise: list[int], clause: str) -> None:
    """In every scenario all parties together have what they would have without the clause, and the market what its service costs."""
    income = {"kind": "other_revenue", "name": "income", "amount": by_year([120 + one for one in noise])}
    taken = {
        "kind": "expropriation",
        "name": "taken",
        "state": "state",
        "partners": ["ann"],
        "chance": "4%",
        "start": 2028,
        "compensation": "30%",
        "after": 1,
    }
    clauses: dict[str, list[dict[str, Any]]] = {
        "stoppage": [{"per_year": 1, "days": 5, "cost": 1, "prevention": 1, "prevented_by": 0.5, "preventer": "bob"}],
        "dispute": [{"per_year": 0.3, "amount": 5, "opponent": "bob", "paths": {"court": {"probability": 1, "months": 10, "cost": 1, "recovered": "50%"}}}],
        "counterparty_default": [{"buyer": "bob", "chance": "5%", "days": 60}],
        "transfer_risk": [{"partners": ["ann"], "start": 2027, "stopped": "20%", "months": 9, "devaluation": "30%", "central_bank": "state", "insurer": "bob", "cover": "80%", "premium": "3%"}],
        "tax_change": [{"state": "state", "chance": "40%", "start": 2028, "rate": "5%", "compensated": "50%"}],
        "expropriation": [{k: v for k, v in taken.items() if k not in ("kind", "name")}],
        "risk_insurance": [{"insurer": "bob", "insured": "ann", "value": 50, "premium": "2%", "waiting": 6}],
    }  # fmt: skip
    more = [taken] if clause == "risk_insurance" else []
    terms = [{"kind": clause, "name": "x"} | one for one in clauses[clause]]
    with_it, without = small(income, *more, *terms, COMPANY), small(income, *more, COMPANY)
    names = ("ann", "bob", "state", "customers", "suppliers", "banks")

    def cash(model: Model, name: str) -> Any:
        return model.run.single(f"party.{name}.cash") if f"party.{name}.cash" in model.graph.rows else np.zeros(4)

    moved = sum(cash(with_it, name) - cash(without, name) for name in names)
    change = with_it.run.single("party.venture.change") - without.run.single("party.venture.change")
    assert moved + change == pytest.approx(np.zeros(4), abs=1e-8)
    passes(with_it)


@pytest.mark.parametrize("step", ["year", "quarter"])
def test_business_interruption(step: str) -> None:
    """60% of the second quarter of 2028: of its 91.25 days 30 are not insured; 0.4 a day; premium 1 a year."""
    each = {"year": 1, "quarter": 4}[step]
    events = {"strike": {"start": "2028-04", "end": "2028-07", "lost": "60%"}}
    term = {
        "kind": "disruption",
        "name": "x",
        "events": events,
        "insurance": {"insurer": "state", "daily": 0.4, "waiting": 30, "premium": 1},
    }
    model = small(INCOME, term, COMPANY, periods=3 * each, timeline={"step": step})
    state = model.run.single("party.state.cash").reshape(3, each).sum(axis=1)
    assert state == pytest.approx([1, 1 - 0.6 * 61.25 * 0.4, 1], rel=1e-9)
    short = small(
        INCOME,
        term | {"insurance": {"insurer": "state", "daily": 0.4, "waiting": 120, "premium": 0}},
        COMPANY,
        periods=3 * each,
        timeline={"step": step},
    )
    assert model.run.single("x.claim").sum() > 0
    assert short.run.single("x.claim").sum() == 0
    passes(model)


def test_all_that_an_owner_has_is_taken() -> None:
    """Carry, promote, product in kind and a partner's own tax go with the venture: nothing is left of it once it is surely taken."""
    taken = {"kind": "expropriation", "name": "x", "state": "state", "partners": ["ann", "bob"], "chance": "100%", "start": 2029}
    build = {"kind": "capital_cost", "name": "build", "amount": by_year([100])}
    income = {"kind": "other_revenue", "name": "income", "amount": by_year([0, 60, 60, 60])}
    phases = {"construction": {"start": 2027, "end": 2028}, "operation": {"start": 2028, "end": 2031}}
    carry = {
        "kind": "loan_carry",
        "name": "carry",
        "carried": "bob",
        "carriers": {"ann": "100%"},
        "during": "construction",
        "rate": "8%",
        "repaid_from": "50%",
    }
    carried = small(build, income, carry, COMPANY, taken, phases=phases)
    assert rows(carried, "carry.repayment")[2] > 0, "the carry would be repaid in 2029"
    ground = {
        "kind": "unincorporated_venture",
        "name": "ground",
        "interests": {"ann": "60%", "bob": "40%"},
        "own_price": {"ann": "5%"},
    }
    tax = {
        "kind": "corporate_tax",
        "name": "tax",
        "taxpayer": "ann",
        "rate": "30%",
        "holder": "state",
        "depreciation": {"plant": {"method": "immediate"}},
    }
    ore = {"kind": "metal_plan", "name": "plan", "tonnes": {"copper": {"2028": 20000, "2029": 20000, "2030": 20000}}}
    in_kind = small(build, ore, SALE, ground, tax, taken, phases=phases)
    assert rows(in_kind, "party.ann.tax")[2] < 0, "Ann would be taxed in 2029"
    for model in (carried, in_kind):
        for party in ("ann", "bob"):
            assert rows(model, f"party.{party}.cash")[2:] == near([0, 0]), party
            assert rows(model, f"party.{party}.cash")[1] != 0
        passes(model)
