"""Results of a simulation: the document of `simulate --json`, and the same as tables and figures."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from typing import TYPE_CHECKING, Any

import numpy as np

from jvmodel import __version__
from jvmodel.analysis.stored import manifest
from jvmodel.metrics import METRICS, Kind
from jvmodel.phrase import Numeral, Phrase, joined
from jvmodel.report.figures import Chances, Fan, Figure, Outcome
from jvmodel.report.listing import Cell, Column, Figured, Listing, figured
from jvmodel.report.palette import ACCENT, palette

if TYPE_CHECKING:
    from jvmodel.analysis.simulation import PartyRisk, Simulation
    from jvmodel.analysis.spread import Spread

SHOWN_SHARES = (0.1, 0.5, 0.9)
BINS = 72


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
        "title": title(found, name),
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


def listings(found: Simulation) -> Iterator[Listing]:
    """What each party may get, what was drawn, covenants, checks of the draws, and what to know about them."""
    scenarios = found.scenarios
    deal, register = scenarios.study.model.deal, scenarios.register
    unit = f"{deal.currency}m"
    kinds = {"sobol": Phrase("Sobol points"), "lhs": Phrase("Latin hypercubes"), "random": Phrase("random numbers")}
    drawn = Phrase(
        "{done:,} trials of {risks} risks by {kind}, seed {seed}; {currency} millions, each party at its own discount rate.",
        done=found.done, risks=len(register.factors), kind=kinds[register.sampling], seed=register.seed, currency=deal.currency,
    )  # fmt: skip
    stopped = Phrase("Stopped after {done:,} of {asked:,} trials.", done=found.done, asked=found.asked)
    yield Listing(deal.deal, (), (), joined([stopped, drawn], " ") if found.done < found.asked else drawn)
    yield Listing(
        "What each party may get",
        (
            Column("Party"),
            Column("NPV as\nit is", unit),
            Column("Mean", unit),
            Column("±", unit, places=2),
            *(Column(head, unit) for head in ("P10", "P50", "P90")),
            Column("Chance\nof loss", "%"),
            Column("Shortfall", unit),
        ),
        tuple(
            (
                one.label,
                figured(one.base["npv"], f"{one.party}.npv"),
                one.spreads["npv"].mean,
                one.spreads["npv"].error,
                *_shares(one.spreads["npv"]),
                one.loss,
                one.shortfall,
            )
            for one in found.parties
        ),
        _errors(found),
    )
    yield Listing(
        "Rates of return",
        (
            Column("Party"), Column("Hurdle", "%"), Column("Chance below", "%"), Column("IRR P10", "%"), Column("IRR P50", "%"),
            Column("IRR P90", "%"), Column("No IRR", "%"),
        ),
        tuple(
            (one.label, one.hurdle, one.below_hurdle, *_shares(one.spreads["irr"]), 1 - one.spreads["irr"].defined)
            for one in found.parties
        ),
    )  # fmt: skip
    if found.covenants:
        yield Listing(
            "Covenants and default, in any period", (Column("Event"), Column("Chance", "%")),
            tuple((_event(found, name), chance) for name, chance in found.covenants.items()),
        )  # fmt: skip
    if found.decks:
        yield Listing(
            "Expected prices are the deck",
            (Column("Price"), Column("Mean off by"), Column("Standard error"), Column("")),
            tuple(
                (
                    title(found, risk),
                    Phrase("{off:+.4%}", off=off),
                    Phrase("{error:.4%}", error=error),
                    "passed" if passed else "FAILED",
                )
                for risk, off, error, passed in found.decks
            ),
        )
    yield from _calibrations(found)
    for warning in scenarios.warnings:
        yield Listing("Warning", (), (), warning)


def _event(found: Simulation, row: str) -> str:
    """What a row of covenants says, with the clause that it belongs to."""
    model = found.scenarios.study.model
    clause, event = model.deal.title(row.partition(".")[0]), Phrase(model.graph.rows[row].label.lower())
    return Phrase("{clause}: {event}", clause=clause, event=event)


def _calibrations(found: Simulation) -> Iterator[Listing]:
    """What was fitted to past prices, with standard errors."""
    rows: list[tuple[Cell, ...]] = []
    for risk, factor in found.scenarios.register.factors.items():
        if factor.calibrated is None:
            continue
        past, fitted = factor.calibrated, factor.calibrated.found
        kappa = getattr(fitted.process, "kappa", None)
        rows.append((
            title(found, risk),
            Phrase(
                "{column} in {table}, {first} to {last}",
                column=past.column, table=past.table, first=str(min(past.observed)), last=str(max(past.observed)),
            ),
            float(fitted.prices), fitted.process.sigma, fitted.sigma_error, kappa,
            None if kappa is None else fitted.kappa_error, fitted.mean if fitted.tells_mean else None,
            fitted.mean_error if fitted.tells_mean else None,
        ))  # fmt: skip
    if rows:
        yield Listing(
            "Calibrated on past prices",
            (
                Column("Price"), Column("Past"), Column("Prices", places=0), Column("Volatility a year", "%"), Column("±", "%"),
                Column("Reversion a year", places=3), Column("±", places=3), Column("Long-run mean", places=0),
                Column("±", places=0),
            ),
            tuple(rows),
            "±: standard error. Reversion: half of a departure is gone after 0.693 divided by it, in years.",
        )  # fmt: skip


def data(found: Simulation) -> Iterator[Listing]:
    """The numbers behind the figures: what was drawn for each risk, and the fan of each party's cash."""
    yield _drawn(found)
    unit = f"{found.scenarios.study.model.deal.currency}m"
    labels = found.scenarios.study.model.graph.timeline.labels
    for one in found.parties:
        columns = [(f"P{share * 100:.0f}", row) for share, row in one.fan.percentiles.items()]
        columns.append(("Mean", one.fan.mean))
        yield Listing(
            Phrase("Cash of {party}", party=one.label),
            (Column("Period"), *(Column(head, unit) for head, _ in columns), Column("As given", unit)),
            tuple(
                (label, *(row[place] for _, row in columns), Figured(one.fan.base[place], f"{one.party}.cash@{label}"))
                for place, label in enumerate(labels)
            ),
        )  # fmt: skip


def _drawn(found: Simulation) -> Listing:
    rows: list[tuple[Cell, ...]] = []
    for risk, factor in found.scenarios.register.factors.items():
        drawn = found.spread(f"risk.{risk}")
        rows.append((title(found, risk), drawn.mean, *_shares(drawn), ", ".join(factor.of), factor.words))
    return Listing(
        "Risks as drawn",
        (
            Column("Risk"), *(Column(head, places=4) for head in ("Mean", "P10", "P50", "P90")), Column("Number"),
            Column("How it may turn out"),
        ),
        tuple(rows),
        "Of a price: its mean factor on the deck.",
    )  # fmt: skip


def figures(found: Simulation) -> Iterator[Figure]:
    """How the parties' values are spread, then the fan of each party's cash."""
    model = found.scenarios.study.model
    colours = palette(model.deal.parties, model.deal.ventures)
    spread = [one for one in found.parties if one.spreads["npv"].sd]
    if spread:
        yield _chances(found, spread, colours)
    for one in spread:
        yield fan_of(found, one.party, colours.get(one.party, ACCENT))


def _chances(found: Simulation, parties: Sequence[PartyRisk], colours: Mapping[str, str]) -> Chances:
    """The spread of values between the widest P5 and P95, with some room."""
    low = min(min(one.spreads["npv"].percentiles[0.05], one.base["npv"] or 0.0) for one in parties)
    high = max(max(one.spreads["npv"].percentiles[0.95], one.base["npv"] or 0.0) for one in parties)
    edges = np.linspace(low - 0.1 * (high - low), high + 0.1 * (high - low), BINS + 1)
    outcomes = []
    for one in parties:
        count, _ = np.histogram(found.columns[f"{one.party}.npv"], edges)
        shares, (p10, p50, p90) = count / found.done, (one.spreads["npv"].percentiles[share] for share in SHOWN_SHARES)
        outcomes.append(
            Outcome(
                one.label,
                colours.get(one.party, ACCENT),
                tuple(map(float, shares)),
                p10,
                p50,
                p90,
                one.base["npv"] or 0.0,
                one.loss,
            )
        )
    unit = f"{found.scenarios.study.model.deal.currency}m"
    return Chances("What each party may get: net present value", unit, tuple(map(float, edges)), tuple(outcomes))


def _shares(one: Spread) -> tuple[float | None, ...]:
    return tuple(one.percentiles.get(share) for share in SHOWN_SHARES)


def _errors(found: Simulation) -> str:
    venture, worst = found.parties[0].spreads["npv"], 1 - found.scenarios.register.confidence
    said = Phrase(
        "Shortfall: the mean loss in the worst {worst:.3g} of a party's own trials, a gain where negative.", worst=worst
    )
    if venture.error is None:
        return said
    errors = Phrase("±: standard error of the mean; that of the venture's P50 is {error:,.2f}.", error=venture.errors[0.5])
    return joined([errors, said], " ")


def title(found: Simulation, risk: str) -> str:
    """What outputs call a risk."""
    return found.scenarios.register.factors[risk].title or risk.replace("_", " ").capitalize()


def fan_of(found: Simulation, party: str, colour: str = ACCENT) -> Fan:
    """The fan of a party's cash as a figure: P10 to P90, P25 to P75, the middle, and the deal as it is."""
    model = found.scenarios.study.model
    fan = next(one.fan for one in found.parties if one.party == party)
    bands = fan.percentiles
    return Fan(
        Phrase("Cash of {party}", party=model.label(party)), f"{model.deal.currency}m", model.graph.timeline.labels, bands[0.5],
        ((0.1, 0.9, bands[0.1], bands[0.9]), (0.25, 0.75, bands[0.25], bands[0.75])), colour, fan.base,
    )  # fmt: skip


def money(value: float | None) -> str:
    """Millions with one place; a dash for none."""
    return "–" if value is None else Numeral(f"{round(value, 1) + 0.0:,.1f}".replace("-", "−"))


def percent(value: float | None) -> str:
    """A percentage with one place; a dash for none."""
    return "–" if value is None else Numeral(f"{round(value, 3) + 0.0:.1%}".replace("-", "−"))


def shown(metric: str, value: float | None) -> str:
    """A metric in its own form."""
    kind = METRICS[metric].kind
    if kind is Kind.RATE or value is None:
        return percent(value)
    if kind is Kind.YEARS:
        return Phrase("{number} y", number=money(value))
    return Phrase("{number}×", number=money(value)) if kind is Kind.MULTIPLE else money(value)
