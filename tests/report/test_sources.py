"""Sources and uses: both sides equal in every example, and a small one by hand."""

from __future__ import annotations

import numpy as np
import pytest
from small import by_year, small

from jvmodel.backends.arrays import evaluate
from jvmodel.dealfile import load
from jvmodel.model import build
from jvmodel.report.sources import lines, sources_and_uses
from jvmodel.shipped import examples


@pytest.mark.parametrize("name", sorted(examples()))
def test_sources_meet_uses(name: str) -> None:
    found = sources_and_uses(build(load(name)))
    if found is not None:
        assert found.total == pytest.approx(sum(amount for _, amount in found.uses), rel=1e-9)


def test_by_hand() -> None:
    """100 of capital cost, 60 of it on loan with a fee of 1%; 5 called beforehand for the camp of the first year."""
    model = small(
        {"kind": "capital_cost", "amount": by_year([50, 50])}, {"kind": "other_revenue", "amount": by_year([0, 0, 80, 80])},
        {"kind": "senior_loan", "lender": "state", "amount": 60, "profile": "bullet", "base_rate": "0%", "tenor": 2, "fees": {"upfront": "1%"}},
        {"kind": "incorporated_venture", "interests": {"ann": "75%", "bob": "25%"}, "minimum_cash": 8},
        phases={"construction": {"start": 2027, "end": 2029}, "operation": {"start": 2029}},
    )  # fmt: skip
    found = sources_and_uses(model)
    assert found is not None
    assert found.until == "2029"
    amounts = dict(found.sources) | dict(found.uses)
    assert amounts == pytest.approx(
        {"Ann: cash calls": 36.45, "Bob: cash calls": 12.15, "State: debt drawn": 60, "Initial capital cost": 100,
         "Financing fees": 0.6, "Cash in hand when production begins": 8}
    )  # fmt: skip
    assert found.total == pytest.approx(108.6)


def test_what_is_nil_in_the_base_is_on_neither_side_of_the_page_but_in_the_sums() -> None:
    """Both sides of the lines stay equal when an input that is nil brings money before production."""
    model = small(
        {"kind": "capital_cost", "amount": by_year([50, 50])}, {"kind": "other_revenue", "amount": by_year([0, 0, 80, 80])},
        {"kind": "operating_cost", "name": "camp", "amount": by_year([0, 0, 1, 1])},
        {"kind": "incorporated_venture", "interests": {"ann": "75%", "bob": "25%"}},
        phases={"construction": {"start": 2027, "end": 2029}, "operation": {"start": 2029}},
    )  # fmt: skip
    found = sources_and_uses(model)
    assert found is not None
    assert dict(found.uses) == pytest.approx({"Initial capital cost": 100})
    run = evaluate(model.graph, {"terms.camp.amount": np.array([[4.0, 3.0, 1.0, 1.0]])})
    sources, uses = lines(model)
    assert [one.label for one in uses] == ["Initial capital cost", "Cash in hand when production begins", "Other uses, net"]
    assert [one.amount(run, 2) for one in uses] == pytest.approx([100, 0, 7])
    assert sum(one.amount(run, 2) for one in sources) == pytest.approx(107)


def test_a_venture_that_produces_at_once_has_none() -> None:
    model = small({"kind": "other_revenue", "amount": 5}, {"kind": "incorporated_venture", "interests": {"ann": "100%"}})
    assert sources_and_uses(model) is None
