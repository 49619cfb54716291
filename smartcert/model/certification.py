"""What a certificate states, and what is publicly known of certifications: values without behaviour."""

from __future__ import annotations

from datetime import date
from enum import StrEnum

from smartcert.lazy_dataclass import dataclass
from smartcert.model.applicant import Applicant
from smartcert.model.citation import Text
from smartcert.representation import describe_briefly

SPECIMEN_PREFIX = "SPECIMEN-"
"""How the number of a certificate of an invented round begins."""


def is_specimen_number(number: str) -> bool:
    """Return whether a number is that of a certificate of an invented round."""
    return number.startswith(SPECIMEN_PREFIX)


@dataclass(frozen=True, kw_only=True, slots=True)
class CertificateStatement:
    """All that a certificate states of its holder; ``entry`` is the hash of the register entry that it rests on."""

    number: str
    subject: str
    name: Text
    size_type: str
    level: int
    issued_on: date
    valid_from: date
    valid_to: date
    """The last day of the validity, which is part of it."""
    round: str
    edition: str
    entry: str
    office: str
    """The office whose key signs it; empty on a specimen."""
    place: int | None = None
    """The place in a ranking, where places decided; it is not among what is signed where there is none."""
    partners: Text | None = None
    """Who applied together, with lead and shares; like the place, signed only where there are any."""
    service: str = ""
    """The service that is certified; signed only where it is named."""

    @property
    def invented(self) -> bool:
        """Whether it is of an invented round, whose certificates prove nothing whatever the key."""
        return is_specimen_number(self.number)

    @property
    def specimen(self) -> bool:
        """Whether it proves nothing: signed by no issuing office, or of an invented round."""
        return not self.office or self.invented


class CertificateSeal(StrEnum):
    """What the signature of a certificate says about it."""

    INTACT = "intact"
    CHANGED = "changed"
    UNKNOWN_KEY = "unknown_key"
    NONE = "none"


class CertificateStatus(StrEnum):
    """What a certificate is worth on a day, by the register or, where there is none, by its own days."""

    VALID = "valid"
    NOT_YET = "not_yet"
    EXPIRED = "expired"
    LAPSED = "lapsed"
    REVOKED = "revoked"
    SURRENDERED = "surrendered"
    SUSPENDED = "suspended"
    REPLACED = "replaced"
    AWAITS_RULING = "awaits_ruling"
    """A holder was merged or divided, and no ruling says yet what that means for it."""
    NOT_ENTERED = "not_entered"
    REGISTER_DAMAGED = "register_damaged"
    UNKNOWN = "unknown"


@dataclass(frozen=True, kw_only=True, slots=True)
class CertificateCheck:
    """The outcome of checking a certificate.

    ``why`` names what was changed; ``statement`` is None where only a QR code was read.
    """

    seal: CertificateSeal
    why: str = ""
    number: str = ""
    entry: str = ""
    office: str = ""
    statement: CertificateStatement | None = None
    now: CertificateStatus = CertificateStatus.UNKNOWN
    since: date | None = None
    """The day from which it is so: of the revocation, the lapse, the end; or of the beginning that is yet to come."""
    register: bool = False
    """Whether ``now`` comes from a register."""
    known_to: date | None = None
    """The day of the last entry of the register that was asked."""

    @property
    def invented(self) -> bool:
        """Whether it is of an invented round."""
        return is_specimen_number(self.number)

    @property
    def good(self) -> bool:
        """Whether it may be relied on: intact, of an issuing office, and not known to be without validity."""
        return (
            self.seal is CertificateSeal.INTACT
            and bool(self.office)
            and not self.invented
            and self.now in (CertificateStatus.VALID, CertificateStatus.UNKNOWN)
        )


class CertificationKind(StrEnum):
    """Why somebody was certified. ``new`` is the procedure: it does not say that it was the first time."""

    PILOT = "pilot"
    NEW = "new"
    RENEWAL = "renewal"


class LevelStatus(StrEnum):
    """How firmly a level is known: published, read into a source, claimed by one side only, disputed, not at all."""

    PUBLISHED = "published"
    INFERRED = "inferred"
    CLAIMED = "claimed"
    DISPUTED = "disputed"
    UNKNOWN = "unknown"


class ValidityStatus(StrEnum):
    """How firmly the first and the last day are known: published, disputed, or by the rules from the announcement."""

    PUBLISHED = "published"
    PUBLISHED_YEAR = "published_year"
    """Only the year of the last day is published, told by the holder; the days follow from the rules."""
    DISPUTED = "disputed"
    INFERRED = "inferred"


@dataclass(frozen=True, kw_only=True, slots=True)
class PublicCertification:
    """One published certification. Where no source gives a validity, ``valid_from`` and ``valid_to`` are None.

    ``level`` is None where it is unknown or disputed; ``level_claims`` are the values that sources give. The last day
    is part of the validity.
    """

    round_year: int
    kind: CertificationKind
    code: str
    name: Text
    decided_on: date
    """The day on which the ministry announced it; for the pilot the day on which certificates were handed over."""
    size_type: str | None = None
    valid_from: date | None = None
    valid_to: date | None = None
    validity_status: ValidityStatus = ValidityStatus.INFERRED
    valid_to_year: int | None = None
    """The year of the last day, where no more than that is published."""
    validity_claims: tuple[date, ...] = ()
    """The last days that sources give where they disagree."""
    validity_sources: tuple[str, ...] = ()
    level: int | None = None
    level_status: LevelStatus = LevelStatus.UNKNOWN
    level_claims: tuple[int, ...] = ()
    level_sources: tuple[str, ...] = ()
    """Keys of sources. Where the level or the validity is disputed, one for each claim, in its order."""
    sources: tuple[str, ...] = ()
    """Keys of all sources of the row."""
    note: Text | None = None


class PublicHolding(StrEnum):
    """What a local government is on a day by public sources. A pilot certificate is none of the notice's."""

    CERTIFIED = "certified"
    EXPIRED = "expired"
    NOT_YET = "not_yet"
    PILOT = "pilot"
    PILOT_DISPUTED = "pilot_disputed"
    NOT_KNOWN = "not_known"
    """No published certification covers the day, and it is after the last announcement that is known."""


@dataclass(frozen=True, kw_only=True, slots=True)
class CertificationTerm:
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
class CertificationLapse:
    """Days without a certification between two: from the day after one ended to the day before the next began."""

    first: date
    last: date
    inferred: bool

    @property
    def days(self) -> int:
        """How many days it lasted."""
        return (self.last - self.first).days + 1


@dataclass(frozen=True, kw_only=True, slots=True)
class CertificationTimeline:
    """All certifications of one local government up to today's knowledge, and its status on the day."""

    __repr__ = describe_briefly

    applicant: Applicant
    terms: tuple[CertificationTerm, ...]
    lapses: tuple[CertificationLapse, ...]
    holding: PublicHolding
    term: CertificationTerm | None
    """The certification that the answer rests on: the one in force, else the last one before the day."""

    @property
    def inferred(self) -> bool:
        """Whether the answer rests on a day that no source gives."""
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
    itself: PublicHolding | None
    coverage: Coverage
    """The local governments below it; the residents of all of the region."""


@dataclass(frozen=True, kw_only=True, slots=True)
class SizeCoverage:
    """The coverage of one size type: those who may apply, in the size type of the rules or of their certification."""

    size_type: str
    coverage: Coverage


@dataclass(frozen=True, kw_only=True, slots=True)
class YearCount:
    """How many certifications were announced in one year, of one kind and size type (None in the pilot)."""

    year: int
    kind: str
    size_type: str | None
    count: int


@dataclass(frozen=True, kw_only=True, slots=True)
class PublicHistory:
    """All certifications as of one day. ``known_to`` is the last announcement that the table knows."""

    __repr__ = describe_briefly

    day: date
    known_to: date
    timelines: tuple[CertificationTimeline, ...]
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
        return sum(any(term.certification.kind != "pilot" for term in line.terms) for line in self.timelines)
