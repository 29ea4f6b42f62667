"""Laws of contracts and risks: by the pound as by the tonne, money scales, a clause at nil is no clause, names do not matter."""

from __future__ import annotations

import copy
from typing import Any

import numpy as np
import pytest
from small import small

from jvmodel.model import Model
from jvmodel.terms import terms as known

POUNDS = 2204.62262185
COPPER = {"metal": "copper"}
BASE: list[dict[str, Any]] = [
    {
        "kind": "mine_plan",
        "name": "mine",
        "ore": {"2028": 4e5, "2029": 6e5, "2030": 5e5, "2031": 3e5},
        "grades": {"copper": "2%"},
    },
    {"kind": "plant", "name": "plant", "recovery": {"copper": "85%"}, "concentrate": {"lead": "copper", "grade": "28%"}},
    {"kind": "refinery", "name": "refinery", "share": "100%", "recovery": {"copper": "98%"}},
    {"kind": "metal_sale", "name": "sale", "metal": "copper"},
    {"kind": "operating_cost", "name": "costs", "amount": {"2028": 12, "2029": 15, "2030": 14, "2031": 9}},
    {"kind": "capital_cost", "name": "build", "amount": {"2027": 70}},
    {"kind": "incorporated_venture", "name": "company", "interests": {"ann": "60%", "bob": "40%"}},
]
DECK = {"2027": 9000.0, "2028": 6500.0, "2029": 8000.0, "2030": 11000.0, "2031": 10500.0, "2032": 9000.0}
TERMS: dict[str, dict[str, Any]] = {
    "offtake": {"kind": "offtake", "buyer": "bob", **COPPER, "volume": 5000, "discount": "2%", "discount_per_tonne": 30, "floor": 7000, "ceiling": 10800, "kept": "30%", "own_margin": 90},
    "offtake at cost": {"kind": "offtake", "buyer": "bob", **COPPER, "share": "40%", "cost_plus": "20%"},
    "offtake by quotation": {"kind": "offtake", "buyer": "bob", **COPPER, "share": "40%", "discount": "3%", "pricing": {"months": 9, "provisional": "80%"}},
    "take_or_pay": {"kind": "take_or_pay", "buyer": "bob", **COPPER, "quantity": {"2027": 0, "2028": 8000, "extend": "hold"}, "demand": {"2027": 0, "2028": 5000, "2029": 9900, "2030": 7000, "2031": 4000, "2032": 0},
                    "make_up": 2, "make_up_price": "difference", "damages": "10%", "damages_cap": 3},
    "price_support": {"kind": "price_support", "counterparty": "state", **COPPER, "floor": 7800, "ceiling": 10000, "kept": "20%", "cap": 4},
    "buffer_stock": {"kind": "buffer_stock", "manager": "state", **COPPER, "floor": 7800, "ceiling": 10000, "capacity": 5000, "budget": 20, "sold_out": True},
    "export_ban": {"kind": "export_ban", **COPPER, "start": 2029, "end": 2030, "discount": "20%", "home_market": 3000, "storage": 40},
    "a ban that may come": {"kind": "export_ban", **COPPER, "start": 2028, "imposed": "20%", "lifted": "50%", "home_market": 3000},
    "lifting": {"kind": "lifting", "lifter": "bob", "other": "ann", **COPPER, "lifted": {"2027": 0, "2028": 4000, "2029": 2000, "2030": 3000, "2031": 3000, "2032": 0}, "within": 12},
    "refinery_feed": {"kind": "refinery_feed", **COPPER, "tonnes": {"2029": 5000, "2030": 5000}, "content": "40%", "recovery": "95%", "capacity": 60000, "pays": "80%", "conversion": 300},
    "safety_stock": {"kind": "safety_stock", **COPPER, "error": 200, "lead_time": 3, "platform": 0.1},
    "suspension": {"kind": "suspension", **COPPER, "below": 7000, "above": 7500, "earliest": 2028, "care": 2, "saved": 3},
    "routes": {"kind": "routes", "per": "concentrate", "routes": {"a": {"cost": 30, "capacity": 20000, "days": 20}, "b": {"cost": 60, "capacity": 90000, "days": 40}}, "carry": "8%"},
    "stoppage": {"kind": "stoppage", "per_year": 1, "days": 6, "cost": 1, "prevention": 0.5, "prevented_by": 0.8},
    "dispute": {"kind": "dispute", "per_year": 0.2, "amount": 5, "opponent": "bob", "paths": {"court": {"probability": 1, "months": 14, "cost": 1, "recovered": "60%", "interrupted": "10%"}}},
    "transfer_risk": {"kind": "transfer_risk", "partners": ["ann"], "start": 2028, "stopped": "10%", "months": 9, "devaluation": "20%"},
    "expropriation": {"kind": "expropriation", "state": "state", "partners": ["ann", "bob"], "chance": "4%", "start": 2028, "end": 2032, "compensation": "50%", "after": 1},
    "tax_change": {"kind": "tax_change", "state": "state", "chance": "30%", "start": 2029, "rate": "5%", "compensated": "50%", "restored": "at_once", "discount_rate": "9%"},
    "counterparty_default": {"kind": "counterparty_default", "buyer": "bob", "chance": "4%", "days": 60},
    "local_content": {"kind": "local_content", "suppliers_party": "bob", "share": "30%", "premium": "12%", "learning": "20%", "preference": "10%", "target": "40%", "penalty": "2%", "holder": "state", "jobs": 20},
    "procurement": {"kind": "procurement", "leaks_to": "bob", "leakage": "3%", "audit": 0.4, "reduced_by": 2, "auditor": "state"},
    "completion_delay": {"kind": "completion_delay", "months": 4, "planned": 2028, "overhead": 0.4, "damages": 0.3, "damages_cap": 0.8},
}  # fmt: skip
NAMES = ("ann", "bob", "state", "customers", "suppliers", "banks")


def deal(name: str, step: str = "year", pounds: bool = False, **changes: Any) -> Model:
    deck = {year: price / (POUNDS if pounds else 1) for year, price in DECK.items()}
    each = {"year": 1, "quarter": 4}[step]
    return small(*BASE, {"name": "x"} | TERMS[name] | changes, periods=6 * each, timeline={"step": step},
                 prices={"copper": {"unit": "USD/lb" if pounds else "USD/t", "by_year": deck}}, phases={"operation": {"start": 2028, "end": 2032}})  # fmt: skip


def cash(model: Model, party: str) -> Any:
    name = f"party.{party}.cash"
    return model.run.single(name) if name in model.graph.rows else np.zeros(model.graph.timeline.periods)


@pytest.mark.parametrize("step", ["year", "quarter"])
@pytest.mark.parametrize("name", TERMS)
def test_a_price_by_the_pound_is_a_price_by_the_tonne(name: str, step: str) -> None:
    tonne, pound = deal(name, step), deal(name, step, pounds=True)
    for party in NAMES:
        assert cash(pound, party) == pytest.approx(cash(tonne, party), rel=1e-9, abs=1e-8), party
    assert [one.name for one in tonne.checks if not one.passed] == []
    assert [one.text for one in tonne.warnings] == [one.text for one in pound.warnings]


NIL: dict[str, dict[str, Any]] = {
    "offtake": {"volume": 0}, "take_or_pay": {"quantity": 0, "demand": 0}, "price_support": {"covered": 0}, "buffer_stock": {"share": 0}, "export_ban": {"banned": 0},
    "a ban that may come": {"imposed": 0}, "refinery_feed": {"tonnes": {"2029": 0}}, "stoppage": {"per_year": 0, "prevention": 0}, "dispute": {"per_year": 0},
    "transfer_risk": {"stopped": 0}, "expropriation": {"chance": 0}, "tax_change": {"chance": 0}, "counterparty_default": {"chance": 0}, "procurement": {"leakage": 0, "audit": 0},
    "local_content": {"premium": 0, "penalty": 0}, "completion_delay": {"months": 0}, "safety_stock": {"error": 0, "platform": 0}, "suspension": {"below": 0, "above": 0},
}  # fmt: skip


@pytest.mark.parametrize("name", NIL)
def test_a_clause_at_nil_is_no_clause(name: str) -> None:
    with_it = deal(name, **NIL[name])
    without = small(
        *BASE,
        periods=6,
        prices={"copper": {"unit": "USD/t", "by_year": DECK}},
        phases={"operation": {"start": 2028, "end": 2032}},
    )
    for party in NAMES:
        assert cash(with_it, party) == pytest.approx(cash(without, party), abs=1e-12), party


@pytest.mark.parametrize("name", TERMS)
def test_who_is_called_what_does_not_matter(name: str) -> None:
    """Ann and Bob change names throughout the deal: their cash changes with them."""
    swap = {"ann": "bob", "bob": "ann"}

    def renamed(entry: Any) -> Any:
        if isinstance(entry, dict):
            return {swap.get(key, key): renamed(one) for key, one in entry.items()}
        if isinstance(entry, list):
            return [renamed(one) for one in entry]
        return swap.get(entry, entry) if isinstance(entry, str) else entry

    other = small(*renamed(copy.deepcopy([*BASE, {"name": "x"} | TERMS[name]])), periods=6, prices={"copper": {"unit": "USD/t", "by_year": DECK}},
                  phases={"operation": {"start": 2028, "end": 2032}})  # fmt: skip
    model = deal(name)
    for party in NAMES:
        assert cash(other, swap.get(party, party)) == pytest.approx(cash(model, party), abs=1e-9), party


def test_every_term_of_offtake_and_risk_is_held_to_them() -> None:
    kinds = {kind for kind, term in known().items() if term.chapter in ("offtake", "risk")}
    figures = {"criticality", "sourcing", "supply_security", "trade_disruption"}
    own = {"disruption", "risk_insurance"}
    assert kinds - {term["kind"] for term in TERMS.values()} == figures | own, (
        "figures are no cash; these two need others, and are tested with them"
    )
