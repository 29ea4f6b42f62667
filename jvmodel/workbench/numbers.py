"""The numbers of a deal as a form, clause by clause with their units and bounds; saved in their places in the deal file."""

from __future__ import annotations

import itertools
from collections.abc import Iterator
from typing import TYPE_CHECKING, Any

from starlette.requests import Request
from starlette.responses import Response
from starlette.routing import Route

from jvmodel.errors import JvmodelError
from jvmodel.lever import Kind, Lever, levers
from jvmodel.shown import text
from jvmodel.workbench.app import Workbench, changing, shown, text_of
from jvmodel.workbench.library import StaleError, base_of

if TYPE_CHECKING:
    from jvmodel.model import Model
    from jvmodel.reading import Edit


def form(workbench: Workbench, request: Request) -> Response:
    """Every single number of the deal in a field of its own; series and words are in the text."""
    name = request.path_params["name"]
    held, model = workbench.library.read(name), workbench.desk(name).study.model
    return workbench.page(
        "numbers.html.j2", name=name, title=model.deal.deal, version=held.version,
        clauses=list(_clauses(_numbers(model))), over=base_of(workbench.library.path(name)) or "",
    )  # fmt: skip


def _numbers(model: Model) -> list[Lever]:
    return [one for one in levers(model.deal) if one.kind in (Kind.NUMBER, Kind.SHARE)]


def _clauses(numbers: list[Lever]) -> Iterator[dict[str, Any]]:
    """Numbers by the clause, party or price that they belong to."""
    for key, group in itertools.groupby(numbers, key=lambda one: one.path.split(".")[:2] if "." in one.path else []):
        held = list(group)
        heading = held[0].label.partition(": ")[0] if key else "The deal"
        yield {
            "title": heading, "path": ".".join(key),
            "numbers": [
                {
                    "path": one.path, "label": one.label.removeprefix(f"{heading}: "), "shown": _shown(one),
                    "unit": "" if one.unit in ("%", "1") else one.unit, "bounds": _bounds(one),
                }
                for one in held
            ],
        }  # fmt: skip


def _shown(one: Lever) -> str:
    return text(one.base, one.unit, sign=False).replace("−", "-")


def _bounds(one: Lever) -> str:
    """What the deal takes, in words."""
    low, high = (
        None if bound is None else text(bound, "%") if one.unit == "%" else f"{bound:,g}".replace("-", "−")
        for bound in (one.measured.low, one.measured.high)
    )  # fmt: skip
    if low is not None and high is not None:
        return f"{low} to {high}"
    return f"at least {low}" if low is not None else f"at most {high}" if high is not None else ""


def save(workbench: Workbench, request: Request, fields: dict[str, object]) -> Response:
    """Writes the numbers that were changed into the deal file, and nothing else of it."""
    from jvmodel.reading import Reading, onto

    name = request.path_params["name"]
    held, model = workbench.library.read(name), workbench.desk(name).study.model
    if held.version != text_of(fields, "version"):
        raise StaleError(f"'{name}' was saved from another window since you opened it; load this page again, then change it")
    edits = list(_edits(_numbers(model), fields))
    if not edits:
        raise JvmodelError("no number was changed, so there is nothing to save")
    deal = workbench.library.deal(name)
    try:
        result = onto(Reading(edits=edits), deal, model)
    except JvmodelError as error:
        raise JvmodelError(str(error).replace(str(deal), name)) from None
    saved = workbench.library.save(name, result.text, held.version)
    return workbench.page(
        "numbers_saved.html.j2", name=name, version=saved.version, lines=[line for edit in edits for line in edit.words()]
    )


def _edits(numbers: list[Lever], fields: dict[str, object]) -> Iterator[Edit]:
    """Fields that do not say what the deal says; raises JvmodelError with all that are no number of the deal."""
    from jvmodel.reading import Edit

    faults = []
    for one in numbers:
        given = fields.get(f"n:{one.path}")
        if given is None or str(given).strip() == _shown(one):
            continue
        try:
            value = one.read(str(given)[:60].strip().replace(",", "").replace("−", "-"))
        except JvmodelError as error:
            faults.append(f"{one.label}: {str(error).removeprefix(f'{one.path}: ')}")
            continue
        yield Edit(one.label, one.path, one.label.rpartition(": ")[2].capitalize(), one.unit, one.base, value)
    if faults:
        raise JvmodelError("\n".join(faults))


ROUTES = [
    Route("/d/{name}/numbers", shown(form)),
    Route("/d/{name}/numbers", changing(save), methods=["POST"]),
]
