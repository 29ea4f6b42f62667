"""Makes the pictures of docs/workbench.md: Chromium opens the workbench on a copy of Kasanga and its rounds.

python tools/workbench_pictures.py
"""

from __future__ import annotations

import io
import shutil
import tempfile
import threading
import time
from collections.abc import Callable
from pathlib import Path
from typing import Any

import uvicorn
from PIL import Image
from playwright.sync_api import sync_playwright

from jvmodel.shipped import deals
from jvmodel.workbench.app import create_app

PICTURES = Path(__file__).parent.parent / "docs" / "pictures"
SIZE = {"width": 1240, "height": 820}


def main() -> None:
    """Serves the copy, drives each page, and writes its picture."""
    with tempfile.TemporaryDirectory() as folder, sync_playwright() as found:
        _laid_out(Path(folder))
        server = uvicorn.Server(uvicorn.Config(create_app(Path(folder)), port=0, log_level="error"))
        threading.Thread(target=server.run, daemon=True).start()
        while not server.started:
            time.sleep(0.05)
        address = f"http://localhost:{server.servers[0].sockets[0].getsockname()[1]}"
        browser = found.chromium.launch(executable_path=shutil.which("chromium"), args=["--no-sandbox", "--disable-gpu"])
        for name, path, drive in PAGES:
            page = browser.new_page(viewport=SIZE)
            page.goto(address + path)
            drive(page)
            page.wait_for_timeout(700)
            drawn = Image.open(io.BytesIO(page.screenshot())).convert("RGB")
            drawn.save(PICTURES / f"workbench-{name}.png", optimize=True)
            page.close(run_before_unload=False)
        browser.close()
        server.should_exit = True


def _laid_out(folder: Path) -> None:
    for name in ("kasanga.yaml", "kasanga_mine_plan.csv"):
        shutil.copy(deals() / name, folder)
    for one in (deals() / "kasanga_rounds").glob("*.yaml"):
        (folder / one.name).write_text(one.read_text().replace("../kasanga.yaml", "kasanga.yaml"))


def _table(page: Any) -> None:
    field = page.locator('.slider:has(input[name="v:terms.company.interests.plateau"]) .exact')
    field.fill("22%")
    field.press("Enter")


def _compare(page: Any) -> None:
    page.wait_for_selector("#plane-picture", timeout=90_000)
    page.get_by_role("button", name="Put the point on Nash").click()
    page.locator("#trade-head").evaluate("one => window.scrollTo(0, one.getBoundingClientRect().top + scrollY - 10)")


def _risk(page: Any) -> None:
    page.get_by_role("button", name="Run").click()
    page.wait_for_selector("#answer tr[data-party=northvale]", timeout=120_000)


def _model(page: Any) -> None:
    page.get_by_role("button", name="Royalty payable, 2033: ").click()
    page.wait_for_selector(".trace")
    page.evaluate("window.scrollTo(0, 0)")


def _proposal(page: Any) -> None:
    for path in ("terms.royalty.rate", "prices.copper.by_year"):
        page.get_by_label("Change another number").select_option(path)
        page.get_by_role("button", name="Add it").click()
        page.wait_for_timeout(600)
    page.locator('[id="c-terms.royalty.rate"]').fill("350%")
    page.locator(".cells input").first.fill("9,000")
    page.locator("[data-fill=on]").first.click()
    page.get_by_role("button", name="Save").click()
    page.wait_for_selector("[aria-invalid]")
    page.locator(".changes").evaluate("one => window.scrollTo(0, one.getBoundingClientRect().top + scrollY - 300)")


def _clause(page: Any) -> None:
    page.locator('[id="f-of_revenue"]').fill("200%")
    page.get_by_role("button", name="Save the clause").click()
    page.wait_for_selector("[aria-invalid]")
    page.evaluate("window.scrollTo(0, 0)")


PAGES: list[tuple[str, str, Callable[[Any], None]]] = [
    ("table", "/d/kasanga/table", _table), ("compare", "/d/kasanga/compare", _compare), ("risk", "/d/kasanga/risk", _risk),
    ("model", "/d/kasanga/model?sheet=Fiscal", _model), ("proposal", "/d/1_state/changes", _proposal),
    ("clause", "/d/2_operator/clause?at=0", _clause),
]  # fmt: skip

if __name__ == "__main__":
    main()
