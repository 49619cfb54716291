"""What happened to each page of a round's outputs (``ledger.jsonl``), and which files they are (``manifest.json``)?

The manifest depends on the inputs and the requests only: the same give the same bytes. The ledger tells of runs, and no
two of them are equal; what it was when the last run ended stands in ``ledger.sum.json``, and in a seal.
"""

from __future__ import annotations

import hashlib
import json
import os
import re
import time
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import asdict, field, fields, replace
from datetime import UTC, datetime
from enum import StrEnum
from functools import lru_cache
from mmap import ACCESS_READ, mmap
from pathlib import Path
from typing import Any

from smartcert import __version__
from smartcert.batch.hashing import FileHashes
from smartcert.batch.libraries import list_changed_libraries, list_imported_libraries
from smartcert.batch.outputs import LANGUAGES, Outputs, replace_suffix
from smartcert.batch.request import RenderedReport
from smartcert.errors import UsageError
from smartcert.files import list_files, sha256_hex, write_atomic
from smartcert.lazy_dataclass import dataclass
from smartcert.reporting.canonical import canonical_json, encode_flat
from smartcert.reporting.records import Audience, Failure

_LONGEST_UNSAFE = 1.0
"""Seconds of a run whose lines may be lost where the machine, and not only the process, ends."""
_CHUNK = 1 << 20
"""Bytes of a ledger that are read at a time."""
_PAGE_FIELD = re.compile(rb'"page": "((?:[^"\\]|\\.)*)"')

RUN_PAGE = ""
"""The page that stands for the run itself: its lines say that a run began, and that it finished."""


class AttemptState(StrEnum):
    """What became of an attempt. ``STARTED`` without a later line means that the run was killed in the middle."""

    STARTED = "started"
    MADE = "made"
    FAILED = "failed"
    STOPPED = "stopped"


@dataclass(frozen=True, kw_only=True, slots=True)
class LedgerEntry:
    """One line: a page by its name in the outputs, its state, and the parts it depends on. The fields are JSON keys."""

    page: str
    state: AttemptState
    parts: Mapping[str, str] = field(default_factory=dict)
    files: Mapping[str, str] = field(default_factory=dict)
    """SHA-256 of each file that belongs to the page as it was written, by its name; only in state ``MADE``."""
    libraries: Mapping[str, str] = field(default_factory=dict)
    """The versions of the libraries that the page's process had imported, by their names; only in state ``MADE``."""
    reason: str = ""
    seconds: float | None = None
    run: str = ""
    at: str = ""


class Ledger:
    """The ledger in one folder of outputs: each attempt at each page, in the order in which it happened."""

    def __init__(self, folder: Path) -> None:
        self._path = folder / LEDGER
        self._run = f"{datetime.now(UTC):%Y%m%dT%H%M%S}-{os.getpid()}"

    def read_all(self) -> Iterator[LedgerEntry]:
        """Yield the entries in their order. A line that was cut off, or is none of ours, is skipped."""
        for line in self._read_lines():
            entry = _decode_entry(line)
            if entry is not None:
                yield entry

    def read_latest(self) -> dict[str, LedgerEntry]:
        """Return the latest entry of each page. A ledger grows with every run, so earlier lines are not decoded."""
        latest: dict[str, LedgerEntry] = {}
        seen: set[bytes] = set()
        for line in reversed(self._read_lines()):
            page = _PAGE_FIELD.search(line)
            if page is None or page[1] in seen:
                continue
            entry = _decode_entry(line)
            if entry is not None:
                seen.add(page[1])
                latest.setdefault(entry.page, entry)
        return latest

    @property
    def size(self) -> int:
        """The length of the ledger in bytes; 0 where there is none."""
        return self._path.stat().st_size if self._path.is_file() else 0

    def measure(self, size: int | None = None) -> LedgerExtent:
        """Return the extent of the ledger's first ``size`` bytes, or of all there are; a missing one has none."""
        length = self.size if size is None else min(size, self.size)
        digest = hashlib.sha256()
        if length:
            with self._path.open("rb") as file:
                for begin in range(0, length, _CHUNK):
                    digest.update(file.read(min(_CHUNK, length - begin)))
        return LedgerExtent(size=length, sha256=digest.hexdigest())

    def read_last(self) -> LedgerEntry | None:
        """Return the last entry without reading those before it; None where its line is cut off."""
        if not self._path.is_file() or not self._path.stat().st_size:
            return None
        with self._path.open("rb") as file, mmap(file.fileno(), 0, access=ACCESS_READ) as text:
            return _decode_entry(text[text.rfind(b"\n", 0, len(text) - 1) + 1 :])

    def _read_lines(self) -> list[bytes]:
        return self._path.read_bytes().split(b"\n") if self._path.is_file() else []

    def append(self, entry: LedgerEntry, *, wait: bool = True) -> None:
        """Write one line and wait until it is on the disk, with all lines before it; without ``wait`` a later one does.

        Who does not wait loses the line where the machine, and not only the process, ends before another one waits.
        """
        stamped = {
            "page": entry.page,
            "state": entry.state.value,
            "parts": dict(entry.parts),
            "files": dict(entry.files),
            "libraries": dict(entry.libraries),
            "reason": entry.reason,
            "seconds": entry.seconds,
            "run": self._run,
            "at": f"{datetime.now(UTC):%Y-%m-%dT%H:%M:%S.%fZ}",
        }
        line = encode_flat(stamped).encode() + b"\n"
        if not self._path.exists():
            self._path.parent.mkdir(parents=True, exist_ok=True)
        descriptor = os.open(self._path, os.O_RDWR | os.O_CREAT | os.O_APPEND, 0o644)
        try:
            if _ends_mid_line(descriptor):
                line = b"\n" + line
            os.write(descriptor, line)
            if wait:
                os.fsync(descriptor)
        finally:
            os.close(descriptor)


def _ends_mid_line(descriptor: int) -> bool:
    """Return whether the file ends in the middle of a line, as a killed run may leave it."""
    size = os.fstat(descriptor).st_size
    return size > 0 and os.pread(descriptor, 1, size - 1) != b"\n"


_MAPPINGS = ("parts", "files", "libraries")


def _decode_entry(line: bytes) -> LedgerEntry | None:
    try:
        plain: dict[str, Any] = json.loads(line)
        if not isinstance(plain["page"], str) or not all(isinstance(plain.get(name, {}), dict) for name in _MAPPINGS):
            return None
        libraries = _share_libraries(tuple(plain.get("libraries", {}).items()))
        return LedgerEntry(**(plain | {"state": AttemptState(plain["state"]), "libraries": libraries}))
    except (ValueError, TypeError, KeyError):
        return None


@lru_cache(maxsize=256)
def _share_libraries(libraries: tuple[tuple[str, str], ...]) -> Mapping[str, str]:
    """Return libraries as a mapping: the same one for the same ones, which thousands of pages have."""
    return dict(libraries)


MANIFEST = "manifest.json"
MANIFEST_SIGNATURE = "manifest.sig.json"
MANIFEST_FORMAT = "smartcert-manifest/4"
LEDGER = "ledger.jsonl"
LEDGER_SUM = "ledger.sum.json"
LEDGER_SUM_FORMAT = "smartcert-ledger-sum/1"
UNLISTED_FILES = frozenset({MANIFEST, MANIFEST_SIGNATURE, LEDGER, LEDGER_SUM, ".lock", ".lock.pid"})
"""Files about a run and not about the round: they differ from run to run."""
SEALS = "seals"
"""The folder of earlier seals, each with the manifest that it signs; no output."""

_REPORT = re.compile(r"applicants/(?P<id>[^/]+)/report(?:\.(?P<audience>applicant|public))?\.(?P<language>ko|en)\.html")


@dataclass(frozen=True, kw_only=True, slots=True)
class ManifestRequest:
    """What a run was asked for, as far as it decides which files there are. No ``applicants`` means all of them."""

    languages: tuple[str, ...]
    audiences: tuple[str, ...]
    applicants: tuple[str, ...] = ()
    pdf: bool = False
    pdf_engine: str = ""
    """What rendered the PDFs, with its version; empty where none were asked for."""

    def covers(self, other: ManifestRequest) -> bool:
        """Return whether every file that ``other`` asks for is asked for here too."""
        return (
            {*other.languages} <= {*self.languages}
            and {*other.audiences} <= {*self.audiences}
            and (not self.applicants or (bool(other.applicants) and {*other.applicants} <= {*self.applicants}))
            and (self.pdf or not other.pdf)
        )


@dataclass(frozen=True, kw_only=True, slots=True)
class LedgerExtent:
    """What a ledger was at a moment: its size in bytes, and their SHA-256. The fields are JSON keys."""

    size: int
    sha256: str

    @classmethod
    def from_plain(cls, plain: Mapping[str, Any]) -> LedgerExtent:
        """Return the extent that `asdict` gave as plain values; a KeyError, TypeError or ValueError if it is none."""
        return cls(size=int(plain["size"]), sha256=str(plain["sha256"]))

    def describe_difference(self, ledger: Ledger) -> str:
        """Return how a ledger differs from the one of this extent; empty where it does not."""
        size = ledger.size
        if size < self.size:
            return f"it has {size:,} bytes, not the {self.size:,}"
        if not self.begins(ledger):
            return f"its first {self.size:,} bytes are not those"
        return f"{size - self.size:,} bytes follow the {self.size:,}" if size > self.size else ""

    def begins(self, ledger: Ledger) -> bool:
        """Return whether a ledger is the one of this extent, or that one and more."""
        return ledger.measure(self.size) == self


@dataclass(frozen=True, kw_only=True, slots=True)
class LedgerSum:
    """What the last run that ended left: its ledger, and its manifest by SHA-256."""

    ledger: LedgerExtent
    manifest: str


@dataclass(frozen=True, kw_only=True, slots=True)
class ManifestOutput:
    """One file by its name in the outputs: its hash, and for a page the parts that it was rendered from."""

    file: str
    sha256: str
    parts: Mapping[str, str]


@dataclass(frozen=True, kw_only=True, slots=True)
class Manifest:
    """The manifest of a folder of outputs; the fields are JSON keys.

    ``requests`` are those that give the outputs when they are made one after the other in an empty folder.
    """

    round: str
    package: str
    inputs: Mapping[str, str]
    requests: tuple[ManifestRequest, ...]
    outputs: tuple[ManifestOutput, ...]
    format: str = MANIFEST_FORMAT

    def to_json(self) -> bytes:
        """Return the manifest as canonical JSON."""
        plain = {part.name: getattr(self, part.name) for part in fields(self)} | {
            "requests": [asdict(request) for request in self.requests],
            "outputs": [
                {"file": output.file, "sha256": output.sha256, "parts": output.parts} for output in self.outputs
            ],
        }
        return canonical_json(plain, lines=2)


def build_manifest(
    round_id: str,
    hashes: FileHashes,
    latest: Mapping[str, LedgerEntry],
    inputs: Mapping[str, str],
    *,
    request: ManifestRequest,
) -> Manifest:
    """Return the manifest of the outputs in the folder of ``hashes``.

    ``latest`` is the latest entry of each page, ``inputs`` the hash of each file of the round and the rules,
    ``request`` what the run was asked for; what earlier runs were asked for is read from the manifest before.
    """
    parts = {file: entry.parts for entry in latest.values() for file in entry.files}
    names = list_outputs(hashes.folder)
    return Manifest(
        round=round_id,
        package=__version__,
        inputs=dict(inputs),
        requests=list_requests([*_read_earlier_requests(hashes.folder), request], names),
        outputs=tuple(
            ManifestOutput(file=name, sha256=sha256, parts=dict(parts.get(name, {})))
            for name, sha256 in hashes.hash_files(names).items()
        ),
    )


def list_requests(requests: Sequence[ManifestRequest], files: Sequence[str]) -> tuple[ManifestRequest, ...]:
    """Return the requests that give ``files``: of ``requests``, in their order, those that no other one covers.

    The last one is of the run that has just ended. An earlier one is left out where nothing of it exists any more. A
    report that none of them asks for (its run was killed) is asked for by a request of its own audience and language.
    """
    reports = [match for match in map(_REPORT.fullmatch, files) if match]
    existing = [
        ManifestRequest(
            languages=(match["language"],),
            audiences=(match["audience"] or Audience.REVIEWER.value,),
            applicants=(match["id"],),
        )
        for match in reports
    ]
    *earlier, last = requests
    stated = [*(request for request in earlier if any(map(request.covers, existing))), last]
    killed: dict[tuple[tuple[str, ...], tuple[str, ...]], list[str]] = {}
    for report in existing:
        if not any(request.covers(report) for request in stated):
            killed.setdefault((report.languages, report.audiences), []).extend(report.applicants)
    inferred = [
        ManifestRequest(languages=languages, audiences=audiences, applicants=tuple(ids))
        for (languages, audiences), ids in killed.items()
    ]
    remaining: list[ManifestRequest] = []
    for request in reversed([*inferred, *stated]):
        if not any(other.covers(request) for other in remaining):
            remaining = [other for other in remaining if not _is_redone(other, request)] + [request]
    return tuple(reversed(remaining))


def _is_redone(later: ManifestRequest, earlier: ManifestRequest) -> bool:
    """Return whether the earlier request alone gives what the later one gave: all of it, PDFs by the same engine."""
    return earlier.covers(later) and (not later.pdf or later.pdf_engine == earlier.pdf_engine)


def _read_earlier_requests(folder: Path) -> tuple[ManifestRequest, ...]:
    try:
        return read_manifest(folder).requests
    except UsageError:  # there is none, or it is of another form: what exists tells what was asked for
        return ()


def _decode_request(plain: Mapping[str, Any]) -> ManifestRequest:
    return ManifestRequest(
        languages=tuple(plain["languages"]),
        audiences=tuple(plain["audiences"]),
        applicants=tuple(plain["applicants"]),
        pdf=bool(plain["pdf"]),
        pdf_engine=str(plain["pdf_engine"]),
    )


def write_ledger_sum(folder: Path) -> None:
    """Write what the ledger and the manifest in ``folder`` are: the last step of a run."""
    extent = Ledger(folder).measure()
    plain = {
        "format": LEDGER_SUM_FORMAT,
        "ledger": asdict(extent),
        "manifest": sha256_hex((folder / MANIFEST).read_bytes()),
    }
    write_atomic(folder / LEDGER_SUM, canonical_json(plain, lines=1))


def read_ledger_sum(folder: Path) -> LedgerSum | None:
    """Return what the last run that ended left; None where no run ended, or the file is none of ours."""
    try:
        plain: dict[str, Any] = json.loads((folder / LEDGER_SUM).read_bytes())
        if plain["format"] != LEDGER_SUM_FORMAT:
            return None
        return LedgerSum(ledger=LedgerExtent.from_plain(plain["ledger"]), manifest=str(plain["manifest"]))
    except (OSError, ValueError, KeyError, TypeError):
        return None


def describe_ledger_difference(folder: Path) -> str:
    """Return how the ledger in ``folder`` differs from what the last run left; empty where it does not."""
    left = read_ledger_sum(folder)
    if left is None:
        return f"{LEDGER_SUM}, which says what the last run left, is missing or is none of ours"
    difference = left.ledger.describe_difference(Ledger(folder))
    return difference and f"{difference} that the last run left"


def describe_lost_ledger(folder: Path) -> str:
    """Return how the ledger in ``folder`` is not what the last run left and lines added since; empty where it is.

    A run that was killed adds lines. Nothing is said where no run has ended.
    """
    left = read_ledger_sum(folder)
    return "" if left is None or left.ledger.begins(Ledger(folder)) else describe_ledger_difference(folder)


def archive_seal(folder: Path) -> int:
    """Move the seal of ``folder`` to the folder of earlier seals, with the manifest that it signs; return its number.

    The manifest stays where it is too. Returns 0 where there is no seal. A kill in between leaves the seal in both
    folders; to archive it again writes the same files.

    Raises:
        UsageError: the file of the seal is none of ours.
    """
    path = folder / MANIFEST_SIGNATURE
    if not path.is_file():
        return 0
    seal = path.read_bytes()
    try:
        number = int(json.loads(seal)["number"])
    except (ValueError, KeyError, TypeError) as error:
        raise UsageError(f"{path} is no seal: {error}") from None
    manifest = folder / MANIFEST
    if manifest.is_file():
        write_atomic(folder / SEALS / f"{number:06}.manifest.json", manifest.read_bytes())
    write_atomic(folder / SEALS / f"{number:06}.sig.json", seal)
    path.unlink()
    return number


def list_outputs(folder: Path) -> list[str]:
    """Return the names of the outputs in ``folder`` that a manifest lists, sorted."""
    return [
        name
        for name in list_files(folder)
        if name not in UNLISTED_FILES and not name.endswith(".part") and not name.startswith(f"{SEALS}/")
    ]


def read_manifest(folder: Path) -> Manifest:
    """Return the manifest of ``folder``; a UsageError where there is none, or it is none of ours."""
    path = folder / MANIFEST
    if not path.is_file():
        raise UsageError(f"{folder} has no {MANIFEST}: no run was finished there")
    try:
        plain: dict[str, Any] = json.loads(path.read_bytes())
        if plain["format"] != MANIFEST_FORMAT:
            raise UsageError(
                f"{path} has format {plain['format']!r}, not {MANIFEST_FORMAT!r}: run 'smartcert run' again"
            )
        typed: dict[str, Any] = {
            "requests": tuple(map(_decode_request, plain["requests"])),
            "outputs": tuple(ManifestOutput(**output) for output in plain["outputs"]),
        }
        return Manifest(**(plain | typed))
    except (ValueError, KeyError, TypeError, AttributeError) as error:
        raise UsageError(f"{path} is no manifest: {error}") from None


@dataclass(frozen=True, kw_only=True, slots=True)
class _RunningAttempt:
    parts: Mapping[str, str]
    at: float


class Journal:
    """The ledger as one run writes it; ``latest`` is the latest entry of each page."""

    def __init__(self, outputs: Outputs, hashes: FileHashes) -> None:
        self._outputs = outputs
        self._hashes = hashes
        self._ledger = Ledger(outputs.folder)
        self.latest = self._ledger.read_latest()
        self._running: dict[str, _RunningAttempt] = {}
        self._waited_at = time.monotonic()

    @property
    def in_progress(self) -> frozenset[str]:
        """The pages that were started and have not ended."""
        return frozenset(self._running)

    def write_run_started(self) -> None:
        """Write that a run begins: from here on the outputs are not those of a finished run."""
        self._write(LedgerEntry(page=RUN_PAGE, state=AttemptState.STARTED), wait=True)

    def write_run_finished(self, input_digest: str, manifest: bytes) -> None:
        """Write that a run of all applicants ended well, with the hash of its manifest and of every output.

        Its libraries are those of all outputs and of this process.
        """
        files = self._hashes.hash_files(list_outputs(self._outputs.folder))
        parts = {"inputs": input_digest, "manifest": sha256_hex(manifest)}
        libraries = dict(list_imported_libraries())
        for entry in self.latest.values():
            libraries |= entry.libraries
        entry = LedgerEntry(page=RUN_PAGE, state=AttemptState.MADE, parts=parts, files=files, libraries=libraries)
        self._write(entry, wait=True)

    def write_started(self, page: str, parts: Mapping[str, str]) -> None:
        """Write that a page is started, and from which parts."""
        self._running[page] = _RunningAttempt(parts=parts, at=time.monotonic())
        self._write(LedgerEntry(page=page, state=AttemptState.STARTED, parts=parts))

    def write_rendered(self, report: RenderedReport) -> None:
        """Write that a page was rendered; its files must exist already."""
        page = self._outputs.name_page(report.applicant_id, report.language, report.audience)
        attempt = self._running.pop(page)
        files = {name: self._hashes.hash_file(name) for name in (page, replace_suffix(page, ".ipynb"))}
        seconds = round(time.monotonic() - attempt.at, 3)
        self._write(
            LedgerEntry(
                page=page,
                state=AttemptState.MADE,
                parts=attempt.parts,
                files=files,
                libraries=report.libraries,
                seconds=seconds,
            )
        )

    def write_failed(self, failure: Failure) -> None:
        """Write that a page could not be rendered."""
        page = self._outputs.name_page(failure.id, failure.language, failure.audience)
        attempt = self._running.pop(page)
        self._write(LedgerEntry(page=page, state=AttemptState.FAILED, parts=attempt.parts, reason=failure.reason))

    def write_file_failed(self, page: str, failure: Failure, parts: Mapping[str, str]) -> None:
        """Write that a letter or a card could not be built."""
        self._write(LedgerEntry(page=page, state=AttemptState.FAILED, parts=parts, reason=failure.reason))

    def write_stopped(self) -> None:
        """Write that the pages in progress are given up."""
        for page, attempt in self._running.items():
            self._write(LedgerEntry(page=page, state=AttemptState.STOPPED, parts=attempt.parts))
        self._running.clear()

    def write_records(self, applicant_id: str, parts: Mapping[str, str]) -> None:
        """Write that an applicant's records were written, and what they depend on."""
        names = [self._outputs.name_record(applicant_id, audience) for audience in Audience]
        self.write_files(names[0], parts, names)

    def are_records_fresh(self, applicant_id: str, parts: Mapping[str, str]) -> bool:
        """Return whether the applicant's records are as they were written, from these parts."""
        return self.are_files_fresh(self._outputs.name_record(applicant_id), parts)

    def write_files(
        self, page: str, parts: Mapping[str, str], names: Iterable[str], libraries: Mapping[str, str] | None = None
    ) -> None:
        """Write that files that are no pages were written, under one name, and what they depend on.

        Without ``libraries`` they are those that this process has imported.
        """
        files = {name: sha256 for name in names if (sha256 := self._hashes.hash_file(name))}
        libraries = list_imported_libraries() if libraries is None else libraries
        self._write(LedgerEntry(page=page, state=AttemptState.MADE, parts=parts, files=files, libraries=libraries))

    def are_files_fresh(self, page: str, parts: Mapping[str, str]) -> bool:
        """Return whether the files of `write_files` are as they were written, from these parts by these libraries."""
        entry = self.latest.get(page)
        if entry is None or entry.parts != dict(parts) or list_changed_libraries(entry.libraries):
            return False
        return bool(entry.files) and all(self._hashes.hash_file(name) == sha256 for name, sha256 in entry.files.items())

    def list_failures(self, applicant_ids: Iterable[str]) -> tuple[Failure, ...]:
        """Return the pages, letters and cards of these applicants, and the summaries, whose latest attempt failed."""
        if all(entry.state is not AttemptState.FAILED for entry in self.latest.values()):
            return ()  # as it is nearly always, and asked for after every report
        failures = []
        for applicant_id in ("", *applicant_ids):  # without an id: the summaries
            files = [
                (audience, language, name_file(applicant_id, language))
                for language in LANGUAGES
                for audience, name_file in (
                    (Audience.APPLICANT, self._outputs.name_letter),
                    (Audience.PUBLIC, self._outputs.name_card),
                )
                if applicant_id
            ]
            for audience, language, page in (*self._outputs.name_reports(applicant_id), *files):
                entry = self.latest.get(page)
                if entry is not None and entry.state is AttemptState.FAILED:
                    failures.append(Failure(id=applicant_id, language=language, reason=entry.reason, audience=audience))
        return tuple(sorted(failures, key=lambda failure: (failure.id, failure.audience, failure.language)))

    def _write(self, entry: LedgerEntry, *, wait: bool = False) -> None:
        """Write one line; it waits for the disk where the last wait is `_LONGEST_UNSAFE` seconds ago.

        A line that is lost with the machine costs the work that it records and nothing else: its files are on the disk
        before it, and they are compared with the line that is then the latest of their page, which is not theirs.
        """
        now = time.monotonic()
        wait = wait or now - self._waited_at >= _LONGEST_UNSAFE
        self._ledger.append(entry, wait=wait)
        self.latest[entry.page] = replace(entry, libraries=_share_libraries(tuple(entry.libraries.items())))
        if wait:
            self._waited_at = now
