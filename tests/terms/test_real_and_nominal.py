"""A law (terms.md 0.6, check C29): a deal in real money is the same deal in nominal money, flow by flow, at the price index.

Whatever a term fixes in nominal money (tax pools, losses, funds, debts, caps) must shrink in a real model; this finds any that
does not, as the two models then part.
"""

from __future__ import annotations

from typing import Any

import numpy as np
import pytest
from small import small

from jvmodel.model import Model

INFLATION = 0.12
BASE: list[dict[str, Any]] = [
    {"kind": "mine_plan", "name": "mine", "ore": {"2028": 2e6, "2029": 4e6, "2030": 3e6},
     "grades": {"copper": {"2028": "1%", "2029": "1.5%", "2030": "1%"}}},
    {"kind": "plant", "name": "plant", "recovery": {"copper": "90%"}},
    {"kind": "other_revenue", "name": "income", "amount": {"2028": 90, "2029": 300, "2030": 180, "2031": 20}},
    {"kind": "operating_cost", "name": "costs", "amount": {"2027": 10, "2028": 60, "2029": 90, "2030": 80, "2031": 10}},
    {"kind": "capital_cost", "name": "build", "amount": {"2027": 150, "2028": 80}},
    {"kind": "incorporated_venture", "name": "company", "interests": {"ann": "60%", "bob": "40%"}},
]  # fmt: skip
CLOSURE = {"kind": "closure", "name": "x", "cost": 40, "phasing": {"2031": "50%", "2032": "50%"}}
ROYALTY = {"kind": "gross_royalty", "name": "x", "rate": "10%", "base": "invoiced", "holder": "state"}
TAX = {"kind": "corporate_tax", "name": "x", "rate": "30%", "holder": "state"}


def taxed(method: str, **how: Any) -> dict[str, Any]:
    return TAX | {"depreciation": {"plant": {"method": method} | how}}


TERMS: dict[str, dict[str, Any]] = {
    "a budget in nominal money": {"kind": "capital_cost", "name": "x", "budget": 50, "phasing": {"2029": "100%"}, "basis": "nominal"},
    "sustaining by the tonne": {"kind": "sustaining_capital", "name": "x", "per_tonne": 4},
    "closure provided for": CLOSURE | {"liability_rate": "5%"},
    "closure fund": CLOSURE | {"secured_by": "fund", "fund_interest": "4%"},
    "closure bond": CLOSURE | {"secured_by": "bond", "bond_fee": "2%"},
    "working capital": {"kind": "working_capital", "name": "x", "receivable_days": 500, "inventory_days": 45, "payable_days": 400},
    "royalty within nominal bounds": ROYALTY | {"floor": 12, "cap": 28, "lifetime_cap": 60},
    "royalty in arrears": ROYALTY | {"payment_lag": 8},
    "royalty a tonne": {"kind": "unit_royalty", "name": "x", "rate": 2, "holder": "state"},
    "indexed royalty a tonne": {"kind": "unit_royalty", "name": "x", "rate": 2, "holder": "state", "basis": "real"},
    "scheduled payments": {"kind": "scheduled_payment", "name": "x", "amount": 3, "holder": "state"},
    "straight line": taxed("straight_line", life=3, start="spending"),
    "declining balance": taxed("declining_balance", rate="30%", opening=40),
    "units of production": taxed("units_of_production", allowance="30%"),
    "schedule": taxed("schedule", amounts={"2028": 100, "2029": 60}),
    "losses that lapse": taxed("immediate", start="spending") | {"losses": {"cap": "50%", "expire_after": 1}},
    "losses carried back": taxed("straight_line", life=2) | {"losses": {"carried_back": 3}},
    "tax in arrears": taxed("immediate") | {"payment_lag": 9},
    "a holiday": taxed("straight_line", life=3) | {"holiday": {"start": 2028, "end": 2029, "depreciation": "deferred"}},
}  # fmt: skip

COPPER = {"metal": "copper"}
EVENTS = {"kind": "disruption", "name": "events", "events": {"flood": {"start": "2029-07", "end": "2030-01", "lost": "40%"}}}
HAZARD = {
    "kind": "expropriation",
    "name": "x",
    "state": "state",
    "partners": ["ann", "bob"],
    "chance": "8%",
    "start": 2029,
    "end": 2031,
    "compensation": "60%",
}
SOLD: dict[str, list[dict[str, Any]]] = {
    "take-or-pay": [{"kind": "take_or_pay", "name": "x", "buyer": "bob", **COPPER, "quantity": 45000, "demand": {"2027": 0, "2028": 9000, "2029": 30000, "2030": 40000, "2031": 0, "2032": 0},
                     "make_up": 2, "carry_forward": 2, "refunded": True, "damages": "30%", "damages_cap": 60}],
    "support within a nominal cap": [{"kind": "price_support", "name": "x", "counterparty": "state", **COPPER, "floor": 12000, "ceiling": 14000, "cap": 40}],
    "support at real prices": [{"kind": "price_support", "name": "x", "counterparty": "state", **COPPER, "floor": 9500, "ceiling": 9800, "thresholds": "real"}],
    "a stockpile": [{"kind": "buffer_stock", "name": "x", "manager": "state", **COPPER, "floor": 11500, "ceiling": 12500, "capacity": 20000, "budget": 90, "sold_out": True}],
    "a stockpile at real prices, released": [EVENTS, {"kind": "buffer_stock", "name": "x", "manager": "state", **COPPER, "floor": 9500, "ceiling": 9900, "capacity": 30000, "thresholds": "real",
                                                      "released": "50%", "released_to": "bob", "released_at": "cost"}],
    "a stockpile by treaty": [{"kind": "buffer_stock", "name": "x", "manager": "state", **COPPER, "treaty": {"reference": 10800}, "capacity": 30000}],
    "offtake at a fixed price": [{"kind": "offtake", "name": "x", "buyer": "bob", **COPPER, "share": "50%", "fixed": 9400, "discount_per_tonne": 40, "floor": 9390}],
    "offtake at a regulated price": [{"kind": "offtake", "name": "x", "buyer": "bob", **COPPER, "volume": 9000, "fixed": 9400, "fixed_in": "nominal", "own_margin": 70}],
    "offtake at cost": [{"kind": "offtake", "name": "x", "buyer": "bob", **COPPER, "share": "50%", "cost_plus": "15%"}],
    "a ban": [{"kind": "export_ban", "name": "x", **COPPER, "start": "2029-01", "end": "2030-01", "home_market": 6000, "storage": 50}],
    "a ban that may come": [{"kind": "export_ban", "name": "x", **COPPER, "start": "2028-01", "imposed": "20%", "lifted": "40%", "home_market": 6000}],
    "taken, for what was invested": [HAZARD | {"after": 1.5}],
    "taken, for its book value": [TAX | {"name": "t", "depreciation": {"plant": {"method": "straight_line", "life": 3}}}, HAZARD | {"base": "book"}],
    "taken, for its value": [HAZARD | {"base": "value", "rate": "15%", "after": 1}],
    "a levy made good at once": [{"kind": "tax_change", "name": "x", "state": "state", "chance": "40%", "start": 2029, "rate": "5%", "compensated": "100%", "restored": "at_once", "discount_rate": "14%"}],
    "made up at the rise of the price": [{"kind": "take_or_pay", "name": "x", "buyer": "bob", "metal": "copper", "quantity": 45000, "make_up": 2, "make_up_price": "difference", "eased": {"below": 9100, "share": "60%"},
                                          "demand": {"2027": 0, "2028": 9000, "2029": 30000, "2030": 45000, "2031": 0, "2032": 0}}],
    "a mine that rests": [{"kind": "suspension", "name": "x", "metal": "copper", "below": 9100, "above": 9200, "earliest": 2030, "care": 3, "saved": 4, "restart": 2}],
    "business interruption": [{"kind": "disruption", "name": "x", "events": {"strike": {"start": "2029-04", "end": "2029-09", "lost": "60%"}},
                               "insurance": {"insurer": "state", "daily": 0.2, "waiting": 20, "premium": 1}}],
    "a dispute": [{"kind": "dispute", "name": "x", "per_year": 0.4, "amount": 9, "opponent": "bob", "deadlock": {"per_year": 0.2, "months": 4, "cost": 0.5},
                   "paths": {"court": {"probability": 1, "months": 16, "cost": 2, "interrupted": "10%", "recovered": "70%"}}, "mediation": {"settles": "30%", "months": 3, "cost": 0.4, "recovered": "50%"}}],
    "transfers": [{"kind": "transfer_risk", "name": "x", "partners": ["ann"], "start": 2028, "stopped": "10%", "months": 9, "devaluation": "20%", "balance": 5, "jump": "10%"}],
    "goods on the way": [{"kind": "routes", "name": "x", "per": "milled", "routes": {"a": {"cost": 3, "capacity": 2e6, "days": 20, "reservation": 1}, "b": {"cost": 6, "capacity": 9e6, "days": 40}}, "carry": "8%"}],
    "insured, with a wait": [HAZARD | {"name": "h"}, {"kind": "risk_insurance", "name": "x", "insurer": "state", "insured": "ann", "value": {"2028": 200, "2029": 150, "2030": 60},
                                                      "premium": "2%", "waiting": 12}],
    "a late start": [{"kind": "completion_delay", "name": "x", "months": 9, "planned": 2028, "overhead": 2, "damages": 3, "damages_cap": 20}],
    "stoppages": [{"kind": "stoppage", "name": "x", "per_year": 2, "days": 9, "cost": 1, "prevention": 0.6, "prevented_by": 0.9}],
    "a levy that may come": [{"kind": "tax_change", "name": "x", "state": "state", "chance": "40%", "start": 2029, "rate": "5%"}],
    "local content": [{"kind": "local_content", "name": "x", "suppliers_party": "bob", "share": "30%", "target": "50%", "penalty": "3%", "holder": "state"}],
}  # fmt: skip
"""With a sale of copper in the deal. Compensation by value and settlement at later prices follow other prices than those of the
period, and are tested by hand."""
SALE = {"kind": "metal_sale", "name": "sale", "metal": "copper", "made_by": "plant", "selling_cost": 90}


def model(term: dict[str, Any], basis: str, step: str, *more: dict[str, Any]) -> Model:
    each = {"year": 1, "half": 2}[step]
    return small(*BASE, *more, term, periods=6 * each, timeline={"step": step}, basis=basis, inflation=INFLATION, phases={
        "operation": {"start": 2028, "end": 2032}})  # fmt: skip


@pytest.mark.parametrize("step", ["year", "half"])
@pytest.mark.parametrize("case", TERMS)
def test_real_is_nominal_deflated(case: str, step: str) -> None:
    same_in_both(model(TERMS[case], "real", step), model(TERMS[case], "nominal", step))


@pytest.mark.parametrize("step", ["year", "half"])
@pytest.mark.parametrize("case", SOLD)
def test_real_is_nominal_deflated_where_metal_is_sold(case: str, step: str) -> None:
    *more, term = SOLD[case]
    same_in_both(model(term, "real", step, SALE, *more), model(term, "nominal", step, SALE, *more))


def same_in_both(real: Model, nominal: Model) -> None:
    index = nominal.run.single("prices.index")
    for party in (*real.parties, "customers", "suppliers"):
        found, expected = real.run.single(f"party.{party}.cash") * index, nominal.run.single(f"party.{party}.cash")
        assert found == pytest.approx(expected, abs=1e-7), party
    own = [name for name in nominal.graph.rows if name.startswith("x.")]
    assert any(np.abs(nominal.run.single(name)).max() > 0 for name in own), "the term does something"
