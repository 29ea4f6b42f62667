"""What `explain` says when it is asked for an input instead of a row."""

from __future__ import annotations

from pathlib import Path

import pytest
from small import small

from jvmodel.dealfile import load
from jvmodel.errors import GraphError
from jvmodel.model import build
from jvmodel.report.explanation import explanation
from jvmodel.report.reference import page

OWNER = {"kind": "incorporated_venture", "interests": {"ann": "100%"}}


def test_an_input_over_time_is_told_by_its_changes() -> None:
    deck = {"copper": {"unit": "USD/t", "by_year": {"2027": 9000, "2028": 9000, "2029": 9500, "2030": 9600}}}
    model = small({"kind": "other_revenue", "amount": 5}, OWNER, prices=deck)
    with pytest.raises(GraphError) as refused:
        explanation(model, "prices.copper", None, 3)
    assert str(refused.value) == (
        "'prices.copper' is an input of the deal (Price: copper: 9,000.00 USD/t from 2027 on, 9,500.00 USD/t from 2029 on,"
        " 9,600.00 USD/t from 2030 on); explain a row that uses it"
    )


def test_the_reference_lists_the_words_of_a_choice() -> None:
    path = Path(__file__).parents[2] / "docs" / "terms" / "senior_loan.yaml"
    written = page("senior_loan", build(load(path)), path.read_text(encoding="utf-8"))
    assert "; `equal`, `annuity`, `bullet`, `sculpted` |" in written
