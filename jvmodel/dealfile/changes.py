"""Numbers of a deal overridden, by `--set PATH=VALUE` or in a proposal, and checked like the file.

`PATH:GIVER` is a share of a whole that somebody else gives: `terms.company.interests.state:major=20%`.
"""

from __future__ import annotations

from collections.abc import Iterable
from typing import Any

from pydantic_core import PydanticCustomError

from jvmodel.dealfile.source import Origin, Place, Source
from jvmodel.errors import DealError
from jvmodel.graph.graph import did_you_mean
from jvmodel.inputs import Measured, read_number

SERIES = ("flat", "by_year", "table", "column", "sheet", "range", "extend", "long_term", "long_term_from")
"""What a flat number replaces."""
BY_YEAR = ("flat", "table", "column", "sheet", "range")
"""What numbers by year replace; what is said of later years stays."""


def apply_changes(source: Source, changes: Iterable[str]) -> None:
    """Puts every PATH=VALUE into the data; terms may be addressed by name or by position."""
    for change in changes:
        path, equals, text = change.partition("=")
        origin = Origin(f"--set {change}")
        if not equals or not path.strip() or not text.strip():
            raise DealError([origin.fault("write PATH=VALUE, such as prices.copper.flat=9000")])
        put(source, path.strip(), _value(text.strip()), origin)


def put(source: Source, path: str, value: Any, origin: Origin) -> None:
    """Puts a value into the data at a path; raises DealError at the origin where the deal has no such place."""
    plain, _, giver = path.partition(":")
    keys = plain.split(".")
    here: Any = source.data
    place: Place = ()
    for number, key in enumerate(keys):
        last = number == len(keys) - 1
        step = _step(here, key, place, origin)
        place = (*place, step)
        if last:
            if giver:
                _take(here, key, value, giver, origin)
            if key in ("flat", "by_year") and isinstance(here, dict):
                for replaced in SERIES if key == "flat" else BY_YEAR:
                    here.pop(replaced, None)
            if isinstance(here, dict) and here and all(one.isdecimal() for one in here) and key == "flat":
                here.clear()
            here[step] = value
            break
        there = here.get(step) if isinstance(here, dict) else here[step]
        if not isinstance(there, dict | list):
            if there is not None and keys[number + 1 :] != ["flat"]:
                message = f"{'.'.join(keys[: number + 1])} is {there!r}, which has no '{keys[number + 1]}' in it"
                raise DealError([origin.fault(message)])
            here[step] = value if keys[number + 1 :] == ["flat"] else {}
            there = here[step]
            if not isinstance(there, dict):
                break
        here = there
    source.changed[place] = origin


def _take(here: Any, key: str, value: Any, giver: str, origin: Origin) -> None:
    """Lets a holder give what another's share grows by."""
    if not isinstance(here, dict) or key not in here or giver not in here or giver == key:
        known = ", ".join(one for one in here if one != key) if isinstance(here, dict) else "none"
        raise DealError([origin.fault(f"'{giver}' has no share beside '{key}' that it could give; shares are held by {known}")])
    percent = Measured(show="%")
    try:
        grown = read_number(value, percent, "USD") - read_number(here[key], percent, "USD")
        left = read_number(here[giver], percent, "USD") - grown
    except PydanticCustomError as error:
        raise DealError([origin.fault(error.message())]) from None
    if left < -1e-12:
        raise DealError(
            [origin.fault(f"'{giver}' would have to give {grown * 100:g}%, which is {-left * 100:g}% more than it has")]
        )
    here[giver] = max(round(left, 15), 0.0)


def _step(here: Any, key: str, place: Place, origin: Origin) -> str | int:
    """The key or position that a part of a path means."""
    if isinstance(here, dict):
        if not place and key not in here:
            from jvmodel.deal import Deal

            if key not in Deal.model_fields:
                raise DealError([origin.fault(f"a deal has no '{key}'{did_you_mean(key, [*here, *Deal.model_fields])}")])
        return key
    names = [str(entry.get("name")) if isinstance(entry, dict) else "" for entry in here]
    if key in names:
        return names.index(key)
    if key.isdecimal() and int(key) < len(here):
        return int(key)
    known = ", ".join(name for name in names if name) or f"0 to {len(here) - 1}"
    within = ".".join(map(str, place))
    raise DealError([origin.fault(f"there is no '{key}' in {within}{did_you_mean(key, names)}; there are: {known}")])


def _value(text: str) -> Any:
    for kind in (int, float):
        try:
            return kind(text)
        except ValueError:
            continue
    return {"true": True, "false": False}.get(text, text)
