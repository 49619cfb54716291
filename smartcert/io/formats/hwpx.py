"""A Hangul document (HWPX, OWPML) as grids of cells, one for each of its tables; all other text is left out.

A cell has what a person sees in it: its paragraphs, what form fields hold, and letters that are raised or struck out as
such. Memos, footnotes, hidden comments and the hints of fields are no text of a cell. No script is ever run.
"""

from __future__ import annotations

import io
import re
from dataclasses import field, replace

from smartcert.errors import InputError
from smartcert.io.formats import limits
from smartcert.io.formats.csv import LONGEST_CELL
from smartcert.io.formats.grid import COLOURED_AS_GROUND, WHITE, CellPosition, Grid, RawCell
from smartcert.io.formats.marked_text import raise_text, strike_text
from smartcert.io.formats.xml import ElementBudget, RefusedXmlError, XmlHandler, parse_xml
from smartcert.io.formats.zip import FORM_BUDGET, CheckedZip, open_zip
from smartcert.lazy_dataclass import dataclass

_SECTION = re.compile(r"contents/section[0-9]{1,4}\.xml", re.IGNORECASE)
_NOT_CELL_TEXT = frozenset(
    {"ctrl", "footNote", "endNote", "hiddenComment", "fieldBegin", "caption", "rubyText", "drawText"}
)
_SPACES = {"lineBreak": "\n", "tab": "\t", "nbSpace": " ", "fwSpace": " "}
_TEXT = frozenset({"t", "mainText"})
# Hangul 2020 and later write "3D" where nothing is struck out
_NOT_STRUCK = frozenset({"", "NONE", "3D"})
_BOXES = frozenset({"checkBtn", "radioBtn"})
_BESIDE_TEXT = frozenset(
    {
        *("equation", "ole", "pic", "rect", "ellipse", "arc", "polygon", "curve", "line", "connectLine", "container"),
        *("textart", "video", "chart", "unknownObject"),
    }
)
_MANY_COLOURS = "many"
_LISTS = frozenset({"comboBox", "listBox"})


@dataclass(frozen=True, slots=True)
class _Font:
    struck: bool = False
    raised: bool = False
    colour: str = ""
    shade: str = ""
    """What is behind the letters alone; empty where it is what is behind the cell."""


_PLAIN = _Font()


class _HeaderReader(XmlHandler):
    """Reads which character properties strike out, raise or colour letters, and the grounds of cells, by their ids."""

    def __init__(self) -> None:
        self.fonts: dict[str, _Font] = {}
        self.grounds: dict[str, str] = {}
        self._id: str | None = None
        self._border = ""

    def start(self, name: str, attributes: dict[str, str]) -> None:
        if name == "charPr":
            self._id = attributes.get("id", "")
            colour, shade = (_read_colour(attributes.get(key, "none")) for key in ("textColor", "shadeColor"))
            self.fonts[self._id] = _Font(colour=colour, shade=shade)
        elif name == "borderFill":
            self._border = attributes.get("id", "")
        elif name in ("winBrush", "gradation", "imgBrush") and self._border:
            self.grounds[self._border] = _read_colour(attributes.get("faceColor", "none")) or WHITE
            if name != "winBrush":
                self.grounds[self._border] = _MANY_COLOURS
        elif self._id is not None and name == "strikeout":
            shape = attributes.get("shape", attributes.get("type", ""))
            if shape.upper() not in _NOT_STRUCK:
                self.fonts[self._id] = replace(self._font(), struck=True)
        elif self._id is not None and name in ("supscript", "superscript", "subscript"):
            self.fonts[self._id] = replace(self._font(), raised=True)

    def _font(self) -> _Font:
        return self.fonts.get(self._id or "", _PLAIN)

    def end(self, name: str) -> None:
        if name == "charPr":
            self._id = None
        elif name == "borderFill":
            self._border = ""


def _read_colour(text: str) -> str:
    """Return a colour as red, green and blue in hexadecimal digits; empty for none."""
    return text.removeprefix("#")[-6:].upper() if text.startswith("#") else ""


@dataclass(kw_only=True)
class _OpenTable:
    number: int
    cells: dict[CellPosition, RawCell] = field(default_factory=dict)
    merged: dict[CellPosition, CellPosition] = field(default_factory=dict)
    at: CellPosition = (1, 1)
    span: CellPosition = (1, 1)
    parts: list[str] = field(default_factory=list)
    doubt: str = ""
    ground: str = WHITE
    row: int = 0
    column: int = 0


@dataclass(kw_only=True)
class _OpenField:
    """A field that a person clicks on; ``hint`` is what stands in it before anybody wrote something."""

    table: _OpenTable | None
    at: CellPosition
    start: int
    hint: str = ""


@dataclass(kw_only=True)
class _OpenList:
    """A list of which a person chooses one item; ``shown`` are the texts of the items by their values."""

    chosen: str
    shown: dict[str, str] = field(default_factory=dict)


class _SectionReader(XmlHandler):
    """Reads one section of a document; tables inside cells are tables of their own."""

    def __init__(self, numbers: list[int], header: _HeaderReader) -> None:
        self.tables: list[_OpenTable] = []
        self._open: list[_OpenTable] = []
        self._numbers, self._fonts, self._grounds = numbers, header.fonts, header.grounds
        self._runs: list[_Font] = []
        self._fields: list[_OpenField] = []
        self._list: _OpenList | None = None
        self._aside = 0
        self._cells = 0
        self._text = 0
        self._edits = 0
        self._deleted = False
        self._hint = False

    def start(self, name: str, attributes: dict[str, str]) -> None:
        if name == "tbl":
            self._start_table()
        elif name == "run":
            self._runs.append(self._fonts.get(attributes.get("charPrIDRef", ""), _PLAIN))
        elif name == "fieldBegin":
            self._start_field(attributes)
        elif name == "fieldEnd":
            self._end_field()
        elif name in ("deleteBegin", "deleteEnd", "insertBegin"):
            self._note_change(name)
        self._hint = name == "stringParam" and attributes.get("name") == "Direction"
        self._aside += name in _NOT_CELL_TEXT
        self._edits += name == "edit"
        self._text += name in _TEXT or (name == "text" and self._edits > 0)
        if self._open and name == "autoNum" and self._aside == 1:  # in a footnote it is two deep, and no text of a cell
            self._open[-1].doubt = "more than text"
        if self._open and not self._aside:
            self._start_control(name, attributes)
            _start_table_part(self._open[-1], name, attributes)
            if name == "tc":
                self._open[-1].ground = self._grounds.get(attributes.get("borderFillIDRef", ""), WHITE)

    def _start_table(self) -> None:
        self._numbers.append(len(self._numbers) + 1)
        if len(self._numbers) > limits.SHEETS:
            raise RefusedXmlError(f"more than {limits.SHEETS} tables", "fewer tables")
        if self._open:
            self._open[-1].doubt = "more than text"
        self._open.append(_OpenTable(number=self._numbers[-1]))

    def _start_field(self, attributes: dict[str, str]) -> None:
        table = self._open[-1] if self._open and attributes.get("type") == "CLICK_HERE" else None
        at, start = (table.at, len(table.parts)) if table else ((0, 0), 0)
        self._fields.append(_OpenField(table=table, at=at, start=start))

    def _end_field(self) -> None:
        """Leave out the text of a field that is nothing but its hint."""
        if not self._fields:
            return
        blank = self._fields.pop()
        table = self._open[-1] if self._open else None
        if blank.table is None or table is not blank.table or table.at != blank.at or not blank.hint.strip():
            return
        if "".join(table.parts[blank.start :]).strip() == blank.hint.strip():
            del table.parts[blank.start :]

    def _note_change(self, name: str) -> None:
        self._deleted = name == "deleteBegin" or (self._deleted and name != "deleteEnd")
        if self._open and name != "deleteEnd":
            self._open[-1].doubt = "a tracked change"

    def _start_control(self, name: str, attributes: dict[str, str]) -> None:
        """Note what a control shows: a box with its caption, a chosen item, letters put over each other."""
        parts = self._open[-1].parts
        if name in _BESIDE_TEXT:
            self._open[-1].doubt = "more than text"
        elif name in _BOXES:
            box = "☑" if attributes.get("value") == "CHECKED" else "☐"
            parts.append(f" {box} {attributes.get('caption', '')} ")
        elif name in _LISTS:
            self._list = _OpenList(chosen=attributes.get("selectedValue", ""))
        elif name == "listItem" and self._list is not None:
            value = attributes.get("value", "")
            self._list.shown[value] = attributes.get("displayText") or value
        elif name == "compose":
            parts.append(raise_text(attributes.get("composeText", "")))

    def end(self, name: str) -> None:
        self._aside -= name in _NOT_CELL_TEXT
        self._text -= name in _TEXT or (name == "text" and self._edits > 0)
        self._edits -= name == "edit"
        self._hint = False
        if name == "run" and self._runs:
            self._runs.pop()
        if not self._open or self._aside:
            return
        if name == "tc":
            self._add_cell(self._open[-1])
        elif name == "p":
            self._open[-1].parts.append("\n")
        elif name in _LISTS and self._list is not None:
            self._open[-1].parts.append(self._list.shown.get(self._list.chosen, self._list.chosen))
            self._list = None
        elif name == "tbl":
            self.tables.append(self._open.pop())

    def text(self, text: str) -> None:
        if self._hint and self._fields:
            self._fields[-1].hint += text
        if self._open and self._text and not self._aside:
            font = self._runs[-1] if self._runs else _PLAIN
            if text.strip() and font.colour and font.colour == (font.shade or self._open[-1].ground):
                self._open[-1].doubt = self._open[-1].doubt or COLOURED_AS_GROUND
            text = raise_text(text) if font.raised else text
            self._open[-1].parts.append(strike_text(text) if font.struck or self._deleted else text)

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
    elif name in _SPACES:
        table.parts.append(_SPACES[name])


def _note_merged_cells(table: _OpenTable) -> None:
    (row, column), (down, across) = table.at, table.span
    if row + down > limits.ROWS or column + across > limits.COLUMNS:
        raise RefusedXmlError(f"a cell in row {row}, column {column}", "a smaller table")
    if down * across > limits.COLUMNS or len(table.merged) > limits.ROWS:
        raise RefusedXmlError(f"a cell over {down * across} others", f"at most {limits.COLUMNS}")
    for lower in range(row, row + down):
        for right in range(column, column + across):
            if (lower, right) != (row, column):
                table.merged[(lower, right)] = (row, column)


def read_hwpx(data: bytes, file: str, elements: ElementBudget | None = None, *, check: bool = True) -> tuple[Grid, ...]:
    """Return the tables of a document in their order.

    A cell with a tracked change, with more than text, or with letters that nobody sees has a ``doubt``.
    Without ``check`` a document is read whatever its scripts would do; none is ever run here.

    Raises:
        InputError: no valid document, one with scripts that do something, or one beyond the limits.
    """
    if len(data) > limits.FORM_BYTES:
        raise InputError.of_file(file, f"{len(data)} bytes", f"{limits.FORM_BYTES}")
    archive = open_zip(io.BytesIO(data), file, FORM_BUDGET)
    sections = [name for name in archive.names if _SECTION.fullmatch(name)]
    if not sections:
        raise InputError.of_file(file, "no section", "a Hangul document (.hwpx)")
    elements = elements or ElementBudget()
    header = _HeaderReader()
    properties = archive.find("Contents/header.xml")
    if properties:
        parse_xml(archive.read(properties), f"{file}/{properties}", header, elements)
    grids: list[Grid] = []
    numbers: list[int] = []
    for name in sorted(sections, key=lambda section: (len(section), section)):
        section = _SectionReader(numbers, header)
        parse_xml(archive.read(name), f"{file}/{name}", section, elements)
        grids += [
            Grid(file=file, name=f"table {table.number}", cells=table.cells, merged=table.merged, letters=False)
            for table in sorted(section.tables, key=lambda table: table.number)
        ]
    if check:
        check_scripts(data, file)
    return tuple(grids)


_SCRIPT_COMMENT = re.compile(r"/\*.*?\*/|//[^\n]*", re.DOTALL)
_IDLE_SCRIPT = re.compile(
    r"\s*(?:var\s+\w+\s*=\s*[\w.]+\s*;?\s*|function\s+\w+\s*\(\s*\)\s*\{\s*\}\s*;?\s*|;\s*)*", re.ASCII
)


def check_scripts(data: bytes, file: str) -> None:
    """Check that a document has only the scripts that Hangul itself puts there; an InputError where it has others."""
    archive = open_zip(io.BytesIO(data), file, FORM_BUDGET)
    for name in archive.names:
        if name.lower().startswith("scripts/") and not _is_idle_script(archive, name):
            raise InputError.of_file(f"{file}/{name}", "scripts", "a document without them")


def _is_idle_script(archive: CheckedZip, name: str) -> bool:
    """Return whether a script has nothing but names of the document and functions without a body."""
    data = archive.read(name)
    encoding = "utf-16" if data.startswith((b"\xff\xfe", b"\xfe\xff")) else "utf-16-le" if b"\0" in data else "utf-8"
    text = data.decode(encoding, errors="replace").lstrip("\ufeff")
    return len(text) < limits.MIB and _IDLE_SCRIPT.fullmatch(_SCRIPT_COMMENT.sub("", text)) is not None


def _parse_small_integer(text: str | None) -> int:
    return int(text) if text and text.isascii() and text.isdigit() and len(text) < 7 else 0
