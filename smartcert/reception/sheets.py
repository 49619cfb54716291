"""How the sheets of evaluators and inspectors become ``marks.csv``, ``discussion.csv`` and ``inspections.csv``.

Every sheet is stored under a receipt and never changed. The tables are what all stored sheets give one after the other:
a later sheet of the same person changes a mark, and the change is logged. Rows that were written by hand stay; a sheet
that says something else than such a row is told so. Read `take_in_sheets` first.
"""

from __future__ import annotations

import re
import stat
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import field
from datetime import datetime
from fractions import Fraction
from pathlib import Path

from pydantic import TypeAdapter, ValidationError

from smartcert.characters import neutralise_formula, remove_guard, says_nothing
from smartcert.errors import InputError, Place, Problem
from smartcert.files import lock_folder, sha256_hex, write_files
from smartcert.io.formats import limits
from smartcert.io.formats.csv import (
    format_exact,
    format_figure,
    format_moment,
    format_table,
    format_yes_no,
    read_lines,
    read_rows,
    write_table,
)
from smartcert.io.formats.free_text import Ambiguous, Certain, interpret_figure, interpret_grade
from smartcert.io.formats.grid import RawCell
from smartcert.io.formats.text import NotReadableError, display_path, quote
from smartcert.io.rounds.applications import INSPECTION_COLUMNS, OPTIONAL_INSPECTION_COLUMNS
from smartcert.io.rounds.forms import EVIDENCE_GRADES, FormCell, is_form
from smartcert.io.rounds.marks import ABSENT, DISCUSSION_COLUMNS, MARK_COLUMNS, describe_wanted_comment
from smartcert.io.rounds.package import list_packages
from smartcert.io.rounds.round import INTAKE_FOLDER, OWN_MARKS_TABLE, UNFINISHED_SHEETS_FILE, RoundCall, read_round
from smartcert.io.rounds.sheets import (
    COLUMNS,
    FilledSheet,
    OwnMark,
    SheetKind,
    SheetRow,
    check_identity,
    describe_scale,
    list_sheet_indicators,
    needs_comment,
    parse_comment,
    parse_mark,
    read_sheet,
)
from smartcert.lazy_dataclass import dataclass
from smartcert.model.application import EvidenceGrade, Mark, Missing, Round, Value
from smartcert.model.indicator import Indicator
from smartcert.paths import find_parameter_folder
from smartcert.reception.tables import (
    ReceiptChange,
    add_event,
    begin_writing,
    end_writing,
    list_undone,
    read_events,
    write_events,
)
from smartcert.reporting.canonical import ALL_LEVELS, canonical_json
from smartcert.rules.rulebook import Rules

_SHEETS_FOLDER, _WRITTEN_FOLDER, _SHEET_FILE = "sheets", "written-sheets", "sheet.json"
_RECEIPT = re.compile(r".+-S[0-9]{5}")
_SHEET_COLUMNS = ("receipt", "file", "sha256", "kind", "person", "taken_at", "by", "state", "read", "refused")
_ORIGIN_COLUMNS = ("applicant", "indicator", "person", "receipt", "field", "place", "raw", "read", "photograph")
_CHANGE_COLUMNS = (
    *("applicant", "indicator", "person", "before", "after", "comment_before", "comment_after"),
    *("receipt_before", "receipt", "place", "at", "by"),
)
_PROBLEM_COLUMNS = ("receipt", "place", "found", "wanted")

MarkKey = tuple[str, str, str]
"""Applicant, indicator, evaluator."""


@dataclass(frozen=True, kw_only=True, slots=True)
class SentSheet:
    """A sheet of the folder that is taken in: its file's name and bytes, and what was read."""

    name: str
    data: bytes
    sheet: FilledSheet


@dataclass(kw_only=True)
class SentSheets:
    """The files of a folder: the sheets, and what is wrong with files that are none or cannot be read."""

    sheets: list[SentSheet] = field(default_factory=list)
    problems: list[Problem] = field(default_factory=list)
    others: int = 0
    """How many files are no sheet at all."""

    @property
    def meant(self) -> bool:
        """Whether the folder was meant as one of sheets: it has one, or nothing but files that may be some."""
        return bool(self.sheets) or (bool(self.problems) and not self.others)


def read_sent_sheets(folder: Path) -> SentSheets:
    """Return the sheets of a folder; whatever is wrong with a file is a problem of it, and nothing is raised.

    Hidden files and those that systems leave there are passed over.
    """
    sent = SentSheets()
    for name, path in list_packages(folder).items():
        place = Place(file=name)
        mode = path.lstat().st_mode
        if not stat.S_ISREG(mode) or not is_form(name):
            sent.others += 1
            found = "a folder" if stat.S_ISDIR(mode) else "a file of another kind"
            sent.problems.append(Problem(place=place, found=found, wanted="sheets: .xlsx, .hwpx, .ods, .xls or .csv"))
            continue
        if path.stat().st_size > limits.FORM_BYTES:
            wanted = f"at most {limits.FORM_BYTES} bytes"
            sent.problems.append(Problem(place=place, found=f"{path.stat().st_size} bytes", wanted=wanted))
            continue
        _read_sent(name, path, sent)
    return sent


def _read_sent(name: str, path: Path, sent: SentSheets) -> None:
    place = Place(file=name)
    try:
        data = path.read_bytes()
        sheet = read_sheet(name, data, name)
    except InputError as error:
        sent.problems += error.problems
    except OSError as error:
        found = f"a file that does not open ({error.strerror or error})"
        sent.problems.append(Problem(place=place, found=found, wanted="files that open"))
    except Exception as error:  # whatever is wrong with one file, the others are still to be read
        found = f"a file that cannot be read ({type(error).__name__}: {error})"
        sent.problems.append(Problem(place=place, found=found, wanted="the sheet sent again, in another way"))
    else:
        if sheet is None:
            sent.others += 1
            wanted = "a sheet that `smartcert template` wrote, filled in"
            sent.problems.append(
                Problem(place=place, found="a file without the row that identifies a sheet", wanted=wanted)
            )
        else:
            sent.sheets.append(SentSheet(name=name, data=data, sheet=sheet))


@dataclass(frozen=True, kw_only=True, slots=True)
class StoredSheet:
    """A sheet as it was taken in: its receipt, its file, whose it is, when it came and who took it in."""

    number: int
    file: str
    stored_as: str
    sha256: str
    kind: SheetKind
    person: str
    taken_at: datetime
    by: str

    def format_receipt(self, round_id: str) -> str:
        """Return the number of its receipt, as ``2023-S00012``."""
        return f"{round_id}-S{self.number:05d}"


_ADAPTER = TypeAdapter(StoredSheet)


def is_sheet_receipt(text: str) -> bool:
    """Return whether a receipt is that of a sheet, not of a package."""
    return _RECEIPT.fullmatch(text) is not None


class SheetStore:
    """The sheets of one round in the order in which they were taken in.

    Raises:
        InputError: the stored facts of a sheet were changed.
    """

    def __init__(self, folder: Path) -> None:
        self._folder = folder / INTAKE_FOLDER / _SHEETS_FOLDER
        self.sheets = tuple(sorted(self._read(), key=lambda stored: stored.number))

    def _read(self) -> Iterator[StoredSheet]:
        for path in self._folder.glob(f"*/{_SHEET_FILE}"):
            try:
                yield _ADAPTER.validate_json(path.read_bytes())
            except ValidationError:
                found, wanted = "a receipt that was changed", "the receipt as it was stored"
                raise InputError.of_file(display_path(path), found, wanted) from None

    def find(self, sent: SentSheet) -> StoredSheet | None:
        """Return the stored sheet with the same content, or None."""
        digest = sha256_hex(sent.data)
        return next((stored for stored in self.sheets if stored.sha256 == digest), None)

    def add(self, sent: SentSheet, at: datetime, by: str) -> StoredSheet:
        """Store a sheet that is not stored yet."""
        number = max((stored.number for stored in self.sheets), default=0) + 1
        identity = sent.sheet.identity
        stored = StoredSheet(
            number=number,
            file=sent.name,
            stored_as=f"sheet.{sent.name.rpartition('.')[2].lower()}",
            sha256=sha256_hex(sent.data),
            kind=identity.kind,
            person=identity.person,
            taken_at=at,
            by=by,
        )
        own = self._folder / f"{number:05d}"
        # the facts come last: a folder without them was not written completely and is not read
        facts = canonical_json(_ADAPTER.dump_python(stored, mode="json"), lines=ALL_LEVELS)
        write_files({own / stored.stored_as: sent.data, own / _SHEET_FILE: facts})
        self.sheets = (*self.sheets, stored)
        return stored

    def open(self, stored: StoredSheet) -> FilledSheet:
        """Return a stored sheet's content, its places as it was sent; an InputError where it changed or is gone."""
        path = self._folder / f"{stored.number:05d}" / stored.stored_as
        data = path.read_bytes() if path.is_file() else b""
        sheet = read_sheet(stored.stored_as, data, stored.file) if sha256_hex(data) == stored.sha256 else None
        if sheet is None:
            raise InputError.of_file(display_path(path), "a sheet that was changed", "the sheet as it was stored")
        return sheet


@dataclass(kw_only=True)
class SheetIntake:
    """What came of an intake of sheets."""

    added: list[str] = field(default_factory=list)
    """The receipts of the sheets that were stored now."""
    repeated: list[str] = field(default_factory=list)
    """The receipts of sheets of the folder that were stored before."""
    given: dict[str, int] = field(default_factory=dict)
    """How many marks or findings count, by evaluator or inspector."""
    wanted: dict[str, int] = field(default_factory=dict)
    """How many rows their sheets have."""
    blanks: dict[str, int] = field(default_factory=dict)
    """How many cells are empty in the newest sheet of a person though an earlier one filled them; those count."""
    changes: int = 0
    discussed: int = 0
    problems: list[Problem] = field(default_factory=list)


def has_sheets(folder: Path) -> bool:
    """Return whether a round has stored sheets, or an intake of sheets that was not finished."""
    own = folder / INTAKE_FOLDER
    return (own / _SHEETS_FOLDER).is_dir() or (own / UNFINISHED_SHEETS_FILE).exists()


def take_in_sheets(
    call: RoundCall,
    sent: SentSheets | None,
    *,
    at: datetime,
    by: str = "",
    change: ReceiptChange | None = None,
) -> SheetIntake:
    """Store the sheets that were sent and write the round's tables from all that were ever stored.

    A sheet that is not of the round as it is now is refused and not stored; so are two sheets of one person that differ
    in one cell and come at once, since nobody knows which is the later one. A cell that is refused - excluded, not
    assigned, off the scale - has no row; all others have. The same sheet again changes nothing. While it works no other
    intake can, and the round is refused if it was ended in the middle.

    Raises:
        UsageError: another intake is at work, there is no such receipt, or a file cannot be written.
        InputError: the round's other tables have problems, or somebody changed a row that an intake of sheets wrote;
            nothing was stored then.
    """
    folder = call.folder
    with lock_folder(folder / INTAKE_FOLDER, "intake"):
        registry = find_parameter_folder(folder, "registry")
        round_ = read_round(folder, call.rulebook, registry, marks=False)
        store = SheetStore(folder)
        receipts = [stored.format_receipt(round_.id) for stored in store.sheets]
        events = add_event(read_events(folder), change, receipts, round_.id)
        tables = _RoundTables(folder)
        tables.check_unchanged()
        intake = SheetIntake(problems=list(sent.problems) if sent else [])
        new = _choose_new(sent.sheets, store, intake, round_, call.rules) if sent else []
        begin_writing(folder, UNFINISHED_SHEETS_FILE, "An intake of sheets")
        intake.added = [store.add(sheet, at, by).format_receipt(round_.id) for sheet in new]
        if change is not None:
            write_events(folder, events)
        replay = _Replay(round_, call.rules, tables)
        undone = list_undone(events)
        read = {(sheet.name, sha256_hex(sheet.data)): sheet.sheet for sheet in sent.sheets} if sent else {}
        for stored in store.sheets:
            if stored.format_receipt(round_.id) not in undone:
                replay.apply(stored, read.get((stored.file, stored.sha256)) or store.open(stored))
        _write_results(folder, store, replay, tables, intake, undone)
        end_writing(folder, UNFINISHED_SHEETS_FILE, _WRITTEN_FOLDER)
    return intake


def _choose_new(
    sheets: Sequence[SentSheet], store: SheetStore, intake: SheetIntake, round_: Round, rules: Rules
) -> list[SentSheet]:
    """Return the sheets that are stored now; the others are refused, or were stored before."""
    members = [member.id for member in round_.committee]
    new: dict[str, SentSheet] = {}
    for sheet in sheets:
        before = store.find(sheet)
        if before is not None:
            intake.repeated.append(before.format_receipt(round_.id))
            continue
        problems = check_identity(sheet.sheet, round_.id, rules, members)
        intake.problems += problems
        if not problems:
            new.setdefault(sha256_hex(sheet.data), sheet)
    clashing = _find_clashes(list(new.values()), intake)
    return [sheet for sheet in new.values() if sheet.name not in clashing]


def _find_clashes(sheets: Sequence[SentSheet], intake: SheetIntake) -> set[str]:
    """Return the names of sheets of one person that fill in one cell differently; a problem for each such cell."""
    first: dict[tuple[SheetKind, str, str, str], tuple[SentSheet, SheetRow]] = {}
    clashing: set[str] = set()
    for sheet in sheets:
        identity = sheet.sheet.identity
        columns = [name for name in COLUMNS[identity.kind] if name != "before"]
        for row in sheet.sheet.rows:
            if not row.text(columns[0]):
                continue
            key = (identity.kind, identity.person, row.applicant, row.indicator)
            other, earlier = first.setdefault(key, (sheet, row))
            if other is not sheet and row.text(columns[0]) != earlier.text(columns[0]):
                clashing |= {sheet.name, other.name}
                cell = earlier.cells[columns[0]]
                found = (
                    f"{quote(row.text(columns[0]))}, and {quote(cell.text)} in {cell.grid.place(cell.row, cell.column)}"
                )
                wanted = "the later of two sheets of one person taken in by itself, after the other"
                intake.problems.append(row.cells[columns[0]].problem(found, wanted))
    return clashing


# --- The tables of the round: rows that sheets gave, rows by hand, and whether somebody changed the former.


@dataclass(frozen=True, kw_only=True, slots=True)
class _TableShape:
    columns: tuple[str, ...]
    key: tuple[str, ...]


_SHAPES = {
    "marks": _TableShape(columns=MARK_COLUMNS, key=MARK_COLUMNS[:3]),
    "discussion": _TableShape(columns=DISCUSSION_COLUMNS, key=("applicant", "indicator", "evaluator", "at")),
    "inspections": _TableShape(columns=(*INSPECTION_COLUMNS, *OPTIONAL_INSPECTION_COLUMNS), key=INSPECTION_COLUMNS[:2]),
}

_Row = Mapping[str, str]
_Rows = dict[tuple[str, ...], dict[str, str]]


class _RoundTables:
    """The tables that sheets give, as they stand in the round's folder and as an intake of sheets wrote them last."""

    def __init__(self, folder: Path) -> None:
        self._folder = folder
        self.current: dict[str, _Rows] = {}
        self.lines: dict[str, dict[tuple[str, ...], int]] = {}
        self._written: dict[str, list[_Rows]] = {}
        copies = folder / INTAKE_FOLDER / _WRITTEN_FOLDER
        for name, shape in _SHAPES.items():
            self.current[name], self.lines[name] = _index_rows(folder / f"{name}.csv", shape)
            files = [copies / f"{name}{end}.csv" for end in ("", ".next")]
            self._written[name] = [_index_rows(file, shape)[0] for file in files if file.exists()]

    def rows_by_hand(self, name: str) -> _Rows:
        """Return the rows that no intake of sheets wrote."""
        written = {key for rows in self._written[name] for key in rows}
        return {key: row for key, row in self.current[name].items() if key not in written}

    def was_written(self, name: str) -> bool:
        """Return whether an intake of sheets ever wrote a row of a table."""
        return any(self._written[name])

    def place(self, name: str, key: tuple[str, ...], column: str | None = None) -> Place:
        """Return the place of a row, or of a cell in it."""
        path = self._folder / f"{name}.csv"
        number = _SHAPES[name].columns.index(column) + 1 if column else None
        return Place(file=display_path(path), line=self.lines[name].get(key), column=number, field=column)

    def check_unchanged(self) -> None:
        """Check that rows which an intake of sheets wrote are as it wrote them.

        A mark that differs is right where ``discussion.csv`` says by hand how it came about.

        Raises:
            InputError: rows were changed or taken out; each with its place.
        """
        problems = [problem for name in _SHAPES for problem in self._compare(name)]
        if problems:
            raise InputError(problems)

    def _compare(self, name: str) -> Iterator[Problem]:
        states = self._written[name]
        for key in dict.fromkeys(key for rows in states for key in rows):
            known = [rows[key] for rows in states if key in rows]
            row = self.current[name].get(key)
            if row is None:
                if len(known) == len(states):
                    found = f"no row for {', '.join(key)}, which an intake wrote"
                    place = Place(file=display_path(self._folder / f"{name}.csv"))
                    yield Problem(place=place, found=found, wanted="the row; a sheet is taken back with --undo")
                continue
            if row in known or (name == "marks" and self._is_explained(key, row, known[-1])):
                continue
            for column in _SHAPES[name].columns:
                if row[column] != known[-1][column]:
                    found = f"{quote(row[column])}, changed after an intake wrote it"
                    before = quote(known[-1][column]) if known[-1][column] else "nothing"
                    wanted = f"{before} as it was written; a new sheet changes it"
                    yield Problem(place=self.place(name, key, column), found=found, wanted=wanted)

    def _is_explained(self, key: tuple[str, ...], row: _Row, written: _Row) -> bool:
        changes = [change for change in self.current["discussion"].values() if _mark_key(change) == key]
        last = max(changes, key=lambda change: change["at"], default=None)
        return last is not None and last["after"] == row["mark"] and row["comment"] == written["comment"]


def _mark_key(row: _Row) -> MarkKey:
    return (row["applicant"], row["indicator"], row["evaluator"])


def _index_rows(path: Path, shape: _TableShape) -> tuple[_Rows, dict[tuple[str, ...], int]]:
    """Return the rows of a table by their keys, and the line of each; nothing where there is no such file."""
    rows: _Rows = {}
    lines: dict[tuple[str, ...], int] = {}
    for line, read in read_lines(path)[1].items():
        row = {name: read.get(name, "") for name in shape.columns}
        if any(row.values()):
            key = tuple(row[name] for name in shape.key)
            rows[key], lines[key] = row, line
    return rows, lines


# --- All stored sheets, one after the other.


@dataclass(frozen=True, kw_only=True, slots=True)
class _Given:
    """A mark that counts, and the sheet that it came from."""

    value: Fraction | None
    comment: str
    stored: StoredSheet
    cell: FormCell


@dataclass(frozen=True, kw_only=True, slots=True)
class _Found:
    """What an inspection found, and the sheet that it came from."""

    value: Value
    verified: bool
    reason: str
    grade: EvidenceGrade | None
    photograph: str
    stored: StoredSheet
    cell: FormCell


@dataclass(frozen=True, kw_only=True, slots=True)
class _SheetProblem:
    stored: StoredSheet
    applicant: str
    problem: Problem


class _Replay:
    """What all sheets give that were applied so far."""

    def __init__(self, round_: Round, rules: Rules, tables: _RoundTables) -> None:
        self.round, self.rules = round_, rules
        self.marks: dict[MarkKey, _Given] = {}
        self.found: dict[tuple[str, str], _Found] = {}
        self.discussed: list[dict[str, str]] = []
        self.changes: list[tuple[str, ...]] = []
        self.read: dict[int, int] = {}
        self.blanks: dict[str, int] = {}
        self.rows: dict[str, set[tuple[str, str]]] = {}
        self._problems: list[_SheetProblem] = []
        self._covered: dict[tuple[SheetKind, str], dict[str, datetime]] = {}
        self._tables = tables
        self._parsed: dict[tuple[str, RawCell], Fraction | NotReadableError | None] = {}
        self._by_hand = {name: tables.rows_by_hand(name) for name in _SHAPES}
        self.agreed: set[MarkKey] = set()
        """Marks of sheets for which marks.csv has the same row, written by hand: that row stays."""
        self._chains: dict[MarkKey, list[_Row]] = {}
        for row in sorted(self._by_hand["discussion"].values(), key=lambda row: row["at"]):
            self._chains.setdefault(_mark_key(row), []).append(row)
        self._applications = {application.id: application for application in round_.applications}
        self._seats: dict[str, set[str]] = {}
        for seat in round_.proceedings.assignments:
            self._seats.setdefault(seat.applicant, set()).add(seat.evaluator)
        self._excluded = {
            application.id: {exclusion.evaluator for exclusion in application.exclusions}
            for application in round_.applications
        }
        self._indicators = {kind: list_sheet_indicators(rules.edition, kind) for kind in SheetKind}

    def apply(self, stored: StoredSheet, sheet: FilledSheet) -> None:
        """Take in the cells of the next sheet."""
        apply = {
            SheetKind.EVALUATION: self._apply_mark,
            SheetKind.DISCUSSION: self._apply_discussion,
            SheetKind.INSPECTION: self._apply_finding,
        }[stored.kind]
        self.read[stored.number] = 0
        covered = self._covered.setdefault((stored.kind, stored.person), {})
        if stored.kind is not SheetKind.DISCUSSION:
            self.blanks[stored.person] = 0
        for row in sheet.rows:
            covered[row.applicant] = stored.taken_at
            indicator = self._indicators[stored.kind].get(row.indicator)
            if row.applicant not in self._applications or indicator is None:
                missing = row.applicant not in self._applications
                cell = row.cells["applicant_id" if missing else "indicator"]
                wanted = "an applicant of applications.csv" if missing else "an indicator of the round's edition"
                if any(row.text(name) for name in COLUMNS[stored.kind] if name != "before"):
                    self._refuse(stored, row, cell, quote(cell.text), wanted)
                continue
            apply(stored, row, indicator)

    def _refuse(self, stored: StoredSheet, row: SheetRow, cell: FormCell, found: str, wanted: str) -> None:
        problem = cell.problem(found, wanted)
        self._problems.append(_SheetProblem(stored=stored, applicant=row.applicant, problem=problem))

    def list_problems(self) -> list[_SheetProblem]:
        """Return what is wrong in the sheets, but for those that a later sheet of the same person stands in for."""
        problems = []
        for problem in self._problems:
            covered = self._covered[problem.stored.kind, problem.stored.person]
            judged = (
                problem.stored.kind is SheetKind.INSPECTION
                or self._describe_bar(problem.applicant, problem.stored.person) is None
            )
            later = covered.get(problem.applicant) if judged else max(covered.values())
            if later is None or later <= problem.stored.taken_at:
                problems.append(problem)
        return problems

    def _describe_bar(self, applicant: str, person: str) -> tuple[str, str] | None:
        """Return what to say of a mark of somebody who does not judge the applicant; None for who does."""
        if person in self._excluded.get(applicant, ()):
            return f"a mark of '{person}', who does not judge '{applicant}'", "no mark, as that evaluator is excluded"
        seats = self._seats.get(applicant)
        if seats is not None and person not in seats:
            found = f"a mark of '{person}', who is not assigned to '{applicant}'"
            return found, f"a mark of: {', '.join(sorted(seats))} (see assignments.csv)"
        return None

    def _read_words(self, stored: StoredSheet, row: SheetRow, column: str) -> str | None:
        """Return the words of a cell, empty where they say nothing (``-``, 없음); None where they are refused."""
        if row.is_empty(column):
            return ""
        try:
            words = parse_comment(row.cells[column].raw)
        except NotReadableError as error:
            self._refuse(stored, row, row.cells[column], quote(row.text(column)[:80]), str(error))
            return None
        return "" if says_nothing(words) else words

    # --- marks

    def _parse_mark(self, cell: RawCell, indicator: Indicator) -> Fraction | None:
        """Return what `parse_mark` does; equal cells of an indicator are parsed once."""
        key = (indicator.id, cell)
        if key not in self._parsed:
            try:
                self._parsed[key] = parse_mark(cell, self.rules.mark_scale_of(indicator))
            except NotReadableError as error:
                self._parsed[key] = error
        parsed = self._parsed[key]
        if isinstance(parsed, NotReadableError):
            raise parsed
        return parsed

    def _apply_mark(self, stored: StoredSheet, row: SheetRow, indicator: Indicator) -> None:
        key = (row.applicant, row.indicator, stored.person)
        bar = self._describe_bar(row.applicant, stored.person)
        if bar is None:
            self.rows.setdefault(stored.person, set()).add(key[:2])
        cell = row.cells["mark"]
        if row.is_empty("mark"):
            self.blanks[stored.person] += key in self.marks
            if row.text("comment"):
                scale = describe_scale(self.rules.mark_scale_of(indicator))
                self._refuse(stored, row, row.cells["comment"], "a comment without a mark", f"{scale} beside it")
            return
        if bar is not None:
            self._refuse(stored, row, cell, *bar)
            return
        try:
            value = self._parse_mark(cell.raw, indicator)
        except NotReadableError as error:
            self._refuse(stored, row, cell, quote(row.text("mark")), str(error))
            return
        comment = self._read_words(stored, row, "comment")
        if comment is None:
            return
        given = _Given(value=value, comment=comment, stored=stored, cell=cell)
        if key in self._by_hand["marks"]:
            self._compare_row_by_hand(row, key, given)
        elif needs_comment(indicator, value) and not comment:
            self._refuse(stored, row, row.cells["comment"], "nothing", describe_wanted_comment(value))
        else:
            self._give(key, given)

    def _compare_row_by_hand(self, row: SheetRow, key: MarkKey, given: _Given) -> None:
        """Let a row of marks.csv stand that was written by hand; a sheet that says something else is refused there."""
        by_hand = self._by_hand["marks"][key]
        for column, same in (
            ("mark", _parse_written_mark(by_hand["mark"]) == (given.value, True)),
            ("comment", given.comment in ("", remove_guard(by_hand["comment"]))),
        ):
            if not same:
                place = self._tables.place("marks", key, column)
                found = f"{quote(row.text(column))}, where {place} has {quote(by_hand[column])}, written by hand"
                self._refuse(
                    given.stored, row, row.cells[column], found, "the same, or that row taken out of marks.csv"
                )
                return
        self.agreed.add(key)
        self.read[given.stored.number] += 1

    def _give(self, key: MarkKey, given: _Given) -> None:
        before, stored = self.marks.get(key), given.stored
        if before is not None and before.value != given.value and self._chains.get(key):
            found = f"another mark than {_format_mark(before.value)} after the discussion"
            wanted = "a sheet written by `smartcert template --after-discussion`, with the reason"
            problem = given.cell.problem(found, wanted)
            self._problems.append(_SheetProblem(stored=stored, applicant=key[0], problem=problem))
            return
        self.read[stored.number] += 1
        if before is not None and (before.value, before.comment) == (given.value, given.comment):
            return
        self.marks[key] = given
        if before is not None:
            marks = (_format_mark(before.value), _format_mark(given.value))
            self._log(key, (*marks, before.comment, given.comment), before.stored, stored, given.cell)

    def _log(
        self, key: MarkKey, what: tuple[str, ...], before: StoredSheet, stored: StoredSheet, cell: FormCell
    ) -> None:
        receipts = (before.format_receipt(self.round.id), stored.format_receipt(self.round.id))
        place = str(cell.grid.place(cell.row, cell.column))
        self.changes.append((*key, *what, *receipts, place, format_moment(stored.taken_at), stored.by or stored.person))

    def final_mark(self, key: MarkKey) -> Fraction | None:
        """Return the mark after all that was discussed about it."""
        chain = self._chains.get(key)
        return _parse_written_mark(chain[-1]["after"])[0] if chain else self.marks[key].value

    # --- marks after the discussion

    def _apply_discussion(self, stored: StoredSheet, row: SheetRow, indicator: Indicator) -> None:
        words = {name: self._read_words(stored, row, name) for name in ("reason", "minority")}
        cell = row.cells["after"]
        reason, minority = words["reason"], words["minority"]
        if row.is_empty("after") and not (reason or minority):
            return
        bar = self._describe_bar(row.applicant, stored.person)
        if bar is not None:
            self._refuse(stored, row, cell, *bar)
            return
        try:
            before = self._parse_mark(row.cells["before"].raw, indicator)
            after = before if row.is_empty("after") else self._parse_mark(cell.raw, indicator)
        except NotReadableError as error:
            self._refuse(stored, row, cell, quote(row.text("after")), str(error))
            return
        if reason is None or minority is None:
            return
        key = (row.applicant, row.indicator, stored.person)
        current = self._current_mark(key, format_moment(stored.taken_at))
        if current is None or before is None or after is None:
            self._refuse(
                stored, row, cell, f"a change of a mark that '{stored.person}' did not give", "a mark to change"
            )
        elif after == current and not minority:
            self.read[stored.number] += 1
        elif before != current:
            found = f"a change of the mark {format_exact(before)}, which is {format_exact(current)} now"
            self._refuse(stored, row, row.cells["before"], found, "a sheet written after the last change")
        elif after != before and not reason:
            self._refuse(stored, row, row.cells["reason"], "nothing", "why the mark was changed")
        elif after == before and not minority:
            self._refuse(stored, row, cell, "no change", "another mark, or a minority opinion that stays")
        else:
            self._discuss(stored, row, key, (before, after, reason, minority))

    def _current_mark(self, key: MarkKey, at: str) -> Fraction | None:
        """Return the mark as it was at a moment, after what was discussed before it."""
        chain = [change for change in self._chains.get(key, ()) if change["at"] < at]
        if key in self.marks:
            return _parse_written_mark(chain[-1]["after"])[0] if chain else self.marks[key].value
        by_hand = self._by_hand["marks"].get(key)
        return _parse_written_mark(by_hand["mark"])[0] if by_hand else None

    def _discuss(
        self, stored: StoredSheet, row: SheetRow, key: MarkKey, change: tuple[Fraction, Fraction, str, str]
    ) -> None:
        cell, at = row.cells["after"], format_moment(stored.taken_at)
        if any(other["at"] == at for other in self._chains.get(key, ())):
            self._refuse(stored, row, cell, f"a second change of one mark at {at}", "each change at its own moment")
            return
        if key not in self.marks:
            self._refuse(
                stored,
                row,
                cell,
                "a change of a mark that was written by hand",
                "the change in discussion.csv, by hand",
            )
            return
        before, after, reason, minority = change
        written = {
            **dict(zip(("applicant", "indicator", "evaluator"), key, strict=True)),
            "before": format_exact(before),
            "after": format_exact(after),
            "changed_by": stored.by or stored.person,
            "at": at,
            "reason": neutralise_formula(reason),
            "minority_opinion": neutralise_formula(minority),
        }
        self._chains[key] = sorted((*self._chains.get(key, ()), written), key=lambda change: change["at"])
        self.discussed.append(written)
        self.read[stored.number] += 1

    # --- findings on site

    def _apply_finding(self, stored: StoredSheet, row: SheetRow, indicator: Indicator) -> None:
        key = (row.applicant, row.indicator)
        self.rows.setdefault(stored.person, set()).add(key)
        cell = row.cells["found"]
        if row.is_empty("found"):
            self.blanks[stored.person] += key in self.found
            others = [name for name in ("grade", "why", "photograph") if row.text(name)]
            if others:
                self._refuse(
                    stored,
                    row,
                    cell,
                    "nothing",
                    f"what was found on site, as {quote(row.text(others[0])[:40])} stands beside it",
                )
            return
        value = self._read_figure(stored, row, indicator)
        why, photograph = (self._read_words(stored, row, name) for name in ("why", "photograph"))
        grade = interpret_grade(row.cells["grade"].raw, EVIDENCE_GRADES)
        if not isinstance(grade, Certain):
            wanted = f"one of: {', '.join(EVIDENCE_GRADES)}"
            self._refuse(stored, row, row.cells["grade"], quote(row.text("grade")), wanted)
            return
        measured = self._applications[row.applicant].measurements.get(row.indicator)
        if value is None or why is None or photograph is None or measured is None:
            return
        verified = value == measured.desk
        if not verified and not why:
            desk = format_figure(measured.desk, indicator)
            self._refuse(
                stored, row, row.cells["why"], "nothing", f"why the value differs from {desk}, which was accepted"
            )
            return
        finding = _Found(
            value=value,
            verified=verified,
            reason=why,
            grade=grade.value,
            photograph=photograph,
            stored=stored,
            cell=cell,
        )
        if key not in self._by_hand["inspections"]:
            self._find(key, finding, indicator)
        else:
            self._compare_finding_by_hand(row, finding, indicator)

    def _read_figure(self, stored: StoredSheet, row: SheetRow, indicator: Indicator) -> Value | None:
        cell = row.cells["found"]
        reading = interpret_figure(cell.raw, indicator)
        if isinstance(reading, Certain):
            value = reading.value
            if value is Missing.NOT_APPLICABLE or (isinstance(value, Fraction) and not indicator.limits.allows(value)):
                self._refuse(
                    stored, row, cell, quote(cell.text), "a possible value, or 미제출 where nothing was confirmed"
                )
                return None
            return value
        if isinstance(reading, Ambiguous):
            wanted = f"one value; it may be read as {', '.join(reading.readings) or 'none'} ({reading.why.en})"
            self._refuse(stored, row, cell, quote(cell.text), wanted)
            return None
        self._refuse(stored, row, cell, quote(cell.text), reading.wanted)
        return None

    def _compare_finding_by_hand(self, row: SheetRow, finding: _Found, indicator: Indicator) -> None:
        """Let a row of inspections.csv stand that was written by hand; a sheet that says something else is refused."""
        key = (row.applicant, row.indicator)
        by_hand, written = self._by_hand["inspections"][key], _format_finding(key, finding, indicator)
        if all(by_hand[name] == written[name] for name in ("verified", "corrected")):
            self.agreed.add((*key, finding.stored.person))
            self.read[finding.stored.number] += 1
            return
        place = self._tables.place("inspections", key, "verified")
        other = by_hand["corrected"] or by_hand["verified"]
        found = f"{quote(row.text('found'))}, where {place} has {quote(other)}, written by hand"
        wanted = "the same, or that row taken out of inspections.csv"
        self._refuse(finding.stored, row, row.cells["found"], found, wanted)

    def _find(self, key: tuple[str, str], found: _Found, indicator: Indicator) -> None:
        before, self.found[key] = self.found.get(key), found
        self.read[found.stored.number] += 1
        if before is None or _what(before) == _what(found):
            return
        values = (format_figure(before.value, indicator), format_figure(found.value, indicator))
        person = found.stored.person
        self._log((*key, person), (*values, before.reason, found.reason), before.stored, found.stored, found.cell)


def _what(found: _Found) -> tuple[object, ...]:
    return (found.value, found.reason, found.grade, found.photograph, found.stored.person)


def _parse_written_mark(text: str) -> tuple[Fraction | None, bool]:
    """Return the mark of a table and whether it is one; None is absent."""
    if text == ABSENT:
        return None, True
    try:
        return Fraction(text), True
    except (ValueError, ZeroDivisionError):
        return None, False


def _format_mark(value: Fraction | None) -> str:
    return ABSENT if value is None else format_exact(value)


def _format_finding(key: tuple[str, str], found: _Found, indicator: Indicator) -> dict[str, str]:
    return {
        "applicant": key[0],
        "indicator": key[1],
        "verified": format_yes_no(found.verified),
        "corrected": "" if found.verified else format_figure(found.value, indicator),
        "reason": neutralise_formula(found.reason),
        "inspector": neutralise_formula(found.stored.person),
        "evidence_grade": found.grade.value if found.grade else "",
    }


# --- What is written.


def _write_results(
    folder: Path, store: SheetStore, replay: _Replay, tables: _RoundTables, intake: SheetIntake, undone: set[str]
) -> None:
    own = _build_tables(replay)
    copies: dict[Path, bytes] = {}
    texts: dict[Path, bytes] = {}
    for name, shape in _SHAPES.items():
        if not own[name] and not tables.was_written(name):
            continue
        rows = _sort_rows(name, {**tables.rows_by_hand(name), **own[name]}, replay)
        table = ([row[column] for column in shape.columns] for row in rows)
        texts[folder / f"{name}.csv"] = format_table(shape.columns, table)
        copy = ([row[column] for column in shape.columns] for row in own[name].values())
        written = folder / INTAKE_FOLDER / _WRITTEN_FOLDER / f"{name}.next.csv"
        copies[written] = format_table(shape.columns, copy)
    write_files({**copies, **texts})  # each copy has its name before any table: what an intake wrote is known by it
    problems = replay.list_problems()
    intake.problems += [problem.problem for problem in problems]
    intake.changes, intake.discussed = len(replay.changes), len(replay.discussed)
    intake.blanks = {person: count for person, count in replay.blanks.items() if count}
    for person, rows_of_person in replay.rows.items():
        intake.wanted[person] = len(rows_of_person)
        marks = sum(key[2] == person for key in replay.marks.keys() | replay.agreed)
        intake.given[person] = marks + sum(found.stored.person == person for found in replay.found.values())
    _write_logs(folder, store, replay, problems, undone)


def _build_tables(replay: _Replay) -> dict[str, _Rows]:
    marks: _Rows = {}
    for key, given in replay.marks.items():
        row = dict(
            zip(
                MARK_COLUMNS,
                (*key, _format_mark(replay.final_mark(key)), neutralise_formula(given.comment)),
                strict=True,
            )
        )
        marks[key] = row
    indicators = list_sheet_indicators(replay.rules.edition, SheetKind.INSPECTION)
    found: _Rows = {key: _format_finding(key, finding, indicators[key[1]]) for key, finding in replay.found.items()}
    discussed: _Rows = {(*_mark_key(row), row["at"]): row for row in replay.discussed}
    return {"marks": marks, "discussion": discussed, "inspections": found}


def _sort_rows(name: str, rows: _Rows, replay: _Replay) -> list[dict[str, str]]:
    """Return rows by applicant, then in the order of edition and committee; those of a discussion by their moment."""
    indicators = {indicator.id: place for place, indicator in enumerate(replay.rules.edition.entries())}
    members = {member.id: place for place, member in enumerate(replay.round.committee)}

    def order(row: _Row) -> tuple[str, str, int, int, str]:
        moment = row["at"] if name == "discussion" else ""
        indicator = indicators.get(row["indicator"], len(indicators))
        return (moment, row["applicant"], indicator, members.get(row.get("evaluator", ""), len(members)), "")

    return sorted(rows.values(), key=order)


def _write_logs(
    folder: Path, store: SheetStore, replay: _Replay, problems: Sequence[_SheetProblem], undone: set[str]
) -> None:
    own, round_id = folder / INTAKE_FOLDER, replay.round.id
    refused: dict[int, int] = {}
    for problem in problems:
        refused[problem.stored.number] = refused.get(problem.stored.number, 0) + 1
    sheets = [
        (
            *(receipt, neutralise_formula(stored.file), stored.sha256, stored.kind.value),
            *(neutralise_formula(stored.person), format_moment(stored.taken_at), neutralise_formula(stored.by)),
            "undone" if receipt in undone else "counts",
            *(str(replay.read.get(stored.number, 0)), str(refused.get(stored.number, 0))),
        )
        for stored in store.sheets
        for receipt in (stored.format_receipt(round_id),)
    ]
    write_table(own / "sheets.csv", _SHEET_COLUMNS, sheets)
    write_table(own / "sheet_origins.csv", _ORIGIN_COLUMNS, _list_origins(replay))
    changes = ([neutralise_formula(text) for text in row] for row in replay.changes)
    write_table(own / "sheet_changes.csv", _CHANGE_COLUMNS, changes)
    rows = (
        (
            problem.stored.format_receipt(round_id),
            *map(neutralise_formula, (str(problem.problem.place), problem.problem.found, problem.problem.wanted)),
        )
        for problem in problems
    )
    write_table(own / "sheet_problems.csv", _PROBLEM_COLUMNS, rows)


def _list_origins(replay: _Replay) -> Iterator[tuple[str, ...]]:
    """Yield where each mark and each finding came from."""
    for key, given in sorted(replay.marks.items()):
        receipt, place = given.stored.format_receipt(replay.round.id), _show_place(given.cell)
        raw = neutralise_formula(given.cell.raw.text)
        yield (*key, receipt, "mark", place, raw, _format_mark(given.value), "")
    indicators = list_sheet_indicators(replay.rules.edition, SheetKind.INSPECTION)
    for pair, found in sorted(replay.found.items()):
        receipt, place = found.stored.format_receipt(replay.round.id), _show_place(found.cell)
        read = format_figure(found.value, indicators[pair[1]])
        raw, photograph = neutralise_formula(found.cell.raw.text), neutralise_formula(found.photograph)
        yield (*pair, neutralise_formula(found.stored.person), receipt, "found", place, raw, read, photograph)


def _show_place(cell: FormCell) -> str:
    return neutralise_formula(str(cell.grid.place(cell.row, cell.column)))


# --- What sheets are written with.


def read_given_marks(folder: Path, rules: Rules, evaluator: str) -> dict[tuple[str, str], Mark]:
    """Return the marks of an evaluator that stand in ``marks.csv``, complete or not, by applicant and indicator.

    A row that cannot be read is left out: `smartcert check` says what is wrong with it.
    """
    indicators = list_sheet_indicators(rules.edition, SheetKind.EVALUATION)
    marks = {}
    for row in read_rows(folder / "marks.csv"):
        name, indicator = row.get("applicant", ""), row.get("indicator", "")
        value, known = _parse_written_mark(row.get("mark", ""))
        if row.get("evaluator") == evaluator and indicator in indicators and known:
            comment = remove_guard(row.get("comment", ""))
            marks[name, indicator] = Mark(indicator=indicator, evaluator=evaluator, value=value, comment=comment)
    return marks


def read_own_mark_table(folder: Path) -> dict[tuple[str, str], OwnMark]:
    """Return what applicants wrote beside the qualitative indicators, as an intake read it; none without an intake."""
    return {
        (row.get("applicant", ""), row.get("indicator", "")): OwnMark(
            **{name: remove_guard(row.get(name, "")) for name in ("mark", "document", "page")}
        )
        for row in read_rows(folder / INTAKE_FOLDER / f"{OWN_MARKS_TABLE}.csv")
    }
