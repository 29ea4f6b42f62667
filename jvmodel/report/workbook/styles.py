"""The look of the workbook: one quiet palette, few styles, made once and shared by all cells."""

from __future__ import annotations

from collections.abc import Iterable
from functools import cache
from typing import Any

from openpyxl import Workbook
from openpyxl.formatting.rule import CellIsRule
from openpyxl.styles import Alignment, Border, Font, PatternFill, Side
from openpyxl.styles.cell_style import StyleArray
from openpyxl.worksheet.worksheet import Worksheet

INK, GREY, BLUE, GREEN, LINE, BAND, TINT = "1F2933", "6B7785", "1F4FBF", "2E7D4F", "C9D1DA", "EEF2F6", "FFFBEA"
FONT = "Calibri"

FONTS: dict[str, dict[str, Any]] = {
    "plain": {"color": INK},
    "bold": {"color": INK, "bold": True},
    "import": {"color": GREEN},
    "pasted": {"color": GREY},
    "note": {"color": GREY, "italic": True, "size": 9},
    "unit": {"color": GREY, "size": 9},
    "input": {"color": BLUE},
    "head": {"color": GREY, "bold": True, "size": 9},
    "section": {"color": INK, "bold": True, "size": 11},
    "title": {"color": INK, "bold": True, "size": 16},
    "link": {"color": BLUE, "underline": "single"},
}
A3, A4 = 8, 9
TITLE_HEIGHT = 24
"""Height of the line of a sheet's title, in points"""
LABEL_WIDTH, WIDEST = 46, 66
"""Least and greatest width of the column of labels, in characters; a longer label takes several lines"""
LETTER, INDENT, LINE_HEIGHT = 0.8, 3, 13.0
"""Width of a letter of a label in characters of the column, letters that its indent takes, and the height of a line in points"""
PASSED, FAILED = "passed", "FAILED"


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
        """The style record for a font, a number format and a look: `band tint line top right wrap indent`, or nothing."""
        key = (font, number, look)
        if key not in self._made:
            looks = set(look.split())
            cell = self._scratch.cell(1, 1)
            cell.style = "Normal"
            cell.font = _font(font)
            cell.number_format = number
            fill = BAND if "band" in looks else TINT
            cell.fill = PatternFill("solid", fgColor=fill) if {"band", "tint"} & looks else PatternFill()
            side = Side("thin", color=LINE)
            cell.border = Border(bottom=side if "line" in looks else None, top=side if "top" in looks else None)
            cell.alignment = Alignment(
                horizontal="right" if "right" in looks else "left" if "indent" in looks else None,
                vertical="bottom" if "line" in looks else "center",
                wrap_text="wrap" in looks, indent=1 if "indent" in looks else 0,
            )  # fmt: skip
            self._made[key] = cell._style
            self._scratch.delete_rows(1)
        return self._made[key]


@cache
def _font(name: str) -> Font:
    return Font(name=FONT, **({"size": 10} | FONTS[name]))


def print_set_up(
    sheet: Worksheet, footer: str, *, paper: int = A4, across: int = 1, down: int = 0, portrait: bool = False
) -> None:
    """Page size, pages across (and down, when not 0), and a footer with what the pages are and their numbers."""
    sheet.sheet_view.showGridLines = False
    sheet.page_setup.orientation = "portrait" if portrait else "landscape"
    sheet.page_setup.paperSize = paper
    sheet.page_setup.fitToWidth, sheet.page_setup.fitToHeight = across, down
    sheet.sheet_properties.pageSetUpPr.fitToPage = True
    margins = sheet.page_margins
    margins.left = margins.right = 0.45
    margins.top, margins.bottom, margins.header, margins.footer = 0.5, 0.6, 0.25, 0.3
    sheet.oddFooter.left.text, sheet.oddFooter.left.size = footer.replace("&", "&&"), 8
    sheet.oddFooter.center.text, sheet.oddFooter.center.size = "&A", 8
    sheet.oddFooter.right.text, sheet.oddFooter.right.size = "&P / &N", 8


PASS_FILL = PatternFill(bgColor="D8EFDF")
FAIL_FILL = PatternFill(bgColor="F6D5D5")


def traffic_light(sheet: Worksheet, cells: str, good: str = PASSED) -> None:
    """Green where a cell says `good`, red where it does not."""
    sheet.conditional_formatting.add(cells, CellIsRule("equal", [f'"{good}"'], fill=PASS_FILL, font=Font(color="1B6E3A")))
    sheet.conditional_formatting.add(cells, CellIsRule("notEqual", [f'"{good}"'], fill=FAIL_FILL, font=Font(color="A32020")))


def widths(sheet: Worksheet, **columns: float) -> None:
    """Widths of columns by their letters."""
    for letter, width in columns.items():
        sheet.column_dimensions[letter].width = width


def label_width(labels: Iterable[str]) -> float:
    """The width of a column that holds these labels, most of them on one line of text."""
    longest = max((len(one) for one in labels), default=0)
    return min(max(LABEL_WIDTH, (longest + INDENT) * LETTER), WIDEST)
