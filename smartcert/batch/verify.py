"""A round's outputs made again from its inputs in another place, and compared file by file."""

from __future__ import annotations

import re
import tempfile
from collections.abc import Sequence
from dataclasses import dataclass
from enum import StrEnum
from pathlib import Path

from smartcert.batch.hashes import Hashes
from smartcert.batch.manifest import NAME, listed, read_manifest
from smartcert.batch.order import Order
from smartcert.batch.outputs import LANGUAGES
from smartcert.batch.run import run
from smartcert.errors import UsageError
from smartcert.reporting.record import Audience

_REPORT = re.compile(r"applicants/[^/]+/report(?:\.(?P<audience>applicant|public))?\.(?P<language>ko|en)\.html")
_SHOWN = 60


class Verdict(StrEnum):
    """How a file stands against what its inputs give."""

    UNCHANGED = "unchanged"
    CHANGED = "changed"
    MISSING = "missing"
    EXTRA = "extra"


@dataclass(frozen=True, kw_only=True, slots=True)
class Compared:
    """One file by its place in the outputs; where it first differs, and how."""

    file: str
    verdict: Verdict
    where: str = ""


def verify(round_name: str, folder: Path, jobs: int) -> tuple[Compared, ...]:
    """Make the outputs in ``folder`` again in a temporary place and compare each file.

    The manifest is compared like any other file: its hashes are those of what was made again.

    Raises:
        UsageError: there is no manifest, or it is another round's.
        InputError: the round's files have problems.
    """
    plain, outputs = read_manifest(folder)
    with tempfile.TemporaryDirectory(prefix="smartcert-") as scratch:
        again = Path(scratch) / "again"
        order = _order_of(round_name, [one.file for one in outputs], again, jobs)
        run(order)
        found = read_manifest(again)[0]
        if found["round"] != plain["round"]:
            raise UsageError(f"{folder} holds round '{plain['round']}', not '{found['round']}'")
        names = sorted({*listed(folder), *listed(again), *(one.file for one in outputs), NAME})
        return tuple(_compared(name, folder / name, again / name) for name in names)


def against_manifest(folder: Path) -> tuple[Compared, ...]:
    """Compare the files in ``folder`` with its manifest only: quick, and without the inputs.

    Raises:
        UsageError: there is no manifest.
    """
    _, outputs = read_manifest(folder)
    promised = {one.file: one.sha256 for one in outputs}
    names = sorted({*promised, *listed(folder)})
    return tuple(_held(name, promised.get(name), found) for name, found in Hashes(folder).all(names).items())


def _held(name: str, promised: str | None, found: str) -> Compared:
    if promised is None:
        return Compared(file=name, verdict=Verdict.EXTRA)
    if not found:
        return Compared(file=name, verdict=Verdict.MISSING)
    return Compared(file=name, verdict=Verdict.UNCHANGED if found == promised else Verdict.CHANGED)


def _order_of(round_name: str, files: Sequence[str], output: Path, jobs: int) -> Order:
    """Return the order that makes these files: its audiences and languages are those of the reports."""
    reports = [found for found in map(_REPORT.fullmatch, files) if found]
    audiences = {Audience(found["audience"] or Audience.REVIEWER.value) for found in reports}
    languages = {found["language"] for found in reports}
    return Order(
        round=round_name,
        output=output,
        jobs=jobs,
        quiet=True,
        pdf=any(file.endswith(".pdf") for file in files),
        audiences=tuple(one for one in Audience if one in audiences) or (Audience.REVIEWER,),
        languages=tuple(one for one in LANGUAGES if one in languages) or LANGUAGES,
    )


def _compared(name: str, there: Path, again: Path) -> Compared:
    if not there.is_file():
        return Compared(file=name, verdict=Verdict.MISSING)
    if not again.is_file():
        return Compared(file=name, verdict=Verdict.EXTRA)
    old, new = there.read_bytes(), again.read_bytes()
    if old == new:
        return Compared(file=name, verdict=Verdict.UNCHANGED)
    return Compared(file=name, verdict=Verdict.CHANGED, where=_first_difference(old, new))


def _first_difference(old: bytes, new: bytes) -> str:
    """Return where two files first differ: line and column, what stands there, and what was made again."""
    at = next((place for place, (a, b) in enumerate(zip(old, new, strict=False)) if a != b), min(len(old), len(new)))
    line = old.count(b"\n", 0, at) + 1
    column = at - (old.rfind(b"\n", 0, at) + 1) + 1
    return f"line {line}, byte {column}: {_excerpt(old, at)} stands there, {_excerpt(new, at)} was made again"


def _excerpt(text: bytes, at: int) -> str:
    start = max(0, at - _SHOWN // 3)
    return repr(text[start : at + _SHOWN].decode("utf-8", errors="replace"))
