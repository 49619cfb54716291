"""The tables of the register: strict, and with guards that refuse every change of what was entered."""

from __future__ import annotations

FORMAT = "smartcert-register/1"
"""What a register says it is; ``PRAGMA application_id`` says so too."""

APPLICATION_ID = 0x53434552
"""``SCER``, by which the file is known."""

_NEVER = "SELECT RAISE(ABORT, 'the register is only ever added to')"

TABLES = (
    "CREATE TABLE meta (key TEXT PRIMARY KEY, value TEXT NOT NULL) STRICT",
    "CREATE TABLE events (seq INTEGER PRIMARY KEY, subject TEXT NOT NULL, kind TEXT NOT NULL,"
    " body TEXT NOT NULL, previous TEXT NOT NULL UNIQUE, hash TEXT NOT NULL UNIQUE) STRICT",
    "CREATE INDEX events_by_subject ON events (subject, seq)",
    "CREATE TABLE numbers (year INTEGER NOT NULL, running INTEGER NOT NULL, number TEXT NOT NULL UNIQUE,"
    " seq INTEGER NOT NULL UNIQUE REFERENCES events (seq), PRIMARY KEY (year, running)) STRICT",
)

GUARDS = (
    *(
        f"CREATE TRIGGER {table}_{verb.lower()} BEFORE {verb} ON {table} BEGIN {_NEVER}; END"
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

SCHEMA = (*TABLES, *GUARDS)
"""Every statement that makes a register, in order."""
