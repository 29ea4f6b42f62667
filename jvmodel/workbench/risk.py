"""Risk: trials with their progress, what every party may get, who bears which risk, and what a clause moves."""

from __future__ import annotations

import asyncio
import json
from collections.abc import AsyncIterator, Callable
from typing import TYPE_CHECKING, Any

from starlette.requests import Request
from starlette.responses import Response, StreamingResponse
from starlette.routing import Route

from jvmodel.analysis.scenarios import Scenarios
from jvmodel.errors import JvmodelError
from jvmodel.report.allocation import heat_map_of, risk_matrix_of
from jvmodel.report.figures import figure
from jvmodel.report.palette import ACCENT, palette
from jvmodel.report.risk import fan_of, money, percent
from jvmodel.workbench.app import Workbench, changing, shown, text_of

if TYPE_CHECKING:
    from jvmodel.analysis.risk import ClauseEffect, RiskTable
    from jvmodel.analysis.simulate import Simulation
    from jvmodel.analysis.spread import Spread

TRIALS = (4_096, 16_384, 65_536, 262_144)
FANS = 8
FEW = 4_096
"""Trials for who bears which risk, which takes two runs a risk."""
LATER = 0.3
"""Share of the bar that is left for who bears which risk, and for what a clause moves."""
PAUSE = 0.15
"""Seconds between two events of progress."""
Tell = Callable[[float, str], None]


def asked(workbench: Workbench, request: Request) -> Response:
    """What can be run: how many trials, with which seed, and which clause to switch off."""
    name = request.path_params["name"]
    model = workbench.desk(name).study.model
    ready = model.deal.uncertainty is not None
    return workbench.page(
        "risk.html.j2", name=name, title=model.deal.deal, ready=ready, trials=TRIALS,
        clauses=[(term.name, term.heading) for term in model.deal.terms],
    )  # fmt: skip


def start(workbench: Workbench, request: Request, fields: dict[str, object]) -> Response:
    """Starts the trials; the page follows them by events."""
    name = request.path_params["name"]
    trials, seed = _whole(fields, "trials", 64, 1_000_000), _whole(fields, "seed", 0, 2**31)
    clause, bearing = text_of(fields, "without"), text_of(fields, "bearing") == "yes"
    path = str(workbench.library.deal(name))
    scenarios = Scenarios.of(path, trials=trials, seed=seed)
    if clause and clause not in {term.name for term in scenarios.study.model.deal.terms}:
        raise JvmodelError(f"the deal has no clause '{clause[:60]}'")

    def work(tell: Tell) -> Any:
        from jvmodel.analysis.risk import clause_effect, risk_table
        from jvmodel.analysis.simulate import simulate

        main = 1 - LATER * (bearing + bool(clause))

        def progress(done: int, so_far: Spread) -> None:
            error = so_far.errors.get(0.5)
            said = f"{done:,} of {trials:,} trials; median value of the venture {money(so_far.percentiles[0.5])}"
            tell(main * done / trials, said + (f" ± {money(error)}" if error is not None else ""))

        tell(0.0, "the first trials")
        found = simulate(scenarios, progress=progress)
        few = Scenarios.of(path, trials=min(trials, FEW), seed=seed)
        table = (
            risk_table(few, tell=lambda done, said: tell(main + LATER * done, f"who bears which risk: {said}"))
            if bearing
            else None
        )
        begun = main + LATER * bearing
        effect = (
            clause_effect(few, clause, tell=lambda done, said: tell(begun + LATER * done, f"what the clause moves: {said}"))
            if clause
            else None
        )
        return _outcomes(found) | _bearing(table) | _effect(effect)

    job = workbench.jobs.start(name, work)
    return workbench.page("running.html.j2", name=name, key=job.key)


def _whole(fields: dict[str, object], name: str, low: int, high: int) -> int:
    text = text_of(fields, name, 20).strip()
    if not text.isdecimal() or not low <= int(text) <= high:
        raise JvmodelError(f"{name}: give a whole number from {low:,} to {high:,}")
    return int(text)


async def events(request: Request) -> Response:
    """The progress of a run as server-sent events; the last one says how it ended."""
    workbench: Workbench = request.app.state.workbench
    job = workbench.jobs.find(request.path_params["key"])

    async def stream() -> AsyncIterator[str]:
        while True:
            told = {"done": job.done, "said": job.said, "state": job.state}
            yield f"data: {json.dumps(told)}\n\n"
            if job.state != "running" or await request.is_disconnected():
                return
            await asyncio.sleep(PAUSE)

    return StreamingResponse(stream(), media_type="text/event-stream", headers={"Cache-Control": "no-store"})


def stop(workbench: Workbench, request: Request, _fields: dict[str, object]) -> Response:
    """Stops a run."""
    workbench.jobs.find(request.path_params["key"]).stop()
    return Response(status_code=204)


def answer(workbench: Workbench, request: Request) -> Response:
    """What a run has found."""
    job = workbench.jobs.find(request.path_params["key"])
    if job.state == "failed":
        raise JvmodelError(job.error)
    if job.state != "ready":
        return workbench.page("stopped.html.j2", said=job.said)
    return workbench.page("outcomes.html.j2", **job.answer)


def _outcomes(found: Simulation) -> dict[str, Any]:
    model = found.scenarios.study.model
    unit = f"{model.deal.currency}m"
    colours = palette(model.deal.parties, model.deal.ventures)
    rows = []
    for one in found.parties:
        value = one.spreads["npv"]
        rows.append({
            "label": one.label, "role": one.role, "venture": one.party not in model.deal.parties, "party": one.party,
            "cells": [
                money(one.base["npv"]), money(value.mean), *(money(value.percentiles[share]) for share in (0.1, 0.5, 0.9)),
                percent(one.loss), percent(one.below_hurdle), money(one.shortfall),
            ],
        })  # fmt: skip
    fans = []
    for one in [one for one in found.parties if one.spreads["npv"].sd][:FANS]:
        drawn = fan_of(found, one.party, colours.get(one.party, ACCENT))
        fans.append(figure(drawn, f"fan-{one.party}"))
    return {
        "money": unit, "rows": rows, "fans": fans, "done": f"{found.done:,}", "seed": found.scenarios.register.seed,
        "heads": ["As given", "Mean", "P10", "P50", "P90", "Chance of loss", "Below hurdle", "Expected shortfall"],
        "confidence": percent(found.scenarios.register.confidence),
    }  # fmt: skip


def _bearing(table: RiskTable | None) -> dict[str, Any]:
    if table is None:
        return {"bearing": []}
    deal = table.simulation.scenarios.study.model.deal
    matrix = risk_matrix_of(table, dict(palette(deal.parties, deal.ventures)))
    return {"bearing": [figure(matrix, "matrix"), figure(heat_map_of(table), "bearing")]}


def _effect(effect: ClauseEffect | None) -> dict[str, Any]:
    if effect is None:
        return {"clause": "", "moved": [], "verdict": ""}
    moved = []
    for party in effect.touched:
        one = effect.parties[party]
        cells = [money(one.mean_without), money(one.mean_with), money(one.mean), money(one.shortfall)]
        moved.append({"label": effect.labels[party], "cells": cells})
    return {"clause": effect.label, "moved": moved, "verdict": effect.verdict}


ROUTES = [
    Route("/d/{name}/risk", shown(asked)),
    Route("/d/{name}/risk/start", changing(start), methods=["POST"]),
    Route("/d/{name}/risk/{key}/events", events),
    Route("/d/{name}/risk/{key}/stop", changing(stop), methods=["POST"]),
    Route("/d/{name}/risk/{key}", shown(answer)),
]
