"""Pages and changes of the workbench as a browser asks for them, and what is refused."""

from __future__ import annotations

import html
import io
import json
import re
import shutil
import zipfile
from collections.abc import Callable, Iterator
from pathlib import Path

import pytest
from starlette.testclient import TestClient

from jvmodel.analysis.study import Study
from jvmodel.cli import main
from jvmodel.shipped import deals
from jvmodel.workbench.app import create_app
from jvmodel.workbench.safety import HEADERS, Guard


@pytest.fixture(scope="module")
def folder(tmp_path_factory: pytest.TempPathFactory) -> Path:
    found = tmp_path_factory.mktemp("deals")
    for name in ("kasanga.yaml", "kasanga_mine_plan.csv"):
        shutil.copy(deals() / name, found)
    (found / "broken.yaml").write_text("deal: Broken\nterms: []\n")
    return found


@pytest.fixture(scope="module")
def guard() -> Guard:
    return Guard()


@pytest.fixture(scope="module")
def client(folder: Path, guard: Guard) -> Iterator[TestClient]:
    with TestClient(create_app(folder, guard), base_url="http://localhost:8765", raise_server_exceptions=False) as found:
        yield found


def post(client: TestClient, guard: Guard, path: str, fields: dict[str, str] | None = None, **options: object):  # type: ignore[no-untyped-def]
    return client.post(
        path, data=fields or {}, headers={"X-Token": guard.token, "HX-Request": "true"}, follow_redirects=False, **options
    )


def test_every_page_opens_and_is_guarded(client: TestClient) -> None:
    for path in (
        "/",
        "/d/kasanga/table",
        "/d/kasanga/model",
        "/d/kasanga/model?sheet=Partners",
        "/d/kasanga/edit",
        "/d/broken/edit",
    ):
        response = client.get(path)
        assert (path, response.status_code) == (path, 200)
        assert {name: response.headers[name] for name in HEADERS} == HEADERS
        assert not re.search(r"""(src|href)="(https?:)?//|style="|<script>|\son[a-z]+=""", response.text), path
    assert "Northvale Resources" in client.get("/").text
    assert "broken" in client.get("/").text


def test_a_slider_gives_the_figures_of_run_set(client: TestClient, guard: Guard, capsys: pytest.CaptureFixture[str]) -> None:
    response = post(client, guard, "/d/kasanga/move", {"v:prices.copper.flat": "8000", "moved": "prices.copper.flat"})
    with pytest.raises(SystemExit):
        main(["run", "kasanga", "--json", "--set", "prices.copper.flat=8000"])
    expected = json.loads(capsys.readouterr().out)["parties"]
    for party in ("venture", "plateau", "northvale", "treasury"):
        row = response.text.split(f'data-party="{party}"')[1].split("</tr>")[0]
        assert f'<span class="now">{expected[party]["npv"]:,.1f}</span>'.replace("-", "−") in row


def test_interests_keep_summing_to_the_whole(client: TestClient, guard: Guard) -> None:
    path = "terms.company.interests"
    response = post(
        client, guard, "/d/kasanga/move",
        {f"v:{path}.plateau": "0.32", f"v:{path}.northvale": "0.6", f"v:{path}.tansei": "0.25", "moved": f"{path}.plateau"},
    )  # fmt: skip
    placed = json.loads(response.headers["HX-Trigger-After-Swap"])["placed"]
    assert [placed[f"{path}.{party}"]["value"] for party in ("plateau", "northvale", "tansei")] == pytest.approx(
        [0.32, 0.48, 0.2]
    )


def test_a_held_figure_stays_while_another_term_gives_way(client: TestClient, guard: Guard) -> None:
    held = post(client, guard, "/d/kasanga/hold", {"hold": "northvale.irr", "gives": "terms.offtake.discount"}).text
    nothing = post(client, guard, "/d/kasanga/hold", {"hold": "northvale.irr", "gives": ""})
    assert (nothing.status_code, "choose a figure, and which term gives way for it" in nothing.text) == (422, True)
    value = re.search(r'name="held_at" value="([^"]+)"', held)
    assert value is not None
    fields = {
        "v:prices.copper.flat": "9180",
        "moved": "prices.copper.flat",
        "held": "northvale.irr",
        "held_at": value[1],
        "held_by": "terms.offtake.discount",
    }
    response = post(client, guard, "/d/kasanga/move", fields)
    rate = json.loads(response.headers["HX-Trigger-After-Swap"])["placed"]["terms.offtake.discount"]["value"]
    assert 0 < rate < 0.015
    row = response.text.split('data-party="northvale"')[1]
    assert f'<span class="now">{float(value[1]) * 100:.1f}%</span>' in row
    far = post(client, guard, "/d/kasanga/move", fields | {"v:prices.copper.flat": "7500"}).text
    assert "cannot be held: no Copper offtake of the refiner: discount from that price on its slider keeps it" in far


def test_a_proposal_is_kept_as_a_file(client: TestClient, guard: Guard, folder: Path) -> None:
    response = post(
        client, guard, "/d/kasanga/keep", {"v:terms.royalty.rate": "0.05", "to": "state_1", "by": "State", "note": "First offer"}
    )
    assert response.status_code == 200
    text = (folder / "state_1.yaml").read_text()
    assert text.startswith("base: kasanga.yaml\nby: State\ndate: '20")
    assert "  terms.royalty.rate: 5% " in text
    assert text.endswith("note: First offer\n")
    again = post(client, guard, "/d/kasanga/keep", {"v:terms.royalty.rate": "0.05", "to": "state_1"})
    assert (again.status_code, "there is a deal &#39;state_1&#39; already" in again.text) == (422, True)
    (folder / "state_1.yaml").unlink()


def test_a_number_is_traced_to_its_inputs(client: TestClient) -> None:
    found = client.get("/d/kasanga/trace?row=royalty.payable&period=2033").text
    assert "Royalty payable in 2033" in found
    assert "Royalty rate = <b>3.5%</b>" in found
    further = re.search(r'hx-get="(/d/kasanga/trace[^"]+)"[^>]*>Base of the royalty', found)
    assert further is not None
    assert "Base of the royalty in 2033" in client.get(html.unescape(further[1])).text


def test_lines_are_found_by_words(client: TestClient) -> None:
    found = client.get("/d/kasanga/model?find=payable+state+ROYALTY").text
    assert "1 line with “payable state ROYALTY”" in found
    assert "Royalty payable" in found
    assert "0 lines with “&lt;b&gt;”" in client.get("/d/kasanga/model?find=<b>").text


def test_terms_that_are_negotiated_are_on_the_table_first(client: TestClient) -> None:
    """With the bounds that the negotiation gives, parts of a split under their head, and a tick at the base."""
    page = client.get("/d/kasanga/table").text
    names = re.findall(r'type="range" id="s\d+" name="v:([^"]+)" min="([^"]+)" max="([^"]+)"', page)
    assert names[0] == ("terms.company.interests.plateau", "0.1", "0.3")
    assert [name for name, *_ in names[1:4]] == [
        "terms.company.interests.northvale",
        "terms.company.interests.tansei",
        "terms.carry.rate",
    ]
    assert '<p class="whole">Kasanga Mining Company: participating interest of each partner, in dividends</p>' in page
    assert '<rect x="247.0" y="0" width="6" height="6"/>' in page, "15% is a quarter of the way from 10% to 30%"


def test_edits_are_checked_saved_and_restored(client: TestClient, guard: Guard, folder: Path) -> None:
    post(client, guard, "/d/kasanga/copy", {"to": "edited"})
    page = client.get("/d/edited/edit").text
    version = re.search(r'name="version" value="([0-9a-f]+)"', page)
    assert version is not None
    text = (folder / "edited.yaml").read_text()
    faulty = text.replace("rate: 3.5%", "rate: 350%")
    assert "Line 1" in post(client, guard, "/d/edited/check", {"text": faulty}).text
    assert "350% is too high" in post(client, guard, "/d/edited/check", {"text": faulty}).text
    assert (folder / "edited.yaml").read_text() == text
    saved = post(client, guard, "/d/edited/save", {"text": faulty, "version": version[1]})
    assert "Saved, with 1 fault" in saved.text
    stale = post(client, guard, "/d/edited/save", {"text": text, "version": version[1]})
    assert (stale.status_code, "was saved from another window" in stale.text) == (409, True)
    now = re.search(r'data-version="([0-9a-f]+)"', saved.text)
    assert now is not None
    assert 'class="removed"' in client.get("/d/edited/version/1").text
    assert post(client, guard, "/d/edited/version/1/restore", {"version": now[1]}).status_code == 200
    assert (folder / "edited.yaml").read_text() == text
    assert sorted(path.name for path in folder.glob(".*")) == [".history"]
    (folder / "edited.yaml").unlink()


def test_downloads(client: TestClient) -> None:
    assert client.get("/d/kasanga/download/xlsx").content[:2] == b"PK"
    assert "<h1>" in client.get("/d/kasanga/download/html").text
    assert client.get("/d/kasanga/download/yaml").text.startswith("# Kasanga")
    assert client.get("/d/kasanga/download/exe").status_code == 422


def test_changes_need_the_token_of_this_server(client: TestClient, folder: Path) -> None:
    for headers in ({}, {"X-Token": "guess"}):
        response = client.post("/d/kasanga/copy", data={"to": "stolen"}, headers=headers)
        assert response.status_code == 403
    assert not (folder / "stolen.yaml").exists()


@pytest.mark.parametrize(
    ("headers", "status"),
    [
        ({"Origin": "http://evil.example"}, 403), ({"Origin": "null"}, 403), ({"Sec-Fetch-Site": "cross-site"}, 403),
        ({"Host": "evil.example"}, 421), ({"Host": "localhost.evil.example:8765"}, 421), ({"Content-Length": "99999999"}, 413),
        ({"Content-Length": "-5"}, 413),
    ],
)  # fmt: skip
def test_foreign_hosts_and_origins_are_refused(
    client: TestClient, guard: Guard, folder: Path, headers: dict[str, str], status: int
) -> None:
    response = client.post("/d/kasanga/copy", data={"to": "stolen"}, headers={"X-Token": guard.token} | headers)
    assert response.status_code == status
    assert not (folder / "stolen.yaml").exists()


@pytest.mark.parametrize(
    "path",
    [
        "/d/..%2Fx/edit",
        "/d/%2e%2e/edit",
        "/d/none/table",
        "/static/../../pyproject.toml",
        "/static/%2e%2e/%2e%2e/termsheet.css",
        "/d/kasanga/version/9",
        "/nothing",
    ],
)
def test_no_path_leaves_the_folder(client: TestClient, path: str) -> None:
    response = client.get(path)
    assert response.status_code in (404, 422)
    assert "Traceback" not in response.text


def bomb() -> bytes:
    held = io.BytesIO()
    with zipfile.ZipFile(held, "w", zipfile.ZIP_DEFLATED) as archive:
        for number in range(4):
            archive.writestr(f"xl/{number}.xml", b"0" * 40_000_000)
    return held.getvalue()


@pytest.mark.parametrize(
    ("name", "raw", "message"),
    [
        ("plan.xlsx", b"not a zip", "plan.xlsx is not an Excel workbook (.xlsx); save it as one and try again"),
        ("plan.xlsx", bomb(), "plan.xlsx unpacks to more than a workbook needs, and was not opened"),
        ("plan.exe", b"MZ", "&#39;plan.exe&#39; is neither a deal (.yaml) nor a table (.csv, .xlsx)"),
        ("deal.yaml", b"\xff\xfe", "deal.yaml is not UTF-8 text; save it as UTF-8 in your editor"),
        ("../../x.csv", b"", ""),
        ("a\nb.csv", b"", "is neither a deal"),
    ],
)  # fmt: skip
def test_uploads_are_refused_or_stay_in_the_folder(
    client: TestClient, guard: Guard, folder: Path, name: str, raw: bytes, message: str
) -> None:
    response = post(client, guard, "/upload", files={"file": (name, raw)})
    assert message in response.text
    assert not (folder.parent / "x.csv").exists()
    assert not list(folder.parent.parent.glob("x.csv"))


def test_aliases_that_multiply_are_told_not_followed(client: TestClient, guard: Guard, folder: Path) -> None:
    laughs = "a: &a [x, x, x, x, x, x, x, x, x]\n" + "".join(
        f"{name}: &{name} [{', '.join([f'*{before}'] * 9)}]\n" for before, name in zip("abcdefg", "bcdefgh", strict=True)
    )
    response = post(client, guard, "/d/kasanga/check", {"text": laughs})
    assert "the file is too large or too deeply nested; put series into a table" in response.text


def test_a_password_is_asked_for_and_guessing_is_slowed(folder: Path) -> None:
    guard = Guard(None, "open sesame")
    with TestClient(create_app(folder, guard), base_url="http://mine.example:8765") as client:
        assert client.get("/", follow_redirects=False).headers["location"] == "/sign-in"
        assert client.get("/d/kasanga/edit", follow_redirects=False).status_code == 303
        assert "not the password" in client.post("/sign-in", data={"token": guard.token, "password": "sesame"}).text
        right = client.post("/sign-in", data={"token": guard.token, "password": "open sesame"}, follow_redirects=False)
        assert right.status_code == 303
        assert "httponly" in right.headers["set-cookie"].lower()
        assert "samesite=strict" in right.headers["set-cookie"].lower()
        assert client.get("/").status_code == 200
    with TestClient(create_app(folder, guard), base_url="http://mine.example:8765") as client:
        for _ in range(12):
            client.post("/sign-in", data={"token": guard.token, "password": "guess"})
        assert client.post("/sign-in", data={"token": guard.token, "password": "open sesame"}).status_code == 403


def test_two_terms_against_each_other(client: TestClient, guard: Guard, capsys: pytest.CaptureFixture[str]) -> None:
    """A package on the plane has the values of the deal changed so; the solutions are those of the command."""
    assert "Share of Plateau Mines State Company, from Northvale Resources" in client.get("/d/kasanga/compare").text
    page = client.get("/d/kasanga/trade?x=0&y=1").text
    with pytest.raises(SystemExit):
        main(
            [
                "negotiate",
                "kasanga",
                "--json",
                "--terms",
                "terms.company.interests.plateau:northvale=10%:30%",
                "--terms",
                "terms.carry.rate=4%:12%",
            ]
        )
    nash = json.loads(capsys.readouterr().out)["settlement"]["solutions"]["nash"]
    row = page.split('<th scope="row">Nash</th>')[-1].split("</tr>")[0]
    for path in ("terms.company.interests.plateau:northvale", "terms.carry.rate"):
        assert f"{nash['terms'][path] * 100:.2f}%" in row
    assert all(f"+{gain:,.1f}" in row for gain in nash["gain"].values())
    at = client.get("/d/kasanga/trade/at?x=0&y=1&at_x=0.2&at_y=0.06").text
    with pytest.raises(SystemExit):
        main(
            ["run", "kasanga", "--json", "--set", "terms.company.interests.plateau:northvale=20%", "--set", "terms.carry.rate=6%"]
        )
    expected = json.loads(capsys.readouterr().out)["parties"]
    for party in ("plateau", "northvale", "tansei"):
        assert f'<td class="num">{expected[party]["npv"]:,.1f}</td>' in at.split(f'data-seat="{party}"')[1].split("</tr>")[0]
    onward = html.unescape(re.findall(r'href="(/d/kasanga/table[^"]+)"', at)[0])
    row = client.get(onward).text.split('data-party="northvale"')[1].split("</tr>")[0]
    assert f'<span class="now">{expected["northvale"]["npv"]:,.1f}</span>' in row, "the table has the package on its sliders"
    for query, message in (
        ("x=0&y=0&at_x=1&at_y=1", "choose two terms that differ"),
        ("x=0&y=9&at_x=1&at_y=1", "choose two terms that differ"),
        ("x=0&y=1&at_x=nan&at_y=1", "is not a number that a model can use"),
        ("x=0&y=1&at_x=much&at_y=1", "&#39;much&#39; is not a number"),
    ):
        response = client.get(f"/d/kasanga/trade/at?{query}")
        assert (response.status_code, message in response.text) == (422, True)


def test_terms_of_a_deal_that_does_not_name_any_are_those_of_its_table(client: TestClient, folder: Path) -> None:
    """And nobody walks away above nil; the point has the values of the deal changed so."""
    text = (deals() / "three_states.yaml").read_text()
    (folder / "three_states.yaml").write_text(re.sub(r"^ranges:\n(  .*\n)+", "", text, flags=re.MULTILINE))
    page = client.get("/d/three_states/compare").text
    assert "where anybody would walk away (negotiation:), so it is taken to be below nil" in page
    assert '<option value="1" selected>Separation plant: recovery into refined metal: oxide</option>' in page
    at = client.get("/d/three_states/trade/at?x=0&y=1&at_x=30000&at_y=0.85").text
    study = Study("three_states")
    values = {"prices.oxide.flat": [30000.0], "terms.separation.recovery.oxide.flat": [0.85]}
    seats = re.findall(r'data-seat="(\w+)"', at)
    assert len(seats) > 2
    for party in seats:
        worth = study.figures(values, [f"{party}.npv"])[f"{party}.npv"][0]
        assert f'<td class="num">{worth:,.1f}</td>'.replace("-", "−") in at.split(f'data-seat="{party}"')[1].split("</tr>")[0]
    (folder / "three_states.yaml").unlink()


def test_names_may_be_written_with_spaces(client: TestClient, guard: Guard, folder: Path) -> None:
    response = post(client, guard, "/d/kasanga/keep", {"v:terms.royalty.rate": "0.05", "to": "  State offer 2 "})
    assert (response.status_code, (folder / "State_offer_2.yaml").exists()) == (200, True)
    post(client, guard, "/d/State_offer_2/rename", {"to": "second offer"})
    assert (folder / "second_offer.yaml").exists()
    (folder / "second_offer.yaml").unlink()


def test_a_change_of_a_rate_is_in_points(client: TestClient, guard: Guard) -> None:
    """Northvale's return at 8,000 for copper is that of `run --set`, and what it lost is in points, not in per cent of it."""
    study = Study("kasanga")
    before, after = study.figures({"prices.copper.flat": [9200.0, 8000.0]}, ["northvale.irr"])["northvale.irr"]
    page = post(client, guard, "/d/kasanga/move", {"v:prices.copper.flat": "8000", "moved": "prices.copper.flat"}).text
    assert f"−{(before - after) * 100:.1f} pts" in page.split('data-party="northvale"')[1].split("</tr>")[0]


def test_no_deal_is_taken_from_outside_of_the_folder(client: TestClient, guard: Guard, folder: Path) -> None:
    """Neither by the base of a proposal, nor by a walk-away value, nor by a link."""
    secret = folder.parent / "secret.yaml"
    secret.write_text("deal: Secret\nword: xyzzy\n")
    told = "is not in this folder; upload that deal, and name it here"
    text = f"base: {secret}\nchanges: {{}}\n"
    assert told in post(client, guard, "/d/kasanga/check", {"text": text}).text
    (folder / "over.yaml").write_text("base: ../secret.yaml\n")
    (folder / "above.yaml").write_text("base: over.yaml\n")
    (folder / "linked.yaml").symlink_to(secret)
    kasanga = (folder / "kasanga.yaml").read_text()
    (folder / "alone.yaml").write_text(kasanga.replace("walk_away: 430", f"walk_away: {secret}"))
    for path in ("over/table", "above/table", "kasanga/compare?with=above", "above/risk"):
        response = client.get(f"/d/{path}")
        assert (path, response.status_code, told in response.text) == (path, 422, True)
    assert told in client.get("/d/alone/compare").text
    assert client.get("/d/linked/edit").status_code == 404
    assert "linked" not in client.get("/").text
    for name in ("over", "above", "linked", "alone"):
        (folder / f"{name}.yaml").unlink()


def test_deals_without_a_common_party_are_not_compared(client: TestClient, folder: Path) -> None:
    shutil.copy(deals() / "starter.yaml", folder / "other.yaml")
    shutil.copy(deals() / "starter_mine_plan.csv", folder)
    response = client.get("/d/kasanga/compare?with=other")
    assert response.status_code == 422
    assert "other has none of the parties of kasanga (plateau, northvale, tansei, treasury," in response.text
    (folder / "other.yaml").unlink()


def test_faults_of_the_workbench_are_told_without_a_trace(
    folder: Path, monkeypatch: pytest.MonkeyPatch, caplog: pytest.LogCaptureFixture
) -> None:
    """The page says nothing of the code, has the headers of all pages, and the log has the trace and no line of the sender's."""
    monkeypatch.setattr("jvmodel.workbench.rows.figure", lambda *_: 1 / 0)
    with TestClient(create_app(folder, Guard()), base_url="http://localhost") as client:
        response = client.get("/d/kasanga/model")
    assert response.status_code == 500
    assert "ZeroDivision" not in response.text
    assert "Nothing was changed." in response.text
    assert {name: response.headers[name] for name in HEADERS} == HEADERS
    assert [record.getMessage() for record in caplog.records if record.name == "jvmodel.workbench"] == ["GET '/d/kasanga/model'"]


@pytest.mark.parametrize(
    ("headers", "status"),
    [
        ({"Cookie": "jvmodel=\u00e9"}, 303), ({"Content-Length": "\u00b2"}, 413), ({"Origin": "http://["}, 403),
        ({"X-Token": "\u00e9"}, 403), ({"Sec-Fetch-Site": "cross-site", "Sec-Fetch-Mode": "no-cors"}, 403),
        ({"Sec-Fetch-Site": "cross-site", "Sec-Fetch-Mode": "navigate"}, 303),
    ],
)  # fmt: skip
def test_odd_headers_are_refused_not_stumbled_over(folder: Path, headers: dict[str, str], status: int) -> None:
    method = "POST" if {"Origin", "X-Token"} & headers.keys() else "GET"
    raw = [(name.encode(), value.encode("latin-1")) for name, value in headers.items()]
    with TestClient(create_app(folder, Guard(None, "open sesame")), base_url="http://localhost") as client:
        path = "/sign-in" if method == "POST" else "/"
        assert client.request(method, path, headers=raw, follow_redirects=False).status_code == status


def test_somebody_who_has_not_signed_in_may_send_little(folder: Path) -> None:
    guard = Guard(None, "open sesame")
    with TestClient(create_app(folder, guard), base_url="http://mine.example") as client:
        response = client.post("/sign-in", data={"token": guard.token, "password": "x" * 30_000})
    assert (response.status_code, response.text) == (413, "That is more than 20,000 bytes; send something smaller.")


def test_guesses_from_one_address_do_not_shut_out_another() -> None:
    guard = Guard(None, "open sesame")
    for _ in range(12):
        guard.right("guess", "10.0.0.1")
    assert not guard.right("open sesame", "10.0.0.1")
    assert guard.right("open sesame", "10.0.0.2")
    for number in range(100):
        guard.right("guess", f"10.0.1.{number}")
    assert not guard.right("open sesame", "10.0.0.2")


def test_a_body_that_does_not_arrive_is_given_up(folder: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """A body of which the rest never comes is answered when patience ends."""
    import asyncio

    monkeypatch.setattr("jvmodel.workbench.safety.PATIENCE", 0.05)
    application, said = create_app(folder, Guard()), []
    sent = [{"type": "http.request", "body": b"token=", "more_body": True}]

    async def receive() -> dict[str, object]:
        if sent:
            return sent.pop()
        await asyncio.Event().wait()
        raise AssertionError

    async def send(message: dict[str, object]) -> None:
        said.append(message)

    scope = {
        "type": "http", "method": "POST", "path": "/d/kasanga/copy", "raw_path": b"/d/kasanga/copy", "query_string": b"",
        "headers": [(b"host", b"localhost"), (b"content-type", b"application/x-www-form-urlencoded")],
        "scheme": "http", "server": ("localhost", 80), "client": ("127.0.0.1", 1), "http_version": "1.1", "root_path": "",
    }  # fmt: skip
    asyncio.run(application(scope, receive, send))
    assert said[0]["status"] == 408


def edited(raw: bytes, path: str, value: float) -> bytes:
    """The workbook with one input changed in its Inputs sheet."""
    from openpyxl import load_workbook

    book = load_workbook(io.BytesIO(raw))
    sheet = book["Inputs"]
    head = next(row for row in sheet.iter_rows() if "Path in the deal file" in [cell.value for cell in row])
    columns = {cell.value: cell.column for cell in head}
    row = next(row for row in sheet.iter_rows() if row[columns["Path in the deal file"] - 1].value == path)
    row[columns["Base"] - 1].value = value
    held = io.BytesIO()
    book.save(held)
    return held.getvalue()


def test_an_edited_workbook_is_shown_then_taken_onto_its_deal(
    client: TestClient, guard: Guard, folder: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    post(client, guard, "/d/kasanga/copy", {"to": "brought"})
    before = (folder / "brought.yaml").read_text()
    raw = edited(client.get("/d/brought/download/xlsx").content, "terms.royalty.rate", 0.05)
    page = post(client, guard, "/workbook", {"deal": "brought"}, files={"file": ("back.xlsx", raw)}).text
    assert re.search(r"Inputs!\w+ \(terms\.royalty\.rate\): .*3\.5% → 5%", page)
    with pytest.raises(SystemExit):
        main(["run", "kasanga", "--json", "--set", "terms.royalty.rate=5%"])
    expected = json.loads(capsys.readouterr().out)["parties"]["northvale"]["npv"]
    assert f'<td class="num">{expected:,.1f}</td>' in page.split('<th scope="row">Northvale Resources</th>')[1].split("</tr>")[0]
    assert (folder / "brought.yaml").read_text() == before, "nothing is saved yet"
    version = re.search(r'name="version" value="([0-9a-f]+)"', page)
    text = re.search(r"<textarea[^>]*>\n(.*?)</textarea>", page, flags=re.DOTALL)
    assert version is not None
    assert text is not None
    taken = {"text": html.unescape(text[1]), "version": version[1]}
    assert post(client, guard, "/d/brought/take", taken).headers["location"] == "/d/brought/table"
    changed = [
        pair
        for pair in zip(before.splitlines(), (folder / "brought.yaml").read_text().splitlines(), strict=True)
        if pair[0] != pair[1]
    ]
    assert [(old.replace("3.5%", "5%"), new) for old, new in changed] == [(new, new) for _, new in changed]
    assert len(changed) == 1
    assert post(client, guard, "/d/brought/take", taken).status_code == 409
    wrong = edited(raw, "terms.royalty.rate", 7.0)
    response = post(client, guard, "/workbook", {"deal": "brought"}, files={"file": ("back.xlsx", wrong)})
    assert response.status_code == 422
    assert "Inputs!" in response.text
    assert "/tmp" not in response.text
    (folder / "brought.yaml").unlink()


def test_numbers_are_changed_in_their_places(client: TestClient, guard: Guard, folder: Path) -> None:
    """Only the lines of the numbers that were changed differ; all that is wrong is told at once; a stale page saves nothing."""
    post(client, guard, "/d/kasanga/copy", {"to": "formed"})
    before = (folder / "formed.yaml").read_text()
    page = client.get("/d/formed/numbers").text
    fields = dict(re.findall(r'name="(n:[^"]+)" value="([^"]*)"', page))
    assert len(fields) > 150
    assert (fields["n:terms.royalty.rate"], fields["n:prices.copper.flat"]) == ("3.5%", "9,200")
    version = re.search(r'id="version" value="([0-9a-f]+)"', page)
    assert version is not None
    fields["version"] = version[1]
    assert "no number was changed" in post(client, guard, "/d/formed/numbers", fields).text
    bare = post(client, guard, "/d/formed/numbers", fields | {"n:terms.royalty.rate": "1"})
    assert (bare.status_code, "1 is without its unit; write 1% or 100%" in bare.text) == (422, True)
    wrong = post(client, guard, "/d/formed/numbers", fields | {"n:terms.royalty.rate": "350%", "n:prices.copper.flat": "many"})
    assert wrong.status_code == 422
    assert 'data-field="n-prices.copper.flat">&#39;many&#39; is not a number' in wrong.text
    assert 'data-field="n-terms.royalty.rate">350% is too high' in wrong.text
    parts = {"n:terms.company.interests.plateau": "20%", "n:terms.company.interests.northvale": "60%"}
    assert "add up to 105%" in post(client, guard, "/d/formed/numbers", fields | parts).text
    assert (folder / "formed.yaml").read_text() == before
    saved = post(client, guard, "/d/formed/numbers", fields | {"n:terms.royalty.rate": "4%", "n:prices.copper.flat": "9,100"})
    assert "Royalty rate: 3.5% → 4%" in saved.text
    after = (folder / "formed.yaml").read_text()
    assert after == before.replace("rate: 3.5%, holder: treasury", "rate: 4%, holder: treasury").replace(
        "flat: 9200", "flat: 9100"
    )
    assert post(client, guard, "/d/formed/numbers", fields | {"n:terms.royalty.rate": "5%"}).status_code == 409
    now = re.search(r'id="version" value="([0-9a-f]+)"', saved.text)
    assert now is not None
    assert now[1] != version[1]
    (folder / "formed.yaml").unlink()


def test_a_workbook_that_is_none_is_refused_by_its_own_name(client: TestClient, guard: Guard) -> None:
    from openpyxl import Workbook

    held = io.BytesIO()
    book = Workbook()
    book.active.title = "Inputs"
    book.active["XFD1048576"] = 1
    book.save(held)
    for fields, raw, message in (
        ({"deal": "kasanga"}, b"PK", "back.xlsx is not an Excel workbook (.xlsx); save it as one and try again"),
        ({"deal": "kasanga"}, held.getvalue(), "back.xlsx has no sheet &#39;Series&#39;"),
        ({"deal": "none"}, held.getvalue(), "there is no deal &#39;none&#39; in this folder"),
    ):
        response = post(client, guard, "/workbook", fields, files={"file": ("../back.xlsx", raw)})
        assert (response.status_code in (404, 422), message in response.text) == (True, True)


def test_serve_needs_a_folder_and_a_password(
    capsys: pytest.CaptureFixture[str], tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.delenv("JVMODEL_PASSWORD", raising=False)
    for arguments, message in (
        (["serve", str(tmp_path / "none")], f"{tmp_path / 'none'} is not a folder; name the folder of your deals\n"),
        (["serve", str(tmp_path), "--host", "0.0.0.0"], "--host 0.0.0.0 lets other machines in, so a password is needed: set the environment variable JVMODEL_PASSWORD and start again\n"),
    ):  # fmt: skip
        with pytest.raises(SystemExit) as ended:
            main(arguments)
        assert (ended.value.code, capsys.readouterr().err) == (1, message)


def follow(client: TestClient, page: str) -> tuple[str, list[dict[str, object]]]:
    """The address of a run's answer, and its events until it ends."""
    events = re.search(r'data-events="([^"]+)"', page)
    assert events is not None
    told = [json.loads(line[6:]) for line in client.get(events[1]).text.splitlines() if line.startswith("data: ")]
    return events[1].removesuffix("/events"), told


def test_trials_are_those_of_the_command(client: TestClient, guard: Guard, capsys: pytest.CaptureFixture[str]) -> None:
    running = post(client, guard, "/d/kasanga/risk/start", {"trials": "4096", "seed": "11", "without": "carry", "bearing": "yes"})
    answer, told = follow(client, running.text)
    assert (told[-1]["state"], told[-1]["done"]) == ("ready", 1.0)
    found = client.get(answer).text
    with pytest.raises(SystemExit):
        main(["simulate", "kasanga", "--trials", "4096", "--seed", "11", "--json"])
    expected = json.loads(capsys.readouterr().out)["parties"]["northvale"]
    row = found.split('data-party="northvale"')[1].split("</tr>")[0]
    assert f"{expected['npv']['p50']:,.1f}" in row
    assert f"{expected['probability_of_loss'] * 100:.1f}%" in row
    assert "Carry of the state company" in found
    assert "What moves each party" in found
    assert "Risks by chance and impact" in found


def test_a_run_is_stopped_within_each_of_its_steps() -> None:
    """Asked to stop when a step is told of, it ends there; the bar never goes back on the way."""
    from jvmodel.analysis.risk import clause_effect, risk_table
    from jvmodel.analysis.scenarios import Scenarios

    class StoppedHereError(Exception):
        pass

    scenarios = Scenarios.of("kasanga", trials=256)

    def stopped_at(work: Callable[[Callable[[float, str], None]], object], word: str) -> list[str]:
        said: list[str] = []

        def tell(_done: float, what: str) -> None:
            said.append(what)
            if what.endswith(word):
                raise StoppedHereError

        with pytest.raises(StoppedHereError):
            work(tell)
        return said

    for word in ("what all risks do together", "which risk explains what", "this risk alone", "all risks but this"):
        said = stopped_at(lambda tell: risk_table(scenarios, tell=tell), word)
        assert [one for one in said if one.endswith(word)] == [said[-1]]
    assert stopped_at(lambda tell: clause_effect(scenarios, "carry", tell=tell), "without the clause") == [
        "the same trials without the clause"
    ]
    done: list[float] = []
    risk_table(scenarios, tell=lambda share, _said: done.append(share))
    assert done == sorted(done)
    assert (done[0], len(done) >= 2 + 2 * len(scenarios.register.factors)) == (0.0, True)
    assert done[-1] < 1


def test_a_run_can_be_stopped_and_is_refused_in_words(client: TestClient, guard: Guard) -> None:
    running = post(client, guard, "/d/kasanga/risk/start", {"trials": "262144", "seed": "1"})
    events = re.search(r'data-events="([^"]+)/events"', running.text)
    assert events is not None
    assert post(client, guard, f"{events[1]}/stop").status_code == 204
    answer, told = follow(client, running.text)
    assert told[-1]["state"] == "stopped"
    assert "Stopped." in client.get(answer).text
    for fields, message in (
        ({"trials": "many", "seed": "1"}, "trials: give a whole number from 64 to 1,000,000"),
        ({"trials": "64", "seed": "1", "without": "nothing"}, "the deal has no clause &#39;nothing&#39;"),
    ):
        response = post(client, guard, "/d/kasanga/risk/start", fields)
        assert (response.status_code, message in response.text) == (422, True)
    assert "this run is gone; start it again" in client.get("/d/kasanga/risk/none").text
