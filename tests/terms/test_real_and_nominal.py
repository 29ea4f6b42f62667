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


def model(term: dict[str, Any], basis: str, step: str) -> Model:
    each = {"year": 1, "half": 2}[step]
    return small(*BASE, term, periods=6 * each, timeline={"step": step}, basis=basis, inflation=INFLATION, phases={
        "operation": {"start": 2028, "end": 2032}})  # fmt: skip


@pytest.mark.parametrize("step", ["year", "half"])
@pytest.mark.parametrize("case", TERMS)
def test_real_is_nominal_deflated(case: str, step: str) -> None:
    real, nominal = model(TERMS[case], "real", step), model(TERMS[case], "nominal", step)
    index = nominal.run.single("prices.index")
    for party in (*real.parties, "customers", "suppliers"):
        found, expected = real.run.single(f"party.{party}.cash") * index, nominal.run.single(f"party.{party}.cash")
        assert found == pytest.approx(expected, abs=1e-7), party
    own = [name for name in nominal.graph.rows if name.startswith("x.")]
    assert any(np.abs(nominal.run.single(name)).max() > 0 for name in own), "the term does something"
