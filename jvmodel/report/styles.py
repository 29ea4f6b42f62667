"""The look of the workbook: one quiet palette, few styles, made once and shared by all cells."""

from __future__ import annotations

from functools import cache
from typing import Any

from openpyxl import Workbook
from openpyxl.styles import Alignment, Border, Font, PatternFill, Side
from openpyxl.styles.cell_style import StyleArray
from openpyxl.worksheet.worksheet import Worksheet

INK, GREY, BLUE, LINE, BAND, TINT = "1F2933", "6B7785", "1F4FBF", "C9D1DA", "EEF2F6", "FFFBEA"
FONT = "Calibri"

FONTS: dict[str, dict[str, Any]] = {
    "plain": {"color": INK},
    "bold": {"color": INK, "bold": True},
    "note": {"color": GREY, "italic": True, "size": 9},
    "unit": {"color": GREY, "size": 9},
    "input": {"color": BLUE},
    "head": {"color": GREY, "bold": True, "size": 9},
    "section": {"color": INK, "bold": True, "size": 11},
    "title": {"color": INK, "bold": True, "size": 16},
    "link": {"color": BLUE, "underline": "single"},
}


class Styles:
    """Styles by name, font and number format; a cell gets one by copying its style record, which is quick."""

    def __init__(self, book: Workbook) -> None:
        self._scratch: Worksheet = book.create_sheet("scratch")
        self._made: dict[tuple[str, str, str], StyleArray] = {}
        self._book = book

    def close(self) -> None:
        """Removes the sheet that styles were made on."""
        self._book.remove(self._scratch)

    def get(self, font: str, number: str = "General", look: str = "") -> StyleArray:
        """The style record for a font, a number format and a look: `band`, `tint`, `line`, `right`, `wrap`, or nothing."""
        key = (font, number, look)
        if key not in self._made:
            cell = self._scratch.cell(1, 1)
            cell.style = "Normal"
            cell.font = _font(font)
            cell.number_format = number
            fill = BAND if "band" in look else TINT
            cell.fill = PatternFill("solid", fgColor=fill) if {"band", "tint"} & set(look.split()) else PatternFill()
            cell.border = Border(bottom=Side("thin", color=LINE)) if "line" in look else Border()
            right, wrap = ("right" if "right" in look else None), "wrap" in look
            cell.alignment = Alignment(horizontal=right, vertical="top" if wrap else None, wrap_text=wrap)
            self._made[key] = cell._style
            self._scratch.delete_rows(1)
        return self._made[key]


@cache
def _font(name: str) -> Font:
    return Font(name=FONT, **({"size": 10} | FONTS[name]))
