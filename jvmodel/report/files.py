"""Writing a file whole or not at all: to a temporary neighbour first, which then takes the old file's place."""

from __future__ import annotations

import os
import tempfile
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path


@contextmanager
def replacing(path: Path) -> Iterator[Path]:
    """A temporary path beside `path` that replaces it when the block ends well, and goes away when it does not."""
    handle, name = tempfile.mkstemp(dir=path.parent or Path(), prefix=f".{path.stem}-", suffix=path.suffix)
    os.close(handle)
    draft = Path(name)
    try:
        yield draft
        umask = os.umask(0)
        os.umask(umask)
        draft.chmod(0o666 & ~umask)
        draft.replace(path)
    finally:
        draft.unlink(missing_ok=True)


def replace_text(path: Path, text: str) -> None:
    """Writes text (UTF-8) in place of what stood at the path."""
    with replacing(path) as draft:
        draft.write_text(text, encoding="utf-8", newline="")
