"""What is worth a look (terms.md 0.7): each warning in a deal that has cause for it, and where people see it."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import pytest
from openpyxl import load_workbook
from small import by_year, small
from typer.testing import CliRunner

from jvmodel.cli import app
from jvmodel.dealfile import load
from jvmodel.model import Model, build
from jvmodel.report.termsheet import termsheet
from jvmodel.report.workbook import write_workbook

OWNER = {"kind": "incorporated_venture", "name": "company", "interests": {"ann": "100%"}}
BUILD = {"kind": "capital_cost", "name": "build", "amount": {"2027": 100}}
PHASES = {"construction": {"start": 2027, "end": 2028}, "operation": {"start": 2028}}
LOAN = {"kind": "senior_loan", "name": "loan", "lender": "bob", "amount": 50, "profile": "equal", "base_rate": "5%", "tenor": 3}
PLAN = {"kind": "metal_plan", "name": "plan", "tonnes": {"copper": by_year([0, 1000, 1000, 1000])}}
SALE = {"kind": "metal_sale", "name": "sale", "metal": "copper", "made_by": "plant"}
ORE = {
    "kind": "mine_plan",
    "name": "mine",
    "ore": by_year([0, 1000, 1000, 0]),
    "grades": {"copper": {"2028": "20%", "2029": "20%"}},
}
PLANT = {"kind": "plant", "name": "plant", "recovery": {"copper": "95%"}}


def income(*amounts: float) -> dict[str, Any]:
    return {"kind": "other_revenue", "name": "income", "amount": by_year([max(one, 0.0) for one in amounts])}


def cost(*amounts: float) -> dict[str, Any]:
    return {"kind": "operating_cost", "name": "costs", "amount": by_year(list(amounts))}


def at(price: float) -> dict[str, Any]:
    return {"prices": {"copper": {"unit": "USD/t", "flat": price}}}


CASES: dict[str, tuple[list[dict[str, Any]], dict[str, Any], list[str]]] = {
    "a royalty of more than half": (
        [income(0, 50, 50, 50), {"kind": "gross_royalty", "name": "royalty", "rate": "60%", "base": "invoiced", "holder": "state"}], {},
        ["Royalty: the rate is above 50%"]),
    "just above a bound": (
        [PLAN, SALE, {"kind": "sliding_royalty", "name": "royalty", "metal": "copper", "mode": "whole", "holder": "state",
                      "bands": [{"start": 0, "rate": "4%"}, {"start": 8000, "rate": "6%"}]}],
        {"prices": {"copper": {"unit": "USD/t", "by_year": by_year([7900, 8000, 8150, 8200])}}},
        ["Royalty: the price is just above a bound, where less is left of it than below the bound (2028, 2029)"]),
    "an R-factor that passes a bound": (
        [BUILD, income(0, 90, 90, 90), {"kind": "r_factor_tax", "name": "tax", "holder": "state",
                                         "bands": [{"start": 0, "rate": "10%"}, {"start": 1, "rate": "50%"}]}], {},
        ["Tax: the R-factor has passed a bound, and all of the flow is taxed higher (2030)"]),
    "a pool that is not recovered": (
        [BUILD, income(0, 50, 50, 50), {"kind": "production_sharing", "name": "sharing", "ceiling": "50%", "state_share": "40%", "holder": "state"}],
        {}, ["Sharing: costs are not recovered by the end, and lost (2030)"]),
    "advance royalty that is lost": (
        [income(0, 10, 10, 10), {"kind": "gross_royalty", "name": "royalty", "rate": "10%", "base": "invoiced", "holder": "state",
                                 "advance": {"2027": 5}}], {}, ["Royalty: advance royalty is never credited, and lost (2030)"]),
    "costs after the last income": (
        [income(0, 50, 50, 0), cost(5, 5, 5, 20), {"kind": "resource_rent_tax", "name": "rent", "holder": "state",
                                                  "tiers": [{"threshold": "10%", "rate": "40%"}]}], {},
        ["Rent: costs after the last income bring no relief from tier 1 (2030)"]),
    "a duty above the margin": (
        [PLAN, SALE, cost(0, 8, 8, 8), {"kind": "export_duty", "name": "duty", "holder": "state", "rates": {"copper": "20%"}}], at(9000),
        ["Duty: the duty is more than the operating margin (2028, 2029, 2030)"]),
    "deductions lost in a holiday": (
        [BUILD, income(0, 50, 50, 50), {"kind": "corporate_tax", "name": "tax", "rate": "30%", "holder": "state",
                                        "depreciation": {"plant": {"method": "immediate"}}, "holiday": {"start": 2027, "end": 2029}}], {},
        ["Tax: what is written off at once (plant) may be lost in the holiday; compare deferred"]),
    "a rate that stands still": (
        [income(0, 50, 50, 50), cost(0, 1, 1, 1) | {"currency": "PEN"}],
        {"inflation": "2%", "currencies": {"PEN": {"rate": by_year([4.0] * 4), "inflation": "6%"}}},
        ["PEN: the rate stays as it is while inflation differs; costs in it grow dearer or cheaper in real terms"]),
    "concentrate that is not worth its charges": (
        [ORE, PLANT | {"concentrate": {"lead": "copper", "grade": "25%"}},
         {"kind": "concentrate_sale", "name": "sale", "treatment": 900, "payable": {"copper": {"share": "96%"}}}], at(3000),
        ["Sale: charges are more than the concentrate is worth; it is not saleable (2028, 2029)"]),
    "a mine that stops": (
        [PLAN, SALE, cost(0, 5, 10, 5), {"kind": "cut_off", "name": "rule"}], {},
        ["Rule: the mine stops early, as it no longer pays its costs (2029)"]),
    "a plant without ore": (
        [ORE, PLANT, SALE], {"phases": PHASES}, ["Plant: no ore is milled while the venture is to operate (2030)"]),
    "gains beyond all metal": (
        [ORE, PLANT, SALE, {"kind": "technology", "name": "sensors", "recovery": {"copper": "8%"}, "adopted": "100%"}], {},
        ["Plant: gains would recover more than all copper; cut at 100%"]),
    "cover that fails": (
        [BUILD, income(0, 30, 20, 17), LOAN, {"kind": "covenants", "name": "tests", "lock_up": 1.2, "default": 1.1}], {"phases": PHASES},
        ["Tests: distributions are locked up (2029)", "Tests: the loans are in default (2029, 2030)"]),
    "a deposit that is never credited": (
        [PLAN, SALE, {"kind": "stream", "name": "stream", "buyer": "bob", "metal": "copper", "share": "10%", "deposit": {"2027": 20}}], {},
        ["Stream: part of the deposit is never credited by deliveries (2030)"]),
    "no debt": (
        [BUILD, income(0, 0, 0, 0), cost(0, 1, 0, 0), LOAN | {"profile": "sculpted", "dscr": 1.3, "cfads": "before_tax"}], {"phases": PHASES},
        ["Loan: not financeable, as cover allows no debt (2027)", "Loan: cash flow is negative, and adds nothing to what may be borrowed (2028)"]),
    "more drawn than spent": (
        [BUILD, income(0, 90, 90, 90), LOAN | {"amount": 120}], {"phases": PHASES}, ["Loan: more is drawn than spent; the rest is cash in hand (2027)"]),
    "cover below interest": (
        [BUILD, income(0, 2, 90, 90), LOAN | {"profile": "sculpted", "dscr": 1.3, "cfads": "before_tax"}], {"phases": PHASES},
        ["Loan: the cover allows less than interest, so interest alone is paid (2028)"]),
    "dearer than the market": (
        [BUILD, income(0, 90, 90, 90), LOAN | {"market_rate": "3%"}], {"phases": PHASES},
        ["Loan: dearer than the market, so the grant element is negative (2030)"]),
}  # fmt: skip


def case(name: str) -> Model:
    terms, settings, _ = CASES[name]
    return small(*terms, OWNER, periods=4, **settings)


@pytest.mark.parametrize("name", CASES)
def test_what_is_worth_a_look_is_said(name: str) -> None:
    assert [one.text for one in case(name).warnings] == CASES[name][2]


def test_a_plain_deal_has_none() -> None:
    model = small(BUILD, PLAN, SALE, LOAN, {"kind": "corporate_tax", "name": "tax", "rate": "30%", "holder": "state",
                  "depreciation": {"plant": {"method": "immediate"}}}, OWNER, phases=PHASES)  # fmt: skip
    assert model.warnings == ()


def test_people_see_them(tmp_path: Path) -> None:
    """Simbaro's covenants lock distributions up: check, run, term sheet and workbook say so."""
    model, told = build(load("simbaro")), "Covenants: distributions are locked up"
    run = CliRunner()
    assert f"warning: {told}" in run.invoke(app, ["check", "simbaro"]).output
    found = json.loads(run.invoke(app, ["run", "simbaro", "--json"]).output)["warnings"]
    assert told in [one["name"] for one in found]
    assert told in termsheet(model)
    path = tmp_path / "simbaro.xlsx"
    write_workbook(model, path)
    rows = {row[0].value: row[1].value for row in load_workbook(path, data_only=True)["Checks"].iter_rows() if row[0].value}
    assert rows[told] == model.run.single("warning.covenants_lock_up.holds").sum() > 0


def test_many_periods_are_summed_up() -> None:
    deal = small(ORE | {"ore": {"2027": 1000}, "grades": {"copper": {"2027": "10%"}}}, PLANT, SALE, OWNER, periods=8,
                 phases={"operation": {"start": 2027}})  # fmt: skip
    assert [one.text for one in deal.warnings] == [
        "Plant: no ore is milled while the venture is to operate (7 periods from 2028 to 2034)"
    ]


DECK = {"prices": {"copper": {"unit": "USD/t", "by_year": {"2027": 6000, "2028": 9000, "2029": 9000, "2030": 9000}}}}
METAL = {"kind": "metal_plan", "name": "plan", "tonnes": {"copper": 1000}}
SOLD = {"kind": "metal_sale", "name": "sale", "metal": "copper", "made_by": "plant"}
PARTNERS = {"kind": "incorporated_venture", "name": "company", "interests": {"ann": "60%", "bob": "40%"}}
INCOME_TAX = {
    "kind": "corporate_tax",
    "name": "tax",
    "rate": "30%",
    "holder": "state",
    "depreciation": {"plant": {"method": "immediate"}},
}
DEAL = {"kind": "offtake", "name": "deal", "buyer": "bob", "metal": "copper", "share": "50%", "discount": "5%"}
SAID: dict[str, tuple[list[dict[str, Any]], list[str]]] = {
    "a partner buys below the market": (
        [DEAL, INCOME_TAX], ["Deal: a partner buys below the market, which lowers tax or royalty; the state may tax the market price"]),
    "tax at the reference price": ([DEAL, INCOME_TAX | {"offtake_at": "reference"}], []),
    "a royalty on invoices": (
        [DEAL, {"kind": "gross_royalty", "name": "royalty", "rate": "5%", "holder": "state", "base": "invoiced"}],
        ["Deal: a partner buys below the market, which lowers tax or royalty; the state may tax the market price"]),
    "a royalty on the market price": ([DEAL, {"kind": "gross_royalty", "name": "royalty", "rate": "5%", "holder": "state"}], []),
    "a buyer that owns nothing": ([DEAL | {"buyer": "state"}, INCOME_TAX], []),
    "a premium": ([DEAL | {"discount": "-5%"}, INCOME_TAX], []),
    "a floor that stops": (
        [{"kind": "buffer_stock", "name": "pool", "manager": "state", "metal": "copper", "floor": 7000, "ceiling": 12000, "capacity": 300}],
        ["Pool: the floor stops, as room or money has run out (2027)"]),
    "metal paid for and lost": (
        [{"kind": "take_or_pay", "name": "contract", "buyer": "state", "metal": "copper", "quantity": 100, "demand": {"2027": 50, "2028": 85, "2029": 85, "2030": 85}, "make_up": 1}],
        ["Contract: metal that was paid for is not taken in time, and is lost to the buyer (2029)"]),
    "a mine that rests": (
        [{"kind": "suspension", "name": "rest", "metal": "copper", "below": 7000, "above": 8000, "earliest": 2027, "care": 1, "saved": 1}], ["Rest: the mine rests (2027)"]),
}  # fmt: skip


@pytest.mark.parametrize("name", SAID)
def test_what_contracts_may_hide_is_said(name: str) -> None:
    terms, told = SAID[name]
    assert [one.text for one in small(METAL, SOLD, *terms, PARTNERS, **DECK).warnings] == told
