"""A price over time that is correlated with a single number: targets are hit, and neither changes on its own."""

from __future__ import annotations

from pathlib import Path

import numpy as np
import pytest
from scipy.stats import kstest, norm, spearmanr

from jvmodel.analysis.price_paths import rotation
from jvmodel.analysis.scenarios import Scenarios
from jvmodel.analysis.simulate import simulate
from jvmodel.dealfile import load
from jvmodel.errors import DealError, GraphError

TEXT = (Path(__file__).parents[1] / "data" / "risk_deal.yaml").read_text(encoding="utf-8")
TWO = TEXT.replace("copper: {unit: USD/t, flat: 9000}", "copper: {unit: USD/t, flat: 9000}\n  cobalt: {unit: USD/t, flat: 30000}")
TWO = TWO.replace("    capital:", "    cobalt: {of: prices.cobalt, gbm: {sigma: 30%}}\n    capital:")
TRIALS = 16_384


def scenarios(folder: Path, text: str, *correlations: tuple[str, str, float], periods: int = 4, extra: str = "") -> Scenarios:
    path = folder / "deal.yaml"
    lines = "".join(f"    - {{of: [{a}, {b}], rank: {rank * 100:g}%}}\n" for a, b, rank in correlations)
    path.write_text(text.replace("periods: 4", f"periods: {periods}") + lines + extra, encoding="utf-8")
    return Scenarios.of(path, trials=TRIALS)


@pytest.mark.parametrize(
    "process",
    ["gbm: {sigma: 35%}", "schwartz: {sigma: 24%, kappa: 0.18}", "schwartz: {sigma: 30%, kappa: 1.5}",
     "schwartz: {sigma: 30%, kappa: 0.4, mean: 6000}"],
)  # fmt: skip
@pytest.mark.parametrize("periods", [4, 24])
@pytest.mark.parametrize("rank", [-0.5, 0.3, 0.7])
def test_the_target_is_hit(process: str, periods: int, rank: float, tmp_path: Path) -> None:
    """Rank correlation of the draw with the mean factor of the path, which the trials hold; that of the two numbers stays."""
    given = scenarios(tmp_path, TEXT.replace("gbm: {sigma: 20%}", process), ("copper", "capital", rank), periods=periods)
    trials = given.draw(0, TRIALS)
    assert spearmanr(trials.column("copper"), trials.values["capital"]).statistic == pytest.approx(rank, abs=0.012)
    assert spearmanr(trials.values["costs"], trials.values["capital"]).statistic == pytest.approx(0.5, abs=0.01)
    deck = given.deck("copper")
    expected = given.paths["copper"].expected(deck) / deck
    error = trials.paths["copper"].std(axis=0) / TRIALS**0.5
    assert (abs(trials.paths["copper"].mean(axis=0) - expected) < 4 * error).all()


def test_numbers_and_other_prices_are_drawn_as_before(tmp_path: Path) -> None:
    """Single numbers keep every draw; two prices keep their correlation in every period; increments stay normal and independent."""
    before = scenarios(tmp_path, TWO, ("copper", "cobalt", 0.6))
    plain = before.draw(0, TRIALS)
    joint = scenarios(tmp_path, TWO, ("copper", "cobalt", 0.6), ("copper", "capital", 0.4), ("cobalt", "costs", -0.3))
    drawn = joint.draw(0, TRIALS)
    for name in ("capital", "costs"):
        assert (drawn.values[name] == plain.values[name]).all()
    moves = {}
    for name, sigma in (("copper", 0.2), ("cobalt", 0.3)):
        times = np.array(joint.paths[name].times)
        steps = np.diff(times, prepend=0.0)
        moves[name] = (np.diff(np.log(drawn.paths[name]), axis=1, prepend=0.0) + sigma**2 * steps / 2) / (sigma * steps**0.5)
        assert np.corrcoef(moves[name], rowvar=False) == pytest.approx(np.eye(4), abs=0.03)
        for period in range(4):
            assert kstest(moves[name][:, period], norm.cdf).pvalue > 1e-3
    for period in range(4):
        assert spearmanr(moves["copper"][:, period], moves["cobalt"][:, period]).statistic == pytest.approx(0.6, abs=0.015)
    assert spearmanr(drawn.column("copper"), drawn.values["capital"]).statistic == pytest.approx(0.4, abs=0.012)
    assert spearmanr(drawn.column("cobalt"), drawn.values["costs"]).statistic == pytest.approx(-0.3, abs=0.012)
    # the number has nothing to do with the directions of a path other than the first
    rest = moves["copper"] @ rotation(4)[:, 1:]
    assert abs(np.corrcoef(np.c_[drawn.values["costs"], rest], rowvar=False)[0, 1:]).max() < 0.03


def test_trials_are_the_same_in_any_part_and_move_the_deal(tmp_path: Path) -> None:
    given = scenarios(tmp_path, TEXT, ("copper", "capital", 0.8))
    whole, part = given.draw(0, 9000), given.draw(5000, 6000)
    assert (part.paths["copper"] == whole.paths["copper"][5000:6000]).all()
    # high prices with high costs: the operator's value varies less than were they independent
    alone = scenarios(tmp_path, TEXT)
    assert simulate(given).columns["north.npv"].std() < 0.95 * simulate(alone).columns["north.npv"].std()


def test_what_cannot_hold_is_refused(tmp_path: Path) -> None:
    text = TEXT.replace("gbm: {sigma: 20%}", "schwartz: {sigma: 30%, kappa: 1.5}").replace("rank: 50%", "rank: 10%")
    given = scenarios(tmp_path, text, ("copper", "capital", 0.95), periods=24)
    with pytest.raises(GraphError) as refused:
        given.draw(0, 64)
    assert str(refused.value) == (
        "correlations of numbers with prices over time (capital and copper 0.95) cannot all hold: part of a path moves by itself in"
        " each period; give smaller ones, or nearest_correlation: true"
    )
    nearest = scenarios(tmp_path, text, ("copper", "capital", 0.95), periods=24, extra="  nearest_correlation: true\n")
    trials = nearest.draw(0, TRIALS)
    assert 0.8 < spearmanr(trials.column("copper"), trials.values["capital"]).statistic < 0.95


def test_blocks_of_the_past_go_with_no_number(tmp_path: Path) -> None:
    past = "year,copper\n" + "".join(f"{2000 + year},{6000 + 900 * (year % 4)}\n" for year in range(20))
    (tmp_path / "past.csv").write_text(past, encoding="utf-8")
    text = TEXT.replace("gbm: {sigma: 20%}", "bootstrap: {table: past.csv, column: copper, block: 2}")
    (tmp_path / "deal.yaml").write_text(text + "    - {of: [copper, capital], rank: 30%}\n", encoding="utf-8")
    with pytest.raises(DealError) as refused:
        load(tmp_path / "deal.yaml")
    assert refused.value.faults[0].message == (
        "uncertainty.correlations.1: copper and capital: past returns are drawn in blocks, which have no direction that a number"
        " could go with"
    )
