"""The numbers of a deal as a form, clause by clause with their units and bounds; saved in their places in the deal file."""

from __future__ import annotations

import itertools
import re
from collections.abc import Iterator
from decimal import Decimal
from typing import TYPE_CHECKING, Any

from starlette.requests import Request
from starlette.responses import RedirectResponse, Response
from starlette.routing import Route

from jvmodel.errors import JvmodelError, WorkbookError
from jvmodel.lever import Kind, Lever, levers
from jvmodel.shown import text
from jvmodel.workbench.app import Workbench, changing, shown, text_of
from jvmodel.workbench.library import StaleError, base_of

if TYPE_CHECKING:
    from jvmodel.deal import Deal
    from jvmodel.reading import Edit


def form(workbench: Workbench, request: Request) -> Response:
    """Every single number of the deal in a field of its own; series and words are in the text."""
    name = request.path_params["name"]
    if base_of(workbench.library.path(name)) is not None:
        return RedirectResponse(f"/d/{name}/changes", 303)
    held, model = workbench.library.read(name), workbench.desk(name).study.model
    clauses = [
        {"title": one["title"], "numbers": [_field(each, label) for each, label in one["levers"]]}
        for one in clauses_of(numbers_of(model.deal))
    ]
    return workbench.page("numbers.html.j2", name=name, title=model.deal.deal, version=held.version, clauses=clauses)


def numbers_of(deal: Deal) -> list[Lever]:
    """Numbers that stand in the deal file one by one."""
    return [one for one in levers(deal) if one.kind in (Kind.NUMBER, Kind.SHARE)]


def clauses_of(numbers: list[Lever]) -> Iterator[dict[str, Any]]:
    """Numbers by the clause, party or price that they belong to, each with its label within that."""
    for key, group in itertools.groupby(numbers, key=lambda one: one.path.split(".")[:2] if "." in one.path else []):
        held = list(group)
        title = held[0].label.partition(": ")[0] if key else "The deal"
        labels = [one.label.removeprefix(f"{title}: ") for one in held]
        yield {
            "title": title,
            "levers": [(one, f"{label[:1].upper()}{label[1:]}") for one, label in zip(held, labels, strict=True)],
        }


def _field(one: Lever, label: str) -> dict[str, str]:
    unit = "" if one.unit in ("%", "1") else one.unit
    return {"path": one.path, "label": label, "shown": exact(one), "unit": unit, "bounds": bounds_of(one)}


def exact(one: Lever) -> str:
    """The number of a deal as one types it, with all its digits.

    >>> from jvmodel.dealfile import load
    >>> from jvmodel.lever import lever
    >>> exact(lever(load("kasanga"), "terms.royalty.rate")), exact(lever(load("kasanga"), "prices.copper.flat"))
    ('3.5%', '9,200')
    """
    value = Decimal(f"{one.base:.15g}") * (100 if one.unit == "%" else 1)
    digits = f"{value:,f}"
    return f"{digits.rstrip('0').rstrip('.') if '.' in digits else digits}{'%' if one.unit == '%' else ''}"


def typed(one: Lever, given: str) -> float:
    """What is typed into a field: a percentage needs its sign there, since 5 could be meant as 5% or as 500%."""
    plain = given.replace(",", "").replace("−", "-")
    bare = one.unit == "%" and not plain.rstrip().endswith("%")
    try:
        value = one.read(plain)
    except JvmodelError:
        if bare and re.fullmatch(r"\s*-?[\d.]+\s*", plain):
            raise JvmodelError(f"{given} is without its unit; write {given}%") from None
        raise
    if bare and value:
        raise JvmodelError(f"{given} is without its unit; write {given}% or {value * 100:.6g}%")
    return value


def bounds_of(one: Lever) -> str:
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
    faults: dict[str, str] = {}
    edits = list(_edits(numbers_of(model.deal), fields, faults))
    if faults:
        return fields_wrong(workbench, faults)
    if not edits:
        raise JvmodelError("no number was changed, so there is nothing to save")
    deal = workbench.library.deal(name)
    try:
        result = onto(Reading(edits=edits), deal, model)
    except WorkbookError as error:
        return fields_wrong(workbench, dict(_placed(edits, fault.replace(str(deal), name)) for fault in error.faults))
    saved = workbench.library.save(name, result.text, held.version)
    return workbench.page(
        "numbers_saved.html.j2", name=name, version=saved.version, lines=[line for edit in edits for line in edit.words()]
    )


def _edits(numbers: list[Lever], fields: dict[str, object], faults: dict[str, str]) -> Iterator[Edit]:
    """Fields that do not say what the deal says; those that are no number of the deal go to the faults."""
    from jvmodel.reading import Edit

    for one in numbers:
        given = fields.get(f"n:{one.path}")
        if given is None or str(given).strip() == exact(one):
            continue
        try:
            value = typed(one, str(given)[:60].strip())
        except JvmodelError as error:
            faults[f"n-{one.path}"] = str(error).removeprefix(f"{one.path}: ")
            continue
        yield Edit(one.label, one.path, one.label.rpartition(": ")[2].capitalize(), one.unit, one.base, value)


def _placed(edits: list[Edit], fault: str) -> tuple[str, str]:
    """The field that a fault is of, and the fault without its name."""
    for one in edits:
        if fault.startswith(f"{one.where}: "):
            return f"n-{one.path}", fault.removeprefix(f"{one.where}: ")
    return "", fault


def fields_wrong(workbench: Workbench, faults: dict[str, str]) -> Response:
    """What is wrong, each with the field that it is told at."""
    return workbench.page("fields_wrong.html.j2", 422, faults=faults)


ROUTES = [
    Route("/d/{name}/numbers", shown(form)),
    Route("/d/{name}/numbers", changing(save), methods=["POST"]),
]
