"""How does a register leave its file and come back? Lines of canonical JSON, and copies while it is in use."""

from __future__ import annotations

import json
import os
import shutil
import sqlite3
import uuid
from collections.abc import Iterator
from pathlib import Path

from smartcert.certification.events import Event, from_canonical, to_canonical
from smartcert.certification.store import FORMAT, Head, Register, evaluations_folder, heads_path
from smartcert.errors import InputError, Place, Problem, SmartcertError, UsageError
from smartcert.reporting.canonical import compact_json


def export_lines(register: Register) -> Iterator[bytes]:
    """Yield a register as lines: format and genesis, the canonical bytes of each entry, the head."""
    yield _encode_line({"format": FORMAT, "genesis": register.genesis})
    for event in register.events():
        yield to_canonical(event) + b"\n"
    head = register.head()
    yield _encode_line({"count": head.count, "head": head.hash})


def rebuild(text: bytes, file: str, path: Path) -> Head:
    """Create a register at ``path`` from the lines of another and return its head; the hashes are the same.

    ``file`` is the name of the lines in errors.

    Raises:
        InputError: a line is not an entry, does not follow the one before it, or the end is missing.
        UsageError: ``path`` exists already.
    """
    genesis, events, head = _parse_lines(text, file)
    new = path.with_name(f"{path.name}.{uuid.uuid4().hex}.part")
    try:
        with Register.create(new, genesis) as register:
            register.restore(events)
            register.publish()
        _publish_files(new, path)
    finally:
        for part in (new, heads_path(new)):
            part.unlink(missing_ok=True)
    return head


def backup(register: Path, target: Path) -> Head:
    """Copy a register, its heads and its evaluations, also while others write to it; return the head of the copy.

    The copy appears under its name only when it is complete.

    Raises:
        UsageError: there is no register, or the target exists already.
    """
    new = target.with_name(f"{target.name}.{uuid.uuid4().hex}.part")
    try:
        with Register.read(register) as source:
            source.copy(new)
        shutil.copyfile(heads_path(register), heads_path(new))
        with Register.open(new) as copy:
            head = copy.head()
            _truncate_heads(heads_path(new), head)
            copy.publish()
        _publish_files(new, target)
        if evaluations_folder(register).is_dir():
            shutil.copytree(evaluations_folder(register), evaluations_folder(target), dirs_exist_ok=True)
    except sqlite3.OperationalError as error:
        raise UsageError(f"cannot write {target}: {error}") from None
    except sqlite3.Error as error:
        raise SmartcertError(f"cannot copy {register}: {error}") from None
    finally:
        for part in (new, heads_path(new)):
            part.unlink(missing_ok=True)
    return head


def _truncate_heads(file: Path, head: Head) -> None:
    """Cut off the heads of entries that were entered after the copy was taken."""
    lines = [line for line in file.read_bytes().splitlines(keepends=True) if line.endswith(b"\n")]
    file.write_bytes(b"".join(lines[: head.count]))


def _publish_files(new: Path, path: Path) -> None:
    """Give a complete register and its heads their names; an existing file is never replaced."""
    try:
        with new.open("rb") as written:
            os.fsync(written.fileno())
        heads_path(path).hardlink_to(heads_path(new))
        path.hardlink_to(new)
    except FileExistsError:
        raise UsageError(f"{path} or its heads exist already") from None
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
            raise _build_input_error(file, number, f"not an entry ({error})", "an entry as it was exported") from None
        if event.previous != previous or event.seq != number - 1:
            raise _build_input_error(
                file, number, f"entry {event.seq} in the wrong place", f"entry {number - 1} of the chain"
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
        raise _build_input_error(file, 1, "not the first line of a register", f'"format":"{FORMAT}" and the genesis')
    return genesis


def _build_input_error(file: str, line: int, found: str, wanted: str) -> InputError:
    return InputError([Problem(place=Place(file=file, line=line), found=found, wanted=wanted)])
