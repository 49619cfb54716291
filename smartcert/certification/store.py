"""How is a register stored? One SQLite file that is only ever added to, and the published heads beside it."""

from __future__ import annotations

import os
import re
import sqlite3
import time
import uuid
from collections.abc import Callable, Iterator, Sequence
from contextlib import closing, contextmanager
from dataclasses import replace
from datetime import date, datetime
from pathlib import Path
from types import TracebackType

from smartcert.certification.events import (
    Draft,
    Event,
    EventKind,
    Purpose,
    Refusal,
    RefusedError,
    build_event,
    build_refusal,
    from_canonical,
    normalise_moment,
    to_canonical,
)
from smartcert.certification.holders import CodesOf, group_by_holder, list_targets, only_code, select_target
from smartcert.certification.periods import to_korean_day
from smartcert.certification.state import Certificate, Law
from smartcert.certification.timeline import admit_draft, check_first_application, compute_standing, compute_state
from smartcert.errors import SmartcertError, UsageError
from smartcert.files import sha256_hex, write_atomic
from smartcert.lazy_dataclass import dataclass
from smartcert.model.certification import SPECIMEN_PREFIX

FORMAT = "smartcert-register/1"
"""The format that a register states; ``PRAGMA application_id`` states it too."""

APPLICATION_ID = 0x53434552
"""``SCER``, by which the file is known."""

_ABORT = "SELECT RAISE(ABORT, 'the register is only ever added to')"

TABLES = (
    "CREATE TABLE meta (key TEXT PRIMARY KEY, value TEXT NOT NULL) STRICT",
    "CREATE TABLE events (seq INTEGER PRIMARY KEY, subject TEXT NOT NULL, kind TEXT NOT NULL,"
    " body TEXT NOT NULL, previous TEXT NOT NULL UNIQUE, hash TEXT NOT NULL UNIQUE) STRICT",
    "CREATE INDEX events_by_subject ON events (subject, seq)",
    "CREATE TABLE numbers (year INTEGER NOT NULL, running INTEGER NOT NULL, number TEXT NOT NULL UNIQUE,"
    " seq INTEGER NOT NULL UNIQUE REFERENCES events (seq), PRIMARY KEY (year, running)) STRICT",
)

# the database itself refuses every change of what was entered
TRIGGERS = (
    *(
        f"CREATE TRIGGER {table}_{verb.lower()} BEFORE {verb} ON {table} BEGIN {_ABORT}; END"
        for table in ("meta", "events", "numbers")
        for verb in ("UPDATE", "DELETE")
    ),
    "CREATE TRIGGER events_insert BEFORE INSERT ON events"
    " WHEN NEW.seq IS NOT (SELECT coalesce(max(seq), 0) + 1 FROM events)"
    " OR NEW.previous IS NOT coalesce((SELECT hash FROM events ORDER BY seq DESC LIMIT 1),"
    " (SELECT value FROM meta WHERE key = 'genesis'))"
    " BEGIN SELECT RAISE(ABORT, 'not the next entry of the chain'); END",
    "CREATE TRIGGER numbers_insert BEFORE INSERT ON numbers"
    " WHEN NEW.running IS NOT (SELECT coalesce(max(running), 0) + 1 FROM numbers WHERE year = NEW.year)"
    " BEGIN SELECT RAISE(ABORT, 'not the next number of the year'); END",
)

SCHEMA = (*TABLES, *TRIGGERS)
"""Every statement that creates a register, in order."""


_BUSY_SECONDS = 60.0
"""How long a writer waits for another one."""
_RETRY_SECONDS = 0.004
"""How often a waiting writer asks again. SQLite's own waits grow to a tenth of a second, in which others can always be
first: of four at work, one could be turned away after a minute."""


def _create_tables(path: Path, genesis: str) -> None:
    """Create the tables and triggers of a new register.

    Raises:
        UsageError: it cannot be written.
    """
    db = _connect(path, "rwc")
    try:
        db.execute("BEGIN IMMEDIATE")
        db.execute(f"PRAGMA application_id = {APPLICATION_ID}")
        for statement in SCHEMA:
            db.execute(statement)
        db.executemany("INSERT INTO meta VALUES (?, ?)", [("format", FORMAT), ("genesis", genesis)])
        db.execute("COMMIT")
    except sqlite3.Error as error:
        raise UsageError(f"cannot create {path}: {error}") from None
    finally:
        db.close()


def _connect(path: Path, mode: str) -> sqlite3.Connection:
    """Open a database without reading it yet.

    Raises:
        UsageError: it does not open.
    """
    try:
        uri = f"{path.resolve().as_uri()}?mode={mode}"
        return sqlite3.connect(uri, uri=True, timeout=_BUSY_SECONDS, isolation_level=None)
    except sqlite3.Error as error:
        raise UsageError(f"cannot open {path}: {error}") from None


def _open_database(path: Path, mode: str) -> sqlite3.Connection:
    """Open a register to read (``ro``) or to write (``rw``); what is written is on the disk when a transaction ends.

    Raises:
        UsageError: there is no such file, or it is not a register.
        sqlite3.OperationalError: a crash left a journal that only a writer can roll back.
    """
    if not path.is_file():
        raise UsageError(f"no register at {path}; 'smartcert register issue' creates one")
    db = _connect(path, mode)
    try:
        known = _is_register(db)
    except sqlite3.OperationalError as error:
        db.close()
        if mode == "ro" and "readonly" in str(error):
            raise
        raise UsageError(f"{path} is not a register of certificates ({error})") from None
    except sqlite3.DatabaseError:
        known = False
    if not known:
        db.close()
        raise UsageError(f"{path} is not a register of certificates")
    return db


def _is_register(db: sqlite3.Connection) -> bool:
    # EXTRA: the end of a transaction waits until the journal's removal is on the disk as well
    db.execute("PRAGMA synchronous = EXTRA")
    db.execute("PRAGMA foreign_keys = ON")
    if db.execute("PRAGMA application_id").fetchone()[0] != APPLICATION_ID:
        return False
    row: tuple[str] | None = db.execute("SELECT value FROM meta WHERE key = 'format'").fetchone()
    return row == (FORMAT,)


_TAIL_BYTES = 200
"""More than the longest line of the file of heads."""

_HEAD_LINE = re.compile(r"([1-9][0-9]*) ([0-9a-f]{64})")
_HEAD_TEXT = re.compile(r"([0-9]+)[: ]([0-9a-f]{64})")


@dataclass(frozen=True, kw_only=True, slots=True)
class Head:
    """The number of entries and the hash of the last one (the genesis of the register where there is none)."""

    count: int
    hash: str

    def __str__(self) -> str:
        return f"{self.count}:{self.hash}"


def parse_head(text: str) -> Head:
    """Return a head from the text in which it is printed, ``12:<hash>``.

    Raises:
        UsageError: the text is not a head.
    """
    match = _HEAD_TEXT.fullmatch(text.strip())
    if match is None:
        raise UsageError(f"'{text}' is not a head; it is written as 12: and the hash of the entry")
    return Head(count=int(match[1]), hash=match[2])


def heads_path(register: Path) -> Path:
    """Return the path of the published heads of a register: a line ``12 <hash>`` for each entry, only ever added to."""
    return register.with_name(register.name + ".heads")


def read_published_heads(register: Path) -> tuple[Head, ...] | None:
    """Return the published heads of a register, or None where there is no such file.

    A last line without its end is left out: it was being written when the machine stopped, and its entry was not
    confirmed. A line that is not a head counts as head 0.
    """
    try:
        text = heads_path(register).read_text("ascii", errors="replace")
    except FileNotFoundError:
        return None
    lines = text.split("\n")[:-1]
    matches = map(_HEAD_LINE.fullmatch, lines)
    return tuple(Head(count=int(match[1]), hash=match[2]) if match else Head(count=0, hash="") for match in matches)


def read_last_head(register: Path) -> Head | None:
    """Return the last published head without reading all of them, or None."""
    try:
        with heads_path(register).open("rb") as lines:
            lines.seek(0, os.SEEK_END)
            lines.seek(max(0, lines.tell() - _TAIL_BYTES))
            tail = lines.read().decode("ascii", errors="replace")
    except FileNotFoundError:
        return None
    matches = [match for line in tail.split("\n")[:-1] if (match := _HEAD_LINE.fullmatch(line))]
    return Head(count=int(matches[-1][1]), hash=matches[-1][2]) if matches else None


def publish_heads(register: Path, heads: list[Head]) -> None:
    """Add heads to the file, after cutting off an unfinished last line; they are on the disk when this returns."""
    with heads_path(register).open("a+b") as lines:
        end = lines.seek(0, os.SEEK_END)
        lines.seek(max(0, end - _TAIL_BYTES))
        tail = lines.read()
        if tail and not tail.endswith(b"\n"):
            lines.truncate(end - len(tail) + tail.rfind(b"\n") + 1)
        lines.write("".join(f"{head.count} {head.hash}\n" for head in heads).encode())
        lines.flush()
        os.fsync(lines.fileno())


def evaluations_folder(register: Path) -> Path:
    """Return the folder of the evaluations that the entries of a register rest on."""
    return register.with_name(register.name + ".evaluations")


def store_evaluation(register: Path, data: bytes) -> str:
    """Store an ``evaluation.json`` beside the register and return its SHA-256.

    It is on the disk when this returns, so before the entry that names it.

    Raises:
        UsageError: it cannot be written.
    """
    digest = sha256_hex(data)
    if read_evaluation(register, digest) is None:
        write_atomic(evaluations_folder(register) / f"{digest}.json", data)
    return digest


def is_evaluation_stored(register: Path, digest: str) -> bool:
    """Return whether there is a file of the evaluation with this SHA-256, whatever is in it."""
    return os.path.lexists(evaluations_folder(register) / f"{digest}.json")


def read_evaluation(register: Path, digest: str) -> bytes | None:
    """Return the evaluation with this SHA-256, or None where it was not stored or was changed."""
    try:
        data = (evaluations_folder(register) / f"{digest}.json").read_bytes()
    except OSError:
        return None
    return data if sha256_hex(data) == digest else None


def format_number(year: int, running: int, *, specimen: bool = False) -> str:
    """Return a certificate's number. The published form is not known; this is the register's own.

    The number of a certificate of an invented round says so itself, so that no paper, file or QR code can hide it.

    >>> format_number(2023, 7), format_number(2023, 7, specimen=True), parse_number("SC-2023-0007")
    ('SC-2023-0007', 'SPECIMEN-2023-0007', (2023, 7))
    """
    return f"{SPECIMEN_PREFIX if specimen else 'SC-'}{year}-{running:04d}"


def parse_number(text: str) -> tuple[int, int]:
    """Return the year and the running number of a certificate's number."""
    _, year, running = text.split("-")
    return int(year), int(running)


Clock = Callable[[], datetime]


class RegisterDamagedError(SmartcertError):
    """The register is not what was entered; ``smartcert register verify`` lists where."""


class RegisterNotWrittenError(RegisterDamagedError):
    """The register could not be written: a full or read-only disk, or another writer. Nothing was entered."""

    exit_code = 2


class Register:
    """An open register, safe against a crash at any moment. Use it as a context manager."""

    def __init__(
        self, path: Path, connection: sqlite3.Connection, *, writes: bool, codes_of: CodesOf = only_code
    ) -> None:
        self.path = path
        self._codes_of = codes_of
        self._db = connection
        self._writes = writes

    @classmethod
    def create(cls, path: Path, genesis: str = "") -> Register:
        """Create an empty register; ``genesis`` is given only when another one is restored from its lines.

        Raises:
            UsageError: the file or its heads exist already, or cannot be written.
        """
        for file in (path, heads_path(path)):
            if file.exists():
                raise UsageError(f"{file} exists already")
        # created beside and linked when complete: a crash leaves no half register, two processes do not mix theirs
        new = path.with_name(f"{path.name}.{uuid.uuid4().hex}.new")
        try:
            _create_tables(new, genesis or sha256_hex(f"{FORMAT}:{uuid.uuid4()}".encode()))
            path.hardlink_to(new)
        except FileExistsError:
            raise UsageError(f"{path} exists already") from None
        except OSError as error:
            raise UsageError(f"cannot create {path}: {error.strerror}") from None
        finally:
            new.unlink(missing_ok=True)
        publish_heads(path, [])
        return cls.open(path)

    @classmethod
    def open(cls, path: Path, codes_of: CodesOf = only_code) -> Register:
        """Open a register to add to it; ``codes_of`` gives the codes of one holder, whose entries belong together.

        Raises:
            UsageError: there is no such file, or it is not a register.
        """
        return cls(path, _open_database(path, "rw"), writes=True, codes_of=codes_of)

    @classmethod
    def read(cls, path: Path, codes_of: CodesOf = only_code) -> Register:
        """Open a register to read it; ``codes_of`` as for `open`.

        Raises:
            UsageError: there is no such file, or it is not a register.
        """
        try:
            return cls(path, _open_database(path, "ro"), writes=False, codes_of=codes_of)
        except sqlite3.OperationalError:
            # a crash left a journal behind: only a writer can roll it back
            _open_database(path, "rw").close()
            return cls(path, _open_database(path, "ro"), writes=False, codes_of=codes_of)

    def __enter__(self) -> Register:
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self.close()

    def close(self) -> None:
        """Close the file."""
        self._db.close()

    @property
    def genesis(self) -> str:
        """The hash that the first entry follows; no two registers have the same."""
        value: str = self._db.execute("SELECT value FROM meta WHERE key = 'genesis'").fetchone()[0]
        return value

    def head(self) -> Head:
        """Return the number of entries and the hash of the last one."""
        row = self._db.execute("SELECT seq, hash FROM events ORDER BY seq DESC LIMIT 1").fetchone()
        return Head(count=row[0], hash=row[1]) if row else Head(count=0, hash=self.genesis)

    def subjects(self) -> tuple[str, ...]:
        """Return the codes of all holders and applicants, in their order."""
        return tuple(row[0] for row in self._db.execute("SELECT DISTINCT subject FROM events ORDER BY subject"))

    def known_to(self, known: datetime | None = None) -> date | None:
        """Return the day on which the last entry was made, at or before ``known`` where given; None without entries.

        Raises:
            RegisterDamagedError: an entry cannot be read.
        """
        for seq, body in self._db.execute("SELECT seq, body FROM events ORDER BY seq DESC"):
            recorded_at = _parse_entry(seq, body).recorded_at
            if known is None or recorded_at <= known:
                return to_korean_day(recorded_at)
        return None

    def events(self, subject: str | None = None, *, after: int = 0) -> tuple[Event, ...]:
        """Return all entries, or those of one holder under any of its codes, in the order in which they were entered.

        With ``after`` only those that come after the entry of this number.

        Raises:
            RegisterDamagedError: an entry cannot be read.
        """
        codes = () if subject is None else self._codes_of(subject)
        of_holder = f"AND subject IN ({', '.join('?' * len(codes))})" if codes else ""
        rows = self._db.execute(
            f"SELECT seq, body FROM events WHERE seq > ? {of_holder} ORDER BY seq",  # noqa: S608 - no input in it
            (after, *codes),
        )
        return tuple(_parse_entry(seq, body) for seq, body in rows)

    def certificate(self, number: str, law: Law, day: date) -> Certificate | None:
        """Return the certificate with ``number`` as it stood at the end of ``day``, or None."""
        row = self._db.execute(
            "SELECT subject FROM events WHERE seq = (SELECT seq FROM numbers WHERE number = ?)", (number,)
        ).fetchone()
        groups = group_by_holder(self.events(row[0]), self._codes_of).values() if row else ()
        certificates = (certificate for own in groups for certificate in compute_standing(own, day, law).certificates)
        return next((certificate for certificate in certificates if certificate.number == number), None)

    def append(self, draft: Draft, law: Law, clock: Clock) -> Event:
        """Enter an event; it is on the disk and its head is published when this returns.

        Raises:
            RefusedError: the state does not allow it; nothing was entered.
            RegisterDamagedError: the register was changed from outside, or its disk is full.
        """
        return self.append_all([draft], law, clock)[-1]

    def append_all(self, drafts: list[Draft], law: Law, clock: Clock) -> tuple[Event, ...]:
        """Enter several events: all of them, or none.

        Raises:
            RefusedError: one of them is not allowed; nothing was entered.
            RegisterDamagedError: the register was changed from outside, or its disk is full.
        """
        with self._transaction():
            entered = tuple(self._enter(draft, law, clock, followed=draft is not drafts[-1]) for draft in drafts)
        self.publish()
        return entered

    def restore(self, events: tuple[Event, ...]) -> None:
        """Enter events of another register as they are, with their hashes; used only to rebuild one from its lines.

        Raises:
            RegisterDamagedError: they are not a chain.
        """
        with self._transaction():
            for event in events:
                self._insert(event)

    def copy(self, path: Path) -> None:
        """Copy the register as it is at this moment, while others may write to it."""
        with closing(sqlite3.connect(path)) as target:
            self._db.backup(target)

    def publish(self) -> None:
        """Write the heads that are not published yet; the transaction keeps the lines of two writers in their order."""
        with self._transaction() as db:
            last = read_last_head(self.path)
            rows = db.execute("SELECT seq, hash FROM events WHERE seq > ? ORDER BY seq", (last.count if last else 0,))
            publish_heads(self.path, [Head(count=seq, hash=own) for seq, own in rows])

    def _enter(self, draft: Draft, law: Law, clock: Clock, *, followed: bool) -> Event:
        last = self._db.execute("SELECT seq, body, hash FROM events ORDER BY seq DESC LIMIT 1").fetchone()
        now = normalise_moment(clock())
        previous, count = self.genesis, 0
        if last:
            latest = _parse_entry(last[0], last[1])
            if latest.hash != last[2]:
                raise RegisterDamagedError(f"entry {last[0]} was changed; run 'smartcert register verify'")
            # the clock of a machine may be set back; what was entered later is never recorded earlier
            now, previous, count = max(now, latest.recorded_at), latest.hash, latest.seq
        nature = self.is_invented()
        if draft.kind in _NATURE_KINDS and nature is not None and nature is not _is_invented(draft):
            raise RefusedError(build_refusal("register_of_invented" if nature else "register_of_real"))
        of_holder = self.events(draft.subject)
        own = select_target(of_holder, draft.target)
        for refusal in _check_other_services(draft, of_holder, law):
            raise RefusedError(refusal)
        if draft.kind is EventKind.ISSUED:
            given = {
                "number": self._number(draft, specimen=nature is True),
                "replaces": _find_replaced(draft, own, law),
            }
            facts = {name: value for name, value in {**draft.facts, **given}.items() if value}
            draft = replace(draft, facts=facts)
        admitted = admit_draft(draft, own, law, now, count + 1, followed=followed)
        event = build_event(admitted, count + 1, now, previous)
        self._insert(event)
        return event

    def is_invented(self) -> bool | None:
        """Return whether the register holds invented rounds only; None where it holds no application yet.

        A register never holds both: the first application, or entry from a public source, decides.
        """
        row = self._db.execute(
            "SELECT seq, body FROM events WHERE kind IN ('applied', 'transcribed') ORDER BY seq LIMIT 1"
        ).fetchone()
        return _is_invented(_parse_entry(*row)) if row else None

    def _number(self, draft: Draft, *, specimen: bool) -> str:
        year = normalise_moment(draft.at).year
        given = self._db.execute("SELECT coalesce(max(running), 0) FROM numbers WHERE year = ?", (year,)).fetchone()
        return format_number(year, given[0] + 1, specimen=specimen)

    def _insert(self, event: Event) -> None:
        body = to_canonical(event).decode()
        row = (event.seq, event.subject, event.kind.value, body, event.previous, event.hash)
        self._db.execute("INSERT INTO events VALUES (?, ?, ?, ?, ?, ?)", row)
        if event.kind is EventKind.ISSUED:
            year, running = parse_number(event.text("number"))
            self._db.execute(
                "INSERT INTO numbers VALUES (?, ?, ?, ?)", (year, running, event.text("number"), event.seq)
            )

    @contextmanager
    def _transaction(self) -> Iterator[sqlite3.Connection]:
        """Lock the register for one writer; on an error nothing of the transaction is written."""
        try:
            self._begin()
            try:
                yield self._db
            except BaseException:
                self._db.execute("ROLLBACK")
                raise
            self._db.execute("COMMIT")
        except sqlite3.OperationalError as error:
            raise RegisterNotWrittenError(f"cannot write {self.path}: {error}") from None
        except sqlite3.Error as error:
            raise RegisterDamagedError(f"{self.path}: {error}") from None

    def _begin(self) -> None:
        """Wait for the lock of the one writer.

        Raises:
            sqlite3.OperationalError: another writer has it for longer than `_BUSY_SECONDS`, or nothing can be written.
        """
        give_up = time.monotonic() + _BUSY_SECONDS
        self._db.execute("PRAGMA busy_timeout = 0")
        try:
            while True:
                try:
                    self._db.execute("BEGIN IMMEDIATE")
                    return
                except sqlite3.OperationalError as error:
                    if error.sqlite_errorcode != sqlite3.SQLITE_BUSY or time.monotonic() > give_up:
                        raise
                time.sleep(_RETRY_SECONDS)
        finally:
            self._db.execute(f"PRAGMA busy_timeout = {int(_BUSY_SECONDS * 1000)}")


def _find_replaced(draft: Draft, own: Sequence[Event], law: Law) -> str:
    """Return the number of the certificate in force that a new one replaces; empty where there is none, or it stays."""
    day = to_korean_day(draft.at)
    earlier = compute_state(own, day).certificate
    if earlier is None or earlier.ended or earlier.valid_to < day:
        return ""
    replaces = bool(draft.target.service) or law(day, draft.facts.get("edition", "")).new_certificate_replaces.value
    return earlier.number if replaces else ""


def _check_other_services(draft: Draft, of_holder: Sequence[Event], law: Law) -> Iterator[Refusal]:
    """Yield what is wrong with an application beside the holder's entries about other services of the scheme.

    It is entered once, under whatever name of a service; and it names the service where the holder has certificates of
    others. Entries that do not name their service are about one; earlier versions also entered several of them.
    """
    if draft.kind is not EventKind.APPLIED:
        return
    rules = law(to_korean_day(draft.at), draft.facts.get("edition", ""))
    targets = [target for target in list_targets(of_holder) if target.scheme == draft.scheme]
    for target in targets:
        if target != draft.target and {"round", "application"} <= draft.facts.keys():
            yield from check_first_application(draft, select_target(of_holder, target), rules.issues.basis)
    rule = rules.new_certificate_replaces
    if draft.target.service or rule.value or draft.facts.get("purpose") != Purpose.NEW:
        return
    states = (compute_state(select_target(of_holder, target), date.max) for target in targets)
    numbers = [certificate.number for state in states for certificate in state.certificates]
    if numbers:
        yield build_refusal("service_not_named", rule.basis, words={"numbers": ", ".join(numbers)})


_NATURE_KINDS = frozenset({EventKind.APPLIED, EventKind.TRANSCRIBED})
"""The kinds with which a certificate begins: each is of a real or of an invented round."""


def _is_invented(draft: Draft) -> bool:
    return draft.facts.get("invented") == "yes"


def _parse_entry(seq: int, body: str) -> Event:
    try:
        return from_canonical(body.encode())
    except (ValueError, KeyError):
        raise RegisterDamagedError(f"entry {seq} cannot be read; run 'smartcert register verify'") from None
