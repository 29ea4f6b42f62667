"""How a number is shown, by its unit: as text, and as an Excel number format."""

from __future__ import annotations

from jvmodel.phrase import Numeral, Phrase

NONE = "–"


def text(value: float | None, unit: str, *, sign: bool = True) -> str:
    """A number with its unit, in so many digits as a reader of deals expects; negative money keeps its minus sign.

    >>> text(1234.567, "USDm"), text(0.125, "%"), text(9200.0, "USD/t"), text(None, "USDm")
    ('1,234.6 USDm', '12.5%', '9,200.00 USD/t', '–')
    """
    if value is None:
        return NONE
    if unit == "%":
        return Numeral(f"{_digits(value * 100, 2).rstrip('0').rstrip('.') if value else '0'}%".replace("-", "−"))
    number = _digits(value, decimals(unit)).replace("-", "−")
    if unit == "1" and "." in number:
        number = number.rstrip("0").rstrip(".")
    return Phrase("{number} {unit}", number=Numeral(number), unit=unit) if sign and unit not in ("1", "") else Numeral(number)


def figure(value: float | None, unit: str) -> str:
    """The number alone, for a column whose head has the unit."""
    if value is None:
        return NONE
    if unit == "%":
        return Numeral(f"{_digits(value * 100, 1)}%".replace("-", "−"))
    return Numeral(_digits(value, decimals(unit)).replace("-", "−"))


def decimals(unit: str) -> int:
    """Digits behind the point for a unit: money in millions 1, prices 2, whole tonnes 0, plain numbers 4."""
    over, _, under = unit.partition("/")
    if over.endswith("m") and len(over) == 4:
        return 1 if under in ("", "year") else 4
    if under:
        return 0 if under == "year" else 2
    return {"t": 0, "wmt": 0, "lb": 0, "oz": 0, "day": 0, "month": 1, "year": 2}.get(unit, 4)


def number_format(unit: str, *values: float) -> str:
    """The Excel number format of a row: negative numbers in brackets, a dash for what is nil in the digits shown.

    A plain number has as many digits as its values need: none where all are whole.

    >>> number_format("USDm")
    '[>=0.05]#,##0.0_);[<=-0.05](#,##0.0);"–"_)'
    """
    places, percent = (2, "%") if unit == "%" else (decimals(unit), "")
    if unit == "1" and values and all(float(value).is_integer() for value in values):
        places = 0
    digits = f"{_pattern(places)}{percent}"
    nil = f"{0.5 * 10 ** -(places + 2 if percent else places):.10f}".rstrip("0")
    return f'[>={nil}]{digits}_);[<=-{nil}]({digits});"–"_)'


def input_format(unit: str, *values: float) -> str:
    """The Excel number format of an input: all the digits that its values have, negative numbers in brackets, a dash for nil.

    >>> input_format("%", 0.12, 0.00125)
    '#,##0.000%_);(#,##0.000%);"–"_)'
    """
    scale, percent = (100, "%") if unit == "%" else (1, "")
    least = 2 if percent else 0 if unit == "year" else min(decimals(unit), 2)
    digits = (f"{value * scale:.6f}".rstrip("0").partition(".")[2] for value in values)
    pattern = _pattern(max([least, *map(len, digits)])) + percent
    return f'{pattern}_);({pattern});"–"_)'


def _pattern(places: int) -> str:
    return "#,##0" + (f".{'0' * places}" if places else "")


def _digits(value: float, places: int) -> str:
    shown = f"{value:,.{places}f}"
    return shown.removeprefix("-") if not float(shown.replace(",", "")) else shown
