"""Answers to questions asked of a deal as sections of its term sheet, after the clauses."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from jvmodel.report.figures import draw
from jvmodel.report.listing import Answer, Listing

if TYPE_CHECKING:
    from jvmodel.report.language import Language


def section(number: int, place: int, answer: Answer, spoken: Language) -> dict[str, Any]:
    """An answer, in the language of the sheet, as a section of it."""
    said = [[text for text in (one.title, one.note) if text] for one in answer.listings if not one.columns]
    return {
        "number": number, "key": f"answer-{place}", "title": answer.title,
        "texts": [{"label": "", "paragraphs": paragraphs, "binding": False} for paragraphs in said],
        "terms": [],
        "tables": [_table(one, spoken) for one in answer.listings if one.columns],
        "missing": [], "figures": [draw(one, spoken) for one in answer.figures],
    }  # fmt: skip


def _table(listing: Listing, spoken: Language) -> dict[str, Any]:
    numeric = listing.numeric
    shown = listing.text(spoken)
    first_total = len(shown) - listing.totals
    units = [f", {spoken.unit(one.unit)}" if one.unit not in ("", "1", "%") else "" for one in listing.columns]
    return {
        "title": listing.title, "unit": "",
        "head": [one.head.replace("\n", " ") + unit for one, unit in zip(listing.columns, units, strict=True)],
        "words": [place for place, number in enumerate(numeric[1:]) if not number],
        "dense": len(listing.columns) > 7,
        "notes": [listing.note] if listing.note else [],
        "rows": [
            {"label": row[0], "cells": list(row[1:]), "total": number >= first_total} for number, row in enumerate(shown)
        ],
    }  # fmt: skip
