"""What one applicant sent - a zip, a folder, or a single file - as a list of files with hashes, and its forms."""

from __future__ import annotations

import os
import stat
import unicodedata
from dataclasses import dataclass
from functools import partial
from pathlib import Path

from smartcert.errors import InputError, Place, Problem
from smartcert.files import sha256_hex, sha256_hex_of_chunks
from smartcert.io import limits
from smartcert.io.grid import is_delimited
from smartcert.io.hwpx import is_hwpx
from smartcert.io.pdf import count_pdf_pages
from smartcert.io.text import quote
from smartcert.io.xlsx import is_workbook
from smartcert.io.zip import PACKAGE_BUDGET, CheckedZip, check_file_name, open_zip

_OLD_FORMATS = {
    ".xls": "save it as .xlsx",
    ".xlsb": "save it as .xlsx",
    ".xlsm": "save it as .xlsx, without macros",
    ".xltm": "save it as .xlsx, without macros",
    ".hwp": "save it as .hwpx",
    ".ods": "save it as .xlsx",
}
_LITTER = frozenset({".ds_store", "thumbs.db", "desktop.ini"})


@dataclass(frozen=True, kw_only=True, slots=True)
class SentFile:
    """One file as received; ``pages`` of a PDF, None where they are not known."""

    name: str
    size: int
    sha256: str
    pages: int | None = None


@dataclass(frozen=True, kw_only=True, slots=True)
class Package:
    """Everything that was sent at once. Where it has problems, no form is read."""

    name: str
    sha256: str
    files: tuple[SentFile, ...]
    forms: tuple[tuple[str, bytes], ...]
    problems: tuple[Problem, ...] = ()


def read_package(path: Path) -> Package:
    """Return what was sent with its problems; a package that cannot be opened has no files, but its hash."""
    name = unicodedata.normalize("NFC", path.name)
    try:
        if path.is_symlink():
            raise InputError([Problem(place=Place(file=name), found="a link", wanted="the package itself")])
        if path.is_dir():
            return _build_package(name, _read_folder(path, name))
        if path.suffix.lower() == ".zip":
            with path.open("rb") as stream:
                return _build_package(name, _read_zip(open_zip(stream, name, PACKAGE_BUDGET)))
        return _build_package(name, [_read_file(path, name)])
    except InputError as error:
        return Package(name=name, sha256=_hash_file(path), files=(), forms=(), problems=error.problems)


def is_form(name: str) -> bool:
    """Return whether a file of this name may be a form."""
    return is_workbook(name) or is_delimited(name) or is_hwpx(name)


_SentWithData = tuple[SentFile, bytes | None]


def _build_package(name: str, read: list[_SentWithData]) -> Package:
    files = tuple(file for file, _ in read)
    problems = [
        Problem(place=Place(file=f"{name}/{file.name}"), found=f"a {suffix} file", wanted=wanted)
        for file in files
        for suffix, wanted in _OLD_FORMATS.items()
        if file.name.lower().endswith(suffix)
    ]
    forms = tuple((file.name, data) for file, data in read if data is not None)
    if len(forms) > limits.FORM_FILES:
        problems.append(_problem(name, f"{len(forms)} forms", f"at most {limits.FORM_FILES}"))
        forms = ()
    if not files:
        problems.append(_problem(name, "no file", "the form and the documents"))
    digest = sha256_hex("".join(f"{file.sha256}  {file.name}\n" for file in files).encode())
    return Package(name=name, sha256=digest, files=files, forms=forms, problems=tuple(problems))


def _read_zip(archive: CheckedZip) -> list[_SentWithData]:
    read: list[_SentWithData] = []
    for name in archive.names:
        if _is_litter(name):
            continue
        size = archive.size(name)
        data = archive.read(name) if size <= _max_bytes_in_memory(name) else None
        sha256 = sha256_hex(data) if data is not None else archive.sha256(name)
        read.append(_describe_file(name, size, sha256, data))
    return read


def _read_folder(path: Path, package: str) -> list[_SentWithData]:
    read: list[_SentWithData] = []
    problems: list[Problem] = []
    total = 0
    for above, folders, names in os.walk(path, followlinks=False):
        for name in sorted([*folders, *names]):
            full = Path(above) / name
            inside = unicodedata.normalize("NFC", full.relative_to(path).as_posix())
            mode = full.lstat().st_mode
            wrong = check_file_name(inside)
            if stat.S_ISLNK(mode) or not (stat.S_ISREG(mode) or stat.S_ISDIR(mode)):
                wrong = ("a link or a device", "plain files")
            if wrong:
                problems.append(_problem(f"{package}/{quote(inside)[1:-1]}", *wrong))
            elif stat.S_ISREG(mode) and not _is_litter(inside):
                total += full.stat().st_size
                if len(read) >= limits.PACKAGE_FILES or total > limits.PACKAGE_BYTES:
                    most = f"at most {limits.PACKAGE_FILES} files and {limits.PACKAGE_BYTES} bytes"
                    raise InputError([_problem(package, "more files or bytes than that", most)])
                read.append(_read_file(full, inside))
    if problems:
        raise InputError(problems)
    return sorted(read, key=lambda pair: pair[0].name)


def _read_file(path: Path, name: str) -> _SentWithData:
    size = path.stat().st_size
    if size > limits.EVIDENCE_BYTES:
        raise InputError([_problem(name, f"{size} bytes", f"at most {limits.EVIDENCE_BYTES} bytes")])
    data = path.read_bytes() if size <= _max_bytes_in_memory(name) else None
    return _describe_file(name, size, sha256_hex(data) if data is not None else _hash_file(path), data)


def _describe_file(name: str, size: int, sha256: str, data: bytes | None) -> _SentWithData:
    count = count_pdf_pages(data) if data is not None and name.lower().endswith(".pdf") else None
    file = SentFile(name=name, size=size, sha256=sha256, pages=count)
    return file, data if is_form(name) else None


def _max_bytes_in_memory(name: str) -> int:
    """Return the size up to which a file is read into memory: forms and PDFs only."""
    if is_form(name):
        return limits.EVIDENCE_BYTES
    return limits.PDF_BYTES if name.lower().endswith(".pdf") else -1


def _is_litter(name: str) -> bool:
    return name.startswith("__MACOSX/") or name.rpartition("/")[2].casefold() in _LITTER


def _hash_file(path: Path) -> str:
    if path.is_symlink() or not path.is_file():
        return sha256_hex(path.name.encode())
    with path.open("rb") as stream:
        return sha256_hex_of_chunks(iter(partial(stream.read, 1 << 20), b""))


def _problem(file: str, found: str, wanted: str) -> Problem:
    return Problem(place=Place(file=file), found=found, wanted=wanted)
