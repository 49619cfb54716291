"""The CSV tables of a round: rows of typed cells with their places when read, exact texts when written.

A table is read to its end, or to `MOST_PROBLEMS`, so that all problems are reported at once.
"""

from __future__ import annotations

import csv
import io
import re
from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from datetime import date, datetime
from enum import Enum
from fractions import Fraction
from functools import cache
from itertools import count, zip_longest
from operator import itemgetter
from pathlib import Path
from types import MappingProxyType
from typing import TYPE_CHECKING, TypeVar

from smartcert.characters import remove_guard, says_nothing
from smartcert.errors import InputError, Place, Problem, find_nearest, suggest
from smartcert.files import write_atomic
from smartcert.io.formats import text as scalars
from smartcert.io.formats.text import FileText, NotReadableError, line_and_column, quote, read_file
from smartcert.model.korean_time import KOREAN_TIME
from smartcert.representation import count_things

if TYPE_CHECKING:  # most tables have no indicators
    from smartcert.model.application import Value
    from smartcert.model.indicator import Indicator

MOST_ROWS = 2_000_000
"""The most rows of one table."""

LONGEST_CELL = 10_000
"""The most characters of one cell."""

MOST_PROBLEMS = 1_000
"""A table with more problems than this is not read to its end."""

_SEPARATORS = {";": "semicolons between cells", "\t": "tabs between cells", "|": "strokes between cells"}
"""What programs write between cells in place of commas."""

# inside a quoted cell a quote is always doubled, so a lone one between other characters is stray
_STRAY_QUOTE = re.compile(r'[^,"\r\n]"[^,"\r\n]')

_BLANKS = "\t\v\f\x1c\x1d\x1e\x1f \x85\xa0\u1680\u2000\u2001\u2002\u2003\u2004\u2005\u2006\u2007\u2008\u2009\u200a"
_BLANKS += "\u2028\u2029\u202f\u205f\u3000"
"""What `str.strip` takes away, but ends of lines, which stand within a cell only between quotes."""

TableRow = Sequence[str]


def _has_cells_to_strip(text: str) -> bool:
    """Return whether some cell of a file may begin or end with what `str.strip` takes away."""
    edges = (",", "\n", "\r")
    blanks = [blank for blank in _BLANKS if blank in text]
    return (
        '"' in text
        or text[:1] in blanks
        or text[-1:] in blanks
        or any(blank + edge in text or edge + blank in text for blank in blanks for edge in edges)
    )


class TooManyProblemsError(Exception):
    """Ends the reading of a table that has `MOST_PROBLEMS` problems; whoever reads it suppresses this."""


class Table:
    """One CSV file with a heading of known columns, in any order; blank rows are skipped, cells are stripped.

    ``problems`` grow while ``rows`` are read. An optional column that is left out reads as empty. ``also`` are other
    names of columns.
    """

    def __init__(
        self,
        source: FileText,
        columns: Sequence[str],
        optional: Sequence[str] = (),
        also: Mapping[str, str] = MappingProxyType({}),
    ) -> None:
        self.file = source.file
        self.columns = (*columns, *optional)
        self._optional, self._also = frozenset(optional), also
        self.problems: list[Problem] = []
        self.not_before: date | None = None
        """The first day that a day or moment of a row may be; None: any."""
        self.not_before_name = ""
        """What ``not_before`` is called where it was given, for whoever must correct the one or the other."""
        self._source = source
        self._reader = csv.reader(io.StringIO(source.text, newline=""), strict=True)
        self.positions = {column: position for position, column in enumerate(self.columns)}
        """Where each declared column stands in the cells of a row, from 0."""
        self._heading: list[str] = []
        self._order: tuple[int | None, ...] = ()
        self._check_separators()
        if not self.problems:
            self._check_quotes()
        self.valid = not self.problems and self._read_heading()
        """Whether the heading has the columns that were wanted, so that rows can be read."""

    def place(self, line: int, column: str | None = None) -> Place:
        """Return the place of a cell: its line, the number of its column in the file, and the column's name."""
        if column is None:
            return Place(file=self.file, line=line)
        number = self._heading.index(column) + 1 if column in self._heading else None
        return Place(file=self.file, line=line, column=number, field=column)

    def refuse(self, line: int, column: str | None, found: str, wanted: str) -> None:
        """Add a problem with a cell, or a row without ``column``; a TooManyProblemsError at `MOST_PROBLEMS`."""
        self.problems.append(Problem(place=self.place(line, column), found=found, wanted=wanted))
        if len(self.problems) >= MOST_PROBLEMS:
            place = Place(file=self.file, line=line)
            more = Problem(place=place, found=f"{MOST_PROBLEMS} problems up to here", wanted="these solved first")
            self.problems.append(more)
            raise TooManyProblemsError

    def rows(self) -> Iterator[tuple[int, TableRow]]:
        """Yield the line and the cells of each row, cells in the order of the declared columns."""
        if not self.valid:
            return
        width = len(self._heading)
        in_order = self._order == tuple(range(width)) and width == len(self.columns)
        arrange = itemgetter(*(width if number is None else number for number in self._order))
        text = self._source.text
        quoted, strip = '"' in text, _has_cells_to_strip(text)
        long_line = max(map(len, text.split("\n"))) > LONGEST_CELL
        rows = 0
        for line, cells in self._lines():
            if len(cells) != width:
                if cells and (len(cells) > 1 or cells[0].strip()):
                    self.refuse(
                        line,
                        None,
                        f"a row of {count_things(len(cells), 'cell')}",
                        f"{count_things(width, 'cell')}, one for each column",
                    )
                continue
            stripped = list(map(str.strip, cells)) if strip else cells
            if not any(stripped):
                continue
            rows += 1
            if rows > MOST_ROWS:
                self.refuse(line, None, f"more than {MOST_ROWS} rows", "a smaller table")
                return
            if (long_line or (quoted and self._reader.line_num > line)) and max(map(len, stripped)) > LONGEST_CELL:
                self._refuse_long(line, stripped)
                continue
            yield line, stripped if in_order else arrange((*stripped, ""))

    def _lines(self) -> Iterator[tuple[int, list[str]]]:
        """Yield the first line and the cells of each row, from where the reader stands."""
        reader = self._reader
        line = reader.line_num + 1
        try:
            if '"' in self._source.text:
                for cells in reader:
                    yield line, cells
                    line = reader.line_num + 1
            else:  # each row is a line
                yield from zip(count(line), reader)
        except csv.Error as error:
            line = line if '"' in self._source.text else reader.line_num
            self.refuse(line, None, f"a row that is no CSV ({error})", "cells between commas, each quote closed")

    def _check_separators(self) -> None:
        """Refuse a file whose first row has its columns between other signs: all else in it would be misread."""
        line, heading = 1, self._source.text.lstrip("\r\n").partition("\n")[0]
        for sign, found in _SEPARATORS.items():
            if "," not in heading and sum(cell.strip(' "') in self.columns for cell in heading.split(sign)) > 1:
                place = Place(file=self.file, line=line)
                self.problems.append(Problem(place=place, found=found, wanted="commas between cells"))

    def _check_quotes(self) -> None:
        match = _STRAY_QUOTE.search(self._source.text) if '"' in self._source.text else None
        if match:
            line, column = line_and_column(self._source.text, match.start() + 1)
            self.problems.append(
                Problem(
                    place=Place(file=self.file, line=line),
                    found=f"a stray quote at character {column}",
                    wanted='quotes around the whole cell, and "" for a quote inside it',
                )
            )

    def _read_heading(self) -> bool:
        for line, cells in self._lines():
            self._heading = [self._also.get(cell.strip(), cell.strip()) for cell in cells]
            if any(self._heading):
                return self._check_heading(line)
        if not self.problems:
            self.problems.append(
                Problem(place=Place(file=self.file), found="an empty file", wanted=f"a heading: {self._column_list()}")
            )
        return False

    def _check_heading(self, line: int) -> bool:
        missing = [name for name in self.columns if name not in self._heading]
        for number, name in enumerate(self._heading, start=1):
            place = Place(file=self.file, line=line, column=number, field=name or None)
            if name not in self.columns:
                found, wanted = f"the unknown column {quote(name)}{suggest(name, self.columns)}", ""
                near = find_nearest(name, missing)
                if near:  # the column is there under another spelling: that it is missing is no second problem
                    missing.remove(near)
                    found, wanted = f"the unknown column {quote(name)} (did you mean '{near}'?)", f"the column '{near}'"
                wanted = wanted or f"the columns {self._column_list()}"
                self.problems.append(Problem(place=place, found=found, wanted=wanted))
            elif name in self._heading[: number - 1]:
                self.problems.append(Problem(place=place, found=f"the column '{name}' again", wanted="it once"))
        missing = [name for name in missing if name not in self._optional]
        if missing:
            found = f"no column '{missing[0]}'" if len(missing) == 1 else f"no columns {', '.join(missing)}"
            wanted = f"the columns {self._column_list()}"
            self.problems.append(Problem(place=Place(file=self.file, line=line), found=found, wanted=wanted))
        if self.problems:
            return False
        self._order = tuple(self._heading.index(name) if name in self._heading else None for name in self.columns)
        return True

    def _column_list(self) -> str:
        return ",".join(self.columns)

    def _refuse_long(self, line: int, cells: list[str]) -> None:
        for name, cell in zip(self._heading, cells, strict=True):
            if len(cell) > LONGEST_CELL:
                self.refuse(line, name, f"a cell of {len(cell)} characters", f"at most {LONGEST_CELL}")


def read_table(path: Path, columns: Sequence[str]) -> Table:
    """Return the table of a file with its ``problems``; an InputError where the file itself cannot be read."""
    return Table(read_file(path), columns)


def read_rows(path: Path) -> list[dict[str, str]]:
    """Return the rows of a table as texts by column, whatever is in them; none where there is no such file."""
    return list(read_lines(path)[1].values())


def read_lines(path: Path) -> tuple[list[str], dict[int, dict[str, str]]]:
    """Return the columns of a table, and its rows as `read_rows` does, by the number of the last line of each."""
    rows: dict[int, dict[str, str]] = {}
    if not path.exists():
        return [], rows
    reader = csv.reader(io.StringIO(read_file(path).text, newline=""))
    heading = [name.strip() for name in next(reader, [])]
    for cells in reader:
        if cells:
            texts = zip_longest(heading, cells[: len(heading)], fillvalue="")
            rows[reader.line_num] = {name: text.strip() for name, text in texts}
    return heading, rows


def raise_problems(table: Table) -> None:
    """Raise an InputError with the problems of a table that was read, if it has any."""
    if table.problems:
        raise InputError(table.problems)


E = TypeVar("E", bound=Enum)
T = TypeVar("T")


@cache
def _list_members(kind: type[E]) -> Mapping[str, E]:
    return {str(member.value): member for member in kind}


class Cells:
    """One row as typed values. A cell that cannot be read is a problem of the table and makes ``valid`` False.

    A method then returns some value of its type, so that the other cells of the row are checked too.
    """

    def __init__(self, table: Table, line: int, row: TableRow) -> None:
        self.table = table
        self.line = line
        self.row = row
        self.valid = True

    def text(self, column: str) -> str:
        """Return the cell as it is; it may be empty."""
        return self.row[self.table.positions[column]]

    def after_first(self) -> tuple[str, ...]:
        """Return the cells but that of the first column."""
        return tuple(self.row[1:])

    def refuse(self, column: str | None, found: str, wanted: str) -> None:
        """Add a problem with one cell, or with the row where ``column`` is None."""
        self.valid = False
        self.table.refuse(self.line, column, found, wanted)

    def read(self, column: str, parse: Callable[[str], T], default: T) -> T:
        """Return the cell as ``parse`` reads it, ``default`` where it raises `NotReadableError`."""
        text = self.row[self.table.positions[column]]
        try:
            return parse(text)
        except NotReadableError as error:
            self.refuse(column, quote(text), str(error))
            return default

    def required(self, column: str, what: str = "a text") -> str:
        """Return the text of a cell that may not be empty."""
        text = self.text(column)
        if not text:
            self.refuse(column, "nothing", what)
        return text

    def reason(self, column: str, what: str = "") -> str:
        """Return the text of a cell with a reason, empty where it says nothing (``-``, 없음); refused so with ``what``.

        ``what`` is what the reason is of, where one has to be given.
        """
        text = remove_guard(self.text(column))
        if not says_nothing(text):
            return text
        if what:
            self.refuse(column, quote(text) if text else "nothing", what)
        return ""

    def decimal(self, column: str) -> Fraction:
        """Return a plain decimal number, exactly."""
        return self.read(column, scalars.parse_decimal, Fraction(0))

    def integer(self, column: str) -> int:
        """Return an integer of at most 18 digits."""
        return self.read(column, scalars.parse_integer, 0)

    def yes_no(self, column: str) -> bool:
        """Return True for yes, False for no."""
        return self.read(column, scalars.parse_yes_no, False)

    def yes_no_or_nothing(self, column: str) -> bool | None:
        """Return True for yes, False for no, None where the cell is empty."""
        return self.yes_no(column) if self.text(column) else None

    def day(self, column: str) -> date:
        """Return a day; one before the first that the table may have is refused."""
        day = self.read(column, scalars.parse_day, date.min)
        self._check_first(column, day)
        return day

    def _check_first(self, column: str, day: date) -> None:
        first, name = self.table.not_before, self.table.not_before_name
        if first is not None and date.min < day < first:
            self.refuse(column, str(day), f"a day not before {name} ({first})" if name else f"a day not before {first}")

    def day_or_nothing(self, column: str) -> date | None:
        """Return a day, None where the cell is empty."""
        return self.day(column) if self.text(column) else None

    def choice_or_nothing(self, column: str, kind: type[E]) -> E | None:
        """Return a member of an enumeration by its value, None where the cell is empty."""
        return self.choice(column, kind) if self.text(column) else None

    def moment(self, column: str) -> datetime:
        """Return a moment in Korean time; one before the first day that the table may have is refused."""
        moment = self.read(column, scalars.parse_moment, datetime.min.replace(tzinfo=KOREAN_TIME))
        self._check_first(column, moment.date())
        return moment

    def choice(self, column: str, kind: type[E]) -> E:
        """Return a member of an enumeration by its value."""
        known: Mapping[str, E] = _list_members(kind)
        text = self.text(column)
        if text not in known:
            self.refuse(column, f"{quote(text)}{suggest(text, known)}", f"one of: {', '.join(known)}")
            return next(iter(kind))
        return known[text]

    def known(self, column: str, names: Iterable[str], what: str) -> str:
        """Return a text that must be one of ``names``."""
        text = self.text(column)
        if text not in names:
            hint = suggest(text, names) if text else ""
            self.refuse(column, f"{quote(text)}{hint}", what)
        return text


def iterate_cells(table: Table) -> Iterator[Cells]:
    """Yield the rows of a table as `Cells`."""
    for line, row in table.rows():
        yield Cells(table, line, row)


_MOST_DIGITS = 18


def format_exact(value: Fraction) -> str:
    """Return a fraction as a plain decimal where at most 18 digits after the point give it exactly, else as a ratio.

    >>> format_exact(Fraction(25, 2)), format_exact(Fraction(2, 3)), format_exact(Fraction(-3))
    ('12.5', '2/3', '-3')
    """
    if value.denominator == 1:
        return str(value.numerator)
    remaining, digits = value.denominator, 0
    while remaining % 10 == 0:
        remaining, digits = remaining // 10, digits + 1
    while remaining % 2 == 0 or remaining % 5 == 0:
        remaining, digits = remaining // (2 if remaining % 2 == 0 else 5), digits + 1
    if remaining != 1 or digits > _MOST_DIGITS:
        return f"{value.numerator}/{value.denominator}"
    shifted = abs(value.numerator) * 10**digits // value.denominator
    text = f"{shifted:0{digits + 1}d}"
    sign = "-" if value < 0 else ""
    return f"{sign}{text[:-digits]}.{text[-digits:].rstrip('0')}".rstrip(".")


def format_yes_no(value: bool | None) -> str:
    """Return ``yes``, ``no``, or an empty text for None."""
    return "" if value is None else "yes" if value else "no"


def format_figure(value: Value, indicator: Indicator) -> str:
    """Return the value of an indicator as ``measurements.csv`` writes it."""
    from smartcert.model.application import Missing  # imported here: as above
    from smartcert.model.indicator import YesNoScale

    if isinstance(value, Missing):
        return value.value
    return format_yes_no(bool(value)) if isinstance(indicator.scale, YesNoScale) else format_exact(value)


def format_moment(value: datetime) -> str:
    """Return a moment in Korean time, with seconds only where they are not 0."""
    local = value.astimezone(KOREAN_TIME)
    return f"{local:%Y-%m-%d %H:%M:%S}" if local.second else f"{local:%Y-%m-%d %H:%M}"


def format_table(columns: Sequence[str], rows: Iterable[Sequence[str]]) -> bytes:
    """Return a table as UTF-8 with a byte order mark, without which Korean spreadsheets take it for CP949."""
    out = io.StringIO()
    writer = csv.writer(out, lineterminator="\n")
    writer.writerow(columns)
    writer.writerows(rows)
    return out.getvalue().encode("utf-8-sig")


def write_table(path: Path, columns: Sequence[str], rows: Iterable[Sequence[str]]) -> None:
    """Write a table as `format_table` gives it; a UsageError where the file cannot be written."""
    write_atomic(path, format_table(columns, rows))
