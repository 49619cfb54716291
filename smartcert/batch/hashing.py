"""What are the hashes of the outputs' files, and of the code and template that every page depends on?"""

from __future__ import annotations

import os
from collections.abc import Iterable, Iterator, Mapping
from concurrent.futures import ThreadPoolExecutor
from contextlib import suppress
from functools import cache
from pathlib import Path
from stat import S_ISREG
from threading import Thread

import smartcert
from smartcert.files import list_files, sha256_hex, sha256_hex_of_parts

PartHashes = Mapping[str, str]
"""The parts that a page depends on: a short name and a hash of each. A part with another hash makes the page stale."""

HASH_THREADS = 4
"""Files hashed at a time: reading and hashing release the interpreter's lock."""

TEMPLATE_FOLDER = Path(smartcert.__file__).parent / "reporting" / "template"
"""The folder in which nbconvert finds the template of pages."""


class FileHashes:
    """The SHA-256 of files in ``folder`` by their names relative to it; empty where there is no file.

    A file is read again only where its inode, size or times have changed since it was read.
    """

    def __init__(self, folder: Path) -> None:
        self.folder = folder
        self._cached: dict[str, tuple[tuple[int, ...], str]] = {}

    def hash_file(self, name: str) -> str:
        """Return the hash of one file, or an empty text where there is none."""
        stamp = self._read_stamp(name)
        cached = self._cached.get(name)
        if cached is None or cached[0] != stamp:
            cached = (stamp, sha256_hex((self.folder / name).read_bytes()) if stamp else "")
            self._cached[name] = cached
        return cached[1]

    def hash_files(self, names: Iterable[str]) -> dict[str, str]:
        """Return the hash of each file by its name."""
        unique = tuple(dict.fromkeys(names))
        unread = [name for name in unique if name not in self._cached]
        with ThreadPoolExecutor(HASH_THREADS, thread_name_prefix="hash") as threads:
            for _ in threads.map(self.hash_file, unread):
                pass
        return {name: self.hash_file(name) for name in unique}

    def hash_ahead(self, names: Iterable[str]) -> None:
        """Begin to hash files in a thread: whoever asks for their hashes later waits less, or not at all.

        The thread ends with the process. What it cannot read it leaves to whoever asks.
        """
        Thread(target=self._hash_readable, args=(tuple(names),), daemon=True).start()

    def _hash_readable(self, names: Iterable[str]) -> None:
        for name in names:
            with suppress(OSError):
                self.hash_file(name)

    def _read_stamp(self, name: str) -> tuple[int, ...]:
        """Return what changes with the content of a file; empty where there is no file."""
        try:
            status = os.stat(f"{self.folder}/{name}")  # noqa: PTH116  # no path is built: there are thousands of files
        except (OSError, ValueError):
            return ()
        if not S_ISREG(status.st_mode):
            return ()
        return (status.st_ino, status.st_size, status.st_mtime_ns, status.st_ctime_ns)


@cache
def hash_package() -> str:
    """Return the hash of this package's own files without the template of pages.

    Whatever is imported could change a report, so any changed line of code makes every report stale.
    """
    folder = Path(smartcert.__file__).parent
    template = f"{TEMPLATE_FOLDER.relative_to(folder).as_posix()}/"
    names = (name for name in list_files(folder) if _is_hashed(name) and not name.startswith(template))
    return sha256_hex_of_parts(*iter_named_contents(folder, names))


@cache
def hash_template() -> str:
    """Return the hash of the template of pages."""
    return sha256_hex_of_parts(*iter_named_contents(TEMPLATE_FOLDER, list_files(TEMPLATE_FOLDER)))


def _is_hashed(name: str) -> bool:
    folders = name.split("/")[:-1]
    return "__pycache__" not in folders and folders[:1] != ["shipped"] and not name.endswith(".pyc")


def iter_named_contents(folder: Path, names: Iterable[str]) -> Iterator[bytes]:
    """Yield the name and the content of each file in ``folder``, for a hash of all of them."""
    for name in names:
        yield name.encode()
        with open(f"{folder}/{name}", "rb", buffering=0) as file:  # noqa: PTH123 - no path is built: there are hundreds
            yield file.read()
