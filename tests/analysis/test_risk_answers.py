"""Covenants and solved loans in trials, re-ordered draws, what the commands print, and the figures of risk."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import numpy as np
import pytest
from scipy import stats

from jvmodel.analysis.risk import WHOLE, ClauseEffect, Moved, risk_table
from jvmodel.analysis.scenarios import Scenarios
from jvmodel.analysis.simulate import simulate
from jvmodel.cli import main
from jvmodel.dealfile import load
from jvmodel.model import build
from jvmodel.report.allocation import heat_map_of, risk_matrix_of
from jvmodel.report.figures import draw
from jvmodel.report.risk import fan_of
from jvmodel.report.summary import metrics_of

ROOT = Path(__file__).parents[2]
DEAL = ROOT / "tests" / "data" / "risk_deal.yaml"


def of_term(folder: Path, term: str, register: str) -> Path:
    path = folder / f"{term}.yaml"
    text = (ROOT / "docs" / "terms" / f"{term}.yaml").read_text(encoding="utf-8")
    path.write_text(f"{text}\nuncertainty:\n  trials: 64\n  factors:\n    {register}\n", encoding="utf-8")
    return path


def test_chances_of_a_breach_are_those_of_deals_run_one_by_one(tmp_path: Path) -> None:
    path = of_term(tmp_path, "covenants", "costs: {of: terms.costs.amount.flat, uniform: {low: 0, high: 45}}")
    scenarios = Scenarios.of(path)
    found = simulate(scenarios)
    failed = {"covenants.failed": 0, "covenants.default": 0}
    for cost in scenarios.draw(0, 64).values["costs"]:
        run = build(load(path, [f"terms.costs.amount.flat={cost:.17g}"])).run
        for row in failed:
            failed[row] += bool((run.single(row) > 0).any())
    assert 0 < failed["covenants.default"] < failed["covenants.failed"]
    assert found.covenants == {row: count / 64 for row, count in failed.items()}


def test_a_loan_is_solved_anew_in_every_trial(tmp_path: Path) -> None:
    path = of_term(tmp_path, "senior_loan", "costs: {of: terms.costs.amount.flat, uniform: {low: 25, high: 35}}")
    scenarios = Scenarios.of(path)
    found = simulate(scenarios)
    for trial in (0, 31, 63):
        cost = scenarios.draw(0, 64).values["costs"][trial]
        model = build(load(path, [f"terms.costs.amount.flat={cost:.17g}"]))
        for party in model.parties:
            assert found.columns[f"{party}.npv"][trial] == pytest.approx(metrics_of(model, party)["npv"], rel=1e-9, abs=1e-9)


def test_reordered_draws_are_the_same_in_any_part(tmp_path: Path) -> None:
    path = tmp_path / "deal.yaml"
    text = DEAL.read_text(encoding="utf-8").replace(
        "  trials: 256\n", "  trials: 9000\n  correlated_by: iman_conover\n  sampling: lhs\n"
    )
    path.write_text(text, encoding="utf-8")
    scenarios = Scenarios.of(path)
    whole = scenarios.draw(0, 9000)
    for start, stop in ((0, 1), (100, 5000), (4096, 8192), (8191, 9000)):
        part = scenarios.draw(start, stop)
        assert all((values == whole.values[name][start:stop]).all() for name, values in part.values.items())
        assert all((values == whole.paths[name][start:stop]).all() for name, values in part.paths.items())
    assert stats.spearmanr(whole.values["capital"], whole.values["costs"]).statistic == pytest.approx(0.5, abs=0.02)


def printed(capsys: pytest.CaptureFixture[str], *arguments: str) -> str:
    with pytest.raises(SystemExit) as ended:
        main(list(arguments))
    out, err = capsys.readouterr()
    assert (ended.value.code, err) == (0, "")
    return out


def document(capsys: pytest.CaptureFixture[str], *arguments: str) -> dict[str, Any]:
    found: dict[str, Any] = json.loads(printed(capsys, *arguments, "--json"))
    return found


def test_risk(capsys: pytest.CaptureFixture[str]) -> None:
    found = document(capsys, "risk", str(DEAL), "--trials", "512")
    parties = found["parties"]
    assert set(parties) == {"state", "north"}
    assert sum(one["share_of_variance"] for one in parties.values()) == pytest.approx(1, abs=1e-9)
    assert sum(one["shortfall"] for one in parties.values()) == pytest.approx(found["whole"]["expected_shortfall"], abs=1e-9)
    assert set(found["matrix"]) == {"state", "north", WHOLE}
    assert found["risks"]["costs"]["bearers"] == {"north": 1.0}
    assert found["risks"]["costs"]["borne"] == pytest.approx({"state": 0.0, "north": 1.0}, abs=1e-9)
    text = printed(capsys, "risk", str(DEAL), "--trials", "512")
    assert "A mine: who bears what" in text
    assert "The State" in text


def test_risk_without_a_clause(capsys: pytest.CaptureFixture[str]) -> None:
    found = document(capsys, "risk", str(DEAL), "--trials", "512", "--without", "royalty")
    assert found["parties"]["state"]["mean_without"] == 0
    assert found["verdict"] in (
        "helps some at a greater cost to others",
        "makes the parties better off together, but not everybody",
    )
    assert f"The clause {found['verdict'].split()[0]}" in printed(
        capsys, "risk", str(DEAL), "--trials", "512", "--without", "royalty"
    )


def test_drivers(capsys: pytest.CaptureFixture[str]) -> None:
    found = document(capsys, "drivers", str(DEAL), "--trials", "512", "--metric", "north.npv")
    assert sum(one["shapley"] for one in found["risks"].values()) + found["rest"] == pytest.approx(1, abs=1e-9)
    text = printed(capsys, "drivers", str(DEAL), "--trials", "512", "--metric", "north.npv")
    assert "A mine: what moves north.npv" in text


def test_trials_are_written_where_told(capsys: pytest.CaptureFixture[str], tmp_path: Path) -> None:
    for out in (tmp_path / "new" / "all.parquet", tmp_path / "folder"):
        text = printed(capsys, "simulate", str(DEAL), "--trials", "128", "--out", str(out))
        assert f"wrote {out}" in text.replace("\n", "")
        assert out.exists()
    whole = document(capsys, "simulate", str(DEAL), "--trials", "128")
    assert len(whole["input_hash"]) == 64
    assert whole["input_hash"] == json.loads((tmp_path / "folder" / "manifest.json").read_text(encoding="utf-8"))["input_hash"]


def test_figures_are_drawn() -> None:
    table = risk_table(Scenarios.of(DEAL, trials=512))
    heat = heat_map_of(table)
    assert (len(heat.y), len(heat.x)) == (3, 3)
    assert heat.values[0][0] == pytest.approx(100, abs=1)  # the state's value moves with the price
    matrix = risk_matrix_of(table)
    assert [one.label for one in matrix.risks] == ["Copper", "Capital", "Costs"]
    assert all(0 <= one.chance <= 1 and one.impact >= 0 for one in matrix.risks)
    fan = fan_of(table.simulation, "north")
    low, high = np.array(fan.bands[0][2]), np.array(fan.bands[0][3])
    assert (low <= np.array(fan.middle)).all()
    assert (np.array(fan.middle) <= high).all()
    for one in (heat, matrix, fan):
        assert draw(one).shapes


@pytest.mark.parametrize(
    ("changes", "verdict", "transfer"),
    [
        ({"a": (0, 0), "b": (0, 0)}, "makes no difference", 0),
        ({"a": (5, 0), "b": (1, -10)}, "leaves everybody whom it touches better off", 0),
        ({"a": (-5, 0), "b": (0, 10)}, "leaves everybody whom it touches worse off", 0),
        ({"a": (9, 0), "b": (-4, 0)}, "makes the parties better off together, but not everybody", 4),
        ({"a": (3, 0), "b": (-4, 0)}, "helps some at a greater cost to others", 3),
        # the mean moves from b to a, and 30 of shortfall with it: at 0.2 a piece both gain nothing by the mean alone
        ({"a": (5, 20), "b": (-5, -30)}, "leaves everybody whom it touches better off", 5),
    ],
)
def test_verdicts(changes: dict[str, tuple[float, float]], verdict: str, transfer: float) -> None:
    """Worth is the change of the mean less 0.2 times that of the shortfall, by hand."""
    moved = {name: Moved(10, 10 + mean, 50, 50 + shortfall, 0.2) for name, (mean, shortfall) in changes.items()}
    found = ClauseEffect("t", "T", 100, 0.9, moved, {name: name for name in moved})
    assert (found.verdict, found.transfer) == (verdict, transfer)
