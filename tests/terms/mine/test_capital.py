"""Initial and sustaining capital by hand: phasing, curves, what is refused, and operation that begins within a period."""

from __future__ import annotations

from typing import Any

import pytest
from pydantic import ValidationError
from small import rows, small

OWNER = {"kind": "incorporated_venture", "name": "company", "interests": {"ann": "100%"}}
BUILD: dict[str, Any] = {"kind": "capital_cost", "name": "build", "budget": 120}
MINE = {
    "kind": "mine_plan", "name": "mine", "ore": {"2028": 1000, "2029": 2000, "2030": 500},
    "grades": {"copper": {"2028": "1%", "2029": "1%", "2030": "1%"}},
}  # fmt: skip
PLANT = {"kind": "plant", "name": "plant", "recovery": {"copper": "90%"}}


@pytest.mark.parametrize(
    ("spent", "expected"),
    [
        ({"phasing": {"2027": "25%", "2028": "75%"}}, [30, 90, 0, 0]),
        ({"phasing": {"2028": "100%"}, "contingency": "10%", "overrun": "20%"}, [0, 158.4, 0, 0]),
        # two and a half years: the first of five halves, then two, then two
        ({"during": "construction", "curve": "even"}, [24, 48, 48, 0]),
        # 3x^2 - 2x^3 at 0.2, 0.6, 1: 0.104, 0.648, 1
        ({"during": "construction"}, [12.48, 65.28, 42.24, 0]),
    ],
)
def test_phased(spent: dict[str, Any], expected: list[float]) -> None:
    model = small(BUILD | spent, OWNER, phases={"construction": {"start": "2027-07", "end": 2030}})
    assert rows(model, "build.cost") == pytest.approx(expected)
    assert rows(model, "party.suppliers.cash") == pytest.approx(expected)


@pytest.mark.parametrize("step", ["half", "quarter", "month"])
def test_a_phased_budget_is_spent_by_any_step(step: str) -> None:
    each = {"half": 2, "quarter": 4, "month": 12}[step]
    for spent in ({"phasing": {"2027": "25%", "2028": "75%"}}, {"during": "construction"}):
        model = small(
            BUILD | spent, OWNER, periods=4 * each, timeline={"step": step}, phases={"construction": {"start": 2027, "end": 2029}}
        )  # fmt: skip
        yearly = model.run.single("build.cost").reshape(4, each).sum(axis=1)
        assert yearly == pytest.approx([30, 90, 0, 0] if "phasing" in spent else [60, 60, 0, 0])


def test_nominal_budgets_do_not_grow() -> None:
    for basis, expected in (("nominal", [30, 90]), ("real", [33, 108.9])):
        model = small(
            BUILD | {"phasing": {"2027": "25%", "2028": "75%"}, "basis": basis}, OWNER, periods=2, inflation="10%"
        )  # fmt: skip
        assert rows(model, "build.cost") == pytest.approx(expected)


@pytest.mark.parametrize(
    ("stops", "expected"),
    [
        # all tonnes of the half-year of operation in 2028 and 2030 count: they are not counted by half again
        (0, [0, 1, 2, 0.5]),
        (0.25, [0, 1, 2, 0.25]),
        (1, [0, 1, 1, 0]),
    ],
)
def test_sustaining_by_the_tonne(stops: float, expected: list[float]) -> None:
    model = small(
        MINE, PLANT, {"kind": "sustaining_capital", "name": "sustaining", "per_tonne": 1000, "stops": stops}, OWNER,
        phases={"operation": {"start": "2028-07", "end": "2030-07"}},
    )  # fmt: skip
    assert rows(model, "sustaining.cost") == pytest.approx(expected)


def test_sustaining_by_the_year() -> None:
    sustaining = {"kind": "sustaining_capital", "name": "sustaining", "amount": 8, "stops": 0.25, "factor": 1.5}
    model = small(sustaining, OWNER, phases={"operation": {"start": "2028-07", "end": "2030-07"}})
    assert rows(model, "sustaining.cost") == pytest.approx([0, 6, 12, 3])
    planned = sustaining | {"amount": {"2028": 8, "2030": 4}}
    assert rows(small(planned, OWNER), "sustaining.cost") == [0, 12, 0, 6]


REFUSED: list[tuple[dict[str, Any], str]] = [
    (BUILD, "say how the budget is spent: phasing (shares by year) or during (a phase), one of the two"),
    (BUILD | {"phasing": {"2027": "100.1%"}}, "100.1% is too high; it must be at most 100% (a percentage is written with its sign, such as 12%)"),
    (BUILD | {"phasing": {"2027": "60%", "2028": "30%"}}, "shares add up to 90%; they must add up to 100%"),
    (BUILD | {"phasing": {"abc": "100%"}}, "'abc' is not a year; give shares by calendar year, such as 2027: 60%"),
    (BUILD | {"amount": 5, "phasing": {"2027": "100%"}}, "give amount (spending by year) or budget (with phasing or during), one of the two"),
    ({"kind": "capital_cost", "name": "x", "amount": 5, "during": "operation"},
     "phasing and during go with budget; amounts by year are phased already"),
    ({"kind": "sustaining_capital", "name": "x"}, "give amount (a year) or per_tonne, one of the two"),
]  # fmt: skip


@pytest.mark.parametrize(("term", "message"), REFUSED)
def test_refused(term: dict[str, Any], message: str) -> None:
    with pytest.raises(ValidationError) as error:
        small(term, OWNER)
    assert [one["msg"] for one in error.value.errors()] == [message]


@pytest.mark.parametrize(
    ("given", "expected"),
    [
        # a flat amount runs in operation, or in the phase named; the mine opens in the middle of 2028
        ({"amount": 18}, [0, 9, 18, 18]),
        ({"amount": 18, "during": "construction"}, [9, 9, 0, 0]),
        # amounts by year run in their years
        ({"amount": {"2027": 3, "2029": 4, "extend": "hold"}}, [3, 0, 4, 4]),
    ],
)
def test_other_revenue_runs_in_operation(given: dict[str, Any], expected: list[float]) -> None:
    phases = {"construction": {"start": "2027-07", "end": "2028-07"}, "operation": {"start": "2028-07", "end": 2031}}
    model = small({"kind": "other_revenue", "name": "power"} | given, OWNER, phases=phases)
    assert rows(model, "power.revenue") == pytest.approx(expected)
