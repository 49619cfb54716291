"""Hashes of inputs and outputs."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from concurrent.futures import ThreadPoolExecutor
from functools import cache
from importlib.metadata import PackageNotFoundError, version
from pathlib import Path

import smartcert
from smartcert.files import sha256_hex, sha256_hex_of_parts

# --- Hashes of the files in a folder of outputs: several at a time, and none twice as long as it stays as it is.

HASH_THREADS = 4
"""Files hashed at a time: reading and hashing leave the interpreter free for the next."""


class FileHashes:
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
            known = (stamp, sha256_hex(path.read_bytes()))
            self._known[name] = known
        return known[1]

    def all(self, names: Iterable[str]) -> dict[str, str]:
        """Return the hash of each file."""
        wanted = tuple(dict.fromkeys(names))
        with ThreadPoolExecutor(HASH_THREADS, thread_name_prefix="hash") as threads:
            return dict(zip(wanted, threads.map(self.of, wanted), strict=True))


# --- What a report is made from, part by part: a part whose hash is another one is what made the report stale.

TEMPLATE_FOLDER = Path(smartcert.__file__).parent / "reporting" / "template"

PartHashes = Mapping[str, str]
"""A short name of each part and its hash."""

LIBRARIES = (
    "fonttools",
    "jinja2",
    "matplotlib",
    "nbconvert",
    "papermill",
    "pydantic",
)
"""Packages whose release can change a page."""


@cache
def hash_package() -> str:
    """Return the hash of this package's own files, but for the template of pages, and of the libraries' versions.

    Whatever is imported could change a report, so any changed line of code makes every report stale.
    """
    folder = Path(smartcert.__file__).parent
    files = (path for path in folder.rglob("*") if path.is_file() and _is_hashed(path.relative_to(folder)))
    return sha256_hex_of_parts(
        *_iter_named_contents(folder, (path for path in files if TEMPLATE_FOLDER not in path.parents)),
        *map(_get_version, LIBRARIES),
    )


@cache
def hash_template() -> str:
    """Return the hash of the template of pages."""
    return sha256_hex_of_parts(
        *_iter_named_contents(TEMPLATE_FOLDER, (path for path in TEMPLATE_FOLDER.rglob("*") if path.is_file()))
    )


def _is_hashed(path: Path) -> bool:
    return "__pycache__" not in path.parts and path.parts[0] != "shipped" and path.suffix != ".pyc"


def _iter_named_contents(folder: Path, files: Iterable[Path]) -> Iterable[bytes]:
    for path in sorted(files):
        yield path.relative_to(folder).as_posix().encode()
        yield path.read_bytes()


def _get_version(library: str) -> bytes:
    try:
        return f"{library}=={version(library)}".encode()
    except PackageNotFoundError:  # an optional one
        return library.encode()
