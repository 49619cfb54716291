"""How a form looks and what may be changed in it: fonts, borders, widths, protection, the way a screen reader goes."""

from __future__ import annotations

from collections.abc import Mapping
from copy import copy
from typing import Any
from weakref import WeakKeyDictionary

from openpyxl.styles import Alignment, Border, Font, PatternFill, Protection, Side
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
BOLD = {**PLAIN, "font": Font(name=_FONT_NAME, bold=True)}
NOTE = {"font": Font(name=_FONT_NAME)}
INPUT = {
    **PLAIN,
    "fill": PatternFill("solid", fgColor="FFFFF2CC"),
    "protection": Protection(locked=False),
}


# the styles that a workbook has already, by look and number format: making each anew takes most of the time
_STYLE_CACHE: WeakKeyDictionary[Any, dict[tuple[int, str], Any]] = WeakKeyDictionary()


def write_cell(sheet: Worksheet, row: int, column: int, value: Any, look: dict[str, Any], form: str = "") -> None:
    """Write a cell with its look, and its number format where it has one of its own."""
    cell: Any = sheet.cell(row=row, column=column, value=value)
    made = _STYLE_CACHE.setdefault(sheet.parent, {})
    key = (id(look), form)
    if key not in made:
        for name, style in look.items():
            setattr(cell, name, style)
        if form:
            cell.number_format = form
        made[key] = cell._style
    cell._style = copy(made[key])


def finish_sheet(sheet: Worksheet, widths: Mapping[str, float], heading_row: int) -> None:
    """Set widths, keep the headings in sight and on every printed page, and lock what must not change.

    There is no password: the lock is against slips, and a form is held against its round when it comes back.
    """
    for letter, width in widths.items():
        sheet.column_dimensions[letter].width = width
    if heading_row:
        sheet.freeze_panes = f"C{heading_row + 1}"
        sheet.print_title_rows = f"{heading_row}:{heading_row}"
    sheet.page_setup.orientation = "landscape"
    sheet.page_setup.paperSize = 9
    sheet.page_setup.fitToHeight = 0
    sheet.sheet_properties.pageSetUpPr = PageSetupProperties(fitToPage=True)
    sheet.protection.sheet = True
    sheet.protection.formatColumns = False
    sheet.protection.formatRows = False
