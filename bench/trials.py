"""100,000 trials of Kasanga: 12 correlated inputs and two price paths drawn, the model, and all metrics of all parties.

python bench/trials.py [--smoke]
"""

from __future__ import annotations

import os
import resource
import sys
import time

import numpy as np

from jvmodel.backends import kernel
from jvmodel.dealfile import load
from jvmodel.metrics import all_metrics
from jvmodel.model import build
from jvmodel.price_deck import PriceDeck

INPUTS = (
    "mine.tonnage_factor", "mine.grade_factor", "concentrator.recovery_factor", "refinery.recovery_factor", "mining.factor",
    "processing.factor", "refining.factor", "mine_capital.overrun", "refinery_capital.overrun", "sustaining.factor",
    "cathode.selling_cost", "royalty.rate",
)  # fmt: skip
PRICES = {"copper": (9200.0, 0.25), "cobalt": (32000.0, 0.35)}
"""First price and volatility a year."""


def draws(model, names: list[str], scenarios: int, random: np.random.Generator) -> dict[str, np.ndarray]:
    """Inputs with a correlation of 0.3 between any two, and price paths, (scenarios, periods), that return to their mean."""
    periods = model.graph.timeline.periods
    found: dict[str, np.ndarray] = {}
    root = np.linalg.cholesky(np.full((len(names), len(names)), 0.3) + 0.7 * np.eye(len(names)))
    normals = random.standard_normal((scenarios, len(names))) @ root.T
    for name, column in zip(names, normals.T, strict=True):
        value = model.graph.params[name].value
        found[name] = value * (1 + 0.1 * np.clip(column, -3, 3)) if value else 0.1 * column
    for metal, (price, volatility) in PRICES.items():
        name = next(name for name, given in model.graph.params.items() if name.startswith(f"prices.{metal}") and given.series)
        shocks = random.standard_normal((periods, scenarios))
        path, x = np.empty((periods, scenarios)), np.zeros(scenarios)
        for t in range(periods):
            x = 0.7 * x + volatility * shocks[t]
            path[t] = price * np.exp(x - volatility**2)
        found[name] = path.T
    return found


def built():
    """Kasanga with prices by the year, and the names of 12 inputs that vary."""
    deal = load("kasanga")
    context = {"currency": "USD"}
    decks = {
        metal: PriceDeck.model_validate({"unit": "USD/t", "by_year": {"2027": price}, "extend": "hold"}, context=context)
        for metal, (price, _) in PRICES.items()
    }
    model = build(deal.model_copy(update={"prices": deal.prices | decks}))
    names = [f"terms.{name}" for name in INPUTS]
    unknown = [name for name in names if name not in model.graph.params]
    assert not unknown, unknown
    return model, names


def main() -> None:
    smoke = "--smoke" in sys.argv
    scenarios, repeats = (10_000, 1) if smoke else (100_000, 7)
    model, names = built()
    timeline, cash = model.graph.timeline, [f"party.{party}.cash" for party in model.parties]

    def metrics(values: kernel.Values) -> dict[str, dict[str, np.ndarray]]:
        return {
            party: all_metrics(
                values.rows[f"party.{party}.cash"], timeline.times, model.discount_rate(party), timeline.years, timeline.counted
            )
            for party in model.parties
        }

    metrics(kernel.evaluate(model.graph, draws(model, names, 1000, np.random.default_rng(1)), cash))
    best = (np.inf,)
    for turn in range(repeats):
        model.graph.kept.clear()  # the tape is written anew each time
        begin, cpu = time.perf_counter(), time.process_time()
        drawn = draws(model, names, scenarios, np.random.default_rng(turn))
        sampled = time.perf_counter()
        values = kernel.evaluate(model.graph, drawn, cash)
        ran = time.perf_counter()
        found = metrics(values)
        done = time.perf_counter()
        best = min(best, (done - begin, sampled - begin, ran - sampled, done - ran, time.process_time() - cpu))
    rates = sum(np.isfinite(figures["irr"]).sum() for figures in found.values())
    whole, sampling, running, valuing, worked = best
    print(
        f"{scenarios:,} trials of {model.deal.deal}: {len(names)} correlated inputs, {len(PRICES)} price paths, all metrics of"
        f" {len(found)} parties, on {os.cpu_count()} cores: {whole:.2f} s ({worked:.2f} s of processor)"
    )
    print(f"  drawing {sampling:.2f} s; the model, tape included, {running:.2f} s")
    print(f"  all metrics, {rates:,} rates of return among them, {valuing:.2f} s")
    print(f"  most memory of the process: {resource.getrusage(resource.RUSAGE_SELF).ru_maxrss / 1024:,.0f} MB")


if __name__ == "__main__":
    main()
