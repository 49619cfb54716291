"""An XLSX workbook to grids, one for each sheet. What it would run or fetch is refused, not ignored."""

from __future__ import annotations

import io
import posixpath
import re

from smartcert.errors import InputError, Place, Problem
from smartcert.intake import limits
from smartcert.intake.grid import Grid, RawCell
from smartcert.intake.scalars import quoted
from smartcert.intake.sheets.formats import Styles
from smartcert.intake.sheets.sheet import Budget, Sheet, Texts
from smartcert.intake.xml_events import Elements, Listener, hear
from smartcert.intake.zipped import FORM, Zipped, open_zip

_WORKBOOK = "xl/workbook.xml"
# what runs, or is fetched when the workbook opens
_REFUSED = {
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
_ELSEWHERE = re.compile(
    r"\[[0-9]{1,4}\]|\|'|cmd\s?\||(?:WEBSERVICE|HYPERLINK|DDE|RTD|CALL|EXEC|REGISTER|IMAGE)\s?\(", re.I
)


class _Book:
    """Hears ``workbook.xml``: the sheets in their order, and how days are counted."""

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


class _Relations:
    """Hears a list of relations: which part an id names, and what is outside."""

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
    """Return whether a file of this name is a workbook that can be read."""
    return name.lower().endswith(".xlsx")


def read_workbook(data: bytes, file: str, elements: Elements | None = None) -> tuple[Grid, ...]:
    """Return the sheets of a workbook, hidden ones too, in their order.

    A formula stands with the value that the spreadsheet program last gave it; it is not calculated again.

    Raises:
        InputError: no sound workbook, one that would run or fetch something, or one beyond the limits.
    """
    if len(data) > limits.FORM_BYTES:
        raise InputError([_problem(file, f"{len(data)} bytes", f"at most {limits.FORM_BYTES} bytes")])
    archive = open_zip(io.BytesIO(data), file, FORM)
    _hold_harmless(archive)
    if _WORKBOOK not in archive:
        raise InputError([_problem(file, "a zip archive without a workbook", "an .xlsx workbook")])
    elements = elements or Elements()
    book, relations = _Book(), _Relations()
    _hear(archive, _WORKBOOK, book, elements)
    _hear(archive, "xl/_rels/workbook.xml.rels", relations, elements)
    if book.from_1904:
        raise InputError([_problem(file, "days counted from 1904", "days counted from 1900 (save it anew)")])
    if not 1 <= len(book.sheets) <= limits.SHEETS:
        raise InputError([_problem(file, f"{len(book.sheets)} sheets", f"from 1 to {limits.SHEETS}")])
    texts, styles, budget = Texts(), Styles(), Budget()
    _hear(archive, relations.texts, texts, elements)
    _hear(archive, relations.styles, styles, elements)
    grids = []
    for name, relation in book.sheets:
        path = relations.targets.get(relation, "")
        if path not in archive:
            raise InputError([_problem(file, f"the sheet {quoted(name)} without its part", "a sound workbook")])
        sheet = Sheet(texts.texts, styles, budget)
        hear(archive.read(path), f"{file}!{name}", sheet, elements)
        grids.append(Grid(file=file, name=name, cells=sheet.cells, merged=sheet.merged))
    _hold_formulas(grids)
    return tuple(grids)


def _hear(archive: Zipped, path: str, listener: Listener, elements: Elements) -> None:
    if path and path in archive:
        hear(archive.read(path), f"{archive.file}/{path}", listener, elements)


def _hold_harmless(archive: Zipped) -> None:
    problems = []
    for name in archive.names:
        lower = name.lower()
        what = next((what for sign, what in _REFUSED.items() if sign in lower), None)
        if what:
            problems.append(_problem(f"{archive.file}/{name}", what, "a workbook of values and plain formulas"))
    if problems:
        raise InputError(problems)


def _hold_formulas(grids: list[Grid]) -> None:
    problems = [
        Problem(
            place=grid.place(*at), found=f"the formula {quoted('=' + (cell.formula or ''))}", wanted="the value itself"
        )
        for grid in grids
        for at, cell in grid.cells.items()
        if _reaches_out(cell)
    ]
    if problems:
        raise InputError(problems[:100])


def _reaches_out(cell: RawCell) -> bool:
    return cell.formula is not None and bool(_ELSEWHERE.search(cell.formula))


def _problem(file: str, found: str, wanted: str) -> Problem:
    return Problem(place=Place(file=file), found=found, wanted=wanted)
