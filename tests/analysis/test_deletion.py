"""Deleting a clause by setting its numbers to nil is deleting it: for every kind of term and every example deal."""

from __future__ import annotations

from pathlib import Path

import numpy as np
import pytest
from small import by_year, small

from jvmodel.analysis.deletion import FACTS, GONE_AT_NIL, _at_nil, _built_without, deletions
from jvmodel.clauses import HEADINGS
from jvmodel.dealfile import load
from jvmodel.model import build
from jvmodel.shipped import examples
from jvmodel.terms import terms

ROOT = Path(__file__).parents[2]


@pytest.mark.parametrize(
    "name",
    [*sorted(examples()), *sorted(str(path) for path in (ROOT / "docs" / "terms").glob("*.yaml"))],
    ids=lambda name: Path(name).stem,
)
def test_numbers_at_nil_are_a_deal_without_the_term(name: str) -> None:
    model = build(load(name))
    clauses = [term for term in model.deal.terms if term.kind in GONE_AT_NIL]
    fast = _at_nil(model, clauses)
    for term in clauses:
        built = _built_without(model, term)
        if built.why:
            continue
        assert term.name in fast, f"{term.kind} gives no numbers at nil; take it out of GONE_AT_NIL"
        for party, effect in built.effects.items():
            assert fast[term.name].effects[party] == pytest.approx(effect, abs=1e-6, rel=1e-9), (
                f"{term.kind} is not gone at nil; take it out of GONE_AT_NIL"
            )


def test_a_royalty_by_hand() -> None:
    """Revenue of 100 for two years, royalty of 5% to the state: without it the venture has 5 more in each, the state 5 less."""
    model = small(
        {"kind": "other_revenue", "amount": by_year([100, 100])},
        {"kind": "gross_royalty", "name": "royalty", "rate": "5%", "base": "invoiced", "holder": "state"},
        {"kind": "incorporated_venture", "interests": {"ann": "60%", "bob": "40%"}, "dividend_test": "none"},
    )  # fmt: skip
    found = deletions(model)
    assert list(found) == ["royalty"]
    worth = 5 / 1.1 + 5 / 1.1**2
    assert found["royalty"].effects == pytest.approx({"venture": worth, "ann": 0.6 * worth, "bob": 0.4 * worth, "state": -worth})


def test_what_others_need_cannot_be_deleted() -> None:
    """Stabilisation is built anew without, and a tax that it watches could not be."""
    model = build(load(ROOT / "docs" / "terms" / "stabilisation.yaml"))
    named = {term.kind: term for term in model.deal.terms}
    assert _built_without(model, named["corporate_tax"]).why == (
        "stability needs rate in force of tax, which no term of the deal gives;"
        " add a term of kind corporate_tax, gross_royalty, margin_royalty, nsr_royalty or sliding_royalty"
    )
    assert not deletions(model)[named["stabilisation"].name].why


def test_every_kind_is_known() -> None:
    assert terms().keys() >= FACTS | GONE_AT_NIL
    listed = [kind for heading in HEADINGS.values() for kind in heading.kinds]
    assert len(listed) == len(set(listed))
    assert set(listed) <= set(terms()), "a kind stands under one heading of the term sheet"
    assert not FACTS & GONE_AT_NIL
    assert {kind for heading in HEADINGS.values() for topic in heading.topics.values() for kind in topic.kinds} <= set(terms())


def test_effects_of_a_deal_of_many_clauses_are_those_of_one_run() -> None:
    model = build(load("kasanga"))
    found = deletions(model)
    assert {"royalty", "carry", "offtake", "income_tax", "guarantee"} <= found.keys()
    for one in found.values():
        assert np.isfinite([*one.effects.values()]).all()
    assert found["royalty"].effects["treasury"] < 0 < found["royalty"].effects["northvale"]
