"""The deal file in an editor: faults as they are typed, saves that never overwrite another's, and the history of versions."""

from __future__ import annotations

import difflib
import itertools
import re
from pathlib import Path
from typing import Any

from starlette.requests import Request
from starlette.responses import Response
from starlette.routing import Route

from jvmodel.dealfile import load
from jvmodel.errors import DealError, Fault, JvmodelError
from jvmodel.model import build
from jvmodel.workbench.app import Workbench, changing, shown, text_of
from jvmodel.workbench.library import LARGEST

MOST_CHANGES = 2_000
PLACE = re.compile(r"^@@ .*\+(\d+).*@@.*$")
"""Where in the file of now the lines of a difference begin."""


def editor(workbench: Workbench, request: Request) -> Response:
    """The text of a deal, its faults, and its earlier versions."""
    return _page(workbench, request.path_params["name"])


def _page(workbench: Workbench, name: str, said: str = "") -> Response:
    held = workbench.library.read(name)
    return workbench.page(
        "edit.html.j2", name=name, title=name, over=workbench.library.over(name), text=held.text, version=held.version, said=said,
        history=workbench.library.history(name), **_checked(workbench, name, held.text),
    )  # fmt: skip


def check(workbench: Workbench, request: Request, fields: dict[str, object]) -> Response:
    """The faults of a text, without saving it."""
    name = request.path_params["name"]
    workbench.library.path(name)
    return workbench.page("faults.html.j2", **_checked(workbench, name, text_of(fields, "text", LARGEST)))


def save(workbench: Workbench, request: Request, fields: dict[str, object]) -> Response:
    """Saves a text in place of the version that it was made from; a text with faults may be saved, and says so."""
    name, text = request.path_params["name"], text_of(fields, "text", LARGEST)
    held = workbench.library.save(name, text, text_of(fields, "version"))
    history = workbench.library.history(name)
    return workbench.page(
        "saved.html.j2", name=name, version=held.version, history=history, **_checked(workbench, name, held.text)
    )


def version(workbench: Workbench, request: Request) -> Response:
    """What has changed since an earlier version, line by line."""
    name, number = request.path_params["name"], request.path_params["number"]
    earlier, now = workbench.library.earlier(name, number), workbench.library.read(name)
    lines = difflib.unified_diff(earlier.splitlines(), now.text.splitlines(), f"version {number}", "now", lineterm="", n=2)
    shown_lines = [
        {"text": PLACE.sub(r"line \1", line), "tone": {"+": "added", "-": "removed", "@": "place"}.get(line[:1], "")}
        for line in itertools.islice(lines, 2, MOST_CHANGES)
    ]
    return workbench.page("version.html.j2", name=name, title=name, number=number, lines=shown_lines, version=now.version)


def restore(workbench: Workbench, request: Request, fields: dict[str, object]) -> Response:
    """Makes an earlier version the present one; what is replaced goes into the history."""
    name, number = request.path_params["name"], request.path_params["number"]
    workbench.library.save(name, workbench.library.earlier(name, number), text_of(fields, "version"))
    return _page(workbench, name, f"Version {number} is back; what stood here before is in the history.")


def _checked(workbench: Workbench, name: str, text: str) -> dict[str, Any]:
    """Faults of a text with their lines, as if it stood in the folder."""
    faults: list[dict[str, Any]] = []
    summary = ""
    path = workbench.library.path(name)
    try:
        workbench.library.confine(path, text)
        model = build(load(path, text=text))
        summary = f"{len(model.graph.rows)} rows; {sum(one.passed for one in model.checks)} of {len(model.checks)} checks pass"
    except DealError as error:
        faults = [_placed(one, path.name) for one in error.faults]
    except JvmodelError as error:
        faults = [{"line": 0, "column": 0, "message": str(error)}]
    return {"faults": faults, "summary": summary}


def _placed(fault: Fault, file: str) -> dict[str, Any]:
    """A fault with its line, where that is one of this file; else with the file in its words."""
    other = Path(fault.file).name
    if other == file:
        return {"line": fault.line, "column": fault.column, "message": fault.message}
    return {"line": 0, "column": 0, "message": f"{other}, line {fault.line}: {fault.message}"}


ROUTES = [
    Route("/d/{name}/edit", shown(editor)),
    Route("/d/{name}/check", changing(check), methods=["POST"]),
    Route("/d/{name}/save", changing(save), methods=["POST"]),
    Route("/d/{name}/version/{number:int}", shown(version)),
    Route("/d/{name}/version/{number:int}/restore", changing(restore), methods=["POST"]),
]
