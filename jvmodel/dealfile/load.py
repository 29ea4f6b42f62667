"""load(path) -> Deal: every fault of a deal file, or of a proposal over one, at once: each with its line and what to do."""

from __future__ import annotations

from collections.abc import Iterable
from pathlib import Path

from pydantic import ValidationError

from jvmodel.deal import Deal
from jvmodel.dealfile.changes import apply_changes
from jvmodel.dealfile.faults import fault_of, path_of
from jvmodel.dealfile.find import find
from jvmodel.dealfile.proposal import opened
from jvmodel.dealfile.references import loose_ends, loose_names
from jvmodel.dealfile.source import Source
from jvmodel.dealfile.tables import Tables
from jvmodel.errors import DealError, Fault

MOST_FAULTS = 50


def load(path: str | Path, changes: Iterable[str] = (), text: str | None = None) -> Deal:
    """The deal in a file, in a proposal, or the shipped example of that name; raises DealError with all faults.

    With a `text` that stands in place of what the file holds, and may have been written just now.
    """
    base = opened(find(path), text)
    return checked(base.source, base.folder, changes)


def checked(source: Source, folder: Path, changes: Iterable[str] = ()) -> Deal:
    """The deal that the data of a file hold, with changes as `--set` writes them; `folder` has its tables."""
    apply_changes(source, changes)
    currency = source.data.get("currency", "USD")
    context = {"currency": currency if isinstance(currency, str) else "USD", "tables": Tables(folder)}
    try:
        deal = Deal.model_validate(source.data, context=context)
    except ValidationError as error:
        faults = [fault_of(source, detail, Deal) for detail in error.errors(include_url=False)]
        faults += [source.fault(place, f"{path_of(place)}: {message}") for place, message in loose_names(source.data, context)]
        raise DealError(faults[:MOST_FAULTS]) from None
    except RecursionError:
        raise DealError([Fault(source.file, 1, 1, "lists and mappings are nested too deeply; flatten them")]) from None
    faults = [source.fault(place, f"{path_of(place)}: {message}") for place, message in loose_ends(deal)]
    if faults:
        raise DealError(faults[:MOST_FAULTS])
    return deal


__all__ = ["checked", "find", "load"]
