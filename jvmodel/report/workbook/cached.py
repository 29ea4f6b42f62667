"""The values of formulas, put into a finished workbook: openpyxl writes a formula without its value.

Previews, phones and pandas show what is stored; without it they show nothing.
"""

from __future__ import annotations

import zipfile
from collections.abc import Mapping
from pathlib import Path

from lxml import etree

MAIN = "{http://schemas.openxmlformats.org/spreadsheetml/2006/main}"
Value = float | str | bool


def put_values(path: Path, sheets: list[str], values: Mapping[str, Mapping[str, Value]]) -> None:
    """Gives every formula cell the value found for its sheet and coordinate; `sheets` in the order of the workbook."""
    with zipfile.ZipFile(path) as book:
        parts = {info.filename: book.read(info.filename) for info in book.infolist()}
    for number, sheet in enumerate(sheets, start=1):
        part = f"xl/worksheets/sheet{number}.xml"
        parts[part] = _patched(parts[part], values.get(sheet, {}))
    with zipfile.ZipFile(path, "w", zipfile.ZIP_DEFLATED) as book:
        for name, content in parts.items():
            book.writestr(name, content)


def _patched(content: bytes, values: Mapping[str, Value]) -> bytes:
    root = etree.fromstring(content)
    for formula in root.iter(f"{MAIN}f"):
        cell = formula.getparent()
        assert cell is not None
        value = values.get(str(cell.get("r")))
        if value is None:
            continue
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
    return etree.tostring(root, xml_declaration=True, encoding="UTF-8", standalone=True)
