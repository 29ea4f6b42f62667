"""Numbers over time in a proposal: a field for each period beside what the base has, written key by key into the file."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import replace
from typing import TYPE_CHECKING, Any

from pydantic_core import PydanticCustomError

from jvmodel.errors import JvmodelError
from jvmodel.inputs import PERIOD_KEY
from jvmodel.lever import Lever, series
from jvmodel.over_time import over_time
from jvmodel.reading.onto import number_text
from jvmodel.workbench.numbers import exact, typed

if TYPE_CHECKING:
    from jvmodel.deal import Deal
    from jvmodel.dealfile.source import Place
    from jvmodel.inputs import Series
    from jvmodel.reading.deal_text import DealText

DECK = ".by_year"
"""Prices by year stand within their deck, beside its unit."""
TOLD = 6
"""Periods whose change is told one by one."""


def found(deal: Deal | None, path: str) -> tuple[Lever, Series] | None:
    """The numbers over time that a change at a path replaces; None where there are none."""
    return series(deal, path.removesuffix(DECK)) if deal is not None else None


def by_period(value: Any) -> bool:
    """Whether a change holds numbers by period and nothing else that the fields could not show."""
    if not isinstance(value, dict):
        return False
    numbers = value.get("by_year", value)
    return isinstance(numbers, dict) and all(
        PERIOD_KEY.match(str(key)) and isinstance(one, int | float | str) for key, one in numbers.items() if key != "extend"
    ) and not value.keys() - numbers.keys() - {"by_year", "extend"}  # fmt: skip


def shown(deal: Deal, path: str, text: DealText | None, fresh: bool = False) -> dict[str, Any]:
    """The fields of the numbers at a path: each period's key, what the base has, and what the change makes of it."""
    held = found(deal, path)
    assert held is not None, path
    one, base = held
    place: Place = ("changes", path)
    given = _written(text, place) if text is not None else {}
    keys = _keys(deal, base, given)
    said = zip(keys, _base(deal, one, base, keys), strict=True)
    return {
        "given": [(key, before, given.get(key, "")) for key, before in said],
        "holds": not one.measured.fills and not path.endswith(DECK),
        "extend": text is not None and "extend" in (text.keys(place) or ()), "fresh": fresh,
    }  # fmt: skip


def _written(text: DealText, place: Place) -> dict[str, str]:
    """The numbers of a change as the file has them."""
    inner = _inner(text, place)
    keys = [key for key in text.keys(inner) or () if PERIOD_KEY.match(key)]
    return {key: (text.written((*inner, key)) or "").strip("'\"") for key in keys}


def _inner(text: DealText, place: Place) -> Place:
    within = (*place, "by_year")
    return within if text.keys(within) is not None else place


def _keys(deal: Deal, base: Series, given: Mapping[str, str]) -> list[str]:
    """Years of the timeline, or its periods where some are given so; and whatever else the change has."""
    ruler = deal.ruler
    finer = any(len(key) > 4 for key in (*given, *(base.by_year or {})))
    years = [str(year) for year in range(ruler.starts[0].year, ruler.ends[-1].plus(-1).year + 1)]
    return sorted({*(ruler.labels if finer else years), *given})


def _base(deal: Deal, one: Lever, base: Series, keys: list[str]) -> Iterator[str]:
    """What the base has in each period, in words; nothing where it has no number there."""
    try:
        over = dict(zip(deal.ruler.labels, over_time(base, one.measured, deal.ruler), strict=True)) if base.flat is None else {}
    except PydanticCustomError:
        over = {}
    for key in keys:
        value = base.flat if base.flat is not None else (base.by_year or {}).get(key, over.get(key))
        yield "" if value is None else exact(replace(one, base=value))


def read(fields: Mapping[str, object]) -> dict[str, dict[str, str]]:
    """What stands in the fields, by path and period; changes that are to be taken out are not among them."""
    given: dict[str, dict[str, str]] = {}
    for name, value in fields.items():
        path, _, key = name[2:].rpartition(":")
        if name.startswith("s:") and PERIOD_KEY.match(key) and f"x:{path}" not in fields:
            given.setdefault(path, {})[key] = str(value).strip()[:60]
    return given


def write(
    deal: Deal, path: str, given: Mapping[str, str], fields: Mapping[str, object], text: DealText, kept: bool,
    faults: dict[str, str],
) -> tuple[str, str]:  # fmt: skip
    """Writes the numbers by period into a change that is there; what to say of it, and for a new one the text to write."""
    held = found(deal, path)
    if held is None:
        raise JvmodelError(f"the deal has no numbers over time at '{path}'")
    label, before = held[0].label, _written(text, ("changes", path)) if kept else {}
    wanted, wrong = _typed(held[0], path, given, before)
    faults |= wrong
    if wrong:
        return "", ""
    if not wanted:
        raise JvmodelError("give at least one number, or take the change out")
    holds = f"h:{path}" in fields
    hold = fields.get(f"h:{path}") == "hold"
    if not kept:
        mapping = ", ".join([*(f"{key}: {value}" for key, value in sorted(wanted.items())), *(["extend: hold"] if hold else [])])
        return f"{label}: {_told({}, wanted)}", f"{{{mapping}}}"
    told = list(_into(text, ("changes", path), before, wanted, hold if holds else None))
    return f"{label}: {'; '.join(told)}" if told else "", ""


def _typed(one: Lever, path: str, given: Mapping[str, str], before: Mapping[str, str]) -> tuple[dict[str, str], dict[str, str]]:
    """The numbers as the file has them, those that were not touched as they stand; and what is wrong, by field."""
    wanted: dict[str, str] = {}
    wrong: dict[str, str] = {}
    for key, value in given.items():
        try:
            if value and value == before.get(key):
                wanted[key] = value
            elif value:
                wanted[key] = number_text(typed(one, value), before.get(key, ""), one.unit)
        except JvmodelError as error:
            wrong[f"s-{path}:{key}"] = str(error).removeprefix(f"{one.path}: ")
    return wanted, wrong


def _into(text: DealText, place: Place, before: Mapping[str, str], wanted: Mapping[str, str], hold: bool | None) -> Iterator[str]:
    """Puts what differs into the file, key by key; whether the last number holds on where that is asked. Says what it did."""
    held = "extend" in (text.keys(place) or ())
    inner = _inner(text, place)
    for key, value in wanted.items():
        if before.get(key) != value:
            text.put((*inner, key), value)
    for key in before.keys() - wanted.keys():
        text.remove((*inner, key))
    if before != wanted:
        yield _told(before, wanted)
    if hold and not held:
        text.put((*place, "extend"), "hold")
        yield "the last number holds on"
    if held and hold is False:
        text.remove((*place, "extend"))
        yield "the last number no longer holds on"


def _told(before: Mapping[str, str], after: Mapping[str, str]) -> str:
    """What changes, period by period."""
    keys = [key for key in sorted({*before, *after}) if before.get(key) != after.get(key)]
    said = [f"{key} {before[key]} → {after.get(key, 'none')}" if key in before else f"{key} {after[key]}" for key in keys[:TOLD]]
    return "; ".join(said) + (f"; and {len(keys) - TOLD} more" if len(keys) > TOLD else "")
