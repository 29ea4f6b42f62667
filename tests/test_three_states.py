"""Three rare-earth deposits that do not pay alone, and do together: the worth of every coalition of the example deal."""

from __future__ import annotations

import copy
from itertools import combinations
from typing import Any

import pytest

from jvmodel.deal import Deal
from jvmodel.dealfile.source import read_source
from jvmodel.model import build
from jvmodel.shipped import examples

DATA = read_source(examples()["three_states"]).data
OXIDE = {"mine_a": 0.6 * 1.15 * 0.68, "mine_b": 0.18 * 2.1 * 0.71, "mine_c": 0.9 * 0.72 * 0.66}
"""Oxide a year of each mine at full output, in hundreds of tonnes: what a plant of its own would be built for."""
SCALE = 0.65
"""A plant for a share of the output costs that share to this power (terms.md E8 gives 0.6 to 0.7)."""


def worth(mines: tuple[str, ...]) -> float:
    """Value of all ventures at their discount rates, with a plant of the size that these mines need."""
    data: dict[str, Any] = copy.deepcopy(DATA)
    size = sum(OXIDE[mine] for mine in mines) / sum(OXIDE.values())
    data["terms"] = [term for term in data["terms"] if term.get("venture") not in set(OXIDE) - set(mines)]
    data["ventures"] = {name: one for name, one in data["ventures"].items() if name not in set(OXIDE) - set(mines)}
    for term in data["terms"]:
        for name, field in (("plant_capital", "budget"), ("plant_fixed", "amount"), ("plant_sustaining", "amount")):
            if term["name"] == name:
                term[field] *= size**SCALE
    model = build(Deal.model_validate(data, context={"currency": data["currency"]}))
    assert [check.name for check in model.checks if not check.passed] == []
    return sum(float(model.run.single(f"party.{one}.value").sum()) for one in ("venture", *model.deal.ventures))


@pytest.fixture(scope="module")
def worths() -> dict[tuple[str, ...], float]:
    return {mines: worth(mines) for number in (1, 2, 3) for mines in combinations(OXIDE, number)}


def test_alone_they_do_not_pay_and_together_they_do(worths: dict[tuple[str, ...], float]) -> None:
    assert all(value < -20 for mines, value in worths.items() if len(mines) == 1)
    assert worths[tuple(OXIDE)] > 100


def test_every_mine_that_joins_adds_value(worths: dict[tuple[str, ...], float]) -> None:
    """Superadditive: no two groups are worth more apart than together, so there is something to share in joining."""
    for mines, value in worths.items():
        for other, worth_of_other in worths.items():
            if not set(mines) & set(other):
                assert worths[tuple(name for name in OXIDE if name in {*mines, *other})] > value + worth_of_other


def test_the_concentrate_is_paid_for_once(worths: dict[tuple[str, ...], float]) -> None:
    """The plant's receipts, less its margin and costs, are divided among the three sellers and nobody else."""
    model = build(Deal.model_validate(DATA, context={"currency": DATA["currency"]}))
    run = model.run
    paid = sum(run.single(f"sale_{letter}.price") for letter in "abc")
    bought = -sum(run.single(f"party.{mine}.revenue") for mine in OXIDE)
    assert paid == pytest.approx(-bought)
    assert (paid >= 0).all()
