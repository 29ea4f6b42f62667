"""Builds the Word templates of the term sheet and of the redline: `python tools/word_template.py`.

Styles, numbering and places for the context of docs/termsheet.md; the same script gives the same bytes (a test holds that).
"""

from __future__ import annotations

import io
import sys
from collections.abc import Callable
from datetime import datetime
from pathlib import Path
from typing import Any

from docx import Document
from docx.enum.style import WD_STYLE_TYPE
from docx.enum.table import WD_TABLE_ALIGNMENT
from docx.enum.text import WD_ALIGN_PARAGRAPH, WD_TAB_ALIGNMENT
from docx.oxml import OxmlElement
from docx.oxml.ns import qn
from docx.shared import Mm, Pt, RGBColor

ROOT = Path(__file__).parents[1]
sys.path.insert(0, str(ROOT))

from jvmodel.report.word import timeless  # noqa: E402 - the checkout's own, wherever the script is run from

FACE = "Arial"
BLUE, GREY, INK = RGBColor(0x1F, 0x4E, 0x79), RGBColor(0x55, 0x60, 0x6C), RGBColor(0x1F, 0x29, 0x33)


def build() -> dict[str, bytes]:
    """The templates by name of file."""
    run = "{{ words.run }} {{ hash }}"
    return {
        "termsheet.docx": template(body, run, numbered=True),
        "redline.docx": template(redline, "{{ before }} – {{ after }}", numbered=False),
    }


def template(write: Callable[[Any], None], run: str, *, numbered: bool) -> bytes:
    """A document with styles, numbering and footer, and what `write` puts into it."""
    document = Document()
    page = document.sections[0]
    page.page_width, page.page_height = Mm(210), Mm(297)
    page.left_margin = page.right_margin = Mm(20)
    page.top_margin, page.bottom_margin = Mm(18), Mm(18)
    for links in (document.part.rels, document.part.package.rels):
        for name, link in list(links.items()):
            if link.reltype.endswith(("/stylesWithEffects", "/thumbnail")):  # styles for Word of 2010, and a picture of nothing
                del links[name]
    styles(document)
    if numbered:
        numbering(document)
    furniture(document, run)
    write(document)
    moment = datetime(2026, 1, 1)  # noqa: DTZ001 - Word's times have no zone
    document.core_properties.created = document.core_properties.modified = moment
    document.core_properties.author = "jvmodel"
    made = io.BytesIO()
    document.save(made)
    return timeless(made.getvalue())


def styles(document: Any) -> None:
    """One typeface; Word's own names where it has them, so that counsel's styles take over."""
    normal = document.styles["Normal"]
    normal.font.name, normal.font.size, normal.font.color.rgb = FACE, Pt(9.5), INK
    normal.element.rPr.rFonts.set(qn("w:eastAsia"), FACE)
    normal.paragraph_format.space_after, normal.paragraph_format.line_spacing = Pt(4), 1.12
    for name, size, before, after, colour in (
        ("Title", 22, 0, 4, INK), ("Heading 1", 13, 14, 4, BLUE), ("Heading 2", 10.5, 8, 1, INK), ("Heading 3", 9.5, 6, 1, INK),
        ("Caption", 9.5, 8, 2, INK),
    ):  # fmt: skip
        style = document.styles[name]
        style.font.name, style.font.size, style.font.bold, style.font.italic = FACE, Pt(size), True, False
        style.font.color.rgb = colour
        for which in ("w:asciiTheme", "w:hAnsiTheme", "w:eastAsiaTheme", "w:cstheme"):
            style.element.rPr.rFonts.attrib.pop(qn(which), None)
        style.paragraph_format.space_before, style.paragraph_format.space_after = Pt(before), Pt(after)
        style.paragraph_format.keep_with_next = True
    border = document.styles["Title"].element.pPr.find(qn("w:pBdr"))
    if border is not None:
        document.styles["Title"].element.pPr.remove(border)
    for name, size, colour, bold in (
        ("Small", 8, GREY, False),
        ("Status", 9.5, INK, True),
        ("Cell", 8.5, INK, False),
        ("Missing", 9, INK, False),
    ):
        style = document.styles.add_style(name, WD_STYLE_TYPE.PARAGRAPH)
        style.base_style = normal
        style.font.size, style.font.color.rgb, style.font.bold = Pt(size), colour, bold
        style.paragraph_format.space_after = Pt(1 if name == "Cell" else 4)
        style.paragraph_format.space_before = Pt(5 if name == "Missing" else 1)
    shading(document.styles["Missing"].element.get_or_add_pPr(), "F3F5F8")


def shading(properties: Any, colour: str) -> None:
    """A background."""
    shade = OxmlElement("w:shd")
    shade.set(qn("w:val"), "clear")
    shade.set(qn("w:color"), "auto")
    shade.set(qn("w:fill"), colour)
    properties.insert_element_before(shade, "w:tabs", "w:spacing", "w:ind", "w:jc")


def numbering(document: Any) -> None:
    """Headings numbered by Word itself: 1, then 1.1, so that counsel may move clauses."""
    part = document.part.numbering_part.element
    abstract = OxmlElement("w:abstractNum")
    abstract.set(qn("w:abstractNumId"), "90")
    kind = OxmlElement("w:multiLevelType")
    kind.set(qn("w:val"), "multilevel")
    abstract.append(kind)
    for level, (text, style) in enumerate((("%1", "Heading1"), ("%1.%2", "Heading2"))):
        one = OxmlElement("w:lvl")
        one.set(qn("w:ilvl"), str(level))
        for tag, value in (("start", "1"), ("numFmt", "decimal"), ("pStyle", style), ("lvlText", text), ("lvlJc", "left")):
            child = OxmlElement(f"w:{tag}")
            child.set(qn("w:val"), value)
            one.append(child)
        space = OxmlElement("w:pPr")
        indent = OxmlElement("w:ind")
        indent.set(qn("w:left"), "567")
        indent.set(qn("w:hanging"), "567")
        space.append(indent)
        one.append(space)
        abstract.append(one)
    part.insert(0, abstract)
    number = OxmlElement("w:num")
    number.set(qn("w:numId"), "90")
    link = OxmlElement("w:abstractNumId")
    link.set(qn("w:val"), "90")
    number.append(link)
    part.append(number)
    for level, name in enumerate(("Heading 1", "Heading 2")):
        mark = document.styles[name].element.get_or_add_pPr().get_or_add_numPr()
        mark.get_or_add_ilvl().val, mark.get_or_add_numId().val = level, 90


def furniture(document: Any, run: str) -> None:
    """Footer with the run and the page."""
    foot = document.sections[0].footer.paragraphs[0]
    foot.style = document.styles["Small"]
    foot.paragraph_format.tab_stops.add_tab_stop(Mm(170), WD_TAB_ALIGNMENT.RIGHT)
    foot.add_run(f"{{{{ kind }}}} · {run}\t{{{{ words.page }}}} ")
    field(foot, "PAGE")


def field(paragraph: Any, code: str) -> None:
    """A field that Word works out."""
    for kind, text in (("begin", ""), ("", code), ("separate", ""), ("text", "1"), ("end", "")):
        run = paragraph.add_run(text if kind == "text" else "")
        if kind == "":
            one = OxmlElement("w:instrText")
            one.text = text
            run._r.append(one)
        elif kind != "text":
            one = OxmlElement("w:fldChar")
            one.set(qn("w:fldCharType"), kind)
            run._r.append(one)


def body(document: Any) -> None:
    """Cover, results, contents, clauses, signatures."""

    def add(text: str, style: str = "Normal") -> Any:
        return document.add_paragraph(text, style=style)

    add("{{ kind }}", "Small")
    add("{{ title }}", "Title")
    add("{%p if description %}")
    add("{{ description }}")
    add("{%p endif %}")
    add("{{ status }}", "Status")
    add("{{ words.dated }}: {{ date }} · {{ words.run }}: {{ hash }}", "Small")
    add("{%p for fact in facts %}")
    add("{{ fact.label }}: {{ fact.value }}", "Small")
    add("{%p endfor %}")
    add("{{ results.title }}", "Caption")
    grid(document, "results")
    add("{%p for note in results.notes %}")
    add("{{ note }}", "Small")
    add("{%p endfor %}")
    figures(document)
    contents(document)
    add("{%p for section in sections %}")
    add("{{ section.title }}", "Heading 1")
    add("{%p for text in section.texts %}")
    add("{%p if text.label %}")
    add("{{ text.label }}{% if text.binding %} ({{ words.binding }}){% endif %}", "Heading 2")
    add("{%p elif text.binding %}")
    add("({{ words.binding }})", "Status")
    add("{%p endif %}")
    add("{%p for paragraph in text.paragraphs %}")
    add("{{ paragraph }}")
    add("{%p endfor %}")
    add("{%p endfor %}")
    add("{%p for term in section.terms %}")
    add("{{ term.heading }}", "Heading 2")
    about = add("{{ term.about }}{% if term.example %} {{ term.example }}{% endif %}", "Small")
    about.paragraph_format.keep_with_next = True
    rows(document, "term.lines", "{{ line.label }}", "{{ line.value }}")
    add("{%p if term.more %}")
    add("{{ term.more }}", "Small")
    add("{%p endif %}")
    add("{%p if term.note %}")
    add("{{ term.note }}", "Small")
    add("{%p endif %}")
    add("{%p if term.effect.parties %}")
    effect = add("", "Missing")
    effect.add_run("{{ words.effect }}").bold = True
    effect.add_run(
        " ({{ words.effect_unit }}): {% for one in term.effect.parties %}{{ one.party }} {{ one.amount }}"
        "{% if not loop.last %}; {% endif %}{% endfor %}."
    )
    add("{%p elif term.effect.why %}")
    effect = add("", "Missing")
    effect.add_run("{{ words.effect }}").bold = True
    effect.add_run(": {{ term.effect.why }}")
    add("{%p endif %}")
    add("{%p endfor %}")
    figures(document, "section.figures")
    add("{%p for one in section.tables %}")
    add("{{ one.title }}{% if one.unit %}, {{ one.unit }}{% endif %}", "Caption")
    grid(document, "one")
    add("{%p for note in one.notes %}")
    add("{{ note }}", "Small")
    add("{%p endfor %}")
    add("{%p endfor %}")
    add("{%p if section.key == 'annexes' and warnings %}")
    add("{{ words.warnings }}", "Caption")
    add("{%p for one in warnings %}")
    add("{{ one }}", "List Bullet")
    add("{%p endfor %}")
    add("{%p endif %}")
    add("{%p if section.missing %}")
    missing = add("", "Missing")
    missing.add_run("{{ words.missing }}: ").bold = True
    missing.add_run("{{ section.missing|join('; ') }}.")
    add("{%p endif %}")
    add("{%p endfor %}")
    add("{{ words.signatures }}", "Caption").paragraph_format.page_break_before = True
    add("{{ status }}", "Status")
    add("{%p for one in signatures %}")
    add("{{ one.name }}, {{ one.role }}", "Heading 3").paragraph_format.space_before = Pt(16)
    for word in ("signature", "name", "signed"):
        line = add(f"{{{{ words.{word} }}}}:\t", "Cell")
        line.paragraph_format.tab_stops.add_tab_stop(Mm(110), WD_TAB_ALIGNMENT.LEFT, 3)
        line.paragraph_format.space_before = Pt(10)
    add("{%p endfor %}")
    add("{%p for line in conventions %}")
    add("{{ line }}", "Small")
    add("{%p endfor %}")


def redline(document: Any) -> None:
    """Cover, what each party gains or loses, and every changed clause; `tracked` makes revisions of pieces of text."""

    def add(text: str, style: str = "Normal") -> Any:
        return document.add_paragraph(text, style=style)

    add("{{ kind }}", "Small")
    add("{{r title|tracked }}", "Title")
    add("{%p if description %}")
    add("{{r description|tracked }}")
    add("{%p endif %}")
    add("{{ words.dated }}: {{ date }} · {{ words.before }}: {{ before }} · {{ words.after }}: {{ after }}", "Small")
    add("{{ words.legend }}", "Small")
    add("{{ parties.title }}, {{ parties.unit }}", "Caption")
    grid(document, "parties")
    add("{%p if why %}")
    add("{{ why }}", "Small")
    add("{%p endif %}")
    figures(document)
    add("{%p if not sections %}")
    add("{{ words.nothing }}")
    add("{%p endif %}")
    add("{%p for section in sections %}")
    add("{{ section.number }}\t{{ section.title }}", "Heading 1").paragraph_format.tab_stops.add_tab_stop(Mm(10))
    add("{%p for clause in section.clauses %}")
    add("{{r clause.title|titled(clause.state) }}", "Heading 2")
    add("{%p for line in clause.lines if not line.label %}")
    add("{{r line.value|tracked }}")
    add("{%p endfor %}")
    rows(document, "clause.lines|selectattr('label')", "{{r line.label|labelled(line.value) }}", "{{r line.value|tracked }}")
    add("{%p if clause.effect %}")
    effect = add("", "Missing")
    effect.add_run("{{ words.effect }}").bold = True
    effect.add_run(
        " ({{ words.effect_unit }}): {% for one in clause.effect %}{{ one.party }} {{ one.amount }}"
        "{% if not loop.last %}; {% endif %}{% endfor %}."
    )
    add("{%p endif %}")
    add("{%p endfor %}")
    add("{%p endfor %}")


def figures(document: Any, of: str = "figures") -> None:
    """Every figure below its title, with the note that explains it; title and picture are one paragraph, which no page parts."""
    document.add_paragraph(f"{{%p for figure in {of} %}}")
    shown = document.add_paragraph("{{ figure.title }}{% if figure.unit %}, {{ figure.unit }}{% endif %}", style="Caption")
    shown.add_run().add_break()
    shown.add_run("{{ figure.picture }}")
    shown.paragraph_format.keep_together = True
    document.add_paragraph("{{ figure.note }}", style="Small")
    document.add_paragraph("{%p endfor %}")


def contents(document: Any) -> None:
    """A table of contents that Word fills; until then the headings as they are."""
    document.add_paragraph("{{ words.contents }}", style="Caption")
    document.add_paragraph("{%p for section in sections %}")
    document.add_paragraph("{{ section.number }}  {{ section.title }}", style="Cell")
    document.add_paragraph("{%p endfor %}")


def ruled(table: Any) -> None:
    """Thin lines between rows and nothing else."""
    table.alignment = WD_TABLE_ALIGNMENT.LEFT
    table.autofit = True
    properties = table._tbl.tblPr
    borders = OxmlElement("w:tblBorders")
    for side in ("top", "bottom", "insideH"):
        line = OxmlElement(f"w:{side}")
        for key, value in (("val", "single"), ("sz", "4"), ("space", "0"), ("color", "D5DBE1")):
            line.set(qn(f"w:{key}"), value)
        borders.append(line)
    margins = OxmlElement("w:tblCellMar")
    for side in ("left", "right"):
        space = OxmlElement(f"w:{side}")
        space.set(qn("w:w"), "60")
        space.set(qn("w:type"), "dxa")
        margins.append(space)
    properties.insert_element_before(borders, "w:shd", "w:tblLayout", "w:tblCellMar", "w:tblLook")
    properties.insert_element_before(margins, "w:tblLook")


def grid(document: Any, name: str) -> None:
    """A table of the context: heads repeat on every page, figures to the right."""
    table = document.add_table(rows=4, cols=4)
    ruled(table)
    head, begin, row, end = table.rows
    cells(head, "{%tc for word in " + name + ".head %}", "{{ word }}", "{%tc endfor %}", "", bold=True)
    head._tr.remove(head._tr.tc_lst[3])
    repeat = OxmlElement("w:tblHeader")
    head._tr.get_or_add_trPr().append(repeat)
    merged(begin, "{%tr for row in " + name + ".rows %}")
    cells(row, "{{ row.label }}", "{%tc for cell in row.cells %}", "{{ cell }}", "{%tc endfor %}")
    merged(end, "{%tr endfor %}")
    for one in (head, row):
        one._tr.get_or_add_trPr().insert(0, OxmlElement("w:cantSplit"))


def rows(document: Any, given: str, label: str, value: str) -> None:
    """Label and value of each line of a clause."""
    document.add_paragraph("{%p if " + given + "|list %}")
    table = document.add_table(rows=3, cols=2)
    ruled(table)
    begin, row, end = table.rows
    merged(begin, "{%tr for line in " + given + " %}")
    cells(row, label, value)
    row._tr.get_or_add_trPr().append(OxmlElement("w:cantSplit"))
    row.cells[1].paragraphs[0].alignment = WD_ALIGN_PARAGRAPH.RIGHT
    for cell in row.cells:
        cell.paragraphs[0].paragraph_format.keep_with_next = True
    for one, width in zip(table.columns, (Mm(110), Mm(60)), strict=True):
        one.width = width
    merged(end, "{%tr endfor %}")
    document.add_paragraph("{%p endif %}")


def cells(row: Any, *texts: str, bold: bool = False) -> None:
    """Texts of a row's cells."""
    for cell, text in zip(row.cells, texts, strict=True):
        paragraph = cell.paragraphs[0]
        paragraph.style = "Cell"
        paragraph.add_run(text).bold = bold or None


def merged(row: Any, text: str) -> None:
    """A row that only steers."""
    row.cells[0].paragraphs[0].add_run(text)


if __name__ == "__main__":
    for name, made in build().items():
        (ROOT / "templates" / name).write_bytes(made)
