"""What parties bring and share: verification, data, research, stocks, procurement, learning, liftings, feeds; by hand and by loops."""

from __future__ import annotations

import math
from itertools import product
from typing import Any

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from pydantic import ValidationError
from scipy.stats import norm
from small import by_year, rows, small

from jvmodel.model import Model

COMPANY = {"kind": "incorporated_venture", "name": "company", "interests": {"ann": "60%", "bob": "40%"}}
INCOME = {"kind": "other_revenue", "name": "income", "amount": 100}
PLAN = {"kind": "metal_plan", "name": "plan", "tonnes": {"copper": 1000}}
SALE = {"kind": "metal_sale", "name": "sale", "metal": "copper", "made_by": "plant"}


def near(expected: Any) -> Any:
    return pytest.approx(expected, rel=1e-9, abs=2e-9)


def passes(model: Model) -> None:
    assert [check.name for check in model.checks if not check.passed] == []


def test_what_an_audit_is_worth() -> None:
    """Against two million draws: the estimate moves to its mean given the audit, and the venture is built where that is positive."""
    term = {
        "kind": "verification",
        "name": "audit",
        "date": 2028,
        "cost": 2,
        "payee": "bob",
        "estimate": 15,
        "spread": 60,
        "noise": 25,
    }
    model = small(INCOME, term, COMPANY, periods=2)
    random = np.random.default_rng(3)
    true = 15 + 60 * random.standard_normal(2_000_000)
    seen = true + 25 * random.standard_normal(2_000_000)
    mean = 15 + (seen - 15) * 60**2 / (60**2 + 25**2)
    worth = np.where(mean > 0, true, 0.0).mean() - 15
    assert rows(model, "audit.value")[0] == pytest.approx(worth, rel=0.01)
    assert rows(model, "audit.posterior")[0] == near((1 / (1 / 60**2 + 1 / 25**2)) ** 0.5)
    assert rows(model, "audit.moves")[0] == near(60**2 / (60**2 + 25**2) ** 0.5)
    assert rows(model, "audit.worth_it") == [1, 1]
    assert rows(model, "party.bob.operating") == near([0, 2])
    surer = small(INCOME, term | {"noise": 0}, COMPANY, periods=2)
    z = 15 / 60
    assert rows(surer, "audit.value")[0] == near(60 * norm.pdf(z) + 15 * norm.cdf(z) - 15)


def test_shared_data() -> None:
    """From 20% to 26% of 80 in 2028, half a year earlier at 10%; 3 of drilling saved for a fee of 1."""
    term = {"kind": "shared_data", "name": "data", "giver": "state", "fee": {"2027": 1}, "saved": {"2027": 3}, "date": 2028, "prize": 80, "before": "20%", "after": "26%",
            "earlier": 6, "rate": "10%"}  # fmt: skip
    model = small(INCOME, term, COMPANY, periods=2)
    assert rows(model, "data.worth") == near([3, 0.06 * 80 + 0.26 * 80 * (1.1**0.5 - 1)])
    assert rows(model, "party.state.cash") == near([1, 0])
    assert rows(model, "party.venture.operating") == near([2, 0])
    with pytest.raises(ValidationError, match="data do not make success less likely"):
        small(INCOME, term | {"after": "10%"}, COMPANY)


@pytest.mark.parametrize("holder", [None, "bob"])
def test_a_safety_stock(holder: str | None) -> None:
    """1.645 × 120 × √4 t at 9,000 and 10%; a platform takes 30% of it away, for 0.05 a year."""
    term = {
        "kind": "safety_stock",
        "name": "stock",
        "metal": "copper",
        "error": 120,
        "lead_time": 4,
        "improved": "30%",
        "platform": 0.05,
    }
    model = small(PLAN, SALE, term | ({"holder": holder} if holder else {}), COMPANY, periods=2)
    before = 1.645 * 120 * 2
    assert rows(model, "stock.before") == near([before] * 2)
    cost = 0.7 * before * 9000 * 0.1 / 1e6
    assert rows(model, "stock.holding") == near([cost] * 2)
    assert rows(model, "stock.saved") == near([before * 0.3 * 9000 * 0.1 / 1e6 - 0.05] * 2)
    payer = "party.bob.downstream" if holder else "party.venture.operating"
    assert rows(model, payer) == near([-cost - 0.05] * 2)
    passes(model)


def test_joint_research() -> None:
    """Budget 10 by 50, 30 and 20; licences of 4 at 60% by 40, 40 and 20; Ann brings 2, which Bob and the state pay for."""
    members = {
        "ann": {"budget": "50%", "foreground": "40%", "background": 2},
        "bob": {"budget": "30%", "foreground": "40%"},
        "state": {"budget": "20%", "foreground": "20%"},
    }
    term = {
        "kind": "joint_research",
        "name": "centre",
        "members": members,
        "amounts": {"2027": 10},
        "licences": {"2028": 4},
        "success": "60%",
    }
    model = small(
        term,
        {"kind": "other_revenue", "amount": 1},
        {"kind": "incorporated_venture", "name": "company", "interests": {"ann": "100%"}},
        periods=2,
    )
    assert rows(model, "party.ann.research") == near([-5 + 2 * 0.5, 4 * 0.6 * 0.4])
    assert rows(model, "party.bob.research") == near([-3 - 2 * 0.3, 0.96])
    assert rows(model, "party.state.research") == near([-2 - 2 * 0.2, 0.48])
    passes(model)
    with pytest.raises(ValidationError, match="shares of the foreground add up to 120%"):
        small(term | {"members": members | {"bob": {"budget": "30%", "foreground": "60%"}}})


def test_procurement_in_the_open() -> None:
    """4% of 50 leaks; an audit of 0.5 with 1.6 leaves e^-0.8 of it."""
    term = {
        "kind": "procurement",
        "name": "open",
        "leaks_to": "bob",
        "leakage": "4%",
        "audit": 0.5,
        "reduced_by": 1.6,
        "auditor": "state",
    }
    costs = {"kind": "operating_cost", "name": "costs", "amount": 50}
    model = small(INCOME, costs, term, COMPANY, periods=2)
    leaked = 50 * 0.04 * math.exp(-0.8)
    assert rows(model, "party.bob.operating") == near([leaked] * 2)
    assert rows(model, "party.state.operating") == near([0.5] * 2)
    assert rows(model, "open.saved") == near([2 - leaked - 0.5] * 2)


def test_learning() -> None:
    """Each doubling beyond 1,000 t leaves 90% of 40 a tonne: nothing in the first year, then (2,000 and 4,000 t) 90% and 81%."""
    mine = {"kind": "mine_plan", "name": "mine", "ore": {"2027": 1000, "2028": 1000, "2029": 2000}, "grades": {"copper": "2%"}}
    plant = {"kind": "plant", "name": "plant", "recovery": {"copper": "80%"}}
    term = {
        "kind": "learning_curve",
        "name": "learnt",
        "progress": "90%",
        "reference": 1000,
        "cost": 40,
        "recovery": {"copper": "10%"},
    }
    model = small(mine, plant, SALE, term, COMPANY, periods=3)
    assert rows(model, "learnt.index") == near([1, 0.9, 0.81])
    assert rows(model, "learnt.saved") == near([0, 1000 * 40 * 0.1 / 1e6, 2000 * 40 * 0.19 / 1e6])
    assert rows(model, "plant.recovery_copper") == near([0.8, 0.81, 0.819])


def lifted_by_hand(
    made: list[float], liftings: list[float], share: float, life: int, price: list[float]
) -> tuple[list[float], list[float]]:
    """What the lifter receives in metal beyond its share, and pays in cash; a queue of signed layers, oldest first."""
    queue: list[list[float]] = []
    metal, cash = [], []
    for t, available in enumerate(made):
        took = min(liftings[t], available)
        difference = took - share * available
        due = sum(layer[1] for layer in queue if t - layer[0] > life)
        queue = [layer for layer in queue if t - layer[0] <= life]
        left = difference
        for layer in queue:
            if layer[1] * left < 0:
                part = min(abs(layer[1]), abs(left))
                layer[1] -= math.copysign(part, layer[1])
                left -= math.copysign(part, left)
        queue.append([t, left])
        if t == len(made) - 1:
            due += sum(layer[1] for layer in queue)
        metal.append(difference * price[t] / 1e6)
        cash.append(due * price[t] / 1e6)
    return metal, cash


@settings(max_examples=40)
@given(
    st.lists(st.integers(0, 20).map(float), min_size=6, max_size=6),
    st.lists(st.integers(0, 20).map(float), min_size=6, max_size=6),
    st.integers(1, 3),
)
def test_liftings(made: list[float], liftings: list[float], life: int) -> None:
    million = 1e6
    price = [9000.0, 8000, 7000, 9000, 10000, 11000]
    plan = {"kind": "metal_plan", "name": "plan", "tonnes": {"copper": by_year([one * million for one in made])}}
    term = {"kind": "lifting", "name": "lifting", "lifter": "bob", "other": "ann", "metal": "copper", "within": 12 * life,
            "lifted": {str(2027 + t): one * million for t, one in enumerate(liftings)}}  # fmt: skip
    deck = {"copper": {"unit": "USD/t", "by_year": {str(2027 + t): one for t, one in enumerate(price)}}}
    model = small(plan, SALE, term, COMPANY, periods=6, prices=deck)
    metal, cash = lifted_by_hand([one * million for one in made], [one * million for one in liftings], 0.4, life, price)
    assert model.run.single("lifting.in_metal").tolist() == pytest.approx(metal, rel=1e-9, abs=1e-6)
    assert model.run.single("lifting.cash").tolist() == pytest.approx(cash, rel=1e-9, abs=1e-6)
    tonnes = model.run.single("lifting.over") - model.run.single("lifting.under") - model.run.single("lifting.settled")
    assert tonnes.sum() == pytest.approx(0, abs=1e-3), "every tonne is made good, in metal or in cash"
    passes(model)


def test_a_feed_of_others_is_bought_or_tolled() -> None:
    """Room of 10,000 − 4,000 t; of 8,000 t offered 6,000 are treated: 2,400 t of copper, 2,304 refined, 80% of it paid for."""
    mine = {"kind": "mine_plan", "name": "mine", "ore": {"2027": 50000}, "grades": {"copper": "2%"}}
    plant = {"kind": "plant", "name": "plant", "recovery": {"copper": "100%"}, "concentrate": {"lead": "copper", "grade": "25%"}}
    refinery = {"kind": "refinery", "name": "refinery", "share": "100%", "recovery": {"copper": "98%"}}
    sale = {"kind": "metal_sale", "name": "sale", "metal": "copper"}
    feed = {"kind": "refinery_feed", "name": "feed", "metal": "copper", "tonnes": {"2027": 8000}, "content": "40%", "recovery": "96%", "capacity": 10000,
            "conversion": 300, "by_products": 10}  # fmt: skip
    bought = small(mine, plant, refinery, sale, feed | {"pays": "80%"}, COMPANY, periods=1)
    plain = small(mine, plant, refinery, sale, COMPANY, periods=1)
    margin = 2304 * 0.009 - 0.8 * 2400 * 0.009 - 1.8 + 0.06
    assert rows(bought, "feed.margin") == near([margin])
    assert rows(bought, "feed.utilised") == near([1])
    assert rows(bought, "sale.sold") == near([980 + 2304])
    assert rows(bought, "party.venture.cash")[0] - rows(plain, "party.venture.cash")[0] == near(margin)
    tolled = small(mine, plant, refinery, sale, feed | {"toll": 420}, COMPANY, periods=1)
    assert rows(tolled, "party.venture.cash")[0] - rows(plain, "party.venture.cash")[0] == near(6000 * (420 - 300 + 10) / 1e6)
    with pytest.raises(ValidationError, match="pays for 97% of the metal and recovers 96%: every tonne loses money"):
        small(mine, plant, refinery, sale, feed | {"pays": "97%"}, COMPANY, periods=1)


@settings(max_examples=30)
@given(
    st.lists(st.tuples(st.integers(1, 10), st.integers(0, 50), st.integers(0, 40), st.booleans()), min_size=1, max_size=4),
    st.integers(0, 30),
)
def test_sourcing_by_every_state(given_: list[tuple[int, int, int, bool]], shock: int) -> None:
    """Against a loop over states of suppliers and of the shock itself; and the law that a share lost costs its chance."""
    whole = sum(one[0] for one in given_)
    suppliers = [(share / whole, outage / 100, spare / 100, region) for share, outage, spare, region in given_]
    if not any(one[3] for one in suppliers):
        shock = 0
    term = {"kind": "sourcing", "name": "sources", "buyer": "bob", "metal": "copper", "need": 1000, "months": 6, "cost": 0.5, "shock": shock / 100,
            "suppliers": {f"s{n}": {"share": one[0], "outage": one[1], "spare": one[2], "region": one[3], "premium": 10 * n} for n, one in enumerate(suppliers)}}  # fmt: skip
    model = small(PLAN, SALE, term, COMPANY, periods=1)
    short = ever = 0.0
    for struck in (False, True):
        for up in product((True, False), repeat=len(suppliers)):
            chance = shock / 100 if struck else 1 - shock / 100
            for one, works in zip(suppliers, up, strict=True):
                chance *= 1 - one[1] if works else one[1]
            there = [one for one, works in zip(suppliers, up, strict=True) if works and not (struck and one[3])]
            missing = max(1 - sum(one[0] + one[2] for one in there), 0)
            short += chance * missing
            ever += chance * (missing > 1e-9)
    assert rows(model, "sources.short")[0] == pytest.approx(short, abs=1e-9)
    assert rows(model, "sources.ever")[0] == pytest.approx(ever, abs=1e-9)
    first = suppliers[0]
    alone = 1 - (1 - first[1]) * (1 - shock / 100 * first[3])
    assert rows(model, "sources.avoided")[0] == pytest.approx((alone - short) * 500 * 9000 * 0.5 / 1e6, abs=1e-8)
    assert rows(model, "sources.concentration")[0] == pytest.approx(sum(one[0] ** 2 for one in suppliers), abs=1e-9)
    assert rows(model, "sources.premium")[0] == pytest.approx(
        sum(one[0] * 10 * n for n, one in enumerate(suppliers)) * 1000 / 1e6, abs=1e-9
    )
    if not any(one[2] for one in suppliers):
        expected = sum(one[0] * (1 - (1 - one[1]) * (1 - shock / 100 * one[3])) for one in suppliers)
        assert short == pytest.approx(expected), "without spare each share is lost with its own chance"


def test_trade_disruptions() -> None:
    """22% and 12% of supply, elasticities of 0.3 and 0.2: 44% and 24%; 4% of 9 months and 2% of 4 of 40,000 t at 9,000."""
    term = {"kind": "trade_disruption", "name": "us", "country": "state", "metal": "copper", "use": 40000, "demand_elasticity": 0.3, "supply_elasticity": 0.2,
            "scenarios": {"a": {"chance": "4%", "months": 9, "lost": "22%"}, "b": {"chance": "2%", "months": 4, "lost": "12%"}}, "assured": "20%", "critical_from": 5,
            "domestic_producers": 2, "indicators": {"disruption_potential": 0.5, "trade_exposure": 0.7, "economic_vulnerability": 0.4}}  # fmt: skip
    model = small(PLAN, SALE, term, COMPANY, periods=2)
    cost = 360 * (0.04 * 0.75 * 0.44 + 0.02 / 3 * 0.24)
    assert rows(model, "us.cost") == near([cost] * 2)
    assert rows(model, "us.present") == near([0.2 * cost / 1.1, 0.2 * cost / 1.21])
    assert rows(model, "us.critical") == [1, 1]
    assert rows(model, "us.mean") == near([(0.5 * 0.7 * 0.4) ** (1 / 3)] * 2)
    alone = small(PLAN, SALE, term | {"critical_from": 50, "domestic_producers": 1}, COMPANY, periods=1)
    assert rows(alone, "us.critical") == [1]
    assert rows(small(PLAN, SALE, term | {"critical_from": 50}, COMPANY, periods=1), "us.critical") == [0]


def test_the_rise_of_the_price_from_elasticities() -> None:
    """12% short over 0.15 + 0.05 is 60%; the same as the rise given, and its present value bounds what support may cost."""
    plain = {
        "kind": "supply_security",
        "name": "security",
        "buyer": "bob",
        "metal": "copper",
        "volume": 600,
        "need": 2000,
        "chance": "5%",
        "months": 6,
    }
    shortage = {"share": "12%", "demand_elasticity": 0.15, "supply_elasticity": 0.05}
    one, other = (small(PLAN, SALE, plain | how, COMPANY, periods=2) for how in ({"spike": 0.6}, {"shortage": shortage}))
    value = 0.05 * 300 * 9000 * 0.6 / 1e6
    for model in (one, other):
        assert rows(model, "security.value") == near([value] * 2)
        assert rows(model, "security.present") == near([value / 1.1, value / 1.21])
    with pytest.raises(ValidationError, match="no price would clear the market"):
        small(PLAN, SALE, plain | {"shortage": shortage | {"demand_elasticity": 0, "supply_elasticity": 0}})
    with pytest.raises(ValidationError, match=r"give spike .* or shortage"):
        small(PLAN, SALE, plain)


def test_goods_on_the_way_cost_money() -> None:
    """800 t by rail in 10 days and 200 by road in 30: 14 days of a revenue of 365 on average, at 10%."""
    mine = {"kind": "mine_plan", "name": "mine", "ore": {"2027": 1000}, "grades": {"copper": "2%"}}
    income = {"kind": "other_revenue", "name": "income", "amount": 365}
    term = {
        "kind": "routes",
        "name": "routes",
        "per": "ore",
        "carry": "10%",
        "routes": {"rail": {"cost": 0, "capacity": 800, "days": 10}, "road": {"cost": 1000, "capacity": 900, "days": 30}},
    }
    model = small(mine, income, term, COMPANY, periods=1)
    assert rows(model, "routes.transit") == near([1.4])
    assert rows(model, "routes.cost") == near([1.4 + 0.2])
    quarters = small(mine, income, term, COMPANY, periods=4, timeline={"step": "quarter"})
    assert sum(rows(quarters, "routes.transit")) == pytest.approx(1.4, abs=1e-8)


def test_a_railway_that_two_mines_share() -> None:
    """Of 1,000 t a year 700 and 400 are reserved: a check fails. 600 and 400 fit, but 1,100 t are moved: a queue is told."""
    railway = {"kind": "incorporated_venture", "name": "rail_company", "venture": "railway", "interests": {"bob": "100%"}}
    ventures = {"railway": {"name": "Railway", "discount_rate": "8%"}, "second": {"name": "Second mine", "discount_rate": "8%"}}

    def shared(first: float, second: float, ore: float) -> Model:
        terms: list[dict[str, Any]] = []
        for venture, reserved, tonnes in ((None, first, ore), ("second", second, 400)):
            where = {"venture": venture} if venture else {}
            name = venture or "main"
            terms += [
                {"kind": "mine_plan", "name": f"mine_{name}", "ore": {"2027": tonnes}, "grades": {"copper": "2%"}} | where,
                {
                    "kind": "facility_tariff",
                    "name": f"rail_{name}",
                    "owner": "railway",
                    "per": "ore",
                    "reserved": reserved,
                    "capacity": 1000,
                    "tariff": 10,
                }
                | where,
                {"kind": "other_revenue", "name": f"income_{name}", "amount": 1} | where,
                {"kind": "incorporated_venture", "name": f"company_{name}", "interests": {"ann": "100%"}} | where,
            ]
        return small(*terms, railway, periods=1, ventures=ventures)

    assert [check.passed for check in shared(600, 400, 600).checks if "fits" in check.name] == [True, True]
    assert [check.passed for check in shared(700, 400, 600).checks if "fits" in check.name] == [False, False]
    crowded = shared(600, 400, 700)
    assert [one.text for one in crowded.warnings if "room" in one.text] == [
        "Rail main: users move more than the facility has room for",
        "Second mine: rail second: users move more than the facility has room for",
    ]
    assert rows(crowded, "rail_main.utilised") == near([1.1])
