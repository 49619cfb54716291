"""Attempts, manifest."""

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

# --- The ledger of a round's outputs: each attempt at each page, in the order in which it happened.

_PAGE_FIELD = re.compile(rb'"page": "((?:[^"\\]|\\.)*)"')


class AttemptState(StrEnum):
    """What became of an attempt. ``STARTED`` without a later line means that the run was ended in the middle."""

    STARTED = "started"
    MADE = "made"
    FAILED = "failed"
    STOPPED = "stopped"


@dataclass(frozen=True, kw_only=True, slots=True)
class LedgerEntry:
    """One line: a page by its place in the outputs, its state, what it was made from, and what it was when placed."""

    page: str
    state: AttemptState
    parts: Mapping[str, str] = field(default_factory=dict)
    files: Mapping[str, str] = field(default_factory=dict)
    """SHA-256 of each file that belongs to the page, by its place; only where it was made."""
    reason: str = ""
    seconds: float | None = None
    run: str = ""
    at: str = ""


class Ledger:
    """The ledger in one folder of outputs. Reading takes what is whole; a context appends."""

    def __init__(self, folder: Path) -> None:
        self._path = folder / "ledger.jsonl"
        self._run = f"{datetime.now(UTC):%Y%m%dT%H%M%S}-{os.getpid()}"

    def entries(self) -> Iterator[LedgerEntry]:
        """Yield the lines in their order. A line that was cut off, or is none of ours, is passed over."""
        for line in self._lines():
            entry = _decode_entry(line)
            if entry is not None:
                yield entry

    def last(self) -> dict[str, LedgerEntry]:
        """Return the latest entry of each page. A ledger grows with every run, so earlier lines are not decoded."""
        found: dict[str, LedgerEntry] = {}
        seen: set[bytes] = set()
        for line in reversed(self._lines()):
            named = _PAGE_FIELD.search(line)
            if named is None or named[1] in seen:
                continue
            entry = _decode_entry(line)
            if entry is not None:
                seen.add(named[1])
                found.setdefault(entry.page, entry)
        return found

    def end(self) -> LedgerEntry | None:
        """Return the very last entry without reading those before it; None where its line is cut off."""
        if not self._path.is_file() or not self._path.stat().st_size:
            return None
        with self._path.open("rb") as file, mmap(file.fileno(), 0, access=ACCESS_READ) as text:
            return _decode_entry(text[text.rfind(b"\n", 0, len(text) - 1) + 1 :])

    def _lines(self) -> list[bytes]:
        return self._path.read_bytes().split(b"\n") if self._path.is_file() else []

    def append(self, entry: LedgerEntry) -> None:
        """Write one line and wait until it is on the disk."""
        stamped = asdict(entry) | {"run": self._run, "at": f"{datetime.now(UTC):%Y-%m-%dT%H:%M:%S.%fZ}"}
        line = canonical_json(stamped, lines=0)
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


# --- ``manifest.json``: every output of a round with its hash, and the hash of each part that it was made from.

MANIFEST = "manifest.json"
MANIFEST_SIGNATURE = "manifest.sig.json"
MANIFEST_FORMAT = "smartcert-manifest/1"
UNLISTED_FILES = frozenset({MANIFEST, MANIFEST_SIGNATURE, "ledger.jsonl", ".lock"})
"""What tells about a run and not about the round: it differs from run to run."""


@dataclass(frozen=True, kw_only=True, slots=True)
class ManifestOutput:
    """One file by its place in the outputs: its hash, and the parts that it was made from where a page was."""

    file: str
    sha256: str
    parts: Mapping[str, str]


def build_manifest(
    round_id: str, hashes: FileHashes, last: Mapping[str, LedgerEntry], inputs: Mapping[str, str]
) -> bytes:
    """Return the manifest of the outputs that stand in a folder. ``inputs``: file of the round or rules and hash."""
    parts = {file: entry.parts for entry in last.values() for file in entry.files}
    outputs = [
        {"file": name, "sha256": sha256, "parts": dict(parts.get(name, {}))}
        for name, sha256 in hashes.all(list_outputs(hashes.folder)).items()
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
    """Return the outputs in ``folder`` that a manifest lists, sorted by their places."""
    found = (path.relative_to(folder).as_posix() for path in folder.rglob("*") if path.is_file())
    return sorted(name for name in found if name not in UNLISTED_FILES and not name.endswith(".part"))


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
        return plain, tuple(ManifestOutput(**one) for one in plain["outputs"])
    except (ValueError, KeyError, TypeError) as error:
        raise UsageError(f"{path} is no manifest: {error}") from None


# --- What a run writes into the ledger, and what it reads from it.

RUN_PAGE = ""
"""The page that stands for the whole run: a run is finished by its line, and begun by another one."""


@dataclass(frozen=True, kw_only=True, slots=True)
class _RunningAttempt:
    parts: Mapping[str, str]
    at: float


class Journal:
    """The ledger of one run, with the latest line of each page at hand."""

    def __init__(self, outputs: Outputs, hashes: FileHashes) -> None:
        self._outputs = outputs
        self._hashes = hashes
        self._ledger = Ledger(outputs.folder)
        self.last = self._ledger.last()
        self._running: dict[str, _RunningAttempt] = {}

    def begin(self) -> None:
        """Write that a run begins: from here on the outputs are not those of a finished run."""
        self._write(LedgerEntry(page=RUN_PAGE, state=AttemptState.STARTED))

    @property
    def making(self) -> frozenset[str]:
        """The pages that are being made."""
        return frozenset(self._running)

    def started(self, page: str, parts: Mapping[str, str]) -> None:
        """Write that a page is being made, and of what."""
        self._running[page] = _RunningAttempt(parts=parts, at=time.monotonic())
        self._write(LedgerEntry(page=page, state=AttemptState.STARTED, parts=parts))

    def made(self, made: RenderedReport) -> None:
        """Write that a page was made; it must be placed already."""
        path = self._outputs.page(made.applicant_id, made.language, made.audience)
        page = self._outputs.name(path)
        begun = self._running.pop(page)
        files = {name: self._hashes.of(name) for name in map(self._outputs.name, (path, path.with_suffix(".ipynb")))}
        seconds = round(time.monotonic() - begun.at, 3)
        self._write(LedgerEntry(page=page, state=AttemptState.MADE, parts=begun.parts, files=files, seconds=seconds))

    def failed(self, failure: Failure) -> None:
        """Write that a page could not be made."""
        page = self._outputs.name(self._outputs.page(failure.id, failure.language, failure.audience))
        begun = self._running.pop(page)
        self._write(LedgerEntry(page=page, state=AttemptState.FAILED, parts=begun.parts, reason=failure.reason))

    def stopped(self) -> None:
        """Write that the pages that were being made are not made any more."""
        for page, begun in self._running.items():
            self._write(LedgerEntry(page=page, state=AttemptState.STOPPED, parts=begun.parts))
        self._running.clear()

    def record_placed(self, applicant_id: str, parts: Mapping[str, str]) -> None:
        """Write that an applicant's records were placed, and what they were made from."""
        names = [self._outputs.name(self._outputs.record(applicant_id, audience)) for audience in Audience]
        self.placed(names[0], parts, names)

    def record_is_fresh(self, applicant_id: str, parts: Mapping[str, str]) -> bool:
        """Return whether the applicant's records stand as they were placed, made from these parts."""
        return self.is_fresh(self._outputs.name(self._outputs.record(applicant_id)), parts)

    def placed(self, name: str, parts: Mapping[str, str], names: Iterable[str]) -> None:
        """Write that files that are no pages were placed, under one name, and what they were made from."""
        files = {one: sha256 for one in names if (sha256 := self._hashes.of(one))}
        self._write(LedgerEntry(page=name, state=AttemptState.MADE, parts=parts, files=files))

    def is_fresh(self, name: str, parts: Mapping[str, str]) -> bool:
        """Return whether what was `placed` under a name stands as it was placed, made from these parts."""
        entry = self.last.get(name)
        if entry is None or entry.parts != dict(parts):
            return False
        return bool(entry.files) and all(self._hashes.of(one) == sha256 for one, sha256 in entry.files.items())

    def finished(self, fingerprint: str) -> None:
        """Write that a run of the whole round ended well, with the hash of every output."""
        files = self._hashes.all(list_outputs(self._outputs.folder))
        self._write(LedgerEntry(page=RUN_PAGE, state=AttemptState.MADE, parts={"inputs": fingerprint}, files=files))

    def failures(self, applicant_ids: Iterable[str]) -> tuple[Failure, ...]:
        """Return the failures that stand, sorted: pages whose latest attempt failed, of these applicants."""
        found = []
        for applicant_id in ("", *applicant_ids):  # without a name: the summaries
            for audience, language, path in self._outputs.report_places(applicant_id):
                entry = self.last.get(self._outputs.name(path))
                if entry is not None and entry.state is AttemptState.FAILED:
                    found.append(Failure(id=applicant_id, language=language, reason=entry.reason, audience=audience))
        return tuple(sorted(found, key=lambda one: (one.id, one.audience, one.language)))

    def _write(self, entry: LedgerEntry) -> None:
        self._ledger.append(entry)
        self.last[entry.page] = entry
