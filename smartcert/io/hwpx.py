"""A Hangul document (HWPX, OWPML) as grids of cells, one for each of its tables; all other text is left out."""

from __future__ import annotations

import io
import re
from dataclasses import dataclass, field

from smartcert.errors import InputError, Place, Problem
from smartcert.io import limits
from smartcert.io.csv import LONGEST_CELL
from smartcert.io.grid import CellPosition, Grid, RawCell
from smartcert.io.xml import ElementBudget, RefusedXmlError, parse_xml
from smartcert.io.zip import FORM_BUDGET, open_zip

_SECTION = re.compile(r"Contents/section[0-9]{1,4}\.xml")
_NOT_CELL_TEXT = frozenset({"ctrl", "footNote", "endNote", "hiddenComment", "fieldBegin", "caption", "rubyText"})
_TRACKED_CHANGES = frozenset({"deleteBegin", "insertBegin"})
_SPACES = {"lineBreak": "\n", "tab": "\t", "nbSpace": " ", "fwSpace": " "}


@dataclass(kw_only=True)
class _OpenTable:
    number: int
    cells: dict[CellPosition, RawCell] = field(default_factory=dict)
    merged: dict[CellPosition, CellPosition] = field(default_factory=dict)
    at: CellPosition = (1, 1)
    span: CellPosition = (1, 1)
    parts: list[str] = field(default_factory=list)
    doubt: str = ""
    row: int = 0
    column: int = 0


class _SectionReader:
    """Reads one section of a document; tables inside cells are tables of their own."""

    def __init__(self, numbers: list[int]) -> None:
        self.tables: list[_OpenTable] = []
        self._open: list[_OpenTable] = []
        self._numbers = numbers
        self._aside = 0
        self._cells = 0
        self._text = 0

    def start(self, name: str, attributes: dict[str, str]) -> None:
        if name == "tbl":
            self._start_table()
        self._aside += name in _NOT_CELL_TEXT
        self._text += name == "t"
        if self._open:
            _start_table_part(self._open[-1], name, attributes)

    def _start_table(self) -> None:
        self._numbers.append(len(self._numbers) + 1)
        if len(self._numbers) > limits.SHEETS:
            raise RefusedXmlError(f"more than {limits.SHEETS} tables", "fewer tables")
        self._open.append(_OpenTable(number=self._numbers[-1]))

    def end(self, name: str) -> None:
        self._aside -= name in _NOT_CELL_TEXT
        self._text -= name == "t"
        if not self._open:
            return
        if name == "tc":
            self._add_cell(self._open[-1])
        elif name == "p":
            self._open[-1].parts.append("\n")
        elif name == "tbl":
            self.tables.append(self._open.pop())

    def text(self, text: str) -> None:
        if self._open and self._text and not self._aside:
            self._open[-1].parts.append(text)

    def _add_cell(self, table: _OpenTable) -> None:
        text = "".join(table.parts).strip()
        table.parts = []
        _note_merged_cells(table)
        if not text:
            return
        self._cells += 1
        if len(text) > LONGEST_CELL or self._cells > limits.CELLS:
            raise RefusedXmlError("too much text in a table", "a smaller table")
        if table.at in table.cells:
            raise RefusedXmlError(f"a second cell in row {table.at[0]}, column {table.at[1]}", "each cell once")
        table.cells[table.at] = RawCell(text, doubt=table.doubt)


def _start_table_part(table: _OpenTable, name: str, attributes: dict[str, str]) -> None:
    """Note a part of a table: a row, a cell, its position, or white space inside its text."""
    if name == "tr":
        table.row, table.column = table.row + 1, 0
    elif name == "tc":
        table.column += 1
        table.at, table.span, table.parts, table.doubt = (table.row, table.column), (1, 1), [], ""
    elif name == "cellAddr":
        table.at = (
            _parse_small_integer(attributes.get("rowAddr")) + 1,
            _parse_small_integer(attributes.get("colAddr")) + 1,
        )
    elif name == "cellSpan":
        table.span = (
            _parse_small_integer(attributes.get("rowSpan")) or 1,
            _parse_small_integer(attributes.get("colSpan")) or 1,
        )
    elif name in _TRACKED_CHANGES:
        table.doubt = "a tracked change"
    elif name in _SPACES:
        table.parts.append(_SPACES[name])


def _note_merged_cells(table: _OpenTable) -> None:
    """Note the cells that a merged one covers."""
    (row, column), (down, across) = table.at, table.span
    if row + down > limits.ROWS or column + across > limits.COLUMNS:
        raise RefusedXmlError(f"a cell in row {row}, column {column}", "a smaller table")
    if down * across > limits.COLUMNS or len(table.merged) > limits.ROWS:
        raise RefusedXmlError(f"a cell over {down * across} others", f"at most {limits.COLUMNS}")
    for lower in range(row, row + down):
        for right in range(column, column + across):
            if (lower, right) != (row, column):
                table.merged[(lower, right)] = (row, column)


def is_hwpx(name: str) -> bool:
    """Return whether a file of this name is read as a Hangul document."""
    return name.lower().endswith(".hwpx")


def read_hwpx(data: bytes, file: str, elements: ElementBudget | None = None) -> tuple[Grid, ...]:
    """Return the tables of a document in their order. A cell with a tracked change has a ``doubt``.

    Raises:
        InputError: no valid document, one with scripts, or one beyond the limits.
    """
    if len(data) > limits.FORM_BYTES:
        raise InputError([Problem(place=Place(file=file), found=f"{len(data)} bytes", wanted=f"{limits.FORM_BYTES}")])
    archive = open_zip(io.BytesIO(data), file, FORM_BUDGET)
    scripts = [name for name in archive.names if name.lower().startswith("scripts/")]
    if scripts:
        place = Place(file=f"{file}/{scripts[0]}")
        raise InputError([Problem(place=place, found="scripts", wanted="a document without them")])
    sections = [name for name in archive.names if _SECTION.fullmatch(name)]
    if not sections:
        raise InputError([Problem(place=Place(file=file), found="no section", wanted="a Hangul document (.hwpx)")])
    elements = elements or ElementBudget()
    grids: list[Grid] = []
    numbers: list[int] = []
    for name in sorted(sections, key=lambda section: (len(section), section)):
        section = _SectionReader(numbers)
        parse_xml(archive.read(name), f"{file}/{name}", section, elements)
        grids += [
            Grid(file=file, name=f"table {table.number}", cells=table.cells, merged=table.merged, letters=False)
            for table in sorted(section.tables, key=lambda table: table.number)
        ]
    return tuple(grids)


def _parse_small_integer(text: str | None) -> int:
    return int(text) if text and text.isascii() and text.isdigit() and len(text) < 7 else 0
