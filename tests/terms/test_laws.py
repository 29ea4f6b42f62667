"""Laws that hold for any deal: scaling, symmetry, neutral terms, caps, conservation, months against years."""

from __future__ import annotations

from typing import Any

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from small import rows, small

from jvmodel.model import Model

amounts = st.lists(st.integers(0, 400).map(float), min_size=5, max_size=5)
shares = st.integers(0, 100).map(lambda number: number / 100)
QUICK = settings(max_examples=40)


def venture(spent: list[float], income: list[float], *terms: dict[str, Any], share: float = 0.7, **settings: Any) -> Model:
    years = [str(year) for year in range(2027, 2032)]
    return small(
        {"kind": "capital_cost", "name": "build", "amount": dict(zip(years, spent, strict=True))},
        {"kind": "other_revenue", "name": "income", "amount": dict(zip(years, income, strict=True))},
        {"kind": "incorporated_venture", "name": "company", "interests": {"ann": share, "bob": round(1 - share, 12)}},
        {"kind": "corporate_tax", "name": "tax", "rate": "30%", "holder": "state",
         "depreciation": {"plant": {"method": "straight_line", "life": 3, "start": "spending"}},
         "losses": {"cap": "60%", "expire_after": 2}},
        *terms, periods=settings.pop("periods", 5), **settings,
    )  # fmt: skip


def cash(model: Model, party: str) -> np.ndarray:
    return model.run.single(f"party.{party}.cash")


CARRY = {"kind": "loan_carry", "name": "carry", "carried": "bob", "carriers": {"ann": "100%"}, "rate": "9%", "repaid_from": "70%"}


@QUICK
@given(amounts, amounts, shares)
def test_checks_pass_and_losses_add_up(spent: list[float], income: list[float], share: float) -> None:
    model = venture(spent, income, CARRY, share=share)
    assert [check.name for check in model.checks if not check.passed] == []
    run = model.run
    created = run.single("tax.losses.added").sum()
    gone = run.single("tax.losses.used").sum() + run.single("tax.losses.lapsed").sum()
    assert created == pytest.approx(gone + run.single("tax.losses.closing")[-1], abs=1e-8)
    assert run.single("tax.plant.depreciation").sum() == pytest.approx(sum(spent), abs=1e-8)
    assert run.single("carry.closing").min() >= -1e-9
    pv = 1.09 ** -np.arange(1, 6)
    balance = (run.single("carry.repayment") - run.single("carry.carried")) @ pv + run.single("carry.closing")[-1] * pv[-1]
    assert balance == pytest.approx(0, abs=1e-7), "advances = repayments + what is left, at the carry's rate"


def layers(income: list[float], life: int, cap: float) -> list[float]:
    """Losses used, layer by layer: the second method for the closed form of tax_pool."""
    kept: list[list[float]] = []
    used = []
    for year, amount in enumerate(income):
        kept = [layer for layer in kept if year - layer[0] <= life]
        want, take = max(amount, 0.0) * cap, 0.0
        for layer in kept:
            part = min(layer[1], want - take)
            layer[1] -= part
            take += part
        used.append(take)
        if amount < 0:
            kept.append([year, -amount])
    return used


@QUICK
@given(amounts, amounts, st.integers(1, 4), shares)
def test_losses_are_used_first_in_first_out(spent: list[float], income: list[float], life: int, cap: float) -> None:
    years = [str(year) for year in range(2027, 2032)]
    model = small(
        {"kind": "operating_cost", "name": "costs", "amount": dict(zip(years, spent, strict=True))},
        {"kind": "other_revenue", "name": "income", "amount": dict(zip(years, income, strict=True))},
        {"kind": "corporate_tax", "name": "tax", "rate": "30%", "holder": "state", "losses": {"cap": cap, "expire_after": life},
         "depreciation": {"plant": {"method": "immediate"}}},
        {"kind": "incorporated_venture", "interests": {"ann": "100%"}}, periods=5,
    )  # fmt: skip
    expected = layers([one - two for one, two in zip(income, spent, strict=True)], life, cap)
    assert model.run.single("tax.losses.used") == pytest.approx(expected, abs=1e-8)


@QUICK
@given(amounts, amounts)
def test_money_scales(spent: list[float], income: list[float]) -> None:
    one = venture(spent, income, CARRY)
    ten = venture([10 * value for value in spent], [10 * value for value in income], CARRY)
    for party in one.parties:
        assert cash(ten, party) == pytest.approx(10 * cash(one, party), abs=1e-7)


@QUICK
@given(amounts, amounts)
def test_one_partner_with_everything_is_the_project(spent: list[float], income: list[float]) -> None:
    model = venture(spent, income, share=1.0)
    assert cash(model, "ann") == pytest.approx(cash(model, "venture"), abs=1e-8)
    equal = venture(spent, income, share=0.5)
    assert cash(equal, "ann") == pytest.approx(cash(equal, "bob"), abs=1e-8)


NEUTRAL = [
    {"kind": "gross_royalty", "name": "x", "rate": "0%", "base": "invoiced", "holder": "state"},
    {"kind": "scheduled_payment", "name": "x", "amount": 0.0, "holder": "state"},
    {"kind": "working_capital", "name": "x"},
    {"kind": "operating_cost", "name": "x", "amount": 0.0},
    {"kind": "closure", "name": "x", "cost": 0.0, "phasing": {"2031": "100%"}},
    {"kind": "free_carry", "name": "x", "carried": "bob", "carriers": {"ann": "100%"}, "cap": 0.0},
    CARRY | {"name": "x", "cap": 0.0},
]


@pytest.mark.parametrize("term", NEUTRAL, ids=lambda term: str(term["kind"]))
def test_a_term_at_nil_changes_nothing(term: dict[str, Any]) -> None:
    spent, income = [300.0, 50.0, 0.0, 0.0, 0.0], [0.0, 40.0, 200.0, 250.0, 190.0]
    without, with_it = venture(spent, income), venture(spent, income, term)
    for party in without.parties:
        assert (cash(with_it, party) == cash(without, party)).all()


@QUICK
@given(amounts, st.integers(0, 40).map(float), st.integers(0, 40).map(float))
def test_caps_are_never_exceeded(income: list[float], cap: float, lifetime: float) -> None:
    royalty = {"kind": "gross_royalty", "name": "royalty", "rate": "20%", "base": "invoiced", "holder": "state"}
    model = venture([0.0] * 5, income, royalty | {"cap": cap, "lifetime_cap": lifetime})
    paid = model.run.single("royalty.payable")
    assert paid.max() <= cap + 1e-9
    assert paid.sum() <= lifetime + 1e-9
    free = venture([0.0] * 5, income, royalty).run.single("royalty.payable")
    assert (paid <= free + 1e-9).all()


def test_months_quarters_and_years_agree() -> None:
    """A smooth deal: the same cash a year by any step, and values that meet as periods get short."""
    spent, income = [120.0, 60.0, 0.0, 0.0, 0.0], [0.0, 0.0, 120.0, 120.0, 120.0]
    found = {}
    for step, per_year in (("year", 1), ("half", 2), ("quarter", 4), ("month", 12)):
        model = venture(spent, income, periods=5 * per_year, timeline={"step": step, "discounting": "mid"})
        yearly = cash(model, "venture").reshape(5, per_year).sum(axis=1)
        assert yearly.sum() == pytest.approx(found.setdefault("total", yearly.sum()), rel=0.05)
        before_tax = (cash(model, "venture") + model.run.single("tax.paid")).reshape(5, per_year).sum(axis=1)
        assert before_tax == pytest.approx([-120, -60, 120, 120, 120])
        found[step] = float((before_tax * 1.1 ** -(np.arange(5) + 0.5)).sum())
    assert found["month"] == pytest.approx(found["year"], rel=1e-12)


def test_names_do_not_matter() -> None:
    spent, income = [300.0, 50.0, 0.0, 0.0, 0.0], [0.0, 40.0, 200.0, 250.0, 190.0]
    one = venture(spent, income, CARRY, share=0.65)
    swapped = venture(spent, income, CARRY | {"carried": "ann", "carriers": {"bob": "100%"}}, share=0.35)
    assert cash(one, "ann") == pytest.approx(cash(swapped, "bob"), abs=1e-9)
    assert cash(one, "bob") == pytest.approx(cash(swapped, "ann"), abs=1e-9)


def test_a_freeze_restores_the_terms_at_signing_for_everybody() -> None:
    def deal(rate: str, *clauses: dict[str, Any]) -> Model:
        return small(
            {"kind": "metal_plan", "name": "plan", "tonnes": {"copper": 10000}},
            {"kind": "metal_sale", "name": "sale", "metal": "copper", "made_by": "plant"},
            {"kind": "operating_cost", "name": "cost", "amount": 40},
            {"kind": "nsr_royalty", "name": "royalty", "rate": rate, "holder": "state"},
            {"kind": "corporate_tax", "name": "tax", "rate": "30%", "holder": "state", "depreciation": {"mine": {"method": "immediate"}}},
            {"kind": "incorporated_venture", "name": "company", "interests": {"ann": "60%", "bob": "40%"}},
            *clauses, phases={"operation": {"start": 2027}},
        )  # fmt: skip

    clause = {
        "kind": "stabilisation",
        "name": "kept",
        "levy": "royalty",
        "signed": "3%",
        "until": 2031,
        "state": "state",
        "type": "freeze",
    }
    signed = deal("3%")
    for later in ("0%", "8%"):
        frozen = deal(later, clause)
        for party in ("venture", "ann", "bob", "state"):
            assert rows(frozen, f"party.{party}.cash") == pytest.approx(rows(signed, f"party.{party}.cash"), abs=1e-9)
