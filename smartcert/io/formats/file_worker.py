"""Reads files of somebody else until its input ends: a length in eight bytes and a file in, a length and an answer out.

The answer on a PDF is how many pages it has, that on an Excel 97-2003 workbook its cells as JSON. It is run as a file,
in a process of its own that may be ended at any moment, and imports nothing of this package.
"""

from __future__ import annotations

import datetime
import io
import json
import logging
import sys
from contextlib import suppress
from importlib import import_module
from typing import Any

MOST_CELLS = 100_000
WHOLE_BELOW = 1e15


def limit_memory(most: int) -> None:
    """Let this process have at most ``most`` bytes, on systems that know such a limit."""
    with suppress(ImportError, OSError, ValueError):
        import resource  # is not there on Windows

        resource.setrlimit(resource.RLIMIT_AS, (most, most))


def count_pages(data: bytes) -> bytes:
    """Return the number of pages of the PDF that ``data`` is now, 0 where it cannot be read.

    What an incremental save has taken out does not count, nor do documents that are attached.
    """
    from pypdf import PdfReader

    try:
        return b"%d" % len(PdfReader(io.BytesIO(data)).pages)
    except Exception:  # whatever is wrong with a file of somebody else, its pages are not known
        return b"0"


def read_cells(data: bytes) -> dict[str, Any]:
    """Return the sheets, each with its name, its cells (row, column, type, text) and its merged ranges; or an error."""
    try:
        from python_calamine import CalamineWorkbook

        book = CalamineWorkbook.from_filelike(io.BytesIO(data))
        sheets, left = [], MOST_CELLS
        for name in book.sheet_names:
            sheet = book.get_sheet_by_name(name)
            cells: list[tuple[int, int, str, str]] = []
            first_row, first_column = sheet.start or (0, 0)
            for row, values in enumerate(sheet.to_python(skip_empty_area=True), start=first_row + 1):
                for column, value in enumerate(values, start=first_column + 1):
                    if value not in ("", None):
                        cells.append((row, column, *describe_value(value)))
            left -= len(cells)
            if left < 0:
                return {"error": f"more than {MOST_CELLS} cells"}
            merged = [[*begin, *end] for begin, end in sheet.merged_cell_ranges or ()]
            sheets.append({"name": name, "cells": cells, "merged": merged})
    except BaseException as error:  # a panic of the library is no Exception
        return {"error": type(error).__name__}
    return {"sheets": sheets}


def describe_value(value: Any) -> tuple[str, str]:
    """Return the type of a cell, in the words of the package, and its text."""
    if isinstance(value, bool):
        return "yes_no", "TRUE" if value else "FALSE"
    if isinstance(value, (int, float)):
        # 2023.0 is how the format stores 2023: a round, a code or a page is not to be shown with a point
        is_whole = isinstance(value, float) and value.is_integer() and abs(value) < WHOLE_BELOW
        return "number", str(int(value)) if is_whole else repr(value)
    if isinstance(value, datetime.datetime):
        return "day", value.date().isoformat() if value.time() == datetime.time() else value.isoformat(sep=" ")
    if isinstance(value, (datetime.date, datetime.time, datetime.timedelta)):
        return "day", str(value)
    return "text", str(value)


READERS = {
    "pdf": ("pypdf", count_pages),
    "xls": ("python_calamine", lambda data: json.dumps(read_cells(data)).encode()),
}
"""By the kind of files: the library that reads them, and what gives the answer on one."""


def serve(memory: int, kind: str) -> None:
    """Say that the library is loaded, then answer until the input ends."""
    limit_memory(memory)
    logging.disable()
    library, answer = READERS[kind]
    import_module(library)  # within the limit of memory
    write(b"ready")
    while length := sys.stdin.buffer.read(8):
        write(answer(sys.stdin.buffer.read(int.from_bytes(length, "big"))))


def write(answer: bytes) -> None:
    """Write an answer after its length."""
    sys.stdout.buffer.write(len(answer).to_bytes(8, "big") + answer)
    sys.stdout.buffer.flush()


if __name__ == "__main__":
    serve(int(sys.argv[1]), sys.argv[2])
