"""The term sheet as a page: self-contained HTML, to be read, printed, and made into a PDF."""

from __future__ import annotations

from functools import cache
from pathlib import Path
from typing import TYPE_CHECKING

from jinja2 import Environment, FileSystemLoader, StrictUndefined

from jvmodel.report.files import replace_text
from jvmodel.report.sheet import sheet
from jvmodel.shipped import templates

if TYPE_CHECKING:
    from collections.abc import Sequence

    from jvmodel.model import Model
    from jvmodel.report.listing import Answer


def write_termsheet(model: Model, path: Path, answers: Sequence[Answer] = ()) -> None:
    """Writes the term sheet, with answers to questions asked of the deal, in place of what stood at the path."""
    replace_text(path, termsheet(model, answers=answers))


def termsheet(model: Model, language: str | None = None, answers: Sequence[Answer] = ()) -> str:
    """The term sheet as HTML; needs nothing but itself to be shown or printed."""
    return environment().get_template("termsheet.html.j2").render(sheet(model, language, answers=answers))


@cache
def environment() -> Environment:
    """The templates of pages; every word is escaped, and a word that is not given is a fault."""
    return Environment(
        loader=FileSystemLoader(templates()), autoescape=True, undefined=StrictUndefined, trim_blocks=True, lstrip_blocks=True
    )
