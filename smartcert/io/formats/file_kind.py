"""What a file is by its bytes, whatever its name says: a format, a password, a document-security product, a part of it.

Only headers, the directory of a zip and that of an OLE file are looked at; nothing is unpacked but a few small parts.
"""

from __future__ import annotations

import io
import re
import struct
import zipfile
import zlib
from enum import StrEnum
from pathlib import PurePosixPath

from smartcert.errors import Place, Problem
from smartcert.io.formats.ole import iterate_ole_names


class FileKind(StrEnum):
    """What a file is; the values stand in problems."""

    XLSX = "an Excel workbook (.xlsx)"
    XLSM = "an Excel workbook with macros (.xlsm)"
    XLSB = "a binary Excel workbook (.xlsb)"
    XLS = "an Excel 97-2003 workbook (.xls)"
    ODS = "an OpenDocument spreadsheet (.ods)"
    HWPX = "a Hangul document (.hwpx)"
    HWP = "a Hangul 5 document (.hwp)"
    HWP3 = "a Hangul 3 document (.hwp)"
    DOCX = "a Word document (.docx)"
    PPTX = "a PowerPoint presentation (.pptx)"
    ODF = "an OpenDocument file that is no spreadsheet"
    OLE = "a Microsoft Office 97-2003 file"
    PDF = "a PDF"
    HTML = "an HTML page"
    XML = "an XML file"
    RTF = "an RTF document"
    MAIL = "an e-mail"
    IMAGE = "a picture"
    TEXT = "text, such as a CSV file"
    ZIP = "a zip archive"
    ALZ = "an ALZ archive"
    EGG = "an EGG archive"
    SEVEN_ZIP = "a 7z archive"
    RAR = "a RAR archive"
    GZIP = "a gzip archive"
    PASSWORD = "a file protected by a password"  # noqa: S105  # no password, a description
    FASOO = "a file locked by Fasoo DRM"
    SOFTCAMP = "a file locked by SoftCamp DRM (Document Security)"
    NASCA = "a file locked by NASCA DRM"
    MARKANY = "a file locked by MarkAny DRM (Document SAFER)"
    CUT_OFF = "a file that is cut off or damaged"
    EMPTY = "an empty file"
    UNKNOWN = "a file of an unknown format"


_DRM = ((FileKind.FASOO, b"DRMONE"), (FileKind.SOFTCAMP, b"SCDSA"), (FileKind.NASCA, b"<## NASCA DRM"))
_MARKANY = re.compile(rb"mark\s?any|document\s?safer", re.IGNORECASE)
_SIGNATURES = (
    (FileKind.PDF, b"%PDF-"),
    (FileKind.RTF, b"{\\rtf"),
    (FileKind.HWP3, b"HWP Document File V3"),
    (FileKind.ALZ, b"ALZ\x01"),
    (FileKind.EGG, b"EGGA"),
    (FileKind.SEVEN_ZIP, b"7z\xbc\xaf\x27\x1c"),
    (FileKind.RAR, b"Rar!\x1a\x07"),
    (FileKind.GZIP, b"\x1f\x8b"),
    (FileKind.IMAGE, b"\x89PNG"),
    (FileKind.IMAGE, b"\xff\xd8\xff"),
    (FileKind.IMAGE, b"GIF8"),
    (FileKind.IMAGE, b"BM"),
)
# the header of a message as mail programs save it (RFC 5322): fields, then MIME-Version among them
_MAIL = re.compile(rb"(?:[!-9;-~]+:[^\n]*\r?\n(?:[ \t][^\n]*\r?\n)*)*?MIME-Version:", re.IGNORECASE)
_OUTLOOK = "__substg1.0_"
_ZIP = b"PK\x03\x04"
_EMPTY_ZIP = b"PK\x05\x06"
_OLE = b"\xd0\xcf\x11\xe0\xa1\xb1\x1a\xe1"
_HEAD = 1024
_SMALL_PART = 64 * 1024
_BROKEN = (zipfile.BadZipFile, zlib.error, EOFError, OSError, NotImplementedError, RuntimeError, ValueError)


def identify_file(data: bytes) -> FileKind:
    """Return what the bytes of a file are. ``data`` may end before the file does only where it is no zip and no OLE."""
    if not data:
        return FileKind.EMPTY
    head = data[:_HEAD]
    for kind, mark in _DRM:
        if mark in head[:64]:
            return kind
    if data.startswith((_ZIP, _EMPTY_ZIP)):
        return _identify_zip(data)
    if data.startswith(_OLE):
        return _identify_ole(data)
    for kind, mark in _SIGNATURES:
        if data.startswith(mark):
            return kind
    return _identify_text(data, head)


def _identify_text(data: bytes, head: bytes) -> FileKind:
    if _MARKANY.search(head[:256]) and _is_binary(data):
        return FileKind.MARKANY
    start = head.removeprefix(b"\xef\xbb\xbf").lstrip().lower()
    if start.startswith((b"<!doctype html", b"<html", b"<table", b"<meta")):
        return FileKind.HTML
    if start.startswith(b"<?xml"):
        return FileKind.HTML if b"<html" in start else FileKind.XML
    if _MAIL.match(data[: 16 * _HEAD]):
        return FileKind.MAIL
    if head.startswith((b"\xff\xfe", b"\xfe\xff")):
        return FileKind.TEXT
    return FileKind.UNKNOWN if _is_binary(data) else FileKind.TEXT


def _is_binary(data: bytes) -> bool:
    """Return whether bytes are no text: with control characters, or neither UTF-8 nor CP949 in their first part."""
    head = data[: 64 * 1024]
    if re.search(rb"[\x00-\x08\x0e-\x1a\x1c-\x1f]", head):
        return True
    for encoding in ("utf-8", "cp949"):
        try:
            head.decode(encoding)
        except UnicodeDecodeError as error:
            if len(data) > len(head) and error.start >= len(head) - 4:
                return False
            continue
        return False
    return True


def _identify_zip(data: bytes) -> FileKind:
    try:
        with zipfile.ZipFile(io.BytesIO(data)) as archive:
            return _identify_parts(archive)
    except _BROKEN:
        return FileKind.CUT_OFF


def _identify_parts(archive: zipfile.ZipFile) -> FileKind:
    names = {info.filename.replace("\\", "/").lstrip("/").casefold(): info for info in archive.infolist()}
    mimetype = _read_part(archive, names, "mimetype").strip()
    manifest = _read_part(archive, names, "meta-inf/manifest.xml")
    if mimetype.startswith(b"application/vnd.oasis.opendocument") or mimetype == b"application/hwp+zip":
        if b"encryption-data" in manifest:
            return FileKind.PASSWORD
        if mimetype == b"application/hwp+zip":
            return FileKind.HWPX
        return FileKind.ODS if b"spreadsheet" in mimetype else FileKind.ODF
    if "contents/content.hpf" in names or "contents/section0.xml" in names:
        return FileKind.PASSWORD if b"encryption-data" in manifest else FileKind.HWPX
    if "xl/workbook.bin" in names:
        return FileKind.XLSB
    types = _read_part(archive, names, "[content_types].xml")
    if "xl/workbook.xml" in names or b"spreadsheetml" in types:
        return FileKind.XLSM if "xl/vbaproject.bin" in names else FileKind.XLSX
    if "word/document.xml" in names:
        return FileKind.DOCX
    return FileKind.PPTX if "ppt/presentation.xml" in names else FileKind.ZIP


def _read_part(archive: zipfile.ZipFile, names: dict[str, zipfile.ZipInfo], name: str) -> bytes:
    if name not in names:
        return b""
    try:
        with archive.open(names[name]) as stream:
            return stream.read(_SMALL_PART)
    except _BROKEN:
        return b""


def _identify_ole(data: bytes) -> FileKind:
    try:
        names = set(iterate_ole_names(data))
    except ValueError:
        return FileKind.CUT_OFF
    if "EncryptedPackage" in names or "EncryptionInfo" in names:
        return FileKind.PASSWORD
    if "FileHeader" in names and {"DocInfo", "BodyText"} & names:
        return FileKind.PASSWORD if _is_locked_hwp(data) else FileKind.HWP
    if {"Workbook", "Book"} & names:
        return FileKind.PASSWORD if _is_locked_xls(data) else FileKind.XLS
    if any(name.startswith(_OUTLOOK) for name in names):
        return FileKind.MAIL
    return FileKind.OLE if names else FileKind.CUT_OFF


def _is_locked_hwp(data: bytes) -> bool:
    """Return whether the header of a Hangul 5 file says that it has a password: bit 1 of its properties."""
    start = data.find(b"HWP Document File")
    if start < 0 or start + 40 > len(data):
        return False
    (properties,) = struct.unpack_from("<I", data, start + 36)
    return bool(properties & 0b10)


def _is_locked_xls(data: bytes) -> bool:
    """Return whether a FILEPASS record follows the first record of the workbook.

    Streams of workbooks begin at the start of a sector, so the record is looked for there only.
    """
    for start in range(512, len(data) - 64, 512):
        if data[start : start + 2] == b"\x09\x08" and data[start + 6 : start + 8] == b"\x05\x00":
            (length,) = struct.unpack_from("<H", data, start + 2)
            following = start + 4 + length
            for _ in range(4):  # WRITEPROT and the like may stand before it
                number, size = struct.unpack_from("<HH", data, following)
                if number == 0x2F:
                    return True
                following += 4 + size
                if following + 4 > len(data):
                    return False
    return False


_REMEDIES = {
    FileKind.XLSM: "it saved as .xlsx, without macros",
    FileKind.XLSB: "it saved as .xlsx",
    FileKind.XLS: "it under the name .xls, or saved as .xlsx",
    FileKind.XLSX: "it under the name .xlsx",
    FileKind.ODS: "it under the name .ods, or saved as .xlsx",
    FileKind.HWPX: "it under the name .hwpx",
    FileKind.HWP: "it saved as HWPX (in Hangul: File > Save As > HWPX)",
    FileKind.HWP3: "it saved as HWPX (in Hangul: File > Save As > HWPX)",
    FileKind.TEXT: "it under the name .csv, or saved as .xlsx",
    FileKind.HTML: "it opened in a spreadsheet program and saved as .xlsx",
    FileKind.XML: "it opened in a spreadsheet program and saved as .xlsx",
    FileKind.PASSWORD: "it saved without a password",
    FileKind.FASOO: "it unlocked by the sender's document security before it is sent",
    FileKind.SOFTCAMP: "it unlocked by the sender's document security before it is sent",
    FileKind.NASCA: "it unlocked by the sender's document security before it is sent",
    FileKind.MARKANY: "it unlocked by the sender's document security before it is sent",
    FileKind.CUT_OFF: "it sent again, complete",
    FileKind.MAIL: "the attachments of the mail, packed as .zip",
    FileKind.EMPTY: "the form as it was filled in",
    FileKind.ZIP: "the form and the documents in one archive, not in another inside it",
} | dict.fromkeys((FileKind.ALZ, FileKind.EGG, FileKind.SEVEN_ZIP, FileKind.RAR, FileKind.GZIP), "it packed as .zip")
_OWN_SUFFIX = {
    FileKind.XLSB: ".xlsb",
    FileKind.DOCX: ".docx",
    FileKind.PPTX: ".pptx",
    FileKind.PDF: ".pdf",
    FileKind.ZIP: ".zip",
    FileKind.ALZ: ".alz",
    FileKind.EGG: ".egg",
    FileKind.SEVEN_ZIP: ".7z",
    FileKind.RAR: ".rar",
    FileKind.GZIP: ".gz",
}
_OTHER_REMEDY = "a form: .xlsx, .hwpx, .csv, .ods or .xls"


_OWN_FAULT = frozenset({*(kind for kind, _ in _DRM), FileKind.MARKANY, FileKind.PASSWORD, FileKind.CUT_OFF})
_UNDER_ANY_NAME = _OWN_FAULT | {
    FileKind.EMPTY,
    FileKind.UNKNOWN,
    FileKind.HWP,
    FileKind.HWP3,
    FileKind.XLSM,
    FileKind.MAIL,
}


def describe_kind(kind: FileKind, file: str) -> Problem:
    """Return the problem of a file that cannot be read as a form: what it is, and what to do."""
    suffix = PurePosixPath(file).suffix.lower()
    named = (
        f" under the name {suffix}"
        if suffix and kind not in _UNDER_ANY_NAME and _OWN_SUFFIX.get(kind) != suffix
        else ""
    )
    wanted = _REMEDIES.get(kind, _OTHER_REMEDY)
    return Problem(place=Place(file=file), found=f"{kind.value}{named}", wanted=wanted)
