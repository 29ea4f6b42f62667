"""METRICS: what a party's cash flows are worth, one entry a metric: its array function and its Excel formula side by side.

Conventions (docs/irr.md): flows before the valuation date are sunk; receipts and outlays are net flows of a period; a
figure that does not exist is NaN in arrays, None for one scenario and the text n/a in a workbook.
"""

from __future__ import annotations

import math
from collections.abc import Callable, Sequence
from dataclasses import dataclass, replace
from datetime import date
from enum import StrEnum
from typing import Any

import numpy as np
from numpy.typing import ArrayLike, NDArray

from jvmodel.backends.threads import in_parts
from jvmodel.flows import TRIFLE, Flows
from jvmodel.irr import MANY, PART, IrrResult, excel_terms, internal_rate, irr, xirr, years_since_first
from jvmodel.irr_limits import GUESSES

Array = NDArray[np.float64]

NONE = '"n/a"'


class Kind(StrEnum):
    """What a metric is measured in."""

    MONEY = "money"
    RATE = "rate"
    MULTIPLE = "multiple"
    YEARS = "years"


@dataclass(frozen=True)
class Cells:
    """Where a party's rows stand in the workbook, as A1 ranges over the periods from the valuation date on.

    `years` is the cell of the period's length, `rate` that of the party's discount rate. With `dates` (flows discounted
    on dates) `cash` and `dates` must begin at the first flow: Excel's XIRR is wrong where the first amount is nil.
    `waiting` and `paid_back` are rows of the model (years waited in each period; 1 once paid back), the same for their
    discounted likes.
    """

    cash: str
    value: str
    cumulative: str
    times: str
    rate: str
    years: str
    waiting: str = ""
    paid_back: str = ""
    value_waiting: str = ""
    value_paid_back: str = ""
    dates: str = ""
    starts: tuple[str, ...] = ()
    """Cells with the rates that the search for a rate of return starts from: a period's, or a year's with `dates`"""
    trifle: str = f"{TRIFLE:.9f}"
    """Cell with the money that counts as nothing"""


@dataclass(frozen=True)
class Metric:
    """One figure of a party: `array` maps flows to (S,), NaN where undefined; `excel` maps cells to a formula."""

    key: str
    label: str
    kind: Kind
    array: Callable[[Flows], Array]
    excel: Callable[[Cells], str]


# net present value


def npv(cash: ArrayLike, times: ArrayLike, rate: ArrayLike) -> Array:
    """Net present value (S,) of flows (S, T) at `times` (T,) in years from the valuation date, at a rate a year.

    Times say which convention it is (terms.md 0.2): Excel's NPV has its first flow at 1, numpy-financial's at 0.

    >>> npv([[-100, 132]], [0, 1], 0.1).round(9).tolist()
    [20.0]
    """
    return _npv(Flows.of(cash, times, rate))


def xnpv(cash: ArrayLike, dates: Sequence[date], rate: float) -> float:
    """Net present value of dated flows as Excel's XNPV has it: 365 days a year from the first date listed.

    >>> round(xnpv([-1000, 1100], [date(2027, 1, 1), date(2028, 1, 1)], 0.05), 6)
    47.619048
    """
    return float(npv(cash, years_since_first(dates), rate)[0])


def _npv(flows: Flows) -> Array:
    total: Array = flows.value.sum(axis=1)
    return total


def _npv_excel(cells: Cells) -> str:
    return f"=SUM({cells.value})"


# rates of return


def _irr(flows: Flows) -> Array:
    return irr(flows.cleared, flows.times, flows.years)


def _irr_excel(cells: Cells) -> str:
    """The first of several guesses that leads to a rate above −100%: the logarithm fails below that, and so passes on."""
    result = NONE
    begin = cells.starts or tuple(f"{g:.10g}" if cells.dates else f"{1 + g:.10g}^{cells.years}-1" for g in GUESSES)
    for start in reversed(begin):
        one = f"IRR({cells.cash},{start})" if not cells.dates else f"XIRR({cells.cash},{cells.dates},{start})"
        annual = f"EXP(LN(1+{one})/{cells.years})-1" if not cells.dates else f"EXP(LN(1+{one}))-1"
        result = f"IFERROR({annual},{result})"
    return f"=IF({_both(cells)},{result},{NONE})"


def _both(cells: Cells) -> str:
    return f"AND(MIN({cells.cash})<-{cells.trifle},MAX({cells.cash})>{cells.trifle})"


def mirr(cash: ArrayLike, times: ArrayLike, finance: ArrayLike, reinvestment: ArrayLike) -> Array:
    """Modified internal rate of return a year (S,): outlays financed, and receipts reinvested to the last time, at rates a year.

    Excel's MIRR where times are 0, 1, 2 ...; NaN without both outlays and receipts.

    >>> mirr([[-120000, 39000, 30000, 21000, 37000, 46000]], range(6), 0.1, 0.12).round(6).tolist()
    [0.126094]
    """
    paid = Flows.of(np.minimum(cash, 0.0), times, finance)
    received = Flows.of(np.maximum(cash, 0.0), times, reinvestment)
    return _growth(paid, received)


def _mirr(flows: Flows) -> Array:
    outlays, receipts = np.minimum(flows.cash, 0.0), np.maximum(flows.cash, 0.0)
    return _growth(replace(flows, cash=outlays), replace(flows, cash=receipts))


def _growth(paid: Flows, received: Flows) -> Array:
    """The rate at which the outlays, valued at the first time, grow into the receipts, valued at the last."""
    first, last = (1 + paid.rate) ** paid.times[:1].sum(), (1 + received.rate) ** received.times[-1:].sum()
    span = float(np.ptp(paid.times)) if paid.times.size else 0.0
    put_in, got = -_npv(paid) * first, _npv(received) * last
    defined = paid.outlays & received.receipts & (span > 0)
    with np.errstate(all="ignore"):
        rates: Array = np.where(defined, (got / put_in) ** (1 / span if span else math.nan) - 1, np.nan)
    return rates


def _mirr_excel(cells: Cells) -> str:
    """MIRR with the period's rate for both; on dates its equal, as both rates are the discount rate."""
    period = f"(1+{cells.rate})^{cells.years}-1"
    rate = f"(1+MIRR({cells.cash},{period},{period}))^(1/{cells.years})-1"
    if cells.dates:
        ratio = f'SUMIF({cells.value},">0")/-SUMIF({cells.value},"<0")'
        rate = f"(1+{cells.rate})*({ratio})^(1/(MAX({cells.times})-MIN({cells.times})))-1"
    return f"=IF({_both(cells)},IFERROR({rate},{NONE}),{NONE})"


# multiples


def _moic(flows: Flows) -> Array:
    return _multiple(np.maximum(flows.cash, 0.0).sum(axis=1), np.minimum(flows.cash, 0.0).sum(axis=1), flows)


def _moic_excel(cells: Cells) -> str:
    return f'=IF(MIN({cells.cash})<-{cells.trifle},SUMIF({cells.cash},">0")/-SUMIF({cells.cash},"<0"),{NONE})'


def _profitability(flows: Flows) -> Array:
    return _multiple(_npv(flows), np.minimum(flows.value, 0.0).sum(axis=1), flows)


def _profitability_excel(cells: Cells) -> str:
    return f'=IF(MIN({cells.cash})<-{cells.trifle},SUM({cells.value})/-SUMIF({cells.value},"<0"),{NONE})'


def _multiple(gained: Array, outlays: Array, flows: Flows) -> Array:
    multiple: Array = np.where(flows.outlays, gained / np.where(flows.outlays, -outlays, 1.0), np.nan)
    return multiple


# payback and funding


def payback(cash: ArrayLike, times: ArrayLike) -> Array:
    """Years (S,) from the first outlay until cumulative flows (S, T), once below nil, are first back at nil.

    The flow that pays back accrues evenly since the flow before. NaN where cumulative flow never falls below nil, or
    never comes back.

    >>> payback([[-100, 30, 40, 50, 60], [-100, 1, 1, 1, 1]], range(5)).tolist()
    [2.6, nan]
    """
    amounts, at = np.atleast_2d(np.asarray(cash, dtype=np.float64)), np.asarray(times, dtype=np.float64)
    if not amounts.size:
        return np.full(len(amounts), np.nan)
    cumulative = amounts.cumsum(axis=1)
    below = cumulative < -TRIFLE
    back = np.maximum.accumulate(below, axis=1) & ~below
    which, rows = back.argmax(axis=1), np.arange(len(amounts))
    before = np.maximum(which - 1, 0)
    started = at[(amounts < -TRIFLE).argmax(axis=1)]
    paid = back.any(axis=1)
    share = -cumulative[rows, before] / np.where(paid, amounts[rows, which], 1.0)
    years: Array = np.where(paid, at[before] + share * (at[which] - at[before]) - started, np.nan)
    return years


def _payback_excel(cells: Cells) -> str:
    return f"=IF(MAX({cells.paid_back})=1,SUM({cells.waiting}),{NONE})"


def _discounted_payback_excel(cells: Cells) -> str:
    return f"=IF(MAX({cells.value_paid_back})=1,SUM({cells.value_waiting}),{NONE})"


def _peak_funding(flows: Flows) -> Array:
    if not flows.cash.shape[1]:
        return np.zeros(len(flows.cash))
    most: Array = np.maximum(0.0, -flows.cash.cumsum(axis=1).min(axis=1))
    return most


def _peak_funding_excel(cells: Cells) -> str:
    return f"=MAX(0,-MIN({cells.cumulative}))"


METRICS: dict[str, Metric] = {
    metric.key: metric
    for metric in (
        Metric("npv", "Net present value", Kind.MONEY, _npv, _npv_excel),
        Metric("irr", "Internal rate of return", Kind.RATE, _irr, _irr_excel),
        Metric("mirr", "Modified internal rate of return", Kind.RATE, _mirr, _mirr_excel),
        Metric("moic", "Multiple of invested capital", Kind.MULTIPLE, _moic, _moic_excel),
        Metric("payback", "Payback", Kind.YEARS, lambda flows: payback(flows.cash, flows.times), _payback_excel),
        Metric(
            "discounted_payback", "Discounted payback", Kind.YEARS,
            lambda flows: payback(flows.value, flows.times), _discounted_payback_excel,
        ),
        Metric("peak_funding", "Peak funding", Kind.MONEY, _peak_funding, _peak_funding_excel),
        Metric("profitability_index", "Profitability index", Kind.MULTIPLE, _profitability, _profitability_excel),
    )
}  # fmt: skip
"""All metrics by key; the words of each are in docs/irr.md."""


def all_metrics(
    cash: ArrayLike, times: ArrayLike, rate: ArrayLike, years: float = 1.0, counted: ArrayLike | None = None,
    threads: int | None = None, least: int = MANY,
) -> dict[str, Array]:  # fmt: skip
    """All METRICS by key, (S,) each, of very many scenarios: flows (S, T), and what else `Flows.of` takes.

    By compiled code from `least` scenarios on, and threads over parts of them, so that no more than the figures is held;
    the same for any number of `threads`. Flows as the kernel gives them, period by period in memory, are not copied.
    Raises RunError for flows that are not finite.

    >>> found = all_metrics([[-100, 60, 72], [10, 20, 30]], [0, 1, 2], 0.0)
    >>> found["npv"].tolist(), found["moic"].tolist(), found["irr"].round(9).tolist()
    ([32.0, 60.0], [1.32, nan], [0.2, nan])
    """
    at, amounts = np.asarray(times, dtype=np.float64), np.atleast_2d(np.asarray(cash, dtype=np.float64))
    kept = np.flatnonzero(np.ones(len(at)) if counted is None else np.asarray(counted, dtype=np.float64) > 0)
    rates = np.atleast_1d(np.asarray(rate, dtype=np.float64))
    if len(amounts) < least or not len(kept) or not (np.diff(at) > 0).all():
        flows = Flows.of(cash, times, rate, years, counted)
        return {key: metric.array(flows) for key, metric in METRICS.items()}
    Flows.of(amounts[:1], at, rates[0], years)
    Flows.of(np.zeros((len(amounts), 1)), at[:1], rate)
    from jvmodel.metrics_kernel import FIGURES, Terms, figures

    terms = Terms(at[kept], *excel_terms(at[kept], years), GUESSES[0], TRIFLE)
    found, across, factors = np.empty((len(FIGURES), len(amounts))), amounts.T, (1 + rates[0]) ** -at[kept]

    def work(start: int, stop: int) -> bool:
        part = np.ascontiguousarray(across[kept, start:stop])
        return bool(figures(part, rates[start:stop] if len(rates) > 1 else rates, factors, terms, found[:, start:stop]))

    if not all(in_parts(work, len(amounts), PART, threads)):
        Flows.of(cash, times, rate, years, counted)
    return {key: found[FIGURES.index(key)] for key in METRICS}


def party_metrics(
    cash: ArrayLike,
    times: ArrayLike,
    counted: ArrayLike | None,
    rate: float,
    years_per_period: float = 1.0,
    *,
    since_inception: bool = False,
) -> dict[str, Any]:
    """All metrics of a party in one scenario, ready for JSON: flows (T,), None where a figure does not exist.

    `since_inception` counts sunk flows in the rate of return and the multiple (terms.md 0.2), nowhere else.

    >>> found = party_metrics([-100, 60, 72], [0, 1, 2], None, 0.0)
    >>> found["npv"], round(found["irr"], 9), found["moic"], round(found["payback"], 4), found["peak_funding"]
    (32.0, 0.2, 1.32, 1.5556, 100.0)
    """  # fmt: skip
    flows = Flows.of(cash, times, rate, years_per_period, counted)
    everything = Flows.of(cash, times, rate, years_per_period)
    long = everything if since_inception else flows
    found: dict[str, Any] = {
        key: _plain(metric.array(long if key in ("irr", "moic") else flows)[0]) for key, metric in METRICS.items()
    }
    result = rates_of_return(long)
    return {
        **found, "irr": result.value, "irr_roots": list(result.roots), "irr_why": result.why,
        "discount_rate": float(rate), "cash": everything.cash[0].tolist(),
    }  # fmt: skip


def rates_of_return(flows: Flows) -> IrrResult:
    """The internal rates of the first scenario, all of them, with the reason where there is none or are several."""
    return internal_rate(flows.cleared[0], flows.times, flows.years)


def _plain(number: float) -> float | None:
    return None if math.isnan(number) else float(number)


__all__ = [
    "METRICS", "Cells", "Flows", "Kind", "Metric", "all_metrics", "internal_rate", "irr", "mirr", "npv", "party_metrics",
    "payback", "rates_of_return", "xirr", "xnpv",
]  # fmt: skip
