"""Term: one clause or concept of a deal, as checked data and the rows that it adds to the model."""

from __future__ import annotations

import re
from abc import abstractmethod
from collections.abc import Iterator
from typing import Annotated, Any, ClassVar, get_args, get_origin

from pydantic import BeforeValidator, Field

from jvmodel.errors import GraphError
from jvmodel.graph import Given, Param, Ref
from jvmodel.graph.expression import Expr
from jvmodel.inputs import Measured, Record, Series, fault
from jvmodel.ledger import Account, Ledger, Measure
from jvmodel.over_time import over_time

_NAME = r"^[a-z][a-z0-9_]{0,39}$"


def _name(value: Any) -> Any:
    if not isinstance(value, str) or not re.match(_NAME, value):
        raise fault(f"{value!r} is not a name; use small letters, digits and underscores, beginning with a letter")
    return value


Name = Annotated[str, BeforeValidator(_name)]
"""A short name: small letters, digits and underscores."""


class Term(Record):
    """Base of all terms. `apply` writes the term's rows and posts them; it never looks at another term."""

    chapter: ClassVar[str] = "model"
    """The chapter of the term sheet and the sheet of the workbook: the folder that the term's file stands in."""

    kind: str
    """Which term this is"""
    name: Name
    """Name of this term in the deal"""
    title: str | None = Field(default=None, max_length=80)
    """What outputs call it"""
    venture: Name | None = None
    """Venture that the term belongs to; the main one when not given"""
    note: str | None = Field(default=None, max_length=500)
    """Clause, source or reason"""

    def __init_subclass__(cls, **options: Any) -> None:
        super().__init_subclass__(**options)
        parts = cls.__module__.split(".")
        if len(parts) > 3 and parts[:2] == ["jvmodel", "terms"]:
            cls.chapter = parts[2]

    @property
    def path(self) -> str:
        """Where the term's inputs stand in the deal, in front of every input's name."""
        return f"terms.{self.name}"

    @property
    def heading(self) -> str:
        """What outputs call the term: its title, or its name as words."""
        return self.title or self.name.replace("_", " ").capitalize()

    @property
    def worked_example(self) -> tuple[str, dict[str, str | float]]:
        """The clause at work in a sentence, where parties are known to read it differently: with places for words and shares."""
        return "", {}

    def announces(self) -> tuple[Account | Measure | tuple[Measure, str], ...]:
        """Accounts, and measures (of what), that other terms write rows for only where some term of the deal uses them."""
        return ()

    @abstractmethod
    def apply(self, ledger: Ledger) -> None:
        """Writes the rows of the term into the ledger's graph and posts what they say."""

    def given(self, ledger: Ledger, path: str) -> Expr:
        """The formula for an input of the term, named by its path within the term such as `recovery.copper`.

        A flat amount a year is multiplied by the length of the period, so that it is an amount of the period.
        """
        return given(ledger, self, self.path, path)

    def measured_in(self, ledger: Ledger, path: str, unit_text: str) -> Expr:
        """The formula for a plain number of the term in a unit that the deal decides, such as that of a price."""
        _, label, value, _ = next(number for number in numbers(self, field=_head(path)) if number[0] == path)
        name = f"{self.path}.{path}"
        return ledger.graph.given(Given(name, label, float(value), unit_text, name, self.note or ""))


def given(ledger: Ledger, owner: Record, place: str, path: str) -> Expr:
    """The formula for a number or series at a path within a record that stands at `place` in the deal."""
    found = next((number for number in numbers(owner, field=_head(path)) if number[0] == path), None)
    if found is None:
        raise GraphError(f"{place} has no input '{path}'")
    _, label, value, measured = found
    note = str(getattr(owner, "note", None) or "")
    name = f"{place}.{path}"
    unit = "%" if measured.show == "%" else measured.unit.replace("$", getattr(owner, "currency", None) or ledger.currency)
    if not isinstance(value, Series):
        return ledger.graph.given(Given(name, label, float(value), unit, name, note))
    if value.flat is not None:
        flat = ledger.graph.given(Given(f"{name}.flat", label, value.flat, unit, f"{name}.flat", note))
        return flat * ledger.period_years if measured.per_year else flat
    numbers_by_period = over_time(value, measured, ledger.graph.timeline)
    unit = unit.removesuffix("/year") if measured.per_year else unit
    return ledger.graph.given(Given(name, label, numbers_by_period, unit, name, note))


def label_of(description: str) -> str:
    """The label of a field: its description up to the first semicolon; what follows explains."""
    return " ".join(description.split(";", maxsplit=1)[0].split())


Number = tuple[str, str, Any, Measured]
"""Path, label, value and unit of an input."""


def numbers(record: Record, path: str = "", label: str = "", field: str | None = None) -> Iterator[Number]:
    """Every number and series of a record and the records within it; of one field alone where it is named."""
    for name, info in type(record).model_fields.items():
        if field in (None, name):
            text = label_of(info.description or name)
            yield from _numbers(getattr(record, name), [info.annotation, *info.metadata], f"{path}{name}", f"{label}{text}")


def _head(path: str) -> str:
    """The field that a path begins with."""
    return path.partition(".")[0]


def _numbers(value: Any, types: list[Any], path: str, label: str) -> Iterator[Number]:
    measured = _measured(types)
    if isinstance(value, float | Series) and measured is not None:
        yield path, label, value, measured
    elif isinstance(value, Record) and not isinstance(value, Series):
        yield from numbers(value, f"{path}.", f"{label}: ")
    elif isinstance(value, dict):
        for key, entry in value.items():
            yield from _numbers(entry, _entries(types), f"{path}.{key}", f"{label}: {key}")
    elif isinstance(value, tuple | list):
        for place, entry in enumerate(value):
            yield from _numbers(entry, _entries(types), f"{path}.{place}", f"{label} {place + 1}")


def _measured(types: list[Any]) -> Measured | None:
    for one in types:
        if isinstance(one, Measured):
            return one
        if get_origin(one) not in (None, dict, tuple, list):
            found = _measured(list(get_args(one)))
            if found:
                return found
    return None


def _entries(types: list[Any]) -> list[Any]:
    """The types of the entries of a dict, tuple or list."""
    for one in types:
        if get_origin(one) in (dict, tuple, list):
            return list(get_args(one))
        if get_origin(one) is not None:
            inner = _entries(list(get_args(one)))
            if inner:
                return inner
    return []


__all__ = ["Name", "Number", "Param", "Ref", "Term", "given", "numbers"]
