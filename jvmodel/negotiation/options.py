"""Options of a party: to wait, to do something larger, to abandon; what each is worth, and to whom (terms.md G18).

To wait and to expand: a binomial lattice on the level of prices, in which the deal is run again at every node. To abandon:
least squares Monte Carlo on the trials of the risk register, with 1, P and P² as basis (Longstaff and Schwartz, Valuing
American Options by Simulation, 2001). Whoever holds an option uses it for its own good; all others follow.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from jvmodel.analysis.scenarios import Scenarios
from jvmodel.analysis.study import Study
from jvmodel.backends import kernel
from jvmodel.errors import GraphError
from jvmodel.lever import Kind

Array = NDArray[np.float64]
Worth = Callable[[Array], Array]
"""What exercising is worth to each party (S, parties) when it is done, for levels of prices (S,)."""


@dataclass(frozen=True)
class Option:
    """An option in one party's hand: what parties have at once without it, and with it; `chance` that it is ever used.

    `gain` is what the option adds to each party: nil or more for the holder, anything for the others.
    """

    name: str
    holder: str
    without: dict[str, float]
    value: dict[str, float]
    chance: float

    @property
    def gain(self) -> dict[str, float]:
        """What the option adds to each party's value."""
        return {party: self.value[party] - self.without[party] for party in self.value}


@dataclass(frozen=True)
class Lattice:
    """Levels of prices around 1: volatility a year, steps of `years` each, and how many.

    Levels go up by exp(σ√t) or down by its inverse, with chances that keep their mean at 1 (Cox, Ross and Rubinstein 1979).
    """

    sigma: float
    years: float
    steps: int

    def levels(self, step: int) -> Array:
        """The levels (step + 1,) that can be reached in a step, the lowest first."""
        found: Array = np.exp(self.sigma * self.years**0.5 * (2 * np.arange(step + 1) - step))
        return found

    @property
    def up(self) -> float:
        """Chance of a step upwards."""
        rise = float(np.exp(self.sigma * self.years**0.5))
        return (1 - 1 / rise) / (rise - 1 / rise)


def right_to_act(
    name: str, worth: Worth, lattice: Lattice, parties: Sequence[str], rates: Array, holder: int, *, without: Array
) -> Option:
    """The option to act at any step of a lattice, or never: acting gives `worth` then, each party discounting at its own rate.

    `without` (parties,) is what parties have where nobody holds the option.
    """
    factor = (1 + rates) ** -lattice.years
    now = [worth(lattice.levels(step)) for step in range(lattice.steps + 1)]
    acts = now[-1][:, holder] > 0
    value = np.where(acts[:, None], now[-1], 0.0)
    used = acts.astype(float)
    for step in range(lattice.steps - 1, -1, -1):
        waiting = (lattice.up * value[1:] + (1 - lattice.up) * value[:-1]) * factor
        later = lattice.up * used[1:] + (1 - lattice.up) * used[:-1]
        acts = now[step][:, holder] > np.maximum(waiting[:, holder], 0.0)
        value = np.where(acts[:, None], now[step], waiting)
        used = np.where(acts, 1.0, later)
    return Option(name, parties[holder], _by(parties, without), _by(parties, value[0]), float(used[0]))


def to_wait(study: Study, prices: Sequence[str], lattice: Lattice, parties: Sequence[str]) -> tuple[Option, ...]:
    """The right to begin the deal at any step of the lattice, or never, in each party's hand."""
    worth = _at_levels(study, prices, parties)
    base = worth(np.ones(1))[0]
    rates = np.array([study.model.discount_rate(party) for party in parties])
    return tuple(right_to_act("wait", worth, lattice, parties, rates, holder, without=base) for holder in range(len(parties)))


def to_change(
    study: Study, other: Study, name: str, prices: Sequence[str], lattice: Lattice, parties: Sequence[str]
) -> tuple[Option, ...]:
    """The right to change the deal into another one (an expansion) at any step of the lattice, in each party's hand."""
    before, after = (_at_levels(one, prices, parties) for one in (study, other))
    rates = np.array([study.model.discount_rate(party) for party in parties])
    nothing = np.zeros(len(parties))

    def gained(levels: Array) -> Array:
        return after(levels) - before(levels)

    return tuple(right_to_act(name, gained, lattice, parties, rates, holder, without=nothing) for holder in range(len(parties)))


def _at_levels(study: Study, prices: Sequence[str], parties: Sequence[str]) -> Worth:
    """Net present values of the deal (S, parties) with prices at levels (S,) of what it says, long-term prices too."""
    levers = [study.lever(path) for path in _whole_decks(study, prices)]
    for one in levers:
        if one.kind not in (Kind.NUMBER, Kind.FACTOR):
            raise GraphError(f"{one.path} is not a price or a number that moves with prices")
    figures = [f"{party}.npv" for party in parties]

    def worth(levels: Array) -> Array:
        found = study.figures({one.path: one.base * levels for one in levers}, figures)
        return np.stack([np.broadcast_to(found[name], (len(levels),)) for name in figures], axis=1)

    return worth


def _whole_decks(study: Study, prices: Sequence[str]) -> Iterator[str]:
    """The paths, and with a deck by year the long-term price that it runs into."""
    decks = study.model.deal.prices
    for path in dict.fromkeys(prices):
        yield path
        first, _, metal = path.partition(".")
        far = f"{path}.long_term"
        if first == "prices" and metal in decks and decks[metal].long_term is not None and far not in prices:
            yield far


def to_abandon(
    scenarios: Scenarios, parties: Sequence[str], *, trials: int = 2048, exit_values: dict[str, float] | None = None
) -> tuple[Option, ...]:
    """The right to stop the venture at the start of any period, in each party's hand; nobody pays or gets anything afterwards.

    `exit_values` are what parties get, or in the negative pay, at the stop (millions of that time).
    """
    model = scenarios.study.model
    drawn = scenarios.draw(0, trials)
    values = kernel.choose(model.graph, scenarios.inputs(drawn), tuple(f"party.{party}.cash" for party in parties))
    cash = np.stack([values.rows[f"party.{party}.cash"] for party in parties], axis=2)
    timeline = model.graph.timeline
    rates = np.array([model.discount_rate(party) for party in parties])
    factors = (1 + rates) ** -np.array(timeline.times)[:, None]
    counted = np.array(timeline.counted, dtype=float)[:, None]
    left = np.array([(exit_values or {}).get(party, 0.0) for party in parties])
    state = _state(drawn.paths, cash.shape[:2])
    present = cash * factors * counted
    always = present.sum(axis=1).mean(axis=0)
    found = []
    for holder, party in enumerate(parties):
        stop = stopping(present[:, :, holder], left[holder] * factors[:, holder], state)
        kept = (np.arange(cash.shape[1]) < stop[:, None])[:, :, None]
        ended = stop < cash.shape[1]
        at_stop = np.where(ended[:, None], left * factors[np.minimum(stop, cash.shape[1] - 1)], 0.0)
        value = (present * kept).sum(axis=1).mean(axis=0) + at_stop.mean(axis=0)
        if value[holder] < always[holder]:
            value, ended = always, np.zeros_like(ended)
        found.append(Option("abandon", party, _by(parties, always), _by(parties, value), float(ended.mean())))
    return tuple(found)


def _state(paths: dict[str, Array], shape: tuple[int, ...]) -> Array:
    """What is known at the start of each period (S, T): prices of the period before, as factors on their decks."""
    if not paths:
        raise GraphError("no price of the risk register moves over time, so nothing is learnt by waiting; give one a process")
    level = np.mean(list(paths.values()), axis=0)
    state: Array = np.ones(shape)
    state[:, 1:] = level[:, :-1]
    return state


def stopping(present: Array, leaving: Array, state: Array) -> NDArray[np.intp]:
    """The period (S,) in which each trial is stopped, the number of periods where none is.

    `present` (S, T) is the holder's discounted cash, `leaving` (T,) what it has by stopping at the start of a period, and
    `state` (S, T) what it knows then. Going on is valued by least squares on 1, P and P².
    """
    trials, periods = present.shape
    stop = np.full(trials, periods)
    ahead = np.zeros(trials)
    for period in range(periods - 1, -1, -1):
        ahead = ahead + present[:, period]
        known = state[:, period]
        if np.ptp(known) > 1e-12:
            basis = np.stack([np.ones(trials), known, known**2], axis=1)
            expected = basis @ np.linalg.lstsq(basis, ahead, rcond=None)[0]
        else:
            expected = np.full(trials, ahead.mean())
        stops = expected < leaving[period] - 1e-12
        stop = np.where(stops, period, stop)
        ahead = np.where(stops, leaving[period], ahead)
    return stop


def _by(parties: Sequence[str], values: Array) -> dict[str, float]:
    return dict(zip(parties, map(float, values), strict=True))
