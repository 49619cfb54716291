"""A form written as CSV to a grid: commas, semicolons or tabs, UTF-8 or CP949."""

from __future__ import annotations

import csv
import io

from smartcert.errors import InputError, Place, Problem
from smartcert.intake import limits
from smartcert.intake.grid import At, Grid, RawCell
from smartcert.intake.tables import LONGEST_CELL
from smartcert.intake.text import text_of

_SEPARATORS = (",", "\t", ";")


def is_delimited(name: str) -> bool:
    """Return whether a file of this name is read as separated values."""
    return name.lower().endswith((".csv", ".tsv"))


def read_delimited(data: bytes, file: str) -> Grid:
    """Return the cells of the file; the separator is the one that its first lines hold most of.

    Raises:
        InputError: undecodable, no CSV, or beyond the limits.
    """
    if len(data) > limits.FORM_BYTES:
        raise _refused(file, None, f"{len(data)} bytes", f"at most {limits.FORM_BYTES} bytes")
    text = text_of(data, file).text
    head = "\n".join(text.splitlines()[:20])
    separator = max(_SEPARATORS, key=head.count)
    cells: dict[At, RawCell] = {}
    reader = csv.reader(io.StringIO(text, newline=""), delimiter=separator, strict=True)
    try:
        for row in reader:
            _take(cells, row, reader.line_num, file)
    except csv.Error as error:
        raise _refused(file, reader.line_num, f"a row that is no CSV ({error})", "each quote closed") from None
    return Grid(file=file, name="", cells=cells)


def _take(cells: dict[At, RawCell], row: list[str], line: int, file: str) -> None:
    if line > limits.ROWS and any(row):
        raise _refused(file, line, f"more than {limits.ROWS} lines", "a smaller table")
    for column, text in enumerate(row, start=1):
        if not text.strip():
            continue
        if column > limits.COLUMNS:
            raise _refused(file, line, f"{len(row)} columns", f"at most {limits.COLUMNS}")
        if len(text) > LONGEST_CELL:
            raise _refused(file, line, f"a cell of {len(text)} characters", f"at most {LONGEST_CELL}")
        cells[(line, column)] = RawCell(text)
        if len(cells) > limits.CELLS:
            raise _refused(file, line, f"more than {limits.CELLS} cells", "a smaller table")


def _refused(file: str, line: int | None, found: str, wanted: str) -> InputError:
    return InputError([Problem(place=Place(file=file, line=line), found=found, wanted=wanted)])
