"""The redline in Word: tracked changes that give the new version when accepted and the old one when rejected."""

from __future__ import annotations

import io
import zipfile
from datetime import date
from pathlib import Path
from typing import Any

import pytest
from docx import Document
from docx.oxml.ns import qn
from openxml_audit import FileFormat, OpenXmlValidator
from small import VENTURE

from jvmodel.cli import main
from jvmodel.report.redline import redline
from jvmodel.report.word_redline import word_redline

DAY = date(2026, 11, 25)
RENT = "  - {kind: scheduled_payment, name: rent, title: Rent, amount: 2, holder: state}\n"
OLD = (
    VENTURE.replace("  - {kind: incorporated_venture", f"{RENT}  - {{kind: incorporated_venture")
    + "  lock_up: Nobody sells before 2030.\n"
)
CHANGES = (
    ("Small venture", "Larger venture"),
    ("rate: 5%", "rate: 8%"),
    ("  - {kind: scheduled_payment, name: rent, title: Rent, amount: 2, holder: state}\n",
     "  - {kind: scheduled_payment, name: fund, title: Training fund, amount: 3, holder: state}\n"),
    ("law of England", "law of New Zealand"),
    ("  lock_up: Nobody sells before 2030.\n", "  consent: Four villages agreed.\n"),
)  # fmt: skip
PAYMENT = "Amounts a year that are agreed beforehand, whatever the venture earns."


def versions(folder: Path, *changes: tuple[str, str]) -> tuple[str, str]:
    new = OLD
    for old, other in changes or CHANGES:
        assert old in new
        new = new.replace(old, other)
    (folder / "old.yaml").write_text(OLD, encoding="utf-8")
    (folder / "new.yaml").write_text(new, encoding="utf-8")
    return str(folder / "new.yaml"), str(folder / "old.yaml")


def settled(package: bytes, *, accept: bool) -> list[str]:
    """The lines of the document once every change is accepted or rejected, as ECMA-376 part 1, 17.13.5 has it.

    Texts of changed title and clauses; without what the tool says about them (small print, tables of gains, effects).
    """
    body = Document(io.BytesIO(package)).element.body
    gone, stays = ("del", "ins") if accept else ("ins", "del")
    for row in list(body.iter(qn("w:tr"))):
        if row.find(f"{qn('w:trPr')}/{qn(f'w:{gone}')}") is not None:
            row.getparent().remove(row)
    for paragraph in list(body.iter(qn("w:p"))):
        if paragraph.find(f"{qn('w:pPr')}/{qn('w:rPr')}/{qn(f'w:{gone}')}") is not None:
            paragraph.getparent().remove(paragraph)
            continue
        for one in paragraph.findall(qn(f"w:{gone}")):
            paragraph.remove(one)
        for one in paragraph.findall(qn(f"w:{stays}")):
            assert all(run.tag == qn("w:r") for run in one)
    body.remove(body.find(qn("w:tbl")))
    lines = []
    for paragraph in body.iter(qn("w:p")):
        style = paragraph.find(f"{qn('w:pPr')}/{qn('w:pStyle')}")
        said = style is not None and style.get(qn("w:val")) in ("Small", "Missing", "Caption")
        if said or paragraph.find(f".//{qn('w:drawing')}") is not None:
            continue
        pieces = (one for run in paragraph.iter(qn("w:r")) for one in run if one.tag != qn("w:rPr"))
        lines.append("".join("\t" if one.tag == qn("w:tab") else one.text for one in pieces))
    return lines


def made(folder: Path, *changes: tuple[str, str]) -> bytes:
    return word_redline(redline(*versions(folder, *changes)), DAY)


def test_accepted_it_is_the_new_version_and_rejected_the_old(tmp_path: Path) -> None:
    package = made(tmp_path)
    assert settled(package, accept=True) == [
        "Larger venture", "A mine and a mill.",
        "16\tFiscal and stabilisation", "Royalty", "Royalty rate", "8%",
        "Training fund", PAYMENT, "Party that receives the payment", "State", "Amount a year", "3.0 USDm/year",
        "22\tCommunity", "Consent and indigenous terms", "Four villages agreed.",
        "24\tTransfer and exit",
        "30\tGoverning law and general terms", "Governing law and language", "The law of New Zealand applies.",
    ]  # fmt: skip
    assert settled(package, accept=False) == [
        "Small venture", "A mine and a mill.",
        "16\tFiscal and stabilisation", "Royalty", "Royalty rate", "5%",
        "Rent", PAYMENT, "Party that receives the payment", "State", "Amount a year", "2.0 USDm/year",
        "22\tCommunity",
        "24\tTransfer and exit", "Lock-in", "Nobody sells before 2030.",
        "30\tGoverning law and general terms", "Governing law and language", "The law of England applies.",
    ]  # fmt: skip


def test_the_other_way_round_is_the_other_way_round(tmp_path: Path) -> None:
    new, old = versions(tmp_path)
    there, back = (word_redline(redline(*pair), DAY) for pair in ((new, old), (old, new)))
    assert sorted(settled(there, accept=True)) == sorted(settled(back, accept=False))
    assert sorted(settled(there, accept=False)) == sorted(settled(back, accept=True))


def test_changes_have_an_author_a_day_and_a_number(tmp_path: Path) -> None:
    body = Document(io.BytesIO(made(tmp_path))).element.body
    changes = [one for kind in ("w:ins", "w:del") for one in body.iter(qn(kind))]
    assert {(one.get(qn("w:author")), one.get(qn("w:date"))) for one in changes} == {("jvmodel", "2026-11-25T00:00:00Z")}
    numbers = [one.get(qn("w:id")) for one in changes]
    assert len(numbers) == len(set(numbers)) > 20


def test_it_says_what_each_party_gains_or_loses(tmp_path: Path) -> None:
    """The royalty from 5 to 8 a year and 3 of fund for 2 of rent: 4 a year for two years at 10%, 60% of it Ann's."""
    document = Document(io.BytesIO(made(tmp_path)))
    worth = 1 / 1.1 + 1 / 1.21
    gains = {row.cells[0].text: row.cells[3].text for row in document.tables[0].rows}
    assert gains == {
        "Party": "Gain or loss", "Venture": f"−{4 * worth:.1f}", "Ann": f"−{2.4 * worth:.1f}", "Bob": f"−{1.6 * worth:.1f}",
        "State": f"+{4 * worth:.1f}",
    }  # fmt: skip
    effects = [one.text for one in document.paragraphs if one.style.name == "Missing"]
    assert effects[0] == (
        f"This change (change of NPV, USDm): Venture −{3 * worth:.1f}; Ann −{1.8 * worth:.1f}; Bob −{1.2 * worth:.1f};"
        f" State +{3 * worth:.1f}."
    )


def test_it_keeps_to_the_schema_of_open_xml(tmp_path: Path) -> None:
    path = tmp_path / "redline.docx"
    path.write_bytes(made(tmp_path))
    result = OpenXmlValidator(file_format=FileFormat.MICROSOFT_365).validate(path)
    assert [(one.part_uri, one.description) for one in result.errors] == []


def test_figures_have_words_and_stay_sharp(tmp_path: Path) -> None:
    package = made(tmp_path)
    document = Document(io.BytesIO(package))
    drawn = list(document.element.body.iter(qn("wp:docPr")))
    assert [one.get("title") for one in drawn] == [
        f"Value of {party}, from the version before to the version after" for party in ("Venture", "State", "Ann", "Bob")
    ]
    assert (
        drawn[1]
        .get("descr")
        .endswith("State, from the version before to the version after. From Before of 12.1 by 3 changes to After of 19.1.")
    )
    names = zipfile.ZipFile(io.BytesIO(package)).namelist()
    for number in range(1, 5):
        assert f"word/media/figure{number}.svg" in names
    assert all(len(rel.target_part.blob) > 1000 for rel in document.part.rels.values() if rel.reltype.endswith("/image"))


def test_nothing_differs(tmp_path: Path) -> None:
    document = Document(io.BytesIO(made(tmp_path, ("Small", "Small"))))
    assert "Nothing differs." in [one.text for one in document.paragraphs]
    assert not list(document.element.body.iter(qn("w:ins"), qn("w:del")))


def test_hostile_words_stay_words(tmp_path: Path) -> None:
    evil = "</w:t><w:p/> {{ 7*7 }} {%p endfor %} & <b>"
    package = made(tmp_path, ("law of England", evil), ("title: Royalty", f"title: '{evil}'"), ("Small venture", f'"{evil}"'))
    lines = settled(package, accept=True)
    assert lines[0] == evil
    assert f"The {evil} applies." in lines
    assert settled(package, accept=False)[0] == "Small venture"


def test_by_command(capsys: pytest.CaptureFixture[str], tmp_path: Path) -> None:
    new, old = versions(tmp_path)
    out = tmp_path / "redline.docx"
    with pytest.raises(SystemExit) as ended:
        main(["export", new, "--to", str(out), "--against", old, "--language", "fr"])
    assert not ended.value.code
    assert capsys.readouterr().out == f"wrote {out}\n"
    found: Any = Document(str(out))
    assert found.core_properties.language == "fr-FR"
    assert "Taux de la redevance" in [cell.text for table in found.tables for row in table.rows for cell in row.cells]
