"""Disruptions, bans, expropriation and its insurance, technology, local content, tariffs: example 17 and cases by hand."""

from __future__ import annotations

import json
import math
from pathlib import Path
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from pydantic import ValidationError
from scipy.optimize import linprog
from small import by_year, rows, small

from jvmodel.model import Model

CASE = json.loads((Path(__file__).parent.parent / "data" / "example_17_expropriation_guarantee.json").read_text(encoding="utf-8"))
GIVEN, EXPECTED = CASE["inputs"], CASE["expected"]
COMPANY = {"kind": "incorporated_venture", "name": "company", "interests": {"ann": "60%", "bob": "40%"}}
MINE = {"kind": "mine_plan", "name": "mine", "ore": {"2027": 1000, "2028": 1000, "2029": 1000}, "grades": {"copper": "2%"}}
PLANT = {"kind": "plant", "name": "plant", "recovery": {"copper": "90%"}}
SALE = {"kind": "metal_sale", "name": "sale", "metal": "copper", "made_by": "plant"}


def near(expected: Any) -> Any:
    return pytest.approx(expected, rel=1e-9, abs=2e-9)


def passes(model: Model) -> None:
    assert [check.name for check in model.checks if not check.passed] == []


def hazard(*more: dict[str, Any], chance: float = GIVEN["annual_hazard"], **options: Any) -> Model:
    """The flows of the example over ten years, so that compensation two years late is paid; first flow at par."""
    flows = GIVEN["cash_flow"]
    taken = {
        "kind": "expropriation",
        "name": "hazard",
        "state": "state",
        "partners": ["ann"],
        "chance": chance,
        "start": 2028,
        "end": 2027 + len(flows),
    } | options
    return small(
        {"kind": "capital_cost", "name": "build", "amount": by_year([max(-one, 0) for one in flows])},
        {"kind": "other_revenue", "name": "income", "amount": by_year([max(one, 0) for one in flows])},
        {"kind": "incorporated_venture", "name": "company", "interests": {"ann": "100%"}}, taken, *more,
        periods=10, timeline={"discounting": "begin"},
    )  # fmt: skip


def value(model: Model, party: str = "ann") -> float:
    return sum(rows(model, f"party.{party}.value"))


def test_example_17_hazard() -> None:
    assert value(hazard(chance=0.0)) == near(EXPECTED["npv_no_risk"])
    assert value(hazard()) == near(EXPECTED["npv_risk_no_recovery"])
    paid = hazard(compensation=GIVEN["compensation_share_of_invested"], after=GIVEN["delay_years"])
    assert value(paid) == near(EXPECTED["npv_risk_with_compensation"])
    assert value(paid) + value(paid, "state") == near(EXPECTED["npv_no_risk"])
    passes(paid)


def test_example_17_higher_rate_says_the_same_without_recovery() -> None:
    rate = (1 + GIVEN["rate"]) / (1 - GIVEN["annual_hazard"]) - 1
    assert rate == pytest.approx(EXPECTED["equivalent_rate_zero_recovery"], rel=1e-8), "printed to nine places"
    flows = rows(hazard(chance=0.0), "party.ann.cash")
    assert sum(flow * (1 + rate) ** -t for t, flow in enumerate(flows)) == pytest.approx(
        EXPECTED["npv_risk_no_recovery"], rel=1e-9
    )


def insured(premium: float) -> Model:
    book = {str(2027 + t): 300 * (7 - t) / 7 for t in range(8)}  # the example prints it to nine places
    assert list(book.values()) == pytest.approx(GIVEN["book_value"], abs=1e-9)
    return hazard({"kind": "risk_insurance", "name": "cover", "insurer": "bob", "insured": "ann", "value": book, "cover": GIVEN["cover"],
                   "premium": premium})  # fmt: skip


def test_example_17_guarantee() -> None:
    model = insured(GIVEN["premium_rate"])
    factors = model.run.single("party.ann.factor")
    premium, claim = (float((model.run.single(f"cover.{row}") * factors).sum()) for row in ("premium", "claim"))
    assert premium == pytest.approx(EXPECTED["pv_premium"], rel=1e-9)
    assert claim == pytest.approx(EXPECTED["pv_expected_claim"], rel=1e-9)
    assert premium - claim == pytest.approx(EXPECTED["net_cost_of_guarantee"], rel=1e-9)
    assert -value(model, "bob") == pytest.approx(claim - premium, rel=1e-9)
    fair = GIVEN["annual_hazard"] / (1 + GIVEN["rate"])
    assert fair == pytest.approx(EXPECTED["actuarially_fair_premium_rate"], abs=1e-9)
    assert value(insured(fair), "bob") == pytest.approx(0.0, abs=1e-9)
    passes(model)


@settings(max_examples=40)
@given(st.integers(0, 30).map(lambda n: n / 100), st.integers(0, 100).map(lambda n: n / 100), st.integers(0, 2))
def test_what_is_taken_changes_hands(chance: float, compensation: float, after: int) -> None:
    """A clause that moves risk changes both sides by the same money."""
    model, plain = hazard(chance=chance, compensation=compensation, after=after), hazard(chance=0.0)
    moved = [a - b for a, b in zip(rows(model, "party.ann.cash"), rows(plain, "party.ann.cash"), strict=True)]
    assert moved == pytest.approx([-one for one in rows(model, "party.state.cash")], abs=1e-9)
    passes(model)


def test_disruptions_take_the_larger_loss() -> None:
    """A quarter of half of 2028, and 60% of the last quarter of it: where both run, 60%."""
    events = {
        "strike": {"start": "2028-07", "end": 2029, "lost": "25%"},
        "flood": {"start": "2028-10", "end": 2029, "lost": "60%"},
    }
    model = small(MINE, PLANT, SALE, {"kind": "disruption", "name": "events", "events": events}, COMPANY, periods=3)
    assert rows(model, "events.lost") == near([0, 0.15, 0])
    assert rows(model, "mine.ore") == near([1000, 850, 1000])
    assert rows(model, "sale.revenue") == near([0.162, 0.1377, 0.162])


def test_an_export_ban() -> None:
    """Of 18 t in 2028, 10 go to the home market at 25% off, 8 wait for 2029, when copper costs 10,000."""
    prices = {"copper": {"unit": "USD/t", "by_year": {"2027": 9000, "2028": 9000, "2029": 10000}}}
    ban = {
        "kind": "export_ban",
        "name": "ban",
        "metal": "copper",
        "start": 2028,
        "end": 2029,
        "discount": "25%",
        "home_market": 10,
    }
    model = small(MINE, PLANT, SALE, ban, COMPANY, periods=3, prices=prices)
    assert rows(model, "ban.held_back") == near([0, 8, 0])
    assert rows(model, "ban.lost") == near([0, 0.0225 + 0.072, -0.08])
    assert rows(model, "party.venture.cash") == near([0.162, 0.162 - 0.0945, 0.18 + 0.08])
    passes(model)


def test_technology() -> None:
    """Five points at half adoption and a chance of 80% are two; 3 USD of 1,000 t as far as it is adopted."""
    term = {"kind": "technology", "name": "process", "recovery": {"copper": "5%"}, "saving": 3, "adopted": {"2027": "0%", "2028": "50%", "2029": "100%"},
            "success": "80%"}  # fmt: skip
    model = small(MINE, PLANT, SALE, term, COMPANY, periods=3)
    assert rows(model, "plant.recovery_copper") == near([0.9, 0.92, 0.94])
    assert rows(model, "process.saved") == near([0, 0.0012, 0.0024])
    assert rows(model, "party.venture.operating") == near([0, 0.0012, 0.0024])
    assert rows(
        small(MINE, PLANT | {"recovery": {"copper": "99%"}}, SALE, term, COMPANY, periods=3), "plant.recovery_copper"
    ) == near([0.99, 1, 1])


def test_local_content() -> None:
    """30% of 100, 50 and 20 at a premium of 10% that loses a fifth a year; 10 points short of the target at 2%."""
    term = {"kind": "local_content", "name": "local", "suppliers_party": "bob", "share": "30%", "premium": "10%", "learning": "20%", "target": "40%",
            "penalty": "2%", "holder": "state", "value_added": "60%"}  # fmt: skip
    costs = {"kind": "capital_cost", "name": "build", "amount": by_year([100, 50, 20])}
    model = small(costs, {"kind": "other_revenue", "amount": 100}, term, COMPANY, periods=3)
    assert rows(model, "local.extra") == near([3, 1.2, 0.384])
    assert rows(model, "local.penalty") == near([0.2, 0.1, 0.04])
    assert rows(model, "local.benefit") == near([18, 9, 3.6])
    assert rows(model, "party.bob.operating") == near([3, 1.2, 0.384])


def test_tariffs() -> None:
    """CRF(10%, 2) = 0.576190: (100 x that + 5) / 1,000 t is 62,619 USD a tonne; 80% of 1,000 t reserved, 500 and 1,000 used."""
    tariff = {"kind": "facility_tariff", "name": "rail", "owner": "railway", "per": "ore", "reserved": 1000, "pays_for": "80%",
              "by_cost": {"capital": 100, "rate": "10%", "years": 2, "operating": 5, "throughput": 1000}}  # fmt: skip
    mine = MINE | {"ore": {"2027": 500, "2028": 1000}}
    railway = {"kind": "incorporated_venture", "name": "rail_company", "venture": "railway", "interests": {"bob": "100%"}}
    model = small(
        mine,
        {"kind": "other_revenue", "amount": 100},
        tariff,
        COMPANY,
        railway,
        periods=2,
        ventures={"railway": {"name": "Railway", "discount_rate": "8%"}},
    )
    one = (100 * 0.1 / (1 - 1.1**-2) + 5) * 1000
    assert rows(model, "rail.tariff") == near([one, one])
    assert rows(model, "rail.paid") == near([800 * one / 1e6, 1000 * one / 1e6])
    assert rows(model, "rail.unused") == near([300 * one / 1e6, 0])
    assert rows(model, "party.railway.revenue") == near(rows(model, "rail.paid"))
    assert sum(rows(model, "party.railway.revenue")) == near(sum(-value for value in rows(model, "party.venture.operating")))


@pytest.mark.parametrize(
    ("term", "message"),
    [
        ({"kind": "disruption", "events": {"x": {"start": 2028, "end": 2028, "lost": "5%"}}}, "not after its start"),
        ({"kind": "disruption", "events": {"x": {"start": 2028, "end": 2029, "lost": 5}}}, "must be at most 100%"),
        ({"kind": "export_ban", "metal": "copper", "start": 2029, "end": 2028, "home_market": 1}, "not after its start"),
        ({"kind": "technology", "adopted": "50%"}, "give recovery .* or saving"),
        ({"kind": "facility_tariff", "owner": "x", "per": "ore", "reserved": 1}, "give tariff .* or by_cost"),
    ],
)
def test_faults(term: dict[str, Any], message: str) -> None:
    with pytest.raises(ValidationError, match=message):
        small(MINE, PLANT, SALE, term, COMPANY)


def test_a_late_start() -> None:
    """Six months late: half of each year's 20 t moves into the next; overhead of 0.5 and damages of 0.3 a month up to 1.

    Prices stay where they are: what was to be sold at 9,000 in 2027 is sold at 10,000 in 2028.
    """
    late = {
        "kind": "completion_delay",
        "name": "late",
        "months": 6,
        "planned": 2027,
        "overhead": 0.5,
        "damages": 0.3,
        "damages_cap": 1,
    }
    prices = {"copper": {"unit": "USD/t", "by_year": {"2027": 9000, "2028": 10000, "2029": 10000, "2030": 10000}}}
    plan = MINE | {"waste": {"2027": 400, "2028": 400}, "grades": {"copper": {"2027": "2%", "2028": "1%", "2029": "1%"}}}
    model = small(plan, PLANT, SALE, late, COMPANY, periods=4, prices=prices)
    assert rows(model, "mine.ore") == near([500, 1000, 1000, 500])
    assert rows(model, "mine.contained_copper") == near([10, 15, 10, 5])
    assert rows(model, "mine.waste") == near([200, 400, 200, 0])
    assert rows(model, "mine.grade_copper") == near([0.02, 0.015, 0.01, 0.01])
    assert rows(model, "late.waited") == near([6, 0, 0, 0])
    assert rows(model, "late.cost") == near([3 - 1, 0, 0, 0])
    assert rows(model, "sale.revenue") == near([0.081, 0.135, 0.09, 0.045])
    lost = small(late | {"licence_ends": 2030, "months": 18}, plan, PLANT, SALE, COMPANY, periods=4, prices=prices)
    assert rows(lost, "mine.ore") == near([0, 500, 1000, 0])
    assert rows(lost, "late.waited") == near([12, 6, 0, 0])


def test_no_delay_is_no_change() -> None:
    late = {"kind": "completion_delay", "name": "late", "months": 0, "planned": 2027, "overhead": 0.5}
    schedule = {
        "kind": "mine_schedule",
        "name": "mine",
        "capacity": 700,
        "phases": {"a": {"tonnes": 900, "grades": {"copper": "2%"}}},
    }
    for mine in (MINE, schedule, {"kind": "metal_plan", "name": "plan", "tonnes": {"copper": {"2027": 5, "2029": 7}}}):
        parts = [mine, SALE, COMPANY] if mine["kind"] == "metal_plan" else [mine, PLANT, SALE, COMPANY]
        assert rows(small(*parts, late), "party.ann.cash") == near(rows(small(*parts), "party.ann.cash"))


def test_routes() -> None:
    """1,000 t a year: the railway takes 800, the road 150, 50 are stored; in 2028 half of the railway is out for half of the year."""
    term = {"kind": "routes", "name": "routes", "per": "ore", "unplaced": 100, "routes": {
        "railway": {"cost": 10, "capacity": 800, "out_from": "2028-01", "out_until": "2028-07", "out": "50%"},
        "road": {"cost": 25, "capacity": 150, "reservation": 0.001}}}  # fmt: skip
    model = small(MINE, PLANT, SALE, term, COMPANY, periods=3)
    assert rows(model, "routes.by_railway") == near([800, 600, 800])
    assert rows(model, "routes.by_road") == near([150, 150, 150])
    assert rows(model, "routes.unplaced") == near([50, 250, 50])
    assert rows(model, "routes.cost") == near([(8000 + 3750 + 5000) / 1e6 + 0.001, (6000 + 3750 + 25000) / 1e6 + 0.001, 0.01775])
    with pytest.raises(ValidationError, match="the cheapest first"):
        small(MINE, term | {"routes": {"a": {"cost": 9, "capacity": 1}, "b": {"cost": 8, "capacity": 1}}})


@settings(max_examples=40)
@given(st.lists(st.tuples(st.integers(1, 50), st.integers(1, 800)), min_size=1, max_size=4, unique_by=lambda one: one[0]))
def test_filling_the_cheapest_first_is_the_least_cost(found: list[tuple[int, int]]) -> None:
    """Against a linear programme."""
    ways = sorted(found)
    term = {"kind": "routes", "name": "routes", "per": "ore", "unplaced": 60,
            "routes": {f"r{number}": {"cost": cost, "capacity": room} for number, (cost, room) in enumerate(ways)}}  # fmt: skip
    model = small(MINE | {"ore": {"2027": 1000}}, PLANT, SALE, term, COMPANY, periods=1)
    best = linprog(
        [*(cost for cost, _ in ways), 60],
        A_eq=[[1] * (len(ways) + 1)],
        b_eq=[1000],
        bounds=[*((0, room) for _, room in ways), (0, None)],
    )
    assert rows(model, "routes.cost")[0] * 1e6 == pytest.approx(best.fun, rel=1e-9)


def test_stoppages_and_prevention() -> None:
    """Twice a year, 10 days of revenue of 365: 20 of which 60% is lost, and 1 each; a quarter is recovered; e^-1 with prevention."""
    term = {"kind": "stoppage", "name": "stops", "per_year": 2, "days": 10, "margin": "60%", "cost": 1, "recovered": "25%"}
    income = {"kind": "other_revenue", "name": "income", "amount": 365}
    plain = small(income, term, COMPANY, periods=1)
    assert rows(plain, "stops.total") == near([(2 * 10 * 0.6 + 2) * 0.75])
    safer = small(income, term | {"prevention": 0.5, "prevented_by": 2}, COMPANY, periods=1)
    assert rows(safer, "stops.total") == near([(2 * 10 * 0.6 + 2) * 0.75 * math.exp(-1)])
    assert rows(safer, "party.venture.operating") == near([-(10.5 * math.exp(-1) + 0.5)])


def test_a_levy_that_may_come_and_a_buyer_that_may_fail() -> None:
    """30% of 4% on 100 from 2028 on, half given back; 3% of 60% of 100 for 73 days, 40% secured."""
    levy = {
        "kind": "tax_change",
        "name": "levy",
        "state": "state",
        "chance": "30%",
        "start": 2028,
        "rate": "4%",
        "compensated": "50%",
    }
    fails = {
        "kind": "counterparty_default",
        "name": "fails",
        "buyer": "bob",
        "chance": "3%",
        "share": "60%",
        "days": 73,
        "secured": "40%",
    }
    model = small({"kind": "other_revenue", "name": "income", "amount": 100}, levy, fails, COMPANY, periods=2)
    assert rows(model, "levy.levy") == near([0, 1.2])
    assert rows(model, "party.state.cash") == near([0, 0.6])
    assert rows(model, "fails.lost") == near([100 * 0.6 * 0.2 * 0.03 * 0.6] * 2)
    assert rows(model, "party.bob.operating") == near([0.216, 0.216])
    passes(model)


def test_a_stockpile_is_released_in_a_disruption() -> None:
    """1,000 t bought in 2027 at 7,000; half of it is sold at 8,000 in 2028, when output falls."""
    stock = {"kind": "buffer_stock", "name": "stock", "manager": "bob", "metal": "copper", "floor": 7000, "ceiling": 10000, "capacity": 5000,
             "share": "50%", "carry": "0%", "released": "50%"}  # fmt: skip
    plan = {"kind": "metal_plan", "name": "plan", "tonnes": {"copper": {"2027": 2000, "2028": 2000}}}
    events = {"kind": "disruption", "name": "events", "events": {"flood": {"start": 2028, "end": 2029, "lost": "10%"}}}
    prices = {"copper": {"unit": "USD/t", "by_year": {"2027": 6000, "2028": 8000}}}
    model = small(plan, SALE, stock, events, COMPANY, periods=2, prices=prices)
    assert rows(model, "stock.closing") == near([1000, 500])
    assert rows(model, "stock.cost") == near([7, 3.5])
    assert rows(model, "stock.relieved") == near([0, 4])
    assert rows(model, "sale.sold") == near([2000, 1800])
    passes(model)


def test_the_buyers_own_margin() -> None:
    """The same 9 t bring Bob a discount of 2% and 150 USD a tonne of his own; the venture sees the first alone."""
    deal = {
        "kind": "offtake",
        "name": "deal",
        "buyer": "bob",
        "metal": "copper",
        "share": "50%",
        "discount": "2%",
        "own_margin": 150,
    }
    model = small(
        MINE, PLANT, SALE, deal, {"kind": "incorporated_venture", "name": "company", "interests": {"ann": "100%"}}, periods=1 + 2
    )
    assert rows(model, "party.bob.cash")[0] == near(9 * (180 + 150) / 1e6)
    assert rows(model, "party.venture.cash")[0] == near((18 * 9000 - 9 * 180) / 1e6)


def test_local_bids_win_within_the_preference() -> None:
    """A premium of 12% that loses a quarter a year wins from 2028 on against a preference of 10%; 20 jobs a million bought locally."""
    term = {"kind": "local_content", "name": "local", "suppliers_party": "bob", "share": "30%", "premium": "12%", "learning": "25%", "preference": "10%",
            "target": "40%", "penalty": "2%", "holder": "state", "jobs": 20}  # fmt: skip
    costs = {"kind": "capital_cost", "name": "build", "amount": by_year([100, 50])}
    model = small(costs, {"kind": "other_revenue", "amount": 100}, term, COMPANY, periods=2)
    assert rows(model, "local.local") == near([0, 15])
    assert rows(model, "local.extra") == near([0, 15 * 0.09])
    assert rows(model, "local.penalty") == near([100 * 0.4 * 0.02, 50 * 0.1 * 0.02])
    assert rows(model, "local.jobs") == near([0, 300])
