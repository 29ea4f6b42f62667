"""Sensitivity: each number of a deal on its own, low and high (tornado) or step by step (spider); the whole deal is run again.

One number at a time says nothing of how numbers act together (terms.md G5); `grid` and `simulate` do.
"""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from jvmodel.analysis.study import Study
from jvmodel.errors import GraphError
from jvmodel.lever import Kind, Lever, levers

Array = NDArray[np.float64]
NO_EFFECT = 1e-9
"""A swing below this share of a figure is a rounding error."""
STEPS = 9


@dataclass(frozen=True)
class Swing:
    """What a lever does: figures by their text at its low and high value, NaN where one does not exist."""

    lever: Lever
    low: float
    high: float
    at_low: dict[str, float]
    at_high: dict[str, float]

    def width(self, figure: str) -> float:
        """How far the figure moves between low and high; 0 where it does not exist at both."""
        width = abs(self.at_high[figure] - self.at_low[figure])
        return float(width) if np.isfinite(width) else 0.0


@dataclass(frozen=True)
class Tornado:
    """Figures of a deal as it is, and every swing, the widest for any figure first."""

    figures: tuple[str, ...]
    base: dict[str, float]
    swings: tuple[Swing, ...]

    def ranked(self, figure: str) -> tuple[Swing, ...]:
        """The swings that move a figure, the widest first."""
        moved = [one for one in self.swings if one.width(figure) > NO_EFFECT * max(1.0, abs(self.base[figure]))]
        return tuple(sorted(moved, key=lambda one: -one.width(figure)))

    def elasticity(self, figure: str, swing: Swing) -> float:
        """Percent that the figure moves for one percent of the lever, over the swing; NaN where either is nil at the base."""
        base, at = self.base[figure], swing.lever.base
        if not base or not at or swing.high == swing.low:
            return float("nan")
        return float((swing.at_high[figure] - swing.at_low[figure]) / abs(base) / ((swing.high - swing.low) / abs(at)))


def tornado(study: Study, figures: Sequence[str], paths: Iterable[str] = (), swing: float | None = None) -> Tornado:
    """The figures at the low and high value of each lever.

    Without `paths`: the deal's ranges, or where it has none every number of the deal but discount rates. A lever swings
    over its range unless `swing` is given; then, or without a range, by that share of its value (10%), as far as its bounds
    allow. Raises GraphError for a lever that is nil and has no range.
    """
    chosen = [study.lever(path) for path in paths] or _all(study, swing)
    spans = [_span(study, one, swing) for one in chosen]
    if any(low == high for low, high in spans) and paths:
        one = next(one for one, (low, high) in zip(chosen, spans, strict=True) if low == high)
        raise GraphError(f"{one.path} is 0 and has no range, so it has no swing; give it one under ranges: in the deal")
    moved = [(one, *span) for one, span in zip(chosen, spans, strict=True) if span[0] != span[1]]
    answers = study.apart([(one.path, value) for one, *ends in moved for value in ends], figures)
    base = {text: float(values[0]) for text, values in answers.items()}
    swings = [
        Swing(
            one, low, high,
            {text: float(values[1 + 2 * number]) for text, values in answers.items()},
            {text: float(values[2 + 2 * number]) for text, values in answers.items()},
        )
        for number, (one, low, high) in enumerate(moved)
    ]  # fmt: skip
    found = Tornado(tuple(figures), base, tuple(swings))
    widest = {one.lever.path: max((one.width(text) for text in figures), default=0.0) for one in swings}
    kept = [one for one in swings if any(one in found.ranked(text) for text in figures)]
    return Tornado(found.figures, base, tuple(sorted(kept, key=lambda one: -widest[one.lever.path])))


@dataclass(frozen=True)
class Spider:
    """Figures (steps,) of each lever at `changes` (steps,) from its value, as shares of it; NaN outside its bounds."""

    figures: tuple[str, ...]
    changes: Array
    lines: tuple[tuple[Lever, dict[str, Array]], ...]


def spider(study: Study, figures: Sequence[str], paths: Iterable[str], reach: float = 0.2, steps: int = STEPS) -> Spider:
    """The figures for each lever from `1 − reach` to `1 + reach` times its value; levers at 0 are left out."""
    changes = np.linspace(-reach, reach, steps)
    chosen = [one for one in (study.lever(path) for path in paths) if one.base]
    values = [(one, [_inside(study, one, one.base * (1 + change)) for change in changes]) for one in chosen]
    answers = study.apart([(one.path, at) for one, ats in values for at in ats if at is not None], figures)
    lines, place = [], 1
    for one, ats in values:
        line = {text: np.full(steps, np.nan) for text in figures}
        for step, at in enumerate(ats):
            if at is not None:
                for text in figures:
                    line[text][step] = answers[text][place]
                place += 1
        lines.append((one, line))
    return Spider(tuple(figures), changes, tuple(lines))


def _all(study: Study, swing: float | None) -> list[Lever]:
    deal = study.model.deal
    if deal.ranges and swing is None:
        return [study.lever(path) for path in deal.ranges]
    found = (study.lever(one.path) for one in levers(deal))
    return [one for one in found if one.kind is not Kind.SHAPE and not one.path.endswith("discount_rate")]


def _span(study: Study, one: Lever, swing: float | None) -> tuple[float, float]:
    span = study.model.deal.ranges.get(one.path)
    if span is not None and swing is None:
        return span.low, span.high
    share = 0.1 if swing is None else swing
    ends = sorted((one.base * (1 - share), one.base * (1 + share)))
    low, high = (_clipped(study, one, end) for end in ends)
    return low, high


def _clipped(study: Study, one: Lever, value: float) -> float:
    """The value, or the bound that it would pass; a factor stops where the greatest number of its series meets its bound."""
    measured = one.measured
    if one.kind is Kind.FACTOR:
        greatest = float(np.max(study.model.graph.params[one.name].value))
        return value if measured.high is None or greatest <= 0 else min(value, measured.high / greatest)
    if measured.low is not None:
        value = max(value, measured.low)
    if one.kind is Kind.SHARE:
        given = study.model.graph.params
        value = min(value, one.base + sum(float(np.max(given[name].value)) for name in one.others))
    return value if measured.high is None else min(value, measured.high)


def _inside(study: Study, one: Lever, value: float) -> float | None:
    return value if _clipped(study, one, value) == value else None
