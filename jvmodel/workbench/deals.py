"""The list of deals: key figures, new, copy, rename, upload and download."""

from __future__ import annotations

import tempfile
import time
from pathlib import Path
from typing import Any

from starlette.requests import Request
from starlette.responses import RedirectResponse, Response
from starlette.routing import Route

from jvmodel.errors import JvmodelError, OutputError
from jvmodel.report.outputs import ENDINGS, write
from jvmodel.report.summary import metrics_of
from jvmodel.shipped import deals as shipped_deals
from jvmodel.shipped import examples
from jvmodel.shown import figure
from jvmodel.workbench.app import Workbench, changing, in_turn, name_of, shown, text_of
from jvmodel.workbench.library import TABLE
from jvmodel.workbench.safety import refuse_bomb
from jvmodel.workbench.workbooks import is_of_a_deal

KINDS = {
    ".xlsx": "application/vnd.openxmlformats-officedocument.spreadsheetml.sheet", ".html": "text/html; charset=utf-8",
    ".csv": "text/csv; charset=utf-8", ".json": "application/json", ".pdf": "application/pdf",
    ".yaml": "text/yaml; charset=utf-8",
    ".docx": "application/vnd.openxmlformats-officedocument.wordprocessingml.document",
}  # fmt: skip


SEEN = 40
"""Deals that all show their figures; of more than that those which come into view do."""
BUDGET = 1.0
"""Seconds that the page of deals spends on figures; further rows ask for theirs afterwards."""


def listed(workbench: Workbench, _request: Request) -> Response:
    """Every deal of the folder, its proposals beneath it, with key figures or the first fault."""
    until = time.monotonic() + BUDGET
    rows = []
    for name, depth in workbench.library.families():
        known = name in workbench.rows or time.monotonic() < until
        rows.append((_row(workbench, name) if known else {"name": name, "title": name, "waits": True}) | {"depth": depth})
    return workbench.page(
        "deals.html.j2",
        rows=rows,
        when="load" if len(rows) <= SEEN else "revealed",
        examples=list(examples()),
        folder=str(workbench.library.folder),
    )


def row(workbench: Workbench, request: Request) -> Response:
    """The row of one deal."""
    name, depth = request.path_params["name"], request.query_params.get("depth", "0")
    return workbench.page("deal.html.j2", row=_row(workbench, name) | {"depth": 1 if depth == "1" else 0})


def _row(workbench: Workbench, name: str) -> dict[str, Any]:
    """The figures of a deal, worked out again when a file that it leans on has changed."""
    stamp = workbench.library.stamp(name)
    kept = workbench.rows.get(name)
    if kept is None or kept[0] != stamp:
        kept = workbench.rows[name] = stamp, _figures(workbench, name)
    return kept[1]


def _figures(workbench: Workbench, name: str) -> dict[str, Any]:
    about = workbench.library.about(name)
    said = {
        "name": name, "over": (about.base or "").removesuffix(".yaml"), "said": ", ".join(filter(None, (about.by, about.date))),
        "note": about.note, "waits": False,
    }  # fmt: skip
    try:
        model = workbench.glance(name)
    except JvmodelError as error:
        fault = str(error).split("\n", maxsplit=1)[0].replace(f"{workbench.library.folder}/", "")
        return said | {"title": about.title or name, "fault": fault, "money": ""}
    found = metrics_of(model, "venture")
    partners = [party for party in model.deal.parties if f"party.{party}.calls" in model.graph.rows]
    passed = sum(one.passed for one in model.checks)
    title = (about.title or name) if about.base else model.deal.deal
    by = model.label(about.by) if about.by in model.parties else about.by
    return said | {
        "said": ", ".join(filter(None, (by, about.date))), "title": title, "fault": "", "money": f"{model.deal.currency}m",
        "npv": figure(found["npv"], "USDm"), "irr": figure(found["irr"], "%"),
        "partners": [(model.label(party), figure(metrics_of(model, party)["npv"], "USDm")) for party in partners[:4]],
        "checks": f"{passed} of {len(model.checks)}", "failed": passed < len(model.checks),
    }  # fmt: skip


def create(workbench: Workbench, _request: Request, fields: dict[str, object]) -> Response:
    """A new deal from an example, with the tables that it reads."""
    name, origin = name_of(fields, "name"), text_of(fields, "origin")
    if origin not in examples():
        raise OutputError(f"there is no example '{origin[:60]}'")
    workbench.library.create(name, examples()[origin].read_text(encoding="utf-8"))
    for table in (*shipped_deals().glob("*.csv"), *shipped_deals().glob("*.xlsx")):
        used = table.name in examples()[origin].read_text(encoding="utf-8")
        if used and not (workbench.library.folder / table.name).exists():
            workbench.library.store(table.name, table.read_bytes())
    return RedirectResponse(f"/d/{name}/table", 303)


def copy(workbench: Workbench, request: Request, fields: dict[str, object]) -> Response:
    """A copy of a deal."""
    workbench.library.copy(request.path_params["name"], name_of(fields, "to"))
    return RedirectResponse("/", 303)


def rename(workbench: Workbench, request: Request, fields: dict[str, object]) -> Response:
    """Another name for a deal."""
    workbench.library.rename(request.path_params["name"], name_of(fields, "to"))
    return RedirectResponse("/", 303)


def upload(workbench: Workbench, _request: Request, fields: dict[str, object]) -> Response:
    """A deal file, or a table that deals read; an edited workbook goes onto its deal (see `edit`)."""
    file = fields.get("file")
    if not isinstance(file, tuple) or not file[0]:
        raise OutputError("choose a file to upload: a deal (.yaml) or a table (.csv, .xlsx)")
    name, raw = Path(str(file[0]).replace("\\", "/")).name, bytes(file[1])
    if name.lower().endswith((".yaml", ".yml")):
        try:
            text = raw.decode("utf-8-sig")
        except UnicodeDecodeError:
            raise OutputError(f"{name[:60]} is not UTF-8 text; save it as UTF-8 in your editor") from None
        stem = name_of(fields, "name") or "_".join(Path(name).stem.split())
        workbench.library.create(stem, text)
        return RedirectResponse(f"/d/{stem}/edit", 303)
    if not TABLE.match(name):
        raise OutputError(f"'{name[:60]}' is neither a deal (.yaml) nor a table (.csv, .xlsx)")
    if name.endswith(".xlsx"):
        refuse_bomb(raw, name)
        if is_of_a_deal(raw):
            raise OutputError(
                f"{name} is the workbook of a deal; bring it back under 'Edited workbook', with the deal it came from"
            )
    workbench.library.store(name, raw)
    return RedirectResponse("/", 303)


def download(workbench: Workbench, request: Request) -> Response:
    """A deal in one of its forms."""
    name, ending = request.path_params["name"], f".{request.path_params['ending']}"
    headers = {"Content-Disposition": f'attachment; filename="{name}{ending}"'}
    if ending == ".yaml":
        text = workbench.library.read(name).text
        return Response(text, media_type=KINDS[ending], headers=headers)
    if ending not in ENDINGS:
        raise OutputError(f"'{ending}' is not an output; there are .yaml, {', '.join(ENDINGS)}")
    model = workbench.desk(name).study.model
    with tempfile.TemporaryDirectory() as folder:
        path = Path(folder) / f"{name}{ending}"
        try:
            write(model, path)
        except OutputError as error:
            raise OutputError(str(error).replace(str(path), path.name)) from None
        return Response(path.read_bytes(), media_type=KINDS.get(ending, "application/octet-stream"), headers=headers)


def _kind(request: Request) -> str:
    """The queue of a file: that of its kind, so that nothing waits for a PDF but another PDF."""
    ending = f".{request.path_params['ending']}"
    return ending if ending in KINDS else ""


ROUTES = [
    Route("/", shown(listed)),
    Route("/deals", changing(create), methods=["POST"]),
    Route("/upload", changing(upload), methods=["POST"]),
    Route("/d/{name}/row", in_turn(row, lambda _request: "rows")),
    Route("/d/{name}/copy", changing(copy), methods=["POST"]),
    Route("/d/{name}/rename", changing(rename), methods=["POST"]),
    Route("/d/{name}/download/{ending}", in_turn(download, _kind)),
]
