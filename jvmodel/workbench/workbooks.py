"""An edited workbook brought back onto its deal: what it changes in words and in values, shown before it is saved."""

from __future__ import annotations

import tempfile
import zipfile
import zlib
from io import BytesIO
from pathlib import Path
from typing import TYPE_CHECKING, Any

from starlette.requests import Request
from starlette.responses import RedirectResponse, Response
from starlette.routing import Route

from jvmodel.errors import JvmodelError, OutputError
from jvmodel.report.summary import metrics_of
from jvmodel.shown import figure
from jvmodel.workbench.app import Workbench, changing, text_of
from jvmodel.workbench.library import LARGEST
from jvmodel.workbench.safety import refuse_bomb

if TYPE_CHECKING:
    from jvmodel.model import Model


def brought(workbench: Workbench, _request: Request, fields: dict[str, object]) -> Response:
    """What an edited workbook would change in the deal that it came from; nothing is saved yet."""
    from jvmodel.reading import onto, read_workbook

    name, file = text_of(fields, "deal"), fields.get("file")
    if not isinstance(file, tuple) or not file[0]:
        raise OutputError("choose the workbook (.xlsx) that you downloaded and changed")
    called, raw = Path(str(file[0]).replace("\\", "/")).name[:80], bytes(file[1])
    held = workbench.library.read(name)
    refuse_bomb(raw, called)
    model = workbench.desk(name).study.model
    deal = workbench.library.deal(name)
    with tempfile.TemporaryDirectory() as folder:
        path = Path(folder) / "workbook.xlsx"
        path.write_bytes(raw)
        try:
            reading = read_workbook(path, model)
            result = onto(reading, deal, model)
        except JvmodelError as error:
            raise JvmodelError(str(error).replace(str(path), called).replace(str(deal), name)) from None
    return workbench.page(
        "brought.html.j2", name=name, title=model.deal.deal, called=called, text=result.text, version=held.version,
        edits=[line for edit in reading.edits for line in edit.words()], notes=[*reading.notes, *result.notes],
        rows=_values(result.before, result.after), money=f"{model.deal.currency}m",
    )  # fmt: skip


def is_of_a_deal(raw: bytes) -> bool:
    """Whether a workbook, which must be one, has the sheets of one that was written from a deal."""
    try:
        with zipfile.ZipFile(BytesIO(raw)) as archive:
            book = archive.read("xl/workbook.xml")
    except (KeyError, zipfile.BadZipFile, zlib.error, RuntimeError, EOFError):
        return False
    return all(f'name="{sheet}"'.encode() in book for sheet in ("Inputs", "Series", "Partners", "Checks"))


def _values(before: Model, after: Model) -> list[dict[str, Any]]:
    """Every party's value before and after, and the change."""
    rows = []
    for party in after.parties:
        old, new = (metrics_of(model, party)["npv"] for model in (before, after))
        change = new - old
        shown = figure(abs(change), "USDm")
        still = not float(shown.replace(",", ""))
        rows.append({
            "label": after.label(party), "venture": party not in after.deal.parties, "before": figure(old, "USDm"),
            "after": figure(new, "USDm"), "change": "–" if still else f"{'+' if change > 0 else '−'}{shown}",
            "tone": "" if still else "up" if change > 0 else "down",
        })  # fmt: skip
    return rows


def taken(workbench: Workbench, request: Request, fields: dict[str, object]) -> Response:
    """Saves the deal with the workbook's changes, unless somebody has saved it meanwhile."""
    name = request.path_params["name"]
    workbench.library.save(name, text_of(fields, "text", LARGEST), text_of(fields, "version"))
    return RedirectResponse(f"/d/{name}/table", 303)


ROUTES = [
    Route("/workbook", changing(brought), methods=["POST"]),
    Route("/d/{name}/take", changing(taken), methods=["POST"]),
]
