"""Two spreadsheet programs that work out a workbook anew: formualizer (in the process) and LibreOffice (headless)."""

from __future__ import annotations

import os
import shutil
import subprocess
import tempfile
from pathlib import Path
from typing import Any

import pytest
from openpyxl import load_workbook

Values = dict[tuple[str, str], Any]

PROFILE = """<?xml version="1.0" encoding="UTF-8"?>
<oor:items xmlns:oor="http://openoffice.org/2001/registry" xmlns:xs="http://www.w3.org/2001/XMLSchema"
 xmlns:xsi="http://www.w3.org/2001/XMLSchema-instance">
<item oor:path="/org.openoffice.Office.Calc/Formula/Load"><prop oor:name="OOXMLRecalcMode" oor:op="fuse">
<value>0</value></prop></item></oor:items>"""
"""Without this LibreOffice trusts the values that the file brings along, and proves nothing."""


def formualizer_values(path: Path) -> Values:
    """Values of all cells that hold a formula, worked out by formualizer."""
    import formualizer

    book = formualizer.load_workbook(str(path))
    book.evaluate_all()
    return {
        (sheet.title, cell.coordinate): book.get_value(sheet.title, cell.row, cell.column)
        for sheet in load_workbook(path).worksheets
        for row in sheet.iter_rows()
        for cell in row
        if cell.data_type == "f"
    }


def libreoffice_values(path: Path) -> Values:
    """Values of all cells that hold a formula, worked out by LibreOffice from a copy."""
    office = shutil.which("soffice")
    if office is None:
        if os.environ.get("JVMODEL_CI"):
            pytest.fail("soffice is not installed, and in CI nothing skips")
        pytest.skip("LibreOffice is not installed (apt-get install libreoffice-calc)")
    with tempfile.TemporaryDirectory() as folder:
        profile = Path(folder) / "profile"
        (profile / "user").mkdir(parents=True)
        (profile / "user" / "registrymodifications.xcu").write_text(PROFILE, encoding="utf-8")
        out = Path(folder) / "out"
        subprocess.run(
            [office, f"-env:UserInstallation=file://{profile}", "--headless", "--convert-to", "xlsx", "--outdir", out, path],
            check=True, capture_output=True, timeout=180,
        )  # fmt: skip
        values = load_workbook(out / path.name, data_only=True)
        source = load_workbook(path)
        return {
            (sheet.title, cell.coordinate): values[sheet.title][cell.coordinate].value
            for sheet in source.worksheets
            for row in sheet.iter_rows()
            for cell in row
            if cell.data_type == "f"
        }
