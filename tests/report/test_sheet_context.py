"""The context of the term sheet is a contract: every key is written down, and every template lives on these keys alone."""

from __future__ import annotations

import json
import re
import zipfile
from datetime import date
from io import BytesIO
from pathlib import Path
from typing import Any

import pytest
from jinja2 import Environment, FileSystemLoader, meta

from jvmodel.clauses import HEADINGS
from jvmodel.dealfile import load
from jvmodel.model import build
from jvmodel.report.figures import Drawing
from jvmodel.report.sheet import sheet
from jvmodel.shipped import templates

PAGE = Path(__file__).parents[2] / "docs" / "termsheet.md"
KEYS = {
    "language": "en, fr or es", "kind": "what the document is", "title": "title of the deal", "description": "what the venture is",
    "status": "what binds", "date": "day of writing, in words", "hash": "digits that change with any input",
    "facts": "label and value", "results": "table: what each party gets", "figures": "drawings", "sections": "the headings, in order",
    "sections[].number": "from 1", "sections[].key": "key of the heading", "sections[].title": "its title",
    "sections[].texts": "words of the deal file: label, paragraphs, binding",
    "sections[].terms": "name, heading, about, example, note, lines (label, value), more, effect (why, parties: party, amount, gain)",
    "sections[].tables": "title, unit, head, rows (label, cells, total), notes, words (columns that hold words), dense",
    "sections[].missing": "topics that are not agreed", "sections[].figures": "drawings, of answers to questions asked of the deal",
    "warnings": "what is worth a look", "signatures": "name and role",
    "conventions": "how figures are measured", "words": "the page's own words",
}  # fmt: skip


@pytest.fixture(scope="module")
def context() -> dict[str, Any]:
    return sheet(build(load("kasanga")), on=date(2026, 11, 25))


def test_keys_are_written_down(context: dict[str, Any], request: pytest.FixtureRequest) -> None:
    top = [key for key in KEYS if "[]" not in key]
    inner = [key.partition("[].")[2] for key in KEYS if "[]" in key]
    assert list(context) == top
    for section in context["sections"]:
        assert list(section) == inner
    keys = "\n".join(["| key | holds |", "|---|---|", *(f"| `{key}` | {what} |" for key, what in KEYS.items())])
    topics = ["| heading | key | topics |", "|---|---|---|"]
    for key, heading in HEADINGS.items():
        said = "; ".join(f"`{one}` {topic.label[0].lower()}{topic.label[1:]}" for one, topic in heading.topics.items())
        topics.append(f"| {heading.title} | `{key}` | {said} |")
    text = PAGE.read_text(encoding="utf-8")
    for mark, table in (("keys", keys), ("topics", "\n".join(topics))):
        made = re.sub(
            rf"(<!-- {mark} -->\n)(?:\n\|[^#]*?)?(\n##|\n*$)",
            lambda found, table=table: f"{found[1]}\n{table}\n{found[2]}",
            text,
            count=1,
        )
        if request.config.getoption("--regenerate"):
            PAGE.write_text(made, encoding="utf-8")
            text = made
        assert table in text


def test_it_is_plain_data(context: dict[str, Any]) -> None:
    """Text, numbers, lists and mappings, but for the drawings: JSON holds it."""
    assert all(isinstance(one, Drawing) for one in context["figures"])
    rest = {key: value for key, value in context.items() if key != "figures"}
    assert json.loads(json.dumps(rest)) == rest


def test_templates_use_nothing_else(context: dict[str, Any]) -> None:
    environment = Environment(loader=FileSystemLoader(templates()), autoescape=True)
    page = environment.parse((templates() / "termsheet.html.j2").read_text(encoding="utf-8"))
    assert meta.find_undeclared_variables(page) == context.keys()
    from docxtpl import DocxTemplate

    used = DocxTemplate(templates() / "termsheet.docx").get_undeclared_template_variables()
    assert used == context.keys() - {"language"}, "the page is in a language for screen readers; Word is told it apart"


def test_the_word_templates_are_what_their_script_builds() -> None:
    import runpy

    for file, built in runpy.run_path(str(PAGE.parents[1] / "tools" / "word_template.py"))["build"]().items():
        shipped = zipfile.ZipFile(templates() / file)
        made = zipfile.ZipFile(BytesIO(built))
        assert made.namelist() == shipped.namelist()
        for name in made.namelist():
            assert made.read(name) == shipped.read(name), f"{name} of {file} differs; run python tools/word_template.py"
