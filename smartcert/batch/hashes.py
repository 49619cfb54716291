"""Hashes of the files in a folder of outputs: several at a time, and none twice as long as it stays as it is."""

from __future__ import annotations

from collections.abc import Iterable
from concurrent.futures import ThreadPoolExecutor
from hashlib import sha256
from pathlib import Path

AT_A_TIME = 4
"""Files hashed at a time: reading and hashing leave the interpreter free for the next."""


class Hashes:
    """The SHA-256 of files in ``folder`` by their places in it, empty where there is no file.

    A file is read again only where its time, size or number on the disk is another one than when it was read: a file
    that is placed or written to has a new one.
    """

    def __init__(self, folder: Path) -> None:
        self.folder = folder
        self._known: dict[str, tuple[tuple[int, ...], str]] = {}

    def of(self, name: str) -> str:
        """Return the hash of one file, or nothing where there is none."""
        path = self.folder / name
        if not path.is_file():
            return ""
        there = path.stat()
        stamp = (there.st_ino, there.st_size, there.st_mtime_ns, there.st_ctime_ns)
        known = self._known.get(name)
        if known is None or known[0] != stamp:
            known = (stamp, sha256(path.read_bytes()).hexdigest())
            self._known[name] = known
        return known[1]

    def all(self, names: Iterable[str]) -> dict[str, str]:
        """Return the hash of each file."""
        wanted = tuple(dict.fromkeys(names))
        with ThreadPoolExecutor(AT_A_TIME, thread_name_prefix="hash") as threads:
            return dict(zip(wanted, threads.map(self.of, wanted), strict=True))
