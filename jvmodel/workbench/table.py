"""The negotiating table: sliders for the terms, the figures of every party, cash and split of value as the sliders move."""

from __future__ import annotations

import json
import math
from collections.abc import Mapping, Sequence
from datetime import UTC, datetime
from typing import Any

from markupsafe import Markup
from starlette.requests import Request
from starlette.responses import Response
from starlette.routing import Route

from jvmodel.errors import JvmodelError
from jvmodel.lever import Lever, levers
from jvmodel.report.figures import Cash, Cumulative, Line, figure
from jvmodel.report.palette import ACCENT, palette
from jvmodel.shown import figure as number
from jvmodel.shown import text
from jvmodel.workbench.app import Workbench, changing, name_of, shown, text_of
from jvmodel.workbench.desk import METRICS, Desk, Lock, Position, Slider
from jvmodel.workbench.numbers import clauses_of

UNITS = {"npv": "USDm", "irr": "%", "moic": "x", "payback": "year", "peak_funding": "USDm"}
HEADS = {"npv": "NPV", "irr": "IRR", "moic": "MOIC", "payback": "Payback", "peak_funding": "Peak funding"}
SAID = {
    "npv": "Net present value at the party's own discount rate",
    "irr": "Internal rate of return: the yearly rate at which the net present value is nil",
    "moic": "Multiple on invested capital: money received for each unit paid in",
    "payback": "Years from the first outlay until it has all come back",
    "peak_funding": "The most that the party is ever out of pocket",
}
NONE = {
    "irr": "no rate: the party never pays in, or never gets back", "moic": "no multiple: the party never pays in",
    "payback": "no payback: the party never pays in, or does not get it back",
}  # fmt: skip
"""Why a figure is n/a."""


def shown_table(workbench: Workbench, request: Request) -> Response:
    """The table with every slider at the deal or at `?v:PATH=VALUE`, further numbers by `?add=PATH`."""
    name = request.path_params["name"]
    desk = workbench.desk(name)
    added = [path for path in dict.fromkeys(request.query_params.getlist("add")) if path]
    sliders = desk.with_added(desk.sliders, added)
    position = desk.move(sliders, read_values(sliders, request.query_params))
    return workbench.page("table.html.j2", added=added, **_context(desk, name, sliders, position), **_standing(desk, position))


def move(workbench: Workbench, request: Request, fields: dict[str, object]) -> Response:
    """The figures for where the sliders stand; the header HX-Trigger tells the page which sliders gave way."""
    name = request.path_params["name"]
    desk = workbench.desk(name)
    sliders = desk.with_added(desk.sliders, [path for path in text_of(fields, "added").split("\n") if path])
    values = read_values(sliders, fields)
    position = desk.move(sliders, values, text_of(fields, "moved"), _lock(fields))
    response = workbench.page("position.html.j2", **_standing(desk, position))
    told = {path: {"value": value, "text": _said(desk.study.lever(path), value)} for path, value in position.values.items()}
    response.headers["HX-Trigger-After-Swap"] = json.dumps({"placed": told})
    return response


def hold(workbench: Workbench, request: Request, fields: dict[str, object]) -> Response:
    """Locks a figure at what it is now, and says which number gives way for it."""
    desk = workbench.desk(request.path_params["name"])
    sliders = desk.with_added(desk.sliders, [path for path in text_of(fields, "added").split("\n") if path])
    chosen, gives = text_of(fields, "hold"), text_of(fields, "gives")
    if not chosen or not gives:
        raise JvmodelError("choose a figure, and which term gives way for it")
    lock = desk.lock_now(chosen, read_values(sliders, fields), gives)
    party, _, metric = lock.figure.rpartition(".")
    said = f"{HEADS[metric]} of {desk.study.model.label(party)} held at {_figure(lock.value, metric)}"
    return workbench.page("held.html.j2", lock=lock, said=said)


def keep(workbench: Workbench, request: Request, fields: dict[str, object]) -> Response:
    """Saves where the sliders stand as a named proposal over the deal."""
    name = request.path_params["name"]
    desk = workbench.desk(name)
    sliders = desk.with_added(desk.sliders, [path for path in text_of(fields, "added").split("\n") if path])
    position = desk.move(sliders, read_values(sliders, fields))
    to, by = name_of(fields, "to"), text_of(fields, "by", 80).strip()
    changed = {path: value for path, value in position.values.items() if value != desk.study.lever(path).base}
    if not changed:
        raise JvmodelError("no slider was moved, so there is nothing to propose")
    workbench.library.create(to, proposal(f"{name}.yaml", by, text_of(fields, "note", 500), changed, sliders))
    return workbench.page("kept.html.j2", name=name, to=to, count=len(changed))


def proposal(base: str, by: str, note: str, changed: Mapping[str, float], sliders: Sequence[Slider]) -> str:
    """The text of a proposal file: what it is over, whose it is, and each changed number with what it is called."""
    from io import StringIO

    from ruamel.yaml import YAML
    from ruamel.yaml.comments import CommentedMap

    labels = {one.path: one.lever for one in sliders}
    changes = CommentedMap()
    for path, value in changed.items():
        one = labels[path]
        changes[path] = f"{value * 100:.10g}%" if one.unit == "%" else float(f"{value:.12g}")
        changes.yaml_add_eol_comment(one.label.replace("\n", " "), path)
    document = CommentedMap(base=base)
    if by:
        document["by"] = by
    document["date"] = datetime.now(UTC).strftime("%Y-%m-%d")
    document["changes"] = changes
    if note:
        document["note"] = note
    stream = StringIO()
    yaml = YAML()
    yaml.width = 4096
    yaml.dump(document, stream)
    return stream.getvalue()


def read_values(sliders: Sequence[Slider], fields: Mapping[str, object]) -> dict[str, float]:
    """Where the sliders stand; a value that is not a number or beyond what the deal takes is refused in words."""
    found: dict[str, float] = {}
    for one in sliders:
        given = fields.get(f"v:{one.path}")
        if given is None:
            continue
        try:
            value = float(str(given)[:40])
        except ValueError:
            raise JvmodelError(f"{one.lever.label}: '{str(given)[:40]}' is not a number") from None
        if not math.isfinite(value):
            raise JvmodelError(f"{one.lever.label}: '{str(given)[:40]}' is not a number that a model can use")
        found[one.path] = one.lever.bounded(value)
    return found


def _lock(fields: Mapping[str, object]) -> Lock | None:
    held, value, gives = (str(fields.get(key, "")) for key in ("held", "held_at", "held_by"))
    try:
        return Lock(held, float(value), gives) if held and gives else None
    except ValueError:
        raise JvmodelError(f"'{value[:40]}' is not a value that a figure can be held at") from None


def _context(desk: Desk, name: str, sliders: Sequence[Slider], position: Position) -> dict[str, Any]:
    """What stays as it is while sliders move: the sliders themselves, what can be held, and further numbers."""
    model = desk.study.model
    there = {one.path for one in sliders}
    return {
        "name": name, "title": model.deal.deal, "sliders": [_slider(one, position.values[one.path]) for one in sliders],
        "clauses": [
            {"title": one["title"], "options": [(lever.path, label) for lever, label in one["levers"] if lever.path not in there]}
            for one in clauses_of(list(levers(model.deal)))
        ],
        "names": [party.name for party in model.deal.parties.values()],
        "holds": [
            (f"{party}.{metric}", f"{model.label(party)}: {HEADS[metric]}") for party in desk.parties for metric in ("irr", "npv")
        ],
    }  # fmt: skip


def _standing(desk: Desk, position: Position) -> dict[str, Any]:
    """What follows from where the sliders stand."""
    model = desk.study.model
    base = desk.base
    colours = palette(model.deal.parties, model.deal.ventures)
    parties = [
        {
            "name": party, "label": model.label(party), "colour": colours.get(party, ACCENT),
            "role": model.role(party), "venture": party not in model.deal.parties,
            "cells": [_cell(position.figures[party][metric], base.figures[party][metric], metric) for metric in METRICS],
        }
        for party in desk.parties
    ]  # fmt: skip
    losing = [model.label(party) for party in model.deal.parties if position.figures[party]["npv"] < 0]
    return {
        "losing": losing, "money": f"{model.deal.currency}m",
        "heads": [(HEADS[metric], SAID[metric]) for metric in METRICS], "parties": parties,
        "split": _split(desk, position), "figures": _figures(desk, position), "note": position.note,
    }  # fmt: skip


def _slider(one: Slider, value: float) -> dict[str, Any]:
    group, _, part = one.lever.label.rpartition(": ") if one.lever.others else ("", "", one.lever.label)
    return {
        "path": one.path, "label": one.lever.label, "group": group, "part": part,
        "low": one.low, "high": one.high, "step": one.step, "value": value,
        "text": _said(one.lever, value), "base": one.lever.base, "base_text": _said(one.lever, one.lever.base),
        "tick": round(1000 * (one.lever.base - one.low) / ((one.high - one.low) or 1.0), 1),
        "unit": one.lever.unit, "scale": 100 if one.lever.unit == "%" else 1,
    }  # fmt: skip


def _said(one: Lever, value: float) -> str:
    return f"{value:.3g} ×" if one.unit == "×" else text(value, one.unit)


def _cell(now: float, base: float, metric: str) -> dict[str, str]:
    change = now - base
    defined = math.isfinite(change)
    moved = defined and abs(change) > 1e-9 * max(1.0, abs(base))
    better = (change > 0) == (metric in ("npv", "irr", "moic"))
    return {
        "now": _figure(now, metric), "base": _figure(base, metric), "why": "" if math.isfinite(now) else NONE.get(metric, ""),
        "change": (_change(change, metric) if moved else ""), "tone": ("up" if better else "down") if moved else "",
    }  # fmt: skip


def _figure(value: float, metric: str) -> str:
    if not math.isfinite(value):
        return "n/a"
    return (
        f"{value:,.2f}" if UNITS[metric] == "x" else f"{value:,.1f}" if UNITS[metric] == "year" else number(value, UNITS[metric])
    )


def _change(value: float, metric: str) -> str:
    shown_as = _figure(abs(value), metric).replace("%", " pts")
    return f"{'+' if value > 0 else '−'}{shown_as}"


def _split(desk: Desk, position: Position) -> list[dict[str, Any]]:
    """Shares of the value that partners gain, now and in the base, as widths of a bar."""
    model = desk.study.model
    colours = palette(model.deal.parties, model.deal.ventures)
    found = []
    for held in (position, desk.base):
        gains = {party: max(0.0, held.figures[party]["npv"]) for party in model.deal.parties}
        whole = sum(gains.values())
        at, parts = 0.0, []
        for party, gain in gains.items():
            share = gain / whole if whole else 0.0
            if share > 0.0005:
                parts.append({
                    "label": model.label(party), "colour": colours[party], "share": number(share, "%"),
                    "x": round(at * 1000, 1), "width": round(share * 1000, 1),
                })  # fmt: skip
            at += share
        found.append({"title": "now" if held is position else "base", "parts": parts})
    return found


def _figures(desk: Desk, position: Position) -> list[Markup]:
    model = desk.study.model
    colours = palette(model.deal.parties, model.deal.ventures)
    labels, money = model.graph.timeline.labels, f"{model.deal.currency}m"
    lines = [Line(model.label(party), position.cash[party], colours[party]) for party in model.deal.parties]
    ghosts = [
        Line("Venture", position.cash["venture"], "#1f4e79"), Line("Venture, base", desk.base.cash["venture"], "#9aa5b1"),
    ]  # fmt: skip
    return [
        figure(Cumulative("Cumulative cash of the venture, beside the base", money, labels, tuple(ghosts)), "venture-cash"),
        figure(Cash("Cash by party", money, labels, tuple(lines)), "party-cash"),
    ]


ROUTES = [
    Route("/d/{name}/table", shown(shown_table)),
    Route("/d/{name}/move", changing(move), methods=["POST"]),
    Route("/d/{name}/hold", changing(hold), methods=["POST"]),
    Route("/d/{name}/keep", changing(keep), methods=["POST"]),
]
