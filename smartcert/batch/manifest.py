"""``manifest.json``: every output of a round with its hash, and the hash of each part that it was made from.

It is canonical (sorted, one output a line, no times, no paths outside the outputs), so that the same inputs give the
same manifest.
"""

from __future__ import annotations

import json
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from smartcert import __version__
from smartcert.batch.hashes import Hashes
from smartcert.batch.ledger import Entry
from smartcert.errors import UsageError
from smartcert.reporting.canonical import canonical

NAME = "manifest.json"
SIGNATURE = "manifest.sig.json"
FORMAT = "smartcert-manifest/1"
NOT_LISTED = frozenset({NAME, SIGNATURE, "ledger.jsonl", ".lock"})
"""What tells about a run and not about the round: it differs from run to run."""


@dataclass(frozen=True, kw_only=True, slots=True)
class Output:
    """One file by its place in the outputs: its hash, and the parts that it was made from where a page was."""

    file: str
    sha256: str
    parts: Mapping[str, str]


def manifest(round_id: str, hashes: Hashes, last: Mapping[str, Entry], inputs: Mapping[str, str]) -> bytes:
    """Return the manifest of the outputs that stand in a folder. ``inputs``: file of the round or rules and hash."""
    parts = {file: entry.parts for entry in last.values() for file in entry.files}
    outputs = [
        {"file": name, "sha256": sha256, "parts": dict(parts.get(name, {}))}
        for name, sha256 in hashes.all(listed(hashes.folder)).items()
    ]
    plain = {
        "format": FORMAT,
        "inputs": dict(inputs),
        "outputs": outputs,
        "package": __version__,
        "round": round_id,
    }
    return canonical(plain, lines=2)


def listed(folder: Path) -> list[str]:
    """Return the outputs in ``folder`` that a manifest lists, sorted by their places."""
    found = (path.relative_to(folder).as_posix() for path in folder.rglob("*") if path.is_file())
    return sorted(name for name in found if name not in NOT_LISTED and not name.endswith(".part"))


def read_manifest(folder: Path) -> tuple[dict[str, Any], tuple[Output, ...]]:
    """Return the manifest of ``folder`` as plain values, and its outputs.

    Raises:
        UsageError: there is none, or it is none of ours.
    """
    path = folder / NAME
    if not path.is_file():
        raise UsageError(f"{folder} has no {NAME}: no run was finished there")
    try:
        plain: dict[str, Any] = json.loads(path.read_bytes())
        if plain["format"] != FORMAT:
            raise UsageError(f"{path} has format {plain['format']!r}, not {FORMAT!r}")
        return plain, tuple(Output(**one) for one in plain["outputs"])
    except (ValueError, KeyError, TypeError) as error:
        raise UsageError(f"{path} is no manifest: {error}") from None
