"""The file of a register: made whole, known by its mark, opened so that what was entered is on the disk."""

from __future__ import annotations

import sqlite3
from pathlib import Path

from smartcert.certification.schema import APPLICATION_ID, FORMAT, SCHEMA
from smartcert.errors import UsageError

_BUSY_SECONDS = 60.0


def make(path: Path, genesis: str) -> None:
    """Make the tables and guards of a new register.

    Raises:
        UsageError: it cannot be written.
    """
    db = connect(path, "rwc")
    try:
        db.execute("BEGIN IMMEDIATE")
        db.execute(f"PRAGMA application_id = {APPLICATION_ID}")
        for statement in SCHEMA:
            db.execute(statement)
        db.executemany("INSERT INTO meta VALUES (?, ?)", [("format", FORMAT), ("genesis", genesis)])
        db.execute("COMMIT")
    except sqlite3.Error as error:
        raise UsageError(f"cannot make {path}: {error}") from None
    finally:
        db.close()


def connect(path: Path, mode: str) -> sqlite3.Connection:
    """Open a database without reading it yet.

    Raises:
        UsageError: it does not open.
    """
    try:
        uri = f"{path.resolve().as_uri()}?mode={mode}"
        return sqlite3.connect(uri, uri=True, timeout=_BUSY_SECONDS, isolation_level=None)
    except sqlite3.Error as error:
        raise UsageError(f"cannot open {path}: {error}") from None


def opened(path: Path, mode: str) -> sqlite3.Connection:
    """Open a register to read (``ro``) or to write (``rw``); what is written is on the disk when a transaction ends.

    Raises:
        UsageError: there is no such file, or it is no register.
        sqlite3.OperationalError: a crash left a journal that only a writer can roll back.
    """
    if not path.is_file():
        raise UsageError(f"no register at {path}; 'smartcert register issue' makes one")
    db = connect(path, mode)
    try:
        known = _is_register(db)
    except sqlite3.OperationalError as error:
        db.close()
        if mode == "ro" and "readonly" in str(error):
            raise
        raise UsageError(f"{path} is no register of certificates ({error})") from None
    except sqlite3.DatabaseError:
        known = False
    if not known:
        db.close()
        raise UsageError(f"{path} is no register of certificates")
    return db


def _is_register(db: sqlite3.Connection) -> bool:
    # EXTRA: the end of a transaction waits until the journal's removal is on the disk as well
    db.execute("PRAGMA synchronous = EXTRA")
    db.execute("PRAGMA foreign_keys = ON")
    if db.execute("PRAGMA application_id").fetchone()[0] != APPLICATION_ID:
        return False
    found: tuple[str] | None = db.execute("SELECT value FROM meta WHERE key = 'format'").fetchone()
    return found == (FORMAT,)
