"""How is a certificate signed and checked? Ed25519 keys, the text of the QR code, the seal at the end of the file."""

from __future__ import annotations

import base64
import binascii
import json
import re
import unicodedata
from collections import deque
from dataclasses import field, fields
from datetime import date
from pathlib import Path
from typing import Any

from smartcert.errors import UsageError
from smartcert.files import sha256_hex, sha256_raw, write_new
from smartcert.lazy_dataclass import dataclass
from smartcert.model.certification import CertificateCheck, CertificateSeal, CertificateStatement
from smartcert.model.citation import Text
from smartcert.reporting.canonical import compact_json

# cryptography is imported where it is used: it comes with the extra ``sign`` only
MAX_OFFICE_LENGTH = 100
_HEADING = "smartcert key 1"
_OFFICE_HEADING = "issuing office: "
_KEY_FILE = re.compile(
    rf"{_HEADING}\n(?:{_OFFICE_HEADING}(?P<office>[^\n]*)\n)?"
    r"-----BEGIN (?P<kind>PRIVATE|PUBLIC) KEY-----\n(?P<body>[A-Za-z0-9+/=\n]+)-----END (?P=kind) KEY-----\n?"
)
_MAX_KEY_BYTES = 10_000


@dataclass(frozen=True, kw_only=True, slots=True)
class PublicKey:
    """The half of a key that verifies signatures; ``office`` is empty for a key that signs specimens only."""

    raw: bytes
    office: str = ""

    @property
    def id(self) -> str:
        """The id of the key: the first 10 bytes of a hash of the office's name and the key, in base 32."""
        hashed = b"smartcert-key/1\n" + self.office.encode() + b"\n" + self.raw
        return base64.b32encode(sha256_raw(hashed)[:10]).decode("ascii")

    def verify_signature(self, signature: bytes, message: bytes) -> bool:
        """Return whether the signature of the message was made with the secret half of the key."""
        from cryptography.exceptions import InvalidSignature

        try:
            _import_ed25519().Ed25519PublicKey.from_public_bytes(self.raw).verify(signature, message)
        except (InvalidSignature, ValueError):
            return False
        return True

    def text(self) -> str:
        """Return the text of the key's file: the office, and the key as PEM."""
        from cryptography.hazmat.primitives import serialization as form

        key = _import_ed25519().Ed25519PublicKey.from_public_bytes(self.raw)
        pem = key.public_bytes(form.Encoding.PEM, form.PublicFormat.SubjectPublicKeyInfo)
        return f"{_format_heading(self.office)}{pem.decode('ascii')}"


@dataclass(frozen=True, kw_only=True, slots=True)
class SigningKey:
    """The secret half of a key, which signs; never shown."""

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
        """Return the text of the key's file: the office, and the key as PEM."""
        from cryptography.hazmat.primitives import serialization as form

        pem = self._key().private_bytes(form.Encoding.PEM, form.PrivateFormat.PKCS8, form.NoEncryption())
        return f"{_format_heading(self.office)}{pem.decode('ascii')}"

    def _key(self) -> Any:
        return _import_ed25519().Ed25519PrivateKey.from_private_bytes(self.secret)


def generate_key(office: str = "") -> SigningKey:
    """Return a new key with the name of an issuing office, or without one for specimens.

    Raises:
        UsageError: the name is too long or has characters that cannot be seen.
    """
    name = unicodedata.normalize("NFC", " ".join(office.split()))
    if len(name) > MAX_OFFICE_LENGTH or not name.isprintable():
        raise UsageError(f"the name of an issuing office has at most {MAX_OFFICE_LENGTH} visible characters")
    return SigningKey(secret=_import_ed25519().Ed25519PrivateKey.generate().private_bytes_raw(), office=name)


def write_key(key: SigningKey, path: Path) -> Path:
    """Write a key, readable by its owner only, and its public half beside it as ``<path>.pub``; return that path.

    Raises:
        UsageError: one of the files exists already, or cannot be written.
    """
    public = path.with_name(path.name + ".pub")
    for file_path in (path, public):
        if file_path.exists():
            raise UsageError(f"{file_path} exists already; a key is never overwritten")
    write_new(path, key.text().encode(), 0o600)
    try:
        write_new(public, key.public.text().encode(), 0o644)
    except UsageError:
        path.unlink()  # half a pair is of no use, and its name would be taken
        raise
    return public


def read_signing_key(path: Path) -> SigningKey:
    """Return the key of a file.

    Raises:
        UsageError: there is no such file, or it holds no key that signs.
    """
    office, der = _read_key(path, "PRIVATE")
    from cryptography.hazmat.primitives.serialization import load_der_private_key

    try:
        key = load_der_private_key(der, None)
    except (ValueError, TypeError):
        raise UsageError(f"{path} holds no key that can be read") from None
    if not isinstance(key, _import_ed25519().Ed25519PrivateKey):
        raise UsageError(f"{path} holds a key of another kind than Ed25519")
    return SigningKey(secret=key.private_bytes_raw(), office=office)


def read_public_key(path: Path) -> PublicKey:
    """Return the public key of a file.

    Raises:
        UsageError: there is no such file, or it holds no public key.
    """
    office, der = _read_key(path, "PUBLIC")
    from cryptography.hazmat.primitives.serialization import load_der_public_key

    try:
        key = load_der_public_key(der)
    except ValueError:
        raise UsageError(f"{path} holds no key that can be read") from None
    if not isinstance(key, _import_ed25519().Ed25519PublicKey):
        raise UsageError(f"{path} holds a key of another kind than Ed25519")
    return PublicKey(raw=key.public_bytes_raw(), office=office)


def _read_key(path: Path, kind: str) -> tuple[str, bytes]:
    _import_ed25519()
    try:
        data = path.read_bytes()[:_MAX_KEY_BYTES]
        match = _KEY_FILE.fullmatch(data.decode("utf-8").replace("\r\n", "\n"))
    except OSError as error:
        raise UsageError(f"cannot read the key {path}: {error.strerror}") from None
    except UnicodeDecodeError:
        match = None
    if match is None:
        raise UsageError(f"{path} is not a key of 'smartcert register key'")
    if match["kind"] != kind:
        wanted = "the key that signs" if kind == "PRIVATE" else "the public half (.pub)"
        raise UsageError(f"{path} is not {wanted}")
    try:
        return (match["office"] or "").strip(), base64.b64decode(match["body"], validate=False)
    except ValueError:
        raise UsageError(f"{path} holds no key that can be read") from None


def _format_heading(office: str) -> str:
    return f"{_HEADING}\n" + (f"{_OFFICE_HEADING}{office}\n" if office else "")


def _import_ed25519() -> Any:
    """Return the module; it is imported when it is needed, as it comes with the extra ``sign`` only."""
    try:
        from cryptography.hazmat.primitives.asymmetric import ed25519
    except ImportError:
        raise UsageError(
            "certificates are signed with the package cryptography: pip install 'smartcert[sign]'"
        ) from None
    return ed25519


QR_MARK = "SMARTCERT1"
_QR_PATTERN = re.compile(
    rf"{QR_MARK}:(?P<number>[A-Z0-9-]{{1,40}}):(?P<entry>[A-Z2-7]{{52}}):(?P<hash>[A-Z2-7]{{52}}):(?P<key>[A-Z2-7]{{16}}):(?P<signature>[A-Z2-7]{{103}})"
)
_SEAL_MARK = b"smartcert:certificate:1 "
_SEAL_PATTERN = re.compile(
    rb"\n(?:<!--|%)"
    + _SEAL_MARK
    + rb"(?P<statement>[\w=-]+) (?P<qr>[A-Z0-9:-]+) (?P<seal>[\w=-]+)(?:-->\n|\n(?P<tail>startxref\n\d+\n%%EOF\n))"
)
_PDF_END = re.compile(rb"startxref\s+(\d+)\s+%%EOF\s*\Z")
_PDF_MARK = b"%PDF-"


@dataclass(frozen=True, kw_only=True, slots=True)
class QrCode:
    """The text of a QR code, taken apart."""

    text: str
    number: str
    entry: str
    statement: bytes
    key: str
    signature: bytes

    @property
    def signed(self) -> bytes:
        """The bytes that the signature is over."""
        return b"smartcert-qr/1\n" + self.text.rpartition(":")[0].encode("ascii")


def build_qr_code(statement: CertificateStatement, key: SigningKey) -> QrCode:
    """Return the signed text of a certificate's QR code.

    Raises:
        ValueError: the number has other characters than capitals, digits and hyphens.
    """
    parts = (
        QR_MARK,
        statement.number,
        _encode_base32(bytes.fromhex(statement.entry)),
        _encode_base32(_hash_statement(statement)),
        key.public.id,
    )
    unsigned = ":".join(parts)
    signature = key.sign(b"smartcert-qr/1\n" + unsigned.encode())
    code = parse_qr_code(f"{unsigned}:{_encode_base32(signature)}")
    if code is None:
        raise ValueError(f"no QR code can carry the number {statement.number!r}")
    return code


def parse_qr_code(text: str) -> QrCode | None:
    """Return the parts of a QR code's text, or None where it is not the code of a certificate."""
    match = _QR_PATTERN.fullmatch(text.strip())
    if match is None:
        return None
    try:
        entry, hashed, signature = (_decode_base32(match[name]) for name in ("entry", "hash", "signature"))
    except (binascii.Error, ValueError):
        return None
    return QrCode(
        text=match[0],
        number=match["number"],
        entry=entry.hex(),
        statement=hashed,
        key=match["key"],
        signature=signature,
    )


def seal_file(body: bytes, statement: CertificateStatement, qr: QrCode, key: SigningKey) -> bytes:
    """Return a file with its seal at the end: a comment that neither a browser nor a PDF reader shows."""
    encoded = base64.urlsafe_b64encode(_encode_statement(statement))
    is_pdf = body.startswith(_PDF_MARK)
    tail = _copy_pdf_end(body) if is_pdf else b""
    signature = base64.urlsafe_b64encode(key.sign(_build_signed_message(body, encoded, qr.text.encode("ascii"), tail)))
    inner = _SEAL_MARK + b" ".join((encoded, qr.text.encode("ascii"), signature))
    return body + (b"\n%" + inner + b"\n" + tail if is_pdf else b"\n<!--" + inner + b"-->\n")


def check_qr_code(text: str, key: PublicKey) -> CertificateCheck:
    """Return what the signature of a QR code proves by itself."""
    code = parse_qr_code(text)
    return _check_signature(code, key) if code else CertificateCheck(seal=CertificateSeal.NONE)


def check_certificate_file(data: bytes, key: PublicKey) -> CertificateCheck:
    """Return what the seal of a certificate's file proves: whether any byte was changed since it was sealed."""
    match = next(iter(deque(_SEAL_PATTERN.finditer(data), maxlen=1)), None)  # the last one in the file
    if match is None and _SEAL_MARK not in data:
        return CertificateCheck(seal=CertificateSeal.NONE)
    if match is None:
        return CertificateCheck(seal=CertificateSeal.CHANGED, why="no_seal")
    code = parse_qr_code(match["qr"].decode("ascii"))
    statement = _decode_statement(match["statement"])
    if code is None or statement is None:
        return CertificateCheck(seal=CertificateSeal.CHANGED, why="unreadable")
    check = _check_signature(code, key, statement)
    if check.seal is CertificateSeal.INTACT and (why := _find_change(data, match, code, statement, key)):
        return CertificateCheck(seal=CertificateSeal.CHANGED, why=why, number=code.number, statement=statement)
    return check


def _find_change(
    data: bytes, match: re.Match[bytes], code: QrCode, statement: CertificateStatement, key: PublicKey
) -> str:
    """Return the part of a file that does not fit its seal, or ``""``."""
    if match.end() != len(data):
        return "added_after"
    if code.statement != _hash_statement(statement) or (code.number, code.entry) != (statement.number, statement.entry):
        return "statement"
    if statement.office != key.office:
        return "office"
    signed = _build_signed_message(data[: match.start()], match["statement"], match["qr"], match["tail"] or b"")
    signature = _decode_base64(match["seal"])
    return "" if signature is not None and key.verify_signature(signature, signed) else "content"


def _check_signature(code: QrCode, key: PublicKey, statement: CertificateStatement | None = None) -> CertificateCheck:
    seal, why, office = CertificateSeal.INTACT, "", key.office
    if code.key != key.id:
        seal, office = CertificateSeal.UNKNOWN_KEY, ""
    elif not key.verify_signature(code.signature, code.signed):
        seal, why, office = CertificateSeal.CHANGED, "code", ""
    return CertificateCheck(
        seal=seal, why=why, number=code.number, entry=code.entry, office=office, statement=statement
    )


def _build_signed_message(body: bytes, statement: bytes, qr: bytes, tail: bytes) -> bytes:
    parts = (sha256_hex(body).encode(), statement, qr, sha256_hex(tail).encode())
    return b"smartcert-file/1\n" + b"\n".join(parts)


def _copy_pdf_end(body: bytes) -> bytes:
    """Return a copy of the end of a PDF: readers look for it in the last bytes of a file, where the seal stands."""
    match = _PDF_END.search(body)
    if match is None:
        raise ValueError("a PDF without an end")
    return b"startxref\n" + match[1] + b"\n%%EOF\n"


def _encode_statement(statement: CertificateStatement) -> bytes:
    plain: dict[str, Any] = {item.name: getattr(statement, item.name) for item in fields(statement)}
    plain |= {name: plain[name].isoformat() for name in ("issued_on", "valid_from", "valid_to")}
    for name in ("place", "partners"):
        if plain[name] is None:
            del plain[name]
    if not statement.service:
        del plain["service"]
    if statement.partners is not None:
        plain["partners"] = {"ko": statement.partners.ko, "en": statement.partners.en}
    plain["name"] = {"ko": statement.name.ko, "en": statement.name.en}
    return compact_json(plain).encode()


def _decode_statement(text: bytes) -> CertificateStatement | None:
    data = _decode_base64(text)
    try:
        plain = json.loads(data or b"")
        days = {name: date.fromisoformat(plain[name]) for name in ("issued_on", "valid_from", "valid_to")}
        name, size = Text(**plain["name"]), str(plain["size_type"])
        partners = {"partners": Text(**plain["partners"])} if "partners" in plain else {}
        statement = CertificateStatement(**(plain | days | {"name": name, "size_type": size} | partners))
        return statement if _encode_statement(statement) == data else None
    except (ValueError, TypeError, KeyError, AttributeError, RecursionError):
        return None


def _hash_statement(statement: CertificateStatement) -> bytes:
    return sha256_raw(b"smartcert-statement/1\n" + _encode_statement(statement))


def _encode_base32(data: bytes) -> str:
    return base64.b32encode(data).decode("ascii").rstrip("=")


def _decode_base32(text: str) -> bytes:
    data = base64.b32decode(text + "=" * (-len(text) % 8))
    if _encode_base32(data) != text:
        raise ValueError("spare bits that are not zero")
    return data


def _decode_base64(text: bytes) -> bytes | None:
    try:
        data = base64.b64decode(text, altchars=b"-_", validate=True)
    except binascii.Error:
        return None
    return data if base64.urlsafe_b64encode(data) == text else None  # else spare bits that are not zero
