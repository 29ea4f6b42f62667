"""The JSON Schema of a deal file, for completion and checks in editors."""

from __future__ import annotations

from typing import Any

from jvmodel.deal import Deal


def schema() -> dict[str, Any]:
    """JSON Schema (draft 2020-12) of a deal with every term, described in the words of the term sheet."""
    found = Deal.model_json_schema()
    return {"$schema": "https://json-schema.org/draft/2020-12/schema", **found, "title": "A jvmodel deal"}
