"""Two-way grid: figures for every pair of values of two levers, in one run of the whole deal (terms.md G4)."""

from __future__ import annotations

import re
from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from jvmodel.analysis.study import Study
from jvmodel.errors import DealError, GraphError, RunError
from jvmodel.lever import Lever

Array = NDArray[np.float64]
MOST = 1001
_AXIS = re.compile(r"^(?P<path>[^=]+)=(?P<low>[^:]+):(?P<high>[^:]+):(?P<count>\d+)$")


@dataclass(frozen=True)
class Axis:
    """A lever and the values (n,) that it takes."""

    lever: Lever
    values: Array


@dataclass(frozen=True)
class Grid:
    """Figures by their text, each (len(y), len(x)); `reasons` says why a cell (row, column) has no number."""

    x: Axis
    y: Axis
    figures: dict[str, Array]
    reasons: dict[tuple[int, int], str]


def axis(study: Study, text: str) -> Axis:
    """The axis that `PATH=LOW:HIGH:COUNT` means; raises GraphError with the form where it is another."""
    match = _AXIS.match(text.strip())
    if match is None:
        raise GraphError(f"'{text}' is not an axis; write PATH=LOW:HIGH:COUNT, such as prices.copper.flat=7000:11000:9")
    one, count = study.lever(match["path"]), int(match["count"])
    if not 2 <= count <= MOST:
        raise GraphError(f"{one.path}: {count} steps; give from 2 to {MOST}")
    low, high = one.read(match["low"]), one.read(match["high"])
    if low >= high:
        raise GraphError(f"{one.path}: the axis runs from {match['low']} to {match['high']}; give the lower end first")
    return Axis(one, np.linspace(low, high, count))


def grid(study: Study, x: Axis, y: Axis, figures: Sequence[str]) -> Grid:
    """The figures for all pairs; raises GraphError where both axes move the same number."""
    if x.lever.name == y.lever.name and x.lever.period == y.lever.period:
        raise GraphError(f"{x.lever.path} is on both axes; name two numbers")
    across, down = (one.ravel() for one in np.meshgrid(x.values, y.values))
    shape = (len(y.values), len(x.values))
    reasons: dict[tuple[int, int], str] = {}
    try:
        found = study.figures({x.lever.path: across, y.lever.path: down}, figures)
    except (RunError, GraphError, DealError):
        found, reasons = _cell_by_cell(study, (x, y), (across, down), figures)
    return Grid(x, y, {text: values.reshape(shape) for text, values in found.items()}, reasons)


def _cell_by_cell(
    study: Study, axes: tuple[Axis, Axis], values: tuple[Array, Array], figures: Sequence[str]
) -> tuple[dict[str, Array], dict[tuple[int, int], str]]:
    """Each pair on its own; what is wrong with one does not take the others away. Raises if nothing is left."""
    found = {text: np.full(len(values[0]), np.nan) for text in figures}
    reasons: dict[tuple[int, int], str] = {}
    for number, pair in enumerate(zip(*values, strict=True)):
        try:
            answer = study.figures({one.lever.path: value for one, value in zip(axes, pair, strict=True)}, figures)
        except (RunError, GraphError, DealError) as error:
            if number + 1 == len(values[0]) == len(reasons) + 1:
                raise
            reasons[divmod(number, len(axes[0].values))] = str(error).splitlines()[0]
            continue
        for text in figures:
            found[text][number] = answer[text][0]
    return found, reasons
