"""Units of measure as products of named symbols, and the few exact conversions between symbols.

A symbol is atomic: `USD` and `USDm` (millions) are different, and so are `t` and `lb`. Quantities never change unit on
their own; a formula multiplies by a named conversion (terms.md 0.5), which the workbook shows as an input cell.
"""

from __future__ import annotations

import re
from dataclasses import dataclass
from functools import cache

from jvmodel.errors import UnitError

SYMBOLS = frozenset(
    [
        "t",
        "kt",
        "Mt",
        "wmt",
        "lb",
        "klb",
        "Mlb",
        "oz",
        "koz",
        "Moz",
        "g",
        "kg",
        "year",
        "month",
        "day",
        "kWh",
        "MWh",
        "GJ",
        "m3",
        "kl",
        "bbl",
        "tCO2",
        "unit",
        "person",
        "vehicle",
    ]
)
"""Symbols other than currencies; `t` is a dry tonne, `wmt` a wet one (terms.md 0.5)."""

_CURRENCY = re.compile(r"^[A-Z]{3}m?$")

CONVERSIONS: dict[tuple[str, str], float] = {
    ("lb", "t"): 2204.62262185,
    ("klb", "t"): 2.20462262185,
    ("g", "oz"): 31.1034768,
    ("oz", "koz"): 1000.0,
    ("g", "t"): 1e6,
    ("wmt", "t"): 1.0,
    ("kg", "t"): 1000.0,
    ("t", "kt"): 1000.0,
    ("t", "Mt"): 1e6,
    ("day", "year"): 365.0,
    ("month", "year"): 12.0,
}
"""How many of the first symbol make one of the second (terms.md 0.5; avoirdupois pound, troy ounce)."""


@dataclass(frozen=True)
class Unit:
    """A product of powers of symbols, such as `USD/t`; no powers at all is a plain number."""

    powers: tuple[tuple[str, int], ...] = ()

    def __mul__(self, other: Unit) -> Unit:
        return _combine(self, other, 1)

    def __truediv__(self, other: Unit) -> Unit:
        return _combine(self, other, -1)

    def __str__(self) -> str:
        over = [_power(symbol, power) for symbol, power in self.powers if power > 0]
        under = [_power(symbol, -power) for symbol, power in self.powers if power < 0]
        if not over and not under:
            return "1"
        return "/".join(["·".join(over) or "1", *under])

    @property
    def plain(self) -> bool:
        """Whether this is a number without unit (a share, a rate, a flag)."""
        return not self.powers

    @property
    def additive(self) -> bool:
        """Whether amounts of this unit add up over periods: money or mass, not prices, grades or rates."""
        return bool(self.powers) and all(power > 0 for _, power in self.powers) and self != YEAR


def _power(symbol: str, power: int) -> str:
    return symbol if power == 1 else f"{symbol}^{power}"


def _combine(left: Unit, right: Unit, sign: int) -> Unit:
    powers = dict(left.powers)
    for symbol, power in right.powers:
        powers[symbol] = powers.get(symbol, 0) + sign * power
    return Unit(tuple(sorted((symbol, power) for symbol, power in powers.items() if power)))


@cache
def unit(text: str) -> Unit:
    """The unit that a text such as `USD/t`, `t/year`, `%` or `1` names.

    >>> str(unit("USD/t") * unit("t"))
    'USD'
    >>> unit("%").plain
    True
    """
    parts = re.split(r"([/·*])", text.replace(" ", ""))
    result, sign = Unit(), 1
    for part in parts:
        if part == "/":
            sign = -1
        elif part in ("·", "*"):
            sign = 1
        elif part not in ("", "1", "%", "x"):
            symbol, _, power = part.partition("^")
            if symbol not in SYMBOLS and not _CURRENCY.match(symbol):
                known = ", ".join(sorted(SYMBOLS))
                raise UnitError(
                    f"'{symbol}' in '{text}' is not a unit; use a currency such as USD (USDm for millions) or one of {known}"
                )
            result = _combine(result, Unit(((symbol, int(power or 1)),)), sign)
    return result


PLAIN = Unit()
YEAR = unit("year")


def conversion(of: str, per: str) -> float:
    """How many `of` make one `per`: `conversion("lb", "t")` is 2204.62262185.

    >>> conversion("USD", "USDm")
    1000000.0
    """
    if per == of + "m" and _CURRENCY.match(of):
        return 1e6
    try:
        return CONVERSIONS[of, per]
    except KeyError:
        raise UnitError(f"no conversion says how many {of} make one {per}; add it to units.CONVERSIONS") from None
