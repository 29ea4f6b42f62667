"""Fund or dilute: by hand for one call; several players and calls by a loop that builds the deal for every way to pay."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import numpy as np
import pytest
import yaml
from hypothesis import given, settings
from hypothesis import strategies as st
from small import by_year

from jvmodel.dealfile import load
from jvmodel.errors import GraphError
from jvmodel.model import build
from jvmodel.negotiation.calls import TIE, backward, cash_calls
from jvmodel.report.summary import metrics_of

BUDGETS = [10.0, 20.0, 15.0]


def written(folder: Path, budgets: list[float], income: float, interests: dict[str, str], paid: list[str], **how: Any) -> str:
    path = folder / "deal.yaml"
    last = 2027 + len(budgets)
    data = {
        "deal": "Small", "currency": "USD", "timeline": {"start": 2027, "periods": len(budgets) + 2}, "discount_rate": "10%",
        "parties": {one: {"name": one.capitalize(), "role": "partner", "discount_rate": "10%"} for one in ("ann", "bob", "cem")},
        "terms": [
            {"kind": "capital_cost", "name": "build", "amount": by_year(budgets)},
            {"kind": "other_revenue", "name": "income", "amount": {str(last): income, str(last + 1): income}},
            {"kind": "incorporated_venture", "name": "company", "interests": interests},
            {"kind": "missed_calls", "name": "dilution", "paid": dict.fromkeys(paid, "50%"), "covered_by": ["ann"]} | how,
        ],
    }  # fmt: skip
    path.write_text(yaml.safe_dump(data, sort_keys=False), encoding="utf-8")
    return str(path)


@pytest.mark.parametrize(
    ("points", "missing", "pays"), [("1%", 0.36 * (30 / 1.21 + 30 / 1.331), False), ("6%", 0.16 * (30 / 1.21 + 30 / 1.331), True)]
)
def test_one_call_by_hand(points: str, missing: float, pays: bool, tmp_path: Path) -> None:
    """Bob is called for 4 of 10; missing it costs him 4 or 24 points of two years' income of 30."""
    deal = written(tmp_path, [10.0], 30.0, {"ann": "60%", "bob": "40%"}, ["bob"], formula="fixed", points=points)
    found = cash_calls(deal)
    (one,) = found.choices
    paying = -4 / 1.1 + 0.4 * (30 / 1.21 + 30 / 1.331)
    assert (one.periods, one.party, one.called) == (("2027",), "bob", pytest.approx(4.0))
    assert (one.paying, one.missing, one.pays) == (pytest.approx(paying), pytest.approx(missing), pays)
    assert found.values["play"]["bob"] == pytest.approx(max(paying, missing))
    assert found.values["missed"]["ann"] == pytest.approx(-10 / 1.1 + 30 / 1.21 + 30 / 1.331 - missing)


HOWS: list[dict[str, Any]] = [
    {"formula": "straight_line", "account": 5},
    {"formula": "points", "account": 5, "factor": 2},
    {"formula": "premium", "account": 5, "factor": 1.5},
    {"formula": "value_based", "value": 40},
    {"formula": "points", "account": 5, "factor": 1.5, "conversion": {"below": "12%", "rate": "2%", "base": "revenue"}},
]


@pytest.mark.parametrize("how", HOWS)
@pytest.mark.parametrize("income", [18.0, 26.0, 40.0])
def test_two_players_and_three_calls_by_a_loop(how: dict[str, Any], income: float, tmp_path: Path) -> None:
    deal = written(tmp_path, BUDGETS, income, {"ann": "50%", "bob": "30%", "cem": "20%"}, ["bob", "cem"], **how)
    order = [(year, party) for year in ("2027", "2028", "2029") for party in ("bob", "cem")]
    known: dict[tuple[bool, ...], dict[str, float]] = {}

    def worth(missed: tuple[bool, ...]) -> dict[str, float]:
        if missed not in known:
            paid: dict[str, dict[str, str]] = {"bob": {}, "cem": {}}
            for (year, party), fails in zip(order, missed, strict=True):
                paid[party][year] = "0%" if fails else "100%"
            data = yaml.safe_load(Path(deal).read_text(encoding="utf-8"))
            data["terms"][3]["paid"] = {party: years | {"extend": "hold"} for party, years in paid.items()}
            other = tmp_path / "other.yaml"
            other.write_text(yaml.safe_dump(data, sort_keys=False), encoding="utf-8")
            model = build(load(str(other)))
            known[missed] = {party: metrics_of(model, party)["npv"] for party in ("ann", "bob", "cem")}
        return known[missed]

    def played(so_far: tuple[bool, ...]) -> tuple[dict[str, float], list[tuple[float, float]]]:
        if len(so_far) == len(order):
            return worth(so_far), []
        decides = order[len(so_far)][1]
        paid, missed = played((*so_far, False)), played((*so_far, True))
        chosen = missed if missed[0][decides] > paid[0][decides] + 1e-9 else paid
        return chosen[0], [(paid[0][decides], missed[0][decides]), *chosen[1]]

    values, decisions = played(())
    found = cash_calls(deal)
    assert [(one.paying, one.missing) for one in found.choices] == [pytest.approx(one, abs=1e-9) for one in decisions]
    for party, value in values.items():
        assert found.values["play"][party] == pytest.approx(value, abs=1e-9)
        assert found.values["paid"][party] == pytest.approx(worth((False,) * 6)[party], abs=1e-9)
        assert found.values["missed"][party] == pytest.approx(worth((True,) * 6)[party], abs=1e-9)


@given(st.lists(st.floats(-100, 100), min_size=16, max_size=16), st.lists(st.floats(-100, 100), min_size=16, max_size=16))
@settings(max_examples=60)
def test_nobody_gains_by_deciding_otherwise_once(first: list[float], second: list[float]) -> None:
    """What play brings whoever moves first is no less than what it can assure itself of by any first move.

    Each of its two decisions may give away what a partner does not care about.
    """
    values = {"a": np.array(first), "b": np.array(second)}
    found, place = backward(values, ["a", "b", "a", "b"])
    assert values["a"][place] == pytest.approx(max(found[0]), abs=2 * TIE)
    half = first[:8], first[8:]
    assert values["a"][place] >= max(min(half[0]), min(half[1])) - 2 * TIE


def test_many_calls_are_decided_together(tmp_path: Path) -> None:
    deal = written(tmp_path, [3.0] * 20, 300.0, {"ann": "60%", "bob": "40%"}, ["bob"], formula="points", account=5, factor=2)
    found = cash_calls(deal)
    assert found.together
    assert len(found.choices) == 14
    assert [period for one in found.choices for period in one.periods] == [str(year) for year in range(2027, 2047)]
    assert all(one.pays for one in found.choices)
    assert [one.called for one in found.choices] == [pytest.approx(1.2 * len(one.periods)) for one in found.choices]


def test_faults() -> None:
    with pytest.raises(GraphError, match="the deal has no clause on missed calls, so nobody decides whether to pay"):
        cash_calls("kasanga")
    with pytest.raises(GraphError, match="--term: 'dilutoin' is not a clause on missed calls; did you mean 'dilution'"):
        cash_calls("black_ridge", term="dilutoin")
    with pytest.raises(GraphError, match="no cash is called from wattle, so there is nothing to decide"):
        cash_calls("black_ridge", ["terms.build.budget=0", "terms.company.minimum_cash=0", "terms.sustaining.amount=0"])
