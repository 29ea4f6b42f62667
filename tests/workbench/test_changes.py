"""Proposals as a form: every change beside the base, saved in its place, faults told at their fields."""

from __future__ import annotations

import html
import re
import shutil
from collections.abc import Iterator
from pathlib import Path

import pytest
from httpx2 import Response
from hypothesis import HealthCheck, example, given, settings
from hypothesis import strategies as st
from starlette.testclient import TestClient

from jvmodel.dealfile import load
from jvmodel.dealfile.source import read_source
from jvmodel.shipped import deals
from jvmodel.workbench.app import create_app
from jvmodel.workbench.safety import Guard

GUARD = Guard()
OFFER = """\
# The first offer
base: kasanga.yaml
by: plateau
date: 2026-02-03
changes:
  terms.company.interests.plateau:northvale: 26%  # more than 15%
  terms.carry.rate: 6%
  terms.sustaining.amount: {2031: 20, extend: hold}
remove: [know_how]
"""


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    for name in ("kasanga.yaml", "kasanga_mine_plan.csv"):
        shutil.copy(deals() / name, tmp_path)
    (tmp_path / "offer.yaml").write_text(OFFER)
    return tmp_path


@pytest.fixture
def client(folder: Path) -> Iterator[TestClient]:
    with TestClient(create_app(folder, GUARD), base_url="http://localhost", raise_server_exceptions=False) as found:
        yield found


def fields_of(page: str) -> dict[str, str]:
    """What a browser would send of the form as it stands."""
    found = dict(re.findall(r'<input[^>]* name="((?:version|title|by|date|c:)[^"]*)" value="([^"]*)"', page))
    found |= dict(re.findall(r'name="(s:[^"]*)" value="([^"]*)"', page))
    for select in re.findall(r'<select name="(h:[^"]*)">(.*?)</select>', page):
        found[select[0]] = "hold" if "selected" in select[1] else ""
    found["base"] = re.findall(r"<option selected>([^<]+)<", page)[0]
    found["note"] = re.findall(r"<textarea[^>]*>\n(.*?)</textarea>", page, flags=re.DOTALL)[0]
    found |= dict.fromkeys(re.findall(r'name="(r:[^"]+)"', page), "yes")
    return {name: html.unescape(value) for name, value in found.items()}


def save(client: TestClient, fields: dict[str, str], name: str = "offer") -> Response:
    return client.post(f"/d/{name}/changes", data=fields, headers={"X-Token": GUARD.token, "HX-Request": "true"})


def test_every_change_stands_beside_what_the_base_has(client: TestClient) -> None:
    page = client.get("/d/offer/changes").text
    row = page.split('for="c-terms.carry.rate"')[1].split("</tr>")[0]
    assert ">Carry of the state company: interest a year on the balance</label>" in row
    assert '<td class="num" data-head="In the base">8%</td>' in row
    assert 'value="6%"' in row
    share = page.split('for="c-terms.company.interests.plateau:northvale"')[1].split("</tr>")[0]
    assert "Plateau Mines State Company, from Northvale Resources</label>" in share
    assert '">15%</td>' in share
    year = page.split('id="s-terms.sustaining.amount:2031"')[1].split(">")[0]
    assert 'value="20"' in year
    assert 'data-base="' in year
    assert 'name="r:know_how" value="yes" checked> Licence of the process' in page
    assert '<optgroup label="On the table"><option value="terms.company.interests.plateau:northvale">' in page
    assert '<option value="terms.royalty.rate">Royalty rate</option>' in page


def test_only_what_was_changed_is_written(client: TestClient, folder: Path) -> None:
    """A value, a new change, one that is taken out, the note; the comments, the series and all else stay as they were."""
    fields = fields_of(client.get("/d/offer/changes").text)
    fields |= {
        "c:terms.company.interests.plateau:northvale": "24%", "c:terms.royalty.rate": "4.125%", "x:terms.carry.rate": "yes",
        "note": "We ask for less\nand give “more”: 2%", "by": "",
    }  # fmt: skip
    said = save(client, fields)
    assert said.status_code == 200
    assert "State royalty: royalty rate: 3.5% → 4.125%" in said.text
    assert "Plateau Mines State Company, from Northvale Resources: 26% → 24%" in said.text
    assert "Carry of the state company: interest a year on the balance: taken out" in said.text
    assert (folder / "offer.yaml").read_text() == (
        OFFER.replace("26%", "24%")
        .replace("by: plateau\n", "")
        .replace("  terms.carry.rate: 6%\n", "")
        .replace("hold}\n", "hold}\n  terms.royalty.rate: 4.125%\n")
        + 'note: "We ask for less\\nand give “more”: 2%"\n'
    )
    deal = load(folder / "offer.yaml")
    royalty = next(term for term in deal.terms if term.name == "royalty")
    assert (royalty.rate, deal.discount_rate) == (0.04125, load("kasanga").discount_rate)  # type: ignore[attr-defined]
    assert save(client, fields).status_code == 409, "a page that is out of date saves nothing"


def test_faults_are_told_at_their_fields_and_nothing_is_saved(client: TestClient, folder: Path) -> None:
    fields = fields_of(client.get("/d/offer/changes").text)
    for change, field, message in (
        ({"c:terms.carry.rate": "600%"}, "c-terms.carry.rate", "600% is too high"),
        ({"c:terms.carry.rate": "much"}, "c-terms.carry.rate", "&#39;much&#39; is not a number"),
        ({"c:terms.carry.rate": ""}, "c-terms.carry.rate", "give a value, or take the change out"),
        ({"c:terms.nothing.rate": "1"}, "c-terms.nothing.rate", "the deal has no number &#39;terms.nothing.rate&#39;"),
        ({"c:terms.company.interests.plateau:northvale": "90%"}, "c-terms.company.interests.plateau:northvale", "would have to give"),
        ({"date": "soon"}, "date", "&#39;soon&#39; is not a day; write it as 2027-03-31"),
        ({"by": "x" * 81}, "by", "is 81 letters long, and may have 80"),
        ({"base": ""}, "base", "is not in this folder"),
        ({"base": "offer.yaml"}, "base", ""),
        ({"base": "../secret.yaml"}, "base", "&#39;../secret.yaml&#39; is not in this folder; upload that deal, and name it here"),
        ({"without": "company"}, "", "company"),
    ):  # fmt: skip
        response = save(client, fields | change)
        assert (change, response.status_code) == (change, 422)
        assert "HX-Retarget" not in response.headers, "what was typed stays"
        told = response.text.split(f'data-field="{field}">')[1] if field else response.text
        assert message in told, change
    assert "nothing was changed" in save(client, fields).text
    assert (folder / "offer.yaml").read_text() == OFFER


def test_two_faults_are_told_together(client: TestClient) -> None:
    fields = fields_of(client.get("/d/offer/changes").text)
    told = save(client, fields | {"c:terms.carry.rate": "much", "c:terms.royalty.rate": "350%"}).text
    assert 'data-field="c-terms.carry.rate"' in told
    assert 'data-field="c-terms.royalty.rate"' in told


def test_a_row_is_added_with_the_base_value_and_not_twice(client: TestClient) -> None:
    fields = fields_of(client.get("/d/offer/changes").text)
    headers = {"X-Token": GUARD.token, "HX-Request": "true"}
    row = client.post("/d/offer/changes/row", data=fields | {"pick": "prices.copper.flat"}, headers=headers).text
    assert 'name="c:prices.copper.flat" value="9,200"' in row
    assert '<span class="unit">USD/t</span>' in row
    for pick, message in (
        ("terms.carry.rate", "that number is in the list already; change it there"), ("", "choose a number of the deal first"),
        ("terms.none.x", "the deal has no number &#39;terms.none.x&#39;"),
    ):  # fmt: skip
        response = client.post("/d/offer/changes/row", data=fields | {"pick": pick}, headers=headers)
        assert (response.status_code, message in response.text) == (422, True)


def test_numbers_over_time_are_changed_year_by_year(client: TestClient, folder: Path) -> None:
    """A year is changed, one added, one taken out, in their places; comments stay; a second series is written on one line."""
    block = OFFER.replace(" {2031: 20, extend: hold}", "  # by year\n    2031: 20  # more\n    2033: 22")
    (folder / "offer.yaml").write_text(block)
    fields = fields_of(client.get("/d/offer/changes").text)
    assert (fields["s:terms.sustaining.amount:2031"], fields["s:terms.sustaining.amount:2032"]) == ("20", "")
    path = "terms.sustaining.amount"
    fields |= {f"s:{path}:2031": "25.5", f"s:{path}:2032": "1,000", f"s:{path}:2033": ""}
    fields |= {"s:prices.copper.by_year:2027": "9,000", "s:prices.copper.by_year:2028": "9500"}
    fields |= {"s:terms.income_tax.rate:2030": "5%", "h:terms.income_tax.rate": "hold"}
    told = save(client, fields)
    assert "no number for 2029" in told.text, "a price must be there throughout"
    assert 'data-field="s-prices.copper.by_year' in told.text or 'data-field="c-prices.copper.by_year"' in told.text
    del fields["s:prices.copper.by_year:2027"], fields["s:prices.copper.by_year:2028"]
    told = save(client, fields | {"s:terms.income_tax.rate:2030": "5"})
    assert 'data-field="s-terms.income_tax.rate:2030">5 is without its unit; write 5%<' in told.text
    for year in range(2027, 2030):
        fields[f"s:terms.income_tax.rate:{year}"] = "4%"
    told = save(client, fields)
    assert told.status_code == 200, told.text
    assert "2031 20 → 25.5; 2032 1000; 2033 22 → none" in told.text
    assert (
        "  terms.sustaining.amount:  # by year\n    2031: 25.5  # more\n    2032: 1000\n" in (folder / "offer.yaml").read_text()
    )
    assert "terms.income_tax.rate: {2027: 4%, 2028: 4%, 2029: 4%, 2030: 5%, extend: hold}" in (folder / "offer.yaml").read_text()
    deal = load(folder / "offer.yaml")
    tax = next(term for term in deal.terms if term.name == "income_tax")
    assert tax.rate.by_year == {"2027": 0.04, "2028": 0.04, "2029": 0.04, "2030": 0.05}  # type: ignore[attr-defined]


def test_a_price_by_year_takes_the_place_of_a_flat_one(client: TestClient, folder: Path) -> None:
    (folder / "offer.yaml").write_text("base: kasanga.yaml\n")
    fields = fields_of(client.get("/d/offer/changes").text)
    headers = {"X-Token": GUARD.token, "HX-Request": "true"}
    row = client.post("/d/offer/changes/row", data=fields | {"pick": "prices.copper.by_year"}, headers=headers).text
    years = re.findall(r'name="(s:prices.copper.by_year:\d+)" value="" [^>]*data-base="9,200"', row)
    assert len(years) == 23, "every year of the timeline, with what the base has"
    assert "USD/t" in row
    assert save(client, fields | dict.fromkeys(years, "")).status_code == 422
    assert save(client, fields | dict.fromkeys(years, "9,100")).status_code == 200
    assert load(folder / "offer.yaml").prices["copper"].by_year == dict.fromkeys(map(str, range(2027, 2050)), 9100.0)
    page = client.get("/d/offer/changes").text
    assert 'name="s:prices.copper.by_year:2040" value="9100"' in page
    assert "there is nothing to save" in save(client, fields_of(page)).text


@pytest.mark.parametrize(
    ("before", "after"),
    [
        ("base: kasanga.yaml\n", "base: kasanga.yaml\nchanges:\n  terms.royalty.rate: 4%\n"),
        ("base: kasanga.yaml\nchanges: {}\nby: State\n", "base: kasanga.yaml\nchanges: {terms.royalty.rate: 4%}\nby: State\n"),
        ("{base: kasanga.yaml}\n", "{base: kasanga.yaml, changes: {terms.royalty.rate: 4%}}\n"),
        (
            "base: kasanga.yaml\nchanges:\n  terms.carry.rate: 6%\nby: State\n",
            "base: kasanga.yaml\nchanges:\n  terms.carry.rate: 6%\n  terms.royalty.rate: 4%\nby: State\n",
        ),
    ],
)
def test_a_first_change_finds_its_place(client: TestClient, folder: Path, before: str, after: str) -> None:
    (folder / "offer.yaml").write_text(before)
    fields = fields_of(client.get("/d/offer/changes").text)
    assert save(client, fields | {"c:terms.royalty.rate": "4%"}).status_code == 200
    assert (folder / "offer.yaml").read_text() == after


def test_the_last_change_taken_out_leaves_a_proposal_without_any(client: TestClient, folder: Path) -> None:
    (folder / "offer.yaml").write_text("base: kasanga.yaml\nchanges:\n  terms.carry.rate: 6%  # less\nby: State\n")
    fields = fields_of(client.get("/d/offer/changes").text)
    assert save(client, fields | {"x:terms.carry.rate": "yes"}).status_code == 200
    assert (folder / "offer.yaml").read_text() == "base: kasanga.yaml\nby: State\n"
    fields = fields_of(client.get("/d/offer/changes").text)
    assert save(client, fields | {"without": "know_how"}).status_code == 200
    assert (folder / "offer.yaml").read_text() == "base: kasanga.yaml\nby: State\nremove: [know_how]\n"
    fields = fields_of(client.get("/d/offer/changes").text)
    assert "know_how: back in the deal" in save(client, {one: fields[one] for one in fields if one != "r:know_how"}).text


def test_a_proposal_whose_base_is_not_there_says_so_at_the_base(client: TestClient, folder: Path) -> None:
    (folder / "offer.yaml").write_text(OFFER.replace("kasanga.yaml", "gone.yaml"))
    page = client.get("/d/offer/changes").text
    assert 'data-field="base">there is no deal &#39;gone.yaml&#39; in this folder' in page
    fields = fields_of(page)
    assert save(client, fields | {"base": "kasanga.yaml"}).status_code == 200
    assert (folder / "offer.yaml").read_text() == OFFER


def test_forms_send_each_other_on(client: TestClient, folder: Path) -> None:
    (folder / "garbled.yaml").write_text("base: [\n")
    for path, to in (
        ("/d/offer/numbers", "/d/offer/changes"), ("/d/kasanga/changes", "/d/kasanga/numbers"),
        ("/d/garbled/changes", "/d/garbled/edit"),
    ):  # fmt: skip
        assert client.get(path, follow_redirects=False).headers["location"] == to
    assert 'href="/d/offer/changes">Changes</a>' in client.get("/d/offer/edit").text


WORDS = st.one_of(
    st.text(max_size=30),
    st.sampled_from(["- x", "a: b", "#c", "'", '"', "{", "no", "1e5", "2027-01-01", "\u202e5%", "&a", "*a", "!t", "%", "\\n"]),
)


@settings(max_examples=120, suppress_health_check=[HealthCheck.function_scoped_fixture])
@example(note="two\nlines: #1", by="no", rate="7.125%")
@example(note="", by="", rate="1")
@given(note=WORDS, by=WORDS, rate=st.one_of(WORDS, st.floats(0, 1).map(lambda share: f"{share * 100:.6g}%")))
def test_what_is_typed_is_what_is_read_or_nothing_is_saved(
    client: TestClient, folder: Path, note: str, by: str, rate: str
) -> None:
    """Whatever stands in the fields: the file says the same words and the same number, or it is as it was."""
    (folder / "offer.yaml").write_text(OFFER)
    fields = fields_of(client.get("/d/offer/changes").text)
    typed = fields | {"note": note, "by": by, "c:terms.carry.rate": rate}
    try:
        response = save(client, typed)
    except UnicodeEncodeError:  # half of a letter cannot be sent
        return
    now = (folder / "offer.yaml").read_text()
    if response.status_code != 200:
        assert (response.status_code, now) == (422, OFFER)
        return
    found = read_source(folder / "offer.yaml").data
    for key, text in (("note", note), ("by", by)):
        assert str(found.get(key) or "") == text.replace("\r\n", "\n").strip()
    carry = next(term for term in load(folder / "offer.yaml").terms if term.name == "carry")
    assert carry.rate == pytest.approx(float(rate.strip().rstrip("%").replace(",", "").replace("−", "-")) / 100)  # type: ignore[attr-defined]
    assert "# The first offer\nbase: kasanga.yaml\n" in now
    assert "  terms.sustaining.amount: {2031: 20, extend: hold}\n" in now


def test_a_proposal_without_its_base_is_told_so_once(client: TestClient) -> None:
    headers = {"X-Token": GUARD.token, "HX-Request": "true"}
    for text, line, message in (
        (
            OFFER.replace("base:", "bse:"),
            2,
            "a proposal says which deal it changes, as base: kasanga.yaml; 'bse' may be meant for it",
        ),
        (OFFER.replace("base: kasanga.yaml\n", ""), 1, "a proposal says which deal it changes, as base: kasanga.yaml"),
    ):
        told = html.unescape(client.post("/d/offer/check", data={"text": text}, headers=headers).text)
        assert re.findall(r'data-line="(\d+)">[^<]*</button>: ([^<]*)</li>', told) == [(str(line), message)]


def test_a_save_lists_the_version_that_it_replaced_and_a_stale_one_shows_what_is_there(client: TestClient, folder: Path) -> None:
    headers = {"X-Token": GUARD.token, "HX-Request": "true"}
    version = re.findall(r'name="version" value="([^"]+)"', client.get("/d/offer/edit").text)[0]
    fields = {"text": OFFER.replace("6%", "7%"), "version": version}
    saved = client.post("/d/offer/save", data=fields, headers=headers).text
    assert 'hx-swap-oob="innerHTML"' in saved
    assert '<a href="/d/offer/version/1">Version 1</a>' in saved
    stale = client.post("/d/offer/save", data=fields, headers=headers)
    assert (stale.status_code, '<a href="/d/offer/edit" target="_blank"' in stale.text) == (409, True)
    page = client.get("/d/offer/version/1").text
    assert '<span class="place">line 4\n</span>' in page
    assert '<span class="removed">-  terms.carry.rate: 6%\n</span>' in page
    assert "@@" not in page
