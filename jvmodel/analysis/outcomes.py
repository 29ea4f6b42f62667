"""Outcomes: what some trials give every party, as columns of one number a trial, and cash by period."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from jvmodel.analysis.scenarios import Scenarios, Trials
from jvmodel.backends import kernel
from jvmodel.errors import GraphError, RunError
from jvmodel.flows import Flows
from jvmodel.metrics import METRICS, all_metrics
from jvmodel.model import Model

Array = NDArray[np.float64]

SHOWN = ("npv", "irr", "moic", "payback", "peak_funding")
"""Metrics of every party in every trial."""
SPANS = 4
"""Spans of a price over time whose means are kept, `risk.copper@1` and so on."""
MISSED = "below_hurdle"
"""Column that is 1 where a party earns less than its hurdle."""


@dataclass(frozen=True)
class Outcomes:
    """Trials from `start` to `stop`: `columns` (S,) such as `state.npv` and `risk.copper`; `cash` (S, T) of each party."""

    start: int
    stop: int
    columns: dict[str, Array]
    cash: dict[str, Array]


def outcomes(scenarios: Scenarios, start: int, stop: int) -> Outcomes:
    """What the trials from `start` to `stop` give; raises RunError or GraphError with the draws of a trial that gives nothing."""
    return outcomes_of(scenarios, scenarios.draw(start, stop))


def outcomes_of(scenarios: Scenarios, trials: Trials) -> Outcomes:
    """What given trials give; raises as `outcomes` does."""
    try:
        return _outcomes(scenarios, trials)
    except (RunError, GraphError) as error:
        raise _located(scenarios, trials, error) from None


def _outcomes(scenarios: Scenarios, trials: Trials) -> Outcomes:
    model = scenarios.study.model
    changes = scenarios.inputs(trials)
    covenants = tests(model)
    rows = tuple(f"party.{party}.cash" for party in model.parties)
    values = kernel.evaluate(model.graph, changes, (*rows, *covenants.values()), threads=1)
    cash = {party: values.rows[row] for party, row in zip(model.parties, rows, strict=True)}
    columns: dict[str, Array] = {f"risk.{name}": trials.column(name) for name in scenarios.register.factors}
    for name, path in trials.paths.items():
        spans = np.array_split(path, min(SPANS, path.shape[1]), axis=1)
        columns |= {f"risk.{name}@{number}": span.mean(axis=1) for number, span in enumerate(spans, start=1)}
    for party in model.parties:
        columns |= measured(model, party, cash[party], changes, scenarios.register.hurdles)
    for name, row in covenants.items():
        columns[name] = np.asarray((values.rows[row] > 0).any(axis=1), dtype=np.float64)
    return Outcomes(trials.start, trials.stop, columns, cash)


def measured(
    model: Model, party: str, cash: Array, changes: Mapping[str, Array], hurdles: Mapping[str, float]
) -> dict[str, Array]:
    """The metrics of a party (S,), and whether it misses its hurdle: whether its value at that rate is below nil.

    Rates of return are not compared: of who receives first and pays later (a state, an insurer) a higher one is worse, and
    flows that change sign more than once have several.
    """
    timeline = model.graph.timeline
    rate = np.asarray(changes.get(model.rate_input(party), model.discount_rate(party)), dtype=np.float64)
    figures = all_metrics(
        cash, timeline.times, rate if rate.size > 1 else rate.reshape(()), timeline.years, timeline.counted, threads=1
    )
    found = {f"{party}.{key}": figures[key] for key in SHOWN}
    value = found[f"{party}.npv"]
    if party in hurdles:
        value = METRICS["npv"].array(Flows.of(cash, timeline.times, hurdles[party], timeline.years, timeline.counted))
    return found | {f"{party}.{MISSED}": (value < 0).astype(np.float64)}


def tests(model: Model) -> dict[str, str]:
    """The rows that say that a covenant is breached or a loan in default, by the names of their columns."""
    found: dict[str, str] = {}
    for term in model.deal.terms:
        if term.kind == "covenants":
            found |= {f"{term.name}.{end}": f"{term.name}.{end}" for end in ("failed", "default")}
    return found


def _located(scenarios: Scenarios, trials: Trials, error: RunError | GraphError) -> RunError | GraphError:
    """The error of the first trial that has one, with its draws."""
    for at in range(trials.start, trials.stop):
        try:
            _outcomes(scenarios, trials.part(at, at + 1))
        except (RunError, GraphError) as found:
            message = str(found).replace(" (scenario 1)", "").replace("scenario 1 ", "it ")
            return type(found)(f"{scenarios.said(trials, at)}: {message}")
    return error
