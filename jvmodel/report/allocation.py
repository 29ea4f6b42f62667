"""Who bears what, and what a clause moves: documents of `risk --json`, tables and figures."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from dataclasses import asdict
from typing import TYPE_CHECKING, Any

from jvmodel.analysis.risk import WHOLE
from jvmodel.phrase import Phrase, joined
from jvmodel.report.figures import Bars, Figure, HeatMap, Risk, RiskMatrix
from jvmodel.report.figures.drawing import nice
from jvmodel.report.listing import Cell, Column, Listing
from jvmodel.report.palette import ACCENT, GREY, palette
from jvmodel.report.risk import money, spread_summary

if TYPE_CHECKING:
    from jvmodel.analysis.risk import ClauseEffect, ClauseMenu, Moved, RiskTable


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


def listings(found: RiskTable) -> Iterator[Listing]:
    """What each party bears, the matrix party by risk, and what each risk alone would do."""
    model, allocation = found.simulation.scenarios.study.model, found.allocation
    unit = f"{model.deal.currency}m"
    yield Listing(
        Phrase("{deal}: who bears what", deal=model.deal.deal), (), (),
        Phrase(
            "{done:,} trials; the whole is the sum of the parties' values, {currency} millions: mean {mean}, standard deviation"
            " {sd}, shortfall in the worst {worst:.3g} {shortfall}.",
            done=found.simulation.done, currency=model.deal.currency, mean=money(allocation.mean), sd=money(allocation.sd),
            worst=1 - allocation.confidence, shortfall=money(allocation.shortfall),
        ),
    )  # fmt: skip
    yield Listing(
        "What each party bears",
        (
            Column("Party"), Column("Of the value", "%"), Column("Of the variance", "%"), Column("Of the fall", "%"),
            Column("Shortfall in whole", unit), Column("Shortfall alone", unit),
            Column("Risk ÷ value", places=2, formula="{3}/{1}" if allocation.index_by == "fall" else ""),
        ),
        tuple(
            (
                model.label(party), one.share_of_mean, one.share_of_variance, one.share_of_fall, one.shortfall, one.standalone,
                one.index,
            )
            for party, one in allocation.parties.items()
        ),
        Phrase("Pooling takes {amount} off the shortfalls of the parties alone.", amount=money(allocation.diversification)),
    )  # fmt: skip
    yield _matrix(found)
    if found.switched:
        yield _switched(found)


def _matrix(found: RiskTable) -> Listing:
    moved = {party: one for party, one in found.matrix.items() if one is not None}
    still = joined(_label(found, party) for party in found.matrix if party not in moved)
    shares = Phrase("Shapley shares: a risk that is correlated with others has a part of what they explain.")
    rows: list[tuple[Cell, ...]] = [
        (found.label(risk), *(one.risks[risk] for one in moved.values()))
        for risk in found.simulation.scenarios.register.factors
    ]  # fmt: skip
    return Listing(
        "What moves each party: share of its variance that a risk explains",
        (Column("Risk"), *(Column(_label(found, party), "%") for party in moved)),
        (*rows, ("risks together", *(one.rest for one in moved.values()))),
        joined([shares, Phrase("No risk moves {parties}.", parties=still)], " ") if still else shares,
        totals=1,
        total="1-SUM({above})",
    )


def _label(found: RiskTable, party: str) -> str:
    return Phrase("All together") if party == WHOLE else found.simulation.scenarios.study.model.label(party)


def _switched(found: RiskTable) -> Listing:
    model = found.simulation.scenarios.study.model
    unit = f"{model.deal.currency}m"
    rows: list[tuple[Cell, ...]] = []
    for one in sorted(found.switched, key=lambda one: -one.alone_sd[WHOLE]):
        party, share = max(found.bearing(one.risk).items(), key=lambda pair: pair[1])
        rows.append((
            found.label(one.risk), one.alone_sd[WHOLE], one.relief[WHOLE], one.chance, one.impact,
            model.label(party) if share else Phrase("nobody"), share,
        ))  # fmt: skip
    return Listing(
        "Each risk alone",
        (
            Column("Risk"), Column("Standard deviation", unit), Column("Relief", unit), Column("Chance it hurts", "%"),
            Column("Loss then", unit), Column("Borne most by"), Column("Share", "%"),
        ),
        tuple(rows),
        "All other risks as expected. Relief: shortfall of the whole that goes away when the risk does.",
    )  # fmt: skip


def figures(found: RiskTable) -> Iterator[Figure]:
    """Risks by chance and impact, and what moves each party."""
    deal = found.simulation.scenarios.study.model.deal
    if found.switched:
        yield risk_matrix_of(found, dict(palette(deal.parties, deal.ventures)))
    yield heat_map_of(found)


def clause_listings(found: ClauseEffect) -> Iterator[Listing]:
    """What a clause brings each party."""
    unit = f"{found.currency}m"
    yield Listing(
        Phrase("{clause}: with it and without it", clause=found.label),
        (
            Column("Party"), Column("Mean without", unit), Column("Mean with", unit), Column("Change", unit, signed=True),
            Column("Shortfall without", unit), Column("Shortfall with", unit), Column("Change", unit, signed=True),
        ),
        tuple(
            (
                found.labels[party], one.mean_without, one.mean_with, one.mean, one.shortfall_without, one.shortfall_with,
                one.shortfall,
            )
            for party, one in found.parties.items()
        ),
        Phrase(
            "The same {trials:,} trials twice; shortfall is the mean loss in the worst {worst:.3g}.",
            trials=found.trials, worst=1 - found.confidence,
        ),
    )  # fmt: skip
    yield Listing(
        Phrase("The clause {verdict}", verdict=found.verdict), (), (),
        Phrase(
            "Together the parties' worth changes by {joint}, and {transfer} of mean value passes between them; worth is {worth}.",
            joint=money(found.joint), transfer=money(found.transfer), worth=found.worth_is,
        ),
    )  # fmt: skip


def clause_figures(found: ClauseEffect) -> Iterator[Figure]:
    """Changes of the mean and of the shortfall that the clause brings to those whom it touches."""
    if found.touched:
        moved = [(found.labels[party], found.parties[party]) for party in found.touched]
        yield Bars(
            Phrase("{clause}: what it brings", clause=found.label), f"{found.currency}m", "Party",
            ("change of the mean", "change of the shortfall"),
            tuple((label, (one.mean, one.shortfall)) for label, one in moved),
        )  # fmt: skip


def menu_summary(found: ClauseMenu) -> dict[str, Any]:
    """The document of `risk --clauses --json`."""
    return {"clauses": [clause_summary(one) for one in found.effects], "needed": found.needed}


def menu_listings(found: ClauseMenu) -> Iterator[Listing]:
    """What every clause brings each party: mean and shortfall, then all together, the one that brings most first."""
    needed = [Phrase("Others cannot do without: {clauses}.", clauses=", ".join(found.needed))] if found.needed else []
    if not found.effects:
        yield Listing("No clause moves value or risk between the parties", (), (), needed[0] if needed else "")
        return
    ranked, first = sorted(found.effects, key=lambda one: -one.joint), found.effects[0]
    unit = f"{first.currency}m"
    heads = (Column("Clause"), *(Column(first.labels[party], unit, signed=True) for party in found.touched))

    def told(title: str, of: Callable[[Moved], float]) -> Listing:
        return Listing(title, heads, tuple((one.label, *(of(one.parties[party]) for party in found.touched)) for one in ranked))

    yield told("What clauses bring: mean value", lambda one: one.mean)
    yield told("What clauses bring: expected shortfall, less of which is better", lambda one: one.shortfall)
    told_of = Phrase(
        "The same {trials:,} trials with all clauses and without each; worth is {worth}; shortfall is the mean loss in the worst"
        " {worst:.3g}. Clauses act on one another: effects do not add up.",
        trials=first.trials, worth=first.worth_is, worst=1 - first.confidence,
    )  # fmt: skip
    yield Listing(
        "What clauses do to all together",
        (Column("Clause"), Column("Worth of all", unit, signed=True), Column("Passes between them", unit), Column("The clause")),
        tuple((one.label, one.joint, one.transfer, one.verdict) for one in ranked),
        joined([told_of, *needed], " "),
    )  # fmt: skip


def menu_figures(found: ClauseMenu) -> Iterator[Figure]:
    """What every clause is worth to each party, risk counted at its price."""
    if found.effects:
        first = found.effects[0]
        yield HeatMap(
            "What clauses are worth, risk counted at its price", f"{first.currency}m", "Party",
            tuple(first.labels[party] for party in found.touched), "Clause", tuple(one.label for one in found.effects),
            tuple(tuple(one.parties[party].worth for party in found.touched) for one in found.effects), places=1,
        )  # fmt: skip


def heat_map_of(found: RiskTable) -> HeatMap:
    """Risk by party: the share of each party's variance that a risk explains, in percent."""
    scenarios = found.simulation.scenarios
    risks = list(scenarios.register.factors)
    shown = [party for party, one in found.matrix.items() if one is not None]
    return HeatMap(
        "What moves each party's value", "%", "Party",
        tuple(_label(found, party) for party in shown),
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
        party, share = max(found.bearing(one.risk).items(), key=lambda pair: pair[1])
        colour = (colours or {}).get(party, ACCENT if one.impact > 0 else GREY)
        risks.append(
            Risk(found.label(one.risk), one.chance, one.impact, model.label(party) if share else Phrase("nobody"), colour)
        )
    most = max((one.impact for one in risks), default=1.0) or 1.0
    top = nice(0.0, most, 4)[-1] if most > 0 else 1.0
    return RiskMatrix(
        "Risks by chance and impact", f"{model.deal.currency}m", tuple(risks), (top / 20, top / 10, top / 4, top / 2)
    )


__all__ = [
    "clause_figures", "clause_listings", "clause_summary", "figures", "heat_map_of", "listings", "menu_figures", "menu_listings",
    "menu_summary", "risk_matrix_of", "risk_summary",
]  # fmt: skip
