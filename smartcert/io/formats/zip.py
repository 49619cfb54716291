"""A zip archive that is checked before anything in it is unpacked; nothing of it is written to a disk."""

from __future__ import annotations

import re
import stat
import unicodedata
import zipfile
import zlib
from collections.abc import Iterator
from typing import IO

from smartcert.characters import UNSEEN_IN_LINE
from smartcert.errors import InputError, Place, Problem
from smartcert.files import sha256_hex_of_chunks
from smartcert.io.formats import limits
from smartcert.io.formats.text import quote
from smartcert.lazy_dataclass import dataclass

_BLOCK = 256 * 1024
_UTF8_NAMES = 0x800
_ENCRYPTED = 0x1
_METHODS = frozenset({zipfile.ZIP_STORED, zipfile.ZIP_DEFLATED})
_DRIVE = re.compile(r"[A-Za-z]:")
_BROKEN = (zipfile.BadZipFile, zlib.error, EOFError, OSError, NotImplementedError, RuntimeError, ValueError)


@dataclass(frozen=True, kw_only=True, slots=True)
class ZipBudget:
    """How much an archive may hold."""

    files: int
    each: int
    all: int


PACKAGE_BUDGET = ZipBudget(files=limits.PACKAGE_FILES, each=limits.EVIDENCE_BYTES, all=limits.PACKAGE_BYTES)
FORM_BUDGET = ZipBudget(files=limits.PARTS, each=limits.PART_BYTES, all=limits.PARTS_BYTES)


class CheckedZip:
    """An archive whose directory was checked by `open_zip`."""

    def __init__(
        self, archive: zipfile.ZipFile, file: str, entries: dict[str, zipfile.ZipInfo], budget: ZipBudget
    ) -> None:
        self.file = file
        self._archive = archive
        self._entries = entries
        self._budget = budget

    @property
    def names(self) -> tuple[str, ...]:
        """The names of the files in it, sorted; folders are left out."""
        return tuple(sorted(self._entries))

    def __contains__(self, name: str) -> bool:
        return name in self._entries

    def find(self, name: str) -> str | None:
        """Return a part's name as the archive writes it, None without one; an InputError if several may be it."""
        if name in self._entries:
            return name
        matches = [own for own in self._entries if own.casefold() == name.casefold()]
        if len(matches) > 1:
            raise _input_error(self.file, name, "a part in several spellings", "each part once")
        return matches[0] if matches else None

    def size(self, name: str) -> int:
        """Return the size of a file by the directory; reading the file fails beyond it."""
        return self._entries[name].file_size

    def read(self, name: str) -> bytes:
        """Return the bytes of one file; an InputError where it does not unpack, or is larger than is said."""
        return b"".join(self.blocks(name))

    def sha256(self, name: str) -> str:
        """Return the hash of one file without keeping it in memory; errors as of `read`."""
        return sha256_hex_of_chunks(self.blocks(name))

    def blocks(self, name: str) -> Iterator[bytes]:
        """Yield the bytes of one file in blocks; errors as of `read`."""
        size = 0
        try:
            with self._archive.open(self._entries[name]) as stream:
                while block := stream.read(_BLOCK):
                    size += len(block)
                    if size > self._entries[name].file_size:
                        raise zipfile.BadZipFile("larger than its directory says")
                    yield block
        except _BROKEN as error:
            raise _input_error(self.file, name, f"a file that does not unpack ({error})", "an intact archive") from None


def open_zip(source: IO[bytes], file: str, budget: ZipBudget) -> CheckedZip:
    """Return the archive of a stream after checking its directory.

    Raises:
        InputError: every problem: no archive, names that lead out of it, links, passwords, two files of one name, or
            more than ``budget`` allows.
    """
    try:
        archive = zipfile.ZipFile(source)
        infos = archive.infolist()
    except _BROKEN as error:
        raise _input_error(file, "", f"no intact zip archive ({error})", "a zip archive that opens") from None
    if len(infos) > budget.files:
        raise _input_error(file, "", f"{len(infos)} files", f"at most {budget.files}")
    entries, problems = _check_entries(infos, file, budget)
    total = sum(info.file_size for info in infos)
    if total > budget.all:
        problems.append(_problem(file, "", f"{total} bytes unpacked", f"at most {budget.all} bytes"))
    if problems:
        raise InputError(problems)
    return CheckedZip(archive, file, entries, budget)


def _check_entries(
    infos: list[zipfile.ZipInfo], file: str, budget: ZipBudget
) -> tuple[dict[str, zipfile.ZipInfo], list[Problem]]:
    problems: list[Problem] = []
    entries: dict[str, zipfile.ZipInfo] = {}
    for info in infos:
        # a backslash parts folders too: some programs write it, and nothing is ever written to a disk
        name = unicodedata.normalize("NFC", _decode_name(info)).replace("\\", "/")
        problem = check_file_name(name) or _check_entry(info, budget)
        if name in entries:
            problem = ("the same name again", "each name once")
        if problem:
            problems.append(_problem(file, name, *problem))
        elif not name.endswith("/"):
            entries[name] = info
    return entries, problems


def check_file_name(name: str) -> tuple[str, str] | None:
    """Return what is wrong with a name inside a package, and what was wanted; None where the name is allowed."""
    if UNSEEN_IN_LINE.search(name):
        return "a name with unseen characters", "visible characters only"
    parts = name.replace("\\", "/").split("/")
    if name.startswith(("/", "\\")) or _DRIVE.match(name) or ".." in parts:
        return "a name that leads out of the package", "a name below the package"
    if "\\" in name:
        return "a name with a backslash", "folders parted by /"
    if len(name) > limits.NAME_LENGTH:
        return f"a name of {len(name)} characters", f"at most {limits.NAME_LENGTH}"
    return None


def _decode_name(info: zipfile.ZipInfo) -> str:
    """Return a name as it was meant: Korean Windows writes CP949 and does not mark it."""
    if info.flag_bits & _UTF8_NAMES:
        return info.filename
    try:
        raw = info.orig_filename.encode("cp437")
    except UnicodeEncodeError:
        return info.orig_filename
    for encoding in ("utf-8", "cp949"):
        try:
            return raw.decode(encoding)
        except UnicodeDecodeError:
            continue
    return info.orig_filename


def _check_entry(info: zipfile.ZipInfo, budget: ZipBudget) -> tuple[str, str] | None:
    mode = info.external_attr >> 16
    if stat.S_ISLNK(mode) or (mode and stat.S_IFMT(mode) not in (0, stat.S_IFREG, stat.S_IFDIR)):
        return "a link or a device", "plain files"
    if info.flag_bits & _ENCRYPTED:
        return "a file with a password", "a file without one"
    if info.compress_type not in _METHODS:
        return f"the packing method {info.compress_type}", "stored or deflated"
    if info.file_size > budget.each:
        return f"{info.file_size} bytes unpacked", f"at most {budget.each} bytes"
    if info.file_size > limits.RATIO_FREE_BYTES and info.file_size > limits.RATIO * max(info.compress_size, 1):
        ratio = info.file_size // max(info.compress_size, 1)
        return f"a file that grows {ratio} times when unpacked", f"at most {limits.RATIO} times"
    return None


def _problem(file: str, name: str, found: str, wanted: str) -> Problem:
    place = Place(file=f"{file}/{quote(name)[1:-1]}" if name else file)
    return Problem(place=place, found=found, wanted=wanted)


def _input_error(file: str, name: str, found: str, wanted: str) -> InputError:
    return InputError([_problem(file, name, found, wanted)])
