"""Streams (worked example 20) and grants, by hand."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import pytest
from pydantic import ValidationError
from small import by_year, rows, small

from jvmodel.metrics import party_metrics

TWENTY = json.loads((Path(__file__).parent.parent / "data" / "example_20_psa_stream_closure.json").read_text(encoding="utf-8"))
OWNER = {"kind": "incorporated_venture", "name": "company", "interests": {"ann": "100%"}}
GOLD = {"gold": {"unit": "USD/oz", "flat": 2000}}


def near(expected: Any) -> Any:
    return pytest.approx(expected, rel=1e-9, abs=2e-9)


def stream(ounces: list[float], **terms: Any):  # type: ignore[no-untyped-def]
    return small(
        {"kind": "metal_plan", "name": "plan", "ounces": {"gold": by_year(ounces)}},
        {"kind": "metal_sale", "name": "sale", "metal": "gold", "made_by": "plant"},
        {"kind": "stream", "name": "stream", "buyer": "bob", "metal": "gold"} | terms,
        OWNER, periods=len(ounces), prices=GOLD, timeline={"discounting": "begin"},
    )  # fmt: skip


def test_example_20_stream() -> None:
    given, expected = TWENTY["inputs"]["stream"], TWENTY["expected"]["stream"]
    model = stream(
        [1000 * koz for koz in given["koz"]], deposit={"2027": given["deposit"]}, share=given["share"],
        payment=given["payment_before"], payment_after=given["payment_after"],
    )  # fmt: skip
    columns = {"market_value": "value", "cash_from_streamer": "paid", "deposit_credit": "credit", "deposit_balance": "closing",
               "value_given_up": "given_up"}  # fmt: skip
    for column, row in columns.items():
        assert rows(model, f"stream.{row}") == near([line[column] for line in expected]), column
    ounces = [one / 31.1034768 * 1e3 for one in model.run.single("stream.delivered")]  # tonnes into thousands of ounces
    assert ounces == near([line["stream_koz"] for line in expected])
    timeline = model.graph.timeline
    cost = party_metrics(model.run.single("party.bob.cash"), timeline.times, timeline.counted, 0.07, timeline.years)["irr"]
    assert cost == near(TWENTY["expected"]["stream_implied_cost_of_capital"])
    assert all(check.passed for check in model.checks)


def test_a_stream_steps_down() -> None:
    a_tonne = 1e6 / 31.1034768
    model = stream(
        [4 * a_tonne, 4 * a_tonne, 4 * a_tonne], deposit={"2027": 1}, share="50%", step_down_after=3, share_after="25%"
    )
    # 2 t; then 1 t, which is half of 2 t, and a quarter of the other 2 t; then a quarter of 4 t
    assert rows(model, "stream.delivered") == near([2, 1.5, 1])


def test_a_grant_within_its_cap_reduces_what_is_depreciated() -> None:
    terms = [
        {"kind": "capital_cost", "name": "build", "amount": {"2027": 60, "2028": 40}},
        {"kind": "other_revenue", "name": "income", "amount": {"2028": 90, "2029": 80}},
        {"kind": "grant", "name": "grant", "giver": "state", "share": "25%", "cap": 18},
        {"kind": "corporate_tax", "name": "tax", "rate": "30%", "holder": "state",
         "depreciation": {"plant": {"method": "immediate", "start": "spending"}}},
        OWNER,
    ]  # fmt: skip
    model = small(*terms, periods=3)
    assert rows(model, "grant.paid") == near([15, 3, 0])
    assert rows(model, "tax.depreciation") == near([45, 37, 0])
    assert rows(model, "party.state.cash") == near([-15, 0.3 * (53 - 45) - 3, 24])
    terms[2] |= {"tax": "income", "clawback": {"date": 2029, "achieved": "50%"}}
    taxed = small(*terms, periods=3)
    assert rows(taxed, "tax.income") == near([-45, 53, 80])
    assert rows(taxed, "grant.returned") == near([0, 0, -9])
    assert all(check.passed for check in taxed.checks)


def test_aid_has_a_ceiling() -> None:
    """30% and 25% of 100 and then 40, within 45% in all: the second grant is cut to 15 and 6."""
    build = {"kind": "capital_cost", "name": "build", "amount": {"2027": 100, "2028": 40}}
    grant = {"kind": "grant", "giver": "state", "tax": "exempt"}
    model = small(
        build, grant | {"name": "first", "share": "30%"}, grant | {"name": "second", "share": "25%", "aid_ceiling": "45%", "before": ["first"]},
        OWNER, periods=2,
    )  # fmt: skip
    assert rows(model, "second.granted") == near([15, 6])
    assert [one.text for one in model.warnings] == ["Second: cut, as all aid would be above its ceiling"]
    assert rows(model, "party.state.grants") == near([-45, -18])


def test_a_stream_is_bought_down() -> None:
    """Half of a stream of 50% is bought for 3 in 2028: deliveries of 2 t a year fall to 1 t from 2029 on."""
    a_tonne = 1e6 / 31.1034768
    option = {"date": 2028, "share": "50%", "price": 3}
    model = stream([4 * a_tonne] * 4, deposit={"2027": 1}, share="50%", buy_down=option)
    assert rows(model, "stream.delivered") == near([2, 2, 1, 1])
    assert rows(model, "stream.buy_price") == near([0, 3, 0, 0])
    without = stream([4 * a_tonne] * 4, deposit={"2027": 1}, share="50%")
    paid = [a - b for a, b in zip(rows(model, "party.bob.cash"), rows(without, "party.bob.cash"), strict=True)]
    assert paid[:2] == near([0, 3])
    assert paid[2] == near(-rows(without, "stream.given_up")[2] / 2)


@pytest.mark.parametrize(
    ("terms", "message"),
    [
        (
            {"before": ["x"]},
            "before goes with aid_ceiling: the most that all of them may be of eligible cost; give both or neither",
        ),
        ({"before": ["grant"], "aid_ceiling": 0.5}, "before: 'grant' is this grant itself; name the others"),
    ],
)
def test_bad_aid_is_refused(terms: dict[str, Any], message: str) -> None:
    with pytest.raises(ValidationError) as caught:
        small({"kind": "grant", "name": "grant", "giver": "state", "share": "10%"} | terms, OWNER)
    assert message in [error["msg"] for error in caught.value.errors()]
