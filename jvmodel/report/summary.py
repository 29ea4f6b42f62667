"""The summary of a run: the document of `run --json`, and the same as a table on the terminal."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import numpy as np

from jvmodel.analysis.stakes import stakes, value_as_owner
from jvmodel.flows import TRIFLE
from jvmodel.ledger import VENTURE
from jvmodel.metrics import party_metrics
from jvmodel.report.take import take

if TYPE_CHECKING:
    from rich.table import Table

    from jvmodel.model import Model


def summary(model: Model) -> dict[str, Any]:
    """The document of `run --json`: per party its metrics and cash by period, and the checks; money in millions."""
    parties: dict[str, dict[str, Any]] = {}
    for party in model.parties:
        role = {"role": model.role(party)} if party in model.deal.parties else {}
        parties[party] = role | metrics_of(model, party) | over_time(model, party)
    parties[VENTURE]["payback_from_production"] = payback_from_production(model)
    for stake in stakes(model):
        parties[stake.party] |= {"share_of_capital": stake.share_of_capital, "share_of_value": stake.share_of_value}
        as_owner, by_contract = value_as_owner(model, stake.party)
        parties[stake.party] |= {"npv_as_owner": as_owner, "npv_by_contract": by_contract}
    return {
        "deal": model.deal.deal,
        "currency": model.deal.currency,
        "money": "m",
        "periods": list(model.graph.timeline.labels),
        "parties": parties,
        "state": _state(model),
        "checks": [{"name": one.label, "passed": one.passed, "worst": one.worst} for one in model.checks],
        "warnings": [{"name": one.label, "periods": list(one.periods)} for one in model.warnings],
    }


def over_time(model: Model, party: str) -> dict[str, Any]:
    """What a party has back and when (terms.md F9).

    `dpi` is the money back for each unit paid in, up to the end of every period (None before anything is paid in);
    `first_net_cash` the first period in which it receives more than it pays.
    """
    timeline = model.graph.timeline
    cash = model.run.single(f"party.{party}.cash") * np.asarray(timeline.counted)
    back, paid = np.maximum(cash, 0.0).cumsum(), -np.minimum(cash, 0.0).cumsum()
    figures = metrics_of(model, party)
    peak = figures["peak_funding"]
    return {
        "dpi": [float(one / other) if other > TRIFLE else None for one, other in zip(back, paid, strict=True)],
        "first_net_cash": next((label for label, flow in zip(timeline.labels, cash, strict=True) if flow > TRIFLE), None),
        "npv_per_peak_funding": figures["npv"] / peak if peak > TRIFLE else None,
    }


def _state(model: Model) -> dict[str, Any] | None:
    """What the state takes: its shares of cash flow and of value, and what that does to returns; None without a state."""
    found = take(model)
    if found is None:
        return None
    return {
        "receipts": found.total[0], "receipts_value": found.total[1], "as_owner": found.as_owner[0], "take": found.take,
        "aetr": found.aetr, "metr": found.metr, "wedge": found.wedge,
        "irr_before": found.irr_before, "irr_after": found.irr_after,
    }  # fmt: skip


def payback_from_production(model: Model) -> float | None:
    """Years from the beginning of operation until the venture has its money back; None where it never has, or lays out none.

    Both are on the calendar: a model whose flows fall at the end of each year finds its money back at some point of a year.
    """
    timeline, span = model.graph.timeline, model.deal.phases.get("operation")
    cash = model.run.single(f"party.{VENTURE}.cash")
    back = metrics_of(model, VENTURE)["payback"]
    begun = next((t for t, one in enumerate(cash) if one < -TRIFLE and timeline.counted[t]), None)
    if span is None or back is None or begun is None:
        return None
    begins = (span.start.index - timeline.valued_at.index) / 12
    return float(timeline.times[begun] + back - begins)


def metrics_of(model: Model, party: str) -> dict[str, Any]:
    """The metrics of a party at its own discount rate, for the inputs as given; undefined ones are None."""
    timeline = model.graph.timeline
    cash = model.run.single(f"party.{party}.cash")
    return party_metrics(cash, timeline.times, timeline.counted, model.discount_rate(party), timeline.years)


def contents(model: Model) -> str:
    """What a deal contains, in a few lines."""
    deal, timeline = model.deal, model.graph.timeline
    inputs = sum(1 for given in model.graph.params.values() if given.path)
    lines = [
        deal.deal,
        f"  {timeline.periods} periods ({timeline.step.value}), {timeline.labels[0]} to {timeline.labels[-1]};"
        f" {deal.currency}, {deal.basis}; discounted at {timeline.discounting} of period from {timeline.valued_at}",
        f"  parties: {', '.join(f'{name} ({party.role})' for name, party in deal.parties.items())}",
        f"  prices: {', '.join(f'{metal} in {deck.unit}' for metal, deck in deal.prices.items()) or 'none'}",
        f"  terms: {', '.join(f'{term.name} ({term.kind})' for term in deal.terms)}",
        f"  {inputs} inputs, {len(model.graph.rows)} rows",
    ]
    if deal.uncertainty is not None:
        fitted = [(name, one.calibrated) for name, one in deal.uncertainty.factors.items() if one.calibrated is not None]
        lines += [f"  risk {name}: {one.words}" for name, one in fitted]
        lines += [f"  warning: {one.warning}" for _, one in fitted if one.warning]
    passed = sum(one.passed for one in model.checks)
    lines.append(f"  {passed} of {len(model.checks)} checks pass")
    lines += [f"  warning: {one.text}" for one in model.warnings]
    return "\n".join(lines)


def print_summary(model: Model) -> None:
    """The summary per party as a table on the terminal, and the result of the checks."""
    from rich.console import Console
    from rich.markup import escape

    console = Console(highlight=False)
    deal, timeline = model.deal, model.graph.timeline
    console.print(f"[bold]{escape(deal.deal)}[/bold]")
    console.print(
        f"{deal.currency} millions, {deal.basis}; discounted at {timeline.discounting} of period from {timeline.valued_at}",
        style="dim",
    )
    console.print(_table(model))
    for party in model.parties:
        roots = metrics_of(model, party)["irr_roots"]
        if len(roots) > 1:
            listed = ", ".join(_percent(root) for root in roots)
            console.print(f"* {escape(model.label(party))} has {len(roots)} rates of return: {listed}", style="dim")
    back = payback_from_production(model)
    if back is not None:
        console.print(f"The venture has its money back {back:.1f} years after production begins", style="dim")
    passed = sum(one.passed for one in model.checks)
    colour = "green" if passed == len(model.checks) else "red"
    console.print(f"[{colour}]{passed} of {len(model.checks)} checks pass[/{colour}]")
    for one in model.warnings:
        console.print(f"[yellow]warning:[/yellow] {escape(one.text)}")


def _table(model: Model) -> Table:
    from rich import box
    from rich.markup import escape
    from rich.table import Table

    table = Table(box=box.SIMPLE_HEAD, pad_edge=False, padding=(0, 1, 0, 0))
    table.add_column("Party", min_width=20, vertical="bottom")
    for heading in ("NPV", "IRR", "MOIC", "Payback", "Peak\nfunding", "Capital\nshare", "Value\nshare"):
        table.add_column(heading, justify="right", no_wrap=True, vertical="bottom")
    shares = {stake.party: stake for stake in stakes(model)}
    for party in model.parties:
        figures = metrics_of(model, party)
        stake = shares.get(party)
        table.add_row(
            escape(model.label(party)),
            _money(figures["npv"]),
            _rate(figures),
            _number(figures["moic"], "×"),
            _number(figures["payback"], " y"),
            _money(figures["peak_funding"]),
            _percent(stake.share_of_capital) if stake else "",
            _percent(stake.share_of_value) if stake else "",
        )
    return table


def _money(value: float | None) -> str:
    return "n/a" if value is None else f"{value + 0.0:,.1f}"


def _percent(value: float | None) -> str:
    return "n/a" if value is None else f"{value * 100:.1f}%"


def _number(value: float | None, unit: str) -> str:
    return "n/a" if value is None else f"{value:.1f}{unit}"


def _rate(figures: dict[str, Any]) -> str:
    roots = figures["irr_roots"]
    return _percent(figures["irr"]) + ("*" if len(roots) > 1 else "")
