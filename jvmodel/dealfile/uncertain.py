"""What is wrong with the risk register of a deal: paths that lead nowhere, draws out of bounds, correlations that clash."""

from __future__ import annotations

from collections.abc import Iterator

from jvmodel.deal import Deal
from jvmodel.dealfile.source import Place
from jvmodel.errors import GraphError
from jvmodel.graph.graph import did_you_mean
from jvmodel.lever import Kind, lever
from jvmodel.uncertainty import RiskFactor, Uncertainty


def faults_of_uncertainty(deal: Deal, register: Uncertainty) -> Iterator[tuple[Place, str]]:
    """Every fault of the register, with its place."""
    wandering = {path.split(".")[1]: name for name, one in register.factors.items() if one.process for path in one.of}
    taken: dict[str, str] = {}
    for name, factor in register.factors.items():
        place: Place = ("uncertainty", "factors", name)
        for path in factor.of:
            if path in taken:
                yield place, f"{path} is drawn by '{taken[path]}' already; one of the two must go"
                continue
            taken[path] = name
            message = _wandering(deal, factor, path) if factor.process else _drawn(deal, factor, path, wandering)
            if message:
                yield place, message
    yield from _correlations(register)


def _wandering(deal: Deal, factor: RiskFactor, path: str) -> str:
    metal = path.split(".")[1]
    if metal not in deal.prices:
        return f"there is no price '{metal}'{did_you_mean(metal, deal.prices)} (prices: {', '.join(deal.prices) or 'none'})"
    if factor.bootstrap is not None:
        from jvmodel.processes import Resampled

        try:
            Resampled.of(factor.bootstrap.observed, deal.timeline.step.months, factor.bootstrap.block)
        except ValueError as error:
            return f"bootstrap: {error}"
    return ""


def _drawn(deal: Deal, factor: RiskFactor, path: str, wandering: dict[str, str]) -> str:
    """What is wrong with one path of a distribution; empty where nothing is."""
    try:
        found = lever(deal, path)
    except GraphError as error:
        return str(error)
    if found.kind is Kind.SHAPE:
        return f"{path} shapes the model, which cannot be built anew for every trial; draw a number that the model reads"
    steps = path.split(".")
    if steps[0] == "prices" and len(steps) > 1 and steps[1] in wandering and factor.drawn != "factor":
        return f"{path} also follows a path ('{wandering[steps[1]]}'); draw a factor on it: drawn: factor"
    assert factor.distribution is not None
    for edge in factor.distribution.reach:
        drawn = found.base * edge if factor.drawn == "factor" else found.base + edge if factor.drawn == "addition" else edge
        try:
            found.bounded(drawn)
        except GraphError as error:
            advice = "; bound the distribution" if factor.normal or factor.lognormal else ""
            return f"a draw of {edge:g} is out of bounds: {error}{advice}"
    return ""


def _correlations(register: Uncertainty) -> Iterator[tuple[Place, str]]:
    seen: set[frozenset[str]] = set()
    sound = True
    for number, one in enumerate(register.correlations):
        place: Place = ("uncertainty", "correlations", number)
        unknown = [name for name in one.of if name not in register.factors]
        if unknown:
            yield place, f"'{unknown[0]}' is not a risk{did_you_mean(unknown[0], register.factors)}"
        elif one.of[0] == one.of[1]:
            yield place, f"{one.of[0]} cannot be correlated with itself; name two risks"
        elif frozenset(one.of) in seen:
            yield place, f"{one.of[0]} and {one.of[1]} are correlated twice; keep one"
        elif message := _across(register, *one.of):
            yield place, message
        else:
            seen.add(frozenset(one.of))
            continue
        sound = False
    if sound and register.correlations and not register.nearest_correlation:
        from jvmodel.correlation import Correlations

        message = Correlations.of(register).contradiction()
        if message:
            yield ("uncertainty", "correlations"), message


def _across(register: Uncertainty, one: str, other: str) -> str:
    """What is wrong with a correlation of a single number and a price over time; empty where nothing is."""
    priced = [name for name in (one, other) if register.factors[name].process is not None]
    if len(priced) != 1:
        return ""
    if register.factors[priced[0]].bootstrap is not None:
        return f"{one} and {other}: past returns are drawn in blocks, which have no direction that a number could go with"
    if register.correlated_by != "copula":
        return f"{one} and {other} are a number and a price over time; only correlated_by: copula can do that"
    return ""
