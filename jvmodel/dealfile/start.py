"""A new deal from an example: its file and tables copied into a folder of their own."""

from __future__ import annotations

import re
from pathlib import Path

from jvmodel.errors import OutputError
from jvmodel.graph.graph import did_you_mean
from jvmodel.shipped import examples


def start(folder: Path, example: str) -> list[Path]:
    """Writes the example's deal file (named like the folder) and its tables; raises OutputError rather than overwrite."""
    shipped = examples()
    if example not in shipped:
        raise OutputError(f"there is no example '{example}'{did_you_mean(example, shipped)}; examples: {', '.join(shipped)}")
    if not re.match(r"^[A-Za-z0-9][A-Za-z0-9 ._-]*$", folder.name):
        raise OutputError(f"'{folder}' cannot be the name of a deal; use letters, digits, '-' and '_'")
    origin = shipped[example]
    text = origin.read_text(encoding="utf-8")
    tables = sorted(set(re.findall(r"[\w.-]+\.(?:csv|xlsx)", text)))
    sources = [origin, *(origin.parent / table for table in tables if (origin.parent / table).is_file())]
    targets = [folder / f"{folder.name}.yaml", *(folder / source.name for source in sources[1:])]
    there = next((target for target in targets if target.exists()), None)
    if there is not None:
        raise OutputError(f"{there} exists already, and nothing is overwritten; choose another name")
    try:
        folder.mkdir(parents=True, exist_ok=True)
        for source, target in zip(sources, targets, strict=True):
            with target.open("xb") as out:
                out.write(source.read_bytes())
    except OSError as error:
        raise OutputError(f"cannot write into {folder}: {error.strerror}; choose another place") from None
    return targets
