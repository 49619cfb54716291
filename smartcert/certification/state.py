"""What somebody holds."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from dataclasses import dataclass
from datetime import date, timedelta
from enum import StrEnum

from smartcert.certification import periods
from smartcert.certification.events import EventKind, Ground, Purpose
from smartcert.model.citation import Text
from smartcert.rules.parameters import CertificationRules

# --- The state of one certificate holder: what the entries add up to, and what that means on a day.


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
class PendingApplication:
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
    level_status: str
    entry: str
    extension: bool = False


@dataclass(frozen=True, kw_only=True, slots=True)
class ValidityGap:
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
    def level_status(self) -> str:
        """How firmly the level is known: ``register``, or the status of a published one."""
        return self.periods[-1].level_status

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
class HolderState:
    """What the entries of one holder add up to, the day left aside."""

    subject: str
    application: PendingApplication | None = None
    declined: PendingApplication | None = None
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
    application: PendingApplication | None
    revocation: Revocation | None
    objection: Objection | None
    gaps: tuple[ValidityGap, ...]
    mark_allowed: bool
    """Whether the certification mark may be used on that day (Act Art. 34, Notice Art. 16)."""


def find_gaps(certificates: tuple[Certificate, ...]) -> tuple[ValidityGap, ...]:
    """Return the days between periods of validity, over all certificates of one holder, oldest first.

    A certificate that was revoked or lapsed counts up to the day before.
    """
    one = timedelta(days=1)
    found: list[ValidityGap] = []
    reached: date | None = None
    for certificate in certificates:
        for period in certificate.periods:
            if reached is not None and period.valid_from > reached + one:
                found.append(ValidityGap(first=reached + one, last=period.valid_from - one))
            ended = certificate.ended_on
            last = min(period.valid_to, ended - one) if ended else period.valid_to
            reached = max(last, reached) if reached else last
    return tuple(found)


# --- What a state means on a day: valid, review due, expired and lapsed follow from the days and are not entered.

Law = Callable[[date], CertificationRules]
"""The rules of certificates on a day."""

_DAY = timedelta(days=1)


def find_holding(state: HolderState, day: date, law: Law) -> Holding:
    """Return what is held on ``day``.

    A certificate is valid on the last day of a period and expired on the next; on the last day for asking for its
    extension it is not yet due, on the next it is. It has lapsed on the day after the last on which an extension could
    still be asked for, unless one has been asked for.
    """
    latest = state.certificate
    if latest is None or not latest.ended:
        return _find_open_holding(state, latest, day, law(day)) if latest else Holding.NONE
    return Holding(latest.ended)


def _find_open_holding(state: HolderState, latest: Certificate, day: date, rules: CertificationRules) -> Holding:
    if latest.covers(day):
        due = day > compute_review_due_day(latest, rules)
        return Holding.REVIEW_DUE if due else Holding.VALID
    asked = state.application is not None and state.application.purpose is Purpose.EXTENSION
    return Holding.EXPIRED if asked or day <= compute_certificate_lapse(latest, rules) else Holding.LAPSED


def compute_review_due_day(certificate: Certificate, rules: CertificationRules) -> date:
    """Return the last day before the review counts as due: by which an extension is asked for, or the review's own."""
    latest = certificate.periods[-1]
    return min(
        periods.compute_extension_deadline(latest.valid_to, rules),
        periods.compute_review_day(latest.valid_from, rules) - _DAY,
    )


def compute_certificate_lapse(certificate: Certificate, rules: CertificationRules) -> date:
    """Return the last day on which an extension can be asked for; after a reinstatement counted from it."""
    restored = certificate.restored_on
    ended = max(certificate.valid_to, restored) if restored else certificate.valid_to
    return periods.compute_lapse_deadline(ended, rules)


def find_change_days(state: HolderState, law: Law) -> Iterator[date]:
    """Yield every first day on which the holding can differ from the day before, without an event."""
    latest = state.certificate
    if latest is None:
        return
    for period in latest.periods:
        yield period.valid_from
        yield period.valid_to + _DAY
    for since in {period.decided_on for period in latest.periods}:
        rules = law(since)
        yield compute_review_due_day(latest, rules) + _DAY
        yield compute_certificate_lapse(latest, rules) + _DAY


def build_standing(state: HolderState, day: date, law: Law) -> Standing:
    """Return the whole answer for one holder on ``day``, from the state at its end."""
    held = find_holding(state, day, law)
    latest = state.certificate
    return Standing(
        subject=state.subject,
        day=day,
        holding=held,
        certificate=latest,
        certificates=state.certificates,
        application=state.application,
        revocation=state.revocation,
        objection=state.objection,
        gaps=find_gaps(state.certificates),
        mark_allowed=latest is not None and (held in VALID or not law(day).mark_while_valid.value),
    )
