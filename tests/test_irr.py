"""Internal rates of return: published cases, hand-worked ones, and agreement with pyxirr, numpy.roots and LibreOffice."""

from __future__ import annotations

import json
import os
import re
import shutil
import subprocess
from datetime import date
from pathlib import Path
from typing import Any

import numpy as np
import openpyxl
import pytest
import pyxirr

from jvmodel import irr as module
from jvmodel.errors import RunError
from jvmodel.irr import internal_rate, internal_rates, irr, xirr
from jvmodel.metrics import METRICS, Cells

# Published cases with their answers; sources (pyxirr, numpy-financial, Microsoft) are named in the file. Copied from the
# project's shared oracles.
SUITE: dict[str, Any] = json.loads((Path(__file__).parent / "data" / "irr_xirr_suite.json").read_text())
YEARS = np.arange(30.0)


def dated(case: dict[str, Any]) -> tuple[list[float], list[date]]:
    return [amount for _, amount in case["cashflows"]], [date.fromisoformat(day) for day, _ in case["cashflows"]]


@pytest.mark.parametrize("case", SUITE["irr"], ids=lambda case: f"{case['expected_irr']:.6f}")
def test_published_irr(case: dict[str, Any]) -> None:
    flows = case["cashflows"]
    assert internal_rate(flows, np.arange(len(flows))).value == pytest.approx(case["expected_irr"], abs=1e-10)


SEVERAL = {
    "case_30_11": (1.5121634950488, (-0.126069216577, 1.512163495049)),
    "case_30_18": (0.2593570136721, (-0.269226697601, 0.259357013672)),
    "case_30_28": (1.1258287638226, (-0.103967353607, 1.125828763823, 30901.839478958)),
    "neg_1938": (230.8040611308184, (-0.594565082268, 230.804061130818)),
}
"""Several rates: pyxirr takes the lowest, Newton's method from 10% and LibreOffice 7.4's XIRR the rate given here."""
EXISTS = {"case_30_20": -0.897353821488, "case_30_45": -0.840789040421}
"""pyxirr expects none, but the rate exists: we report it, since the value changes sign there."""


@pytest.mark.parametrize("case", SUITE["xirr"], ids=lambda case: case["name"])
def test_published_xirr(case: dict[str, Any]) -> None:
    result, expected = xirr(*dated(case)), case["expected_xirr"]
    if case["name"] in SEVERAL:
        value, roots = SEVERAL[case["name"]]
        assert result.value == pytest.approx(value, rel=1e-9)
        assert result.roots == pytest.approx(roots, rel=1e-9)
        assert min(abs(np.array(result.roots) - expected)) < 1e-9
    elif case["name"] in EXISTS:
        assert result.roots == pytest.approx((EXISTS[case["name"]],), abs=1e-11)
    elif expected is None:
        assert result.value is None
    else:
        assert result.value == pytest.approx(expected, abs=1e-9)


def test_excels_own_example() -> None:
    case = SUITE["excel_xirr"]
    found = xirr(case["values"], [date.fromisoformat(day) for day in case["dates"]])
    assert found.value == pytest.approx(0.373362535, abs=2e-9)


@pytest.mark.parametrize(
    ("flows", "why"),
    [
        ([1, 2, 3], "no sign change: money only comes in"),
        ([-1, -2, -3], "no sign change: money only goes out"),
        ([40000, 5000, 8000, 12000, 30000], "no sign change: money only comes in"),
        ([0] * 10, "there are no cash flows"),
        ([-100, 200, -101], "no rate: the flows are worth the same sign at every rate"),
        ([-1e-5, 1e5], "beyond bounds: the only rates lie below −99.9999999% or above 99,999,999,900% a year"),
    ],
)
def test_no_rate_says_why(flows: list[float], why: str) -> None:
    found = internal_rate(flows, np.arange(len(flows)))
    assert (found.value, found.roots, found.why) == (None, (), why)


def test_three_rates_as_in_example_09() -> None:
    found = internal_rate([-100, 360, -431, 171.6], [0, 1, 2, 3])
    assert found.roots == pytest.approx((0.1, 0.2, 0.3), abs=1e-9)
    assert found.value == pytest.approx(0.1, abs=1e-9)
    assert found.why == "3 rates make the value nil: 10.00%, 20.00%, 30.00%; shown is Excel's, from 10%"


@pytest.mark.parametrize(
    ("flows", "roots"),
    [
        ([-4, 25, -25], (0.25, 4.0)),  # (1+r) = 5/4 and 5
        ([-1, 2.2, -1.21], (0.1,)),  # (1 - 1.1/(1+r))^2: touches nil without crossing
        ([-1, 3.3, -3.63, 1.331], (0.1,)),  # threefold
        ([0, 0, -100, 110], (0.1,)),  # nothing at first
        ([-100, 110, 0, 0], (0.1,)),  # nothing at last
        ([-100, 1e-12, -1e-13, 110], (1.1 ** (1 / 3) - 1,)),  # rounding errors are not flows
        ([-1, 1e6], (1e6 - 1,)),  # 999,999 times: missed by scans that end at 1000%
        ([-1e6, 1], (1e-6 - 1,)),
        ([-100, 100], (0.0,)),
    ],
)
def test_roots_worked_by_hand(flows: list[float], roots: tuple[float, ...]) -> None:
    found = internal_rate(flows, np.arange(len(flows)))
    assert found.roots == pytest.approx(roots, rel=1e-7, abs=1e-7)


def test_what_numpy_financial_gets_wrong() -> None:
    """Rehabilitation tails: numpy-financial 1.0.0 gives −99.98%, −76.9% (its issues 44 and 28)."""
    assert irr([[-50, -100, 600, 300, -100]], range(5))[0] == pytest.approx(1.8544178284461061, abs=1e-9)
    tail = [-1678.87, 771.96, 1814.05, 3520.3, 3552.95, 3584.99, 4789.91, -1]
    assert irr([tail], range(8))[0] == pytest.approx(1.0042698487205577, abs=1e-9)


def test_periods_of_a_month_give_a_rate_a_year() -> None:
    months = np.arange(1, 26) / 12
    flows = np.r_[-100.0, np.zeros(11), 60.0, np.zeros(11), 72.0]  # −100 + 60/1.2 + 72/1.44
    assert irr([flows], months, 1 / 12)[0] == pytest.approx(0.2, abs=1e-9)


def test_dates_need_no_order_and_may_repeat() -> None:
    days = [date(2028, 1, 1), date(2027, 1, 1), date(2027, 1, 1)]
    assert xirr([1100, -400, -600], days).value == pytest.approx(0.1, abs=1e-9)


def test_a_number_that_is_not_finite_is_refused() -> None:
    message = (
        "the flow of period 2 (scenario 1) is nan; an internal rate of return needs finite flows,"
        " so check the inputs they come from"
    )
    with pytest.raises(RunError, match=f"^{re.escape(message)}$"):
        internal_rate([-1, float("nan")], [0, 1])
    with pytest.raises(
        RunError, match=r"^flows of shape \(1, 2\) do not fit 3 times; give scenarios x periods and a time a period$"
    ):
        internal_rate([-1, 2], [0, 1, 2])


def mines(scenarios: int, periods: int, seed: int = 5, leading: int = 0) -> np.ndarray:
    """Capital, uncertain margins, and a closure cost: shape (scenarios, periods), some ending early."""
    rng = np.random.default_rng(seed)
    flows = np.zeros((scenarios, periods))
    for row in flows:
        start, build, close = rng.integers(0, leading + 1), rng.integers(1, 4), rng.integers(1, 4)
        end = rng.integers(start + build + close + 2, periods + 1)
        row[start : start + build] = -rng.uniform(50, 200, build)
        row[start + build : end - close] = rng.normal(50, 40, end - close - start - build)
        row[end - close : end] = -rng.uniform(0, 300, close)
    return flows


def test_no_root_is_missed_in_5000_mines() -> None:
    """Against all eigenvalues of the companion matrix (numpy.roots), and the rate that pyxirr gives."""
    flows = mines(5000, 30)
    ours, shown = internal_rates(flows, YEARS), irr(flows, YEARS)
    several = undecided = 0
    for row, found, value in zip(flows, ours, shown, strict=True):
        roots = np.sort(found[~np.isnan(found)])
        z = np.roots(row)
        z = z[z.real > 1e-9]
        if ((abs(z.imag) >= 1e-9) & (abs(z.imag) < 1e-4)).any():
            undecided += 1  # nearly a double root: eigenvalues do not tell
            continue
        assert roots == pytest.approx(np.sort(z[abs(z.imag) < 1e-9].real - 1), rel=1e-6, abs=1e-6)
        assert np.isnan(value) == (len(roots) == 0)
        several += len(roots) > 1
        theirs = pyxirr.irr(row, silent=True)
        assert theirs is None or abs(roots - theirs).min() < 1e-7
    assert several > 2000
    assert undecided < 50


@pytest.mark.parametrize("times", [YEARS, np.cumsum(np.random.default_rng(1).uniform(0.1, 2, 30))], ids=["equal", "unequal"])
@pytest.mark.parametrize("kind", ["mines", "noise"])
def test_compiled_and_numpy_agree(times: np.ndarray, kind: str) -> None:
    flows = mines(300, 30, leading=3) if kind == "mines" else np.random.default_rng(2).normal(0, 1, (300, 30))
    many = internal_rates(flows, times), irr(flows, times)
    step = module.MANY - 1
    for start in range(0, len(flows), step):
        part = slice(start, start + step)
        few = internal_rates(flows[part], times), irr(flows[part], times)
        assert few[0] == pytest.approx(many[0][part, : few[0].shape[1]], rel=1e-8, abs=1e-8, nan_ok=True)
        assert np.isnan(many[0][part, few[0].shape[1] :]).all()
        assert few[1] == pytest.approx(many[1][part], rel=1e-8, abs=1e-8, nan_ok=True)


def test_roots_make_the_value_nil_at_unequal_times() -> None:
    flows, times = mines(300, 30, seed=9), np.cumsum(np.random.default_rng(3).uniform(0.1, 2, 30))
    roots = internal_rates(flows, times)
    for row, found in zip(flows, roots, strict=True):
        for rate in found[~np.isnan(found)]:
            terms = row * (1 + rate) ** (times[-1] - times if rate < 0 else -times)
            assert abs(terms.sum()) < 1e-9 * abs(terms).sum()


@pytest.mark.slow
@pytest.mark.skipif(
    shutil.which("soffice") is None and "JVMODEL_CI" not in os.environ, reason="LibreOffice is not installed; CI has it"
)
@pytest.mark.parametrize("years", [1.0, 1 / 12], ids=["years", "months"])
def test_the_rate_shown_is_that_of_the_spreadsheet(tmp_path: Path, years: float) -> None:
    """The same one of several rates in 400 mines: LibreOffice's IRR takes 20 Newton steps from the guess, as ours does."""
    flows = mines(400, 30 if years == 1 else 120, seed=11, leading=2)
    book = openpyxl.Workbook()
    sheet = book.active
    assert sheet is not None
    for place, row in enumerate(flows, 1):
        for column, amount in enumerate(row, 3):
            sheet.cell(place, column, float(amount))
        last = sheet.cell(place, 2 + len(row)).column_letter
        cells = Cells(f"C{place}:{last}{place}", "", "", "", "", repr(years))
        sheet.cell(place, 1, METRICS["irr"].excel(cells)).number_format = "0.00000000000000E+00"
    book.save(tmp_path / "rates.xlsx")
    profile = f"-env:UserInstallation={(tmp_path / 'profile').as_uri()}"
    command = ["soffice", "--headless", profile, "--convert-to", "csv", "--outdir", str(tmp_path), str(tmp_path / "rates.xlsx")]
    subprocess.run(command, check=True, capture_output=True, timeout=120)
    texts = [line.split(",")[0] for line in (tmp_path / "rates.csv").read_text().splitlines()]
    theirs = np.array([np.nan if text == "n/a" else float(text) for text in texts])
    times = np.arange(flows.shape[1]) * years
    assert theirs == pytest.approx(irr(flows, times, years), rel=1e-9, abs=1e-9, nan_ok=True)
    assert (~np.isnan(internal_rates(flows, times))).sum(axis=1).max() > 1
