"""Kinds of input that a deal file holds: rates, amounts of money, months, and series over time.

Each kind is a plain Python type annotated with `Measured`, which carries the unit; `$` in a unit stands for the deal's
currency. Numbers may be written bare, as percentages (`12%`) where the unit is a plain number, or with their unit
(`2.5 USD/t`), which must then be the field's own.
"""

from __future__ import annotations

import math
import re
from dataclasses import dataclass
from typing import Annotated, Any, Literal

from pydantic import (
    BaseModel,
    BeforeValidator,
    ConfigDict,
    GetCoreSchemaHandler,
    GetJsonSchemaHandler,
    ValidationInfo,
    WithJsonSchema,
)
from pydantic_core import CoreSchema, PydanticCustomError, core_schema

from jvmodel.docstrings import described
from jvmodel.errors import GraphError
from jvmodel.timeline import Month

_NUMBER = re.compile(r"^([+-]?(?:\d+(?:\.\d*)?|\.\d+)(?:[eE][+-]?\d+)?)\s*(.*)$")
_WHOLE = re.compile(r"[+-]?[0-9]{1,18}")
HUGE = 1e15
"""Numbers beyond this are mistakes, whatever they measure."""


def fault(message: str) -> PydanticCustomError:
    """A validation error whose message is shown to the user as it stands."""
    return PydanticCustomError("deal", "{message}", {"message": message})


Gaps = Literal["zero", "outside", "refuse"]


@dataclass(frozen=True)
class Measured:
    """Annotation of a number or series: its unit (`$` is the currency), the bounds it keeps, and its gaps over time.

    `low` and `high` are included in the bounds, `above` is not. `gaps` is what years without a number hold: `zero` for
    amounts (a year without capex has none), `outside` for levels that matter only in the years given (grades: nil before
    and after, no gap within), `refuse` for levels that must be there throughout (prices). `per_year` series are amounts a
    year: a flat number is spread over the periods of each year.
    """

    unit: str = "1"
    show: str = ""
    per_year: bool = False
    gaps: Gaps = "refuse"
    low: float | None = None
    high: float | None = None
    above: float | None = None
    advice: str = ""

    @property
    def fills(self) -> bool:
        """Whether a year without a number holds nothing, as amounts a year do."""
        return self.per_year or self.gaps == "zero"

    def text(self, currency: str) -> str:
        """The unit to show, in the deal's currency."""
        return (self.show or self.unit).replace("$", currency)

    def read(self, value: Any, info: ValidationInfo) -> float:
        """The number that a field of a deal file holds, within bounds."""
        return self.bounded(read_number(value, self, currency_of(info)))

    def bounded(self, value: float) -> float:
        """The value, refused where it leaves the bounds."""
        if self.low is not None and value < self.low:
            raise fault(f"{self._say(value)} is too low; it must be at least {self._say(self.low)}{self.advice}")
        if self.above is not None and value <= self.above:
            raise fault(f"{self._say(value)} is too low; it must be more than {self._say(self.above)}{self.advice}")
        if self.high is not None and value > self.high:
            raise fault(f"{self._say(value)} is too high; it must be at most {self._say(self.high)}{self.advice}")
        return value

    def _say(self, value: float) -> str:
        return f"{value * 100:g}%" if self.show == "%" else f"{value:g}"

    def __get_pydantic_core_schema__(self, source: Any, handler: GetCoreSchemaHandler) -> CoreSchema:
        """Reads a float or a Series, whichever the annotation stands on."""
        if source is Series:
            inner = core_schema.with_info_before_validator_function(self.read_series, handler(source))
            return core_schema.no_info_after_validator_function(_whole, inner)
        return core_schema.with_info_before_validator_function(self.read, handler(source))

    def __get_pydantic_json_schema__(self, schema: CoreSchema, handler: GetJsonSchemaHandler) -> dict[str, Any]:
        """A number, or text with a unit; a series also as a mapping."""
        number = {"type": ["number", "string"], "examples": [self._say(self.low or 0)]}
        return SERIES_SCHEMA if "Series" in str(schema.get("schema", "")) else number

    def read_series(self, value: Any, info: ValidationInfo) -> Any:
        """The fields of a Series from a number, a mapping of years, or a reference to a table."""
        if isinstance(value, Series):
            return value
        if not isinstance(value, dict):
            return {"flat": self.read(value, info)}
        years = {key: entry for key, entry in value.items() if PERIOD_KEY.match(str(key))}
        if years and not value.keys() - years.keys() - {"extend"}:
            value = {"by_year": years} | {key: entry for key, entry in value.items() if key == "extend"}
        value = self._from_table(dict(value), info)
        if value.get("flat") is not None:
            value["flat"] = self.read(value["flat"], info)
        by_year = value.get("by_year")
        if isinstance(by_year, dict):
            value["by_year"] = {_period_key(key): self.read(entry, info) for key, entry in by_year.items()}
        return value

    def _from_table(self, value: dict[str, Any], info: ValidationInfo) -> dict[str, Any]:
        """The series with a table's column, or a line of a range, read into `by_year` by the reader that the deal file brings."""
        table, column, cells, sheet = (value.get(key) for key in ("table", "column", "range", "sheet"))
        if table is None and column is None and cells is None:
            return value
        if not isinstance(table, str) or not isinstance(column if cells is None else column or "", str):
            raise fault("a series from a table needs both table (the file) and column (the heading)")
        if value.get("flat") is not None or value.get("by_year") is not None:
            raise fault("give one of: flat, by_year, or table with column")
        tables = (info.context or {}).get("tables")
        if tables is None:
            raise fault(f"table '{table}' cannot be read here; load the deal from a file")
        if cells is None:
            return value | {"by_year": tables.column(table, column, sheet)}
        if not isinstance(cells, str):
            raise fault(f"range {cells!r} is not one; write it as B4:M12")
        return value | {"by_year": tables.line(table, column, sheet, cells, self.unit, currency_of(info))}


def currency_of(info: ValidationInfo) -> str:
    """The deal's currency while its file is being read."""
    return str((info.context or {}).get("currency", "USD"))


def read_number(value: Any, measured: Measured, currency: str) -> float:
    """The number that a field of a deal file holds; refuses text, NaN, wrong units and absurd sizes with what to do."""
    if isinstance(value, bool) or not isinstance(value, int | float | str):
        raise fault(f"{_shown(value)} is not a number")
    if isinstance(value, str):
        value = _from_text(value, measured, currency)
    number = float(value) if abs(value) < HUGE else math.inf
    if not math.isfinite(number):
        raise fault(f"{_shown(value)} is not a number that a model can use; give one below {HUGE:.0e}")
    return number


def bare(text: str) -> int | str:
    """A whole number without a unit as such; any other text as it is."""
    return int(text) if _WHOLE.fullmatch(text.strip()) else text


def read_plain(text: str, show: str, where: str) -> float:
    """The number that a text on the command line means, a percentage with its sign too; raises GraphError with the option."""
    try:
        return read_number(bare(text), Measured(show=show), "USD")
    except PydanticCustomError as error:
        raise GraphError(f"{where} {text}: {error.message()}") from None


def read_share(text: str, where: str) -> float:
    """A share between 0% and 100% on the command line; raises GraphError with the option."""
    share = read_plain(text, "%", where)
    if not 0 < share < 1:
        raise GraphError(f"{where} {text}: give a share between 0% and 100%, such as 10%")
    return share


def _from_text(value: str, measured: Measured, currency: str) -> float:
    match = _NUMBER.match(value.strip())
    if not match or re.match(r"^[,' ]\d", match[2]):
        separated = re.match(r"^[\d,' ]+(\.\d+)?%?$", value.strip())
        hint = "; write decimals with a point, and thousands without a separator" if separated else ""
        raise fault(f"{_shown(value)} is not a number{hint}")
    number, unit = float(match[1]), match[2].strip()
    wanted = measured.unit.replace("$", currency)
    if unit == "%" and measured.unit == "1":
        return number / 100
    if unit.replace(" ", "") in (wanted, measured.show.replace("$", currency)) or not unit:
        return number
    if unit == wanted.replace("m", "") + " m":
        return number
    asked = "a percentage or a plain number" if wanted == "1" else f"{wanted}, with or without the unit behind it"
    raise fault(f"{_shown(value)} is in the wrong unit; give {asked}")


def _shown(value: Any) -> str:
    text = repr(value) if isinstance(value, str) else str(value)
    return text if len(text) <= 60 else text[:57] + "..."


_PERCENT_ADVICE = " (a percentage is written with its sign, such as 12%)"

Rate = Annotated[float, Measured(show="%", low=-0.99, high=1.0, advice=_PERCENT_ADVICE)]
"""A rate as a percentage: an effective annual one where it is a rate of return (terms.md 0.3)."""
Share = Annotated[float, Measured(show="%", low=0.0, high=1.0, advice=_PERCENT_ADVICE)]
"""A share of a whole, from 0% to 100%."""
Uplift = Annotated[float, Measured(show="%", low=0.0, high=10.0, advice=_PERCENT_ADVICE)]
"""An addition in percent, such as a contingency."""
Factor = Annotated[float, Measured(low=0.0)]
"""A plain number that is not negative."""
Positive = Annotated[float, Measured(above=0.0)]
"""A plain number greater than 0."""
Money = Annotated[float, Measured("$m", low=0.0)]
"""An amount of money in millions, never negative."""
MoneyPerYear = Annotated[float, Measured("$m/year", low=0.0)]
"""Money a year, in millions."""
Tonnes = Annotated[float, Measured("t", low=0.0)]
"""Dry tonnes."""
TonnesPerYear = Annotated[float, Measured("t/year", low=0.0)]
"""Dry tonnes a year."""
PerTonne = Annotated[float, Measured("$/t", low=0.0)]
"""Money a dry tonne."""
SignedPerTonne = Annotated[float, Measured("$/t")]
"""Money a dry tonne that may be negative, such as a treatment charge in a tight market (terms.md A5)."""
PerWetTonne = Annotated[float, Measured("$/wmt", low=0.0)]
"""Money a wet tonne."""
Days = Annotated[float, Measured("day", low=0.0, high=3650.0)]
"""Days."""
Months = Annotated[float, Measured("month", low=0.0, high=600.0)]
"""Months."""
Years = Annotated[float, Measured("year", above=0.0, high=200.0)]
"""Years."""


def read_month(value: Any) -> Month:
    """The month that `2027` (January) or `2027-07` names."""
    if isinstance(value, Month):
        return value
    if isinstance(value, int) and not isinstance(value, bool) and 1900 <= value <= 2200:
        return Month(value)
    if isinstance(value, str) and re.match(r"^\d{4}$", value.strip()):
        return read_month(int(value))
    match = re.match(r"^(\d{4})-(\d{1,2})$", value.strip()) if isinstance(value, str) else None
    if match and 1900 <= int(match[1]) <= 2200 and 1 <= int(match[2]) <= 12:
        return Month(int(match[1]), int(match[2]))
    raise fault(f"{_shown(value)} is not a date; write a year such as 2027 or a month such as 2027-07")


Date = Annotated[Month, BeforeValidator(read_month), WithJsonSchema({"type": ["integer", "string"]})]
"""A year or a month."""


class Record(BaseModel):
    """Part of a deal: frozen, nothing unknown, its attribute docstrings are what people read."""

    model_config = ConfigDict(extra="forbid", frozen=True, arbitrary_types_allowed=True, defer_build=True)

    @classmethod
    def __pydantic_init_subclass__(cls, **options: Any) -> None:
        """Describes fields by the docstrings below them; pydantic's own `use_attribute_docstrings` takes ten times as long."""
        super().__pydantic_init_subclass__(**options)
        said = described(cls.__module__).get(cls.__qualname__, {})
        for name, one in cls.model_fields.items():
            if one.description is None:
                one.description = said.get(name)


class Series(Record):
    """Numbers over time: one `flat` number, numbers `by_year`, or the `column` of a `table` beside the deal file.

    A bare number is short for `flat`; a mapping of years for `by_year`.
    """

    flat: float | None = None
    """The same number in every year"""
    by_year: dict[str, float] | None = None
    """Numbers by year, or by period such as 2027-Q3"""
    table: str | None = None
    """CSV or Excel file in the deal's folder"""
    column: str | None = None
    """Heading of the column"""
    sheet: str | None = None
    """Sheet of an Excel file; the first one when not given"""
    range: str | None = None
    """Cells such as B4:M12 with the years across or down; column names the line where there are several"""
    extend: Literal["hold"] | None = None
    """`hold` carries the last number on to later years"""


Party = Annotated[str, "party"]
"""The name of a party of the deal."""
WHOLE = "whole"
"""Marks shares that add up to 100%."""
Split = Annotated[dict[Party, Share], WHOLE]
"""Shares of several parties that add up to 100%; where one is varied, the others give way in proportion."""
Metal = Annotated[str, "metal"]
"""The name of a metal that has a price in the deal."""
Currency = Annotated[str, "currency"]
"""A currency that the deal has an exchange rate for."""
Phase = Annotated[str, "phase"]
"""The name of a phase of the deal."""

PERIOD_KEY = re.compile(r"^\d{4}(-(H[12]|Q[1-4]|\d{2}))?$")


def _whole(value: Series) -> Series:
    if (value.flat is None) == (value.by_year is None):
        raise fault("give one of: flat, by_year, or table with column")
    return value


def _period_key(key: Any) -> str:
    if not PERIOD_KEY.match(str(key)):
        raise fault(f"{_shown(key)} is not a year or period; write 2027, 2027-H1, 2027-Q3 or 2027-07")
    return str(key)


SERIES_SCHEMA: dict[str, Any] = {
    "anyOf": [
        {"type": ["number", "string"]},
        {
            "type": "object",
            "properties": {
                "flat": {"type": ["number", "string"]},
                "by_year": {"type": "object", "additionalProperties": {"type": ["number", "string"]}},
                "table": {"type": "string"},
                "column": {"type": "string"},
                "sheet": {"type": "string"},
                "range": {"type": "string"},
                "extend": {"enum": ["hold"]},
            },
            "additionalProperties": False,
        },
        {
            "type": "object",
            "patternProperties": {PERIOD_KEY.pattern: {"type": ["number", "string"]}},
            "properties": {"extend": {"enum": ["hold"]}},
            "additionalProperties": False,
        },
    ]
}
