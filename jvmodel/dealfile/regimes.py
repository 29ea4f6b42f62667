"""Fiscal regimes as data: named sets of terms, each with its source and date, that a deal refers to.

`regimes: {zambia_2022: {state: treasury, copper: copper}}` puts the terms of `zambia_2022.yaml` into the deal, with the
places that the regime leaves open (`<state>`) filled in. Files are sought in the folder `regimes` beside the deal, then
among those that are shipped.
"""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path
from typing import Any

from pydantic import Field, ValidationError

from jvmodel.dealfile.source import Source, read_source
from jvmodel.errors import DealError
from jvmodel.graph.graph import did_you_mean
from jvmodel.inputs import Date, Record
from jvmodel.shipped import deals


class Regime(Record):
    """A set of fiscal terms of one country, as its law stood on a date."""

    regime: str = Field(min_length=1, max_length=120)
    """Title"""
    source: str = Field(min_length=1, max_length=1000)
    """Law, report or web page that the terms come from"""
    date: Date
    """Month that they were in force"""
    note: str | None = Field(default=None, max_length=2000)
    """What is left out or simplified"""
    fill: dict[str, str] = Field(min_length=1)
    """What the deal must say: parties and metals that the terms leave open as <name>"""
    terms: tuple[dict[str, Any], ...] = Field(min_length=1)
    """The terms"""


def known_regimes(folder: Path) -> dict[str, Path]:
    """Every regime that a deal in a folder may refer to."""
    shipped = {path.stem: path for path in sorted((deals() / "regimes").glob("*.yaml"))}
    return shipped | {path.stem: path for path in sorted((folder / "regimes").glob("*.yaml"))}


def read_regime(path: Path) -> Regime:
    """The regime in a file; raises DealError where it is at fault."""
    source = read_source(path)
    try:
        return Regime.model_validate(source.data)
    except ValidationError as error:
        faults = []
        for detail in error.errors(include_url=False):
            place = tuple(detail["loc"])
            faults.append(source.fault(place, f"{'.'.join(map(str, place))}: {detail['msg']}, in a regime"))
        raise DealError(faults) from None


def expand(source: Source, folder: Path) -> None:
    """Puts the terms of every regime that the deal names in front of its own; raises DealError with what is missing."""
    named = source.data.get("regimes")
    if not isinstance(named, dict) or not isinstance(source.data.get("terms"), list):
        return
    known, added, faults = known_regimes(folder), [], []
    for name, filled in named.items():
        place = ("regimes", name)
        if name not in known:
            message = f"there is no regime '{name}'{did_you_mean(name, known)}; there are: {', '.join(known)}"
            faults.append(source.fault(place, message))
            continue
        regime = read_regime(known[name])
        given = filled if isinstance(filled, dict) else {}
        faults += [source.fault(place, f"regimes.{name} {message}") for message in _misfits(name, regime, given)]
        since = f"{regime.regime}, as of {regime.date}. {regime.source}"
        added += [(place, _filled(term, given) | {"note": term.get("note") or since[:500]}) for term in regime.terms]
    if faults:
        raise DealError(faults)
    own = len(source.data["terms"])
    source.data["terms"] += [term for _, term in added]
    for number, (place, _) in enumerate(added, start=own):
        if place in source.places:
            source.places["terms", number] = source.places[place]


def _misfits(name: str, regime: Regime, given: dict[str, Any]) -> Iterator[str]:
    for hole, meaning in regime.fill.items():
        if not isinstance(given.get(hole), str):
            yield f"does not say who or what '{hole}' is ({meaning}); write {name}: {{{hole}: NAME}}"
    for stray in given.keys() - regime.fill.keys():
        yield f"fills '{stray}', which the regime does not leave open; it leaves open: {', '.join(regime.fill)}"


def _filled(value: Any, given: dict[str, Any]) -> Any:
    """The value with `<name>` replaced, in keys as well."""
    if isinstance(value, dict):
        return {_filled(key, given): _filled(entry, given) for key, entry in value.items()}
    if isinstance(value, list | tuple):
        return [_filled(entry, given) for entry in value]
    if isinstance(value, str) and value.startswith("<") and value.endswith(">"):
        return given.get(value[1:-1], value)
    return value
