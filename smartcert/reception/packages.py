"""What a round received, and which package of each applicant counts.

Every package is stored under its receipt number in the round's folder and never changed afterwards; evidence is stored
under its hash, as it came. Of the packages of
one applicant the last one in time counts, unless it was withdrawn.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping
from dataclasses import replace
from datetime import datetime
from pathlib import Path

from pydantic import TypeAdapter, ValidationError

from smartcert.errors import InputError, Place, Problem
from smartcert.evaluation.requirements import check_receipt
from smartcert.files import FileBatch, write_files
from smartcert.io.formats.free_text import clean_text
from smartcert.io.formats.text import display_path
from smartcert.io.rounds.arrivals import ARRIVALS_FILE, Arrival
from smartcert.io.rounds.forms import Paper, Submission
from smartcert.io.rounds.package import Package, SentFile
from smartcert.io.rounds.round import INTAKE_FOLDER
from smartcert.lazy_dataclass import dataclass
from smartcert.model.applicant import Applicant
from smartcert.model.application import (
    Application,
    ApplicationWindow,
    Channel,
    Document,
    DocumentKind,
    Missing,
    PackageState,
    Supplement,
)
from smartcert.reporting.canonical import ALL_LEVELS, canonical_json
from smartcert.rules.rulebook import Rules

_RECEIVED_FOLDER = "received"
_EVIDENCE_FOLDER = "evidence"
_PACKAGE_FILE = "package.json"
_NOT_IN_TIME_CODES = frozenset({"received_late", "received_early", "posted_in_time_arrived_late"})


@dataclass(frozen=True, kw_only=True, slots=True)
class StoredForm:
    """A form as it was sent: its name, and the name of the file that stores its bytes."""

    name: str
    kept_as: str


@dataclass(frozen=True, kw_only=True, slots=True)
class ReceivedPackage:
    """One package as received. ``number`` is that of its receipt; ``refused`` says why it was not opened.

    ``doubts`` say why files that may be forms are none.
    """

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
    refused: tuple[Problem | str, ...] = ()
    doubts: tuple[Problem, ...] = ()


_ADAPTER = TypeAdapter(ReceivedPackage)


def locate_evidence(sha256: str) -> str:
    """Return the name of a stored file that is no form, below the folder of the intake."""
    return f"{_EVIDENCE_FOLDER}/{sha256[:2]}/{sha256}"


def has_packages(folder: Path) -> bool:
    """Return whether a round has stored packages."""
    return (folder / INTAKE_FOLDER / _RECEIVED_FOLDER).is_dir()


class PackageStore:
    """The packages of one round in the order of their numbers.

    Raises:
        InputError: the stored facts of a package were changed.
    """

    def __init__(self, folder: Path) -> None:
        self._folder = folder / INTAKE_FOLDER / _RECEIVED_FOLDER
        self._evidence = FileBatch()
        self.problems: list[Problem] = []
        """Packages that were stored before and of which the log says something else now."""
        self.packages = tuple(sorted(self._read(), key=lambda received: received.number))

    def add(self, arrivals: Iterable[tuple[Arrival, Package | None]]) -> None:
        """Store what is not stored yet. Equal contents that arrived at the same moment are the same package."""
        known = {_identity(received): received for received in self.packages}
        number = max((received.number for received in self.packages), default=0)
        added = []
        for arrival, package in arrivals:
            received = _describe_arrival(number + 1, arrival, package)
            before = known.get(_identity(received))
            if before is not None:
                self.problems += _compare_logs(before, received)
                continue
            number += 1
            known[_identity(received)] = received
            self._write(received, package)
            added.append(received)
        self._evidence.commit()  # of packages that were stored before, files may have been gone
        self.packages = (*self.packages, *added)

    def keep_file(self, sha256: str, blocks: Iterator[bytes]) -> None:
        """Store a file under its hash, once however often it was sent: before the facts of its package."""
        path = self._folder.parent / locate_evidence(sha256)
        if path not in self._evidence and not path.exists():
            self._evidence.add(path, blocks)

    def read_forms(self, received: ReceivedPackage) -> list[tuple[str, bytes]]:
        """Return the forms of a package with their names as sent."""
        return [(form.name, (self._folder_of(received) / form.kept_as).read_bytes()) for form in received.forms]

    def _folder_of(self, received: ReceivedPackage) -> Path:
        return self._folder / f"{received.number:05d}"

    def _write(self, received: ReceivedPackage, package: Package | None) -> None:
        folder, forms = self._folder_of(received), package.forms if package else ()
        files = {folder / stored.kept_as: form.data for stored, form in zip(received.forms, forms, strict=True)}
        facts = canonical_json(_ADAPTER.dump_python(received, mode="json"), lines=ALL_LEVELS)
        # the facts come last: a folder without them was not written completely and is not read
        self._evidence.commit()
        write_files({**files, folder / _PACKAGE_FILE: facts})

    def _read(self) -> Iterable[ReceivedPackage]:
        for path in self._folder.glob(f"*/{_PACKAGE_FILE}"):
            try:
                received = _ADAPTER.validate_json(path.read_bytes())
            except ValidationError:
                found, wanted = "a receipt that was changed", "the receipt as it was stored"
                raise InputError.of_file(display_path(path), found, wanted) from None
            yield replace(received, number=int(path.parent.name)) if path.parent.name.isdigit() else received


@dataclass(kw_only=True)
class PackageVersion:
    """A package that was read: from whom, and what its form says."""

    received: ReceivedPackage
    applicant: Applicant | None
    submission: Submission
    state: PackageState = PackageState.UNKNOWN_APPLICANT

    @property
    def unreadable(self) -> bool:
        """Whether nothing of its form could be read."""
        return bool(self.submission.problems) and not self.submission.claims

    def find_file(self, name: str) -> SentFile | None:
        """Return the file that a form names, in whatever folder of the package, or None.

        Names are compared as cells are cleaned; capitals matter only where several files differ in nothing else.
        """
        wanted = clean_text(name.replace("\\", "/"))
        if not wanted:
            return None
        names = [(clean_text(file.name), file) for file in self.received.files]
        matches = [file for own, file in names if wanted in (own, own.rpartition("/")[2])]
        folded = wanted.casefold()
        similar = [file for own, file in names if folded in (own.casefold(), own.rpartition("/")[2].casefold())]
        return matches[0] if matches else similar[0] if len(similar) == 1 else None


@dataclass(frozen=True, kw_only=True, slots=True)
class CountingPackage:
    """The version of an application that counts, with the application's id in the round."""

    id: str
    version: PackageVersion

    @property
    def applicant(self) -> Applicant:
        """The applicant; only packages whose sender was identified count."""
        assert self.version.applicant is not None  # noqa: S101 - see above
        return self.version.applicant


def is_less_sure(received: ReceivedPackage, before: ReceivedPackage) -> bool:
    """Return whether the sender of a package is less sure than that of one before.

    That one was sent from a login or with the official letter, and this one was not.
    """
    return (bool(before.code) and not received.code) or (before.official_letter and not received.official_letter)


def decide_counting_version(
    versions: list[PackageVersion], window: ApplicationWindow, rules: Rules, replaces: Mapping[int, bool]
) -> PackageVersion | None:
    """Set the state of each package of one applicant; return the one that counts, or None.

    The last in time counts, even if an earlier one was better. Where none is in time the last one is returned, so that
    the round can say that it was late. A withdrawal takes back what came before it; one after the deadline changes
    nothing. A package that cannot be read replaces nothing. Nor does one whose sender is less sure, before the office
    has said that it does: ``replaces`` are its answers by the number of the receipt.
    """
    counts: PackageVersion | None = None
    late: PackageVersion | None = None
    unreadable: list[PackageVersion] = []
    for version in sorted(versions, key=lambda version: (version.received.arrived_at, version.received.number)):
        received = version.received
        if version.state is PackageState.UNDONE:
            continue
        in_time = _is_in_time(version, window, rules)
        disputed = counts is not None and in_time and is_less_sure(received, counts.received)
        if received.supplements:
            version.state = PackageState.UNREADABLE if received.refused else PackageState.SUPPLEMENT
        elif not received.withdraws and version.unreadable:
            version.state = PackageState.UNREADABLE
            unreadable.append(version)
        elif disputed and received.number not in replaces:
            version.state = PackageState.QUESTIONED
        elif disputed and not replaces[received.number]:
            version.state = PackageState.SET_ASIDE
        elif received.withdraws:
            version.state = PackageState.WITHDRAWAL if in_time else PackageState.LATE_WITHDRAWAL
            if in_time:
                for earlier in (*unreadable, *([counts] if counts else [])):
                    earlier.state = PackageState.WITHDRAWN
                unreadable, counts = [], None
        elif in_time:
            for earlier in (*unreadable, *([counts] if counts else [])):
                earlier.state = PackageState.REPLACED
            version.state, unreadable, counts = PackageState.COUNTS, [], version
        else:
            version.state, late = PackageState.LATE, version
    return counts or late


def build_application(package: CountingPackage, rules: Rules, supplements: tuple[Supplement, ...] = ()) -> Application:
    """Return the receipt and the documents of an application as the engine takes them, without figures and marks."""
    received = package.version.received
    return Application(
        id=package.id,
        applicant=package.applicant,
        code=package.applicant.code,
        channel=received.channel,
        arrived_at=received.arrived_at,
        sent_at=received.sent_at,
        official_letter=received.official_letter,
        channel_reason=received.channel_reason,
        documents=tuple(_list_documents(package.version, rules)),
        supplements=supplements,
    )


def _describe_arrival(number: int, arrival: Arrival, package: Package | None) -> ReceivedPackage:
    forms = package.forms if package else ()
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
            StoredForm(name=form.name, kept_as=f"form-{position}.{form.name.rpartition('.')[2].lower()}")
            for position, form in enumerate(forms, start=1)
        ),
        refused=package.problems if package else (),
        doubts=package.doubts if package else (),
    )


def _compare_logs(before: ReceivedPackage, now: ReceivedPackage) -> Iterable[Problem]:
    """Yield a problem for each column of the log that says something else than when the package was stored."""
    for column in ("channel", "official_letter", "sent_at", "channel_reason", "supplements"):
        stored, stated = getattr(before, column), getattr(now, column)
        if stored != stated:
            yield Problem(
                place=Place(file=ARRIVALS_FILE, field=column),
                found=f"'{stated}' for {before.package or before.code}, stored with '{stored}' ({before.number:05d})",
                wanted="what was stored; or that receipt undone, and the package under another name",
            )


def _identity(received: ReceivedPackage) -> tuple[str, str, str, str, bool]:
    return (received.package, received.sha256, received.arrived_at.isoformat(), received.code, received.withdraws)


def _is_in_time(version: PackageVersion, window: ApplicationWindow, rules: Rules) -> bool:
    if version.applicant is None:
        return False
    application = build_application(CountingPackage(id="version", version=version), rules)
    return not any(finding.code in _NOT_IN_TIME_CODES for finding in check_receipt(application, window, rules))


def _list_documents(version: PackageVersion, rules: Rules) -> Iterable[Document]:
    """Yield the documents that the form names or the rules require, with what is in the package."""
    wanted = rules.documents
    papers: Mapping[DocumentKind, Paper] = version.submission.papers
    for kind in DocumentKind:
        paper = papers.get(kind, Paper(kind=kind, file=""))
        required = kind in wanted.required.value or (kind in wanted.on_request.value and paper.requested)
        if not required and not paper.file:
            continue
        received = version.find_file(paper.file) is not None
        yield Document(
            kind=kind,
            received=received,
            sealed=bool(paper.sealed) and received if kind in wanted.sealed.value else None,
            lookup_table=_has_lookup_table(version, paper) and received if kind in wanted.lookup_table.value else None,
            requested=paper.requested if kind in wanted.on_request.value else None,
            note=paper.file,
        )


def _has_lookup_table(version: PackageVersion, paper: Paper) -> bool:
    """Return what the form says about its look-up table, else whether each figure has a document and a page."""
    if paper.lookup_table is not None:
        return paper.lookup_table
    claims = version.submission.claims.values()
    return all(claim.document and claim.page for claim in claims if not isinstance(claim.value, Missing))
