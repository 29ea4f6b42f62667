"""Senior loans against a plain loop written from terms.md D1 to D7: random loans by month, quarter and year, real and nominal."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from scipy.optimize import brentq
from small import by_year, small

from jvmodel.model import Model

STEPS = {"year": 1, "half": 2, "quarter": 4}
OWNER = {"kind": "incorporated_venture", "name": "company", "interests": {"ann": "100%"}}
YEARS = 8


@dataclass
class Case:
    step: str = "year"
    spent: list[float] = field(default_factory=lambda: [60.0, 90.0])
    income: list[float] = field(default_factory=lambda: [50.0] * 6)
    loan: dict[str, Any] = field(default_factory=dict)
    inflation: float = 0.0

    def model(self, basis: str = "nominal") -> Model:
        terms = [
            {"kind": "capital_cost", "name": "build", "amount": by_year(self.spent), "basis": "nominal"},
            {"kind": "other_revenue", "name": "income", "amount": by_year([0.0, 0.0, *self.income]), "basis": "nominal"},
            {"kind": "senior_loan", "name": "loan", "lender": "bob", "cfads": "before_tax"} | self.loan,
        ]
        each = STEPS[self.step]
        return small(
            *terms, OWNER, periods=YEARS * each, timeline={"step": self.step}, basis=basis, inflation=self.inflation,
            phases={"construction": {"start": 2027, "end": 2029}, "operation": {"start": 2029}},
        )  # fmt: skip


class Loop:
    """The loan of a case in nominal money, period by period."""

    def __init__(self, case: Case) -> None:
        loan, each = case.loan, STEPS[case.step]
        self.loan = loan
        self.years, self.building, self.periods = 1 / each, 2 * each, YEARS * each
        self.spend = [one / each for one in case.spent for _ in range(each)]
        self.cash = [0.0] * self.building + [one / each for one in case.income for _ in range(each)]
        effective = loan["quote"] == "effective"
        self.rate = (1 + loan["base_rate"]) ** self.years - 1 if effective else loan["base_rate"] * self.years
        self.fees = loan["fees"]
        self.added = loan["construction_interest"] == "capitalised"
        self.first = self.building + round(loan["grace"] / 12 * each)
        self.last = self.building + round(loan["tenor"] * each) - 1
        self.whole = sum(self.spend)

    def fee(self, t: int, facility: float, drawn: float) -> float:
        """Upfront and commitment fees while the loan is drawn."""
        upfront = facility * self.fees["upfront"] if t == 0 else 0.0
        return upfront + max(facility - drawn, 0.0) * self.fees["commitment"] * self.years

    def shares(self) -> list[float]:
        return [one / self.whole for one in self.spend]

    def geared(self) -> tuple[float, list[float]]:
        """The facility by gearing, found by bisection, and its draws."""
        gearing = self.loan["gearing"]

        def financed(facility: float) -> list[float]:
            drawn: list[float] = []
            for t, spent in enumerate(self.spend):
                drawn.append(gearing * (spent + self.fee(t, facility, sum(drawn)) + sum(drawn) * self.rate))
            return drawn

        def excess(facility: float) -> float:
            if not self.added:
                return sum(financed(facility)) - facility
            balance = drawn = fees = interest = 0.0
            for t, share in enumerate(self.shares()):
                fees += self.fee(t, facility, drawn)
                interest += balance * self.rate
                drawn += facility * share
                balance += balance * self.rate + facility * share
            return balance - gearing * (self.whole + fees + interest)

        facility = brentq(excess, 1e-9, 20 * self.whole, xtol=1e-13)
        return facility, [facility * one for one in self.shares()] if self.added else financed(facility)

    def targets(self) -> list[float]:
        repaid = range(self.first, self.last + 1)
        return [max(cash, 0.0) / self.loan["dscr"] if t in repaid else 0.0 for t, cash in enumerate(self.cash)]

    def worth(self, flows: list[float], end: int) -> float:
        """Value at the beginning of the first repayment, at the loan's rate."""
        return sum(max(flows[t], 0.0) / (1 + self.rate) ** (t - self.first + 1) for t in range(self.first, end))

    def grown(self) -> float:
        """What a unit that is drawn with spending has become when drawing ends."""
        unit = 0.0
        for share in self.shares():
            unit = (unit * (1 + self.rate) if self.added else unit) + share
        return unit

    def draws(self) -> tuple[float, list[float]]:
        """The facility, and what each period draws of it."""
        size, shape = self.loan.get("amount", 1e9), self.shares()
        if "gearing" in self.loan:
            facility, drawn = self.geared()
            size, shape = min(size, facility), [one / facility for one in drawn]
        for cover, end in (("llcr", self.last + 1), ("plcr", self.periods)):
            if cover in self.loan:
                size = min(size, self.worth(self.cash, end) / self.loan[cover] / self.grown())
        if "dscr" in self.loan:
            size = min(size, self.worth(self.targets(), self.periods) / self.grown())
        if self.loan.get("order", "pro_rata") == "pro_rata":
            return size, [size * one for one in shape]
        drawn = []
        own = max(self.whole - size, 0.0) if self.loan["order"] == "equity_first" else 0.0
        for t in range(self.building):
            drawn.append(min(max(sum(self.spend[: t + 1]) - own - sum(drawn), 0.0), size - sum(drawn), self.spend[t]))
        return size, drawn

    def instalment(self, t: int, owed: float) -> float:
        left, profile = self.last - t + 1, self.loan["profile"]
        if not self.first <= t <= self.last:
            return 0.0
        if profile == "annuity" and self.rate:
            return owed * self.rate / ((1 + self.rate) ** left - 1)
        return owed / left if profile in ("equal", "annuity") else owed * (left == 1)

    def principal(self, t: int, interest: float, balance: float, planned: float, scale: float) -> float:
        sweep = self.loan.get("sweep", {})
        if self.loan["profile"] == "sculpted":
            service = self.targets()[t] * scale
            return min(max(service - interest, 0.0), balance) if self.first <= t <= self.last else 0.0
        if sweep.get("applied") == "last_first":
            return min(balance, self.instalment(t, planned))
        return self.instalment(t, balance)

    def rows(self) -> dict[str, list[float]]:
        size, drawn = self.draws()
        rows: dict[str, list[float]] = {
            name: [] for name in ("drawn", "interest", "fees", "principal", "swept", "closing", "service")
        }
        balance = planned = 0.0
        capacity = self.worth(self.targets(), self.periods) if "dscr" in self.loan else 0.0
        scale = sum(drawn) * self.grown() / capacity if capacity else 0.0
        share = self.loan.get("sweep", {}).get("share", 0.0)
        for t in range(self.periods):
            building = t < self.building
            interest = balance * self.rate
            fee = self.fee(t, size, sum(drawn[:t])) if building else 0.0
            if t <= self.last and (building or not share or balance > 1e-9):
                fee += self.fees["agency"] * self.years
            principal = self.principal(t, interest, balance, planned, scale)
            service = 0.0 if building else interest + principal
            swept = 0.0 if building else min(max(self.cash[t] - service, 0.0) * share, balance - principal)
            draw, kept = (drawn[t], interest if self.added else 0.0) if building else (0.0, 0.0)
            planned += draw + kept - self.instalment(t, planned)
            balance += draw + kept - principal - swept
            for name, value in zip(rows, (draw, interest, fee, principal, swept, balance, service), strict=True):
                rows[name].append(value)
        return rows


money = st.integers(10, 120).map(float)
percent = st.integers(0, 15).map(lambda number: number / 100)


@st.composite
def cases(draw: st.DrawFn) -> Case:
    profile = draw(st.sampled_from(["equal", "annuity", "bullet", "sculpted"]))
    added = draw(st.booleans())
    loan: dict[str, Any] = {
        "profile": profile, "base_rate": draw(percent), "tenor": draw(st.integers(2, 6)), "quote": draw(st.sampled_from(["nominal_simple", "effective"])),
        "construction_interest": "capitalised" if added else "financed",
        "fees": {"upfront": draw(percent) / 5, "commitment": draw(percent) / 10, "agency": draw(st.sampled_from([0.0, 0.3]))},
    }  # fmt: skip
    loan["grace"] = 12 * draw(st.integers(0, loan["tenor"] - 1))
    if draw(st.booleans()):
        loan["gearing"] = draw(st.integers(20, 90)) / 100
    if "gearing" not in loan or draw(st.booleans()):
        loan["amount"] = draw(st.integers(20, 140)).__float__()
    if "gearing" not in loan and not added:
        loan["order"] = draw(st.sampled_from(["pro_rata", "debt_first", "equity_first"]))
    for cover in ("llcr", "plcr"):
        if draw(st.integers(0, 3)) == 0:
            loan[cover] = draw(st.integers(110, 250)) / 100
    if profile == "sculpted":
        loan["dscr"] = draw(st.integers(105, 200)) / 100
    elif draw(st.booleans()):
        loan["sweep"] = {"share": draw(st.integers(10, 100)) / 100, "applied": draw(st.sampled_from(["last_first", "pro_rata"]))}
    spent = draw(st.lists(money, min_size=2, max_size=2))
    income = draw(st.lists(st.integers(-20, 120).map(lambda n: float(max(n, 0))), min_size=6, max_size=6))
    return Case(draw(st.sampled_from(sorted(STEPS))), spent, income, loan, draw(percent))


@settings(max_examples=60)
@given(cases())
def test_a_loan_is_what_a_loop_says(case: Case) -> None:
    nominal, expected = case.model(), Loop(case).rows()
    for name, values in expected.items():
        if name == "swept" and "sweep" not in case.loan:
            continue
        assert nominal.run.single(f"loan.{name}") == pytest.approx(values, rel=1e-8, abs=1e-7), name
    assert nominal.run.single("loan.closing").min() >= -1e-8, "a balance is never negative"
    real = case.model("real")
    index = real.run.single("prices.index") if case.inflation else 1.0
    for name in ("drawn", "interest", "fees", "principal", "closing"):
        assert real.run.single(f"loan.{name}") * index == pytest.approx(expected[name], rel=1e-8, abs=1e-7), name


@settings(max_examples=40)
@given(
    st.sampled_from(sorted(STEPS)), st.lists(st.integers(-10, 60).map(float), min_size=6, max_size=6), st.integers(100, 160), st.integers(0, 2),
    st.booleans(), st.integers(0, 9),
)  # fmt: skip
def test_covenants_reserve_and_dividends_by_a_loop(
    step: str, cash: list[float], least: int, clean: int, forward: bool, months: int
) -> None:
    """A loan, a reserve for service to come, a lock-up: what the company calls, holds and pays out, period by period."""
    each = STEPS[step]
    years, building = 1 / each, 2 * each
    tests = {
        "kind": "covenants",
        "name": "tests",
        "lock_up": least / 100,
        "default": 1,
        "forward": forward,
        "clean_periods": clean,
    }
    reserve = [{"kind": "reserve_account", "name": "reserve", "months": months, "interest": "3%"}] if months else []
    model = small(
        {"kind": "capital_cost", "name": "build", "amount": by_year([50.0, 50.0])},
        {"kind": "other_revenue", "name": "income", "amount": by_year([0.0, 0.0, *(max(one, 0.0) for one in cash)])},
        {"kind": "operating_cost", "name": "costs", "amount": by_year([0.0, 0.0, *(max(-one, 0.0) for one in cash)])},
        {"kind": "senior_loan", "name": "loan", "lender": "bob", "amount": 60, "profile": "equal", "base_rate": "8%", "tenor": 4},
        tests, *reserve, OWNER, periods=YEARS * each, timeline={"step": step},
        phases={"construction": {"start": 2027, "end": 2029}, "operation": {"start": 2029}},
    )  # fmt: skip
    periods = YEARS * each
    flow = [0.0] * building + [one * years for one in cash for _ in range(each)]
    balance, interest, service = 0.0, [], []
    for t in range(periods):
        due = balance * 0.08 * years
        repaid = 60 / (4 * each) if building <= t < building + 4 * each else 0.0
        balance += (60 / building if t < building else 0.0) - repaid
        interest.append(due)
        service.append(0.0 if t < building else due + repaid)
    failed = [service[t] > 1e-9 and flow[t] / service[t] < least / 100 for t in range(periods)]
    tested = [failed[t] or (forward and t + 1 < periods and failed[t + 1]) for t in range(periods)]
    reach = months / 12 * each
    held = in_hand = 0.0
    calls, paid, kept = [], [], []
    for t in range(periods):
        target = sum(service[t + 1 + k] * min(max(reach - k, 0.0), 1.0) for k in range(periods - t - 1))
        earned = held * 0.03 * years
        spent = 100 / building if t < building else 0.0
        drawn = 60 / building if t < building else 0.0
        net = flow[t] - spent + drawn + earned - (interest[t] if t < building else service[t])
        called = max((target if t < building else 0.0) - in_hand - net, 0.0)
        spare = max(in_hand + net + called, 0.0)
        held = min(spare, target)
        locked = any(tested[max(t - clean, 0) : t + 1]) and t < periods - 1
        out = 0.0 if locked else spare - held
        in_hand += net + called - out
        calls.append(called)
        paid.append(out)
        kept.append(in_hand)
    for name, values in (("calls", calls), ("dividends", paid), ("closing", kept)):
        assert model.run.single(f"company.{name}") == pytest.approx(values, rel=1e-9, abs=1e-7), name
