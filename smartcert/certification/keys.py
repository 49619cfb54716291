"""Keys that sign certificates: Ed25519, kept as PEM with the name of the issuing office above.

Whoever holds a key can put any name above it. A certificate is the office's because its public key was had from the
office itself; the name is bound to the key by the key's id, so that it cannot be changed afterwards.
"""

from __future__ import annotations

import base64
import hashlib
import os
import re
import unicodedata
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

from smartcert.errors import UsageError

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
