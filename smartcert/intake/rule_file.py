"""One file of rules to its dated, cited values, oldest first."""

from __future__ import annotations

import dataclasses
import re
import typing
from collections.abc import Mapping
from typing import Any

from smartcert.errors import Problem, suggestion
from smartcert.intake.citing import BasisShape, citations
from smartcert.intake.scalars import quoted
from smartcert.intake.typed import BROKEN, Anything, Decoder, Percent
from smartcert.intake.yaml_text import Path
from smartcert.model.citation import Cited, Source
from smartcert.rules.rulebook import KINDS_OF_RULES, LEVEL_BOUND, Dated

_BOUND = re.compile(LEVEL_BOUND + r"[1-9][0-9]?")
_LEVELS = "levels"


@dataclasses.dataclass(frozen=True, kw_only=True, slots=True)
class _Entry(BasisShape):
    value: Anything


def rule_file(decoder: Decoder, file: str, known: Mapping[str, Source]) -> Dated:
    """Return the values of one file; what is wrong with them is left in the decoder.

    The names of the values are the fields of the file's ``XRules``; ``levels`` has ``level_1``, ``level_2`` ... beside.
    """
    tree = decoder.tree
    if not isinstance(tree.plain, dict):
        decoder.refuse((), "no keys", "the values of the rule, each with its entries")
        return {}
    kinds = _kinds(file)
    for name in kinds:
        if name not in tree.plain:
            decoder.refuse((), f"no '{name}'", f"the value '{name}', with at least one entry")
    dated = {}
    for name in tree.plain:
        kind = kinds.get(name, Percent if file == _LEVELS and _BOUND.fullmatch(name) else None)
        if kind is None:
            found = f"the unknown value {quoted(name)}{suggestion(name, kinds)}"
            wanted = f"one of: {', '.join(kinds)}"
            decoder.problems.append(Problem(place=tree.key_place((name,)), found=found, wanted=wanted))
        else:
            dated[name] = _entries(decoder, f"{file}.{name}", kind, (name,), known)
    return dated


def _kinds(file: str) -> dict[str, Any]:
    """Return the type of each value of a file: the ``T`` of its ``Cited[T]``."""
    hints = typing.get_type_hints(KINDS_OF_RULES[file])
    return {name: typing.get_args(hint)[0] for name, hint in hints.items() if typing.get_origin(hint) is Cited}


def _entries(decoder: Decoder, name: str, kind: Any, path: Path, known: Mapping[str, Source]) -> tuple[Cited[Any], ...]:
    heads = decoder.read(tuple[Anything, ...], path)
    if heads is BROKEN:
        return ()
    if not heads:
        decoder.refuse(path, "no entry", "at least one entry with since, status, cite and value")
    entries: list[Cited[Any]] = []
    for head in heads:
        entry = _entry(decoder, name, kind, head.path, known)
        if entry is None:
            continue
        if any(entry.since == other.since for other in entries):
            found = f"a second entry since {entry.since}"
            decoder.refuse((*head.path, "since"), found, "a day of its own for each entry")
        entries.append(entry)
    return tuple(sorted(entries, key=lambda entry: entry.since))


def _entry(decoder: Decoder, name: str, kind: Any, path: Path, known: Mapping[str, Source]) -> Cited[Any] | None:
    head = decoder.read(_Entry, path)
    if head is BROKEN:
        return None
    value = decoder.read(kind, head.value.path)
    cite = citations(decoder, (*path, "cite"), head.cite, known)
    if value is BROKEN or cite is BROKEN:
        return None
    return Cited(name=name, value=value, since=head.since, status=head.status, cite=cite, note=head.note)
