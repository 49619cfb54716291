"""How a certificate is signed: the text of its QR code, and the seal at the end of its file.

The QR code carries number, hash of the register entry, hash of the statement, id of the key, and a signature of these,
in letters and figures of base 32 (which QR codes take densely). The file ends with the statement, the same text and a
signature over every byte before: one changed byte anywhere is found, in whatever the reader would see or not see.
"""

from __future__ import annotations

import base64
import binascii
import hashlib
import json
import re
from collections import deque
from dataclasses import dataclass, fields
from datetime import date
from typing import Any

from smartcert.certification.keys import PublicKey, SigningKey
from smartcert.model.applicant import SizeType
from smartcert.model.certificate import Checked, Seal, Statement
from smartcert.model.citation import Text

MARK = "SMARTCERT1"
_QR = re.compile(
    rf"{MARK}:(?P<number>[A-Z0-9-]{{1,40}}):(?P<entry>[A-Z2-7]{{52}}):(?P<hash>[A-Z2-7]{{52}}):(?P<key>[A-Z2-7]{{16}}):(?P<signature>[A-Z2-7]{{103}})"
)
_SEAL = b"smartcert:certificate:1 "
_FILE = re.compile(
    rb"\n(?:<!--|%)"
    + _SEAL
    + rb"(?P<statement>[\w=-]+) (?P<qr>[A-Z0-9:-]+) (?P<seal>[\w=-]+)(?:-->\n|\n(?P<tail>startxref\n\d+\n%%EOF\n))"
)
_START = re.compile(rb"startxref\s+(\d+)\s+%%EOF\s*\Z")
PDF = b"%PDF-"


@dataclass(frozen=True, kw_only=True, slots=True)
class Code:
    """The text of a QR code, taken apart."""

    text: str
    number: str
    entry: str
    statement: bytes
    key: str
    signature: bytes

    @property
    def signed(self) -> bytes:
        """What the signature is over."""
        return b"smartcert-qr/1\n" + self.text.rpartition(":")[0].encode("ascii")


def code(statement: Statement, key: SigningKey) -> Code:
    """Return the signed text of a certificate's QR code.

    Raises:
        ValueError: the number has other signs than capitals, figures and hyphens.
    """
    parts = (MARK, statement.number, _b32(bytes.fromhex(statement.entry)), _b32(_hash(statement)), key.public.id)
    open_ = ":".join(parts)
    signature = key.sign(b"smartcert-qr/1\n" + open_.encode())
    made = read_code(f"{open_}:{_b32(signature)}")
    if made is None:
        raise ValueError(f"no QR code can carry the number {statement.number!r}")
    return made


def read_code(text: str) -> Code | None:
    """Return the parts of a QR code's text, or None where it is none of ours."""
    found = _QR.fullmatch(text.strip())
    if found is None:
        return None
    try:
        entry, hashed, signature = (_unb32(found[name]) for name in ("entry", "hash", "signature"))
    except (binascii.Error, ValueError):
        return None
    return Code(
        text=found[0],
        number=found["number"],
        entry=entry.hex(),
        statement=hashed,
        key=found["key"],
        signature=signature,
    )


def sealed(body: bytes, statement: Statement, qr: Code, key: SigningKey) -> bytes:
    """Return the file with its seal at the end: a comment that neither a browser nor a PDF reader shows."""
    told = base64.urlsafe_b64encode(_canonical(statement))
    is_pdf = body.startswith(PDF)
    tail = _tail(body) if is_pdf else b""
    signature = base64.urlsafe_b64encode(key.sign(_signed(body, told, qr.text.encode("ascii"), tail)))
    inner = _SEAL + b" ".join((told, qr.text.encode("ascii"), signature))
    return body + (b"\n%" + inner + b"\n" + tail if is_pdf else b"\n<!--" + inner + b"-->\n")


def check_code(text: str, key: PublicKey) -> Checked:
    """Return what the text of a QR code is worth by itself."""
    read = read_code(text)
    if read is None:
        return Checked(seal=Seal.NONE)
    return _judged(read, key)


def check_file(data: bytes, key: PublicKey) -> Checked:
    """Return what a certificate's file is worth: whether any byte of it was changed since it was sealed."""
    found = next(iter(deque(_FILE.finditer(data), maxlen=1)), None)
    if found is None:
        return Checked(seal=Seal.CHANGED, why="no_seal") if _SEAL in data else Checked(seal=Seal.NONE)
    read = read_code(found["qr"].decode("ascii"))
    statement = _statement(found["statement"])
    if read is None or statement is None:
        return Checked(seal=Seal.CHANGED, why="unreadable")
    judged = _judged(read, key, statement)
    if judged.seal is not Seal.INTACT:
        return judged
    why = _broken(data, found, read, statement, key)
    return judged if not why else Checked(seal=Seal.CHANGED, why=why, number=read.number, statement=statement)


def _broken(data: bytes, found: re.Match[bytes], read: Code, statement: Statement, key: PublicKey) -> str:
    """Return what of a file does not fit its seal, or nothing."""
    if found.end() != len(data):
        return "added_after"
    if read.statement != _hash(statement) or (read.number, read.entry) != (statement.number, statement.entry):
        return "statement"
    if statement.office != key.office:
        return "office"
    body = data[: found.start()]
    signed = _signed(body, found["statement"], found["qr"], found["tail"] or b"")
    signature = _unb64(found["seal"])
    return "" if signature is not None and key.proves(signature, signed) else "content"


def _judged(read: Code, key: PublicKey, statement: Statement | None = None) -> Checked:
    seal, why = Seal.INTACT, ""
    if read.key != key.id:
        seal = Seal.UNKNOWN_KEY
    elif not key.proves(read.signature, read.signed):
        seal, why = Seal.CHANGED, "code"
    office = key.office if seal is Seal.INTACT else ""
    return Checked(seal=seal, why=why, number=read.number, entry=read.entry, office=office, statement=statement)


def _signed(body: bytes, statement: bytes, qr: bytes, tail: bytes) -> bytes:
    parts = (hashlib.sha256(body).hexdigest().encode(), statement, qr, hashlib.sha256(tail).hexdigest().encode())
    return b"smartcert-file/1\n" + b"\n".join(parts)


def _tail(body: bytes) -> bytes:
    """Return the end of a PDF once more: readers look for it in the last bytes of a file, which the seal takes."""
    found = _START.search(body)
    if found is None:
        raise ValueError("a PDF without an end")
    return b"startxref\n" + found[1] + b"\n%%EOF\n"


def _canonical(statement: Statement) -> bytes:
    plain: dict[str, Any] = {one.name: getattr(statement, one.name) for one in fields(statement)}
    plain |= {name: plain[name].isoformat() for name in ("issued_on", "valid_from", "valid_to")}
    plain["name"] = {"ko": statement.name.ko, "en": statement.name.en}
    return json.dumps(plain, ensure_ascii=False, sort_keys=True, separators=(",", ":")).encode()


def _statement(text: bytes) -> Statement | None:
    data = _unb64(text)
    try:
        plain = json.loads(data or b"")
        days = {name: date.fromisoformat(plain[name]) for name in ("issued_on", "valid_from", "valid_to")}
        name, size = Text(**plain["name"]), SizeType(plain["size_type"])
        made = Statement(**(plain | days | {"name": name, "size_type": size}))
        return made if _canonical(made) == data else None
    except (ValueError, TypeError, KeyError, AttributeError, RecursionError):
        return None


def _hash(statement: Statement) -> bytes:
    return hashlib.sha256(b"smartcert-statement/1\n" + _canonical(statement)).digest()


def _b32(data: bytes) -> str:
    return base64.b32encode(data).decode("ascii").rstrip("=")


def _unb32(text: str) -> bytes:
    data = base64.b32decode(text + "=" * (-len(text) % 8))
    if _b32(data) != text:
        raise ValueError("spare bits that are not zero")
    return data


def _unb64(text: bytes) -> bytes | None:
    try:
        data = base64.b64decode(text, altchars=b"-_", validate=True)
    except binascii.Error:
        return None
    return data if base64.urlsafe_b64encode(data) == text else None  # else spare bits that are not zero
