"""Worked example 23: a company with free shares, shareholder loans, a carried partner, a loan and trapped cash."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import pytest
from small import by_year, rows, small

from jvmodel.metrics import party_metrics
from jvmodel.model import Model

CASE = json.loads((Path(__file__).parent.parent / "data" / "example_23_integrated_mini.json").read_text(encoding="utf-8"))
GIVEN, EXPECTED = CASE["inputs"], CASE["expected"]
PARTIES = {
    name: {"name": name.capitalize(), "role": "partner", "discount_rate": "10%"}
    for name in ("ann", "bob", "state", "treasury", "lender")
}


def near(expected: Any) -> Any:
    return pytest.approx(expected, rel=1e-9, abs=2e-9)


def terms() -> list[dict[str, Any]]:
    taxed = {"ann": "10%", "bob": "10%"}
    return [
        {"kind": "other_revenue", "name": "income", "amount": by_year(GIVEN["revenue"])},
        {"kind": "operating_cost", "name": "costs", "amount": by_year(GIVEN["opex"])},
        {"kind": "capital_cost", "name": "build", "amount": by_year(GIVEN["capex"][:2])},
        {"kind": "sustaining_capital", "name": "renewal", "amount": by_year([0, 0, *GIVEN["capex"][2:]])},
        {"kind": "closure", "name": "closure", "cost": GIVEN["closure_paid_year_8"], "phasing": {"2034": "100%"}},
        {"kind": "gross_royalty", "name": "royalty", "rate": GIVEN["royalty"], "holder": "treasury", "base": "invoiced"},
        {"kind": "corporate_tax", "name": "tax", "rate": GIVEN["cit"], "holder": "treasury",
         "depreciation": {"plant": {"method": "remaining_life"}}},
        {"kind": "working_capital", "name": "credit", "receivable_days": 45, "payable_days": 30},
        {"kind": "senior_loan", "name": "loan", "lender": "lender", "amount": 100, "base_rate": GIVEN["debt_rate"],
         "construction_interest": "capitalised", "profile": "equal", "tenor": 5, "asset_class": "plant"},
        {"kind": "incorporated_venture", "name": "company", "interests": {"ann": "60%", "bob": "40%"},
         "free_shares": {"state": "10%"}, "minimum_cash": {"2028": GIVEN["min_cash"], "extend": "hold"},
         "shareholder_loans": {"share": GIVEN["shl_share_of_calls"], "rate": GIVEN["shl_rate"]},
         "dividend_test": "retained_earnings"},
        {"kind": "withholding_tax", "name": "on_dividends", "on": "dividends", "rates": taxed, "holder": "treasury"},
        {"kind": "withholding_tax", "name": "on_interest", "on": "interest", "rates": taxed, "holder": "treasury"},
        {"kind": "loan_carry", "name": "carry", "carried": "bob", "carriers": {"ann": "100%"}, "share": "50%",
         "rate": GIVEN["carry"]["rate"], "repaid_from": GIVEN["carry"]["repay_share_of_B_receipts"]},
    ]  # fmt: skip


@pytest.fixture(scope="module")
def model() -> Model:
    phases = {"construction": {"start": 2027, "end": 2029}, "operation": {"start": 2029}}
    return small(*terms(), periods=8, phases=phases, parties=PARTIES)


ROWS = {
    "revenue": "income.revenue", "opex": "costs.cost", "royalty": "royalty.payable", "pbt": "tax.income", "distributable": "company.free",
    "depreciation": "tax.depreciation", "interest_senior": "loan.running", "interest_shl": "company.loans.due",
    "losses_used": "tax.losses_used", "tax": "tax.paid", "cfads": "ledger.net_cfads", "debt_service": "loan.service",
    "equity_call": "company.calls", "shl_interest_paid": "company.loans.paid", "shl_principal_paid": "company.loans.repaid",
    "dividend": "company.dividends", "capital_return": "company.returned", "cash": "company.closing",
    "ppe": "company.balance_sheet.fixed_assets", "debt": "loan.closing", "shl": "company.loans.closing",
    "share_capital": "company.balance_sheet.share_capital", "retained_earnings": "company.earnings.closing",
    "AR": "credit.receivables", "AP": "credit.payables", "carry_balance_B_to_A": "carry.closing",
}  # fmt: skip


@pytest.mark.parametrize("column", ROWS)
def test_every_row(model: Model, column: str) -> None:
    assert rows(model, ROWS[column]) == near([line[column] for line in EXPECTED["rows"]])


def test_every_column_is_compared() -> None:
    beside = {"year", "trapped_cash", "working_capital_outflow", "dscr"}
    assert set(EXPECTED["rows"][0]) == set(ROWS) | beside


def test_working_capital_and_cover(model: Model) -> None:
    outflow = [line["working_capital_outflow"] for line in EXPECTED["rows"]]
    assert [-one for one in rows(model, "party.venture.working_capital")] == near(outflow)
    cover = rows(model, "loan.cover")
    for t, line in enumerate(EXPECTED["rows"]):
        assert cover[t] == (0.0 if line["dscr"] is None else near(line["dscr"])), t


def test_trapped_cash(model: Model) -> None:
    trapped = [line["trapped_cash"] for line in EXPECTED["rows"]]
    assert rows(model, "company.trapped")[:-1] == near(trapped[:-1])


def test_every_party(model: Model) -> None:
    times = model.graph.timeline.times
    for key, party in {"A": "ann", "B": "bob", "State": "state", "Treasury": "treasury", "Lender": "lender"}.items():
        assert rows(model, f"party.{party}.cash") == near(EXPECTED["party_cash"][key]), key
        found = party_metrics(model.run.single(f"party.{party}.cash"), times, None, 0.1)
        assert found["npv"] == near(EXPECTED["npv10"][key]), key
        if key in EXPECTED["irr"]:
            assert found["irr"] == pytest.approx(EXPECTED["irr"][key], abs=1e-9)


def test_every_check(model: Model) -> None:
    assert [check.name for check in model.checks if not check.passed] == []
    assert "balance_sheet" in [check.name for check in model.checks]
