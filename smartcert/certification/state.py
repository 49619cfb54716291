"""The state of one certificate holder: what the entries add up to, and what that means on a day."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date, timedelta
from enum import StrEnum

from smartcert.certification.events import EventKind, Ground, Purpose
from smartcert.model.citation import Text


class ApplicationStage(StrEnum):
    """How far an application is. ``none``: there is none, or it came to its end."""

    NONE = "none"
    APPLIED = "applied"
    EVALUATED = "evaluated"
    PROPOSED = "proposed"
    DECIDED = "decided"


class CertificateStage(StrEnum):
    """What was entered about the latest certificate. That it is past its day is not entered, it follows."""

    NONE = "none"
    HELD = "held"
    LAPSED = "lapsed"
    REVOKED = "revoked"


class RevocationStage(StrEnum):
    """How far a revocation is: announced (once or again), explained, the explanation found groundless."""

    NONE = "none"
    NOTICE = "notice"
    EXPLAINED = "explained"
    GROUNDLESS = "groundless"


class ObjectionStage(StrEnum):
    """Whether an objection (이의신청) waits for its answer."""

    NONE = "none"
    FILED = "filed"


class Holding(StrEnum):
    """What somebody holds on a day; ``review_due`` is valid still, but past the day for asking for an extension."""

    NONE = "none"
    VALID = "valid"
    REVIEW_DUE = "review_due"
    EXPIRED = "expired"
    LAPSED = "lapsed"
    REVOKED = "revoked"


VALID = frozenset({Holding.VALID, Holding.REVIEW_DUE})
"""The holdings in which a certificate is valid."""


@dataclass(frozen=True, kw_only=True, slots=True)
class Application:
    """An application under way, and what was found and decided about it."""

    stage: ApplicationStage
    purpose: Purpose
    applied_on: date
    round: str
    id: str
    evaluators: tuple[str, ...] = ()
    evaluation: str = ""
    certified: bool = False
    level: int | None = None
    grant: bool | None = None
    """What the operating body proposed."""


@dataclass(frozen=True, kw_only=True, slots=True)
class Period:
    """Days of validity, the first and the last included, and the entry that gave them."""

    valid_from: date
    valid_to: date
    decided_on: date
    level: int | None
    level_told: str
    entry: str
    extension: bool = False


@dataclass(frozen=True, kw_only=True, slots=True)
class Gap:
    """Days between two periods on which nothing was valid, both included."""

    first: date
    last: date


@dataclass(frozen=True, kw_only=True, slots=True)
class Certificate:
    """A certificate with its periods; ``ended`` is empty, ``"lapsed"`` or ``"revoked"``."""

    number: str
    subject: str
    name: Text
    size_type: str
    edition: str
    round: str
    issued_on: date
    periods: tuple[Period, ...]
    evaluation: str
    entry: str
    ended: str = ""
    ended_on: date | None = None
    restored_on: date | None = None

    @property
    def level(self) -> int | None:
        """The level of the latest period; None where it is not known."""
        return self.periods[-1].level

    @property
    def level_told(self) -> str:
        """How firmly the level is known: ``register``, or the status of a published one."""
        return self.periods[-1].level_told

    @property
    def valid_to(self) -> date:
        """The last day of the latest period."""
        return self.periods[-1].valid_to

    def covers(self, day: date) -> bool:
        """Return whether ``day`` lies in one of the periods, its first and last day included."""
        return any(period.valid_from <= day <= period.valid_to for period in self.periods)


@dataclass(frozen=True, kw_only=True, slots=True)
class Revocation:
    """A revocation under way, or the latest one that came to its end."""

    stage: RevocationStage
    ground: Ground
    notices: int
    until: date
    """The last day for explanatory material, as the latest notice states it."""


@dataclass(frozen=True, kw_only=True, slots=True)
class Objection:
    """An objection that waits: against which entry, of which kind, and who had made it."""

    against: int
    kind: EventKind
    by: str
    filed_on: date


@dataclass(frozen=True, kw_only=True, slots=True)
class State:
    """What the entries of one holder add up to, the day left aside."""

    subject: str
    application: Application | None = None
    declined: Application | None = None
    """The application that was declined last: an objection that is upheld takes it up again."""
    certificates: tuple[Certificate, ...] = ()
    revocation: Revocation | None = None
    objection: Objection | None = None
    announced: frozenset[EventKind] = frozenset()
    """Of a revocation: whether the holder was told and whether it was published."""

    @property
    def certificate(self) -> Certificate | None:
        """The latest certificate."""
        return self.certificates[-1] if self.certificates else None

    @property
    def application_stage(self) -> ApplicationStage:
        """How far the application is."""
        return self.application.stage if self.application else ApplicationStage.NONE

    @property
    def certificate_stage(self) -> CertificateStage:
        """What was entered about the latest certificate."""
        latest = self.certificate
        if latest is None:
            return CertificateStage.NONE
        return CertificateStage(latest.ended) if latest.ended else CertificateStage.HELD

    @property
    def revocation_stage(self) -> RevocationStage:
        """How far a revocation is."""
        return self.revocation.stage if self.revocation else RevocationStage.NONE

    @property
    def objection_stage(self) -> ObjectionStage:
        """Whether an objection waits."""
        return ObjectionStage.FILED if self.objection else ObjectionStage.NONE


@dataclass(frozen=True, kw_only=True, slots=True)
class Standing:
    """What held for one holder at the end of a day."""

    subject: str
    day: date
    holding: Holding
    certificate: Certificate | None
    certificates: tuple[Certificate, ...]
    application: Application | None
    revocation: Revocation | None
    objection: Objection | None
    gaps: tuple[Gap, ...]
    mark_allowed: bool
    """Whether the certification mark may be used on that day (Act Art. 34, Notice Art. 16)."""


def gaps(certificates: tuple[Certificate, ...]) -> tuple[Gap, ...]:
    """Return the days between periods of validity, over all certificates of one holder, oldest first.

    A certificate that was revoked or lapsed counts up to the day before.
    """
    one = timedelta(days=1)
    found: list[Gap] = []
    reached: date | None = None
    for certificate in certificates:
        for period in certificate.periods:
            if reached is not None and period.valid_from > reached + one:
                found.append(Gap(first=reached + one, last=period.valid_from - one))
            ended = certificate.ended_on
            last = min(period.valid_to, ended - one) if ended else period.valid_to
            reached = max(last, reached) if reached else last
    return tuple(found)
