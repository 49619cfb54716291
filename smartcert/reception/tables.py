"""The tables that an intake writes, and those of the operating body that it only reads.

An intake owns what applicants claim: ``applications.csv``, ``documents.csv`` and ``measurements.csv`` of the round, and
the tables below ``intake/``. What the operating body finds stands in ``findings.csv`` and ``corrections.csv``, its
requests in ``supplements.csv``: an intake changes none of their rows. A row of its own tables that somebody changed by
hand is refused before anything is written, as the next intake would undo it.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping, Sequence
from datetime import date, datetime
from pathlib import Path

from smartcert.characters import neutralise_formula
from smartcert.errors import InputError, Place, Problem, UsageError, suggest
from smartcert.evaluation.requirements import check_documents
from smartcert.files import write_atomic, write_files
from smartcert.io.formats.csv import (
    Table,
    format_figure,
    format_moment,
    format_table,
    format_yes_no,
    iterate_cells,
    read_lines,
    read_rows,
    write_table,
)
from smartcert.io.formats.text import display_path, quote, read_file
from smartcert.io.rounds.applications import (
    APPLICATION_COLUMNS,
    DOCUMENT_COLUMNS,
    MEASUREMENT_COLUMNS,
    SUPPLEMENT_ARRIVAL_COLUMNS,
    SUPPLEMENT_COLUMNS,
    CorrectedClaim,
    apply_supplement_arrivals,
    read_corrections,
    read_findings,
    read_supplements,
)
from smartcert.io.rounds.forms import Question
from smartcert.io.rounds.round import (
    INTAKE_FOLDER,
    INTAKE_TABLES,
    OPTIONAL_COLUMNS,
    SUPPLEMENT_ARRIVALS_TABLE,
    TABLES,
    UNFINISHED_FILE,
    AnyApplicant,
)
from smartcert.lazy_dataclass import dataclass
from smartcert.model.application import (
    Application,
    DocumentKind,
    OfficeFinding,
    PackageState,
    Supplement,
    SupplementAnswer,
)
from smartcert.model.evaluation import FindingOutcome
from smartcert.model.korean_time import KOREAN_TIME
from smartcert.reception.packages import CountingPackage, PackageVersion, build_application
from smartcert.rules.rulebook import Rules

_DEFICIENCY_CODES = frozenset({"document_missing", "document_unsealed", "document_without_lookup_table"})
_UNANSWERED = (SupplementAnswer.PENDING, SupplementAnswer.NO_ANSWER, SupplementAnswer.UNREACHABLE)
_QUESTIONS_FILE = "questions.csv"
_QUESTION_COLUMNS = ("id", "applicant", "receipt", "indicator", "place", "found", "why", "why_ko", "readings", "answer")
_EVENTS_FILE = "events.csv"
_EVENT_COLUMNS = ("at", "event", "receipt", "by", "reason")
_WRITTEN_FOLDER = "written"

TableRows = Sequence[tuple[str, ...]]


@dataclass(frozen=True, kw_only=True, slots=True)
class _OwnedTable:
    """A table of the round that only an intake writes: its columns, and how many of the first identify a row."""

    columns: tuple[str, ...]
    key: int


_OWNED_TABLES = {
    "applications": _OwnedTable(columns=APPLICATION_COLUMNS, key=1),
    "documents": _OwnedTable(columns=DOCUMENT_COLUMNS, key=2),
    "measurements": _OwnedTable(columns=(*MEASUREMENT_COLUMNS, "evidence_grade"), key=2),
}
_TABLE_OF_COLUMN = {"joint_with": "findings.csv", "misrepresentation": "findings.csv", "channel_reason": "findings.csv"}
_TABLE_OF_COLUMN |= dict.fromkeys(("received", "sealed", "lookup_table", "requested"), "findings.csv")
_TABLE_OF_COLUMN |= dict.fromkeys(("desk", "desk_reason"), "corrections.csv")


# --- What the operating body wrote: its answers, findings, corrections and requests. Read before anything is written.


@dataclass(frozen=True, kw_only=True, slots=True)
class Answer:
    """An answer of ``questions.csv`` and where it stands."""

    text: str
    place: Place


@dataclass(frozen=True, kw_only=True, slots=True)
class OfficeTables:
    """What the operating body wrote. ``answers`` are by receipt and question, ``supplements`` by application id."""

    answers: Mapping[tuple[str, str], Answer]
    question_rows: tuple[tuple[str, ...], ...]
    findings: tuple[tuple[str, OfficeFinding], ...]
    corrections: tuple[CorrectedClaim, ...]
    supplements: Mapping[str, tuple[Supplement, ...]]


def read_office_tables(folder: Path, rules: Rules) -> OfficeTables:
    """Return what the operating body wrote so far; an InputError has all problems of its tables."""
    problems: list[Problem] = []
    answers: dict[tuple[str, str], Answer] = {}
    question_rows = []
    table = _open_table(folder / INTAKE_FOLDER / _QUESTIONS_FILE, _QUESTION_COLUMNS, (), problems)
    for cells in iterate_cells(table) if table else ():
        question_rows.append(tuple(cells.row))
        text = cells.text("answer").removeprefix("'")
        if text:
            key = (cells.text("receipt"), cells.text("id").removeprefix("'"))
            answers[key] = Answer(text=text, place=table.place(cells.line, "answer") if table else Place(file=""))
    problems += table.problems if table else ()
    table = _open_table(folder / "findings.csv", TABLES["findings"], (), problems)
    findings = read_findings(table) if table else []
    problems += table.problems if table else ()
    optional = OPTIONAL_COLUMNS["corrections"]
    table = _open_table(folder / "corrections.csv", TABLES["corrections"], optional, problems)
    corrections = read_corrections(table, AnyApplicant(), rules.edition) if table else []
    problems += table.problems if table else ()
    table = _open_table(folder / "supplements.csv", TABLES["supplements"], (), problems)
    supplements = read_supplements(table, AnyApplicant()) if table else {}
    problems += table.problems if table else ()
    if problems:
        raise InputError(problems)
    return OfficeTables(
        answers=answers,
        question_rows=tuple(question_rows),
        findings=tuple(findings),
        corrections=tuple(corrections),
        supplements=supplements,
    )


def _open_table(path: Path, columns: Sequence[str], optional: Sequence[str], problems: list[Problem]) -> Table | None:
    if not path.exists():
        return None
    try:
        return Table(read_file(path), columns, optional)
    except InputError as error:
        problems += error.problems
        return None


# --- The tables of the round: which rows they have, and whether somebody changed them since they were written.


def build_round_tables(packages: Iterable[CountingPackage], rules: Rules) -> dict[str, TableRows]:
    """Return the rows of each table that an intake owns.

    A claim about which a question is open has no row: the round cannot be evaluated before it is answered.
    """
    packages = list(packages)
    return {
        "applications": [_application_row(package) for package in packages],
        "documents": [row for package in packages for row in _document_rows(package, rules)],
        "measurements": [row for package in packages for row in _measurement_rows(package)],
    }


def _application_row(package: CountingPackage) -> tuple[str, ...]:
    received = package.version.received
    return (
        *(package.id, package.applicant.code, received.channel.value, format_moment(received.arrived_at)),
        *(format_moment(received.sent_at) if received.sent_at else "", format_yes_no(received.official_letter)),
        received.channel_reason,
    )


def _document_rows(package: CountingPackage, rules: Rules) -> Iterator[tuple[str, ...]]:
    for document in build_application(package, rules).documents:
        answers = (document.received, document.sealed, document.lookup_table, document.requested)
        yield (package.id, document.kind.value, *map(format_yes_no, answers), document.note)


def _measurement_rows(package: CountingPackage) -> Iterator[tuple[str, ...]]:
    for claim in package.version.submission.claims.values():
        if claim.value is not None:
            grade = claim.grade.value if claim.grade else ""
            claimed = format_figure(claim.value, claim.indicator)
            yield (package.id, claim.indicator.id, claimed, claim.document, claim.page, grade)


def check_unchanged(folder: Path) -> None:
    """Check that the tables of the round are as an intake wrote them, of which it stored a copy.

    Raises:
        InputError: a row was added, changed or taken out since; each with its place and the table where it belongs.
    """
    problems: list[Problem] = []
    for name, owned in _OWNED_TABLES.items():
        path = folder / f"{name}.csv"
        if path.exists():
            copies = [folder / INTAKE_FOLDER / _WRITTEN_FOLDER / f"{name}{kind}.csv" for kind in ("", ".next")]
            states = [_index_rows(copy, owned)[0] for copy in copies if copy.exists()]
            problems += _compare_rows(path, owned, states)
    if problems:
        raise InputError(problems)


_IndexedRows = dict[tuple[str, ...], dict[str, str]]


def _index_rows(path: Path, owned: _OwnedTable) -> tuple[_IndexedRows, dict[tuple[str, ...], int], list[str]]:
    """Return the filled cells of each row by its key, the line of each row, and the columns."""
    rows: _IndexedRows = {}
    lines: dict[tuple[str, ...], int] = {}
    heading, read = read_lines(path)
    for line, row in read.items():
        key = tuple(row.get(name, "") for name in owned.columns[: owned.key])
        if any(row.values()):
            rows[key], lines[key] = row, line
    return rows, lines, heading


def _compare_rows(path: Path, owned: _OwnedTable, states: list[_IndexedRows]) -> Iterator[Problem]:
    current, lines, heading = _index_rows(path, owned)
    file = display_path(path)
    for key, row in current.items():
        known = [state[key] for state in states if key in state]
        if any(_equal(row, written) for written in known):
            continue
        if not known:
            found, wanted = f"a row that no intake wrote ({', '.join(key)})", "rows that an intake writes from packages"
            yield Problem(place=Place(file=file, line=lines[key]), found=found, wanted=wanted)
            continue
        for name in dict.fromkeys((*row, *known[-1])):
            now, before = row.get(name, ""), known[-1].get(name, "")
            if now != before:
                number = heading.index(name) + 1 if name in heading else None
                elsewhere = f", and a row of {_TABLE_OF_COLUMN[name]}" if name in _TABLE_OF_COLUMN else ""
                yield Problem(
                    place=Place(file=file, line=lines[key], column=number, field=name),
                    found=f"{quote(now)}, changed after an intake wrote it",
                    wanted=f"{quote(before) if before else 'nothing'} as it was written{elsewhere}",
                )
    for key in dict.fromkeys(key for state in states for key in state):
        if key not in current and all(key in state for state in states):
            found = f"no row for {', '.join(key)}, which an intake wrote"
            yield Problem(place=Place(file=file), found=found, wanted="the row; a package is taken back with --undo")


def _equal(row: Mapping[str, str], written: Mapping[str, str]) -> bool:
    return all(row.get(name, "") == written.get(name, "") for name in {*row, *written})


def begin_writing(folder: Path, sign: str = UNFINISHED_FILE, intake: str = "An intake") -> None:
    """Leave a sign that an intake is writing, and sweep up what a killed one left; the round is refused meanwhile.

    ``sign`` is the file with which it is left, ``intake`` what its text calls the intake.
    """
    own = folder / INTAKE_FOLDER
    write_atomic(own / sign, f"{intake} is writing, or was ended before it had finished.\n".encode())
    for part in (*own.rglob(".*.part"), *folder.glob(".*.part")):
        part.unlink(missing_ok=True)


def end_writing(folder: Path, sign: str = UNFINISHED_FILE, copies: str = _WRITTEN_FOLDER) -> None:
    """Take the sign away: the tables fit together. ``copies`` is the folder of their copies."""
    written = folder / INTAKE_FOLDER / copies
    for copy in sorted(written.glob("*.next.csv")):
        copy.replace(written / copy.name.replace(".next", ""))
    (folder / INTAKE_FOLDER / sign).unlink(missing_ok=True)


def write_round_tables(folder: Path, tables: Mapping[str, TableRows]) -> None:
    """Write the tables that an intake owns; a copy goes first, by which a change by hand is recognised."""
    texts = {name: format_table(_OWNED_TABLES[name].columns, rows) for name, rows in tables.items()}
    copies = {folder / INTAKE_FOLDER / _WRITTEN_FOLDER / f"{name}.next.csv": text for name, text in texts.items()}
    write_files({**copies, **{folder / f"{name}.csv": text for name, text in texts.items()}})


# --- Requests for supplements, which the operating body makes, and what arrived in answer, which an intake sees.


def request_supplements(
    folder: Path, applications: Iterable[Application], rules: Rules, asked_on: date, due_on: date
) -> int:
    """Add a request for each deficient document that has none yet; return how many. None is due before its day."""
    if due_on < asked_on:
        raise UsageError(f"due on {due_on}, before {asked_on}, the day of asking; --asked-on names another one")
    rows = read_rows(folder / "supplements.csv")
    requested = {(row.get("applicant"), row.get("document")) for row in rows}
    days = {"asked_on": asked_on.isoformat(), "due_on": due_on.isoformat()}
    added = [
        {"applicant": application.id, "document": kind, **days, "answer": SupplementAnswer.PENDING.value}
        for application in applications
        for kind in _deficient_documents(application, rules)
        if (application.id, kind) not in requested
    ]
    if added:
        cells = ([row.get(name) or "" for name in SUPPLEMENT_COLUMNS] for row in (*rows, *added))
        write_table(folder / "supplements.csv", SUPPLEMENT_COLUMNS, cells)
    return len(added)


def _deficient_documents(application: Application, rules: Rules) -> list[str]:
    """Return the documents that lack something and are not supplemented, each once."""
    kinds = [
        finding.facts.terms["document"].removeprefix("document.")
        for finding in check_documents(application, rules)
        if finding.code in _DEFICIENCY_CODES and finding.outcome is not FindingOutcome.MET
    ]
    return list(dict.fromkeys(kinds))


def match_supplements(
    versions: Iterable[tuple[str, str, PackageVersion]], supplements: Mapping[str, tuple[Supplement, ...]]
) -> tuple[TableRows, list[Problem]]:
    """Return which request each supplement answers, as rows, and a problem for each that answers none.

    ``versions`` are application id, receipt number and package. A package answers the first open request for its
    document that was asked on its day of arrival or before.
    """
    rows: list[tuple[str, ...]] = []
    problems: list[Problem] = []
    answered: set[tuple[str, DocumentKind, date]] = set()
    for application_id, number, version in sorted(versions, key=lambda entry: (entry[2].received.arrived_at, entry[1])):
        if version.state is not PackageState.SUPPLEMENT:
            continue
        day = version.received.arrived_at.astimezone(KOREAN_TIME).date()
        for kind in version.received.supplements:
            for request in supplements.get(application_id, ()):
                key = (application_id, kind, request.asked_on)
                is_open = request.answer in _UNANSWERED and key not in answered
                if request.document is kind and is_open and request.asked_on <= day:
                    answered.add(key)
                    rows.append((application_id, kind.value, request.asked_on.isoformat(), day.isoformat(), number))
                    break
            else:
                if not version.received.forms and not _was_answered(supplements.get(application_id, ()), kind, day):
                    found = f"a supplement for '{kind}' of '{application_id}', which answers no request"
                    place = Place(file=version.received.package)
                    problems.append(Problem(place=place, found=found, wanted="a request in supplements.csv before it"))
    return rows, problems


def _was_answered(requests: Iterable[Supplement], kind: DocumentKind, day: date) -> bool:
    """Return whether the operating body itself wrote that a request was answered on this day."""
    return any(request.document is kind and request.answered_on == day for request in requests)


def write_supplement_arrivals(folder: Path, rows: TableRows) -> None:
    """Write which request each supplement answers, where there is any or was any."""
    path = folder / INTAKE_FOLDER / f"{SUPPLEMENT_ARRIVALS_TABLE}.csv"
    if rows or path.exists():
        write_table(path, SUPPLEMENT_ARRIVAL_COLUMNS, rows)


def read_requested_supplements(folder: Path) -> dict[str, tuple[Supplement, ...]]:
    """Return the requests for supplements so far with what arrived in answer, by application id."""
    problems: list[Problem] = []
    table = _open_table(folder / "supplements.csv", TABLES["supplements"], (), problems)
    supplements = read_supplements(table, AnyApplicant()) if table else {}
    problems += table.problems if table else ()
    path = folder / INTAKE_FOLDER / f"{SUPPLEMENT_ARRIVALS_TABLE}.csv"
    table = _open_table(path, INTAKE_TABLES[SUPPLEMENT_ARRIVALS_TABLE], (), problems)
    if table:
        supplements = apply_supplement_arrivals(table, supplements)
        problems += table.problems
    if problems:
        raise InputError(problems)
    return supplements


# --- Questions with their answers, and what was done to receipts.


def write_questions(folder: Path, questions: Iterable[tuple[str, str, Question]], office: OfficeTables) -> None:
    """Write the questions that are open (application, receipt, question), and those that were answered before.

    An answer stays as it was written, also where it does not fit.
    """
    path = folder / INTAKE_FOLDER / _QUESTIONS_FILE
    answers = office.answers
    rows: list[tuple[str, ...]] = []
    for application_id, receipt, question in questions:
        answer = answers.get((receipt, question.id))
        rows.append(
            (
                *(question.id, application_id, receipt, question.indicator, question.place, question.found),
                *(question.why.en, question.why.ko, " | ".join(question.readings), answer.text if answer else ""),
            )
        )
    still_open = {(row[2], row[0]) for row in rows}
    for row in office.question_rows:
        key = (row[2], row[0].removeprefix("'"))
        if key in answers and key not in still_open:
            rows.append(tuple(cell.removeprefix("'") for cell in row))
    rows.sort(key=lambda row: (row[1], row[2], row[3], row[0]))
    write_table(path, _QUESTION_COLUMNS, (tuple(map(neutralise_formula, row)) for row in rows))


def read_events(folder: Path) -> list[dict[str, str]]:
    """Return what was done to receipts, in the order in which it was done."""
    return read_rows(folder / INTAKE_FOLDER / _EVENTS_FILE)


def list_undone(events: Iterable[Mapping[str, str]]) -> set[str]:
    """Return the receipts whose taking in is undone: the last event of each counts."""
    last = {row.get("receipt", ""): row.get("event", "") for row in events}
    return {receipt for receipt, event in last.items() if event == "undone"}


@dataclass(frozen=True, kw_only=True, slots=True)
class ReceiptChange:
    """That a receipt is undone, or taken in again: by whom, when and why."""

    receipt: str
    undone: bool
    at: datetime
    by: str = ""
    reason: str = ""


def add_event(
    events: list[dict[str, str]], change: ReceiptChange | None, receipts: Sequence[str], round_id: str
) -> list[dict[str, str]]:
    """Return the events with the change to a receipt of ``receipts``; a UsageError where it is as that already."""
    if change is None:
        return events
    if change.receipt not in receipts:
        raise UsageError(f"no receipt '{change.receipt}' in round '{round_id}'{suggest(change.receipt, receipts)}")
    if (change.receipt in list_undone(events)) == change.undone:
        raise UsageError(f"receipt {change.receipt} is {'undone' if change.undone else 'taken in'} already")
    event = "undone" if change.undone else "taken_in_again"
    row = {"at": format_moment(change.at), "event": event, "receipt": change.receipt}
    return [*events, row | {"by": change.by, "reason": change.reason}]


def write_events(folder: Path, events: Iterable[Mapping[str, str]]) -> None:
    """Write what was done to receipts."""
    rows = ([neutralise_formula(row.get(name) or "") for name in _EVENT_COLUMNS] for row in events)
    write_table(folder / INTAKE_FOLDER / _EVENTS_FILE, _EVENT_COLUMNS, rows)
