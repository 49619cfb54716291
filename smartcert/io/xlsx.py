"""An XLSX workbook as grids of cells, one for each sheet; what a workbook would run or fetch is refused.

The parts of a workbook are read by the handlers here, one for each kind of part. A formula comes with the value that
the spreadsheet program last gave it; nothing is calculated again.
"""

from __future__ import annotations

import io
import posixpath
import re

from smartcert.errors import InputError, Place, Problem
from smartcert.io import limits
from smartcert.io.grid import CellPosition, CellType, Grid, RawCell
from smartcert.io.text import quote
from smartcert.io.xml import ElementBudget, RefusedXmlError, XmlHandler, parse_xml
from smartcert.io.zip import FORM_BUDGET, CheckedZip, open_zip

_PERCENT_IDS = frozenset({9, 10})
_DAY_IDS = frozenset({*range(14, 23), *range(27, 37), *range(45, 48), *range(50, 59)})
# text in quotes or brackets, and single characters behind a backslash, are no part of the format
_LITERAL_PART = re.compile(r'"[^"]*"|\[[^\]]*\]|\\.|_.|\*.')
_MAX_FORMAT_LENGTH = 200
_DAY_FORMAT = re.compile(r"[yYdD]|[mM](?![^;]*[#0])|[hHsS]")


class CellStyles:
    """Reads ``styles.xml``: which cell styles show percentages and which show days."""

    def __init__(self) -> None:
        self._codes: dict[int, str] = {}
        self._formats: list[int] = []
        self._inside = False
        self._types: dict[int, CellType] = {}

    def start(self, name: str, attributes: dict[str, str]) -> None:
        """Note a format, or the format of a cell style."""
        if name == "numFmt":
            self._codes[_parse_small_integer(attributes.get("numFmtId"))] = attributes.get("formatCode", "")[
                :_MAX_FORMAT_LENGTH
            ]
        elif name == "cellXfs":
            self._inside = True
        elif name == "xf" and self._inside:
            self._formats.append(_parse_small_integer(attributes.get("numFmtId")))

    def end(self, name: str) -> None:
        """Leave the styles of cells."""
        if name == "cellXfs":
            self._inside = False

    def text(self, text: str) -> None:
        """Styles have no text."""

    def cell_type(self, style: str | None) -> CellType:
        """Return the type that a number of this style is shown as; a plain number where the style is unknown."""
        number = _parse_small_integer(style)
        if number not in self._types:
            if number < len(self._formats):
                code = self._codes.get(self._formats[number], "")
                self._types[number] = _type_of_format(self._formats[number], code)
            else:
                self._types[number] = CellType.NUMBER
        return self._types[number]


def _type_of_format(number: int, code: str) -> CellType:
    plain = _LITERAL_PART.sub("", code)
    if number in _PERCENT_IDS or "%" in plain:
        return CellType.PERCENT
    if number in _DAY_IDS or _DAY_FORMAT.search(plain):
        return CellType.DAY
    return CellType.NUMBER


def _parse_small_integer(text: str | None) -> int:
    return int(text) if text and text.isascii() and text.isdigit() and len(text) < 8 else 0


_REFERENCE = re.compile(r"\$?([A-Z]{1,3})\$?([1-9][0-9]{0,6})")
_BOOLEANS = {"1": "TRUE", "0": "FALSE"}
_MOST_MERGED = 20_000
_MAX_CELL_LENGTH = 10_000


class CellBudget:
    """How many cells a workbook may still have."""

    def __init__(self) -> None:
        self._left = limits.CELLS

    def spend(self) -> None:
        """Count a cell.

        Raises:
            RefusedXmlError: the workbook has more than `limits.CELLS`.
        """
        self._left -= 1
        if self._left < 0:
            raise RefusedXmlError(f"more than {limits.CELLS} cells", "a smaller workbook")


class SharedTexts:
    """Reads ``sharedStrings.xml``: texts of cells by their number; phonetic readings are left out."""

    def __init__(self) -> None:
        self.texts: list[str] = []
        self._parts: list[str] = []
        self._collecting = False
        self._aside = 0

    def start(self, name: str, _attributes: dict[str, str]) -> None:
        """Begin a text or a part of one."""
        if name == "si":
            self._parts = []
            if len(self.texts) >= limits.CELLS:
                raise RefusedXmlError(f"more than {limits.CELLS} texts", "a smaller workbook")
        self._aside += name == "rPh"
        self._collecting = name == "t" and not self._aside

    def end(self, name: str) -> None:
        """End a text or a part of one."""
        self._collecting = False
        self._aside -= name == "rPh"
        if name == "si":
            self.texts.append("".join(self._parts))

    def text(self, text: str) -> None:
        """Collect what belongs to the text."""
        if self._collecting:
            self._parts.append(text)


class SheetReader:
    """Reads one sheet: shared and inline texts, numbers, errors, formulas, merged cells."""

    def __init__(self, texts: list[str], styles: CellStyles, budget: CellBudget) -> None:
        self.cells: dict[CellPosition, RawCell] = {}
        self.merged: dict[CellPosition, CellPosition] = {}
        self._texts, self._styles, self._budget = texts, styles, budget
        self._row = self._column = 0
        self._kind = "n"
        self._style: str | None = None
        self._value: list[str] = []
        self._formula: list[str] | None = None
        self._collecting: list[str] | None = None
        self._aside = 0

    def start(self, name: str, attributes: dict[str, str]) -> None:
        """Begin a row, a cell, or a part of one."""
        if name == "c":
            self._start_cell(attributes)
        elif name in ("v", "t"):
            self._collecting = None if self._aside else self._value
        elif name == "f":
            self._formula = self._collecting = []
        elif name == "row":
            self._row = _parse_index(attributes.get("r")) or self._row + 1
            self._column = 0
        elif name == "mergeCell":
            self._merge(attributes.get("ref", ""))
        self._aside += name == "rPh"

    def end(self, name: str) -> None:
        """End a cell or a part of one."""
        self._aside -= name == "rPh"
        if name == "c":
            self._add_cell()
        elif name in ("v", "t", "f"):
            self._collecting = None

    def text(self, text: str) -> None:
        """Collect what belongs to a value or a formula."""
        if self._collecting is not None:
            self._collecting.append(text)

    def _start_cell(self, attributes: dict[str, str]) -> None:
        match = _REFERENCE.fullmatch(attributes.get("r", ""))
        if match:
            self._column, self._row = parse_column_letters(match[1]), int(match[2])
        else:
            self._column += 1
        self._kind, self._style = attributes.get("t", "n"), attributes.get("s")
        self._value, self._formula = [], None

    def _add_cell(self) -> None:
        value, formula = "".join(self._value), self._formula
        if not value.strip() and formula is None:
            return
        if self._column > limits.COLUMNS or self._row > limits.ROWS:
            where = f"something in row {self._row}, column {self._column}"
            raise RefusedXmlError(where, f"nothing beyond row {limits.ROWS} and column {limits.COLUMNS}")
        self._budget.spend()
        at = (self._row or 1, self._column)
        if at in self.cells:
            raise RefusedXmlError(f"a second cell in row {at[0]}, column {at[1]}", "each cell once")
        self.cells[at] = self._cell(value, formula)

    def _cell(self, value: str, formula: list[str] | None) -> RawCell:
        text, cell_type = self._typed(value)
        if len(text) > _MAX_CELL_LENGTH:
            raise RefusedXmlError(f"a cell of {len(text)} characters", f"at most {_MAX_CELL_LENGTH}")
        if formula is None:
            return RawCell(text, cell_type)
        doubt = "" if text.strip() else "a formula without a value"
        return RawCell(text, cell_type, "".join(formula)[:_MAX_CELL_LENGTH], doubt)

    def _typed(self, value: str) -> tuple[str, CellType]:
        match self._kind:
            case "s":
                number = _parse_index(value.strip())
                if not value.strip().isdigit() or number >= len(self._texts):
                    raise RefusedXmlError(f"the shared text {value[:20]!r}, which does not exist", "an intact workbook")
                return self._texts[number], CellType.TEXT
            case "inlineStr" | "str":
                return value, CellType.TEXT
            case "b":
                return _BOOLEANS.get(value.strip(), value), CellType.YES_NO
            case "e":
                return value, CellType.ERROR
            case "d":
                return value, CellType.TEXT
        return value.strip(), self._styles.cell_type(self._style)

    def _merge(self, reference: str) -> None:
        first, _, last = reference.partition(":")
        begin, end = _REFERENCE.fullmatch(first), _REFERENCE.fullmatch(last or first)
        if not begin or not end:
            return
        top, left = int(begin[2]), parse_column_letters(begin[1])
        bottom, right = int(end[2]), parse_column_letters(end[1])
        if (bottom - top + 1) * (right - left + 1) + len(self.merged) > _MOST_MERGED:
            raise RefusedXmlError(f"the merged cells {reference}", f"at most {_MOST_MERGED} merged cells")
        for row in range(top, bottom + 1):
            for column in range(left, right + 1):
                if (row, column) != (top, left):
                    self.merged[(row, column)] = (top, left)


def parse_column_letters(name: str) -> int:
    """Return the number of a column from its letters.

    >>> parse_column_letters("AB")
    28
    """
    number = 0
    for letter in name:
        number = number * 26 + ord(letter) - ord("A") + 1
    return number


def _parse_index(text: str | None) -> int:
    return int(text) if text and text.isascii() and text.isdigit() and len(text) < 9 else 0


_WORKBOOK = "xl/workbook.xml"
# what runs, or is fetched when the workbook opens
_ACTIVE_CONTENT = {
    "vbaproject": "macros",
    "macrosheets/": "macros",
    "vbadata": "macros",
    "activex": "controls that run",
    "embeddings/": "embedded files",
    "connections.xml": "connections to elsewhere",
    "querytables/": "connections to elsewhere",
    "customui": "controls that run",
    "webextensions/": "extensions that run",
}
_EXTERNAL_FORMULA = re.compile(
    r"\[[0-9]{1,4}\]|\|'|cmd\s?\||(?:WEBSERVICE|HYPERLINK|DDE|RTD|CALL|EXEC|REGISTER|IMAGE)\s?\(", re.I
)


class _WorkbookReader:
    """Reads ``workbook.xml``: the sheets in their order, and how days are counted."""

    def __init__(self) -> None:
        self.sheets: list[tuple[str, str]] = []
        self.from_1904 = False

    def start(self, name: str, attributes: dict[str, str]) -> None:
        if name == "sheet":
            self.sheets.append((attributes.get("name", ""), attributes.get("id", "")))
        elif name == "workbookPr":
            self.from_1904 = attributes.get("date1904") in ("1", "true")

    def end(self, name: str) -> None:
        """Nothing ends that matters."""

    def text(self, text: str) -> None:
        """No text that matters."""


class _RelationsReader:
    """Reads a list of relations: which part an id names; targets outside the workbook are left out."""

    def __init__(self) -> None:
        self.targets: dict[str, str] = {}
        self.texts = ""
        self.styles = ""

    def start(self, name: str, attributes: dict[str, str]) -> None:
        if name != "Relationship" or attributes.get("TargetMode") == "External":
            return
        target = attributes.get("Target", "")
        path = target.lstrip("/") if target.startswith("/") else posixpath.normpath(f"xl/{target}")
        kind = attributes.get("Type", "").rpartition("/")[2]
        self.targets[attributes.get("Id", "")] = path
        self.texts = path if kind == "sharedStrings" else self.texts
        self.styles = path if kind == "styles" else self.styles

    def end(self, name: str) -> None:
        """Nothing ends that matters."""

    def text(self, text: str) -> None:
        """No text that matters."""


def is_workbook(name: str) -> bool:
    """Return whether a file of this name is read as a workbook."""
    return name.lower().endswith(".xlsx")


def read_workbook(data: bytes, file: str, elements: ElementBudget | None = None) -> tuple[Grid, ...]:
    """Return the sheets of a workbook, hidden ones too, in their order.

    Raises:
        InputError: no valid workbook, one that would run or fetch something, or one beyond the limits.
    """
    if len(data) > limits.FORM_BYTES:
        raise InputError([_problem(file, f"{len(data)} bytes", f"at most {limits.FORM_BYTES} bytes")])
    archive = open_zip(io.BytesIO(data), file, FORM_BUDGET)
    _check_harmless(archive)
    if _WORKBOOK not in archive:
        raise InputError([_problem(file, "a zip archive without a workbook", "an .xlsx workbook")])
    elements = elements or ElementBudget()
    book, relations = _WorkbookReader(), _RelationsReader()
    _parse_part(archive, _WORKBOOK, book, elements)
    _parse_part(archive, "xl/_rels/workbook.xml.rels", relations, elements)
    if book.from_1904:
        raise InputError([_problem(file, "days counted from 1904", "days counted from 1900 (save it anew)")])
    if not 1 <= len(book.sheets) <= limits.SHEETS:
        raise InputError([_problem(file, f"{len(book.sheets)} sheets", f"from 1 to {limits.SHEETS}")])
    texts, styles, budget = SharedTexts(), CellStyles(), CellBudget()
    _parse_part(archive, relations.texts, texts, elements)
    _parse_part(archive, relations.styles, styles, elements)
    grids = []
    for name, relation in book.sheets:
        path = relations.targets.get(relation, "")
        if path not in archive:
            raise InputError([_problem(file, f"the sheet {quote(name)} without its part", "an intact workbook")])
        sheet = SheetReader(texts.texts, styles, budget)
        parse_xml(archive.read(path), f"{file}!{name}", sheet, elements)
        grids.append(Grid(file=file, name=name, cells=sheet.cells, merged=sheet.merged))
    _check_formulas(grids)
    return tuple(grids)


def _parse_part(archive: CheckedZip, path: str, handler: XmlHandler, elements: ElementBudget) -> None:
    if path and path in archive:
        parse_xml(archive.read(path), f"{archive.file}/{path}", handler, elements)


def _check_harmless(archive: CheckedZip) -> None:
    problems = []
    for name in archive.names:
        lower = name.lower()
        content = next((content for part, content in _ACTIVE_CONTENT.items() if part in lower), None)
        if content:
            problems.append(_problem(f"{archive.file}/{name}", content, "a workbook of values and plain formulas"))
    if problems:
        raise InputError(problems)


def _check_formulas(grids: list[Grid]) -> None:
    problems = [
        Problem(place=grid.place(*at), found=f"the formula {quote(f'={cell.formula}')}", wanted="the value itself")
        for grid in grids
        for at, cell in grid.cells.items()
        if cell.formula is not None and _EXTERNAL_FORMULA.search(cell.formula)
    ]
    if problems:
        raise InputError(problems[:100])


def _problem(file: str, found: str, wanted: str) -> Problem:
    return Problem(place=Place(file=file), found=found, wanted=wanted)
