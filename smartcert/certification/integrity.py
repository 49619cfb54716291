"""Hash chain, export, rebuild."""

from __future__ import annotations

import json
import os
import shutil
import sqlite3
import uuid
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from enum import StrEnum
from pathlib import Path

from smartcert.certification import store as heads
from smartcert.certification.events import Event, EventKind, Refusal, from_canonical, to_canonical
from smartcert.certification.state import Law
from smartcert.certification.store import FORMAT, SCHEMA, TRIGGERS, Head, Register, format_number
from smartcert.certification.timeline import check_correction, replay
from smartcert.errors import InputError, Place, Problem, SmartcertError, UsageError
from smartcert.files import sha256_hex, write_atomic
from smartcert.reporting.canonical import compact_json

# --- Whether a register is what was entered: which entry was changed, removed, moved or added, or is missing at the end.


class DamageKind(StrEnum):
    """What is wrong at an entry."""

    CHANGED = "changed"
    REMOVED = "removed"
    MOVED = "moved"
    CUT_OFF = "cut_off"
    NOT_ALLOWED = "not_allowed"
    NUMBER = "number"
    GUARD = "guard"
    HEADS = "heads"
    UNREADABLE = "unreadable"


@dataclass(frozen=True, kw_only=True, slots=True, order=True)
class Damage:
    """One thing that is wrong: at which entry (0: the register as a whole), and what."""

    seq: int
    kind: DamageKind
    detail: str = ""


@dataclass(frozen=True, kw_only=True, slots=True)
class StoredRow:
    """A row of the table as it stands in the file; ``event`` is None where its text is that of no entry."""

    seq: int
    subject: str
    kind: str
    body: bytes
    previous: str
    hash: str
    event: Event | None


_ROWS = "SELECT seq, subject, kind, body, previous, hash FROM events ORDER BY seq"


def verify(path: Path, law: Law, head: Head | None = None) -> tuple[Damage, ...]:
    """Return everything that is wrong with a register, the first entry concerned first; nothing if it is whole.

    ``head`` is one that was kept elsewhere; it is held beside those published in the file next to the register.

    Raises:
        UsageError: there is no such file.
    """
    if not path.is_file():
        raise UsageError(f"no register at {path}")
    try:
        rows, numbers, statements, genesis = _read_database(path)
    except (sqlite3.Error, TypeError, ValueError) as error:
        return (Damage(seq=0, kind=DamageKind.UNREADABLE, detail=str(error)),)
    known = _collect_heads(path, head)
    found = [
        *_check_schema(statements),
        *_check_chain(rows, genesis),
        *_check_heads(path, rows, known, head),
        *_check_numbers(rows, numbers),
    ]
    if not found:
        found += [*_check_number_sequence(numbers), *_check_procedure(rows, law)]
    return tuple(sorted(_select_damage(found)))


def _read_database(path: Path) -> tuple[list[StoredRow], list[tuple[int, int, str, int]], set[str], str]:
    db = sqlite3.connect(f"{path.resolve().as_uri()}?mode=ro", uri=True)
    db.text_factory = bytes
    try:
        rows = [_parse_row(*row) for row in db.execute(_ROWS)]
        numbers = [
            (int(year), int(running), text.decode(), int(seq))
            for year, running, text, seq in db.execute("SELECT year, running, number, seq FROM numbers")
        ]
        statements = {row[0].decode() for row in db.execute("SELECT sql FROM sqlite_master WHERE sql IS NOT NULL")}
        genesis = db.execute("SELECT value FROM meta WHERE key = 'genesis'").fetchone()
        sound = db.execute("PRAGMA integrity_check").fetchone()[0].decode()
    finally:
        db.close()
    if genesis is None or sound != "ok":
        raise ValueError("no genesis" if genesis is None else sound)
    return rows, numbers, statements, genesis[0].decode()


def _parse_row(seq: int, subject: bytes, kind: bytes, body: bytes, previous: bytes, own: bytes) -> StoredRow:
    try:
        event = from_canonical(body)
    except (ValueError, KeyError):
        event = None
    return StoredRow(
        seq=seq,
        subject=subject.decode("utf-8", "replace"),
        kind=kind.decode("utf-8", "replace"),
        body=body,
        previous=previous.decode("utf-8", "replace"),
        hash=own.decode("utf-8", "replace"),
        event=event,
    )


def _collect_heads(path: Path, head: Head | None) -> dict[int, str]:
    known = {one.count: one.hash for one in heads.read_published_heads(path) or ()}
    return known | ({head.count: head.hash} if head else {})


def _check_schema(statements: set[str]) -> Iterator[Damage]:
    for wanted in SCHEMA:
        if wanted not in statements:
            name = wanted.split()[2]
            kind = DamageKind.GUARD if wanted in TRIGGERS else DamageKind.UNREADABLE
            yield Damage(seq=0, kind=kind, detail=name)
    for strange in statements - set(SCHEMA):
        yield Damage(seq=0, kind=DamageKind.GUARD, detail=strange[:80])


def _check_chain(rows: Sequence[StoredRow], genesis: str) -> Iterator[Damage]:
    """Yield what each row tells by itself and with the one before it."""
    expected, previous = 1, genesis
    for row in rows:
        if row.seq > expected:
            yield from (Damage(seq=seq, kind=DamageKind.REMOVED) for seq in range(expected, row.seq))
        whole = _is_intact(row)
        if not whole:
            yield Damage(seq=row.seq, kind=DamageKind.CHANGED)
        elif row.seq == expected and row.previous != previous:
            # this row is sound in itself, so the one before it is not the one that it followed
            yield Damage(seq=max(1, row.seq - 1), kind=DamageKind.CHANGED, detail="chain")
        expected, previous = row.seq + 1, row.hash


def _is_intact(row: StoredRow) -> bool:
    event = row.event
    return (
        event is not None
        and sha256_hex(row.body) == row.hash
        and (event.seq, event.subject, event.kind, event.previous) == (row.seq, row.subject, row.kind, row.previous)
    )


def _check_heads(path: Path, rows: Sequence[StoredRow], known: dict[int, str], head: Head | None) -> Iterator[Damage]:
    """Yield where the entries differ from the published heads."""
    published = heads.read_published_heads(path)
    if published is None:
        yield Damage(seq=0, kind=DamageKind.HEADS, detail="missing")
    elif [one.count for one in published] != list(range(1, len(published) + 1)):
        yield Damage(seq=0, kind=DamageKind.HEADS, detail="unsound")
    elif head and 0 < head.count <= len(published) and published[head.count - 1].hash != head.hash:
        yield Damage(seq=head.count, kind=DamageKind.HEADS, detail="other")
    here = {sha256_hex(row.body): row.seq for row in rows}
    for row in rows:
        own = sha256_hex(row.body)
        if row.seq not in known or known[row.seq] == own:
            continue
        elsewhere = own in known.values()
        yield Damage(seq=row.seq, kind=DamageKind.MOVED if elsewhere else DamageKind.CHANGED)
    last = rows[-1].seq if rows else 0
    for count, own in known.items():
        if own not in here and count > last:
            yield Damage(seq=count, kind=DamageKind.CUT_OFF)


def _check_numbers(rows: Sequence[StoredRow], numbers: Sequence[tuple[int, int, str, int]]) -> Iterator[Damage]:
    """Yield where the table of numbers is not what the entries say, or leaves one out."""
    issued = {row.seq: row.event.text("number") for row in rows if row.event and row.event.kind is EventKind.ISSUED}
    given = {seq: (year, running, text) for year, running, text, seq in numbers}
    for seq in sorted(issued.keys() | given.keys()):
        year, running, text = given.get(seq, (0, 0, ""))
        if issued.get(seq) != text or format_number(year, running) != text:
            yield Damage(seq=seq, kind=DamageKind.NUMBER, detail=text or issued[seq])


def _check_number_sequence(numbers: Sequence[tuple[int, int, str, int]]) -> Iterator[Damage]:
    """Yield the first entry of each year whose number does not follow the one before it."""
    for year in sorted({year for year, *_ in numbers}):
        taken = sorted((running, seq) for of, running, _, seq in numbers if of == year)
        wrong = [seq for place, (running, seq) in enumerate(taken, start=1) if running != place]
        yield from (Damage(seq=seq, kind=DamageKind.NUMBER, detail=str(year)) for seq in wrong[:1])


def _check_procedure(rows: Sequence[StoredRow], law: Law) -> Iterator[Damage]:
    """Yield entries of a whole chain that the procedure does not allow."""
    events = [row.event for row in rows if row.event]
    for subject in sorted({event.subject for event in events}):
        own = [event for event in events if event.subject == subject]
        for correction in (event for event in own if event.kind is EventKind.CORRECTED):
            earlier = [event for event in own if event.seq < correction.seq]
            for refusal in check_correction(correction, earlier):
                yield Damage(seq=correction.seq, kind=DamageKind.NOT_ALLOWED, detail=refusal.code)
        for event, outcome in replay(own, law, subject):
            if isinstance(outcome, Refusal):
                yield Damage(seq=event.seq, kind=DamageKind.NOT_ALLOWED, detail=outcome.code)


def _select_damage(found: Sequence[Damage]) -> Iterator[Damage]:
    """Yield one damage for each entry: the one that says most; what only follows from an earlier one is left out."""
    order = list(DamageKind)
    whole = {damage for damage in found if damage.seq == 0}
    yield from whole
    removed = {damage.seq for damage in found if damage.kind is DamageKind.REMOVED}
    for seq in sorted({damage.seq for damage in found if damage.seq}):
        of = [damage for damage in found if damage.seq == seq]
        plain = [damage for damage in of if damage.detail != "chain"]
        if not plain and seq in removed:
            continue
        yield min(plain or of, key=lambda damage: (order.index(damage.kind), damage.detail))


# --- The evaluations that entries rest on, kept beside the register under their SHA-256.


def evaluations_folder(register: Path) -> Path:
    """Return the folder of kept evaluations that belongs to a register."""
    return register.with_name(register.name + ".evaluations")


def store_evaluation(register: Path, data: bytes) -> str:
    """Keep an ``evaluation.json`` and return its SHA-256; it is on the disk before the entry that names it.

    Raises:
        UsageError: it cannot be written.
    """
    own = sha256_hex(data)
    path = evaluations_folder(register) / f"{own}.json"
    if read_evaluation(register, own) is not None:
        return own
    write_atomic(path, data)
    return own


def read_evaluation(register: Path, own: str) -> bytes | None:
    """Return the evaluation with this SHA-256, or None where it was not kept or is not what it was."""
    try:
        data = (evaluations_folder(register) / f"{own}.json").read_bytes()
    except OSError:
        return None
    return data if sha256_hex(data) == own else None


# --- A register as lines of canonical JSON, back from them, and copied while it is in use.


def export_lines(register: Register) -> Iterator[bytes]:
    """Yield a register's lines: what it is, each entry's canonical bytes, and the head. Same register, same bytes."""
    yield _encode_line({"format": FORMAT, "genesis": register.genesis})
    for event in register.events():
        yield to_canonical(event) + b"\n"
    head = register.head()
    yield _encode_line({"count": head.count, "head": head.hash})


def rebuild(text: bytes, file: str, path: Path) -> Head:
    """Make a register at ``path`` from the lines of another and return its head; the hashes are the same.

    Raises:
        InputError: a line that is no entry, does not follow the one before it, or an end that is not there.
        UsageError: ``path`` is there already.
    """
    genesis, events, head = _parse_lines(text, file)
    new = path.with_name(f"{path.name}.{uuid.uuid4().hex}.part")
    try:
        with Register.create(new, genesis) as register:
            register.restore(events)
            register.publish()
        _publish_files(new, path)
    finally:
        for one in (new, heads.heads_path(new)):
            one.unlink(missing_ok=True)
    return head


def backup(register: Path, target: Path) -> Head:
    """Copy a register, its heads and kept evaluations while others write to it, and return the head of the copy.

    The copy appears under its name only when it is whole.

    Raises:
        UsageError: there is no register, or the target is there already.
    """
    new = target.with_name(f"{target.name}.{uuid.uuid4().hex}.part")
    try:
        with Register.read(register) as source:
            source.copy(new)
        shutil.copyfile(heads.heads_path(register), heads.heads_path(new))
        with Register.open(new) as copy:
            head = copy.head()
            _truncate_heads(heads.heads_path(new), head)
            copy.publish()
        _publish_files(new, target)
        if evaluations_folder(register).is_dir():
            shutil.copytree(evaluations_folder(register), evaluations_folder(target), dirs_exist_ok=True)
    except sqlite3.Error as error:
        raise SmartcertError(f"cannot copy {register}: {error}") from None
    finally:
        for one in (new, heads.heads_path(new)):
            one.unlink(missing_ok=True)
    return head


def _truncate_heads(file: Path, head: Head) -> None:
    """Leave out heads of entries that came after the copy was taken."""
    kept = [line for line in file.read_bytes().splitlines(keepends=True) if line.endswith(b"\n")][: head.count]
    file.write_bytes(b"".join(kept))


def _publish_files(new: Path, path: Path) -> None:
    try:
        with new.open("rb") as written:
            os.fsync(written.fileno())
        heads.heads_path(path).hardlink_to(heads.heads_path(new))
        path.hardlink_to(new)
    except FileExistsError:
        raise UsageError(f"{path} or its heads are there already") from None
    except OSError as error:
        raise UsageError(f"cannot write {path}: {error.strerror}") from None


def _encode_line(plain: dict[str, object]) -> bytes:
    return compact_json(plain).encode() + b"\n"


def _parse_lines(text: bytes, file: str) -> tuple[str, tuple[Event, ...], Head]:
    raw = text.splitlines()
    genesis = _parse_first_line(raw, file)
    events: list[Event] = []
    previous = genesis
    for number, line in enumerate(raw[1:-1], start=2):
        try:
            event = from_canonical(line)
        except (ValueError, KeyError) as error:
            raise _build_input_error(file, number, f"no entry ({error})", "an entry as it was exported") from None
        if event.previous != previous or event.seq != number - 1:
            raise _build_input_error(
                file, number, f"entry {event.seq} out of its place", f"entry {number - 1} of the chain"
            )
        events.append(event)
        previous = event.hash
    head = Head(count=len(events), hash=previous)
    if raw[-1] + b"\n" != _encode_line({"count": head.count, "head": head.hash}):
        raise _build_input_error(file, len(raw), "another end", f"the head {head}")
    return genesis, tuple(events), head


def _parse_first_line(raw: list[bytes], file: str) -> str:
    try:
        first = json.loads(raw[0])
        known = first["format"] == FORMAT and len(raw) > 1
        genesis = str(first["genesis"])
    except (ValueError, KeyError, IndexError, TypeError):
        known, genesis = False, ""
    if not known:
        raise _build_input_error(file, 1, "no register's first line", f'"format":"{FORMAT}" and the genesis')
    return genesis


def _build_input_error(file: str, line: int, found: str, wanted: str) -> InputError:
    return InputError([Problem(place=Place(file=file, line=line), found=found, wanted=wanted)])
