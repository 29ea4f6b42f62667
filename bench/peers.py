"""Scenarios a second: the kernel, the exported workbook worked out by formualizer and by LibreOffice, and PySAM's Equpartflip.

python bench/peers.py [DEAL] [--smoke]

The workbook is the one that `jvmodel run` writes, given the numbers of each scenario; its cash of every party must be the
kernel's. Equpartflip is another model, of a partnership that flips: how fast a peer runs a deal, not the same deal.
"""

from __future__ import annotations

import shutil
import subprocess
import sys
import tempfile
import time
from pathlib import Path

import formualizer
import numpy as np
from kernel import changes
from openpyxl import load_workbook

from jvmodel.backends import kernel
from jvmodel.backends.excel import CONSTANT, FIRST, Layout
from jvmodel.dealfile import load
from jvmodel.model import build
from jvmodel.report.workbook import write_workbook

FRESH = """<?xml version="1.0" encoding="UTF-8"?>
<oor:items xmlns:oor="http://openoffice.org/2001/registry" xmlns:xs="http://www.w3.org/2001/XMLSchema"
 xmlns:xsi="http://www.w3.org/2001/XMLSchema-instance">
<item oor:path="/org.openoffice.Office.Calc/Formula/Load"><prop oor:name="OOXMLRecalcMode" oor:op="fuse">
<value>0</value></prop></item></oor:items>"""
"""Makes LibreOffice work out what it loads, instead of trusting the values in the file."""


class Sheets:
    """Where the workbook has the inputs that vary and the cash of every party."""

    def __init__(self, model, names: list[str]) -> None:
        layout = Layout.of(model.graph)
        self.inputs = [(layout.inputs[name].sheet, layout.inputs[name].row, CONSTANT) for name in names]
        self.periods = model.graph.timeline.periods
        rows = [layout.rows[f"party.{party}.cash"] for party in model.parties]
        self.cash = [[(row.sheet, row.row, FIRST + t) for t in range(self.periods)] for row in rows]


def kernel_speed(model, values: dict[str, np.ndarray], scenarios: int) -> tuple[float, np.ndarray]:
    """Scenarios a second, and the cash of the parties in each: (scenarios, parties, periods)."""
    cash = [f"party.{party}.cash" for party in model.parties]
    kernel.evaluate(model.graph, values, cash)
    times = []
    for _ in range(5):
        start = time.perf_counter()
        found = kernel.evaluate(model.graph, values, cash)
        times.append(time.perf_counter() - start)
    return scenarios / min(times), np.stack([found.rows[name] for name in cash], axis=1)


def formualizer_speed(path: Path, sheets: Sheets, drawn: np.ndarray, expected: np.ndarray) -> tuple[float, float]:
    """Scenarios a second of a workbook that is loaded once, and the greatest difference from the kernel."""
    book = formualizer.load_workbook(str(path))
    book.evaluate_all()
    apart, spent = 0.0, 0.0
    for numbers, cash in zip(drawn, expected, strict=True):
        start = time.perf_counter()
        for (sheet, row, column), number in zip(sheets.inputs, numbers, strict=True):
            book.set_value(sheet, row, column, float(number))
        book.evaluate_all()
        found = np.array([[book.get_value(*cell) for cell in cells] for cells in sheets.cash])
        spent += time.perf_counter() - start
        apart = max(apart, abs(found - cash).max())
    return len(drawn) / spent, apart


def libreoffice_speed(path: Path, sheets: Sheets, drawn: np.ndarray, expected: np.ndarray) -> tuple[float, float]:
    """Scenarios a second, all files converted by one headless process, and the greatest difference from the kernel."""
    folder = path.parent
    profile = folder / "profile" / "user"
    profile.mkdir(parents=True)
    (profile / "registrymodifications.xcu").write_text(FRESH, encoding="utf-8")
    files = []
    for number, numbers in enumerate(drawn):
        book = load_workbook(path)
        for (sheet, row, column), value in zip(sheets.inputs, numbers, strict=True):
            book[sheet].cell(row, column, float(value))
        files.append(folder / f"scenario{number}.xlsx")
        book.save(files[-1])
    command = ["soffice", f"-env:UserInstallation=file://{profile.parent}", "--headless", "--convert-to", "xlsx"]
    start = time.perf_counter()
    subprocess.run([*command, "--outdir", folder / "out", *files], check=True, capture_output=True, timeout=600)
    spent = time.perf_counter() - start
    apart = 0.0
    for file, cash in zip(files, expected, strict=True):
        book = load_workbook(folder / "out" / file.name, data_only=True)
        found = np.array([[book[sheet].cell(row, column).value for sheet, row, column in cells] for cells in sheets.cash])
        apart = max(apart, abs(found.astype(float) - cash).max())
    return len(drawn) / spent, apart


def flip_speed(runs: int) -> float:
    """Runs a second of PySAM's Equpartflip, the price changed for each."""
    from PySAM import Equpartflip

    peer = Equpartflip.default("PVWattsAllEquityPartnershipFlip")
    peer.SystemOutput.gen = [30_000.0] * 8760
    peer.Revenue.assign({"ppa_soln_mode": 1, "ppa_price_input": [0.08]})
    peer.execute(0)
    start = time.perf_counter()
    for number in range(runs):
        peer.Revenue.assign({"ppa_price_input": [0.05 + 0.05 * number / runs]})
        peer.execute(0)
    return runs / (time.perf_counter() - start)


def main() -> None:
    smoke = "--smoke" in sys.argv
    names = [argument for argument in sys.argv[1:] if not argument.startswith("-")]
    model = build(load(names[0] if names else "kasanga"))
    scenarios, recalculated, files, runs = (10_000, 2, 1, 3) if smoke else (100_000, 30, 6, 50)
    values = changes(model.graph, scenarios)
    sheets, drawn = Sheets(model, list(values)), np.stack(list(values.values()), axis=1)
    ours, expected = kernel_speed(model, values, scenarios)
    print(f"{model.deal.deal}, {len(values)} inputs vary, cash of {len(model.parties)} parties by period; scenarios a second:")
    print(f"  {'jvmodel kernel':26}{ours:>12,.0f}")

    def line(name: str, theirs: float, note: str) -> None:
        print(f"  {name:26}{theirs:>12,.2f}   kernel {ours / theirs:,.0f} times as fast; {note}")

    with tempfile.TemporaryDirectory() as folder:
        path = Path(folder) / "deal.xlsx"
        write_workbook(model, path, cached=False)
        theirs, apart = formualizer_speed(path, sheets, drawn[:recalculated], expected[:recalculated])
        line("workbook in formualizer", theirs, f"figures differ by {apart:.0e} at most")
        if shutil.which("soffice") is None:
            print("  LibreOffice is not installed (apt-get install libreoffice-calc): not run")
        else:
            theirs, apart = libreoffice_speed(path, sheets, drawn[:files], expected[:files])
            line("workbook in LibreOffice", theirs, f"figures differ by {apart:.0e} at most")
    line("PySAM Equpartflip", flip_speed(runs), "its own deal")


if __name__ == "__main__":
    main()
