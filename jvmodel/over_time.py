"""Numbers given for years, half-years, quarters or months, as one number for each period of a timeline."""

from __future__ import annotations

from jvmodel.inputs import Measured, Series, fault
from jvmodel.timeline import Month, Timeline, divmod_month


def over_time(value: Series, measured: Measured, timeline: Timeline) -> tuple[float, ...]:
    """A `by_year` series as one number a period: amounts are spread over the months of their key, levels averaged by months.

    A key may be longer or shorter than a period; of two that cover a month the shorter one holds. `extend: hold` carries
    the last level, or the last amount a year, on. Raises a fault for amounts outside the timeline and for gaps in levels.

    >>> from jvmodel.timeline import Step
    >>> halves = Timeline(Month(2027), Step.HALF, 4)
    >>> over_time(Series(by_year={"2027": 8, "2028-01": 1, "2028-03": 2}), Measured("$m/year", per_year=True), halves)
    (4.0, 4.0, 3.0, 0.0)
    """
    given = value.by_year or {}
    keys = _keys_of_months(given)
    inside = range(timeline.starts[0].index, timeline.ends[-1].index)
    outside = sorted(key for key, number in given.items() if number and not _meets(months_of(key), inside))
    if outside and measured.fills:
        raise fault(f"{outside[0]} is outside the timeline, which runs from {timeline.labels[0]} to {timeline.labels[-1]}")
    return tuple(
        _in_period(range(begin.index, end.index), value, keys, measured)
        for begin, end in zip(timeline.starts, timeline.ends, strict=True)
    )


def months_of(key: str) -> range:
    """The months, counted from January of year 0, that a key such as 2027, 2027-H1, 2027-Q3 or 2027-07 covers."""
    year, _, part = key.partition("-")
    if not part:
        first, length = 1, 12
    elif part[0] in "HQ":
        length = 6 if part[0] == "H" else 3
        first = (int(part[1]) - 1) * length + 1
    else:
        first, length = int(part), 1
    if not 1 <= first <= 12:
        raise fault(f"{key} is not a month; months are 01 to 12")
    begin = Month(int(year), first).index
    return range(begin, begin + length)


def _meets(one: range, other: range) -> bool:
    return one.start < other.stop and other.start < one.stop


def _keys_of_months(given: dict[str, float]) -> dict[int, str]:
    """The key that holds in each month: the shortest that covers it."""
    longest_first = sorted(given, key=lambda key: -len(months_of(key)))
    return {month: key for key in longest_first for month in months_of(key)}


def _in_period(period: range, value: Series, keys: dict[int, str], measured: Measured) -> float:
    given = value.by_year or {}
    held = [_key(month, value, keys, measured) for month in period]
    (key, *more) = dict.fromkeys(held)
    if not more and key is not None and (not measured.per_year or len(months_of(key)) == len(period)):
        return given[key]
    spread = [0.0 if key is None else given[key] * (12 / len(months_of(key)) if measured.per_year else 1.0) for key in held]
    return sum(spread) / (12 if measured.per_year else len(spread))


def _key(month: int, value: Series, keys: dict[int, str], measured: Measured) -> str | None:
    """The key whose number holds in a month; None where nothing is given and nothing is needed."""
    if month in keys:
        return keys[month]
    last = max(keys, default=month)
    if value.extend == "hold" and month > last:
        return keys[last]
    if measured.fills or (measured.gaps == "outside" and keys and not min(keys) < month < last):
        return None
    year, number = divmod_month(month)
    missing = str(year) if all(len(key) == 4 for key in keys.values()) else f"{year}-{number:02d}"
    if keys and min(keys) < month < last:
        later = keys[min(one for one in keys if one > month)]
        raise fault(f"no number for {missing}, though {later} has one; add it")
    if keys and month < min(keys):
        raise fault(f"no number for {missing}; the first is for {keys[min(keys)]}; add it")
    raise fault(f"no number for {missing}; add it, or write extend: hold to carry the last one on")
