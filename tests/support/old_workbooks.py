"""Excel 97-2003 workbooks (BIFF8 in a compound file) written record by record, with a cell of N01 as a test wants."""

from __future__ import annotations

import struct
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

from tests.support.sent_forms import FIRST_ROW, rows

_SECTOR = 512
_FREE, _END, _FAT = 0xFFFFFFFF, 0xFFFFFFFE, 0xFFFFFFFD
_MINIMUM = 4096  # a shorter stream would lie in a smaller kind of sector
_FONTS = ((), (), (), (), ("struck",), ("raised",), ("white",))
"""Fonts by their place: there is no font 4, so the last three have the numbers from 5."""
STRUCK, RAISED, WHITE = 5, 6, 7


@dataclass(frozen=True, kw_only=True, slots=True)
class OldCell:
    """A cell: a number or a text, its number format, the font of all of it, or runs ``(first letter, font)``."""

    value: float | str
    number_format: str = ""
    font: int = 0
    runs: tuple[tuple[int, int], ...] = ()


def as_xls(cell: OldCell | None = None, **options: Any) -> bytes:
    """Return the form of `tests.support.sent_forms` as such a workbook; ``cell`` takes the place of N01's.

    ``options`` are those of `build_workbook`.
    """
    table: list[list[OldCell]] = []
    for number, line in enumerate(rows(), start=1):
        cells = [OldCell(value=float(text) if text.isdigit() and len(text) < 5 else text) for text in line]
        if cell is not None and number == FIRST_ROW:
            cells[3] = cell
        table.append(cells)
    return build_compound_file(build_workbook(table, **options))


def build_workbook(
    table: Sequence[Sequence[OldCell]],
    *,
    sheet: str = "D1",
    dates_1904: bool = False,
    hidden_sheet: bool = False,
    hidden_row: int = 0,
    hidden_column: int = 0,
    chart: bool = False,
) -> bytes:
    """Return the records of a workbook of one sheet; rows and columns are counted from 1.

    A ``chart`` on the sheet has records of its own inside the sheet's, with a cell that is none of the sheet.
    """
    cells = [cell for line in table for cell in line]
    styles = list(dict.fromkeys((cell.font, cell.number_format) for cell in cells))
    formats = list(dict.fromkeys(code for _, code in styles if code))
    texts = [cell for cell in cells if isinstance(cell.value, str) and cell.value]
    globals_ = [_record(0x0809, struct.pack("<HHHHII", 0x0600, 5, 0x0DBB, 0x07CC, 0, 0))]
    globals_ += [_record(0x0042, struct.pack("<H", 1200)), _record(0x0022, struct.pack("<H", int(dates_1904)))]
    globals_ += [_font(looks) for looks in _FONTS]
    globals_ += [_record(0x041E, struct.pack("<H", 164 + place) + _text(code)) for place, code in enumerate(formats)]
    globals_ += [
        _record(
            0x00E0, struct.pack("<HHHBBIIHH", font, 164 + formats.index(code) if code else 0, 0, 0, 0, 0, 0, 0, 0)[:20]
        )
        for font, code in styles
    ]
    shared = struct.pack("<II", len(texts), len(texts)) + b"".join(_shared_text(cell) for cell in texts)
    head = b"".join(globals_)
    table_of_texts = _record(0x00FC, shared)
    name = sheet.encode("utf-16-le")
    bound_size = 4 + 8 + len(name)
    start = len(head) + bound_size + len(table_of_texts) + 4
    bound = _record(0x0085, struct.pack("<IBBBB", start, int(hidden_sheet), 0, len(sheet), 1) + name)
    records = [_record(0x0809, struct.pack("<HHHHII", 0x0600, 0x0010, 0x0DBB, 0x07CC, 0, 0))]
    if hidden_column:
        columns = struct.pack("<HHHHHH", hidden_column - 1, hidden_column - 1, 2048, 0, 1, 0)
        records.append(_record(0x007D, columns))
    if hidden_row:
        records.append(_record(0x0208, struct.pack("<HHHHHHI", hidden_row - 1, 0, 6, 255, 0, 0, 0x20)))
    place = 0
    for row, line in enumerate(table):
        for column, cell in enumerate(line):
            style = styles.index((cell.font, cell.number_format))
            at = struct.pack("<HHH", row, column, style)
            if isinstance(cell.value, str):
                if cell.value:
                    records.append(_record(0x00FD, at + struct.pack("<I", place)))
                    place += 1
            else:
                records.append(_record(0x0203, at + struct.pack("<d", cell.value)))
    if chart:
        records.append(_record(0x0809, struct.pack("<HHHHII", 0x0600, 0x0020, 0x0DBB, 0x07CC, 0, 0)))
        cached = struct.pack("<HHHd", FIRST_ROW - 1, 3, 0, 7.0)
        records += [_record(0x0203, cached), _record(0x000A, b"")]
    records.append(_record(0x000A, b""))
    return head + bound + table_of_texts + _record(0x000A, b"") + b"".join(records)


def _record(kind: int, data: bytes) -> bytes:
    """Return a record; what goes beyond the longest goes on in others."""
    parts = [data[place : place + 8224] for place in range(0, len(data), 8224)] or [b""]
    return b"".join(
        struct.pack("<HH", kind if not number else 0x003C, len(part)) + part for number, part in enumerate(parts)
    )


def _text(text: str) -> bytes:
    return struct.pack("<HB", len(text), 1) + text.encode("utf-16-le")


def _shared_text(cell: OldCell) -> bytes:
    text = str(cell.value)
    if not cell.runs:
        return _text(text)
    runs = b"".join(struct.pack("<HH", start, font) for start, font in cell.runs)
    return struct.pack("<HBH", len(text), 1 | 8, len(cell.runs)) + text.encode("utf-16-le") + runs


def _font(looks: Sequence[str]) -> bytes:
    struck, raised = 0x0008 if "struck" in looks else 0, int("raised" in looks)
    colour = 9 if "white" in looks else 0x7FFF
    head = struct.pack("<HHHHHBBBBBB", 220, struck, colour, 400, raised, 0, 0, 0, 0, 5, 1)
    return _record(0x0031, head + "Arial".encode("utf-16-le"))


def build_compound_file(stream: bytes, name: str = "Workbook") -> bytes:
    """Return a compound file that has this one stream."""
    data = stream.ljust(max(_MINIMUM, -(-len(stream) // _SECTOR) * _SECTOR), b"\0")
    sectors = len(data) // _SECTOR
    tables = -(-(sectors + 1) // (_SECTOR // 4 - 1))
    header = bytearray(bytes.fromhex("D0CF11E0A1B11AE1").ljust(_SECTOR, b"\0"))
    struct.pack_into("<HHHHH", header, 24, 0x3E, 3, 0xFFFE, 9, 6)
    struct.pack_into("<IIIIIIII", header, 44, tables, tables, 0, _MINIMUM, _END, 0, _END, 0)
    struct.pack_into("<109I", header, 76, *range(tables), *[_FREE] * (109 - tables))
    chain = [*[_FAT] * tables, _END, *range(tables + 2, tables + 1 + sectors), _END]
    chain += [_FREE] * (tables * _SECTOR // 4 - len(chain))
    directory = _entry("Root Entry", 5, 1, _END, 0) + _entry(name, 2, _FREE, tables + 1, len(data))
    return bytes(header) + struct.pack(f"<{len(chain)}I", *chain) + directory.ljust(_SECTOR, b"\0") + data


def _entry(name: str, kind: int, child: int, start: int, size: int) -> bytes:
    raw = (name + "\0").encode("utf-16-le")
    head = raw.ljust(64, b"\0") + struct.pack("<HBBIII", len(raw), kind, 1, _FREE, _FREE, child)
    return head.ljust(116, b"\0") + struct.pack("<IQ", start, size)
