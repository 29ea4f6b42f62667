"""Targets of a solve: what a figure should be, or that parties should fare alike; each as differences that should be nil.

`state.irr=15%`, `plateau.share_of_value=12%`, `tansei.npv=northvale.npv-200`, `equal:irr`, `equal:npv/peak_funding`,
`equal:moic:northvale,tansei`; on risk `plateau.certainty_equivalent=450`, `plateau.share_of_certainty_equivalent=30%`.
Ratios are never formed: their divisor could pass through nil (terms.md G2).
"""

from __future__ import annotations

import re
from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass
from itertools import pairwise
from typing import Any

import numpy as np
from numpy.typing import NDArray

from jvmodel.analysis.wanted import STAKES, wanted
from jvmodel.errors import GraphError
from jvmodel.graph.graph import did_you_mean
from jvmodel.inputs import read_plain
from jvmodel.metrics import METRICS
from jvmodel.model import Model

Array = NDArray[np.float64]
EQUAL = "equal:"
ON_RISK = {"certainty_equivalent": "", "share_of_certainty_equivalent": "%"}
"""Figures over the trials of the risk register: mean less price of risk times expected shortfall, and its share of what those
at the table have; with their units ('' for money)."""
PER_FUNDING = "npv/peak_funding"


@dataclass(frozen=True)
class Target:
    """A difference that should be nil: the figures it needs, how it follows from them (S,), and its unit.

    `figure` is what is looked at, `goal` the number it should be where it is one.
    """

    text: str
    figures: tuple[str, ...]
    difference: Callable[[Mapping[str, Array]], Array]
    unit: str
    figure: str
    goal: float | None = None


def partners(model: Model) -> tuple[str, ...]:
    """Parties that hold an interest in the main venture, in the order of the agreement; raises GraphError without any."""
    for term in model.deal.terms:
        held: Any = getattr(term, "interests", None)
        if term.venture is None and isinstance(held, dict):
            return tuple(held)
    raise GraphError("no term of the deal says who holds which interest; name the parties, such as equal:irr:ann,bob")


def on_risk(figure: str) -> bool:
    """Whether a figure is one over the trials of the risk register."""
    return figure.rpartition(".")[2] in ON_RISK


def unit_of(model: Model, figure: str) -> str:
    """The unit of a figure; raises GraphError for one that the deal does not have."""
    party, _, metric = figure.rpartition(".")
    if metric not in ON_RISK:
        return wanted(model, figure).unit
    if party not in model.deal.parties:
        raise GraphError(f"'{party}' is not a party of the deal{did_you_mean(party, model.deal.parties)}")
    return ON_RISK[metric] or f"{model.deal.currency}m"


def label_of(model: Model, figure: str) -> str:
    """What outputs call a figure."""
    party, _, metric = figure.rpartition(".")
    return f"{metric.replace('_', ' ').capitalize()}: {model.label(party)}" if metric in ON_RISK else wanted(model, figure).label


def targets(model: Model, text: str) -> tuple[Target, ...]:
    """The targets that a text means; raises GraphError with what to write instead."""
    if text.startswith(EQUAL):
        return tuple(_equal(model, text))
    left, equals, right = text.partition("=")
    if not equals or not right.strip():
        raise GraphError(f"--target {text}: write FIGURE=VALUE, such as treasury.npv=3000, or equal:irr")
    left, right = left.strip(), right.strip()
    unit = unit_of(model, left)
    number = re.fullmatch(r"([+-]?[\d.]+(?:[eE][+-]?\d+)?%?)", right)
    if number:
        goal = read_plain(right, "%" if unit == "%" else "1", "--target")
        return (Target(text, (left,), lambda found: found[left] - goal, unit, left, goal),)
    match = re.fullmatch(r"(.*?[A-Za-z_\d])\s*(?:([+-])\s*([\d.]+%?))?", right)
    other = match[1] if match else right
    added = read_plain(f"{match[2]}{match[3]}", "%" if unit == "%" else "1", "--target") if match and match[3] else 0.0
    if unit_of(model, other) != unit:
        raise GraphError(f"--target {text}: {left} is in {unit}, {other} in {unit_of(model, other)}; compare like with like")
    return (Target(text, (left, other), lambda found: found[left] - found[other] - added, unit, left),)


def _equal(model: Model, text: str) -> Iterator[Target]:
    metric, _, named = text.removeprefix(EQUAL).partition(":")
    known = [*METRICS, *STAKES, *ON_RISK, PER_FUNDING]
    if metric not in known:
        raise GraphError(
            f"--target {text}: there is no metric '{metric}'{did_you_mean(metric, known)}; use one of {', '.join(known)}"
        )
    parties = tuple(part.strip() for part in named.split(",")) if named else partners(model)
    if len(parties) < 2:
        raise GraphError(f"--target {text}: name at least two parties that should fare alike")
    for first, other in pairwise(parties):
        said = f"{other}.{metric}={first}.{metric}"
        if metric == PER_FUNDING:
            yield _per_funding(model, said, first, other)
        else:
            (target,) = targets(model, said)
            yield target


def _per_funding(model: Model, text: str, first: str, other: str) -> Target:
    names = tuple(f"{party}.{metric}" for party in (first, other) for metric in ("npv", "peak_funding"))
    for name in names:
        wanted(model, name)

    def difference(found: Mapping[str, Array]) -> Array:
        mine, put_in, theirs, paid = (found[name] for name in names)
        return np.asarray((theirs * put_in - mine * paid) / np.maximum(np.abs(put_in) + np.abs(paid), 1e-9))

    return Target(text, names, difference, f"{model.deal.currency}m", f"{other}.npv")
