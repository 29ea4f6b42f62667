"""Figures that a question is about: a metric of a party (`state.npv`), or a reading of a row (`loan.cover@min`)."""

from __future__ import annotations

from dataclasses import dataclass
from enum import StrEnum
from typing import TYPE_CHECKING

from jvmodel.errors import GraphError
from jvmodel.graph.graph import did_you_mean
from jvmodel.metrics import METRICS, Kind
from jvmodel.phrase import Phrase

if TYPE_CHECKING:
    from jvmodel.model import Model


class Reading(StrEnum):
    """What is read of a row over all periods; a period's label reads that period."""

    TOTAL = "total"
    MIN = "min"
    MAX = "max"
    LAST = "last"


STAKES = {"value": ("Value at the venture's discount rate", ""), "share_of_value": ("Share of the parties' value", "%")}
"""Figures of a party that measure all parties alike, and their units ('' for money)."""
KINDS = {Kind.RATE: "%", Kind.MULTIPLE: "x", Kind.YEARS: "year"}


@dataclass(frozen=True)
class Wanted:
    """A figure by its text: either a party and a metric, or a row and how it is read. `unit` is the unit to show."""

    text: str
    label: str
    unit: str
    party: str = ""
    metric: str = ""
    row: str = ""
    reading: str = ""


def wanted(model: Model, text: str) -> Wanted:
    """The figure that a text means; raises GraphError with near matches for one that the model does not have.

    `@min` leaves out periods in which the row is nil, so that cover is read over the life of the loan.
    """
    row, at, reading = text.partition("@")
    if at:
        return _of_row(model, text, row, reading)
    party, _, metric = text.rpartition(".")
    if metric in STAKES and party in model.deal.parties:
        label, unit = STAKES[metric]
        return Wanted(text, _of(label, model.label(party)), unit or f"{model.deal.currency}m", party=party, metric=metric)
    if metric in METRICS and party in model.parties:
        unit = KINDS.get(METRICS[metric].kind, f"{model.deal.currency}m")
        return Wanted(text, _of(METRICS[metric].label, model.label(party)), unit, party=party, metric=metric)
    if text in METRICS:
        raise GraphError(f"'{text}' of whom? Say for example venture.{text} or {model.parties[-1]}.{text}")
    known = [f"{one}.{metric}" for one in model.parties for metric in METRICS]
    raise GraphError(
        f"there is no figure '{text}'{did_you_mean(text, known)}; name a metric of a party, such as venture.npv"
        f" (metrics: {', '.join(METRICS)}), or a row and how to read it, such as ledger.revenue@total"
    )


def _of(metric: str, party: str) -> Phrase:
    return Phrase("{metric}: {party}", metric=Phrase(metric), party=party)


def _of_row(model: Model, text: str, row: str, reading: str) -> Wanted:
    info = model.graph.row(row)
    labels = model.graph.timeline.labels
    if reading not in (*Reading, *labels):
        raise GraphError(f"'{text}': a row is read by {', '.join(Reading)}, or in a period from {labels[0]} to {labels[-1]}")
    how = f"in {reading}" if reading in labels else {"min": "lowest", "max": "highest", "last": "last", "total": "total"}[reading]
    label = Phrase("{row}, {how}", row=Phrase(info.label), how=Phrase(how))
    return Wanted(text, label, model.graph.display_unit(row), row=row, reading=reading)


def figures_of(model: Model, text: str) -> tuple[str, ...]:
    """The figures that a text means: a metric alone (`npv`) of every party, the venture first; else that figure."""
    if text in METRICS:
        return tuple(f"{party}.{text}" for party in model.parties)
    return (wanted(model, text).text,)
