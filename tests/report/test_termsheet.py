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

from jvmodel.clauses import HEADINGS
from jvmodel.dealfile import load
from jvmodel.metrics import party_metrics
from jvmodel.model import build
from jvmodel.report.language import ENGLISH
from jvmodel.report.schedules import Schedules
from jvmodel.report.sheet import fingerprint
from jvmodel.report.termsheet import termsheet, write_termsheet
from jvmodel.shipped import examples
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
    for heading in HEADINGS.values():
        assert heading.title in text
    assert "terms.royalty.rate" in text
    for word in ("nominal", "2027-01, flows in the middle of each period", "effective annual rates"):
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
        assert cells[6].replace("–", "0.0") == figure(found["peak_funding"], "USDm")
    shares = [float(rows[model.label(party)][8].rstrip("%").replace("−", "-")) for party in model.parties[1:]]
    assert sum(shares) == pytest.approx(100, abs=0.3)


def test_nothing_from_outside(page: str) -> None:
    assert not re.search(r"(?:src|url|import)\s*[=(]", page)
    assert all(link.startswith("#") for link in re.findall(r'href="([^"]*)"', page))
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


def test_a_clause_shows_its_numbers_and_what_it_is_worth(page: str) -> None:
    """The state royalty: rate and holder as the deal has them, and each party's change of value without it, as rebuilt."""
    model = build(load("kasanga"))
    kept = tuple(term for term in model.deal.terms if term.name not in ("royalty", "stability"))
    without = build(model.deal.model_copy(update={"terms": kept}))
    clause = html.fromstring(page).xpath("//article[@id='term-royalty']")[0]
    lines = {row.xpath("string(dt)"): row.xpath("string(dd)") for row in clause.xpath(".//dl/div")}
    assert lines == {"Party that receives the royalty": "Republic Treasury", "Royalty rate": "3.5%"}
    moves = dict(one.text_content().rsplit("\xa0", 1) for one in clause.xpath(".//span[@class='move']"))
    assert "Republic Treasury" in moves
    for party in model.parties:
        change = (without.run.single(f"party.{party}.value") - model.run.single(f"party.{party}.value")).sum()
        shown = ("+" if change > 0 else "") + figure(change, "USDm")
        assert moves.get(model.label(party), "0.0") == (shown if abs(change) >= 0.05 else "0.0")


def test_what_is_not_agreed_is_said() -> None:
    """A text settles its topic, a term settles its own, and every other topic of the heading is open."""
    model = small(
        {"kind": "other_revenue", "amount": 3.0},
        {"kind": "incorporated_venture", "interests": {"ann": "60%", "bob": "40%"}},
        clauses={
            "governing_law": "The law of England.\n\nIn English.",
            "confidentiality": {"text": "Two years.", "binding": True},
        },
    )
    page = html.fromstring(termsheet(model))
    law = page.xpath("//section[@id='law']")[0]
    assert [one.text_content() for one in law.xpath("p[not(@class)]")] == ["The law of England.", "In English.", "Two years."]
    assert law.xpath("string(.//p[@class='missing'])") == "Not agreed: Costs; Term, termination and termination payments."
    assert law.xpath("string(h3[span])") == "Confidentiality and announcements binding"
    assert page.xpath("string(//section[@id='structure']//p[@class='missing'])") == (
        "Not agreed: Holding jurisdiction; Formation date and tax transparency."
    )
    status = "Non-binding, except for these, which bind from signature: Confidentiality and announcements."
    assert [one.text_content() for one in page.xpath("//p[@class='status']")] == [status, status]
    assert page.xpath("string(//nav//a[@href='#earn_in']/following-sibling::span)") == "not agreed"


def test_the_contents_lead_somewhere(page: str) -> None:
    tree = html.fromstring(page)
    for link in tree.xpath("//a/@href"):
        assert len(tree.xpath(f"//*[@id='{link[1:]}']")) == 1, link
    names = tree.xpath("//@id")
    assert len(names) == len(set(names))
    assert [one.text_content() for one in tree.xpath("//section/h2/span")] == [str(number) for number in range(1, 32)]


def test_years_of_a_model_by_quarter_add_up() -> None:
    """4 quarters of 5 are 20 a year."""
    model = small(
        {"kind": "other_revenue", "amount": 20.0}, {"kind": "incorporated_venture", "interests": {"ann": "100%"}}, periods=8,
        timeline={"step": "quarter"},
    )  # fmt: skip
    made = Schedules(model, ENGLISH).years()[0]
    assert made["head"] == ["", "2027", "2028", "Total"]
    assert made["rows"][0] == {"label": "Revenue", "cells": ["20.0", "20.0", "40.0"], "total": False}


def test_the_fingerprint_follows_the_deal() -> None:
    one = load("kasanga")
    assert fingerprint(one) == fingerprint(load("kasanga"))
    assert fingerprint(one) != fingerprint(load("kasanga", ["terms.royalty.rate=3.6%"]))
    assert len(fingerprint(one)) == 12


def test_it_is_small_enough() -> None:
    """Under 400 kB for every example."""
    for name in examples():
        assert len(termsheet(build(load(name))).encode()) < 400_000, name


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
