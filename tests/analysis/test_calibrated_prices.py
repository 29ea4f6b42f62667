"""A price risk whose process is fitted to past prices beside the deal: what is found, how it is told, and what is refused."""

from __future__ import annotations

import csv
import json
from pathlib import Path

import numpy as np
import pytest
from openpyxl import Workbook

from jvmodel.analysis.scenarios import Scenarios
from jvmodel.analysis.simulate import simulate
from jvmodel.cli import main
from jvmodel.dealfile import load
from jvmodel.errors import DealError
from jvmodel.processes import Brownian, Schwartz, calibrated
from jvmodel.report import questions
from jvmodel.uncertainty import Calibrated, Gbm
from jvmodel.uncertainty import Schwartz as Reverting

DATA = Path(__file__).parents[1] / "data"
TRUTH = Schwartz.towards(9000.0, 0.6, 0.28)
MONTHS = [f"{1850 + month // 12}-{month % 12 + 1:02d}" for month in range(1900)]
SIMULATED = TRUTH.paths(9000.0, np.arange(1, 1901) / 12, np.random.default_rng(21).standard_normal((1, 1900)))[0]


def deal(folder: Path, given: str, past: str) -> Path:
    path = folder / "deal.yaml"
    text = (DATA / "risk_deal.yaml").read_text(encoding="utf-8")
    path.write_text(text.replace("gbm: {sigma: 20%}", f"calibrated: {given}"), encoding="utf-8")
    (folder / "past.csv").write_text(past, encoding="utf-8")
    return path


def table(prices: np.ndarray, periods: list[str] | None = None, head: str = "copper") -> str:
    lines = zip(periods or MONTHS, prices, strict=False)
    return f"month,{head}\n" + "".join(f"{period},{price:.6f}\n" for period, price in lines)


def fitted(path: Path) -> Calibrated:
    register = load(path).uncertainty
    assert register is not None
    found = register.factors["copper"].calibrated
    assert found is not None
    return found


def test_a_history_with_known_parameters_gives_them_back(tmp_path: Path) -> None:
    path = deal(tmp_path, "{table: past.csv, column: copper}", table(SIMULATED))
    found = fitted(path).found
    assert isinstance(found.process, Schwartz)
    assert abs(found.process.kappa - 0.6) < 3 * found.kappa_error
    assert abs(found.process.sigma - 0.28) < 3 * found.sigma_error
    assert abs(found.mean - 9000) < 3 * found.mean_error
    assert found.prices == 1900
    process = fitted(path).process
    assert isinstance(process, Reverting)
    assert (process.kappa, process.sigma, process.mean) == (found.process.kappa, found.process.sigma, None)


def test_trials_are_those_of_the_numbers_that_were_found(tmp_path: Path) -> None:
    """The deal with the fitted numbers written out is the same deal, trial by trial; so is one that reverts to the past's mean."""
    for mean, said in (("deck", ""), ("history", ", mean: {mean:.17g}")):
        path = deal(tmp_path, f"{{table: past.csv, column: copper, mean: {mean}}}", table(SIMULATED))
        found = fitted(path).found
        assert isinstance(found.process, Schwartz)
        written = tmp_path / "written.yaml"
        number = (
            f"schwartz: {{sigma: {found.process.sigma:.17g}, kappa: {found.process.kappa:.17g}{said.format(mean=found.mean)}}}"
        )
        text = (DATA / "risk_deal.yaml").read_text(encoding="utf-8").replace("gbm: {sigma: 20%}", number)
        written.write_text(text, encoding="utf-8")
        one, other = (simulate(Scenarios.of(file)).columns["north.npv"] for file in (path, written))
        assert (one == other).all()


def test_what_was_fitted_is_told(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    path = deal(tmp_path, "{table: past.csv, column: copper}", table(SIMULATED))
    found = fitted(path).found
    assert isinstance(found.process, Schwartz)
    words = (
        f"Reversion to the deck at {found.process.kappa:.3g} (± {found.kappa_error:.2g}) a year, volatility"
        f" {found.process.sigma:.3g} (± {found.sigma_error:.2g}), fitted to 1900 prices of copper in past.csv"
    )
    with pytest.raises(SystemExit):
        main(["check", str(path)])
    assert f"  risk copper: {words}\n" in capsys.readouterr().out
    with pytest.raises(SystemExit):
        main(["simulate", str(path), "--trials", "128", "--json"])
    assert json.loads(capsys.readouterr().out)["risks"]["copper"]["distribution"] == words
    answer = questions.simulation(simulate(Scenarios.of(path, trials=128))).answer()
    listing = next(one for one in answer.listings if one.title == "Calibrated on past prices")
    assert listing.rows == (
        ("Copper", "copper in past.csv, 1850-01 to 2008-04", 1900.0, found.process.sigma, found.sigma_error, found.process.kappa,
         found.kappa_error, found.mean, found.mean_error),
    )  # fmt: skip


def test_past_prices_are_brought_to_real_money(tmp_path: Path) -> None:
    """Prices times an index, divided by it again, are the prices at the index's last value."""
    index = 100 * np.exp(0.03 * np.arange(1900) / 12)
    rows = zip(MONTHS, SIMULATED * index, index, strict=True)
    past = "month,copper,cpi\n" + "".join(f"{period},{price:.9f},{level:.9f}\n" for period, price, level in rows)
    real = fitted(deal(tmp_path, "{table: past.csv, column: copper, deflator: cpi}", past)).found
    plain = calibrated(SIMULATED, 1 / 12)
    assert isinstance(real.process, Schwartz)
    assert isinstance(plain.process, Schwartz)
    assert real.process.kappa == pytest.approx(plain.process.kappa, rel=1e-6)
    assert real.process.sigma == pytest.approx(plain.process.sigma, rel=1e-6)
    assert real.mean == pytest.approx(plain.mean * index[-1], rel=1e-6)
    nominal = fitted(deal(tmp_path, "{table: past.csv, column: copper}", past)).found
    assert nominal.slope > real.slope


def test_without_reversion_the_price_wanders_and_this_is_told(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    trend = np.exp(np.arange(30) ** 2 * 0.01 + 0.05 * (np.arange(30) % 3))
    periods = [str(1990 + year) for year in range(30)]
    path = deal(tmp_path, "{table: past.csv, column: copper}", table(trend, periods))
    found = fitted(path)
    assert isinstance(found.process, Gbm)
    written = np.array([float(line.split(",")[1]) for line in table(trend, periods).splitlines()[1:]])
    assert found.process.sigma == pytest.approx(np.diff(np.log(written)).std(ddof=1))
    warning = (
        f"copper in past.csv shows no mean reversion (each logarithm is {found.found.slope:.4f} of the one before); the price"
        " follows a Brownian motion"
    )
    assert Scenarios.of(path).warnings == (f"'copper': {warning}",)
    with pytest.raises(SystemExit):
        main(["check", str(path)])
    assert f"  warning: {warning}\n" in capsys.readouterr().out
    asked = fitted(deal(tmp_path, "{table: past.csv, column: copper, model: gbm}", table(SIMULATED)))
    assert isinstance(asked.found.process, Brownian)
    assert asked.warning == ""


def test_copper_as_the_world_bank_has_it(tmp_path: Path) -> None:
    """The published monthly series, by quarters and by months: a volatility near a quarter a year, reversion within its error of nil."""
    with (DATA / "copper_monthly.csv").open(encoding="utf-8") as file:
        months = {row["month"]: float(row["usd_per_tonne"]) for row in csv.DictReader(file)}
    found = fitted(
        deal(tmp_path, "{table: past.csv, column: copper}", table(np.array(list(months.values())), list(months)))
    ).found
    plain = calibrated(list(months.values()), 1 / 12).process
    assert isinstance(found.process, Schwartz)
    assert isinstance(plain, Schwartz)
    assert (found.process.kappa, found.process.sigma) == pytest.approx((plain.kappa, plain.sigma), rel=1e-6)
    assert 0.15 < found.process.sigma < 0.3
    assert found.sigma_error < 0.02


def test_a_line_of_a_spreadsheet_with_years_across(tmp_path: Path) -> None:
    """The same fit as from a column of the same prices."""
    book = Workbook()
    sheet = book.active
    assert sheet is not None
    prices = [float(f"{price:.2f}") for price in SIMULATED[:480:12]]
    for row, line in enumerate((["History", *range(1980, 2020)], ["Copper price", *prices], ["Other", *prices[::-1]]), start=3):
        for column, cell in enumerate(line, start=2):
            sheet.cell(row, column, cell)
    book.save(tmp_path / "past.xlsx")
    path = deal(tmp_path, "{table: past.xlsx, range: 'B3:AP5', column: Copper price}", "")
    found = fitted(path).found
    alone = calibrated(prices, 1.0)
    assert (found.prices, found.process) == (40, alone.process)


@pytest.mark.parametrize(
    ("given", "past", "said"),
    [
        ("{table: past.csv, column: copper}", table(SIMULATED[:7]),
         "copper in past.csv: a calibration needs at least 10 prices, not 7; give a longer past"),
        ("{table: past.csv, column: copper}", table(np.r_[SIMULATED[:20], 0.0]),
         "copper of 1851-09 in past.csv is 0; past prices must be more than 0"),
        ("{table: past.csv, column: copper}", table(SIMULATED, MONTHS[:12] + MONTHS[13:30]),
         "copper in past.csv: past prices skip what lies between 1850-12 and 1851-02; give every period"),
        ("{table: past.csv, column: copper}", table(SIMULATED, [*MONTHS[:12], "1851"]),
         "copper in past.csv: past prices are for 1 months and for 12; give them all for as long"),
        ("{table: past.csv, column: copper}", table(np.full(24, 9000.0)),
         "copper in past.csv: prices that never change, or always by the same share, have no volatility; give others"),
        ("{table: past.csv, column: coper}", table(SIMULATED), "past.csv has no column 'coper'; did you mean 'copper'?"),
        ("{table: past.csv, column: copper, deflator: cpi}", table(SIMULATED), "past.csv has no column 'cpi'"),
        ("{table: pst.csv, column: copper}", table(SIMULATED),
         "there is no table 'pst.csv' in the deal's folder; did you mean 'past.csv'?"),
        ("{table: past.csv, column: copper}", "month,copper\n2000-01,8000\n2000-02,dear\n",
         "past.csv, cell B3: 'dear' is not a number; write it without thousands separators"),
        ("{column: copper}", table(SIMULATED),
         "missing (CSV or Excel file in the deal's folder with past prices"),
        ("{table: past.csv, column: copper, mean: history}", table(np.exp(np.arange(40) * 0.2 + 0.05 * (np.arange(40) % 3))),
         "mean: copper in past.csv does not tell a long-run mean ("),
    ],
)  # fmt: skip
def test_what_is_refused(given: str, past: str, said: str, tmp_path: Path) -> None:
    path = deal(tmp_path, given, past)
    with pytest.raises(DealError) as refused:
        load(path)
    (message,) = (fault for fault in str(refused.value).splitlines() if "deal.yaml:" in fault)
    line = next(number for number, text in enumerate(path.read_text(encoding="utf-8").splitlines(), 1) if "calibrated:" in text)
    assert message.startswith(f"{path}:{line}:") or f"deal.yaml:{line}:" in message
    assert said in message
