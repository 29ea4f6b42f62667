"""Who bears what, and what a clause moves: documents of `risk --json`, tables on the terminal, and plain data of figures."""

from __future__ import annotations

from dataclasses import asdict
from typing import TYPE_CHECKING, Any

from jvmodel.analysis.risk import WHOLE
from jvmodel.report.figures import HeatMap, Risk, RiskMatrix
from jvmodel.report.figures.drawing import nice
from jvmodel.report.palette import ACCENT, GREY
from jvmodel.report.risk import columns, money, percent, spread_summary

if TYPE_CHECKING:
    from jvmodel.analysis.risk import ClauseEffect, RiskTable


def risk_summary(found: RiskTable) -> dict[str, Any]:
    """The document of `risk --json`: what each party bears, party by risk, and each risk alone."""
    scenarios, allocation = found.simulation.scenarios, found.allocation
    model = scenarios.study.model
    return {
        "deal": model.deal.deal,
        "currency": model.deal.currency,
        "money": "m",
        "trials": found.simulation.done,
        "seed": scenarios.register.seed,
        "sampling": scenarios.register.sampling,
        "confidence": allocation.confidence,
        "whole": {
            "mean": allocation.mean, "sd": allocation.sd, "expected_shortfall": allocation.shortfall,
            "diversification_gain": allocation.diversification, "index_by": allocation.index_by,
        },
        "parties": {
            party: {"label": model.label(party), **asdict(borne)} for party, borne in allocation.parties.items()
        },
        "matrix": {
            party: None if one is None else {"risks": one.risks, "rest": one.rest} for party, one in found.matrix.items()
        },
        "risks": {
            risk: {
                "title": found.label(risk),
                **spread_summary(found.simulation.spread(f"risk.{risk}")),
                "bearers": scenarios.register.factors[risk].bearers,
                "borne": found.bearing(risk) if found.switched else None,
            }
            for risk in scenarios.register.factors
        },
        "switched": {one.risk: {key: value for key, value in asdict(one).items() if key != "risk"} for one in found.switched},
    }  # fmt: skip


def clause_summary(found: ClauseEffect) -> dict[str, Any]:
    """The document of `risk --without TERM --json`: the same trials with and without a clause."""
    return {
        "term": found.term,
        "label": found.label,
        "trials": found.trials,
        "confidence": found.confidence,
        "verdict": found.verdict,
        "efficient": found.efficient,
        "joint": found.joint,
        "transfer": found.transfer,
        "parties": {
            party: {**asdict(one), "mean": one.mean, "shortfall": one.shortfall, "worth": one.worth}
            for party, one in found.parties.items()
        },
    }


def print_risk(found: RiskTable) -> None:
    """What each party bears, and which risks move it, as tables on the terminal."""
    from rich.console import Console
    from rich.markup import escape

    console = Console(highlight=False)
    model, allocation = found.simulation.scenarios.study.model, found.allocation
    console.print(f"[bold]{escape(model.deal.deal)}: who bears what[/bold]")
    worst = f"{1 - allocation.confidence:.3g}"
    console.print(
        f"{found.simulation.done:,} trials; the whole is the sum of the parties' values, {model.deal.currency} millions: mean"
        f" {money(allocation.mean)}, standard deviation {money(allocation.sd)}, shortfall in the worst {worst}"
        f" {money(allocation.shortfall)}",
        style="dim",
    )
    table = columns(
        "Of the\nvalue", "Of the\nvariance", "Of the\nfall", "Shortfall\nin whole", "Shortfall\nalone", "Risk ÷\nvalue"
    )
    for party, one in allocation.parties.items():
        table.add_row(
            escape(model.label(party)), *map(percent, (one.share_of_mean, one.share_of_variance, one.share_of_fall)),
            money(one.shortfall), money(one.standalone), _index(one.index),
        )  # fmt: skip
    console.print(table)
    console.print(f"pooling takes {money(allocation.diversification)} off the shortfalls of the parties alone", style="dim")
    console.print(_matrix(found))
    console.print(
        "share of each party's variance that a risk explains (Shapley), of the three that move it most; rest: risks together",
        style="dim",
    )
    if found.switched:
        console.print(_switched(found))
        console.print(
            "alone: all other risks as expected. Relief: shortfall of the whole that goes away when the risk does", style="dim"
        )


def _index(value: float | None) -> str:
    return "–" if value is None else f"{round(value, 2) + 0.0:.2f}".replace("-", "−")


def _matrix(found: RiskTable) -> Any:
    from rich.markup import escape

    model = found.simulation.scenarios.study.model
    table = columns("First", "", "Second", "", "Third", "", "Rest")
    for party, one in found.matrix.items():
        label = "All together" if party == WHOLE else model.label(party)
        if one is None:
            table.add_row(escape(label), "no risk moves it")
            continue
        first = sorted(one.risks.items(), key=lambda pair: -pair[1])[:3]
        cells = [text for risk, share in first for text in (escape(risk), f"{share:.0%}")]
        table.add_row(escape(label), *cells, *([""] * (6 - len(cells))), f"{one.rest:.0%}")
    return table


def _switched(found: RiskTable) -> Any:
    from rich.markup import escape

    table = columns("St. dev.\nalone", "Relief", "Chance\nit hurts", "Loss\nthen", "Borne most by", "", first="Risk")
    model = found.simulation.scenarios.study.model
    for one in sorted(found.switched, key=lambda one: -one.alone_sd[WHOLE]):
        party, share = max(found.bearing(one.risk).items(), key=lambda pair: pair[1])
        table.add_row(
            escape(found.label(one.risk)), money(one.alone_sd[WHOLE]), money(one.relief[WHOLE]), f"{one.chance:.0%}",
            money(one.impact), escape(model.label(party)), f"{share:.0%}",
        )  # fmt: skip
    return table


def print_clause(found: ClauseEffect) -> None:
    """What a clause brings each party, as a table on the terminal."""
    from rich.console import Console
    from rich.markup import escape

    console = Console(highlight=False)
    console.print(f"[bold]{escape(found.label)}: with it and without it[/bold]")
    console.print(
        f"the same {found.trials:,} trials twice; shortfall is the mean loss in the worst {1 - found.confidence:.3g}", style="dim"
    )
    table = columns("Mean\nwithout", "Mean\nwith", "Change", "Shortfall\nwithout", "Shortfall\nwith", "Change")
    for party, one in found.parties.items():
        table.add_row(
            escape(found.labels[party]), money(one.mean_without), money(one.mean_with), money(one.mean),
            money(one.shortfall_without), money(one.shortfall_with), money(one.shortfall),
        )  # fmt: skip
    console.print(table)
    prices = {one.price_of_risk for one in found.parties.values()}
    console.print(
        f"The clause {found.verdict}: together their worth changes by {money(found.joint)}, and {money(found.transfer)}"
        " of mean value passes between them"
    )
    said = ", ".join(f"{price:g}" for price in sorted(prices))
    console.print(f"worth is mean value less {said} times shortfall (terms.md G9)", style="dim")


def heat_map_of(found: RiskTable) -> HeatMap:
    """Risk by party: the share of each party's variance that a risk explains, in percent."""
    scenarios = found.simulation.scenarios
    risks = list(scenarios.register.factors)
    shown = [party for party, one in found.matrix.items() if one is not None]
    return HeatMap(
        "What moves each party's value", "%", "Party",
        tuple("All together" if party == WHOLE else scenarios.study.model.label(party) for party in shown),
        "Risk", tuple(found.label(risk) for risk in risks),
        tuple(tuple(100 * _of(found, party, risk) for party in shown) for risk in risks),
    )  # fmt: skip


def _of(found: RiskTable, party: str, risk: str) -> float:
    one = found.matrix[party]
    return one.risks[risk] if one is not None else 0.0


def risk_matrix_of(found: RiskTable, colours: dict[str, str] | None = None) -> RiskMatrix:
    """Risks by the chance that they hurt and what they then cost the parties together; coloured by who bears most."""
    model = found.simulation.scenarios.study.model
    risks = []
    for one in found.switched:
        party = max(found.bearing(one.risk).items(), key=lambda pair: pair[1])[0]
        colour = (colours or {}).get(party, ACCENT if one.impact > 0 else GREY)
        risks.append(Risk(found.label(one.risk), one.chance, one.impact, model.label(party), colour))
    most = max((one.impact for one in risks), default=1.0) or 1.0
    top = nice(0.0, most, 4)[-1] if most > 0 else 1.0
    return RiskMatrix(
        "Risks by chance and impact", f"{model.deal.currency}m", tuple(risks), (top / 20, top / 10, top / 4, top / 2)
    )


__all__ = ["clause_summary", "heat_map_of", "print_clause", "print_risk", "risk_matrix_of", "risk_summary"]
