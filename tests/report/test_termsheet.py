"""The term sheet: whole, self-contained, harmless, and with the engine's own figures."""

from __future__ import annotations

import os
import re
import shutil
import subprocess
from pathlib import Path

import pytest
from lxml import html
from small import small

from jvmodel.dealfile import load
from jvmodel.metrics import party_metrics
from jvmodel.model import build
from jvmodel.report.termsheet import termsheet, write_termsheet
from jvmodel.shown import figure


@pytest.fixture(scope="module")
def page() -> str:
    return termsheet(build(load("kasanga")))


def test_everything_of_the_deal_is_there(page: str) -> None:
    deal = load("kasanga")
    text = " ".join(html.fromstring(page).itertext())
    for name in [deal.deal, *(party.name for party in deal.parties.values()), *(term.heading for term in deal.terms)]:
        assert name in text, name
    for check in build(deal).checks:
        assert check.label in text
    assert page.count(">passed<") == len(build(deal).checks) > 3
    assert "terms.royalty.rate" in text
    for word in ("nominal", "mid of each period from 2027-01", "effective annual rates"):
        assert word in text


def test_figures_are_the_engine(page: str) -> None:
    model = build(load("kasanga"))
    timeline = model.graph.timeline
    table = html.fromstring(page).xpath("//table")[0]
    rows = {
        row.xpath("string(th)").strip(): [cell.text_content().strip() for cell in row.xpath("td")]
        for row in table.xpath("tbody/tr")
    }
    for party in model.parties:
        cash = model.run.single(f"party.{party}.cash")
        found = party_metrics(cash, timeline.times, timeline.counted, model.discount_rate(party), timeline.years)
        cells = rows[model.label(party)]
        assert cells[2] == figure(found["npv"], "USDm")
        assert cells[3].rstrip("*") == ("n/a" if found["irr"] is None else figure(found["irr"], "%"))
        assert cells[6] == figure(found["peak_funding"], "USDm")
    shares = [float(rows[model.label(party)][8].rstrip("%").replace("−", "-")) for party in model.parties[1:]]
    assert sum(shares) == pytest.approx(100, abs=0.3)


def test_nothing_from_outside(page: str) -> None:
    assert not re.search(r"(?:src|href|url|import)\s*[=(]", page.replace('lang="en-GB"', ""))
    assert "http" not in page
    assert "<script" not in page


def test_hostile_text_stays_text() -> None:
    evil = "<script>alert(1)</script>"
    model = small(
        {"kind": "other_revenue", "amount": 3.0, "title": evil[:80], "note": f"'\"{evil}"},
        {"kind": "incorporated_venture", "interests": {"ann": "60%", "bob": "40%"}},
        deal=evil, description=f"\"><img src=x onerror=y>{evil}",
        parties={"ann": {"name": evil, "role": evil, "discount_rate": "5%"}, "bob": {"name": "B&B", "role": "x", "discount_rate": "5%"},
                 "state": {"name": "S", "role": "state", "discount_rate": "5%"}},
    )  # fmt: skip
    page = termsheet(model)
    assert "<script" not in page
    assert "<img" not in page
    assert "B&amp;B" in page


def test_written_whole_or_not_at_all(tmp_path: Path) -> None:
    path = tmp_path / "x.html"
    write_termsheet(build(load("starter")), path)
    assert path.read_text(encoding="utf-8").startswith("<!DOCTYPE html>")
    assert list(tmp_path.iterdir()) == [path]


@pytest.mark.slow
def test_a_browser_shows_and_prints_it(tmp_path: Path, page: str) -> None:
    browser = shutil.which("chromium") or shutil.which("chromium-browser") or shutil.which("google-chrome")
    if browser is None:
        if os.environ.get("JVMODEL_CI"):
            pytest.fail("chromium is not installed, and in CI nothing skips")
        pytest.skip("Chromium is not installed (apt-get install chromium)")
    (tmp_path / "page.html").write_text(page, encoding="utf-8")
    for out, option in (("page.png", "--screenshot"), ("page.pdf", "--print-to-pdf")):
        subprocess.run(
            [browser, "--headless", "--no-sandbox", "--disable-gpu", f"--user-data-dir={tmp_path / 'profile'}", "--window-size=1100,2400",
             f"{option}={tmp_path / out}", f"file://{tmp_path / 'page.html'}"],
            check=True, capture_output=True, timeout=120,
        )  # fmt: skip
        assert (tmp_path / out).stat().st_size > 20_000
