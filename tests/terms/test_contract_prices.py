"""Price formulas, quotational periods, tolerances, renewals, take-or-pay by the year, treaties and what a floor is worth."""

from __future__ import annotations

from typing import Any

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from pydantic import ValidationError
from small import rows, small

from jvmodel.model import Model
from jvmodel.processes import Brownian

COMPANY = {"kind": "incorporated_venture", "name": "company", "interests": {"ann": "100%"}}
SALE = {"kind": "metal_sale", "name": "sale", "metal": "copper", "made_by": "plant"}


def near(expected: Any) -> Any:
    return pytest.approx(expected, rel=1e-9, abs=2e-9)


def sold(made: list[float], price: list[float], *terms: dict[str, Any], step: str = "year", **settings_: Any) -> Model:
    """`made` and `price` by year."""
    each = {"year": 1, "quarter": 4}[step]
    plan = {"kind": "metal_plan", "name": "plan", "tonnes": {"copper": {str(2027 + t): one for t, one in enumerate(made)}}}
    deck = {"copper": {"unit": "USD/t", "by_year": {str(2027 + t): one for t, one in enumerate(price)}}}
    return small(
        plan,
        SALE,
        *terms,
        COMPANY,
        periods=len(made) * each,
        timeline={"step": step},
        prices=settings_.pop("prices", deck),
        **settings_,
    )


def contract(**terms: Any) -> dict[str, Any]:
    return {"kind": "offtake", "name": "deal", "buyer": "bob", "metal": "copper"} | terms


def test_a_price_at_cost() -> None:
    """Operating cost of 3 and selling cost of 0.1 on 1,000 t: 3,100 a tonne, and a tenth."""
    costs = {"kind": "operating_cost", "name": "costs", "amount": 3}
    plan = {"kind": "metal_plan", "name": "plan", "tonnes": {"copper": 1000}}
    model = small(plan, SALE | {"selling_cost": 100}, costs, contract(share="40%", cost_plus="10%"), COMPANY, periods=1)
    assert rows(model, "deal.contract") == near([3410])
    assert rows(model, "deal.paid") == near([400 * 3410 / 1e6])
    with pytest.raises(ValidationError, match="one price formula"):
        small(plan, SALE, contract(share="40%", cost_plus="10%", fixed=5))


def test_a_regulated_price_and_the_host_first() -> None:
    """100 t: the host's 60 come first at 4,000 and then 4,200 in the money of the year; the other gets the 40 that are left."""
    host = contract(name="host", buyer="state", volume=60, fixed={"2027": 4000, "2028": 4200}, fixed_in="nominal", rank=1)
    model = sold([100, 100], [9000, 9000], host, contract(volume=70, rank=2), basis="nominal", inflation=0.1)
    assert rows(model, "host.contract") == near([4000, 4200])
    assert rows(model, "deal.taken") == near([40, 40])
    indexed = sold([100, 100], [9000, 9000], host | {"fixed": 4000, "fixed_in": "real"}, basis="nominal", inflation=0.1)
    assert rows(indexed, "host.contract") == near([4000 * one for one in rows(indexed, "prices.index")])


@settings(max_examples=30)
@given(st.lists(st.integers(1, 30).map(lambda n: 1000.0 * n), min_size=4, max_size=4), st.lists(st.integers(40, 120).map(lambda n: 100.0 * n), min_size=4, max_size=4),
       st.sampled_from([1, 2, 3, 5, 6, 9]), st.integers(50, 100))  # fmt: skip
def test_a_quotational_period_of_one_buyer(made: list[float], price: list[float], months: int, provisional: int) -> None:
    """Month by month: paid in part at the price of shipment, the balance so many months later at the price of then; one buyer alone."""
    term = contract(share="60%", discount="2%", pricing={"months": months, "provisional": provisional / 100})
    model = sold(made, price, term, contract(name="spot", buyer="state", share="10%", discount="2%"), step="quarter")
    paid = np.zeros(16)
    quarterly = [one for one in price for _ in range(4)]
    whole, part = divmod(months / 3, 1)
    for t in range(16):
        tonnes = 0.6 * made[t // 4] / 4
        later = [quarterly[min(t + int(whole), 15)], quarterly[min(t + int(whole) + 1, 15)]]
        final = later[0] * (1 - part) + later[1] * part
        first = tonnes * quarterly[t] * 0.98 * provisional / 100
        paid[t] += first
        balance = tonnes * final * 0.98 - first
        paid[min(t + int(whole), 15)] += balance * (1 - part)
        paid[min(t + int(whole) + 1, 15)] += balance * part
    assert model.run.single("deal.paid").tolist() == pytest.approx((paid / 1e6).tolist(), rel=1e-9, abs=1e-9)
    assert rows(model, "spot.discount") == near([0.1 * made[t // 4] / 4 * 0.02 * quarterly[t] / 1e6 for t in range(16)])
    assert [check.name for check in model.checks if not check.passed] == []


@pytest.mark.parametrize(("option", "tonnes"), [("buyer", [36, 44, 40]), ("seller", [44, 36, 40])])
def test_tolerances(option: str, tonnes: list[float]) -> None:
    """At 8,000 fixed a buyer takes a tenth less of 40 t when the market is at 7,000, and a tenth more at 9,000; a seller the other way."""
    model = sold([100] * 3, [7000, 9000, 8000], contract(volume=40, fixed=8000, tolerance={"share": "10%", "option": option}))
    assert rows(model, "deal.taken") == near(tonnes)


def test_a_renewal() -> None:
    """Two years, and with a chance of 40% two more; then spot."""
    model = sold([100] * 5, [9000] * 5, contract(volume=50, discount="10%", until=2029, renewal={"chance": "40%", "until": 2031}))
    assert rows(model, "deal.taken") == near([50, 50, 20, 20, 0])
    for bad, message in (
        ({"until": 2029, "renewal": {"chance": 1, "until": 2028}}, "not after"),
        ({"renewal": {"chance": 1, "until": 2028}}, "goes with until"),
    ):
        with pytest.raises(ValidationError, match=message):
            sold([1], [1], contract(volume=50, **bad))


def top(**terms: Any) -> dict[str, Any]:
    return {"kind": "take_or_pay", "name": "contract", "buyer": "bob", "metal": "copper", "quantity": 100, "share": "90%"} | terms


def test_take_or_pay_counts_the_year_and_not_the_quarter() -> None:
    """All of a year's metal in its first half is no shortfall; 60 of 90 in 2028 are."""
    demand = {"2027-Q1": 50, "2027-Q2": 50, "2027-Q3": 0, "2027-Q4": 0, "2028-Q1": 0, "2028-Q2": 30, "2028-Q3": 30, "2028-Q4": 0}
    model = sold([400, 400], [1e6, 1e6], top(demand=demand), step="quarter")
    assert rows(model, "contract.shortfall") == near([0] * 7 + [30])
    assert rows(model, "contract.cash") == near([50, 50, 0, 0, 0, 30, 30, 30])


def test_damages_are_capped_by_the_year() -> None:
    """10% of what is short of 25 t a quarter at 1 m: 2.5 a quarter, of which a cap of 6 a year leaves 1 in the third."""
    model = sold([0, 0], [1e6, 1e6], top(demand=100, damages="10%", damages_cap=6), step="quarter")
    assert rows(model, "contract.damages") == near([2.5, 2.5, 1, 0] * 2)
    flood = {"kind": "disruption", "name": "events", "events": {"flood": {"start": "2027-01", "end": "2027-07", "lost": "100%"}}}
    excused = sold([0, 0], [1e6, 1e6], flood, top(demand=100, damages="10%", force_majeure=True), step="quarter")
    assert rows(excused, "contract.damages") == near([0, 0] + [2.5] * 6)


def test_over_take_counts_later() -> None:
    """130 of an obligation of 90 in 2027: 40 too many; they meet 10 of 2028's shortfall, and have lapsed by 2030."""
    model = sold([200] * 4, [1e6] * 4, top(demand={"2027": 130, "2028": 80, "2029": 90, "2030": 60}, carry_forward=2))
    assert rows(model, "contract.carry_forward.used") == near([0, 10, 0, 0])
    assert rows(model, "contract.carry_forward.lapsed") == near([0, 0, 0, 30])
    assert rows(model, "contract.shortfall") == near([0, 0, 0, 30])


@settings(max_examples=60)
@given(
    *(st.lists(st.integers(0, 150).map(float), min_size=6, max_size=6) for _ in range(2)), st.integers(1, 3), st.integers(1, 3)
)
def test_a_tonne_taken_ahead_or_made_up_counts_once(made: list[float], demand: list[float], life: int, ahead: int) -> None:
    """By two queues of layers in a plain loop."""
    model = sold(
        made, [9000.0] * 6, top(demand={str(2027 + t): one for t, one in enumerate(demand)}, make_up=life, carry_forward=ahead)
    )
    owed: list[list[float]] = []
    early: list[list[float]] = []
    for t, (there, wanted) in enumerate(zip(made, demand, strict=True)):
        obligation, taken = max(90 - max(100 - there, 0), 0), min(there, wanted)
        owed, early = [one for one in owed if t - one[0] <= life], [one for one in early if t - one[0] <= ahead]
        amounts = []
        for queue, room in ((owed, max(taken - obligation, 0.0)), (early, max(obligation - taken, 0.0))):
            drawn = 0.0
            for layer in queue:
                part = min(layer[1], room - drawn)
                layer[1] -= part
                drawn += part
            amounts.append((room, drawn))
        (beyond, made_up), (gross, counted) = amounts
        owed.append([t, gross - counted])
        early.append([t, beyond - made_up])
        assert rows(model, "contract.made_up")[t] == pytest.approx(made_up, abs=1e-6)
        assert rows(model, "contract.shortfall")[t] == pytest.approx(gross - counted, abs=1e-6)


@settings(max_examples=40)
@given(
    st.lists(st.integers(40, 160).map(lambda n: 100.0 * n), min_size=8, max_size=8), st.integers(5, 60).map(lambda n: 1000.0 * n)
)
def test_a_treaty(price: list[float], capacity: float) -> None:
    """The reference moves by 5% in the year after the market has left the 15% about it; beyond 20% the manager must trade."""
    term = {
        "kind": "buffer_stock",
        "name": "pool",
        "manager": "state",
        "metal": "copper",
        "treaty": {"reference": 9000},
        "capacity": capacity,
        "share": "50%",
        "carry": "0%",
    }
    model = sold([20000.0] * 8, price, term)
    reference, stock, cost, before = 9000.0, 0.0, 0.0, 9000.0
    for t, market in enumerate(price):
        if before > reference * 1.15:
            reference *= 1.05
        elif before < reference * 0.85:
            reference *= 0.95
        before = market
        buys = 1 if market < reference * 0.8 else 0.5 if market < reference * 0.85 else 0
        sells = 1 if market > reference * 1.2 else 0.5 if market > reference * 1.15 else 0
        bought = min(10000, capacity - stock) * buys
        gone = min(10000, stock) * sells
        money = gone * min(market, reference * 1.2) - bought * max(market, reference * 0.8)
        average = cost / stock if stock else 0
        stock += bought - gone
        cost += bought * max(market, reference * 0.8) - gone * average
        assert model.run.single("pool.reference")[t] == pytest.approx(reference)
        assert model.run.single("pool.closing")[t] == pytest.approx(stock, abs=1e-6)
        assert model.run.single("pool.cost")[t] * 1e6 == pytest.approx(cost, abs=1)
        assert model.run.single("party.state.cash")[t] * 1e6 == pytest.approx(money, abs=1e-3)
    for bad, message in (
        ({"treaty": {"reference": 9000, "may": "30%"}}, "lies beyond must"),
        ({"floor": 1}, "one of the two"),
        ({"released_to": "bob"}, "goes with released"),
    ):
        with pytest.raises(ValidationError, match=message):
            sold([1], [1], term | bad)


def test_what_is_left_of_protection_is_told() -> None:
    """10,000 t offered at 6,000: 4,000 have room, 6,000 are refused; afterwards the floor protects nothing more."""
    term = {
        "kind": "buffer_stock",
        "name": "pool",
        "manager": "state",
        "metal": "copper",
        "floor": 7000,
        "ceiling": 9000,
        "share": "50%",
    }
    full = sold([20000.0, 0], [6000, 8000], term | {"capacity": 4000})
    assert rows(full, "pool.refused") == near([6000, 0])
    assert rows(full, "pool.protects") == near([0, 0])
    poor = sold([20000.0, 0], [6000, 8000], term | {"capacity": 40000, "budget": 35})
    assert rows(poor, "pool.bought") == near([5000, 0])
    assert rows(poor, "pool.refused") == near([5000, 0])


def test_metal_released_to_a_partner_at_cost() -> None:
    """Bob receives half of 1,000 t, which cost 7,000, when it is worth 8,000."""
    term = {"kind": "buffer_stock", "name": "pool", "manager": "state", "metal": "copper", "floor": 7000, "ceiling": 12000, "capacity": 9000, "share": "50%", "carry": "0%",
            "released": "50%", "released_to": "bob", "released_at": "cost"}  # fmt: skip
    flood = {"kind": "disruption", "name": "events", "events": {"flood": {"start": 2028, "end": 2029, "lost": "10%"}}}
    model = sold([2000, 2000], [6000, 8000], flood, term)
    assert rows(model, "party.bob.cash") == near([0, 0.5])
    assert rows(model, "party.state.cash") == near([-7, 3.5])
    assert [check.name for check in model.checks if not check.passed] == []


@pytest.mark.parametrize(("floor", "kept"), [(7000, "0%"), (9500, "25%"), (12000, "0%")])
def test_what_a_floor_is_worth(floor: float, kept: str) -> None:
    """Against a simulation of prices about the deck: the payoff is convex, and its mean is not that of the mean price."""
    term = {
        "kind": "price_support",
        "name": "cfd",
        "counterparty": "state",
        "metal": "copper",
        "floor": floor,
        "kept": kept,
        "covered": "50%",
        "volatility": "30%",
    }
    deck = [9000.0, 8500, 8500, 9500]
    model = sold([1000] * 4, deck, term)
    times = np.arange(4) + 0.5
    paths = Brownian(0.3).paths(deck, times, np.random.default_rng(9).standard_normal((400_000, 4)))
    payoff = np.maximum(floor - paths, 0) * 500 / 1e6 * (1 - float(kept[:-1]) / 100)
    error = payoff.std(axis=0) / 400_000**0.5
    assert (abs(model.run.single("cfd.worth") - payoff.mean(axis=0)) < 4 * error).all()
    assert (model.run.single("cfd.worth") >= model.run.single("cfd.due") - 1e-9).all()


def test_what_is_made_up_pays_the_rise_of_the_price() -> None:
    """40 paid for at 1 m and 20 at 2 m are 1.333 m on average: 30 made up at 3 m pay 1.667 m each; the rest lapses unpaid."""
    term = top(
        demand={"2027": 50, "2028": 70, "2029": 120, "2030": 90, "2031": 90, "2032": 90}, make_up=2, make_up_price="difference"
    )
    model = sold([200] * 6, [1e6, 2e6, 3e6, 3e6, 3e6, 3e6], term)
    assert rows(model, "contract.made_up") == near([0, 0, 30, 0, 0, 0])
    assert rows(model, "contract.difference") == near([0, 0, 30 * (3 - 80 / 60), 0, 0, 0])
    assert rows(model, "contract.paid_before") == near([40, 80, 40, 80 / 60 * 20, 0, 0])
    falls = sold([200] * 6, [3e6, 3e6, 1e6, 1e6, 1e6, 1e6], term)
    assert rows(falls, "contract.difference") == near([0] * 6)


def test_a_buyer_is_eased_in_a_downturn() -> None:
    """90 of 100 are due, 60 while the market is below 7,000: nothing taken in either year."""
    model = sold([200, 200], [9000, 6500], top(demand=0, eased={"below": 7000, "share": "60%"}))
    assert rows(model, "contract.shortfall") == near([90, 60])


def test_what_a_buyer_gains_as_an_owner_and_by_its_contract() -> None:
    """A discount of 10% on half of the metal: Bob, who owns 40%, loses 40% of it as an owner and gains all of it as a buyer."""
    from jvmodel.analysis.stakes import value_as_owner

    company = {"kind": "incorporated_venture", "name": "company", "interests": {"ann": "60%", "bob": "40%"}}
    plan = {"kind": "metal_plan", "name": "plan", "tonnes": {"copper": 1000}}
    plain, sold_low = (small(plan, SALE, *deal, company, periods=2) for deal in ((), (contract(share="50%", discount="10%"),)))
    discount = 0.5 * 0.1 * 9 * (1 / 1.1 + 1 / 1.21)
    before, after = value_as_owner(plain, "bob"), value_as_owner(sold_low, "bob")
    assert before[1] == 0
    assert after == near((before[0] - 0.4 * discount, discount))
    assert sum(after) == near(sum(rows(sold_low, "party.bob.value")))


@pytest.mark.parametrize(("at", "taxed"), [("contract", [870.0, 0.0]), ("reference", [900.0, 0.0])])
def test_tax_at_the_reference_price_adds_back_discounts_and_nothing_else(at: str, taxed: list[float]) -> None:
    """100 t at 9 m, a third at 10% off: 870 or 900 are taxed. In 2028 a ban takes 40 t home for half: 180 lost, which nobody received."""
    tax = {
        "kind": "corporate_tax",
        "name": "tax",
        "rate": "30%",
        "holder": "state",
        "offtake_at": at,
        "depreciation": {"plant": {"method": "immediate"}},
    }
    ban = {
        "kind": "export_ban",
        "name": "ban",
        "metal": "copper",
        "start": 2028,
        "end": 2029,
        "banned": "40%",
        "discount": "50%",
        "home_market": 1000,
    }
    third = contract(volume=100 / 3, discount="10%")
    model = sold([100, 100, 100], [9e6] * 3, third, ban, tax)
    assert rows(model, "tax.income")[0] == near(taxed[0])
    assert rows(model, "tax.income")[1] == near(taxed[0] - 180)


def test_metal_paid_for_and_not_taken_is_taxed_at_the_reference_price_too() -> None:
    """Nothing taken of 90 t due: paid at 9.9 m of a market price of 10; taken at 1% off later."""
    tax = {
        "kind": "corporate_tax",
        "name": "tax",
        "rate": "30%",
        "holder": "state",
        "offtake_at": "reference",
        "depreciation": {"plant": {"method": "immediate"}},
    }
    model = sold([100, 190], [1e7, 1e7], top(discount="1%", demand={"2027": 0, "2028": 180}), tax)
    assert rows(model, "contract.beside") == near([-90 * 9.9, 90 * 9.9])
    assert rows(model, "tax.income") == near([1000 + 891, 1900 - 891])
