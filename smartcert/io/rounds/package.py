"""What one applicant sent - a zip, a folder, or a single file - as a list of files with hashes, and its forms.

A form is a file that names the round or the edition. All else is evidence, of any kind and in any condition: it is
hashed, listed and handed on to be stored, its pages are counted, and what is wrong with it matters only where no form
is found, or one that is not complete.
"""

from __future__ import annotations

import os
import stat
import unicodedata
from collections.abc import Callable, Iterator
from functools import partial
from pathlib import Path

from smartcert.errors import InputError, Place, Problem, UsageError
from smartcert.files import sha256_hex, sha256_hex_of_chunks
from smartcert.io.formats import limits
from smartcert.io.formats.file_kind import FileKind, describe_kind, identify_file
from smartcert.io.formats.pdf import count_pdf_pages
from smartcert.io.formats.text import quote
from smartcert.io.formats.zip import PACKAGE_BUDGET, CheckedZip, check_file_name, open_zip
from smartcert.io.rounds.forms import FormIdentity, examine_file, is_form, may_be_form
from smartcert.lazy_dataclass import dataclass

_LITTER = frozenset({".ds_store", "thumbs.db", "desktop.ini"})
_OWNER_FILE = "~$"  # Office writes such a file beside one that is open
_MOST_DOUBTS = 20


@dataclass(frozen=True, kw_only=True, slots=True)
class SentFile:
    """One file as received; ``pages`` of a PDF, None where they are not known."""

    name: str
    size: int
    sha256: str
    pages: int | None = None


@dataclass(frozen=True, kw_only=True, slots=True)
class SentForm:
    """A file that names a round or an edition; ``round`` as the file says it, empty where it names the edition only."""

    name: str
    data: bytes
    round: str = ""


@dataclass(frozen=True, kw_only=True, slots=True)
class Package:
    """Everything that was sent at once. Where it has ``problems`` it could not be opened and no form is read.

    ``doubts`` say why files that may be forms are none: they are told where the forms are not complete.
    """

    name: str
    sha256: str
    files: tuple[SentFile, ...]
    forms: tuple[SentForm, ...]
    doubts: tuple[Problem, ...] = ()
    problems: tuple[Problem, ...] = ()


KeepFile = Callable[[str, Iterator[bytes]], None]
"""Stores a file that is no form: its SHA-256, and its bytes in blocks, which are read only where they are wanted."""


def read_package(path: Path, own: FormIdentity | None = None, keep: KeepFile | None = None) -> Package:
    """Return what was sent with its problems; a package that cannot be opened has no files, but its hash.

    ``own`` are the round and the edition that its forms must name; without it every file that names any is a form.
    Whatever is wrong with a package is a problem of it: nothing is raised. ``keep`` is given every file that is no
    form, and a package that does not open as the one file that it is.

    Raises:
        UsageError: a file cannot be stored.
    """
    name = decode_file_name(path.name)
    try:
        return _open_package(path, name, own, keep)
    except UsageError:
        raise
    except InputError as error:
        problems = error.problems
    except OSError as error:
        problems = (_problem(name, f"a file that does not open ({error.strerror or error})", "files that open"),)
    except Exception as error:  # whatever it is, the packages of others are still to be read
        found = f"a package that cannot be read ({type(error).__name__}: {error})"
        problems = (_problem(name, found, "the package sent again, in another way"),)
    digest = _hash_name_or_file(path)
    if keep is not None and path.is_file() and not path.is_symlink() and path.stat().st_size <= limits.PACKAGE_BYTES:
        keep(digest, _read_blocks(path))
    return Package(name=name, sha256=digest, files=(), forms=(), problems=problems)


def list_packages(folder: Path) -> dict[str, Path]:
    """Return the packages of a folder by their names, no hidden files; an InputError where two look the same."""
    packages: dict[str, Path] = {}
    for path in sorted(folder.iterdir()):
        name = decode_file_name(path.name)
        if name.startswith((".", _OWNER_FILE)) or _is_litter(name):
            continue
        if name in packages:
            raise InputError.of_file(name, "the same name again", "each name once")
        packages[name] = path
    return packages


def decode_file_name(name: str) -> str:
    """Return a name of a file as it was meant, in NFC: bytes that are no UTF-8 are CP949, else shown as ``%FF``."""
    raw = os.fsencode(name)
    for encoding in ("utf-8", "cp949"):
        try:
            return unicodedata.normalize("NFC", raw.decode(encoding))
        except UnicodeDecodeError:
            continue
    escaped = "".join(
        f"%{ord(sign) - 0xDC00:02X}" if "\udc80" <= sign <= "\udcff" else sign
        for sign in raw.decode("utf-8", errors="surrogateescape")
    )
    return unicodedata.normalize("NFC", escaped)


def _open_package(path: Path, name: str, own: FormIdentity | None, keep: KeepFile | None) -> Package:
    mode = path.lstat().st_mode
    if stat.S_ISLNK(mode):
        raise InputError.of_file(name, "a link", "the package itself")
    if stat.S_ISDIR(mode):
        return _build_package(name, _FolderSource(path, name), own, keep)
    if not stat.S_ISREG(mode):
        raise InputError.of_file(name, "a pipe or a device", "a file or a folder")
    with path.open("rb") as stream:
        head = stream.read(limits.FORM_BYTES + 1)
        kind = identify_file(head) if len(head) <= limits.FORM_BYTES else None
        is_zip = head.startswith(b"PK") and not is_form(name) and kind is not FileKind.PASSWORD
        if path.suffix.lower() == ".zip" or (is_zip and kind in (None, FileKind.ZIP)):
            if kind is not None and not head.startswith(b"PK"):
                found, wanted = kind.value, "a zip archive that opens"
                raise InputError.of_file(name, found, wanted)
            stream.seek(0)
            return _build_package(name, _ZipSource(open_zip(stream, name, PACKAGE_BUDGET)), own, keep)
    return _build_package(name, _FolderSource(path, name), own, keep)


class _ZipSource:
    """The files of an archive."""

    def __init__(self, archive: CheckedZip) -> None:
        self._archive = archive

    def names(self) -> list[str]:
        return list(self._archive.names)

    def size(self, name: str) -> int:
        return self._archive.size(name)

    def read(self, name: str) -> bytes:
        return self._archive.read(name)

    def sha256(self, name: str) -> str:
        return self._archive.sha256(name)

    def blocks(self, name: str) -> Iterator[bytes]:
        return self._archive.blocks(name)


class _FolderSource:
    """The files of a folder, or a single file; anything but plain files and folders in it is a problem."""

    def __init__(self, path: Path, package: str) -> None:
        self._paths: dict[str, Path] = {package: path} if not path.is_dir() else {}
        self._package = package
        problems: list[Problem] = []

        def refuse(error: OSError) -> None:
            problems.append(_problem(package, f"a folder that does not open ({error.strerror})", "folders that open"))

        for above, folders, names in os.walk(path, onerror=refuse, followlinks=False) if path.is_dir() else ():
            for name in (*folders, *names):
                problems += self._add(Path(above) / name, path)
        if problems:
            raise InputError(problems)
        self._check_size()

    def _add(self, full: Path, root: Path) -> Iterator[Problem]:
        inside = "/".join(decode_file_name(part) for part in full.relative_to(root).parts)
        mode = full.lstat().st_mode
        wrong = check_file_name(inside)
        if not (stat.S_ISREG(mode) or stat.S_ISDIR(mode)):
            wrong = ("a link or a device", "plain files")
        elif stat.S_ISREG(mode) and inside in self._paths:
            wrong = ("the same name again", "each name once")
        if wrong:
            yield _problem(f"{self._package}/{quote(inside)[1:-1]}", *wrong)
        elif stat.S_ISREG(mode):
            self._paths[inside] = full

    def _check_size(self) -> None:
        sizes = [path.lstat().st_size for path in self._paths.values()]
        if len(sizes) > limits.PACKAGE_FILES or sum(sizes) > limits.PACKAGE_BYTES:
            most = f"at most {limits.PACKAGE_FILES} files and {limits.PACKAGE_BYTES} bytes"
            raise InputError.of_file(self._package, "more files or bytes than that", most)

    def names(self) -> list[str]:
        return sorted(self._paths)

    def size(self, name: str) -> int:
        size = self._paths[name].lstat().st_size
        if size > limits.EVIDENCE_BYTES:
            raise InputError.of_file(name, f"{size} bytes", f"at most {limits.EVIDENCE_BYTES} bytes")
        return size

    def read(self, name: str) -> bytes:
        return self._paths[name].read_bytes()

    def sha256(self, name: str) -> str:
        return _hash_file(self._paths[name])

    def blocks(self, name: str) -> Iterator[bytes]:
        return _read_blocks(self._paths[name])


def _build_package(
    name: str, source: _ZipSource | _FolderSource, own: FormIdentity | None, keep: KeepFile | None
) -> Package:
    reader = _PackageReader(name, own)
    names = [inside for inside in source.names() if not _is_litter(inside)]
    # what lies further up goes first: how much is looked at has an end
    for inside in sorted(names, key=lambda inside: (inside.count("/"), inside)):
        reader.add(inside, source)
    files = tuple(sorted(reader.files, key=lambda file: file.name))
    if len(files) == 1:
        reader.doubt_if_none(files[0].name, source)
    if keep is not None:
        forms = {form.name for form in reader.forms}
        for file in files:
            if file.name not in forms:
                keep(file.sha256, source.blocks(file.name))
    digest = sha256_hex("".join(f"{file.sha256}  {file.name}\n" for file in files).encode())
    problems = [_problem(name, "no file", "the form and the documents")] if not files else []
    if len(reader.forms) > limits.FORM_FILES:
        problems.append(_problem(name, f"{len(reader.forms)} forms", f"at most {limits.FORM_FILES}"))
    return Package(
        name=name,
        sha256=digest,
        files=files,
        forms=() if problems else tuple(sorted(reader.forms, key=lambda form: form.name)),
        doubts=tuple(reader.doubts[:_MOST_DOUBTS]),
        problems=tuple(problems),
    )


class _PackageReader:
    """Hashes the files of a package and finds its forms, looking at a limited amount of spreadsheets."""

    def __init__(self, package: str, own: FormIdentity | None) -> None:
        self.files: list[SentFile] = []
        self.forms: list[SentForm] = []
        self.doubts: list[Problem] = []
        self._package, self._own = package, own
        self._left = limits.EXAMINED_ELEMENTS

    def add(self, name: str, source: _ZipSource | _FolderSource) -> None:
        size, data = source.size(name), None
        candidate = may_be_form(name) and not name.rpartition("/")[2].startswith(_OWNER_FILE)
        is_pdf = name.lower().endswith(".pdf")
        if size <= (limits.FORM_BYTES if candidate else limits.PDF_BYTES if is_pdf else -1):
            data = source.read(name)
        sha256 = sha256_hex(data) if data is not None else source.sha256(name)
        pages = count_pdf_pages(data) if data is not None and is_pdf else None
        self.files.append(SentFile(name=name, size=size, sha256=sha256, pages=pages))
        if candidate:
            self._examine(name, data, size)

    def doubt_if_none(self, name: str, source: _ZipSource | _FolderSource) -> None:
        """Note what the only file of a package is, where it is no form and nothing was said about it."""
        if not self.forms and not self.doubts and source.size(name) <= limits.FORM_BYTES:
            kind = identify_file(source.read(name))
            if kind not in (FileKind.TEXT, FileKind.UNKNOWN):
                file = f"{self._package}/{name}" if name != self._package else name
                self.doubts.append(describe_kind(kind, file))

    def _examine(self, name: str, data: bytes | None, size: int) -> None:
        file = f"{self._package}/{name}" if name != self._package else name
        if data is None:
            self.doubts.append(_problem(file, f"{size} bytes", f"a form of at most {limits.FORM_BYTES} bytes"))
            return
        if self._left <= 0:
            found = f"more spreadsheets than are looked at ({limits.EXAMINED_ELEMENTS} elements before this file)"
            self.doubts.append(_problem(file, found, "the form outside of all folders"))
            return
        examined = examine_file(name, data, file, self._own)
        self._left -= examined.elements
        self.doubts += examined.problems
        if examined.is_form:
            self.forms.append(SentForm(name=name, data=data, round=examined.round))


def _is_litter(name: str) -> bool:
    return name.startswith("__MACOSX/") or name.rpartition("/")[2].casefold() in _LITTER


def _hash_file(path: Path) -> str:
    return sha256_hex_of_chunks(_read_blocks(path))


def _read_blocks(path: Path) -> Iterator[bytes]:
    with path.open("rb") as stream:
        yield from iter(partial(stream.read, 1 << 20), b"")


def _hash_name_or_file(path: Path) -> str:
    """Return the hash of a file, or that of its name where it is none or cannot be read."""
    try:
        if stat.S_ISREG(path.lstat().st_mode):
            return _hash_file(path)
    except OSError:
        pass
    return sha256_hex(os.fsencode(path.name))


def _problem(file: str, found: str, wanted: str) -> Problem:
    return Problem(place=Place(file=file), found=found, wanted=wanted)
