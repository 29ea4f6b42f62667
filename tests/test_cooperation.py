"""docs/cooperation.md: every term named there exists, and every example deal named there uses one of its terms."""

from __future__ import annotations

from pathlib import Path

import pytest

from jvmodel.dealfile import load
from jvmodel.shipped import examples
from jvmodel.terms import terms

TEXT = (Path(__file__).parent.parent / "docs" / "cooperation.md").read_text(encoding="utf-8")
ROWS = [[cell.strip() for cell in line.strip("|").split("|")] for line in TEXT.splitlines() if line.startswith("| ")][1:]


@pytest.mark.parametrize("row", ROWS, ids=lambda row: row[0])
def test_every_way_has_terms_and_an_example_that_uses_them(row: list[str]) -> None:
    _, counted, named, deal = row
    kinds = {kind.strip() for kind in named.split(",")}
    assert counted
    assert kinds <= set(terms())
    if deal:
        assert deal in examples()
        assert kinds & {term.kind for term in load(deal).terms}


def test_the_table_is_whole() -> None:
    assert len(ROWS) > 28
    mechanisms = {kind for kind, term in terms().items() if term.chapter in ("venture", "offtake", "risk")}
    named = {kind.strip() for row in ROWS for kind in row[2].split(",")}
    inner = {"operator_fee", "partner_payment"}
    assert mechanisms - named <= inner, "what partners agree on has its row"
