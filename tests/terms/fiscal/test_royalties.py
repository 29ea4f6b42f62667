"""Royalties by hand: tonnes of metal, payment in arrears, nominal amounts in a real model, and what is refused."""

from __future__ import annotations

from typing import Any

import pytest
from pydantic import ValidationError
from small import rows, small

OWNER = {"kind": "incorporated_venture", "name": "company", "interests": {"ann": "100%"}}
INCOME = {"kind": "other_revenue", "name": "income", "amount": {"2027": 100, "2028": 200, "2029": 100, "2030": 50}}
GROSS: dict[str, Any] = {"kind": "gross_royalty", "name": "royalty", "rate": "10%", "base": "invoiced", "holder": "state"}


def test_a_royalty_on_metal_is_by_the_tonne_whatever_its_price_is_in() -> None:
    """100 t recovered, 96% payable, 50 a tonne: 4,800 a year, though copper is priced and weighed by the pound."""
    for unit, price in (("USD/t", 9000), ("USD/lb", 4)):
        model = small(
            {"kind": "metal_plan", "name": "plan", "tonnes": {"copper": {"2027": 100, "2028": 200}}},
            {"kind": "metal_sale", "name": "sale", "metal": "copper", "payable": "96%", "made_by": "plant"},
            {"kind": "unit_royalty", "name": "royalty", "rate": 50, "per": "metal", "metal": "copper", "holder": "state"},
            OWNER, periods=3, prices={"copper": {"unit": unit, "flat": price}},
        )  # fmt: skip
        assert rows(model, "royalty.base") == pytest.approx([96, 192, 0])
        assert rows(model, "party.state.cash") == pytest.approx([0.0048, 0.0096, 0])


def test_paid_in_arrears() -> None:
    """10, 20, 10, 5 due; a quarter of a year late, so that a quarter of each falls into the next year and the last pays all."""
    model = small(INCOME, GROSS | {"payment_lag": 3}, OWNER)
    assert rows(model, "royalty.payable") == [10, 20, 10, 5]
    assert rows(model, "royalty.paid") == [7.5, 17.5, 12.5, 7.5]
    assert rows(model, "royalty.owed") == [2.5, 5, 2.5, 0]
    assert rows(model, "party.state.cash") == rows(model, "royalty.paid")


def test_tax_allows_what_is_paid() -> None:
    tax = {
        "kind": "corporate_tax",
        "name": "tax",
        "rate": "50%",
        "holder": "state",
        "depreciation": {"plant": {"method": "immediate"}},
    }
    model = small(INCOME, GROSS | {"payment_lag": 12}, tax, OWNER)
    assert rows(model, "tax.royalties") == [0, 10, 20, 15]
    model = small(INCOME, GROSS | {"deductible": False}, tax, OWNER)
    assert rows(model, "tax.royalties") == [0, 0, 0, 0]


def test_nominal_amounts_shrink_in_a_real_model() -> None:
    """Inflation 100%, so that prices are 2, 4, 8, 16: a floor of 16, a cap of 24, 48 in all, all in nominal money."""
    model = small(INCOME, GROSS | {"floor": 16, "cap": 24, "lifetime_cap": 48}, OWNER, basis="real", inflation="100%")
    # due 10, 20, 10, 5 real = 20, 80, 80, 80 nominal; capped at 24; 48 - 20 - 24 = 4 left for the third year
    assert rows(model, "royalty.payable") == [10, 6, 0.5, 0]
    assert rows(model, "royalty.to_date") == [20, 44, 48, 48]
    low = small(INCOME, GROSS | {"rate": "1%", "floor": 16}, OWNER, basis="real", inflation="100%")
    # 1, 2, 1, 0.5 at the rate; 16 nominal is 8, 4, 2, 1
    assert rows(low, "royalty.payable") == [8, 4, 2, 1]


def test_a_fixed_rate_shrinks_and_an_indexed_one_does_not() -> None:
    mine = {
        "kind": "mine_plan",
        "name": "mine",
        "ore": {"2027": 1e6, "2028": 1e6},
        "grades": {"copper": {"2027": "1%", "2028": "1%"}},
    }
    for basis, expected in (("nominal", [1.5, 0.75]), ("real", [3, 3])):
        unit = {"kind": "unit_royalty", "name": "royalty", "rate": 3, "holder": "state", "basis": basis}
        model = small(mine, unit, OWNER, periods=2, basis="real", inflation="100%")
        assert rows(model, "royalty.payable") == expected


def test_floor_and_cap_are_by_the_year_and_the_floor_only_in_operation() -> None:
    """By the half-year: cap 8 a year is 4 a half, floor 3 a year is 1.5 a half from mid-2028 on."""
    model = small(
        {"kind": "other_revenue", "name": "income", "amount": {"2027": 100}}, GROSS | {"floor": 3, "cap": 8}, OWNER,
        timeline={"step": "half"}, phases={"operation": {"start": "2028-07"}},
    )  # fmt: skip
    assert rows(model, "royalty.payable") == [4, 4, 0, 1.5]


REFUSED: list[tuple[dict[str, Any], str]] = [
    (GROSS | {"floor": 10, "cap": 4}, "the floor of 10 a year is above the cap of 4; a floor must not exceed the cap"),
    (GROSS | {"rate": "-5%"}, "-5% is too low; it must be at least 0% (a percentage is written with its sign, such as 12%)"),
    ({"kind": "nsr_royalty", "name": "x", "rate": "120%", "holder": "state"},
     "120% is too high; it must be at most 100% (a percentage is written with its sign, such as 12%)"),
    ({"kind": "unit_royalty", "name": "x", "rate": 3, "per": "metal", "holder": "state"},
     "per: metal goes with the name of a metal; give both or neither"),
    ({"kind": "unit_royalty", "name": "x", "rate": 3, "metal": "copper", "holder": "state"},
     "per: metal goes with the name of a metal; give both or neither"),
]  # fmt: skip


@pytest.mark.parametrize(("term", "message"), REFUSED)
def test_refused(term: dict[str, Any], message: str) -> None:
    with pytest.raises(ValidationError) as error:
        small(INCOME, term, OWNER)
    assert [one["msg"] for one in error.value.errors()] == [message]
