"""Every option of the terms of mine, tax and finance, beyond what their examples show: checks, workbook, kernel, real money."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import numpy as np
import pytest
from recalculate import formualizer_values
from small import by_year, small

from jvmodel.backends import kernel
from jvmodel.model import Model
from jvmodel.report.workbook import Writer

INCOME = {"kind": "other_revenue", "name": "income", "amount": by_year([0, 40, 70, 90, 60, 30])}
COSTS = {"kind": "operating_cost", "name": "costs", "amount": by_year([2, 15, 20, 25, 30, 40])}
BUILD = {"kind": "capital_cost", "name": "build", "amount": by_year([60, 30])}
OWNER = {"kind": "incorporated_venture", "name": "company", "interests": {"ann": "60%", "bob": "40%"}}
TAX = {
    "kind": "corporate_tax",
    "name": "tax",
    "rate": "30%",
    "holder": "state",
    "depreciation": {"plant": {"method": "straight_line", "life": 3}},
}
LOAN = {"kind": "senior_loan", "name": "loan", "lender": "bank", "profile": "equal", "base_rate": "6%", "tenor": 4,
        "fees": {"upfront": "2%", "commitment": "1%", "agency": 0.2}}  # fmt: skip
SOFT = LOAN | {"name": "soft", "lender": "state", "amount": 15, "base_rate": "2%", "market_rate": "8%"}
ORE = {
    "kind": "mine_plan",
    "name": "mine",
    "ore": by_year([0, 4000, 5000, 4000, 3000, 0]),
    "grades": {"copper": {"2028": "20%", "2029": "15%", "2030": "10%", "2031": "12%"}},
}
PLANT = {"kind": "plant", "name": "plant", "recovery": {"copper": "90%"}}
SALE = {"kind": "metal_sale", "name": "sale", "metal": "copper", "made_by": "plant"}
MINE = [ORE, PLANT, SALE]
ROYALTY = {"kind": "gross_royalty", "name": "royalty", "rate": "6%", "holder": "state"}


def taxed(how: dict[str, Any] | None = None, **options: Any) -> list[dict[str, Any]]:
    return [TAX | ({"depreciation": {"plant": how}} if how else {}) | options]


CASES: dict[str, list[dict[str, Any]]] = {
    "debt first": [LOAN | {"amount": 50, "order": "debt_first"}],
    "equity first": [LOAN | {"amount": 50, "order": "equity_first"}],
    "interest added, by gearing": [LOAN | {"gearing": "60%", "construction_interest": "capitalised", "asset_class": "plant"}, *taxed()],
    "interest added, by cover": [LOAN | {"gearing": "90%", "construction_interest": "capitalised", "profile": "sculpted", "dscr": 1.6, "cfads": "before_tax"}],
    "life cover before tax": [LOAN | {"amount": 80, "llcr": 1.8, "plcr": 2.0, "cfads": "before_tax"}],
    "life cover after tax": [LOAN | {"amount": 85, "llcr": 1.9}, *taxed()],
    "a loan that funds another's fees, and costs": [SOFT, LOAN | {"gearing": "60%", "also_funds": ["soft"], "pre_production": True}],
    "a loan that fills the reserve": [LOAN | {"gearing": "60%", "also_funds": ["reserve", "vat", "company"]}, {"kind": "reserve_account", "name": "reserve", "interest": "2%"},
                                      {"kind": "value_added_tax", "name": "vat", "rate": "10%", "holder": "state", "refund_days": 90}],
    "a sculpted loan that fills the reserve": [LOAN | {"gearing": "60%", "profile": "sculpted", "dscr": 1.5, "also_funds": ["reserve"]}, *taxed(),
                                               {"kind": "reserve_account", "name": "reserve", "interest": "2%"}],
    "a loan for initial working capital": [LOAN | {"gearing": "60%", "also_funds": ["initial", "days"]},
                                           {"kind": "reserve_account", "name": "initial", "of": "working_capital", "months": 12},
                                           {"kind": "working_capital", "name": "days", "receivable_days": 60, "inventory_days": 30}],
    "a sweep from the last": [LOAN | {"amount": 60, "sweep": {"share": "60%"}}, SOFT],
    "a sweep in proportion": [LOAN | {"amount": 60, "profile": "annuity", "sweep": {"share": "60%", "applied": "pro_rata"}}],
    "a sweep that is started": [*MINE, LOAN | {"amount": 60, "sweep": {"share": "60%", "metal": "copper", "price_above": 8000, "tail_below": "40%"}}],
    "covenants": [LOAN | {"amount": 60}, {"kind": "reserve_account", "name": "reserve", "months": 6, "interest": "2%"},
                  {"kind": "covenants", "name": "tests", "forward": True, "llcr": 1.3, "plcr": 1.4, "rate": "6%", "reserves_count": True, "clean_periods": 1}],
    "covenants on what is owed": [LOAN | {"amount": 60}, {"kind": "covenants", "name": "tests", "gearing": "50%", "debt_to_ebitda": 1.5}],
    "interest on loans of partners": [*taxed(interest={"debt_to_equity": 0.5, "share": "30%"}),
                                      {"kind": "covenants", "name": "tests", "gearing": "50%"}, LOAN | {"amount": 30}],
    "a stream bought down": [*MINE, {"kind": "stream", "name": "stream", "buyer": "bob", "metal": "copper", "deposit": {"2027": 2}, "share": "30%",
                             "step_down_after": 400, "share_after": "10%", "buy_down": {"date": 2030, "share": "40%", "price": 1}}],
    "grants under a ceiling": [{"kind": "grant", "name": "first", "giver": "state", "share": "30%", "tax": "income", "payment_lag": 8},
                               {"kind": "grant", "name": "second", "giver": "bank", "share": "25%", "cap": 20, "aid_ceiling": "45%", "before": ["first"],
                                "clawback": {"date": 2030, "achieved": "80%"}}, *taxed()],
    "a lease as an asset": [{"kind": "equipment_lease", "name": "lease", "lessor": "bank", "value": 20, "start": 2028, "years": 3, "rate": "7%", "tax": "asset"}, *taxed()],
    "metal that repays": [*MINE, {"kind": "prepayment", "name": "advance", "buyer": "bank", "advance": {"2027": 5}, "rate": "6%", "repaid_from": 2028,
                          "metal": "copper", "deliveries": by_year([0, 300, 300, 300, 300, 300]), "discount": "5%", "ranks": "junior", "rank": 2}, {"kind": "stream", "name": "stream", "buyer": "bob", "metal": "copper", "deposit": {"2027": 2}, "share": "30%"}],
    "a stream in credits": [*MINE, {"kind": "stream", "name": "stream", "buyer": "bob", "metal": "copper", "deposit": {"2027": 2}, "share": "30%", "delivered": "credits"},
                            {"kind": "offtake", "name": "offtake", "buyer": "ann", "metal": "copper", "share": "100%", "discount": "3%"}],
    "a table of depreciation": taxed({"method": "shares", "shares": [0.5, 0.3, 0.2], "start": "spending"}),
    "a balance that turns": taxed({"method": "declining_balance", "rate": "40%", "within": 4}),
    "allowances and credits": taxed({"method": "units_of_production", "allowance": "20%", "credit": "10%", "credit_reduces_basis": True},
                                    credits={"expire_after": 2, "production": {"metal": "copper", "per_tonne": 50}}) + MINE,
    "losses within bounds, minimum tax, late payment": taxed(minimum="2%", losses={"cap": "50%", "expire_after": 2, "carried_back": 1}, payment_lag=7),
    "a holiday and limits on interest": [*taxed(holiday={"start": 2028, "end": 2029, "rate": "10%", "depreciation": "deferred", "losses": "forgone"},
                                                interest={"share": "20%"}), LOAN | {"gearing": "60%"}],
    "a royalty with everything": [ROYALTY | {"base": "invoiced", "floor": 1, "cap": 4, "lifetime_cap": 12, "advance": {"2027": 2}, "payment_lag": 5,
                                  "buy_back": {"date": 2029, "share": "50%", "price": 2, "rate": "9%"}}, *taxed()],
    "a royalty off the tax": [ROYALTY | {"base": "invoiced", "deductible": False, "credited": True}, *taxed()],
    "a royalty on a line": [*MINE, {"kind": "sliding_royalty", "name": "x", "metal": "copper", "mode": "linear", "thresholds": "real", "price": "previous",
                            "holder": "state", "bands": [{"start": 0, "rate": "2%"}, {"start": 8000, "rate": "4%"}, {"start": 12000, "rate": "9%"}]}],
    "slices of the margin": [{"kind": "margin_royalty", "name": "x", "holder": "state", "flat_above": "60%", "flat_rate": "26%",
                              "bands": [{"start": 0, "rate": "8%"}, {"start": 0.2, "rate": "12%"}]}, *taxed()],
    "rent tax before income tax": [{"kind": "resource_rent_tax", "name": "rent", "holder": "state", "order": "before_income_tax", "closing_credit": True,
                                    "tiers": [{"threshold": "8%", "rate": "20%"}, {"threshold": "20%", "rate": "30%"}]}, *taxed()],
    "rent tax by class of cost": [{"kind": "capital_cost", "name": "search", "asset_class": "exploration", "amount": {"2027": 12}},
                                  {"kind": "resource_rent_tax", "name": "rent", "holder": "state", "closing_credit": True,
                                   "tiers": [{"threshold": "8%", "rate": "20%", "uplifts": {"exploration": "18%", "plant": "9%"}}, {"threshold": "20%", "rate": "30%"}]}],
    "R-factor": [{"kind": "r_factor_tax", "name": "x", "holder": "state", "measured": "current", "form": "gross", "scale": "linear", "deductible": True,
                  "bands": [{"start": 0, "rate": "5%"}, {"start": 1, "rate": "20%"}, {"start": 2, "rate": "30%"}]}],
    "sharing by R-factor": [{"kind": "production_sharing", "name": "x", "ceiling": "60%", "holder": "state", "uplift": "10%", "tax_paid_by_state": True,
                             "bands": [{"start": 0, "rate": "20%"}, {"start": 0.6, "rate": "40%"}]}, *taxed()],
    "sharing by tonnes": [*MINE, {"kind": "production_sharing", "name": "x", "ceiling": "60%", "holder": "state", "by": "tonnes", "metal": "copper",
                                  "bands": [{"start": 0, "rate": "20%"}, {"start": 300, "rate": "40%"}]}],
    "compensation that is deferred": [*taxed(rate=by_year([0.3, 0.3, 0.35, 0.4, 0.4, 0.4])),
                                      {"kind": "stabilisation", "name": "x", "levy": "tax", "signed": "30%", "until": 2031, "state": "state", "type": "freeze",
                                       "paid": "deferred", "interest": "5%"}],
    "tax on purchases": [{"kind": "value_added_tax", "name": "x", "rate": "16%", "holder": "state", "recoverable": "80%", "refund_days": 200}],
    "a pile and its reclaim": [ORE, {"kind": "stockpile", "name": "pile", "capacity": 3600, "availability": "95%", "metals": ["copper"], "reclaim_cost": 3},
                               PLANT | {"feed": "stockpile"}, SALE],
    "concentrate priced later": [ORE, PLANT | {"concentrate": {"lead": "copper", "grade": "25%"}},
                                 {"kind": "concentrate_sale", "name": "sale", "treatment": 80, "freight": 40, "transit_loss": "1%", "insurance": "0.5%",
                                  "pricing": {"months": 5, "provisional": "90%"},
                                  "payable": {"copper": {"share": "96%", "deduction": "1%", "participation": "10%", "participation_from": 7000}},
                                  "penalties": {"arsenic": {"assay": "0.35%", "free": "0.2%", "step": "0.1%", "charge": 2, "counted": "started"}}}],
}  # fmt: skip


def deal(name: str, **settings: Any) -> Model:
    parties = {
        who: {"name": who.capitalize(), "role": "partner", "discount_rate": "10%"} for who in ("ann", "bob", "state", "bank")
    }
    each = {"year": 1, "half": 2}[settings.get("timeline", {}).get("step", "year")]
    phases = {"construction": {"start": 2027, "end": 2029}, "operation": {"start": 2028}}
    return small(
        INCOME, COSTS, BUILD, *CASES[name], OWNER, periods=6 * each, parties=parties, phases=phases, inflation=0.08, **settings
    )


@pytest.mark.parametrize("name", CASES)
def test_checks_hold_and_the_workbook_recalculates(name: str, tmp_path: Path) -> None:
    model, path = deal(name), tmp_path / "deal.xlsx"
    assert [check.name for check in model.checks if not check.passed] == []
    writer = Writer(model)
    writer.save(path, cached=False)
    found = formualizer_values(path)
    wrong = [
        (sheet, cell, found[sheet, cell], expected)
        for sheet, cells in writer.values.items() for cell, expected in cells.items()
        if found[sheet, cell] != expected
        and not (isinstance(expected, float) and abs(found[sheet, cell] - expected) <= 1e-9 * max(1.0, abs(expected)))
    ]  # fmt: skip
    assert wrong == []


@pytest.mark.parametrize("step", ["year", "half"])
@pytest.mark.parametrize("name", CASES)
def test_real_is_nominal_deflated_and_the_kernel_agrees(name: str, step: str) -> None:
    real, nominal = (deal(name, basis=basis, timeline={"step": step}) for basis in ("real", "nominal"))
    index = 1.08 ** np.array(real.graph.timeline.since(real.deal.base_month))
    names = [f"party.{party}.cash" for party in real.parties]
    compiled = kernel.evaluate(nominal.graph, {}, names)
    for name_of_row in names:
        flow = nominal.run.single(name_of_row)
        np.testing.assert_allclose(real.run.single(name_of_row) * index, flow, rtol=1e-8, atol=1e-6, err_msg=name_of_row)
        np.testing.assert_allclose(np.ravel(compiled.rows[name_of_row]), flow, rtol=1e-9, atol=1e-9)
    assert [check.name for check in nominal.checks if not check.passed] == []
