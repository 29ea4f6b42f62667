"""Every row of the model as plain data: CSV for spreadsheets and scripts, JSON for programs."""

from __future__ import annotations

import json
from importlib.util import find_spec
from pathlib import Path
from typing import TYPE_CHECKING, Any

from jvmodel.errors import OutputError
from jvmodel.report.files import replace_text, replacing
from jvmodel.report.summary import summary

if TYPE_CHECKING:
    import pandas as pd

    from jvmodel.model import Model

FORMULA_STARTS = ("=", "+", "-", "@", "\t", "\r")


def frame(model: Model) -> pd.DataFrame:
    """The rows of the model by name: label, unit, total, and a column for each period, in full precision."""
    import pandas as pd

    graph, run = model.graph, model.run
    values = pd.DataFrame({name: run.single(name) for name in graph.rows}, index=list(graph.timeline.labels)).T
    kinds = pd.Series({name: graph.total_kind(name) for name in graph.rows})
    totals = values.sum(axis=1).where(kinds == "sum", values.iloc[:, -1].where(kinds == "last"))
    labels = [_harmless(info.label) for info in graph.rows.values()]
    values.insert(0, "total", totals)
    values.insert(0, "unit", [graph.display_unit(name) for name in graph.rows])
    values.insert(0, "label", labels)
    return values.rename_axis("row")


def write_csv(model: Model, path: Path) -> None:
    """One line a row of the model (UTF-8, full precision)."""
    replace_text(path, frame(model).to_csv(lineterminator="\n"))


def write_parquet(model: Model, path: Path) -> None:
    """The rows of the CSV as Parquet, one column a period; raises OutputError where pyarrow is not installed."""
    if find_spec("pyarrow") is None:
        advice = "install it with: python -m pip install 'jvmodel[scale]'"
        raise OutputError(f"{path}: writing Parquet needs pyarrow, which is not installed; {advice}") from None
    with replacing(path) as draft:
        frame(model).reset_index().to_parquet(draft, index=False, compression="zstd")


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
