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
    from jvmodel.model import Model


def write_termsheet(model: Model, path: Path, language: str | None = None) -> None:
    """Writes the term sheet in place of what stood at the path."""
    replace_text(path, termsheet(model, language))


def termsheet(model: Model, language: str | None = None) -> str:
    """The term sheet as HTML; needs nothing but itself to be shown or printed."""
    return environment().get_template("termsheet.html.j2").render(sheet(model, language))


@cache
def environment() -> Environment:
    """The templates of pages; every word is escaped, and a word that is not given is a fault."""
    return Environment(
        loader=FileSystemLoader(templates()), autoescape=True, undefined=StrictUndefined, trim_blocks=True, lstrip_blocks=True
    )
