"""What a form says, as values: claims, documents, questions, and where each came from."""

from __future__ import annotations

from dataclasses import dataclass, field

from smartcert.errors import Problem
from smartcert.model.application import DocumentKind, EvidenceGrade, Value
from smartcert.model.citation import Text
from smartcert.model.indicator import Indicator


@dataclass(frozen=True, kw_only=True, slots=True)
class Question:
    """What could be read in two ways. ``id`` stays the same while the form says the same."""

    id: str
    indicator: str
    place: str
    found: str
    why: Text
    readings: tuple[str, ...]


@dataclass(frozen=True, kw_only=True, slots=True)
class Origin:
    """Where one value of the tables came from: cell, what stood there, what was read."""

    field: str
    place: str
    raw: str
    read: str
    formula: str = ""


@dataclass(frozen=True, kw_only=True, slots=True)
class Claim:
    """One indicator as claimed. ``value`` is None while a question about it is open."""

    indicator: Indicator
    value: Value | None
    document: str = ""
    page: str = ""
    grade: EvidenceGrade | None = None


@dataclass(frozen=True, kw_only=True, slots=True)
class Paper:
    """One document as the form lists it; ``file`` is empty where none is named."""

    kind: DocumentKind
    file: str
    sealed: bool | None = None
    lookup_table: bool | None = None
    requested: bool | None = None


@dataclass(kw_only=True)
class Submission:
    """What one form says. Complete only if there is no problem and no question."""

    code: str = ""
    name: str = ""
    round: str = ""
    edition: str = ""
    claims: dict[str, Claim] = field(default_factory=dict)
    papers: dict[DocumentKind, Paper] = field(default_factory=dict)
    questions: list[Question] = field(default_factory=list)
    problems: list[Problem] = field(default_factory=list)
    origins: list[Origin] = field(default_factory=list)
