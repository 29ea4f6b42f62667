"""A proposal as a form: whose it is, and each change beside what the base has; saved in its places in the file."""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping
from dataclasses import replace
from pathlib import Path
from typing import TYPE_CHECKING, Any

from starlette.requests import Request
from starlette.responses import RedirectResponse, Response
from starlette.routing import Route

from jvmodel.dealfile import load
from jvmodel.dealfile.source import Source, read_source
from jvmodel.errors import DealError, Fault, JvmodelError
from jvmodel.inputs import PERIOD_KEY
from jvmodel.lever import Kind, Lever, lever, levers
from jvmodel.model import build
from jvmodel.reading.deal_text import DealText
from jvmodel.reading.onto import number_text, quoted
from jvmodel.shown import text as in_words
from jvmodel.workbench import clauses, series
from jvmodel.workbench.app import Workbench, changing, shown, text_of
from jvmodel.workbench.base import base_deal
from jvmodel.workbench.library import StaleError
from jvmodel.workbench.numbers import bounds_of, clauses_of, exact, fields_wrong, typed

if TYPE_CHECKING:
    from jvmodel.deal import Deal

HEAD = {"title": 120, "by": 80, "date": 20, "note": 2000}
"""What a proposal says of itself, and how many letters it may take."""
PLAIN = re.compile(r"^[\w.-]+(:[\w.-]+)?\Z")


def form(workbench: Workbench, request: Request) -> Response:
    """The proposal, change by change."""
    name = request.path_params["name"]
    held = workbench.library.read(name)
    try:
        source = read_source(workbench.library.path(name), held.text)
    except DealError:
        return RedirectResponse(f"/d/{name}/edit", 303)
    if "base" not in source.data:
        return RedirectResponse(f"/d/{name}/numbers", 303)
    return workbench.page("changes.html.j2", **_shown(workbench, name, source, held.version))


def _shown(workbench: Workbench, name: str, source: Source, version: str, said: tuple[str, ...] = ()) -> dict[str, Any]:
    data, deal, wrong = source.data, None, ""
    try:
        deal = base_deal(workbench, str(data["base"]))
    except JvmodelError as error:
        wrong = str(error)
    text, changes = DealText("\n".join(source.lines)), data.get("changes")
    rows = [
        _row(deal, path, (text.written(("changes", path)) or "").strip("'\""), value, text)
        for path, value in (changes.items() if isinstance(changes, dict) else ())
    ]
    terms = {term.name: term.heading for term in deal.terms} if deal else {}
    removed = [str(one) for one in data.get("remove") or ()]
    return {
        "name": name, "title": str(data.get("title") or name), "base": str(data["base"]), "wrong": wrong, "rows": rows,
        "head": {key: str(data.get(key) or "") for key in HEAD}, "version": version, "said": said,
        "bases": [one for one in workbench.library.names() if one != name and f"{one}.yaml" != data["base"]],
        "removed": [(one, terms.get(one, one)) for one in removed],
        "terms": [(one, heading) for one, heading in terms.items() if one not in removed],
        "added": [
            {"title": str(one.get("title") or one.get("name")), "kind": str(one.get("kind")).replace("_", " ")}
            for one in data.get("add") or ()
        ],
        "clauses": list(_choice(deal)) if deal else [],
        "names": [party.name for party in deal.parties.values()] if deal else [],
        "called": deal.parties[str(data["by"])].name if deal and str(data.get("by")) in deal.parties else "",
        "kinds": clauses.choice() if deal else [],
    }  # fmt: skip


def _choice(deal: Deal) -> Iterator[dict[str, Any]]:
    """Numbers that a change may be added for, those on the table first, then by clause; a share with whom it comes from."""
    on_table = [(path, _row(deal, path, "", 0)["label"]) for path in (deal.negotiation.terms if deal.negotiation else ())]
    if on_table:
        yield {"title": "On the table", "options": on_table}
    over_time = [one for one in levers(deal) if one.kind is Kind.FACTOR or one.path.endswith(".flat")]
    stems = {one.path: one.path.removesuffix(".flat") for one in over_time}
    for clause in clauses_of([one for one in levers(deal) if one.kind in (Kind.NUMBER, Kind.SHARE, Kind.FACTOR)]):
        options: list[tuple[str, str]] = []
        for one, label in clause["levers"]:
            givers = [other.rpartition(".")[2] for other in one.others]
            options += [(f"{one.path}:{giver}", _from(deal, label, giver)) for giver in givers]
            options += [(one.path, label)] if not givers and one.kind is Kind.NUMBER else []
            if one.path in stems:
                deck = series.DECK if one.path.startswith("prices.") else ""
                options.append((f"{stems[one.path]}{deck}", f"{label}, by year"))
        yield {"title": clause["title"], "options": options}


def _from(deal: Deal, label: str, giver: str) -> str:
    return f"{label}, from {deal.parties[giver].name if giver in deal.parties else giver}"


def _lever(deal: Deal | None, path: str) -> Lever | None:
    """The number at a path of the base, read as it stands there; None where there is no single number."""
    try:
        one = lever(deal, path) if deal is not None else None
    except JvmodelError:
        return None
    return replace(one, kind=Kind.NUMBER) if one is not None and one.kind is Kind.FACTOR else one


def _row(deal: Deal | None, path: str, written: str, value: Any, text: DealText | None = None) -> dict[str, Any]:
    """A change: what it is called, what the base has, and the field, or the fields by period, with what it becomes."""
    one, giver, over_time = _lever(deal, path), path.partition(":")[2], series.found(deal, path)
    one = over_time[0] if over_time and one is None else one
    label = path if one is None else one.label
    flat = over_time is None or over_time[1].flat is not None
    by_period = over_time is not None and series.by_period(value)
    return {
        "series": series.shown(deal, path, text, fresh=text is None) if by_period and deal is not None else None,
        "path": path, "label": _from(deal, label, giver) if giver and deal is not None else label,
        "base": "–" if one is None else "over time" if not flat else in_words(one.base, one.unit),
        "unit": "" if one is None or one.unit in ("%", "1", "×") else one.unit,
        "bounds": bounds_of(one) if one is not None else "", "value": written,
        "fixed": isinstance(value, dict | list) or value is None,
    }  # fmt: skip


def add(workbench: Workbench, request: Request, fields: dict[str, object]) -> Response:
    """A row for a further change, with the base value in its field; nothing is saved."""
    name, path = request.path_params["name"], text_of(fields, "pick", 200)
    if not path:
        raise JvmodelError("choose a number of the deal first")
    if f"c:{path}" in fields or path in series.read(fields):
        raise JvmodelError("that number is in the list already; change it there")
    deal = base_deal(workbench, text_of(fields, "base", 500))
    if series.found(deal, path) is not None:
        row = _row(deal, path, "", {})
    else:
        one = lever(deal, path)
        row = _row(deal, path, exact(one), one.base)
    return workbench.page("change.html.j2", name=name, one=row, fresh=True)


def save(workbench: Workbench, request: Request, fields: dict[str, object]) -> Response:
    """Writes what was changed into the proposal, and nothing else of it; what is wrong is told at its field."""
    name = request.path_params["name"]
    held, path = workbench.library.read(name), workbench.library.path(name)
    if held.version != text_of(fields, "version"):
        raise StaleError(f"'{name}' was saved from another window since you opened it; load this page again, then change it")
    source = read_source(path, held.text)
    faults: dict[str, str] = {}
    text = DealText(held.text)
    said = [*_head(text, source, fields, faults), *_changes(workbench, text, source, fields, faults)]
    if not faults:
        if not said:
            raise JvmodelError("nothing was changed, so there is nothing to save")
        faults = _checked(workbench, path, str(text))
    if faults:
        return fields_wrong(workbench, faults)
    saved = workbench.library.save(name, str(text), held.version)
    now = read_source(path, saved.text)
    response = workbench.page("changes_form.html.j2", **_shown(workbench, name, now, saved.version, tuple(said)))
    response.headers["HX-Retarget"], response.headers["HX-Reswap"] = "#proposal", "outerHTML"
    return response


def _head(text: DealText, source: Source, fields: Mapping[str, object], faults: dict[str, str]) -> Iterator[str]:
    """What the proposal says of itself."""
    for key, most in (("base", 500), *HEAD.items()):
        given, before = str(fields.get(key, "")).replace("\r\n", "\n").strip(), str(source.data.get(key) or "")
        if given == before:
            continue
        if len(given) > most:
            faults[key] = f"is {len(given):,} letters long, and may have {most:,}"
        elif given:
            plain = (key == "date" and given[:1].isdecimal()) or (key == "base" and PLAIN.match(given))
            text.put((key,), given if plain else quoted(given))
            yield f"{key.capitalize()}: {given}"
        elif key == "base":
            faults[key] = "say which deal this is a proposal for"
        else:
            text.remove((key,))
            yield f"{key.capitalize()} taken away"


def _changes(
    workbench: Workbench, text: DealText, source: Source, fields: Mapping[str, object], faults: dict[str, str]
) -> Iterator[str]:  # fmt: skip
    """Changes that differ, are new or are taken out, and clauses that are taken out."""
    try:
        deal = base_deal(workbench, str(fields.get("base", "")).strip())
    except JvmodelError as error:
        faults["base"] = str(error)
        return
    there = dict(source.data.get("changes") or {})
    kept = [path for path in there if f"x:{path}" not in fields]
    for path in (one for one in there if one not in kept):
        yield f"{_row(deal, path, '', 0)['label']}: taken out"
    if not kept and there:
        text.remove(("changes",))
    for path in (one for one in there if one not in kept and kept):
        text.remove(("changes", path))
    first = dict[str, str]()
    yield from _single(deal, text, there, kept, fields, first, faults)
    yield from _over_time(deal, text, kept, fields, first, faults)
    if first and (text.in_brackets or text.keys(("changes",)) is not None):
        text.put(("changes",), f"{{{', '.join(f'{path}: {new}' for path, new in first.items())}}}")
    elif first:
        text.put(("changes",), "".join(f"{text.line_end}  {path}: {new}" for path, new in first.items()))
    yield from _taken_out(text, source, fields)
    added = source.data.get("add") or []
    gone = [number for number in range(len(added)) if f"a:{number}" in fields]
    if gone and len(gone) == len(added):
        text.remove(("add",))
    for number in reversed(gone if len(gone) < len(added) else []):
        text.remove(("add", number))
    yield from (f"{added[number].get('title') or added[number].get('name')}: no longer added" for number in gone)


def _single(
    deal: Deal, text: DealText, there: Mapping[str, Any], kept: list[str], fields: Mapping[str, object], first: dict[str, str],
    faults: dict[str, str],
) -> Iterator[str]:  # fmt: skip
    """Single numbers and words that differ or are new; those of a proposal that has no changes yet are gathered in `first`."""
    given = {
        key[2:]: str(value).strip() for key, value in fields.items() if key.startswith("c:") and f"x:{key[2:]}" not in fields
    }
    for path, value in given.items():
        written = text.written(("changes", path)) if path in kept else None
        if written is not None and value == written.strip("'\""):
            continue
        try:
            new = _read(deal, path, value, written, there.get(path))
        except JvmodelError as error:
            faults[f"c-{path}"] = str(error).removeprefix(f"{path}: ")
            continue
        yield f"{_row(deal, path, '', 0)['label']}: {_before(deal, path, written)} → {new}"
        if kept:
            text.put(("changes", path), new)
        else:
            first[path] = new


def _over_time(
    deal: Deal, text: DealText, kept: list[str], fields: Mapping[str, object], first: dict[str, str], faults: dict[str, str]
) -> Iterator[str]:  # fmt: skip
    """Numbers over time that differ or are new; those of a proposal that has no changes yet are gathered in `first`."""
    for path, given in series.read(fields).items():
        try:
            told, new = series.write(deal, path, given, fields, text, path in kept, faults)
        except JvmodelError as error:
            faults[f"c-{path}"] = str(error)
            continue
        yield from filter(None, [told])
        if new and kept:
            text.put(("changes", path), new)
        elif new:
            first[path] = new


def _before(deal: Deal, path: str, written: str | None) -> str:
    one = _lever(deal, path)
    return written or (in_words(one.base, one.unit) if one is not None else "new")


def _read(deal: Deal, path: str, given: str, written: str | None, before: Any) -> str:
    """A value as the file has it; raises JvmodelError for one that the deal does not take."""
    if not given:
        raise JvmodelError("give a value, or take the change out")
    if len(given) > 500:
        raise JvmodelError(f"is {len(given):,} letters long; write long text in the file itself")
    if isinstance(before, bool):
        if given not in ("true", "false"):
            raise JvmodelError(f"'{given}' is neither true nor false")
        return given
    one = _lever(deal, path)
    if isinstance(before, str) and one is None:
        return quoted(given)
    one = one or lever(deal, path)
    if before is None and not PLAIN.match(path):
        raise JvmodelError("this path needs quotes; write the change in the file itself")
    return number_text(typed(one, given), written or "", one.unit)


def _taken_out(text: DealText, source: Source, fields: Mapping[str, object]) -> Iterator[str]:
    """Clauses that are taken out, those that were and are not put back, and one more."""
    before = [str(one) for one in source.data.get("remove") or ()]
    after = [one for one in before if f"r:{one}" in fields]
    more = str(fields.get("without", ""))
    after += [more] if more and more not in after else []
    if after == before:
        return
    if after:
        text.put(("remove",), f"[{', '.join(map(quoted, after))}]")
    else:
        text.remove(("remove",))
    yield from (f"{one}: taken out of the deal" for one in after if one not in before)
    yield from (f"{one}: back in the deal" for one in before if one not in after)


def _checked(workbench: Workbench, path: Path, text: str) -> dict[str, str]:
    """What is wrong with the proposal as a whole, by the field where it is said."""
    try:
        workbench.library.confine(path, text)
        build(load(path, text=text))
    except DealError as error:
        source = read_source(path, text)
        return {_field(source, one): one.message for one in error.faults}
    except JvmodelError as error:
        return {"": str(error)}
    return {}


def _field(source: Source, fault: Fault) -> str:
    """The field of a fault: that of the change or the heading which stands in its line."""
    here = [place for place, (line, _) in source.places.items() if line == fault.line and fault.file == source.file]
    change = next((place[1] for place in here if place[0] == "changes" and len(place) > 1), None)
    period = next((place[-1] for place in here if place[0] == "changes" and len(place) > 2), None)
    if period is not None and PERIOD_KEY.match(str(period)) and len({place[1] for place in here if len(place) > 1}) == 1:
        several = len([place for place in here if len(place) > 2]) > 1
        return f"c-{change}" if several else f"s-{change}:{period}"
    head = next((str(place[0]) for place in here if place[0] in ("base", *HEAD)), "")
    return f"c-{change}" if change is not None else head


ROUTES = [
    Route("/d/{name}/changes", shown(form)),
    Route("/d/{name}/changes", changing(save), methods=["POST"]),
    Route("/d/{name}/changes/row", changing(add), methods=["POST"]),
]
