"""What moves a figure and where it fails: the document of `drivers --json`, and tables on the terminal."""

from __future__ import annotations

from dataclasses import asdict
from typing import TYPE_CHECKING, Any

from jvmodel.report.risk import columns, shown

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
        "risks": {risk: {"title": _title(found, risk), **asdict(one)} for risk, one in found.risks.items()},
        "rest": found.rest,
        "limit": found.limit,
        "region": asdict(found.region) if found.region is not None else None,
        "note": found.note,
    }


def print_drivers(found: Drivers) -> None:
    """The drivers, the strongest first, and the region of risks in which the figure is below the limit."""
    from rich.console import Console
    from rich.markup import escape

    console = Console(highlight=False)
    console.print(f"[bold]{escape(found.simulation.scenarios.study.model.deal.deal)}: what moves {escape(found.figure)}[/bold]")
    console.print(f"{found.simulation.done:,} trials, seed {found.simulation.scenarios.register.seed}", style="dim")
    table = columns("Shapley\nshare", "Direction\n(PRCC)", "Sobol\nfirst", "Sobol\ntotal", first="Risk")
    for risk, one in sorted(found.risks.items(), key=lambda pair: -_strength(pair[1])):
        table.add_row(
            escape(_title(found, risk)), "–" if one.shapley is None else f"{one.shapley:.1%}",
            f"{one.rank:+.2f}".replace("-", "−"),
            *(("–", "–") if one.sobol is None else (f"{one.sobol.first:.3f}", f"{one.sobol.total:.3f}")),
        )  # fmt: skip
    console.print(table)
    if found.rest is not None:
        console.print(f"risks together, beyond powers of each draw: {found.rest:.1%}", style="dim")
    if found.note:
        console.print(escape(found.note), style="dim")
    console.print(escape(where(found)))


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
        f"{_title(found, risk)} {'averages' if risk in priced else 'is'} {_within(bound, of_deck=risk in priced)}"
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


def _title(found: Drivers, risk: str) -> str:
    return found.simulation.scenarios.register.factors[risk].title or risk.replace("_", " ").capitalize()


__all__ = ["drivers_summary", "print_drivers", "where"]
