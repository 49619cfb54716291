"""An Excel 97-2003 workbook (XLS, BIFF8) as grids of cells, one for each sheet.

`python-calamine` reads the values, in a process of its own. It tells neither formats nor fonts, so the records of the
workbook are looked through for those here, so that letters that are raised or struck out stay recognisable, and a
number that its format shows otherwise is a question. Where the records say nothing, every figure is one.
"""

from __future__ import annotations

import json
import struct
from collections.abc import Iterator
from dataclasses import dataclass, field
from typing import Any, NamedTuple

from smartcert.errors import InputError
from smartcert.io.formats import limits
from smartcert.io.formats.grid import COLOURED_AS_GROUND, CellPosition, CellType, Grid, RawCell
from smartcert.io.formats.marked_text import raise_text, strike_text
from smartcert.io.formats.number_format import BUILT_IN, format_shown
from smartcert.io.formats.ole import read_ole_stream
from smartcert.io.formats.worker import WorkerProcess

_WORKER = WorkerProcess("xls")
_OLD_TEXT = "text of an old format"
_ODD_NUMBER = "a number shown in another way"
_PERCENT_IDS = frozenset({9, 10})

_BOF, _EOF, _FONT, _XF, _FORMAT = 0x0809, 0x000A, 0x0031, 0x00E0, 0x041E
_NUMBER, _RK, _MULTIPLE_RK, _FORMULA, _LABEL, _SHARED_LABEL = 0x0203, 0x027E, 0x00BD, 0x0006, 0x0204, 0x00FD
_SHARED_TEXTS, _CONTINUE = 0x00FC, 0x003C
_ROW, _COLUMNS, _SHEET = 0x0208, 0x007D, 0x0085
_ONE_CELL = frozenset({_NUMBER, _RK, _FORMULA, _LABEL, _SHARED_LABEL})
_BIFF8 = 0x0600
_WHITE = 1
# colours that stand twice in the palette of Excel, before a workbook changes it
_PALETTE = {0: 0, 1: 1, 8: 0, 9: _WHITE, 0x40: 0, 0x41: _WHITE, 0x7FFF: 0}


class _Font(NamedTuple):
    struck: bool = False
    raised: bool = False
    colour: int = 0
    """Its number in the palette."""


class _Style(NamedTuple):
    """A style of cells: its font, its number format, and the colour behind its letters by its number."""

    font: int = 0
    number_format: int = 0
    ground: int = _WHITE


@dataclass(kw_only=True)
class _Looks:
    """What the records of a workbook say about its cells; sheets are counted from 0 in the order of their streams."""

    codes: dict[int, str] = field(default_factory=dict)
    formats: list[_Style] = field(default_factory=list)
    fonts: list[_Font] = field(default_factory=list)
    styles: dict[tuple[int, int, int], int] = field(default_factory=dict)
    """The style of each cell by sheet, row and column, both from 1."""
    texts: dict[tuple[int, int, int], int] = field(default_factory=dict)
    """The number of the shared text of each cell that has one."""
    runs: dict[int, list[tuple[int, int]]] = field(default_factory=dict)
    """The runs of each shared text that has several: from which letter on it is in which font."""
    hidden_sheets: list[bool] = field(default_factory=list)
    hidden_rows: dict[int, set[int]] = field(default_factory=dict)
    """By sheet."""
    hidden_columns: dict[int, set[int]] = field(default_factory=dict)
    known: bool = False

    def font(self, number: int) -> _Font:
        """Return a font by its number; there is no font 4."""
        place = number if number < 4 else number - 1
        return self.fonts[place] if place < len(self.fonts) else _Font()

    def mark(self, text: str, cell: tuple[int, int, int]) -> str:
        """Return the text of a cell with its raised and struck letters recognisable."""
        runs = self.runs.get(self.texts.get(cell, -1), [])
        if not runs:
            return text
        ends = [*(start for start, _ in runs[1:]), len(text)]
        parts = [text[: runs[0][0]]]
        for (start, font), end in zip(runs, ends, strict=True):
            part = raise_text(text[start:end]) if self.font(font).raised else text[start:end]
            parts.append(strike_text(part) if self.font(font).struck else part)
        return "".join(parts)

    def style(self, cell: tuple[int, int, int]) -> _Style:
        number = self.styles.get(cell, -1)
        return self.formats[number] if 0 <= number < len(self.formats) else _Style()

    def code(self, number: int) -> str:
        return self.codes.get(number) or BUILT_IN.get(number, "General")

    def doubt(self, cell: tuple[int, int, int]) -> str:
        """Return why a figure may not mean what stands there, else nothing."""
        style = self.style(cell)
        font = self.font(style.font)
        if font.struck or font.raised:
            return "struck out" if font.struck else "a raised cell"
        fonts = [font, *(self.font(number) for _, number in self.runs.get(self.texts.get(cell, -1), []))]
        return (
            COLOURED_AS_GROUND if any(_PALETTE.get(used.colour, used.colour) == style.ground for used in fonts) else ""
        )


def read_xls(data: bytes, file: str) -> tuple[Grid, ...]:
    """Return the sheets of a workbook in order; an InputError where it cannot be read, or takes too much."""
    if len(data) > limits.FORM_BYTES:
        raise InputError.of_file(file, f"{len(data)} bytes", f"at most {limits.FORM_BYTES} bytes")
    answer = _WORKER.ask(data, memory=limits.XLS_MEMORY, seconds=limits.XLS_SECONDS)
    read: dict[str, Any] = json.loads(answer) if answer else {"error": "no answer"}
    if "error" in read:
        raise InputError.of_file(file, "a workbook that cannot be read", "it saved as .xlsx")
    if len(read["sheets"]) > limits.SHEETS:
        raise InputError.of_file(file, f"{len(read['sheets'])} sheets", f"from 1 to {limits.SHEETS}")
    looks = _read_looks(data)
    return tuple(_build_grid(sheet, number, looks, file) for number, sheet in enumerate(read["sheets"]))


def _build_grid(sheet: dict[str, Any], number: int, looks: _Looks, file: str) -> Grid:
    cells: dict[CellPosition, RawCell] = {}
    for row, column, kind, text in sheet["cells"]:
        if row > limits.ROWS or column > limits.COLUMNS:
            where = f"something in row {row}, column {column}"
            raise InputError.of_file(file, where, f"nothing beyond row {limits.ROWS} and column {limits.COLUMNS}")
        cells[(row, column)] = _build_cell(CellType(kind), text, looks, (number, row, column))
    merged: dict[CellPosition, CellPosition] = {}
    for top, left, bottom, right in sheet["merged"]:
        if (bottom - top + 1) * (right - left + 1) + len(merged) <= limits.ROWS:
            merged |= {
                (row + 1, column + 1): (top + 1, left + 1)
                for row in range(top, bottom + 1)
                for column in range(left, right + 1)
                if (row, column) != (top, left)
            }
    return Grid(
        file=file,
        name=sheet["name"],
        cells=cells,
        merged=merged,
        hidden_rows=frozenset(looks.hidden_rows.get(number, ())),
        hidden_columns=frozenset(looks.hidden_columns.get(number, ())),
        hidden=number < len(looks.hidden_sheets) and looks.hidden_sheets[number],
    )


def _build_cell(kind: CellType, text: str, looks: _Looks, cell: tuple[int, int, int]) -> RawCell:
    number = looks.style(cell).number_format
    code, doubt = looks.code(number), looks.doubt(cell)
    if kind is CellType.TEXT:
        hidden = not looks.known and any(sign.isdigit() for sign in text)
        return RawCell(looks.mark(text, cell), kind, doubt=doubt or (_OLD_TEXT if hidden else ""))
    if kind is not CellType.NUMBER:
        return RawCell(text, kind, doubt=doubt)
    if not looks.known:
        return RawCell(text, kind, doubt=_ODD_NUMBER)
    if number in _PERCENT_IDS or "%" in code:
        kind = CellType.PERCENT
    shown = format_shown(code, text) if code != "General" else text
    return RawCell(text, kind, doubt=doubt or ("" if shown is not None else _ODD_NUMBER), shown=shown)


def _read_looks(data: bytes) -> _Looks:
    """Return what the records say; not ``known`` where the workbook is older than BIFF8 or its records are broken."""
    looks = _Looks()
    try:
        stream = read_ole_stream(data, "Workbook")
        sheet = -2  # the first substream is that of the workbook itself
        depth = 0  # a chart on a sheet is a substream inside the sheet's
        for number, segments in _group_records(stream):
            record = segments[0]
            if number == _SHARED_TEXTS:
                looks.runs = _read_runs(segments)
            elif number == _BOF:
                sheet += not depth
                depth += 1
                looks.known = looks.known or struct.unpack_from("<H", record)[0] == _BIFF8
            elif number == _EOF:
                depth -= 1
            elif depth > 1:
                continue
            elif sheet < 0:
                _note_style(looks, number, record)
            else:
                _note_cells(looks, sheet, number, record)
    except (ValueError, struct.error, IndexError):
        return _Looks()
    return looks


def _iterate_records(stream: bytes) -> Iterator[tuple[int, bytes]]:
    place = 0
    while place + 4 <= len(stream):
        number, size = struct.unpack_from("<HH", stream, place)
        yield number, stream[place + 4 : place + 4 + size]
        place += 4 + size


def _group_records(stream: bytes) -> Iterator[tuple[int, list[bytes]]]:
    """Yield each record with those that continue it."""
    current: tuple[int, list[bytes]] | None = None
    for number, record in _iterate_records(stream):
        if number == _CONTINUE and current:
            current[1].append(record)
            continue
        if current:
            yield current
        current = (number, [record])
    if current:
        yield current


class _Segments:
    """Reads the bytes of a record that others continue."""

    def __init__(self, segments: list[bytes]) -> None:
        self._segments, self._which, self._place = segments, 0, 0

    def take(self, size: int) -> bytes:
        """Return as many bytes; a ValueError where there are fewer."""
        parts = []
        while size:
            part = self._segments[self._which][self._place : self._place + size]
            parts.append(part)
            size, self._place = size - len(part), self._place + len(part)
            if size:
                self._next()
        return b"".join(parts)

    def skip_letters(self, count: int, wide: bool) -> None:
        """Skip letters; where they go on in the next segment, that says anew how wide they are."""
        while count:
            left = (len(self._segments[self._which]) - self._place) // (2 if wide else 1)
            step = min(left, count)
            self._place, count = self._place + step * (2 if wide else 1), count - step
            if count:
                self._next()
                wide = bool(self.take(1)[0] & 1)

    def _next(self) -> None:
        self._which, self._place = self._which + 1, 0
        if self._which >= len(self._segments):
            raise ValueError("texts that end too early")


def _read_runs(segments: list[bytes]) -> dict[int, list[tuple[int, int]]]:
    """Return the runs of each shared text that has several fonts, by its number."""
    reader, runs = _Segments(segments), {}
    (count,) = struct.unpack("<I", reader.take(8)[4:])
    for number in range(min(count, limits.CELLS)):
        length, flags = struct.unpack("<HB", reader.take(3))
        several = struct.unpack("<H", reader.take(2))[0] if flags & 8 else 0
        extended = struct.unpack("<I", reader.take(4))[0] if flags & 4 else 0
        reader.skip_letters(length, wide=bool(flags & 1))
        own = [struct.unpack("<HH", reader.take(4)) for _ in range(several)]
        reader.take(min(extended, limits.FORM_BYTES))
        if own:
            runs[number] = [(int(start), int(font)) for start, font in own]
    return runs


def _note_style(looks: _Looks, number: int, record: bytes) -> None:
    if number == _FONT:
        (flags,) = struct.unpack_from("<H", record, 2)
        (colour,) = struct.unpack_from("<H", record, 4)
        (raised,) = struct.unpack_from("<H", record, 8)
        looks.fonts.append(_Font(bool(flags & 0x08), raised in (1, 2), colour))
    elif number == _XF:
        font, code = struct.unpack_from("<HH", record)
        (pattern, colours) = struct.unpack_from("<IH", record, 14)
        ground = colours & 0x7F if pattern >> 26 else _WHITE
        looks.formats.append(_Style(font, code, _PALETTE.get(ground, ground)))
    elif number == _FORMAT:
        code, length, flags = struct.unpack_from("<HHB", record)
        text = record[5 : 5 + length * (2 if flags & 1 else 1)]
        looks.codes[code] = text.decode("utf-16-le" if flags & 1 else "latin-1", errors="replace")
    elif number == _SHEET:
        looks.hidden_sheets.append(bool(record[4] & 3))


def _note_cells(looks: _Looks, sheet: int, number: int, record: bytes) -> None:
    if number in _ONE_CELL:
        row, column, style = struct.unpack_from("<HHH", record)
        looks.styles[(sheet, row + 1, column + 1)] = style
        if number == _SHARED_LABEL:
            (looks.texts[(sheet, row + 1, column + 1)],) = struct.unpack_from("<I", record, 6)
    elif number == _MULTIPLE_RK:
        row, column = struct.unpack_from("<HH", record)
        for place in range((len(record) - 6) // 6):
            (style,) = struct.unpack_from("<H", record, 4 + 6 * place)
            looks.styles[(sheet, row + 1, column + 1 + place)] = style
    elif number == _ROW:
        row, height = struct.unpack_from("<H4xH", record)
        if record[12] & 0x20 or not height & 0x7FFF:
            looks.hidden_rows.setdefault(sheet, set()).add(row + 1)
    elif number == _COLUMNS:
        first, last, width, flags = struct.unpack_from("<HHH2xH", record)
        if flags & 1 or not width:
            columns = range(first + 1, min(last + 1, limits.COLUMNS) + 1)
            looks.hidden_columns.setdefault(sheet, set()).update(columns)
