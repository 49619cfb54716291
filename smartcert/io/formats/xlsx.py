"""An XLSX workbook as grids of cells, one for each sheet; what a workbook would run or fetch is refused.

The parts of a workbook are read by the handlers here, one for each kind of part. A formula comes with the value that
the spreadsheet program last gave it; nothing is calculated again.
"""

from __future__ import annotations

import io
import posixpath
import re
from dataclasses import dataclass
from functools import lru_cache
from typing import NamedTuple
from urllib.parse import unquote

from smartcert.errors import InputError, Place, Problem
from smartcert.io.formats import limits
from smartcert.io.formats.grid import COLOURED_AS_GROUND, WHITE, CellPosition, CellType, Grid, RawCell
from smartcert.io.formats.marked_text import raise_text, strike_text
from smartcert.io.formats.number_format import BUILT_IN, format_shown, format_shown_text
from smartcert.io.formats.text import quote
from smartcert.io.formats.xml import ElementBudget, RefusedXmlError, XmlHandler, parse_xml
from smartcert.io.formats.zip import FORM_BUDGET, CheckedZip, open_zip

_PERCENT_IDS = frozenset({9, 10})
_DAY_IDS = frozenset({*range(14, 23), *range(27, 37), *range(45, 48), *range(50, 59)})
# text in quotes or brackets, and single characters behind a backslash, are no part of the format
_LITERAL_PART = re.compile(r'"[^"]*"|\[[^\]]*\]|\\.|_.|\*.')
_MAX_FORMAT_LENGTH = 200
_DAY_FORMAT = re.compile(r"[yYdD]|[mM](?![^;]*[#0])|[hHsS]")
_OFF = ("0", "false")
_RAISING = ("superscript", "subscript")
_BLACK = "000000"
_INDEXED = {"0": _BLACK, "1": WHITE, "8": _BLACK, "9": WHITE, "64": _BLACK, "65": WHITE}
_THEME = {"0": WHITE, "1": _BLACK}  # the paper and the letters; other themes than a white one are rare


@dataclass(slots=True)
class _Font:
    """What of a font changes the meaning of a figure."""

    struck: bool = False
    raised: bool = False
    colour: str = _BLACK
    """Red, green and blue in hexadecimal digits; empty where it is not known."""


@dataclass(slots=True)
class _Style:
    """A style of cells: the numbers of its number format, font and fill."""

    number_format: int
    font: int
    fill: int


class CellStyles(XmlHandler):
    """Reads ``styles.xml``: which cell styles show percentages and days, and what else a style does to a figure.

    ``from_1904`` says whether the workbook counts days from 1904.
    """

    def __init__(self, from_1904: bool = False) -> None:
        self._from_1904 = from_1904
        self._codes: dict[int, str] = {}
        self._formats: list[_Style] = []
        self._fonts: list[_Font] = []
        self._fills: list[str] = []
        self._inside: list[str] = []
        self._types: dict[int, CellType] = {}
        self._looks: dict[str | None, tuple[str, str]] = {}

    def start(self, name: str, attributes: dict[str, str]) -> None:
        """Note a format, a font, or the format and font of a cell style."""
        if self._inside and self._inside[-1] == "numFmts" and name == "numFmt":
            code = attributes.get("formatCode", "")[:_MAX_FORMAT_LENGTH]
            self._codes[_parse_small_integer(attributes.get("numFmtId"))] = code
        elif name == "xf" and self._inside[-1:] == ["cellXfs"]:
            self._formats.append(
                _Style(*(_parse_small_integer(attributes.get(key)) for key in ("numFmtId", "fontId", "fillId")))
            )
        elif name == "font" and self._inside[-1:] == ["fonts"]:
            self._fonts.append(_Font())
        elif self._inside[-2:] == ["fonts", "font"]:
            _note_font(self._fonts[-1], name, attributes)
        elif name == "fill" and self._inside[-1:] == ["fills"]:
            self._fills.append("")
        elif self._inside[-2:] == ["fills", "fill"] and name == "patternFill":
            self._fills[-1] = WHITE if attributes.get("patternType", "none") == "none" else ""
        elif self._inside[-2:] == ["fill", "patternFill"] and name == "fgColor":
            self._fills[-1] = self._fills[-1] or _read_colour(attributes)
        self._inside.append(name)

    def end(self, name: str) -> None:  # noqa: ARG002  # of every element
        """Leave an element."""
        self._inside.pop()

    def cell_type(self, style: str | None) -> CellType:
        """Return the type that a number of this style is shown as; a plain number where the style is unknown."""
        number = _parse_small_integer(style)
        if number not in self._types:
            if number < len(self._formats):
                found = _type_of_format(self._formats[number].number_format, self._code(number))
                self._types[number] = CellType.DAY_1904 if found.is_day and self._from_1904 else found
            else:
                self._types[number] = CellType.NUMBER
        return self._types[number]

    def format_code(self, style: str | None) -> str:
        """Return the number format of a style, ``General`` where it has none."""
        number = _parse_small_integer(style)
        return (self._code(number) if number < len(self._formats) else "") or "General"

    def font(self, style: str | None) -> _Font:
        """Return the font of a style."""
        number = _parse_small_integer(style)
        font = self._formats[number].font if number < len(self._formats) else 0
        return self._fonts[font] if font < len(self._fonts) else _Font()

    def ground(self, style: str | None) -> str:
        """Return the colour behind the letters of a style; empty where it is not known."""
        number = _parse_small_integer(style)
        fill = self._formats[number].fill if number < len(self._formats) else 0
        return self._fills[fill] if fill < len(self._fills) else WHITE

    def look(self, style: str | None) -> tuple[str, str]:
        """Return why a figure in this style may not mean what stands there (else nothing), and the number format."""
        if style not in self._looks:
            font = self.font(style)
            doubt = "struck out" if font.struck else "a raised cell" if font.raised else ""
            if not doubt and font.colour and font.colour == self.ground(style):
                doubt = COLOURED_AS_GROUND
            self._looks[style] = (doubt, self.format_code(style))
        return self._looks[style]

    def _code(self, style: int) -> str:
        number = self._formats[style].number_format
        return self._codes.get(number) or BUILT_IN.get(number, "")


def _note_font(font: _Font, name: str, attributes: dict[str, str]) -> None:
    if name == "strike":
        font.struck = attributes.get("val") not in _OFF
    elif name == "vertAlign":
        font.raised = attributes.get("val") in _RAISING
    elif name == "color":
        font.colour = _read_colour(attributes)


def _read_colour(attributes: dict[str, str]) -> str:
    """Return a colour as red, green and blue; empty where only a theme of its own or a tint says which it is."""
    if attributes.get("tint", "0").strip("0.-"):
        return ""
    if "rgb" in attributes:
        return attributes["rgb"][-6:].upper()
    if attributes.get("auto", "0") not in _OFF:
        return _BLACK
    return _INDEXED.get(attributes.get("indexed", ""), "") or _THEME.get(attributes.get("theme", ""), "")


def _type_of_format(number: int, code: str) -> CellType:
    plain = _LITERAL_PART.sub("", code)
    if number in _PERCENT_IDS or "%" in plain:
        return CellType.PERCENT
    # General has letters of days in it, as do a few names of colours, which stand in brackets
    if number in _DAY_IDS or _DAY_FORMAT.search(re.sub("(?i)general", "", plain)):
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
        """Count a cell; a RefusedXmlError where the workbook has more than `limits.CELLS`."""
        self._left -= 1
        if self._left < 0:
            raise RefusedXmlError(f"more than {limits.CELLS} cells", "a smaller workbook")


_ESCAPE = re.compile("_x([0-9A-Fa-f]{4})_")


def _unescape(text: str) -> str:
    """Return a text of a workbook with its escapes as characters: ``_x000D_`` is a carriage return."""
    if "_x" not in text:
        return text
    units = _ESCAPE.sub(lambda match: chr(int(match[1], 16)), text)
    return units.encode("utf-16", "surrogatepass").decode("utf-16", "replace")


class _SharedText(NamedTuple):
    """A text, and the colours of its runs that are not black."""

    text: str
    colours: frozenset[str] = frozenset()


class _RichText:
    """Collects a text of several runs; raised and struck ones stay recognisable, phonetic readings are left out.

    ``colours`` are those of the runs that say one.
    """

    def __init__(self) -> None:
        self.parts: list[str] = []
        self.colours: set[str] = set()
        self._font = _Font()
        self._aside = 0
        self._collecting = False

    def start(self, name: str, attributes: dict[str, str]) -> None:
        if name == "r":
            self._font = _Font()
        elif name in ("strike", "vertAlign", "color"):
            _note_font(self._font, name, attributes)
        elif name == "rPh":
            self._aside += 1
        elif name == "t":
            self._collecting = not self._aside
            self.parts.append("")

    def end(self, name: str) -> None:
        if name == "r":
            self._font = _Font()
        elif name == "rPh":
            self._aside -= 1
        elif name == "t":
            self._collecting = False
            text = _unescape(self.parts[-1])
            text = raise_text(text) if self._font.raised else text
            self.parts[-1] = strike_text(text) if self._font.struck else text
            if text.strip() and self._font.colour != _BLACK:
                self.colours.add(self._font.colour)

    def text(self, text: str) -> None:
        if self._collecting:
            self.parts[-1] += text

    def take(self) -> _SharedText:
        text = _SharedText("".join(self.parts), frozenset(self.colours))
        self.parts, self.colours = [], set()
        return text


class SharedTexts(XmlHandler):
    """Reads ``sharedStrings.xml``: texts of cells by their number."""

    def __init__(self) -> None:
        self.texts: list[_SharedText] = []
        self._rich = _RichText()

    def start(self, name: str, attributes: dict[str, str]) -> None:
        """Begin a text or a part of one."""
        if name == "si" and len(self.texts) >= limits.CELLS:
            raise RefusedXmlError(f"more than {limits.CELLS} texts", "a smaller workbook")
        self._rich.start(name, attributes)

    def end(self, name: str) -> None:
        """End a text or a part of one."""
        self._rich.end(name)
        if name == "si":
            self.texts.append(self._rich.take())

    def text(self, text: str) -> None:
        """Collect what belongs to the text."""
        self._rich.text(text)


class SheetReader(XmlHandler):
    """Reads one sheet: shared and inline texts, numbers, errors, formulas, merged cells."""

    def __init__(self, texts: list[_SharedText], styles: CellStyles, budget: CellBudget) -> None:
        self.cells: dict[CellPosition, RawCell] = {}
        self.merged: dict[CellPosition, CellPosition] = {}
        self._texts, self._styles, self._budget = texts, styles, budget
        self._row = self._column = 0
        self._kind = "n"
        self._style: str | None = None
        self._value: list[str] = []
        self._formula: list[str] | None = None
        self._collecting: list[str] | None = None
        self._rich: _RichText | None = None
        self._inline: _SharedText | None = None
        self._extensions = 0
        self.hidden_rows: set[int] = set()
        self.hidden_columns: set[int] = set()

    def start(self, name: str, attributes: dict[str, str]) -> None:
        """Begin a row, a cell, or a part of one."""
        self._extensions += name == "extLst"
        if self._extensions:
            return
        if self._rich is not None:
            self._rich.start(name, attributes)
        elif name == "c":
            self._start_cell(attributes)
        elif name == "v":
            self._collecting = self._value
        elif name == "is":
            self._rich = _RichText()
        elif name == "f":
            self._formula = self._collecting = []
        elif name == "row":
            self._row = _parse_index(attributes.get("r")) or self._row + 1
            self._column = 0
            if _is_hidden(attributes, "ht"):
                self.hidden_rows.add(self._row)
        elif name == "col":
            self._note_columns(attributes)
        elif name == "mergeCell":
            self._merge(attributes.get("ref", ""))

    def _note_columns(self, attributes: dict[str, str]) -> None:
        first, last = (_parse_index(attributes.get(name)) for name in ("min", "max"))
        if first and _is_hidden(attributes, "width"):
            self.hidden_columns.update(range(first, min(last, limits.COLUMNS) + 1))

    def end(self, name: str) -> None:
        """End a cell or a part of one."""
        if self._extensions:
            self._extensions -= name == "extLst"
        elif name == "is" and self._rich is not None:
            self._inline = self._rich.take()
            self._rich = None
        elif self._rich is not None:
            self._rich.end(name)
        elif name == "c":
            self._add_cell()
        elif name in ("v", "f"):
            self._collecting = None

    def text(self, text: str) -> None:
        """Collect what belongs to a value or a formula."""
        if self._rich is not None:
            self._rich.text(text)
        elif self._collecting is not None:
            self._collecting.append(text)

    def _start_cell(self, attributes: dict[str, str]) -> None:
        match = _REFERENCE.fullmatch(attributes.get("r", "").upper())
        if match:
            self._column, self._row = parse_column_letters(match[1]), int(match[2])
        else:
            self._column += 1
        self._kind, self._style = attributes.get("t", "n"), attributes.get("s")
        self._value, self._formula = [], None
        self._inline = None

    def _add_cell(self) -> None:
        value, formula = "".join(self._value), self._formula
        if not value.strip() and not (self._inline and self._inline.text.strip()) and formula is None:
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
        (text, colours), cell_type = self._typed(value)
        if len(text) > _MAX_CELL_LENGTH:
            raise RefusedXmlError(f"a cell of {len(text)} characters", f"at most {_MAX_CELL_LENGTH}")
        doubt, shown = self._see(text, cell_type)
        ground = self._styles.ground(self._style)
        if not doubt and ground and ground in colours:
            doubt = COLOURED_AS_GROUND
        if formula is None:
            return RawCell(text, cell_type, doubt=doubt, shown=shown)
        doubt = doubt if text.strip() else "a formula without a value"
        return RawCell(text, cell_type, "".join(formula)[:_MAX_CELL_LENGTH], doubt, shown)

    def _typed(self, value: str) -> tuple[_SharedText, CellType]:
        """Return the text and the type of a cell. A cell has one place for its value, which its type names."""
        if self._inline is not None and (self._kind == "inlineStr" or not value.strip()):
            return self._inline, CellType.TEXT
        match self._kind:
            case "s":
                number = _parse_index(value.strip())
                if not value.strip().isdigit() or number >= len(self._texts):
                    raise RefusedXmlError(f"the shared text {value[:20]!r}, which does not exist", "an intact workbook")
                return self._texts[number], CellType.TEXT
            case "inlineStr" | "str":
                return _SharedText(_unescape(value)), CellType.TEXT
            case "b":
                return _SharedText(_BOOLEANS.get(value.strip(), value)), CellType.YES_NO
            case "e":
                return _SharedText(value), CellType.ERROR
            case "d":
                day = value.strip().removesuffix("Z").removesuffix(".000").removesuffix("T00:00:00")
                return _SharedText(day), CellType.DAY
        return _SharedText(value.strip()), self._styles.cell_type(self._style)

    def _see(self, text: str, cell_type: CellType) -> tuple[str, str | None]:
        """Return why a cell may not mean what stands in it, and what a person sees; None where that is the same."""
        doubt, code = self._styles.look(self._style)
        if code == "General" or not text.strip():
            return doubt, None
        if cell_type is CellType.TEXT:
            shown: str | None = format_shown_text(code, text)
            return doubt, None if shown == text else shown
        if cell_type not in (CellType.NUMBER, CellType.PERCENT):
            return doubt, None
        shown = format_shown(code, text)
        if shown is None:
            return doubt or "a number shown in another way", None
        return doubt, None if shown == text else shown

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


@lru_cache(maxsize=1024)
def parse_column_letters(name: str) -> int:
    """Return the number of a column from its letters.

    >>> parse_column_letters("AB")
    28
    """
    number = 0
    for letter in name:
        number = number * 26 + ord(letter) - ord("A") + 1
    return number


def _is_hidden(attributes: dict[str, str], size: str) -> bool:
    """Return whether nobody sees a row or a column: it is hidden, or its ``size`` is zero."""
    shown = attributes.get("hidden", "0").strip().lower() in ("", *_OFF)
    return not shown or re.fullmatch(r"0*\.?0+|0+\.", attributes.get(size, "1").strip()) is not None


def _parse_index(text: str | None) -> int:
    return int(text) if text and text.isascii() and text.isdigit() and len(text) < 9 else 0


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


class _WorkbookReader(XmlHandler):
    """Reads ``workbook.xml``: the sheets in their order, and how days are counted."""

    def __init__(self) -> None:
        self.sheets: list[tuple[str, str, bool]] = []
        """Of each sheet its title, its relation, and whether it is hidden."""
        self.from_1904 = False

    def start(self, name: str, attributes: dict[str, str]) -> None:
        if name == "sheet":
            is_hidden = attributes.get("state", "visible") in ("hidden", "veryHidden")
            self.sheets.append((attributes.get("name", ""), attributes.get("id", ""), is_hidden))
        elif name == "workbookPr":  # an extension may have one of its own, without this attribute
            self.from_1904 |= attributes.get("date1904", "").strip().lower() in ("1", "true", "on")


class _RelationsReader(XmlHandler):
    """Reads a list of relations: which part an id names; targets outside the workbook are left out.

    ``folder`` is the one to which targets are relative.
    """

    def __init__(self, folder: str) -> None:
        self.targets: dict[str, str] = {}
        self.by_kind: dict[str, str] = {}
        self._folder = folder

    def start(self, name: str, attributes: dict[str, str]) -> None:
        if name != "Relationship" or attributes.get("TargetMode") == "External":
            return
        target = unquote(attributes.get("Target", "").replace("\\", "/"))
        path = posixpath.normpath(target.lstrip("/") if target.startswith("/") else f"{self._folder}/{target}")
        path = path.lstrip("/")
        self.targets[attributes.get("Id", "")] = path
        self.by_kind.setdefault(attributes.get("Type", "").rpartition("/")[2], path)


def read_workbook(
    data: bytes, file: str, elements: ElementBudget | None = None, *, check: bool = True
) -> tuple[Grid, ...]:
    """Return the sheets of a workbook, hidden ones too, in their order.

    Without ``check`` a workbook is read whatever it would run or fetch in a spreadsheet program; nothing is run here.

    Raises:
        InputError: no valid workbook, one that would run or fetch something, or one beyond the limits.
    """
    if len(data) > limits.FORM_BYTES:
        raise InputError.of_file(file, f"{len(data)} bytes", f"at most {limits.FORM_BYTES} bytes")
    archive = open_zip(io.BytesIO(data), file, FORM_BUDGET)
    elements = elements or ElementBudget()
    workbook = _find_workbook(archive, elements)
    folder, _, name = workbook.rpartition("/")
    book, relations = _WorkbookReader(), _RelationsReader(folder)
    _parse_part(archive, workbook, book, elements)
    _parse_part(archive, f"{folder}/_rels/{name}.rels".lstrip("/"), relations, elements)
    if not 1 <= len(book.sheets) <= limits.SHEETS:
        raise InputError.of_file(file, f"{len(book.sheets)} sheets", f"from 1 to {limits.SHEETS}")
    texts, styles, budget = SharedTexts(), CellStyles(book.from_1904), CellBudget()
    _parse_part(archive, relations.by_kind.get("sharedStrings", ""), texts, elements)
    _parse_part(archive, relations.by_kind.get("styles", ""), styles, elements)
    grids = []
    for title, relation, is_hidden in book.sheets:
        path = archive.find(relations.targets.get(relation, ""))
        if path is None:
            raise InputError.of_file(file, f"the sheet {quote(title)} without its part", "an intact workbook")
        sheet = SheetReader(texts.texts, styles, budget)
        parse_xml(archive.read(path), f"{file}!{title}", sheet, elements)
        grid = Grid(
            file=file,
            name=title,
            cells=sheet.cells,
            merged=sheet.merged,
            hidden_rows=frozenset(sheet.hidden_rows),
            hidden_columns=frozenset(sheet.hidden_columns),
            hidden=is_hidden,
        )
        grids.append(grid)
    if check:
        check_harmless(data, file, tuple(grids))
    return tuple(grids)


def _find_workbook(archive: CheckedZip, elements: ElementBudget) -> str:
    """Return the part that is the workbook: the one that the package names, else the one of the usual name."""
    package = _RelationsReader("")
    _parse_part(archive, "_rels/.rels", package, elements)
    for path in (package.by_kind.get("officeDocument", ""), "xl/workbook.xml"):
        found = archive.find(path) if path else None
        if found:
            return found
    raise InputError.of_file(archive.file, "a zip archive without a workbook", "an .xlsx workbook")


def check_harmless(data: bytes, file: str, grids: tuple[Grid, ...]) -> None:
    """Check that a workbook runs and fetches nothing; an InputError has all parts and formulas that do."""
    _check_parts(open_zip(io.BytesIO(data), file, FORM_BUDGET))
    _check_formulas(grids)


def _parse_part(archive: CheckedZip, path: str, handler: XmlHandler, elements: ElementBudget) -> None:
    part = archive.find(path) if path else None
    if part:
        parse_xml(archive.read(part), f"{archive.file}/{part}", handler, elements)


def _check_parts(archive: CheckedZip) -> None:
    problems = []
    for name in archive.names:
        lower = name.lower()
        content = next((content for part, content in _ACTIVE_CONTENT.items() if part in lower), None)
        if content:
            place = Place(file=f"{archive.file}/{name}")
            problems.append(Problem(place=place, found=content, wanted="a workbook of values and plain formulas"))
    if problems:
        raise InputError(problems)


def _check_formulas(grids: tuple[Grid, ...]) -> None:
    problems = [
        Problem(place=grid.place(*at), found=f"the formula {quote(f'={cell.formula}')}", wanted="the value itself")
        for grid in grids
        for at, cell in grid.cells.items()
        if cell.formula is not None and _EXTERNAL_FORMULA.search(cell.formula)
    ]
    if problems:
        raise InputError(problems[:100])
