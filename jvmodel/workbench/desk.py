"""Desk: a deal open for negotiation. Values of the levers in, figures and cash of every party out, beside those of the base."""

from __future__ import annotations

import threading
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from functools import cached_property
from typing import TYPE_CHECKING

import numpy as np
from numpy.typing import NDArray

from jvmodel.analysis.breakeven import breakeven_of_each, natural_target
from jvmodel.analysis.study import Study, standing
from jvmodel.analysis.tornado import tornado
from jvmodel.analysis.wanted import wanted
from jvmodel.backends import kernel
from jvmodel.errors import GraphError, JvmodelError
from jvmodel.lever import Kind, Lever
from jvmodel.metrics import all_metrics

if TYPE_CHECKING:
    from jvmodel.negotiation.table import Table
    from jvmodel.report.negotiation.picture import Plane

Array = NDArray[np.float64]
METRICS = ("npv", "irr", "moic", "payback", "peak_funding")
"""What the table shows of each party."""
SLIDERS = 12
OPEN = 24
"""Deals that are kept open."""
WARM = threading.Event()
"""Whether compiled code is loaded, so that a slider need not wait for it."""


def warm() -> None:
    """Loads (or on first use compiles) what sliders are faster with."""
    kernel.warm()
    all_metrics(np.array([[-1.0, 2.0]]), np.array([0.0, 1.0]), np.array([0.1]), threads=1, least=1)
    WARM.set()


@dataclass(frozen=True)
class Slider:
    """A lever on the table, with the ends and the step of its slider."""

    lever: Lever
    low: float
    high: float
    step: float

    @property
    def path(self) -> str:
        """The path of the lever."""
        return self.lever.path


@dataclass(frozen=True)
class Lock:
    """A figure that is held at a value, and the lever that gives way for it."""

    figure: str
    value: float
    gives: str


@dataclass(frozen=True)
class Position:
    """Where the sliders stand and what follows: figures by party and metric, cash by party; `note` says what gave way."""

    values: dict[str, float]
    figures: dict[str, dict[str, float]]
    cash: dict[str, tuple[float, ...]]
    note: str = ""


class Desk:
    """A deal on the table; answers are made one at a time."""

    def __init__(self, study: Study) -> None:
        self.study = study
        self.lock = threading.Lock()
        self.table: Table | None = None
        self.planes: dict[tuple[int, int], Plane] = {}

    @property
    def parties(self) -> tuple[str, ...]:
        """The venture, further ventures and the parties."""
        return self.study.model.parties

    @cached_property
    def sliders(self) -> tuple[Slider, ...]:
        """The terms that are negotiated and the levers with ranges, else what moves most; a split is there with all its parts."""
        deal = self.study.model.deal
        paths = [path.partition(":")[0] for path in (*(deal.negotiation.terms if deal.negotiation else ()), *deal.ranges)]
        paths = [path for path in dict.fromkeys(paths) if self.study.lever(path).kind is not Kind.SHAPE]
        return self.with_added((), paths or [
            one.lever.path for one in tornado(self.study, ["venture.npv", *self._partners], swing=0.1).swings[:SLIDERS]
        ])  # fmt: skip

    @property
    def _partners(self) -> list[str]:
        return [f"{party}.npv" for party in self.study.model.deal.parties]

    def with_added(self, sliders: Sequence[Slider], paths: Sequence[str]) -> tuple[Slider, ...]:
        """More levers on the table; raises GraphError for a path that cannot be moved while a slider is held."""
        found = {one.path: one for one in sliders}
        for path in paths:
            one = self.study.lever(path)
            if one.kind is Kind.SHAPE:
                raise GraphError(f"{path} shapes the model, so no slider can move it; change it in the deal, or as a proposal")
            for part in (one.path, *one.others):
                if part not in found:
                    found[part] = self._slider(self.study.lever(part))
        return tuple(found.values())

    def _slider(self, one: Lever) -> Slider:
        deal = self.study.model.deal
        talked = {path.partition(":")[0]: span for path, span in deal.negotiation.terms.items()} if deal.negotiation else {}
        span = talked.get(one.path) or deal.ranges.get(one.path)
        if span is not None:
            low, high = min(span.low, one.base), max(span.high, one.base)
        elif one.kind is Kind.SHARE:
            low, high = 0.0, 1.0
        else:
            low, high = sorted((one.base * 0.5, one.base * 1.5)) if one.base else (0.0, one.measured.high or 1.0)
            high = min(high, one.measured.high) if one.measured.high is not None and one.kind is not Kind.FACTOR else high
        return Slider(one, low, high, _step(low, high))

    @cached_property
    def base(self) -> Position:
        """The deal as it is."""
        return self._position({one.path: one.lever.base for one in self.sliders}, "")

    def move(self, sliders: Sequence[Slider], values: Mapping[str, float], moved: str = "", hold: Lock | None = None) -> Position:
        """The position for values of the sliders; a part of a split that was moved takes from the others as they stand.

        With a lock, its lever takes the value that keeps the figure; where there is none within the slider the note says so.
        """
        with self.lock:
            placed = self._whole(sliders, {one.path: values.get(one.path, one.lever.base) for one in sliders}, moved)
            note = ""
            if hold is not None:
                placed, note = self._held(sliders, placed, hold)
            return self._position(placed, note)

    def _whole(self, sliders: Sequence[Slider], values: dict[str, float], moved: str) -> dict[str, float]:
        """Values with every split adding up to 100%: what was moved stays, the others share the rest as they stood."""
        done: set[str] = set()
        placed = dict(values)
        for one in sliders:
            parts = (one.path, *one.lever.others)
            if not one.lever.others or one.path in done:
                continue
            done |= set(parts)
            whole = sum(self.study.lever(part).base for part in parts)
            fixed = moved if moved in parts else ""
            rest = {part: values[part] for part in parts if part != fixed}
            left, total = max(0.0, whole - (values[fixed] if fixed else 0.0)), sum(rest.values())
            if fixed:
                placed[fixed] = min(values[fixed], whole)
            for part, value in rest.items():
                placed[part] = left * value / total if total > 0 else left / len(rest)
        return placed

    def _inputs(self, values: Mapping[str, float]) -> dict[str, float]:
        """Values as levers take them: of each split all but the last part, which gives way to the others.

        Levers that stand as in the deal are among them, so that one tape serves wherever the sliders are (docs/workbench.md).
        """
        kept: dict[str, float] = {}
        given: set[str] = set()
        for path, value in values.items():
            one = self.study.lever(path)
            parts = {path, *one.others}
            if one.others and parts <= given | {path}:
                continue
            given.add(path)
            kept[path] = value
        return kept

    def _position(self, values: dict[str, float], note: str) -> Position:
        cash, figures = standing(self.study.model, self.study.inputs(self._inputs(values), 1), compiled=WARM.is_set())
        return Position(values, figures, {party: tuple(flows.tolist()) for party, flows in cash.items()}, note)

    def _held(self, sliders: Sequence[Slider], values: dict[str, float], hold: Lock) -> tuple[dict[str, float], str]:
        one = next((slider for slider in sliders if slider.path == hold.gives), None)
        if one is None:
            raise GraphError(f"{hold.gives} is not on the table, so it cannot give way; add it first")
        others = {path: np.array([value]) for path, value in self._inputs(values).items() if path != one.path}
        others = others or {self.sliders[0].path: np.array([values[self.sliders[0].path]])}
        about = wanted(self.study.model, hold.figure).label
        try:
            root = float(breakeven_of_each(self.study, one.path, others, hold.figure, hold.value, (one.low, one.high), 21)[0])
        except JvmodelError as error:
            return values, str(error)
        if np.isnan(root):
            return values, f"{about} cannot be held: no {one.lever.label} on its slider keeps it"
        return self._whole(sliders, values | {one.path: root}, one.path), f"{one.lever.label} gave way to hold {about}"

    def lock_now(self, figure: str, values: Mapping[str, float], gives: str) -> Lock:
        """A lock of a figure at what it is now."""
        natural_target(self.study, figure)
        now = float(self.study.figures(self._inputs(values), [figure])[figure][0])
        if np.isnan(now):
            raise GraphError(f"{wanted(self.study.model, figure).label} does not exist here, so it cannot be held")
        return Lock(figure, now, gives)


def _step(low: float, high: float) -> float:
    """A step of a slider: some 200 of them, of a round size."""
    rough = (high - low) / 200
    if rough <= 0:
        return 1e-6
    size = 10 ** np.floor(np.log10(rough))
    return float(next(size * part for part in (1, 2, 5, 10) if size * part >= rough))


class Desks:
    """The deals that are open, each built again when a file that it leans on has changed; those used last are kept."""

    def __init__(self) -> None:
        self._kept: dict[str, tuple[object, Desk]] = {}
        self._lock = threading.Lock()

    def has(self, name: str) -> bool:
        """Whether a deal is open."""
        return name in self._kept

    def open(self, name: str, path: str, stamp: object) -> Desk:
        """The desk of a deal; raises DealError with all faults where the file has some."""
        with self._lock:
            kept = self._kept.pop(name, None)
            if kept is not None and kept[0] == stamp:
                self._kept[name] = kept  # last in the order
                return kept[1]
        desk = Desk(Study(path))
        desk.study.model.run  # noqa: B018 - a fault in the numbers comes now
        with self._lock:
            self._kept[name] = (stamp, desk)
            for oldest in list(self._kept)[:-OPEN]:
                del self._kept[oldest]
        return desk
