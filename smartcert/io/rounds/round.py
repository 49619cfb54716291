"""The folder of a round as a `Round`: ``round.yaml``, the registry that it names, and its tables.

All files are read before an `InputError` is raised, so that it has the problems of all of them.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Collection, Iterator, Mapping, Sequence
from contextlib import contextmanager, suppress
from dataclasses import field, replace
from datetime import date, datetime
from fractions import Fraction
from pathlib import Path

from smartcert.errors import InputError, NoRuleError, Place, Problem, UsageError, suggest
from smartcert.files import sha256_hex
from smartcert.io.formats.csv import Table, TooManyProblemsError
from smartcert.io.formats.text import MAX_FILE_BYTES, FileText, display_path, quote, read_file, resolve_path
from smartcert.io.formats.yaml import INVALID, Decoder, YamlTree, parse_yaml
from smartcert.io.parameters.local_governments import LOCAL_GOVERNMENTS, TABLE_FILES
from smartcert.io.parameters.population_export import is_workbook_file
from smartcert.io.parameters.populations import MONTH, POPULATIONS, list_months
from smartcert.io.parameters.registries import parse_registry, read_governments, read_month, read_registry
from smartcert.io.parameters.rulebook import read_rulebook
from smartcert.io.parameters.sources import BasisShape, decode_citations
from smartcert.io.rounds import applications, committee, marks
from smartcert.io.rounds.applications import (
    ReceivedApplications,
    apply_corrections,
    apply_findings,
    apply_supplement_arrivals,
    read_applications,
    read_bases,
    read_corrections,
    read_documents,
    read_inspections,
    read_measurements,
    read_open_receipts,
    read_partners,
    read_supplements,
)
from smartcert.io.rounds.committee import (
    Exclusions,
    exclude_decided,
    exclude_declared,
    read_assignments,
    read_committee,
    read_conflict_decisions,
    read_contractors,
    read_exclusions,
    read_groups,
    read_interests,
    read_votes,
)
from smartcert.io.rounds.marks import MarkingContext, read_decisions, read_discussion, read_marks
from smartcert.io.rounds.organisations import (
    OPTIONAL_ORGANISATION_COLUMNS,
    ORGANISATION_COLUMNS,
    read_organisations,
)
from smartcert.lazy_dataclass import dataclass
from smartcert.model.applicant import Applicant, ApplicantChange, Registry
from smartcert.model.application import (
    Application,
    ApplicationWindow,
    Document,
    Evaluator,
    InputFile,
    Inspection,
    Mark,
    Measurement,
    OpenReceipt,
    Round,
    Supplement,
)
from smartcert.model.citation import Basis, Source, Text
from smartcert.model.committee import (
    Assignment,
    ConflictDecision,
    Contractor,
    DiscussedMark,
    GroupSeat,
    Interest,
    LevelDecision,
    Proceedings,
    Vote,
)
from smartcert.model.indicator import IndicatorKind
from smartcert.model.korean_time import KOREAN_TIME
from smartcert.model.local_government import LocalGovernments
from smartcert.model.scheme import CITY
from smartcert.model.sender import SERIAL, Sender
from smartcert.paths import PROJECT_ROOT, find_parameter_folder, find_round_folder
from smartcert.rules.rulebook import Rulebook, Rules

_ID = re.compile(r"[a-z0-9][a-z0-9-]{0,39}")
_MOST_NAMED = 5
_FILE = re.compile(r"[A-Za-z0-9가-힣][A-Za-z0-9가-힣 ._-]{0,99}\.csv")


@dataclass(frozen=True, kw_only=True, slots=True)
class _WindowShape(BasisShape):
    opens_at: datetime
    closes_at: datetime


@dataclass(frozen=True, kw_only=True, slots=True)
class _RoundShape:
    id: str
    title: Text
    invented: bool
    governing_day: date
    window: _WindowShape
    edition: str
    registry: str | None = None
    organisations: str | None = None
    scheme: str | None = None
    note: Text | None = None
    seed: str | None = None
    judged_on: date | None = None
    sender: Sender = field(default_factory=Sender)


@dataclass(frozen=True, kw_only=True, slots=True)
class CallFile:
    """The content of ``round.yaml``: day, window, edition and registry: a month, or the name of a file."""

    id: str
    title: Text
    invented: bool
    governing_day: date
    window: ApplicationWindow
    edition: str
    registry: str
    note: Text | None
    organisations: str = ""
    seed: str = ""
    judged_on: date | None = None
    sender: Sender = field(default_factory=Sender)


def decode_call(decoder: Decoder, folder: str, rulebook: Rulebook) -> CallFile | None:
    """Return the content of ``round.yaml`` in ``folder``, or None after adding its problems to the decoder."""
    read = decoder.read(_RoundShape)
    if read is INVALID:
        return None
    if read.id != folder or not _ID.fullmatch(folder):
        wanted = f"the name of the folder, '{folder}': small letters, digits and hyphens"
        decoder.refuse(("id",), quote(read.id), wanted)
    _check_applicants(decoder, read, rulebook)
    if read.registry is not None and not (_FILE.fullmatch(read.registry) or MONTH.fullmatch(read.registry)):
        wanted = "a month of the registry such as 2023-10, or the name of a .csv file, without a folder"
        decoder.refuse(("registry",), quote(read.registry), wanted)
    _check_sender(decoder, read.sender)
    _check_days(decoder, read)
    window = _decode_window(decoder, read.window, rulebook)
    if window is not None and not read.invented:
        _check_own_call(decoder, window, read.governing_day.year)
    if decoder.problems or window is None:
        return None
    return CallFile(
        id=read.id,
        title=read.title,
        invented=read.invented,
        governing_day=read.governing_day,
        window=window,
        edition=read.edition,
        registry=read.registry or "",
        organisations=read.organisations or "",
        note=read.note,
        seed=read.seed or "",
        judged_on=read.judged_on,
        sender=read.sender,
    )


def _check_days(decoder: Decoder, read: _RoundShape) -> None:
    """Check that the call comes before the window and the judging after it, each of them on its day included.

    The day of the call chooses the rules, and that of the judging is where the look-back on employers begins: a slip in
    either, most often of the year, would change verdicts and exclusions without a word.
    """
    opens_on = read.window.opens_at.astimezone(KOREAN_TIME).date()
    closes_on = read.window.closes_at.astimezone(KOREAN_TIME).date()
    if read.governing_day > opens_on:
        decoder.refuse(("governing_day",), str(read.governing_day), f"a day not after opens_at ({opens_on})")
    if read.judged_on is not None and read.judged_on < closes_on:
        decoder.refuse(("judged_on",), str(read.judged_on), f"a day not before closes_at ({closes_on})")


def _check_sender(decoder: Decoder, sender: Sender) -> None:
    """Check that a scheme of document numbers has one place for the number, and that numbers begin at 1 or above."""
    if sender.document_number and sender.document_number.count(SERIAL) != 1:
        wanted = f'a scheme with {SERIAL} once, such as "도시경제과-{SERIAL}"'
        decoder.refuse(("sender", "document_number"), quote(sender.document_number), wanted)
    if sender.first_serial is not None and sender.first_serial < 1:
        decoder.refuse(("sender", "first_serial"), str(sender.first_serial), "a number of 1 or above")


def _check_applicants(decoder: Decoder, read: _RoundShape, rulebook: Rulebook) -> None:
    """Check that the round says who may apply, and that its scheme, where it names one, is that of its edition."""
    if read.registry is None and read.organisations is None:
        decoder.refuse((), "no 'registry'", "the key 'registry', or 'organisations' where no local government applies")
    if read.organisations is not None and not _FILE.fullmatch(read.organisations):
        wanted = "the name of a .csv file in the folder of the round"
        decoder.refuse(("organisations",), quote(read.organisations), wanted)
    edition = rulebook.editions.get(read.edition)
    if read.scheme is not None and edition is not None and read.scheme != edition.scheme:
        known = sorted({CITY, *rulebook.schemes})
        hint = "" if read.scheme in known else suggest(read.scheme, known)
        found = f"scheme '{read.scheme}'{hint}, where edition '{edition.id}' is of scheme '{edition.scheme}'"
        decoder.refuse(("scheme",), found, f"{edition.scheme}, or an edition of the scheme")


def read_registry_name(tree: YamlTree) -> str | None:
    """Return the registry that the file names, whatever else is wrong with the file; None if it names no valid one."""
    name = Decoder(tree).read(str, ("registry",)) if _has_key(tree, "registry") else None
    return name if isinstance(name, str) and (_FILE.fullmatch(name) or MONTH.fullmatch(name)) else None


def read_rules(decoder: Decoder, rulebook: Rulebook) -> Rules | None:
    """Return the rules of the day and edition that the file names, whatever else is wrong with the file.

    A day without rules is a problem of the decoder; an invalid day or edition is one of `decode_call`.
    """
    tree = decoder.tree
    if not _has_key(tree, "governing_day") or not _has_key(tree, "edition"):
        return None
    own = Decoder(tree)
    day, edition = own.read(date, ("governing_day",)), own.read(str, ("edition",))
    if own.problems:
        return None
    try:
        return rulebook.on(day, edition)
    except NoRuleError as error:
        decoder.refuse(("governing_day",), f"{day}: {error}", "a day for which every rule has an entry")
    except UsageError as error:
        decoder.refuse(("edition",), str(error), f"one of: {', '.join(rulebook.editions)}")
    return None


def _has_key(tree: YamlTree, name: str) -> bool:
    return isinstance(tree.plain, dict) and name in tree.plain


def _decode_window(decoder: Decoder, read: _WindowShape, rulebook: Rulebook) -> ApplicationWindow | None:
    cite = decode_citations(decoder, ("window", "cite"), read.cite, rulebook.sources)
    if read.closes_at <= read.opens_at:
        decoder.refuse(("window", "closes_at"), f"{read.closes_at:%Y-%m-%d %H:%M}", "a moment after opens_at")
    if cite is INVALID:
        return None
    basis = Basis(name="round.window", since=read.since, status=read.status, cite=cite, note=read.note)
    return ApplicationWindow(opens_at=read.opens_at, closes_at=read.closes_at, basis=basis)


def _check_own_call(decoder: Decoder, window: ApplicationWindow, year: int) -> None:
    """Check that the calls that a window cites are of the round's own year. A rehearsal may borrow another's."""
    for number, cite in enumerate(window.basis.cite):
        if is_call_of_other_year(cite.source, year):
            wanted = f"the call of the round's own year, {year}, under a key of its own in rules/sources.yaml"
            decoder.refuse(("window", "cite", number), describe_call(cite.source), wanted)


def is_call_of_other_year(source: Source, year: int) -> bool:
    """Return whether a source is a call whose day is in another year than ``year``."""
    return source.kind == "call" and source.dated is not None and source.dated.year != year


def describe_call(source: Source) -> str:
    """Return of which year a call is."""
    return f"'{source.id}' is the call of {source.dated.year if source.dated else 'no known year'}"


TABLES = {
    "applications": applications.APPLICATION_COLUMNS,
    "partners": applications.PARTNER_COLUMNS,
    "documents": applications.DOCUMENT_COLUMNS,
    "supplements": applications.SUPPLEMENT_COLUMNS,
    "findings": applications.FINDING_COLUMNS,
    "measurements": applications.MEASUREMENT_COLUMNS,
    "corrections": applications.CORRECTION_COLUMNS,
    "inspections": applications.INSPECTION_COLUMNS,
    "bases": applications.BASE_COLUMNS,
    "committee": committee.COMMITTEE_COLUMNS,
    "exclusions": committee.EXCLUSION_COLUMNS,
    "marks": marks.MARK_COLUMNS,
    "interests": committee.INTEREST_COLUMNS,
    "contractors": committee.CONTRACTOR_COLUMNS,
    "conflicts": committee.CONFLICT_COLUMNS,
    "groups": committee.GROUP_COLUMNS,
    "assignments": committee.ASSIGNMENT_COLUMNS,
    "votes": committee.VOTE_COLUMNS,
    "discussion": marks.DISCUSSION_COLUMNS,
    "decisions": marks.DECISION_COLUMNS,
}
"""The tables of a round and their columns."""

_FILES = tuple(f"{name}.csv" for name in TABLES)

OPTIONAL_COLUMNS = {
    "applications": applications.OPTIONAL_APPLICATION_COLUMNS,
    "corrections": applications.OPTIONAL_CORRECTION_COLUMNS,
    "committee": committee.OPTIONAL_COMMITTEE_COLUMNS,
    "assignments": committee.OPTIONAL_ASSIGNMENT_COLUMNS,
    "measurements": applications.OPTIONAL_MEASUREMENT_COLUMNS,
    "inspections": applications.OPTIONAL_INSPECTION_COLUMNS,
}
"""Columns that a table may have or not."""

INTAKE_FOLDER = "intake"
"""The folder below a round's in which intake stores what was received and what it read."""

RECEIPTS_TABLE = "receipts"
SUPPLEMENT_ARRIVALS_TABLE = "supplements"
INTAKE_TABLES = {
    RECEIPTS_TABLE: applications.RECEIPT_COLUMNS,
    SUPPLEMENT_ARRIVALS_TABLE: applications.SUPPLEMENT_ARRIVAL_COLUMNS,
}
"""The tables of that folder that are read with the round, and their columns."""

LETTERS_FILE = "letters.csv"
"""The table of that folder of all letters that were written."""

UNFINISHED_FILE = "unfinished"
"""The file of that folder that is there while an intake writes: where it is left, the tables may not fit together."""

UNFINISHED_SHEETS_FILE = "unfinished-sheets"
"""The same of an intake of sheets, which writes the tables of marks and inspections."""

OWN_MARKS_TABLE = "own_marks"
OWN_MARK_COLUMNS = ("applicant", "receipt", "indicator", "mark", "document", "page", "place")
"""The table of that folder with what applicants wrote beside qualitative indicators, which evaluators see."""

REQUIRED_TABLES = ("documents", "measurements", "committee", "marks")
"""The tables that a round with applications must have beside them."""
_TABLES_OF_KIND = {
    IndicatorKind.QUANTITATIVE: ("measurements",),
    IndicatorKind.QUALITATIVE: ("marks", "committee"),
}


class AnyApplicant(dict[str, int]):
    """The ids of applications that could not be read: every id is among them, so that none is a problem."""

    def __contains__(self, name: object) -> bool:
        return True

    def __bool__(self) -> bool:
        return True


_ACTS = ("supplements", "findings", "corrections", "conflicts", "discussion", "decisions")
"""The tables whose days are of what is done with applications: a day before the window opens is a slip, most often of
the year, and would stand in letters and in the register."""

_ACTS_OF_JUDGING = ("discussion", "decisions")
"""Those of them whose days are not before the committee judges, where ``judged_on`` says since when it does."""

_SPREADSHEETS = frozenset({".csv", ".tsv", ".xlsx", ".xlsm", ".xlsb", ".xls", ".ods", ".numbers"})
"""How the names of files end that programs write in place of a table: ``DECISIONS.CSV``, ``decisions.csv.xlsx``."""


class RoundTables:
    """The tables of one folder; the problems of each table that was opened are added to ``problems``."""

    def __init__(
        self,
        folder: Path,
        open_file: Callable[[Path, str], FileText | None],
        problems: list[Problem],
        call: CallFile | None,
    ) -> None:
        self._folder = folder
        self._opened_on = call.window.opens_at.astimezone(KOREAN_TIME).date() if call is not None else None
        self._judged_on = call.judged_on if call is not None else None
        self._open = open_file
        self._problems = problems
        self._failed: set[str] = set()
        self._flawed: set[str] = set()

    @contextmanager
    def open_table(self, name: str) -> Iterator[Table | None]:
        """Yield a table, None where there is no such file or it cannot be read; collect its problems afterwards.

        A `TooManyProblemsError` ends the block.
        """
        path = self._folder / f"{name}.csv"
        source = self._open(path, path.name) if _is_there(path) else None
        table = Table(source, TABLES[name], OPTIONAL_COLUMNS.get(name, ())) if source is not None else None
        if _is_there(path) and (table is None or not table.valid):
            self._failed.add(name)
        if table is not None and name in _ACTS:
            table.not_before = self._opened_on
            if self._judged_on is not None and name in _ACTS_OF_JUDGING:
                table.not_before, table.not_before_name = self._judged_on, "judged_on"
        yield from self._collect(table)
        if name in self._failed or (table is not None and table.problems):
            self._flawed.add(name)

    @contextmanager
    def open_intake_table(self, name: str) -> Iterator[Table | None]:
        """Give a table that intake writes into its own folder, as `open_table` does those of the round."""
        path = self._folder / INTAKE_FOLDER / f"{name}.csv"
        source = self._open(path, f"{INTAKE_FOLDER}/{path.name}") if _is_there(path) else None
        yield from self._collect(Table(source, INTAKE_TABLES[name]) if source is not None else None)

    def find_questions(self) -> str:
        """Return the table in which intake asks what it did not read; empty where no intake wrote the tables."""
        path = self._folder / INTAKE_FOLDER / "questions.csv"
        return f"{INTAKE_FOLDER}/{path.name}" if path.is_file() else ""

    def _collect(self, table: Table | None) -> Iterator[Table | None]:
        with suppress(TooManyProblemsError):
            yield table
        if table is not None:
            self._problems += table.problems

    def failed(self, name: str) -> bool:
        """Return whether a table exists and could not be read at all."""
        return name in self._failed

    def flawed(self, name: str) -> bool:
        """Return whether a table that was read has a problem, so that a row of it may be missing here."""
        return name in self._flawed

    def check_required(self, required: Sequence[str]) -> None:
        """Check that the required tables exist, and that applications exist where another table does."""
        for name in required:
            if not _is_there(self._folder / f"{name}.csv"):
                self._add_problem(name, "no such file", "this table, as there are applications")
        others = [name for name in TABLES if name != "applications" and _is_there(self._folder / f"{name}.csv")]
        if others and not _is_there(self._folder / "applications.csv"):
            self._add_problem(
                "applications", "no such file", f"the applications that {others[0]}.csv and others speak of"
            )

    def check_files(self, others: Collection[str] = (), *, marks: bool = True) -> None:
        """Refuse tables that an intake left unfinished, and one named nearly as a table, or of another format.

        ``others`` are the names of files that ``round.yaml`` names.

        The first may not fit together, the others would be left unread without a word. Without ``marks`` it does
        not matter whether those fit.
        """
        for name, what in ((UNFINISHED_FILE, "packages"), (UNFINISHED_SHEETS_FILE, "sheets")):
            if (marks or name == UNFINISHED_FILE) and (self._folder / INTAKE_FOLDER / name).exists():
                place = Place(file=display_path(self._folder / INTAKE_FOLDER / name))
                wanted = (
                    f"`smartcert intake {self._folder.name}` run to its end, with the folder of {what} if it had one"
                )
                self._problems.append(Problem(place=place, found="an intake that was not finished", wanted=wanted))
        for path in sorted(self._folder.iterdir()):
            stem = path.name.partition(".")[0].lower()
            if path.suffix.lower() not in _SPREADSHEETS or path.name in others or path.name == f"{stem}.csv" in _FILES:
                continue
            hint = suggest(path.stem, TABLES) if path.suffix == ".csv" else ""
            if hint or stem in TABLES:
                wanted = f"the table as {stem}.csv" if stem in TABLES else f"one of: {', '.join(_FILES)}"
                place = Place(file=display_path(path))
                self._problems.append(Problem(place=place, found=f"a table that nothing reads{hint}", wanted=wanted))

    def _add_problem(self, name: str, found: str, wanted: str) -> None:
        place = Place(file=display_path(self._folder / f"{name}.csv"))
        self._problems.append(Problem(place=place, found=found, wanted=wanted))


def _is_there(path: Path) -> bool:
    """Return whether there is anything under a name, be it a link that leads nowhere: that is no table left out."""
    return path.exists() or path.is_symlink()


@dataclass(kw_only=True)
class ProceedingsReader:
    """Reads the optional tables about the committee, in the order in which one is checked against another."""

    known: Mapping[str, int]
    members: tuple[Evaluator, ...]
    exclusions: Exclusions
    rules: Rules | None
    interests: tuple[Interest, ...] = ()
    contractors: tuple[Contractor, ...] = ()
    conflict_decisions: tuple[ConflictDecision, ...] = ()
    groups: tuple[GroupSeat, ...] = ()
    assignments: tuple[Assignment, ...] = ()
    votes: tuple[Vote, ...] = ()
    discussed: tuple[DiscussedMark, ...] = ()
    decisions: tuple[LevelDecision, ...] = ()
    assigned: dict[str, frozenset[str]] = field(default_factory=dict)

    def read_before_marks(self, tables: RoundTables) -> None:
        """Read who may judge whom; a declared interest and a decided conflict become exclusions."""
        rules = self.rules.committee if self.rules else None
        with tables.open_table("interests") as table:
            if table:
                self.interests = read_interests(table, self.known, self.members)
                exclude_declared(self.exclusions, self.interests, rules, table.file)
        with tables.open_table("contractors") as table:
            self.contractors = read_contractors(table, self.known) if table else ()
        with tables.open_table("conflicts") as table:
            if table:
                self.conflict_decisions = read_conflict_decisions(table, self.known, self.members)
                exclude_decided(self.exclusions, self.conflict_decisions, table.file)
        with tables.open_table("groups") as table:
            self.groups = read_groups(table, self.members) if table else ()
        with tables.open_table("assignments") as table:
            if table and not tables.failed("groups"):
                self.assignments = read_assignments(table, self.known, self.members, self.exclusions, self.groups)
        for assignment in self.assignments:
            evaluators = self.assigned.get(assignment.applicant, frozenset())
            self.assigned[assignment.applicant] = evaluators | {assignment.evaluator}
        with tables.open_table("votes") as table:
            if table:
                self.votes = read_votes(table, self.known, self.members, self.exclusions, rules)

    def read_after_marks(
        self, tables: RoundTables, marking: MarkingContext, marks: Mapping[str, tuple[Mark, ...]]
    ) -> None:
        """Read the changes of marks and the levels, which are checked against the marks."""
        with tables.open_table("discussion") as table:
            self.discussed = (
                read_discussion(table, marking, marks, complete=not tables.flawed("marks")) if table else ()
            )
        with tables.open_table("decisions") as table:
            if table and self.rules is not None:
                self.decisions = read_decisions(table, self.known, self.rules.levels.worst.value)


_CALL_FILE = "round.yaml"
_MAX_CALL_BYTES = 1024 * 1024


def read_round(
    folder: Path,
    rulebook: Rulebook,
    registry_folder: Path,
    *,
    registry: Path | None = None,
    tables: bool = True,
    marks: bool = True,
) -> Round:
    """Return the round of a folder, its applications in the order of their ids.

    The registry that ``round.yaml`` names is looked for in the round's own folder, then in ``registry_folder``;
    ``registry`` takes the place of both. Entries of a registry in an invented round's own folder are marked as
    invented. Without ``tables`` only the call is read; without ``marks`` all but the marks and what is checked against
    them, as a round is read before there are any.

    Raises:
        InputError: every problem of every file, each with its place.
    """
    reader = _RoundReader(folder=folder, rulebook=rulebook)
    reader.read_call()
    reader.read_registry(registry_folder, registry)
    reader.read_organisations()
    if tables:
        reader.read_tables(marks=marks)
    if reader.problems or reader.call is None or reader.entries is None:
        raise InputError(reader.problems)
    call = reader.call
    return Round(
        id=call.id,
        title=call.title,
        invented=call.invented,
        governing_day=call.governing_day,
        window=call.window,
        edition=call.edition,
        registry=reader.entries,
        note=call.note,
        committee=reader.members,
        applications=tuple(reader.build_applications()),
        inputs=tuple(reader.inputs),
        proceedings=reader.build_proceedings(call),
        open_receipts=reader.open_receipts,
        sender=call.sender,
    )


@dataclass(kw_only=True)
class _RoundReader:
    folder: Path
    rulebook: Rulebook
    problems: list[Problem] = field(default_factory=list)
    inputs: list[InputFile] = field(default_factory=list)
    tree: YamlTree | None = None
    call: CallFile | None = None
    rules: Rules | None = None
    entries: Registry | None = None
    governments: LocalGovernments | None = None
    """The dated table; None where the registry is one of invented local governments, which are not in it."""
    received: ReceivedApplications = field(default_factory=ReceivedApplications)
    open_receipts: tuple[OpenReceipt, ...] = ()
    documents: Mapping[str, tuple[Document, ...]] = field(default_factory=dict)
    supplements: Mapping[str, tuple[Supplement, ...]] = field(default_factory=dict)
    measured: Mapping[str, Mapping[str, Measurement]] = field(default_factory=dict)
    inspected: Mapping[str, Mapping[str, Inspection]] = field(default_factory=dict)
    bases: Mapping[str, Mapping[str, Fraction]] = field(default_factory=dict)
    members: tuple[Evaluator, ...] = ()
    excluded: Exclusions = field(default_factory=Exclusions)
    marks: Mapping[str, tuple[Mark, ...]] = field(default_factory=dict)
    committee_tables: ProceedingsReader | None = None

    def open(self, path: Path, name: str, largest: int | None = None, *, utf16: bool = False) -> FileText | None:
        try:
            source = read_file(path, largest=largest or MAX_FILE_BYTES, utf16=utf16)
        except InputError as error:
            self.problems += error.problems
            return None
        self.inputs.append(InputFile(file=name, sha256=source.sha256))
        return source

    def read_call(self) -> None:
        source = self.open(self.folder / _CALL_FILE, _CALL_FILE, _MAX_CALL_BYTES)
        if source is None:
            return
        try:
            self.tree = parse_yaml(source)
        except InputError as error:
            self.problems += error.problems
            return
        decoder = Decoder(self.tree)
        self.call = decode_call(decoder, resolve_path(self.folder).name, self.rulebook)
        self.rules = read_rules(decoder, self.rulebook)
        self.problems += decoder.problems

    def read_registry(self, folder: Path, instead: Path | None) -> None:
        name = read_registry_name(self.tree) if self.tree else None
        if name is not None and instead is None and MONTH.fullmatch(name):
            self._read_month(name, folder)
            return
        path = instead or (self.folder / name if name else None)
        own = instead is None
        if path is not None and name is not None and own and not path.exists():
            path, own = folder / name, False
        if path is None:
            return
        if self.tree is not None and instead is None and not path.exists():
            self._no_registry(path, folder)
            return
        invented = own and self.call is not None and self.call.invented
        try:
            entries = self._read_entries(path, path.name if own else f"registry/{path.name}")
            if entries is None:
                return
            self.entries = _mark_invented(entries) if invented else entries
            if not invented:
                self._check_existence(entries, folder)
        except InputError as error:
            self.problems += error.problems
        except UsageError as error:
            self._refuse_registry(str(error))

    def read_organisations(self) -> None:
        """Add the organisations that ``round.yaml`` names to the entries of the registry, or begin with them."""
        tree = self.tree
        if tree is None or not _has_key(tree, "organisations"):
            return
        name = Decoder(tree).read(str, ("organisations",))
        path = self.folder / name if isinstance(name, str) and _FILE.fullmatch(name) else None
        source = self.open(path, path.name) if path is not None else None
        if path is None or source is None or (self.entries is None and _has_key(tree, "registry")):
            self.entries = None  # who applies is not known, so no code of an application is one that is not there
            return
        table = Table(source, ORGANISATION_COLUMNS, OPTIONAL_ORGANISATION_COLUMNS)
        local = self.entries.entries if self.entries else ()
        organisations: tuple[Applicant, ...] = ()
        with suppress(TooManyProblemsError):
            organisations = read_organisations(table, (entry.code for entry in local))
        self.problems += table.problems
        if table.problems:
            self.entries = None
            return
        invented = self.call is not None and self.call.invented
        own = tuple(
            replace(organisation, invented=True) if invented else organisation for organisation in organisations
        )
        if self.entries is None:
            as_of = f"{self.call.governing_day:%Y-%m}" if self.call else ""
            self.entries = Registry(as_of=as_of, entries=own, source=path.name)
        else:
            self.entries = replace(self.entries, entries=(*local, *own))

    def _read_entries(self, path: Path, name: str) -> Registry | None:
        day = self.call.governing_day if self.call else None
        if is_workbook_file(path):
            self.inputs.append(InputFile(file=name, sha256=sha256_hex(path.read_bytes())))
            return read_registry(path, day)
        source = self.open(path, name, utf16=True)
        return parse_registry(source, path.name, day) if source is not None else None

    def _read_month(self, month: str, folder: Path) -> None:
        """Read the local governments of the governing day with the populations of a month."""
        home = folder if (folder / POPULATIONS / f"{month}.csv").is_file() else PROJECT_ROOT / "parameters" / "registry"
        if month not in list_months(home / POPULATIONS):
            known = sorted({*list_months(folder / POPULATIONS), *list_months()})
            self._refuse_registry(f"no populations of {month}", f"one of: {', '.join(known)}; or the ministry's file")
            return
        if self.call is None:
            return
        files = [Path(POPULATIONS) / f"{month}.csv", *(Path(LOCAL_GOVERNMENTS) / file for file in TABLE_FILES)]
        for file in files:
            at = home if (home / file).is_file() else PROJECT_ROOT / "parameters" / "registry"
            self.open(at / file, f"registry/{file.as_posix()}")
        try:
            self.governments = read_governments(folder)
            self.entries = read_month(month, self.call.governing_day, folder)
        except InputError as error:
            self.problems += error.problems
        except UsageError as error:
            self._refuse_registry(str(error))

    def _check_existence(self, entries: Registry, folder: Path) -> None:
        """Refuse a registry with local governments that do not exist on the governing day."""
        self.governments = governments = read_governments(folder)
        if self.call is None or self.call.governing_day < governments.begins:
            return
        day = self.call.governing_day
        gone = [
            entry
            for entry in entries.entries
            if governments.by_code(entry.code) is not None and governments.by_code(entry.code, day) is None
        ]
        if gone:
            left = len(gone) - _MOST_NAMED
            shown = [f"{entry.full_name.ko} ({entry.code})" for entry in gone[:_MOST_NAMED]]
            names = ", ".join([*shown, *([f"… (+{left})"] if left > 0 else [])])
            months = [month for month in list_months() if month <= f"{day:%Y-%m}"]
            wanted = f"the registry of that day, such as {months[-1] if months else 'another month'}"
            self._refuse_registry(f"a registry with what does not exist on {day} under its code: {names}", wanted)

    def _refuse_registry(self, found: str, wanted: str = "a registry of the governing day") -> None:
        if self.tree is not None:
            self.problems.append(Problem(place=self.tree.place(("registry",)), found=found, wanted=wanted))

    def _no_registry(self, path: Path, folder: Path) -> None:
        assert self.tree is not None  # noqa: S101 - the caller has looked
        known = sorted(
            {file.name for place in (self.folder, folder) for file in place.glob("*.csv")}
            - {f"{name}.csv" for name in TABLES}
        )
        found = f"no file '{path.name}' here or in {display_path(folder)}{suggest(path.name, known)}"
        place = self.tree.place(("registry",))
        self.problems.append(Problem(place=place, found=found, wanted=f"one of: {', '.join(known)}"))

    def read_tables(self, *, marks: bool) -> None:
        tables = RoundTables(self.folder, self.open, self.problems, self.call)
        known = self._read_applications(tables)
        with tables.open_intake_table(RECEIPTS_TABLE) as table:
            self.open_receipts = read_open_receipts(table) if table else ()
        if known:
            self._read_documents(tables, known)
            self._read_evaluation(tables, known, marks=marks)
        tables.check_required(self._list_required(marks=marks) if known else ())
        tables.check_files((self.call.registry, self.call.organisations) if self.call else (), marks=marks)

    def _list_required(self, *, marks: bool) -> tuple[str, ...]:
        """Return the tables that must be there: of figures and of marks only where the edition has such indicators."""
        unneeded = {
            name
            for kind, names in _TABLES_OF_KIND.items()
            for name in names
            if self.rules is not None and not self.rules.edition.has_kind(kind)
        }
        return tuple(name for name in REQUIRED_TABLES if name not in unneeded and (marks or name != "marks"))

    def _read_applications(self, tables: RoundTables) -> Mapping[str, int]:
        # where the applications cannot be read, the other tables may name any applicant
        known: Mapping[str, int] = AnyApplicant()
        with tables.open_table("applications") as table:
            if table is None:
                known = AnyApplicant() if tables.failed("applications") else {}
            elif table.valid:
                self.received = read_applications(table, self.entries)
                known = self.received.lines
        with tables.open_table("partners") as table:
            if table and not tables.failed("applications"):
                read_partners(table, self.received, self.entries)
        return known

    def _read_documents(self, tables: RoundTables, known: Mapping[str, int]) -> None:
        with tables.open_table("documents") as table:
            self.documents = read_documents(table, known) if table else {}
        with tables.open_table("supplements") as table:
            self.supplements = read_supplements(table, known) if table else {}
        with tables.open_intake_table(SUPPLEMENT_ARRIVALS_TABLE) as table:
            if table:
                self.supplements = apply_supplement_arrivals(table, self.supplements)
        with tables.open_table("findings") as table:
            if table and not tables.failed("documents"):
                self.documents = apply_findings(table, known, self.received, self.documents, self.entries)

    def _read_evaluation(self, tables: RoundTables, known: Mapping[str, int], *, marks: bool) -> None:
        rules = self.rules
        with tables.open_table("committee") as table:
            self.members = read_committee(table, rules.committee if rules else None) if table else ()
        with tables.open_table("exclusions") as table:
            if table and not tables.failed("committee"):
                self.excluded = read_exclusions(table, known, self.members, rules.committee if rules else None)
        if rules is None:
            return
        with tables.open_table("corrections") as corrections:
            corrected = read_corrections(corrections, known, rules.edition) if corrections else []
            figures = {(claim.applicant, claim.indicator.id, claim.claimed) for claim in corrected}
            with tables.open_table("measurements") as table:
                asked_in = tables.find_questions()
                self.measured = read_measurements(table, known, rules.edition, figures, asked_in) if table else {}
            if table is not None and not table.problems:
                self.measured = apply_corrections(corrected, self.measured)
        with tables.open_table("bases") as table:
            self.bases = read_bases(table, known, rules.edition) if table else {}
        with tables.open_table("inspections") as table:
            self.inspected = read_inspections(table, known, rules.edition) if table else {}
        if tables.failed("committee") or tables.failed("exclusions"):
            return
        self.committee_tables = ProceedingsReader(
            known=known, members=self.members, exclusions=self.excluded, rules=rules
        )
        self.committee_tables.read_before_marks(tables)
        if not marks or tables.failed("groups") or tables.failed("assignments"):
            return
        marking = MarkingContext(
            known=known,
            edition=rules.edition,
            members=self.members,
            exclusions=self.excluded,
            scale=rules.scoring.mark_scale.value,
            assigned=self.committee_tables.assigned,
            later_stages=rules.list_later_stages(),
        )
        with tables.open_table("marks") as table:
            self.marks = read_marks(table, marking) if table else {}
        self.committee_tables.read_after_marks(tables, marking, self.marks)

    def build_proceedings(self, call: CallFile) -> Proceedings:
        tables = self.committee_tables
        if tables is None:
            return Proceedings(seed=call.seed, judged_on=call.judged_on)
        return Proceedings(
            seed=call.seed,
            judged_on=call.judged_on,
            interests=tables.interests,
            contractors=tables.contractors,
            conflict_decisions=tables.conflict_decisions,
            groups=tables.groups,
            assignments=tables.assignments,
            votes=tables.votes,
            discussed=tables.discussed,
            decisions=tables.decisions,
        )

    def build_applications(self) -> list[Application]:
        return [
            replace(
                application,
                documents=self.documents.get(name, ()),
                supplements=self.supplements.get(name, ()),
                measurements=self.measured.get(name, {}),
                inspections=self.inspected.get(name, {}),
                bases=self.bases.get(name, {}),
                marks=self.marks.get(name, ()),
                exclusions=self.excluded.by_applicant.get(name, ()),
                applicant_changes=tuple(self._list_changes(application)),
            )
            for name, application in sorted(self.received.applications.items())
        ]

    def _list_changes(self, application: Application) -> Iterator[ApplicantChange]:
        """Yield what happened since the governing day to the applicant, and to each of those who apply together."""
        if self.governments is None or self.call is None:
            return
        for entry in [partner.applicant for partner in application.partners] or [application.applicant]:
            yield from self.governments.list_applicant_changes(entry.code, self.call.governing_day)


def _mark_invented(registry: Registry) -> Registry:
    return replace(registry, entries=tuple(replace(entry, invented=True) for entry in registry.entries))


@dataclass(frozen=True, kw_only=True, slots=True)
class RoundCall:
    """The call of a round with its rules; ``round`` has no applications."""

    folder: Path
    round: Round
    rulebook: Rulebook
    rules: Rules


def read_call(name: str) -> RoundCall:
    """Return the call of a round by its name or the path of its folder; its tables are not read."""
    folder = find_round_folder(name)
    rulebook = read_rulebook(find_parameter_folder(folder, "rules"))
    called = read_round(folder, rulebook, find_parameter_folder(folder, "registry"), tables=False)
    rules = rulebook.on(called.governing_day, called.edition)
    return RoundCall(folder=folder, round=called, rulebook=rulebook, rules=rules)
