"""Word, PDF and Parquet: the same figures as the page, real styles, harmless whatever the deal's texts hold."""

from __future__ import annotations

import builtins
import io
import os
import re
import struct
import zipfile
import zlib
from collections.abc import Callable
from datetime import date
from pathlib import Path
from typing import Any

import pytest
from docx import Document
from lxml import etree, html
from openxml_audit import FileFormat, OpenXmlValidator
from small import small

from jvmodel.clauses import HEADINGS, TOPICS
from jvmodel.cli import main
from jvmodel.dealfile import load
from jvmodel.errors import OutputError
from jvmodel.model import Model, build
from jvmodel.report import pdf, tables, word_figures
from jvmodel.report import word as word_module
from jvmodel.report.sheet import sheet
from jvmodel.report.termsheet import termsheet
from jvmodel.report.word import NOT_XML, word

DAY = date(2026, 11, 25)
HOSTILE = [
    "=cmd|' /C calc'!A0", "<script>alert(1)</script>", "{{ 7*7 }}{% for x in y %}{# z #}", "\u202egnp.exe\u2066\u200f", "🦊👩‍👩‍👧‍👦",
    "\"'><img src=x onerror=alert(1)>&amp;", "]]><w:p/>", "{%p endfor %}{%tr if %}", "\x0b\x00bell\x07", "-->", "}} {{",
]  # fmt: skip


def hostile() -> Model:
    """A deal in which every text that a user writes is hostile, and some are long."""
    evil = " ".join(HOSTILE)
    parties = {
        name: {"name": text, "role": "state" if name == "state" else "partner", "discount_rate": "8%", "note": evil[:500]}
        for name, text in (("ann", HOSTILE[1]), ("bob", HOSTILE[2]), ("state", HOSTILE[3]))
    }
    return small(
        {"kind": "other_revenue", "amount": 100.0, "title": HOSTILE[0], "note": evil[:500]},
        {"kind": "gross_royalty", "name": "royalty", "rate": "5%", "base": "invoiced", "holder": "state", "title": HOSTILE[5][:80]},
        {"kind": "incorporated_venture", "interests": {"ann": "60%", "bob": "40%"}, "title": HOSTILE[7]},
        deal=evil[:120], description=evil, parties=parties,
        clauses={"purpose": evil + "x" * 10_000, **{topic: {"text": text, "binding": True} for topic, text in zip(TOPICS, HOSTILE, strict=False)}},
    )  # fmt: skip


def inside(path: Path) -> bytes:
    """A PDF with what is packed in it unpacked."""
    made = path.read_bytes()
    assert made.startswith(b"%PDF-")
    packed = re.findall(rb"stream\r?\n(.*?)\r?\nendstream", made, flags=re.DOTALL)
    return made + b"".join(zlib.decompressobj().decompress(one) for one in packed if one[:1] == b"x")


def text_of(package: bytes) -> str:
    return "\n".join(part for part in etree.fromstring(zipfile.ZipFile(io.BytesIO(package)).read("word/document.xml")).itertext())


def test_word_has_everything_that_the_page_has() -> None:
    context = sheet(build(load("kasanga")), on=DAY)
    made = word(context)
    document = Document(io.BytesIO(made))
    headings = [one.text for one in document.paragraphs if one.style.name == "Heading 1"]
    assert headings == [heading.title for heading in HEADINGS.values()]
    clauses = [one.text for one in document.paragraphs if one.style.name == "Heading 2"]
    expected = [
        [f"{text['label']}{' (binding)' if text['binding'] else ''}" for text in section["texts"]]
        + [term["heading"] for term in section["terms"]]
        for section in context["sections"]
    ]
    assert clauses == [heading for section in expected for heading in section]
    words = text_of(made)
    for section in context["sections"]:
        for table in section["tables"]:
            assert table["title"] in words
            assert all(cell in words for row in table["rows"] for cell in row["cells"])
        for term in section["terms"]:
            assert all(f"{one['party']} {one['amount']}" in words for one in term["effect"]["parties"])
    assert "{{" not in words
    assert "{%" not in words
    assert document.core_properties.title == "Kasanga copper-cobalt joint venture"


def test_word_numbers_its_headings_and_repeats_its_heads() -> None:
    document = Document(io.BytesIO(word(sheet(build(load("starter")), on=DAY))))
    for name in ("Heading 1", "Heading 2"):
        assert document.styles[name].element.pPr.numPr.numId.val == 90
    grids = [one for one in document.tables if "tblHeader" in one._tbl.xml]
    assert len(grids) > 5
    for grid in grids:
        assert {len(row.tc_lst) for row in grid._tbl.tr_lst} == {len(grid._tbl.tblGrid.gridCol_lst)}


def test_word_shows_the_figures_of_the_page() -> None:
    """Each as SVG and as PNG, twice as many dots as its drawing is wide, with its words for those who do not see it."""
    context = sheet(build(load("starter")), on=DAY)
    made = word(context)
    package, drawings = zipfile.ZipFile(io.BytesIO(made)), context["figures"]
    body = etree.fromstring(package.read("word/document.xml"))
    shown = body.xpath("//*[local-name()='inline']/*[local-name()='docPr']")
    assert [one.get("title") for one in shown] == [one.title for one in drawings]
    assert [one.get("descr") for one in shown] == [f"{one.title}. {one.described}" for one in drawings]
    assert len(body.xpath("//*[local-name()='svgBlip']")) == len(drawings) > 3
    document = Document(io.BytesIO(made))
    sizes = [(one.width, one.height) for one in document.inline_shapes]
    for drawn, (width, height), number in zip(drawings, sizes, range(1, 99), strict=False):
        assert height / width == pytest.approx(drawn.height / drawn.width, rel=1e-3)
        raster = package.read(f"word/media/image{number}.png")
        assert struct.unpack(">II", raster[16:24]) == (1440, pytest.approx(1440 * drawn.height / drawn.width, abs=2))
        vector = etree.fromstring(package.read(f"word/media/figure{number}.svg"))
        assert vector.xpath("string(*[local-name()='title'])") == drawn.title


def test_word_keeps_to_the_schema_of_open_xml(tmp_path: Path) -> None:
    path = tmp_path / "x.docx"
    for name in ("kasanga", "three_states"):
        path.write_bytes(word(sheet(build(load(name)), on=DAY)))
        result = OpenXmlValidator(file_format=FileFormat.MICROSOFT_365).validate(path)
        assert [(one.part_uri, one.description) for one in result.errors] == [], name


def test_word_knows_its_language() -> None:
    document = Document(io.BytesIO(word(sheet(build(load("starter")), "fr", DAY))))
    assert document.styles.element.xpath("string(w:docDefaults/w:rPrDefault/w:rPr/w:lang/@w:val)") == "fr-FR"
    assert document.core_properties.language == "fr-FR"


def test_without_a_typeface_it_says_what_to_install(monkeypatch: pytest.MonkeyPatch) -> None:
    """As on a machine with no fonts: letters leave no trace."""
    import resvg_py

    draws: Callable[..., bytes] = resvg_py.svg_to_bytes
    monkeypatch.setattr(resvg_py, "svg_to_bytes", lambda **named: draws(skip_system_fonts=True, **named))
    word_figures._family.cache_clear()
    with pytest.raises(OutputError) as refused:
        word(sheet(build(load("starter")), on=DAY))
    word_figures._family.cache_clear()
    assert str(refused.value) == (
        "the figures of a Word document need one of these typefaces: Liberation Sans, Arial, Helvetica, DejaVu Sans, Noto Sans;"
        " install one (on Debian: apt-get install fonts-liberation), or write .html"
    )


def test_one_typeface_is_enough(monkeypatch: pytest.MonkeyPatch) -> None:
    """As on a machine that has but one of those that will do."""
    import resvg_py

    only = next(Path("/usr/share/fonts").rglob("DejaVuSans.ttf"), None)
    if only is None:
        if os.environ.get("JVMODEL_CI"):
            pytest.fail("DejaVu Sans is not installed, and in CI nothing skips")
        pytest.skip("DejaVu Sans is not installed (apt-get install fonts-dejavu-core)")
    draws: Callable[..., bytes] = resvg_py.svg_to_bytes
    monkeypatch.setattr(resvg_py, "svg_to_bytes", lambda **named: draws(skip_system_fonts=True, font_files=[str(only)], **named))
    word_figures._family.cache_clear()
    assert word_figures._family() == "DejaVu Sans"
    word_figures._family.cache_clear()


def test_the_same_deal_gives_the_same_bytes() -> None:
    context = sheet(build(load("starter")), on=DAY)
    assert word(context) == word(sheet(build(load("starter")), on=DAY))


def test_hostile_text_is_text_on_the_page() -> None:
    model = hostile()
    page = termsheet(model)
    tree = html.fromstring(page)
    assert tree.xpath("//script|//img|//iframe") == []
    assert not [name for name in tree.xpath("//@*") if "onerror" in str(name)]
    words = tree.text_content()
    for text in HOSTILE[:7]:
        assert text in words
    assert "49" not in tree.xpath("string(//section[@id='parties'])")
    for one in tree.xpath("//*[contains(text(), '\u202e')]"):
        assert one.tag in ("bdi", "title", "desc", "text", "option", "td", "th", "caption") or one.getparent().tag == "bdi"


def test_hostile_text_is_text_in_word() -> None:
    made = word(sheet(hostile(), on=DAY))
    words = text_of(made)
    for text in HOSTILE:
        assert NOT_XML.sub("\ufffd", text) in words
    document = etree.fromstring(zipfile.ZipFile(io.BytesIO(made)).read("word/document.xml"))
    assert not document.xpath("//*[local-name()='fldSimple' or local-name()='hyperlink' or local-name()='instrText']")
    Document(io.BytesIO(made))


def test_hostile_text_is_text_in_the_pdf(tmp_path: Path) -> None:
    skip_without_weasyprint()
    pdf.write_pdf(hostile(), tmp_path / "x.pdf")
    made = inside(tmp_path / "x.pdf")
    for active in (b"/JavaScript", b"/JS", b"/Launch", b"/EmbeddedFile", b"/URI"):
        assert active not in made


@pytest.mark.slow
def test_the_pdf_is_tagged_and_in_its_language(tmp_path: Path) -> None:
    skip_without_weasyprint()
    with pytest.raises(SystemExit) as ended:
        main(["export", "starter", "--to", str(tmp_path / "x.pdf"), "--language", "es"])
    assert not ended.value.code
    made = inside(tmp_path / "x.pdf")
    for mark in (b"/MarkInfo", b"/StructTreeRoot", b"pdfuaid", b"/Lang", b"/TH", b"/H1", b"/Alt"):
        assert mark in made, mark
    assert list(tmp_path.iterdir()) == [tmp_path / "x.pdf"]


def test_a_page_reads_nothing_from_outside(tmp_path: Path) -> None:
    skip_without_weasyprint()
    with pytest.raises(OutputError) as refused:
        pdf.from_html("<html lang=en><title>x</title><img alt=x src='file:///etc/passwd'><p>y</html>", tmp_path / "y.pdf")
    path = tmp_path / "y.pdf"
    assert str(refused.value) == (
        f'{path}: Error fetching "file:///etc/passwd"; a page that becomes a PDF may ask for nothing from outside'
    )
    assert list(tmp_path.iterdir()) == []


def test_without_weasyprint_it_says_what_to_type(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    real: Callable[..., Any] = builtins.__import__

    def absent(name: str, *rest: Any, **named: Any) -> Any:
        if name == "weasyprint":
            raise ImportError(name)
        return real(name, *rest, **named)

    monkeypatch.setattr(builtins, "__import__", absent)
    with pytest.raises(OutputError) as refused:
        pdf.from_html("<p>x", tmp_path / "x.pdf")
    assert str(refused.value) == (
        f"{tmp_path / 'x.pdf'}: writing PDF needs WeasyPrint, which is not installed; install it with: python -m pip install"
        " 'jvmodel[pdf]' (on Debian also: apt-get install libpango-1.0-0 libpangoft2-1.0-0), or write .html and print it from a browser"
    )
    assert list(tmp_path.iterdir()) == []


def test_parquet_holds_the_rows(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    pandas = pytest.importorskip("pandas")
    model = build(load("starter"))
    tables.write_parquet(model, tmp_path / "x.parquet")
    back = pandas.read_parquet(tmp_path / "x.parquet").set_index("row")
    assert back.loc["royalty.payable", "2030"] == model.run.single("royalty.payable")[3]
    assert list(back.columns[:3]) == ["label", "unit", "total"]
    monkeypatch.setattr(tables, "find_spec", lambda name: None)
    with pytest.raises(OutputError) as refused:
        tables.write_parquet(model, tmp_path / "y.parquet")
    assert str(refused.value).endswith("y.parquet: writing Parquet needs pyarrow, which is not installed; install it with: python -m pip install 'jvmodel[scale]'")  # fmt: skip


def skip_without_weasyprint() -> None:
    import os

    try:
        import weasyprint  # noqa: F401
    except (ImportError, OSError):
        if os.environ.get("JVMODEL_CI"):
            pytest.fail("WeasyPrint cannot be used, and in CI nothing skips")
        pytest.skip("WeasyPrint is not installed (python -m pip install 'jvmodel[pdf]')")


def test_no_column_is_narrower_than_its_longest_word() -> None:
    """French heads are long: a column of figures takes room from one of words; together they fill the page."""
    head = ["Partie", "Rôle", "Taux d'actualisation", "VAN", "TRI", "Récupération", "Besoin de financement", "Part"]
    table = {"head": head, "words": [0], "rows": [{"label": "Ann", "cells": ["État", "8 %", "1,0", "9 %", "5", "3,0", "2 %"]}]}
    widths = word_module._widths(table, {0, 1})
    assert sum(widths) == pytest.approx(word_module.WIDTH, abs=len(head))
    for title, width in zip(head, widths, strict=True):
        assert width >= word_module.SMALL_LETTER * max(map(len, title.split())) + word_module.BESIDE - 1, title
    short = word_module._widths({"head": ["A", "1", "2"], "words": [], "rows": []}, {0})
    assert short[1] == short[2] < short[0]
