"""Ed25519 keys, signed statements."""

from __future__ import annotations

import base64
import binascii
import hashlib
import json
import os
import re
import unicodedata
from collections import deque
from dataclasses import dataclass, field, fields
from datetime import date
from pathlib import Path
from typing import Any

from smartcert.errors import UsageError
from smartcert.model.applicant import SizeType
from smartcert.model.certification import Checked, Seal, Statement
from smartcert.model.citation import Text

# --- Keys that sign certificates: Ed25519, kept as PEM with the name of the issuing office above.

LONGEST_OFFICE = 100
_HEADING = "smartcert key 1"
_OFFICE = "issuing office: "
_FILE = re.compile(
    rf"{_HEADING}\n(?:{_OFFICE}(?P<office>[^\n]*)\n)?"
    r"-----BEGIN (?P<kind>PRIVATE|PUBLIC) KEY-----\n(?P<body>[A-Za-z0-9+/=\n]+)-----END (?P=kind) KEY-----\n?"
)
_LARGEST = 10_000


@dataclass(frozen=True, kw_only=True, slots=True)
class PublicKey:
    """Proves signatures. ``office`` is empty for a key that signs specimens only."""

    raw: bytes
    office: str = ""

    @property
    def id(self) -> str:
        """The key's id: the first bytes of a hash of the key and the office's name, in base 32."""
        whole = b"smartcert-key/1\n" + self.office.encode() + b"\n" + self.raw
        return base64.b32encode(hashlib.sha256(whole).digest()[:10]).decode("ascii")

    def proves(self, signature: bytes, message: bytes) -> bool:
        """Return whether the signature of the message was made with the key's other half."""
        from cryptography.exceptions import InvalidSignature

        try:
            _ed25519().Ed25519PublicKey.from_public_bytes(self.raw).verify(signature, message)
        except (InvalidSignature, ValueError):
            return False
        return True

    def text(self) -> str:
        """Return the key as its file holds it."""
        from cryptography.hazmat.primitives import serialization as form

        key = _ed25519().Ed25519PublicKey.from_public_bytes(self.raw)
        pem = key.public_bytes(form.Encoding.PEM, form.PublicFormat.SubjectPublicKeyInfo)
        return f"{_heading(self.office)}{pem.decode('ascii')}"


@dataclass(frozen=True, kw_only=True, slots=True)
class SigningKey:
    """Makes signatures; never shown."""

    secret: bytes = field(repr=False)
    office: str = ""

    @property
    def public(self) -> PublicKey:
        """The half that may be given to anybody."""
        from cryptography.hazmat.primitives import serialization as form

        raw = self._key().public_key().public_bytes(form.Encoding.Raw, form.PublicFormat.Raw)
        return PublicKey(raw=raw, office=self.office)

    def sign(self, message: bytes) -> bytes:
        """Return the signature of a message; the same message gives the same bytes."""
        signature: bytes = self._key().sign(message)
        return signature

    def text(self) -> str:
        """Return the key as its file holds it."""
        from cryptography.hazmat.primitives import serialization as form

        pem = self._key().private_bytes(form.Encoding.PEM, form.PrivateFormat.PKCS8, form.NoEncryption())
        return f"{_heading(self.office)}{pem.decode('ascii')}"

    def _key(self) -> Any:
        return _ed25519().Ed25519PrivateKey.from_private_bytes(self.secret)


def new_key(office: str = "") -> SigningKey:
    """Return a new key; with the name of an issuing office, or without one for specimens.

    Raises:
        UsageError: the name is too long or has unseen characters.
    """
    name = unicodedata.normalize("NFC", " ".join(office.split()))
    if len(name) > LONGEST_OFFICE or not name.isprintable():
        raise UsageError(f"the name of an issuing office has at most {LONGEST_OFFICE} visible characters")
    return SigningKey(secret=_ed25519().Ed25519PrivateKey.generate().private_bytes_raw(), office=name)


def write_key(key: SigningKey, path: Path) -> Path:
    """Write a key, readable by its owner only, and its public half beside it as ``<path>.pub``; return that path.

    Raises:
        UsageError: one of the files is there already, or cannot be written.
    """
    public = path.with_name(path.name + ".pub")
    try:
        for place, text, mode in ((path, key.text(), 0o600), (public, key.public.text(), 0o644)):
            with os.fdopen(os.open(place, os.O_WRONLY | os.O_CREAT | os.O_EXCL, mode), "w", encoding="utf-8") as file:
                file.write(text)
    except FileExistsError as error:
        raise UsageError(f"{error.filename} is there already; a key is never overwritten") from None
    except OSError as error:
        raise UsageError(f"cannot write {error.filename}: {error.strerror}") from None
    return public


def read_signing_key(path: Path) -> SigningKey:
    """Return the key of a file.

    Raises:
        UsageError: there is no such file, or it holds no key that signs.
    """
    office, der = _read(path, "PRIVATE")
    from cryptography.hazmat.primitives.serialization import load_der_private_key

    try:
        key = load_der_private_key(der, None)
    except (ValueError, TypeError):
        raise UsageError(f"{path} holds no key that can be read") from None
    if not isinstance(key, _ed25519().Ed25519PrivateKey):
        raise UsageError(f"{path} holds a key of another kind than Ed25519")
    return SigningKey(secret=key.private_bytes_raw(), office=office)


def read_public_key(path: Path) -> PublicKey:
    """Return the public key of a file.

    Raises:
        UsageError: there is no such file, or it holds no public key.
    """
    office, der = _read(path, "PUBLIC")
    from cryptography.hazmat.primitives.serialization import load_der_public_key

    try:
        key = load_der_public_key(der)
    except ValueError:
        raise UsageError(f"{path} holds no key that can be read") from None
    if not isinstance(key, _ed25519().Ed25519PublicKey):
        raise UsageError(f"{path} holds a key of another kind than Ed25519")
    return PublicKey(raw=key.public_bytes_raw(), office=office)


def _read(path: Path, kind: str) -> tuple[str, bytes]:
    _ed25519()
    try:
        data = path.read_bytes()[:_LARGEST]
        found = _FILE.fullmatch(data.decode("utf-8").replace("\r\n", "\n"))
    except OSError as error:
        raise UsageError(f"cannot read the key {path}: {error.strerror}") from None
    except UnicodeDecodeError:
        found = None
    if found is None:
        raise UsageError(f"{path} is no key of 'smartcert register key'")
    if found["kind"] != kind:
        wanted = "the key that signs" if kind == "PRIVATE" else "the public half (.pub)"
        raise UsageError(f"{path} is not {wanted}")
    try:
        return (found["office"] or "").strip(), base64.b64decode(found["body"], validate=False)
    except ValueError:
        raise UsageError(f"{path} holds no key that can be read") from None


def _heading(office: str) -> str:
    return f"{_HEADING}\n" + (f"{_OFFICE}{office}\n" if office else "")


def _ed25519() -> Any:
    """Return the module, which is not there without the extra."""
    try:
        from cryptography.hazmat.primitives.asymmetric import ed25519
    except ImportError:
        raise UsageError(
            "certificates are signed with the package cryptography: pip install 'smartcert[sign]'"
        ) from None
    return ed25519


# --- How a certificate is signed: the text of its QR code, and the seal at the end of its file.

MARK = "SMARTCERT1"
_QR = re.compile(
    rf"{MARK}:(?P<number>[A-Z0-9-]{{1,40}}):(?P<entry>[A-Z2-7]{{52}}):(?P<hash>[A-Z2-7]{{52}}):(?P<key>[A-Z2-7]{{16}}):(?P<signature>[A-Z2-7]{{103}})"
)
_SEAL = b"smartcert:certificate:1 "
_SEALING_FILE = re.compile(
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
    found = next(iter(deque(_SEALING_FILE.finditer(data), maxlen=1)), None)
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
