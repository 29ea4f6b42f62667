"""A study answers what a deal changed in its file would: the second method is to change the file."""

from __future__ import annotations

import numpy as np
import pytest

from jvmodel.analysis.study import Study, standing
from jvmodel.dealfile import load
from jvmodel.errors import GraphError
from jvmodel.metrics import METRICS
from jvmodel.model import build
from jvmodel.report.summary import metrics_of

FIGURES = ("venture.npv", "plateau.npv", "northvale.irr", "tansei.moic", "ledger.revenue@total", "price_copper.price@2031")


@pytest.fixture(scope="module")
def study() -> Study:
    return Study("kasanga")


@pytest.mark.parametrize(
    ("path", "values", "changes"),
    [
        ("prices.copper.flat", (7000, 11000), "prices.copper.flat={}"),
        ("terms.royalty.rate", (0.0, 0.08), "terms.royalty.rate={}"),
        ("parties.northvale.discount_rate", (0.06, 0.14), "parties.northvale.discount_rate={}"),
        ("terms.sustaining.stops", (0, 4), "terms.sustaining.stops={}"),
    ],
)
def test_values_are_those_of_the_changed_file(study: Study, path: str, values: tuple[float, float], changes: str) -> None:
    found = study.figures({path: np.array(values)}, FIGURES)
    for number, value in enumerate(values):
        model = build(load("kasanga", [changes.format(value)]))
        assert found["venture.npv"][number] == pytest.approx(metrics_of(model, "venture")["npv"], rel=1e-12)
        assert found["northvale.irr"][number] == pytest.approx(metrics_of(model, "northvale")["irr"], rel=1e-9)
        assert found["tansei.moic"][number] == pytest.approx(metrics_of(model, "tansei")["moic"], rel=1e-12)
        assert found["ledger.revenue@total"][number] == pytest.approx(model.run.single("ledger.revenue").sum(), rel=1e-12)


def test_a_share_takes_from_the_others_in_proportion_or_from_one(study: Study) -> None:
    path = "terms.company.interests.plateau"
    rows = [f"company.register.interest_{party}@last" for party in ("plateau", "northvale", "tansei")]
    found = study.figures({path: np.array([0.32])}, rows)
    # 68% is left for 60 and 25 parts of 85
    assert [float(found[row][0]) for row in rows] == pytest.approx([0.32, 0.68 * 60 / 85, 0.68 * 25 / 85], rel=1e-12)
    found = study.figures({f"{path}:tansei": np.array([0.32])}, rows)
    assert [float(found[row][0]) for row in rows] == pytest.approx([0.32, 0.60, 0.08], rel=1e-12)


def test_series_move_by_a_factor_or_in_one_period(study: Study) -> None:
    ore = "mine.ore@total"
    base = float(study.figures({}, [ore])[ore][0])
    assert study.figures({"terms.mine.ore": np.array([1.0, 1.1])}, [ore])[ore] == pytest.approx([base, base * 1.1], rel=1e-12)
    assert study.figures({"terms.mine.ore.2035": np.array([0.0])}, [ore])[ore][0] == pytest.approx(base - 4_500_000, rel=1e-12)


def test_the_order_in_which_levers_are_named_makes_no_difference(study: Study) -> None:
    """A period is what it is set to, whatever factor there is on all; shares that are set stay set."""
    ore = "mine.ore@total"
    base = float(study.figures({}, [ore])[ore][0])
    both: list[tuple[str, float]] = [("terms.mine.ore.2035", 1_000_000.0), ("terms.mine.ore", 1.1)]
    for named in (both, both[::-1]):
        found = study.figures({path: np.array([value]) for path, value in named}, [ore])[ore]
        assert found == pytest.approx([1.1 * (base - 4_500_000) + 1_000_000], rel=1e-12)
    interests = "terms.company.interests"
    shares: list[tuple[str, float]] = [(f"{interests}.plateau:northvale", 0.25), (f"{interests}.tansei", 0.20)]
    for pair in (shares, shares[::-1]):
        given = study.inputs({path: np.array([value]) for path, value in pair}, 1)
        held = {party: float(given[f"{interests}.{party}"][0]) for party in ("plateau", "northvale", "tansei")}
        assert held == pytest.approx({"plateau": 0.25, "northvale": 0.55, "tansei": 0.20}, abs=1e-12)
    with pytest.raises(GraphError, match=r"prices.copper.flat and prices.copper are the same number; name it once"):
        study.figures({"prices.copper.flat": 8000.0, "prices.copper": 9000.0}, [ore])
    twice = {f"{interests}.plateau:northvale": 0.25, f"{interests}.plateau": 0.20}
    with pytest.raises(GraphError, match=r"plateau:northvale and .*plateau are the same number; name it once"):
        study.inputs(twice, 1)
    circle = {f"{interests}.plateau:northvale": 0.2, f"{interests}.northvale:tansei": 0.5, f"{interests}.tansei:plateau": 0.2}
    with pytest.raises(GraphError, match=r"shares that are set give way to one another; let another one give way"):
        study.inputs(circle, 1)


def test_shape_and_live_levers_together(study: Study) -> None:
    found = study.figures(
        {"timeline.periods": np.array([22, 23, 22]), "prices.copper.flat": np.array([9000, 9000, 9500])}, ["venture.npv"]
    )
    expected = [
        metrics_of(build(load("kasanga", [f"timeline.periods={periods}", f"prices.copper.flat={price}"])), "venture")["npv"]
        for periods, price in ((22, 9000), (23, 9000), (22, 9500))
    ]
    assert found["venture.npv"] == pytest.approx(expected, rel=1e-12)


@pytest.mark.parametrize(
    ("values", "figure", "message"),
    [
        ({"terms.royalty.rate": [1.3]}, "venture.npv", "terms.royalty.rate: 130% is too high; it must be at most 100% (a percentage is written with its sign, such as 12%)"),
        ({"terms.concentrator.recovery.copper": [1.5]}, "venture.npv", "terms.concentrator.recovery.copper: 132.75% is too high; it must be at most 100%"),
        ({"terms.company.interests.plateau:tansei": [0.5]}, "venture.npv", "terms.company.interests.plateau:tansei: 0.5 is more than there is to give (0.4)"),
        ({}, "venture.npw", "there is no figure 'venture.npw'; did you mean 'venture.npv'?; name a metric of a party, such as venture.npv"),
        ({}, "npv", "'npv' of whom? Say for example venture.npv or agency.npv"),
        ({}, "ledger.revenue@2099", "'ledger.revenue@2099': a row is read by total, min, max, last, or in a period from 2027 to 2049"),
        ({"prices.copper.flat": [1, 2], "prices.cobalt.flat": [1, 2, 3]}, "venture.npv", "levers are given 2 and 3 values; give each the same number"),
    ],
)  # fmt: skip
def test_what_cannot_be_answered_is_refused(study: Study, values: dict[str, list[float]], figure: str, message: str) -> None:
    with pytest.raises(GraphError) as raised:
        study.figures(values, [figure])
    assert str(raised.value).startswith(message)


@pytest.mark.parametrize("name", ["kasanga", "starter", "three_states"])
@pytest.mark.parametrize("compiled", [False, True])
def test_all_parties_at_once_have_the_figures_of_each_alone(name: str, compiled: bool) -> None:
    """Whether by compiled code or not; cash is that of a run of all rows."""
    study = Study(name)
    path = next(iter(study.model.deal.ranges), "discount_rate")
    low = study.lever(path).base * 0.9
    values = {path: [low]}
    cash, figures = standing(study.model, study.inputs({path: low}, 1), compiled=compiled)
    wanted = [f"{party}.{metric}" for party in study.model.parties for metric in METRICS]
    expected = study.figures(values, wanted)
    for text in wanted:
        party, _, metric = text.rpartition(".")
        assert figures[party][metric] == pytest.approx(expected[text][0], rel=1e-12, abs=1e-12, nan_ok=True), text
    labels = study.model.graph.timeline.labels
    rows = study.figures(values, [f"party.{study.model.parties[-1]}.cash@{label}" for label in labels])
    assert cash[study.model.parties[-1]] == pytest.approx([column[0] for column in rows.values()], abs=1e-12)
