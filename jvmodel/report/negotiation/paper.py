"""Answers on paper: a page with figures, or the deal's workbook with a sheet more."""

from __future__ import annotations

from pathlib import Path

from jvmodel import __version__
from jvmodel.errors import OutputError
from jvmodel.model import Model
from jvmodel.report.figures import draw
from jvmodel.report.files import replace_text
from jvmodel.report.listing import Answer
from jvmodel.report.termsheet import environment

PAPERS = (".html", ".xlsx")
"""Endings of a page and of a workbook."""


def ending(path: Path) -> Path:
    """The path, whose ending is that of a page or a workbook; raises OutputError for another."""
    if path.suffix not in PAPERS:
        raise OutputError(
            f"--out {path}: an answer is a page or a sheet of the deal's workbook; end the file with .html or .xlsx"
        )
    return path


def write_answer(model: Model, answer: Answer, path: Path) -> None:
    """Writes an answer to a file, .html or .xlsx; raises OutputError for another ending or a place that cannot be written."""
    ending(path)
    try:
        path.parent.mkdir(parents=True, exist_ok=True)
        if path.suffix == ".html":
            replace_text(path, page(model, answer))
        else:
            from jvmodel.report.workbook import write_workbook

            write_workbook(model, path, answers=[answer])
    except OSError as error:
        reason = error.strerror or str(error)
        raise OutputError(f"cannot write {path}: {reason}; close it if it is open elsewhere, or choose another folder") from None


def page(model: Model, answer: Answer) -> str:
    """The answer as HTML that needs nothing but itself."""
    return (
        environment()
        .get_template("answer.html.j2")
        .render(
            title=answer.title,
            deal=model.deal,
            version=__version__,
            listings=answer.listings,
            figures=[draw(one) for one in answer.figures],
        )
    )
