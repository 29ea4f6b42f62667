"""Options: closed forms, lattices by recursion in plain loops, and laws of who holds them."""

from __future__ import annotations

from math import comb, exp, sqrt
from pathlib import Path

import numpy as np
import pytest
from scipy.stats import norm

from jvmodel.analysis.scenarios import Scenarios
from jvmodel.analysis.study import Study
from jvmodel.dealfile import load
from jvmodel.errors import GraphError
from jvmodel.model import build
from jvmodel.negotiation.options import Lattice, right_to_act, stopping, to_abandon, to_change, to_wait
from jvmodel.report.summary import metrics_of

DATA = Path(__file__).parents[1] / "data"
PARTNERS = ("plateau", "northvale", "tansei")


def test_a_single_step_by_hand() -> None:
    """Levels 1.25 and 0.8 with chance 4/9 of the first: acting now gives 10, later 110 × level − 100: 37.5 or −12, at 10%."""
    lattice = Lattice(float(np.log(1.25)), 1.0, 1)
    assert lattice.levels(1) == pytest.approx([0.8, 1.25])
    assert lattice.up == pytest.approx(4 / 9)
    found = right_to_act(
        "wait", lambda level: (110 * level - 100)[:, None] * [1.0, 0.5], lattice, ("a", "b"), np.array([0.1, 0.2]), 0,
        without=np.array([10.0, 5.0]),
    )  # fmt: skip
    assert found.value == pytest.approx({"a": 4 / 9 * 37.5 / 1.1, "b": 4 / 9 * 18.75 / 1.2})
    assert found.chance == pytest.approx(4 / 9)
    assert found.gain == pytest.approx({"a": 4 / 9 * 37.5 / 1.1 - 10, "b": 4 / 9 * 18.75 / 1.2 - 5})


def test_a_call_comes_near_to_black_and_scholes() -> None:
    """Never acting early (no rate, so waiting is free), the right to pay 1 for a level at the end is a European call."""
    sigma, years, steps = 0.3, 4.0, 400
    found = right_to_act(
        "call", lambda level: (level - 1.0)[:, None], Lattice(sigma, years / steps, steps), ("a",), np.zeros(1), 0, without=np.zeros(1)
    )  # fmt: skip
    exact = 2 * norm.cdf(sigma * sqrt(years) / 2) - 1
    assert found.value["a"] == pytest.approx(exact, rel=2e-3)
    rise = exp(sigma * sqrt(years / steps))
    up = (1 - 1 / rise) / (rise - 1 / rise)
    ends = (comb(20, k) for k in range(21))
    assert sum(ends) == 2**20
    assert Lattice(sigma, years / steps, steps).up == pytest.approx(up)


def test_to_wait_is_worth_nothing_less_to_its_holder() -> None:
    study = Study("kasanga")
    prices = ("prices.copper.flat", "prices.cobalt.flat")
    base = study.figures({}, [f"{party}.npv" for party in PARTNERS])
    for option in to_wait(study, prices, Lattice(0.25, 1.0, 4), PARTNERS):
        assert option.without == pytest.approx({party: base[f"{party}.npv"][0] for party in PARTNERS})
        assert option.gain[option.holder] >= -1e-9
        assert 0 <= option.chance <= 1
    certain = to_wait(study, prices, Lattice(1e-9, 1.0, 4), PARTNERS)
    assert [option.gain[option.holder] for option in certain] == pytest.approx([0, 0, 0], abs=1e-3)
    with pytest.raises(GraphError, match=r"terms.company.interests.plateau is not a price or a number that moves with prices"):
        to_wait(study, ["terms.company.interests.plateau"], Lattice(0.2, 1.0, 2), PARTNERS)


def test_to_expand_is_the_difference_of_two_deals() -> None:
    study, larger = Study("kasanga"), Study("kasanga", ("terms.offtake.discount=0%",))
    now = {party: study.figures({}, [f"{party}.npv"])[f"{party}.npv"][0] for party in PARTNERS}
    then = {party: larger.figures({}, [f"{party}.npv"])[f"{party}.npv"][0] for party in PARTNERS}
    options = to_change(study, larger, "expand", ["prices.copper.flat"], Lattice(1e-9, 1.0, 1), PARTNERS)
    for option in options:
        better = then[option.holder] > now[option.holder]
        expected = {party: (then[party] - now[party]) * better for party in PARTNERS}
        assert option.value == pytest.approx(expected, abs=1e-3)
        assert option.chance == float(better)


def test_stopping_by_least_squares_finds_what_is_known() -> None:
    """One price for the rest of the life, known from the second period on: stop where the remaining 3 × (price − 1) is a loss."""
    draw = np.random.default_rng(7)
    level = draw.uniform(0.5, 1.6, size=400)
    cash = np.stack([np.full(400, 0.1), *[level - 1] * 3], axis=1)
    state = np.stack([np.ones(400), level, level, level], axis=1)
    stop = stopping(cash, np.zeros(4), state)
    clear = np.abs(level - 1) > 0.1  # nearer, the parabola through values with a kink may mistake the sign
    assert (stop[clear] == np.where(level < 1, 1, 4)[clear]).all()
    reached = np.where(np.arange(4) < stop[:, None], cash, 0.0).sum(axis=1).mean()
    best = (0.1 + np.maximum(0.0, 3 * (level - 1))).mean()
    assert best - 0.02 < reached <= best


def test_to_abandon_helps_its_holder_and_moves_the_others() -> None:
    options = to_abandon(Scenarios.of("kasanga"), PARTNERS, trials=256)
    assert [option.holder for option in options] == list(PARTNERS)
    for option in options:
        assert option.gain[option.holder] >= 0
        assert option.without == options[0].without
    with pytest.raises(GraphError, match="the deal does not say what is uncertain"):
        to_abandon(Scenarios.of("starter"), ("local",))


def test_a_level_of_prices_moves_the_long_term_price_too() -> None:
    """A deck by year that runs into a long-term price, by a tree in plain recursion over deals built one by one."""
    path, rise, steps = DATA / "quarterly.yaml", exp(0.3), 3
    up = (1 - 1 / rise) / (rise - 1 / rise)
    worth: dict[int, float] = {}

    def at(power: int) -> float:
        if power not in worth:
            level = rise**power
            years = {"2027": 8000.0, "2028": 9000.0, "2029": 9500.0}
            deal = load(path, [f"prices.copper.long_term={8500 * level!r}"])
            deck = deal.prices["copper"].model_copy(update={"by_year": {year: price * level for year, price in years.items()}})
            model = build(deal.model_copy(update={"prices": {"copper": deck}}))
            worth[power] = float(metrics_of(model, "ann")["npv"])
        return worth[power]

    def held(step: int, power: int) -> float:
        later = 0.0 if step == steps else (up * held(step + 1, power + 1) + (1 - up) * held(step + 1, power - 1)) / 1.11
        return max(at(power), later, 0.0)

    (found,) = (
        one for one in to_wait(Study(path), ["prices.copper"], Lattice(0.3, 1.0, steps), ("ann", "bob")) if one.holder == "ann"
    )
    assert found.value["ann"] == pytest.approx(held(0, 0), abs=1e-9)
    assert found.without["ann"] == pytest.approx(at(0), abs=1e-9)
