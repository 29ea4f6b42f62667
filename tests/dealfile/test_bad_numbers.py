"""Every number of every term, put out of its bounds: refused with the line that it stands in, and with what it may be."""

from __future__ import annotations

import math
from pathlib import Path
from typing import Any

import pytest
from ruamel.yaml import YAML

from jvmodel.dealfile import load
from jvmodel.errors import DealError, JvmodelError
from jvmodel.inputs import Measured, Series
from jvmodel.model import build
from jvmodel.term import numbers
from jvmodel.terms import terms

DOCS = Path(__file__).parent.parent.parent / "docs" / "terms"


def beyond(measured: Measured) -> list[Any]:
    """What is no number, and numbers below and above the bounds."""
    bad: list[Any] = ["plenty", math.nan, math.inf]
    bad += [measured.low - 1] if measured.low is not None else []
    bad += [measured.above] if measured.above is not None else []
    return bad + ([measured.high * 2 + 1] if measured.high is not None else [])


def place(entry: Any, path: str) -> tuple[Any, Any] | None:
    """The container and key of a number in the data of a term; None where the file leaves it at its default."""
    container, key = None, None
    for step in path.split("."):
        keys = {str(one): one for one in (range(len(entry)) if isinstance(entry, list) else entry)} if entry is not None else {}
        if step not in keys:
            return None
        container, key = entry, keys[step]
        entry = entry[key] if isinstance(entry[key], dict | list) else None
    return container, key


@pytest.mark.parametrize("kind", sorted(terms()))
def test_numbers_out_of_bounds(kind: str, tmp_path: Path) -> None:
    original = DOCS / f"{kind}.yaml"
    number, term = next((number, term) for number, term in enumerate(load(original).terms) if term.kind == kind)
    yaml, changed = YAML(), tmp_path / "deal.yaml"
    yaml.width = 1000
    for path, _, value, measured in numbers(term):
        for bad in beyond(measured):
            data = yaml.load(original.read_text(encoding="utf-8"))
            found = place(data["terms"][number], path)
            if found is None:
                continue
            here, key = found
            if isinstance(value, Series) and isinstance(here[key], dict):
                here, key = here[key], next(iter(here[key]))
            here[key] = bad
            yaml.dump(data, changed)
            with pytest.raises(DealError) as refused:
                load(changed)
            message = str(refused.value)
            assert "deal.yaml:" in message, (path, bad)
            assert path.split(".", maxsplit=1)[0] in message, (path, bad)


@pytest.mark.parametrize(
    ("kind", "old", "new", "message"),
    [
        ("corporate_tax", "life: 3", "life: 0", "life"),
        ("sliding_royalty", "{start: 8000, rate: 7%}", "{start: 5000, rate: 7%}", "a band from 5000 follows one from 6000; sort them"),
        ("senior_loan", "dscr: ", "dscr: 0.9 # ", "is too low; it must be at least 1"),
        ("gross_royalty", "rate: 2.5%", "rate: 2.5", "is too high; it must be at most 100% (a percentage is written with its sign"),
        ("gross_royalty", "floor: 2", "cap: -2", "-2 is too low; it must be at least 0"),
        ("prepayment", "    metal: copper\n    deliveries", "    deliveries", "say how it is repaid: years of instalments, or metal and deliveries"),
        ("equipment_lease", "years: 4", "years: 4.5", "is not a whole number of periods"),
        ("covenants", "    rate: 7.5%\n", "", "rate goes with llcr or plcr"),
    ],
)  # fmt: skip
def test_faults_in_words(kind: str, old: str, new: str, message: str, tmp_path: Path) -> None:
    text = (DOCS / f"{kind}.yaml").read_text(encoding="utf-8")
    assert old in text
    path = tmp_path / "deal.yaml"
    path.write_text(text.replace(old, new, 1), encoding="utf-8")
    with pytest.raises(JvmodelError) as found:
        build(load(path))
    assert message in str(found.value)
