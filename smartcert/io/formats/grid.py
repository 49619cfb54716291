"""Grids of cells, which every kind of form becomes first: each cell knows its place and as what it was written.

A form of separated values is read here, by commas, semicolons or tabs; `xlsx` and `hwpx` read the other kinds.
"""

from __future__ import annotations

import csv
import io
from collections.abc import Iterator, Mapping
from dataclasses import field
from enum import StrEnum

from smartcert.errors import InputError, Place
from smartcert.io.formats import limits
from smartcert.io.formats.csv import LONGEST_CELL
from smartcert.io.formats.text import decode_text
from smartcert.lazy_dataclass import dataclass


class CellType(StrEnum):
    """The type that a cell was written as."""

    TEXT = "text"
    NUMBER = "number"
    PERCENT = "percent"
    DAY = "day"
    DAY_1904 = "day_1904"
    """A day of a workbook that counts from 1904."""
    YES_NO = "yes_no"
    ERROR = "error"

    @property
    def is_day(self) -> bool:
        """Whether it is a day, from whenever it is counted."""
        return self in (self.DAY, self.DAY_1904)


@dataclass(frozen=True, slots=True)
class RawCell:
    """A cell as the file has it: a number is still text. ``formula`` is None where the cell has none.

    ``doubt`` says why the text may not be what its author meant: a formula without a value, a tracked change.
    ``shown`` is what a person sees of a number in its format; None where that is the number.
    """

    text: str
    cell_type: CellType = CellType.TEXT
    formula: str | None = None
    doubt: str = ""
    shown: str | None = None


COLOURED_AS_GROUND = "letters in the colour of their ground"
"""The doubt of a cell whose letters nobody sees on the screen or on paper."""
WHITE = "FFFFFF"
"""The colour of the paper, as red, green and blue in hexadecimal digits."""
EMPTY_CELL = RawCell("")

CellPosition = tuple[int, int]
"""Row and column, both from 1."""


@dataclass(frozen=True, kw_only=True, slots=True)
class Grid:
    """One sheet or table. ``merged`` leads from each covered cell to the one that holds the value of all."""

    file: str
    name: str
    cells: Mapping[CellPosition, RawCell]
    merged: Mapping[CellPosition, CellPosition] = field(default_factory=dict)
    letters: bool = True
    """Whether columns have letters, as in a spreadsheet."""
    widths: Mapping[int, int] = field(default_factory=dict)
    """In a file of separated values the number of cells of each row, empty ones too."""
    hidden_rows: frozenset[int] = frozenset()
    """The rows that nobody sees: hidden, filtered out, or without height."""
    hidden_columns: frozenset[int] = frozenset()
    hidden: bool = False
    """Whether nobody sees the sheet."""

    def at(self, row: int, column: int) -> RawCell:
        """Return a cell; one that the file does not have is empty."""
        return self.cells.get((row, column), EMPTY_CELL)

    def is_hidden(self, row: int, column: int) -> bool:
        """Return whether nobody sees a cell: it lies in a hidden row, column or sheet."""
        return self.hidden or row in self.hidden_rows or column in self.hidden_columns

    def rows(self) -> Iterator[tuple[int, dict[int, RawCell]]]:
        """Yield the rows that have cells, each with its number as its cells by column."""
        rows: dict[int, dict[int, RawCell]] = {}
        for row, column in sorted(self.cells):
            rows.setdefault(row, {})[column] = self.cells[row, column]
        yield from rows.items()

    def place(self, row: int, column: int | None = None) -> Place:
        """Return the place of a cell: file and sheet, row, column, and its name such as ``C12``."""
        file = f"{self.file}!{self.name}" if self.name else self.file
        if column is None:
            return Place(file=file, line=row)
        return Place(
            file=file, line=row, column=column, field=f"{format_column_letters(column)}{row}" if self.letters else None
        )


def format_column_letters(column: int) -> str:
    """Return the letters of a column in a spreadsheet.

    >>> format_column_letters(1), format_column_letters(28)
    ('A', 'AB')
    """
    text = ""
    while column:
        column, letter = divmod(column - 1, 26)
        text = chr(ord("A") + letter) + text
    return text


_SEPARATORS = (",", "\t", ";")


def read_delimited(data: bytes, file: str) -> Grid:
    """Return the cells of a text in UTF-8 or CP949; the separator is the commonest one of its first 20 lines."""
    if len(data) > limits.FORM_BYTES:
        raise InputError.of_file(file, f"{len(data)} bytes", f"at most {limits.FORM_BYTES} bytes")
    text = decode_text(data, file).text
    head = "\n".join(text.splitlines()[:20])
    separator = max(_SEPARATORS, key=head.count)
    cells: dict[CellPosition, RawCell] = {}
    widths: dict[int, int] = {}
    reader = csv.reader(io.StringIO(text, newline=""), delimiter=separator, strict=True)
    try:
        for row in reader:
            _add_row(cells, row, reader.line_num, file)
            widths[reader.line_num] = len(row)
    except csv.Error as error:
        raise InputError.of_file(
            file, f"a row that is no CSV ({error})", "each quote closed", reader.line_num
        ) from None
    return Grid(file=file, name="", cells=cells, widths=widths)


def _add_row(cells: dict[CellPosition, RawCell], row: list[str], line: int, file: str) -> None:
    if line > limits.ROWS and any(row):
        raise InputError.of_file(file, f"more than {limits.ROWS} lines", "a smaller table", line)
    for column, text in enumerate(row, start=1):
        if not text.strip():
            continue
        if column > limits.COLUMNS:
            raise InputError.of_file(file, f"{len(row)} columns", f"at most {limits.COLUMNS}", line)
        if len(text) > LONGEST_CELL:
            raise InputError.of_file(file, f"a cell of {len(text)} characters", f"at most {LONGEST_CELL}", line)
        cells[(line, column)] = RawCell(text)
        if len(cells) > limits.CELLS:
            raise InputError.of_file(file, f"more than {limits.CELLS} cells", "a smaller table", line)
