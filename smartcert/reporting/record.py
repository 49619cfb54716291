"""The record: all that a report is made from, as JSON that a machine or a remote worker can read.

`Record` is one applicant's (``evaluation.json``), `PublicRecord` what everybody may see of it, `RoundRecord` the
round's (``round.json``). Numbers are exact: a fraction is written ``"4183/3"``. The same values give the same bytes.
"""

from __future__ import annotations

import json
from dataclasses import dataclass
from datetime import date
from enum import StrEnum
from typing import TYPE_CHECKING, Any, Literal, TypeVar

from smartcert.model.applicant import Kind, SizeType
from smartcert.model.application import Input, Window
from smartcert.model.citation import Basis, Text
from smartcert.model.evaluation import Evaluation
from smartcert.model.peers import Peers
from smartcert.model.scorecard import SectionScore
from smartcert.reporting.canonical import canonical
from smartcert.reporting.kept import all_kept
from smartcert.reporting.shared_parts import in_full, written_once

if TYPE_CHECKING:
    from pydantic import TypeAdapter

R = TypeVar("R", "Record", "PublicRecord", "RoundRecord")


class Audience(StrEnum):
    """For whom a report is made: the fullest first, each may see less than the one before it."""

    REVIEWER = "reviewer"
    APPLICANT = "applicant"
    PUBLIC = "public"


@dataclass(frozen=True, kw_only=True, slots=True)
class RoundFacts:
    """What every report of a round says about the round, its registry and its indicator edition."""

    id: str
    title: Text
    invented: bool
    governing_day: date
    window: Window
    registry_as_of: str
    registry_source: str
    edition: str
    edition_title: Text
    edition_basis: Basis
    edition_note: Text
    note: Text | None = None


@dataclass(frozen=True, kw_only=True, slots=True)
class Record:
    """One applicant's evaluation with anonymous peer figures, and the hashes of what it was made from."""

    round: RoundFacts
    evaluation: Evaluation
    peers: Peers | None
    inputs: tuple[Input, ...]
    package: str
    audience: Audience = Audience.REVIEWER
    format: Literal["smartcert-evaluation/1"] = "smartcert-evaluation/1"


@dataclass(frozen=True, kw_only=True, slots=True)
class PublicApplicant:
    """Who was certified."""

    name: Text
    kind: Kind
    size_type: SizeType | None
    invented: bool


@dataclass(frozen=True, kw_only=True, slots=True)
class PublicDomain:
    """A domain as everybody may see it: its share of points in whole percent, cut off."""

    name: Text
    percent: int


@dataclass(frozen=True, kw_only=True, slots=True)
class PublicRecord:
    """What everybody may see of a certified applicant: level, domains and strengths."""

    round: RoundFacts
    id: str
    applicant: PublicApplicant
    level: int
    domains: tuple[PublicDomain, ...]
    strengths: tuple[Text, ...]
    rules: tuple[Basis, ...]
    inputs: tuple[Input, ...]
    package: str
    format: Literal["smartcert-public/1"] = "smartcert-public/1"


@dataclass(frozen=True, kw_only=True, slots=True)
class Failure:
    """A report that could not be made: which, and why, in one line."""

    id: str
    language: str
    reason: str
    audience: Audience = Audience.REVIEWER


@dataclass(frozen=True, kw_only=True, slots=True)
class RoundRecord:
    """All evaluations of a round, in the order of their ids, and what failed.

    They are short: with points by domain and the findings that stand against an application. Indicators, what was met,
    and the way to the next level stand in each applicant's own `Record`.
    """

    round: RoundFacts
    evaluations: tuple[Evaluation, ...]
    failures: tuple[Failure, ...]
    inputs: tuple[Input, ...]
    package: str
    peers: tuple[Peers, ...] = ()
    """The anonymous figures of each size type, as its applicants' own records carry them."""
    format: Literal["smartcert-round/1"] = "smartcert-round/1"

    @property
    def domains(self) -> tuple[SectionScore, ...]:
        """The domains of the round's edition, as the first scorecard has them; none where nothing was evaluated."""
        return next((one.scorecard.domains for one in self.evaluations if one.scorecard is not None), ())


def to_json(record: Record | PublicRecord | RoundRecord) -> bytes:
    """Return the record as canonical JSON: each indicator of one, and each part of an applicant of many, is a line."""
    with all_kept():
        plain = written_once(_adapter(type(record)).dump_python(record, mode="json"))
    return canonical(plain, lines=_LINES[type(record)])


def from_json(kind: type[R], text: bytes) -> R:
    """Return the record that `to_json` wrote. ``from_json(Record, to_json(r)) == r``.

    Raises:
        pydantic.ValidationError: the text is not such a record.
    """
    with all_kept():
        try:
            full = in_full(json.loads(text), lambda part, plain: _adapter(part).validate_python(plain))
        except (ValueError, KeyError, TypeError, AttributeError):
            none: R = _adapter(kind).validate_json(text)  # no record of ours: the adapter says what is wrong with it
            return none
        read: R = _adapter(kind).validate_python(full)
    return read


def is_public(text: bytes) -> bool:
    """Return whether a text that `to_json` wrote is a `PublicRecord`: no other text holds these quotation marks."""
    return b'"format": "smartcert-public/1"' in text


_LINES: dict[type, int] = {Record: 8, PublicRecord: 3, RoundRecord: 3}
"""How many levels of each record are broken into lines."""
_ADAPTERS: dict[type, TypeAdapter[Any]] = {}
"""Made once per process: building one takes longer than using it."""


def _adapter(kind: type) -> TypeAdapter[Any]:
    if kind not in _ADAPTERS:
        from pydantic import TypeAdapter  # heavy, and whoever finds nothing to do reads no record

        _ADAPTERS[kind] = TypeAdapter(kind)
    return _ADAPTERS[kind]
