"""What a workbook's changes are in words, and what they do to every party."""

from __future__ import annotations

from typing import TYPE_CHECKING

from jvmodel.report.summary import metrics_of

if TYPE_CHECKING:
    from jvmodel.model import Model
    from jvmodel.reading.edits import Reading
    from jvmodel.reading.onto import Result


def lines(reading: Reading, result: Result) -> list[str]:
    """Every change with its cell, what was not taken, and the net present value of every party before and after."""
    if not reading.edits:
        return ["the workbook has the inputs of the deal: nothing was changed", *(f"note: {note}" for note in reading.notes)]
    found = [line for edit in reading.edits for line in edit.words()]
    found += [f"note: {note}" for note in (*reading.notes, *result.notes)]
    return [*found, "", *values(result.before, result.after)]


def values(before: Model, after: Model) -> list[str]:
    """Net present value of every party, before, after and the change, as aligned lines."""
    money = f"{after.deal.currency}m"
    rows = [(f"Net present value, {money}", "before", "after", "change")]
    for party in after.parties:
        old, new = (metrics_of(model, party)["npv"] if party in model.parties else None for model in (before, after))
        change = None if old is None or new is None else new - old
        rows.append((after.label(party), _money(old), _money(new), _money(change, sign=True)))
    wide = max(len(row[0]) for row in rows)
    return ["  ".join((row[0].ljust(wide), *(text.rjust(10) for text in row[1:]))).rstrip() for row in rows]


def _money(value: float | None, *, sign: bool = False) -> str:
    if value is None:
        return "n/a"
    shown = f"{value + 0.0:{'+' if sign else ''},.1f}"
    return shown.replace("-", "−") if float(shown.replace(",", "")) else "0.0"
