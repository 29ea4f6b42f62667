"""What moves a figure and where it fails: the document of `drivers --json`, and tables and figures."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import asdict
from typing import TYPE_CHECKING, Any

from jvmodel.phrase import Numeral, Phrase, joined
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
    notes = [Phrase("{done:,} trials, seed {seed}.", done=found.simulation.done, seed=scenarios.register.seed)]
    if found.rest is not None:
        notes.append(Phrase("Risks together, beyond powers of each draw: {rest:.1%}.", rest=found.rest))
    said = joined(notes, " ")
    yield Listing(
        Phrase("{deal}: what moves {figure}", deal=scenarios.study.model.deal.deal, figure=found.figure),
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
        joined([said, Phrase("{note}.", note=found.note)], "\n") if found.note else said,
    )  # fmt: skip
    yield Listing("Where it fails", (), (), Phrase("{sentence}.", sentence=where(found)))


def figures(found: Drivers) -> Iterator[Figure]:
    """The share of variance of each risk, and its total index."""
    ranked = _ranked(found)
    if all(one.shapley is None for _, one in ranked):
        return
    sobol = any(one.sobol is not None for _, one in ranked)
    yield Bars(
        Phrase("What moves {figure}", figure=found.figure), "% of its variance", "Risk",
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
        return Phrase("{figure} is never below {limit}, or always", figure=found.figure, limit=limit)
    one = found.region
    if not one.bounds:
        return Phrase(
            "{figure} is below {limit} in {base:.1%} of trials; no region of the risks stands out",
            figure=found.figure, limit=limit, base=one.base,
        )  # fmt: skip
    priced = found.simulation.scenarios.priced
    parts = [_within(title(found.simulation, risk), bound, of_deck=risk in priced) for risk, bound in one.bounds.items()]
    together = parts[0]
    for part in parts[1:]:
        together = Phrase("{one} and {other}", one=together, other=part)
    return Phrase(
        "{figure} is below {limit} in {base:.1%} of trials; where {risks} it is in {density:.0%} of trials, and {coverage:.0%} of"
        " all such trials lie there",
        figure=found.figure, limit=limit, base=one.base, risks=together, density=one.density, coverage=one.coverage,
    )  # fmt: skip


def _within(risk: str, bound: Bound, *, of_deck: bool) -> Phrase:
    low, high = (Numeral("" if one is None else f"{one:.0%}" if of_deck else f"{one:.4g}") for one in (bound.low, bound.high))
    if bound.low is None:
        message = "{risk} averages at most {high} of its deck" if of_deck else "{risk} is at most {high}"
    elif bound.high is None:
        message = "{risk} averages at least {low} of its deck" if of_deck else "{risk} is at least {low}"
    else:
        message = "{risk} averages from {low} to {high} of its deck" if of_deck else "{risk} is from {low} to {high}"
    return Phrase(message, risk=risk, low=low, high=high)


def _strength(one: Driver) -> float:
    return one.shapley if one.shapley is not None else abs(one.rank)


__all__ = ["drivers_summary", "figures", "listings", "where"]
