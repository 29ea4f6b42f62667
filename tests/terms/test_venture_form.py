"""Company or unincorporated venture: worked example 22, cost shares, product in kind, consolidation, what is refused."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import pytest
from pydantic import ValidationError
from small import by_year, rows, small

from jvmodel.errors import GraphError
from jvmodel.model import Model

DATA = Path(__file__).parent.parent / "data"
STRUCTURE = json.loads((DATA / "example_22_incorporated_vs_unincorporated.json").read_text(encoding="utf-8"))
INTERESTS = {"ann": "60%", "bob": "40%"}
POOL = {"plant": {"method": "straight_line", "life": 4}}


def near(expected: Any) -> Any:
    return pytest.approx(expected, rel=1e-9, abs=2e-9)


def structure(*terms: dict[str, Any]) -> Model:
    given = STRUCTURE["inputs"]
    income = [flow + capex for flow, capex in zip(given["operating_flow_100pct"], given["capex"], strict=True)]
    return small(
        {"kind": "capital_cost", "name": "build", "amount": by_year(given["capex"])},
        {"kind": "other_revenue", "name": "income", "amount": by_year([max(one, 0) for one in income])},
        {"kind": "operating_cost", "name": "costs", "amount": by_year([max(-one, 0) for one in income])},
        *terms, periods=6, phases={"construction": {"start": 2027, "end": 2029}, "operation": {"start": 2029}},
        timeline={"discounting": "begin"},
    )  # fmt: skip


def test_example_22_incorporated() -> None:
    model = structure(
        {"kind": "corporate_tax", "name": "tax", "rate": "30%", "holder": "state", "depreciation": POOL},
        {"kind": "incorporated_venture", "name": "company", "interests": INTERESTS, "capital_first": True},
        {"kind": "withholding_tax", "name": "withholding", "on": "dividends", "rates": {"bob": "10%"}, "holder": "state"},
    )
    expected = STRUCTURE["expected"]
    assert rows(model, "tax.income") == near(expected["taxable_income_before_losses"])
    assert rows(model, "tax.paid") == near(expected["company_tax_ring_fenced"])
    # capital of 130 comes back first, free of the tax on dividends
    assert rows(model, "party.ann.cash") == near(expected["A_incorporated"])
    assert rows(model, "party.bob.cash") == near(expected["B_incorporated"])
    for party, letter in (("ann", "A"), ("bob", "B")):
        assert sum(rows(model, f"party.{party}.value")) == near(expected["npv10"][f"{letter}_incorporated"])
    assert sum(rows(model, "party.state.value")) == near(expected["gov_npv10"]["incorporated"])


def test_example_22_unincorporated() -> None:
    tax = {"kind": "corporate_tax", "rate": "30%", "holder": "state", "depreciation": POOL}
    model = structure(
        {"kind": "unincorporated_venture", "name": "jv", "interests": INTERESTS},
        tax | {"name": "tax_of_ann", "taxpayer": "ann", "other_income": True}, tax | {"name": "tax_of_bob", "taxpayer": "bob"},
    )  # fmt: skip
    expected = STRUCTURE["expected"]
    for party, letter in (("ann", "A"), ("bob", "B")):
        assert rows(model, f"party.{party}.cash") == near(expected[f"{letter}_unincorporated"])
        assert sum(rows(model, f"party.{party}.value")) == near(expected["npv10"][f"{letter}_unincorporated"])
    assert sum(rows(model, "party.state.value")) == near(expected["gov_npv10"]["unincorporated"])
    assert [check.name for check in model.checks if not check.passed] == []


def test_partners_together_are_taxed_as_a_company_would_be() -> None:
    """Ring-fenced both, without tax on dividends: form alone moves nothing."""
    tax = {"kind": "corporate_tax", "rate": "30%", "holder": "state", "depreciation": POOL}
    apart = structure(
        {"kind": "unincorporated_venture", "name": "jv", "interests": INTERESTS},
        tax | {"name": "tax_of_ann", "taxpayer": "ann"}, tax | {"name": "tax_of_bob", "taxpayer": "bob"},
    )  # fmt: skip
    company = structure(tax | {"name": "tax"}, {"kind": "incorporated_venture", "name": "company", "interests": INTERESTS})
    for party in ("ann", "bob", "state"):
        assert rows(apart, f"party.{party}.cash") == near(rows(company, f"party.{party}.cash"))


def test_cost_shares_and_own_price() -> None:
    """Bob pays all of the works, Ann the rest of what is over 60% of 110; Bob sells his 40% at 5% over the market."""
    model = small(
        {"kind": "other_revenue", "name": "income", "amount": by_year([0, 100])},
        {"kind": "capital_cost", "name": "mine", "amount": by_year([100])},
        {"kind": "capital_cost", "name": "works", "amount": by_year([10]), "asset_class": "works"},
        {"kind": "unincorporated_venture", "name": "jv", "interests": INTERESTS, "cost_shares": {"works": {"bob": "100%"}},
         "own_price": {"bob": "5%"}},
        periods=2,
    )  # fmt: skip
    assert rows(model, "jv.call_ann") == near([60, 0])
    assert rows(model, "jv.call_bob") == near([50, 0])
    assert rows(model, "party.bob.cash") == near([-50, 42])
    assert [check.name for check in model.checks if not check.passed] == []


def test_what_is_refused() -> None:
    venture = {"kind": "unincorporated_venture", "name": "jv", "interests": INTERESTS}
    loan = {
        "kind": "senior_loan",
        "name": "loan",
        "lender": "state",
        "amount": 50,
        "profile": "equal",
        "base_rate": "5%",
        "tenor": 2,
    }
    with pytest.raises(GraphError, match="an unincorporated venture has no debt drawn of its own"):
        structure(venture, loan)
    with pytest.raises(ValidationError, match="free_shares are shares in a company"):
        structure(venture | {"free_shares": {"state": "10%"}})
    with pytest.raises(ValidationError, match=r"cost_shares\.works add up to 90%"):
        structure(venture | {"cost_shares": {"works": {"ann": "90%"}}})


def test_a_flip_against_a_live_peer() -> None:
    """PySAM Equpartflip, run now: the investor's 98% flip to 10% in the year after it has earned its target after tax.

    All equity, no credits or reserves, straight-line depreciation over 20 years; cash and tax items in the same shares. The
    peer settles the whole year in which the target is reached at the old shares, as a reversion at a return does.
    """
    peer_model = pytest.importorskip("PySAM.Equpartflip", reason="pip install NREL-PySAM to check against it")
    peer = peer_model.default("PVWattsAllEquityPartnershipFlip")
    peer.SystemOutput.gen = [30_000.0] * 8760
    peer.Revenue.assign({"ppa_soln_mode": 1, "ppa_price_input": [0.08]})
    peer.FinancialParameters.assign(
        {
            "system_capacity": 100_000.0,
            "equip1_reserve_cost": 0.0,
            "state_tax_rate": [0.0],
            "federal_tax_rate": [30.0],
            "reserves_interest": 0.0,
        }
    )
    peer.OtherCapitalCosts.assign({"months_working_reserve": 0.0, "cost_equity_closing": 0.0, "cost_dev_fee_percent": 0.0})
    peer.TaxCreditIncentives.assign({"ptc_fed_amount": [0.0]})
    shares = {name: 0.0 for name in peer.Depreciation.export() if name.startswith("depr_alloc_") and name.endswith("percent")}
    peer.Depreciation.assign(shares | {"depr_alloc_sl_20_percent": 100.0})
    peer.IRRTargets.assign(
        {"flip_target_percent": 9.0, "tax_investor_equity_percent": 98.0, "tax_investor_preflip_cash_percent": 98.0,
         "tax_investor_preflip_tax_percent": 98.0, "tax_investor_postflip_cash_percent": 10.0, "tax_investor_postflip_tax_percent": 10.0}
    )  # fmt: skip
    peer.DeveloperCapitalRecovery.assign({"sponsor_cap_recovery_mode": 0.0, "sponsor_cap_recovery_year": 0.0})
    peer.execute(0)
    out = peer.Outputs
    millions = {
        name: [value / 1e6 for value in getattr(out, name)]
        for name in ("cf_ebitda", "cf_feddepr_total", "cf_tax_investor_aftertax", "cf_sponsor_aftertax")
    }
    model = small(
        {"kind": "capital_cost", "name": "build", "amount": by_year([out.cost_installed / 1e6])},
        {"kind": "other_revenue", "name": "income", "amount": by_year(millions["cf_ebitda"])},
        {"kind": "corporate_tax", "name": "tax", "rate": "30%", "holder": "state", "other_income": True,
         "depreciation": {"plant": {"method": "schedule", "amounts": by_year(millions["cf_feddepr_total"])}}},
        {"kind": "unincorporated_venture", "name": "flip", "interests": {"ann": "98%", "bob": "2%"}},
        {"kind": "reversion", "name": "at_target", "giver": "ann", "taker": "bob", "interest": "88%", "rate": "9%"},
        periods=26,
    )  # fmt: skip
    assert 1 < out.flip_actual_year < 25, "the target is reached within the life, so that something is tested"
    assert rows(model, "party.ann.cash") == pytest.approx(millions["cf_tax_investor_aftertax"], rel=1e-7, abs=1e-8)
    assert rows(model, "party.bob.cash") == pytest.approx(millions["cf_sponsor_aftertax"], rel=1e-7, abs=1e-8)
