"""The manifest signed: ``manifest.sig.json`` beside it proves offline who sealed the outputs, and what they were."""

from __future__ import annotations

import base64
import json
from dataclasses import dataclass
from enum import StrEnum
from pathlib import Path

from smartcert.batch.manifest import NAME, SIGNATURE, read_manifest
from smartcert.batch.place import place
from smartcert.certification.keys import PublicKey, SigningKey
from smartcert.errors import UsageError
from smartcert.reporting.canonical import canonical

FORMAT = "smartcert-seal/1"


class SealState(StrEnum):
    """What a signature proves."""

    NONE = "no seal"
    UNCHECKED = "sealed, not checked: no public key was given"
    GOOD = "sealed by this key"
    OTHER_KEY = "sealed by another key"
    BROKEN = "the seal does not fit the manifest"


@dataclass(frozen=True, kw_only=True, slots=True)
class Seal:
    """The signature of a manifest, and the id of the key that made it."""

    key: str
    signature: bytes


def seal(folder: Path, key: SigningKey) -> Path:
    """Sign the manifest of ``folder`` as it stands and return the place of the signature.

    Raises:
        UsageError: there is no manifest.
    """
    read_manifest(folder)
    signature = key.sign(_message((folder / NAME).read_bytes()))
    plain = {"format": FORMAT, "key": key.public.id, "signature": base64.b64encode(signature).decode("ascii")}
    path = folder / SIGNATURE
    place(path, canonical(plain, lines=1))
    return path


def seal_state(folder: Path, key: PublicKey | None) -> SealState:
    """Return what the signature in ``folder`` proves; without a key only whether there is one.

    Raises:
        UsageError: the file of the signature is none of ours.
    """
    path = folder / SIGNATURE
    if not path.is_file():
        return SealState.NONE
    found = _read(path)
    if key is None:
        return SealState.UNCHECKED
    if found.key != key.id:
        return SealState.OTHER_KEY
    good = key.proves(found.signature, _message((folder / NAME).read_bytes()))
    return SealState.GOOD if good else SealState.BROKEN


def _read(path: Path) -> Seal:
    try:
        plain = json.loads(path.read_bytes())
        if plain["format"] != FORMAT:
            raise UsageError(f"{path} has format {plain['format']!r}, not {FORMAT!r}")
        return Seal(key=str(plain["key"]), signature=base64.b64decode(plain["signature"], validate=True))
    except (ValueError, KeyError, TypeError) as error:
        raise UsageError(f"{path} is no seal: {error}") from None


def _message(manifest: bytes) -> bytes:
    return FORMAT.encode() + b"\n" + manifest
