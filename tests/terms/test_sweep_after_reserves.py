"""A cash sweep after reserve accounts (terms.md D6, D7, F2): a table by hand, and random loans against a plain loop.

Order of payments: interest, principal, reserve account, sweep. The account's target is the service that is scheduled once this
period's instalment is paid: nothing more is swept in it, so that it does not wait for the sweep that comes after it.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from small import by_year, rows, small

from jvmodel.errors import GraphError
from jvmodel.model import Model

PHASES = {"construction": {"start": 2027, "end": 2029}, "operation": {"start": 2029}}
OWNER = {"kind": "incorporated_venture", "name": "company", "interests": {"ann": "100%"}, "dividend_test": "none"}
RESERVE = {"kind": "reserve_account", "name": "reserve", "months": 6}
TAX = {"kind": "corporate_tax", "name": "tax", "rate": "30%", "holder": "state",
       "depreciation": {"plant": {"method": "straight_line", "life": 4}}}  # fmt: skip
STEPS = {"year": 1, "half": 2, "quarter": 4}


def near(expected: Any) -> Any:
    return pytest.approx(expected, rel=1e-9, abs=2e-9)


def swept(*others: dict[str, Any], sweep: dict[str, Any], income: list[float], **settings: Any) -> Model:
    """A loan of 100 over four years at 10%, in equal instalments, with a sweep, and what stands beside it."""
    return small(
        {"kind": "capital_cost", "name": "build", "amount": by_year([50, 50])},
        {"kind": "other_revenue", "name": "income", "amount": by_year([0, 0, *income])},
        {"kind": "senior_loan", "name": "loan", "lender": "bob", "amount": 100, "profile": "equal", "base_rate": "10%", "tenor": 4,
         "sweep": {"share": "50%"} | sweep},
        *others, OWNER, periods=6, phases=PHASES, **settings,
    )  # fmt: skip


THIN = [57.0, 28.0, 40.0, 30.0]


def test_by_hand_the_last_instalments_first() -> None:
    """Cash of 57, 28, 40, 30, of which the second does not pay the service: the account does, and is filled before the sweep.

    |                              | 2028  | 2029   | 2030     | 2031      | 2032      |
    | balance brought forward      |       | 100    | 63.375   | 38.375    | 5.015625  |
    | interest + 25, as far owed   |       | 35     | 31.3375  | 28.8375   | 5.5171875 |
    | balance before the sweep     | 100   | 75     | 38.375   | 13.375    | 0         |
    | scheduled for the next year  | 35    | 32.5   | 28.8375  | 14.7125   | 0         |
    | target: half of it           | 17.5  | 16.25  | 14.41875 | 7.35625   | 0         |
    | cash less service            |       | 22     | −3.3375  | 11.1625   | 24.4828125|
    | held                         | 17.5  | 16.25  | 12.9125  | 7.35625   | 0         |
    | left: less what goes in      |       | 23.25  | 0        | 16.71875  | 31.8390625|
    | swept: half, at most balance |       | 11.625 | 0        | 8.359375  | 0         |
    """
    model = swept(RESERVE, sweep={}, income=THIN)
    expected = {
        "loan.service": [0, 0, 35, 31.3375, 28.8375, 5.5171875],
        "loan.unswept": [50, 100, 75, 38.375, 13.375, 0],
        "loan.scheduled_1": [0, 35, 32.5, 28.8375, 14.7125, 0],
        "reserve.target": [0, 17.5, 16.25, 14.41875, 7.35625, 0],
        "loan.filled": [0, 17.5, 16.25, 12.9125, 7.35625, 0],
        "reserve.held": [0, 17.5, 16.25, 12.9125, 7.35625, 0],
        "loan.spare": [0, 0, 23.25, 0, 16.71875, 31.8390625],
        "loan.swept": [0, 0, 11.625, 0, 8.359375, 0],
        "loan.closing": [50, 100, 63.375, 38.375, 5.015625, 0],
        "company.dividends": [0, 0, 11.625, 0, 8.359375, 31.8390625],
    }
    for name, values in expected.items():
        assert rows(model, name) == near(values), name
    assert [check.name for check in model.checks if not check.passed] == []


def test_by_hand_all_instalments_alike() -> None:
    """In proportion: after 11.625 is swept of 75, a third of 63.375 falls due, not 25.

    2029: service 35, scheduled 32.5, target 16.25, left 57 − 35 + 1.25, swept 11.625, balance 63.375.
    2030: service 6.3375 + 21.125, scheduled 4.225 + 21.125, target 12.675; cash of 28 leaves 0.5375 and 3.575 is released:
    swept 2.05625, balance 40.19375. 2031: service 4.019375 + 20.096875; scheduled 2.0096875 + 20.096875, target 11.05328125.
    """
    model = swept(RESERVE, sweep={"applied": "pro_rata"}, income=THIN)
    assert rows(model, "loan.service")[2:5] == near([35, 27.4625, 24.11625])
    assert rows(model, "loan.scheduled_1")[1:5] == near([35, 32.5, 25.35, 22.1065625])
    assert rows(model, "reserve.target")[1:5] == near([17.5, 16.25, 12.675, 11.05328125])
    assert rows(model, "loan.swept")[2:4] == near([11.625, 2.05625])
    assert rows(model, "loan.closing")[2:4] == near([63.375, 40.19375])


def test_debt_service_alone_comes_first_where_the_clause_says_so() -> None:
    """Half of 57 − 35 is swept, whatever the account takes or gives; it still covers what is scheduled."""
    model = swept(RESERVE, sweep={"after_reserves": False}, income=THIN)
    assert rows(model, "loan.swept")[2] == near(11)
    assert rows(model, "reserve.target")[2] == near(16.25)
    alone = [rows(swept(sweep={"after_reserves": one}, income=THIN), "loan.closing") for one in (True, False)]
    assert alone[0] == alone[1] == rows(model, "loan.closing")


def test_every_reserve_account_comes_first() -> None:
    """Half a year of renewals of 8 from 2030 on fills an account with 4 in 2029; the sweep takes half of what is left then."""
    renewals = [
        {"kind": "sustaining_capital", "name": "renewals", "amount": by_year([0, 0, 0, 8, 8])},
        {"kind": "reserve_account", "name": "renewal_reserve", "of": "sustaining_capital", "months": 6},
    ]
    model = swept(RESERVE, *renewals, sweep={}, income=THIN)
    assert rows(model, "renewal_reserve.target")[2] == near(4)
    assert rows(model, "loan.swept")[2] == near(0.5 * (57 - 35 + 1.25 - 4))


def test_a_letter_of_credit_takes_no_cash() -> None:
    """Its fee is on what is scheduled, so a tax that deducts it does not wait for the sweep; cash is swept as without it."""
    letter = RESERVE | {"letter_of_credit": "2%"}
    model = swept(letter, TAX, sweep={}, income=THIN)
    assert rows(model, "reserve.fee")[1:3] == near([0.02 * 17.5, 0.02 * 16.25])
    assert rows(model, "loan.cfads")[2] < 57
    assert rows(model, "loan.swept")[2] == near(0.5 * (rows(model, "loan.cfads")[2] - 35))


def test_what_looks_ahead_beside_it() -> None:
    """Covenants that look ahead may lock distributions up beside it; debt sculpted on cash after tax may not stand there."""
    ahead = {"kind": "covenants", "name": "tests", "forward": True, "llcr": 1.3, "rate": "8%", "reserves_count": True}
    assert [check.name for check in swept(RESERVE, TAX, ahead, sweep={}, income=THIN).checks if not check.passed] == []
    sculpted = {
        "kind": "senior_loan",
        "name": "second",
        "lender": "state",
        "amount": 10,
        "dscr": 2,
        "profile": "sculpted",
        "base_rate": "5%",
        "tenor": 4,
    }
    with pytest.raises(GraphError) as raised:
        swept(RESERVE, TAX, sculpted, sweep={}, income=THIN)
    assert "write cfads: before_tax here, or after_reserves: false in the sweep" in str(raised.value)
    for free in ({"cfads": "before_tax"}, {}):
        swept(RESERVE, TAX, sculpted | free, sweep={"after_reserves": bool(free)}, income=THIN)


@dataclass
class Case:
    step: str
    income: list[float]
    profile: str
    applied: str
    share: int
    rate: int
    grace: int
    tenor: int
    months: int
    other: bool
    added: bool
    inflation: int

    def model(self, basis: str) -> Model:
        loan = {
            "kind": "senior_loan", "name": "loan", "lender": "bob", "amount": 80, "profile": self.profile, "base_rate": f"{self.rate}%",
            "tenor": self.tenor, "grace": 12 * self.grace, "construction_interest": "capitalised" if self.added else "financed",
            "sweep": {"share": f"{self.share}%", "applied": self.applied},
        }  # fmt: skip
        other = {
            "kind": "senior_loan",
            "name": "other",
            "lender": "state",
            "amount": 20,
            "profile": "equal",
            "base_rate": "4%",
            "tenor": 5,
        }
        terms = [
            {"kind": "capital_cost", "name": "build", "amount": by_year([60.0, 60.0]), "basis": "nominal"},
            {"kind": "other_revenue", "name": "income", "amount": by_year([0.0, 0.0, *self.income]), "basis": "nominal"},
            loan, *([other] if self.other else []), RESERVE | {"months": self.months}, OWNER,
        ]  # fmt: skip
        settings: dict[str, Any] = {"basis": basis, "inflation": self.inflation / 100} if self.inflation else {}
        each = STEPS[self.step]
        return small(*terms, periods=8 * each, timeline={"step": self.step}, phases=PHASES, **settings)

    def due(self, t: int, owed: float, rate: float, last: int, first: int) -> float:
        """The instalment of a balance in a period."""
        left = last - t + 1
        if not first <= t <= last:
            return 0.0
        if self.profile == "bullet":
            return owed if left == 1 else 0.0
        if self.profile == "annuity":
            return owed * rate / ((1 + rate) ** left - 1)
        return owed / left

    def loop(self) -> dict[str, list[float]]:
        """Period by period in nominal money; the schedule to come is walked through anew in every period."""
        each = STEPS[self.step]
        building, periods = 2 * each, 8 * each
        cash = [0.0] * building + [one / each for one in self.income for _ in range(each)]
        rate = self.rate / 100 / each
        first, last = building + self.grace * each, building + self.tenor * each - 1
        others = [0.0] * (periods + 1)
        if self.other:
            balance = 20.0
            for t in range(building, building + 5 * each):
                others[t] = balance * 0.04 / each + 20 / (5 * each)
                balance -= 20 / (5 * each)

        def plan(balance: float, at: int) -> list[float]:
            """Instalments by period of a loan that is not swept any more."""
            found = []
            for t in range(at, periods):
                draw = 80 / building if t < building else 0.0
                found.append(self.due(t, balance, rate, last, first))
                balance += draw + (balance * rate if self.added and t < building else 0.0) - found[-1]
            return found

        signed = plan(0.0, 0)
        out: dict[str, list[float]] = {name: [] for name in ("target", "filled", "swept", "closing")}
        balance = held = 0.0
        for t in range(periods):
            interest = balance * rate
            in_turn = self.applied == "last_first"
            repaid = min(balance, signed[t]) if in_turn else self.due(t, balance, rate, last, first)
            service = (interest + repaid if t >= building else 0.0) + others[t]
            balance += (80 / building + (interest if self.added else 0.0) if t < building else 0.0) - repaid
            target, owed = 0.0, balance
            for ahead in range(1, periods - t):
                later = t + ahead
                part = min(max(self.months / 12 * each - (ahead - 1), 0.0), 1.0)
                instalment = min(owed, signed[later]) if in_turn else self.due(later, owed, rate, last, first)
                coming = others[later] + (owed * rate + instalment if later >= building else 0.0)
                target += part * coming
                grown = 80 / building + (owed * rate if self.added else 0.0) if later < building else 0.0
                owed += grown - instalment
            before = held
            held = min(target, max(before + cash[t] - service, 0.0)) if t >= building else target
            left = max(cash[t] - service - (held - before), 0.0) if t >= building else 0.0
            taken = min(left * self.share / 100, balance)
            balance -= taken
            for name, value in zip(out, (target, held, taken, balance), strict=True):
                out[name].append(value)
        return out


@st.composite
def cases(draw: st.DrawFn) -> Case:
    tenor = draw(st.integers(2, 6))
    return Case(
        draw(st.sampled_from(sorted(STEPS))), draw(st.lists(st.integers(0, 60).map(float), min_size=6, max_size=6)),
        draw(st.sampled_from(["equal", "annuity", "bullet"])), draw(st.sampled_from(["last_first", "pro_rata"])),
        draw(st.integers(5, 100)), draw(st.integers(1, 15)), draw(st.integers(0, tenor - 1)), tenor, draw(st.integers(1, 24)),
        draw(st.booleans()), draw(st.booleans()), draw(st.sampled_from([0, 2, 7])),
    )  # fmt: skip


@settings(max_examples=60)
@given(cases())
def test_a_sweep_after_reserves_is_what_a_loop_says(case: Case) -> None:
    expected = case.loop()
    for basis in ("nominal", "real") if case.inflation else ("nominal",):
        model = case.model(basis)
        index = model.run.single("prices.index") if basis == "real" else 1.0
        for name, row in (
            ("target", "reserve.target"),
            ("filled", "loan.filled"),
            ("swept", "loan.swept"),
            ("closing", "loan.closing"),
        ):
            assert model.run.single(row) * index == pytest.approx(expected[name], rel=1e-8, abs=1e-7), (basis, name)
        assert model.run.single("reserve.held") == pytest.approx(model.run.single("loan.filled"), rel=1e-8, abs=1e-7)
        assert [check.name for check in model.checks if not check.passed] == []
