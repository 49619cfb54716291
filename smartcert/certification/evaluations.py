"""The evaluations that entries rest on, kept beside the register under their SHA-256.

A later edition of the rules or of this package makes the same evaluation with another hash; what an entry rested on is
therefore kept as it was.
"""

from __future__ import annotations

import os
from pathlib import Path

from smartcert.certification.events import digest
from smartcert.errors import UsageError


def folder(register: Path) -> Path:
    """Return the folder of kept evaluations that belongs to a register."""
    return register.with_name(register.name + ".evaluations")


def keep(register: Path, data: bytes) -> str:
    """Keep an ``evaluation.json`` and return its SHA-256; it is on the disk before the entry that names it.

    Raises:
        UsageError: it cannot be written.
    """
    own = digest(data)
    path = folder(register) / f"{own}.json"
    if kept(register, own) is not None:
        return own
    new = path.with_suffix(f".{os.getpid()}.part")
    try:
        path.parent.mkdir(parents=True, exist_ok=True)
        with new.open("wb") as written:
            written.write(data)
            written.flush()
            os.fsync(written.fileno())
        new.replace(path)
    except OSError as error:
        raise UsageError(f"cannot write {path}: {error.strerror}") from None
    return own


def kept(register: Path, own: str) -> bytes | None:
    """Return the evaluation with this SHA-256, or None where it was not kept or is not what it was."""
    try:
        data = (folder(register) / f"{own}.json").read_bytes()
    except OSError:
        return None
    return data if digest(data) == own else None
