"""The public history of certification on one day, as values: who was certified, for how long, and who was not."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date
from enum import StrEnum

from smartcert.model.applicant import Applicant, SizeType
from smartcert.model.certification import PublicCertification


class Holding(StrEnum):
    """What somebody holds on a day, as far as public sources tell. A pilot certificate is none of the notice's."""

    CERTIFIED = "certified"
    EXPIRED = "expired"
    NOT_YET = "not_yet"
    PILOT = "pilot"
    PILOT_DISPUTED = "pilot_disputed"


@dataclass(frozen=True, kw_only=True, slots=True)
class Term:
    """One certification with its first and last day, both part of it; ``last_claims`` where sources disagree."""

    certification: PublicCertification
    first: date
    last: date
    inferred: bool
    """Whether a day is not published but follows from the announcement and the rules."""
    last_claims: tuple[date, ...] = ()

    def covers(self, day: date) -> bool:
        """Return whether ``day`` lies between the first and the last day."""
        return self.first <= day <= self.last


@dataclass(frozen=True, kw_only=True, slots=True)
class Lapse:
    """Days without a certification between two: from the day after one ended to the day before the next began."""

    first: date
    last: date
    inferred: bool

    @property
    def days(self) -> int:
        """How many days it lasted."""
        return (self.last - self.first).days + 1


@dataclass(frozen=True, kw_only=True, slots=True)
class Timeline:
    """All certifications of one local government up to today's knowledge, and what it holds on the day."""

    applicant: Applicant
    terms: tuple[Term, ...]
    lapses: tuple[Lapse, ...]
    holding: Holding
    term: Term | None
    """The certification that the answer rests on: the one in force, else the last one before the day."""

    @property
    def inferred(self) -> bool:
        """Whether the answer rests on a day that no source tells."""
        return self.term is not None and self.term.inferred


@dataclass(frozen=True, kw_only=True, slots=True)
class Coverage:
    """How many of some local governments are certified on the day, and how many residents live in them."""

    certified: int
    all: int
    residents: int
    all_residents: int


@dataclass(frozen=True, kw_only=True, slots=True)
class Region:
    """One of the regional governments with the local governments below it.

    ``coverage.residents`` counts each resident once, whose region or whose own city, county or district is certified.
    """

    government: Applicant
    itself: Holding | None
    coverage: Coverage
    """The local governments below it; the residents of the whole region."""


@dataclass(frozen=True, kw_only=True, slots=True)
class SizeCoverage:
    """The coverage of one size type: those who may apply, in the size type of the rules or of their certification."""

    size_type: SizeType
    coverage: Coverage


@dataclass(frozen=True, kw_only=True, slots=True)
class YearCount:
    """How many certifications were announced in one year, of one kind and size type (None in the pilot)."""

    year: int
    kind: str
    size_type: SizeType | None
    count: int


@dataclass(frozen=True, kw_only=True, slots=True)
class History:
    """The whole picture on one day. ``known_to`` is the last announcement that the table knows."""

    day: date
    known_to: date
    timelines: tuple[Timeline, ...]
    everywhere: Coverage
    """All local governments; each resident once."""
    own: Coverage
    """Residents whose own city, county or district (or, where there is none below it, region) is certified."""
    sizes: tuple[SizeCoverage, ...]
    cannot_apply: int
    """Local governments of a kind that may not apply."""
    regions: tuple[Region, ...]
    counts: tuple[YearCount, ...]

    @property
    def distinct(self) -> int:
        """How many have ever been certified in a main round, as of the table."""
        return sum(any(term.certification.kind != "pilot" for term in one.terms) for one in self.timelines)
