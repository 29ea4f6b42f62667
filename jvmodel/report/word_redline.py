"""The redline as a Word document: what differs stands in it as tracked changes, which counsel accepts or rejects."""

from __future__ import annotations

import re
from collections.abc import Callable, Sequence
from datetime import date
from itertools import count
from typing import Any

from markupsafe import Markup, escape

from jvmodel.report.redline import Segments
from jvmodel.report.word import W, document

AUTHOR = "jvmodel"
TRACKED = {"struck": ("del", "delText"), "inserted": ("ins", "t"), "kept": ("", "t")}
WHOLE = {"added": "inserted", "removed": "struck", "changed": "kept"}


def word_redline(context: dict[str, Any], on: date) -> bytes:
    """The document for a context of a redline, its changes made on a day; the same context gives the same bytes."""
    made = _Revisions(on)
    filters: dict[str, Callable[..., Any]] = {"tracked": made.tracked, "titled": made.titled, "labelled": made.labelled}
    comment, title = f"{context['before']} – {context['after']}", context["plain_title"]
    return document("redline.docx", context, [context["parties"]], comment, title=title, filters=filters, after=made.whole)


class _Revisions:
    """Runs of text with the marks of revisions, numbered through the document."""

    def __init__(self, on: date) -> None:
        self.moment = f"{on:%Y-%m-%d}T00:00:00Z"
        self.numbers = count(1)

    def marks(self) -> dict[str, str]:
        """Who changed what, and when."""
        return {f"{W}id": str(next(self.numbers)), f"{W}author": AUTHOR, f"{W}date": self.moment}

    def tracked(self, pieces: Segments) -> Markup:
        """Pieces of text as runs, those that differ as deletions and insertions."""
        return Markup("").join(self._run(one["text"], one["how"]) for one in pieces)

    def titled(self, title: str, state: str) -> Markup:
        """The title of a clause, which goes and comes with it."""
        return self._run(title, WHOLE[state])

    def labelled(self, label: str, value: Segments) -> Markup:
        """The label of a line, which goes and comes with the whole of what it says."""
        return self._run(label, one_way(value))

    def _run(self, text: str, how: str) -> Markup:
        kind, tag = TRACKED[how]
        shown = escape(re.sub(r"\s+", " ", text))
        run = Markup(f'<w:r><w:{tag} xml:space="preserve">{shown}</w:{tag}></w:r>')
        if not kind:
            return run
        said = " ".join(f'w:{key.removeprefix(W)}="{value}"' for key, value in self.marks().items())
        return Markup(f"<w:{kind} {said}>{run}</w:{kind}>")

    def whole(self, body: Any) -> None:
        """Marks paragraphs and rows that come or go as a whole, so that nothing empty is left of them."""
        for kind in ("ins", "del"):
            for paragraph in body.iter(f"{W}p"):
                _tidy(paragraph)
                if _is_all(paragraph, kind):
                    self._mark(_first(_first(paragraph, "pPr"), "rPr", last=True), kind)
            for row in body.iter(f"{W}tr"):
                if all(_is_all(one, kind) for one in row.iter(f"{W}p")):
                    self._mark(_first(row, "trPr"), kind)

    def _mark(self, parent: Any, kind: str) -> None:
        parent.append(parent.makeelement(f"{W}{kind}", self.marks()))


def one_way(value: Segments) -> str:
    """How a whole line came to be: inserted, struck, or kept where both versions have it."""
    ways = {one["how"] for one in value}
    return ways.pop() if len(ways) == 1 else "kept"


def _tidy(paragraph: Any) -> None:
    """Takes out the empty runs that a template leaves."""
    for run in paragraph.findall(f"{W}r"):
        if not "".join(run.itertext()) and not any(run.find(f"{W}{tag}") is not None for tag in ("drawing", "tab", "br")):
            paragraph.remove(run)


def _is_all(paragraph: Any, kind: str) -> bool:
    """Whether a paragraph has words, and all of them in revisions of one kind."""
    content: Sequence[Any] = [one for one in paragraph if one.tag != f"{W}pPr"]
    return bool(content) and all(one.tag == f"{W}{kind}" for one in content)


def _first(parent: Any, tag: str, *, last: bool = False) -> Any:
    """The properties of an element, made where there are none; `last` among what they hold."""
    found = parent.find(f"{W}{tag}")
    if found is None:
        found = parent.makeelement(f"{W}{tag}")
        parent.insert(len(parent) if last else 0, found)
    return found
