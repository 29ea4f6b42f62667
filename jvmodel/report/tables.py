"""Every row of the model as plain data: CSV for spreadsheets and scripts, JSON for programs."""

from __future__ import annotations

import csv
import io
import json
from pathlib import Path
from typing import TYPE_CHECKING, Any

from jvmodel.report.files import replace_text
from jvmodel.report.summary import summary

if TYPE_CHECKING:
    from jvmodel.model import Model

FORMULA_STARTS = ("=", "+", "-", "@", "\t", "\r")


def write_csv(model: Model, path: Path) -> None:
    """One line a row of the model: name, label, unit, total, and a column for each period (UTF-8, full precision)."""
    text = io.StringIO(newline="")
    writer = csv.writer(text)
    writer.writerow(["row", "label", "unit", "total", *model.graph.timeline.labels])
    for name, info in model.graph.rows.items():
        values = model.run.single(name)
        kind = model.graph.total_kind(name)
        total = {"sum": float(values.sum()), "last": float(values[-1])}.get(kind, "")
        cells = [name, _harmless(info.label), model.graph.display_unit(name), total, *(float(value) for value in values)]
        writer.writerow(cells)
    replace_text(path, text.getvalue())


def _harmless(text: str) -> str:
    """Text that a spreadsheet would take for a formula, with an apostrophe before it."""
    return f"'{text}" if text.startswith(FORMULA_STARTS) else text


def write_json(model: Model, path: Path) -> None:
    """The document of `run --json`, with all inputs and rows."""
    document: dict[str, Any] = summary(model)
    document["inputs"] = {
        given.name: {"label": given.label, "unit": given.unit, "value": given.value, "note": given.note}
        for given in model.graph.params.values()
        if given.path
    }
    document["rows"] = {
        name: {"label": info.label, "unit": model.graph.display_unit(name), "values": model.run.single(name).tolist()}
        for name, info in model.graph.rows.items()
    }
    replace_text(path, json.dumps(document, indent=1, ensure_ascii=False, allow_nan=False))
