"""Every term has a golden text, a page in the reference, and an example that runs; none may be out of date.

`python -m pytest tests/test_reference.py --regenerate` writes them anew; read the difference before committing it.
"""

from __future__ import annotations

from pathlib import Path

import pytest

from jvmodel.dealfile import load
from jvmodel.model import Model, build
from jvmodel.report.reference import deal_page, golden, index, page, regimes_page
from jvmodel.shipped import examples
from jvmodel.terms import terms

ROOT = Path(__file__).parent.parent
DOCS, GOLDEN = ROOT / "docs" / "terms", ROOT / "tests" / "golden"


@pytest.fixture(scope="module", params=sorted(terms()))
def example(request: pytest.FixtureRequest) -> tuple[str, Model, str]:
    path = DOCS / f"{request.param}.yaml"
    assert path.exists(), f"write docs/terms/{request.param}.yaml, a small deal that shows the term"
    return request.param, build(load(path)), path.read_text(encoding="utf-8")


def kept(path: Path, text: str, request: pytest.FixtureRequest) -> None:
    if request.config.getoption("--regenerate"):
        path.write_text(text, encoding="utf-8")
    assert path.exists(), f"{path.relative_to(ROOT)} is missing; run this test with --regenerate"
    assert path.read_text(encoding="utf-8") == text, f"{path.relative_to(ROOT)} is out of date; run this test with --regenerate"


def test_examples_run_and_pass_their_checks(example: tuple[str, Model, str]) -> None:
    kind, model, _ = example
    assert [one.name for one in model.checks if not one.passed] == []
    term = next(term for term in model.deal.terms if term.kind == kind)
    posted = [name for name in model.graph.rows if name.startswith(f"{term.name}.")]
    assert any(abs(model.run.single(name)).max() > 0 for name in posted), "the example shows something"


def test_golden_text(example: tuple[str, Model, str], request: pytest.FixtureRequest) -> None:
    kind, model, _ = example
    text = "".join(golden(model, term) for term in model.deal.terms if term.kind == kind)
    kept(GOLDEN / f"{kind}.txt", text, request)


def test_page(example: tuple[str, Model, str], request: pytest.FixtureRequest) -> None:
    kind, model, source = example
    kept(DOCS / f"{kind}.md", page(kind, model, source), request)


def test_index(request: pytest.FixtureRequest) -> None:
    kept(DOCS / "README.md", index(), request)
    kept(ROOT / "docs" / "regimes.md", regimes_page(), request)


@pytest.mark.parametrize("name", sorted(examples()))
def test_page_of_a_deal(name: str, request: pytest.FixtureRequest) -> None:
    path = ROOT / "docs" / "deals" / f"{name}.md"
    assert path.exists(), f"write docs/deals/{name}.md, with the marks of its figures"
    kept(path, deal_page(build(load(name)), path.read_text(encoding="utf-8")), request)


def test_nothing_is_left_over() -> None:
    kinds = set(terms())
    assert {path.stem for path in GOLDEN.glob("*.txt")} == kinds
    assert {path.stem for path in DOCS.glob("*.yaml")} == kinds
    assert {path.stem for path in DOCS.glob("*.md")} == kinds | {"README"}


def test_docs_name_every_command_and_metric() -> None:
    from jvmodel.cli import app
    from jvmodel.metrics import METRICS

    readme = (ROOT / "README.md").read_text(encoding="utf-8")
    conventions = (ROOT / "docs" / "conventions.md").read_text(encoding="utf-8").lower()
    for command in app.registered_commands:
        assert command.callback is not None
        assert f"jvmodel {command.callback.__name__}" in readme
    for metric in METRICS.values():
        name = {"npv": "npv", "irr": "irr", "mirr": "mirr", "moic": "moic"}.get(metric.key, metric.label.lower())
        assert name in conventions, metric.key
