"""The model's rows: every line as a table with its formula in words, the trace of a number to its inputs, and the checks."""

from __future__ import annotations

from typing import Any

from starlette.requests import Request
from starlette.responses import Response
from starlette.routing import Route

from jvmodel.backends.excel import Layout
from jvmodel.backends.words import as_text, sentence, trace
from jvmodel.errors import GraphError
from jvmodel.shown import figure
from jvmodel.workbench.app import Workbench, shown

DEEPEST = 12


def chapters(workbench: Workbench, request: Request) -> Response:
    """The rows of one chapter (a sheet of the workbook), and the checks."""
    name = request.path_params["name"]
    model = workbench.desk(name).study.model
    graph = model.graph
    sheets: dict[str, dict[str, list[str]]] = {}
    for row, info in graph.rows.items():
        sheets.setdefault(Layout.sheet(info.chapter), {}).setdefault(info.block, []).append(row)
    chosen = request.query_params.get("sheet", next(iter(sheets)))
    if chosen not in sheets:
        raise GraphError(f"there is no sheet '{chosen[:60]}'; there are {', '.join(sheets)}")
    blocks = [
        {"title": graph.headings[block].title, "rows": [_row(workbench, name, row) for row in rows]}
        for block, rows in sheets[chosen].items()
    ]
    return workbench.page(
        "rows.html.j2", name=name, title=model.deal.deal, sheets=list(sheets), chosen=chosen, blocks=blocks,
        labels=graph.timeline.labels, checks=model.checks,
    )  # fmt: skip


def _row(workbench: Workbench, name: str, row: str) -> dict[str, Any]:
    model = workbench.desk(name).study.model
    graph, unit = model.graph, model.graph.display_unit(row)
    values = [float(value) for value in model.run.single(row)]
    kind = graph.total_kind(row)
    total = "" if kind == "none" else figure(sum(values) if kind == "sum" else values[-1], unit)
    return {
        "name": row, "label": graph.rows[row].label, "unit": "" if unit == "1" else unit, "total": total,
        "cells": [figure(value, unit) if value else "–" for value in values],
    }  # fmt: skip


def traced(workbench: Workbench, request: Request) -> Response:
    """Where a number comes from: the row's formula in words and in Excel, and its way to the inputs."""
    name, query = request.path_params["name"], request.query_params
    model = workbench.desk(name).study.model
    row, period = query.get("row", ""), query.get("period", "")
    graph = model.graph
    info = graph.row(row)
    labels = graph.timeline.labels
    at = labels.index(period) if period in labels else None
    if period and at is None:
        raise GraphError(f"there is no period '{period[:40]}'; periods run from {labels[0]} to {labels[-1]}")
    depth = query.get("depth", "4")
    deep = min(DEEPEST, int(depth)) if depth.isdigit() and len(depth) < 4 else 4
    layout = Layout.of(graph)
    place, shown_at = layout.rows[row], at or 0
    return workbench.page(
        "trace.html.j2", name=name, row=row, label=info.label, period=period, words=sentence(graph, row), depth=deep,
        cell=f"{place.sheet}!{layout.column(shown_at)}{place.row}", formula=layout.formula(row, shown_at),
        trace=as_text(trace(model.run, row, at, deep)) if at is not None or graph.total_kind(row) == "sum" else "",
    )  # fmt: skip


ROUTES = [Route("/d/{name}/model", shown(chapters)), Route("/d/{name}/trace", shown(traced))]
