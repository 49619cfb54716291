"""What was received, which version counts."""

from __future__ import annotations

import csv
import io
import json
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass, replace
from datetime import datetime
from enum import StrEnum
from pathlib import Path

from pydantic import TypeAdapter, ValidationError

from smartcert.errors import InputError, Place, Problem
from smartcert.evaluation.requirements import check_receipt
from smartcert.io import applications as measurements
from smartcert.io.applications import APPLICATION_COLUMNS, DOCUMENT_COLUMNS, Arrival
from smartcert.io.csv import format_figure, format_moment, format_yes_no, write_bytes, write_table
from smartcert.io.forms import Paper, Submission
from smartcert.io.package import Package, SentFile
from smartcert.io.text import display_path, read_file
from smartcert.model.applicant import Applicant
from smartcert.model.application import Application, ApplicationWindow, Channel, Document, DocumentKind, Missing
from smartcert.rules.rulebook import Rules

# --- What a round received, kept in its folder: each package under its receipt number, never changed afterwards.

INTAKE_FOLDER = "intake"
_RECEIVED_FOLDER = "received"
_PACKAGE_FILE = "package.json"


@dataclass(frozen=True, kw_only=True, slots=True)
class StoredForm:
    """A form as it was sent: its name, and the name under which its bytes are kept."""

    name: str
    kept_as: str


@dataclass(frozen=True, kw_only=True, slots=True)
class ReceivedPackage:
    """One package as received. ``number`` is that of its receipt; ``refused`` tells why it was not opened."""

    number: int
    package: str
    sha256: str
    arrived_at: datetime
    channel: Channel
    official_letter: bool
    code: str
    sent_at: datetime | None
    channel_reason: str
    supplements: tuple[DocumentKind, ...]
    withdraws: bool
    files: tuple[SentFile, ...]
    forms: tuple[StoredForm, ...]
    refused: tuple[str, ...] = ()


_RECEIVED_PACKAGE = TypeAdapter(ReceivedPackage)


class PackageStore:
    """The packages of one round, in the order of their numbers."""

    def __init__(self, folder: Path) -> None:
        self.folder = folder / INTAKE_FOLDER / _RECEIVED_FOLDER
        self.kept = tuple(sorted(self._read(), key=lambda one: one.number))

    def take(self, arrivals: Iterable[tuple[Arrival, Package | None]]) -> None:
        """Keep what is not kept yet: the same package that arrived at the same moment is the same."""
        known = {_identity(one) for one in self.kept}
        number = max((one.number for one in self.kept), default=0)
        more = []
        for arrival, package in arrivals:
            kept = _received_package(number + 1, arrival, package)
            if _identity(kept) in known:
                continue
            number += 1
            known.add(_identity(kept))
            self._write(kept, package)
            more.append(kept)
        self.kept = (*self.kept, *more)

    def forms(self, kept: ReceivedPackage) -> list[tuple[str, bytes]]:
        """Return the forms of a package with their names as sent."""
        return [(form.name, (self._place(kept) / form.kept_as).read_bytes()) for form in kept.forms]

    def _place(self, kept: ReceivedPackage) -> Path:
        return self.folder / f"{kept.number:05d}"

    def _write(self, kept: ReceivedPackage, package: Package | None) -> None:
        for form, (_, data) in zip(kept.forms, package.forms if package else (), strict=True):
            write_bytes(self._place(kept) / form.kept_as, data)
        facts = json.loads(_RECEIVED_PACKAGE.dump_json(kept))
        told = json.dumps(facts, ensure_ascii=False, indent=1, sort_keys=True)
        # last, so that a package half written is none
        write_bytes(self._place(kept) / _PACKAGE_FILE, f"{told}\n".encode())

    def _read(self) -> Iterable[ReceivedPackage]:
        for path in self.folder.glob(f"*/{_PACKAGE_FILE}"):
            try:
                kept = _RECEIVED_PACKAGE.validate_json(path.read_bytes())
            except ValidationError:
                place = Place(file=display_path(path))
                raise InputError(
                    [Problem(place=place, found="a receipt that was changed", wanted="it as kept")]
                ) from None
            yield replace(kept, number=int(path.parent.name)) if path.parent.name.isdigit() else kept


def _received_package(number: int, arrival: Arrival, package: Package | None) -> ReceivedPackage:
    forms = package.forms if package and not package.problems else ()
    return ReceivedPackage(
        number=number,
        package=arrival.package,
        sha256=package.sha256 if package else "",
        arrived_at=arrival.arrived_at,
        channel=arrival.channel,
        official_letter=arrival.official_letter,
        code=arrival.code,
        sent_at=arrival.sent_at,
        channel_reason=arrival.channel_reason,
        supplements=arrival.supplements,
        withdraws=arrival.withdraws,
        files=package.files if package else (),
        forms=tuple(
            StoredForm(name=name, kept_as=f"form-{place}.{name.rpartition('.')[2].lower()}")
            for place, (name, _) in enumerate(forms, start=1)
        ),
        refused=tuple(str(problem) for problem in package.problems) if package else (),
    )


def _identity(kept: ReceivedPackage) -> tuple[str, str, str, str, bool]:
    return (kept.package, kept.sha256, kept.arrived_at.isoformat(), kept.code, kept.withdraws)


# --- Which of an applicant's packages counts: the last one in time, unless it was withdrawn.

_NOT_IN_TIME_CODES = frozenset({"received_late", "received_early", "posted_in_time_arrived_late"})


class PackageState(StrEnum):
    """What became of a package."""

    COUNTS = "counts"
    REPLACED = "replaced"
    WITHDRAWN = "withdrawn"
    WITHDRAWAL = "withdrawal"
    LATE = "late"
    LATE_WITHDRAWAL = "late_withdrawal"
    SUPPLEMENT = "supplement"
    UNREADABLE = "unreadable"
    UNKNOWN_APPLICANT = "unknown_applicant"


@dataclass(kw_only=True)
class PackageVersion:
    """A package that was read: from whom, and what its form says."""

    kept: ReceivedPackage
    applicant: Applicant | None
    submission: Submission
    state: PackageState = PackageState.UNKNOWN_APPLICANT


def decide_counting_version(
    versions: list[PackageVersion], window: ApplicationWindow, rules: Rules
) -> PackageVersion | None:
    """Set the state of each package of one applicant; return the one that counts.

    The last in time counts, even if an earlier one was better. Where none is in time the last one stands for all, so
    that the round can say that it was late. A withdrawal takes back what came before it; one after the deadline
    changes nothing.
    """
    counts: PackageVersion | None = None
    late: PackageVersion | None = None
    for version in sorted(versions, key=lambda one: (one.kept.arrived_at, one.kept.number)):
        in_time = _is_in_time(version, window, rules)
        if version.kept.supplements:
            version.state = PackageState.SUPPLEMENT
        elif version.kept.withdraws:
            version.state = PackageState.WITHDRAWAL if in_time else PackageState.LATE_WITHDRAWAL
            if in_time and counts is not None:
                counts.state, counts = PackageState.WITHDRAWN, None
        elif in_time:
            if counts is not None:
                counts.state = PackageState.REPLACED
            version.state, counts = PackageState.COUNTS, version
        else:
            version.state, late = PackageState.LATE, version
    chosen = counts or late
    if chosen is not None and chosen.submission.problems and not chosen.submission.claims:
        chosen.state = PackageState.UNREADABLE
        return None
    return chosen


def _is_in_time(version: PackageVersion, window: ApplicationWindow, rules: Rules) -> bool:
    kept, applicant = version.kept, version.applicant
    if applicant is None:
        return False
    sent = Application(
        id="version",
        applicant=applicant,
        code=applicant.code,
        channel=kept.channel,
        arrived_at=kept.arrived_at,
        sent_at=kept.sent_at,
        official_letter=kept.official_letter,
        channel_reason=kept.channel_reason,
    )
    return not any(finding.code in _NOT_IN_TIME_CODES for finding in check_receipt(sent, window, rules))


# --- The version that counts to the rows of the round's tables, merged with what the desk already wrote there.

_DESK_COLUMNS = ("desk", "desk_reason")


@dataclass(frozen=True, kw_only=True, slots=True)
class CountingPackage:
    """An applicant by its id in the round, with the version that counts."""

    id: str
    version: PackageVersion


def write_round_tables(folder: Path, counted: list[CountingPackage], rules: Rules) -> None:
    """Write applications, documents and measurements; what the desk wrote beside an unchanged claim stays.

    A claim about which a question is open has no row: the round cannot be evaluated before it is answered.
    """
    kept = _read_desk_entries(folder / "measurements.csv")
    write_table(folder / "applications.csv", APPLICATION_COLUMNS, (_application_row(one) for one in counted))
    write_table(
        folder / "documents.csv", DOCUMENT_COLUMNS, (row for one in counted for row in _document_rows(one, rules))
    )
    columns = (*measurements.MEASUREMENT_COLUMNS, *measurements.OPTIONAL_MEASUREMENT_COLUMNS)
    rows = (row for one in counted for row in _measurement_rows(one, kept))
    write_table(folder / "measurements.csv", columns, rows)


def read_previous_rows(path: Path) -> list[dict[str, str]]:
    """Return the rows of a table as texts by column, none where there is no such file.

    Raises:
        InputError: the file cannot be read.
    """
    if not path.exists():
        return []
    return list(csv.DictReader(io.StringIO(read_file(path).text, newline="")))


def _read_desk_entries(path: Path) -> Mapping[tuple[str, str, str], tuple[str, str]]:
    return {
        (row.get("applicant") or "", row.get("indicator") or "", row.get("claimed") or ""): (
            row.get("desk") or "",
            row.get("desk_reason") or "",
        )
        for row in read_previous_rows(path)
        if any(row.get(name) for name in _DESK_COLUMNS)
    }


def _application_row(one: CountingPackage) -> tuple[str, ...]:
    kept, applicant = one.version.kept, one.version.applicant
    assert applicant is not None  # noqa: S101 - only identified packages count
    sent = format_moment(kept.sent_at) if kept.sent_at else ""
    told = (format_yes_no(kept.official_letter), kept.channel_reason)
    return (one.id, applicant.code, kept.channel.value, format_moment(kept.arrived_at), sent, *told, "", "")


def _document_rows(one: CountingPackage, rules: Rules) -> Iterator[tuple[str, ...]]:
    for document in list_documents(one.version, rules):
        told = (document.received, document.sealed, document.lookup_table, document.requested)
        yield (one.id, document.kind.value, *map(format_yes_no, told), document.note)


def list_documents(version: PackageVersion, rules: Rules) -> tuple[Document, ...]:
    """Return the documents that the form names and the package holds, and those that it lacks."""
    wanted = rules.documents
    found = []
    for kind in DocumentKind:
        paper = version.submission.papers.get(kind, Paper(kind=kind, file=""))
        asked = kind in wanted.required.value or (kind in wanted.on_request.value and paper.requested)
        if not asked and not paper.file:
            continue
        there = is_in_package(paper.file, version)
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


def is_in_package(name: str, version: PackageVersion) -> bool:
    """Return whether a file that the form names is in the package, in whatever folder of it."""
    if not name:
        return False
    return any(name in (file.name, file.name.rpartition("/")[2]) for file in version.kept.files)


def has_lookup_table(version: PackageVersion, paper: Paper) -> bool:
    """Return whether the look-up table is whole: as the form says, else if each figure has its document and page."""
    if paper.lookup_table is not None:
        return paper.lookup_table
    claims = version.submission.claims.values()
    return all(one.document and one.page for one in claims if not isinstance(one.value, Missing))


def _measurement_rows(
    one: CountingPackage, kept: Mapping[tuple[str, str, str], tuple[str, str]]
) -> Iterator[tuple[str, ...]]:
    for claim in one.version.submission.claims.values():
        if claim.value is None:
            continue
        claimed = format_figure(claim.value, claim.indicator)
        desk = kept.get((one.id, claim.indicator.id, claimed), ("", ""))
        grade = claim.grade.value if claim.grade else ""
        yield (one.id, claim.indicator.id, claimed, *desk, claim.document, claim.page, grade)
