"""What a value rests on: source, citation, status, and the day since which it is in force."""

from __future__ import annotations

from datetime import date
from enum import StrEnum
from typing import Generic, TypeVar

from smartcert.lazy_dataclass import dataclass

T = TypeVar("T", covariant=True)


class Status(StrEnum):
    """How firmly a rule stands, firmest first."""

    LAW = "law"
    PUBLISHED = "published"
    INFERRED = "inferred"
    ILLUSTRATIVE = "illustrative"


@dataclass(frozen=True, kw_only=True, slots=True)
class Text:
    """A text in both languages of the reports."""

    ko: str
    en: str

    def of(self, language: str) -> str:
        """Return the text in ``language`` (``"ko"`` or ``"en"``)."""
        return self.ko if language == "ko" else self.en


@dataclass(frozen=True, kw_only=True, slots=True)
class Source:
    """A document that rules are read from (one entry of ``parameters/rules/sources.yaml``)."""

    id: str
    title: Text
    short: Text
    kind: str
    dated: date | None = None
    url: str | None = None
    note: Text | None = None
    quotes: tuple[tuple[str, Text], ...] = ()

    def __hash__(self) -> int:
        return hash(self.id)  # what pages say of a source is cached by it; equal ones have one id


@dataclass(frozen=True, kw_only=True, slots=True)
class Citation:
    """A place in a source; ``article`` as ``"8(4)"`` or ``"34-2"``, or None for all of the document."""

    source: Source
    article: str | None = None


@dataclass(frozen=True, kw_only=True, slots=True)
class Cited(Generic[T]):
    """One value of the law: since when it is in force, how firmly, and where it is written."""

    name: str
    value: T
    since: date
    status: Status
    cite: tuple[Citation, ...]
    note: Text | None = None

    @property
    def basis(self) -> Basis:
        """The rule without its value, as findings and reports name it."""
        return Basis(name=self.name, since=self.since, status=self.status, cite=self.cite, note=self.note)


@dataclass(frozen=True, kw_only=True, slots=True)
class Basis:
    """A rule as a finding or a report names it (``name`` as ``"size_type.city"``): a `Cited` without its value."""

    name: str
    since: date
    status: Status
    cite: tuple[Citation, ...]
    note: Text | None = None

    def __hash__(self) -> int:
        return hash(self.name)  # as that of a source
