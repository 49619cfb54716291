"""A CSV file to rows of cells that know their place: heading checked, blank rows skipped, cells stripped.

Rows are read one after another, so that a million marks need little memory.
"""

from __future__ import annotations

import csv
import io
import re
from collections.abc import Iterator, Sequence
from pathlib import Path

from smartcert.errors import InputError, Place, Problem, suggestion
from smartcert.intake.scalars import quoted
from smartcert.intake.text import FileText, line_and_column, read_file

MOST_ROWS = 2_000_000
"""The most rows of one table."""

LONGEST_CELL = 10_000
"""The most characters of one cell."""

MOST_PROBLEMS = 1_000
"""A table with more problems than this is not read to its end."""

# inside a quoted cell a quote is always doubled, so a lone one between other characters is stray
_STRAY = re.compile(r'[^,"\r\n]"[^,"\r\n]')

Row = Sequence[str]


class TooManyProblems(Exception):  # noqa: N818 - ends the reading of a table, no user meets it
    """Ends the reading of a table that is wrong throughout."""


class Table:
    """One CSV file. ``problems`` fill while ``rows`` are read. An optional column that is left out reads as empty."""

    def __init__(self, source: FileText, columns: Sequence[str], optional: Sequence[str] = ()) -> None:
        self.file = source.file
        self.columns = (*columns, *optional)
        self._optional = frozenset(optional)
        self.problems: list[Problem] = []
        self._line_starts_at = 0
        self._source = source
        self._reader = csv.reader(io.StringIO(source.text, newline=""), strict=True)
        self._heading: list[str] = []
        self._order: tuple[int | None, ...] = ()
        self._stray()
        self.sound = not self.problems and self._read_heading()
        """Whether the heading is as it should be, so that rows can be read."""

    def place(self, line: int, column: str | None = None) -> Place:
        """Return the place of a cell: its line, the number of its column in the file, and the column's name."""
        if column is None:
            return Place(file=self.file, line=line)
        number = self._heading.index(column) + 1 if column in self._heading else None
        return Place(file=self.file, line=line, column=number, field=column)

    def refuse(self, line: int, column: str | None, found: str, wanted: str) -> None:
        """Tell a problem with one cell, or with a whole row where ``column`` is None.

        Raises:
            TooManyProblems: there are more than anyone would read.
        """
        self.problems.append(Problem(place=self.place(line, column), found=found, wanted=wanted))
        if len(self.problems) >= MOST_PROBLEMS:
            place = Place(file=self.file, line=line)
            more = Problem(place=place, found=f"{MOST_PROBLEMS} problems up to here", wanted="these solved first")
            self.problems.append(more)
            raise TooManyProblems

    def rows(self) -> Iterator[tuple[int, Row]]:
        """Yield the line and the cells of each row, cells in the order of the declared columns."""
        if not self.sound:
            return
        width = len(self._heading)
        straight = self._order == tuple(range(width)) and width == len(self.columns)
        count = 0
        for line, cells in self._lines():
            if len(cells) != width:
                if cells and (len(cells) > 1 or cells[0].strip()):
                    self.refuse(line, None, f"a row of {len(cells)} cells", f"{width} cells, one for each column")
                continue
            stripped = [cell.strip() for cell in cells]
            if not any(stripped):
                continue
            count += 1
            if count > MOST_ROWS:
                self.refuse(line, None, f"more than {MOST_ROWS} rows", "a smaller table")
                return
            if max(map(len, stripped)) > LONGEST_CELL:
                self._refuse_long(line, stripped)
                continue
            yield line, stripped if straight else self._ordered(stripped)

    def _ordered(self, stripped: Row) -> Row:
        return ["" if number is None else stripped[number] for number in self._order]

    def _lines(self) -> Iterator[tuple[int, list[str]]]:
        reader = self._reader
        line = reader.line_num + 1
        try:
            for cells in reader:
                yield line, cells
                line = reader.line_num + 1
        except csv.Error as error:
            self.refuse(line, None, f"a row that is no CSV ({error})", "cells between commas, each quote closed")

    def _stray(self) -> None:
        found = _STRAY.search(self._source.text)
        if found:
            line, column = line_and_column(self._source.text, found.start() + 1)
            self.problems.append(
                Problem(
                    place=Place(file=self.file, line=line),
                    found=f"a stray quote at character {column}",
                    wanted='quotes around the whole cell, and "" for a quote inside it',
                )
            )

    def _read_heading(self) -> bool:
        for line, cells in self._lines():
            self._heading = [cell.strip() for cell in cells]
            if any(self._heading):
                return self._hold_heading(line)
        if not self.problems:
            self.problems.append(
                Problem(place=Place(file=self.file), found="an empty file", wanted=f"a heading: {self._wanted()}")
            )
        return False

    def _hold_heading(self, line: int) -> bool:
        for number, name in enumerate(self._heading, start=1):
            place = Place(file=self.file, line=line, column=number, field=name or None)
            if name not in self.columns:
                found = f"the unknown column {quoted(name)}{suggestion(name, self.columns)}"
                self.problems.append(Problem(place=place, found=found, wanted=f"the columns {self._wanted()}"))
            elif name in self._heading[: number - 1]:
                self.problems.append(Problem(place=place, found=f"the column '{name}' again", wanted="it once"))
        for name in self.columns:
            if name not in self._heading and name not in self._optional:
                place = Place(file=self.file, line=line)
                wanted = f"the columns {self._wanted()}"
                self.problems.append(Problem(place=place, found=f"no column '{name}'", wanted=wanted))
        if self.problems:
            return False
        self._order = tuple(self._heading.index(name) if name in self._heading else None for name in self.columns)
        return True

    def _wanted(self) -> str:
        return ",".join(self.columns)

    def _refuse_long(self, line: int, cells: list[str]) -> None:
        for name, cell in zip(self._heading, cells, strict=True):
            if len(cell) > LONGEST_CELL:
                self.refuse(line, name, f"a cell of {len(cell)} characters", f"at most {LONGEST_CELL}")


def read_table(path: Path, columns: Sequence[str]) -> Table:
    """Return the table of a file; what is wrong in it stands in its ``problems``.

    Raises:
        InputError: the file itself cannot be read.
    """
    return Table(read_file(path), columns)


def close(table: Table) -> None:
    """End the reading of a table.

    Raises:
        InputError: it has problems.
    """
    if table.problems:
        raise InputError(table.problems)
