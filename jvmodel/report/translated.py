"""An answer in another language: every phrase of its tables and figures by catalogue, names of the deal as they are."""

from __future__ import annotations

from collections.abc import Callable, Collection
from dataclasses import fields, is_dataclass, replace
from typing import TYPE_CHECKING, Any

from jvmodel.report.listing import Column, Quantity

if TYPE_CHECKING:
    from jvmodel.model import Model
    from jvmodel.report.language import Language
    from jvmodel.report.listing import Answer


NOT_SAID = ("command", "total", "colour")
"""Fields of the parts of an answer whose texts are no words."""


def translated(answer: Answer, spoken: Language, names: Collection[str] = ()) -> Answer:
    """The answer as the language says it; texts among `names` are never translated, and English is what the code says.

    >>> from jvmodel.report.language import language
    >>> from jvmodel.report.listing import Answer, Column, Listing
    >>> found = Answer("Votes", (Listing("Votes", (Column("Party"), Column("Votes", "%")), (("Party", 0.4),)),))
    >>> translated(found, language("fr"), {"Party"}).listings[0].rows
    (('Party', 0.4),)
    """
    if not spoken.words:
        return answer
    found: Answer = _said(answer, lambda text: text if text in names else spoken.said(text))
    return found


def names_of(model: Model) -> frozenset[str]:
    """What the deal itself calls its parties, ventures and clauses."""
    deal = model.deal
    parties, ventures = ([one.name for one in held] for held in (deal.parties.values(), deal.ventures.values()))
    return frozenset((deal.deal, *parties, *ventures, *(term.title for term in deal.terms if term.title)))


def _said(part: Any, tell: Callable[[str], str]) -> Any:
    """A part of an answer with its texts told; numbers, and the units by which columns show them, stay."""
    if isinstance(part, str):
        return tell(part)
    if isinstance(part, tuple):
        return tuple(_said(one, tell) for one in part)
    if isinstance(part, Column):
        return replace(part, head=tell(part.head))
    if is_dataclass(part) and not isinstance(part, type | Quantity):
        told = [one.name for one in fields(part) if one.name not in NOT_SAID]
        return replace(part, **{name: _said(getattr(part, name), tell) for name in told})
    return part


__all__ = ["names_of", "translated"]
