"""A party's private file: how it sees the deal (prices, discount rate, tax) and where it walks away, for a mediator's eyes.

Faults say where in the file, and never what stands there.
"""

from __future__ import annotations

import copy
from collections.abc import Iterable
from dataclasses import dataclass
from pathlib import Path
from typing import Annotated, Any

from pydantic import Field, ValidationError

from jvmodel.deal import Deal
from jvmodel.dealfile.changes import apply_changes, put
from jvmodel.dealfile.find import find
from jvmodel.dealfile.load import checked
from jvmodel.dealfile.proposal import opened
from jvmodel.dealfile.source import Source, read_source
from jvmodel.errors import DealError, Fault
from jvmodel.inputs import Measured, Record
from jvmodel.term import Name

ADVICE = "ask its party to run: jvmodel check DEAL --set PATH=VALUE with each of its changes"


class Private(Record):
    """What one party thinks, and nobody else is told."""

    party: Name
    """The party of the deal whose view it is"""
    walk_away: Annotated[float, Measured("$m")]
    """Net present value of its best alternative, in millions, as it sees it"""
    changes: dict[str, Any] = Field(default_factory=dict, max_length=200)
    """Numbers of the deal as the party sees them, by their paths"""
    note: str | None = Field(default=None, max_length=2000)
    """For the party's own use"""


@dataclass(frozen=True)
class View:
    """A private file that was read, and where in it everything stands."""

    private: Private
    source: Source


def read_private(path: Path) -> View:
    """A private file; raises DealError that says where a fault is, without what stands there."""
    if not path.is_file():
        raise DealError([Fault(str(path), 0, 0, "there is no such private file")])
    try:
        source = read_source(path)
    except DealError as error:
        raise DealError([_masked(one) for one in error.faults]) from None
    try:
        return View(Private.model_validate(source.data), source)
    except ValidationError as error:
        faults = [source.fault(tuple(detail["loc"]), "") for detail in error.errors(include_url=False)]
        raise DealError([_masked(one) for one in faults]) from None


def as_seen(path: str | Path, view: View, changes: Iterable[str] = ()) -> Deal:
    """The deal in a file, with changes that everybody knows, as the party sees it."""
    base = opened(find(path))
    try:
        apply_changes(base.source, changes)  # first: what a party sees for itself is not overruled
        for number, value in view.private.changes.items():
            put(base.source, number, copy.deepcopy(value), view.source.origin(("changes", number)))
        return checked(base.source, base.folder)
    except DealError as error:
        raise DealError([_masked(one) if one.file == view.source.file else one for one in error.faults]) from None


def _masked(fault: Fault) -> Fault:
    return Fault(fault.file, fault.line, fault.column, f"this entry of a private file does not fit the deal; {ADVICE}")
