"""A register as lines of canonical JSON, back from them, and copied while it is in use."""

from __future__ import annotations

import json
import os
import shutil
import sqlite3
import uuid
from collections.abc import Iterator
from pathlib import Path

from smartcert.certification import evaluations, heads
from smartcert.certification.events import Event, canonical, from_canonical
from smartcert.certification.heads import Head
from smartcert.certification.schema import FORMAT
from smartcert.certification.store import Register
from smartcert.errors import InputError, Place, Problem, SmartcertError, UsageError


def lines(register: Register) -> Iterator[bytes]:
    """Yield a register's lines: what it is, each entry's canonical bytes, and the head. Same register, same bytes."""
    yield _line({"format": FORMAT, "genesis": register.genesis})
    for event in register.events():
        yield canonical(event) + b"\n"
    head = register.head()
    yield _line({"count": head.count, "head": head.hash})


def rebuild(text: bytes, file: str, path: Path) -> Head:
    """Make a register at ``path`` from the lines of another and return its head; the hashes are the same.

    Raises:
        InputError: a line that is no entry, does not follow the one before it, or an end that is not there.
        UsageError: ``path`` is there already.
    """
    genesis, events, head = _read(text, file)
    new = path.with_name(f"{path.name}.{uuid.uuid4().hex}.part")
    try:
        with Register.create(new, genesis) as register:
            register.restore(events)
            register.publish()
        _place(new, path)
    finally:
        for one in (new, heads.file(new)):
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
        shutil.copyfile(heads.file(register), heads.file(new))
        with Register.open(new) as copy:
            head = copy.head()
            _cut(heads.file(new), head)
            copy.publish()
        _place(new, target)
        if evaluations.folder(register).is_dir():
            shutil.copytree(evaluations.folder(register), evaluations.folder(target), dirs_exist_ok=True)
    except sqlite3.Error as error:
        raise SmartcertError(f"cannot copy {register}: {error}") from None
    finally:
        for one in (new, heads.file(new)):
            one.unlink(missing_ok=True)
    return head


def _cut(file: Path, head: Head) -> None:
    """Leave out heads of entries that came after the copy was taken."""
    kept = [line for line in file.read_bytes().splitlines(keepends=True) if line.endswith(b"\n")][: head.count]
    file.write_bytes(b"".join(kept))


def _place(new: Path, path: Path) -> None:
    try:
        with new.open("rb") as written:
            os.fsync(written.fileno())
        heads.file(path).hardlink_to(heads.file(new))
        path.hardlink_to(new)
    except FileExistsError:
        raise UsageError(f"{path} or its heads are there already") from None
    except OSError as error:
        raise UsageError(f"cannot write {path}: {error.strerror}") from None


def _line(plain: dict[str, object]) -> bytes:
    return json.dumps(plain, sort_keys=True, separators=(",", ":")).encode() + b"\n"


def _read(text: bytes, file: str) -> tuple[str, tuple[Event, ...], Head]:
    raw = text.splitlines()
    genesis = _first(raw, file)
    events: list[Event] = []
    previous = genesis
    for number, line in enumerate(raw[1:-1], start=2):
        try:
            event = from_canonical(line)
        except (ValueError, KeyError) as error:
            raise _wrong(file, number, f"no entry ({error})", "an entry as it was exported") from None
        if event.previous != previous or event.seq != number - 1:
            raise _wrong(file, number, f"entry {event.seq} out of its place", f"entry {number - 1} of the chain")
        events.append(event)
        previous = event.hash
    head = Head(count=len(events), hash=previous)
    if raw[-1] + b"\n" != _line({"count": head.count, "head": head.hash}):
        raise _wrong(file, len(raw), "another end", f"the head {head}")
    return genesis, tuple(events), head


def _first(raw: list[bytes], file: str) -> str:
    try:
        first = json.loads(raw[0])
        known = first["format"] == FORMAT and len(raw) > 1
        genesis = str(first["genesis"])
    except (ValueError, KeyError, IndexError, TypeError):
        known, genesis = False, ""
    if not known:
        raise _wrong(file, 1, "no register's first line", f'"format":"{FORMAT}" and the genesis')
    return genesis


def _wrong(file: str, line: int, found: str, wanted: str) -> InputError:
    return InputError([Problem(place=Place(file=file, line=line), found=found, wanted=wanted)])
