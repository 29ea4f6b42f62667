"""Waterfalls: worked example 06, published cases, the case that a peer got wrong, a loop and a bisection as second methods."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from pydantic import ValidationError
from scipy.optimize import brentq
from small import by_year, rows, small

from jvmodel.metrics import party_metrics
from jvmodel.model import Model

DATA = Path(__file__).parent.parent / "data"
SIX = json.loads((DATA / "example_06_waterfall_irr_hurdle.json").read_text(encoding="utf-8"))


def near(expected: Any) -> Any:
    return pytest.approx(expected, rel=1e-9, abs=2e-9)


def divided(put_in: list[float], paid_out: list[float], investor: float, tiers: dict[str, Any], **options: Any) -> Model:
    """Ann invests, Bob is the sponsor; the venture calls `put_in` and distributes `paid_out`."""
    settings = {key: options.pop(key) for key in ("timeline", "discount_rate") if key in options}
    return small(
        {"kind": "capital_cost", "name": "build", "amount": by_year(put_in)},
        {"kind": "other_revenue", "name": "income", "amount": by_year(paid_out)},
        {"kind": "incorporated_venture", "name": "company", "interests": {"ann": investor, "bob": round(1 - investor, 12)}},
        {"kind": "waterfall", "name": "fall", "investors": ["ann"], "sponsor": "bob", "tiers": tiers} | options,
        periods=len(put_in), **settings,
    )  # fmt: skip


def six(**options: Any) -> Model:
    tiers = {f"tier_{number}": {"kind": "hurdle", "irr": tier["investor_irr_up_to"], "promote": tier["operator_promote"]}
             for number, tier in enumerate(SIX["inputs"]["tiers"][:-1])}  # fmt: skip
    tiers["last"] = {"kind": "rest", "promote": SIX["inputs"]["tiers"][-1]["operator_promote"]}
    given = SIX["inputs"]
    return divided(given["contributions"], given["available_for_distribution"], given["investor_funding_share"], tiers, **options)


def test_example_06_year_by_year() -> None:
    model, expected = six(), SIX["expected"]["rows"]
    for number, name in enumerate(("tier_0", "tier_1", "tier_2", "last")):
        assert rows(model, f"fall.{name}.paid") == near([row["tier_total"][number] for row in expected]), name
        if name != "last":
            assert rows(model, f"fall.{name}.account") == near([row["hurdle_balances_after"][number] for row in expected]), name
    assert rows(model, "fall.to_ann") == near([row["investor"] for row in expected])
    assert rows(model, "fall.to_bob") == near([row["operator_pro_rata"] for row in expected])
    assert rows(model, "fall.promote") == near([row["operator_promote"] for row in expected])
    assert [check.name for check in model.checks if not check.passed] == []


def test_example_06_returns() -> None:
    model, expected = six(timeline={"discounting": "begin"}), SIX["expected"]
    times = model.graph.timeline.times
    for party, name in (("ann", "investor"), ("bob", "operator")):
        cash = model.run.single(f"party.{party}.cash")
        assert cash == near(expected[f"{name}_cash_flow"])
        found = party_metrics(cash, times, None, 0.1)
        assert found["irr"] == near(expected["irr"][name])
        assert found["moic"] == near(expected["moic"][name])
        assert found["npv"] == near(expected["npv10"][name])
    assert rows(model, "fall.promote_to_date")[-1] == near(expected["total_promote"])
    project = party_metrics(model.run.single("party.venture.cash"), times, None, 0.1)
    assert (project["irr"], project["npv"]) == near((expected["irr"]["project"], expected["npv10"]["project"]))


@pytest.mark.parametrize("accounts", ["floored", "true_irr"])
def test_example_06_a_late_contribution(accounts: str) -> None:
    """A contribution after a promote starts a new clock, or is offset by what was earned above the hurdle."""
    late = SIX["expected"]["late_contribution"]
    given = late["inputs"]
    tiers = {"first": {"kind": "hurdle", "irr": given["hurdle"]}, "last": {"kind": "rest", "promote": given["promote"]}}
    how = "floored" if accounts == "floored" else "irr_to_date"
    model = divided(given["investor_contributions"], given["available"], 1.0, tiers, accounts=how)
    assert rows(model, "fall.to_ann") == near(late[accounts]["investor"])
    assert rows(model, "fall.promote") == near(late[accounts]["promote"])
    assert rows(model, "fall.first.account") == near(late[accounts]["hurdle_balance"])
    found = party_metrics(model.run.single("party.ann.cash"), model.graph.timeline.times, None, 0.1)
    assert found["irr"] == near(late[accounts]["investor_irr"])


def private_equity(pref: float, rate: float, promote: float) -> dict[str, Any]:
    tiers: dict[str, Any] = {
        "capital": {"kind": "return_of_capital"}, "preferred": {"kind": "preferred_return", "rate": pref},
        "catch_up": {"kind": "catch_up", "rate": rate, "promote": promote}, "last": {"kind": "rest", "promote": promote},
    }  # fmt: skip
    return tiers


@pytest.mark.parametrize("number", range(5))
def test_example_06_catch_up(number: int) -> None:
    case, expected = SIX["inputs"]["catch_up_cases"][number], SIX["expected"]["catch_up"][number]
    tiers = private_equity(case["pref"] / case["capital"], case["catch_up_rate"], case["promote"])
    model = divided([case["capital"], 0], [0, case["cash"]], 1.0, tiers)
    paid = {name: rows(model, f"fall.{name}.paid")[1] for name in tiers}
    assert paid["capital"] + paid["preferred"] == near(expected["capital_and_pref"])
    assert paid["catch_up"] == near(expected["catch_up_pool"])
    assert paid["last"] == near(expected["residual"])
    assert rows(model, "fall.promote")[1] == near(expected["operator_promote"])
    assert rows(model, "fall.to_ann")[1] == near(expected["investors"])
    profit = case["cash"] - case["capital"]
    assert profit == near(expected["profit"])
    assert rows(model, "fall.promote")[1] / profit == near(expected["promote_share_of_profit"])


def monthly(received: dict[int, float]) -> Model:
    """1,000 at month 0, 90% of it by the investor; 8% pro rata, 20% promote to 12%, then 30%; by months."""
    months = [f"{2027 + month // 12}-{month % 12 + 1:02d}" for month in range(61)]
    tiers = {"first": {"kind": "hurdle", "irr": "8%"}, "second": {"kind": "hurdle", "irr": "12%", "promote": "20%"},
             "last": {"kind": "rest", "promote": "30%"}}  # fmt: skip
    return small(
        {"kind": "capital_cost", "name": "build", "amount": {months[0]: 1000.0}},
        {"kind": "other_revenue", "name": "income", "amount": {months[month]: value for month, value in received.items()}},
        {"kind": "incorporated_venture", "name": "company", "interests": {"ann": "90%", "bob": "10%"}},
        {"kind": "waterfall", "name": "fall", "investors": ["ann"], "sponsor": "bob", "tiers": tiers},
        periods=61, timeline={"step": "month"},
    )  # fmt: skip


@pytest.mark.parametrize(
    ("received", "expected"),
    [({60: 2500.0}, 2004.6826), ({12: 600.0, 24: 600.0, 60: 1300.0}, 1884.168), ({12: 1300.0, 24: 600.0, 60: 600.0}, 1871.1)],
)
def test_interim_distributions_count(received: dict[int, float], expected: float) -> None:
    """A peer that compounds every unit to the last period pays the investor 1,998.09 in all cases.

    By hand, 600 twice: 540 in the first year; 900 x 1.08^2 - 540 x 1.08 - 466.56 = 0 takes 518.40 of the second, the hurdle
    of 12% 57.60 / 72% = 80.00, and 1.60 and all of the last 1,300 bear 30%: 540 + 466.56 + 57.60 + 1,301.60 x 63%.
    """
    model = monthly(received)
    assert sum(rows(model, "fall.to_ann")) == pytest.approx(expected, abs=5e-5)
    yearly = [received.get(12 * year, 0.0) for year in range(6)]
    found = by_irr([1000.0, 0, 0, 0, 0, 0], yearly, 0.9, [(0.08, 0.0), (0.12, 0.2), (None, 0.3)])
    assert sum(found) == pytest.approx(expected, abs=5e-5)


def by_irr(put_in: list[float], paid_out: list[float], share: float, tiers: list[tuple[float | None, float]]) -> list[float]:
    """The investor's receipts by bisection on the value of its whole history at each hurdle: no accounts at all."""
    flows: list[float] = []
    received = []
    for call, available in zip(put_in, paid_out, strict=True):
        flows.append(-share * call)
        got, left = 0.0, available
        for hurdle, promote in tiers:
            part = share * (1 - promote)
            paid = left
            if hurdle is not None:

                def value(x: float, rate: float = hurdle, got: float = got) -> float:
                    return sum(flow * (1 + rate) ** (len(flows) - 1 - i) for i, flow in enumerate(flows)) + got + x

                if value(0.0) >= 0:
                    paid = 0.0
                elif value(left * part) > 0:
                    paid = brentq(value, 0.0, left * part, xtol=1e-13) / part
            got += paid * part
            left -= paid
        flows[-1] += got
        received.append(got)
    return received


cash = st.lists(st.integers(0, 150).map(float), min_size=6, max_size=6)


@settings(max_examples=60)
@given(st.integers(50, 200).map(float), cash, st.integers(1, 10).map(lambda n: n / 10), st.integers(0, 40).map(lambda n: n / 100))
def test_hurdles_against_bisection(first: float, paid_out: list[float], share: float, promote: float) -> None:
    """All contributions first: accounts and rates of return to date then say the same."""
    put_in, received = [first, 40.0, *[0.0] * 6], [0.0, 0.0, *paid_out]
    tiers: list[tuple[float | None, float]] = [(0.08, 0.0), (0.15, promote), (None, promote + 0.1)]
    named: dict[str, Any] = {f"tier_{n}": {"kind": "hurdle", "irr": h, "promote": s} for n, (h, s) in enumerate(tiers[:-1])}
    model = divided(put_in, received, share, named | {"last": {"kind": "rest", "promote": tiers[-1][1]}})
    assert rows(model, "fall.to_ann") == pytest.approx(by_irr(put_in, received, share, tiers), abs=1e-6)
    assert [check.name for check in model.checks if not check.passed] == []


@settings(max_examples=60)
@given(cash, cash, st.integers(0, 10).map(lambda n: n / 10))
def test_a_waterfall_pays_out_what_there_is(put_in: list[float], paid_out: list[float], share: float) -> None:
    tiers = {"fee": {"kind": "payment", "payee": "state", "amount": 3, "rate": "5%"}} | private_equity(0.1, 0.6, 0.25)
    model = divided(put_in, paid_out, share, tiers, clawback={"promote": "25%", "after_tax": "80%"})
    run = model.run
    assert [check.name for check in model.checks if not check.passed] == []
    for name in model.graph.rows:
        if name.startswith("fall.") and name.rsplit(".", 1)[1] in ("paid", "left", "promote", "returned", "unpaid"):
            assert run.single(name).min() >= -1e-9, name
    kept = run.single("fall.promote").sum() - run.single("fall.returned").sum()
    profit = max(run.single("fall.distributed_to_date")[-1] - run.single("fall.contributed_to_date")[-1], 0.0)
    assert kept <= max(0.25 * profit, 0.2 * run.single("fall.promote").sum()) + 1e-7, "no more promote than agreed is kept"


def test_without_promote_a_waterfall_changes_nothing() -> None:
    put_in, paid_out = [100.0, 50, 0, 0, 20, 0], [0.0, 0, 90, 80, 0, 60]
    plain = divided(put_in, paid_out, 0.7, {"last": {"kind": "rest"}})
    tiers = {"first": {"kind": "hurdle", "irr": "8%"}, "second": {"kind": "hurdle", "irr": "15%"}, "last": {"kind": "rest"}}
    assert rows(divided(put_in, paid_out, 0.7, tiers), "party.ann.cash") == near(rows(plain, "party.ann.cash"))
    model = small(
        {"kind": "capital_cost", "name": "build", "amount": by_year(put_in)}, {"kind": "other_revenue", "amount": by_year(paid_out)},
        {"kind": "incorporated_venture", "interests": {"ann": "70%", "bob": "30%"}}, periods=6,
    )  # fmt: skip
    assert rows(plain, "party.ann.cash") == near(rows(model, "party.ann.cash"))


def test_a_clawback_by_hand() -> None:
    """60 of profit is promoted in 2028 (12 at 20%); a call of 50 in 2029 without return leaves 10, of which 2 may be kept."""
    tiers = {"capital": {"kind": "return_of_capital"}, "last": {"kind": "rest", "promote": "20%"}}
    model = divided([100, 0, 50], [0, 160, 0], 1.0, tiers, clawback={"promote": "20%"})
    assert rows(model, "fall.promote") == near([0, 12, 0])
    assert rows(model, "fall.returned") == near([0, 0, 10])
    assert rows(model, "party.ann.promote") == near([0, 0, 10])
    assert rows(model, "party.bob.promote") == near([0, 12, -10])


def test_simple_and_compounding_preferred_return() -> None:
    """100 for three years at 10%: 30 simple, 33.1 compounded."""
    for compounding, owed in ((False, 30.0), (True, 33.1)):
        tiers = {"preferred": {"kind": "preferred_return", "rate": "10%", "compounding": compounding},
                 "capital": {"kind": "return_of_capital"}, "last": {"kind": "rest"}}  # fmt: skip
        model = divided([100, 0, 0, 0], [0, 0, 0, 200], 1.0, tiers)
        assert rows(model, "fall.preferred.paid")[3] == near(owed)


def test_a_flip_of_shares_at_a_rate_of_return() -> None:
    """A tax investor takes 98% until it has earned 11%, then 15%; whatever the interests are."""
    tiers = {"before": {"kind": "hurdle", "irr": "11%", "shares": {"ann": "98%", "bob": "2%"}},
             "last": {"kind": "rest", "shares": {"ann": "15%", "bob": "85%"}}}  # fmt: skip
    model = divided([100, 0, 0, 0, 0], [0, 40, 40, 40, 40], 0.6, tiers)
    values = model.run.single("party.ann.cash")
    needed = 60 * 1.11
    got = [0.98 * 40]
    needed = (needed - got[0]) * 1.11
    paid = min(40, needed / 0.98)
    got.append(0.98 * paid + 0.15 * (40 - paid))
    assert values[1:3] == near(got)
    assert values[3:] == near([6, 6])


@pytest.mark.parametrize(
    ("tiers", "message"),
    [
        ({"first": {"kind": "hurdle", "irr": "8%"}}, "the last tier, and no other, is of kind rest"),
        (
            {"a": {"kind": "hurdle", "irr": "12%"}, "b": {"kind": "hurdle", "irr": "8%"}, "c": {"kind": "rest"}},
            "hurdles must rise",
        ),
        ({"a": {"kind": "catch_up", "rate": "20%", "promote": "20%"}, "c": {"kind": "rest"}}, "never reaches a promote"),
        ({"c": {"kind": "rest", "shares": {"ann": "50%"}}}, "shares add up to 50%"),
        ({"c": {"kind": "rest", "shares": {"ann": "50%", "state": "50%"}}}, "neither an investor nor the sponsor"),
    ],
)
def test_faults(tiers: dict[str, Any], message: str) -> None:
    with pytest.raises(ValidationError, match=message):
        divided([100, 0], [0, 130], 1.0, tiers)


def test_the_clawback_law_has_teeth() -> None:
    """Promote of one good year, then calls: without a clawback the sponsor keeps more than its share of profit."""
    model = divided(
        [100, 0, 60], [0, 200, 0], 1.0, {"capital": {"kind": "return_of_capital"}, "last": {"kind": "rest", "promote": "25%"}}
    )
    assert np.sum(rows(model, "fall.promote")) > 0.25 * 40


def unequal(tiers: dict[str, Any], **options: Any) -> Model:
    """Ann and Bob invest 40% each beside the state's 20%; of the call of 100 Ann pays Bob's part, and no interest moves for it."""
    return small(
        {"kind": "capital_cost", "name": "build", "amount": by_year([100])},
        {"kind": "other_revenue", "name": "income", "amount": by_year([0, 150])},
        {"kind": "incorporated_venture", "name": "company", "interests": {"ann": "40%", "bob": "40%", "state": "20%"}},
        {"kind": "missed_calls", "name": "missed", "paid": {"bob": 0}, "covered_by": ["ann"], "formula": "fixed", "points": "0%"},
        {"kind": "waterfall", "name": "fall", "investors": ["ann", "bob"], "sponsor": "state", "tiers": tiers} | options, periods=2,
    )  # fmt: skip


def received(model: Model) -> list[float]:
    return [rows(model, f"fall.to_{one}")[1] for one in ("ann", "bob", "state")] + [rows(model, "fall.promote")[1]]


def test_shares_by_what_each_has_contributed() -> None:
    """Ann has paid in 80 of 100, Bob nothing."""
    tiers = {"rest": {"kind": "rest"}}
    assert received(unequal(tiers)) == near([60, 60, 30, 0])
    assert received(unequal(tiers, split="contributions")) == near([120, 0, 30, 0])


def test_accounts_of_each_investor() -> None:
    """Each has half of 150. Ann is owed 88 at 10%, so that all her half is hurdle: 60 to her, 15 beside her. Bob is owed nothing:
    his half bears the promote of 15 at once, and of the other 60 he has 48.
    """
    tiers = {"first": {"kind": "hurdle", "irr": "10%"}, "rest": {"kind": "rest", "promote": "20%"}}
    model = unequal(tiers, own_accounts=True)
    assert received(model) == near([60, 48, 27, 15])
    assert rows(model, "fall.ann.first.account")[1] == near(28)
    # as a class they are owed 88: 110 of hurdle, and 40 that bear a promote of 8
    assert received(unequal(tiers)) == near([0.4 * 142, 0.4 * 142, 0.2 * 142, 8])
    for one in (model, unequal(tiers)):
        assert [check.name for check in one.checks if not check.passed] == []


@settings(max_examples=40)
@given(cash, cash, st.integers(1, 8).map(lambda n: n / 10))
def test_investors_who_pay_alike_fare_alike_with_accounts_of_their_own(
    put_in: list[float], paid_out: list[float], share: float
) -> None:
    tiers = {"fee": {"kind": "payment", "payee": "state", "amount": 3}} | private_equity(0.1, 0.6, 0.25)
    found = []
    for own in (False, True):
        model = small(
            {"kind": "capital_cost", "name": "build", "amount": by_year(put_in)}, {"kind": "other_revenue", "amount": by_year(paid_out)},
            {"kind": "incorporated_venture", "interests": {"ann": share, "state": 0.1, "bob": round(0.9 - share, 12)}},
            {"kind": "waterfall", "name": "fall", "investors": ["ann", "state"], "sponsor": "bob", "tiers": tiers, "own_accounts": own,
             "clawback": {"promote": "25%"}},
            periods=6,
        )  # fmt: skip
        found.append([model.run.single(f"party.{one}.cash") for one in ("ann", "state", "bob")])
        assert [check.name for check in model.checks if not check.passed] == []
    for one, other in zip(*found, strict=True):
        assert other == near(one)


def test_a_clawback_above_a_return_out_of_escrow() -> None:
    """100 at 8% leave 52 of 160 above the hurdle: a promote of 10.4. After a call of 50 there is 10 of profit, 8 of it the investors'
    first: 0.4 may be kept. Half of the promote waited in escrow.
    """
    tiers = {"first": {"kind": "hurdle", "irr": "8%"}, "rest": {"kind": "rest", "promote": "20%"}}
    model = divided([100, 0, 50], [0, 160, 0], 1.0, tiers, clawback={"promote": "20%", "above": "8%", "escrow": "50%"})
    assert rows(model, "fall.returned") == near([0, 0, 10])
    assert rows(model, "party.bob.escrow") == near([0, -5.2, 5.2])
    assert rows(model, "party.bob.cash") == near([0, 5.2, -4.8])
    assert rows(model, "party.banks.cash") == near([0, 5.2, -5.2])
    assert [check.name for check in model.checks if not check.passed] == []


def test_own_accounts_refuse_what_they_cannot_divide() -> None:
    with pytest.raises(ValidationError, match="payments come before all other tiers"):
        unequal({"capital": {"kind": "return_of_capital"}, "fee": {"kind": "payment", "payee": "ann", "amount": 1}, "rest": {"kind": "rest"}},
                own_accounts=True)  # fmt: skip
    with pytest.raises(ValidationError, match="with own_accounts the tiers are shared by split"):
        unequal({"rest": {"kind": "rest", "shares": {"ann": "50%", "bob": "50%"}}}, own_accounts=True)
