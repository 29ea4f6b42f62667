"""Where a deal file is: at its path, beside the file that names it, or among the shipped examples."""

from __future__ import annotations

from pathlib import Path

from jvmodel.errors import DealError, Fault
from jvmodel.graph.graph import did_you_mean
from jvmodel.shipped import deals, examples


def find(path: str | Path) -> Path:
    """The file that a path or the name of an example means."""
    given = Path(path)
    shipped = examples()
    inside = _within(path)
    if not given.exists() and inside is not None:
        return inside
    if not given.exists() and str(path) in shipped:
        return shipped[str(path)]
    if not given.exists():
        near = [str(one) for one in given.parent.glob("*.yaml")] if given.parent.is_dir() else []
        hint = did_you_mean(str(path), [*near, *shipped])
        raise DealError([Fault(str(path), 0, 0, f"there is no such file{hint} (examples: {', '.join(shipped)})")])
    return given


def _within(path: str | Path) -> Path | None:
    """A shipped file by its path without the ending, such as a round of a negotiation: `kasanga_rounds/6_signature`."""
    folder = deals().resolve()
    try:
        found = (folder / f"{path}.yaml").resolve()
        return found if found.is_relative_to(folder) and found.is_file() else None
    except (OSError, ValueError):
        return None
