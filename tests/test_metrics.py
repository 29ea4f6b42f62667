"""Metrics: hand-worked figures, published cases, and each Excel formula recalculated by another engine."""

from __future__ import annotations

import json
import math
import re
from datetime import date
from pathlib import Path
from typing import Any

import formualizer
import numpy as np
import numpy_financial as npf
import pytest

from jvmodel.backends.arrays import evaluate
from jvmodel.errors import RunError
from jvmodel.graph import Block, Expr, Given, Graph, Row, lag, max_, ratio, where
from jvmodel.metrics import METRICS, Cells, Flows, mirr, npv, party_metrics, payback, xnpv
from jvmodel.timeline import Discounting, Month, Step, Timeline

SUITE: dict[str, Any] = json.loads((Path(__file__).parent / "data" / "irr_xirr_suite.json").read_text())


class PaybackRows(Block):
    """Payback."""

    cumulative = Row("Cumulative", total="none")
    laid_out = Row("Money has been laid out", total="none")
    paid_back = Row("Paid back", total="last")
    waiting = Row("Years waited for payback", total="sum")

    def formulas(self, flow: Expr, gap: Expr, trifle: Expr) -> None:
        """`gap` is the time since the flow before, in years; `trifle` is money that counts as nil."""
        self.cumulative = lag(self.cumulative) + flow
        self.laid_out = where(flow < 0 - trifle, 1, lag(self.laid_out))
        now = (lag(self.cumulative) < 0 - trifle) * (self.cumulative >= 0 - trifle)
        self.paid_back = max_(lag(self.paid_back), now)
        part = where(self.paid_back, ratio(-lag(self.cumulative), flow), 1)
        self.waiting = gap * lag(self.laid_out) * (1 - lag(self.paid_back)) * part


# example 09: terms.md 0.2 and A20, worked two ways by its author


REAL = [-200.0, -100.0, 80.0, 120.0, 130.0, 90.0]


@pytest.mark.parametrize(("back", "value"), [(0.0, 35.250498396), (0.5, 36.46339907), (1.0, 37.718033283)])
def test_end_mid_and_begin_of_example_09(back: float, value: float) -> None:
    times = np.arange(1, 7) - back
    assert npv([REAL], times, 0.07)[0] == pytest.approx(value, abs=1e-9)
    assert METRICS["irr"].array(Flows.of(REAL, times, 0.07))[0] == pytest.approx(0.111989458, abs=1e-9)


def test_mirr_and_payback_of_example_09() -> None:
    flows = [[-100.0, 30.0, 40.0, 50.0, 60.0]]
    assert mirr(flows, range(5), 0.08, 0.05)[0] == pytest.approx(0.17610219, abs=1e-8)
    assert payback(flows, range(5))[0] == pytest.approx(2.6, abs=1e-12)


# published cases


@pytest.mark.parametrize("case", SUITE["npv"], ids=lambda case: case["convention"])
def test_published_npv(case: dict[str, Any]) -> None:
    first = 1 if "Excel" in case["convention"] else 0
    times = np.arange(len(case["values"])) + first
    assert npv([case["values"]], times, case["rate"])[0] == pytest.approx(case["expected"], abs=1e-8)


@pytest.mark.parametrize("case", SUITE["xnpv"], ids=lambda case: case["name"])
def test_published_xnpv(case: dict[str, Any]) -> None:
    days = [date.fromisoformat(day) for day, _ in case["cashflows"]]
    found = xnpv([amount for _, amount in case["cashflows"]], days, case["rate"])
    assert found == pytest.approx(case["expected_xnpv"], abs=1e-9)


@pytest.mark.parametrize("case", SUITE["mirr"], ids=lambda case: str(case["expected"]))
def test_published_mirr(case: dict[str, Any]) -> None:
    found = mirr([case["values"]], range(len(case["values"])), case["finance"], case["reinvest"])[0]
    if case["expected"] is None:
        assert np.isnan(found)
    else:
        assert found == pytest.approx(case["expected"], abs=5e-5)  # sources print 4 to 6 places, or 11
        assert found == pytest.approx(npf.mirr(case["values"], case["finance"], case["reinvest"]), abs=1e-12)


# worked by hand; the discount rate is 10%, flows fall at 0, 1, 2 ...


NA = None
WORKED = {
    # flows: npv, moic, payback, discounted payback, peak funding, profitability index
    "plain": ([-100, 60, 72.6], 14.545454545, 1.326, 1 + 40 / 72.6, 1 + (100 - 60 / 1.1) / 60, 100, 0.14545454545),
    "two outlays": ([-50, -50, 55, 60.5], -4.54545454545, 1.155, 2 + 45 / 60.5, NA, 100, -0.0476190476),
    "receipts first": ([10, -5, -10, 22], 13.71900826, 32 / 15, 1 + 5 / 22, 1.17, 5, 13.71900826 / 12.80991736),
    "dips again": ([-10, 20, -15, 4], -1.20961683, 24 / 25, 0.5, 0.55, 10, -1.20961683 / 22.39669421),
    "never pays back": ([-10, 2, 3], -5.70247934, 0.5, NA, NA, 10, -0.57024793),
    "carried": ([0, 5, 5], 8.67768595, NA, NA, NA, 0, NA),
    "nothing": ([0, 0, 0], 0, NA, NA, NA, 0, NA),
    "only pays": ([-1, -1], -1.9090909091, 0, NA, NA, 2, -1),
    "back to the cent": ([-0.3, 0.1, 0.2], -0.04380165, 1, 2, NA, 0.3, -0.14600551),
    "starts late": ([0, 0, -100, 50, 100], 23.22245748, 1.5, 1.5, 1 + 0.6 * 1.1, 100, 0.28099174),
}


@pytest.mark.parametrize("name", WORKED)
def test_worked_by_hand(name: str) -> None:
    flows, value, moic, back, discounted, peak, index = WORKED[name]
    found = party_metrics(flows, range(len(flows)), None, 0.1)
    keys = ("npv", "moic", "payback", "discounted_payback", "peak_funding", "profitability_index")
    for key, expected in zip(keys, (value, moic, back, discounted, peak, index), strict=True):
        assert found[key] == (NA if expected is NA else pytest.approx(expected, abs=1e-8)), key


def test_the_document_of_a_party() -> None:
    found = party_metrics([-100, 360, -431, 171.6], range(4), [1, 1, 1, 1], 0.12)
    assert set(found) == {*METRICS, "irr_roots", "irr_why", "discount_rate", "cash"}
    assert found["irr_roots"] == pytest.approx([0.1, 0.2, 0.3], abs=1e-9)
    assert (found["discount_rate"], found["cash"]) == (0.12, [-100, 360, -431, 171.6])
    assert json.loads(json.dumps(found, allow_nan=False)) == found
    carried = party_metrics([0, 1e-12, 5], range(3), None, 0.1)
    assert (carried["irr"], carried["irr_roots"], carried["mirr"]) == (None, [], None)
    assert carried["irr_why"] == "no sign change: money only comes in"


def test_sunk_flows_count_only_since_inception_and_when_asked() -> None:
    flows, times, counted = [-50, -100, 121], [-1, 0, 2], [0, 1, 1]
    found = party_metrics(flows, times, counted, 0.1)
    assert (found["npv"], found["moic"], found["peak_funding"]) == pytest.approx((0, 1.21, 100))
    assert found["irr"] == pytest.approx(0.1, abs=1e-12)
    assert found["cash"] == flows
    long = party_metrics(flows, times, counted, 0.1, since_inception=True)
    assert long["moic"] == pytest.approx(121 / 150)
    # 50 q^3 + 100 q^2 = 121 at q = 1 + rate
    assert 50 * (1 + long["irr"]) ** 3 + 100 * (1 + long["irr"]) ** 2 == pytest.approx(121, abs=1e-9)
    assert (long["npv"], long["peak_funding"]) == (found["npv"], found["peak_funding"])


def test_a_discount_rate_of_each_scenario() -> None:
    assert npv([[-100, 121]] * 2, [0, 2], [0.1, 0.0]) == pytest.approx([0.0, 21.0])


@pytest.mark.parametrize(
    ("rate", "times", "message"),
    [
        (-1.0, [0, 1], "a discount rate is -1; it must be more than −100% a year"),
        ([0.1, 0.2, 0.3], [0, 1], "3 discount rates do not fit 1 scenarios; give one, or one for each"),
        (0.1, [0, 1, 2], "2 cash flows do not fit 3 times; give one time for every period"),
    ],
)
def test_faulty_questions_are_refused(rate: float | list[float], times: list[float], message: str) -> None:
    with pytest.raises(RunError, match=f"^{re.escape(message)}$"):
        npv([[-1, 2]], times, rate)


def test_flows_that_are_not_finite_are_refused() -> None:
    message = "the cash flow of period 2 (scenario 1) is inf; check the inputs it comes from"
    with pytest.raises(RunError, match=f"^{re.escape(message)}$"):
        party_metrics([-1, float("inf")], [0, 1], None, 0.1)


def test_scaling_money_scales_money_only() -> None:
    rng = np.random.default_rng(4)
    flows = np.c_[-rng.uniform(50, 100, (20, 2)), rng.uniform(-5, 60, (20, 8))]
    small, large = (Flows.of(flows * factor, np.arange(10.0), 0.08) for factor in (1.0, 1000.0))
    for metric in METRICS.values():
        factor = 1000.0 if metric.kind == "money" else 1.0
        assert metric.array(large) == pytest.approx(metric.array(small) * factor, rel=1e-9, nan_ok=True), metric.key


# Excel formulas, recalculated by formualizer


def letter(column: int) -> str:
    return letter((column - 1) // 26) + chr(65 + (column - 1) % 26) if column > 26 else ("" if column == 0 else chr(64 + column))


class Sheet:
    """A party's rows as the workbook has them, and its metrics as formulas."""

    def __init__(self, timeline: Timeline, flows: np.ndarray, rate: float) -> None:
        self.book = formualizer.Workbook()
        self.book.sheet("S")
        times, counted = np.array(timeline.times), np.array(timeline.counted)
        sunk = int((counted == 0).sum())
        graph = Graph(timeline)
        gap = graph.fact("gap", "Years since the flow before", (0.0, *np.diff(times)), "year")
        trifle = graph.fact("trifle", "Money that counts as nil", (1e-9,) * timeline.periods, "USDm")
        value = flows * counted * (1 + rate) ** -times
        for name, amounts in (("nominal", flows * counted), ("present", value)):
            given = graph.given(Given(name, name, tuple(amounts), "USDm"))
            PaybackRows(graph, name).formulas(given, gap, trifle)
        run = evaluate(graph.close())
        rows = {
            "cash": flows, "value": value, "cumulative": run.single("nominal.cumulative"), "times": times,
            "waiting": run.single("nominal.waiting"), "paid_back": run.single("nominal.paid_back"),
            "value_waiting": run.single("present.waiting"), "value_paid_back": run.single("present.paid_back"),
        }  # fmt: skip
        dated = timeline.discounting is Discounting.DATES
        if dated:
            rows["dates"] = np.array([float((end.first_day - date(1899, 12, 30)).days) for end in timeline.ends])
        ranges = {}
        for place, (name, amounts) in enumerate(rows.items(), 2):
            for column, amount in enumerate(amounts, 2):
                self.book.set_value("S", place, column, float(amount))
            first = int((flows * counted != 0).argmax()) if dated and name in ("cash", "dates") else sunk
            ranges[name] = f"${letter(2 + first)}${place}:${letter(1 + len(flows))}${place}"
        self.book.set_value("S", 1, 1, rate)
        self.book.set_value("S", 1, 2, timeline.years)
        self.cells = Cells(**ranges, rate="$A$1", years="$B$1")

    def __getitem__(self, key: str) -> float | str:
        self.book.set_formula("S", 20, 1, METRICS[key].excel(self.cells))
        found: float | str = self.book.evaluate_cell("S", 20, 1)
        return found


def ventures() -> list[np.ndarray]:
    """Flows of 30 parties: capital, margins, some with closure costs, receipts first, carried, or without return."""
    rng = np.random.default_rng(7)
    made = []
    for number in range(30):
        flows = np.zeros(24)
        start, build = rng.integers(0, 4), rng.integers(1, 4)
        flows[start : start + build] = -rng.uniform(20, 100, build)
        flows[start + build :] = rng.normal(rng.uniform(5, 40), 8, 24 - start - build)
        if number % 3 == 0:
            flows[-2:] = -rng.uniform(0, 120, 2)
        if number % 7 == 1:
            flows[0] = 15
        if number % 10 == 4:
            flows = np.maximum(flows, 0)
        if number % 10 == 9:
            flows = np.minimum(flows, 0)
        made.append(flows)
    return made


@pytest.mark.parametrize(
    "timeline",
    [
        Timeline(Month(2027), Step.YEAR, 24),
        Timeline(Month(2027), Step.MONTH, 24),
        Timeline(Month(2027), Step.HALF, 24, Month(2028, 7), Discounting.MID),
        Timeline(Month(2027), Step.YEAR, 24, None, Discounting.BEGIN),
        Timeline(Month(2027), Step.QUARTER, 24, None, Discounting.DATES),
    ],
    ids=lambda timeline: f"{timeline.step}-{timeline.discounting}",
)
@pytest.mark.parametrize("key", METRICS)
def test_excel_formulas_agree(key: str, timeline: Timeline) -> None:
    undefined = 0
    for flows in ventures():
        given = Flows.of(flows, timeline.times, 0.08, timeline.years, timeline.counted)
        ours, theirs = METRICS[key].array(given)[0], Sheet(timeline, flows, 0.08)[key]
        if math.isnan(ours):
            undefined += 1
            assert theirs == "n/a"
        else:
            assert theirs == pytest.approx(ours, rel=1e-9, abs=1e-9)
    assert undefined < len(ventures())


def test_the_formulas_as_text() -> None:
    """Golden: what an auditor reads in the cell."""
    cells = Cells(
        "F9:Y9", "F11:Y11", "F12:Y12", "F3:Y3", "B1", "B2", "F20:Y20", "F21:Y21", "F30:Y30", "F31:Y31"
    )  # fmt: skip
    found = {key: metric.excel(cells) for key, metric in METRICS.items()}
    assert found == {
        "npv": "=SUM(F11:Y11)",
        "irr": "=IF(AND(MIN(F9:Y9)<-0.000000001,MAX(F9:Y9)>0.000000001),"
        "IFERROR(EXP(LN(1+IRR(F9:Y9,1.1^B2-1))/B2)-1,IFERROR(EXP(LN(1+IRR(F9:Y9,0.75^B2-1))/B2)-1,"
        'IFERROR(EXP(LN(1+IRR(F9:Y9,0.4^B2-1))/B2)-1,IFERROR(EXP(LN(1+IRR(F9:Y9,1^B2-1))/B2)-1,"n/a")))),"n/a")',
        "mirr": "=IF(AND(MIN(F9:Y9)<-0.000000001,MAX(F9:Y9)>0.000000001),"
        'IFERROR((1+MIRR(F9:Y9,(1+B1)^B2-1,(1+B1)^B2-1))^(1/B2)-1,"n/a"),"n/a")',
        "moic": '=IF(MIN(F9:Y9)<-0.000000001,SUMIF(F9:Y9,">0")/-SUMIF(F9:Y9,"<0"),"n/a")',
        "payback": '=IF(MAX(F21:Y21)=1,SUM(F20:Y20),"n/a")',
        "discounted_payback": '=IF(MAX(F31:Y31)=1,SUM(F30:Y30),"n/a")',
        "peak_funding": "=MAX(0,-MIN(F12:Y12))",
        "profitability_index": '=IF(MIN(F9:Y9)<-0.000000001,SUM(F11:Y11)/-SUMIF(F11:Y11,"<0"),"n/a")',
    }
