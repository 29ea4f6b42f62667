"""docs/cooperation.md: every term named there exists, and every example deal named there uses one of its terms."""

from __future__ import annotations

from pathlib import Path

import pytest

from jvmodel.dealfile import load
from jvmodel.shipped import examples
from jvmodel.terms import terms

TEXT = (Path(__file__).parent.parent / "docs" / "cooperation.md").read_text(encoding="utf-8")
LINES = [[cell.strip() for cell in line.strip("|").split("|")] for line in TEXT.splitlines() if line.startswith("| ")]
ROWS = [line for line in LINES[1:] if len(line) == 5]
SEED = (Path(__file__).parent / "data" / "seed_map.txt").read_text(encoding="utf-8").splitlines()[1:]


@pytest.mark.parametrize("row", ROWS, ids=lambda row: row[0])
def test_every_way_has_terms_an_example_that_uses_them_and_a_test(row: list[str]) -> None:
    _, counted, named, deal, test = row
    kinds = {kind.strip() for kind in named.split(",")}
    assert counted
    assert kinds <= set(terms())
    assert kinds & {term.kind for term in load(deal).terms}
    file, function = test.split("::")
    source = (Path(__file__).parent / file).read_text(encoding="utf-8")
    assert f"def {function}(" in source
    assert any(kind in source for kind in (*kinds, deal))


def test_no_mechanism_is_left_out() -> None:
    assert [row[0] for row in ROWS][: len(SEED)] == SEED
    assert len(SEED) == 43


def test_every_term_of_these_chapters_has_its_row() -> None:
    mechanisms = {kind for kind, term in terms().items() if term.chapter in ("venture", "offtake", "cooperation", "risk")}
    named = {kind.strip() for row in ROWS for kind in row[2].split(",")}
    inner = {"operator_fee", "partner_payment"}
    assert mechanisms - named <= inner, "what partners agree on has its row"


def test_every_risk_names_terms() -> None:
    clauses = [line for line in LINES if len(line) == 3][1:]
    assert len(clauses) == 13
    for _, _, moved in clauses:
        assert any(kind in moved for kind in terms()), moved


def test_every_term_of_these_chapters_is_used_by_an_example() -> None:
    used = {term.kind for name in examples() for term in load(name).terms}
    assert {kind for kind, term in terms().items() if term.chapter in ("offtake", "cooperation", "risk")} <= used
