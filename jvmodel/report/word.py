"""The term sheet as a Word document that counsel can edit: real styles, numbered headings, tables (docxtpl)."""

from __future__ import annotations

import io
import re
import zipfile
from collections.abc import Callable, Sequence
from dataclasses import fields, is_dataclass, replace
from itertools import count
from pathlib import Path
from typing import TYPE_CHECKING, Any

from jinja2 import Environment, StrictUndefined

from jvmodel.report.files import replacing
from jvmodel.report.sheet import sheet
from jvmodel.report.word_figures import Picture
from jvmodel.shipped import templates

if TYPE_CHECKING:
    from jvmodel.model import Model
    from jvmodel.report.listing import Answer

NOT_XML = re.compile("[^\t\n\r\u0020-\ud7ff\ue000-\ufffd\U00010000-\U0010ffff]")
"""Characters that XML cannot hold."""
W = "{http://schemas.openxmlformats.org/wordprocessingml/2006/main}"
WIDTH = 9638
"""Between the margins, in twentieths of a point."""
LONG = 24
"""Tables with fewer rows than this stay on one page."""
LETTER, SMALL_LETTER, BESIDE = 98.0, 86.0, 130.0
"""Width of a letter in a cell, of one in small letters, and of the room beside it, in twentieths of a point."""
MANY = 7
"""Tables with more columns than this have smaller letters."""
LOCALES = {"en": "en-GB", "fr": "fr-FR", "es": "es-ES"}
EPOCH = (1980, 1, 1, 0, 0, 0)


def write_word(model: Model, path: Path, answers: Sequence[Answer] = ()) -> None:
    """Writes the term sheet, with answers to questions asked of the deal, as .docx in place of what stood at the path."""
    made = word(sheet(model, answers=answers))
    with replacing(path) as draft:
        draft.write_bytes(made)


def word(context: dict[str, Any]) -> bytes:
    """The document for a context of the term sheet; the same context gives the same bytes."""
    tables = [context["results"], *(one for section in context["sections"] for one in section["tables"])]
    return document("termsheet.docx", context, tables, f"{context['words']['run']} {context['hash']}")


def document(
    name: str, context: dict[str, Any], tables: list[dict[str, Any]], comment: str, *,
    title: str = "", filters: dict[str, Callable[..., Any]] | None = None, after: Callable[[Any], None] | None = None,
) -> bytes:  # fmt: skip
    """A template filled from a context: `tables` are its tables in their order, `after` a last change to its body."""
    from docxtpl import DocxTemplate

    template = DocxTemplate(templates() / name)
    environment = Environment(autoescape=True, undefined=StrictUndefined)
    environment.filters |= filters or {}
    cleaned = _clean(context)
    numbers = count(1)
    for owner in (cleaned, *cleaned["sections"]):
        owner["figures"] = [
            {"title": drawn.title, "unit": drawn.unit, "note": drawn.note, "picture": Picture(template, drawn, next(numbers))}
            for drawn in owner.get("figures", [])
        ]
    template.render(cleaned, environment)
    for drawn, table in zip(_grids(template.docx.element.body), tables, strict=True):
        _set_out(drawn, table)
    if after:
        after(template.docx.element.body)
    spoken = template.docx.styles.element.find(f".//{W}docDefaults//{W}lang")
    spoken.set(f"{W}val", LOCALES[context["language"]])
    properties = template.docx.core_properties
    properties.title, properties.subject, properties.author = (title or context["title"])[:255], context["kind"], "jvmodel"
    properties.language, properties.comments = LOCALES[context["language"]], comment
    made = io.BytesIO()
    template.save(made)
    return timeless(made.getvalue())


def _grids(body: Any) -> list[Any]:
    """The tables that have a head, in the order of the document."""
    return [one for one in body.iter(f"{W}tbl") if one.find(f".//{W}tblHeader") is not None]


def _set_out(drawn: Any, table: dict[str, Any]) -> None:
    """Widths of the columns, words to the left and figures to the right, the total bold."""
    words = {0, *(column + 1 for column in table["words"])}
    count = len(table["head"])
    widths = _widths(table, words)
    for one, width in zip(drawn.iter(f"{W}gridCol"), widths, strict=False):
        one.set(f"{W}w", str(width))
    bold = [True, *(row["total"] for row in table["rows"])]
    whole = len(bold) < LONG
    for number, (row, strong) in enumerate(zip(drawn.iter(f"{W}tr"), bold, strict=True), start=1):
        for column, cell in enumerate(row.iter(f"{W}tc")):
            width = cell.find(f"{W}tcPr/{W}tcW")
            width.set(f"{W}w", str(widths[column]))
            width.set(f"{W}type", "dxa")
            properties = cell.find(f"{W}p/{W}pPr")
            for old in properties.findall(f"{W}jc"):
                properties.remove(old)
            if whole and number < len(bold):
                properties.insert(1, properties.makeelement(f"{W}keepNext"))
            if column not in words:
                properties.append(properties.makeelement(f"{W}jc", {f"{W}val": "right"}))
            for run in cell.iter(f"{W}r"):
                _dress(run, bold=strong, small=count > MANY)


def _widths(table: dict[str, Any], words: set[int]) -> list[int]:
    """Widths of columns: alike for figures, more for words, and none so narrow that a word or figure breaks."""
    lines = [table["head"], *([row["label"], *row["cells"]] for row in table["rows"])]
    count = len(table["head"])
    letter = SMALL_LETTER if count > MANY else LETTER
    weights = [2.4 if column == 0 else 1.5 if column in words else 1.0 for column in range(count)]
    widths = [WIDTH * weight / sum(weights) for weight in weights]
    longest = [max(len(word) for line in lines for word in re.split("[ -]", line[column])) for column in range(count)]
    spare = [width - (letter * most + BESIDE) for width, most in zip(widths, longest, strict=True)]
    short, over = -sum(min(0.0, one) for one in spare), sum(max(0.0, one) for one in spare)
    if not short or short > over:
        return [round(width) for width in widths]
    taken = short / over
    return [round(width - (one * taken if one > 0 else one)) for width, one in zip(widths, spare, strict=True)]


def _dress(run: Any, *, bold: bool, small: bool) -> None:
    """A run of text in bold or small letters."""
    found = run.find(f"{W}rPr")
    if found is None:
        found = run.makeelement(f"{W}rPr")
        run.insert(0, found)
    if bold and found.find(f"{W}b") is None:
        found.insert(0, found.makeelement(f"{W}b"))
    if small:
        found.append(found.makeelement(f"{W}sz", {f"{W}val": "15"}))


def timeless(package: bytes) -> bytes:
    """A zip package with all its times at one date, so that it can be compared."""
    out = io.BytesIO()
    with zipfile.ZipFile(io.BytesIO(package)) as read, zipfile.ZipFile(out, "w", zipfile.ZIP_DEFLATED) as written:
        for one in read.infolist():
            written.writestr(zipfile.ZipInfo(one.filename, EPOCH), read.read(one.filename), zipfile.ZIP_DEFLATED)
    return out.getvalue()


def _clean(value: Any) -> Any:
    """Text without characters that XML cannot hold, everywhere in plain data."""
    if isinstance(value, str):
        return NOT_XML.sub("\ufffd", value)
    if isinstance(value, dict):
        return {key: _clean(one) for key, one in value.items()}
    if isinstance(value, list | tuple):
        return type(value)(_clean(one) for one in value)
    if is_dataclass(value) and not isinstance(value, type):
        return replace(value, **{one.name: _clean(getattr(value, one.name)) for one in fields(value)})
    return value
