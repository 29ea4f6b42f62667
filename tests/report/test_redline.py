"""Redline: what is struck and inserted, and each party's gain or loss, by hand and in whole."""

from __future__ import annotations

from pathlib import Path

import pytest
from lxml import html
from small import VENTURE

from jvmodel.cli import main
from jvmodel.report.redline import page, redline, segments

WORTH = 100 / 1.1 + 100 / 1.21
"""What 100 a year for two years are worth at 10%."""


def versions(folder: Path, *changes: tuple[str, str]) -> tuple[str, str]:
    new = VENTURE
    for old, other in changes:
        assert old in new
        new = new.replace(old, other)
    (folder / "old.yaml").write_text(VENTURE, encoding="utf-8")
    (folder / "new.yaml").write_text(new, encoding="utf-8")
    return str(folder / "new.yaml"), str(folder / "old.yaml")


def test_a_higher_royalty(tmp_path: Path) -> None:
    """From 5% to 8%: 3 a year from the venture to the state, 60% of it Ann's."""
    found = redline(*versions(tmp_path, ("rate: 5%", "rate: 8%")))
    amounts = {row["label"]: row["cells"] for row in found["parties"]["rows"]}
    assert amounts == {
        "Venture": [f"{0.95 * WORTH:.1f}", f"{0.92 * WORTH:.1f}", f"−{0.03 * WORTH:.1f}"],
        "Ann": [f"{0.57 * WORTH:.1f}", f"{0.552 * WORTH:.1f}", f"−{0.018 * WORTH:.1f}"],
        "Bob": [f"{0.38 * WORTH:.1f}", f"{0.368 * WORTH:.1f}", f"−{0.012 * WORTH:.1f}"],
        "State": [f"{0.05 * WORTH:.1f}", f"{0.08 * WORTH:.1f}", f"+{0.03 * WORTH:.1f}"],
    }
    [section] = found["sections"]
    [clause] = section["clauses"]
    assert (section["number"], clause["title"], clause["state"]) == (16, "Royalty", "changed")
    assert clause["lines"] == [
        {"label": "Royalty rate", "value": [{"how": "struck", "text": "5%"}, {"how": "inserted", "text": "8%"}]}
    ]
    assert {one["party"]: one["amount"] for one in clause["effect"]} == {label: row[2] for label, row in amounts.items()}


def test_a_clause_taken_out_and_one_put_in(tmp_path: Path) -> None:
    royalty = "  - {kind: gross_royalty, name: royalty, title: Royalty, rate: 5%, base: invoiced, holder: state}\n"
    rent = "  - {kind: scheduled_payment, name: rent, title: Rent, amount: 2, holder: state}\n"
    found = redline(*versions(tmp_path, (royalty, rent)))
    clauses = {one["title"]: one for one in found["sections"][0]["clauses"]}
    assert {title: one["state"] for title, one in clauses.items()} == {"Royalty": "removed", "Rent": "added"}
    assert {"label": "Royalty rate", "value": [{"how": "struck", "text": "5%"}]} in clauses["Royalty"]["lines"]
    assert {"label": "Amount a year", "value": [{"how": "inserted", "text": "2.0 USDm/year"}]} in clauses["Rent"]["lines"]
    state = {one["party"]: one["amount"] for one in clauses["Royalty"]["effect"]}["State"]
    assert state == f"−{0.05 * WORTH:.1f}"
    assert {one["party"]: one["amount"] for one in clauses["Rent"]["effect"]}["State"] == f"+{0.02 * WORTH:.1f}"


def test_words_are_struck_and_inserted_one_by_one(tmp_path: Path) -> None:
    found = redline(
        *versions(
            tmp_path,
            ("law of England", "law of New Zealand"),
            ("A mine and", "A mine with"),
            ("Small venture", "Small venture II"),
        )
    )
    tree = html.fromstring(page(found))
    law = tree.xpath("//section[h2[contains(., 'Governing law')]]//article")[0]
    assert [one.text_content() for one in law.xpath(".//del")] == ["England"]
    assert [one.text_content() for one in law.xpath(".//ins")] == ["New Zealand"]
    assert law.xpath("string(p)") == "The law of England New Zealand applies."
    assert law.xpath(".//*[@class='effect']") == []
    assert tree.xpath("string(//h1)").strip() == "Small venture II"
    assert [one.text_content() for one in tree.xpath("//p[@class='lead']//del")] == ["and"]


def test_segments_put_together_are_the_two_texts() -> None:
    old, new = "Either party may, within 30 days, ask.", "Each party may ask the expert within 60 days."
    found = segments(old, new)
    assert "".join(one["text"] for one in found if one["how"] != "inserted") == old
    assert "".join(one["text"] for one in found if one["how"] != "struck") == new


def test_nothing_differs(tmp_path: Path) -> None:
    found = redline(*versions(tmp_path))
    assert found["sections"] == found["figures"] == []
    assert found["before"] == found["after"]
    assert "Nothing differs." in page(found)


def test_hostile_words_stay_words(tmp_path: Path) -> None:
    evil = "<script>alert(1)</script> {{ 7*7 }} <img src=x onerror=y>"
    found = page(redline(*versions(tmp_path, ("law of England", evil), ("title: Royalty", f"title: '{evil}'"))))
    assert html.fromstring(found).xpath("//script|//img") == []
    assert "{{ 7*7 }}" in found


def test_by_command(capsys: pytest.CaptureFixture[str], tmp_path: Path) -> None:
    new, old = versions(tmp_path, ("rate: 5%", "rate: 8%"))
    out = tmp_path / "redline.html"
    with pytest.raises(SystemExit) as ended:
        main(["export", new, "--to", str(out), "--against", old, "--language", "fr"])
    assert not ended.value.code
    assert capsys.readouterr().out == f"wrote {out}\n"
    assert "Taux de la redevance" in out.read_text(encoding="utf-8")
    with pytest.raises(SystemExit) as ended:
        main(["export", new, "--to", "x.xlsx", "--against", old])
    assert ended.value.code == 1
    assert capsys.readouterr().err == "--to x.xlsx: a redline is no '.xlsx'; end the file with one of .html, .docx, .pdf\n"
