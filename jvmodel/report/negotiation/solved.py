"""The answer of a solve as tables, and as the document of `solve --json`."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

from jvmodel.model import Model
from jvmodel.negotiation.solving import Solve, Terms
from jvmodel.negotiation.targets import label_of, unit_of
from jvmodel.negotiation.unknowns import short
from jvmodel.phrase import Numeral, Phrase
from jvmodel.report.listing import ABSENT, Column, Listing
from jvmodel.shown import text

SAID = {
    "solved": "One set of terms meets the targets.",
    "several": "Several sets of terms meet the targets.",
    "many": "More unknowns than targets: one of many sets of terms, near the deal as it is.",
    "nearest": "No step meets the targets; the nearest terms are shown.",
    "unattainable": "The targets cannot be met within the bounds; the nearest terms are shown.",
    "undefined": "A figure of the targets does not exist anywhere within the bounds.",
}
"""What each status means, in a sentence."""


def document(model: Model, found: Solve) -> dict[str, Any]:
    """The document of `solve --json`; figures that do not exist are null."""
    return {
        "deal": model.deal.deal, "currency": model.deal.currency, "money": "m",
        "status": found.status, "words": SAID[found.status],
        "unknowns": [
            {
                "path": one.path, "label": one.lever.label, "unit": one.lever.unit, "base": one.lever.base, "low": one.low,
                "high": one.high, "step": one.step or None,
            }
            for one in found.unknowns
        ],
        "targets": [
            {
                "target": one.text, "figure": one.figure, "goal": one.goal, "unit": one.unit,
                "reach": list(found.reach[one.figure]) if one.figure in found.reach else None,
            }
            for one in found.targets
        ],
        "solutions": [_terms(one) for one in found.solutions],
        "nearest": _terms(found.nearest) if found.nearest else None,
        "binds": list(found.binds), "gaps": [list(gap) for gap in found.gaps],
    }  # fmt: skip


def _terms(one: Terms) -> dict[str, Any]:
    return {
        "values": one.values, "missed": _defined(one.missed), "figures": _defined(one.figures),
        "npv": _defined(one.value), "change": _defined(one.change),
    }  # fmt: skip


def _defined(figures: dict[str, float]) -> dict[str, float | None]:
    return {name: None if value != value else value for name, value in figures.items()}  # noqa: PLR0124 - NaN


def listings(model: Model, found: Solve) -> Iterator[Listing]:
    """The terms found, what they do to the targets, and what every party then has."""
    sets = [*found.solutions, *([found.nearest] if found.nearest else [])]
    names = [f"Solution {number}" if len(found.solutions) > 1 else "Terms" for number in range(1, len(found.solutions) + 1)]
    names += ["Nearest"] if found.nearest else []
    yield Listing(
        SAID[found.status],
        (Column("Vary"), Column("Now"), Column("Between"), *(Column(name) for name in names)),
        tuple(
            (
                short(one.lever), exact(one.lever.base, one.lever.unit),
                f"{exact(one.low, one.lever.unit)} and {exact(one.high, one.lever.unit)}",
                *(exact(each.values[one.path], one.lever.unit) for each in sets),
            )
            for one in found.unknowns
        ),
    )  # fmt: skip
    rows: list[tuple[str, ...]] = []
    for one in found.targets:
        low, high = found.reach.get(one.figure, (float("nan"), float("nan")))
        unit = unit_of(model, one.figure)
        missed = [each.missed[one.text] for each in sets]
        rows.append((
            f"{label_of(model, one.figure)} ({one.text})", f"{exact(low, unit)} to {exact(high, unit)}",
            *("met" if abs(left) < 5e-7 else f"off by {exact(left, one.unit)}" for left in missed),
        ))  # fmt: skip
    notes = [*(f"{bind}." for bind in found.binds)]
    notes += [f"The figure does not exist from {low:.6g} to {high:.6g}." for low, high in found.gaps]
    yield Listing("Targets", (Column("Target"), Column("Within the bounds"), *map(Column, names)), tuple(rows), " ".join(notes))
    money = f"{model.deal.currency}m"
    if sets:
        yield Listing(
            "Net present value",
            (
                Column("Party"),
                *(column for name in names for column in (Column(name, money), Column("change", money, signed=True))),
            ),
            tuple(
                (model.label(party), *(figure for each in sets for figure in (each.value[party], each.change[party])))
                for party in model.parties
            ),
        )


def span(low: str, high: str) -> Phrase:
    """From one value to another."""
    return Phrase("{first} to {last}", first=low, last=high)


def exact(value: float, unit: str, places: int = 4) -> str:
    """A value in enough digits to be written into a deal."""
    if value != value:  # noqa: PLR0124 - NaN
        return ABSENT
    if unit == "%":
        return Numeral(f"{value * 100 + 0.0:.{places}f}".rstrip("0").rstrip(".").replace("-", "−") + "%")
    return text(value, unit)
