"""Time and size of a deal's outputs in one process: page, workbook, Word, PDF where it can be written, redline.

python bench/outputs.py [--smoke]
"""

from __future__ import annotations

import sys
import tempfile
import time
from collections.abc import Callable
from pathlib import Path

from jvmodel.backends import arrays
from jvmodel.dealfile import load
from jvmodel.errors import OutputError
from jvmodel.model import build
from jvmodel.report.outputs import write, write_redline
from jvmodel.shipped import examples

DEAL = "kasanga"
TARGETS = {".html": 0.3, ".xlsx": 2.0}
"""Seconds of the processor (issue 8)."""
LARGEST_PAGE = 400_000


def main() -> None:
    smoke = "--smoke" in sys.argv
    repeats = 1 if smoke else 5
    model = build(load(DEAL))
    once = min(_timed(lambda: arrays.evaluate(model.graph)) for _ in range(3))
    print(f"one run of {DEAL}: {1000 * once:.1f} ms")
    with tempfile.TemporaryDirectory() as folder:
        for ending in (".html", ".xlsx", ".docx", ".pdf"):
            path = Path(folder) / f"{DEAL}{ending}"
            try:
                write(build(load(DEAL)), path)
            except OutputError as error:
                print(f"{ending}: {error}")
                continue
            best = min(_written(path) for _ in range(1 if ending == ".pdf" else repeats))
            target = f", target {TARGETS[ending]:.1f} s" if ending in TARGETS else ""
            print(f"{ending}: {best:.2f} s of the processor, {best / once:.0f} runs{target}; {path.stat().st_size / 1000:.0f} kB")
        path = Path(folder) / "redline.docx"
        first = _timed(lambda: write_redline(DEAL, DEAL, path, ()))
        print(f"redline of {DEAL} against itself, .docx: {first:.2f} s, {first / once:.0f} runs")
    pages = {name: _page(name) for name in ([DEAL] if smoke else examples())}
    largest = max(pages, key=lambda name: pages[name])
    print(f"largest page: {largest}, {pages[largest] / 1000:.0f} kB, target {LARGEST_PAGE / 1000:.0f} kB")


def _written(path: Path) -> float:
    """A model that nothing was asked of yet, but for its values."""
    model = build(load(DEAL))
    model.run  # noqa: B018
    return _timed(lambda: write(model, path))


def _page(name: str) -> int:
    from jvmodel.report.termsheet import termsheet

    return len(termsheet(build(load(name))).encode())


def _timed(work: Callable[[], object]) -> float:
    start = time.process_time()
    work()
    return time.process_time() - start


if __name__ == "__main__":
    main()
