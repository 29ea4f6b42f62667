"""Results of a simulation: the document of `simulate --json`, and the same as tables on the terminal."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from jvmodel import __version__
from jvmodel.analysis.stored import manifest
from jvmodel.metrics import METRICS, Kind
from jvmodel.report.figures import Fan
from jvmodel.report.palette import ACCENT

if TYPE_CHECKING:
    from rich.table import Table

    from jvmodel.analysis.simulation import PartyRisk, Simulation
    from jvmodel.analysis.spread import Spread


def simulation_summary(found: Simulation) -> dict[str, Any]:
    """The document of `simulate --json`: per party spreads, chances, expected shortfall and the fan of its cash."""
    scenarios = found.scenarios
    deal, register = scenarios.study.model.deal, scenarios.register
    return {
        "deal": deal.deal,
        "currency": deal.currency,
        "money": "m",
        "version": __version__,
        "input_hash": manifest(scenarios)["input_hash"],
        "trials": found.done,
        "asked": found.asked,
        "seed": register.seed,
        "sampling": register.sampling,
        "confidence": register.confidence,
        "periods": list(scenarios.study.model.graph.timeline.labels),
        "risks": {name: _risk(found, name) for name in register.factors},
        "correlations": [{"of": list(one.of), "rank": one.rank} for one in register.correlations],
        "parties": {one.party: _party(one) for one in found.parties},
        "covenants": found.covenants,
        "checks": [
            {"name": f"expected price: {register.factors[risk].title or risk}", "passed": passed, "off": off, "se": error}
            for risk, off, error, passed in found.decks
        ],
        "warnings": list(scenarios.warnings),
    }


def _risk(found: Simulation, name: str) -> dict[str, Any]:
    factor = found.scenarios.register.factors[name]
    return {
        "title": factor.title or name.replace("_", " ").capitalize(),
        "of": list(factor.of),
        "drawn": factor.drawn,
        "distribution": factor.words,
        "expected": found.scenarios.mean(name),
        **spread_summary(found.spread(f"risk.{name}")),
        "bearers": factor.bearers,
        "instrument": factor.instrument,
        "residual": factor.residual,
        "evidence": factor.evidence,
        "note": factor.note,
    }


def _party(one: PartyRisk) -> dict[str, Any]:
    fan = one.fan
    return {
        "label": one.label,
        "role": one.role,
        **{metric: {"base": one.base[metric], **spread_summary(value)} for metric, value in one.spreads.items()},
        "probability_of_loss": one.loss,
        "hurdle": one.hurdle,
        "probability_below_hurdle": one.below_hurdle,
        "expected_shortfall": one.shortfall,
        "cash": {
            **{f"p{share * 100:.0f}": list(row) for share, row in fan.percentiles.items()},
            "mean": list(fan.mean),
            "base": list(fan.base),
        },
    }


def spread_summary(one: Spread) -> dict[str, Any]:
    """A spread, ready for JSON; `undefined` is the share of trials that have no such figure."""
    return {
        "mean": one.mean,
        "sd": one.sd,
        "se": one.error,
        "undefined": 1 - one.defined,
        **{f"p{share * 100:.0f}": value for share, value in one.percentiles.items()},
        **{f"p{share * 100:.0f}_se": value for share, value in one.errors.items()},
    }


def print_simulation(found: Simulation) -> None:
    """The results per party as a table on the terminal, with what to know about them."""
    from rich.console import Console
    from rich.markup import escape

    console = Console(highlight=False)
    deal, register = found.scenarios.study.model.deal, found.scenarios.register
    console.print(f"[bold]{escape(deal.deal)}[/bold]")
    kinds = {"sobol": "Sobol points", "lhs": "Latin hypercubes", "random": "random numbers"}
    console.print(
        f"{found.done:,} trials of {len(register.factors)} risks by {kinds[register.sampling]}, seed {register.seed};"
        f" {deal.currency} millions, each party at its own discount rate",
        style="dim",
    )
    if found.done < found.asked:
        console.print(f"[yellow]stopped after {found.done:,} of {found.asked:,} trials[/yellow]")
    console.print(_values(found))
    console.print(_rates(found))
    venture = found.parties[0].spreads["npv"]
    if venture.error is not None:
        console.print(
            f"standard error of the venture's mean {venture.error:,.2f}, of its P50 {venture.errors[0.5]:,.2f}; shortfall is"
            f" the mean loss in the worst {1 - register.confidence:.3g} of a party's own trials, a gain where negative",
            style="dim",
        )
    for name, chance in found.covenants.items():
        console.print(f"covenant {name}: {chance:.1%} of trials")
    for risk, off, error, passed in found.decks:
        colour = "green" if passed else "red"
        title = register.factors[risk].title or risk
        console.print(
            f"[{colour}]{escape(title)}: mean off the expected price by {off:+.4%} (standard error {error:.4%})[/{colour}]"
        )
    for warning in found.scenarios.warnings:
        console.print(f"[yellow]warning: {escape(warning)}[/yellow]")


def _values(found: Simulation) -> Table:
    from rich.markup import escape

    table = columns("NPV as\nit is", "Mean", "P10", "P50", "P90", "Chance\nof loss")
    for one in found.parties:
        value = one.spreads["npv"]
        shares = (value.percentiles.get(share) for share in (0.1, 0.5, 0.9))
        table.add_row(escape(one.label), money(one.base["npv"]), money(value.mean), *map(money, shares), percent(one.loss))
    return table


def _rates(found: Simulation) -> Table:
    from rich.markup import escape

    table = columns("Short-\nfall", "Hurdle", "Chance\nbelow", "IRR\nP10", "IRR\nP50", "IRR\nP90", "No\nIRR")
    for one in found.parties:
        rate = one.spreads["irr"]
        shares = (rate.percentiles.get(share) for share in (0.1, 0.5, 0.9))
        table.add_row(
            escape(one.label), money(one.shortfall), percent(one.hurdle), percent(one.below_hurdle), *map(percent, shares),
            f"{1 - rate.defined:.0%}",
        )  # fmt: skip
    return table


def columns(*headings: str, first: str = "Party") -> Table:
    """A table whose first column is a name, the others numbers."""
    from rich import box
    from rich.table import Table

    table = Table(box=box.SIMPLE_HEAD, pad_edge=False, padding=(0, 1, 0, 0))
    table.add_column(first, min_width=18, vertical="bottom")
    for heading in headings:
        table.add_column(heading, justify="right", no_wrap=True, vertical="bottom")
    return table


def fan_of(found: Simulation, party: str, colour: str = ACCENT) -> Fan:
    """The fan of a party's cash as a figure: P10 to P90, P25 to P75, the middle, and the deal as it is."""
    model = found.scenarios.study.model
    fan = next(one.fan for one in found.parties if one.party == party)
    bands = fan.percentiles
    return Fan(
        f"Cash of {model.label(party)}", f"{model.deal.currency}m", model.graph.timeline.labels, bands[0.5],
        ((0.1, 0.9, bands[0.1], bands[0.9]), (0.25, 0.75, bands[0.25], bands[0.75])), colour, fan.base,
    )  # fmt: skip


def money(value: float | None) -> str:
    """Millions with one place; a dash for none."""
    return "–" if value is None else f"{round(value, 1) + 0.0:,.1f}".replace("-", "−")


def percent(value: float | None) -> str:
    """A percentage with one place; a dash for none."""
    return "–" if value is None else f"{round(value, 3) + 0.0:.1%}".replace("-", "−")


def shown(metric: str, value: float | None) -> str:
    """A metric in its own form."""
    kind = METRICS[metric].kind
    if kind is Kind.RATE:
        return percent(value)
    return money(value) + (" y" if kind is Kind.YEARS else "×" if kind is Kind.MULTIPLE else "") if value is not None else "–"
