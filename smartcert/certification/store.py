"""The register as a file: one SQLite database that is only ever added to, safe against a crash at any moment.

A rollback journal, not WAL: the register stays one file that can be copied, mailed and opened on a read-only disk, and
with ``synchronous = EXTRA`` an entry is on the disk when `Register.append` returns. Entries are few: speed can wait.
"""

from __future__ import annotations

import sqlite3
import uuid
from collections.abc import Callable, Iterator
from contextlib import closing, contextmanager
from datetime import date, datetime
from pathlib import Path
from types import TracebackType

from smartcert.certification import heads
from smartcert.certification.admission import admitted
from smartcert.certification.chronicle import standing
from smartcert.certification.correction import with_number
from smartcert.certification.events import (
    Draft,
    Event,
    EventKind,
    canonical,
    digest,
    event_of,
    from_canonical,
    normal,
)
from smartcert.certification.heads import Head
from smartcert.certification.holding import Law
from smartcert.certification.numbers import number, parts
from smartcert.certification.opening import make, opened
from smartcert.certification.schema import FORMAT
from smartcert.certification.state import Certificate
from smartcert.errors import SmartcertError, UsageError

Clock = Callable[[], datetime]


class RegisterDamagedError(SmartcertError):
    """The register is not what was entered; ``smartcert register verify`` tells where."""


class Register:
    """An open register. Use it as a context manager."""

    def __init__(self, path: Path, connection: sqlite3.Connection, *, writes: bool) -> None:
        self.path = path
        self._db = connection
        self._writes = writes

    @classmethod
    def create(cls, path: Path, genesis: str = "") -> Register:
        """Make an empty register; ``genesis`` is given only when another one is restored from its lines.

        Raises:
            UsageError: the file is there already, or cannot be written.
        """
        for one in (path, heads.file(path)):
            if one.exists():
                raise UsageError(f"{one} is there already")
        # made beside and linked whole, so that a crash leaves no half register and two makers no mixture
        new = path.with_name(f"{path.name}.{uuid.uuid4().hex}.new")
        try:
            make(new, genesis or digest(f"{FORMAT}:{uuid.uuid4()}".encode()))
            path.hardlink_to(new)
        except FileExistsError:
            raise UsageError(f"{path} is there already") from None
        except OSError as error:
            raise UsageError(f"cannot make {path}: {error.strerror}") from None
        finally:
            new.unlink(missing_ok=True)
        heads.publish(path, [])
        return cls.open(path)

    @classmethod
    def open(cls, path: Path) -> Register:
        """Open a register to add to it.

        Raises:
            UsageError: there is no such file, or it is no register.
        """
        return cls(path, opened(path, "rw"), writes=True)

    @classmethod
    def read(cls, path: Path) -> Register:
        """Open a register to read it.

        Raises:
            UsageError: there is no such file, or it is no register.
        """
        try:
            return cls(path, opened(path, "ro"), writes=False)
        except sqlite3.OperationalError:
            # a crash left a journal behind: only a writer can roll it back
            opened(path, "rw").close()
            return cls(path, opened(path, "ro"), writes=False)

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
        """Return how many entries there are and the hash of the last."""
        row = self._db.execute("SELECT seq, hash FROM events ORDER BY seq DESC LIMIT 1").fetchone()
        return Head(count=row[0], hash=row[1]) if row else Head(count=0, hash=self.genesis)

    def subjects(self) -> tuple[str, ...]:
        """Return the codes of all holders and applicants."""
        return tuple(row[0] for row in self._db.execute("SELECT DISTINCT subject FROM events ORDER BY subject"))

    def events(self, subject: str | None = None) -> tuple[Event, ...]:
        """Return all entries, or those of one holder, in the order in which they were entered.

        Raises:
            RegisterDamagedError: an entry cannot be read.
        """
        where, values = ("", ()) if subject is None else ("WHERE subject = ?", (subject,))
        rows = self._db.execute(f"SELECT seq, body FROM events {where} ORDER BY seq", values)  # noqa: S608 - no input in it
        return tuple(_event(seq, body) for seq, body in rows)

    def certificate(self, number: str, law: Law, day: date) -> Certificate | None:
        """Return the certificate with ``number`` as it stood at the end of ``day``, or None."""
        row = self._db.execute(
            "SELECT subject FROM events WHERE seq = (SELECT seq FROM numbers WHERE number = ?)", (number,)
        ).fetchone()
        held = standing(self.events(row[0]), day, law).certificates if row else ()
        return next((one for one in held if one.number == number), None)

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
            entered = tuple(self._enter(draft, law, clock) for draft in drafts)
        self.publish()
        return entered

    def restore(self, events: tuple[Event, ...]) -> None:
        """Enter events of another register as they are, hash and all; used only to rebuild one from its lines.

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
        """Write the heads that are not published yet. Two writers cannot overtake each other here."""
        with self._transaction() as db:
            done = heads.last(self.path)
            rows = db.execute("SELECT seq, hash FROM events WHERE seq > ? ORDER BY seq", (done.count if done else 0,))
            heads.publish(self.path, [Head(count=seq, hash=own) for seq, own in rows])

    def _enter(self, draft: Draft, law: Law, clock: Clock) -> Event:
        last = self._db.execute("SELECT seq, body, hash FROM events ORDER BY seq DESC LIMIT 1").fetchone()
        now = normal(clock())
        previous, count = self.genesis, 0
        if last:
            latest = _event(last[0], last[1])
            if latest.hash != last[2]:
                raise RegisterDamagedError(f"entry {last[0]} was changed; run 'smartcert register verify'")
            # the clock of a machine may be set back; what was written down later is never earlier
            now, previous, count = max(now, latest.recorded_at), latest.hash, latest.seq
        if draft.kind is EventKind.ISSUED:
            draft = with_number(draft, self._number(draft))
        event = event_of(admitted(draft, self.events(draft.subject), law, now, count + 1), count + 1, now, previous)
        self._insert(event)
        return event

    def _number(self, draft: Draft) -> str:
        year = normal(draft.at).year
        given = self._db.execute("SELECT coalesce(max(running), 0) FROM numbers WHERE year = ?", (year,)).fetchone()
        return number(year, given[0] + 1)

    def _insert(self, event: Event) -> None:
        body = canonical(event).decode()
        row = (event.seq, event.subject, event.kind.value, body, event.previous, event.hash)
        self._db.execute("INSERT INTO events VALUES (?, ?, ?, ?, ?, ?)", row)
        if event.kind is EventKind.ISSUED:
            year, running = parts(event.text("number"))
            self._db.execute(
                "INSERT INTO numbers VALUES (?, ?, ?, ?)", (year, running, event.text("number"), event.seq)
            )

    @contextmanager
    def _transaction(self) -> Iterator[sqlite3.Connection]:
        """Hold the register for one writer; on an error nothing of it is written."""
        try:
            self._db.execute("BEGIN IMMEDIATE")
            try:
                yield self._db
            except BaseException:
                self._db.execute("ROLLBACK")
                raise
            self._db.execute("COMMIT")
        except sqlite3.Error as error:
            raise RegisterDamagedError(f"{self.path}: {error}") from None


def _event(seq: int, body: str) -> Event:
    try:
        return from_canonical(body.encode())
    except (ValueError, KeyError):
        raise RegisterDamagedError(f"entry {seq} cannot be read; run 'smartcert register verify'") from None
