"""Numbers that a term sheet prints beside its clauses (terms.md J), by hand and by a second method."""

from __future__ import annotations

from typing import Any

import pytest
from small import company, small

from jvmodel.analysis.breakeven import breakevens, breakevens_of_all
from jvmodel.analysis.deletion import deletions
from jvmodel.analysis.stakes import value_as_owner
from jvmodel.analysis.study import Study
from jvmodel.dealfile import load
from jvmodel.model import Model, build
from jvmodel.report.interests import bought, earned, exits, optioned
from jvmodel.report.language import ENGLISH
from jvmodel.report.passed_on import by_contract, tiers
from jvmodel.report.schedules import Schedules
from jvmodel.report.sheet import sheet
from jvmodel.report.support import support
from jvmodel.report.turning_points import turning_points


def made(model: Model) -> Schedules:
    return Schedules(model, ENGLISH)


def body(table: dict[str, Any]) -> dict[str, list[str]]:
    return {row["label"]: row["cells"] for row in table["rows"]}


def test_the_price_of_an_interest_that_is_earned() -> None:
    """Calls of 10, 20 and 30, of which Bob pays 10 and 5: 15 for 51%, worth 10/1.1 + 5/1.21 = 13.22; then nothing is earned."""
    model = company(
        {"ann": "100%", "bob": "0%"},
        {"kind": "earn_in", "earner": "bob", "owner": "ann", "stages": [
            {"spend": 15, "by": "2029", "interest": "51%"}, {"spend": 100, "by": "2029", "interest": "70%"},
        ]},
        spent=[10, 5, 0, 0], income=[0, 0, 0, 40],
    )  # fmt: skip
    [table] = earned(made(model))
    assert table["head"] == [
        "Stage", "Vests in", "Spent until then", "Price of 1%", "Price of 1%, at value of 10%", "Implied value of the whole",
    ]  # fmt: skip
    assert body(table) == {
        "Stage 1: 51%": ["2028", "15.0", f"{15 / 51:.2f}", f"{(10 / 1.1 + 5 / 1.21) / 51:.2f}", f"{15 / 0.51:.1f}"],
        "Stage 2: 70%": ["not earned", "", "", "", ""],
    }


def test_the_price_of_an_interest_that_is_bought() -> None:
    """20 for 40% is 50 for the whole; 20 into a venture worth 60 before buys 20/80."""
    terms = {
        "secondary": {"kind": "buy_in", "buyer": "bob", "sellers": ["ann"], "date": "2028", "interest": "40%", "price": 20},
        "primary": {"kind": "buy_in", "buyer": "bob", "sellers": ["ann"], "date": "2028", "price": 20, "value_before": 60},
    }
    shown = {"secondary": ["2028", "40%", "20.0", "0.50", "50.0"], "primary": ["2028", "25%", "20.0", "0.80", "80.0"]}
    for name, term in terms.items():
        model = company({"ann": "100%", "bob": "0%"}, term | {"title": "Entry"}, spent=[10, 5, 0], income=[0, 0, 40])
        [table] = bought(made(model))
        assert body(table) == {"Entry": shown[name]}


def test_the_price_of_an_option_and_whether_it_is_used() -> None:
    """After 2028 there comes 40, worth 36.36; a tenth of it for 3 is taken, for 4 it is not. A token interest prices nothing."""
    option = {"kind": "interest_option", "buyer": "bob", "seller": "ann", "date": "2028", "value_rate": "10%", "title": "Call"}
    for price, interest, cells in (
        (3, "10%", ["2028", "10%", "3.0", "yes", "0.30", "30.0"]), (4, "10%", ["2028", "10%", "4.0", "no", "0.40", "40.0"]),
        (3, "0.01%", ["2028", "0.01%", "3.0", "no", "n/a", "n/a"]),
    ):  # fmt: skip
        term = option | {"right": "call", "price": price, "interest": interest}
        model = company({"ann": "90%", "bob": "10%"}, term, spent=[10, 5, 0], income=[0, 0, 40], dividend_test="none")
        [table] = optioned(made(model))
        assert body(table) == {"Call": cells}


def test_what_an_interest_is_worth_at_the_end_of_a_year() -> None:
    """100 spent in 2027, then 60 and 72.6: after 2027 they are worth 54.55 + 60, after 2028 66; Ann has 60% of it."""
    model = company({"ann": "60%", "bob": "40%"}, spent=[100, 0, 0], income=[0, 60, 72.6], dividend_test="none")
    [table] = exits(made(model))
    assert table["head"] == ["Party", "2027-01", "2027", "2028"]
    later = 60 / 1.1 + 72.6 / 1.21
    assert body(table) == {
        "Ann": [f"{0.6 * (later - 100) / 1.1:.1f}", f"{0.6 * later:.1f}", "39.6"],
        "Bob": [f"{0.4 * (later - 100) / 1.1:.1f}", f"{0.4 * later:.1f}", "26.4"],
    }


@pytest.mark.parametrize("name", ["kasanga", "puna", "tamber", "three_states"])
def test_on_the_day_of_valuation_an_interest_is_worth_what_its_owner_has(name: str) -> None:
    model = build(load(name))
    [table] = exits(made(model))
    for party in model.deal.parties:
        if model.label(party) in body(table):
            assert body(table)[model.label(party)][0] == made(model).amount(value_as_owner(model, party)[0])


def test_what_public_money_brings() -> None:
    """A fifth of 100: 20/1.1 is paid, all of it the owners'. With a tax of 30% on it, 6/1.1 comes back."""
    grant = {"kind": "grant", "giver": "state", "share": "20%", "asset_class": "plant", "title": "Grant"}
    tax = {
        "kind": "corporate_tax",
        "name": "tax",
        "rate": "30%",
        "holder": "state",
        "depreciation": {"plant": {"method": "immediate"}},
    }
    build_it = {"kind": "capital_cost", "name": "build", "amount": {"2027": 100}, "asset_class": "plant"}
    common = ({"kind": "other_revenue", "name": "income", "amount": 200}, {"kind": "incorporated_venture", "interests": {"ann": "60%", "bob": "40%"}, "dividend_test": "none"})  # fmt: skip
    model = small(build_it, *common, grant)
    [table] = support(made(model), deletions(model))
    paid = 20 / 1.1
    assert body(table) == {"Grant": [f"{paid:.1f}", "–", f"{paid:.1f}", f"{paid:.1f}", "1.00"]}
    model = small(build_it, *common, tax, grant | {"tax": "income"})
    [table] = support(made(model), deletions(model))
    assert body(table) == {"Grant": [f"{paid:.1f}", f"{0.3 * paid:.1f}", f"{0.7 * paid:.1f}", f"{0.7 * paid:.1f}", "0.70"]}


def test_without_public_money_nothing_is_said_of_it() -> None:
    model = build(load("kasanga"))
    assert support(made(model), deletions(model)) == []


def test_what_passes_to_a_partner_that_buys() -> None:
    """Half of 1,000 t at 9,000, a tenth off: 0.45 a year for two years, of which Bob bears 40% as an owner."""
    sale = {"kind": "metal_sale", "name": "sale", "metal": "copper", "made_by": "plant"}
    plan = {"kind": "metal_plan", "name": "plan", "tonnes": {"copper": 1000}}
    deal = {"kind": "offtake", "name": "deal", "buyer": "bob", "metal": "copper", "share": "50%", "discount": "10%"}
    owners = {"kind": "incorporated_venture", "name": "company", "interests": {"ann": "60%", "bob": "40%"}}
    assert by_contract(made(small(plan, sale, owners, periods=2))) == []
    [table] = by_contract(made(small(plan, sale, deal, owners, periods=2)))
    years = 1 / 1.1 + 1 / 1.21
    discount, left = 0.45 * years, (9 - 0.45) * years
    assert body(table) == {
        "Ann": [f"{0.6 * left:.1f}", "–", f"{0.6 * left:.1f}"],
        "Bob": [f"{0.4 * left:.1f}", f"{discount:.1f}", f"{0.4 * left + discount:.1f}"],
    }


def test_a_waterfall_by_tier() -> None:
    """100 paid in, 60 and 90 to divide: 100 back first, then the rest, a fifth of it promote."""
    model = company(
        {"ann": "90%", "bob": "10%"},
        {"kind": "waterfall", "investors": ["ann"], "sponsor": "bob", "title": "Waterfall", "tiers": {
            "capital": {"kind": "return_of_capital"}, "rest": {"kind": "rest", "promote": "20%"}}},
        spent=[100, 0, 0], income=[0, 60, 90], dividend_test="none",
    )  # fmt: skip
    [table] = tiers(made(model))
    assert table["head"] == ["", "2028", "2029", "Total"]
    assert body(table) == {
        "Capital": ["60.0", "40.0", "100.0"], "Rest": ["–", "50.0", "50.0"], "Rest, of it promote": ["–", "10.0", "10.0"],
        "Cash to be divided": ["60.0", "90.0", "150.0"],
    }  # fmt: skip


def test_where_each_partys_value_is_nil() -> None:
    """60 and 72.6 to come are worth 114.55 when 100 is spent: at 1.15 times the cost all have nothing."""
    model = company({"ann": "60%", "bob": "40%"}, spent=[100, 0, 0], income=[0, 60, 72.6], dividend_test="none")
    [table] = turning_points(made(model))
    assert table["head"] == ["Input", "As agreed", "Venture", "Ann", "Bob"]
    assert [row["cells"] for row in table["rows"]] == [["× 1.00", "× 1.15", "× 1.15", "× 1.15"]]


@pytest.mark.parametrize("name", ["kasanga", "puna", "three_rivers"])
def test_all_turning_points_at_once_are_those_one_by_one(name: str) -> None:
    study = Study(name)
    paths = [path for path in study.model.deal.ranges if study.lever(path).base][:5] or [
        f"prices.{metal}" + (".flat" if deck.flat is not None else "") for metal, deck in study.model.deal.prices.items()
    ]  # fmt: skip
    figures = ["venture.npv", *(f"{party}.npv" for party in list(study.model.deal.parties)[:3])]
    together = breakevens_of_all(study, paths, figures)
    for path, found in zip(paths, together, strict=True):
        for one, alone in zip(found, breakevens(study, path, figures), strict=True):
            assert (one.status, one.figure, one.low, one.high) == (alone.status, alone.figure, alone.low, alone.high)
            assert one.roots == pytest.approx(alone.roots, rel=1e-6)
            assert (one.at_base, one.at_low, one.at_high) == pytest.approx((alone.at_base, alone.at_low, alone.at_high), rel=1e-9)


def test_every_printed_number_has_its_place() -> None:
    """The sections of terms.md J in which a number is printed."""
    places = {
        name: {
            section["key"]: [table["title"] for table in section["tables"]] for section in sheet(build(load(name)))["sections"]
        }
        for name in ("puna", "three_rivers")
    }
    assert places["puna"]["earn_in"] == ["What the earned interest costs: Earn-in"]
    assert places["puna"]["transfer"] == ["What the interest costs", "Exit value by year"]
    assert places["three_rivers"]["support"] == ["What public money brings"]
    for found in places.values():
        assert "Where each party's value is nil" in found["annexes"]
