"""The terms of a deal: one deal concept a file, in folders by chapter of a term sheet.

Every class in these folders that has a `kind` of its own is a term; being found here is all the registration there is.
"""

from __future__ import annotations

import importlib
import pkgutil
from functools import cache
from typing import get_args

from jvmodel.term import Term


@cache
def terms() -> dict[str, type[Term]]:
    """Every term by its kind, in alphabetical order."""
    for module in pkgutil.walk_packages(__path__, f"{__name__}."):
        importlib.import_module(module.name)
    found: dict[str, type[Term]] = {}
    waiting = list(Term.__subclasses__())
    while waiting:
        term = waiting.pop()
        waiting += term.__subclasses__()
        kinds = get_args(term.model_fields["kind"].annotation)
        if kinds and term.__module__.startswith(__name__):
            found[kinds[0]] = term
    return dict(sorted(found.items()))
