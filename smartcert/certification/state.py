"""What does somebody hold on a day? The state that the entries add up to, and what follows from it by the days."""

from __future__ import annotations

from dataclasses import replace
from datetime import date, timedelta
from enum import StrEnum
from itertools import pairwise
from typing import Protocol

from smartcert.certification import periods
from smartcert.certification.events import EventKind, Ground, Purpose
from smartcert.lazy_dataclass import dataclass
from smartcert.model.citation import Text
from smartcert.rules.parameters import CertificationRules

_DAY = timedelta(days=1)


class Law(Protocol):
    """The rules of certificates that are in force on a day: those of the scheme of an edition, where one is named."""

    def __call__(self, day: date, edition: str = "", /) -> CertificationRules:
        """Return the rules; without an edition those of the certification of cities."""


def bind_law(law: Law, edition: str) -> Law:
    """Return the law of the scheme of an edition, on any day; ``law`` itself where no edition is known."""
    if not edition:
        return law

    def find_rules(day: date, _edition: str = "", /) -> CertificationRules:
        return law(day, edition)

    return find_rules


class ApplicationStage(StrEnum):
    """How far an application is; ``none`` if there is none or it is closed."""

    NONE = "none"
    APPLIED = "applied"
    EVALUATED = "evaluated"
    PROPOSED = "proposed"
    DECIDED = "decided"


class CertificateStage(StrEnum):
    """What was entered about the latest certificate. That it has expired is not entered: it follows from the days."""

    NONE = "none"
    HELD = "held"
    LAPSED = "lapsed"
    REVOKED = "revoked"
    SURRENDERED = "surrendered"


class SuspensionStage(StrEnum):
    """Whether the latest certificate is without effect for the time being."""

    NONE = "none"
    SUSPENDED = "suspended"


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
    """What somebody holds on a day; ``review_due`` is valid, but past the day of `compute_review_due_day`.

    ``not_yet`` is before the first period, where its first day was decided to be a later one.
    ``not_known`` comes from `limit_to_horizon` only: the day is past what is known, and nothing runs by what is known.
    """

    NONE = "none"
    NOT_YET = "not_yet"
    VALID = "valid"
    REVIEW_DUE = "review_due"
    SUSPENDED = "suspended"
    EXPIRED = "expired"
    LAPSED = "lapsed"
    REVOKED = "revoked"
    SURRENDERED = "surrendered"
    NOT_KNOWN = "not_known"


VALID = frozenset({Holding.VALID, Holding.REVIEW_DUE})
"""The holdings in which a certificate is valid."""

RUNNING = VALID | {Holding.NOT_YET, Holding.SUSPENDED}
"""The holdings in which the period of a certificate runs, or is yet to begin, whether or not it has effect."""


@dataclass(frozen=True, kw_only=True, slots=True)
class PendingApplication:
    """An application that is not closed, with its evaluation, proposal and decision as far as they exist."""

    stage: ApplicationStage
    purpose: Purpose
    applied_on: date
    round: str
    id: str
    evaluators: tuple[str, ...] = ()
    evaluation: str = ""
    certified: bool = False
    """Whether the computed level is one that is certified."""
    level: int | None = None
    """The computed level; from the decision on, the level decided."""
    certified_from: int | None = None
    """The lowest level that is certified; None where the evaluation does not state it."""
    grant: bool | None = None
    """What the operating body proposed; None before."""
    proposer: str = ""
    invented: bool = False
    edition: str = ""
    """The edition that it is judged by; empty where the entry does not state it, as with those of cities."""
    decided_on: date | None = None
    """The day of the decision to certify; None before."""


@dataclass(frozen=True, kw_only=True, slots=True)
class Period:
    """A period of validity, first and last day included, with what its certificate states.

    ``subject``, ``name``, ``size_type``, ``edition`` and ``round`` are those of the application that it was granted
    for: an extension may be of another name, size type or edition than the period before it. ``entry`` is the hash of
    the entry that began it.
    """

    valid_from: date
    valid_to: date
    decided_on: date
    level: int | None
    level_status: str
    subject: str
    name: Text
    size_type: str
    edition: str
    round: str
    entry: str
    extension: bool = False
    partners: Text | None = None
    """Who applied together, with lead and shares; None where one applied alone."""
    otherwise: str = ""
    """Why it is on other days than the rules give it; empty where it is on those."""


@dataclass(frozen=True, kw_only=True, slots=True)
class ValidityGap:
    """Days between two periods on which no certificate was valid, first and last included."""

    first: date
    last: date


@dataclass(frozen=True, kw_only=True, slots=True)
class Certificate:
    """A certificate with its periods, oldest first; holder, level, size type and edition are those of the last one.

    ``ended`` is empty, ``"lapsed"``, ``"revoked"``, ``"surrendered"`` or, of one whose holder got a new one while
    it was in force, ``"replaced"``. ``evaluation`` is the SHA-256 of the ``evaluation.json`` that it rests on,
    ``entry`` the hash of the register entry that issued it.
    """

    number: str
    issued_on: date
    periods: tuple[Period, ...]
    evaluation: str
    entry: str
    ended: str = ""
    ended_on: date | None = None
    restored_on: date | None = None
    revoked_on: date | None = None
    """The day of the latest revocation, also of one that was undone since."""
    interruptions: tuple[ValidityGap, ...] = ()
    """Days on which it had no effect and after which it was restored: revoked, lapsed or suspended."""
    place: int | None = None
    """The place in a ranking, where places decided."""
    service: str = ""
    """The service that is certified, where the entries name it."""
    suspended_on: date | None = None
    """The day of a suspension that was not lifted."""

    @property
    def subject(self) -> str:
        """The code of the holder in the latest period."""
        return self.periods[-1].subject

    @property
    def name(self) -> Text:
        """The name of the holder in the latest period."""
        return self.periods[-1].name

    @property
    def size_type(self) -> str:
        """The size type of the latest period."""
        return self.periods[-1].size_type

    @property
    def edition(self) -> str:
        """The edition that the latest period was granted under; empty where it is not known."""
        return self.periods[-1].edition

    @property
    def round(self) -> str:
        """The round of the latest period."""
        return self.periods[-1].round

    @property
    def partners(self) -> Text | None:
        """Who applied together for the latest period, with lead and shares; None where one applied alone."""
        return self.periods[-1].partners

    @property
    def level(self) -> int | None:
        """The level of the latest period; None where it is not known."""
        return self.periods[-1].level

    @property
    def level_status(self) -> str:
        """How firmly the level is known: ``register``, or the status of a published level."""
        return self.periods[-1].level_status

    @property
    def valid_to(self) -> date:
        """The last day of the latest period."""
        return self.periods[-1].valid_to

    def find_last_day(self, period: Period) -> date:
        """Return the last day that counts of one of the periods: of a certificate that ended early the day before."""
        return min(period.valid_to, self.ended_on - _DAY) if self.ended_on else period.valid_to

    def list_begun(self) -> tuple[Period, ...]:
        """Return the periods without those that were yet to begin when the certificate ended."""
        return tuple(period for period in self.periods if self.find_last_day(period) >= period.valid_from)

    def list_valid(self) -> tuple[tuple[date, date], ...]:
        """Return the first and last days on which it was valid, in order: its periods without the interruptions."""
        valid: list[tuple[date, date]] = []
        for period in self.list_begun():
            first, last = period.valid_from, self.find_last_day(period)
            for gap in self.interruptions:
                if first <= gap.last and gap.first <= last:
                    valid.append((first, gap.first - _DAY))
                    first = gap.last + _DAY
            valid.append((first, last))
        return tuple((first, last) for first, last in valid if first <= last)

    def covers(self, day: date) -> bool:
        """Return whether ``day`` lies in one of the periods, its first and last day included."""
        return any(period.valid_from <= day <= period.valid_to for period in self.periods)


@dataclass(frozen=True, kw_only=True, slots=True)
class Revocation:
    """A revocation, under way or closed."""

    stage: RevocationStage
    ground: Ground
    notices: int
    until: date
    """The last day for explanatory material, as the latest notice states it."""


@dataclass(frozen=True, kw_only=True, slots=True)
class Objection:
    """An objection without an answer yet: the number, kind and actor of the entry that it is filed against."""

    against: int
    kind: EventKind
    by: str
    filed_on: date


@dataclass(frozen=True, kw_only=True, slots=True)
class Complaint:
    """A complaint about a holder that has no answer yet: the number and the day of its entry, and what it is about."""

    entry: int
    received_on: date
    about: str


@dataclass(frozen=True, kw_only=True, slots=True)
class HolderState:
    """What the entries of one holder add up to, whatever the day."""

    subject: str
    application: PendingApplication | None = None
    declined: PendingApplication | None = None
    """The application that was declined last: an upheld objection reopens it."""
    certificates: tuple[Certificate, ...] = ()
    revocation: Revocation | None = None
    objection: Objection | None = None
    announced: frozenset[EventKind] = frozenset()
    """Of a revocation: whether the holder was notified and whether it was published."""
    complaints: tuple[Complaint, ...] = ()
    misused_on: tuple[date, ...] = ()
    """The days on which misuse of the mark was found."""

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
    def suspension_stage(self) -> SuspensionStage:
        """Return whether the latest certificate is suspended."""
        latest = self.certificate
        return SuspensionStage.SUSPENDED if latest and latest.suspended_on else SuspensionStage.NONE

    @property
    def revocation_stage(self) -> RevocationStage:
        """How far a revocation is."""
        return self.revocation.stage if self.revocation else RevocationStage.NONE

    @property
    def objection_stage(self) -> ObjectionStage:
        """Whether an objection waits for its answer."""
        return ObjectionStage.FILED if self.objection else ObjectionStage.NONE


@dataclass(frozen=True, kw_only=True, slots=True)
class Standing:
    """What one holder holds at the end of a day, and all that is under way."""

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
    complaints: tuple[Complaint, ...] = ()
    misused_on: tuple[date, ...] = ()
    announced: frozenset[EventKind] = frozenset()
    """Of a revocation: whether the holder was notified and whether it was published."""
    known_to: date | None = None
    """The last day of which anything is known, where the answer was limited to it."""


def find_gaps(certificates: tuple[Certificate, ...]) -> tuple[ValidityGap, ...]:
    """Return the days on which nothing was valid, from the first day of the first certificate to the last of all.

    A certificate that ended early is valid up to the day before, and a period that was then yet to begin never was.
    Of one that was restored the days before it are a gap. Days after the last period are none.
    """
    begun = [(certificate, period) for certificate in certificates for period in certificate.list_begun()]
    if not begun:
        return ()
    gaps: list[ValidityGap] = []
    valid_until = begun[0][1].valid_from - _DAY
    last_day = max(certificate.find_last_day(period) for certificate, period in begun)
    for first, last in (days for certificate in certificates for days in certificate.list_valid()):
        if first > valid_until + _DAY:
            gaps.append(ValidityGap(first=valid_until + _DAY, last=first - _DAY))
        valid_until = max(last, valid_until)
    if valid_until < last_day:
        gaps.append(ValidityGap(first=valid_until + _DAY, last=last_day))
    return tuple(gaps)


def find_holding(state: HolderState, day: date, law: Law) -> Holding:
    """Return what the holder holds on ``day``.

    On the last day of a period a certificate is valid, on the next it is expired. On the day of
    `compute_review_due_day` its review is not yet due, on the next it is. On the day of `compute_certificate_lapse` it
    is expired, on the next it has lapsed, unless an extension has been applied for. A suspension counts from its day to
    the day before it is lifted; its days do not lengthen a period.

    Raises:
        NoRuleError: there is a certificate, and no rule on certificates is in force yet on ``day``.
    """
    certificate = state.certificate
    if certificate is None:
        return Holding.NONE
    if certificate.ended:
        return Holding(certificate.ended)
    rules = law(day, certificate.edition)
    if certificate.covers(day) and certificate.suspended_on is not None:
        return Holding.SUSPENDED
    if certificate.covers(day):
        return Holding.REVIEW_DUE if day > compute_review_due_day(certificate, rules) else Holding.VALID
    if day < certificate.periods[0].valid_from:
        return Holding.NOT_YET
    applied = state.application is not None and state.application.purpose is Purpose.EXTENSION
    return Holding.EXPIRED if applied or day <= compute_certificate_lapse(certificate, rules) else Holding.LAPSED


def compute_review_due_day(certificate: Certificate, rules: CertificationRules) -> date:
    """Return the last day on which the review is not yet due.

    It is the deadline for an extension, or the day before the periodic review, whichever is earlier.
    """
    latest = certificate.periods[-1]
    return min(
        periods.compute_extension_deadline(latest.valid_to, rules),
        periods.compute_review_day(latest.valid_from, rules) - _DAY,
    )


def compute_certificate_lapse(certificate: Certificate, rules: CertificationRules) -> date:
    """Return the last day on which an extension can be applied for; after a reinstatement counted from that day."""
    restored = certificate.restored_on
    counted_from = max(certificate.valid_to, restored) if restored else certificate.valid_to
    return periods.compute_lapse_deadline(counted_from, rules)


def build_standing(state: HolderState, day: date, law: Law) -> Standing:
    """Return what one holder holds on ``day``, from the state at its end.

    Raises:
        NoRuleError: as `find_holding`.
    """
    holding = find_holding(state, day, law)
    certificate, certificates = state.certificate, _mark_replaced(state.certificates, law)
    marked = certificate is not None and (holding in VALID or not law(day, certificate.edition).mark_while_valid.value)
    return Standing(
        subject=state.subject,
        day=day,
        holding=holding,
        certificate=certificate,
        certificates=certificates,
        application=state.application,
        revocation=state.revocation,
        objection=state.objection,
        gaps=find_gaps(certificates),
        mark_allowed=marked,
        complaints=state.complaints,
        misused_on=state.misused_on,
        announced=state.announced,
    )


def _mark_replaced(certificates: tuple[Certificate, ...], law: Law) -> tuple[Certificate, ...]:
    """Return certificates of which each that was in force when the next was issued has ended with that, where it does.

    Entries from public sources do not name what they replace, and those of earlier versions did not either.
    """
    marked = list(certificates)
    for place, (before, after) in enumerate(pairwise(certificates)):
        if before.ended or before.valid_to < after.issued_on:
            continue
        if after.service or law(after.issued_on, after.edition).new_certificate_replaces.value:
            marked[place] = replace(before, ended="replaced", ended_on=after.issued_on)
    return tuple(marked)


def limit_to_horizon(standing: Standing, known_to: date) -> Standing:
    """Return an answer that claims nothing about the days after ``known_to``, the last of which anything is known.

    Up to that day it stays as it is. After it, what runs by its own days still runs as far as is known; everything else
    is not known, as it may have been extended, certified anew or restored since.
    """
    limited = replace(standing, known_to=known_to)
    if standing.day <= known_to or standing.holding in RUNNING:
        return limited
    return replace(limited, holding=Holding.NOT_KNOWN, mark_allowed=False)


def find_unknown_since(standing: Standing) -> date | None:
    """Return the last day of which the holding is known, where that of the day asked for is not; else None.

    It is the horizon, or the end of the latest period where that is later.
    """
    if standing.holding is not Holding.NOT_KNOWN or standing.known_to is None:
        return None
    certificate = standing.certificate
    running = certificate is not None and not certificate.ended
    return max(standing.known_to, certificate.valid_to) if certificate and running else standing.known_to
