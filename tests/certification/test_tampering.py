"""Tampering with a register: found, and the reader sent to the entry concerned."""

from __future__ import annotations

import random
import re
import shutil
import sqlite3
from dataclasses import replace
from pathlib import Path

import pytest

from smartcert.certification import store as heads
from smartcert.certification.events import Event, from_canonical, to_canonical
from smartcert.certification.integrity import DamageKind, verify
from smartcert.certification.store import TRIGGERS, Head, Register
from smartcert.files import sha256_hex
from tests.support.registering import DECIDER, K, filled, law


@pytest.fixture
def path(tmp_path: Path) -> Path:
    path = tmp_path / "register.sqlite"
    Register.create(path).close()
    return path


def raw(path: Path) -> sqlite3.Connection:
    """The database with its guards taken off, as somebody with the file in hand would open it."""
    db = sqlite3.connect(path, isolation_level=None)
    for statement in TRIGGERS:
        db.execute(f"DROP TRIGGER {statement.split()[2]}")
    return db


def guarded(db: sqlite3.Connection) -> None:
    """Put the guards back, so that nothing but the entries tells of the tampering."""
    for statement in TRIGGERS:
        db.execute(statement)
    db.close()


def bodies(db: sqlite3.Connection) -> list[Event]:
    return [from_canonical(row[0].encode()) for row in db.execute("SELECT body FROM events ORDER BY seq")]


def written(db: sqlite3.Connection, events: list[Event], first: int, *, chain: bool) -> None:
    """Write the entries from number ``first`` on anew; with ``chain`` with sound numbers, links and hashes."""
    genesis = db.execute("SELECT value FROM meta WHERE key = 'genesis'").fetchone()[0]
    db.execute("DELETE FROM numbers")
    db.execute("DELETE FROM events")
    previous = genesis
    for place, event in enumerate(events, start=1):
        seq = place if chain else event.seq
        one = replace(event, seq=seq, previous=previous) if chain and place >= first else event
        body = to_canonical(one).decode()
        own = sha256_hex(body.encode()) if chain else event.hash
        db.execute(
            "INSERT INTO events VALUES (?, ?, ?, ?, ?, ?)",
            (one.seq, one.subject, one.kind.value, body, one.previous, own),
        )
        previous = own
        if one.kind is K.ISSUED:
            number = one.facts["number"]
            running = db.execute("SELECT count(*) FROM numbers").fetchone()[0] + 1
            db.execute("INSERT INTO numbers VALUES (2023, ?, ?, ?)", (running, number, one.seq))


def tampered(path: Path, chance: random.Random) -> tuple[str, int]:
    """Do one random thing to a register; return what, and at which entry a reader must be sent."""
    db = raw(path)
    events = bodies(db)
    seq = chance.randint(1, len(events))
    what = chance.choice(("text", "column", "rehash", "forge", "remove", "take_out", "cut", "swap", "insert", "bytes"))
    at = events[seq - 1]
    worse = replace(at, reason="another reason", facts={**at.facts, **({"level": "1"} if "level" in at.facts else {})})
    match what:
        case "text":  # the words of an entry, its hash left alone
            db.execute("UPDATE events SET body = ? WHERE seq = ?", (to_canonical(worse).decode(), seq))
        case "column":  # what the tables say beside the entry
            column = chance.choice(("subject", "kind", "hash", "previous"))
            db.execute(f"UPDATE events SET {column} = 'other' WHERE seq = ?", (seq,))  # noqa: S608 - one of four
        case "rehash":  # one entry with a hash of its own, the rest left alone
            body = to_canonical(worse).decode()
            db.execute("UPDATE events SET body = ?, hash = ? WHERE seq = ?", (body, sha256_hex(body.encode()), seq))
        case "forge":  # one entry, and the whole chain after it made sound
            written(db, [worse if one.seq == seq else one for one in events], seq, chain=True)
        case "remove":  # an entry gone, a gap where it was
            seq = chance.randint(1, len(events) - 1)
            db.execute("DELETE FROM numbers WHERE seq = ?", (seq,))
            db.execute("DELETE FROM events WHERE seq = ?", (seq,))
        case "take_out":  # an entry gone, the chain closed over it
            written(db, [one for one in events if one.seq != seq], seq, chain=True)
        case "cut":  # the end gone
            db.execute("DELETE FROM numbers WHERE seq >= ?", (seq,))
            db.execute("DELETE FROM events WHERE seq >= ?", (seq,))
        case "swap":  # two entries in each other's place, the chain made sound
            seq = chance.randint(1, len(events) - 1)
            events[seq - 1], events[seq] = events[seq], events[seq - 1]
            written(db, events, seq, chain=True)
        case "insert":  # an entry that was never made, the chain made sound
            never = replace(at, kind=K.WITHDRAWN, facts={}, reason="never made")
            written(db, [*events[: seq - 1], never, *events[seq - 1 :]], seq, chain=True)
    guarded(db)
    if what == "bytes":  # a letter in the file itself
        seq = flipped(path, chance, events)
    return what, seq


def flipped(path: Path, chance: random.Random, events: list[Event]) -> int:
    data = bytearray(path.read_bytes())
    event = chance.choice(events)
    mark = f'"seq":{event.seq},"subject":"{event.subject}"'.encode()
    places = [found.start() for found in re.finditer(re.escape(mark), bytes(data))]
    place = places[0] + len(mark) - 2  # the last figure of the subject
    data[place] = ord("1") + (data[place] - ord("0")) % 9
    path.write_bytes(data)
    return event.seq


def found_and_located(tmp_path: Path, times: int, seed: int) -> None:
    whole = tmp_path / "whole.sqlite"
    Register.create(whole).close()
    filled(whole, 6)
    chance = random.Random(seed)
    for turn in range(times):
        path = tmp_path / f"{turn}.sqlite"
        shutil.copy(whole, path)
        shutil.copy(heads.heads_path(whole), heads.heads_path(path))
        what, seq = tampered(path, chance)
        damages = verify(path, law)
        assert damages, (turn, what, seq)
        assert damages[0].seq == seq, (turn, what, seq, damages)
        path.unlink()


@pytest.mark.slow
def test_sixty_random_tamperings_are_found_and_located(tmp_path: Path) -> None:
    found_and_located(tmp_path, 60, seed=60)


@pytest.mark.full
def test_five_hundred_random_tamperings_are_found_and_located(tmp_path: Path) -> None:
    found_and_located(tmp_path, 500, seed=500)


def test_a_tail_that_was_cut_off_together_with_its_heads_is_detected_by_a_head_stored_elsewhere(path: Path) -> None:
    events = filled(path, 2)
    stored = heads.parse_head(f"{len(events)}:{events[-1].hash}")
    db = raw(path)
    db.execute("DELETE FROM numbers WHERE seq = 10")
    db.execute("DELETE FROM events WHERE seq = 10")
    guarded(db)
    lines = heads.heads_path(path).read_text().splitlines(keepends=True)
    heads.heads_path(path).write_text("".join(lines[:-1]))
    assert verify(path, law) == ()
    assert [(one.seq, one.kind) for one in verify(path, law, stored)] == [(10, DamageKind.CUT_OFF)]


def test_a_register_written_anew_with_its_heads_is_detected_by_a_head_stored_elsewhere(path: Path) -> None:
    events = filled(path, 2)
    stored = Head(count=len(events), hash=events[-1].hash)
    db = raw(path)
    written(db, [replace(one, reason="nicer") if one.seq == 4 else one for one in events], 4, chain=True)
    fresh = bodies(db)
    guarded(db)
    heads.heads_path(path).write_text("".join(f"{one.seq} {one.hash}\n" for one in fresh))
    assert verify(path, law) == ()
    assert verify(path, law, stored)[0].seq == len(events)


def test_a_trigger_that_was_dropped_is_reported(path: Path) -> None:
    filled(path, 1)
    raw(path).close()
    assert {one.kind for one in verify(path, law)} == {DamageKind.GUARD}


def test_an_entry_that_the_procedure_does_not_allow_is_reported_though_its_chain_is_intact(path: Path) -> None:
    events = list(filled(path, 1))
    db = raw(path)
    written(db, [replace(one, actor=DECIDER) if one.seq == 2 else one for one in events], 2, chain=True)
    fresh = bodies(db)
    guarded(db)
    heads.heads_path(path).write_text("".join(f"{one.seq} {one.hash}\n" for one in fresh))
    assert [(one.seq, one.kind, one.detail) for one in verify(path, law)] == [
        (4, DamageKind.NOT_ALLOWED, "decided_by_evaluator")
    ]


@pytest.mark.parametrize("size", [0, 100, 5000])
def test_a_file_that_was_cut_short_is_reported(path: Path, size: int) -> None:
    filled(path, 1)
    path.write_bytes(path.read_bytes()[:size])
    assert verify(path, law)[0].kind is DamageKind.UNREADABLE
