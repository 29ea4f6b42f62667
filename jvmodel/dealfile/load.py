"""load(path) -> Deal: every fault of a deal file at once, each with its line and what to do."""

from __future__ import annotations

from collections.abc import Iterable
from pathlib import Path
from typing import Any

from pydantic import BaseModel, ValidationError
from pydantic_core import ErrorDetails

from jvmodel.deal import Deal
from jvmodel.dealfile.changes import apply_changes
from jvmodel.dealfile.references import loose_ends, loose_names
from jvmodel.dealfile.regimes import expand
from jvmodel.dealfile.source import Place, Source, read_source
from jvmodel.dealfile.tables import Tables
from jvmodel.errors import DealError, Fault
from jvmodel.graph.graph import did_you_mean
from jvmodel.shipped import examples
from jvmodel.terms import terms

MOST_FAULTS = 50


def load(path: str | Path, changes: Iterable[str] = ()) -> Deal:
    """The deal in a file, or the shipped example of that name; raises DealError with all faults."""
    found = find(path)
    source = read_source(found)
    expand(source, found.parent)
    apply_changes(source, changes)
    currency = source.data.get("currency", "USD")
    context = {"currency": currency if isinstance(currency, str) else "USD", "tables": Tables(found.parent)}
    try:
        deal = Deal.model_validate(source.data, context=context)
    except ValidationError as error:
        faults = [_fault(source, detail) for detail in error.errors(include_url=False)]
        faults += [source.fault(place, f"{_path(place)}: {message}") for place, message in loose_names(source.data, context)]
        raise DealError(faults[:MOST_FAULTS]) from None
    except RecursionError:
        raise DealError([Fault(source.file, 1, 1, "lists and mappings are nested too deeply; flatten them")]) from None
    faults = [source.fault(place, f"{_path(place)}: {message}") for place, message in loose_ends(deal)]
    if faults:
        raise DealError(faults[:MOST_FAULTS])
    return deal


def find(path: str | Path) -> Path:
    """The file that a path or the name of an example means."""
    given = Path(path)
    shipped = examples()
    if not given.exists() and str(path) in shipped:
        return shipped[str(path)]
    if not given.exists():
        near = [str(one) for one in given.parent.glob("*.yaml")] if given.parent.is_dir() else []
        hint = did_you_mean(str(path), [*near, *shipped])
        raise DealError([Fault(str(path), 0, 0, f"there is no such file{hint} (examples: {', '.join(shipped)})")])
    return given


def _fault(source: Source, detail: ErrorDetails) -> Fault:
    place, model = _place(source, detail)
    return source.fault(place, _message(place, model, detail))


def _place(source: Source, detail: ErrorDetails) -> tuple[Place, type[BaseModel] | None]:
    """The place in the file without the marks that pydantic puts between, and the record that it lies in."""
    here: Any = source.data
    place: list[str | int] = []
    model: type[BaseModel] | None = Deal
    absent = detail["type"] in ("missing", "extra_forbidden")
    for number, step in enumerate(detail["loc"]):
        last = number == len(detail["loc"]) - 1
        if isinstance(here, list) and isinstance(step, int) and step < len(here):
            here, known = here[step], True
        elif isinstance(here, dict) and (step in here or str(step) in here):
            here, known = here[str(step)], True
        else:
            known = last and absent and isinstance(here, dict)
        if isinstance(step, str) and step in terms() and len(place) == 2 and place[0] == "terms":
            model = terms()[step]
            if not known or detail["loc"][number - 1] == place[-1]:
                here = source.data["terms"][place[1]]
                continue
        if known:
            place.append(step)
            if not last and isinstance(step, str):
                model = _inner(model, step)
    return tuple(place), model


def _inner(model: type[BaseModel] | None, field: str) -> type[BaseModel] | None:
    """The record that a field of a record holds, itself or as entries of a dict or list."""
    if model is None or field not in model.model_fields:
        return model
    waiting = [model.model_fields[field].annotation]
    while waiting:
        one = waiting.pop()
        if isinstance(one, type) and issubclass(one, BaseModel):
            return one
        waiting += getattr(one, "__args__", ())
    return model


def _message(place: Place, model: type[BaseModel] | None, detail: ErrorDetails) -> str:
    path, kind, context = _path(place), detail["type"], detail.get("ctx", {})
    owner = _owner(model)
    if kind == "extra_forbidden":
        known = list(model.model_fields) if model else []
        hint = did_you_mean(str(place[-1]), known) or f"; its fields are: {', '.join(known)}"
        return f"{path} is not a field of {owner}{hint}"
    if kind == "missing":
        field = model.model_fields.get(str(place[-1])) if model and place else None
        what = f" ({field.description})" if field is not None and field.description else ""
        return f"{path} is missing{what}; {owner} needs it"
    if kind in ("union_tag_not_found", "union_tag_invalid"):
        tag = str(context.get("tag", ""))
        if kind == "union_tag_not_found":
            return f"{path} has no kind; begin the term with 'kind:' and one of {', '.join(terms())}"
        return f"{path}.kind: there is no term '{tag}'{did_you_mean(tag, terms())}; terms are: {', '.join(terms())}"
    if kind == "deal":
        message = str(detail["msg"])
        return message if message.startswith(("parties", "terms.")) else f"{path}: {message}" if path else message
    return f"{path}: {_plain(detail)}" if path else _plain(detail)


def _owner(model: type[BaseModel] | None) -> str:
    if model is None or model is Deal:
        return "a deal"
    kind = model.model_fields.get("kind")
    return str(kind.default) if kind is not None else f"a {model.__name__}"


def _plain(detail: ErrorDetails) -> str:
    shown = repr(detail["input"])
    shown = shown if len(shown) <= 60 else shown[:57] + "..."
    context = detail.get("ctx", {})
    kind = detail["type"]
    if kind in ("literal_error", "enum"):
        return f"{shown} is not possible here; use {context.get('expected')}"
    if kind in ("dict_type", "mapping_type", "model_type", "model_attributes_type"):
        return f"{shown} stands where fields are needed, each as 'name: value' on a line of its own"
    if kind in ("list_type", "tuple_type"):
        return f"{shown} stands where a list is needed, each entry on a line that begins with '- '"
    if kind in ("string_type",):
        return f"{shown} is not text; put it in quotes"
    if kind.startswith(("int_", "float_")):
        return f"{shown} is not a {'whole ' if kind.startswith('int') else ''}number"
    if kind.startswith("bool_"):
        return f"{shown} is neither true nor false"
    text = str(detail["msg"])
    return f"{shown}: {text[0].lower()}{text[1:]}"


def _path(place: Place) -> str:
    return ".".join(map(str, place))
