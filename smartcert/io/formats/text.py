"""What an input file says: its bytes as text, and a text as an exact value, the same for every kind of file.

Text is UTF-8 or CP949 without unseen characters. A value is read exactly (`fractions.Fraction`, never a float) and in
one spelling only; what people write otherwise is the matter of `free_text`.
"""

from __future__ import annotations

import os
import re
import stat
import unicodedata
from datetime import date, datetime
from fractions import Fraction
from pathlib import Path

from smartcert.characters import UNSEEN, is_formula
from smartcert.errors import InputError, Place, Problem
from smartcert.files import sha256_hex
from smartcert.lazy_dataclass import dataclass
from smartcert.model.korean_time import KOREAN_TIME

MAX_FILE_BYTES = 256 * 1024 * 1024
"""The most bytes that one input file may have."""

_BOM = "\ufeff"
_MOST_UNSEEN = 20
_WANTED = "a file that can be read"
_UTF16 = (b"\xff\xfe", b"\xfe\xff")
_CHARACTER_NAMES = {"\x00": "a NUL byte", _BOM: "a byte order mark in the middle of the text"}


@dataclass(frozen=True, kw_only=True, slots=True)
class FileText:
    """The text of one file; ``file`` is the name of it in problems, ``sha256`` the hash of its bytes."""

    file: str
    text: str
    sha256: str


def resolve_path(path: Path) -> Path:
    """Return ``path`` without links and steps back; of links that lead in a circle as far as they can be followed."""
    return Path(os.path.realpath(path))


def display_path(path: Path) -> str:
    """Return the name of ``path`` in problems: relative to the working directory if it lies below, else in full."""
    try:
        return resolve_path(path).relative_to(Path.cwd()).as_posix()
    except ValueError:
        return path.as_posix()


def read_file(path: Path, *, largest: int = MAX_FILE_BYTES, utf16: bool = False) -> FileText:
    """Return the text of ``path``: UTF-8 with or without a byte order mark, else CP949.

    With ``utf16`` it may be UTF-16 with a byte order mark as well, as spreadsheets write "Unicode text".

    Raises:
        InputError: no such file, a folder, more than ``largest`` bytes, undecodable, or with unseen characters.
    """
    file = display_path(path)
    return decode_text(_read_bytes(path, file, largest), file, utf16=utf16)


def decode_text(data: bytes, file: str, *, utf16: bool = False) -> FileText:
    """Return the text of bytes; ``file`` is the name of them in problems, ``utf16`` as in `read_file`.

    Syllables that were written as single letters, as in names of files on a Mac, are composed (NFC): they are the same
    word to a reader, and neither a search for initial consonants nor the typeface of a page knows them otherwise.

    Raises:
        InputError: undecodable, or with unseen characters.
    """
    text = _decode_utf16(data, file) if utf16 and data.startswith(_UTF16) else _decode_bytes(data, file)
    text = unicodedata.normalize("NFC", text)
    problems = [_unseen_character(file, text, match) for match in UNSEEN.finditer(text)]
    if problems:
        raise InputError(problems[:_MOST_UNSEEN])
    return FileText(file=file, text=text, sha256=sha256_hex(data))


def line_and_column(text: str, position: int) -> tuple[int, int]:
    r"""Return the line and column of a position in ``text``, both from 1.

    >>> line_and_column("ab\ncd", 4)
    (2, 2)
    """
    before = text[:position]
    return before.count("\n") + 1, position - before.rfind("\n")


def _read_bytes(path: Path, file: str, largest: int) -> bytes:
    try:
        if path.is_dir():
            raise InputError.of_file(file, "a folder", "a file")
        status = path.stat()
        if not stat.S_ISREG(status.st_mode):
            raise InputError.of_file(file, "a pipe or a device", "a file")
        size = status.st_size
        if size > largest:
            raise InputError.of_file(file, f"{size} bytes", f"at most {largest} bytes")
        return path.read_bytes()
    except FileNotFoundError:
        raise InputError.of_file(file, "no such file", _WANTED) from None
    except (OSError, ValueError) as error:  # ValueError: a NUL in the path itself
        found = f"a file that does not open ({getattr(error, 'strerror', None) or error})"
        raise InputError.of_file(file, found, _WANTED) from None


def _decode_utf16(data: bytes, file: str) -> str:
    try:
        return data.decode("utf-16")
    except UnicodeDecodeError as error:
        found = f"UTF-16 that breaks at byte {error.start}"
        raise InputError.of_file(file, found, "the file as it was saved, complete") from None


def _decode_bytes(data: bytes, file: str) -> str:
    if data.startswith(_UTF16):
        problem = Problem(place=Place(file=file, line=1, column=1), found="UTF-16", wanted="UTF-8 (or CP949)")
        raise InputError([problem])
    try:
        return data.decode("utf-8-sig")
    except UnicodeDecodeError as error:
        utf8 = error
    try:
        # never EUC-KR: it lacks syllables that names of today use
        text = data.decode("cp949")
    except UnicodeDecodeError as error:
        raise InputError([_undecodable_byte(file, data, max(utf8, error, key=lambda error: error.start))]) from None
    if _is_broken_utf8(data):
        raise InputError([_undecodable_byte(file, data, utf8)])
    return text


def _is_broken_utf8(data: bytes) -> bool:
    """Whether bytes that CP949 can read are rather UTF-8 with a few broken bytes: more Hangul than broken bytes."""
    lenient = data.decode("utf-8", errors="replace")
    return sum("가" <= character <= "힣" for character in lenient) > lenient.count("\ufffd")


def _undecodable_byte(file: str, data: bytes, error: UnicodeDecodeError) -> Problem:
    begin = data.rfind(b"\n", 0, error.start) + 1
    column = len(data[begin : error.start].decode(error.encoding, errors="replace")) + 1
    return Problem(
        place=Place(file=file, line=data.count(b"\n", 0, error.start) + 1, column=column),
        found=f"a byte 0x{data[error.start]:02x} that is no text",
        wanted="UTF-8 (or CP949)",
    )


def _unseen_character(file: str, text: str, match: re.Match[str]) -> Problem:
    line, column = line_and_column(text, match.start())
    character = match.group()
    return Problem(
        place=Place(file=file, line=line, column=column),
        found=_CHARACTER_NAMES.get(character, f"an unseen character U+{ord(character):04X}"),
        wanted="visible text only",
    )


_INTEGER = re.compile(r"-?(?:0|[1-9][0-9]{0,17})")
_DECIMAL = re.compile(r"-?[0-9]{1,18}(?:\.[0-9]{1,18})?")
_RATIO = re.compile(r"-?[0-9]{1,9}/[1-9][0-9]{0,8}")
_DAY = re.compile(r"[0-9]{4}-[0-9]{2}-[0-9]{2}")
_MOMENT = re.compile(r"[0-9]{4}-[0-9]{2}-[0-9]{2}[ T][0-9]{2}:[0-9]{2}(?::[0-9]{2})?(?:Z|[+-][0-9]{2}:[0-9]{2})?")
_MONTH = re.compile(r"[0-9]{4}-(?:0[1-9]|1[0-2])")
_YES_NO = {"yes": True, "true": True, "no": False, "false": False}
_LONGEST_QUOTE = 60


class NotReadableError(ValueError):
    """A text is not of the form that was wanted; the message is what was."""


def quote(text: str) -> str:
    r"""Return ``text`` as a problem shows it: in quotes, on one line, cut to 60 characters; ``nothing`` if it is empty.

    >>> quote("a\nb")
    "'a\\nb'"
    """
    if not text:
        return "nothing"
    clipped = text if len(text) <= _LONGEST_QUOTE else text[: _LONGEST_QUOTE - 1] + "…"
    plain = clipped if clipped.isprintable() else repr(clipped)[1:-1]
    formula = " (a formula)" if is_formula(text) and text[1:2].isalpha() else ""
    return f"'{plain}'{formula}"


def parse_integer(text: str) -> int:
    """Return an integer of at most 18 digits; ``1,000``, ``1_000``, ``5.0`` and ``007`` are a NotReadableError."""
    if not _INTEGER.fullmatch(text):
        raise NotReadableError("a whole number")
    return int(text)


def parse_decimal(text: str) -> Fraction:
    """Return a decimal exactly (``1.10`` is 11/10); a NotReadableError with exponent, percent sign or separator."""
    if not _DECIMAL.fullmatch(text):
        raise NotReadableError("a plain decimal number such as 12 or 3.5")
    return Fraction(text)


def parse_exact(text: str) -> Fraction:
    """Return a plain decimal or a ratio such as ``2/3``, exactly; a NotReadableError where the text is neither."""
    if not _RATIO.fullmatch(text) and not _DECIMAL.fullmatch(text):
        raise NotReadableError("a plain decimal number such as 3.5, or a ratio such as 2/3")
    return Fraction(text)


def parse_percent(text: str) -> Fraction:
    """Return a percentage such as ``"70"``, ``"70 %"`` or ``"100/3"`` as 70, 70 or 100/3, exactly.

    A ratio up to 1 without the sign is refused: ``2/3`` may mean two thirds of all or two thirds of a percent.

    Raises:
        NotReadableError: the text is no percentage.
    """
    number = text.removesuffix("%").rstrip(" ")
    ratio = _RATIO.fullmatch(number) is not None
    if not ratio and not _DECIMAL.fullmatch(number):
        raise NotReadableError("a percentage such as 70, 70 % or 100/3")
    if ratio and number == text and abs(Fraction(number)) <= 1:
        raise NotReadableError("a percentage such as 200/3, or with the sign such as 2/3 %")
    return Fraction(number)


def parse_yes_no(text: str) -> bool:
    """Return True for ``yes`` or ``true``, False for ``no`` or ``false``; else a NotReadableError."""
    if text not in _YES_NO:
        raise NotReadableError("yes or no")
    return _YES_NO[text]


def parse_day(text: str) -> date:
    """Return a day written ``2023-10-24``; a NotReadableError where it is written otherwise, or no such day."""
    if not _DAY.fullmatch(text):
        raise NotReadableError("a day written as 2023-10-24")
    try:
        return date.fromisoformat(text)
    except ValueError:
        raise NotReadableError("a day that exists, written as 2023-10-24") from None


def parse_moment(text: str) -> datetime:
    """Return a moment of Korean time: ``2023-10-24 18:00``; seconds may follow, and the offset of another time."""
    if not _MOMENT.fullmatch(text):
        raise NotReadableError("a moment written as 2023-10-24 18:00 (Korean time)")
    try:
        read = datetime.fromisoformat(text)
        return read.replace(tzinfo=KOREAN_TIME) if read.tzinfo is None else read.astimezone(KOREAN_TIME)
    except (ValueError, OverflowError):
        raise NotReadableError("a moment that exists, written as 2023-10-24 18:00 (Korean time)") from None


def parse_month(text: str) -> str:
    """Return a month written ``2023-10``, as it is; a NotReadableError where it is written otherwise."""
    if not _MONTH.fullmatch(text):
        raise NotReadableError("a month written as 2023-10")
    return text
