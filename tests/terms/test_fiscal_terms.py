"""Worked examples 03, 04 and 20 (production sharing) by whole deals to 1e-9, and fiscal terms by hand.

tests/data/example_*.json: each figure was found by two methods before this project began; they give 9 decimals.
"""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import numpy as np
import pytest
from small import by_year, rows, small

from jvmodel.metrics import party_metrics

DATA = Path(__file__).parent.parent / "data"
OWNER = {"kind": "incorporated_venture", "name": "company", "interests": {"ann": "100%"}}
INCOME = {"kind": "other_revenue", "name": "income", "amount": {"2027": 60, "2028": 90, "2029": 80}}
AT_ONCE = {"plant": {"method": "immediate", "start": "spending"}}
TAX = {"kind": "corporate_tax", "name": "tax", "rate": "30%", "holder": "state", "depreciation": AT_ONCE}


def example(name: str) -> dict[str, Any]:
    return json.loads((DATA / f"example_{name}.json").read_text(encoding="utf-8"))


def near(expected: Any) -> Any:
    return pytest.approx(expected, rel=1e-9, abs=2e-9)


def flows(values: list[float]) -> list[dict[str, Any]]:
    """Revenue and cost whose difference is a cash flow."""
    return [
        {"kind": "other_revenue", "name": "income", "amount": by_year([max(value, 0.0) for value in values])},
        {"kind": "operating_cost", "name": "costs", "amount": by_year([max(-value, 0.0) for value in values])},
    ]


def rate_of(cash: list[float]) -> float:
    found = party_metrics(np.array(cash), np.arange(1.0, len(cash) + 1), None, 0.1)["irr"]
    assert isinstance(found, float)
    return found


def test_example_03_rent_tax() -> None:
    given = example("03_resource_rent_tax")
    tiers = [{"threshold": tier["threshold_return"], "rate": tier["rate"]} for tier in given["inputs"]["tiers"]]
    flow = given["inputs"]["pre_rrt_net_cash_flow"]
    rent = {"kind": "resource_rent_tax", "name": "rent", "holder": "state", "tiers": tiers}
    model = small(*flows(flow), rent, OWNER, periods=len(flow))
    for number, tier in enumerate(given["expected"]["tiers"], start=1):
        for column, row in {
            "opening": "opening",
            "uplift": "growth",
            "taxable": "surplus",
            "tax": "tax",
            "closing": "closing",
        }.items():
            assert rows(model, f"rent.tier_{number}.{row}") == near([line[column] for line in tier["rows"]]), (number, column)
        assert sum(rows(model, f"rent.tier_{number}.tax")) == near(tier["total_tax"])
    assert rows(model, "party.venture.cash") == near(given["expected"]["net_cash_after_rrt"])
    assert rate_of(flow[:9]) == near(given["expected"]["irr_before"])
    assert rate_of(rows(model, "party.venture.cash")[:9]) == near(given["expected"]["irr_after_excl_closure"])
    assert rows(model, "rent.tier_1.lost")[-1] == near(given["expected"]["closure_cost_relief_lost_tier1"])
    credited = small(*flows(flow), rent | {"closing_credit": True}, OWNER, periods=len(flow))
    assert rows(credited, "rent.tier_1.tax")[-1] == near(-given["expected"]["closure_cost_relief_lost_tier1"])


def test_all_rent_taxed_leaves_the_threshold_return() -> None:
    flow = example("03_resource_rent_tax")["inputs"]["pre_rrt_net_cash_flow"][:9]
    tiers = [{"threshold": "12%", "rate": "100%"}]
    model = small(*flows(flow), {"kind": "resource_rent_tax", "holder": "state", "tiers": tiers}, OWNER, periods=9)
    timeline = model.graph.timeline
    found = party_metrics(model.run.single("party.venture.cash"), timeline.times, timeline.counted, 0.1, timeline.years)
    assert found["irr"] == near(example("03_resource_rent_tax")["expected"]["property_100pct_tier1_irr"])


@pytest.mark.parametrize(("measured", "column"), [("previous", "lagged"), ("current", "current")])
def test_example_03_r_factor(measured: str, column: str) -> None:
    given = example("03_resource_rent_tax")
    receipts, costs = given["inputs"]["r_factor"]["receipts"], given["inputs"]["r_factor"]["costs"]
    bands = [{"start": start, "rate": rate} for start, rate in ((0, "0%"), (1, "10%"), (1.5, "20%"), (2, "30%"))]
    model = small(
        {"kind": "other_revenue", "name": "income", "amount": by_year(receipts)},
        {"kind": "operating_cost", "name": "costs", "amount": by_year(costs)},
        {"kind": "r_factor_tax", "name": "tax", "holder": "state", "bands": bands, "measured": measured},
        OWNER, periods=len(costs),
    )  # fmt: skip
    expected = given["expected"][f"r_factor_{column}"]
    assert rows(model, "tax.rate") == near([line["rate"] for line in expected])
    assert rows(model, "tax.tax") == near([line["tax"] for line in expected])
    assert rows(model, "tax.reached") == near([line["R_close"] for line in expected])
    assert sum(rows(model, "tax.tax")) == near(given["expected"]["r_factor_total_tax"][column])


@pytest.mark.parametrize("mode", ["whole", "slice", "linear"])
def test_example_04_by_price(mode: str) -> None:
    given = example("04_sliding_royalty")
    prices = [line["price"] for line in given["expected"]["price"]]
    steps = given["inputs"]["price_bands_lower_bound"]
    if mode == "linear":
        line = given["inputs"]["linear"]
        steps = [(0, line["r0"]), (line["p0"], line["r0"]), (line["p1"], line["r1"])]
    model = small(
        {"kind": "metal_plan", "name": "plan", "tonnes": {"copper": given["inputs"]["payable_tonnes"]}},
        {"kind": "metal_sale", "name": "sale", "metal": "copper", "made_by": "plant"},
        {"kind": "sliding_royalty", "name": "royalty", "metal": "copper", "holder": "state", "mode": mode,
         "bands": [{"start": start, "rate": rate} for start, rate in steps]},
        OWNER, periods=len(prices), prices={"copper": {"unit": "USD/t", "by_year": by_year(prices)}},
    )  # fmt: skip
    rate = {"whole": "whole_rate", "slice": "slice_effective_rate", "linear": "linear_rate"}[mode]
    assert rows(model, "royalty.rate") == near([line[rate] for line in given["expected"]["price"]])
    paid = [line[f"royalty_{mode}"] / 1e6 for line in given["expected"]["price"]]
    assert rows(model, "royalty.payable") == near(paid)


def test_example_04_cliff() -> None:
    """One rate on all value: at 8,000 a tonne less is left than at 7,999, and the deal says so."""
    given = example("04_sliding_royalty")
    bands = [{"start": start, "rate": rate} for start, rate in given["inputs"]["price_bands_lower_bound"]]
    model = small(
        {"kind": "metal_plan", "name": "plan", "tonnes": {"copper": 1e6}}, {"kind": "metal_sale", "name": "sale", "metal": "copper", "made_by": "plant"},
        {"kind": "sliding_royalty", "name": "royalty", "metal": "copper", "holder": "state", "mode": "whole", "bands": bands},
        OWNER, periods=2, prices={"copper": {"unit": "USD/t", "by_year": {"2027": 7999, "2028": 8000}}},
    )  # fmt: skip
    cliff = given["expected"]["cliff_per_tonne"]
    assert rows(model, "party.venture.cash") == near([cliff["net_at_7999"], cliff["net_at_8000"]])
    assert [one.periods for one in model.warnings] == [("2028",)]


def margin_model(margins: list[float], **royalty: Any):  # type: ignore[no-untyped-def]
    """Sales of 1,000 a year at the operating margins given."""
    return small(
        {"kind": "other_revenue", "name": "income", "amount": 1000},
        {"kind": "operating_cost", "name": "costs", "amount": by_year([1000 * (1 - margin) for margin in margins])},
        {"kind": "margin_royalty", "name": "royalty", "holder": "state", "profit": "operating"} | royalty,
        OWNER, periods=len(margins),
    )  # fmt: skip


def test_example_04_by_margin() -> None:
    given = example("04_sliding_royalty")
    lines = given["expected"]["sa_formula"]
    margins = [line["ebit_margin"] for line in lines]
    refined = margin_model(margins, fixed="0.5%", slope=0.08, most="5%")
    assert rows(refined, "royalty.rate") == near([line["refined"] for line in lines])
    unrefined = margin_model(margins, fixed="0.5%", slope=1 / 9, most="7%")
    assert rows(unrefined, "royalty.rate") == near([line["unrefined"] for line in lines])
    slices = given["expected"]["margin_slices"]
    bands = [{"start": start, "rate": rate} for start, rate in given["inputs"]["margin_bands"]]
    model = margin_model([line["margin"] for line in slices], bands=bands, flat_above="60%", flat_rate="26%")
    assert rows(model, "royalty.payable") == near([line["royalty_on_1000_revenue"] for line in slices])
    effective = [
        paid / (1000 * line["margin"]) if line["margin"] > 0 else 0
        for paid, line in zip(rows(model, "royalty.payable"), slices, strict=True)
    ]
    assert effective == near([line["effective_rate_on_operating_income"] for line in slices])
    plain = margin_model([0.3], fixed="0.5%", slope=0.08)
    assert rows(plain, "royalty.rate") == near([given["expected"]["not_deductible_rate"]])
    itself = margin_model([0.3], fixed="0.5%", slope=0.08, deducts_itself=True)
    assert rows(itself, "royalty.payable") == near([given["expected"]["self_deductible_royalty"]])
    assert rows(itself, "royalty.rate") == near([given["expected"]["self_deductible_rate"]])


def test_example_20_production_sharing() -> None:
    given = example("20_psa_stream_closure")
    inputs, expected = given["inputs"]["psa"], given["expected"]["psa"]
    model = small(
        {"kind": "other_revenue", "name": "income", "amount": by_year(inputs["revenue"])},
        {"kind": "operating_cost", "name": "costs", "amount": by_year(inputs["cost"])},
        {"kind": "gross_royalty", "name": "royalty", "rate": inputs["royalty"], "base": "invoiced", "holder": "state"},
        {"kind": "production_sharing", "name": "sharing", "ceiling": inputs["cost_ceiling"], "holder": "state",
         "state_share": inputs["gov_profit_share"]},
        OWNER, periods=5,
    )  # fmt: skip
    columns = {"royalty": "royalty.payable", "cost_recovery": "sharing.recovery", "profit_share_gov": "sharing.state", "pool_closing": "sharing.closing",
               "contractor_cash": "party.venture.cash", "gov_cash": "party.state.cash"}  # fmt: skip
    for column, row in columns.items():
        assert rows(model, row) == near([line[column] for line in expected]), column
    contractor = [a - b for a, b in zip(rows(model, "sharing.profit"), rows(model, "sharing.state"), strict=True)]
    assert contractor == near([line["profit_share_contractor"] for line in expected])
    assert rows(model, "sharing.closing")[-1] == near(given["expected"]["psa_unrecovered_at_end"])


CASES: dict[str, tuple[list[dict[str, Any]], dict[str, list[float]]]] = {
    "a net profits interest waits until costs are recovered with interest": (
        [*flows([-100, 60, 80]), {"kind": "net_profits_interest", "name": "npi", "rate": "20%", "holder": "state", "interest": "10%"}],
        # -100; -110 + 60 = -50; -55 + 80 = 25, of which a fifth
        {"npi.closing": [-100, -50, 0], "npi.payable": [0, 0, 5]},
    ),
    "an advance royalty is credited against later royalty": (
        [INCOME, {"kind": "gross_royalty", "name": "r", "rate": "10%", "base": "invoiced", "holder": "state", "advance": {"2027": 9}}],
        # 6, 9 and 8 fall due; the 9 paid ahead cover 9 of the royalty of the second year (credit of the year itself comes later)
        {"r.advance.used": [0, 9, 0], "r.paid": [6, 0, 8], "party.state.cash": [15, 0, 8]},
    ),
    "a buy-back is used where the royalty saved is worth more": (
        [INCOME, {"kind": "gross_royalty", "name": "r", "rate": "10%", "base": "invoiced", "holder": "state",
                  "buy_back": {"date": 2027, "share": "50%", "price": 7, "rate": "10%"}}],
        # half of 9 and 8, at 10%: 4.5/1.1 + 4/1.21 = 7.397
        {"r.buy_back.value": [7.396694215, 3.636363636, 0], "r.buy_back.used": [1, 0, 0], "party.state.cash": [13, 4.5, 4]},
    ),
    "a buy-back that costs too much is not used": (
        [INCOME, {"kind": "gross_royalty", "name": "r", "rate": "10%", "base": "invoiced", "holder": "state",
                  "buy_back": {"date": 2027, "share": "50%", "price": 8, "rate": "10%"}}],
        {"r.buy_back.used": [0, 0, 0], "party.state.cash": [6, 9, 8]},
    ),
    "dividends bear tax where the recipient lives abroad": (
        [INCOME, OWNER, {"kind": "withholding_tax", "name": "wht", "on": "dividends", "rates": {"ann": "10%"}, "holder": "state"}],
        {"wht.tax_ann": [6, 9, 8], "party.ann.cash": [54, 81, 72], "party.state.cash": [6, 9, 8]},
    ),
    "services grossed up cost the venture more": (
        [INCOME, OWNER, {"kind": "operating_cost", "name": "fee", "amount": 9, "payee": "bob"},
         {"kind": "withholding_tax", "name": "wht", "on": "services", "rates": {"bob": "10%"}, "holder": "state", "gross_up": True}],
        # 9 ÷ 0.9 = 10, of which 1 goes to the state
        {"wht.tax_bob": [1, 1, 1], "party.bob.cash": [9, 9, 9], "party.ann.cash": [50, 80, 70]},
    ),
    "imports bear duty, exempt classes do not": (
        [INCOME, {"kind": "capital_cost", "name": "build", "amount": {"2027": 40}},
         {"kind": "capital_cost", "name": "power", "amount": {"2027": 20}, "asset_class": "power"},
         {"kind": "operating_cost", "name": "costs", "amount": 10},
         {"kind": "import_duty", "name": "duty", "rate": "5%", "capital_imported": "50%", "operating_imported": "20%", "holder": "state",
          "exempt": ["power"]}],
        {"duty.capital": [20, 0, 0], "duty.duty": [1.1, 0.1, 0.1]},
    ),
    "value-added tax comes back after half a year": (
        [INCOME, {"kind": "operating_cost", "name": "costs", "amount": 20},
         {"kind": "value_added_tax", "name": "vat", "rate": "10%", "recoverable": "80%", "refund_days": 182.5, "holder": "state"}],
        # 2 a year, 0.4 of it lost, 1.6 refunded: half of a year's refunds outstanding
        {"vat.lost": [0.4, 0.4, 0.4], "vat.receivable": [0.8, 0.8, 0], "vat.movement": [0.8, 0, -0.8],
         "party.state.cash": [1.2, 0.4, -0.4]},
    ),
    "carbon above the free allocation is paid for": (
        [{"kind": "mine_plan", "name": "mine", "ore": {"2027": 1e6, "2028": 2e6}, "grades": {"copper": {"2027": "1%", "2028": "1%"}}},
         {"kind": "carbon_price", "name": "carbon", "price": 50, "intensity": {"ore": 0.04}, "free": 30000, "holder": "state",
          "coverage": "90%"}],
        # 40 and 80 kt: 36 - 30 = 6 and 72 - 30 = 42 kt at 50
        {"carbon.charged": [6000, 42000, 0], "carbon.payable": [0.3, 2.1, 0]},
    ),
    "a community fund spends half of what it holds": (
        [INCOME, OWNER, {"kind": "community_levy", "name": "levy", "rate": "10%", "community": "bob", "fund_interest": "10%", "spent": "50%"}],
        # 6, half spent; 3.3 + 9 = 12.3, half; 6.765 + 8 = 14.765, all
        {"levy.spending": [3, 6.15, 14.765], "levy.closing": [3, 6.15, 0], "party.bob.cash": [6, 9.3, 8.615]},
    ),
    "a share of royalty costs the venture nothing more": (
        [INCOME, OWNER, {"kind": "gross_royalty", "name": "r", "rate": "10%", "base": "invoiced", "holder": "state"},
         {"kind": "community_levy", "name": "levy", "rate": "20%", "base": "royalty", "royalty_holder": "state", "community": "bob"}],
        {"party.bob.cash": [1.2, 1.8, 1.6], "party.state.cash": [4.8, 7.2, 6.4], "party.venture.cash": [54, 81, 72]},
    ),
    "a higher tax rate is made good while stability lasts": (
        [INCOME, OWNER, TAX | {"rate": {"2027": "25%", "2028": "35%", "2029": "35%"}},
         {"kind": "stabilisation", "name": "s", "levy": "tax", "signed": "30%", "until": 2029, "state": "state"}],
        # a lower rate stays with the venture; 5% of 90 comes back; nothing once it has ended
        {"s.due": [0, 4.5, 0], "party.state.cash": [15, 27, 28]},
    ),
    "compensation that is deferred bears interest": (
        [INCOME, OWNER, TAX | {"rate": {"2027": "25%", "2028": "35%", "2029": "35%"}},
         {"kind": "stabilisation", "name": "s", "levy": "tax", "signed": "30%", "until": 2029, "state": "state", "type": "freeze",
          "paid": "deferred", "interest": "10%"}],
        # -3; -3.3 + 4.5 = 1.2; 1.32 paid when protection has ended
        {"s.closing": [-3, 1.2, 0], "s.paid": [0, 0, 1.32]},
    ),
    "a minimum tax is credited later": (
        [*flows([60, 90, 80]), {"kind": "capital_cost", "name": "build", "amount": {"2027": 60}}, TAX | {"minimum": "5%"}],
        # income 0, 90, 80: tax 0, 27, 24; minimum 3, 4.5, 4; the 3 come back in the second year
        {"tax.minimum": [3, -3, 0], "tax.charge": [3, 24, 24]},
    ),
    "an investment credit is used when there is tax": (
        [INCOME, {"kind": "capital_cost", "name": "build", "amount": {"2027": 60}},
         TAX | {"depreciation": {"plant": {"method": "immediate", "start": "spending", "credit": "50%"}}}],
        # a credit of 30 against tax of 0, 27 and 24
        {"tax.credits": [0, 27, 3], "tax.charge": [0, 0, 21]},
    ),
    "an investment credit that lapses": (
        [INCOME, {"kind": "capital_cost", "name": "build", "amount": {"2027": 60}},
         TAX | {"depreciation": {"plant": {"method": "immediate", "start": "spending", "credit": "50%"}},
                "credits": {"expire_after": 1}}],
        {"tax.credits": [0, 27, 0], "tax.charge": [0, 0, 24]},
    ),
    "an investment credit that is paid out": (
        [INCOME, {"kind": "capital_cost", "name": "build", "amount": {"2027": 60}},
         TAX | {"depreciation": {"plant": {"method": "immediate", "start": "spending", "credit": "50%"}},
                "credits": {"refundable": True}}],
        {"tax.charge": [-30, 27, 24]},
    ),
    "a royalty credited against income tax": (
        [INCOME, {"kind": "gross_royalty", "name": "r", "rate": "10%", "base": "invoiced", "holder": "state", "credited": True,
                  "deductible": False}, TAX],
        {"tax.tax": [18, 27, 24], "tax.charge": [12, 18, 16]},
    ),
    "a top-up to 15%": (
        [INCOME, TAX | {"rate": "10%"},
         {"kind": "top_up_tax", "name": "top", "holder": "state", "payroll": 40, "payroll_excluded": "5%", "assets_excluded": "5%"}],
        # income 60 less 2: 58 at 5%
        {"top.excess": [58, 88, 78], "top.payable": [2.9, 4.4, 3.9]},
    ),
    "export duty spares what is refined at home": (
        [{"kind": "mine_plan", "name": "mine", "ore": {"2027": 1000}, "grades": {"copper": {"2027": "3%"}}},
         {"kind": "plant", "name": "plant", "recovery": {"copper": "100%"}, "concentrate": {"lead": "copper", "grade": "30%"}},
         {"kind": "refinery", "name": "refinery", "share": "60%", "recovery": {"copper": "100%"}},
         {"kind": "metal_sale", "name": "metal", "metal": "copper"},
         {"kind": "concentrate_sale", "name": "dust", "payable": {"copper": {"share": "100%"}}},
         {"kind": "export_duty", "name": "duty", "rates": {"copper": "10%"}, "holder": "state"}],
        # 18 t refined, 12 t in concentrate at 9,000
        {"duty.value": [0.108, 0, 0], "duty.duty": [0.0108, 0, 0], "duty.spared": [0.0162, 0, 0]},
    ),
    "refined metal that is paid for in part does not free the concentrate of duty": (
        [{"kind": "mine_plan", "name": "mine", "ore": {"2027": 1000}, "grades": {"copper": {"2027": "3%"}}},
         {"kind": "plant", "name": "plant", "recovery": {"copper": "100%"}, "concentrate": {"lead": "copper", "grade": "30%"}},
         {"kind": "refinery", "name": "refinery", "share": "60%", "recovery": {"copper": "100%"}},
         {"kind": "metal_sale", "name": "metal", "metal": "copper", "payable": "50%"},
         {"kind": "concentrate_sale", "name": "dust", "payable": {"copper": {"share": "25%"}}},
         {"kind": "export_duty", "name": "duty", "rates": {"copper": "10%"}, "holder": "state"}],
        # buyers pay for 9 of 18 t refined, and for 3 of 12 t in concentrate, at 9,000
        {"duty.value": [0.027, 0, 0], "duty.duty": [0.0027, 0, 0], "duty.spared": [0.0081, 0, 0]},
    ),
    "a penalty for each step that is started": (
        [{"kind": "mine_plan", "name": "mine", "ore": {"2027": 1000}, "grades": {"copper": {"2027": "3%"}}},
         {"kind": "plant", "name": "plant", "recovery": {"copper": "100%"}, "concentrate": {"lead": "copper", "grade": "30%"}},
         {"kind": "concentrate_sale", "name": "dust", "payable": {"copper": {"share": "100%"}}, "penalties": {
             "arsenic": {"assay": "0.45%", "free": "0.2%", "step": "0.1%", "charge": 3, "counted": "started"},
             "lead": {"assay": "0.4%", "free": "0.2%", "step": "0.1%", "charge": 3, "counted": "started"}}}],
        # 2.5 steps count as 3, and 2 as 2: 15 a tonne on 100 t
        {"dust.penalties": [0.0015, 0, 0]},
    ),
}  # fmt: skip


@pytest.mark.parametrize("case", CASES)
def test_by_hand(case: str) -> None:
    terms, expected = CASES[case]
    owned = any(term["kind"] == "incorporated_venture" for term in terms)
    model = small(*terms, *([] if owned else [OWNER]), periods=3)
    for name, values in expected.items():
        assert rows(model, name) == near(values), name
    assert [check.name for check in model.checks if not check.passed] == []


FAULTS = {
    "bands": ({"kind": "r_factor_tax", "holder": "state", "bands": [{"start": 0, "rate": 0.1}, {"start": 0, "rate": 0.2}]},
              "a band from 0 follows one from 0; sort them, each once"),
    "first": ({"kind": "r_factor_tax", "holder": "state", "bands": [{"start": 1, "rate": 0.1}]},
              "the first band begins at 1; it must begin at 0, so that every value has a rate"),
    "tiers": ({"kind": "resource_rent_tax", "holder": "state", "tiers": [{"threshold": 0.2, "rate": 0.1}, {"threshold": 0.1, "rate": 0.2}]},
              "the tier of 0.1 follows one of 0.2; sort them by threshold, each once"),
    "formula": ({"kind": "margin_royalty", "holder": "state", "fixed": 0.01}, "give a formula (fixed and slope) or bands, one of the two"),
    "share": ({"kind": "production_sharing", "holder": "state", "ceiling": 0.6}, "give state_share or bands, one of the two"),
    "rate": ({"kind": "production_sharing", "holder": "state", "ceiling": 1.6, "state_share": 0.5},
             "160% is too high; it must be at most 100% (a percentage is written with its sign, such as 12%)"),
    "credit": ({"kind": "nsr_royalty", "holder": "state", "rate": 0.1, "credited": True},
               "a royalty that is credited against income tax is not deductible as well; write deductible: false"),
    "grossed": ({"kind": "withholding_tax", "on": "dividends", "holder": "state", "rates": {"ann": 1}, "gross_up": True},
                "a tax of 100% on 'ann' cannot be grossed up; give a lower rate"),
}  # fmt: skip


@pytest.mark.parametrize("case", FAULTS)
def test_bad_input_is_refused_in_words(case: str) -> None:
    from pydantic import ValidationError

    term, message = FAULTS[case]
    with pytest.raises(ValidationError) as caught:
        small(INCOME, term)
    assert caught.value.errors()[0]["msg"] == message
