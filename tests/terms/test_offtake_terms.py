"""Take-or-pay, price support and stockpiles: worked examples 14 and 15, hand-worked cases, laws."""

from __future__ import annotations

import csv
import json
from pathlib import Path
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from pydantic import ValidationError
from small import rows, small

from jvmodel.model import Model
from jvmodel.terms.offtake.criticality import world_supply

DATA = Path(__file__).parent.parent / "data"
COMPANY = {"kind": "incorporated_venture", "name": "company", "interests": {"ann": "100%"}}
SALE = {"kind": "metal_sale", "name": "sale", "metal": "copper", "made_by": "plant"}


def near(expected: Any) -> Any:
    return pytest.approx(expected, rel=1e-9, abs=2e-9)


def example(name: str) -> dict[str, Any]:
    return json.loads((DATA / f"example_{name}.json").read_text(encoding="utf-8"))


def series(values: list[float]) -> dict[str, float]:
    return {str(2027 + t): value for t, value in enumerate(values)}


def sold(made: list[float], price: list[float], *terms: dict[str, Any]) -> Model:
    plan = {"kind": "metal_plan", "name": "plan", "tonnes": {"copper": series(made)}}
    return small(plan, SALE, *terms, COMPANY, periods=len(made), prices={"copper": {"unit": "USD/t", "by_year": series(price)}})


def passes(model: Model) -> None:
    assert [check.name for check in model.checks if not check.passed] == []


def test_example_14_take_or_pay() -> None:
    given, expected = example("14_take_or_pay")["inputs"], example("14_take_or_pay")["expected"]
    million = 1e6  # quantities times a million, as cash here is in millions
    contract = {"kind": "take_or_pay", "name": "contract", "buyer": "bob", "metal": "copper", "share": given["top_share"],
                "quantity": series([one * million for one in given["acq"]]), "demand": series([one * million for one in given["demand"]]),
                "make_up": given["make_up_life_years"]}  # fmt: skip
    model = sold([one * million for one in given["available"]], given["price"], contract)
    columns = {"available": "available", "obligation": "obligation", "taken": "taken", "shortfall": "shortfall", "make_up_taken": "made_up",
               "cash_quantity": "paid_for", "make_up_balance": "make_up.closing"}  # fmt: skip
    for column, row in columns.items():
        assert [one / million for one in rows(model, f"contract.{row}")] == near([line[column] for line in expected["rows"]]), (
            column
        )
    assert rows(model, "contract.cash") == near([line["cash"] for line in expected["rows"]])
    assert sum(rows(model, "contract.cash")) == near(expected["total_cash"])
    assert set(expected) == {"rows", "total_cash"}, "every figure of the example is compared"
    assert set(expected["rows"][0]) == {"year", "cash", *columns}
    passes(model)


def test_make_up_lapses_is_refunded_and_shortage_costs_damages() -> None:
    """90 of 100 due; 50 taken in 2027: 40 paid for. Three years on, one year's life has lapsed; without a life it is refunded."""
    contract = {"kind": "take_or_pay", "name": "contract", "buyer": "bob", "metal": "copper", "quantity": 100, "share": "90%"}
    demand = series([50, 90, 90, 130])
    lapsed = sold([150, 150, 150, 150], [1e6] * 4, contract | {"demand": demand, "make_up": 1})
    assert rows(lapsed, "contract.make_up.lapsed") == near([0, 0, 40, 0])
    assert rows(lapsed, "contract.discount") == near([-40, 0, 0, 0])
    kept = sold([150, 150, 150, 110], [1e6, 1e6, 1e6, 2e6], contract | {"demand": demand, "refunded": True})
    assert rows(kept, "contract.made_up") == near([0, 0, 0, 20])
    assert rows(kept, "contract.discount") == near([-40, 0, 0, 20 * 2 + 20 * 2])
    short = sold([150, 60, 150, 150], [1e6] * 4, contract | {"demand": 100, "damages": "20%", "damages_cap": 7})
    assert rows(short, "contract.damages") == near([0, 7, 0, 0])
    passes(short)


@settings(max_examples=60)
@given(*(st.lists(st.integers(0, 150).map(float), min_size=6, max_size=6) for _ in range(2)), st.integers(1, 4), st.booleans())
def test_make_up_is_never_taken_twice(made: list[float], demand: list[float], life: int, refunded: bool) -> None:
    """By layers in a plain loop; paid for less taken is what is left or has lapsed."""
    contract = {"kind": "take_or_pay", "name": "contract", "buyer": "bob", "metal": "copper", "quantity": 100, "share": "85%",
                "demand": series(demand), "make_up": life, "refunded": refunded}  # fmt: skip
    model = sold(made, [9000.0] * 6, contract)
    layers: list[list[float]] = []
    used = []
    for t, (available, wanted) in enumerate(zip(made, demand, strict=True)):
        obligation = max(85 - max(100 - available, 0), 0)
        taken = min(available, wanted)
        layers = [layer for layer in layers if t - layer[0] <= life]
        room, drawn = max(taken - obligation, 0.0), 0.0
        for layer in layers:
            part = min(layer[1], room - drawn)
            layer[1] -= part
            drawn += part
        used.append(drawn)
        layers.append([t, max(obligation - taken, 0.0)])
    assert rows(model, "contract.made_up") == near(used)
    left = sum(rows(model, "contract.paid_for")) - sum(rows(model, "contract.taken"))
    assert left == pytest.approx(
        rows(model, "contract.make_up.closing")[-1] + sum(rows(model, "contract.make_up.lapsed")), abs=1e-7
    )
    passes(model)


def reserve(**options: Any) -> dict[str, Any]:
    given = example("15_buffer_stock")["inputs"]
    return {"kind": "buffer_stock", "name": "reserve", "manager": "state", "metal": "copper", "floor": given["floor"], "ceiling": given["ceiling"],
            "capacity": 1000 * given["capacity_kt"], "share": given["max_share_of_output"], "carry": given["carry_cost"]} | options  # fmt: skip


def test_example_15_stockpile() -> None:
    given, expected = example("15_buffer_stock")["inputs"], example("15_buffer_stock")["expected"]
    model = sold([1000 * one for one in given["jv_output"]], given["market"], reserve())
    for column, row in {"buy_kt": "bought", "sell_kt": "sold", "stock_kt": "closing"}.items():
        assert [one / 1000 for one in rows(model, f"reserve.{row}")] == near([line[column] for line in expected["rows"]]), column
    for column, row in {"jv_uplift": "reserve.uplift", "stockpile_cash": "party.state.cash", "holding_cost": "reserve.holding",
                        "consumer_saving": "reserve.saved", "jv_revenue": "party.venture.cash"}.items():  # fmt: skip
        assert rows(model, row) == near([line[column] for line in expected["rows"]]), column
    assert sum(rows(model, "reserve.uplift")) == near(expected["total_jv_uplift"])
    assert sum(rows(model, "party.state.cash")) == near(expected["total_stockpile_cash"])
    assert rows(model, "reserve.market") == near([line["market"] for line in expected["rows"]])
    assert rows(model, "reserve.closing")[-1] / 1000 == near(expected["final_stock"])
    compared = {"rows", "final_stock", "total_jv_uplift", "total_stockpile_cash", "full_collar_price", "half_sharing_band_price"}
    assert set(expected) == compared, "every figure of the example is compared, here or as a band"
    assert len(expected["rows"][0]) == 10
    passes(model)


@pytest.mark.parametrize(("kept", "key"), [("0%", "full_collar_price"), ("50%", "half_sharing_band_price")])
def test_example_15_bands(kept: str, key: str) -> None:
    given, expected = example("15_buffer_stock")["inputs"], example("15_buffer_stock")["expected"]
    band = {
        "kind": "price_support",
        "name": "band",
        "counterparty": "state",
        "metal": "copper",
        "floor": given["floor"],
        "ceiling": given["ceiling"],
    }
    model = sold([1000 * one for one in given["jv_output"]], given["market"], band | {"kept": kept})
    assert rows(model, "band.supported") == near(expected[key])
    assert rows(model, "party.venture.cash") == near([20 * one / 1000 for one in expected[key]])
    passes(model)


def test_support_within_its_cap_and_time() -> None:
    """A strike of 8,000 on half of 1,000 t: 1.0, then 0.5 of 1.5 left under the cap of 1.5; from 2030 on there is none."""
    term = {"kind": "price_support", "name": "cfd", "counterparty": "state", "metal": "copper", "floor": 8000, "ceiling": 8000, "covered": "50%",
            "cap": 1.5, "until": 2030}  # fmt: skip
    model = sold([1000] * 4, [6000, 5000, 10000, 4000], term)
    assert rows(model, "cfd.paid") == near([1.0, 0.5, 0, 0])
    assert rows(model, "cfd.received") == near([0, 0, 1.0, 0])


@settings(max_examples=60)
@given(st.lists(st.integers(0, 30).map(lambda n: 1000.0 * n), min_size=6, max_size=6), st.lists(st.integers(4, 14).map(lambda n: 1000.0 * n), min_size=6, max_size=6),
       st.integers(1, 40).map(lambda n: 1000.0 * n), st.integers(0, 150).map(float))  # fmt: skip
def test_a_stockpile_keeps_its_bounds_and_moves_money_alone(
    made: list[float], price: list[float], capacity: float, budget: float
) -> None:
    """Never less than nothing, never more than its capacity or budget; what one side gains the other pays."""
    model = sold(made, price, reserve(capacity=capacity, budget=budget, sold_out=True))
    stock = rows(model, "reserve.closing")
    assert min(stock) >= -1e-9
    assert max(stock) <= capacity + 1e-6
    assert max(rows(model, "reserve.cost")) <= budget + 1e-6
    plain = sold(made, price)
    gained = [a - b for a, b in zip(rows(model, "party.venture.cash"), rows(plain, "party.venture.cash"), strict=True)]
    assert gained == pytest.approx(rows(model, "reserve.uplift"), abs=1e-7)
    passes(model)


def test_faults() -> None:
    for term, message in (
        (reserve(floor=11000), "the floor 11000 is above the ceiling"),
        ({"kind": "price_support", "name": "x", "counterparty": "state", "metal": "copper"}, "give floor, ceiling, or both"),
        (
            {"kind": "take_or_pay", "name": "x", "buyer": "bob", "metal": "copper", "quantity": 1, "demand": 1, "damages_cap": 2},
            "damages_cap goes with damages",
        ),
    ):
        with pytest.raises(ValidationError, match=message):
            sold([1.0], [1.0], term)


def producers(entries: list[list[Any]]) -> dict[str, Any]:
    return {
        f"p{number}": {"share": share, "governance": score, "trade": trade}
        for number, (_, share, score, trade) in enumerate(entries)
    }


def test_example_16_criticality() -> None:
    given, expected = example("16_criticality_eu")["inputs"], example("16_criticality_eu")["expected"]
    term = {
        "kind": "criticality", "name": "eu", "world": producers(given["global"]), "sourcing": producers(given["eu"]),
        "sourcing_with": producers(given["eu_with_jv"]), "imports": given["imports"], "exports": given["exports"], "production": given["production"],
        "recycled": given["eol_rir"], "substitution": given["si_sr"], "largest_sector": given["max_sector_va"],
        "end_uses": {f"u{number}": {"share": share, "value_added": value, "substitution": index} for number, (share, value, index) in enumerate(given["end_uses"])},
    }  # fmt: skip
    model = sold([1.0], [9000.0], term)
    found = {
        "world": "HHI_WGI_t_global",
        "sourcing": "HHI_WGI_t_eu",
        "reliance": "IR",
        "risk": "SR",
        "importance": "EI",
        "risk_with": "SR_with_jv",
    }
    for row, key in found.items():
        assert float(model.run.single(f"eu.{row}")[0]) == pytest.approx(expected[key], rel=1e-9), key
    assert bool(rows(model, "eu.critical")[0]) is expected["critical"]
    with pytest.raises(ValidationError, match="shares add up to 50%"):
        sold([1.0], [9000.0], term | {"world": {"x": {"share": 0.5, "governance": 0}}})
    with pytest.raises(ValidationError, match="more leaves than is imported and produced"):
        sold([1.0], [9000.0], term | {"exports": 500})


def test_example_16_security_of_supply() -> None:
    given, expected = example("16_criticality_eu")["inputs"]["disruption"], example("16_criticality_eu")["expected"]
    term = {"kind": "supply_security", "name": "security", "buyer": "bob", "metal": "copper", "volume": 1000 * given["jv_offtake_kt"],
            "need": 1000 * given["need_kt"], "chance": given["annual_probability"], "months": given["months"], "spike": given["spike"],
            "stock_cover": given["covered_by_stocks"]}  # fmt: skip
    model = sold([1.0], [given["price"]], term)
    assert rows(model, "security.loss")[0] == near(expected["loss_given_disruption_m$"])
    assert rows(model, "security.value")[0] == near(expected["expected_annual_security_value_m$"])
    assert len(expected) == 9, "six figures and the verdict above, two here"
    assert "security" not in " ".join(posting for posting in model.graph.rows if posting.startswith("party.bob")), "it is no cash"


@pytest.mark.parametrize("material", sorted(world_supply()))
def test_world_supply_is_as_concentrated_as_published(material: str) -> None:
    """Against the sum of squares over all countries of the same data, from another package; the last 1.5% add nothing to speak of."""
    published = json.loads((DATA / "supply_concentration.json").read_text(encoding="utf-8"))["hhi_2022"][material]
    shares = [entry["share"] for entry in world_supply()[material].values()]
    assert sum(share**2 for share in shares) == pytest.approx(published, abs=2e-4)
    assert 0.98 < sum(shares) <= 1.0005
    assert all(-2.5 <= entry["governance"] <= 2.5 for entry in world_supply()[material].values())


def test_the_table_is_what_was_published() -> None:
    """Every share is tonnes over the world's, every score that of the country's political stability, as published for 2022."""
    with (DATA / "world_supply_tonnes.csv").open(encoding="utf-8") as file:
        next(file)
        lines = list(csv.DictReader(file))
    table = world_supply()
    assert len(lines) == sum(len(countries) for countries in table.values()) == 271
    for material, countries in table.items():
        published = [line for line in lines if line["material"] == material]
        for (name, entry), line in zip(countries.items(), published, strict=True):
            assert entry["share"] == pytest.approx(float(line["tonnes"]) / float(line["world"]), abs=5.1e-5), name
            assert entry["governance"] == pytest.approx(float(line["stability"]), abs=0.0051), name


def test_a_material_of_the_table() -> None:
    term = {"kind": "criticality", "name": "eu", "material": "cobalt", "sourcing": {"x": {"share": 1, "governance": 0}}, "imports": 1, "exports": 0,
            "production": 1, "recycled": 0, "end_uses": {"u": {"share": 1, "value_added": 1}}, "largest_sector": 1}  # fmt: skip
    model = sold([1.0], [9000.0], term)
    by_hand = sum(one["share"] ** 2 * 2 * (2.5 - one["governance"]) for one in world_supply()["cobalt"].values())
    assert rows(model, "eu.world")[0] == near(by_hand)
    with pytest.raises(ValidationError, match="'unobtainium' is not in the table of world supply; it has: antimony"):
        sold([1.0], [9000.0], term | {"material": "unobtainium"})


def contract(name: str, buyer: str, **terms: Any) -> dict[str, Any]:
    return {"kind": "offtake", "name": name, "buyer": buyer, "metal": "copper"} | terms


def test_contracts_by_rank() -> None:
    """100 t: Bob's 70 come first; the state and Ann want 40 and 20 of the 30 left, and share alike; nothing is left for the last."""
    model = sold(
        [100], [9000], contract("late", "ann", volume=15, rank=3), contract("a", "state", volume=40, rank=2), contract("first", "bob", volume=70),
        contract("b", "ann", volume=20, rank=2),
    )  # fmt: skip
    assert {name: rows(model, f"{name}.taken")[0] for name in ("first", "a", "b", "late")} == near(
        {"first": 70, "a": 20, "b": 10, "late": 0}
    )


@pytest.mark.parametrize(
    ("terms", "price"),
    [
        ({"fixed": 8200, "discount": "5%"}, 8200 * 0.95), ({"of_product": "70%", "product": "wire", "conversion": 500}, 0.7 * 14000 - 500),
        ({"floor": 9500, "kept": "40%"}, 9500 - 0.4 * 500), ({"ceiling": 8000, "kept": "25%"}, 8000 + 0.25 * 1000),
        ({"fixed": 7000, "floor": 7500}, 7500),
    ],
)  # fmt: skip
def test_price_formulas(terms: dict[str, Any], price: float) -> None:
    """Of a market price of 9,000 and 14,000 for wire."""
    plan = {"kind": "metal_plan", "name": "plan", "tonnes": {"copper": {"2027": 100}}}
    prices = {"copper": {"unit": "USD/t", "flat": 9000}, "wire": {"unit": "USD/t", "flat": 14000}}
    model = small(plan, SALE, contract("deal", "bob", share="50%", **terms), COMPANY, periods=1, prices=prices)
    assert rows(model, "deal.contract") == near([price])
    assert rows(model, "party.bob.offtake") == near([50 * (9000 - price) / 1e6])


def test_formulas_that_do_not_go_together() -> None:
    for terms, message in (
        ({"fixed": 1, "of_product": "5%", "product": "copper"}, "one price formula"),
        ({"of_product": "5%"}, "of_product and product go together"),
        ({"conversion": 5}, "conversion goes with of_product"),
    ):
        with pytest.raises(ValidationError, match=message):
            sold([1.0], [1.0], contract("deal", "bob", share="50%", **terms))


def test_supply_is_as_concentrated_as_the_worlds_when_nothing_else_is_known() -> None:
    term = {"kind": "criticality", "name": "eu", "material": "cobalt", "imports": 1, "exports": 0, "production": 1, "recycled": 0,
            "end_uses": {"u": {"share": 1, "value_added": 1}}, "largest_sector": 1}  # fmt: skip
    model = sold([1.0], [9000.0], term)
    assert rows(model, "eu.risk") == rows(model, "eu.world")
    assert [one.text for one in model.warnings] == ["Eu: supply is taken to be as concentrated as the world's"]
