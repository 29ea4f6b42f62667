"""What an error proposes to add is what the terms really give: every example is built with the ledger listened to."""

from __future__ import annotations

from collections import defaultdict
from pathlib import Path

import pytest

from jvmodel.dealfile import load
from jvmodel.errors import GraphError
from jvmodel.givers import GIVEN_BY
from jvmodel.graph import Expr
from jvmodel.ledger import Ledger, Measure
from jvmodel.model import build
from jvmodel.terms import terms

ROOT = Path(__file__).parent.parent
EXAMPLES = sorted([*ROOT.glob("docs/terms/*.yaml"), *ROOT.glob("deals/*.yaml")])


def test_the_table_is_what_terms_do(monkeypatch: pytest.MonkeyPatch) -> None:
    given: dict[Measure, set[str]] = defaultdict(set)
    kinds: dict[str, str] = {}
    record = Ledger.record

    def recorded(self: Ledger, measure: Measure, amount: Expr, of: str = "", by: str = "") -> None:
        given[measure].add(kinds.get(by, ""))
        record(self, measure, amount, of, by)

    monkeypatch.setattr(Ledger, "record", recorded)
    for path in EXAMPLES:
        deal = load(path)
        kinds.clear()
        kinds.update({term.name: term.kind for term in deal.terms})
        build(deal)
    wrong = {measure.value: kinds for measure, kinds in GIVEN_BY.items() if not set(kinds) <= given[measure]}
    assert wrong == {}, "these kinds do not give it"


def test_kinds_exist() -> None:
    assert {kind for kinds in GIVEN_BY.values() for kind in kinds} <= set(terms())


def test_a_stranger_gets_no_interest(tmp_path: Path) -> None:
    text = (ROOT / "docs" / "terms" / "buy_in.yaml").read_text().replace(", cai: 0%", "")
    path = tmp_path / "deal.yaml"
    path.write_text(text)
    with pytest.raises(GraphError) as refused:
        build(load(path))
    assert str(refused.value) == (
        "entry moves interest of 'cai', who is not among the interests of the venture; write 'cai: 0%' there, and it can hold what it gets"
    )


def test_an_investor_in_a_waterfall_has_an_interest(tmp_path: Path) -> None:
    text = (ROOT / "docs" / "terms" / "waterfall.yaml").read_text()
    path = tmp_path / "deal.yaml"
    path.write_text(
        text.replace("investors: [fund]", "investors: [bank]").replace(
            "parties:", "parties:\n  bank: {name: B, role: bank, discount_rate: 7%}"
        )
    )
    with pytest.raises(GraphError) as refused:
        build(load(path))
    assert str(refused.value) == (
        "waterfall needs participating interest of bank, which no term of the deal gives;"
        " it is known of fund, miner; write one of these, or add what gives it"
    )
