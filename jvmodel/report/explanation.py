"""The answer to `why is this number what it is?`: a row's formula in words and in Excel, and its trace to the inputs."""

from __future__ import annotations

from typing import TYPE_CHECKING

from jvmodel.backends.words import as_text, sentence, trace
from jvmodel.errors import GraphError
from jvmodel.graph.graph import did_you_mean
from jvmodel.metrics import METRICS
from jvmodel.report.cases import layout_of
from jvmodel.report.summary import metrics_of
from jvmodel.shown import figure, text

if TYPE_CHECKING:
    from jvmodel.graph.graph import Given
    from jvmodel.model import Model

BASIS = {"npv": "value", "profitability_index": "value", "discounted_payback": "cumulative_value", "payback": "cumulative"}
"""The row that a metric is read from, where it is not the net cash flow."""


def explanation(model: Model, row: str, period: str | None, depth: int) -> str:
    """Formula, values and trace of a row (by name or label) or metric (`state.npv`); raises GraphError for an unknown one."""
    graph = model.graph
    lines: list[str] = []
    party, _, metric = row.rpartition(".")
    if metric in METRICS and party in model.parties:
        found = metrics_of(model, party)[metric]
        name = f"party.{party}.{BASIS.get(metric, 'cash')}"
        kind = {"money": f"{model.deal.currency}m", "rate": "%", "multiple": "1", "years": "year"}[METRICS[metric].kind]
        shown = "n/a" if found is None else text(found, kind)
        rate = text(model.discount_rate(party), "%")
        lines += [f"{METRICS[metric].label} of {model.label(party)} = {shown} (discount rate {rate}), from:", ""]
    else:
        name = _row(model, row)
    at = _period(model, period)
    unit = graph.display_unit(name)
    layout = layout_of(model)
    place = layout.rows[name]
    shown_at = at if at is not None else 0
    lines.append(f"{name} · {graph.headings[graph.rows[name].block].title} · {'plain number' if unit == '1' else unit}")
    lines.append(sentence(graph, name))
    cell = f"{place.sheet}!{layout.column(shown_at)}{place.row}"
    lines.append(f"in the workbook: {cell} {layout.formula(name, shown_at)}")
    if at is None:
        values = model.run.single(name)
        lines += [
            "",
            *(
                f"{label:>10}  {figure(float(value), unit):>16}"
                for label, value in zip(graph.timeline.labels, values, strict=True)
            ),
        ]
    if at is not None or graph.total_kind(name) == "sum":
        lines += ["", as_text(trace(model.run, name, at, depth))]
    return "\n".join(lines)


def _given(model: Model, given: Given) -> str:
    """An input in words; one over time by where its numbers change."""
    if not isinstance(given.value, tuple):
        return text(given.value, given.unit)
    labels = model.graph.timeline.labels
    changes = [0, *(at for at in range(1, len(labels)) if given.value[at] != given.value[at - 1])]
    told = [f"{text(given.value[at], given.unit)} from {labels[at]} on" for at in changes]
    return ", ".join(told[:3]) + (f" and so on, {text(given.value[-1], given.unit)} in the end" if told[3:] else "")


def _row(model: Model, row: str) -> str:
    graph = model.graph
    if row in graph.rows:
        return row
    if row in graph.params:
        given = graph.params[row]
        raise GraphError(f"'{row}' is an input of the deal ({given.label}: {_given(model, given)}); explain a row that uses it")
    labelled = [name for name, info in graph.rows.items() if info.label.lower() == row.lower()]
    if len(labelled) == 1:
        return labelled[0]
    if labelled:
        raise GraphError(f"'{row}' is the label of {len(labelled)} rows; name one of them: {', '.join(labelled[:8])}")
    metrics = [f"{party}.{metric}" for party in model.parties for metric in METRICS]
    if row in METRICS:
        raise GraphError(f"'{row}' of whom? Say for example venture.{row} or {model.parties[-1]}.{row}")
    inside = [name for name in graph.rows if row in name][:6]
    hint = did_you_mean(row, [*graph.rows, *metrics]) or (
        f"; rows with that in their name: {', '.join(inside)}" if inside else ""
    )
    raise GraphError(f"there is no row or metric '{row}'{hint}")


def _period(model: Model, period: str | None) -> int | None:
    labels = model.graph.timeline.labels
    if period is None:
        return None
    if period not in labels:
        raise GraphError(f"there is no period '{period}'; periods run from {labels[0]} to {labels[-1]}, named like these")
    return labels.index(period)
