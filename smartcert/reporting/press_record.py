"""The round as everybody may see it: how many came how far, and who is to be certified. Made before the notebook.

Of those that are not to be certified it holds counts only: no name, no code, no points, no reason, no hash of a table
in which they stand. `lean` decides what is public of an applicant; this adds its code, which is public anyway.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from functools import cache
from typing import Any, Literal

from pydantic import TypeAdapter

from smartcert.model.application import Input
from smartcert.model.citation import Basis
from smartcert.model.evaluation import Evaluation
from smartcert.reporting.audience import lean
from smartcert.reporting.canonical import canonical
from smartcert.reporting.record import (
    Audience,
    PublicApplicant,
    PublicDomain,
    PublicRecord,
    Record,
    RoundFacts,
    RoundRecord,
)
from smartcert.reporting.steps import Step, counts

_RULES = "rules/"


@dataclass(frozen=True, kw_only=True, slots=True)
class PressResult:
    """One applicant that is to be certified; ``code`` is that of the registry."""

    id: str
    code: str
    applicant: PublicApplicant
    level: int
    domains: tuple[PublicDomain, ...]


@dataclass(frozen=True, kw_only=True, slots=True)
class PressRecord:
    """The counts of a round and its public results, best level first, then by name."""

    round: RoundFacts
    counts: Mapping[Step, int]
    certified: tuple[PressResult, ...]
    rules: tuple[Basis, ...]
    inputs: tuple[Input, ...]
    package: str
    format: Literal["smartcert-press/1"] = "smartcert-press/1"


def press_of(record: RoundRecord) -> PressRecord:
    """Return what is public of a round; the counts are those of the full record."""
    public = [(one.applicant.code, _public(one, record)) for one in record.evaluations if one.certified]
    rules = {rule.name: rule for _, one in public for rule in one.rules}
    return PressRecord(
        round=record.round,
        counts=counts(record.evaluations),
        certified=tuple(sorted((_result(code, one) for code, one in public), key=_place)),
        rules=tuple(rules[name] for name in sorted(rules)),
        inputs=tuple(one for one in record.inputs if one.file.startswith(_RULES)),
        package=record.package,
    )


def _public(evaluation: Evaluation, record: RoundRecord) -> PublicRecord:
    full = Record(round=record.round, evaluation=evaluation, peers=None, inputs=(), package=record.package)
    made = lean(full, Audience.PUBLIC)
    assert isinstance(made, PublicRecord)  # noqa: S101  # for the type checker: what lean makes for the public
    return made


def _result(code: str, record: PublicRecord) -> PressResult:
    return PressResult(id=record.id, code=code, applicant=record.applicant, level=record.level, domains=record.domains)


def _place(result: PressResult) -> tuple[int, str, str]:
    return result.level, result.applicant.name.ko, result.id


def to_json(record: PressRecord) -> bytes:
    """Return the record as canonical JSON: UTF-8, keys sorted, each row of a table on one line."""
    plain = _adapter().dump_python(record, mode="json")
    return canonical(plain, lines=3)


def from_json(text: bytes) -> PressRecord:
    """Return the record that `to_json` wrote.

    Raises:
        pydantic.ValidationError: the text is not such a record.
    """
    read: PressRecord = _adapter().validate_json(text)
    return read


def is_press(text: bytes) -> bool:
    """Return whether a text looks like a record for the press."""
    return b'"smartcert-press/' in text


@cache
def _adapter() -> TypeAdapter[Any]:
    return TypeAdapter(PressRecord)
