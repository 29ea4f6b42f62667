"""The fields of a clause, made from its term: what each is called, its unit and bounds, what may be chosen, what stands there."""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from dataclasses import dataclass, field, replace
from types import NoneType
from typing import TYPE_CHECKING, Annotated, Any, Literal, Union, get_args, get_origin

from pydantic_core import PydanticUndefined

from jvmodel.inputs import Measured, Record, Series
from jvmodel.lever import Kind, Lever
from jvmodel.term import Term, label_of
from jvmodel.timeline import Month
from jvmodel.workbench.numbers import bounds_of, exact

if TYPE_CHECKING:
    from pydantic.fields import FieldInfo

    from jvmodel.deal import Deal

OWN = ("kind", "name", "title", "venture", "note")
"""What every clause has; its own fields come after them."""


@dataclass(frozen=True)
class Field:
    """A field of a clause at its path: `control` is number, choice, several, series or text; `group` what it is part of."""

    path: tuple[str, ...]
    control: str
    label: str
    help: str = ""
    group: str = ""
    required: bool = False
    default: str = ""
    options: tuple[tuple[str, str], ...] = ()
    lever: Lever | None = None

    @property
    def name(self) -> str:
        """The path as fields and faults name it."""
        return ".".join(self.path)

    @property
    def unit(self) -> str:
        """The unit to show."""
        return "" if self.lever is None or self.lever.unit in ("%", "1") else self.lever.unit

    @property
    def holds(self) -> bool:
        """Whether a last number by year may be carried on to later years."""
        return self.lever is not None and not self.lever.measured.fills

    @property
    def bounds(self) -> str:
        """What the deal takes, in words."""
        return "" if self.lever is None else bounds_of(self.lever)


@dataclass(frozen=True)
class _Type:
    """What an annotation comes to: the type without None, and every mark on the way."""

    base: Any
    marks: tuple[Any, ...] = field(default=())

    @property
    def measured(self) -> Measured | None:
        return next((one for one in self.marks if isinstance(one, Measured)), None)


def fields_of(deal: Deal, term: type[Term]) -> list[Field]:
    """Every field of a clause but its kind, in the order of the term; behind them those of each record within it."""
    given = sorted(term.model_fields.items(), key=lambda one: one[0] not in OWN)
    found = [one for name, info in given if name != "kind" for one in _fields(deal, (name,), info, "")]
    return sorted(found, key=lambda one: bool(one.group))


def _fields(deal: Deal, path: tuple[str, ...], info: FieldInfo, group: str) -> Iterator[Field]:
    found = _type(info.annotation, tuple(info.metadata))
    said = info.description or path[-1].replace("_", " ")
    label = label_of(said)
    one = Field(
        path,
        "text",
        f"{label[:1].upper()}{label[1:]}",
        said.partition(";")[2].strip(),
        group,
        info.is_required(),
        _default(info, deal, found),
    )
    if isinstance(found.base, type) and issubclass(found.base, Record) and found.base is not Series:
        for name, inner in found.base.model_fields.items():
            for each in _fields(deal, (*path, name), inner, one.label):
                yield each if info.is_required() else replace(each, required=False)
    elif get_origin(found.base) is dict:
        yield from _entries(deal, one, found)
    else:
        yield _plain(deal, one, found)


def _entries(deal: Deal, one: Field, found: _Type) -> Iterator[Field]:
    """A field for each party or metal that a number may be given for; any other mapping as text."""
    key, value = (_type(each) for each in get_args(found.base))
    options = _known(deal, key)
    if not options or value.measured is None:
        yield replace(one, help=_example(one.help, "{key: value}"))
        return
    for name, label in options:
        yield _plain(deal, replace(one, path=(*one.path, name), label=label, group=one.label, required=False), value)


def _plain(deal: Deal, one: Field, found: _Type) -> Field:
    """The field of a single value, or of a list of names."""
    options = _known(deal, found) if found.base is str else ()
    if one.path[-1].endswith("venture"):
        options = tuple((name, venture.name) for name, venture in deal.ventures.items())
    if found.measured is not None and found.base in (float, Series):
        lever = Lever(one.name, one.label, 0.0, found.measured, Kind.NUMBER, one.name, currency=deal.currency)
        return replace(one, control="series" if found.base is Series else "number", lever=lever)
    if get_origin(found.base) is Literal:
        options = tuple((str(each), str(each).replace("_", " ")) for each in get_args(found.base))
    elif found.base is bool:
        options = (("true", "yes"), ("false", "no"))
    elif get_origin(found.base) is tuple:
        inside = _known(deal, _type(get_args(found.base)[0]))
        return replace(one, control="several", options=inside) if inside else replace(one, help=_example(one.help, "[a, b]"))
    elif found.base is Month:
        return replace(one, help=f"{one.help}; 2031 or 2031-07".removeprefix("; "))
    return replace(one, control="choice", options=options) if options else one


def _example(said: str, form: str) -> str:
    return f"{said}; as in a deal file, {form}".removeprefix("; ")


def _known(deal: Deal, found: _Type) -> tuple[tuple[str, str], ...]:
    """Names of the deal that may stand here, with what they are called."""
    if "party" in found.marks:
        return tuple((name, party.name) for name, party in deal.parties.items())
    names: dict[str, Iterable[str]] = {"metal": deal.prices, "currency": deal.currencies, "phase": deal.phases}
    return tuple((one, one.replace("_", " ")) for mark, held in names.items() if mark in found.marks for one in held)


def _type(annotation: Any, marks: tuple[Any, ...] = ()) -> _Type:
    """The type of an annotation, where that is one or nothing; its marks from outside in."""
    if get_origin(annotation) is Annotated:
        inner, *more = get_args(annotation)
        return _type(inner, (*marks, *more))
    if get_origin(annotation) is Union or type(annotation).__name__ == "UnionType":
        inside = [one for one in get_args(annotation) if one is not NoneType]
        if len(inside) == 1:
            return _type(inside[0], marks)
    return _Type(annotation, marks)


def _default(info: FieldInfo, deal: Deal, found: _Type) -> str:
    """What holds where nothing is given."""
    value = info.default
    if value is PydanticUndefined or value is None or isinstance(value, Record | dict | tuple):
        return ""
    if isinstance(value, bool):
        return "yes" if value else "no"
    if isinstance(value, float) and found.measured is not None:
        return exact(Lever("", "", value, found.measured, Kind.NUMBER, "", currency=deal.currency))
    return str(value).replace("_", " ")
