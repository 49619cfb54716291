"""Which of an applicant's packages counts: the last one in time, unless it was withdrawn."""

from __future__ import annotations

from dataclasses import dataclass
from enum import StrEnum

from smartcert.evaluation.receipt import receipt
from smartcert.intake.claims import Submission
from smartcert.model.applicant import Applicant
from smartcert.model.application import Application, Window
from smartcert.reception.store import Kept
from smartcert.rules.rulebook import Rules

_NOT_IN_TIME = frozenset({"received_late", "received_early", "posted_in_time_arrived_late"})


class State(StrEnum):
    """What became of a package."""

    COUNTS = "counts"
    REPLACED = "replaced"
    WITHDRAWN = "withdrawn"
    WITHDRAWAL = "withdrawal"
    LATE = "late"
    LATE_WITHDRAWAL = "late_withdrawal"
    SUPPLEMENT = "supplement"
    UNREADABLE = "unreadable"
    UNKNOWN_APPLICANT = "unknown_applicant"


@dataclass(kw_only=True)
class Version:
    """A package that was read: from whom, and what its form says."""

    kept: Kept
    applicant: Applicant | None
    submission: Submission
    state: State = State.UNKNOWN_APPLICANT


def decide(versions: list[Version], window: Window, rules: Rules) -> Version | None:
    """Set the state of each package of one applicant; return the one that counts.

    The last in time counts, even if an earlier one was better. Where none is in time the last one stands for all, so
    that the round can say that it was late. A withdrawal takes back what came before it; one after the deadline
    changes nothing.
    """
    counts: Version | None = None
    late: Version | None = None
    for version in sorted(versions, key=lambda one: (one.kept.arrived_at, one.kept.number)):
        in_time = _in_time(version, window, rules)
        if version.kept.supplements:
            version.state = State.SUPPLEMENT
        elif version.kept.withdraws:
            version.state = State.WITHDRAWAL if in_time else State.LATE_WITHDRAWAL
            if in_time and counts is not None:
                counts.state, counts = State.WITHDRAWN, None
        elif in_time:
            if counts is not None:
                counts.state = State.REPLACED
            version.state, counts = State.COUNTS, version
        else:
            version.state, late = State.LATE, version
    chosen = counts or late
    if chosen is not None and chosen.submission.problems and not chosen.submission.claims:
        chosen.state = State.UNREADABLE
        return None
    return chosen


def _in_time(version: Version, window: Window, rules: Rules) -> bool:
    kept, applicant = version.kept, version.applicant
    if applicant is None:
        return False
    sent = Application(
        id="version",
        applicant=applicant,
        code=applicant.code,
        channel=kept.channel,
        arrived_at=kept.arrived_at,
        sent_at=kept.sent_at,
        official_letter=kept.official_letter,
        channel_reason=kept.channel_reason,
    )
    return not any(finding.code in _NOT_IN_TIME for finding in receipt(sent, window, rules))
