"""What openpyxl leaves undone in a finished workbook: the values of formulas, and the forms that Excel itself writes.

Previews, phones and pandas show the values that are stored; without them they show nothing. Text goes into the table of shared
strings, and what a font is stands in the order of the schema, as strict readers ask.
"""

from __future__ import annotations

import zipfile
from collections.abc import Mapping
from pathlib import Path
from typing import Any

from lxml import etree

NAMESPACE = "http://schemas.openxmlformats.org/spreadsheetml/2006/main"
MAIN = f"{{{NAMESPACE}}}"
SPACE = "{http://www.w3.org/XML/1998/namespace}space"
FONT = (
    "b", "i", "strike", "condense", "extend", "outline", "shadow", "u", "vertAlign", "sz", "color", "name", "family", "charset",
    "scheme",
)  # fmt: skip
"""What a font is, in the order of the schema."""
STRINGS, STYLES, TYPES = "xl/sharedStrings.xml", "xl/styles.xml", "[Content_Types].xml"
LINKS = "xl/_rels/workbook.xml.rels"
Value = float | str | bool


def put_values(path: Path, sheets: list[str], values: Mapping[str, Mapping[str, Value]]) -> None:
    """Gives every formula cell the value found for its sheet and coordinate; `sheets` in the order of the workbook."""
    with zipfile.ZipFile(path) as book:
        parts = {info.filename: book.read(info.filename) for info in book.infolist()}
    strings: dict[str, int] = {}
    for number, sheet in enumerate(sheets, start=1):
        part = f"xl/worksheets/sheet{number}.xml"
        parts[part] = _patched(parts[part], values.get(sheet, {}), strings)
    if STRINGS not in parts:
        _announce(parts)
    parts[STRINGS] = _shared(strings)
    parts[STYLES] = _ordered(parts[STYLES])
    with zipfile.ZipFile(path, "w", zipfile.ZIP_DEFLATED) as book:
        for name, content in parts.items():
            book.writestr(name, content)


def _patched(content: bytes, values: Mapping[str, Value], strings: dict[str, int]) -> bytes:
    root = etree.fromstring(content)
    for cell in root.iter(f"{MAIN}c"):
        if cell.get("t") == "inlineStr":
            text = "".join(str(one) for one in cell.itertext())
            for child in list(cell):
                cell.remove(child)
            cell.set("t", "s")
            etree.SubElement(cell, f"{MAIN}v").text = str(strings.setdefault(text, len(strings)))
        elif cell.find(f"{MAIN}f") is not None and (value := values.get(str(cell.get("r")))) is not None:
            _store(cell, value)
    return etree.tostring(root, xml_declaration=True, encoding="UTF-8", standalone=True)


def _store(cell: Any, value: Value) -> None:
    stored = cell.find(f"{MAIN}v")
    if stored is None:
        stored = etree.SubElement(cell, f"{MAIN}v")
    if "t" in cell.attrib:
        del cell.attrib["t"]
    if isinstance(value, bool):
        cell.set("t", "b")
        stored.text = str(int(value))
    elif isinstance(value, str):
        cell.set("t", "str")
        stored.text = value
    else:
        stored.text = repr(float(value))


def _shared(strings: Mapping[str, int]) -> bytes:
    """The table of strings; blanks at the ends of one are kept."""
    root = etree.Element(f"{MAIN}sst", nsmap={None: NAMESPACE})  # type: ignore[dict-item]
    for text in strings:
        element = etree.SubElement(etree.SubElement(root, f"{MAIN}si"), f"{MAIN}t")
        element.text = text
        if text != text.strip():
            element.set(SPACE, "preserve")
    root.set("uniqueCount", str(len(strings)))
    return etree.tostring(root, xml_declaration=True, encoding="UTF-8", standalone=True)


def _announce(parts: dict[str, bytes]) -> None:
    """Names the table of strings among the parts of the package and of the workbook."""
    types = etree.fromstring(parts[TYPES])
    kind = "application/vnd.openxmlformats-officedocument.spreadsheetml.sharedStrings+xml"
    etree.SubElement(types, f"{{{etree.QName(types).namespace}}}Override", PartName=f"/{STRINGS}", ContentType=kind)
    parts[TYPES] = etree.tostring(types, xml_declaration=True, encoding="UTF-8", standalone=True)
    links = etree.fromstring(parts[LINKS])
    kind = "http://schemas.openxmlformats.org/officeDocument/2006/relationships/sharedStrings"
    name = f"{{{etree.QName(links).namespace}}}Relationship"
    etree.SubElement(links, name, Id="rIdStrings", Type=kind, Target="sharedStrings.xml")
    parts[LINKS] = etree.tostring(links, xml_declaration=True, encoding="UTF-8", standalone=True)


def _ordered(content: bytes) -> bytes:
    root = etree.fromstring(content)
    for fonts in root.iter(f"{MAIN}fonts"):
        for font in fonts:
            font[:] = sorted(font, key=lambda one: FONT.index(etree.QName(one).localname))
    return etree.tostring(root, xml_declaration=True, encoding="UTF-8", standalone=True)
