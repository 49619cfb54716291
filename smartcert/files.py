"""Files that are complete or absent, and the SHA-256 that names their content."""

from __future__ import annotations

import base64
import hashlib
import os
from collections.abc import Iterable
from contextlib import suppress
from itertools import takewhile
from pathlib import Path

from smartcert.errors import UsageError


def write_atomic(path: Path, data: bytes) -> None:
    """Write ``data`` to ``path`` in one step; missing folders are created.

    Whoever opens ``path`` meanwhile, or after a crash, reads the old content or the new one, never a part: the data
    go to a hidden file beside it, reach the disk, and take the name last.

    Raises:
        UsageError: the file cannot be written; what was there before is unchanged.
    """
    try:
        created = list(takewhile(lambda folder: not folder.exists(), path.parents))
        path.parent.mkdir(parents=True, exist_ok=True)
        # a name of its own length: that of ``path`` may be as long as the file system allows
        part = path.with_name(f".{os.urandom(8).hex()}.part")
        try:
            with part.open("xb") as file:
                file.write(data)
                file.flush()
                os.fsync(file.fileno())
            part.replace(path)
        finally:
            part.unlink(missing_ok=True)
    except OSError as error:
        raise UsageError(f"cannot write {path}: {error.strerror or error}") from None
    for folder in (path.parent, *(folder.parent for folder in created)):
        _sync_folder(folder)


def _sync_folder(folder: Path) -> None:
    """Wait until the names in a folder are on the disk, where the file system can do that."""
    with suppress(OSError):
        descriptor = os.open(folder, os.O_RDONLY)
        try:
            os.fsync(descriptor)
        finally:
            os.close(descriptor)


def sha256_hex(data: bytes) -> str:
    """Return the SHA-256 of ``data`` as 64 hexadecimal digits.

    >>> sha256_hex(b"")[:12]
    'e3b0c44298fc'
    """
    return hashlib.sha256(data).hexdigest()


def sha256_hex_of_parts(*parts: bytes) -> str:
    """Return the SHA-256 of several texts, each preceded by its length: ``a, bc`` and ``ab, c`` have different ones."""
    return sha256_hex_of_chunks(chunk for part in parts for chunk in (b"%d:" % len(part), part))


def sha256_hex_of_chunks(chunks: Iterable[bytes]) -> str:
    """Return the SHA-256 of the chunks joined, without holding them all, as 64 hexadecimal digits."""
    digest = hashlib.sha256()
    for chunk in chunks:
        digest.update(chunk)
    return digest.hexdigest()


def sha256_raw(data: bytes) -> bytes:
    """Return the SHA-256 of ``data`` as 32 bytes."""
    return hashlib.sha256(data).digest()


def sha256_base64(data: bytes) -> str:
    """Return the SHA-256 of ``data`` in base 64, as a content security policy writes it."""
    return base64.b64encode(sha256_raw(data)).decode("ascii")
