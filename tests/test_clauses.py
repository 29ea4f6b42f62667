"""The deal file's clauses: what is refused, and with what words."""

from __future__ import annotations

from pathlib import Path

import pytest

from jvmodel.dealfile import load
from jvmodel.errors import DealError

DEAL = """deal: x
timeline: {start: 2027, periods: 3}
discount_rate: 8%
parties: {a: {name: A, role: r, discount_rate: 8%}}
terms:
  - {kind: other_revenue, name: o, amount: 3}
clauses:
  """
WHERE = "{file}:8:3: clauses."


@pytest.mark.parametrize(
    ("line", "message"),
    [
        ("confidentality: x", "confidentality: 'confidentality' is not a heading or topic of a term sheet; did you mean 'confidentiality'?"),
        ("data: 5", "data: a clause is text, or {{text: ..., binding: true}}"),
        ("costs: {text: Each its own, but not taxes, binding: true}",
         "costs: the text ends before the comma and 'but not taxes'; put the text in quotes: {{text: '...', binding: true}}"),
    ],
)  # fmt: skip
def test_refused(line: str, message: str, tmp_path: Path) -> None:
    path = tmp_path / "deal.yaml"
    path.write_text(DEAL + line + "\n", encoding="utf-8")
    with pytest.raises(DealError) as refused:
        load(path)
    assert str(refused.value).splitlines()[0] == (WHERE + message).format(file=path)


def test_taken(tmp_path: Path) -> None:
    path = tmp_path / "deal.yaml"
    path.write_text(DEAL + "costs: {text: Each its own., binding: true}\n  law: English.\n", encoding="utf-8")
    found = load(path).clauses
    assert {key: (one.text, one.binding) for key, one in found.items()} == {
        "costs": ("Each its own.", True),
        "law": ("English.", False),
    }
