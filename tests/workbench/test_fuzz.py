"""Whatever is sent to any route of the workbench, it answers in words: never a fault of its own, never a trace of one."""

from __future__ import annotations

import shutil
from collections.abc import Iterator
from pathlib import Path

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from starlette.routing import Route
from starlette.testclient import TestClient

from jvmodel.shipped import deals
from jvmodel.workbench.app import create_app
from jvmodel.workbench.safety import Guard

GUARD = Guard()


@pytest.fixture(scope="module")
def folder(tmp_path_factory: pytest.TempPathFactory) -> Path:
    return tmp_path_factory.mktemp("fuzz")


@pytest.fixture(scope="module")
def client(folder: Path) -> Iterator[TestClient]:
    with TestClient(create_app(folder, GUARD), base_url="http://localhost", raise_server_exceptions=False) as found:
        yield found


def laid_out(folder: Path) -> None:
    """The folder as it was: an earlier request may have renamed, changed or deleted a deal, and each request is to meet the same."""
    shutil.rmtree(folder)
    folder.mkdir()
    for name in ("starter.yaml", "starter_mine_plan.csv"):
        shutil.copy(deals() / name, folder)
    (folder / "offer.yaml").write_text("base: starter.yaml\nchanges:\n  discount_rate: 9%\n")


def routes() -> list[Route]:
    found = create_app(Path(), GUARD).routes
    return [route for route in found if isinstance(route, Route)]


WORDS = st.one_of(
    st.sampled_from(
        [
            "starter",
            "..",
            "a" * 300,
            "-1",
            "0",
            "99999999999",
            "nan",
            "inf",
            "1e400",
            "<script>",
            "{{ 7 * 7 }}",
            "=cmd|' /C'!A0",
            "\x00",
            "ё🙂\u202e",
        ]
    ),
    st.text(max_size=40),
)
FIELDS = (
    "to", "by", "note", "name", "origin", "text", "version", "moved", "added", "hold", "gives", "held", "held_at", "held_by",
    "trials", "seed", "without", "bearing", "v:prices.gold.flat", "v:terms.royalty.rate", "with", "party", "add", "row", "period",
    "depth", "sheet", "password", "x", "y", "at_x", "at_y",
    "pick", "base", "title", "date", "c:discount_rate", "c:terms.royalty.rate", "x:discount_rate", "r:royalty", "n:discount_rate",
    "find", "deal", "kind", "at", "a:0", "s:terms.royalty.rate:2031", "h:terms.royalty.rate", "f:name", "f:rate", "t:rate:2031",
)  # fmt: skip


@settings(max_examples=250, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(
    route=st.sampled_from(routes()), words=st.lists(WORDS, min_size=3, max_size=3), known=st.booleans(),
    mine=st.sampled_from(["starter", "offer"]),
    fields=st.dictionaries(st.sampled_from(FIELDS), WORDS, max_size=6), raw=st.one_of(st.none(), st.binary(max_size=200)),
)  # fmt: skip
def test_no_route_fails(
    folder: Path,
    client: TestClient,
    route: Route,
    words: list[str],
    known: bool,
    mine: str,
    fields: dict[str, str],
    raw: bytes | None,
) -> None:
    from urllib.parse import quote

    laid_out(folder)
    path = route.path
    for place, word in zip(("{name}", "{key}", "{ending}"), words, strict=True):
        path = path.replace(place, mine if known and place == "{name}" else quote(word or "x", safe=""))
    path = path.replace("{number:int}", "1")
    fields = {name: value for name, value in fields.items() if not (name == "trials" and value.isdigit() and len(value) > 4)}
    if route.path.endswith(("/changes", "/numbers", "/clause")) and known:
        fields["version"] = client.app.state.workbench.library.read(mine).version  # type: ignore[attr-defined]
    if "POST" in (route.methods or set()) and route.path != "/sign-in":
        files = {"file": ("x.xlsx" if known else "x.yaml", raw)} if raw is not None else None
        response = client.post(path, data=fields, files=files, headers={"X-Token": GUARD.token}, follow_redirects=False)
    else:
        response = client.get(path, params=fields, follow_redirects=False)
    assert response.status_code < 500, response.text
    assert "Traceback" not in response.text
    assert "<script>" not in response.text.replace('<script src="/static/', "")
