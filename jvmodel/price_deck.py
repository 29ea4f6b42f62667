"""Price of one metal, or of energy or a consumable, over time (terms.md A8)."""

from __future__ import annotations

from typing import Any, Literal

from pydantic import ValidationInfo, model_validator

from jvmodel.graph import Block, Expr, Given, Row
from jvmodel.inputs import Date, Measured, Record, Series, currency_of, fault
from jvmodel.ledger import Ledger, Measure
from jvmodel.over_time import over_time

QUANTITIES = ("t", "lb", "oz", "kg", "g", "kWh", "MWh", "GJ", "kl", "bbl", "m3")
"""What prices may be for: metals by mass, energy and consumables by their own units."""


FIELDS = ("flat", "by_year", "table", "column", "sheet", "range", "extend")
"""Fields that say what the prices are."""


class PriceDeck(Record):
    """The price of a metal, flat, by year or from a table, that may run into a long-term price."""

    unit: str
    """Unit of the price, such as USD/t, USD/lb or USD/oz"""
    flat: float | None = None
    """One price for all years"""
    by_year: dict[str, float] | None = None
    """Price by year"""
    table: str | None = None
    """CSV or Excel file in the deal's folder that has the prices"""
    column: str | None = None
    """Heading of the column"""
    sheet: str | None = None
    """Sheet of an Excel file; the first one when not given"""
    range: str | None = None
    """Cells such as B4:M12 with the years across or down; column names the line where there are several"""
    extend: Literal["hold"] | None = None
    """`hold` carries the last price on to later years"""
    long_term: float | None = None
    """Price that is reached on a straight line from the last year given"""
    long_term_from: Date | None = None
    """When the long-term price is reached"""
    basis: Literal["real", "nominal"] = "real"
    """Whether prices are in money of the base date (real) or of their own year (nominal)"""
    premium: float = 0.0
    """Added to every price; negative for a quality discount"""
    note: str | None = None
    """Source and date of the prices"""

    @model_validator(mode="before")
    @classmethod
    def _read(cls, value: Any, info: ValidationInfo) -> Any:
        if not isinstance(value, dict):
            raise fault("a price needs a unit and numbers, such as {unit: USD/t, flat: 9000}")
        currency = currency_of(info)
        allowed = [f"{currency}/{mass}" for mass in QUANTITIES]
        if value.get("unit") not in allowed:
            raise fault(f"unit {value.get('unit')!r} is not a price unit of this deal; use one of {', '.join(allowed)}")
        measured = Measured(str(value["unit"]).replace(currency, "$"), low=0.0)
        given = {key: value[key] for key in FIELDS if value.get(key) is not None}
        series = measured.read_series(given, info)
        rest = {key: entry for key, entry in value.items() if key not in given}
        for key in ("long_term", "premium"):
            if rest.get(key) is not None:
                rest[key] = Measured(measured.unit, low=0.0 if key == "long_term" else None).read(rest[key], info)
        return rest | series

    @model_validator(mode="after")
    def _whole(self) -> PriceDeck:
        if (self.flat is None) == (self.by_year is None):
            raise fault("give one of: flat, by_year, or table with column")
        if (self.long_term is None) != (self.long_term_from is None):
            raise fault("long_term and long_term_from go together")
        if self.long_term is not None and self.by_year is None:
            raise fault("long_term continues prices by year; with one flat price, leave it out")
        return self

    @property
    def series(self) -> Series:
        """The prices as given, held on where a long-term price takes over."""
        hold: Literal["hold"] | None = "hold" if self.long_term is not None else self.extend
        return Series(flat=self.flat, by_year=self.by_year, extend=hold)

    class Rows(Block):
        given = Row("Price as given")
        market = Row("Price in the money of the model")
        price = Row("Price with premium")

    def apply(self, ledger: Ledger, metal: str) -> None:
        """Price as given, moved to the model's money, plus premium; recorded as the price of the metal."""
        rows = self.Rows(ledger.graph, f"price_{metal}", f"Price of {metal}")
        rows.given = self._given(ledger, metal)
        rows.market = ledger.escalated(rows.given, self.basis)
        premium = self._input(ledger, metal, "premium", "Premium over the price", self.premium)
        rows.price = rows.market + premium
        ledger.record(Measure.PRICE, rows.price, of=metal, by=f"the price of {metal}")

    def _input(self, ledger: Ledger, metal: str, field: str, label: str, value: float | tuple[float, ...]) -> Expr:
        name = f"prices.{metal}.{field}" if field else f"prices.{metal}"
        return ledger.graph.given(Given(name, f"{label}: {metal}", value, self.unit, name, self.note or ""))

    def _given(self, ledger: Ledger, metal: str) -> Expr:
        if self.flat is not None:
            return self._input(ledger, metal, "flat", "Price", self.flat)
        timeline = ledger.graph.timeline
        near = self._input(ledger, metal, "", "Price", over_time(self.series, Measured(self.unit), timeline))
        if self.long_term is None or self.long_term_from is None:
            return near
        last = max(int(key[:4]) for key in self.by_year or {}) * 12 + 6
        reached = self.long_term_from.index
        middles = [(begin.index + end.index) / 2 for begin, end in zip(timeline.starts, timeline.ends, strict=True)]
        weights = tuple(min(1.0, max(0.0, (middle - last) / max(1, reached + 6 - last))) for middle in middles)
        weight = ledger.graph.fact(f"long_term_{metal}", f"Weight of the long-term price of {metal}", weights)
        far = self._input(ledger, metal, "long_term", "Long-term price", self.long_term)
        return near * (1 - weight) + far * weight
