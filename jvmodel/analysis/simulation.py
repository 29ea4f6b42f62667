"""What simulated trials say: per party spreads, chances, expected shortfall and the fan of its cash (terms.md G6)."""

from __future__ import annotations

import os
from collections.abc import Mapping
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass
from functools import cached_property

import numpy as np
from numpy.typing import NDArray

from jvmodel.analysis.outcomes import MISSED, SHOWN, tests
from jvmodel.analysis.scenarios import Scenarios
from jvmodel.analysis.spread import Spread, expected_shortfall, spread
from jvmodel.metrics import party_metrics

Array = NDArray[np.float64]

AT_ONCE = 2**21
"""Trials up to which columns of several parties are held at once."""
BANDS = (0.1, 0.25, 0.5, 0.75, 0.9)
"""Percentiles of the fan of cash."""


@dataclass(frozen=True)
class Fan:
    """Cash of a party by period: percentiles by their share, the mean, and the deal as it stands."""

    percentiles: dict[float, tuple[float, ...]]
    mean: tuple[float, ...]
    base: tuple[float, ...]


@dataclass(frozen=True)
class PartyRisk:
    """What a party may get: spreads of its metrics, chances, and the expected shortfall of its net present value."""

    party: str
    label: str
    role: str
    base: dict[str, float | None]
    """Metrics of the deal as it stands"""
    spreads: dict[str, Spread]
    loss: float
    """Chance of a net present value below nil"""
    hurdle: float
    below_hurdle: float
    """Chance of earning less than the hurdle: of a value below nil at that rate"""
    shortfall: float
    """Mean loss in the worst tail, positive for a loss"""
    fan: Fan


@dataclass(frozen=True)
class Simulation:
    """Trials that are done: `columns` (done,) such as `state.npv`, `risk.copper`; `cash` (kept, T) of each party.

    Both may be read from files as they are asked for, so that 10^8 trials need the memory of one column.
    """

    scenarios: Scenarios
    done: int
    columns: Mapping[str, Array]
    cash: Mapping[str, NDArray[np.float32]]

    @property
    def asked(self) -> int:
        """Trials that were asked for."""
        return self.scenarios.register.trials

    @cached_property
    def batches(self) -> NDArray[np.uint8]:
        """The batch of each trial, for errors."""
        return self.scenarios.sampling.batch(0, self.done)

    def spread(self, column: str) -> Spread:
        """How a column turns out."""
        return spread(self.columns[column], self.batches, independent=self.scenarios.register.sampling == "random")

    def fan(self, party: str) -> Fan:
        """The fan of a party's cash."""
        found = np.quantile(np.ascontiguousarray(self.cash[party].T), BANDS, axis=1)
        base = self.scenarios.study.model.run.single(f"party.{party}.cash")
        bands = {share: tuple(map(float, row)) for share, row in zip(BANDS, found, strict=True)}
        mean = tuple(map(float, self.cash[party].mean(axis=0, dtype=np.float64)))
        return Fan(bands, mean, tuple(map(float, base)))

    @cached_property
    def parties(self) -> tuple[PartyRisk, ...]:
        """What every party may get, the venture first."""
        model = self.scenarios.study.model
        model.run, self.batches  # noqa: B018 - what threads share is made once
        with ThreadPoolExecutor(1 if self.done > AT_ONCE else os.cpu_count()) as pool:
            return tuple(pool.map(self._party, model.parties))

    def _party(self, party: str) -> PartyRisk:
        model, register = self.scenarios.study.model, self.scenarios.register
        timeline, rate = model.graph.timeline, model.discount_rate(party)
        base = party_metrics(model.run.single(f"party.{party}.cash"), timeline.times, timeline.counted, rate, timeline.years)
        loss, shortfall = self._lost(party, register.confidence)
        return PartyRisk(
            party, model.label(party), model.role(party),
            {metric: base[metric] for metric in SHOWN},
            {metric: self.spread(f"{party}.{metric}") for metric in SHOWN},
            loss, register.hurdles.get(party, rate), float(self.columns[f"{party}.{MISSED}"].mean()), shortfall, self.fan(party),
        )  # fmt: skip

    def _lost(self, party: str, confidence: float) -> tuple[float, float]:
        """Chance of a value below nil, and the expected shortfall; no column is held afterwards."""
        value = self.columns[f"{party}.npv"]
        return float((value < 0).mean()), expected_shortfall(value, confidence)

    @cached_property
    def covenants(self) -> dict[str, float]:
        """Chance that each covenant is breached, and that its loans are in default, in any period."""
        return {name: float(self.columns[name].mean()) for name in tests(self.scenarios.study.model)}

    @cached_property
    def decks(self) -> tuple[tuple[str, float, float, bool], ...]:
        """Prices by path: mean factor on the deck less the expected one, its standard error, within three of them or not."""
        found = []
        for risk in self.scenarios.priced:
            one = self.spread(f"risk.{risk}")
            assert one.mean is not None
            off = one.mean - self.scenarios.mean(risk)
            error = one.error or 0.0
            found.append((risk, off, error, abs(off) <= 3 * error + 1e-9))
        return tuple(found)
