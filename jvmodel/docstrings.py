"""Docstrings of attributes: what stands below a field in the source, which Python itself does not keep."""

from __future__ import annotations

import ast
import inspect
import itertools
import sys
from functools import cache


@cache
def described(module: str) -> dict[str, dict[str, str]]:
    """The docstrings of attributes in a module's source, by class and attribute."""
    found: dict[str, dict[str, str]] = {}

    def visit(body: list[ast.stmt], prefix: str) -> None:
        for one in body:
            if isinstance(one, ast.ClassDef):
                name = f"{prefix}{one.name}"
                found[name] = {
                    field.target.id: inspect.cleandoc(said.value.value)
                    for field, said in itertools.pairwise(one.body)
                    if isinstance(field, ast.AnnAssign) and isinstance(field.target, ast.Name)
                    and isinstance(said, ast.Expr) and isinstance(said.value, ast.Constant) and isinstance(said.value.value, str)
                }  # fmt: skip
                visit(one.body, f"{name}.")

    visit(ast.parse(inspect.getsource(sys.modules[module])).body, "")
    return found
