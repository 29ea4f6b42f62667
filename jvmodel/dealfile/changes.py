"""`--set PATH=VALUE`: numbers of the deal overridden on the command line, and checked like the file."""

from __future__ import annotations

from collections.abc import Iterable
from typing import Any

from jvmodel.dealfile.source import Place, Source
from jvmodel.errors import DealError, Fault
from jvmodel.graph.graph import did_you_mean

SERIES = ("flat", "by_year", "table", "column", "sheet", "extend", "long_term", "long_term_from")
"""What a flat number replaces."""


def apply_changes(source: Source, changes: Iterable[str]) -> None:
    """Puts every PATH=VALUE into the data; terms may be addressed by name or by position."""
    for change in changes:
        path, equals, text = change.partition("=")
        if not equals or not path.strip() or not text.strip():
            raise _refused(change, "write PATH=VALUE, such as prices.copper.flat=9000")
        _put(source, change, path.strip().split("."), _value(text.strip()))


def _put(source: Source, change: str, keys: list[str], value: Any) -> None:
    here: Any = source.data
    place: Place = ()
    for number, key in enumerate(keys):
        last = number == len(keys) - 1
        step = _step(here, key, place, change)
        place = (*place, step)
        if last:
            if key == "flat" and isinstance(here, dict):
                for replaced in SERIES:
                    here.pop(replaced, None)
            if isinstance(here, dict) and here and all(one.isdigit() for one in here) and key == "flat":
                here.clear()
            here[step] = value
            break
        there = here.get(step) if isinstance(here, dict) else here[step]
        if not isinstance(there, dict | list):
            if there is not None and keys[number + 1 :] != ["flat"]:
                raise _refused(change, f"{'.'.join(keys[: number + 1])} is {there!r}, which has no '{keys[number + 1]}' in it")
            here[step] = value if keys[number + 1 :] == ["flat"] else {}
            there = here[step]
            if not isinstance(there, dict):
                break
        here = there
    source.changed[place] = change


def _step(here: Any, key: str, place: Place, change: str) -> str | int:
    """The key or position that a part of a path means."""
    if isinstance(here, dict):
        if not place and key not in here:
            from jvmodel.deal import Deal

            if key not in Deal.model_fields:
                raise _refused(change, f"a deal has no '{key}'{did_you_mean(key, [*here, *Deal.model_fields])}")
        return key
    names = [str(entry.get("name")) if isinstance(entry, dict) else "" for entry in here]
    if key in names:
        return names.index(key)
    if key.isdigit() and int(key) < len(here):
        return int(key)
    known = ", ".join(name for name in names if name) or f"0 to {len(here) - 1}"
    raise _refused(change, f"there is no '{key}' in {'.'.join(map(str, place))}{did_you_mean(key, names)}; there are: {known}")


def _value(text: str) -> Any:
    for kind in (int, float):
        try:
            return kind(text)
        except ValueError:
            continue
    return {"true": True, "false": False}.get(text, text)


def _refused(change: str, message: str) -> DealError:
    return DealError([Fault(f"--set {change}", 0, 0, message)])
