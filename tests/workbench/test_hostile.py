"""What goes wrong around the workbench: files that vanish, folders that cannot be written, odd texts, very many deals."""

from __future__ import annotations

import re
import shutil
import time
from collections.abc import Iterator
from pathlib import Path

import pytest
from httpx2 import Response
from starlette.testclient import TestClient

from jvmodel.shipped import deals
from jvmodel.workbench.app import Workbench, create_app
from jvmodel.workbench.desk import OPEN
from jvmodel.workbench.library import Library
from jvmodel.workbench.safety import Guard

GUARD = Guard()
HEADERS = {"X-Token": GUARD.token, "HX-Request": "true"}


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    found = tmp_path / "deals"
    found.mkdir()
    for name in ("starter.yaml", "starter_mine_plan.csv"):
        shutil.copy(deals() / name, found)
    return found


@pytest.fixture
def client(folder: Path) -> Iterator[TestClient]:
    with TestClient(create_app(folder, GUARD), base_url="http://localhost", raise_server_exceptions=False) as found:
        yield found


def post(client: TestClient, path: str, fields: dict[str, str], **options: object) -> Response:
    return client.post(path, data=fields, headers=HEADERS, follow_redirects=False, **options)  # type: ignore[arg-type]


def offer(folder: Path, name: str, base: str, more: str = "") -> None:
    (folder / f"{name}.yaml").write_text(f"base: {base}.yaml\n{more}changes:\n  discount_rate: 9%\n")


def test_a_deal_that_vanishes_while_it_is_open_is_told(client: TestClient, folder: Path) -> None:
    offer(folder, "over", "starter")
    version = re.search(r'name="version" value="([0-9a-f]+)"', client.get("/d/starter/edit").text)
    assert version is not None
    assert client.get("/d/over/table").status_code == 200
    (folder / "starter.yaml").unlink()
    for response in (
        post(client, "/d/starter/move", {"moved": ""}),
        post(client, "/d/starter/save", {"text": "deal: X\n", "version": version[1]}),
        client.get("/d/starter/row"),
        client.get("/d/starter/download/xlsx"),
    ):
        assert (response.status_code, "there is no deal &#39;starter&#39; in this folder" in response.text) == (404, True)
    assert not (folder / "starter.yaml").exists(), "a save does not bring it back"
    response = client.get("/d/over/table")
    assert (response.status_code, "there is no deal &#39;starter.yaml&#39; beside the proposal" in response.text) == (422, True)
    page = client.get("/")
    assert (page.status_code, "/d/starter/" in page.text) == (200, False)


def test_a_folder_without_deals_and_one_that_is_gone(tmp_path: Path) -> None:
    folder = tmp_path / "none"
    folder.mkdir()
    with TestClient(create_app(folder, GUARD), base_url="http://localhost", raise_server_exceptions=False) as client:
        assert "There is no deal in this folder yet. Begin one from an example, or upload one." in client.get("/").text
        shutil.rmtree(folder)
        assert client.get("/").status_code == 200
        response = post(client, "/deals", {"name": "mine", "origin": "starter"})
        assert response.status_code == 422
        assert "the folder of deals cannot be written: No such file or directory; nothing was changed" in response.text


def test_a_folder_that_cannot_be_written(client: TestClient, folder: Path) -> None:
    (folder / ".history").write_text("in the way")
    for path, fields in (("/d/starter/copy", {"to": "other"}), ("/d/starter/rename", {"to": "other"})):
        response = post(client, path, fields)
        assert response.status_code == 422
        assert "the folder of deals cannot be written: File exists; nothing was changed" in response.text
    assert sorted(path.name for path in folder.glob("*.yaml")) == ["starter.yaml"]


def test_a_text_that_is_not_utf_8_is_never_saved_over(client: TestClient, folder: Path) -> None:
    raw = (folder / "starter.yaml").read_bytes().replace(b"deal: ", b"deal: M\xfcller ", 1)
    (folder / "latin.yaml").write_bytes(raw)
    for path in ("edit", "numbers", "changes", "download/yaml", "table"):
        response = client.get(f"/d/latin/{path}")
        assert (path, response.status_code, "UTF-8" in response.text) == (path, 422, True)
    assert "UTF-8" in client.get("/d/latin/row").text
    assert (folder / "latin.yaml").read_bytes() == raw


def test_the_workbook_of_a_deal_is_no_table(client: TestClient, folder: Path) -> None:
    raw = client.get("/d/starter/download/xlsx").content
    response = post(client, "/upload", {}, files={"file": ("back.xlsx", raw)})
    assert response.status_code == 422
    assert "back.xlsx is the workbook of a deal; bring it back under &#39;Edited workbook&#39;" in response.text
    assert not (folder / "back.xlsx").exists()


def test_a_renamed_deal_keeps_the_proposals_over_it(client: TestClient, folder: Path) -> None:
    """Those that name it name it anew, with what stood there in their history; those over other deals stay untouched."""
    offer(folder, "first", "starter", "by: Us  # who\n")
    offer(folder, "second", "first")
    untouched = (folder / "second.yaml").read_text()
    post(client, "/d/starter/rename", {"to": "2027_mine"})
    assert (folder / "first.yaml").read_text() == 'base: "2027_mine.yaml"\nby: Us  # who\nchanges:\n  discount_rate: 9%\n'
    assert (folder / "second.yaml").read_text() == untouched
    books = Library(folder)
    assert books.earlier("first", 1).startswith("base: starter.yaml\n")
    assert books.names() == ["2027_mine", "first", "second"]
    assert client.get("/d/second/table").status_code == 200


def test_proposals_stand_beneath_their_deals(folder: Path) -> None:
    over = {"zeta": "alpha", "beta": "zeta", "gamma": "alpha", "lost": "nowhere", "round": "about", "about": "round"}
    for name, base in over.items():
        offer(folder, name, base)
    shutil.copy(folder / "starter.yaml", folder / "alpha.yaml")
    books = Library(folder)
    assert books.families() == [
        ("alpha", 0), ("gamma", 1), ("zeta", 1), ("beta", 1), ("lost", 0), ("starter", 0), ("about", 0), ("round", 0),
    ]  # fmt: skip
    assert books.kin("zeta") == ["alpha", "gamma", "beta"]
    assert books.kin("starter") == []


def test_very_many_deals_are_listed_without_opening_them(
    client: TestClient, folder: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Rows wait until they are looked at; none of those looked at stays open; a changed file is read anew."""
    for number in range(300):
        shutil.copy(folder / "starter.yaml", folder / f"deal_{number:03}.yaml")
    monkeypatch.setattr("jvmodel.workbench.deals.BUDGET", 0.0)
    workbench: Workbench = client.app.state.workbench  # type: ignore[attr-defined]
    page = client.get("/").text
    assert page.count('hx-trigger="revealed"') == 301
    assert workbench.rows == {}
    first = client.get("/d/deal_007/row?depth=0").text
    assert re.search(r'data-head="NPV">[\d.,−]+<', first)
    assert not workbench.desks.has("deal_007")
    assert client.get("/").text.count('hx-trigger="revealed"') == 300
    text = (folder / "deal_007.yaml").read_text()
    (folder / "deal_007.yaml").write_text(re.sub(r"discount_rate: [\d.]+%", "discount_rate: 25%", text, count=1))
    assert client.get("/d/deal_007/row?depth=0").text != first
    for number in range(OPEN + 3):
        client.get(f"/d/deal_{number:03}/model?sheet=nothing")
    assert sum(workbench.desks.has(f"deal_{number:03}") for number in range(300)) == OPEN


def test_long_and_turned_names_stay_within_their_places(client: TestClient, folder: Path) -> None:
    """Marks that turn the order of letters cannot reach beyond the element that they stand in."""
    text = (folder / "starter.yaml").read_text()
    (folder / "odd.yaml").write_text(
        re.sub(r"^deal: .*", 'deal: "\\\\u202eevil \\\\u2066 <b>"', text, count=1, flags=re.MULTILINE)
    )
    page = client.get("/d/odd/row").text
    assert "\u202eevil \u2066 &lt;b&gt;" in page
    style = client.get("/static/workbench.css").text
    assert re.search(r"\bb, [^{]*\bth, td[^{]*\{ unicode-bidi: isolate; \}", style)
    long = post(client, "/d/starter/copy", {"to": "n" * 10_000})
    assert (long.status_code, "is not a name for a deal" in long.text, len(long.text) < 500) == (422, True, True)


def test_odd_numbers_in_fields_are_told(client: TestClient) -> None:
    for value in ("9" * 5_000, "1e999", "-inf", "٣", "0x10", "1_000", "--1", "\u202e1"):
        response = post(client, "/d/starter/move", {"v:discount_rate": value, "moved": ""})
        assert response.status_code in (200, 422)
        if response.status_code == 200:
            assert "nan" not in response.text.lower()
    page = client.get("/d/starter/numbers").text
    fields = dict(re.findall(r'name="(n:[^"]+|version)"(?: id="version")? value="([^"]*)"', page))
    response = post(client, "/d/starter/numbers", fields | {"n:discount_rate": "9" * 5_000})
    assert (response.status_code, 'data-field="n-discount_rate"' in response.text) == (422, True)


def test_a_file_waits_for_another_of_its_kind_and_for_no_other(client: TestClient, monkeypatch: pytest.MonkeyPatch) -> None:
    """Two PDFs are made one after the other; a YAML file comes while they are."""
    import threading

    made, going, most = threading.Event(), 0, 0

    def write(_model: object, path: Path) -> None:
        nonlocal going, most
        going += 1
        most = max(most, going)
        made.wait(20)
        going -= 1
        path.write_bytes(b"%PDF")

    monkeypatch.setattr("jvmodel.workbench.deals.write", write)
    found: list[int] = []
    waiting = [threading.Thread(target=lambda: found.append(client.get("/d/starter/download/pdf").status_code)) for _ in range(2)]
    for one in waiting:
        one.start()
    workbench: Workbench = client.app.state.workbench  # type: ignore[attr-defined]
    while ".pdf" not in workbench.queues or workbench.queues[".pdf"].statistics().tasks_waiting < 1:
        time.sleep(0.01)
    assert client.get("/d/starter/download/yaml").status_code == 200
    made.set()
    for one in waiting:
        one.join(20)
    assert (found, most) == ([200, 200], 1)
