"""The ledger of a round's outputs: each attempt at each page, in the order in which it happened.

``ledger.jsonl`` is only ever appended to, a line at a time, and a line is on the disk before the run goes on: a run
that is killed at any moment leaves at most a cut-off last line, which is no line. A page counts as made only by a line
that was written after it was placed; so no other state can look like success.
"""

from __future__ import annotations

import json
import os
import re
from collections.abc import Iterator, Mapping
from dataclasses import asdict, dataclass, field
from datetime import UTC, datetime
from enum import StrEnum
from mmap import ACCESS_READ, mmap
from pathlib import Path
from typing import Any

_PAGE = re.compile(rb'"page": "((?:[^"\\]|\\.)*)"')


class State(StrEnum):
    """What became of an attempt. ``STARTED`` without a later line means that the run was ended in the middle."""

    STARTED = "started"
    MADE = "made"
    FAILED = "failed"
    STOPPED = "stopped"


@dataclass(frozen=True, kw_only=True, slots=True)
class Entry:
    """One line: a page by its place in the outputs, its state, what it was made from, and what it was when placed."""

    page: str
    state: State
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

    def entries(self) -> Iterator[Entry]:
        """Yield the lines in their order. A line that was cut off, or is none of ours, is passed over."""
        for line in self._lines():
            entry = _entry(line)
            if entry is not None:
                yield entry

    def last(self) -> dict[str, Entry]:
        """Return the latest entry of each page. A ledger grows with every run, so earlier lines are not decoded."""
        found: dict[str, Entry] = {}
        seen: set[bytes] = set()
        for line in reversed(self._lines()):
            named = _PAGE.search(line)
            if named is None or named[1] in seen:
                continue
            entry = _entry(line)
            if entry is not None:
                seen.add(named[1])
                found.setdefault(entry.page, entry)
        return found

    def end(self) -> Entry | None:
        """Return the very last entry without reading those before it; None where its line is cut off."""
        if not self._path.is_file() or not self._path.stat().st_size:
            return None
        with self._path.open("rb") as file, mmap(file.fileno(), 0, access=ACCESS_READ) as text:
            return _entry(text[text.rfind(b"\n", 0, len(text) - 1) + 1 :])

    def _lines(self) -> list[bytes]:
        return self._path.read_bytes().split(b"\n") if self._path.is_file() else []

    def append(self, entry: Entry) -> None:
        """Write one line and wait until it is on the disk."""
        stamped = asdict(entry) | {"run": self._run, "at": f"{datetime.now(UTC):%Y-%m-%dT%H:%M:%S.%fZ}"}
        line = json.dumps(stamped, ensure_ascii=False, sort_keys=True).encode() + b"\n"
        self._path.parent.mkdir(parents=True, exist_ok=True)
        descriptor = os.open(self._path, os.O_RDWR | os.O_CREAT | os.O_APPEND, 0o644)
        try:
            if _cut_off(descriptor):
                line = b"\n" + line
            os.write(descriptor, line)
            os.fsync(descriptor)
        finally:
            os.close(descriptor)


def _cut_off(descriptor: int) -> bool:
    """Return whether the file ends in the middle of a line, as a killed run may leave it."""
    size = os.fstat(descriptor).st_size
    return size > 0 and os.pread(descriptor, 1, size - 1) != b"\n"


def _entry(line: bytes) -> Entry | None:
    try:
        plain: dict[str, Any] = json.loads(line)
        return Entry(**(plain | {"state": State(plain["state"])}))
    except (ValueError, TypeError, KeyError):
        return None
