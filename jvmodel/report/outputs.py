"""Every kind of file that a model can be written to, by its ending."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path
from typing import TYPE_CHECKING

from jvmodel.errors import OutputError

if TYPE_CHECKING:
    from jvmodel.model import Model


def _workbook(model: Model, path: Path) -> None:
    from jvmodel.report.workbook import write_workbook

    write_workbook(model, path)


def _termsheet(model: Model, path: Path) -> None:
    from jvmodel.report.termsheet import write_termsheet

    write_termsheet(model, path)


def _csv(model: Model, path: Path) -> None:
    from jvmodel.report.tables import write_csv

    write_csv(model, path)


def _json(model: Model, path: Path) -> None:
    from jvmodel.report.tables import write_json

    write_json(model, path)


def _word(model: Model, path: Path) -> None:
    from jvmodel.report.word import write_word

    write_word(model, path)


def _pdf(model: Model, path: Path) -> None:
    from jvmodel.report.pdf import write_pdf

    write_pdf(model, path)


def _parquet(model: Model, path: Path) -> None:
    from jvmodel.report.tables import write_parquet

    write_parquet(model, path)


WRITERS: dict[str, Callable[[Model, Path], None]] = {
    ".xlsx": _workbook, ".html": _termsheet, ".docx": _word, ".pdf": _pdf, ".csv": _csv, ".json": _json, ".parquet": _parquet,
}  # fmt: skip
"""What writes a model to a file of each ending."""
ENDINGS = tuple(WRITERS)


def write(model: Model, path: Path) -> None:
    """Writes the model in the form that the path's ending says; raises OutputError where the file cannot be written."""
    try:
        WRITERS[path.suffix](model, path)
    except OSError as error:
        reason = error.strerror or str(error)
        raise OutputError(f"cannot write {path}: {reason}; close it if it is open elsewhere, or choose another folder") from None
