"""The version that counts to the rows of the round's tables, merged with what the desk already wrote there."""

from __future__ import annotations

import csv
import io
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from pathlib import Path

from smartcert.intake import measurements
from smartcert.intake.applications import COLUMNS, DOCUMENT_COLUMNS
from smartcert.intake.claims import Paper
from smartcert.intake.text import read_file
from smartcert.intake.written import figure, moment, write_table, yes_no
from smartcert.model.application import Document, DocumentKind, Missing
from smartcert.reception.versions import Version
from smartcert.rules.rulebook import Rules

_DESK = ("desk", "desk_reason")


@dataclass(frozen=True, kw_only=True, slots=True)
class Counted:
    """An applicant by its id in the round, with the version that counts."""

    id: str
    version: Version


def write_tables(folder: Path, counted: list[Counted], rules: Rules) -> None:
    """Write applications, documents and measurements; what the desk wrote beside an unchanged claim stays.

    A claim about which a question is open has no row: the round cannot be evaluated before it is answered.
    """
    kept = _desk(folder / "measurements.csv")
    write_table(folder / "applications.csv", COLUMNS, (_application(one) for one in counted))
    write_table(folder / "documents.csv", DOCUMENT_COLUMNS, (row for one in counted for row in _documents(one, rules)))
    columns = (*measurements.COLUMNS, *measurements.OPTIONAL_COLUMNS)
    rows = (row for one in counted for row in _measurements(one, kept))
    write_table(folder / "measurements.csv", columns, rows)


def old_rows(path: Path) -> list[dict[str, str]]:
    """Return the rows of a table as texts by column, none where there is no such file.

    Raises:
        InputError: the file cannot be read.
    """
    if not path.exists():
        return []
    return list(csv.DictReader(io.StringIO(read_file(path).text, newline="")))


def _desk(path: Path) -> Mapping[tuple[str, str, str], tuple[str, str]]:
    return {
        (row.get("applicant") or "", row.get("indicator") or "", row.get("claimed") or ""): (
            row.get("desk") or "",
            row.get("desk_reason") or "",
        )
        for row in old_rows(path)
        if any(row.get(name) for name in _DESK)
    }


def _application(one: Counted) -> tuple[str, ...]:
    kept, applicant = one.version.kept, one.version.applicant
    assert applicant is not None  # noqa: S101 - only identified packages count
    sent = moment(kept.sent_at) if kept.sent_at else ""
    told = (yes_no(kept.official_letter), kept.channel_reason)
    return (one.id, applicant.code, kept.channel.value, moment(kept.arrived_at), sent, *told, "", "")


def _documents(one: Counted, rules: Rules) -> Iterator[tuple[str, ...]]:
    for document in documents_of(one.version, rules):
        told = (document.received, document.sealed, document.lookup_table, document.requested)
        yield (one.id, document.kind.value, *map(yes_no, told), document.note)


def documents_of(version: Version, rules: Rules) -> tuple[Document, ...]:
    """Return the documents that the form names and the package holds, and those that it lacks."""
    wanted = rules.documents
    found = []
    for kind in DocumentKind:
        paper = version.submission.papers.get(kind, Paper(kind=kind, file=""))
        asked = kind in wanted.required.value or (kind in wanted.on_request.value and paper.requested)
        if not asked and not paper.file:
            continue
        there = is_there(paper.file, version)
        note = f"{paper.file}: named in the form, not in the package" if paper.file and not there else paper.file
        document = Document(
            kind=kind,
            received=there,
            sealed=bool(paper.sealed) and there if kind in wanted.sealed.value else None,
            lookup_table=has_lookup_table(version, paper) and there if kind in wanted.lookup_table.value else None,
            requested=paper.requested if kind in wanted.on_request.value else None,
            note=note,
        )
        found.append(document)
    return tuple(found)


def is_there(name: str, version: Version) -> bool:
    """Return whether a file that the form names is in the package, in whatever folder of it."""
    if not name:
        return False
    return any(name in (file.name, file.name.rpartition("/")[2]) for file in version.kept.files)


def has_lookup_table(version: Version, paper: Paper) -> bool:
    """Return whether the look-up table is whole: as the form says, else if each figure has its document and page."""
    if paper.lookup_table is not None:
        return paper.lookup_table
    claims = version.submission.claims.values()
    return all(one.document and one.page for one in claims if not isinstance(one.value, Missing))


def _measurements(one: Counted, kept: Mapping[tuple[str, str, str], tuple[str, str]]) -> Iterator[tuple[str, ...]]:
    for claim in one.version.submission.claims.values():
        if claim.value is None:
            continue
        claimed = figure(claim.value, claim.indicator)
        desk = kept.get((one.id, claim.indicator.id, claimed), ("", ""))
        grade = claim.grade.value if claim.grade else ""
        yield (one.id, claim.indicator.id, claimed, *desk, claim.document, claim.page, grade)
