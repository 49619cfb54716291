"""Are the outputs of a round what its inputs give, and who signed their manifest?"""

from __future__ import annotations

import base64
import json
import tempfile
from collections.abc import Collection
from contextlib import suppress
from dataclasses import asdict, replace
from datetime import date
from enum import StrEnum
from pathlib import Path
from typing import Any

from smartcert.batch.hashing import FileHashes
from smartcert.batch.ledger import (
    LEDGER,
    MANIFEST,
    MANIFEST_SIGNATURE,
    SEALS,
    Ledger,
    LedgerExtent,
    Manifest,
    ManifestRequest,
    archive_seal,
    describe_ledger_difference,
    list_outputs,
    read_ledger_sum,
    read_manifest,
)
from smartcert.batch.plan import compare_pages
from smartcert.batch.request import PdfEngine, RunRequest
from smartcert.batch.run import run
from smartcert.certification.signing import PublicKey, SigningKey
from smartcert.errors import UsageError
from smartcert.files import sha256_hex, write_atomic
from smartcert.lazy_dataclass import dataclass
from smartcert.reporting.canonical import canonical_json, compact_json
from smartcert.reporting.records import Audience
from smartcert.services.rounds import open_round

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
    """Render what the manifest in ``folder`` says was requested again in a temporary folder, and compare each file.

    The manifest is compared like any other file, but for the requests, which tell how its outputs came about. The
    ledger and the manifest are compared with what the last run left, too.

    Raises:
        UsageError: there is no manifest, or it is another round's; or it has PDFs by an engine that is not here.
        InputError: the round's files have problems.
    """
    manifest = read_manifest(folder)
    files = [output.file for output in manifest.outputs]
    other_engines = {note for request in manifest.requests if (note := _describe_engine_change(request))}
    with tempfile.TemporaryDirectory(prefix="smartcert-") as temporary:
        again = Path(temporary) / "again"
        for request in manifest.requests:
            run(_build_request(request, round_name, again, jobs, beside=folder))
        rebuilt = read_manifest(again)
        if rebuilt.round != manifest.round:
            raise UsageError(f"{folder} holds round '{manifest.round}', not '{rebuilt.round}'")
        names = sorted({*list_outputs(folder), *list_outputs(again), *files})
        return (
            *(_add_engine_change(_compare_file(name, folder / name, again / name), other_engines) for name in names),
            _compare_manifest(folder, manifest, rebuilt),
            _compare_ledger(folder),
        )


def _describe_engine_change(request: ManifestRequest) -> str:
    """Return how the engine of PDFs, which must be here, is another version than the one of a request."""
    if not request.pdf:
        return ""
    from smartcert.batch.pdf import choose_engine  # looks for a browser

    try:
        engine = choose_engine(_get_pdf_engine(request))
    except UsageError as error:
        raise UsageError(f"the PDFs were made by {request.pdf_engine}: {error}") from None
    return "" if str(engine) == request.pdf_engine else f"made by {request.pdf_engine}, and here is {engine}"


def _get_pdf_engine(request: ManifestRequest) -> PdfEngine:
    name = request.pdf_engine.partition(" ")[0]
    if name not in set(PdfEngine) - {PdfEngine.AUTO}:
        raise UsageError(f"the manifest names an engine of PDFs that does not exist: '{request.pdf_engine}'")
    return PdfEngine(name)


def _add_engine_change(comparison: FileComparison, notes: Collection[str]) -> FileComparison:
    """Return a comparison that says of a changed PDF that another version of its engine may be why."""
    if not notes or comparison.verdict is not Verdict.CHANGED or not comparison.file.endswith(".pdf"):
        return comparison
    return replace(comparison, where=f"{'; '.join(sorted(notes))}; {comparison.where}")


def _compare_manifest(folder: Path, manifest: Manifest, rebuilt: Manifest) -> FileComparison:
    """Compare all but the requests with the manifest of what was rendered again, else all with what the run left."""
    comparison = _compare_bytes(
        MANIFEST, *(canonical_json(asdict(replace(some, requests=())), lines=2) for some in (manifest, rebuilt))
    )
    return _compare_manifest_hash(folder) if comparison.verdict is Verdict.UNCHANGED else comparison


def _compare_manifest_hash(folder: Path) -> FileComparison:
    left = read_ledger_sum(folder)
    if left is None or left.manifest == sha256_hex((folder / MANIFEST).read_bytes()):
        return FileComparison(file=MANIFEST, verdict=Verdict.UNCHANGED)  # the ledger's line says that there is no sum
    return FileComparison(file=MANIFEST, verdict=Verdict.CHANGED, where="it is not the one that the last run left")


def _compare_ledger(folder: Path) -> FileComparison:
    where = describe_ledger_difference(folder)
    return FileComparison(file=LEDGER, verdict=Verdict.CHANGED if where else Verdict.UNCHANGED, where=where)


def compare_with_manifest(folder: Path) -> tuple[FileComparison, ...]:
    """Compare the files of ``folder`` with its manifest, which it must have: quick, and without the inputs."""
    manifest = read_manifest(folder)
    listed = {output.file: output.sha256 for output in manifest.outputs}
    hashes = FileHashes(folder).hash_files(sorted({*listed, *list_outputs(folder)}))
    return (
        *(_compare_hash(name, listed.get(name), sha256) for name, sha256 in hashes.items()),
        _compare_manifest_hash(folder),
        _compare_ledger(folder),
    )


def _compare_hash(name: str, listed: str | None, sha256: str) -> FileComparison:
    if listed is None:
        return FileComparison(file=name, verdict=Verdict.EXTRA)
    if not sha256:
        return FileComparison(file=name, verdict=Verdict.MISSING)
    return FileComparison(file=name, verdict=Verdict.UNCHANGED if sha256 == listed else Verdict.CHANGED)


def _build_request(
    request: ManifestRequest, round_name: str, output: Path, jobs: int, beside: Path | None = None
) -> RunRequest:
    return RunRequest(
        round=round_name,
        output=output,
        beside=beside,
        jobs=jobs,
        quiet=True,
        pdf=request.pdf,
        pdf_engine=_get_pdf_engine(request) if request.pdf else PdfEngine.AUTO,
        audiences=tuple(map(Audience, request.audiences)),
        applicants=request.applicants,
        languages=request.languages,
    )


def _compare_file(name: str, path: Path, again: Path) -> FileComparison:
    if not path.is_file():
        return FileComparison(file=name, verdict=Verdict.MISSING)
    if not again.is_file():
        return FileComparison(file=name, verdict=Verdict.EXTRA)
    return _compare_bytes(name, path.read_bytes(), again.read_bytes())


def _compare_bytes(name: str, old: bytes, new: bytes) -> FileComparison:
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


SEAL_FORMAT = "smartcert-seal/3"
"""The format of ``manifest.sig.json``, which proves offline who sealed the outputs, and what they were."""


class SealState(StrEnum):
    """What a signature proves."""

    NONE = "no seal"
    UNCHECKED = "sealed, not checked: no public key was given"
    GOOD = "sealed by this key"
    OTHER_KEY = "sealed by another key"
    BROKEN = "the seal does not fit the manifest"
    OTHER_LEDGER = "the ledger is not the one that was sealed"
    CHAIN_BROKEN = "the seal before this one is missing, or is another than this one names, or of another ledger"
    OLDER = "an older seal: a newer one was seen here, or a later number is required"


@dataclass(frozen=True, kw_only=True, slots=True)
class ManifestSeal:
    """The signature of a manifest and its ledger, its day, its place in the row of seals, and the id of its key.

    ``number`` counts the seals of these outputs from 1; ``previous`` is the hash of the file of the seal before, empty
    for the first one. The signature covers all of them and the manifest.
    """

    number: int
    ledger: LedgerExtent
    day: date
    previous: str
    key: str
    signature: bytes = b""

    def to_plain(self) -> dict[str, Any]:
        """Return what is signed beside the manifest, as plain values."""
        return {
            "format": SEAL_FORMAT,
            "number": self.number,
            "ledger": asdict(self.ledger),
            "day": self.day.isoformat(),
            "previous": self.previous,
            "key": self.key,
        }

    def build_message(self, manifest: bytes) -> bytes:
        """Return what is signed: a line with everything that the seal states, then the manifest."""
        return compact_json(self.to_plain()).encode() + b"\n" + manifest


@dataclass(frozen=True, kw_only=True, slots=True)
class SealCheck:
    """What the seal of a folder proves, and the seal; without one ``seal`` is None."""

    state: SealState
    seal: ManifestSeal | None = None


def sign_manifest(folder: Path, key: SigningKey, day: date) -> Path:
    """Sign the manifest of ``folder`` as it stands and return the path of the signature.

    A seal that exists already is stored in the folder of earlier seals; the new one has the next number.

    Raises:
        UsageError: there is no manifest, or the seals that exist are none of ours.
    """
    read_manifest(folder)
    archive_seal(folder)
    number, previous = _find_last_archived(folder)
    number = max(number, _read_seen_number(folder)) + 1
    ledger = Ledger(folder).measure()
    seal = ManifestSeal(number=number, ledger=ledger, day=day, previous=previous, key=key.public.id)
    signature = key.sign(seal.build_message((folder / MANIFEST).read_bytes()))
    path = folder / MANIFEST_SIGNATURE
    plain = seal.to_plain() | {"signature": base64.b64encode(signature).decode("ascii")}
    write_atomic(path, canonical_json(plain, lines=1))
    _write_seen_number(folder, number)
    return path


def list_stale_pages(round_name: str, folder: Path) -> tuple[str, ...]:
    """Return what in ``folder`` is not made from the inputs and the code of now: a line each."""
    manifest, opened = read_manifest(folder), open_round(round_name)
    stale = {
        f"{status.page}: {status.freshness}" + (f" ({', '.join(status.because)})" if status.because else "")
        for request in manifest.requests
        for status in compare_pages(_build_request(request, round_name, folder, 1), opened)
        if not status.fresh
    }
    inputs = {file.file: file.sha256 for file in (*opened.round.inputs, *opened.rule_inputs)}
    changed = {name for name in {*inputs, *manifest.inputs} if inputs.get(name) != manifest.inputs.get(name)}
    return tuple(sorted(stale | {f"{name}: changed since the run" for name in changed}))


def check_seal(folder: Path, key: PublicKey | None, at_least: int = 0) -> SealCheck:
    """Return what the signature in ``folder`` proves; without a key only whether there is one, and its number.

    ``at_least`` is the number that the seal must have. The highest number that a good seal of these outputs had on this
    machine is remembered beside the folder: a lower one is an older set of outputs.

    Raises:
        UsageError: the file of the signature is none of ours.
    """
    path = folder / MANIFEST_SIGNATURE
    if not path.is_file():
        return SealCheck(state=SealState.NONE)
    seal = _read_seal(path)
    return SealCheck(state=_check_seal(folder, seal, key, at_least), seal=seal)


def _check_seal(folder: Path, seal: ManifestSeal, key: PublicKey | None, at_least: int) -> SealState:
    if key is not None:
        if seal.key != key.id:
            return SealState.OTHER_KEY
        if not key.verify_signature(seal.signature, seal.build_message((folder / MANIFEST).read_bytes())):
            return SealState.BROKEN
        if seal.previous and not _has_previous(folder, seal):
            return SealState.CHAIN_BROKEN
    if seal.ledger.describe_difference(Ledger(folder)):
        return SealState.OTHER_LEDGER
    if seal.number < max(at_least, _read_seen_number(folder)):
        return SealState.OLDER
    if key is None:
        return SealState.UNCHECKED
    with suppress(UsageError):  # a folder that cannot be written remembers nothing
        _write_seen_number(folder, seal.number)
    return SealState.GOOD


def _has_previous(folder: Path, seal: ManifestSeal) -> bool:
    """Return whether the seal before is there, and its ledger is how the ledger of this one begins."""
    path = _get_archived_path(folder, seal.number - 1)
    if sha256_hex(_read_or_empty(path)) != seal.previous:
        return False
    return _read_seal(path).ledger.begins(Ledger(folder))


def _read_seal(path: Path) -> ManifestSeal:
    try:
        plain = json.loads(path.read_bytes())
        if plain["format"] != SEAL_FORMAT:
            raise UsageError(f"{path} has format {plain['format']!r}, not {SEAL_FORMAT!r}")
        return ManifestSeal(
            number=int(plain["number"]),
            ledger=LedgerExtent.from_plain(plain["ledger"]),
            day=date.fromisoformat(plain["day"]),
            previous=str(plain["previous"]),
            key=str(plain["key"]),
            signature=base64.b64decode(plain["signature"], validate=True),
        )
    except (ValueError, KeyError, TypeError) as error:
        raise UsageError(f"{path} is no seal: {error}") from None


def _find_last_archived(folder: Path) -> tuple[int, str]:
    """Return the number of the last earlier seal and the hash of its file; 0 and an empty text where there is none."""
    paths = sorted((folder / SEALS).glob("*.sig.json"))
    return (_read_seal(paths[-1]).number, sha256_hex(paths[-1].read_bytes())) if paths else (0, "")


def _get_archived_path(folder: Path, number: int) -> Path:
    return folder / SEALS / f"{number:06}.sig.json"


def _read_or_empty(path: Path) -> bytes:
    return path.read_bytes() if path.is_file() else b""


def _get_seen_path(folder: Path) -> Path:
    folder = folder.absolute()
    return folder.with_name(f".{folder.name}.seal-number")


def _read_seen_number(folder: Path) -> int:
    text = _read_or_empty(_get_seen_path(folder)).strip()
    return int(text) if text.isdigit() else 0


def _write_seen_number(folder: Path, number: int) -> None:
    if number > _read_seen_number(folder):
        write_atomic(_get_seen_path(folder), b"%d\n" % number)
