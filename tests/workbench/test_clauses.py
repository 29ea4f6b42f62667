"""A clause that a proposal adds, as a form: every kind of clause, what is written, where faults are told."""

from __future__ import annotations

import html
import re
import shutil
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
from httpx2 import Response
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from starlette.testclient import TestClient

from jvmodel.dealfile import load
from jvmodel.dealfile.source import read_source
from jvmodel.reading.deal_text import DealText
from jvmodel.shipped import deals
from jvmodel.terms import kinds, term_of
from jvmodel.workbench import clauses
from jvmodel.workbench.app import create_app
from jvmodel.workbench.clause_fields import fields_of
from jvmodel.workbench.safety import Guard

GUARD = Guard()


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    for name in ("kasanga.yaml", "kasanga_mine_plan.csv"):
        shutil.copy(deals() / name, tmp_path)
    (tmp_path / "offer.yaml").write_text("# ours\nbase: kasanga.yaml\nremove: [know_how]  # dear\n")
    return tmp_path


@pytest.fixture
def client(folder: Path) -> Iterator[TestClient]:
    with TestClient(create_app(folder, GUARD), base_url="http://localhost", raise_server_exceptions=False) as found:
        yield found


def fields_of_page(page: str) -> dict[str, str]:
    """What a browser would send of the form as it stands."""
    found = {
        name: value
        for name, value, end in re.findall(r'<input[^>]* name="((?:version|at|kind|f:|t:)[^"]*)" value="([^"]*)"([^>]*)>', page)
        if value != "yes" or "checked" in end
    }
    for name, inside in re.findall(r'<select[^>]* name="([fh]:[^"]*)">(.*?)</select>', page, flags=re.DOTALL):
        found[name] = next(iter(re.findall(r'value="([^"]*)" selected', inside)), "")
    return {name: html.unescape(value) for name, value in found.items()}


def save(client: TestClient, fields: dict[str, str]) -> Response:
    return client.post("/d/offer/clause", data=fields, headers={"X-Token": GUARD.token, "HX-Request": "true"})


def test_a_clause_is_added_changed_and_taken_out(client: TestClient, folder: Path) -> None:
    assert '<option value="licence_fee">Licence fee</option>' in client.get("/d/offer/changes").text
    page = client.get("/d/offer/clause?kind=licence_fee").text
    assert "Paid to the owner of a licence or a process" in page
    assert '<option value="northvale">Northvale Resources</option>' in page
    fields = fields_of_page(page)
    assert fields["f:name"] == "licence_fee"
    fields |= {
        "f:title": "Licence, new: 2", "f:licensor": "northvale", "f:of_revenue": "0.25%", "t:milestones:2031": "3",
        "t:milestones:2033": "1,200", "f:until": "2041", "f:capitalised": "false",
    }  # fmt: skip
    saved = save(client, fields)
    assert (saved.status_code, saved.headers.get("HX-Redirect")) == (204, "/d/offer/changes"), saved.text
    assert (folder / "offer.yaml").read_text() == (
        "# ours\nbase: kasanga.yaml\nremove: [know_how]  # dear\nadd:\n"
        '  - {kind: licence_fee, name: licence_fee, title: "Licence, new: 2", licensor: northvale,'
        " milestones: {2031: 3, 2033: 1200}, of_revenue: 0.25%, until: 2041, capitalised: false}\n"
    )
    fee: Any = load(folder / "offer.yaml").terms[-1]
    assert (fee.of_revenue, fee.milestones.by_year, fee.capitalised) == (0.0025, {"2031": 3.0, "2033": 1200.0}, False)
    assert '<a href="/d/offer/clause?at=0">Licence, new: 2</a>' in client.get("/d/offer/changes").text
    fields = fields_of_page(client.get("/d/offer/clause?at=0").text)
    assert "nothing was changed" in save(client, fields).text
    assert save(client, fields | {"f:of_revenue": "0.5%", "f:until": "", "f:own_cost": "40%"}).status_code == 204
    assert "of_revenue: 0.5%, capitalised: false, own_cost: 40%}" in (folder / "offer.yaml").read_text()
    assert save(client, fields).status_code == 409, "a page that is out of date saves nothing"
    version = re.findall(r'name="version" value="([^"]+)"', client.get("/d/offer/changes").text)[0]
    gone = {"version": version, "base": "kasanga.yaml", "r:know_how": "yes", "a:0": "yes"}
    told = client.post("/d/offer/changes", data=gone, headers={"X-Token": GUARD.token, "HX-Request": "true"})
    assert "Licence, new: 2: no longer added" in told.text
    assert (folder / "offer.yaml").read_text() == "# ours\nbase: kasanga.yaml\nremove: [know_how]  # dear\n"


def test_one_of_several_clauses_is_taken_out_and_comments_stay(client: TestClient, folder: Path) -> None:
    first = "base: kasanga.yaml\nadd:\n  # first\n  - {kind: community_levy, name: one, rate: 1%, community: community}\n"
    second = "  - kind: community_levy  # second\n    name: two\n    rate: 2%\n    community: community\n"
    (folder / "offer.yaml").write_text(f"{first}{second}note: x\n")
    version = re.findall(r'name="version" value="([^"]+)"', client.get("/d/offer/changes").text)[0]
    fields = {"version": version, "base": "kasanga.yaml", "note": "x", "a:1": "yes"}
    client.post("/d/offer/changes", data=fields, headers={"X-Token": GUARD.token, "HX-Request": "true"})
    assert (folder / "offer.yaml").read_text() == f"{first}note: x\n"


def test_faults_are_told_at_their_fields_and_nothing_is_saved(client: TestClient, folder: Path) -> None:
    before = (folder / "offer.yaml").read_text()
    fields = fields_of_page(client.get("/d/offer/clause?kind=licence_fee").text) | {
        "f:licensor": "northvale",
        "f:of_revenue": "1%",
    }
    for change, field, message in (
        ({"f:name": ""}, "f-name", "is missing; the clause needs it"),
        ({"f:name": "Two words"}, "f-name", "is not a name"),
        ({"f:name": "royalty"}, "", "'royalty' is the name of an earlier term"),
        ({"f:of_revenue": "5"}, "f-of_revenue", "5 is without its unit; write 5%"),
        ({"f:of_revenue": "200%"}, "f-of_revenue", "200% is too high"),
        ({"f:of_revenue": "much"}, "f-of_revenue", "is not a number"),
        ({"f:until": "soon"}, "f-until", "is not a date"),
        ({"f:licensor": "nobody"}, "f-licensor", "nobody"),
        ({"t:milestones:2031": "x"}, "t-milestones:2031", "is not a number"),
        ({"t:milestones:2031": "1", "f:milestones": "2"}, "f-milestones", "give one number for all years, or numbers by year; not both"),
        ({"f:milestones": "{2031: ["}, "f-milestones", "write it as in a deal file"),
        ({"f:note": "x" * 4001}, "f-note", "is 4,001 letters long"),
    ):  # fmt: skip
        told = save(client, fields | change)
        assert (change, told.status_code) == (change, 422)
        told_at = f'data-field="{field}">' if field else "<li>"
        assert told_at in told.text, (change, told.text)
        assert message in html.unescape(told.text.split(told_at)[1]), (change, told.text)
    for query in ("kind=nothing", "at=0", "at=x", "kind="):
        assert client.get(f"/d/offer/clause?{query}").status_code == 422
    assert client.get("/d/kasanga/clause?kind=licence_fee").status_code == 422, "a deal has no clauses that it adds"
    assert (folder / "offer.yaml").read_text() == before


def test_every_kind_of_clause_has_a_form(client: TestClient) -> None:
    for kind in kinds():
        page = client.get(f"/d/offer/clause?kind={kind}")
        assert (kind, page.status_code) == (kind, 200)
        assert 'name="f:name"' in page.text


@pytest.mark.parametrize("name", ["kasanga", "three_states", "simbaro", "black_ridge", "harbour", "starter"])
def test_what_a_form_shows_is_what_it_writes(name: str) -> None:
    """Every clause of the example deals, shown as a form and read back as it stands, says what it said."""
    deal = load(name)
    raw = read_source(deals() / f"{name}.yaml").data["terms"]
    for term in raw:
        path = Path("offer.yaml")
        text = f"base: {name}\nadd:\n  - {clauses.flow(term)}\n"
        source = read_source(path, text)
        known = fields_of(deal, term_of(term["kind"]))
        fields: dict[str, object] = {}
        for one in known:
            shown = clauses.shown_field(one, DealText(text), ("add", 0), source.data["add"][0], ["2027"])
            fields[f"f:{one.name}"] = shown["value"]
            fields |= {f"f:{one.name}:{key}": "yes" for key in shown["chosen"]}
            fields |= {f"t:{one.name}:{key}": value for key, _, value in shown["keys"]}
            fields |= {f"h:{one.name}": "hold"} if shown.get("extend") else {}
        faults: dict[str, str] = {}
        written = DealText(text)
        clauses.put(written, ("add", 0), source.data["add"][0], dict(clauses.values(known, fields, faults)))
        assert (term["name"], faults) == (term["name"], {})
        assert read_source(path, str(written)).data == source.data, term["name"]


WORDS = st.one_of(
    st.text(max_size=20),
    st.sampled_from(
        ["a: b", "#c", "'", "{", "[x", "{a: {b: [1]}}", "*a", "&a x", "!t", "2027-01-01", "1e400", "}, until: 2031", "5%", "-"]
    ),
)


@settings(max_examples=60, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(title=WORDS, rate=WORDS, milestones=WORDS, year=WORDS, licensor=WORDS)
def test_whatever_is_typed_stays_in_its_field(
    client: TestClient, folder: Path, title: str, rate: str, milestones: str, year: str, licensor: str
) -> None:
    """The file has the clause with these fields and no others, or it is as it was."""
    (folder / "offer.yaml").write_text("base: kasanga.yaml\n")
    version = client.app.state.workbench.library.read("offer").version  # type: ignore[attr-defined]
    fields = {
        "version": version, "kind": "licence_fee", "at": "", "f:name": "fee", "f:title": title, "f:of_revenue": rate,
        "f:milestones": milestones, "t:milestones:2031": year, "f:licensor": licensor,
    }  # fmt: skip
    try:
        response = save(client, fields)
    except UnicodeEncodeError:  # half of a letter cannot be sent
        return
    assert response.status_code in (204, 422)
    data = read_source(folder / "offer.yaml").data
    if response.status_code == 422:
        assert data == {"base": "kasanga.yaml"}
    else:
        (clause,) = data["add"]
        assert set(clause) <= {"kind", "name", "title", "of_revenue", "milestones", "licensor"}
        assert str(clause.get("title", "")) == title.replace("\r\n", "\n").strip()
