"""Two spreadsheet programs that work out a workbook anew: formualizer (in the process) and LibreOffice (headless)."""

from __future__ import annotations

import os
import shutil
import subprocess
import tempfile
import zipfile
from pathlib import Path
from typing import Any

import pytest
from lxml import etree
from openpyxl import load_workbook
from openpyxl.utils.cell import coordinate_to_tuple

from jvmodel.report.workbook.cached import MAIN

Values = dict[tuple[str, str], Any]

PROFILE = """<?xml version="1.0" encoding="UTF-8"?>
<oor:items xmlns:oor="http://openoffice.org/2001/registry" xmlns:xs="http://www.w3.org/2001/XMLSchema"
 xmlns:xsi="http://www.w3.org/2001/XMLSchema-instance">
<item oor:path="/org.openoffice.Office.Calc/Formula/Load"><prop oor:name="OOXMLRecalcMode" oor:op="fuse">
<value>0</value></prop></item></oor:items>"""
"""Without this LibreOffice trusts the values that the file brings along, and proves nothing."""


def without_data_tables(path: Path, copy: Path) -> tuple[Values, list[tuple[str, str]]]:
    """Writes a copy with the stored number in place of every what-if table, which programs beside Excel refuse or get wrong.

    Returns those numbers, and the sheet and cell of every formula. Works on the parts themselves, which is quick.
    """
    tables: Values = {}
    formulas: list[tuple[str, str]] = []
    with zipfile.ZipFile(path) as book, zipfile.ZipFile(copy, "w") as out:
        titles = [sheet.get("name") for sheet in etree.fromstring(book.read("xl/workbook.xml")).iter(f"{MAIN}sheet")]
        for name in book.namelist():
            content = book.read(name)
            if name.startswith("xl/worksheets/sheet"):
                title = str(titles[int("".join(filter(str.isdigit, name.rsplit("/", 1)[1]))) - 1])
                root = etree.fromstring(content)
                for formula in list(root.iter(f"{MAIN}f")):
                    cell = formula.getparent()
                    if formula.get("t") == "dataTable":
                        tables[title, cell.get("r")] = float(cell.findtext(f"{MAIN}v"))
                        cell.remove(formula)
                    else:
                        formulas.append((title, cell.get("r")))
                content = etree.tostring(root)
            out.writestr(name, content)
    return tables, formulas


def formualizer_values(path: Path, changes: Values | None = None) -> Values:
    """Values of all cells that hold a formula, worked out by formualizer, after cells are changed."""
    import formualizer

    with tempfile.TemporaryDirectory() as folder:
        copy = Path(folder) / path.name
        values, formulas = without_data_tables(path, copy)
        book = formualizer.load_workbook(str(copy))
        for (title, cell), value in (changes or {}).items():
            book.set_value(title, *coordinate_to_tuple(cell), value)
        book.evaluate_all()
    return values | {(title, cell): book.get_value(title, *coordinate_to_tuple(cell)) for title, cell in formulas}


def libreoffice_values(*paths: Path) -> dict[Path, Values]:
    """Values of all cells that hold a formula in each workbook, worked out by LibreOffice from copies, all at once."""
    office = shutil.which("soffice")
    if office is None:
        if os.environ.get("JVMODEL_CI"):
            pytest.fail("soffice is not installed, and in CI nothing skips")
        pytest.skip("LibreOffice is not installed (apt-get install libreoffice-calc)")
    with tempfile.TemporaryDirectory() as folder:
        profile = Path(folder) / "profile"
        (profile / "user").mkdir(parents=True)
        (profile / "user" / "registrymodifications.xcu").write_text(PROFILE, encoding="utf-8")
        out, copies = Path(folder) / "out", [Path(folder) / path.name for path in paths]
        plain = [without_data_tables(path, copy) for path, copy in zip(paths, copies, strict=True)]
        subprocess.run(
            [office, f"-env:UserInstallation=file://{profile}", "--headless", "--convert-to", "xlsx", "--outdir", out, *copies],
            check=True, capture_output=True, timeout=60 + 30 * len(paths),
        )  # fmt: skip
        found = {}
        for path, (tables, formulas) in zip(paths, plain, strict=True):
            values = load_workbook(out / path.name, data_only=True)
            found[path] = tables | {(title, cell): values[title][cell].value for title, cell in formulas}
        return found
