"""The sheets of evaluators and inspectors as they come back: whose they are, and what stands in each cell.

A sheet is known by a row that begins with `MARKER`, in whatever format it comes. That row names the kind of sheet, the
round, the edition and the person, and has two digests: of what the indicators were when the sheet was written, and of
the rows of the sheet. They are no signature: they find slips, a row pasted elsewhere, and a sheet of another edition.
"""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import field
from enum import StrEnum
from fractions import Fraction
from functools import cache, lru_cache

from smartcert.characters import UNSEEN_IN_LINE
from smartcert.errors import Problem
from smartcert.files import sha256_hex_of_parts
from smartcert.io.formats.csv import format_exact
from smartcert.io.formats.free_text import clean_text, fold_text, parse_stored_number
from smartcert.io.formats.grid import CellType, Grid, RawCell
from smartcert.io.formats.marked_text import STRIKE
from smartcert.io.formats.text import NotReadableError, quote
from smartcert.io.rounds.forms import FormCell, read_grids
from smartcert.lazy_dataclass import dataclass
from smartcert.model.citation import Text
from smartcert.model.indicator import Edition, Indicator, IndicatorKind, MarkScale
from smartcert.model.scheme import SchemeFacts
from smartcert.reporting.catalogue import Words
from smartcert.reporting.formats import LANGUAGES
from smartcert.rules.rulebook import Rules

MARKER = "smartcert-sheet"
IDENTITY_FIELDS = ("kind", "round", "edition", "edition_digest", "person", "rows_digest")
"""What stands behind the marker, in this order."""

APPLICANT, INDICATOR = "applicant_id", "indicator"
LONGEST_COMMENT = 2_000
"""The most characters of a comment or a reason."""

_OLD_FORMAT = "text of an old format"
_DIGITS = 16
_LONGEST_HEADING = 40


class SheetKind(StrEnum):
    """What is filled in: marks, marks after the discussion, or what an inspection found."""

    EVALUATION = "evaluation"
    DISCUSSION = "discussion"
    INSPECTION = "inspection"


COLUMNS: Mapping[SheetKind, tuple[str, ...]] = {
    SheetKind.EVALUATION: ("mark", "comment"),
    SheetKind.DISCUSSION: ("before", "after", "reason", "minority"),
    SheetKind.INSPECTION: ("found", "grade", "why", "photograph"),
}
"""The columns of each kind that are read, beside those of the applicant and the indicator."""


@dataclass(frozen=True, kw_only=True, slots=True)
class SheetIdentity:
    """What the row behind the marker says."""

    kind: SheetKind
    round: str
    edition: str
    edition_digest: str
    person: str
    rows_digest: str

    def cells(self) -> tuple[str, ...]:
        """Return the row as it is written, with the marker."""
        return (MARKER, *(str(getattr(self, name)) for name in IDENTITY_FIELDS))


@dataclass(frozen=True, kw_only=True, slots=True)
class OwnMark:
    """What the applicant itself wrote beside a qualitative indicator, and the evidence that it names."""

    mark: str
    document: str = ""
    page: str = ""


def compute_edition_digest(rules: Rules, kind: SheetKind) -> str:
    """Return the digest of all that a sheet shows of the indicators, and of the scale of marks."""
    parts = []
    for item in list_sheet_indicators(rules.edition, kind).values():
        scale = rules.mark_scale_of(item) if item.kind is IndicatorKind.QUALITATIVE else item.scale
        parts.append(repr((item.id, item.name, item.definition, item.unit, item.limits, scale, item.about)))
        if item.about is not None and item.about.comment_for:  # sheets of editions that want none stay as they were
            parts.append(repr(item.about.comment_for))
    return f"x{sha256_hex_of_parts(*map(str.encode, parts))[:_DIGITS]}"


def compute_rows_digest(kind: SheetKind, round_id: str, person: str, rows: Iterable[tuple[str, str]]) -> str:
    """Return the digest of the rows (applicant, indicator) of somebody's sheet, in whatever order they stand."""
    parts = (kind.value, round_id, person, *(f"{applicant}|{indicator}" for applicant, indicator in sorted(rows)))
    return f"x{sha256_hex_of_parts(*map(str.encode, parts))[:_DIGITS]}"


@dataclass(frozen=True, kw_only=True, slots=True)
class SheetRow:
    """One row of a sheet: its applicant and indicator as written, and its cells by column."""

    applicant: str
    indicator: str
    cells: Mapping[str, FormCell]

    def text(self, column: str) -> str:
        """Return the text of a cell, cleaned; of a formula without a value the formula."""
        cell = self.cells[column]
        return cell.text or (f"={cell.raw.formula}" if cell.raw.formula is not None else "")

    def is_empty(self, column: str) -> bool:
        """Return whether nothing stands in a cell: neither a text nor a formula."""
        return not self.text(column)


@dataclass(kw_only=True)
class FilledSheet:
    """A sheet as it came back; ``places`` are the cells of its identity."""

    identity: SheetIdentity
    places: Mapping[str, FormCell]
    rows: list[SheetRow] = field(default_factory=list)
    problems: list[Problem] = field(default_factory=list)


def read_sheet(name: str, data: bytes, file: str) -> FilledSheet | None:
    """Return a sheet's content, None for a file without the marker; an InputError where it cannot be read."""
    grids = read_grids(name, data, file)
    marked = [cells for grid in grids for cells in _find_identities(grid)]
    if not marked:
        return None
    places = marked[0]
    problems = [
        other["marker"].problem("a second sheet in this file", "one sheet in each file")
        for other in marked[1:]
        if [other[key].text for key in IDENTITY_FIELDS] != [places[key].text for key in IDENTITY_FIELDS]
    ]
    kind_text = places["kind"].text
    if kind_text not in tuple(SheetKind):
        wanted = f"one of: {', '.join(SheetKind)}"
        return FilledSheet(
            identity=_build_identity(SheetKind.EVALUATION, places),
            places=places,
            problems=[places["kind"].problem(f"the kind of sheet {quote(kind_text)}", wanted)],
        )
    sheet = FilledSheet(identity=_build_identity(SheetKind(kind_text), places), places=places, problems=problems)
    for grid in grids:
        _read_rows(grid, sheet)
    return sheet


def _build_identity(kind: SheetKind, places: Mapping[str, FormCell]) -> SheetIdentity:
    texts = {name: places[name].text for name in IDENTITY_FIELDS if name != "kind"}
    return SheetIdentity(kind=kind, **texts)


def _find_identities(grid: Grid) -> Iterator[dict[str, FormCell]]:
    for (row, column), cell in grid.cells.items():
        if cell.text.strip() == MARKER:
            yield {
                name: FormCell(grid=grid, row=row, column=column + offset)
                for offset, name in enumerate(("marker", *IDENTITY_FIELDS))
            }


_OTHER_SCHEME = SchemeFacts(id="other", title=Text(ko="", en=""))
"""Any scheme but that of cities: its sheets have headings that say nothing of local governments."""


@cache
def _columns_by_heading() -> Mapping[str, str]:
    keys = {APPLICANT, INDICATOR, *(key for keys in COLUMNS.values() for key in keys)}
    return {
        fold_text(Words(language, "sheets", scheme=scheme)(f"column.{key}")): key
        for scheme in (None, _OTHER_SCHEME)
        for language in LANGUAGES
        for key in keys
    }


@lru_cache(maxsize=4096)
def _match_heading(text: str) -> str:
    """Return which column a heading names; an empty text for another one."""
    return _columns_by_heading().get(fold_text(clean_text(text)), "") if len(text) <= _LONGEST_HEADING else ""


def _read_rows(grid: Grid, sheet: FilledSheet) -> None:
    """Read the rows of one grid; each row of headings begins a table."""
    own = COLUMNS[sheet.identity.kind]
    wanted = {APPLICANT, INDICATOR, *own}
    columns: dict[str, int] = {}
    for row, cells in grid.rows():
        found = {_match_heading(cell.text): column for column, cell in cells.items() if cell.cell_type is CellType.TEXT}
        if found.keys() >= wanted:
            columns = {name: found[name] for name in wanted}
        elif columns:
            _read_row(grid, row, columns, sheet)


def _read_row(grid: Grid, row: int, columns: Mapping[str, int], sheet: FilledSheet) -> None:
    cells = {name: FormCell(grid=grid, row=row, column=column) for name, column in columns.items()}
    applicant, indicator = cells[APPLICANT].text, cells[INDICATOR].text
    if applicant or indicator:
        sheet.rows.append(SheetRow(applicant=applicant, indicator=indicator, cells=cells))
        return
    filled = [cells[name] for name in COLUMNS[sheet.identity.kind] if cells[name].text]
    if filled:
        wanted = "a row of the sheet, with its applicant and indicator"
        sheet.problems.append(filled[0].problem(f"{quote(filled[0].text)} in a row of nobody", wanted))


def check_identity(sheet: FilledSheet, round_id: str, rules: Rules, members: Sequence[str]) -> list[Problem]:
    """Return why a sheet is not one of the round as it is now; where there is anything none of it is to be taken in.

    ``members`` are the ids of the committee.
    """
    if sheet.problems:
        return sheet.problems
    identity, places, edition = sheet.identity, sheet.places, rules.edition
    if identity.round != round_id:
        return [places["round"].problem(f"a sheet of round {quote(identity.round)}", f"a sheet of round '{round_id}'")]
    if identity.edition != edition.id or identity.edition_digest != compute_edition_digest(rules, identity.kind):
        stale = identity.edition == edition.id
        found = f"a sheet of edition {quote(identity.edition)}{' before it was changed' if stale else ''}"
        wanted = f"a sheet of edition '{edition.id}' as it is now, written anew by `smartcert template`"
        return [places["edition_digest" if stale else "edition"].problem(found, wanted)]
    problems = []
    if identity.kind is not SheetKind.INSPECTION and identity.person not in members:
        problems.append(places["person"].problem(quote(identity.person), "an evaluator of committee.csv"))
    if not identity.person or UNSEEN_IN_LINE.search(identity.person) or len(identity.person) > 80:
        problems.append(places["person"].problem(quote(identity.person[:80]), "a name"))
    rows = [(row.applicant, row.indicator) for row in sheet.rows]
    if compute_rows_digest(identity.kind, round_id, identity.person, rows) != identity.rows_digest:
        found = "rows or a person other than those that the sheet was written with"
        problems.append(places["rows_digest"].problem(found, "the sheet as `smartcert template` wrote it, filled in"))
    return problems


def needs_comment(indicator: Indicator, mark: Fraction | None) -> bool:
    """Return whether the edition wants a comment beside a mark; never where there is no mark."""
    return indicator.about is not None and mark in indicator.about.comment_for


def describe_scale(scale: MarkScale) -> str:
    """Return a scale of marks as problems name it."""
    lowest, highest, step = map(format_exact, (scale.lowest, scale.highest, scale.step))
    return f"a mark from {lowest} to {highest} in steps of {step}"


_MARK = re.compile(r"(-?[0-9]{1,9}(?:\.[0-9]{1,9})?)\s*점?")
_ABSENT_WORDS = frozenset({"absent"})


@cache
def _absent_words() -> frozenset[str]:
    return _ABSENT_WORDS | {fold_text(Words(language, "sheets")("sheet.absent")) for language in LANGUAGES}


def parse_mark(cell: RawCell, scale: MarkScale) -> Fraction | None:
    """Return the mark in a cell that is not empty; None where it says that there is no mark.

    Raises:
        NotReadableError: it is no mark of the scale, or what a person sees may be another one: a formula, letters
            struck out or raised, a tracked change, a day, a format that shows something else.
    """
    text = clean_text(cell.text)
    if cell.formula is not None or cell.doubt not in ("", _OLD_FORMAT):
        raise NotReadableError(_describe_wanted_mark(scale))
    if cell.cell_type is CellType.TEXT and cell.shown is None and fold_text(text) in _absent_words():
        return None
    mark = _read_number(cell.cell_type, text)
    shown = mark if cell.shown is None else _read_number(CellType.TEXT, clean_text(cell.shown))
    if mark is None or shown != mark or not scale.allows(mark):
        raise NotReadableError(_describe_wanted_mark(scale))
    return mark


@cache
def _describe_wanted_mark(scale: MarkScale) -> str:
    return f"{describe_scale(scale)}, or '{Words('ko', 'sheets')('sheet.absent')}'"


def _read_number(cell_type: CellType, text: str) -> Fraction | None:
    if cell_type is CellType.NUMBER:
        return parse_stored_number(text)
    match = _MARK.fullmatch(text) if cell_type is CellType.TEXT else None
    return Fraction(match[1]) if match else None


def parse_comment(cell: RawCell) -> str:
    """Return the words in a cell on one line; a NotReadableError where they may not be what a person sees."""
    text = " ".join(cell.text.split())
    if (
        cell.formula is not None
        or cell.doubt not in ("", _OLD_FORMAT, "a raised cell")
        or cell.cell_type is CellType.ERROR
        or STRIKE in text
        or UNSEEN_IN_LINE.search(text)
        or len(text) > LONGEST_COMMENT
    ):
        raise NotReadableError(f"plain words of at most {LONGEST_COMMENT} characters, nothing struck out, no formula")
    return text


def list_sheet_indicators(edition: Edition, kind: SheetKind) -> dict[str, Indicator]:
    """Return what a kind of sheet is about, by id, in the order of the edition: indicators with marks, or figures."""
    if kind is SheetKind.INSPECTION:
        return {figure.id: figure for figure in edition.figures()}
    return {item.id: item for item in edition.indicators() if item.kind is IndicatorKind.QUALITATIVE}
