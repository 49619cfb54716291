"""What are the hashes of the outputs' files, and of the code and template that every page depends on?"""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from concurrent.futures import ThreadPoolExecutor
from functools import cache
from pathlib import Path

import smartcert
from smartcert.files import sha256_hex, sha256_hex_of_parts

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
        path = self.folder / name
        if not path.is_file():
            return ""
        status = path.stat()
        stamp = (status.st_ino, status.st_size, status.st_mtime_ns, status.st_ctime_ns)
        cached = self._cached.get(name)
        if cached is None or cached[0] != stamp:
            cached = (stamp, sha256_hex(path.read_bytes()))
            self._cached[name] = cached
        return cached[1]

    def hash_files(self, names: Iterable[str]) -> dict[str, str]:
        """Return the hash of each file by its name."""
        unique = tuple(dict.fromkeys(names))
        with ThreadPoolExecutor(HASH_THREADS, thread_name_prefix="hash") as threads:
            return dict(zip(unique, threads.map(self.hash_file, unique), strict=True))


@cache
def hash_package() -> str:
    """Return the hash of this package's own files without the template of pages.

    Whatever is imported could change a report, so any changed line of code makes every report stale.
    """
    folder = Path(smartcert.__file__).parent
    files = (path for path in folder.rglob("*") if path.is_file() and _is_hashed(path.relative_to(folder)))
    return sha256_hex_of_parts(
        *_iter_named_contents(folder, (path for path in files if TEMPLATE_FOLDER not in path.parents))
    )


@cache
def hash_template() -> str:
    """Return the hash of the template of pages."""
    files = (path for path in TEMPLATE_FOLDER.rglob("*") if path.is_file())
    return sha256_hex_of_parts(*_iter_named_contents(TEMPLATE_FOLDER, files))


def _is_hashed(path: Path) -> bool:
    return "__pycache__" not in path.parts and path.parts[0] != "shipped" and path.suffix != ".pyc"


def _iter_named_contents(folder: Path, files: Iterable[Path]) -> Iterable[bytes]:
    for path in sorted(files):
        yield path.relative_to(folder).as_posix().encode()
        yield path.read_bytes()
