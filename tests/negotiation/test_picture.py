"""The picture of two terms: its curves and its zone held to the deal built anew with the terms changed."""

from __future__ import annotations

from dataclasses import replace

import pytest

from jvmodel.dealfile import load
from jvmodel.model import build
from jvmodel.negotiation.table import table
from jvmodel.report.negotiation.picture import Plane, plane
from jvmodel.report.summary import metrics_of


@pytest.fixture(scope="module")
def kasanga() -> Plane:
    laid = table("kasanga")
    return plane(laid, 0, 1, dict.fromkeys(laid.parties, "#1f4e79"))


def values(found: Plane, x: float, y: float) -> dict[str, float]:
    """Every party's value in the deal written anew."""
    changes = [f"{one.path}={at:.17g}" for one, at in zip(found.terms, (x, y), strict=True)]
    model = build(load("kasanga", changes))
    return {party: metrics_of(model, party)["npv"] for party in found.table.parties}


def test_a_party_is_as_well_off_along_its_curve(kasanga: Plane) -> None:
    now = values(kasanga, *kasanga.picture.here)
    for party, curve in zip(kasanga.table.parties, kasanga.picture.curves, strict=True):
        assert len(curve.points) > 20
        for x, y in (curve.points[0], curve.points[len(curve.points) // 3], curve.points[-1]):
            assert values(kasanga, x, y)[party] == pytest.approx(now[party], abs=1e-6)


def test_everybody_accepts_inside_of_the_zone_and_somebody_walks_away_outside(kasanga: Plane) -> None:
    (strip,) = kasanga.picture.zone
    walk = {seat.party: seat.walk_away for seat in kasanga.table.seats}

    def accepted(x: float, y: float) -> bool:
        found = values(kasanga, x, y)
        return all(found[party] >= walk[party] for party in walk)

    low, high = kasanga.terms[1].low, kasanga.terms[1].high
    for x, bottom, top in strip[4:-1:8]:
        assert accepted(x, (bottom + top) / 2)
        if bottom > low:
            assert not accepted(x, bottom - 0.002)
            assert accepted(x, bottom + 0.002)
        if top < high:
            assert not accepted(x, top + 0.002)
            assert accepted(x, top - 0.002)


def test_where_nobody_can_agree_the_nearest_package_is_marked() -> None:
    laid = table("kasanga")
    greedy = replace(laid, seats=tuple(replace(seat, walk_away=seat.walk_away + 500) for seat in laid.seats))
    found = plane(greedy, 0, 1, dict.fromkeys(laid.parties, "#1f4e79"))
    assert found.picture.zone == ()
    assert [point.label for point in found.picture.points] == ["Nearest to an agreement"]
