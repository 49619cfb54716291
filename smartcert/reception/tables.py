"""Which rows an intake writes into the round's tables, merged with what the desk wrote there before.

Tables of the round: ``applications.csv``, ``documents.csv``, ``measurements.csv`` and ``supplements.csv``. Beside them
``intake/questions.csv`` holds what could be read in two ways, with the operator's answers.
"""

from __future__ import annotations

import csv
import io
from collections.abc import Iterable, Iterator, Mapping
from datetime import date
from pathlib import Path

from smartcert.characters import neutralise_formula
from smartcert.errors import UsageError
from smartcert.evaluation.requirements import check_documents
from smartcert.io.applications import (
    APPLICATION_COLUMNS,
    DOCUMENT_COLUMNS,
    MEASUREMENT_COLUMNS,
    OPTIONAL_MEASUREMENT_COLUMNS,
    SUPPLEMENT_COLUMNS,
    read_supplements,
)
from smartcert.io.csv import Table, format_figure, format_moment, format_yes_no, raise_problems, write_table
from smartcert.io.forms import Question
from smartcert.io.round import TABLES, AnyApplicant
from smartcert.io.text import read_file
from smartcert.model.application import KOREAN_TIME, Application, Supplement, SupplementAnswer
from smartcert.model.evaluation import Outcome
from smartcert.reception.packages import (
    INTAKE_FOLDER,
    CountingPackage,
    PackageState,
    PackageVersion,
    build_application,
)
from smartcert.rules.rulebook import Rules

_SUPPLEMENTS_FILE = "supplements.csv"
_DEFICIENCY_CODES = frozenset({"document_missing", "document_unsealed", "document_without_lookup_table"})
_UNANSWERED = frozenset(
    {SupplementAnswer.PENDING.value, SupplementAnswer.NO_ANSWER.value, SupplementAnswer.UNREACHABLE.value}
)
_QUESTIONS_FILE = "questions.csv"
_QUESTION_COLUMNS = ("id", "applicant", "receipt", "indicator", "place", "found", "why", "why_ko", "readings", "answer")


def read_previous_rows(path: Path) -> list[dict[str, str]]:
    """Return the rows of a table as texts by column; none where there is no such file.

    Raises:
        InputError: the file cannot be read.
    """
    if not path.exists():
        return []
    return list(csv.DictReader(io.StringIO(read_file(path).text, newline="")))


def write_round_tables(folder: Path, packages: list[CountingPackage], rules: Rules) -> None:
    """Write applications, documents and measurements; what the desk wrote beside an unchanged claim stays.

    A claim about which a question is open has no row: the round cannot be evaluated before it is answered.
    """
    measurements_file = folder / "measurements.csv"
    desk_entries = {
        (row.get("applicant") or "", row.get("indicator") or "", row.get("claimed") or ""): (
            row.get("desk") or "",
            row.get("desk_reason") or "",
        )
        for row in read_previous_rows(measurements_file)
        if row.get("desk") or row.get("desk_reason")
    }
    write_table(folder / "applications.csv", APPLICATION_COLUMNS, map(_application_row, packages))
    document_rows = (row for package in packages for row in _document_rows(package, rules))
    write_table(folder / "documents.csv", DOCUMENT_COLUMNS, document_rows)
    columns = (*MEASUREMENT_COLUMNS, *OPTIONAL_MEASUREMENT_COLUMNS)
    write_table(
        measurements_file, columns, (row for package in packages for row in _measurement_rows(package, desk_entries))
    )


def _application_row(package: CountingPackage) -> tuple[str, ...]:
    received = package.version.received
    return (
        *(package.id, package.applicant.code, received.channel.value, format_moment(received.arrived_at)),
        *(format_moment(received.sent_at) if received.sent_at else "", format_yes_no(received.official_letter)),
        *(received.channel_reason, "", ""),
    )


def _document_rows(package: CountingPackage, rules: Rules) -> Iterator[tuple[str, ...]]:
    for document in build_application(package, rules).documents:
        answers = (document.received, document.sealed, document.lookup_table, document.requested)
        yield (package.id, document.kind.value, *map(format_yes_no, answers), document.note)


def _measurement_rows(
    package: CountingPackage, desk_entries: Mapping[tuple[str, str, str], tuple[str, str]]
) -> Iterator[tuple[str, ...]]:
    for claim in package.version.submission.claims.values():
        if claim.value is None:
            continue
        claimed = format_figure(claim.value, claim.indicator)
        desk = desk_entries.get((package.id, claim.indicator.id, claimed), ("", ""))
        grade = claim.grade.value if claim.grade else ""
        yield (package.id, claim.indicator.id, claimed, *desk, claim.document, claim.page, grade)


def request_supplements(
    folder: Path, applications: Iterable[Application], rules: Rules, asked_on: date, due_on: date
) -> int:
    """Add a request for each deficient document that has none yet; return how many were added.

    Raises:
        UsageError: the day due lies before the day of asking.
    """
    if due_on < asked_on:
        raise UsageError(f"due on {due_on}, before {asked_on}, the day of asking")
    rows = read_previous_rows(folder / _SUPPLEMENTS_FILE)
    requested = {(row.get("applicant"), row.get("document")) for row in rows}
    days = {"asked_on": asked_on.isoformat(), "due_on": due_on.isoformat()}
    added = [
        {"applicant": application.id, "document": kind, **days, "answer": SupplementAnswer.PENDING.value}
        for application in applications
        for kind in _deficient_documents(application, rules)
        if (application.id, kind) not in requested
    ]
    if added:
        _write_supplements(folder, [*rows, *added])
    return len(added)


def merge_supplement_answers(folder: Path, versions: Iterable[tuple[str, PackageVersion]]) -> None:
    """Write into each request the day on which its supplement came; ``versions`` are by application id.

    A package answers the first open request for its document that was asked on its day of arrival or before.
    """
    rows = read_previous_rows(folder / _SUPPLEMENTS_FILE)
    changed = False
    for application_id, version in sorted(versions, key=lambda pair: pair[1].received.arrived_at):
        if version.state is not PackageState.SUPPLEMENT:
            continue
        day = version.received.arrived_at.astimezone(KOREAN_TIME).date().isoformat()
        for kind in version.received.supplements:
            for row in rows:
                request = (row.get("applicant"), row.get("document"))
                is_open = row.get("answer") in _UNANSWERED
                if request == (application_id, kind.value) and is_open and row["asked_on"] <= day:
                    row["answer"], row["answered_on"] = SupplementAnswer.ANSWERED.value, day
                    changed = True
                    break
    if changed:
        _write_supplements(folder, rows)


def read_requested_supplements(folder: Path) -> dict[str, tuple[Supplement, ...]]:
    """Return the requests for supplements so far, by application id.

    Raises:
        InputError: the table has problems.
    """
    path = folder / _SUPPLEMENTS_FILE
    if not path.exists():
        return {}
    table = Table(read_file(path), TABLES["supplements"])
    supplements = read_supplements(table, AnyApplicant())
    raise_problems(table)
    return supplements


def _deficient_documents(application: Application, rules: Rules) -> list[str]:
    """Return the documents that lack something and are not supplemented, each once."""
    kinds = [
        finding.facts.terms["document"].removeprefix("document.")
        for finding in check_documents(application, rules)
        if finding.code in _DEFICIENCY_CODES and finding.outcome is not Outcome.MET
    ]
    return list(dict.fromkeys(kinds))


def _write_supplements(folder: Path, rows: list[dict[str, str]]) -> None:
    cells = ([row.get(name) or "" for name in SUPPLEMENT_COLUMNS] for row in rows)
    write_table(folder / _SUPPLEMENTS_FILE, SUPPLEMENT_COLUMNS, cells)


def read_answers(folder: Path) -> Mapping[tuple[str, str], str]:
    """Return the operator's answers so far, by receipt and question.

    Raises:
        InputError: the table cannot be read.
    """
    return {
        (row.get("receipt") or "", row.get("id") or ""): (row.get("answer") or "").removeprefix("'")
        for row in read_previous_rows(folder / INTAKE_FOLDER / _QUESTIONS_FILE)
        if (row.get("answer") or "").strip()
    }


def write_questions(
    folder: Path, questions: Iterable[tuple[str, str, Question]], answers: Mapping[tuple[str, str], str]
) -> None:
    """Write the open questions (application, receipt, question), and those answered before with their answers."""
    path = folder / INTAKE_FOLDER / _QUESTIONS_FILE
    rows: list[tuple[str, ...]] = [
        (
            *(question.id, application_id, receipt, question.indicator, question.place, question.found),
            *(question.why.en, question.why.ko, " | ".join(question.readings), ""),
        )
        for application_id, receipt, question in questions
    ]
    still_open = {(row[2], row[0]) for row in rows}
    for row in read_previous_rows(path):
        key = (row.get("receipt") or "", row.get("id") or "")
        if key in answers and key not in still_open:
            rows.append(tuple(row.get(name) or "" for name in _QUESTION_COLUMNS))
    rows.sort(key=lambda row: (row[1], row[2], row[3], row[0]))
    write_table(path, _QUESTION_COLUMNS, (tuple(map(neutralise_formula, row)) for row in rows))
