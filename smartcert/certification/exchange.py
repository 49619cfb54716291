"""How does a register leave its file and come back? Lines of canonical JSON, and copies while it is in use."""

from __future__ import annotations

import json
import os
import shutil
import sqlite3
import uuid
from codecs import BOM_UTF8
from collections.abc import Iterator
from contextlib import ExitStack
from pathlib import Path

from smartcert.certification.events import Event, from_canonical, to_canonical
from smartcert.certification.store import FORMAT, Head, Register, evaluations_folder, heads_path
from smartcert.errors import InputError, Place, Problem, SmartcertError, UsageError
from smartcert.files import write_atomic, write_new
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
        _remove_files(new)
    return head


def backup(register: Path, target: Path) -> Head:
    """Copy a register, its heads and its evaluations, also while others write to it; return the head of the copy.

    The copy appears under its name only when it is complete, and is on the disk then.

    Raises:
        UsageError: there is no register, the target exists already, or it cannot be written; then there is none.
    """
    new = target.with_name(f"{target.name}.{uuid.uuid4().hex}.part")
    try:
        with Register.read(register) as source:
            source.copy(new)
        write_new(heads_path(new), heads_path(register).read_bytes())
        with Register.open(new) as copy:
            head = copy.head()
            _truncate_heads(heads_path(new), head)
            copy.publish()
        for path in sorted(evaluations_folder(register).glob("*.json")):  # each was there before its entry was
            write_new(evaluations_folder(new) / path.name, path.read_bytes())
        _publish_files(new, target)
    except sqlite3.OperationalError as error:
        raise UsageError(f"cannot write {target}: {error}") from None
    except sqlite3.Error as error:
        raise SmartcertError(f"cannot copy {register}: {error}") from None
    except OSError as error:
        raise UsageError(f"cannot write {target}: {error.strerror or error}") from None
    finally:
        _remove_files(new)
    return head


def _truncate_heads(file: Path, head: Head) -> None:
    """Cut off the heads of entries that were entered after the copy was taken."""
    lines = [line for line in file.read_bytes().splitlines(keepends=True) if line.endswith(b"\n")]
    write_atomic(file, b"".join(lines[: head.count]))


def _publish_files(new: Path, path: Path) -> None:
    """Give a complete register, its heads and its evaluations their names, the register last; none is ever replaced.

    Raises:
        UsageError: one of them exists already, or cannot be written; then none was.
    """
    with ExitStack() as undo:
        try:
            with new.open("rb") as written:
                os.fsync(written.fileno())
            if evaluations_folder(new).is_dir():
                if evaluations_folder(path).exists():
                    raise FileExistsError
                evaluations_folder(new).rename(evaluations_folder(path))
                undo.callback(shutil.rmtree, evaluations_folder(path), ignore_errors=True)
            heads_path(path).hardlink_to(heads_path(new))
            undo.callback(heads_path(path).unlink, missing_ok=True)
            path.hardlink_to(new)
        except FileExistsError:
            raise UsageError(f"{path}, its heads or its evaluations exist already") from None
        except OSError as error:
            raise UsageError(f"cannot write {path}: {error.strerror}") from None
        undo.pop_all()


def _remove_files(register: Path) -> None:
    """Remove the files of a register, as far as they exist."""
    for path in (register, heads_path(register)):
        path.unlink(missing_ok=True)
    shutil.rmtree(evaluations_folder(register), ignore_errors=True)


def _encode_line(plain: dict[str, object]) -> bytes:
    return compact_json(plain).encode() + b"\n"


def _parse_lines(text: bytes, file: str) -> tuple[str, tuple[Event, ...], Head]:
    raw = text.removeprefix(BOM_UTF8).splitlines()
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
