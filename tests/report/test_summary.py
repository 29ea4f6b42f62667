"""What a party has back and when, by hand."""

from __future__ import annotations

import pytest
from small import company

from jvmodel.report.summary import summary


def test_money_back_over_time_by_hand() -> None:
    model = company({"ann": "75%", "bob": "25%"}, spent=[60.0, 40.0, 0.0, 0.0], income=[0.0, 0.0, 50.0, 80.0])
    found = summary(model)["parties"]
    # ann pays 45 and 30 in and has 37.5 and 60 back; 10% at the end of each year
    assert found["ann"]["dpi"] == pytest.approx([0, 0, 37.5 / 75, 97.5 / 75], rel=1e-12)
    assert found["ann"]["dpi"][-1] == pytest.approx(found["ann"]["moic"], rel=1e-12)
    assert found["ann"]["first_net_cash"] == "2029"
    value = -45 / 1.1 - 30 / 1.1**2 + 37.5 / 1.1**3 + 60 / 1.1**4
    assert found["ann"]["npv_per_peak_funding"] == pytest.approx(value / 75, rel=1e-12)
    assert found["state"]["dpi"] == [None] * 4
    assert (found["state"]["first_net_cash"], found["state"]["npv_per_peak_funding"]) == (None, None)


def test_the_state_in_the_document() -> None:
    terms = {"kind": "gross_royalty", "rate": "10%", "base": "invoiced", "holder": "state"}
    model = company({"ann": "100%"}, terms, spent=[50.0, 0.0], income=[0.0, 80.0])
    state = summary(model)["state"]
    assert (state["receipts"], state["take"], state["metr"]) == (pytest.approx(8), pytest.approx(8 / 30), None)
    assert state["irr_before"] == pytest.approx(0.6)
    assert state["irr_after"] == pytest.approx(72 / 50 - 1)
    assert state["wedge"] == pytest.approx((0.6 - 0.44) / 0.6)
