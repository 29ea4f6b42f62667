"""Worked example 21: what the state takes by royalty, income tax, withholding tax and free shares, and at what price it pays."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import numpy as np
import pytest
from scipy.optimize import brentq
from small import by_year, rows, small

from jvmodel.backends.arrays import evaluate
from jvmodel.irr import irr
from jvmodel.model import Model
from jvmodel.report.take import take

CASE = json.loads((Path(__file__).parent.parent / "data" / "example_21_government_take_metr.json").read_text(encoding="utf-8"))
GIVEN, EXPECTED = CASE["inputs"], CASE["expected"]


def near(expected: Any) -> Any:
    return pytest.approx(expected, rel=1e-9, abs=2e-9)


@pytest.fixture(scope="module")
def model() -> Model:
    tonnes = by_year([1000.0 * kt for kt in GIVEN["kt"]])
    return small(
        {"kind": "metal_plan", "name": "plan", "tonnes": {"copper": tonnes}},
        {"kind": "metal_sale", "name": "sale", "metal": "copper", "made_by": "plant"},
        {"kind": "operating_cost", "name": "costs", "amount": by_year(GIVEN["opex"])},
        {"kind": "capital_cost", "name": "build", "amount": by_year(GIVEN["capex"])},
        {"kind": "gross_royalty", "name": "royalty", "rate": GIVEN["royalty"], "holder": "state"},
        {"kind": "corporate_tax", "name": "tax", "rate": GIVEN["cit"], "holder": "state",
         "depreciation": {"plant": {"method": "straight_line", "life": 6}}},
        {"kind": "incorporated_venture", "name": "company", "interests": {"ann": "100%"},
         "free_shares": {"state": GIVEN["state_free_equity"]}},
        {"kind": "withholding_tax", "name": "withheld", "on": "dividends", "rates": {"ann": GIVEN["wht_dividends"]}, "holder": "state"},
        periods=8, phases={"construction": {"start": 2027, "end": 2029}, "operation": {"start": 2029}},
    )  # fmt: skip


def at(model: Model, price: float) -> tuple[np.ndarray, np.ndarray]:
    """Cash of the project before any of the state's receipts, and of the investor, at a price."""
    run = evaluate(model.graph, {"prices.copper.flat": price})
    investor = run.single("party.ann.cash")
    return investor + run.single("party.state.cash"), investor


def npv(cash: np.ndarray) -> float:
    return float((cash * 1.1 ** -np.arange(1.0, 9.0)).sum())


def rate(cash: np.ndarray) -> float:
    return float(irr([cash], np.arange(1.0, 9.0))[0])


def test_every_row(model: Model) -> None:
    found = {
        "royalty": "royalty.payable", "cit": "tax.charge", "state_dividends": "company.dividend_state",
        "wht": "withheld.tax_ann", "investor": "party.ann.cash",
    }  # fmt: skip
    for key, row in found.items():
        assert rows(model, row) == near(EXPECTED[key]), key
    assert at(model, 9000.0)[0] == near(EXPECTED["pre_tax"])


def test_take_and_effective_rates(model: Model) -> None:
    before, after = at(model, 9000.0)
    assert 1 - npv(after) / npv(before) == near(EXPECTED["aetr_10pct"])
    assert 1 - after.sum() / before.sum() == near(EXPECTED["undiscounted_take"])
    assert [rate(before), rate(after)] == near([EXPECTED["irr_pre"], EXPECTED["irr_post"]])
    price = brentq(lambda one: rate(at(model, one)[1]) - 0.12, 5000.0, 15000.0, xtol=1e-9)
    assert price / 1000 == near(EXPECTED["breakeven_price_for_12pct_post_tax"])
    assert 1 - 0.12 / rate(at(model, price)[0]) == pytest.approx(EXPECTED["metr_at_12pct"], abs=1e-8)


@pytest.mark.parametrize("step", EXPECTED["progressivity"], ids=lambda step: str(step["price_k$_per_t"]))
def test_progressivity(model: Model, step: dict[str, float]) -> None:
    before, after = at(model, 1000 * step["price_k$_per_t"])
    assert rate(before) == pytest.approx(step["pre_tax_irr"], abs=1e-9)
    assert rate(after) == pytest.approx(step["post_tax_irr"], abs=1e-9)
    assert 1 - npv(after) / npv(before) == pytest.approx(step["aetr10"], rel=1e-8)


def test_the_term_sheet_says_what_the_state_takes(model: Model) -> None:
    """The example counts the free share as taken; here it stands apart, as an owner's receipt."""
    found = take(model)
    assert found is not None
    before, after = at(model, 9000.0)
    assert found.before == near((before.sum(), npv(before)))
    assert found.total[0] + found.as_owner[0] == near((before - after).sum())
    assert (found.total[1] + found.as_owner[1]) / found.before[1] == near(EXPECTED["aetr_10pct"])
    assert found.irr_before == near(EXPECTED["irr_pre"])
    fiscal = np.sum([model.run.single(row) for row in ("royalty.payable", "tax.charge", "withheld.tax_ann")], axis=0)
    assert found.take == near(fiscal.sum() / before.sum())
    assert found.irr_after == near(rate(before - fiscal))
    assert found.wedge == near(1 - rate(before - fiscal) / rate(before))


def test_the_marginal_project_by_a_root_of_the_price(model: Model) -> None:
    """At the venture's 10%; the state's dividends are an owner's, so they are not taken from the project here."""
    found = take(model)

    def flows(price: float) -> tuple[np.ndarray, np.ndarray]:
        run = evaluate(model.graph, {"prices.copper.flat": price})
        before = run.single("party.ann.cash") + run.single("party.state.cash")
        return before, before - sum(run.single(row) for row in ("royalty.payable", "tax.charge", "withheld.tax_ann"))

    price = brentq(lambda one: npv(flows(one)[1]), 5000.0, 15000.0, xtol=1e-10)
    assert found is not None
    assert found.metr == pytest.approx(1 - 0.1 / rate(flows(price)[0]), rel=1e-7)


def test_what_cannot_be_marginal_has_no_rate() -> None:
    loss = small(
        {"kind": "metal_plan", "tonnes": {"copper": by_year([0, 10])}}, {"kind": "metal_sale", "metal": "copper", "made_by": "plant"},
        {"kind": "capital_cost", "amount": by_year([50])}, {"kind": "gross_royalty", "rate": "5%", "holder": "state"},
        {"kind": "incorporated_venture", "interests": {"ann": "100%"}},
    )  # fmt: skip
    found = take(loss)
    assert found is not None
    assert found.metr is None


def test_no_rate_where_there_is_nothing_to_tax(model: Model) -> None:
    poor = small(
        {"kind": "capital_cost", "amount": by_year([50])}, {"kind": "other_revenue", "amount": by_year([0, 20])},
        {"kind": "gross_royalty", "rate": "5%", "base": "invoiced", "holder": "state"},
        {"kind": "incorporated_venture", "interests": {"ann": "100%"}},
    )  # fmt: skip
    found = take(poor)
    assert found is not None
    assert (found.take, found.aetr, found.metr) == (None, None, None)
    assert found.total[0] == near(1.0)
