"""The term sheet as a tagged PDF (PDF/UA-1), made of the page by WeasyPrint, the extra `pdf`."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING, Any

from jvmodel.errors import OutputError
from jvmodel.report.files import replacing
from jvmodel.report.termsheet import termsheet

if TYPE_CHECKING:
    from collections.abc import Sequence

    from jvmodel.model import Model
    from jvmodel.report.listing import Answer

ADVICE = (
    "install it with: python -m pip install 'jvmodel[pdf]' (on Debian also: apt-get install libpango-1.0-0 libpangoft2-1.0-0),"
    " or write .html and print it from a browser"
)


def write_pdf(model: Model, path: Path, answers: Sequence[Answer] = ()) -> None:
    """Writes the term sheet, with answers to questions asked of the deal, as PDF.

    Raises OutputError where WeasyPrint or what it needs is not installed.
    """
    from_html(termsheet(model, answers=answers), path)


def from_html(page: str, path: Path) -> None:
    """A page as tagged PDF; nothing outside the page is read."""
    weasyprint = _weasyprint(path)
    nothing = weasyprint.urls.URLFetcher(allowed_protocols=(), fail_on_errors=True)
    document = weasyprint.HTML(string=page, url_fetcher=nothing)
    with replacing(path) as draft:
        try:
            document.write_pdf(draft, pdf_variant="pdf/ua-1")
        except weasyprint.urls.FatalURLFetchingError as error:
            raise OutputError(f"{path}: {error}; a page that becomes a PDF may ask for nothing from outside") from None


def _weasyprint(path: Path) -> Any:
    try:
        import weasyprint
    except (ImportError, OSError):
        raise OutputError(f"{path}: writing PDF needs WeasyPrint, which is not installed; {ADVICE}") from None
    return weasyprint
