"""A certification as it was made public: by the ministry, a local government, or the press."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date
from enum import StrEnum

from smartcert.model.applicant import SizeType
from smartcert.model.citation import Text


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
    DISPUTED = "disputed"
    INFERRED = "inferred"


@dataclass(frozen=True, kw_only=True, slots=True)
class PublicCertification:
    """One published certification. Where no source tells a validity, ``valid_from`` and ``valid_to`` are None.

    ``level`` is None where it is unknown or disputed; ``level_claims`` are the values that sources give. The last day
    is part of the validity.
    """

    round_year: int
    kind: CertificationKind
    code: str
    name: Text
    decided_on: date
    """The day on which the ministry announced it; for the pilot the day on which certificates were handed over."""
    size_type: SizeType | None = None
    valid_from: date | None = None
    valid_to: date | None = None
    validity_status: ValidityStatus = ValidityStatus.INFERRED
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
