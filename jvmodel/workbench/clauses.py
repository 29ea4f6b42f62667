"""A clause that a proposal adds, as a form: its kind is chosen, its fields are those of the term, faults are told at them."""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping
from pathlib import Path
from typing import TYPE_CHECKING, Any

from starlette.requests import Request
from starlette.responses import Response
from starlette.routing import Route

from jvmodel.dealfile import load
from jvmodel.dealfile.source import Source, read_source
from jvmodel.errors import DealError, Fault, JvmodelError
from jvmodel.inputs import PERIOD_KEY
from jvmodel.model import build
from jvmodel.reading.deal_text import DealText
from jvmodel.reading.onto import number_text, quoted
from jvmodel.terms import kinds, term_of
from jvmodel.workbench.app import Workbench, changing, shown, text_of
from jvmodel.workbench.base import base_deal
from jvmodel.workbench.clause_fields import Field, fields_of
from jvmodel.workbench.library import StaleError
from jvmodel.workbench.numbers import fields_wrong, typed
from jvmodel.workbench.series import by_period

if TYPE_CHECKING:
    from jvmodel.dealfile.source import Place

CHAPTERS = {
    "fiscal": "State: royalties, taxes, levies", "venture": "Between partners", "finance": "Finance",
    "offtake": "Sales and offtake",
    "mine": "Mine and plant", "cooperation": "Cooperation", "risk": "Risk",
}  # fmt: skip
PLAIN = re.compile(r"^-?[\d.]+%?$|^\d{4}-\d{2}$")
LONGEST = 4_000
"""Letters that a field may have."""


def choice() -> list[dict[str, Any]]:
    """Every kind of clause by chapter, as words; none of the terms is read for it."""
    return [
        {
            "title": title,
            "options": [
                (kind, kind.replace("_", " ").capitalize()) for kind, held in kinds().items() if held.split(".")[2] == one
            ],
        }
        for one, title in CHAPTERS.items()
    ]


def form(workbench: Workbench, request: Request) -> Response:
    """The form of a clause: `?kind=` for a new one, `?at=` for one that the proposal adds already."""
    name = request.path_params["name"]
    held = workbench.library.read(name)
    source = read_source(workbench.library.path(name), held.text)
    place, given = _clause(source, request.query_params.get("at", ""), request.query_params.get("kind", ""))
    deal = base_deal(workbench, str(source.data.get("base")))
    term, text = term_of(str(given["kind"])), DealText("\n".join(source.lines))
    years = [str(year) for year in range(deal.ruler.starts[0].year, deal.ruler.ends[-1].plus(-1).year + 1)]
    groups: list[dict[str, Any]] = []
    for one in fields_of(deal, term):
        if not groups or groups[-1]["title"] != one.group:
            groups.append({"title": one.group, "fields": []})
        field = shown_field(one, text, place, given, years)
        if not one.path[-1].endswith("venture") or one.options or field["value"]:
            groups[-1]["fields"].append(field)
    return workbench.page(
        "clause.html.j2", name=name, title=str(source.data.get("title") or name), version=held.version,
        kind=given["kind"], at="" if place[1] is None else place[1], said=" ".join((term.__doc__ or "").split("\n\n")[0].split()),
        called=str(given.get("title") or given["kind"].replace("_", " ").capitalize()), groups=groups,
    )  # fmt: skip


def _clause(source: Source, at: str, kind: str) -> tuple[tuple[Any, Any], dict[str, Any]]:
    """The place of a clause in the proposal, and what it has; raises JvmodelError where there is none or no such kind."""
    if "base" not in source.data:
        raise JvmodelError("only a proposal adds clauses; write those of a deal into its text")
    added = source.data.get("add") or []
    if at:
        if not at.isdecimal() or not isinstance(added, list) or int(at) >= len(added) or not isinstance(added[int(at)], dict):
            raise JvmodelError("the proposal has no such clause; load it again")
        found: tuple[tuple[Any, Any], dict[str, Any]] = ("add", int(at)), dict(added[int(at)])
    else:
        found = ("add", None), {"kind": kind, "name": _free(kind, source)}
    if str(found[1].get("kind")) not in kinds():
        raise JvmodelError("choose what kind of clause to add")
    return found


def _free(kind: str, source: Source) -> str:
    """A name for a new clause that no other clause of the proposal has."""
    names = [one.get("name") for one in source.data.get("add") or () if isinstance(one, dict)]
    return next(one for one in (kind, *(f"{kind[:36]}_{number}" for number in range(2, 200))) if one not in names)


def shown_field(one: Field, text: DealText, place: Place, given: dict[str, Any], years: list[str]) -> dict[str, Any]:
    """A field as the page shows it, with what stands there."""
    value: Any = given
    for step in one.path:
        value = value.get(step) if isinstance(value, dict) else None
    written = (text.written((*place, *one.path)) or "").strip("'\"") if place[1] is not None else ""
    shown_as: dict[str, Any] = {
        "one": one,
        "value": written if not isinstance(value, str | dict | list) else value,
        "chosen": [],
        "keys": [],
    }
    if isinstance(value, list):
        shown_as["chosen"] = list(map(str, value))
    if one.control == "series" and (value is None or by_period(value) or not isinstance(value, dict)):
        numbers = value.get("by_year", value) if isinstance(value, dict) else {}
        inner = (*place, *one.path, *(("by_year",) if isinstance(value, dict) and "by_year" in value else ()))
        at = {str(key): (text.written((*inner, str(key))) or "").strip("'\"") for key in numbers if key != "extend"}
        keys = sorted({*years, *at})
        shown_as |= {
            "value": "" if isinstance(value, dict) else written, "by_year": at,
            "keys": [(key, None, at.get(key, "")) for key in keys],
            "extend": isinstance(value, dict) and "extend" in value,
        }  # fmt: skip
    elif isinstance(value, dict | list):
        shown_as["value"] = flow(value)
    return shown_as


def save(workbench: Workbench, request: Request, fields: dict[str, object]) -> Response:
    """Adds the clause to the proposal, or changes what differs in it; what is wrong is told at its field."""
    name = request.path_params["name"]
    held, path = workbench.library.read(name), workbench.library.path(name)
    if held.version != text_of(fields, "version"):
        raise StaleError(f"'{name}' was saved from another window since you opened it; load this page again, then change it")
    source = read_source(path, held.text)
    place, given = _clause(source, text_of(fields, "at"), text_of(fields, "kind"))
    deal = base_deal(workbench, str(source.data.get("base")))
    known = fields_of(deal, term_of(str(given["kind"])))
    faults: dict[str, str] = {}
    given_now = dict(values(known, fields, faults))
    text = DealText(held.text)
    if not faults and place[1] is None:
        place = ("add", text.length(("add",)) or 0)
        _append(text, place, _nested({("kind",): str(given["kind"]), **{key: one for key, one in given_now.items() if one}}))
    elif not faults:
        put(text, place, given, given_now)
    if not faults:
        faults = checked(workbench, path, str(text), place, known)
    if faults:
        return fields_wrong(workbench, faults)
    if str(text) == held.text:
        raise JvmodelError("nothing was changed, so there is nothing to save")
    workbench.library.save(name, str(text), held.version)
    return Response(status_code=204, headers={"HX-Redirect": f"/d/{name}/changes"})


def values(known: list[Field], fields: Mapping[str, object], faults: dict[str, str]) -> Iterator[tuple[tuple[str, ...], str]]:
    """Each field as the file would have it, nothing where it is left empty; what is wrong goes to the faults."""
    for one in known:
        given = str(fields.get(f"f:{one.name}", "")).replace("\r\n", "\n").strip()
        try:
            if len(given) > LONGEST:
                raise JvmodelError(f"is {len(given):,} letters long, and may have {LONGEST:,}")
            value = _several(one, fields) if one.control == "several" else _value(one, given, fields, faults)
        except JvmodelError as error:
            faults[f"f-{one.name}"] = str(error).removeprefix(f"{one.name}: ")
            continue
        if one.required and not value and f"f-{one.name}" not in faults:
            faults[f"f-{one.name}"] = "is missing; the clause needs it"
        yield one.path, value


def _several(one: Field, fields: Mapping[str, object]) -> str:
    chosen = [quoted(key) for key, _ in one.options if f"f:{one.name}:{key}" in fields]
    return f"[{', '.join(chosen)}]" if chosen else ""


def _value(one: Field, given: str, fields: Mapping[str, object], faults: dict[str, str]) -> str:
    if one.control == "series":
        return _over_time(one, given, fields, faults)
    if not given:
        return ""
    if one.control == "number" and one.lever is not None:
        return number_text(typed(one.lever, given), "", one.lever.unit)
    if one.control == "choice" and given in ("true", "false"):
        return given
    if one.path[-1] in ("name", "title", "note"):
        return quoted(given)
    if given[:1] in "[{" or "\n" in given:
        return flow(_parsed(given))
    return given if PLAIN.match(given) else quoted(given)


def _over_time(one: Field, given: str, fields: Mapping[str, object], faults: dict[str, str]) -> str:
    """One number for all years, numbers by year, or whatever the text says in brackets."""
    assert one.lever is not None
    if given[:1] == "{":
        return flow(_parsed(given))
    start = f"t:{one.name}:"
    years: dict[str, str] = {}
    for key, value in sorted(
        (name[len(start) :], str(value).strip()) for name, value in fields.items() if name.startswith(start)
    ):
        try:
            if value and PERIOD_KEY.match(key):
                years[key] = number_text(typed(one.lever, value), "", one.lever.unit)
        except JvmodelError as error:
            faults[f"t-{one.name}:{key}"] = str(error).removeprefix(f"{one.name}: ")
    if given and years:
        raise JvmodelError("give one number for all years, or numbers by year; not both")
    if years:
        hold = ["extend: hold"] if fields.get(f"h:{one.name}") == "hold" else []
        return f"{{{', '.join([*(f'{key}: {value}' for key, value in years.items()), *hold])}}}"
    return number_text(typed(one.lever, given), "", one.lever.unit) if given else ""


def _parsed(given: str) -> Any:
    """What a text means as part of a deal file; raises JvmodelError where it means nothing."""
    try:
        return read_source(Path("field.yaml"), "field:\n" + "\n".join(f"  {line}" for line in given.split("\n"))).data["field"]
    except DealError as error:
        raise JvmodelError(f"{error.faults[0].message}; write it as in a deal file") from None


def flow(value: Any) -> str:
    """Data as a deal file has it on one line.

    >>> flow({"until": 2031, "parties": ["ann", "no"], "rate": "5%", "open": True})
    '{until: 2031, parties: [ann, "no"], rate: 5%, open: true}'
    """
    if isinstance(value, dict):
        return f"{{{', '.join(f'{_key(str(key))}: {flow(one)}' for key, one in value.items())}}}"
    if isinstance(value, list):
        return f"[{', '.join(map(flow, value))}]"
    if isinstance(value, bool) or value is None:
        return {True: "true", False: "false", None: "null"}[value]
    return str(value) if not isinstance(value, str) or PLAIN.match(value) else quoted(value)


def _key(key: str) -> str:
    return key if PERIOD_KEY.match(key) else quoted(key)


def _nested(given: Mapping[tuple[str, ...], str]) -> str:
    """A mapping on one line from values by their paths."""
    tree: dict[str, Any] = {}
    for path, value in given.items():
        here = tree
        for step in path[:-1]:
            here = here.setdefault(step, {})
        here[path[-1]] = value
    return _line(tree)


def _line(tree: Mapping[str, Any]) -> str:
    return f"{{{', '.join(f'{key}: {_line(one) if isinstance(one, dict) else one}' for key, one in tree.items())}}}"


def _append(text: DealText, place: Place, mapping: str) -> None:
    """Puts a clause behind those that are there; the first one on a line of its own."""
    if text.length(("add",)) is None:
        text.put(("add",), f"[{mapping}]" if text.in_brackets else f"{text.line_end}  - {mapping}")
    else:
        text.put(place, mapping)


def put(text: DealText, place: Place, given: Mapping[str, Any], now: Mapping[tuple[str, ...], str]) -> None:
    """Puts what differs into a clause that is there, and takes out what is empty now."""
    for path, value in now.items():
        before: Any = given
        for step in path:
            before = before.get(step) if isinstance(before, dict) else None
        if isinstance(before, dict) and "by_year" in before:
            before = {key: one for key, one in before.items() if key != "by_year"} | dict(before["by_year"])
        if not value and before is not None:
            text.remove((*place, *path))
        elif value and (before is None or _parsed(value) != before):
            text.put((*place, *path), value)


def checked(workbench: Workbench, path: Path, text: str, place: Place, known: list[Field]) -> dict[str, str]:
    """What is wrong with the proposal with this clause, by the field where it is said."""
    try:
        workbench.library.confine(path, text)
        build(load(path, text=text))
    except DealError as error:
        source = read_source(path, text)
        names = [one.name for one in known]
        return {_field(source, one, place, names): re.sub(r"^terms\.[\w.]+: ", "", one.message) for one in error.faults}
    except JvmodelError as error:
        return {"": str(error)}
    return {}


def _field(source: Source, fault: Fault, place: Place, names: list[str]) -> str:
    """The field of a fault: that of the value which stands at its line and column."""
    at = next((one for one, where in source.places.items() if where == (fault.line, fault.column) and one[:2] == place), ())
    for length in range(len(at), 2, -1):
        name = ".".join(map(str, at[2:length]))
        if name in names:
            return f"f-{name}"
        first = next((one for one in names if one.startswith(f"{name}.")), None)
        if first is not None:
            return f"f-{first}"
    return ""


ROUTES = [
    Route("/d/{name}/clause", shown(form)),
    Route("/d/{name}/clause", changing(save), methods=["POST"]),
]
