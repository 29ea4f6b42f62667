"""Proposals: a small file over a deal, or over an earlier proposal, that says what one side would change.

`opened` resolves a chain of them into the data of the deal at its end, with the place in the chain where each change
was said, so that a fault is told with the line of the proposal.
"""

from __future__ import annotations

import copy
import datetime as dt
from dataclasses import dataclass
from functools import lru_cache
from pathlib import Path
from typing import Annotated, Any

from pydantic import BeforeValidator, Field, ValidationError, WithJsonSchema

from jvmodel.dealfile.changes import put
from jvmodel.dealfile.faults import fault_of
from jvmodel.dealfile.mentions import forget, moved
from jvmodel.dealfile.regimes import expand
from jvmodel.dealfile.source import Place, Source, read_source
from jvmodel.errors import DealError, Fault
from jvmodel.graph.graph import did_you_mean
from jvmodel.inputs import Record, fault
from jvmodel.shipped import examples

LONGEST_CHAIN = 100
ONLY = {"changes", "add", "remove"}
"""What a proposal has and no deal."""


def _day(value: Any) -> str:
    try:
        return dt.date.fromisoformat(str(value)).isoformat()
    except ValueError:
        raise fault(f"{value!r} is not a day; write it as 2027-03-31") from None


class Proposal(Record):
    """What one side would change in a deal."""

    base: str = Field(min_length=1, max_length=500)
    """Deal or proposal that this one changes; a file, beside this one, or the name of an example"""
    title: str | None = Field(default=None, max_length=120)
    """What the proposal is called; the name of its file when not given"""
    by: str | None = Field(default=None, max_length=80)
    """Who makes it; a party of the deal, or anybody"""
    date: Annotated[str, BeforeValidator(_day), WithJsonSchema({"type": "string", "format": "date"})] | None = None
    """Day on which it was made"""
    note: str | None = Field(default=None, max_length=2000)
    """Reason, or what is asked in return"""
    changes: dict[str, Any] = Field(default_factory=dict, max_length=500)
    """New values of numbers and words, by their paths; `PATH:GIVER` for a share that somebody gives"""
    add: tuple[dict[str, Any], ...] = Field(default=(), max_length=100)
    """Terms that are added"""
    remove: tuple[str, ...] = Field(default=(), max_length=100)
    """Names of terms that are taken out, with their ranges, their place on the table and their risks"""


@dataclass(frozen=True)
class Opened:
    """The data of a deal, the folder with its tables, and the proposals in force over it, with their files, oldest first."""

    source: Source
    folder: Path
    chain: tuple[tuple[Path, Proposal], ...] = ()


def opened(path: Path, text: str | None = None, *, _above: tuple[Path, ...] = ()) -> Opened:
    """The deal in a file, or the one that a proposal in it makes; raises DealError with the proposal's own lines.

    With a `text` that stands in place of what the file holds.
    """
    stamp = path.stat() if text is None and path.is_file() else None
    source = _source(path, stamp.st_mtime_ns, stamp.st_size).copy() if stamp else read_source(path, text)
    if "base" not in source.data:
        if source.data.keys() & ONLY and "terms" not in source.data:
            raise DealError([_baseless(source)])
        expand(source, path.parent)
        return Opened(source, path.parent)
    proposal = _read(source)
    above = (*_above, path.resolve())
    base = opened(_base(source, proposal, path, above), _above=above)
    data = base.source
    faults = [*_removed(data, proposal, source), *_changed(data, proposal, source)]
    _added(data, proposal, source)
    if faults:
        raise DealError(faults)
    return Opened(data, base.folder, (*base.chain, (path, proposal)))


@lru_cache(maxsize=32)
def _source(path: Path, _changed: int, _size: int) -> Source:
    """The data of a file, read once while it is not changed: many proposals are over one deal."""
    return read_source(path)


def _baseless(source: Source) -> Fault:
    """A proposal that does not say over which deal it is, told at the word that may have been meant for it."""
    strange = [key for key in source.data if key not in Proposal.model_fields]
    near = next((key for key in strange if did_you_mean("base", [key])), None)
    hint = f"; '{near}' may be meant for it" if near else ""
    return source.fault((near,) if near else (), f"a proposal says which deal it changes, as base: kasanga.yaml{hint}")


def _read(source: Source) -> Proposal:
    try:
        return Proposal.model_validate(source.data)
    except ValidationError as error:
        raise DealError([fault_of(source, detail, Proposal) for detail in error.errors(include_url=False)]) from None


def _base(source: Source, proposal: Proposal, path: Path, above: tuple[Path, ...]) -> Path:
    beside, shipped = path.parent / proposal.base, examples()
    if not beside.is_file() and proposal.base not in shipped:
        near = [one.name for one in path.parent.glob("*.yaml")]
        hint = did_you_mean(proposal.base, [*near, *shipped])
        raise DealError([source.fault(("base",), f"there is no deal '{proposal.base}' beside the proposal{hint}")])
    found = beside if beside.is_file() else shipped[proposal.base]
    if found.resolve() in above or len(above) > LONGEST_CHAIN:
        raise DealError([source.fault(("base",), f"'{proposal.base}' is over this proposal; name the deal that both change")])
    return found


def _removed(data: Source, proposal: Proposal, source: Source) -> list[Fault]:
    faults = []
    for number, name in enumerate(proposal.remove):
        message = take_out(data, name)
        if message:
            faults.append(source.fault(("remove", number), f"remove: {message}"))
        elif name not in [term.get("name") for term in proposal.add]:
            forget(data, name)
    return faults


def take_out(data: Source, name: str) -> str:
    """Takes a term out of the data of a deal; says what is wrong where it has no such term."""
    terms = data.data.get("terms")
    names = [str(term.get("name")) if isinstance(term, dict) else "" for term in terms] if isinstance(terms, list) else []
    if name not in names or not isinstance(terms, list):
        return f"the deal has no term '{name}'{did_you_mean(name, names)}"
    gone = names.index(name)
    terms.pop(gone)
    data.places, data.changed = moved(data.places, ("terms",), gone), moved(data.changed, ("terms",), gone)
    return ""


def _changed(data: Source, proposal: Proposal, source: Source) -> list[Fault]:
    faults = []
    for path, value in proposal.changes.items():
        try:
            put(data, path, copy.deepcopy(value), source.origin(("changes", path)))
        except DealError as error:
            faults += error.faults
    return faults


def _added(data: Source, proposal: Proposal, source: Source) -> None:
    terms = data.data.get("terms")
    if not isinstance(terms, list):
        return
    for number, term in enumerate(proposal.add):
        place: Place = ("terms", len(terms))
        terms.append(copy.deepcopy(term))
        for at in source.places:
            if at[:2] == ("add", number):
                data.changed[*place, *at[2:]] = source.origin(at)
