"""What pydantic finds wrong in a file, in the words of deals: where it stands, what is wrong, what to do."""

from __future__ import annotations

from typing import Any

from pydantic import BaseModel
from pydantic_core import ErrorDetails

from jvmodel.dealfile.source import Place, Source
from jvmodel.errors import Fault
from jvmodel.graph.graph import did_you_mean
from jvmodel.terms import kinds, term_of


def fault_of(source: Source, detail: ErrorDetails, record: type[BaseModel]) -> Fault:
    """The fault that pydantic's detail means in a file that holds a record."""
    place, model = _place(source, detail, record)
    return source.fault(place, _message(place, model, detail))


def _place(source: Source, detail: ErrorDetails, record: type[BaseModel]) -> tuple[Place, type[BaseModel] | None]:
    """The place in the file without the marks that pydantic puts between, and the record that it lies in."""
    here: Any = source.data
    place: list[str | int] = []
    model: type[BaseModel] | None = record
    absent = detail["type"] in ("missing", "extra_forbidden")
    for number, step in enumerate(detail["loc"]):
        last = number == len(detail["loc"]) - 1
        if isinstance(here, list) and isinstance(step, int) and step < len(here):
            here, known = here[step], True
        elif isinstance(here, dict) and (step in here or str(step) in here):
            here, known = here[str(step)], True
        else:
            known = last and absent and isinstance(here, dict)
        if known:
            place.append(step)
            if len(place) == 2 and place[0] == "terms" and isinstance(here, dict) and str(here.get("kind")) in kinds():
                model = term_of(str(here["kind"]))
            elif not last and isinstance(step, str):
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
    path, kind, context = path_of(place), detail["type"], detail.get("ctx", {})
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
            return f"{path} has no kind; begin the term with 'kind:' and one of {', '.join(kinds())}"
        return f"{path}.kind: there is no term '{tag}'{did_you_mean(tag, kinds())}; terms are: {', '.join(kinds())}"
    if kind == "deal":
        message = str(detail["msg"])
        return message if message.startswith(("parties", "terms.")) else f"{path}: {message}" if path else message
    return f"{path}: {_plain(detail)}" if path else _plain(detail)


def _owner(model: type[BaseModel] | None) -> str:
    if model is None:
        return "a deal"
    kind = model.model_fields.get("kind")
    name = model.__name__
    return str(kind.default) if kind is not None else f"a {name.lower() if name in ('Deal', 'Proposal') else name}"


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


def path_of(place: Place) -> str:
    """A place as it is written in messages."""
    return ".".join(map(str, place))
