"""One sheet's XML to its cells: shared and inline texts, numbers, errors, formulas, merged cells."""

from __future__ import annotations

import re

from smartcert.intake import limits
from smartcert.intake.grid import At, RawCell, Written
from smartcert.intake.sheets.formats import Styles
from smartcert.intake.xml_events import RefusedXmlError

_REFERENCE = re.compile(r"\$?([A-Z]{1,3})\$?([1-9][0-9]{0,6})")
_BOOLEANS = {"1": "TRUE", "0": "FALSE"}
_MOST_MERGED = 20_000
_LONGEST = 10_000


class Budget:
    """How many cells a workbook may still hold."""

    def __init__(self) -> None:
        self._left = limits.CELLS

    def spend(self) -> None:
        """Take one.

        Raises:
            RefusedXmlError: there is none left.
        """
        self._left -= 1
        if self._left < 0:
            raise RefusedXmlError(f"more than {limits.CELLS} cells", "a smaller workbook")


class Texts:
    """Hears ``sharedStrings.xml``: texts of cells by their number; phonetic readings are left out."""

    def __init__(self) -> None:
        self.texts: list[str] = []
        self._parts: list[str] = []
        self._hearing = False
        self._aside = 0

    def start(self, name: str, _attributes: dict[str, str]) -> None:
        """Begin a text or a part of one."""
        if name == "si":
            self._parts = []
            if len(self.texts) >= limits.CELLS:
                raise RefusedXmlError(f"more than {limits.CELLS} texts", "a smaller workbook")
        self._aside += name == "rPh"
        self._hearing = name == "t" and not self._aside

    def end(self, name: str) -> None:
        """End a text or a part of one."""
        self._hearing = False
        self._aside -= name == "rPh"
        if name == "si":
            self.texts.append("".join(self._parts))

    def text(self, text: str) -> None:
        """Keep what belongs to the text."""
        if self._hearing:
            self._parts.append(text)


class Sheet:
    """Hears one sheet."""

    def __init__(self, texts: list[str], styles: Styles, budget: Budget) -> None:
        self.cells: dict[At, RawCell] = {}
        self.merged: dict[At, At] = {}
        self._texts, self._styles, self._budget = texts, styles, budget
        self._row = self._column = 0
        self._kind = "n"
        self._style: str | None = None
        self._value: list[str] = []
        self._formula: list[str] | None = None
        self._hearing: list[str] | None = None
        self._aside = 0

    def start(self, name: str, attributes: dict[str, str]) -> None:
        """Begin a row, a cell, or a part of one."""
        if name == "c":
            self._begin(attributes)
        elif name in ("v", "t"):
            self._hearing = None if self._aside else self._value
        elif name == "f":
            self._formula = self._hearing = []
        elif name == "row":
            self._row = _number(attributes.get("r")) or self._row + 1
            self._column = 0
        elif name == "mergeCell":
            self._merge(attributes.get("ref", ""))
        self._aside += name == "rPh"

    def end(self, name: str) -> None:
        """End a cell or a part of one."""
        self._aside -= name == "rPh"
        if name == "c":
            self._keep()
        elif name in ("v", "t", "f"):
            self._hearing = None

    def text(self, text: str) -> None:
        """Keep what belongs to a value or a formula."""
        if self._hearing is not None:
            self._hearing.append(text)

    def _begin(self, attributes: dict[str, str]) -> None:
        found = _REFERENCE.fullmatch(attributes.get("r", ""))
        if found:
            self._column, self._row = column_number(found[1]), int(found[2])
        else:
            self._column += 1
        self._kind, self._style = attributes.get("t", "n"), attributes.get("s")
        self._value, self._formula = [], None

    def _keep(self) -> None:
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
        text, written = self._typed(value)
        if len(text) > _LONGEST:
            raise RefusedXmlError(f"a cell of {len(text)} characters", f"at most {_LONGEST}")
        if formula is None:
            return RawCell(text, written)
        doubt = "" if text.strip() else "a formula without a value"
        return RawCell(text, written, "".join(formula)[:_LONGEST], doubt)

    def _typed(self, value: str) -> tuple[str, Written]:
        match self._kind:
            case "s":
                number = _number(value.strip())
                if not value.strip().isdigit() or number >= len(self._texts):
                    raise RefusedXmlError(f"the shared text {value[:20]!r}, which is not there", "a sound workbook")
                return self._texts[number], Written.TEXT
            case "inlineStr" | "str":
                return value, Written.TEXT
            case "b":
                return _BOOLEANS.get(value.strip(), value), Written.YES_NO
            case "e":
                return value, Written.ERROR
            case "d":
                return value, Written.TEXT
        return value.strip(), self._styles.written(self._style)

    def _merge(self, reference: str) -> None:
        first, _, last = reference.partition(":")
        begin, end = _REFERENCE.fullmatch(first), _REFERENCE.fullmatch(last or first)
        if not begin or not end:
            return
        top, left = int(begin[2]), column_number(begin[1])
        bottom, right = int(end[2]), column_number(end[1])
        if (bottom - top + 1) * (right - left + 1) + len(self.merged) > _MOST_MERGED:
            raise RefusedXmlError(f"the merged cells {reference}", f"at most {_MOST_MERGED} merged cells")
        for row in range(top, bottom + 1):
            for column in range(left, right + 1):
                if (row, column) != (top, left):
                    self.merged[(row, column)] = (top, left)


def column_number(name: str) -> int:
    """Return the number of a column called by letters.

    >>> column_number("AB")
    28
    """
    number = 0
    for letter in name:
        number = number * 26 + ord(letter) - ord("A") + 1
    return number


def _number(text: str | None) -> int:
    return int(text) if text and text.isascii() and text.isdigit() and len(text) < 9 else 0
