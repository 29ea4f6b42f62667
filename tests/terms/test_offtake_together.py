"""Offtake, take-or-pay, a disruption, an export ban and a stockpile at once, on random deals: a second method in plain loops.

Written from terms.md E1, E5, E9 and E10, not from the terms: layers are lists, years are counted, nothing is vectorised.
"""

from __future__ import annotations

from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from small import small

YEARS = 5
COMPANY = {"kind": "incorporated_venture", "name": "company", "interests": {"ann": "60%", "bob": "40%"}}
SALE = {"kind": "metal_sale", "name": "sale", "metal": "copper", "made_by": "plant"}
tonnes = st.lists(st.integers(0, 40).map(lambda n: 1000.0 * n), min_size=YEARS, max_size=YEARS)
prices = st.lists(st.integers(40, 140).map(lambda n: 100.0 * n), min_size=YEARS, max_size=YEARS)


def by_year(values: list[float]) -> dict[str, float]:
    return {str(2027 + t): value for t, value in enumerate(values)}


def second_method(  # noqa: PLR0915 - one loop over periods, the clauses in the order of the contract
    per_year: int, made: list[float], demand: list[float], price: list[float], case: dict[str, Any]
) -> dict[str, list[float]]:
    """Every quantity of the five clauses by period, in tonnes and millions."""
    found: dict[str, list[float]] = {name: [] for name in (
        "sold", "held_back", "released", "kept", "first", "offtake", "taken", "made_up", "shortfall", "damages", "bought", "stock", "stock_cost",
        "venture", "buyer", "contractor", "manager")}  # fmt: skip
    kept, layers, year, stock, cost = 0.0, [], {"due": 0.0, "taken": 0.0, "damages": 0.0}, 0.0, 0.0
    for t in range(YEARS * per_year):
        y, first_of_year, last_of_year = t // per_year, t % per_year == 0, (t + 1) % per_year == 0
        tonne = price[y]
        outage = case["lost"] if case["out"] == y else 0.0
        sold = made[y] / per_year * (1 - outage)
        banned = 0.5 * sold if case["ban"] == y else 0.0
        home = min(banned, 4000 / per_year) if banned else 0.0
        held = banned - home
        freed = kept if y > case["ban"] else 0.0
        kept += held - freed
        left = sold - banned + freed
        # rank 1: the host's contract; rank 2: an offtake of 30% and a take-or-pay contract share alike
        host = min(2000 / per_year, left)
        want = {"offtake": 0.3 * left, "top": demand[y] / per_year}
        after = max(left - 2000 / per_year, 0.0)
        scale = min(1.0, after / sum(want.values())) if sum(want.values()) else 1.0
        offtake, taken = want["offtake"] * scale, want["top"] * scale
        could = max(taken, after - want["offtake"])
        if first_of_year:
            year = {"due": 0.0, "taken": 0.0, "damages": 0.0}
        quantity = 12000 / per_year
        year["due"] += 0.85 * quantity - max(quantity - could, 0.0)
        year["taken"] += taken
        short = max(min(quantity, want["top"]) - could, 0.0)
        damages = min(0.2 * short * tonne * 0.98 / 1e6, 3.0 - year["damages"])
        year["damages"] += damages
        shortfall = made_up = 0.0
        if last_of_year:
            layers = [layer for layer in layers if y - layer[0] <= 2]
            obligation = max(year["due"], 0.0)
            room = max(year["taken"] - obligation, 0.0)
            for layer in layers:
                part = min(layer[1], room - made_up)
                layer[1] -= part
                made_up += part
            shortfall = max(obligation - year["taken"], 0.0)
            layers.append([y, shortfall])
        free = max(left - 2000 / per_year - sum(want.values()), 0.0)
        most = 0.5 * left
        bought = min(most, free, max(15000 - stock, 0.0), max(60 - cost, 0.0) * 1e6 / 7000) if tonne < 7000 else 0.0
        gone = min(stock, most) if tonne > 10000 else 0.0
        relief = (stock - gone) * 0.4 if outage > 0 else 0.0
        average = cost / stock if stock else 0.0
        holding = cost * 0.04 / per_year
        proceeds = gone * 10000 / 1e6 + relief * tonne / 1e6
        stock += bought - gone - relief
        cost += bought * 7000 / 1e6 - (gone + relief) * average
        paid = (taken - made_up + shortfall) * tonne * 0.98 / 1e6 - damages
        uplift = bought * max(7000 - tonne, 0.0) / 1e6
        host_paid = host * 5000 / 1e6
        market = (left - host - offtake - taken) * tonne / 1e6
        values = {
            "sold": sold, "held_back": held, "released": freed, "kept": kept, "first": host, "offtake": offtake, "taken": taken, "made_up": made_up,
            "shortfall": shortfall, "damages": damages, "bought": bought, "stock": stock, "stock_cost": cost,
            "venture": market + home * tonne * 0.75 / 1e6 + host_paid + offtake * 0.95 * tonne / 1e6 + paid + uplift,
            "buyer": taken * tonne / 1e6 - paid, "contractor": offtake * 0.05 * tonne / 1e6,
            "manager": proceeds - holding - bought * 7000 / 1e6,
        }  # fmt: skip
        for name, value in values.items():
            found[name].append(value)
    return found


@settings(max_examples=25)
@given(
    tonnes,
    tonnes,
    prices,
    st.integers(0, YEARS - 1),
    st.integers(0, YEARS - 2),
    st.sampled_from([0.0, 0.3, 1.0]),
    st.sampled_from(["year", "quarter"]),
)
def test_all_at_once(
    made: list[float], demand: list[float], price: list[float], out: int, ban: int, lost: float, step: str
) -> None:
    per_year = {"year": 1, "quarter": 4}[step]
    parties = {
        name: {"name": name.capitalize(), "role": "partner", "discount_rate": "10%"}
        for name in ("ann", "bob", "smelter", "agency", "host")
    }
    terms = [
        {"kind": "metal_plan", "name": "plan", "tonnes": {"copper": by_year(made)}}, SALE,
        {"kind": "disruption", "name": "events", "events": {"flood": {"start": 2027 + out, "end": 2028 + out, "lost": lost}}},
        {"kind": "export_ban", "name": "ban", "metal": "copper", "start": 2027 + ban, "end": 2028 + ban, "banned": "50%", "discount": "25%", "home_market": 4000},
        {"kind": "offtake", "name": "host_first", "buyer": "host", "metal": "copper", "volume": 2000, "fixed": 5000, "rank": 1},
        {"kind": "offtake", "name": "share", "buyer": "smelter", "metal": "copper", "share": "30%", "discount": "5%", "rank": 2},
        {"kind": "take_or_pay", "name": "contract", "buyer": "bob", "metal": "copper", "quantity": 12000, "demand": by_year(demand), "rank": 2, "discount": "2%",
         "make_up": 2, "damages": "20%", "damages_cap": 3},
        {"kind": "buffer_stock", "name": "reserve", "manager": "agency", "metal": "copper", "floor": 7000, "ceiling": 10000, "capacity": 15000, "budget": 60,
         "released": "40%"}, COMPANY,
    ]  # fmt: skip
    deck = {"copper": {"unit": "USD/t", "by_year": by_year(price)}}
    model = small(*terms, periods=YEARS * per_year, timeline={"step": step}, parties=parties, prices=deck)
    run = model.run.single
    expected = second_method(per_year, made, demand, price, {"out": out, "ban": ban, "lost": lost})
    rows = {"sold": "sale.sold", "held_back": "ban.held_back", "released": "ban.released", "kept": "ban.stock", "first": "host_first.taken",
            "offtake": "share.taken", "taken": "contract.taken", "made_up": "contract.made_up", "shortfall": "contract.shortfall",
            "damages": "contract.damages", "bought": "reserve.bought", "stock": "reserve.closing", "stock_cost": "reserve.cost",
            "venture": "party.venture.cash", "buyer": "party.bob.offtake", "contractor": "party.smelter.cash", "manager": "party.agency.cash"}  # fmt: skip
    for name, row in rows.items():
        assert run(row).tolist() == pytest.approx(expected[name], rel=1e-9, abs=1e-6), name
    assert [check.name for check in model.checks if not check.passed] == []
    gone = (
        run("host_first.taken")
        + run("share.taken")
        + run("contract.taken")
        + run("reserve.bought")
        + run("ban.at_home")
        + run("ban.held_back")
    )
    assert (gone <= run("sale.sold") + run("ban.released") + 1e-6).all(), "nobody has metal that somebody else has too"
