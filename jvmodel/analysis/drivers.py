"""Drivers of a figure of the deal: which risks move it, by how much, and where it fails."""

from __future__ import annotations

from dataclasses import dataclass, replace
from typing import TYPE_CHECKING

import numpy as np
from numpy.typing import NDArray

from jvmodel.analysis.allocation import explained
from jvmodel.analysis.indices import Index, Region, partial_rank_correlations, region, sobol_indices
from jvmodel.analysis.outcomes import SHOWN, outcomes_of
from jvmodel.analysis.risk import draws_of
from jvmodel.analysis.simulate import Simulation, simulate
from jvmodel.errors import GraphError
from jvmodel.graph.graph import did_you_mean
from jvmodel.phrase import Phrase

if TYPE_CHECKING:
    from jvmodel.analysis.scenarios import Scenarios

Array = NDArray[np.float64]

RUNS = 1024
"""Base sample of Sobol's indices: so many points, times the risks and two."""
STEP = 8192


@dataclass(frozen=True)
class Driver:
    """How a risk moves a figure."""

    shapley: float | None
    """Share of the variance that it explains, correlations and all; None where the figure does not vary"""
    rank: float
    """Partial rank correlation: the direction, and how steadily"""
    sobol: Index | None
    """First-order and total index were all risks independent; None without SALib"""


@dataclass(frozen=True)
class Drivers:
    """The drivers of a figure, and the region of risks in which it is below a limit."""

    simulation: Simulation
    figure: str
    risks: dict[str, Driver]
    rest: float | None
    limit: float
    region: Region | None
    note: str = ""
    """Why Sobol's indices are missing, or what they leave out"""


def drivers(scenarios: Scenarios, figure: str, *, limit: float = 0.0, workers: int | None = None, runs: int = RUNS) -> Drivers:
    """The drivers of a figure such as `northvale.npv`, and where it is below `limit`.

    Trials in which it does not exist are left out. Raises GraphError for a figure that trials do not have.
    """
    known = [f"{party}.{metric}" for party in scenarios.study.model.parties for metric in SHOWN]
    if figure not in known:
        raise GraphError(
            f"trials have no figure '{figure}'{did_you_mean(figure, known)}; name a party and one of {', '.join(SHOWN)}"
        )
    found = simulate(scenarios, workers=workers)
    outcome = found.columns[figure]
    there = ~np.isnan(outcome)
    if there.sum() < 50:
        raise GraphError(f"{figure} exists in {int(there.sum())} of {found.done:,} trials only; ask about another figure")
    risks = scenarios.register.factors
    single = {risk: found.columns[f"risk.{risk}"][there] for risk in risks}
    shares = explained({figure: outcome[there]}, {risk: draws[there] for risk, draws in draws_of(found).items()})[figure]
    ranks = partial_rank_correlations(outcome[there], single)
    note = ""
    indices: dict[str, Index] = {}
    if bool(there.all()):
        try:
            indices = sobol_indices(
                lambda points: _figure(scenarios, figure, points), scenarios.players, runs, scenarios.register.seed
            )
            if scenarios.register.correlations:
                note = Phrase("Sobol's indices are those of independent risks; Shapley shares allow for the correlations")
        except GraphError as error:
            note = str(error)
    else:
        note = Phrase("{figure} does not exist in every trial, so that it has no Sobol indices", figure=figure)
    listed = {risk: Driver(shares.risks[risk] if shares else None, ranks[risk], indices.get(risk)) for risk in risks}
    return Drivers(found, figure, listed, shares.rest if shares else None, limit, region(outcome[there] < limit, single), note)


def _figure(scenarios: Scenarios, figure: str, points: Array) -> Array:
    """The figure at uniform points, were risks independent."""
    from scipy.special import ndtri

    register = scenarios.register.model_copy(update={"correlations": (), "correlated_by": "copula"})
    independent = replace(scenarios, register=register)
    parts = []
    for at in range(0, len(points), STEP):
        scores = ndtri(np.clip(points[at : at + STEP], 1e-10, 1 - 1e-10))
        parts.append(outcomes_of(independent, independent.drawn(scores, at)).columns[figure])
    return np.concatenate(parts)
