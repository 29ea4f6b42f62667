"""What moves a figure and where it fails: the document of `drivers --json`, and tables and figures."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import asdict
from typing import TYPE_CHECKING, Any

from jvmodel.report.figures import Bars, Figure
from jvmodel.report.listing import Column, Listing
from jvmodel.report.risk import shown, title

if TYPE_CHECKING:
    from jvmodel.analysis.drivers import Driver, Drivers
    from jvmodel.analysis.indices import Bound


def drivers_summary(found: Drivers) -> dict[str, Any]:
    """The document of `drivers --json`."""
    scenarios = found.simulation.scenarios
    return {
        "deal": scenarios.study.model.deal.deal,
        "figure": found.figure,
        "trials": found.simulation.done,
        "seed": scenarios.register.seed,
        "risks": {risk: {"title": title(found.simulation, risk), **asdict(one)} for risk, one in found.risks.items()},
        "rest": found.rest,
        "limit": found.limit,
        "region": asdict(found.region) if found.region is not None else None,
        "note": found.note,
    }


def listings(found: Drivers) -> Iterator[Listing]:
    """The drivers, the strongest first, and the region of risks in which the figure is below the limit."""
    scenarios = found.simulation.scenarios
    notes = [f"{found.simulation.done:,} trials, seed {scenarios.register.seed}."]
    if found.rest is not None:
        notes.append(f"Risks together, beyond powers of each draw: {found.rest:.1%}.")
    yield Listing(
        f"{scenarios.study.model.deal.deal}: what moves {found.figure}",
        (
            Column("Risk"), Column("Shapley share", "%"), Column("Direction (PRCC)", signed=True, places=2),
            Column("Sobol first", places=3), Column("Sobol total", places=3),
        ),
        tuple(
            (
                title(found.simulation, risk), one.shapley, one.rank,
                *((None, None) if one.sobol is None else (one.sobol.first, one.sobol.total)),
            )
            for risk, one in _ranked(found)
        ),
        " ".join(notes) + (f"\n{found.note}." if found.note else ""),
    )  # fmt: skip
    yield Listing("Where it fails", (), (), f"{where(found)}.")


def figures(found: Drivers) -> Iterator[Figure]:
    """The share of variance of each risk, and its total index."""
    ranked = _ranked(found)
    if all(one.shapley is None for _, one in ranked):
        return
    sobol = any(one.sobol is not None for _, one in ranked)
    yield Bars(
        f"What moves {found.figure}", "% of its variance", "Risk",
        ("Shapley share", "Sobol total index") if sobol else ("Shapley share",),
        tuple(
            (title(found.simulation, risk), (one.shapley, None if one.sobol is None else one.sobol.total)[: 2 if sobol else 1])
            for risk, one in ranked
        ),
        percent=True,
    )  # fmt: skip


def _ranked(found: Drivers) -> list[tuple[str, Driver]]:
    return sorted(found.risks.items(), key=lambda pair: -_strength(pair[1]))


def where(found: Drivers) -> str:
    """The region in a sentence."""
    limit = shown(found.figure.rpartition(".")[2], found.limit)
    if found.region is None:
        return f"{found.figure} is never below {limit}, or always"
    one = found.region
    if not one.bounds:
        return f"{found.figure} is below {limit} in {one.base:.1%} of trials; no region of the risks stands out"
    priced = found.simulation.scenarios.priced
    parts = [
        f"{title(found.simulation, risk)} {'averages' if risk in priced else 'is'} {_within(bound, of_deck=risk in priced)}"
        for risk, bound in one.bounds.items()
    ]
    return (
        f"{found.figure} is below {limit} in {one.base:.1%} of trials; where {' and '.join(parts)} it is in {one.density:.0%}"
        f" of trials, and {one.coverage:.0%} of all such trials lie there"
    )


def _within(bound: Bound, *, of_deck: bool) -> str:
    low, high = (
        None if one is None else f"{one:.0%} of its deck" if of_deck else f"{one:.4g}" for one in (bound.low, bound.high)
    )
    if low is None:
        return f"at most {high}"
    return f"at least {low}" if high is None else f"from {low} to {high}"


def _strength(one: Driver) -> float:
    return one.shapley if one.shapley is not None else abs(one.rank)


__all__ = ["drivers_summary", "figures", "listings", "where"]
