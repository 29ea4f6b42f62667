"""The term sheet passes axe-core, run in Chromium: WCAG 2.1 A and AA, and axe's best practices, in every language."""

from __future__ import annotations

import json
import os
import re
import shutil
import subprocess
from importlib.util import find_spec
from pathlib import Path
from typing import Any

import pytest

from jvmodel.dealfile import load
from jvmodel.model import build
from jvmodel.report.termsheet import termsheet


def browser() -> str:
    found = shutil.which("chromium") or shutil.which("chromium-browser") or shutil.which("google-chrome")
    if found is None:
        if os.environ.get("JVMODEL_CI"):
            pytest.fail("chromium is not installed, and in CI nothing skips")
        pytest.skip("Chromium is not installed (apt-get install chromium)")
    return found


def violations(page: str, tmp_path: Path) -> list[dict[str, Any]]:
    """What axe-core finds on a page."""
    spec = find_spec("axe_core_python")
    assert spec is not None, "python -m pip install axe-core-python"
    assert spec.origin is not None
    axe = (Path(spec.origin).parent / "axe.min.js").read_text(encoding="utf-8")
    run = "axe.run().then(r => { document.documentElement.innerHTML = '<body><pre id=axe></pre>'; document.getElementById('axe').textContent = JSON.stringify(r.violations.map(v => ({id: v.id, help: v.help, nodes: v.nodes.slice(0, 3).map(n => n.html)}))) })"
    checked = tmp_path / "page.html"
    checked.write_text(page.replace("</body>", f"<script>{axe}</script><script>{run}</script></body>"), encoding="utf-8")
    done = subprocess.run(
        [browser(), "--headless", "--no-sandbox", "--disable-gpu", f"--user-data-dir={tmp_path / 'profile'}", "--virtual-time-budget=60000",
         "--dump-dom", f"file://{checked}"],
        check=True, capture_output=True, timeout=180,
    )  # fmt: skip
    found = re.search(r'<pre id="axe">(.*?)</pre>', done.stdout.decode(), flags=re.DOTALL)
    assert found, done.stderr.decode()[-500:]
    from html import unescape

    return list(json.loads(unescape(found[1])))


@pytest.mark.slow
@pytest.mark.parametrize(("deal", "code"), [("kasanga", "en"), ("starter", "fr")])
def test_axe_finds_nothing(deal: str, code: str, tmp_path: Path) -> None:
    assert violations(termsheet(build(load(deal, [f"language={code}"]))), tmp_path) == []


@pytest.mark.slow
def test_axe_would_find_something(tmp_path: Path) -> None:
    page = "<!DOCTYPE html><html><head><title>x</title></head><body><main><h1>x</h1><img src=''><p style='color:#ccc'>pale</p></main></body></html>"
    assert {"html-has-lang", "image-alt", "color-contrast"} <= {one["id"] for one in violations(page, tmp_path)}


@pytest.mark.slow
@pytest.mark.parametrize("width", [390, 1000])
def test_the_page_is_no_wider_than_the_screen(width: int, tmp_path: Path) -> None:
    """Tables scroll by themselves, and what only screen readers see takes no room."""
    from playwright.sync_api import sync_playwright

    path = tmp_path / "page.html"
    path.write_text(termsheet(build(load("three_rivers"))), encoding="utf-8")
    with sync_playwright() as play:
        shown = play.chromium.launch(executable_path=browser(), args=["--no-sandbox"])
        page = shown.new_page(viewport={"width": width, "height": 800})
        page.goto(f"file://{path}")
        wide = page.evaluate("document.documentElement.scrollWidth")
        shown.close()
    assert wide == width
