"""The model's rows: every line as a table with its formula in words, the trace of a number to its inputs, and the checks."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from starlette.requests import Request
from starlette.responses import Response
from starlette.routing import Route

from jvmodel.backends.excel import Layout
from jvmodel.backends.words import Step, sentence, trace
from jvmodel.errors import GraphError
from jvmodel.shown import figure
from jvmodel.workbench.app import Workbench, shown

if TYPE_CHECKING:
    from jvmodel.graph import ClosedGraph
    from jvmodel.model import CheckResult, Model

DEEPEST = 12
MOST_FOUND = 60
"""Rows that a search shows."""


def chapters(workbench: Workbench, request: Request) -> Response:
    """The rows of one chapter (a sheet of the workbook), and the checks."""
    name = request.path_params["name"]
    model = workbench.desk(name).study.model
    graph = model.graph
    sheets: dict[str, dict[str, list[str]]] = {}
    for row, info in graph.rows.items():
        sheets.setdefault(Layout.sheet(info.chapter), {}).setdefault(info.block, []).append(row)
    chosen, sought = request.query_params.get("sheet", next(iter(sheets))), request.query_params.get("find", "").strip()[:80]
    if chosen not in sheets:
        raise GraphError(f"there is no sheet '{chosen[:60]}'; there are {', '.join(sheets)}")
    found = _found(model.graph, sought) if sought else []
    shown_rows: dict[str, list[str]] = {}
    for row in found[:MOST_FOUND]:
        shown_rows.setdefault(graph.rows[row].block, []).append(row)
    blocks = [
        {"title": graph.headings[block].title, "rows": [_row(model, row) for row in rows]}
        for block, rows in (shown_rows if sought else sheets[chosen]).items()
    ]
    return workbench.page(
        "rows.html.j2", name=name, title=model.deal.deal, sheets=list(sheets), chosen="" if sought else chosen, blocks=blocks,
        labels=graph.timeline.labels, checks=[_check(one) for one in model.checks],
        sought=sought, count=len(found), most=MOST_FOUND,
    )  # fmt: skip


def _check(one: CheckResult) -> dict[str, Any]:
    return {"label": one.label, "worst": f"{one.worst:.0e}" if one.worst else "none", "passed": one.passed}


def _found(graph: ClosedGraph, sought: str) -> list[str]:
    """Rows with all the words, in their label, name, clause or sheet."""
    words = sought.lower().split()

    def about(row: str) -> str:
        info = graph.rows[row]
        return f"{info.label} {row} {graph.headings[info.block].title} {Layout.sheet(info.chapter)}".lower()

    return [row for row in graph.rows if all(word in about(row) for word in words)]


def _row(model: Model, row: str) -> dict[str, Any]:
    graph, unit = model.graph, model.graph.display_unit(row)
    values = [float(value) for value in model.run.single(row)]
    kind = graph.total_kind(row)
    total = "" if kind == "none" else figure(sum(values) if kind == "sum" else values[-1], unit)
    return {
        "name": row, "label": graph.rows[row].label, "words": sentence(graph, row).partition(" = ")[2],
        "unit": "" if unit == "1" else unit, "total": total,
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
    deep = min(DEEPEST, int(depth)) if depth.isdecimal() and len(depth) < 4 else 4
    steps = trace(model.run, row, at, deep) if at is not None or graph.total_kind(row) == "sum" else None
    layout = Layout.of(graph)
    place, shown_at = layout.rows[row], at or 0
    return workbench.page(
        "trace.html.j2", name=name, row=row, label=info.label, period=period, words=sentence(graph, row), depth=deep,
        cell=f"{place.sheet}!{layout.column(shown_at)}{place.row}", formula=layout.formula(row, shown_at),
        step=_step(graph, steps) if steps is not None else None, unfolded=steps is not None and _cut(steps),
    )  # fmt: skip


def _step(graph: ClosedGraph, step: Step) -> dict[str, Any]:
    """A number of the trace, with where to follow it and what it comes from."""
    labels = graph.timeline.labels
    return {
        "label": step.label, "period": step.period, "shown": step.shown, "words": step.words, "origin": step.origin,
        "seen": step.seen, "row": step.name if step.name in graph.rows and not step.origin else "",
        "at": step.period if step.period in labels else "", "causes": [_step(graph, cause) for cause in step.causes],
    }  # fmt: skip


def _cut(step: Step) -> bool:
    """Whether the way to the inputs goes on beyond what is shown."""
    if step.causes:
        return any(_cut(cause) for cause in step.causes)
    return bool(step.words) and not step.origin and not step.seen


ROUTES = [Route("/d/{name}/model", shown(chapters)), Route("/d/{name}/trace", shown(traced))]
