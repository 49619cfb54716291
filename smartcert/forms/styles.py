"""How a form looks and what may be changed in it: fonts, borders, widths, protection."""

from __future__ import annotations

from collections.abc import Mapping
from copy import copy
from typing import Any
from unicodedata import east_asian_width
from weakref import WeakKeyDictionary

from openpyxl.styles import Alignment, Border, Font, PatternFill, Protection, Side
from openpyxl.utils import column_index_from_string
from openpyxl.worksheet.properties import PageSetupProperties
from openpyxl.worksheet.worksheet import Worksheet

_SIDE = Side(style="thin", color="FF808080")
_BORDER = Border(left=_SIDE, right=_SIDE, top=_SIDE, bottom=_SIDE)
_FONT_NAME = "맑은 고딕"
HEADING = {
    "font": Font(name=_FONT_NAME, bold=True, color="FFFFFFFF"),
    "fill": PatternFill("solid", fgColor="FF1F3864"),
    "alignment": Alignment(wrap_text=True, vertical="center", horizontal="center"),
    "border": _BORDER,
}
TITLE = {"font": Font(name=_FONT_NAME, bold=True, size=14)}
PLAIN = {"font": Font(name=_FONT_NAME), "alignment": Alignment(wrap_text=True, vertical="top"), "border": _BORDER}
CENTRED = {**PLAIN, "alignment": Alignment(wrap_text=True, vertical="top", horizontal="center")}
BOLD = {**PLAIN, "font": Font(name=_FONT_NAME, bold=True)}
PROGRESS = {"font": Font(name=_FONT_NAME, bold=True, color="FF1F3864"), "alignment": Alignment(vertical="top")}
NOTE = {"font": Font(name=_FONT_NAME)}
INPUT = {
    **PLAIN,
    "fill": PatternFill("solid", fgColor="FFFFF2CC"),
    "protection": Protection(locked=False),
}
CENTRED_INPUT = {**INPUT, "alignment": CENTRED["alignment"]}
GUIDE = {"font": Font(name=_FONT_NAME), "alignment": Alignment(wrap_text=True, vertical="top")}


class CellFormula(str):
    """What a spreadsheet is to calculate. Any other text is written as text, also one that begins with ``=``."""

    __slots__ = ()


# a workbook's styles by look and number format: to build one for each cell takes most of the time
_STYLE_CACHE: WeakKeyDictionary[Any, dict[tuple[int, str], Any]] = WeakKeyDictionary()


def write_cell(
    sheet: Worksheet, row: int, column: int | str, value: Any, look: dict[str, Any], number_format: str = ""
) -> None:
    """Write a cell with a look of this module and, where it has one of its own, a number format.

    Only a `CellFormula` is calculated.
    """
    number = column_index_from_string(column) if isinstance(column, str) else column
    cell: Any = sheet.cell(row=row, column=number, value=str(value) if isinstance(value, CellFormula) else value)
    if isinstance(value, str) and not isinstance(value, CellFormula):
        cell.data_type = "s"
    cached = _STYLE_CACHE.setdefault(sheet.parent, {})
    key = (id(look), number_format)
    if key not in cached:
        for name, style in look.items():
            setattr(cell, name, style)
        if number_format:
            cell.number_format = number_format
        cached[key] = cell._style
    cell._style = copy(cached[key])


_LINE_HEIGHT = 15.0
"""Points of one line of letters of eleven points, as Excel and LibreOffice set them."""
_MOST_LINES = 27
"""A row cannot be higher than 409 points."""


def count_lines(text: str, width: float) -> int:
    """Return how many lines a text takes in a column of a width in letters; Hangul and Hanja count double.

    It is an estimate to the safe side: words are not broken, so that a line may end early.
    """
    room = max(width - 2, 1)
    return sum(max(1, -int(-_measure(line) // room)) for line in text.split("\n"))


def _measure(text: str) -> float:
    return sum(1.9 if east_asian_width(sign) in "WF" else 1.05 for sign in text)


def set_row_height(sheet: Worksheet, row: int, lines: int) -> None:
    """Set the height of a row: what is wrapped would else be cut off where a program does not measure it itself."""
    sheet.row_dimensions[row].height = _LINE_HEIGHT * min(lines, _MOST_LINES) + 2


def finish_sheet(sheet: Worksheet, widths: Mapping[str, float], heading_row: int) -> None:
    """Set widths, freeze the headings, repeat them on every printed page, and lock all cells but the yellow ones.

    A row of headings that has no height of its own is as high as its longest one, broken into lines, needs.

    There is no password: the lock is against slips, and a form is compared with its round when it comes back.
    """
    for letter, width in widths.items():
        sheet.column_dimensions[letter].width = width
    if heading_row:
        sheet.freeze_panes = f"C{heading_row + 1}"
        sheet.print_title_rows = f"{heading_row}:{heading_row}"
        if sheet.row_dimensions[heading_row].height is None:
            headings = (sheet.cell(heading_row, column_index_from_string(letter)).value for letter in widths)
            lines = (count_lines(str(text or ""), width) for text, width in zip(headings, widths.values(), strict=True))
            set_row_height(sheet, heading_row, max(lines))
    sheet.page_setup.orientation = "landscape"
    sheet.page_setup.paperSize = 9
    sheet.page_setup.fitToHeight = 0
    sheet.sheet_properties.pageSetUpPr = PageSetupProperties(fitToPage=True)
    sheet.protection.sheet = True
    sheet.protection.formatColumns = False
    sheet.protection.formatRows = False
