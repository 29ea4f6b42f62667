"""A deal file written to another place, with the tables and regimes that it refers to."""

from __future__ import annotations

import re
from pathlib import Path

from jvmodel.dealfile.load import find
from jvmodel.errors import OutputError
from jvmodel.report.files import replace_text, replacing


def write_deal(text: str, deal: str | Path, out: Path) -> list[Path]:
    """Writes a deal's text, and copies the tables that it names beside it; the paths written.

    Raises OutputError where a table of that name with other content stands there: nothing is written then.
    """
    origin = find(deal).parent
    wanted: list[tuple[Path, Path]] = []
    if out.parent.resolve() != origin.resolve():
        names = re.findall(r"[\w./ -]*[\w-]+\.(?:csv|xlsx)", text)
        tables = sorted({Path(name.strip().rpartition(": ")[2]) for name in names})
        regimes = [
            one.relative_to(origin) for one in sorted((origin / "regimes").glob("*.yaml")) if re.search(rf"\b{one.stem}\b", text)
        ]
        for one in (*tables, *regimes):
            source, target = origin / one, out.parent / one
            if not source.is_file() or (target.is_file() and target.read_bytes() == source.read_bytes()):
                continue
            if target.exists():
                raise OutputError(
                    f"{target} exists already and is not the table of the deal; choose another folder for {out.name}"
                )
            wanted.append((source, target))
    try:
        for source, target in wanted:
            target.parent.mkdir(parents=True, exist_ok=True)
            with replacing(target) as draft:
                draft.write_bytes(source.read_bytes())
        replace_text(out, text)
    except OSError as error:
        raise OutputError(f"cannot write {out}: {error.strerror or error}; choose another place") from None
    return [out, *(target for _, target in wanted)]
