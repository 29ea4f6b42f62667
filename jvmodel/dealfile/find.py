"""Where a deal file is: at its path, beside the file that names it, or among the shipped examples."""

from __future__ import annotations

from pathlib import Path

from jvmodel.errors import DealError, Fault
from jvmodel.graph.graph import did_you_mean
from jvmodel.shipped import examples


def find(path: str | Path) -> Path:
    """The file that a path or the name of an example means."""
    given = Path(path)
    shipped = examples()
    if not given.exists() and str(path) in shipped:
        return shipped[str(path)]
    if not given.exists():
        near = [str(one) for one in given.parent.glob("*.yaml")] if given.parent.is_dir() else []
        hint = did_you_mean(str(path), [*near, *shipped])
        raise DealError([Fault(str(path), 0, 0, f"there is no such file{hint} (examples: {', '.join(shipped)})")])
    return given
