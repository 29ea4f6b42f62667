"""Every term by hand: small deals whose numbers a reader can check with a pencil."""

from __future__ import annotations

from typing import Any

import pytest
from small import by_year, rows, small

from jvmodel.errors import GraphError

Row = dict[str, list[float]]
OWNER = {"kind": "incorporated_venture", "name": "company", "interests": {"ann": "60%", "bob": "40%"}}
MINE = {
    "kind": "mine_plan",
    "name": "mine",
    "ore": {"2027": 1000, "2028": 3000},
    "grades": {"copper": {"2027": "2%", "2028": "1%"}},
}
PLANT = {"kind": "plant", "name": "plant", "recovery": {"copper": "90%"}}
TO_CONCENTRATE = PLANT | {"concentrate": {"lead": "copper", "grade": "30%"}}
SALE = {"kind": "metal_sale", "name": "sale", "metal": "copper", "made_by": "plant"}
INCOME = {"kind": "other_revenue", "name": "income", "amount": {"2027": 60, "2028": 90, "2029": 80}}


def spend(*amounts: float) -> dict[str, Any]:
    return {"kind": "capital_cost", "name": "build", "amount": by_year(list(amounts))}


CASES: dict[str, tuple[list[dict[str, Any]], dict[str, Any], Row]] = {
    "dilution lowers the grade and adds tonnes": (
        [MINE | {"dilution": "25%", "mining_loss": "10%", "strip_ratio": 3, "grade_factor": 1.1}], {},
        # 1000 x 0.9 x 1.25 = 1125 t; 2% x 1.1 / 1.25 = 1.76%; 19.8 t of copper
        {"mine.ore": [1125, 3375, 0], "mine.waste": [3375, 10125, 0], "mine.left": [3375, 0, 0],
         "mine.grade_copper": [0.0176, 0.0088, 0], "mine.contained_copper": [19.8, 29.7, 0]},
    ),
    "metal priced by the pound is weighed in pounds": (
        [MINE], {"prices": {"copper": {"unit": "USD/lb", "flat": 4}}},
        {"mine.contained_copper": [20 * 2204.62262185, 30 * 2204.62262185, 0]},
    ),
    "phases of a reserve are mined one after the other": (
        [{"kind": "mine_schedule", "name": "mine", "capacity": 1000, "dilution": "25%", "mining_loss": "20%", "phases": {
            "one": {"tonnes": 1500, "grades": {"copper": "2.5%"}, "strip_ratio": 2},
            "two": {"tonnes": 1200, "grades": {"copper": "1%"}, "strip_ratio": 4, "counted": "50%"}}}, PLANT], {},
        # 20% lost and 25% added: 1,500 t and 600 t; grades of 2% and 0.8% in the ore mined
        {"mine.ore": [1000, 1000, 100], "mine.mined_one": [1000, 500, 0], "mine.mined_two": [0, 500, 100],
         "mine.waste": [2000, 3000, 400], "mine.contained_copper": [20, 14, 0.8], "mine.grade_copper": [0.02, 0.014, 0.008],
         "mine.closing": [1100, 100, 0], "mine.left": [1100, 100, 0]},
    ),
    "power at its own price": (
        [MINE, PLANT, {"kind": "consumable_cost", "name": "power", "uses": "power", "consumption": 0.04, "per": "milled"}],
        {"prices": {"copper": {"unit": "USD/t", "flat": 9000}, "power": {"unit": "USD/MWh", "by_year": {"2027": 80, "2028": 100, "2029": 90}}}},
        {"power.used": [40, 120, 0], "power.cost": [0.0032, 0.012, 0]},
    ),
    "the mine stops after the first year that does not pay its costs": (
        [{"kind": "metal_plan", "name": "plan", "tonnes": {"copper": {"2027": 2000, "2028": 1000, "2029": 2000}}}, SALE,
         {"kind": "operating_cost", "name": "costs", "amount": 10}, {"kind": "operating_cost", "name": "guard", "amount": {"2029": 1}},
         {"kind": "cut_off", "name": "limit"}], {},
        # 18 and 9 of revenue against 10 of costs: 2028 fails, 2029 is closed, though it would have paid
        {"limit.failed": [0, 1, 0], "limit.stopped": [0, 0, 1], "sale.revenue": [18, 9, 0], "costs.cost": [10, 10, 0]},
    ),
    "costs in another currency, at purchasing-power parity": (
        [{"kind": "operating_cost", "name": "wages", "amount": 200, "currency": "ZMW"},
         {"kind": "operating_cost", "name": "rent", "amount": 110, "currency": "ZMW", "basis": "nominal"}],
        {"inflation": "5%", "currencies": {"ZMW": {"rate": 20, "inflation": "10%"}}},
        # wages: 200 x 1.1 / (20 x 1.1 / 1.05) = 10 x 1.05; rent: 110 / (22 / 1.05), 110 / (24.2 / 1.1025)
        {"exchange_ZMW.rate": [20.952380952, 21.950113379, 22.995356873], "wages.cost": [10.5, 11.025, 11.57625],
         "rent.cost": [5.25, 5.011363636, 4.783574380]},
    ),
    "selling costs by the pound and the ounce": (
        [{"kind": "metal_plan", "name": "plan", "tonnes": {"copper": {"2027": 10}}},
         SALE | {"selling_cost": 100, "selling_per_lb": 0.1, "selling_per_oz": 0.02}], {},
        # 10 t: 1,000 + 22,046.2262185 lb x 0.1 + 321,507.4656862 oz x 0.02
        {"sale.selling": [0.009634772, 0, 0]},
    ),
    "a revenue guarantee and an output subsidy are taxed": (
        [{"kind": "metal_plan", "name": "plan", "tonnes": {"copper": {"2027": 10000, "2028": 5000, "2029": 1000}}}, SALE,
         {"kind": "revenue_guarantee", "name": "floor", "guarantor": "bob", "minimum": 60, "cover": "80%"},
         {"kind": "output_subsidy", "name": "subsidy", "giver": "ann", "metal": "copper", "per_tonne": 1000, "until": 2029},
         {"kind": "corporate_tax", "name": "tax", "rate": "30%", "holder": "state",
          "depreciation": {"plant": {"method": "immediate"}}}], {},
        # revenue 90, 45, 9 against 60; 80% of 15 and of 51; 1,000 a tonne for two years
        {"floor.claim": [0, 12, 40.8], "subsidy.subsidy": [10, 5, 0], "tax.income": [100, 62, 49.8], "tax.charge": [30, 18.6, 14.94]},
    ),
    "a stockpile feeds the mill at its average grade": (
        [MINE, {"kind": "stockpile", "name": "pile", "capacity": 2500, "availability": "60%", "metals": ["copper"]},
         PLANT | {"feed": "stockpile"}], {},
        # 1,000 t at 2% go straight through; of 3,000 t at 1% half waits for the last year
        {"pile.fed": [1000, 1500, 1500], "pile.closing": [0, 1500, 0], "pile.fed_copper": [20, 15, 15],
         "pile.closing_copper": [0, 15, 0], "plant.milled": [1000, 1500, 1500], "plant.recovered_copper": [18, 13.5, 13.5]},
    ),
    "recovery by type of ore": (
        [MINE | {"name": "oxide", "ore_type": "oxide"},
         MINE | {"name": "sulphide", "ore_type": "sulphide", "grades": {"copper": {"2027": "4%", "2028": "1%"}}},
         {"kind": "plant", "name": "plant", "by_type": {"oxide": {"copper": "60%"}, "sulphide": {"copper": "90%"}}}], {},
        # 20 t of oxide and 40 t of sulphide copper, then 30 t of each: (12 + 36) / 60, (18 + 27) / 60
        {"plant.mean_copper": [0.8, 0.75, 0], "plant.recovered_copper": [48, 45, 0]},
    ),
    "recovery by type of ore, phase by phase": (
        [{"kind": "mine_schedule", "name": "mine", "capacity": 1000, "phases": {
            "cap": {"tonnes": 500, "grades": {"copper": "4%"}, "ore_type": "oxide"},
            "core": {"tonnes": 1500, "grades": {"copper": "2%"}, "ore_type": "sulphide"}}},
         {"kind": "plant", "name": "plant", "by_type": {"oxide": {"copper": "50%"}, "sulphide": {"copper": "90%"}}}], {},
        # 500 t at 4% and 500 t at 2%, then 1,000 t at 2%
        {"mine.contained_copper_oxide": [20, 0, 0], "mine.contained_copper_sulphide": [10, 20, 0], "plant.recovered_copper": [19, 18, 0]},
    ),
    "a lease whose payments are a cost, and one whose asset is depreciated": (
        [INCOME, {"kind": "equipment_lease", "name": "trucks", "lessor": "bob", "value": 21, "start": 2027, "years": 2, "rate": "10%"},
         {"kind": "equipment_lease", "name": "mill", "lessor": "bob", "value": 21, "start": 2027, "years": 2, "rate": "10%", "tax": "asset"},
         {"kind": "corporate_tax", "name": "tax", "rate": "30%", "holder": "state",
          "depreciation": {"plant": {"method": "immediate", "start": "spending"}}}], {},
        # 21 = 11 + 11/1.1: two payments of 11, the second with interest of 1 on the 10 left; income 60 - 11 - 21, 90 - 11 - 1
        {"trucks.payment": [11, 11, 0], "trucks.interest": [0, 1, 0], "mill.principal": [11, 10, 0], "mill.closing": [10, 0, 0],
         "tax.income": [28, 78, 80], "party.bob.operating": [11, 11, 0], "party.bob.debt_drawn": [-21, 0, 0],
         "party.bob.debt_repaid": [11, 10, 0], "party.bob.interest": [0, 1, 0]},
    ),
    "a prepayment in instalments, and one in metal that runs late": (
        [INCOME, {"kind": "metal_plan", "name": "plan", "tonnes": {"copper": {"2028": 2000, "2029": 4000}}}, SALE,
         {"kind": "prepayment", "name": "cash", "buyer": "bob", "advance": {"2027": 30}, "rate": "10%", "repaid_from": 2028, "years": 2},
         {"kind": "prepayment", "name": "metal", "buyer": "bob", "advance": {"2027": 20}, "rate": "10%", "repaid_from": 2028,
          "metal": "copper", "deliveries": {"2028": 1000, "2029": 3000}, "discount": "10%", "ranks": "junior"}], {},
        # 15 + 3, then 15 + 1.5; in metal 1,000 t x 9,000 x 90% = 8.1 of 22, then 13.9 x 1.1 out of 24.3
        {"cash.repaid": [0, 18, 16.5], "cash.closing": [30, 15, 0], "metal.repaid": [0, 8.1, 15.29], "metal.closing": [20, 13.9, 0],
         "metal.interest_paid": [0, 2, 1.39], "metal.given_up": [0, 0.9, 1.698888889], "party.bob.offtake": [0, 0.9, 1.698888889]},
    ),
    "metal waits for ships": (
        [{"kind": "metal_plan", "name": "plan", "tonnes": {"copper": {"2027": 900, "2028": 100, "2029": 200}}},
         SALE | {"lifting": 500, "payable": "98%"}], {},
        {"sale.stock.shipped": [500, 500, 200], "sale.stock.closing": [400, 0, 0], "sale.sold": [490, 490, 196]},
    ),
    "metal by the plan": (
        [{"kind": "metal_plan", "name": "plan", "pounds": {"copper": {"2028": 220462.262185}}, "factor": 0.5}], {},
        {"plan.recovered_copper": [0, 50, 0]},
    ),
    "a fixed tail, ramped up, into concentrate": (
        [MINE, TO_CONCENTRATE | {"tail": {"copper": "0.3%"}, "ramp_up": {"2027": "50%", "2028": "100%", "2029": "100%"}}], {},
        # 2027: 1 - 0.3/2 = 85%, half of it; 2028: 1 - 0.3/1 = 70%
        {"plant.recovery_copper": [0.425, 0.7, 0], "plant.recovered_copper": [8.5, 21, 0],
         "plant.concentrate": [28.333333333, 70, 0], "plant.assay_copper": [0.3, 0.3, 0]},
    ),
    "part of the concentrate is refined": (
        [MINE, TO_CONCENTRATE, {"kind": "refinery", "name": "refinery", "share": "75%", "recovery": {"copper": "98%"}},
         {"kind": "metal_sale", "name": "sale", "metal": "copper", "payable": "99%", "selling_cost": 200}], {},
        # 18 t recovered, 60 t of concentrate, 45 treated; 13.5 x 0.98 = 13.23 t, paid for 13.0977 t
        {"refinery.treated": [45, 67.5, 0], "refinery.refined_copper": [13.23, 19.845, 0], "sale.sold": [13.0977, 19.64655, 0],
         "sale.revenue": [0.1178793, 0.17681895, 0], "sale.selling": [0.00261954, 0.00392931, 0],
         "sale.net": [0.11525976, 0.17288964, 0]},
    ),
    "concentrate that is not worth its freight": (
        [MINE, TO_CONCENTRATE | {"concentrate": {"lead": "copper", "grade": "10%"}},
         {"kind": "concentrate_sale", "name": "dust", "payable": {"copper": {"share": "95%", "deduction": "6%"}}, "treatment": 300,
          "freight": 100, "moisture": "20%"},
         {"kind": "nsr_royalty", "name": "royalty", "rate": "5%", "holder": "state"}], {},
        # 180 dmt, 225 wmt; payable 10% - 6% = 4% of 180 t = 7.2 t at 9000; royalty on nothing
        {"dust.wet": [225, 337.5, 0], "dust.value": [0.0648, 0.0972, 0], "dust.freight": [0.0225, 0.03375, 0],
         "dust.net": [-0.0117, -0.01755, 0], "royalty.payable": [0, 0, 0]},
    ),
    "costs by the tonne and by the year grow with inflation": (
        [MINE | {"waste": {"2027": 4000, "2028": 2000}}, {"kind": "unit_cost", "name": "mining", "rate": 3, "per": "moved"},
         {"kind": "operating_cost", "name": "camp", "amount": 2}, {"kind": "operating_cost", "name": "lease", "amount": 1, "basis": "nominal"}],
        {"inflation": "10%"},
        {"mining.tonnes": [5000, 5000, 0], "mining.cost": [0.0165, 0.01815, 0], "camp.cost": [2.2, 2.42, 2.662], "lease.cost": [1, 1, 1]},
    ),
    "a budget with contingency and overrun": (
        [{"kind": "capital_cost", "name": "build", "budget": 200, "phasing": {"2027": "60%", "2028": "40%"}, "contingency": "15%",
          "overrun": "10%"}], {},
        {"build.budget": [120, 80, 0], "build.contingency": [18, 12, 0], "build.overrun": [13.8, 9.2, 0], "build.cost": [151.8, 101.2, 0]},
    ),
    "a budget on an s-curve": (
        [{"kind": "capital_cost", "name": "build", "budget": 27, "during": "construction"}],
        {"phases": {"construction": {"start": 2027, "end": 2030}}},
        # 3x^2 - 2x^3 at 1/3, 2/3, 1: 7/27, 20/27, 27/27
        {"build.cost": [7, 13, 7]},
    ),
    "sustaining capital stops before the end": (
        [MINE, PLANT, {"kind": "sustaining_capital", "name": "sustaining", "per_tonne": 1000, "stops": 1.5, "factor": 2}], {},
        # operation is all three years; the last one and half of the second are left out
        {"sustaining.cost": [2, 3, 0]},
    ),
    "working capital comes back": (
        [INCOME, {"kind": "operating_cost", "name": "costs", "amount": 30},
         {"kind": "working_capital", "name": "wc", "receivable_days": 73, "inventory_days": 36.5, "payable_days": 18.25}], {},
        {"wc.receivables": [12, 18, 0], "wc.lent_to_customers": [12, 6, -18], "wc.put_into_stock": [3, 0, -3],
         "wc.owed_to_suppliers": [1.5, 0, -1.5], "party.venture.working_capital": [-13.5, -6, 19.5]},
    ),
    "receivables longer than a period reach back": (
        [INCOME, {"kind": "working_capital", "name": "wc", "receivable_days": 438}], {},
        {"wc.receivables": [60, 102, 0], "party.venture.cash": [0, 48, 182]},
    ),
    "a closure bond costs a fee on what is still to be paid": (
        [MINE, {"kind": "closure", "name": "closure", "cost": 40, "phasing": {"2028": "25%", "2029": "75%"}, "secured_by": "bond",
                "bond_fee": "2%"}], {},
        {"closure.spending": [0, 10, 30], "closure.accrued": [10, 30, 0], "closure.provision": [10, 30, 0],
         "closure.bond.cover": [40, 40, 30], "closure.bond.fee": [0.8, 0.8, 0.6]},
    ),
    "royalties within floor and caps": (
        [INCOME, MINE, {"kind": "gross_royalty", "name": "gross", "rate": "10%", "base": "invoiced", "holder": "state", "covered": "50%",
                        "cap": 4, "lifetime_cap": 9},
         {"kind": "unit_royalty", "name": "unit", "rate": 1000, "per": "ore", "holder": "state", "floor": 2}], {},
        # 3, 4.5, 4 at the rate; a year's cap of 4; 9 in all
        {"gross.royalty": [3, 4.5, 4], "gross.payable": [3, 4, 2], "gross.room": [9, 6, 2], "unit.payable": [2, 3, 2]},
    ),
    "a gross royalty on all metal mined, or what is paid for": (
        [MINE, PLANT, SALE, {"kind": "gross_royalty", "name": "mined", "rate": "10%", "base": "contained", "holder": "state"},
         {"kind": "gross_royalty", "name": "paid", "rate": "10%", "holder": "state"}], {},
        {"mined.base": [0.18, 0.27, 0], "paid.base": [0.162, 0.243, 0], "paid.payable": [0.0162, 0.0243, 0]},
    ),
    "offtake by share, below the market": (
        [MINE, PLANT, SALE, {"kind": "offtake", "name": "deal", "buyer": "bob", "metal": "copper", "share": "40%", "discount": "2%",
                             "discount_per_tonne": 20, "until": "2028"}], {},
        # 18 t: 7.2 taken at 9000 x 0.98 - 20 = 8800
        {"deal.taken": [7.2, 0, 0], "deal.contract": [8800, 8800, 8800], "deal.discount": [0.00144, 0, 0],
         "party.bob.offtake": [0.00144, 0, 0]},
    ),
    "offtake by volume, between floor and ceiling": (
        [MINE, PLANT, SALE, {"kind": "offtake", "name": "low", "buyer": "bob", "metal": "copper", "volume": 20, "floor": 9500}], {},
        # 18 t are there, 20 wanted; the floor is above the market, so the venture gains 500 a tonne
        {"low.taken": [18, 20, 0], "low.discount": [-0.009, -0.01, 0]},
    ),
    "scheduled payments that no tax allows": (
        [INCOME, spend(30), {"kind": "scheduled_payment", "name": "rent", "amount": {"2027": 5, "2028": 5}, "holder": "state", "deductible": False},
         {"kind": "corporate_tax", "name": "tax", "rate": "30%", "holder": "state",
          "depreciation": {"plant": {"method": "immediate", "start": "spending"}}}], {},
        {"rent.payable": [5, 5, 0], "tax.taxable": [30, 90, 80], "tax.paid": [9, 27, 24], "party.state.cash": [14, 32, 24]},
    ),
    "a tax holiday with depreciation deferred": (
        [INCOME, spend(40), {"kind": "corporate_tax", "name": "tax", "rate": "30%", "holder": "state",
                             "depreciation": {"plant": {"method": "straight_line", "life": 2, "write_off": False}},
                             "holiday": {"start": 2027, "end": 2028, "rate": "5%", "depreciation": "deferred"}}], {},
        {"tax.plant.depreciation": [0, 20, 20], "tax.rate": [0.05, 0.3, 0.3], "tax.paid": [3, 21, 18]},
    ),
    "tax paid half a year late, the rest at the end": (
        [INCOME, spend(0), {"kind": "corporate_tax", "name": "tax", "rate": "10%", "holder": "state", "payment_lag": 6,
                            "depreciation": {"plant": {"method": "immediate"}}}], {},
        {"tax.charge": [6, 9, 8], "tax.paid": [3, 7.5, 12.5], "tax.owed": [3, 4.5, 0]},
    ),
    "losses carried back": (
        [{"kind": "other_revenue", "name": "income", "amount": {"2027": 10, "2028": 20}},
         {"kind": "operating_cost", "name": "costs", "amount": {"2029": 14, "2030": 9}},
         {"kind": "corporate_tax", "name": "tax", "rate": "30%", "holder": "state", "losses": {"carried_back": 2},
          "depreciation": {"plant": {"method": "immediate"}}}], {"periods": 4},
        # 2029 uses the 10 of 2027 first and 4 of 2028; 2030 reaches back to 2028, where 16 are left
        {"tax.paid": [3, 6, -4.2, -2.7], "tax.losses.closing": [0, 0, 0, 0], "tax.taxed.closing": [10, 30, 16, 7]},
    ),
    "calls cover what cash is short of, and keep a minimum": (
        [spend(100, 20), INCOME | {"amount": {"2028": 15, "2029": 90}},
         OWNER | {"minimum_cash": 10, "funding": {"ann": "75%", "bob": "25%"}}], {},
        {"company.calls": [110, 5, 0], "company.dividends": [0, 0, 100], "company.closing": [10, 10, 0],
         "party.ann.cash": [-82.5, -3.75, 60], "party.bob.cash": [-27.5, -1.25, 40]},
    ),
    "dividends wait for profit, and capital comes back at the end": (
        [spend(90), INCOME | {"amount": {"2028": 50, "2029": 55}},
         {"kind": "corporate_tax", "name": "tax", "rate": "0%", "holder": "state",
          "depreciation": {"plant": {"method": "straight_line", "life": 2, "start": "spending", "write_off": False}}},
         OWNER | {"dividend_test": "retained_earnings"}], {},
        # profits -45, 5, 55: nothing may be paid until 40 of losses are made good
        {"company.dividends": [0, 0, 15], "company.trapped": [0, 50, 90], "company.returned": [0, 0, 90]},
    ),
    "interests change hands": (
        [INCOME, OWNER | {"changes": [{"start": 2028, "interests": {"ann": "50%", "bob": "30%", "state": "20%"}}]}], {},
        {"party.ann.cash": [36, 45, 40], "party.bob.cash": [24, 27, 24], "party.state.cash": [0, 18, 16]},
    ),
    "a free carry up to a cap": (
        [spend(50, 50), INCOME | {"amount": {"2029": 200}}, OWNER,
         {"kind": "free_carry", "name": "carry", "carried": "bob", "carriers": {"ann": "75%", "state": "25%"}, "cap": 30}], {},
        {"carry.carried": [20, 10, 0], "party.bob.cash": [0, -10, 80], "party.ann.cash": [-45, -37.5, 120],
         "party.state.cash": [-5, -2.5, 0]},
    ),
    "a loan carry at simple interest by the half-year": (
        [spend(50), {"kind": "other_revenue", "name": "income", "amount": {"2028": 120}}, OWNER,
         {"kind": "loan_carry", "name": "carry", "carried": "bob", "carriers": {"ann": "100%"}, "rate": "10%", "quote": "nominal_simple",
          "repaid_from": "50%", "until": "2028"}], {"timeline": {"step": "half"}, "periods": 4},
        # 10 a half-year advanced, 5% on the balance; 24 of each half-year's 60 are bob's, half of it repays
        {"carry.carried": [10, 10, 0, 0], "carry.interest": [0, 0.5, 1.025, 0.47625], "carry.repayment": [0, 0, 12, 10.00125],
         "carry.closing": [10, 20.5, 9.525, 0]},
    ),
}  # fmt: skip


@pytest.mark.parametrize("case", CASES)
def test_by_hand(case: str) -> None:
    terms, settings, expected = CASES[case]
    if not any(term["kind"] == "incorporated_venture" for term in terms):
        terms = [*terms, OWNER]
    settings = dict(settings)
    model = small(*terms, periods=settings.pop("periods", 3), **settings)
    for name, values in expected.items():
        assert rows(model, name) == pytest.approx(values, rel=1e-8, abs=1e-9), name
    assert [check.name for check in model.checks if not check.passed] == []


def test_prices_run_into_the_long_term() -> None:
    deck = {
        "unit": "USD/t",
        "by_year": {"2027": 9000, "2028": 10000},
        "long_term": 8000,
        "long_term_from": "2030",
        "premium": 100,
    }
    model = small(MINE, OWNER, periods=5, prices={"copper": deck})
    assert rows(model, "price_copper.price") == [9100, 10100, 9100, 8100, 8100]


def test_what_is_not_given_is_named() -> None:
    with pytest.raises(
        GraphError,
        match=r"^royalty needs net smelter return, which no term of the deal gives; add a term of kind concentrate_sale or metal_sale$",
    ):
        small({"kind": "nsr_royalty", "name": "royalty", "rate": "3%", "holder": "state"}, OWNER)
    with pytest.raises(
        GraphError, match="build has the asset class 'plant', which tax does not know; use one of works, or add 'plant' to tax"
    ):
        small(
            spend(5), OWNER,
            {"kind": "corporate_tax", "name": "tax", "rate": "30%", "holder": "state", "depreciation": {"works": {"method": "immediate"}}},
        )  # fmt: skip


def test_contracts_for_more_than_there_is_share_pro_rata() -> None:
    deal = {"kind": "offtake", "buyer": "bob", "metal": "copper"}
    model = small(MINE, PLANT, SALE, deal | {"name": "one", "volume": 12}, deal | {"name": "two", "volume": 24}, OWNER)
    # 18 t and 27 t are there; 36 are wanted, a third by the first
    assert rows(model, "one.taken")[:2] == pytest.approx([6, 9])
    assert rows(model, "two.taken")[:2] == pytest.approx([12, 18])


def test_provisional_pricing_by_the_quarter() -> None:
    """10 t a quarter at 9000, 9200, 9600, 9400; the final price is that of 4 months (1 1/3 quarters) later; 90% is paid at once."""
    model = small(
        {"kind": "metal_plan", "name": "plan", "tonnes": {"copper": {"2027": 40}}},
        SALE | {"pricing": {"months": 4, "provisional": "90%"}}, OWNER,
        periods=4, timeline={"step": "quarter"},
        prices={"copper": {"unit": "USD/t", "by_year": {"2027-Q1": 9000, "2027-Q2": 9200, "2027-Q3": 9600, "2027-Q4": 9400}}},
    )  # fmt: skip
    final = [9200 * 2 / 3 + 9600 / 3, 9600 * 2 / 3 + 9400 / 3, 9400, 9400]
    assert rows(model, "sale.settlement.final") == pytest.approx(final)
    balance = [(after - 0.9 * now) / 1e5 for after, now in zip(final, [9000, 9200, 9600, 9400], strict=True)]
    assert rows(model, "sale.settlement.balance") == pytest.approx(balance, rel=1e-6)
    # a third of a period late: two thirds settle a quarter later, a third two quarters later, the rest at the end
    settled = [0, balance[0] * 2 / 3, balance[0] / 3 + balance[1] * 2 / 3]
    settled.append(sum(balance) - sum(settled))
    assert rows(model, "sale.settlement.settled") == pytest.approx(settled, rel=1e-6)
    assert sum(rows(model, "sale.revenue")) == pytest.approx(sum(10 * price / 1e6 for price in final), rel=1e-6)


def test_cost_report() -> None:
    """C1 = (costs - by-product revenue) / lead metal; it may be negative, and it changes nothing."""
    terms = [
        {"kind": "metal_plan", "name": "plan", "tonnes": {"copper": {"2027": 1000, "2028": 1000}, "cobalt": {"2027": 100, "2028": 400}}},
        SALE | {"selling_cost": 100}, SALE | {"name": "cobalt_sale", "metal": "cobalt"},
        {"kind": "operating_cost", "name": "costs", "amount": {"2027": 5, "2028": 5}},
        {"kind": "sustaining_capital", "name": "sustaining", "amount": {"2027": 1}}, OWNER,
    ]  # fmt: skip
    prices = {"copper": {"unit": "USD/t", "flat": 9000}, "cobalt": {"unit": "USD/t", "flat": 30000}}
    model = small(*terms, {"kind": "cost_report", "name": "report", "lead": "copper"}, periods=2, prices=prices)
    # costs 5 + 0.1; cobalt 3 and 12; 1000 t
    assert rows(model, "report.c1") == pytest.approx([2100, -6900])
    assert rows(model, "report.aisc") == pytest.approx([3100, -6900])
    assert rows(model, "report.co_product") == pytest.approx([5.1e6 * 0.75 / 1000, 5.1e6 * 9 / 21 / 1000])
    assert rows(model, "party.venture.cash") == rows(small(*terms, periods=2, prices=prices), "party.venture.cash")


def test_profit_bears_the_charge_for_closure_not_its_payment() -> None:
    """60 of closure in the last year, charged by ore: 15 and 45; retained earnings end where cash does."""
    terms = [
        INCOME | {"amount": {"2027": 50, "2028": 100}}, MINE,
        {"kind": "closure", "name": "closure", "cost": 60, "phasing": {"2029": "100%"}},
        {"kind": "corporate_tax", "name": "tax", "rate": "0%", "holder": "state", "depreciation": {"plant": {"method": "immediate"}}},
        OWNER | {"dividend_test": "retained_earnings"},
    ]  # fmt: skip
    model = small(*terms, periods=3)
    assert rows(model, "company.earnings.profit") == [35, 55, 0]
    assert rows(model, "company.dividends") == [35, 55, 0]
    assert rows(model, "company.closing") == [15, 60, 0]
    assert sum(rows(model, "company.calls")) == 0
