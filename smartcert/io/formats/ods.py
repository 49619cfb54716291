"""An OpenDocument spreadsheet (ODS) as grids of cells, one for each sheet.

A cell has its value and what a person sees of it, which the file says beside each other; annotations are left out, and
letters that are raised or struck out stay recognisable.
"""

from __future__ import annotations

import io
from dataclasses import replace

from smartcert.errors import InputError
from smartcert.io.formats import limits
from smartcert.io.formats.csv import LONGEST_CELL
from smartcert.io.formats.grid import COLOURED_AS_GROUND, WHITE, CellPosition, CellType, Grid, RawCell
from smartcert.io.formats.marked_text import raise_text, strike_text
from smartcert.io.formats.xml import ElementBudget, RefusedXmlError, XmlHandler, parse_xml
from smartcert.io.formats.zip import FORM_BUDGET, open_zip

_TYPES = {"float": CellType.NUMBER, "currency": CellType.NUMBER, "percentage": CellType.PERCENT}
_ASIDE = frozenset({"annotation", "note", "tracked-changes", "ruby-text"})
_CELLS = frozenset({"table-cell", "covered-table-cell"})
_NO_GROUND = "TRANSPARENT"
_INVISIBLE = ("collapse", "filter")


class _ContentReader(XmlHandler):
    """Reads ``content.xml`` or ``styles.xml``: which styles strike out or raise, and the sheets with their cells."""

    def __init__(self, file: str) -> None:
        self.grids: list[Grid] = []
        self._file = file
        self._struck: set[str] = set()
        self._raised: set[str] = set()
        self._colours: dict[str, str] = {}
        self._grounds: dict[str, str] = {}
        self._run_colours: set[str] = set()
        self._style = ""
        self._spans: list[str] = []
        self._aside = 0
        self._name = ""
        self._cells: dict[CellPosition, RawCell] = {}
        self._merged: dict[CellPosition, CellPosition] = {}
        self._count = 0
        self._row = self._column = 0
        self._rows = 1
        self._hidden_rows: set[int] = set()
        self._hidden_columns: set[int] = set()
        self._columns = 0
        self._hidden_styles: set[str] = set()
        self._is_hidden = False
        self._changed: set[tuple[int, int, int]] = set()
        self._cell: dict[str, str] | None = None
        self._parts: list[str] = []

    def start(self, name: str, attributes: dict[str, str]) -> None:
        self._aside += name in _ASIDE
        if name == "cell-address" and self._aside:
            self._note_change(attributes)
        if self._aside:
            return
        if name == "style":
            self._style = attributes.get("name", "")
        elif name in ("text-properties", "table-cell-properties") and self._style:
            self._note_style(attributes)
        elif name == "table-properties" and attributes.get("display") == "false":
            self._hidden_styles.add(self._style)
        elif name == "table":
            self._start_sheet(attributes)
        elif name == "table-column":
            self._start_columns(attributes)
        elif name == "table-row":
            self._row += self._rows
            self._rows, self._column = _parse_count(attributes.get("number-rows-repeated")), 0
            if attributes.get("visibility") in _INVISIBLE:
                self._hidden_rows.update(range(self._row, min(self._row + self._rows, limits.ROWS + 1)))
        elif name in _CELLS:
            self._cell, self._parts, self._run_colours = attributes, [], set()
        elif self._cell is not None:
            self._start_text(name, attributes)

    def _note_style(self, attributes: dict[str, str]) -> None:
        if attributes.get("text-line-through-style", "none") != "none":
            self._struck.add(self._style)
        if attributes.get("text-position", "").split(" ")[0] not in ("", "0%"):
            self._raised.add(self._style)
        if "background-color" in attributes and self._style not in self._grounds:  # the cell's comes first
            self._grounds[self._style] = attributes["background-color"].lstrip("#").upper()
        if attributes.get("color", "").startswith("#"):
            self._colours[self._style] = attributes["color"].lstrip("#").upper()

    def _note_change(self, attributes: dict[str, str]) -> None:
        """Note a cell whose change is tracked; sheets, rows and columns are counted from 0 there."""
        numbers = [attributes.get(name, "") for name in ("table", "row", "column")]
        if all(number.isascii() and number.isdigit() and len(number) < 8 for number in numbers):
            sheet, row, column = map(int, numbers)
            self._changed.add((sheet, row + 1, column + 1))

    def _start_columns(self, attributes: dict[str, str]) -> None:
        first = self._columns + 1
        self._columns += _parse_count(attributes.get("number-columns-repeated"))
        if attributes.get("visibility") in _INVISIBLE:
            self._hidden_columns.update(range(first, min(self._columns, limits.COLUMNS) + 1))

    def _start_sheet(self, attributes: dict[str, str]) -> None:
        if len(self.grids) >= limits.SHEETS:
            raise RefusedXmlError(f"more than {limits.SHEETS} tables", "fewer tables")
        self._name, self._cells, self._merged = attributes.get("name", ""), {}, {}
        self._row, self._rows, self._columns = 0, 1, 0
        self._hidden_rows, self._hidden_columns = set(), set()
        self._is_hidden = attributes.get("style-name", "") in self._hidden_styles

    def _start_text(self, name: str, attributes: dict[str, str]) -> None:
        if name == "p" and self._parts:
            self._parts.append("\n")
        elif name == "span":
            self._spans.append(attributes.get("style-name", ""))
        elif name == "s":
            self._parts.append(" " * min(_parse_count(attributes.get("c")), 100))
        elif name in ("tab", "line-break"):
            self._parts.append(" ")

    def end(self, name: str) -> None:
        if self._aside:
            self._aside -= name in _ASIDE
        elif name == "style":
            self._style = ""
        elif name == "span" and self._spans:
            self._spans.pop()
        elif name in _CELLS and self._cell is not None:
            self._add_cell(self._cell, covered=name == "covered-table-cell")
            self._cell = None
        elif name == "table":
            self._add_sheet()

    def text(self, text: str) -> None:
        if self._cell is None or self._aside:
            return
        if text.strip() and self._spans:
            self._run_colours.add(self._colours.get(self._spans[-1], ""))
        text = raise_text(text) if self._raised.intersection(self._spans) else text
        self._parts.append(strike_text(text) if self._struck.intersection(self._spans) else text)

    def _add_cell(self, attributes: dict[str, str], *, covered: bool) -> None:
        repeated = _parse_count(attributes.get("number-columns-repeated"))
        first, self._column = self._column + 1, self._column + repeated
        shown = "".join(self._parts)
        if covered or not (shown.strip() or attributes.get("value-type") or attributes.get("formula")):
            return
        if first + repeated - 1 > limits.COLUMNS or self._row + self._rows - 1 > limits.ROWS:
            where = f"something in row {self._row}, column {first}"
            raise RefusedXmlError(where, f"nothing beyond row {limits.ROWS} and column {limits.COLUMNS}")
        self._count += repeated * self._rows
        if self._count > limits.CELLS:
            raise RefusedXmlError(f"more than {limits.CELLS} cells", "a smaller workbook")
        cell = self._build_cell(attributes, shown)
        for row in range(self._row, self._row + self._rows):
            for column in range(first, first + repeated):
                self._cells[(row, column)] = cell
        self._merge(attributes, (self._row, first))

    def _add_sheet(self) -> None:
        for sheet, row, column in self._changed:
            cell = self._cells.get((row, column))
            if sheet == len(self.grids) and cell is not None:
                self._cells[(row, column)] = replace(cell, doubt=cell.doubt or "a tracked change")
        grid = Grid(
            file=self._file,
            name=self._name,
            cells=self._cells,
            merged=self._merged,
            hidden_rows=frozenset(self._hidden_rows),
            hidden_columns=frozenset(self._hidden_columns),
            hidden=self._is_hidden,
        )
        self.grids.append(grid)

    def _merge(self, attributes: dict[str, str], at: CellPosition) -> None:
        down, across = (_parse_count(attributes.get(f"number-{which}-spanned")) for which in ("rows", "columns"))
        if down * across + len(self._merged) > limits.ROWS:
            raise RefusedXmlError(f"a cell over {down * across} others", f"at most {limits.ROWS}")
        for row in range(at[0], at[0] + down):
            for column in range(at[1], at[1] + across):
                if (row, column) != at:
                    self._merged[(row, column)] = at

    def _build_cell(self, attributes: dict[str, str], shown: str) -> RawCell:
        kind, style = attributes.get("value-type", "string"), attributes.get("style-name", "")
        doubt = "struck out" if style in self._struck else "a raised cell" if style in self._raised else ""
        ground = self._grounds.get(style, _NO_GROUND).replace(_NO_GROUND, WHITE)
        if not doubt and ground in (self._colours.get(style), *self._run_colours):
            doubt = COLOURED_AS_GROUND
        formula = attributes.get("formula")
        if len(shown) > LONGEST_CELL:
            raise RefusedXmlError(f"a cell of {len(shown)} characters", f"at most {LONGEST_CELL}")
        if formula is not None and not shown.strip():
            doubt = "a formula without a value"
        if kind in _TYPES:
            return RawCell(attributes.get("value", ""), _TYPES[kind], formula, doubt, shown.strip())
        if kind in ("date", "time"):
            day = attributes.get("date-value", shown).removesuffix("T00:00:00")
            return RawCell(day, CellType.DAY, formula, doubt)
        if kind == "boolean":
            return RawCell("TRUE" if attributes.get("boolean-value") == "true" else "FALSE", CellType.YES_NO, formula)
        return RawCell(shown, CellType.TEXT, formula, doubt)


def read_ods(data: bytes, file: str, elements: ElementBudget | None = None) -> tuple[Grid, ...]:
    """Return the sheets of a spreadsheet in order; an InputError where it is none, or beyond the limits."""
    if len(data) > limits.FORM_BYTES:
        raise InputError.of_file(file, f"{len(data)} bytes", f"at most {limits.FORM_BYTES} bytes")
    archive = open_zip(io.BytesIO(data), file, FORM_BUDGET)
    reader = _ContentReader(file)
    elements = elements or ElementBudget()
    for name in ("styles.xml", "content.xml"):
        part = archive.find(name)
        if part:
            parse_xml(archive.read(part), f"{file}/{part}", reader, elements)
    if not reader.grids:
        raise InputError.of_file(file, "0 sheets", f"from 1 to {limits.SHEETS}")
    return tuple(reader.grids)


def _parse_count(text: str | None) -> int:
    return int(text) if text and text.isascii() and text.isdigit() and 0 < len(text) < 8 else 1
