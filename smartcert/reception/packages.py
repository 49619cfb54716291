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
from smartcert.evaluation.requirements import receipt
from smartcert.io import applications as measurements
from smartcert.io.applications import COLUMNS, DOCUMENT_COLUMNS, Arrival
from smartcert.io.csv import figure, moment, write_bytes, write_table, yes_no
from smartcert.io.forms import Paper, Submission
from smartcert.io.package import Package, SentFile
from smartcert.io.text import read_file, shown
from smartcert.model.applicant import Applicant
from smartcert.model.application import Application, Channel, Document, DocumentKind, Missing, Window
from smartcert.rules.rulebook import Rules

# --- What a round received, kept in its folder: each package under its receipt number, never changed afterwards.

ROOM = "intake"
_RECEIVED = "received"
_FACTS = "package.json"


@dataclass(frozen=True, kw_only=True, slots=True)
class KeptForm:
    """A form as it was sent: its name, and the name under which its bytes are kept."""

    name: str
    kept_as: str


@dataclass(frozen=True, kw_only=True, slots=True)
class Kept:
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
    forms: tuple[KeptForm, ...]
    refused: tuple[str, ...] = ()


_KEPT = TypeAdapter(Kept)


class Store:
    """The packages of one round, in the order of their numbers."""

    def __init__(self, folder: Path) -> None:
        self.folder = folder / ROOM / _RECEIVED
        self.kept = tuple(sorted(self._read(), key=lambda one: one.number))

    def take(self, arrivals: Iterable[tuple[Arrival, Package | None]]) -> None:
        """Keep what is not kept yet: the same package that arrived at the same moment is the same."""
        known = {_key(one) for one in self.kept}
        number = max((one.number for one in self.kept), default=0)
        more = []
        for arrival, package in arrivals:
            kept = _kept(number + 1, arrival, package)
            if _key(kept) in known:
                continue
            number += 1
            known.add(_key(kept))
            self._write(kept, package)
            more.append(kept)
        self.kept = (*self.kept, *more)

    def forms(self, kept: Kept) -> list[tuple[str, bytes]]:
        """Return the forms of a package with their names as sent."""
        return [(form.name, (self._place(kept) / form.kept_as).read_bytes()) for form in kept.forms]

    def _place(self, kept: Kept) -> Path:
        return self.folder / f"{kept.number:05d}"

    def _write(self, kept: Kept, package: Package | None) -> None:
        for form, (_, data) in zip(kept.forms, package.forms if package else (), strict=True):
            write_bytes(self._place(kept) / form.kept_as, data)
        facts = json.loads(_KEPT.dump_json(kept))
        told = json.dumps(facts, ensure_ascii=False, indent=1, sort_keys=True)
        # last, so that a package half written is none
        write_bytes(self._place(kept) / _FACTS, f"{told}\n".encode())

    def _read(self) -> Iterable[Kept]:
        for path in self.folder.glob(f"*/{_FACTS}"):
            try:
                kept = _KEPT.validate_json(path.read_bytes())
            except ValidationError:
                place = Place(file=shown(path))
                raise InputError(
                    [Problem(place=place, found="a receipt that was changed", wanted="it as kept")]
                ) from None
            yield replace(kept, number=int(path.parent.name)) if path.parent.name.isdigit() else kept


def _kept(number: int, arrival: Arrival, package: Package | None) -> Kept:
    forms = package.forms if package and not package.problems else ()
    return Kept(
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
            KeptForm(name=name, kept_as=f"form-{place}.{name.rpartition('.')[2].lower()}")
            for place, (name, _) in enumerate(forms, start=1)
        ),
        refused=tuple(str(problem) for problem in package.problems) if package else (),
    )


def _key(kept: Kept) -> tuple[str, str, str, str, bool]:
    return (kept.package, kept.sha256, kept.arrived_at.isoformat(), kept.code, kept.withdraws)


# --- Which of an applicant's packages counts: the last one in time, unless it was withdrawn.

_NOT_IN_TIME = frozenset({"received_late", "received_early", "posted_in_time_arrived_late"})


class State(StrEnum):
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
class Version:
    """A package that was read: from whom, and what its form says."""

    kept: Kept
    applicant: Applicant | None
    submission: Submission
    state: State = State.UNKNOWN_APPLICANT


def decide(versions: list[Version], window: Window, rules: Rules) -> Version | None:
    """Set the state of each package of one applicant; return the one that counts.

    The last in time counts, even if an earlier one was better. Where none is in time the last one stands for all, so
    that the round can say that it was late. A withdrawal takes back what came before it; one after the deadline
    changes nothing.
    """
    counts: Version | None = None
    late: Version | None = None
    for version in sorted(versions, key=lambda one: (one.kept.arrived_at, one.kept.number)):
        in_time = _in_time(version, window, rules)
        if version.kept.supplements:
            version.state = State.SUPPLEMENT
        elif version.kept.withdraws:
            version.state = State.WITHDRAWAL if in_time else State.LATE_WITHDRAWAL
            if in_time and counts is not None:
                counts.state, counts = State.WITHDRAWN, None
        elif in_time:
            if counts is not None:
                counts.state = State.REPLACED
            version.state, counts = State.COUNTS, version
        else:
            version.state, late = State.LATE, version
    chosen = counts or late
    if chosen is not None and chosen.submission.problems and not chosen.submission.claims:
        chosen.state = State.UNREADABLE
        return None
    return chosen


def _in_time(version: Version, window: Window, rules: Rules) -> bool:
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
    return not any(finding.code in _NOT_IN_TIME for finding in receipt(sent, window, rules))


# --- The version that counts to the rows of the round's tables, merged with what the desk already wrote there.

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
    columns = (*measurements.MEASUREMENTS_COLUMNS, *measurements.OPTIONAL_COLUMNS)
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
