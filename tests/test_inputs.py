"""Series over time: what falls into which period, and what is refused."""

from __future__ import annotations

from importlib import import_module
from pkgutil import walk_packages
from typing import Any

import pytest
from pydantic._internal._docs_extraction import extract_docstrings_from_cls
from pydantic_core import PydanticCustomError

import jvmodel
from jvmodel.inputs import Measured, Record, Series, read_month
from jvmodel.over_time import over_time
from jvmodel.timeline import Month, Step, Timeline

FLOW = Measured("$m/year", per_year=True)
LEVEL = Measured("$/t")
GRADE = Measured(show="%", gaps="outside")
YEARS = Timeline(Month(2027), Step.YEAR, 3)
HALVES = Timeline(Month(2027, 7), Step.HALF, 3)

GOOD: list[tuple[dict[str, float], Measured, Timeline, tuple[float, ...]]] = [
    ({"2028": 6}, FLOW, YEARS, (0, 6, 0)),
    ({"2027": 8, "2028": 6}, FLOW, HALVES, (4, 3, 3)),
    ({"2027": 8, "2028": 6}, LEVEL, HALVES, (8, 6, 6)),
    ({"2027-H2": 5, "2028": 6}, LEVEL, HALVES, (5, 6, 6)),
    ({"2028": 2}, GRADE, YEARS, (0, 2, 0)),
    ({"2027": 8, "2028": 6}, LEVEL, Timeline(Month(2027, 4), Step.YEAR, 1), (7.5,)),
    # months and quarters of a team's sheet in a model of longer periods: amounts add up, levels are averaged
    ({"2027-07": 1, "2027-12": 2, "2028-01": 4}, FLOW, HALVES, (3, 4, 0)),
    ({"2027-Q1": 6, "2029-H2": 3}, FLOW, YEARS, (6, 0, 3)),
    ({"2027": 12, "2027-08": 7}, FLOW, HALVES, (5 + 7, 0, 0)),
    ({"2027-H1": 4, "2027-H2": 8, "2028": 6, "2029": 9}, LEVEL, YEARS, (6, 6, 9)),
    # and half-years in a model of quarters
    ({"2027-H1": 6}, FLOW, Timeline(Month(2027), Step.QUARTER, 3), (3, 3, 0)),
    ({"2027-H1": 6, "2027-H2": 8}, LEVEL, Timeline(Month(2027), Step.QUARTER, 3), (6, 6, 8)),
]


@pytest.mark.parametrize(("given", "measured", "timeline", "expected"), GOOD)
def test_over_time(given: dict[str, float], measured: Measured, timeline: Timeline, expected: tuple[float, ...]) -> None:
    assert over_time(Series(by_year=given), measured, timeline) == pytest.approx(expected)


BAD: list[tuple[dict[str, float], Measured, str]] = [
    ({"2031": 6}, FLOW, "2031 is outside the timeline, which runs from 2027 to 2029"),
    ({"2027": 6}, LEVEL, "no number for 2028; add it, or write extend: hold to carry the last one on"),
    ({"2027": 6, "2029": 6}, GRADE, "no number for 2028, though 2029 has one; add it"),
    ({"2031-Q1": 6}, FLOW, "2031-Q1 is outside the timeline, which runs from 2027 to 2029"),
    ({"2027-13": 6}, FLOW, "2027-13 is not a month; months are 01 to 12"),
    ({"2027-H1": 6}, LEVEL, "no number for 2027-07; add it, or write extend: hold to carry the last one on"),
    ({"2028": 6}, LEVEL, "no number for 2027; the first is for 2028; add it"),
]


@pytest.mark.parametrize(("given", "measured", "message"), BAD)
def test_over_time_refuses(given: dict[str, float], measured: Measured, message: str) -> None:
    with pytest.raises(PydanticCustomError) as refused:
        over_time(Series(by_year=given), measured, YEARS)
    assert refused.value.message() == message


def test_hold_carries_on() -> None:
    assert over_time(Series(by_year={"2027": 5}, extend="hold"), LEVEL, YEARS) == (5, 5, 5)


def test_hold_carries_on_amounts_a_year_and_numbers_of_half_years() -> None:
    """docs/howto.md: with `extend: hold` the last one goes on; a half-year's amount goes on in each half-year."""
    assert over_time(Series(by_year={"2028": 5}, extend="hold"), FLOW, YEARS) == (0, 5, 5)
    assert over_time(Series(by_year={"2027-H2": 5}, extend="hold"), FLOW, HALVES) == (5, 5, 5)
    assert over_time(Series(by_year={"2027-H2": 5}, extend="hold"), LEVEL, HALVES) == (5, 5, 5)


def test_a_hold_with_a_gap_asks_for_the_gap() -> None:
    with pytest.raises(PydanticCustomError) as refused:
        over_time(Series(by_year={"2027": 5, "2029": 6}, extend="hold"), LEVEL, YEARS)
    assert refused.value.message() == "no number for 2028, though 2029 has one; add it"


@pytest.mark.parametrize(
    ("value", "month"), [(2027, Month(2027)), ("2027", Month(2027)), ("2027-07", Month(2027, 7)), ("2027-7", Month(2027, 7))]
)
def test_dates(value: Any, month: Month) -> None:
    assert read_month(value) == month


@pytest.mark.parametrize("value", ["2027-13", 27, True, "July 2027", 2027.5, None])
def test_bad_dates(value: Any) -> None:
    with pytest.raises(PydanticCustomError, match="is not a date; write a year such as 2027 or a month such as 2027-07"):
        read_month(value)


def test_fields_are_described_as_pydantic_itself_would() -> None:
    """Every field of every record of a deal, against pydantic's own reading of the docstrings below fields."""
    pending, described = [Record], 0
    for module in walk_packages(jvmodel.__path__, "jvmodel."):
        if not module.name.endswith("__main__"):
            import_module(module.name)
    while pending:
        record = pending.pop()
        pending += [one for one in record.__subclasses__() if one.__module__.startswith("jvmodel.")]
        said = extract_docstrings_from_cls(record, use_inspect=True)
        for name in set(said) & set(record.model_fields):
            assert record.model_fields[name].description == said[name], f"{record.__module__}.{record.__qualname__}.{name}"
            described += 1
    assert described > 1000
