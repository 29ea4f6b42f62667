"""Monte Carlo of a deal: same trials for any workers and parts, single trials by hand, decks, warnings, whole error messages."""

from __future__ import annotations

import json
from dataclasses import replace
from pathlib import Path

import numpy as np
import pytest

from jvmodel.analysis import simulate as simulating
from jvmodel.analysis.deletion import FACTS
from jvmodel.analysis.outcomes import measured
from jvmodel.analysis.risk import clause_effect, clause_menu, risk_table
from jvmodel.analysis.scenarios import Scenarios
from jvmodel.analysis.simulate import simulate
from jvmodel.analysis.spread import Spread
from jvmodel.cli import main
from jvmodel.dealfile import load
from jvmodel.errors import DealError, GraphError
from jvmodel.model import build
from jvmodel.report import allocation
from jvmodel.report.summary import metrics_of

TEXT = (Path(__file__).parents[1] / "data" / "risk_deal.yaml").read_text(encoding="utf-8")
DEAL, RISKS = TEXT[: TEXT.index("uncertainty:")], TEXT[TEXT.index("uncertainty:") :]


@pytest.fixture
def deal(tmp_path: Path) -> Path:
    path = tmp_path / "mine.yaml"
    path.write_text(DEAL + RISKS, encoding="utf-8")
    return path


def test_a_trial_is_the_deal_with_its_draws(deal: Path) -> None:
    """Second method: the draws of some trials written into the deal file, and the deal run."""
    scenarios = Scenarios.of(deal)
    found = simulate(scenarios)
    trials = scenarios.draw(0, 256)
    for trial in (0, 17, 255):
        path = trials.paths["copper"][trial] * 9000
        prices = ", ".join(f"{year}: {price:.17g}" for year, price in zip(range(2027, 2031), path, strict=True))
        text = DEAL.replace("flat: 9000", f"by_year: {{{prices}}}").replace("contingency: 10%", "contingency: 0%")
        factor = trials.values["costs"][trial]
        text = text.replace(
            "{2028: 3, 2029: 3, 2030: 3}", f"{{2028: {3 * factor:.17g}, 2029: {3 * factor:.17g}, 2030: {3 * factor:.17g}}}"
        )
        deal.write_text(text, encoding="utf-8")
        model = build(load(deal, [f"terms.mine.overrun={trials.values['capital'][trial]:.17g}"]))
        for party in ("venture", "state", "north"):
            one = metrics_of(model, party)
            assert found.columns[f"{party}.npv"][trial] == pytest.approx(one["npv"], rel=1e-12)
            rate = found.columns[f"{party}.irr"][trial]
            assert (None if np.isnan(rate) else rate) == (
                one["irr"] if one["irr"] is None else pytest.approx(one["irr"], rel=1e-9)
            )


@pytest.mark.parametrize("sampling", ["sobol", "lhs", "random"])
def test_workers_and_parts_change_nothing(deal: Path, sampling: str, monkeypatch: pytest.MonkeyPatch) -> None:
    scenarios = Scenarios.of(deal, trials=9000, seed=5, sampling=sampling)
    one = simulate(scenarios, workers=1)
    monkeypatch.setattr(simulating, "CHUNK", 4096)
    other = simulate(scenarios, workers=3)
    assert one.columns.keys() == other.columns.keys()
    for name, values in one.columns.items():
        assert np.array_equal(values, other.columns[name], equal_nan=True), name
    for party, cash in one.cash.items():
        assert np.array_equal(cash, other.cash[party])


def test_the_mean_of_prices_is_the_deck_for_every_process(deal: Path) -> None:
    past = "year,copper\n" + "".join(f"{2000 + year},{6000 + 900 * (year % 4) + 100 * year}\n" for year in range(20))
    (deal.parent / "past.csv").write_text(past, encoding="utf-8")
    for process in (
        "gbm: {sigma: 30%}", "schwartz: {sigma: 30%, kappa: 0.4}", "schwartz: {sigma: 30%, kappa: 0.4, mean: 7000}",
        "bootstrap: {table: past.csv, column: copper, block: 2}",
    ):  # fmt: skip
        deal.write_text((DEAL + RISKS).replace("gbm: {sigma: 20%}", process), encoding="utf-8")
        scenarios = Scenarios.of(deal, trials=32_768)
        prices = scenarios.draw(0, 32_768).paths["copper"] * scenarios.deck("copper")
        expected = scenarios.paths["copper"].expected(scenarios.deck("copper"))
        batches = scenarios.sampling.batch(0, 32_768)
        means = np.array([prices[batches == batch].mean(axis=0) for batch in range(8)])
        error = means.std(axis=0, ddof=1) / 8**0.5
        assert (abs(prices.mean(axis=0) - expected) <= 4 * error + 1e-9).all(), process
        assert simulate(replace(scenarios, register=scenarios.register.model_copy(update={"trials": 4096}))).decks[0][3]


def test_who_receives_first_and_loses_by_it_misses_its_hurdle(deal: Path) -> None:
    """Second method: each flow discounted by hand at the hurdle. A lender's rate of 80% is a state's loss, one of −9% its gain."""
    model = build(load(deal))
    times = model.graph.timeline.times
    flows = [
        [100.0, -180, 0, 0],
        [100, -90, 0, 0],
        [-100, 130, 0, 0],
        [-100, 105, 0, 0],
        [0, 5, 5, 5],
        [-5, 0, 0, -5],
        [10, -40, 45, 0],
    ]
    for hurdle in (0.08, 0.2):
        found = measured(model, "state", np.array(flows), {}, {"state": hurdle})["state.below_hurdle"]
        worth = [sum(flow / (1 + hurdle) ** at for flow, at in zip(one, times, strict=True)) for one in flows]
        assert found.tolist() == [float(value < 0) for value in worth]
    scenarios = Scenarios.of(deal)
    one = simulate(replace(scenarios, register=scenarios.register.model_copy(update={"hurdles": {"north": 0.15}})))
    (north,) = (party for party in one.parties if party.party == "north")
    rates = one.columns["north.irr"]
    defined = ~np.isnan(rates)
    assert defined.any()
    assert ((rates < 0.15) == (one.columns["north.below_hurdle"] == 1))[defined].all()
    assert north.below_hurdle == one.columns["north.below_hurdle"].mean()


def test_the_same_trials_for_every_proposal(deal: Path) -> None:
    scenarios = Scenarios.of(deal)
    more = scenarios.onto(["terms.royalty.rate=6%"])
    assert all((scenarios.draw(0, 64).values[name] == more.draw(0, 64).values[name]).all() for name in scenarios.single)
    before, after = simulate(scenarios), simulate(more)
    # no tax and no loss of royalty: twice the rate is twice the state's value, trial by trial
    assert after.columns["state.npv"] == pytest.approx(2 * before.columns["state.npv"], rel=1e-12)


def test_a_clause_is_judged_at_the_prices_of_risk_of_the_table() -> None:
    """Second method: the price in the deal file, times the shortfalls of the same trials with and without the clause."""
    scenarios = Scenarios.of("kasanga", trials=256)
    effect = clause_effect(scenarios, "carry")
    table = scenarios.study.model.deal.negotiation
    assert table is not None
    assert table.parties["plateau"].risk_price == 0.1
    for party, one in effect.parties.items():
        price = table.parties[party].risk_price if party in table.parties else 0.2
        assert one.worth == pytest.approx(one.mean - price * (one.shortfall_with - one.shortfall_without), rel=1e-12)
    assert effect.worth_is == "mean value less 0.2 times shortfall (0.1 of Plateau Mines State Company)"


def test_what_a_clause_moves(deal: Path) -> None:
    scenarios = Scenarios.of(deal)
    effect = clause_effect(scenarios, "royalty")
    with_it = simulate(scenarios)
    assert effect.parties["state"].mean_without == 0
    assert effect.parties["state"].mean == pytest.approx(with_it.columns["state.npv"].mean(), rel=1e-12)
    assert effect.parties["north"].mean < 0
    assert effect.transfer == pytest.approx(min(effect.parties["state"].mean, -effect.parties["north"].mean), rel=1e-12)
    assert not effect.efficient
    with pytest.raises(GraphError) as raised:
        clause_effect(scenarios, "royaltie")
    assert str(raised.value) == (
        "the deal has no term 'royaltie'; did you mean 'royalty'?; its terms are: plan, sale, costs, mine, royalty, venture"
    )


def test_the_menu_of_clauses(deal: Path) -> None:
    """The royalty is the only clause: all else is a fact of the project."""
    scenarios = Scenarios.of(deal)
    menu = clause_menu(scenarios)
    assert menu.effects == (clause_effect(scenarios, "royalty"),)
    assert menu.needed == ()
    assert menu.touched == ("state", "north")
    everything = clause_menu(Scenarios.of("kasanga", trials=64))
    titles = [one.label for one in everything.effects]
    assert "Carry of the state company" in titles
    assert not set(titles) & set(everything.needed)
    terms = {term.heading for term in load("kasanga").terms if term.kind not in FACTS}
    assert set(titles) | set(everything.needed) <= terms
    listings = list(allocation.menu_listings(everything))
    joint = [row[1] for row in listings[2].rows]
    assert joint == sorted(joint, key=lambda one: -float(one or 0))
    assert all(name in listings[2].note for name in everything.needed)


def test_risks_alone_and_together(deal: Path) -> None:
    table = risk_table(Scenarios.of(deal, trials=4096))
    assert table.parties == ("state", "north")
    price, capital, costs = table.switched
    # the royalty moves with the price alone; capital and costs are the operator's
    assert capital.alone_sd["state"] == pytest.approx(0, abs=1e-9)
    assert costs.alone_sd["state"] == pytest.approx(0, abs=1e-9)
    assert price.alone_sd["state"] == pytest.approx(float(table.simulation.columns["state.npv"].std()), rel=1e-9)
    assert table.bearing("capital") == pytest.approx({"state": 0.0, "north": 1.0}, abs=1e-9)
    assert table.matrix["state"] is not None
    assert table.matrix["state"].risks["copper"] > 0.99
    for one in table.matrix.values():
        assert one is not None
        assert sum(one.risks.values()) + one.rest == pytest.approx(1, abs=1e-9)


def test_a_contingency_on_top_of_an_overrun_is_told(deal: Path) -> None:
    deal.write_text((DEAL + RISKS).replace("without_contingency: true, ", ""), encoding="utf-8")
    assert Scenarios.of(deal).warnings == (
        "'capital' draws the cost of mine, which has a contingency of 0.1 on top: the same overrun may be counted twice; if the"
        " draw is on the bare budget, say without_contingency: true",
    )


def test_a_trial_out_of_bounds_is_told_with_its_draws(deal: Path) -> None:
    scenarios = Scenarios.of(deal)
    overrun = scenarios.study.lever("terms.mine.overrun")
    scenarios.study.levers["terms.mine.overrun"] = replace(overrun, measured=replace(overrun.measured, high=0.2))
    with pytest.raises(GraphError) as raised:
        simulate(scenarios)
    first = int(np.flatnonzero(scenarios.draw(0, 256).values["capital"] > 0.2)[0])
    trials = scenarios.draw(0, 256)
    drawn = ", ".join(f"{name} {trials.column(name)[first]:.6g}" for name in ("copper", "capital", "costs"))
    over = trials.values["capital"][first]
    assert (
        str(raised.value)
        == f"trial {first + 1} ({drawn}): terms.mine.overrun: {over * 100:g}% is too high; it must be at most 20%"
    )


def test_stopping_keeps_what_is_done(deal: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    scenarios = Scenarios.of(deal, trials=64 * 256)
    monkeypatch.setattr(simulating, "CHUNK", 4096)
    whole = simulate(scenarios)

    def stop(done: int, so_far: Spread) -> None:
        raise KeyboardInterrupt

    found = simulate(scenarios, workers=1, progress=stop)
    assert 4096 <= found.done < whole.done
    assert (found.columns["north.npv"] == whole.columns["north.npv"][: found.done]).all()
    assert found.asked == 64 * 256


@pytest.mark.parametrize(
    ("old", "new", "line", "message"),
    [
        ("of: prices.copper, gbm", "of: prices.coppr, gbm", "copper:", "uncertainty.factors.copper: there is no price 'coppr'; did you mean 'copper'? (prices: copper)"),
        ("of: prices.copper, gbm", "of: terms.costs.amount, gbm", "copper:", "uncertainty.factors.copper: of: gbm is for prices, such as prices.copper, not for 'terms.costs.amount'"),
        ("terms.mine.overrun, ", "terms.mine.overun, ", "capital:", "uncertainty.factors.capital: without_contingency: it goes with an overrun, such as terms.mine.overrun; leave it out"),
        ("of: terms.costs.amount", "of: terms.costs.amont", "costs:", "uncertainty.factors.costs: the deal has no number 'terms.costs.amont'; did you mean 'terms.costs.amount'?"),
        ("of: terms.costs.amount", "of: timeline.periods", "costs:", "uncertainty.factors.costs: timeline.periods shapes the model, which cannot be built anew for every trial; draw a number that the model reads"),
        ("mode: 1, high: 1.4", "mode: 1.5, high: 1.4", "costs:", "uncertainty.factors.costs.pert: low 0.9, mode 1.5 and high 1.4 must rise, with low below high"),
        ("pert: {low: 0.9", "pert: {low: -0.9", "costs:", "uncertainty.factors.costs: a draw of -0.9 is out of bounds: terms.costs.amount: -0.9 is too low; it must be at least 0"),
        ("gbm: {sigma: 20%}", "gbm: {sigma: 20%}, uniform: {low: 1, high: 2}", "copper:", "uncertainty.factors.copper: give one of normal, lognormal, triangular, pert, uniform, discrete, bernoulli, empirical, gbm, schwartz, bootstrap, calibrated; uniform and gbm are given"),
        ("bearers: {north: 100%}", "bearers: {north: 90%}", "costs:", "uncertainty.factors.costs: bearers: shares add up to 90%; they must add up to 100%"),
        ("bearers: {north: 100%}", "bearers: {nort: 100%}", "nort:", "uncertainty.factors.costs.bearers.nort: 'nort' is not a party of the deal; did you mean 'north'? (parties: state, north, venture, customers, suppliers, banks)"),
        ("of: [capital, costs]", "of: [capital, cost]", "- {of", "uncertainty.correlations.0: 'cost' is not a risk; did you mean 'costs'?"),
        ("  correlations:\n    - {of: [capital, costs]", "  correlated_by: iman_conover\n  correlations:\n    - {of: [capital, copper]", "- {of", "uncertainty.correlations.0: capital and copper are a number and a price over time; only correlated_by: copula can do that"),
    ],
)  # fmt: skip
def test_faults_of_the_register_are_told_with_their_line(deal: Path, old: str, new: str, line: str, message: str) -> None:
    text = (DEAL + RISKS).replace(old, new, 1) if old in RISKS else DEAL + RISKS
    deal.write_text(text, encoding="utf-8")
    with pytest.raises(DealError) as raised:
        load(deal)
    fault = raised.value.faults[0]
    where = text.splitlines()[fault.line - 1]
    assert line in where
    expected = message.replace("such as terms.mine.overrun;", "such as terms.mine_capital.overrun;")
    assert fault.message == expected


def test_the_command_prints_one_document(deal: Path, capsys: pytest.CaptureFixture[str]) -> None:
    with pytest.raises(SystemExit) as ended:
        main(["simulate", str(deal), "--trials", "128", "--json"])
    assert ended.value.code == 0
    found = json.loads(capsys.readouterr().out)
    assert (found["trials"], found["seed"], found["sampling"]) == (128, 1, "sobol")
    north = found["parties"]["north"]
    assert north["npv"]["p10"] < north["npv"]["p50"] < north["npv"]["p90"]
    assert len(north["cash"]["p10"]) == 4
    assert found["risks"]["costs"]["bearers"] == {"north": 1.0}
    assert [one["passed"] for one in found["checks"]] == [True]


def test_a_deal_without_a_register_is_told_how_to_write_one(deal: Path, capsys: pytest.CaptureFixture[str]) -> None:
    deal.write_text(DEAL, encoding="utf-8")
    with pytest.raises(SystemExit) as ended:
        main(["simulate", str(deal)])
    assert ended.value.code == 1
    assert capsys.readouterr().err.startswith(
        "the deal does not say what is uncertain; give it a risk register, such as\n\nuncertainty:\n"
    )
