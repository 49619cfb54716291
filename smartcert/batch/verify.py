"""Are the outputs of a round what its inputs give, and who signed their manifest?"""

from __future__ import annotations

import base64
import json
import re
import tempfile
from collections.abc import Sequence
from dataclasses import dataclass
from enum import StrEnum
from pathlib import Path

from smartcert.batch.hashing import FileHashes
from smartcert.batch.ledger import MANIFEST, MANIFEST_SIGNATURE, list_outputs, read_manifest
from smartcert.batch.outputs import LANGUAGES
from smartcert.batch.request import RunRequest
from smartcert.batch.run import run
from smartcert.certification.signing import PublicKey, SigningKey
from smartcert.errors import UsageError
from smartcert.files import write_atomic
from smartcert.reporting.canonical import canonical_json
from smartcert.reporting.records import Audience

_REPORT = re.compile(r"applicants/[^/]+/report(?:\.(?P<audience>applicant|public))?\.(?P<language>ko|en)\.html")
_EXCERPT_BYTES = 60


class Verdict(StrEnum):
    """How a file compares with what its inputs give."""

    UNCHANGED = "unchanged"
    CHANGED = "changed"
    MISSING = "missing"
    EXTRA = "extra"


@dataclass(frozen=True, kw_only=True, slots=True)
class FileComparison:
    """One file by its name in the outputs; where it first differs, and how."""

    file: str
    verdict: Verdict
    where: str = ""


def verify_outputs(round_name: str, folder: Path, jobs: int) -> tuple[FileComparison, ...]:
    """Render the outputs in ``folder`` again in a temporary folder and compare each file.

    The manifest is compared like any other file: its hashes are those of what was rendered again.

    Raises:
        UsageError: there is no manifest, or it is another round's.
        InputError: the round's files have problems.
    """
    manifest, outputs = read_manifest(folder)
    files = [output.file for output in outputs]
    with tempfile.TemporaryDirectory(prefix="smartcert-") as temporary:
        again = Path(temporary) / "again"
        run(_infer_request(round_name, files, again, jobs))
        rebuilt = read_manifest(again)[0]
        if rebuilt["round"] != manifest["round"]:
            raise UsageError(f"{folder} holds round '{manifest['round']}', not '{rebuilt['round']}'")
        names = sorted({*list_outputs(folder), *list_outputs(again), *files, MANIFEST})
        return tuple(_compare_file(name, folder / name, again / name) for name in names)


def compare_with_manifest(folder: Path) -> tuple[FileComparison, ...]:
    """Compare the files in ``folder`` with its manifest only: quick, and without the inputs.

    Raises:
        UsageError: there is no manifest.
    """
    _, outputs = read_manifest(folder)
    listed = {output.file: output.sha256 for output in outputs}
    hashes = FileHashes(folder).hash_files(sorted({*listed, *list_outputs(folder)}))
    return tuple(_compare_hash(name, listed.get(name), sha256) for name, sha256 in hashes.items())


def _compare_hash(name: str, listed: str | None, sha256: str) -> FileComparison:
    if listed is None:
        return FileComparison(file=name, verdict=Verdict.EXTRA)
    if not sha256:
        return FileComparison(file=name, verdict=Verdict.MISSING)
    return FileComparison(file=name, verdict=Verdict.UNCHANGED if sha256 == listed else Verdict.CHANGED)


def _infer_request(round_name: str, files: Sequence[str], output: Path, jobs: int) -> RunRequest:
    """Return the request that gives these files: its audiences and languages are those of the reports."""
    reports = [match for match in map(_REPORT.fullmatch, files) if match]
    audiences = {Audience(match["audience"] or Audience.REVIEWER.value) for match in reports}
    languages = {match["language"] for match in reports}
    return RunRequest(
        round=round_name,
        output=output,
        jobs=jobs,
        quiet=True,
        pdf=any(file.endswith(".pdf") for file in files),
        audiences=tuple(audience for audience in Audience if audience in audiences) or (Audience.REVIEWER,),
        languages=tuple(language for language in LANGUAGES if language in languages) or LANGUAGES,
    )


def _compare_file(name: str, path: Path, again: Path) -> FileComparison:
    if not path.is_file():
        return FileComparison(file=name, verdict=Verdict.MISSING)
    if not again.is_file():
        return FileComparison(file=name, verdict=Verdict.EXTRA)
    old, new = path.read_bytes(), again.read_bytes()
    if old == new:
        return FileComparison(file=name, verdict=Verdict.UNCHANGED)
    return FileComparison(file=name, verdict=Verdict.CHANGED, where=_describe_difference(old, new))


def _describe_difference(old: bytes, new: bytes) -> str:
    """Return where two files first differ: line and byte from 1, and what each has there."""
    at = next((index for index, (a, b) in enumerate(zip(old, new, strict=False)) if a != b), min(len(old), len(new)))
    line = old.count(b"\n", 0, at) + 1
    column = at - (old.rfind(b"\n", 0, at) + 1) + 1
    return (
        f"line {line}, byte {column}: {_format_excerpt(old, at)} stands there, "
        f"{_format_excerpt(new, at)} was made again"
    )


def _format_excerpt(text: bytes, at: int) -> str:
    start = max(0, at - _EXCERPT_BYTES // 3)
    return repr(text[start : at + _EXCERPT_BYTES].decode("utf-8", errors="replace"))


SEAL_FORMAT = "smartcert-seal/1"
"""The format of ``manifest.sig.json``, which proves offline who sealed the outputs, and what they were."""


class SealState(StrEnum):
    """What a signature proves."""

    NONE = "no seal"
    UNCHECKED = "sealed, not checked: no public key was given"
    GOOD = "sealed by this key"
    OTHER_KEY = "sealed by another key"
    BROKEN = "the seal does not fit the manifest"


@dataclass(frozen=True, kw_only=True, slots=True)
class ManifestSeal:
    """The signature of a manifest, and the id of the key that made it."""

    key: str
    signature: bytes


def sign_manifest(folder: Path, key: SigningKey) -> Path:
    """Sign the manifest of ``folder`` as it stands and return the path of the signature.

    Raises:
        UsageError: there is no manifest.
    """
    read_manifest(folder)
    signature = key.sign(_build_signed_message((folder / MANIFEST).read_bytes()))
    plain = {"format": SEAL_FORMAT, "key": key.public.id, "signature": base64.b64encode(signature).decode("ascii")}
    path = folder / MANIFEST_SIGNATURE
    write_atomic(path, canonical_json(plain, lines=1))
    return path


def check_seal(folder: Path, key: PublicKey | None) -> SealState:
    """Return what the signature in ``folder`` proves; without a key only whether there is one.

    Raises:
        UsageError: the file of the signature is none of ours.
    """
    path = folder / MANIFEST_SIGNATURE
    if not path.is_file():
        return SealState.NONE
    seal = _read_seal(path)
    if key is None:
        return SealState.UNCHECKED
    if seal.key != key.id:
        return SealState.OTHER_KEY
    good = key.verify_signature(seal.signature, _build_signed_message((folder / MANIFEST).read_bytes()))
    return SealState.GOOD if good else SealState.BROKEN


def _read_seal(path: Path) -> ManifestSeal:
    try:
        plain = json.loads(path.read_bytes())
        if plain["format"] != SEAL_FORMAT:
            raise UsageError(f"{path} has format {plain['format']!r}, not {SEAL_FORMAT!r}")
        return ManifestSeal(key=str(plain["key"]), signature=base64.b64decode(plain["signature"], validate=True))
    except (ValueError, KeyError, TypeError) as error:
        raise UsageError(f"{path} is no seal: {error}") from None


def _build_signed_message(manifest: bytes) -> bytes:
    return SEAL_FORMAT.encode() + b"\n" + manifest
