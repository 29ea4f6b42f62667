"""Published cases of interests and distributions (tests/data, each with its source), every figure of them."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import numpy as np
import pytest
from small import by_year, rows, small

from jvmodel.metrics import party_metrics
from jvmodel.model import Model

DATA = Path(__file__).parent.parent / "data"


def oracle(name: str) -> dict[str, Any]:
    return json.loads((DATA / f"{name}.json").read_text(encoding="utf-8"))


SMALL, POLEN, FLIP = (
    oracle(name) for name in ("dilution_and_interest_small", "equity_waterfall_polen", "pysam_partnership_flip")
)


def near(expected: Any) -> Any:
    return pytest.approx(expected, rel=1e-9, abs=2e-9)


def test_dilution_of_one_of_three() -> None:
    """Equity Calculations: A stays out of the second 6 of 12; printed 41.7% each for the others, to a decimal."""
    given, published, recomputed = SMALL["inputs"], SMALL["published"], SMALL["recomputed"]
    third = given["phase1_shares"][0]
    model = small(
        {"kind": "capital_cost", "name": "build", "amount": by_year([given["phase1_musd"], given["phase2_musd"]])},
        {"kind": "incorporated_venture", "name": "company", "interests": {"ann": third, "bob": third, "state": third}},
        {"kind": "missed_calls", "name": "dilution", "paid": {"ann": {"2027": 1, "2028": 0, "extend": "hold"}}, "covered_by": ["bob", "state"],
         "formula": "straight_line", "account": 0},
        periods=3,
    )  # fmt: skip
    assert -rows(model, "party.ann.cash")[0] == near(published["A_paid_musd"])
    assert rows(model, "dilution.closing")[2] == near(published["total_musd"])
    for party, letter in (("ann", "A"), ("bob", "B"), ("state", "C")):
        assert 100 * model.run.single(f"company.register.interest_{party}")[2] == near(recomputed[letter])
    assert round(100 * rows(model, "company.register.interest_bob")[2], 1) == published["B_and_C_pct_each"]


@pytest.mark.parametrize("case", SMALL["other"][1]["cases"], ids=lambda case: f"{case['wi']:g}")
def test_net_revenue_interest(case: dict[str, float]) -> None:
    """Working interest less its part of the royalty: what is left of 100 of revenue."""
    model = small(
        {"kind": "other_revenue", "name": "income", "amount": by_year([100])},
        {"kind": "gross_royalty", "name": "royalty", "rate": case["royalty"], "base": "invoiced", "holder": "state"},
        {"kind": "unincorporated_venture", "name": "jv", "interests": {"ann": case["wi"], "bob": 1 - case["wi"]}},
        periods=1,
    )  # fmt: skip
    assert rows(model, "party.ann.cash")[0] / 100 == near(case["nri"])


def test_value_that_an_earn_in_implies() -> None:
    """Lawrence and Dewar 1999: the whole is worth E/I; Appleyard 1994: what the owner keeps, E (1 − I)/I."""
    lawrence, appleyard = SMALL["other"][0]["lawrence_dewar_1999"], SMALL["other"][0]["appleyard_1994"]
    assert (lawrence, appleyard) == ("V100 = E/I*100", "V = E*(100-I)/I  (value of remaining interest)")
    stage = {"spend": 30, "by": 2028, "interest": "60%"}
    model = small(
        {"kind": "capital_cost", "name": "build", "amount": by_year([30])},
        {"kind": "incorporated_venture", "name": "company", "interests": {"ann": 0, "bob": 1}},
        {"kind": "earn_in", "name": "earn", "earner": "ann", "owner": "bob", "stages": [stage]},
        periods=2,
    )  # fmt: skip
    assert rows(model, "earn.implied")[0] == near(30 / 60 * 100)
    assert rows(model, "earn.deemed")[0] == near(30 * (100 - 60) / 60)


def one_year(capital: float, sale: float, tiers: dict[str, Any]) -> Model:
    return small(
        {"kind": "capital_cost", "name": "build", "amount": by_year([capital])},
        {"kind": "other_revenue", "name": "income", "amount": by_year([0, sale])},
        {"kind": "incorporated_venture", "name": "company", "interests": {"ann": 1.0, "bob": 0.0}},
        {"kind": "waterfall", "name": "fall", "investors": ["ann"], "sponsor": "bob", "tiers": tiers},
        periods=2,
    )  # fmt: skip


def test_a_fund_with_half_a_catch_up() -> None:
    """Karl Polen: 8% preferred, half a catch-up, 20%. The page divides the net return by 100 instead of 102; not that figure."""
    case = POLEN["pe_20_over_8_catchup"]
    given, published = case["inputs"], case["published"]
    tiers = {
        "capital": {"kind": "return_of_capital"}, "preferred": {"kind": "preferred_return", "rate": given["pref"]},
        "catch_up": {"kind": "catch_up", "rate": given["catchup_gp_share"], "promote": given["carry"]},
        "last": {"kind": "rest", "promote": given["carry"]},
    }  # fmt: skip
    model = one_year(given["capital"], given["sale"], tiers)
    paid = {name: rows(model, f"fall.{name}.paid")[1] for name in tiers}
    assert paid["preferred"] == near(published["pref_amount"])
    assert paid["catch_up"] == near(published["catchup_layer"])
    reached = paid["capital"] + paid["preferred"] + paid["catch_up"]
    assert reached == near(published["cumulative_after_catchup"])
    assert 100 * (reached / given["investment"] - 1) == near(published["gross_return_after_catchup_pct"])
    assert rows(model, "fall.catch_up.promote")[1] == near(published["gp_after_catchup"])
    assert rows(model, "fall.promote")[1] == near(published["gp_incentive"])
    assert rows(model, "fall.to_ann")[1] == near(published["lp_total"])
    assert sum(rows(model, "party.ann.cash")) == near(published["lp_profit"])


def test_three_hurdles() -> None:
    """The same source, every figure as printed, to cents; and to 1e-9 against the recomputation."""
    case = POLEN["re_three_tier"]
    given, published, exact = case["inputs"], case["published"], case["recomputed"]
    (first, one), (second, two), (third, three) = ((tier["hurdle"], tier["carry"]) for tier in given["tiers"])
    tiers = {
        "fee": {"kind": "payment", "payee": "state", "amount": {"2028": given["deferred_fee"]}}, "pref": {"kind": "hurdle", "irr": first},
        "one": {"kind": "hurdle", "irr": second, "promote": one}, "two": {"kind": "hurdle", "irr": third, "promote": two},
        "rest": {"kind": "rest", "promote": three},
    }  # fmt: skip
    model = one_year(given["capital"], given["sale"], tiers)
    paid = {name: rows(model, f"fall.{name}.paid")[1] for name in tiers}
    promote = {name: rows(model, f"fall.{name}.promote")[1] for name in ("one", "two", "rest")}
    found = {
        "pref1": paid["pref"] - given["capital"], "x1": paid["one"], "cum_after_tier1": paid["fee"] + paid["pref"] + paid["one"],
        "gp_after_tier1": promote["one"], "x2": paid["two"], "cum_after_tier2": paid["fee"] + paid["pref"] + paid["one"] + paid["two"],
        "gp_after_tier2": promote["one"] + promote["two"], "residual": paid["rest"], "gp_final": sum(promote.values()),
        "lp_final": rows(model, "fall.to_ann")[1],
    }  # fmt: skip
    got = {"pref": paid["pref"], "one": rows(model, "fall.one.to_ann")[1], "two": rows(model, "fall.two.to_ann")[1]}
    found["net_after_tier1_pct"] = 100 * ((got["pref"] + got["one"]) / given["capital"] - 1)
    found["net_after_tier2_pct"] = 100 * (sum(got.values()) / given["capital"] - 1)
    found["net_final_pct"] = 100 * (found["lp_final"] / given["capital"] - 1)
    assert found == near(exact)
    assert {key: found[key] for key in published if key in found} == pytest.approx(
        {key: value for key, value in published.items() if key in found}, abs=0.0075
    )
    assert set(published) - set(found) == {"fee_total", "gross_pct"}
    assert given["upfront_fee"] + paid["fee"] == near(published["fee_total"])
    assert 100 * (given["sale"] / given["investment"] - 1) == near(published["gross_pct"])


def test_a_full_catch_up() -> None:
    case = POLEN["full_catchup_identity"]
    equity, profit = case["inputs"]["equity"] / 1e6, case["inputs"]["profit"] / 1e6
    tiers = {
        "capital": {"kind": "return_of_capital"}, "preferred": {"kind": "preferred_return", "rate": "8%"},
        "catch_up": {"kind": "catch_up", "rate": "100%", "promote": "20%"}, "last": {"kind": "rest", "promote": "20%"},
    }  # fmt: skip
    model = one_year(equity, equity + profit, tiers)
    assert 1e6 * sum(rows(model, "party.ann.cash")) == pytest.approx(case["published"]["lp_profit"], abs=1e-2)
    assert 1e6 * rows(model, "fall.promote")[1] == pytest.approx(case["published"]["gp_profit"], abs=1e-2)


def flipped(kind: str) -> Model:
    """The peer's cash of the project, before or after tax, shared 98 to 2 until the investor has earned 11% after tax, then 10 to 90."""
    given, out = FLIP["inputs"], FLIP["outputs"]
    after = [value / 1e6 for value in out[f"cf_project_return_{kind}"]]
    before, later = given["tax_investor_preflip_cash_percent"] / 100, given["tax_investor_postflip_cash_percent"] / 100
    term: dict[str, Any] = {"kind": "reversion", "name": "flip", "giver": "ann", "taker": "bob", "interest": before - later}
    term |= {"rate": given["flip_target_percent"] / 100} if kind == "aftertax" else {"date": 2027 + int(out["flip_actual_year"])}
    rate = (1 + given["real_discount_rate"] / 100) * (1 + given["inflation_rate"] / 100) - 1
    parties = {name: {"name": name, "role": "partner", "discount_rate": rate} for name in ("ann", "bob", "state")}
    return small(
        {"kind": "capital_cost", "name": "build", "amount": by_year([-after[0]])},
        {"kind": "other_revenue", "name": "income", "amount": by_year([0.0, *after[1:]])},
        {"kind": "unincorporated_venture", "name": "partnership", "interests": {"ann": before, "bob": 1 - before}}, term,
        periods=26, parties=parties, timeline={"discounting": "begin"},
    )  # fmt: skip


@pytest.mark.parametrize("kind", ["aftertax", "pretax"])
def test_the_leveraged_partnership_flip(kind: str) -> None:
    """SAM's own figures. Its sponsor is also paid for development, and taxed on that: what stands beside its share of cash."""
    given, out = FLIP["inputs"], FLIP["outputs"]
    model = flipped(kind)
    millions = {name: [value / 1e6 for value in out[f"cf_{name}_{kind}"]] for name in ("tax_investor", "sponsor")}
    assert model.run.single("party.ann.cash") == pytest.approx(millions["tax_investor"], rel=1e-9, abs=1e-9)
    development = out["sponsor_aftertax_development"] / 1e6
    federal, state = given["federal_tax_rate"][0] / 100, given["state_tax_rate"][0] / 100
    beside = np.zeros(26)
    beside[0] = development
    beside[1] = -development * (state + federal * (1 - state)) if kind == "aftertax" else 0.0
    assert model.run.single("party.bob.cash") + beside == pytest.approx(millions["sponsor"], rel=1e-7, abs=1e-8)
    assert model.run.single("party.bob.cash")[0] == near(out["sponsor_aftertax_equity"] / 1e6)
    cash, times = model.run.single("party.ann.cash"), model.graph.timeline.times
    found = party_metrics(cash, times, None, model.discount_rate("ann"))
    assert found["npv"] == near(out[f"tax_investor_{kind}_npv"] / 1e6)
    sponsor = party_metrics(model.run.single("party.bob.cash") + beside, times, None, model.discount_rate("bob"))
    assert sponsor["npv"] == near(out[f"sponsor_{kind}_npv"] / 1e6)
    assert 100 * found["irr"] == pytest.approx(out[f"tax_investor_{kind}_irr"], abs=2e-4)
    if kind == "aftertax":
        assert out["analysis_period_irr"] == out["tax_investor_aftertax_irr"]
        year = rows(model, "flip.reverted").index(1.0)
        assert year == out["flip_actual_year"]
        to_date = party_metrics(cash[: year + 1], times[: year + 1], None, 0.1)["irr"]
        assert 100 * to_date == pytest.approx(out["flip_actual_irr"], abs=2e-4)
        assert out["flip_target_irr"] == given["flip_target_percent"] < out["flip_actual_irr"]
