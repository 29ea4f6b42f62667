"""Worked examples 02, 07, 08, 09 and 20 (closure), reproduced by whole deals to 1e-9.

tests/data/example_*.json: each figure was found by two methods before this project began; they give 9 decimals.
"""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import numpy as np
import pytest
from small import by_year, rows, small

from jvmodel.metrics import mirr, party_metrics

DATA = Path(__file__).parent.parent / "data"


def example(name: str) -> dict[str, Any]:
    return json.loads((DATA / f"example_{name}.json").read_text(encoding="utf-8"))


def near(expected: Any) -> Any:
    return pytest.approx(expected, rel=1e-9, abs=2e-9)


def carry_model(**carry: Any):  # type: ignore[no-untyped-def]
    given = example("02_loan_carry")["inputs"]
    terms = [
        {"kind": "capital_cost", "amount": by_year(given["capex_100pct"])},
        {"kind": "other_revenue", "amount": by_year(given["distributions_100pct"])},
        {"kind": "incorporated_venture", "interests": {"ann": "70%", "bob": "30%"}},
    ]
    if carry:
        terms.append({"name": "carry", "carried": "bob", "carriers": {"ann": "100%"}} | carry)
    return small(*terms, periods=11, timeline={"discounting": "begin"})


LOAN = {"kind": "loan_carry", "rate": "8%", "repaid_from": "80%"}


def test_example_02_schedule() -> None:
    model = carry_model(**LOAN)
    columns = {
        "opening": "carry.opening", "advance": "carry.carried", "interest": "carry.interest",
        "B_entitlement": "carry.entitlement",
        "repayment": "carry.repayment", "of_which_current_interest": "carry.interest_paid", "closing": "carry.closing",
        "B_net_cash": "party.bob.cash", "A_net_cash": "party.ann.cash",
    }  # fmt: skip
    expected = example("02_loan_carry")["expected"]
    for column, row in columns.items():
        assert rows(model, row) == near([line[column] for line in expected["schedule"]]), column
    assert sum(rows(model, "carry.carried")) == near(expected["total_advanced"])
    assert sum(rows(model, "carry.repayment")) == near(expected["total_repaid"])
    assert sum(rows(model, "carry.interest")) == near(expected["total_interest"])
    assert rows(model, "carry.closing").index(0.0) == expected["payoff_year"]
    assert all(check.passed for check in model.checks)


@pytest.mark.parametrize(("name", "carry"), [("loan_carry", LOAN), ("free_carry", {"kind": "free_carry"}), ("no_carry", {})])
def test_example_02_values(name: str, carry: dict[str, Any]) -> None:
    model, expected = carry_model(**carry), example("02_loan_carry")["expected"]["npv10"]
    for letter, party in (("A", "ann"), ("B", "bob")):
        assert sum(rows(model, f"party.{party}.value")) == near(expected[f"{letter}_{name}"])


def test_example_02_unpaid_rest_is_written_off() -> None:
    given = example("02_loan_carry")
    half = [value / 2 for value in given["inputs"]["distributions_100pct"]]
    model = small(
        {"kind": "capital_cost", "amount": by_year(given["inputs"]["capex_100pct"])},
        {"kind": "other_revenue", "amount": by_year(half)},
        {"kind": "incorporated_venture", "interests": {"ann": "70%", "bob": "30%"}},
        {"name": "carry", "carried": "bob", "carriers": {"ann": "100%"}} | LOAN,
        periods=11,
    )
    expected = given["expected"]["half_distributions_case"]
    assert rows(model, "carry.repayment") == near(expected["repayments"])
    assert rows(model, "carry.written_off")[-1] == near(expected["closing_balance_end_of_mine"])


def test_example_02_advances_at_the_beginning() -> None:
    model = carry_model(**LOAN, advance_timing="begin")
    expected = example("02_loan_carry")["expected"]["begin_timing_variant"]
    assert rows(model, "carry.closing")[2] == near(expected["closing_year_2"])
    assert sum(rows(model, "carry.repayment")) == near(expected["total_repaid"])


def test_example_07_concentrate() -> None:
    """1,000 dmt of concentrate: the ore is chosen so that the plant makes just that, at 100% recovery."""
    given = example("07_concentrate_nsr")
    terms, grades, prices = given["inputs"]["terms"], given["inputs"]["grades"], given["inputs"]["prices"]
    model = small(
        {"kind": "mine_plan", "ore": {"2027": 1000}, "grades": {"copper": {"2027": grades["Cu_pct"] / 100}},
         "grams": {"gold": {"2027": grades["Au_gpt"]}, "silver": {"2027": grades["Ag_gpt"]}}},
        {"kind": "plant", "recovery": dict.fromkeys(("copper", "gold", "silver"), "100%"),
         "concentrate": {"lead": "copper", "grade": grades["Cu_pct"] / 100}},
        {"kind": "concentrate_sale", "name": "sale", "treatment": terms["TC_usd_dmt"], "freight": terms["freight_usd_wmt"],
         "moisture": given["inputs"]["moisture_wet_basis"], "insurance": terms["insurance_pct_of_payable_value"],
         "transit_loss": terms["transit_loss_pct"],
         "payable": {
             "copper": {"share": terms["Cu_pay"], "deduction": terms["Cu_min_ded_units"] / 100,
                        "refining_per_lb": terms["RC_Cu_usd_lb"]},
             "gold": {"share": terms["Au_pay"], "deduction_grams": terms["Au_min_ded_gpt"],
                      "refining_per_oz": terms["RC_Au_usd_oz"]},
             "silver": {"share": terms["Ag_pay"], "refining_per_oz": terms["RC_Ag_usd_oz"]},
         },
         "penalties": {"arsenic": {"assay": grades["As_pct"] / 100, "free": terms["As_free_pct"] / 100,
                                   "step": terms["As_step_pct"] / 100, "charge": terms["As_usd_per_step"]}}},
        {"kind": "nsr_royalty", "name": "royalty", "rate": "2%", "holder": "state"},
        {"kind": "incorporated_venture", "interests": {"ann": "100%"}},
        periods=1,
        prices={"copper": {"unit": "USD/t", "flat": prices["Cu_usd_t"]}, "gold": {"unit": "USD/oz", "flat": prices["Au_usd_oz"]},
                "silver": {"unit": "USD/oz", "flat": prices["Ag_usd_oz"]}},
    )  # fmt: skip
    expected, per_dmt = given["expected"]["parcel"], given["expected"]["per_dmt"]
    found = {
        "value": "payable_value", "treatment": "TC", "refining": "RC", "penalties": "penalties", "freight": "freight",
        "insurance": "insurance", "net": "nsr",
    }  # fmt: skip
    for row, key in found.items():
        assert model.run.single(f"sale.{row}")[0] * 1e6 == near(expected[key]), row
    assert model.run.single("sale.wet")[0] == near(expected["wmt_shipped"])
    assert model.run.single("sale.units_copper")[0] * 100 == near(per_dmt["Cu_payable_units"])
    assert model.run.single("sale.payable_gold")[0] / 997.5 == near(per_dmt["Au_payable_oz"])
    assert model.run.single("royalty.payable")[0] * 1e6 == near(expected["nsr_royalty_2pct"])
    sold, letters = model.run.single("sale.sold")[0], {"copper": "Cu", "gold": "Au", "silver": "Ag"}
    for metal, letter in letters.items():
        assert model.run.single(f"sale.value_{metal}")[0] * 1e6 / sold == near(per_dmt["by_metal"][letter]), metal
        assert model.run.single(f"sale.refining_{metal}")[0] * 1e6 / sold == near(per_dmt["RC_by_metal"][letter]), metal
    assert model.run.single("sale.payable_silver")[0] / sold == near(per_dmt["Ag_payable_oz"])
    for row, key in {
        "value": "payable_value",
        "treatment": "TC",
        "refining": "RC",
        "penalties": "penalties",
        "insurance": "insurance",
    }.items():
        assert model.run.single(f"sale.{row}")[0] * 1e6 / sold == near(per_dmt[key]), row
    assert model.run.single("sale.freight")[0] * 1e6 / 1000 == near(per_dmt["freight"]), "freight is on what is shipped"
    net = model.run.single("sale.net")[0] * 1e6
    signs = {"value": 1, "treatment": -1, "refining": -1, "penalties": -1}
    smelter = sum(sign * model.run.single(f"sale.{row}")[0] for row, sign in signs.items())
    assert smelter * 1e6 / sold == near(per_dmt["smelter_net_per_dmt_sold"])
    assert net / 1000 == near(per_dmt["nsr_per_dmt_produced"])
    held = [
        model.run.single(f"t1.recovered_{metal}")[0] * prices[f"{letter}_usd_{'t' if letter == 'Cu' else 'oz'}"]
        for metal, letter in letters.items()
    ]
    assert sum(held) == near(expected["gross_contained_value"])


def test_example_07_where_the_rules_cross() -> None:
    """At 28.571% copper a deduction of one unit and a payment of 96.5% come to the same; below it the deduction binds."""
    cross = example("07_concentrate_nsr")["expected"]["Cu_grade_where_rules_cross"] / 100
    for grade, share in ((cross, 0.965), (cross * 0.99, 1 - 0.01 / (cross * 0.99)), (cross * 1.01, 0.965)):
        model = small(
            {"kind": "mine_plan", "ore": {"2027": 1000}, "grades": {"copper": {"2027": grade}}},
            {"kind": "plant", "recovery": {"copper": "100%"}, "concentrate": {"lead": "copper", "grade": grade}},
            {"kind": "concentrate_sale", "name": "sale", "payable": {"copper": {"share": "96.5%", "deduction": "1%"}}},
            {"kind": "incorporated_venture", "interests": {"ann": "100%"}}, periods=1,
        )  # fmt: skip
        assert rows(model, "sale.units_copper")[0] == near(grade * share)


METHODS = {
    "uop_no_limit": {"method": "units_of_production"},
    "immediate_no_limit": {"method": "immediate", "start": "spending"},
    "immediate_cap50_expiry5": {"method": "immediate", "start": "spending"},
    "immediate_expiry2": {"method": "immediate", "start": "spending"},
    "sl_no_limit": {"method": "straight_line", "life": 4},
    "db_no_limit": {"method": "declining_balance", "rate": "30%"},
}
LOSSES = {"immediate_cap50_expiry5": {"cap": "50%", "expire_after": 5}, "immediate_expiry2": {"expire_after": 2}}
DEPRECIATION = {
    "uop_no_limit": "units_of_production", "sl_no_limit": "straight_line_4", "db_no_limit": "declining_30",
    "immediate_no_limit": "immediate",
}  # fmt: skip


@pytest.mark.parametrize("case", METHODS)
def test_example_08_tax(case: str) -> None:
    given = example("08_tax_losses")
    inputs = given["inputs"]
    model = small(
        {"kind": "mine_plan", "ore": by_year(inputs["ore_mined"]), "grades": {"copper": {"2028": "1%", "2033": "1%"} | {
            str(year): "1%" for year in range(2028, 2034)}}},
        {"kind": "other_revenue", "amount": by_year(inputs["revenue"])},
        {"kind": "operating_cost", "amount": by_year(inputs["opex"])},
        {"kind": "capital_cost", "amount": by_year(inputs["capex"])},
        {"kind": "corporate_tax", "name": "tax", "rate": inputs["cit"], "holder": "state",
         "depreciation": {"plant": METHODS[case]}, "losses": LOSSES.get(case, {})},
        {"kind": "incorporated_venture", "interests": {"ann": "100%"}},
        periods=7,
        phases={"operation": {"start": 2028}},
    )  # fmt: skip
    expected = given["expected"]["cases"][case]
    for key, row in {
        "income_before_losses": "tax.income", "losses_used": "tax.losses_used", "taxable_income": "tax.taxable",
        "tax": "tax.paid", "loss_closing": "tax.losses.closing",
    }.items():  # fmt: skip
        assert rows(model, row) == near([line[key] for line in expected]), key
    if case in LOSSES:
        assert rows(model, "tax.losses.lapsed") == near([line["losses_expired"] for line in expected])
    if case in DEPRECIATION:
        assert rows(model, "tax.plant.depreciation") == near(given["expected"]["depreciation"][DEPRECIATION[case]])
    assert sum(rows(model, "tax.paid")) == near(given["expected"]["total_tax"][case])
    assert rows(model, "tax.plant.closing")[-1] == near(0.0)
    assert all(check.passed for check in model.checks)


@pytest.mark.parametrize("timing", ["end", "mid", "begin"])
def test_example_09_discounting(timing: str) -> None:
    """The same real flows valued in a real and in a nominal model, at Fisher's nominal rate."""
    given = example("09_discounting_real_nominal")
    inputs, expected = given["inputs"], given["expected"]
    flows = inputs["real_cash_flow_periods_1_to_6"]
    terms = (
        {"kind": "capital_cost", "amount": by_year([max(-flow, 0.0) for flow in flows])},
        {"kind": "other_revenue", "amount": by_year([max(flow, 0.0) for flow in flows])},
        {"kind": "incorporated_venture", "interests": {"ann": "100%"}},
    )
    settings = {"periods": 6, "inflation": inputs["inflation"], "timeline": {"discounting": timing}}
    real = small(*terms, basis="real", discount_rate=inputs["real_rate"], **settings)
    nominal = small(*terms, basis="nominal", discount_rate=expected["nominal_rate"], **settings)
    for model in (real, nominal):
        assert sum(model.run.single("party.venture.value")) == near(expected[f"npv_{timing}_period"])
    if timing == "end":
        assert rows(nominal, "party.venture.cash") == near(expected["nominal_flows_end"])
        for model, key in ((real, "irr_real"), (nominal, "irr_nominal")):
            found = party_metrics(model.run.single("party.venture.cash"), range(1, 7), None, 0.07)
            assert found["irr"] == near(expected[key])


def test_example_09_rates_and_payback() -> None:
    """A rate of 7% a year is 1.7058525% a quarter; three rates of return; a modified rate; payback of a flow that starts at once."""
    given = example("09_discounting_real_nominal")
    inputs, expected = given["inputs"], given["expected"]
    quarterly = small(
        {"kind": "other_revenue", "amount": 4}, {"kind": "incorporated_venture", "interests": {"ann": "100%"}}, periods=1,
        timeline={"step": "quarter"}, discount_rate=inputs["real_rate"],
    )  # fmt: skip
    assert 1 / rows(quarterly, "party.venture.factor")[0] - 1 == near(expected["quarterly_rate"])
    flow = np.array(inputs["multi_irr_flow"])
    found = party_metrics(flow, np.arange(4.0), None, 0.1)
    assert found["irr_roots"] == pytest.approx(expected["multi_irr_roots"], abs=1e-9)
    once = np.array([inputs["mirr_flow"]])
    modified = mirr(once, np.arange(5.0), inputs["finance_rate"], inputs["reinvest_rate"])
    assert modified[0] == near(expected["mirr"])
    back = party_metrics(once[0], np.arange(5.0), None, 0.1)["payback"]
    assert back == near(expected["payback_years_after_year_0"])


def test_example_09_depreciation_is_deflated() -> None:
    """60 of nominal depreciation a year: a real model that leaves it at face value understates tax by just this much."""
    given = example("09_discounting_real_nominal")
    inputs = given["inputs"]
    amounts = {str(year): inputs["nominal_depreciation"] for year in range(2029, 2033)}
    terms = (
        {"kind": "other_revenue", "amount": dict.fromkeys(amounts, 200.0)},
        {"kind": "capital_cost", "amount": {"2027": 240.0}},
        {"kind": "corporate_tax", "name": "tax", "rate": inputs["tax_rate"], "holder": "state",
         "depreciation": {"plant": {"method": "schedule", "amounts": amounts}}},
        {"kind": "incorporated_venture", "interests": {"ann": "100%"}},
    )  # fmt: skip
    model = small(*terms, periods=6, basis="real", inflation=inputs["inflation"])
    at_face_value = [0.0, 0.0] + [(200.0 - 60.0) * inputs["tax_rate"]] * 4
    understated = [true - naive for true, naive in zip(rows(model, "tax.paid"), at_face_value, strict=True)]
    assert understated[2:] == near(given["expected"]["tax_understated_if_depreciation_not_deflated"])


def test_example_20_closure_fund() -> None:
    given = example("20_psa_stream_closure")
    inputs = given["inputs"]["closure"]
    model = small(
        {"kind": "mine_plan", "ore": by_year(inputs["ore"]), "grades": {"copper": {str(y): "1%" for y in range(2028, 2032)}}},
        {"kind": "closure", "name": "closure", "cost": inputs["real_cost"], "phasing": {"2031": "100%"}, "secured_by": "fund",
         "fund_interest": inputs["interest"]},
        {"kind": "incorporated_venture", "interests": {"ann": "100%"}},
        periods=5, inflation=inputs["inflation"],
    )  # fmt: skip
    expected = given["expected"]
    assert rows(model, "closure.spending")[-1] == near(expected["closure_nominal_target"])
    assert rows(model, "closure.fund.contribution") == near([line["contribution"] for line in expected["closure_fund"]])
    balances = [line["balance"] for line in expected["closure_fund"]]
    assert rows(model, "closure.fund.closing")[:-1] == near(balances[:-1])
    assert rows(model, "closure.fund.withdrawn")[-1] == near(balances[-1])
