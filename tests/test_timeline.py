"""Periods, their names and distances, worked by hand (terms.md 0.1, 0.2)."""

from __future__ import annotations

import pytest

from jvmodel.timeline import Discounting, Month, Step, Timeline

LABELS = {
    (Step.MONTH, Month(2027, 11)): ("2027-11", "2027-12", "2028-01"),
    (Step.QUARTER, Month(2027, 7)): ("2027-Q3", "2027-Q4", "2028-Q1"),
    (Step.HALF, Month(2027)): ("2027-H1", "2027-H2", "2028-H1"),
    (Step.YEAR, Month(2027)): ("2027", "2028", "2029"),
    (Step.YEAR, Month(2027, 7)): ("from 2027-07", "from 2028-07", "from 2029-07"),
}


@pytest.mark.parametrize("of", LABELS)
def test_labels(of: tuple[Step, Month]) -> None:
    assert Timeline(of[1], of[0], 3).labels == LABELS[of]


TIMES = {
    (Step.YEAR, Discounting.END): (1, 2, 3), (Step.YEAR, Discounting.MID): (0.5, 1.5, 2.5), (Step.YEAR, Discounting.BEGIN): (0, 1, 2),
    (Step.QUARTER, Discounting.END): (0.25, 0.5, 0.75), (Step.QUARTER, Discounting.MID): (0.125, 0.375, 0.625),
    (Step.YEAR, Discounting.DATES): (365 / 365, 731 / 365, 1096 / 365),
}  # fmt: skip


@pytest.mark.parametrize("of", TIMES)
def test_times(of: tuple[Step, Discounting]) -> None:
    assert Timeline(Month(2027), of[0], 3, discounting=of[1]).times == pytest.approx(TIMES[of], rel=1e-15)


def test_flows_before_the_valuation_date_are_sunk() -> None:
    timeline = Timeline(Month(2027), Step.YEAR, 4, Month(2029), Discounting.MID)
    assert timeline.counted == (0, 0, 1, 1)
    assert timeline.times == (-1.5, -0.5, 0.5, 1.5)


def test_a_phase_counts_with_the_part_of_a_period_that_it_covers() -> None:
    timeline = Timeline(Month(2027), Step.YEAR, 4)
    assert timeline.overlap(Month(2027, 10), Month(2029, 4)) == (0.25, 1, 0.25, 0)
    assert timeline.overlap(Month(2029), None) == (0, 0, 1, 1)
