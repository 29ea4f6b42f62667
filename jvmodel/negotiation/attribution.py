"""How much of a change each of its parts makes: alone, in order, and by the Shapley value over all orders.

The Shapley value of a part is the mean, over every order in which the parts could be switched, of what switching it adds
(Shapley, A Value for n-person Games, 1953). In order and by Shapley, the parts add up to the whole.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass
from math import factorial

import numpy as np
from numpy.typing import NDArray

Array = NDArray[np.float64]
EXACT = 10
"""Parts up to which every subset is worked out."""
ORDERS = 64
"""Orders drawn for more parts than that; each is used with its reverse."""
SEED = 1953

Values = Callable[[Sequence[frozenset[str]]], dict[str, Array]]
"""Figures by name, (subsets,), with those parts switched."""


@dataclass(frozen=True)
class Attribution:
    """By part and figure: the effect switched alone, in order, and by Shapley; `exact` unless orders were drawn."""

    alone: dict[str, dict[str, float]]
    in_order: dict[str, dict[str, float]]
    shapley: dict[str, dict[str, float]]
    exact: bool


def attribute(parts: Sequence[str], values: Values, *, exact: bool | None = None, orders: int = ORDERS) -> Attribution:
    """What each part does to every figure."""
    complete = len(parts) <= EXACT if exact is None else exact
    drawn = [] if complete else list(_orders(len(parts), orders))
    singles = [frozenset({part}) for part in parts]
    prefixes = [frozenset(parts[:count]) for count in range(len(parts) + 1)]
    if complete:
        needed = [frozenset(part for bit, part in enumerate(parts) if code >> bit & 1) for code in range(1 << len(parts))]
    else:
        needed = [frozenset(parts[place] for place in order[:count]) for order in drawn for count in range(len(parts) + 1)]
    subsets = list(dict.fromkeys([*needed, *singles, *prefixes]))
    place = {subset: number for number, subset in enumerate(subsets)}
    found = values(subsets)

    def each(one: Callable[[str, Array], float]) -> dict[str, dict[str, float]]:
        return {part: {name: one(part, figures) for name, figures in found.items()} for part in parts}

    def alone(part: str, figures: Array) -> float:
        return float(figures[place[frozenset({part})]] - figures[place[frozenset()]])

    def in_order(part: str, figures: Array) -> float:
        count = parts.index(part)
        return float(figures[place[prefixes[count + 1]]] - figures[place[prefixes[count]]])

    if complete:
        by_code = np.array([place[subset] for subset in needed])
        values_of = {name: shapley(figures[by_code], len(parts)) for name, figures in found.items()}
        fair = {part: {name: float(values_of[name][bit]) for name in found} for bit, part in enumerate(parts)}
    else:
        fair = each(lambda part, figures: _drawn(parts.index(part), figures, drawn, parts, place))
    return Attribution(each(alone), each(in_order), fair, complete)


def shapley(values: Array, players: int) -> Array:
    """The Shapley value (players,) of a game given as the worth (2^players,) of every subset, player k being bit k.

    >>> shapley(np.array([0.0, 20, 0, 110, 0, 80, 10, 250]), 3).round(4).tolist()
    [118.3333, 73.3333, 58.3333]
    """
    codes = np.arange(1 << players)
    sizes = np.array([int(code).bit_count() for code in codes])
    weights = np.array([factorial(size) * factorial(players - size - 1) / factorial(players) for size in range(players)])
    found = np.empty(players)
    for player in range(players):
        without = codes[(codes >> player & 1) == 0]
        found[player] = weights[sizes[without]] @ (values[without | 1 << player] - values[without])
    return found


def _orders(count: int, orders: int) -> Iterator[tuple[int, ...]]:
    draw = np.random.default_rng(SEED)
    for _ in range(max(1, orders // 2)):
        order = tuple(int(one) for one in draw.permutation(count))
        yield order
        yield order[::-1]


def _drawn(
    bit: int, figures: Array, orders: Sequence[tuple[int, ...]], parts: Sequence[str], place: dict[frozenset[str], int]
) -> float:
    total = 0.0
    for order in orders:
        before = frozenset(parts[one] for one in order[: order.index(bit)])
        total += float(figures[place[before | {parts[bit]}]] - figures[place[before]])
    return total / len(orders)
