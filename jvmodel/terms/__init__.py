"""The terms of a deal: one deal concept a file, in folders by chapter of a term sheet.

Every file in these folders is a term, and is named by its `kind`; standing here is all the registration there is. A file is
read when a deal first uses its term: a deal has a fifth of all terms, and reading the others would double what it takes to start.
"""

from __future__ import annotations

import importlib
import pkgutil
from functools import cache
from typing import Annotated, Any, Union, get_args

from pydantic import Field, GetCoreSchemaHandler, GetJsonSchemaHandler, TypeAdapter, ValidationInfo
from pydantic_core import CoreSchema, PydanticKnownError, core_schema

from jvmodel.term import Term


@cache
def kinds() -> dict[str, str]:
    """The module of every term by its kind, in alphabetical order; none of them is read."""
    found = (name for _, name, is_folder in pkgutil.walk_packages(__path__, f"{__name__}.") if not is_folder)
    return dict(sorted((name.rpartition(".")[2], name) for name in found))


@cache
def term_of(kind: str) -> type[Term]:
    """The term of a kind; raises KeyError where there is none, and TypeError where its file holds another."""
    module = importlib.import_module(kinds()[kind])
    for one in vars(module).values():
        if isinstance(one, type) and issubclass(one, Term) and get_args(one.model_fields["kind"].annotation) == (kind,):
            return one
    raise TypeError(f"{module.__name__} has no term of kind '{kind}'; name the file by the kind of its term")


@cache
def terms() -> dict[str, type[Term]]:
    """Every term by its kind, in alphabetical order."""
    return {kind: term_of(kind) for kind in kinds()}


class ByKind:
    """Annotation of a term: it is read as the term that its `kind` names."""

    def __get_pydantic_core_schema__(self, source: Any, handler: GetCoreSchemaHandler) -> CoreSchema:
        """Finds the term when there is one to read; a union would need all of them beforehand."""
        return core_schema.with_info_plain_validator_function(_read)

    def __get_pydantic_json_schema__(self, schema: CoreSchema, handler: GetJsonSchemaHandler) -> dict[str, Any]:
        """Any of the terms."""
        every: Any = Annotated[Union[tuple(terms().values())], Field(discriminator="kind")]  # noqa: UP007
        return handler(TypeAdapter(every).core_schema)


def _read(value: Any, info: ValidationInfo) -> Term:
    if isinstance(value, Term):
        return value
    if not isinstance(value, dict):
        raise PydanticKnownError("model_attributes_type")
    if "kind" not in value:
        raise PydanticKnownError("union_tag_not_found", {"discriminator": "'kind'"})
    kind = str(value["kind"])
    if kind not in kinds():
        known = ", ".join(kinds())
        raise PydanticKnownError("union_tag_invalid", {"discriminator": "'kind'", "tag": kind, "expected_tags": known})
    return term_of(kind).model_validate(value, context=info.context)
