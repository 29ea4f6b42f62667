"""A workbook worked out anew by a spreadsheet engine that is none of ours (formualizer), where that is installed."""

from __future__ import annotations

import tempfile
import zipfile
from collections.abc import Mapping
from pathlib import Path
from typing import Any

from lxml import etree

MAIN = "{http://schemas.openxmlformats.org/spreadsheetml/2006/main}"
LINK = "{http://schemas.openxmlformats.org/officeDocument/2006/relationships}id"
Values = dict[tuple[str, str], Any]


def recalculated(path: Path, tables: Mapping[tuple[str, str], float]) -> Values | None:
    """The value of every formula by sheet and cell, with these numbers in the what-if tables; None without formualizer."""
    try:
        import formualizer
    except ImportError:
        return None
    from openpyxl.utils.cell import coordinate_to_tuple

    with tempfile.TemporaryDirectory() as folder:
        copy = Path(folder) / "copy.xlsx"
        formulas = plain_copy(path, copy, tables)
        book = formualizer.load_workbook(str(copy))
    book.evaluate_all()
    return {(title, cell): book.get_value(title, *coordinate_to_tuple(cell)) for title, cell in formulas}


def plain_copy(path: Path, copy: Path, tables: Mapping[tuple[str, str], float]) -> list[tuple[str, str]]:
    """Writes a copy with numbers in place of what-if tables, which others than Excel refuse; returns the cells with formulas."""
    formulas: list[tuple[str, str]] = []
    with zipfile.ZipFile(path) as book, zipfile.ZipFile(copy, "w") as out:
        titles = _titles(book)
        for name in book.namelist():
            content = book.read(name)
            if name in titles:
                content = _plain(titles[name], content, tables, formulas)
            out.writestr(name, content)
    return formulas


def _titles(book: zipfile.ZipFile) -> dict[str, str]:
    """The title of every sheet by the part that holds it."""
    links = {one.get("Id"): str(one.get("Target")) for one in etree.fromstring(book.read("xl/_rels/workbook.xml.rels"))}
    found = {}
    for sheet in etree.fromstring(book.read("xl/workbook.xml")).iter(f"{MAIN}sheet"):
        target = links.get(sheet.get(LINK), "")
        found[target.removeprefix("/") if target.startswith("/") else f"xl/{target}"] = str(sheet.get("name"))
    return found


def _plain(title: str, content: bytes, tables: Mapping[tuple[str, str], float], formulas: list[tuple[str, str]]) -> bytes:
    root = etree.fromstring(content)
    for cell in root.iter(f"{MAIN}c"):
        place = (title, str(cell.get("r")))
        formula = cell.find(f"{MAIN}f")
        if place in tables:
            for child in list(cell):
                cell.remove(child)
            if "t" in cell.attrib:
                del cell.attrib["t"]
            etree.SubElement(cell, f"{MAIN}v").text = repr(tables[place])
        elif formula is not None:
            formulas.append(place)
    return etree.tostring(root, xml_declaration=True, encoding="UTF-8", standalone=True)
