"""What happened to each page of a round's outputs (``ledger.jsonl``), and which files they are (``manifest.json``)?"""

from __future__ import annotations

import json
import os
import re
import time
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import asdict, dataclass, field
from datetime import UTC, datetime
from enum import StrEnum
from mmap import ACCESS_READ, mmap
from pathlib import Path
from typing import Any

from smartcert import __version__
from smartcert.batch.hashing import FileHashes
from smartcert.batch.outputs import Outputs
from smartcert.batch.request import RenderedReport
from smartcert.errors import UsageError
from smartcert.reporting.canonical import canonical_json
from smartcert.reporting.records import Audience, Failure

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
    reason: str = ""
    seconds: float | None = None
    run: str = ""
    at: str = ""


class Ledger:
    """The ledger in one folder of outputs: each attempt at each page, in the order in which it happened."""

    def __init__(self, folder: Path) -> None:
        self._path = folder / "ledger.jsonl"
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

    def read_last(self) -> LedgerEntry | None:
        """Return the last entry without reading those before it; None where its line is cut off."""
        if not self._path.is_file() or not self._path.stat().st_size:
            return None
        with self._path.open("rb") as file, mmap(file.fileno(), 0, access=ACCESS_READ) as text:
            return _decode_entry(text[text.rfind(b"\n", 0, len(text) - 1) + 1 :])

    def _read_lines(self) -> list[bytes]:
        return self._path.read_bytes().split(b"\n") if self._path.is_file() else []

    def append(self, entry: LedgerEntry) -> None:
        """Write one line and wait until it is on the disk."""
        stamped = asdict(entry) | {"run": self._run, "at": f"{datetime.now(UTC):%Y-%m-%dT%H:%M:%S.%fZ}"}
        line = json.dumps(stamped, ensure_ascii=False, sort_keys=True).encode() + b"\n"
        self._path.parent.mkdir(parents=True, exist_ok=True)
        descriptor = os.open(self._path, os.O_RDWR | os.O_CREAT | os.O_APPEND, 0o644)
        try:
            if _ends_mid_line(descriptor):
                line = b"\n" + line
            os.write(descriptor, line)
            os.fsync(descriptor)
        finally:
            os.close(descriptor)


def _ends_mid_line(descriptor: int) -> bool:
    """Return whether the file ends in the middle of a line, as a killed run may leave it."""
    size = os.fstat(descriptor).st_size
    return size > 0 and os.pread(descriptor, 1, size - 1) != b"\n"


def _decode_entry(line: bytes) -> LedgerEntry | None:
    try:
        plain: dict[str, Any] = json.loads(line)
        return LedgerEntry(**(plain | {"state": AttemptState(plain["state"])}))
    except (ValueError, TypeError, KeyError):
        return None


MANIFEST = "manifest.json"
MANIFEST_SIGNATURE = "manifest.sig.json"
MANIFEST_FORMAT = "smartcert-manifest/1"
UNLISTED_FILES = frozenset({MANIFEST, MANIFEST_SIGNATURE, "ledger.jsonl", ".lock"})
"""Files about a run and not about the round: they differ from run to run."""


@dataclass(frozen=True, kw_only=True, slots=True)
class ManifestOutput:
    """One file by its name in the outputs: its hash, and for a page the parts that it was rendered from."""

    file: str
    sha256: str
    parts: Mapping[str, str]


def build_manifest(
    round_id: str, hashes: FileHashes, latest: Mapping[str, LedgerEntry], inputs: Mapping[str, str]
) -> bytes:
    """Return the manifest of the outputs in the folder of ``hashes``, as canonical JSON.

    ``latest`` is the latest entry of each page, ``inputs`` the hash of each file of the round and the rules.
    """
    parts = {file: entry.parts for entry in latest.values() for file in entry.files}
    outputs = [
        {"file": name, "sha256": sha256, "parts": dict(parts.get(name, {}))}
        for name, sha256 in hashes.hash_files(list_outputs(hashes.folder)).items()
    ]
    plain = {
        "format": MANIFEST_FORMAT,
        "inputs": dict(inputs),
        "outputs": outputs,
        "package": __version__,
        "round": round_id,
    }
    return canonical_json(plain, lines=2)


def list_outputs(folder: Path) -> list[str]:
    """Return the names of the outputs in ``folder`` that a manifest lists, sorted."""
    names = (path.relative_to(folder).as_posix() for path in folder.rglob("*") if path.is_file())
    return sorted(name for name in names if name not in UNLISTED_FILES and not name.endswith(".part"))


def read_manifest(folder: Path) -> tuple[dict[str, Any], tuple[ManifestOutput, ...]]:
    """Return the manifest of ``folder`` as plain values, and its outputs.

    Raises:
        UsageError: there is none, or it is none of ours.
    """
    path = folder / MANIFEST
    if not path.is_file():
        raise UsageError(f"{folder} has no {MANIFEST}: no run was finished there")
    try:
        plain: dict[str, Any] = json.loads(path.read_bytes())
        if plain["format"] != MANIFEST_FORMAT:
            raise UsageError(f"{path} has format {plain['format']!r}, not {MANIFEST_FORMAT!r}")
        return plain, tuple(ManifestOutput(**output) for output in plain["outputs"])
    except (ValueError, KeyError, TypeError) as error:
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

    @property
    def in_progress(self) -> frozenset[str]:
        """The pages that were started and have not ended."""
        return frozenset(self._running)

    def write_run_started(self) -> None:
        """Write that a run begins: from here on the outputs are not those of a finished run."""
        self._write(LedgerEntry(page=RUN_PAGE, state=AttemptState.STARTED))

    def write_run_finished(self, input_digest: str) -> None:
        """Write that a run of all applicants ended well, with the hash of every output."""
        files = self._hashes.hash_files(list_outputs(self._outputs.folder))
        self._write(LedgerEntry(page=RUN_PAGE, state=AttemptState.MADE, parts={"inputs": input_digest}, files=files))

    def write_started(self, page: str, parts: Mapping[str, str]) -> None:
        """Write that a page is started, and from which parts."""
        self._running[page] = _RunningAttempt(parts=parts, at=time.monotonic())
        self._write(LedgerEntry(page=page, state=AttemptState.STARTED, parts=parts))

    def write_rendered(self, report: RenderedReport) -> None:
        """Write that a page was rendered; its files must exist already."""
        path = self._outputs.page(report.applicant_id, report.language, report.audience)
        page = self._outputs.name(path)
        attempt = self._running.pop(page)
        names = map(self._outputs.name, (path, path.with_suffix(".ipynb")))
        files = {name: self._hashes.hash_file(name) for name in names}
        seconds = round(time.monotonic() - attempt.at, 3)
        self._write(LedgerEntry(page=page, state=AttemptState.MADE, parts=attempt.parts, files=files, seconds=seconds))

    def write_failed(self, failure: Failure) -> None:
        """Write that a page could not be rendered."""
        page = self._outputs.name(self._outputs.page(failure.id, failure.language, failure.audience))
        attempt = self._running.pop(page)
        self._write(LedgerEntry(page=page, state=AttemptState.FAILED, parts=attempt.parts, reason=failure.reason))

    def write_stopped(self) -> None:
        """Write that the pages in progress are given up."""
        for page, attempt in self._running.items():
            self._write(LedgerEntry(page=page, state=AttemptState.STOPPED, parts=attempt.parts))
        self._running.clear()

    def write_records(self, applicant_id: str, parts: Mapping[str, str]) -> None:
        """Write that an applicant's records were written, and what they depend on."""
        names = [self._outputs.name(self._outputs.record(applicant_id, audience)) for audience in Audience]
        self.write_files(names[0], parts, names)

    def are_records_fresh(self, applicant_id: str, parts: Mapping[str, str]) -> bool:
        """Return whether the applicant's records are as they were written, from these parts."""
        return self.are_files_fresh(self._outputs.name(self._outputs.record(applicant_id)), parts)

    def write_files(self, page: str, parts: Mapping[str, str], names: Iterable[str]) -> None:
        """Write that files that are no pages were written, under one name, and what they depend on."""
        files = {name: sha256 for name in names if (sha256 := self._hashes.hash_file(name))}
        self._write(LedgerEntry(page=page, state=AttemptState.MADE, parts=parts, files=files))

    def are_files_fresh(self, page: str, parts: Mapping[str, str]) -> bool:
        """Return whether the files of `write_files` are as they were written, from these parts."""
        entry = self.latest.get(page)
        if entry is None or entry.parts != dict(parts):
            return False
        return bool(entry.files) and all(self._hashes.hash_file(name) == sha256 for name, sha256 in entry.files.items())

    def list_failures(self, applicant_ids: Iterable[str]) -> tuple[Failure, ...]:
        """Return the pages of these applicants, and the summaries, whose latest attempt failed, sorted."""
        failures = []
        for applicant_id in ("", *applicant_ids):  # without an id: the summaries
            for audience, language, path in self._outputs.report_paths(applicant_id):
                entry = self.latest.get(self._outputs.name(path))
                if entry is not None and entry.state is AttemptState.FAILED:
                    failures.append(Failure(id=applicant_id, language=language, reason=entry.reason, audience=audience))
        return tuple(sorted(failures, key=lambda failure: (failure.id, failure.audience, failure.language)))

    def _write(self, entry: LedgerEntry) -> None:
        self._ledger.append(entry)
        self.latest[entry.page] = entry
