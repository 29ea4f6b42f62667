"""Every kind of file that a model can be written to, by its ending."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager
from pathlib import Path
from typing import TYPE_CHECKING, Any

from jvmodel.errors import OutputError

if TYPE_CHECKING:
    from jvmodel.model import Model
    from jvmodel.report.listing import Answer


def _workbook(model: Model, path: Path, answers: Sequence[Answer]) -> None:
    from jvmodel.report.workbook import write_workbook

    write_workbook(model, path, answers=answers)


def _termsheet(model: Model, path: Path, answers: Sequence[Answer]) -> None:
    from jvmodel.report.termsheet import write_termsheet

    write_termsheet(model, path, answers)


def _csv(model: Model, path: Path, _: Sequence[Answer]) -> None:
    from jvmodel.report.tables import write_csv

    write_csv(model, path)


def _json(model: Model, path: Path, _: Sequence[Answer]) -> None:
    from jvmodel.report.tables import write_json

    write_json(model, path)


def _word(model: Model, path: Path, answers: Sequence[Answer]) -> None:
    from jvmodel.report.word import write_word

    write_word(model, path, answers)


def _pdf(model: Model, path: Path, answers: Sequence[Answer]) -> None:
    from jvmodel.report.pdf import write_pdf

    write_pdf(model, path, answers)


def _parquet(model: Model, path: Path, _: Sequence[Answer]) -> None:
    from jvmodel.report.tables import write_parquet

    write_parquet(model, path)


WRITERS: dict[str, Callable[[Model, Path, Sequence[Answer]], None]] = {
    ".xlsx": _workbook, ".html": _termsheet, ".docx": _word, ".pdf": _pdf, ".csv": _csv, ".json": _json, ".parquet": _parquet,
}  # fmt: skip
"""What writes a model to a file of each ending."""
ENDINGS = tuple(WRITERS)
WITH_ANSWERS = (".xlsx", ".html", ".docx", ".pdf")
"""Endings of files in which answers to questions have a place."""


def _redline_page(context: dict[str, Any], path: Path) -> None:
    from jvmodel.report.files import replace_text
    from jvmodel.report.redline import page

    replace_text(path, page(context))


def _redline_word(context: dict[str, Any], path: Path) -> None:
    from jvmodel.report.files import replacing
    from jvmodel.report.sheet import today
    from jvmodel.report.word_redline import word_redline

    made = word_redline(context, today())
    with replacing(path) as draft:
        draft.write_bytes(made)


def _redline_pdf(context: dict[str, Any], path: Path) -> None:
    from jvmodel.report.pdf import from_html
    from jvmodel.report.redline import page

    from_html(page(context), path)


REDLINES: dict[str, Callable[[dict[str, Any], Path], None]] = {
    ".html": _redline_page, ".docx": _redline_word, ".pdf": _redline_pdf,
}  # fmt: skip
"""What writes a redline to a file of each ending."""


def takes_answers(path: Path) -> None:
    """Raises OutputError for a file in which answers to questions have no place."""
    if path.suffix not in WITH_ANSWERS:
        raise OutputError(f"{path}: answers have no place in {path.suffix}; write one of {', '.join(WITH_ANSWERS)}")


def write(model: Model, path: Path, answers: Sequence[Answer] = ()) -> None:
    """Writes the model, with answers to questions asked of it, in the form that the path's ending says.

    Raises OutputError where the file cannot be written, or has no place for answers.
    """
    if answers:
        takes_answers(path)
    with _said(path):
        WRITERS[path.suffix](model, path, answers)


def write_redline(new: str, old: str, path: Path, changes: Sequence[str] = ()) -> None:
    """Writes what differs from the old version to the new one, in the form that the path's ending says."""
    from jvmodel.report.redline import redline

    context = redline(new, old, changes)
    with _said(path):
        REDLINES[path.suffix](context, path)


@contextmanager
def _said(path: Path) -> Iterator[None]:
    """A file that cannot be written, as a fault that says what to do."""
    try:
        yield
    except OSError as error:
        reason = error.strerror or str(error)
        raise OutputError(f"cannot write {path}: {reason}; close it if it is open elsewhere, or choose another folder") from None
