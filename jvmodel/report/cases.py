"""Cases of a model: the low and high values of its inputs, as the deal's ranges have them, and where a workbook keeps them."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from typing import TYPE_CHECKING

from jvmodel.backends.excel import CASES, Layout
from jvmodel.lever import Kind, Lever, lever

if TYPE_CHECKING:
    import numpy as np
    from numpy.typing import NDArray

    from jvmodel.model import Model

BASE_CASE, LOW_CASE, HIGH_CASE = CASES[:3]


@dataclass(frozen=True)
class Span:
    """The low and high value of an input; `lever` says whether they are numbers, factors on a series or one period of it."""

    lever: Lever
    low: float
    high: float
    note: str

    def end(self, case: str) -> float:
        """The value in the case Low or High."""
        return self.low if case == LOW_CASE else self.high


def spans(model: Model) -> dict[str, Span]:
    """The range of every input of the model that has one, by the input's name; ranges of what shapes the model are left out."""
    found: dict[str, Span] = {}
    for path, one in model.deal.ranges.items():
        moved = lever(model.deal, path)
        if moved.kind is not Kind.SHAPE and moved.name in model.graph.params:
            found[moved.name] = Span(moved, one.low, one.high, one.note or "")
    return found


def givers(model: Model, found: dict[str, Span]) -> dict[str, tuple[str, bool]]:
    """Shares that give way when another share of their whole moves: whose move, and whether they alone give."""
    return {
        other: (name, len(span.lever.others) == 1)
        for name, span in found.items()
        for other in span.lever.others
        if other not in found and other in model.graph.params
    }


def changes(model: Model, case: str, found: dict[str, Span] | None = None) -> dict[str, float | NDArray[np.float64]]:
    """What the inputs are in a case, where that is not their base: numbers, or one number a period (1, periods)."""
    if case not in (LOW_CASE, HIGH_CASE):
        return {}
    return dict(_changes(model, spans(model) if found is None else found, case))


def _changes(model: Model, found: dict[str, Span], case: str) -> Iterator[tuple[str, float | NDArray[np.float64]]]:
    import numpy as np

    params = model.graph.params
    for name, span in found.items():
        end = span.end(case)
        if span.lever.kind is Kind.FACTOR:
            yield name, np.array([params[name].value]) * end
        elif span.lever.kind is Kind.PERIOD:
            values = np.array([params[name].value])
            values[0, model.graph.timeline.labels.index(span.lever.period)] = end
            yield name, values
        else:
            yield name, end
    for name, (moved, alone) in givers(model, found).items():
        base, span = params[name].value, found[moved]
        assert isinstance(base, float)
        move = span.end(case) - span.lever.base
        yield name, base - move if alone else base * (1 - span.end(case)) / (1 - span.lever.base)


def layout_of(model: Model, found: dict[str, Span] | None = None) -> Layout:
    """Where the rows and inputs of a model stand in its workbook."""
    ranged = spans(model) if found is None else found
    return Layout.of(model.graph, [name for name in ranged if model.graph.params[name].series])
