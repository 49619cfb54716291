"""What a report is made from, part by part: a part whose hash is another one is what made the report stale.

The parts are hashes of what goes in, not of the record: so it is known whether a report is fresh without making its
record.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from functools import cache
from hashlib import sha256
from importlib.metadata import PackageNotFoundError, version
from pathlib import Path

import smartcert

TEMPLATES = Path(smartcert.__file__).parent / "reporting" / "template"

Parts = Mapping[str, str]
"""A short name of each part and its hash."""

LIBRARIES = (
    "fonttools",
    "jinja2",
    "koreanize-matplotlib",
    "matplotlib",
    "nbconvert",
    "papermill",
    "pydantic",
)
"""Packages whose release can change a page."""


def digest(*texts: bytes) -> str:
    """Return the SHA-256 of the texts, each told apart from the next by its length."""
    made = sha256()
    for text in texts:
        made.update(len(text).to_bytes(8, "big"))
        made.update(text)
    return made.hexdigest()


@cache
def package_part() -> str:
    """Return the hash of this package's own files, but for the template of pages, and of the libraries' versions.

    Whatever is imported could change a report, so any changed line of code makes every report stale.
    """
    folder = Path(smartcert.__file__).parent
    files = (path for path in folder.rglob("*") if path.is_file() and _matters(path.relative_to(folder)))
    return digest(*_named(folder, (path for path in files if TEMPLATES not in path.parents)), *map(_version, LIBRARIES))


@cache
def template_part() -> str:
    """Return the hash of the template of pages."""
    return digest(*_named(TEMPLATES, (path for path in TEMPLATES.rglob("*") if path.is_file())))


def _matters(path: Path) -> bool:
    return "__pycache__" not in path.parts and path.parts[0] != "shipped" and path.suffix != ".pyc"


def _named(folder: Path, files: Iterable[Path]) -> Iterable[bytes]:
    for path in sorted(files):
        yield path.relative_to(folder).as_posix().encode()
        yield path.read_bytes()


def _version(library: str) -> bytes:
    try:
        return f"{library}=={version(library)}".encode()
    except PackageNotFoundError:  # an optional one
        return library.encode()
